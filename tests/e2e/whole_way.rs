//! The way through the network in one go: from the first page, where it is taught, down to one of its sums, a nudge of one
//! weight, and a step.

use crate::Test;
use crate::need::Need;
use crate::update::numbers;
use crate::weights::{check, outcome, press};
use crate::zoom::value;
use receptive_e2e::page::Page;

pub(crate) const TESTS: &[Test] = &[(
    "a network is taught on the first page, reads a drawing, and is taken apart down to a nudge and a step",
    Need::Mnist,
    way,
)];

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";

/// The loss of the digit that is shown, as the page prints it.
fn loss(page: &Page) -> f64 {
    value(page.text("#network-loss").trim_start_matches("loss"))
}

fn way() {
    let page = Page::open("/");
    page.wait("values of the untaught network", 20, |page| page.has(".network-bars .best"));
    page.browser.click("#teach");
    page.wait_for("#learnt", 120);
    let accuracy: f64 = page.text("#front-accuracy").trim_end_matches(" %").parse().expect("a share");
    assert!(accuracy >= 95.0, "{accuracy} %");
    page.browser.drag("#pad", &[(0, -60), (0, -20), (0, 20), (0, 60)]);
    page.wait("an answer to the drawing", 10, |page| page.text(".front .verdict").contains('1'));
    // Of a digit from the data the loss is known.
    page.browser.click("#view-next");
    page.wait("its loss", 20, |page| page.text("#network-loss").starts_with("loss "));

    // To a cell by keyboard alone, and into it: the whole app takes over, with the same run.
    let on = "return document.activeElement.closest('.planes')?.dataset.tensor ?? ''";
    for _ in 0..20 {
        if page.browser.run(on) == "conv 2" {
            break;
        }
        page.browser.press(TAB);
    }
    page.browser.press(&format!("{}{}", DOWN.repeat(5), RIGHT.repeat(6)));
    page.wait("the cell", 30, |page| page.text("#network-about").starts_with("conv 2, map 1, row 6, column 7"));
    page.browser.press(ENTER);
    page.wait("its arithmetic", 40, |page| page.has(".lab #cell-total") && !page.text("#cell-total").is_empty());
    let address = page.browser.run("return location.hash");
    assert!(address.as_str().is_some_and(|hash| hash.contains(&format!("look=conv-2.{}", 5 * 14 + 6))), "{address}");
    let before = loss(&page);
    page.browser.click("#view-backward");
    page.wait("its gradient", 20, |page| page.text("#network-about").contains("column 7: gradient "));
    assert!(value(&page.text("#cell-value")).is_finite());

    // One of its weights by a little, and a step.
    page.browser.click("#view-forward");
    page.wait("its weights", 20, |page| page.has("#nudge-more") && page.has("#nudge-by"));
    page.browser.run(
        "const by = document.querySelector('#nudge-by');
        by.selectedIndex = 0;
        by.dispatchEvent(new Event('change', { bubbles: true }))",
    );
    press(&page, "#nudge-more");
    let said = outcome(&page, "the nudge", "");
    check(&said, "the nudge");
    let near = |text: &str, shown: f64| (numbers(text)[2] - shown).abs() <= 2e-3 * shown.abs() + 1e-6;
    assert!(near(&said, before), "{said}, beside the loss {before}");
    let n_steps = page.number("#iteration");
    press(&page, "#step:enabled");
    page.wait("the step", 30, |page| page.number("#iteration") >= n_steps + 1.0);
    page.wait("the loss after it", 20, |page| loss(page) != before);
    let said = outcome(&page, "the nudge after the step", &said);
    check(&said, "the nudge after the step");
    assert!(near(&said, loss(&page)), "{said}, beside {}", page.text("#network-loss"));
    println!("on the way: {accuracy} %; the loss of one digit from {before} to {} by a step", loss(&page));
    page.check_silence();
}
