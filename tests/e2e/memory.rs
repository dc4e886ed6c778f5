//! The learner's progress is still there after a reload, on the contents page, and in every tab.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;
use receptive_lessons::Chapter;
use receptive_lessons::exercise::Answer;
use serde_json::Value;

pub(crate) const TESTS: &[Test] = &[
    ("ticks and answers are kept, shown on the contents page, and forgotten on request", Need::Nothing, kept),
    ("two tabs keep each other's ticks", Need::Nothing, tabs),
    ("without storage the page says so once and works", Need::Nothing, no_storage),
    ("a damaged store breaks nothing", Need::Nothing, damaged),
];

const ENTER: &str = "\u{e007}";
const END: &str = "\u{e010}";

fn stored(page: &Page) -> String {
    page.browser.run("return localStorage['receptive.progress'] ?? ''").as_str().unwrap_or_default().to_string()
}

/// An exercise of a chapter that wants a number: its key, and the number.
fn question(chapter: &Chapter) -> (&'static str, String) {
    let found = chapter.exercises.iter().filter(|exercise| !exercise.is_more).find_map(|exercise| {
        let Answer::Number { value, decimals } = exercise.task(1).answer else { return None };
        Some((exercise.key, format!("{value:.decimals$}")))
    });
    found.expect("an exercise that wants a number")
}

fn answer(page: &Page, key: &str, text: &str) {
    page.wait_for(&format!("#exercise-{key}-answer"), 10);
    page.browser.type_into(&format!("#exercise-{key}-answer"), &format!("{text}{ENTER}"));
    page.wait_for(&format!("#exercise-{key}-verdict"), 5);
}

fn kept() {
    let chapter = Chapter::find("padding").expect("a chapter");
    let (key, right) = question(chapter);
    let entry = |page: &Page| page.text(".walk a[href$='/padding']");
    let page = Page::open("/");
    page.wait("an invitation to begin", 5, |page| page.text("#begin").starts_with("Begin"));
    assert!(!page.has("#forget"));
    page.go(&format!("/lesson/{}", chapter.key));
    answer(&page, key, &right);
    assert!(page.has(&format!("#exercise-{key}-verdict.right")));
    // Steps are ticked by what is seen, whichever they are.
    page.browser.keys("#stage", END);
    page.browser.run(&format!(
        "localStorage['receptive.progress'] += 'step padding {}\\n'; dispatchEvent(new Event('storage'))",
        chapter.steps[0].key
    ));
    page.browser.run("location.reload()");
    page.wait_for(&format!("#exercise-{key}-verdict.right"), 10);
    assert_eq!(page.texts(&format!("#exercise-{key}-answer")), [right]);
    page.wait_for("#guide li .done", 10);
    page.set_address("/");
    page.wait("the chapter begun", 10, |page| entry(page).contains("of"));
    assert!(entry(&page).contains("exercises") && page.has(".walk .begun.next"), "{}", entry(&page));
    assert!(page.text("#begin").starts_with("Go on with"), "{}", page.text("#begin"));
    // Everything of one chapter.
    let all: String = chapter.steps.iter().map(|step| format!("step padding {}\n", step.key)).collect();
    let exercises = chapter.exercises.iter().map(|exercise| format!("answer padding {} 1 right \n", exercise.key));
    let store = format!("receptive 1\nlast padding\n{all}{}", exercises.collect::<String>());
    page.browser.run(&format!("localStorage['receptive.progress'] = {store:?}; dispatchEvent(new Event('storage'))"));
    page.wait("the chapter done", 5, |page| entry(page).contains("✓"));
    assert!(!page.text("#begin").contains(&chapter.text("short")), "{}", page.text("#begin"));
    page.browser.click("#forget");
    page.wait_for("#forget-no", 5);
    page.browser.click("#forget-no");
    page.wait_for("#forget", 5);
    assert!(stored(&page).contains("padding"));
    page.browser.click("#forget");
    page.wait_for("#forget-yes", 5);
    page.browser.click("#forget-yes");
    page.wait("nothing remembered", 5, |page| !page.has(".walk .done") && !page.has("#forget"));
    assert!(!stored(&page).contains("padding"));
    page.check_silence();
}

/// Two windows of one browser that show the page: they share the storage, and each is notified of
/// the other's changes.
fn tabs() {
    let chapters = ["padding", "stride"];
    let frame = |key| format!("<iframe id='{key}' width=1000 height=700 src='index.html#/lesson/{key}'></iframe>");
    let page = Page::around(&chapters.map(frame).concat());
    let inside = |key: &str, script: &str| -> Value {
        page.browser.run(&format!("const inside = document.getElementById('{key}').contentWindow; {script}"))
    };
    for key in chapters {
        let (exercise, right) = question(Chapter::find(key).expect("a chapter"));
        let field = format!("inside.document.querySelector('#exercise-{exercise}-answer')");
        page.wait(key, 20, |_| inside(key, &format!("return !!{field}")) == true);
        inside(
            key,
            &format!(
                "const field = {field}; field.value = '{right}';
                 field.dispatchEvent(new inside.InputEvent('input', {{ bubbles: true }}));
                 return new Promise(done => setTimeout(() => {{ field.form.requestSubmit(); done() }}, 200))"
            ),
        );
        let line = format!("answer {key} {exercise} 1 right");
        page.wait(&line, 5, |page| stored(page).contains(&line));
    }
    for key in chapters {
        assert!(stored(&page).contains(&format!("answer {key} ")), "{}", stored(&page));
        inside(key, "inside.location.hash = '/'");
    }
    for key in chapters {
        let n = "return inside.document.querySelectorAll('.walk .begun').length";
        page.wait(&format!("both chapters begun, in the window of {key}"), 10, |_| inside(key, n) == 2);
    }
    page.check_silence();
}

fn no_storage() {
    let page = Page::open_with(
        "/lesson/padding",
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } });",
        "",
    );
    let n_notices = |page: &Page| page.texts(".notice").iter().filter(|text| text.contains("keeps nothing")).count();
    page.wait("the notice", 10, |page| n_notices(page) == 1);
    page.browser.click(".notice button");
    page.wait("the notice gone", 5, |page| n_notices(page) == 0);
    let (key, right) = question(Chapter::find("padding").expect("a chapter"));
    answer(&page, key, &right);
    page.set_address("/");
    page.wait_for(".walk .begun.next", 10);
    assert_eq!(n_notices(&page), 0, "said once");
    page.check_silence();
}

fn damaged() {
    let page = Page::open("/");
    for text in
        ["", "\u{0}", "receptive 0\nstep padding corner", "receptive 1\nstep\nanswer padding\nlast", "{\"version\":7}"]
    {
        page.browser.run(&format!("localStorage['receptive.progress'] = {text:?}"));
        page.go("/lesson/padding");
        page.wait("a new beginning", 5, |page| stored(page) == "receptive 1\nlast padding\n");
        page.go("/");
        page.wait_for(".walk .next", 10);
        assert!(!page.has(".walk .done") && !page.has(".walk .begun"));
    }
    page.check_silence();
}
