//! Exercises of teachers' lessons: answered, and what becomes of the answers.

use crate::Test;
use crate::course::{ENTER, EXAMPLE};
use crate::need::Need;
use receptive_e2e::page::Page;

pub(crate) const TESTS: &[Test] = &[
    ("exercises of a lesson are answered", Need::Nothing, exercises),
    ("answers in a lesson are kept, but not of an exercise that has changed or is edited", Need::Nothing, kept),
    (
        "where the browser keeps nothing, a lesson is answered all the same, and the page says so",
        Need::Nothing,
        not_kept,
    ),
    ("a damaged store leaves the exercises of a lesson as they are", Need::Nothing, damaged),
];

fn exercises() {
    let page = Page::open(EXAMPLE);
    page.wait_for(".course-exercise", 20);
    let first = ".course-exercise:has(input[type=radio])";
    let at = |rest: &str| format!("{first} {rest}");
    page.browser.click(&at(".go"));
    page.wait("a request", 5, |page| page.text(&at(".course-verdict")).contains("Choose one"));
    page.browser.click(&at("label:nth-child(1) input"));
    page.browser.click(&at(".go"));
    page.wait("the verdict", 5, |page| page.text(&at(".course-verdict")) == "Not yet. Try again.");
    page.browser.click(&at("label:nth-child(2) input"));
    page.browser.click(&at(".go"));
    page.wait("the verdict", 5, |page| page.text(&at(".course-verdict")).starts_with("✓ Right. With padding 1"));
    let second = ".course-exercise:has(input[type=text])";
    let at = |rest: &str| format!("{second} {rest}");
    for (typed, said) in [("eleven", "Type a number"), ("11", "Not yet"), ("12,0", "✓ Right."), ("24/2", "✓ Right.")]
    {
        page.browser.type_into(&at("input"), &format!("{typed}{ENTER}"));
        page.wait(typed, 5, |page| page.text(&at(".course-verdict")).starts_with(said));
    }
    page.browser.type_into(&at("input"), &format!("13{ENTER}"));
    page.wait_for(&at(".show"), 5);
    page.browser.click(&at(".show"));
    page.wait("the answer", 5, |page| {
        page.texts(&at("input")) == ["12"] && page.text(second).contains("rounded down that is 11")
    });
    page.check_silence();
}

/// Loads the page anew.
fn reload(page: &Page) {
    page.browser.run("window.isOld = true; location.reload()");
    let is_new = "return !window.isOld && document.querySelector('.course-exercise') !== null";
    page.wait("the page anew", 20, |page| page.browser.run(is_new) == true);
}

/// Waits until this choice and this number stand in the example's two exercises, and until what is said of them begins
/// so.
fn stands(page: &Page, choice: &str, number: &str, said: [&str; 2]) {
    let chosen = "return document.querySelector('.course-exercise :checked')?.parentElement.textContent ?? ''";
    page.wait(&format!("{choice:?} and {number:?}, {said:?}"), 10, |page| {
        let now = page.texts(".course-verdict");
        let is_said = |(now, said): (&String, &str)| now.starts_with(said) && now.is_empty() == said.is_empty();
        now.len() == 2
            && now.iter().zip(said).all(is_said)
            && page.browser.run(chosen) == choice
            && page.texts(".course-exercise input[type=text]") == [number]
    });
}

