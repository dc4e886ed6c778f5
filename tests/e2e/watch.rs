//! What is watched: the numbers of the cards are those that the page says elsewhere, step by step.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;

pub(crate) const TESTS: &[Test] = &[
    ("a cell, its map and a weight that are watched say at each step what is said elsewhere", Need::Nothing, steps),
    ("what is watched follows the training, and begins anew with the run", Need::Nothing, training),
];

fn number(text: &str) -> f64 {
    text.trim().replace('−', "-").replace(',', "").parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

/// Value and gradient on each card, in order.
fn said(page: &Page) -> Vec<[f64; 2]> {
    let all: Vec<f64> = page.texts("#watched .course b").iter().map(|text| number(text)).collect();
    all.chunks(2).map(|pair| [pair[0], pair[1]]).collect()
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-3 * b.abs().max(1e-4)
}

/// Clicks on something, wherever the page is scrolled to.
fn click(page: &Page, selector: &str) {
    page.browser.run(&format!("document.querySelector({selector:?}).click()"));
}

/// The points of the first card's two lines.
fn n_points(page: &Page) -> Vec<usize> {
    let count = "return [...document.querySelectorAll('#watched li:first-child svg')].map(svg => \
                 [...svg.querySelectorAll('path:not(.zero)')].reduce((n, path) => n + path.getAttribute('d').split('L').length - 1, 0))";
    serde_json::from_value(page.browser.run(count)).expect("two numbers")
}

fn open() -> Page {
    let page = Page::open("/lab?data=digits&net=small&epochs=20&seed=7&digit=3&look=conv-2.1062");
    page.wait_until_ready();
    page.wait_for("#watch-weight", 30);
    for button in ["#watch-cell", "#watch-map", "#watch-weight"] {
        click(&page, button);
        page.wait("the button", 10, |page| page.has(&format!("{button}[aria-pressed=true]")));
    }
    page.wait("the numbers", 20, |page| {
        page.texts("#watched .course b").iter().filter(|text| !text.is_empty()).count() == 6
    });
    page
}

fn steps() {
    let page = open();
    let mut before = vec![];
    for step in 0..4 {
        if step > 0 {
            click(&page, "#step");
            page.wait("the step", 30, |page| page.number("#iteration") == f64::from(step));
            page.wait("other numbers", 20, |page| said(page) != before);
        }
        let [cell, map, weight] = said(&page)[..] else { panic!("{:?}", said(&page)) };
        before = said(&page);
        page.wait("the cell's value", 20, |page| is_near(number(&page.text("#cell-value")), cell[0]));
        // The map's mean by its table, one level up.
        click(&page, ".crumbs li:nth-child(2) button");
        page.wait_for("#as-table", 20);
        click(&page, "#as-table");
        page.wait_for(".layer-side:last-child select[aria-label='which map']", 20);
        page.browser.run(
            "const select = document.querySelector(`.layer-side:last-child select[aria-label='which map']`); \
             select.selectedIndex = 5; select.dispatchEvent(new Event('change', { bubbles: true }))",
        );
        let read = "return [...document.querySelectorAll('.layer-side:last-child .map-table tbody td')].map(cell => cell.textContent)";
        let mean = |page: &Page| {
            let texts: Vec<String> = serde_json::from_value(page.browser.run(read)).expect("texts");
            texts.iter().map(|text| number(text)).sum::<f64>() / texts.len() as f64
        };
        // A table has three decimals.
        page.wait("the map's mean", 20, |page| (mean(page) - map[0]).abs() < 6e-4);
        page.wait("the address of the layer", 10, |page| {
            page.browser.run("return location.hash.endsWith('look=conv-2')").as_bool() == Some(true)
        });
        page.browser.run("location.hash += '.1062'");
        page.wait("the cell", 20, |page| page.has("#nudge-more"));
        // The weight and its gradient by a nudge.
        click(&page, "#nudge-more");
        page.wait("the nudge", 20, |page| page.text("#nudged").contains("foretold"));
        let nudged = page.text("#nudged");
        let words: Vec<&str> = nudged.split([' ', ';']).collect();
        let at = number(words[0]);
        let gradient = nudged.split("The gradient, ").nth(1).and_then(|rest| rest.split(',').next()).map(number);
        assert!((at - weight[0]).abs() < 1e-4, "{nudged}, watched {weight:?}");
        assert!(is_near(weight[1], gradient.expect("a gradient")), "{nudged}, watched {weight:?}");
        assert_eq!(n_points(&page), [step as usize + 1; 2], "a point for each step");
    }
    page.check_silence();
}

fn training() {
    let page = open();
    click(&page, "#train");
    page.wait("ten points", 60, |page| n_points(page).iter().all(|&n| n >= 10));
    click(&page, "#pause");
    // It is seen at every level, and the name leads back.
    click(&page, ".crumbs li:first-child button");
    page.wait("the network", 10, |page| page.has(".network-flow"));
    click(&page, "#watched li:first-child .crumb");
    page.wait_for("#cell-value", 20);
    page.wait("the cell", 20, |page| is_near(said(page)[0][0], number(&page.text("#cell-value"))));
    click(&page, "#reset");
    page.wait("the first step again", 20, |page| n_points(page) == [1, 1]);
    click(&page, "#watched li:first-child .drop");
    page.wait("two cards", 10, |page| page.texts("#watched li").len() == 2);
    page.check_silence();
}
