//! The first page: a network that teaches itself, a pad to try it, and the page handed over to the whole app.

use crate::Test;
use crate::need::Need;
use crate::places::COUNT_WORKERS;
use receptive_e2e::page::Page;
use std::thread::sleep;
use std::time::Duration;

/// Those that measure, so that no other runs beside them.
pub(crate) const ALONE: &[Test] =
    &[("the first page's network learns to read, says how well, and reads what is drawn", Need::Mnist, teaches)];

pub(crate) const TESTS: &[Test] = &[
    ("the run goes on where the learner goes from the first page, in the same worker", Need::Nothing, handed_over),
    (
        "only the module of the place that is opened is fetched, and no worker where data is dear",
        Need::Nothing,
        fetched,
    ),
    ("the page is handed over once, however fast one goes to and fro", Need::Nothing, to_and_fro),
    ("a module that cannot be fetched is named, and the first page stays of use", Need::Nothing, unreachable),
];

/// A number on the page, as it prints it.
fn count(page: &Page, selector: &str) -> u32 {
    page.text(selector).replace(',', "").parse().unwrap_or_else(|_| panic!("{selector}: {}", page.text(selector)))
}

fn teaches() {
    let page = Page::open("/");
    page.note_long_tasks();
    page.wait("values of the untaught network", 20, |page| page.has(".network-bars .best"));
    let before = page.texts(".network-bars li");
    page.browser.click("#teach");
    page.wait_for("#learnt", 120);
    println!("{}", page.text("#learnt"));
    let accuracy: f64 = page.text("#front-accuracy").trim_end_matches(" %").parse().expect("a share");
    assert!(accuracy >= 95.0, "{accuracy} %");
    assert!(page.text("#learnt").contains(&format!("{} images", page.text("#front-seen"))), "of the same network");
    page.wait("what it makes of the digit now", 10, |page| page.texts(".network-bars li") != before);
    // A one, which hardly anybody writes in two ways.
    page.browser.drag("#pad", &[(0, -60), (0, -20), (0, 20), (0, 60)]);
    page.wait("an answer to the drawing", 10, |page| page.text(".front .verdict").contains('1'));
    page.wait("the drawing in the network", 10, |page| page.text(".network-digit") == "your drawing");
    page.wait("its bar", 10, |page| page.text(".network-bars .best").starts_with('1'));
    page.check_fluent("the first page's network is taught");
    page.browser.click("#front-afresh");
    page.wait("random weights again", 10, |page| page.has("#teach") && !page.has("#learnt"));
    page.check_silence();
}

fn handed_over() {
    let page = Page::open_with("/?data=digits&seed=5", COUNT_WORKERS, "");
    page.wait_for("#teach", 20);
    page.browser.click("#teach");
    page.wait("some steps", 30, |page| page.has("#front-seen") && count(page, "#front-seen") > 320);
    if page.has("#front-pause") {
        page.browser.click("#front-pause");
    }
    page.wait_for("#front-on", 10);
    let seen = count(&page, "#front-seen");
    page.browser.click("nav a[href^='#/lab']");
    page.wait_for(".lab #train", 20);
    page.wait("the same run", 10, |page| page.text(".lab .meta").contains(&format!("step {} ", seen / 32)));
    assert_eq!(page.browser.run("return document.activeElement.tagName"), "H1", "who listens is told where they are");
    page.browser.click("#step");
    page.wait("one step more", 10, |page| page.text(".lab .meta").contains(&format!("step {} ", seen / 32 + 1)));
    // Back, and to a chapter, which looks into the same network.
    page.browser.run("history.back()");
    page.wait_for(".front #front-on", 10);
    assert_eq!(count(&page, "#front-seen"), seen + 32);
    assert_eq!(page.browser.run("return window.nWorkers"), 1);
    page.check_silence();
}

fn to_and_fro() {
    // So that there is time to go to and fro while the module comes up.
    let slow = "const load = WebAssembly.instantiateStreaming;
        WebAssembly.instantiateStreaming = (...parts) => new Promise(done => setTimeout(() => done(load(...parts)), 300));";
    let page = Page::open_with("/?data=digits&seed=5", &format!("{COUNT_WORKERS}{slow}"), "");
    page.wait("values of the untaught network", 20, |page| page.has(".network-bars .best"));
    page.browser.run(
        "const places = ['/lab', '/', '/lesson/padding', '/', '/draw'];
         return new Promise(done => places.forEach((place, i) => setTimeout(() => {
             location.hash = place;
             if (i === places.length - 1) done();
         }, 40 * i)))",
    );
    page.wait("the place that was gone to last", 20, |page| page.has(".draw-page #pad"));
    sleep(Duration::from_secs(2));
    assert_eq!(page.browser.run("return document.querySelectorAll('header.top').length"), 1);
    assert_eq!(page.browser.run("return window.nWorkers"), 1, "the worker of the first page");
    page.check_silence();
}

fn fetched() {
    let has = |page: &Page, name: &str| page.requests().iter().any(|path| path.contains(&format!("{name}_bg-")));
    let page = Page::open("/lab?data=digits");
    page.wait_until_ready();
    assert!(has(&page, "app") && !has(&page, "front"));
    let saves = "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })";
    let page = Page::open_with("/?data=digits", saves, "");
    sleep(Duration::from_secs(2));
    assert!(has(&page, "front") && !has(&page, "app") && !has(&page, "worker"), "{:?}", page.requests());
    assert!(
        page.texts(".network-bars li").iter().all(|bar| bar.contains('–')),
        "nothing is known, and nothing made up"
    );
    page.browser.click("#teach");
    page.wait_for("#front-seen", 30);
    assert!(has(&page, "worker"));
    page.check_silence();
}

fn unreachable() {
    use receptive_e2e::site::{Fault, Host};
    let page = Page::open_on(Host { faults: &[("app", Fault::Missing)], ..Host::default() }, "/?data=digits");
    page.wait_for("#teach", 20);
    page.browser.click("nav a[href^='#/lab']");
    page.wait_for("main .failure", 20);
    let why = page.text("main .failure");
    assert!(why.contains("app-") && why.contains("is missing on the host"), "{why}");
    page.browser.run("history.back()");
    page.wait_for("#teach", 10);
}
