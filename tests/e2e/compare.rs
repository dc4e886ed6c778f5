//! Runs over one another in the Lab, and the race of the update rules.

use crate::Test;
use crate::access::{check_everywhere, open};
use crate::need::Need;
use receptive_e2e::page::Page;

pub(crate) const TESTS: &[Test] = &[
    ("a race of three rules, one of which diverges, runs to the end in a table by rank", Need::Nothing, race),
    ("kept runs are named by what differs and stay on another page", Need::Nothing, kept),
    ("axe finds nothing wrong with compared runs and a race, and a phone shows them whole", Need::Axe, phone),
];

/// A race of few steps, as a link says it.
const RACE: &str = "/lab?data=digits&nval=200&seed=3&batch=16&race=sgd,momentum,adam&racesteps=30";

fn start(page: &Page) {
    page.wait("the race can start", 60, |page| !page.has("#race-start:disabled"));
    page.browser.click("#race-start");
}

fn end(page: &Page) {
    page.wait("the end of the race", 300, |page| page.text("#race-status").contains("over"));
}

fn race() {
    let page = Page::open(RACE);
    page.wait_until_ready();
    start(&page);
    end(&page);
    let rows = page.texts("#ranking tbody tr");
    assert_eq!(rows.len(), 3, "{rows:?}");
    for rule in ["SGD", "SGD with momentum", "Adam"] {
        assert!(rows.iter().any(|row| row.contains(rule)), "{rule}: {rows:?}");
    }
    let losses: Vec<f64> =
        page.texts("#ranking tbody tr td:nth-child(4)").iter().filter_map(|text| text.parse().ok()).collect();
    assert!(losses.len() == 3 && losses.is_sorted(), "{losses:?}");
    assert!(page.text("#race-loss-reading").starts_with("480 images: A "), "{}", page.text("#race-loss-reading"));
    // The Lab's own run is back, untouched.
    page.wait("the Lab's run", 30, |page| page.text("#iteration") == "0" && page.text("#state") == "ready");
    // One rate for all, at which plain gradient descent runs away.
    page.browser.type_into("#racerate", "100000\u{e007}");
    start(&page);
    end(&page);
    let rows = page.texts("#ranking tbody tr");
    assert!(rows.len() == 3 && rows.iter().any(|row| row.contains("diverged at step")), "{rows:?}");
    page.check_silence();
}

fn kept() {
    let page = Page::open("/lab?data=digits&ntrain=320&nval=100&seed=3");
    page.wait_until_ready();
    assert!(page.has("#keep:disabled"));
    page.browser.run("document.querySelector('#train').click()");
    page.wait_for("#test-accuracy", 120);
    page.browser.run("document.querySelector('#keep').click()");
    page.browser.run("document.querySelector('#reset').click()");
    page.wait("a fresh run", 30, |page| page.text("#state") == "ready");
    page.browser.type_into("#lr", "0.05\u{e007}");
    page.browser.run("document.querySelector('#train').click()");
    page.wait_for("#test-accuracy", 120);
    page.browser.run("document.querySelector('#keep').click()");
    let names = page.texts("#compared .named b");
    assert_eq!(names, ["rate 0.002", "rate 0.05"]);
    let reading = page.text("#compared-loss-reading");
    assert!(reading.starts_with("320 images: A ") && reading.contains(" · B "), "{reading}");
    page.turn("/draw", "");
    page.turn("/lab", "");
    assert_eq!(page.texts("#compared .named b"), names);
    page.browser.click("#compared li:first-child .tools button:first-child");
    page.wait("one line", 10, |page| !page.text("#compared-loss-reading").contains('A'));
    page.browser.click("#compared li:first-child .tools button:last-child");
    page.wait("one run", 10, |page| page.texts("#compared .named b").len() == 1);
    page.check_silence();
}

fn phone() {
    let page = open(RACE);
    page.wait_until_ready();
    page.browser.run("document.querySelector('#step').click()");
    page.wait("a step", 30, |page| page.text("#iteration") == "1");
    page.browser.run("document.querySelector('#keep').click()");
    start(&page);
    end(&page);
    assert_eq!(check_everywhere(&page), [""; 0]);
    // Name, rank and numbers of every row lie inside the screen.
    let outside = page.browser.run(
        "return [...document.querySelectorAll('#ranking th, #ranking td')].filter(e => e.getBoundingClientRect().right > 391 && !e.closest('thead')).length",
    );
    assert_eq!(outside.as_u64(), Some(0));
}
