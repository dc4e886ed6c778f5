//! Going from place to place: a page opens where it begins, an address is written at rest, nothing is fetched before it
//! is wanted, and keys do what they say and no more.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;
use receptive_lessons::{Chapter, chapters};
use std::thread;
use std::time::Duration;

pub(crate) const TESTS: &[Test] = &[
    (
        "the next chapter opens at its top with the focus on its heading, and Back returns to where one was",
        Need::Nothing,
        turning,
    ),
    ("a double click on a link to the next chapter goes one chapter on", Need::Nothing, double_click),
    ("of addresses in quick succession the last is what is shown", Need::Nothing, succession),
    ("small numbers fetch no dataset and start no worker", Need::Nothing, frugal),
    (
        "keys step from the first press, are held once, and leave those with Alt, Ctrl and Meta to the browser",
        Need::Nothing,
        keys,
    ),
    ("addresses are written at rest, again when refused, and shared as the state is", Need::Nothing, refused),
    ("a run goes on wherever the learner looks meanwhile, and chapters show its weights", Need::Nothing, run_goes_on),
    ("own files survive Back and links that cannot carry them", Need::Nothing, own_files),
    ("in a frame, pages leave the history of the page around them alone", Need::Nothing, framed),
];

const RIGHT: &str = "\u{e014}";

/// The chapters' keys in order.
fn keys_in_order() -> Vec<&'static str> {
    chapters::ALL.iter().map(|chapter| chapter.key).collect()
}

fn scroll(page: &Page) -> f64 {
    page.browser.run("return scrollY").as_f64().expect("a place on the page")
}

fn wait_for_chapter(page: &Page, key: &str) {
    page.wait_for(&format!("[data-chapter='{key}'] #lesson-caption"), 10);
}

/// Checks that a place begins where it should.
fn begins(page: &Page, key: &str) {
    page.wait(&format!("{key} at its top"), 5, |page| scroll(page) == 0.0);
    let is_heading = "return document.activeElement.matches('main h1')";
    page.wait(&format!("{key}: the focus on the heading"), 5, |page| page.browser.run(is_heading) == true);
}

fn turning() {
    let keys = keys_in_order();
    let page = Page::open(&format!("/lesson/{}?data=digits", keys[0]));
    for (width, height) in [(1280, 800), (390, 844)] {
        page.browser.resize(width, height);
        page.go(&format!("/lesson/{}?data=digits", keys[0]));
        // Every chapter on a desktop, some on a phone.
        for pair in keys.windows(2).take(if width > 500 { keys.len() } else { 3 }) {
            page.browser.run("scrollTo(0, document.documentElement.scrollHeight)");
            page.wait("a link in view", 5, |page| scroll(page) > 0.0);
            // What was scrolled to is known with the next frame.
            thread::sleep(Duration::from_millis(60));
            let left = scroll(&page);
            page.browser.click(".neighbours .after");
            wait_for_chapter(&page, pair[1]);
            begins(&page, pair[1]);
            page.browser.run("history.back()");
            wait_for_chapter(&page, pair[0]);
            page.wait(&format!("{} where it was left, at {left}", pair[0]), 5, |page| {
                (scroll(page) - left).abs() < 2.0
            });
            page.browser.run("history.forward()");
            wait_for_chapter(&page, pair[1]);
            page.wait(&format!("{} at its top again", pair[1]), 5, |page| scroll(page) == 0.0);
        }
        // A reload stays where it was, also on a device so slow that it takes seconds until the page is as long.
        page.browser.run("scrollTo(0, 300)");
        thread::sleep(Duration::from_millis(60));
        for slower in [1, 12] {
            page.browser.slow_down(slower);
            page.browser.run("location.reload()");
            page.wait("the page where it was before the reload", 30, |page| (scroll(page) - 300.0).abs() < 2.0);
        }
        page.browser.slow_down(1);
    }
    page.check_silence();
}

fn double_click() {
    let keys = keys_in_order();
    let page = Page::open("/?data=digits");
    // So high that the next chapter's link may lie where this one's did.
    page.browser.resize(1280, 6000);
    for pair in keys.windows(2).step_by(3) {
        page.go(&format!("/lesson/{}?data=digits", pair[0]));
        page.browser.double_click(".neighbours .after");
        thread::sleep(Duration::from_millis(300));
        assert!(page.has(&format!("[data-chapter='{}']", pair[1])), "not {} after {}", pair[1], pair[0]);
    }
    page.check_silence();
}

