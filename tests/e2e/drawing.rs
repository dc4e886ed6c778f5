//! Drawing a digit.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;

pub(crate) const TESTS: &[Test] = &[
    ("probabilities move with every stroke and add up to one", Need::Nothing, strokes),
    ("a test digit can be borrowed, prepared or not", Need::Nothing, borrowed),
];

fn sum(page: &Page) -> f64 {
    let percents = page.texts("#probabilities .percent");
    percents.iter().filter_map(|text| text.trim_end_matches(" %").parse::<f64>().ok()).sum()
}

fn strokes() {
    let page = Page::open("/draw?data=digits&seed=5&netfrom=lab");
    page.browser.drag("#pad", &[(-60, -80), (0, -90), (60, -80), (20, 0), (-20, 100)]);
    page.wait_for("#reads", 20);
    let first = page.texts("#probabilities .percent");
    assert!((sum(&page) - 100.0).abs() < 1.0, "{first:?}");
    page.browser.drag("#pad", &[(-70, 20), (70, 10)]);
    page.wait("an answer to the second stroke", 20, |page| page.texts("#probabilities .percent") != first);
    assert!((sum(&page) - 100.0).abs() < 1.0);
    assert!(page.texts(".stage-picture").len() >= 3, "the preparation is shown stage by stage");
    page.browser.click("#clear");
    page.wait("a blank pad", 5, |page| !page.has("#reads"));
    page.check_silence();
}

fn borrowed() {
    let page = Page::open("/draw?data=digits&seed=5&netfrom=lab");
    page.wait("the worker", 20, |page| page.has("#borrow"));
    page.browser.click("#borrow");
    page.wait_for("#reads", 20);
    page.browser.click("#prepare");
    page.wait("the address", 5, |page| {
        page.browser.run("return location.hash").as_str().is_some_and(|hash| hash.contains("raw=1"))
    });
    page.wait("one stage", 5, |page| page.texts(".stage-picture").len() == 1);
    page.check_silence();
}
