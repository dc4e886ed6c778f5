//! The stage: cause and effect in one view, settings that keep still, colours and rounding that are said.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;
use receptive_lessons::chapters;
use receptive_lessons::settings::Kind;

pub(crate) const TESTS: &[Test] = &[
    ("what goes in, what is done to it and what comes out are seen at once at 1280×800", Need::Nothing, at_once),
    ("the stage is in the first screenful of a phone", Need::Nothing, first_screenful),
    ("a slider keeps its place and its width, and its number can be typed", Need::Nothing, sliders),
    ("settings beyond the first few are folded away until they are wanted", Need::Nothing, folded),
    ("the legend names the colours on the stage, and the equation says what is rounded", Need::Nothing, legend),
];

/// The parts of the stage that are not seen: below the screen or the time line, cut off by a frame that scrolls, or
/// under something else.
const UNSEEN: &str = r"
const line = document.querySelector('.transport'), seen = document.querySelector('.stage-focus').getBoundingClientRect();
const floor = Math.min(innerHeight, line ? line.getBoundingClientRect().top : innerHeight);
const things = document.querySelectorAll('.stage-focus .board figure, .stage-focus .builder-layers li, #lesson-equation, #lesson-caption');
const name = e => e.querySelector('[id]')?.id || e.id || e.className;
const out = [];
for (const e of things) {
  const box = e.getBoundingClientRect();
  if (box.height === 0) continue;
  if (box.bottom > floor + 1 || box.top < seen.top - 1) out.push(`${name(e)} ${Math.round(box.top)}–${Math.round(box.bottom)} of ${Math.round(floor)}`);
  if (box.right > seen.right + 1 || box.left < seen.left - 1) out.push(`${name(e)} sticks out sideways`);
}
const equation = document.querySelector('#lesson-equation')?.getBoundingClientRect();
for (const e of document.querySelectorAll('.stage-focus .board figure')) {
  if (equation && e.getBoundingClientRect().bottom > equation.top + 1) out.push(`${name(e)} lies over the equation`);
}
return out.join('; ');";

/// Stages beside those that a chapter's first choices make: the widest and the tallest.
const LARGE: &[(&str, &str)] = &[
    ("convolution", "on=digit&kernel=net&net-kernel=1"),
    ("convolution", "by=term"),
    ("features", "on=photo"),
    ("padding", "mode=own&pad=3"),
    ("padding", "mode=same"),
    ("stride", "layers=3&stride=1"),
    ("volumes", "channels=4&kernels=4"),
    ("activation", "picture=letter-x"),
    ("pooling", "picture=letter-c&shift=1"),
    ("kernel-size", "stack=two"),
    ("kernel-size", "stack=three"),
    ("kernel-size", "stack=two&on=digit"),
    ("flatten", "channels=3&units=4&at=20"),
    ("softmax", "on=digit"),
];

fn unseen(page: &Page) -> String {
    page.browser.run(UNSEEN).as_str().unwrap_or_default().to_string()
}

/// The ways in which each chapter works: on small numbers, on a digit.
fn modes() -> Vec<(&'static str, String)> {
    let mut modes = vec![];
    for chapter in chapters::ALL {
        let on = chapter.params.iter().find(|param| param.key == "on").map(|param| param.kind);
        match on {
            Some(Kind::Choice(options)) => {
                let digits = options.iter().filter(|option| ["small", "digit"].contains(option));
                modes.extend(digits.map(|option| (chapter.key, format!("on={option}"))));
            }
            _ => modes.push((chapter.key, String::new())),
        }
    }
    modes
}

fn at_once() {
    let page = Page::open("/lab?data=digits");
    page.browser.resize(1280, 800);
    let mut hidden = vec![];
    let large = LARGE.iter().map(|(chapter, query)| (*chapter, (*query).to_string()));
    for (chapter, query) in modes().into_iter().chain(large) {
        // A network with all its maps is longer than any screen.
        if (chapter, query.as_str()) == ("building", "on=digit") {
            continue;
        }
        page.turn(&format!("/lesson/{chapter}"), &query);
        let unseen = unseen(&page);
        if !unseen.is_empty() {
            hidden.push(format!("{chapter}?{query}: {unseen}"));
        }
    }
    assert!(hidden.is_empty(), "{}", hidden.join("\n"));
    // Sizes and parameters stand beside the layers.
    page.turn("/lesson/building", "");
    assert_eq!(page.texts(".layer-makes")[0], "26×26×32");
    assert!(page.texts(".layer-params")[0].ends_with("= 320"));
    // Drawing one's own takes nothing out of sight.
    page.turn("/lesson/features", "on=digit");
    page.browser.click("#digit-draw");
    page.wait_for(".digit-pad", 10);
    assert_eq!(unseen(&page), "");
    // What does not fit is found.
    page.browser.run("document.querySelector('.stage-focus .board').style.minHeight = '900px'");
    assert_ne!(unseen(&page), "");
    page.check_silence();
}