pub(crate) const COUNT_WORKERS: &str = "
window.nWorkers = 0;
window.Worker = class extends Worker { constructor(...all) { super(...all); window.nWorkers += 1; } };";

fn succession() {
    let page = Page::open("/lesson/building?start=exercise-valid&data=digits");
    let valid = "/lesson/building?start=exercise-valid&data=digits";
    let shown = "return [document.querySelector('main').dataset.place, document.querySelector('#set-start')?.value ?? ''].join(' ')";
    for between in ["/", "/draw", "/lesson/building?start=small&data=digits", "/lesson/padding?pad=2"] {
        for millis in [0, 1, 3, 8, 20, 50] {
            // The second is written while the page is busy with the first; after none at all, before it begins.
            let then = format!(
                "await new Promise(done => setTimeout(done, {millis})); location.hash = {valid:?};
                 await new Promise(done => setTimeout(done, 400));"
            );
            let both = format!("return (async () => {{ location.hash = {between:?}; {then} {shown} }})()");
            assert_eq!(page.browser.run(&both), "/lesson/building exercise-valid", "{between}, {millis} ms");
            assert!(
                page.browser.run("return location.hash").as_str().is_some_and(|hash| hash.contains("exercise-valid"))
            );
            page.wait_for(".board", 5);
        }
    }
    page.check_silence();
}

fn run_goes_on() {
    let page = Page::open("/lab?data=digits&net=small&ntrain=20000&nval=0&epochs=50");
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait("steps", 60, |page| page.number("#iteration") > 5.0);
    let mut steps = page.number("#iteration");
    for place in ["/lesson/flatten?on=digit", "/lesson/building?on=digit", "/lesson/images?source=digit", "/", "/draw"]
    {
        page.set_address(&format!("{place}{}data=digits&net=small", if place.contains('?') { "&" } else { "?" }));
        page.wait("the place", 10, |page| page.has("main h1"));
        if place.contains("digit") {
            page.wait_for("#lesson-caption", 20);
            assert!(!page.has("#lesson-problem"), "{place}: {}", page.text("#lesson-problem"));
        }
        if place.contains("on=digit") {
            page.wait(place, 20, |page| page.text("#weights-about").starts_with("These are your weights, after"));
        }
        page.set_address("/lab?data=digits&net=small&ntrain=20000&nval=0&epochs=50");
        page.wait(&format!("more steps after {place}"), 30, |page| {
            page.has("#iteration") && page.number("#iteration") > steps
        });
        steps = page.number("#iteration");
    }
    page.check_silence();
}

fn frugal() {
    let page = Page::open_with("/lesson/convolution", COUNT_WORKERS, "");
    let is_heavy = |path: &String| path.contains("mnist") || path.contains("worker");
    let n_workers = |page: &Page| page.browser.run("return window.nWorkers").as_u64().expect("a number");
    let is_small = |chapter: &&&Chapter| {
        let needs = (chapter.needs)(&chapter.settings());
        !needs.digit && needs.network.is_none()
    };
    for chapter in chapters::ALL.iter().filter(is_small) {
        page.set_address(&format!("/lesson/{}", chapter.key));
        wait_for_chapter(&page, chapter.key);
    }
    thread::sleep(Duration::from_millis(500));
    assert_eq!(n_workers(&page), 0);
    let heavy: Vec<_> = page.requests().into_iter().filter(is_heavy).collect();
    assert!(heavy.is_empty(), "fetched before it is wanted: {heavy:?}");
    page.set_address("/lesson/padding?on=digit&data=digits");
    page.wait("a digit", 30, |page| !page.has("#lesson-waiting"));
    assert_eq!(n_workers(&page), 1);
    assert!(page.requests().iter().any(is_heavy));
    page.check_silence();
}

/// Presses a key on an element. True when the page left it to the browser.
fn is_left(page: &Page, selector: &str, event: &str) -> bool {
    let script = format!(
        "const e = document.querySelector({selector:?}); if (e !== document.body) e.focus();
         return e.dispatchEvent(new KeyboardEvent('keydown', {{ bubbles: true, cancelable: true, {event} }}))"
    );
    page.browser.run(&script) == true
}

