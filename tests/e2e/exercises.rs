//! Exercises in the page: they teach before they show the answer, and take what people type.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;
use receptive_lessons::exercise::{Answer, Task};
use receptive_lessons::{Chapter, say};

pub(crate) const TESTS: &[Test] = &[
    (
        "an empty answer gives nothing away, a wrong one meets a hint, the third one the solution",
        Need::Nothing,
        teaching,
    ),
    ("Show me marks the cells, fills the field and chooses the choice", Need::Nothing, showing),
    ("numbers and sizes are taken as people type them, in exercises and in settings", Need::Nothing, typing),
    ("the new words of a chapter are there, folded, and unfold", Need::Nothing, new_words),
];

fn task(chapter: &str, exercise: &str) -> Task {
    let chapter = Chapter::find(chapter).expect("a chapter");
    chapter.exercises.iter().find(|found| found.key == exercise).expect("an exercise").task(1)
}

/// Presses Check, and waits until this is said.
fn check(page: &Page, exercise: &str, said: &str) {
    page.browser.click(&format!("#exercise-{exercise} .go"));
    let verdict = format!("#exercise-{exercise}-verdict");
    page.wait(said, 5, |page| page.has(&verdict) && page.text(&verdict).contains(said));
}

fn teaching() {
    let page = Page::open("/lesson/images?data=digits");
    page.wait_for("#exercise-count", 20);
    for (exercise, said) in [("mix", "common.bad.choose"), ("darker", "common.bad.none"), ("count", "common.bad.empty")]
    {
        check(&page, exercise, &say!(said));
        assert_eq!(page.texts(&format!("#exercise-{exercise} .marked")), [""; 0], "{exercise}");
    }
    let task = task("images", "count");
    let verdict = || page.text("#exercise-count-verdict");
    for (typed, said) in [("7", &*task.hint), ("8", &*task.hint), ("9", &*task.because)] {
        assert!(!page.has("#exercise-count-verdict") || !verdict().contains(&task.because), "{}", verdict());
        page.browser.type_into("#exercise-count-answer", typed);
        check(&page, "count", said);
    }
    assert!(verdict().contains(&task.answer.text()), "{}", verdict());
    page.check_silence();
}

fn showing() {
    let page = Page::open("/lesson/images?data=digits");
    page.wait_for("#exercise-darker", 20);
    for name in ["darker", "count", "mix"] {
        page.browser.click(&format!("#exercise-{name} .show"));
        page.wait_for(&format!("#exercise-{name}-verdict"), 5);
        // The next button may lie under the header by now.
        page.browser.run("scrollTo(0, 0)");
    }
    let darker = task("images", "darker");
    let Answer::Cells(cells) = &darker.answer else { panic!("cells are asked for") };
    page.wait("marked cells", 5, |page| page.texts("#exercise-darker .cell.marked").len() == cells.len());
    let count = task("images", "count").answer.text();
    let field = "return document.querySelector('#exercise-count-answer').value";
    page.wait("a filled field", 5, |page| page.browser.run(field) == count.as_str());
    let Answer::Choice { right, .. } = task("images", "mix").answer else { panic!("a choice is asked for") };
    let chosen = "return [...document.querySelectorAll('#exercise-mix input')].findIndex(input => input.checked)";
    page.wait("a choice", 5, |page| page.browser.run(chosen).as_u64() == Some(right as u64));
    page.check_silence();
}

fn typing() {
    let page = Page::open("/lesson/convolution?data=digits");
    page.wait_for("#exercise-out-size", 20);
    let Answer::Size([rows, columns]) = task("convolution", "out-size").answer else { panic!("a size is asked for") };
    for typed in [format!("{rows} by {columns}"), format!("{rows}, {columns}"), format!("{rows}×{columns}")] {
        page.browser.type_into("#exercise-out-size-answer", &typed);
        check(&page, "out-size", "Right");
    }
    page.browser.type_into("#lesson-kernel-0", "–1/4\u{e007}");
    page.wait("a fraction in a cell", 5, |page| page.texts("#lesson-kernel-0") == ["−.25"]);
    page.browser.type_into("#lesson-kernel-0", "1,204\u{e007}");
    page.wait("a question", 5, |page| page.text("#lesson-problem").contains("1204 or 1.204"));
    page.go("/lab?data=digits");
    page.wait_for("#more-settings", 20);
    page.browser.click("#more-settings");
    page.browser.type_into("#ntrain", "1,200\u{e007}");
    page.wait("a count with its thousands apart", 5, |page| {
        page.browser.run("return location.hash").as_str().is_some_and(|hash| hash.contains("ntrain=1200"))
    });
    page.check_silence();
}

fn new_words() {
    let page = Page::open("/lesson/features?data=digits");
    page.wait_for("#terms", 20);
    let is_open = "return document.querySelector('#terms').open";
    assert_eq!(page.browser.run(is_open), false);
    page.browser.click("#terms summary");
    page.wait("unfolded", 5, |page| page.browser.run(is_open) == true);
    assert!(page.text("#terms").contains("cosine"), "{}", page.text("#terms"));
    page.check_silence();
}
