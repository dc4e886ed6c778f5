//! The speed of the page's answers, and that nothing jumps while a learner steps.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;
use receptive_lessons::chapters;
use serde_json::Value;

pub(crate) const TESTS: &[Test] = &[
    ("the next chapter is there at once", Need::Nothing, navigation),
    ("a large picture is stepped through without a stutter", Need::Nothing, stepping),
    ("nothing jumps while a chapter is stepped through", Need::Nothing, steadiness),
    ("what jumps is noticed", Need::Nothing, spoilt),
];

const RIGHT: &str = "\u{e014}";

/// Clicks on the way to the next chapter, and measures until it has been painted.
const NEXT: &str = r"
return new Promise(done => {
  const start = performance.now();
  const paint = () => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start)));
  const look = () => document.querySelector(`[data-chapter='${key}'] #lesson-caption`) ? paint() : requestAnimationFrame(look);
  document.querySelector('.neighbours .after').click();
  look();
});";

/// Starts counting frames.
const FRAMES: &str = r"
window.frames_seen = [];
const count = at => { window.frames_seen.push(at); requestAnimationFrame(count) };
requestAnimationFrame(count);";

/// Starts noting all that moves by itself, whatever key was pressed: how much, and what by how far.
const SHIFTS: &str = r"
const called = e => e?.id || e?.className || e?.nodeName;
const placed = box => [box.x, box.y, box.width, box.height].map(Math.round).join(' ');
window.shifts = [];
window.watching?.disconnect();
window.watching = new PerformanceObserver(list => list.getEntries().forEach(({ value, sources }) => window.shifts.push({ value,
  moved: sources.map(({ node, previousRect, currentRect }) => `${called(node)}: ${placed(previousRect)} to ${placed(currentRect)}`) })));
document.querySelector('#stage').focus();
// What is still on its way is not the steps' doing.
return new Promise(done => setTimeout(() => { window.watching.observe({ type: 'layout-shift' }); done() }, 100));";

/// The part of the screen that may move, in the browser's measure: half of what web.dev calls good. Centred text whose
/// numbers get longer moves a little.
const MOST_SHIFT: f64 = 0.05;

/// Chapters that are stepped through for long.
const LONG: [&str; 4] = ["convolution", "padding", "pooling", "softmax"];

fn navigation() {
    let page = Page::open(&format!("/lesson/{}?data=digits", chapters::ALL[0].key));
    page.note_long_tasks();
    for chapter in &chapters::ALL[1..] {
        let millis = page.browser.run(&format!("const key = {:?};{NEXT}", chapter.key)).as_f64().expect("a time");
        println!("{}: painted {millis:.0} ms after the click", chapter.key);
        assert!(millis < 1000.0, "{}: {millis} ms", chapter.key);
    }
    println!("tasks of the main thread over 50 ms: {:?}", page.long_tasks());
    page.check_silence();
}

fn stepping() {
    let page = Page::open("/lesson/convolution?data=digits&on=digit");
    page.wait_for("#lesson-output", 20);
    page.browser.run("document.querySelector('#stage').focus()");
    page.note_long_tasks();
    page.browser.run(FRAMES);
    let at = |page: &Page| page.texts("#scrub")[0].parse::<usize>().expect("a step");
    let before = at(&page);
    page.browser.press_every(16, &RIGHT.repeat(60));
    page.wait("60 steps", 10, |page| at(page) == before + 60);
    let frames = page.browser.run("return window.frames_seen");
    let frames: Vec<_> = frames.as_array().into_iter().flatten().filter_map(|at| at.as_f64()).collect();
    let seconds = (frames[frames.len() - 1] - frames[0]) / 1000.0;
    println!("60 steps through 28×28 in {seconds:.2} s, {:.0} frames per second", (frames.len() - 1) as f64 / seconds);
    page.check_fluent("60 steps");
    page.check_silence();
}

fn steadiness() {
    let page = Page::open("/lab?data=digits");
    let mut unsteady = vec![];
    for (width, height) in [(1280, 900), (390, 844)] {
        page.browser.resize(width, height);
        for chapter in chapters::ALL {
            page.turn(&format!("/lesson/{}", chapter.key), "");
            if !page.has("#scrub") {
                continue;
            }
            page.browser.run(SHIFTS);
            let n = if LONG.contains(&chapter.key) { 30 } else { 15 };
            page.browser.press_every(16, &RIGHT.repeat(n));
            let shifts = page.browser.run("return window.shifts");
            let mut shifts: Vec<_> = shifts.as_array().into_iter().flatten().map(shift).collect();
            shifts.sort_by(|a, b| b.0.total_cmp(&a.0));
            let sum = shifts.iter().fold(0.0, |sum, (value, _)| sum + value);
            println!("{} at {width} px moves by {sum:.4}", chapter.key);
            if sum >= MOST_SHIFT {
                unsteady.push(format!("{} at {width} px, {sum:.3}: {:?}", chapter.key, &shifts[..shifts.len().min(3)]));
            }
        }
        page.turn("/lab", "");
    }
    assert!(unsteady.is_empty(), "{}", unsteady.join("\n"));
    page.check_silence();
}

/// Returns the amount that moved at once, and the things that did.
fn shift(entry: &Value) -> (f64, String) {
    (entry["value"].as_f64().unwrap_or(f64::NAN), entry["moved"].to_string())
}

fn spoilt() {
    let page = Page::open("/lesson/convolution?data=digits");
    page.browser.run(SHIFTS);
    page.browser.run("document.querySelector('#stage').style.marginTop = '200px'");
    page.wait("a shift", 5, |page| {
        let shifts = page.browser.run("return window.shifts");
        shifts
            .as_array()
            .into_iter()
            .flatten()
            .map(shift)
            .any(|(value, moved)| value > MOST_SHIFT && moved.contains("stage"))
    });
}
