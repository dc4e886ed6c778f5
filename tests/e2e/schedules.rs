//! What the Lab makes of learning rates: a plateau that cuts them, a test that proposes one, a course that a chapter hands it.

use crate::Test;
use crate::access::{check_everywhere, open};
use crate::need::Need;
use receptive_e2e::page::Page;

pub(crate) const TESTS: &[Test] = &[
    ("validation images are measured every so many steps, and a plateau cuts the rate", Need::Nothing, plateau),
    ("a range test proposes a learning rate, which is taken, and leaves the run as it is", Need::Nothing, range_test),
    ("a schedule goes from its chapter into the Lab, and back into the chapter", Need::Nothing, from_chapter),
    ("a figure that sends its schedule to the Lab hands its frame over", Need::Nothing, from_figure),
    ("axe finds nothing wrong with a range test, and a phone shows it whole", Need::Axe, phone),
];

fn address(page: &Page) -> String {
    page.browser.run("return location.hash").as_str().unwrap_or_default().to_string()
}

fn plateau() {
    // With such a threshold no loss but the first is progress: each measurement after it cuts the rate.
    let settings = "schedule=plateau&patience=0&threshold=0.9&factor=0.5&every=10&lr=0.004";
    let page = Page::open(&format!("/lab?data=digits&ntrain=640&nval=100&batch=16&seed=3&{settings}"));
    page.wait_until_ready();
    assert!(page.text("#schedule-course").contains("cut 0 times"), "{}", page.text("#schedule-course"));
    page.browser.run("document.querySelector('#train').click()");
    page.wait_for("#test-accuracy", 180);
    let told = page.text("#schedule-course");
    assert!(told.contains("cut 3 times so far; 0.0005 after step 40"), "{told}");
    // Beside the step, the last measurement by then.
    let read = |n_keys: usize| {
        page.browser.run("document.querySelector('#loss-curve').closest('.plot').focus()");
        page.browser.press(&format!("\u{e011}{}", "\u{e014}".repeat(n_keys)));
        page.text("#loss-reading")
    };
    assert!(!read(0).contains("validation"), "{}", read(0));
    let [nine, ten, twenty] = [8, 9, 19].map(read);
    assert!(!nine.contains("validation") && nine.contains("step 9:"), "{nine}");
    let validation = |text: &str| text.rsplit("validation ").next().and_then(|text| text.parse::<f64>().ok());
    assert!(ten.contains("step 10:") && validation(&ten) > validation(&twenty), "{ten} {twenty}");
    page.check_silence();
}

/// Opens the part of the Lab and runs the test to its end.
fn run_range_test(page: &Page) {
    page.browser.run("document.querySelector('#range-test').open = true");
    page.wait("the test can start", 60, |page| page.has("#range-start:not(:disabled)"));
    page.browser.run("document.querySelector('#range-start').click()");
    page.wait_for("#range-verdict", 120);
}

fn range_test() {
    let page = Page::open("/lab?data=digits&opt=sgd&seed=3&nval=100");
    page.wait_until_ready();
    run_range_test(&page);
    let verdict = page.text("#range-verdict");
    let rate: f64 = verdict
        .strip_prefix("Proposed: ")
        .and_then(|text| text.split(". ").next())
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| panic!("{verdict}"));
    // Plain SGD at 0.001 learns next to nothing, and at 10 it explodes.
    assert!((0.005..2.0).contains(&rate), "{verdict}");
    let points = page.browser.run("return document.querySelector('#range-chart .smoothed').points.length");
    assert!(points.as_u64().is_some_and(|n| (40..=100).contains(&n)), "{points}");
    assert_eq!([page.text("#iteration"), page.text("#state")], ["0", "ready"], "the run is as it was");
    page.browser.run("document.querySelector('#range-use').click()");
    page.wait("the rate in the address", 10, |page| address(page).contains(&format!("lr={rate}")));
    page.wait_for("#range-used", 10);
    page.check_silence();
}

fn from_chapter() {
    let page = Page::open("/lesson/schedules?course=step&share=0.5&levels=3&rise=6&data=digits&seed=3");
    page.wait_for("#course-send", 30);
    page.browser.run("document.querySelector('#course-send').click()");
    page.wait("the Lab with the course", 30, |page| {
        let address = address(page);
        ["/lab", "schedule=step", "factor=0.5", "stairs=3", "warmup=10"].iter().all(|part| address.contains(part))
    });
    page.wait_until_ready();
    // The same course, with the Lab's numbers.
    page.turn("/lesson/schedules", "show=lab&data=digits&schedule=step&factor=0.5&stairs=3&warmup=10&seed=3");
    page.wait("the Lab's course on the stage", 60, |page| page.has("#lesson-facts tbody tr:nth-child(4)"));
    let rows = page.texts("#lesson-facts tbody tr");
    assert!(rows.iter().any(|row| row.contains("0.002")) && rows.iter().any(|row| row.contains("0.0005")), "{rows:?}");
    page.check_silence();
}

/// A chapter's figure has a module of its own. Where a learner goes on to the Lab, another module takes over its frame.
fn from_figure() {
    let page = Page::open_file("index.html?embed=stage#/lesson/schedules?course=step&share=0.5&data=digits&seed=3");
    page.wait_for("#course-send", 30);
    let has = |name: &str| page.requests().iter().any(|path| path.starts_with(&format!("/{name}_bg-")));
    assert!(has("frame") && !has("app"));
    page.browser.run("document.querySelector('#course-send').click()");
    page.wait("the Lab with the course", 30, |page| {
        address(page).contains("/lab") && address(page).contains("schedule=step") && page.has("#train")
    });
    assert!(has("app"));
    page.wait_until_ready();
    assert!(!page.has("header.top"), "it is still a figure");
    page.check_silence();
}

fn phone() {
    let page = open("/lab?data=digits&seed=3&nval=100");
    page.wait_until_ready();
    run_range_test(&page);
    assert_eq!(check_everywhere(&page), [""; 0]);
}
