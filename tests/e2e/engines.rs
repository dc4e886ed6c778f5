//! The page in every browser engine: one way through it, from the first view to a run that goes on after a reload.

use crate::Test;
use crate::embedding::Course;
use crate::kept;
use crate::need::Need;
use receptive_e2e::browser::{Browser, NOTE_ERRORS};
use receptive_e2e::driver::Engine;
use receptive_e2e::page::Page;
use receptive_e2e::site::{self, Host};
use std::time::Instant;

pub(crate) const TESTS: &[Test] = &[
    ("the page, from first view to a run that is resumed, in Chromium", Need::Nothing, chromium),
    ("the page, from first view to a run that is resumed, in Firefox", Need::Engine(Engine::Firefox), firefox),
    ("the page, from first view to a run that is resumed, in WebKit", Need::Engine(Engine::WebKit), webkit),
];

/// A run of small steps that is not over soon.
const RUN: &str = "/lab?data=digits&ntrain=512&nval=64&epochs=400&batch=4&seed=5&workers=1&engine=cpu";

const HOST: Host = Host { page_script: NOTE_ERRORS, head: "", worker_script: "", faults: &[] };

fn chromium() {
    smoke(Engine::Chromium);
}

fn firefox() {
    smoke(Engine::Firefox);
}

fn webkit() {
    smoke(Engine::WebKit);
}

/// A part of the way, by its name.
type Stage = (&'static str, fn(&Page));

fn smoke(engine: Engine) {
    let browser = Browser::start_in(engine, 1280, 900);
    println!("driven: {}", browser.version());
    let page = Page::open_in(browser, site::dist(), HOST, "/?data=digits&seed=5");
    let stages: [Stage; 5] = [
        ("the first view", first_view),
        ("a lesson", lesson),
        ("a drawing", drawing),
        ("a GPU asked for", without_gpu),
        ("a run", training),
    ];
    for (name, go) in stages {
        let start = Instant::now();
        go(&page);
        println!("{name}: {:.1} s", start.elapsed().as_secs_f32());
    }
    page.check_silence();
    figure(page.browser);
}

/// The network of the first page on its digit, its values there.
fn first_view(page: &Page) {
    page.wait("values of the untaught network", 60, |page| page.has(".network-bars .best"));
    assert!(page.has("#teach"));
}

/// A step on the time line of a chapter goes to other cells and another sum.
fn lesson(page: &Page) {
    page.turn("/lesson/convolution", "");
    page.wait_for("#forward", 60);
    let seen = |page: &Page| [page.text("#lesson-position"), page.text("#lesson-equation")];
    let [first, sum] = seen(page);
    page.browser.click("#forward");
    page.wait("another step and another sum", 20, |page| {
        let [now, other] = seen(page);
        now != first && other != sum
    });
    assert!(page.text("#lesson-position").contains('2'), "{}", page.text("#lesson-position"));
}

/// What is drawn is read, by the weights that come with the page.
fn drawing(page: &Page) {
    page.turn("/draw", "");
    page.wait_for("#pad", 60);
    page.browser.drag("#pad", &[(-60, -85), (60, -85), (-10, 100)]);
    page.wait("a seven", 60, |page| page.text("#reads").contains("a 7"));
    let probabilities = page.texts("#probabilities .percent");
    assert!(probabilities.len() == 10 && probabilities.iter().all(|text| text.ends_with('%')), "{probabilities:?}");
}

/// Who asks for a GPU where there is none is told that the CPU trains, and why.
fn without_gpu(page: &Page) {
    page.go("/lab?data=digits&ntrain=512&nval=0&epochs=1&seed=5&engine=gpu");
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait_for("#test-accuracy", 60);
    let (used, asked) = (page.text("#engine-used"), "return navigator.gpu?.requestAdapter() ?? null");
    println!("asked for a GPU: {used}");
    assert!(used.starts_with("CPU: ") || !page.browser.run(asked).is_null(), "{used}");
}

/// A run learns, and after a reload in its middle goes on from what was kept.
fn training(page: &Page) {
    page.go(RUN);
    page.wait_until_ready();
    page.browser.click("#step");
    page.wait("the first step", 60, |page| page.text("#iteration") == "1");
    let first = loss(page);
    page.browser.click("#train");
    page.wait("200 steps", 60, |page| page.number("#iteration") >= 200.0);
    page.wait("half the loss", 60, |page| loss(page) < first / 2.0);
    let now = loss(page);
    page.wait("weights that are kept", 60, |page| {
        kept::kept(page).iter().any(|(_, bytes)| kept::read(bytes).facts().iteration >= 200)
    });
    page.browser.reload();
    page.wait_for("#offer", 60);
    page.wait_until_ready();
    let step = kept::read(&kept::kept(page).last().expect("a run").1).facts().iteration;
    assert!(page.text("#offer").replace(',', "").contains(&format!("step {step} of")), "{}", page.text("#offer"));
    page.browser.click("#offer-go-on");
    page.wait("the run where it was kept", 60, |page| {
        page.text("#state") == "paused" && page.number("#iteration") == f64::from(step)
    });
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait("more steps", 60, |page| page.number("#iteration") > f64::from(step + 20));
    println!("loss: {first} at step 1, {now} before the reload at step {step}, {} after it", loss(page));
}

/// The training loss that is read off the curve.
fn loss(page: &Page) -> f64 {
    let reading = page.text("#loss-reading");
    let number: String = reading
        .split("training ")
        .nth(1)
        .unwrap_or_default()
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    number.trim_end_matches('.').parse().unwrap_or_else(|_| panic!("no loss on the screen: {reading}"))
}

/// A figure in a page of another origin shows itself and obeys.
fn figure(browser: Browser) {
    let figure = "<receptive-figure id=stage chapter=convolution></receptive-figure>";
    let course = Course::open_in(browser, figure, HOST);
    course.show("stage");
    course.call("stage", "step(3)");
    course.wait_for("stage", "step", 60, |event| event["step"] == 3);
    let errors = course.inside("stage", |page| page.browser.console_errors());
    assert!(errors.is_empty(), "errors in the figure: {errors:?}");
    course.check();
}