fn position(page: &Page) -> String {
    page.texts("#scrub").join("")
}

fn keys() {
    let page = Page::open("/lesson/convolution?data=digits");
    wait_for_chapter(&page, "convolution");
    assert_eq!(position(&page), "0");
    page.browser.press(RIGHT);
    page.wait("a step", 5, |page| position(page) == "1");
    // What has the focus keeps its keys.
    for selector in ["#lesson-input-0", ".exercises input", ".choices .slider input"] {
        is_left(&page, selector, "key: 'ArrowRight'");
        assert_eq!(position(&page), "1", "{selector}");
    }
    let label = |page: &Page| page.browser.run("return document.querySelector('#play').ariaLabel");
    for (event, says) in [("", "Pause"), ("repeat: true", "Pause"), ("repeat: true", "Pause"), ("", "Play")] {
        assert!(!is_left(&page, "#stage", &format!("key: ' ', {event}")), "the page would scroll");
        page.wait(says, 5, |page| label(page) == says);
    }
    let reserved = ["altKey: true", "ctrlKey: true", "metaKey: true"];
    let own = |selector: &str, key: &str| {
        page.wait_for(selector, 20);
        assert!(!is_left(&page, selector, &format!("key: {key:?}")), "{selector} does nothing at {key}");
        for modifier in reserved {
            for key in ["ArrowLeft", "ArrowRight", "Home", "End", " "] {
                assert!(
                    is_left(&page, selector, &format!("key: {key:?}, {modifier}")),
                    "{selector} takes {modifier} {key}"
                );
            }
        }
    };
    own("#stage", "ArrowLeft");
    own("body", "ArrowLeft");
    own("#lesson-input-0", "ArrowRight");
    page.go("/lesson/convolution?data=digits&on=digit");
    own(".pixels-plane .cursor", "ArrowRight");
    page.go("/draw?data=digits");
    own("#pad", "ArrowLeft");
    page.go("/lab?data=digits&ntrain=2000&nval=0&seed=1");
    page.wait_until_ready();
    page.browser.click("#step");
    page.wait("a point on the curve", 30, |page| page.number("#iteration") > 0.0);
    own(".plot", "ArrowLeft");
    page.check_silence();
}

/// A file as IDX has it: 60 items of this shape, each byte made from its index.
fn idx(shape: &[u32], byte: impl Fn(u32) -> u8) -> Vec<u8> {
    let sizes = [60].iter().chain(shape).flat_map(|size| size.to_be_bytes());
    let n_bytes = 60 * shape.iter().product::<u32>();
    [0, 0, 8, 1 + shape.len() as u8].into_iter().chain(sizes).chain((0..n_bytes).map(byte)).collect()
}

fn own_files() {
    let page = Page::open("/lab?data=digits");
    page.wait_until_ready();
    page.browser.run("document.querySelector('details.own').open = true");
    for (name, content) in [
        ("images", idx(&[28, 28], |i| if i % 28 == i / 784 % 28 { 255 } else { 0 })),
        ("labels", idx(&[], |i| (i % 10) as u8)),
    ] {
        let file = page.browser.file(&format!("own-{name}"), &content);
        page.browser.keys(&format!("#own-{name}"), &file.display().to_string());
    }
    page.browser.click("#own-open");
    let has_own = |page: &Page| page.texts("#data") == ["own"];
    page.wait("the learner's own files", 20, has_own);
    page.browser.click(".top nav a[href*='/draw']");
    page.wait_for("#pad", 10);
    page.browser.run("history.back()");
    page.wait_for("#data", 10);
    assert!(has_own(&page), "Back drops the learner's own files");
    page.set_address("/lesson/padding?pad=2");
    wait_for_chapter(&page, "padding");
    page.set_address("/lab?lr=0.01");
    page.wait("the link's learning rate", 10, |page| page.texts("#lr") == ["0.01"]);
    assert!(has_own(&page), "a link drops the learner's own files");
    page.set_address("/lab?data=digits");
    page.wait("the dataset that a link names", 10, |page| page.texts("#data") == ["digits"]);
    page.check_silence();
}