fn kept() {
    let (choice, number) = (".course-exercise:has(input[type=radio])", ".course-exercise:has(input[type=text])");
    let choose = |page: &Page, n: usize| {
        page.browser.click(&format!("{choice} label:nth-child({n}) input"));
        page.browser.click(&format!("{choice} .go"));
    };
    let page = Page::open(EXAMPLE);
    page.wait_for(choice, 20);
    choose(&page, 3);
    page.browser.type_into(&format!("{number} input"), &format!("11{ENTER}"));
    for _ in 0..2 {
        stands(&page, "2", "11", ["Not yet.", "Not yet."]);
        reload(&page);
    }
    choose(&page, 2);
    page.browser.click(&format!("{number} .show"));
    stands(&page, "1", "12", ["✓ Right. With padding 1", "This is the answer."]);
    // An answer that was shown was not found.
    page.browser.click(&format!("{number} .go"));
    stands(&page, "1", "12", ["✓ Right.", "✓ Right."]);
    reload(&page);
    stands(&page, "1", "12", ["✓ Right. With padding 1", "This is the answer."]);
    // A copy is the same lesson. Whoever edits it starts with nothing, and leaves no answer behind.
    page.browser.click("#copy-lesson");
    page.wait_for("#edit-lesson", 10);
    stands(&page, "1", "12", ["✓ Right.", "This is the answer."]);
    page.browser.click("#edit-lesson");
    stands(&page, "", "", ["", ""]);
    choose(&page, 1);
    stands(&page, "0", "", ["Not yet.", ""]);
    page.browser.click("#edit-lesson");
    stands(&page, "1", "12", ["✓ Right.", "This is the answer."]);
    // What is asked for has changed: nobody has answered that.
    page.browser.click("#edit-lesson");
    page.wait_for(".change", 10);
    let last = "[...document.querySelectorAll('.change')].filter(e => e.ariaLabel.includes('Exercise')).pop().click()";
    page.browser.run(last);
    page.wait_for("[id^=answer-]", 5);
    page.browser.type_into("[id^=answer-]", "13");
    page.browser.click("#edit-lesson");
    stands(&page, "1", "", ["✓ Right.", ""]);
    reload(&page);
    stands(&page, "1", "", ["✓ Right.", ""]);
    // The file is as it was, until everything is forgotten.
    page.go(EXAMPLE);
    stands(&page, "1", "12", ["✓ Right.", "This is the answer."]);
    page.go("/");
    page.wait_for("#forget", 10);
    page.browser.click("#forget");
    page.wait_for("#forget-yes", 5);
    page.browser.click("#forget-yes");
    page.wait("nothing remembered", 5, |page| !page.has("#forget-yes") && !page.has("#forget"));
    page.go(EXAMPLE);
    stands(&page, "", "", ["", ""]);
    page.check_silence();
}

fn not_kept() {
    let refusing =
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } });";
    let page = Page::open_with(EXAMPLE, refusing, "");
    let number = ".course-exercise:has(input[type=text])";
    page.wait_for(number, 20);
    page.browser.type_into(&format!("{number} input"), &format!("12{ENTER}"));
    stands(&page, "", "12", ["", "✓ Right."]);
    page.wait("the notice", 10, |page| page.texts(".notice").iter().any(|text| text.contains("keeps nothing")));
    // As long as the tab is open it is not lost.
    page.set_address("/course");
    page.wait_for("#example-lesson", 10);
    page.browser.click("#example-lesson");
    page.wait_for(number, 20);
    stands(&page, "", "12", ["", "✓ Right."]);
}

fn damaged() {
    let page = Page::open(EXAMPLE);
    page.wait_for(".course-exercise", 20);
    page.browser.click(".course-exercise label:nth-child(2) input");
    page.browser.click(".course-exercise .go");
    stands(&page, "1", "", ["✓ Right.", ""]);
    let store = page.browser.run("return localStorage['receptive.progress']");
    let store = store.as_str().expect("a store").to_string();
    let line = store.lines().find(|line| line.starts_with("answer lesson-")).expect("the answer");
    let keys = line.strip_suffix(" 0 right 1").expect("the keys, and the answer");
    for answer in ["0 right 3", "0 right <b>1</b>", "0 right -1", "0 right", "x right 1", ""] {
        let damaged = store.replace(line, &format!("{keys} {answer}"));
        page.browser.run(&format!("localStorage['receptive.progress'] = {damaged:?}"));
        page.go(EXAMPLE);
        page.wait_for(".course-exercise", 20);
        stands(&page, "", "", ["", ""]);
    }
    page.check_silence();
}