fn first_screenful() {
    let page = Page::open("/lab?data=digits");
    page.browser.resize(390, 844);
    let mut late = vec![];
    for (chapter, query) in modes() {
        page.turn(&format!("/lesson/{chapter}"), &query);
        let script =
            "scrollTo(0, 0); const box = document.querySelector('.stage-focus .board > *').getBoundingClientRect();
            return [box.top, Math.min(innerHeight, box.bottom) - box.top]";
        let found = page.browser.run(script);
        let [top, shown] = [0, 1].map(|i| found[i].as_f64().unwrap_or(f64::NAN));
        let is_there = top < 500.0 && shown > 60.0;
        if !is_there {
            late.push(format!("{chapter}?{query}: at {top}, {shown} px of it seen"));
        }
    }
    assert!(late.is_empty(), "{}", late.join("\n"));
    page.check_silence();
}

fn sliders() {
    let page = Page::open("/lesson/images?data=digits");
    page.browser.resize(1280, 800);
    let place = || {
        let read = "return [...document.querySelectorAll('.slider input')].map(e => { const b = e.getBoundingClientRect(); return [b.left, b.width].join() }).join()";
        page.browser.run(read).as_str().unwrap_or_default().to_string()
    };
    let value = || page.texts("#number-levels")[0].clone();
    let before = place();
    assert_eq!(value(), "256");
    // Every position of the slider is one that is asked for: 128, 64, 32 … 2.
    for wanted in ["128", "64", "32", "16", "8", "4", "2"] {
        page.browser.keys("#set-levels", "\u{e012}");
        page.wait(wanted, 5, |_| value() == wanted);
        assert_eq!(place(), before, "at {wanted}");
    }
    // What lies between is typed.
    page.browser.type_into("#number-levels", "6\u{e007}");
    page.wait("six", 5, |page| page.browser.run("return location.hash.includes('levels=6')") == true);
    assert_eq!((value().as_str(), place()), ("6", before.clone()));
    page.browser.type_into("#number-levels", "999\u{e007}");
    page.wait_for("#lesson-problem", 5);
    assert!(page.text("#lesson-problem").contains("256"), "{}", page.text("#lesson-problem"));
    assert_eq!(value(), "6");
    page.check_silence();
}

fn folded() {
    let page = Page::open("/lesson/convolution?data=digits");
    let is_seen =
        |page: &Page| page.browser.run("return document.querySelector('#set-dilation').checkVisibility()") == true;
    assert!(!is_seen(&page));
    page.browser.click("#more");
    page.wait("the rest", 5, is_seen);
    page.browser.click("#more");
    page.wait("the first few", 5, |page| !is_seen(page));
    // What a link sets shows itself.
    page.go("/lesson/convolution?data=digits&dilation=2");
    page.wait("what the link sets", 5, is_seen);
    page.check_silence();
}

fn legend() {
    let page = Page::open("/lesson/convolution?data=digits&pad=1");
    assert_eq!(page.texts(".colours li").len(), 4, "input, weights, values, padding: {:?}", page.texts(".colours li"));
    assert!(page.text("#lesson-equation").contains(" = ") && !page.has("#lesson-equation .rounded"));
    page.turn("/lesson/flatten", "");
    assert!(!page.text(".colours").contains("input"), "{}", page.text(".colours"));
    page.turn("/lesson/convolution", "on=digit&kernel=net");
    assert!(page.text("#lesson-equation").contains('≈') && page.has("#lesson-equation .rounded"));
    page.turn("/lesson/softmax", "");
    assert_eq!(page.texts("#lesson-equation sup"), ["0", "−1", "−1.9"]);
    assert!(!page.text("#lesson-equation").contains('^'));
    page.check_silence();
}
