//! The guide on the page: what a step needs is set up on request, it is ticked where it is done, and on a phone its
//! controls and its answer are in sight.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;

pub(crate) const TESTS: &[Test] = &[
    ("a step is set up on request, and ticked in sight when it is done", Need::Nothing, step),
    (
        "on a phone the settings that do the step stand by the stage, and the others behind one line",
        Need::Nothing,
        phone,
    ),
    ("the guide goes from step to step, and steps done stay done", Need::Nothing, walk),
];

/// True if all of an element is on the screen, and nothing lies over its middle.
fn is_in_sight(page: &Page, selector: &str) -> bool {
    let script = format!(
        "const element = document.querySelector({selector:?});
         if (!element) return false;
         const box = element.getBoundingClientRect();
         const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
         return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight && element.contains(top)"
    );
    page.browser.run(&script) == true
}

/// The number of steps that are ticked.
fn n_done(page: &Page) -> usize {
    page.texts(".guide-head .done").len()
}

/// Turns to a step, by its position.
fn turn_to(page: &Page, step: usize) {
    page.browser.click(&format!(".guide-head li:nth-child({}) button", step + 1));
}

fn step() {
    for (width, height) in [(1280, 800), (390, 844)] {
        let page = Page::open("/lesson/padding?mode=same&data=digits");
        page.browser.resize(width, height);
        // Same padding is there already: the step asks to choose it.
        turn_to(&page, 1);
        page.wait_for("#set-up", 5);
        assert_eq!(n_done(&page), 0);
        page.browser.click("#set-up");
        page.wait("the stage set up", 5, |page| !page.has("#set-up"));
        assert_eq!(n_done(&page), 0, "setting up is no doing");
        assert!(!page.has("#set-mode-same.on"));
        assert!(is_in_sight(&page, ".guide-card"), "{width}: the step");
        page.browser.run("scrollTo(0, 0)");
        page.browser.click("#set-mode-same");
        page.wait_for("#step-found", 5);
        assert!(is_in_sight(&page, "#step-found"), "{width}: the answer");
        assert!(is_in_sight(&page, ".guide-head .done.on"), "{width}: the tick");
        assert_eq!(n_done(&page), 1);
        assert!(page.text(".guide [role=status]").contains(&page.text("#step-found b")), "it is said aloud");
        page.check_silence();
    }
}

fn phone() {
    let page = Page::open("/lesson/stride?on=digit&data=digits");
    page.browser.resize(390, 844);
    let is_shown = |page: &Page, selector: &str| {
        page.browser.run(&format!("return document.querySelector({selector:?})?.checkVisibility() ?? false")) == true
    };
    turn_to(&page, 0);
    page.wait("the step's slider", 5, |page| is_shown(page, "#set-stride"));
    for other in ["#set-pad", "#digit-next", "#set-on-small"] {
        assert!(!is_shown(&page, other), "{other}");
    }
    assert!(page.text("#more").contains("A digit"), "what is set is named: {}", page.text("#more"));
    turn_to(&page, 1);
    page.wait("the next step's slider", 5, |page| is_shown(page, "#set-pad") && !is_shown(page, "#set-stride"));
    page.browser.click("#more");
    for other in ["#set-stride", "#digit-next", "#set-on-small"] {
        page.wait(other, 5, |page| is_shown(page, other));
    }
    // Turned to a desktop, nothing is hidden but what is rarely wanted.
    page.browser.resize(1280, 800);
    page.wait("both sliders", 5, |page| is_shown(page, "#set-stride") && is_shown(page, "#set-pad"));
    assert!(is_shown(&page, "#digit-next"));
    page.check_silence();
}

fn walk() {
    let page = Page::open("/lesson/volumes?data=digits");
    let asked = |page: &Page| page.text(".step-ask");
    let first = asked(&page);
    page.wait_for("#lesson-caption", 20);
    page.browser.click("#stage");
    page.browser.keys("#stage", "\u{e014}\u{e014}\u{e014}");
    std::thread::sleep(std::time::Duration::from_secs(2));
    page.wait("the first step done", 5, |page| n_done(page) == 1);
    assert_eq!(asked(&page), first, "the answer stands by its question");
    page.browser.click("#step-next");
    page.wait("the next step", 5, |page| asked(page) != first && !page.has("#step-found"));
    assert_eq!(page.browser.run("return document.activeElement.className"), "guide-card");
    page.go("/lesson/volumes?data=digits");
    page.wait("the tick after a reload", 5, |page| n_done(page) == 1);
    turn_to(&page, 0);
    page.wait("the step that was done", 5, |page| asked(page) == first);
    // The button that was pressed keeps the focus, and the arrow keys go on stepping.
    let at = page.text(".position");
    page.browser.keys(".guide-head li:nth-child(1) button", "\u{e014}");
    page.wait("the next moment", 5, |page| page.text(".position") != at);
    page.check_silence();
}