/// Counts what the page writes into the address, and refuses it on demand; notes what is copied.
const HISTORY: &str = "
window.nWrites = 0;
for (const name of ['pushState', 'replaceState']) {
  const write = History.prototype[name];
  History.prototype[name] = function (...all) {
    window.nWrites += 1;
    if (window.refuses === 'loudly') throw new DOMException('too many calls', 'SecurityError');
    if (!window.refuses) write.apply(this, all);
  };
}
if (navigator.clipboard) navigator.clipboard.writeText = async text => { window.copied = text };";

/// Drags the time line to and fro, and leaves it somewhere. Returns how long that took, in milliseconds.
const DRAG: &str = "
const start = performance.now();
const slider = document.querySelector('#scrub');
return new Promise(done => {
  let n = 0;
  const timer = setInterval(() => {
    slider.value = n === 300 ? 4 : n % 9;
    slider.dispatchEvent(new InputEvent('input', { bubbles: true }));
    if (n++ === 300) { clearInterval(timer); done(performance.now() - start) }
  }, 5);
});";

fn refused() {
    let page = Page::open_with("/lesson/convolution?data=digits", HISTORY, "");
    wait_for_chapter(&page, "convolution");
    let hash = |page: &Page| page.browser.run("return location.hash").as_str().unwrap_or_default().to_string();
    let n_writes = |page: &Page| page.browser.run("return window.nWrites").as_u64().expect("a number");
    let before = n_writes(&page);
    let millis = page.browser.run(DRAG).as_f64().expect("a time");
    page.wait("the address", 5, |page| hash(page).contains("at=4"));
    // On a busy machine a drag has pauses.
    let n = n_writes(&page) - before;
    assert!((n as f64) < 3.0 + millis / 300.0, "{n} writes for one drag of {millis:.0} ms");
    for how in ["'loudly'", "'quietly'"] {
        page.browser.run(&format!("window.refuses = {how}; document.querySelector('#scrub').focus()"));
        page.browser.press(RIGHT);
        page.wait("a step", 5, |page| position(page) == "5");
        thread::sleep(Duration::from_millis(600));
        assert!(hash(&page).contains("at=4"), "{}", hash(&page));
        page.browser.click("#share");
        page.wait("a link with the state", 5, |page| {
            page.browser.run("return window.copied ?? ''").as_str().is_some_and(|link| link.contains("at=5"))
        });
        page.browser.run("window.refuses = null; window.copied = null");
        page.wait("the address in the end", 10, |page| hash(page).contains("at=5"));
        page.browser.run("history.replaceState(history.state, '', location.hash.replace('at=5', 'at=4'))");
        page.browser.run("dispatchEvent(new Event('hashchange'))");
        page.wait("the step before", 5, |page| position(page) == "4");
    }
    // A place that is left within that time is left as it was.
    page.browser.run("document.querySelector('#scrub').focus()");
    page.browser.press(RIGHT);
    page.wait("a step", 5, |page| position(page) == "5");
    page.browser.run("document.querySelector('.neighbours .after').click()");
    page.wait("another chapter", 5, |page| !page.has("[data-chapter='convolution']"));
    page.browser.run("history.back()");
    wait_for_chapter(&page, "convolution");
    assert!(hash(&page).contains("at=5"), "{}", hash(&page));
    page.check_silence();
}

fn framed() {
    let page =
        Page::around("<iframe id='inside' width=1000 height=800 src='index.html#/lesson/images?data=digits'></iframe>");
    let inside = |script: &str| {
        page.browser.run(&format!("const inside = document.querySelector('#inside').contentWindow; {script}"))
    };
    let shows =
        |key: &str| inside(&format!("return !!inside.document.querySelector(\"[data-chapter='{key}'] .neighbours\")"));
    page.wait("the first chapter", 20, |_| shows("images") == true);
    let n_entries = page.browser.run("return history.length");
    for key in &keys_in_order()[1..4] {
        inside("inside.document.querySelector('.neighbours .after').click()");
        page.wait(key, 10, |_| shows(key) == true);
        assert!(inside("return inside.location.hash").as_str().is_some_and(|hash| hash.contains(key)), "{key}");
    }
    assert_eq!(page.browser.run("return history.length"), n_entries);
    page.check_silence();
}
