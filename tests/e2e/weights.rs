//! Random weights of four networks that have trained for a while: the terms of a gradient come to it, and a nudge and a step
//! change the loss as the gradient says.

use crate::Test;
use crate::need::Need;
use crate::update::numbers;
use crate::zoom::{bias, terms, value};
use receptive_core::Rng;
use receptive_e2e::page::Page;
use receptive_nn::{Layer, Preset, Spec};
use std::thread;
use std::time::Duration;

pub(crate) const TESTS: &[Test] = &[(
    "twenty weights in four networks: terms come to the gradient, and it foretells what a nudge does, before a step and after it",
    Need::Nothing,
    foretold,
)];

const SEED: u32 = 11;
const DIGIT: u32 = 4;
const N_EACH: usize = 5;
/// The smallest nudge that is offered.
const BY: f64 = 0.001;

/// Clicks on something that may lie under what is stuck to the top.
pub(crate) fn press(page: &Page, selector: &str) {
    page.browser.run(&format!("document.querySelector('{selector}').click()"));
}

fn foretold() {
    let mut rng = Rng::new(17);
    let presets = [Preset::Small, Preset::Slides, Preset::Lenet5].map(|preset| preset.spec());
    let residual = Spec::read("28x28x1:c4x3p1,add(c4x3p1,r;),m2,f,d10").expect("a network");
    let (mut n_straight, mut n_nudged) = (0, 0);
    for spec in presets.into_iter().chain([residual]) {
        let text = spec.to_text();
        let outputs = spec.outputs().expect("a network");
        let last = outputs.last().map(|output| output.name.clone()).expect("layers");
        let weighs = |layer: &Layer| matches!(layer, Layer::Conv2d { .. } | Layer::Linear { .. });
        let layers: Vec<_> = outputs.into_iter().filter(|output| weighs(&output.layer)).collect();
        let page = Page::open(&format!("/lab?data=digits&net={text}&seed={SEED}&digit={DIGIT}&epochs=50&dir=backward"));
        page.wait_until_ready();
        press(&page, "#train");
        page.wait("some steps", 120, |page| page.number("#iteration") >= 12.0);
        press(&page, "#pause");
        page.wait("the pause", 30, |page| page.has("#step:enabled"));
        // What is said of the cell that is shown: another text once another is shown.
        let mut about = String::new();
        for _ in 0..N_EACH {
            let output = &layers[rng.below(layers.len() as u32) as usize];
            let cell = rng.below(output.shape.iter().product::<usize>() as u32);
            let look = format!("{}.{cell}", output.name.replace(" / ", "_").replace(' ', "-"));
            let settings = format!("data=digits&net={text}&seed={SEED}&digit={DIGIT}&epochs=50&look={look}");
            let what = format!("{text}, {look}");
            page.set_address(&format!("/lab?{settings}&dir=backward"));
            page.wait(&format!("the gradient of {what}"), 30, |page| {
                let said = page.text("#network-about");
                page.has("#view-backward[aria-pressed=true]")
                    && !page.text("#cell-total").is_empty()
                    && said.starts_with(&output.name)
                    && said.contains(": gradient ")
                    && said != about
            });
            about = page.text("#network-about");
            let shown = value(&page.text("#cell-value"));
            let constants = if output.name == last { bias(&page) } else { 0.0 };
            let sum: f64 = terms(&page).iter().map(|[_, _, product]| value(product)).sum();
            assert!((sum + constants - shown).abs() <= 5e-3 * shown.abs().max(0.1), "{what}: {sum}, not {shown}");

            // Its weights are those that it is made with on the way there.
            page.set_address(&format!("/lab?{settings}"));
            let place = about.split(": gradient ").next().unwrap_or_default().to_string();
            page.wait(&format!("the weights of {what}"), 30, |page| {
                let said = page.text("#network-about");
                page.has("#nudge-more") && said.starts_with(&format!("{place}: ")) && !said.contains(": gradient ")
            });
            let set = |id: &str, change: String| {
                page.browser.run(&format!(
                    "const input = document.querySelector('#{id}'); {change}; input.dispatchEvent(new Event('change', {{ bubbles: true }}))"
                ));
            };
            set("nudge-by", "input.selectedIndex = 0".into());
            if page.has("#nudge-place") {
                let n = page
                    .browser
                    .run("return Number(document.querySelector('.nudge-place').textContent.replace(/\\D/g, ''))");
                let place = 1 + rng.below(n.as_f64().unwrap_or(1.0).max(1.0) as u32);
                set("nudge-place", format!("input.value = '{place}'"));
            }
            press(&page, "#nudge-more");
            let before = outcome(&page, &what, "");
            n_straight += usize::from(check(&before, &what));
            let n_steps = page.number("#iteration");
            press(&page, "#step:enabled");
            page.wait("the step", 60, |page| page.number("#iteration") >= n_steps + 1.0 && page.has("#step:enabled"));
            let after = outcome(&page, &what, &before);
            n_straight += usize::from(check(&after, &what));
            n_nudged += 2;
        }
        page.check_silence();
    }
    println!("{n_straight} of {n_nudged} nudges of weights in 4 networks were foretold by the gradient");
    assert!(n_nudged == 8 * N_EACH && 10 * n_straight >= 9 * n_nudged, "{n_straight} of {n_nudged}");
}

/// What is said of a nudge, when it is no longer what was said before; the same again if a step changed no digit of it.
pub(crate) fn outcome(page: &Page, what: &str, before: &str) -> String {
    for _ in 0..60 {
        let said = page.text("#nudged");
        if numbers(&said).len() > 6 && said != before {
            return said;
        }
        thread::sleep(Duration::from_millis(100));
    }
    let said = page.text("#nudged");
    assert!(numbers(&said).len() > 6, "{what}: {said}");
    said
}

/// Checks that a nudge's numbers fit each other. Returns whether the loss did what the gradient foretold.
pub(crate) fn check(text: &str, what: &str) -> bool {
    let [from, to, before, after, change, gradient, foretold, ..] = numbers(text)[..] else { panic!("{what}: {text}") };
    assert!((to - from - BY).abs() < 2e-4, "{what}: {text}");
    let digit = 10f64.powf(change.abs().max(foretold.abs()).max(1e-12).log10().floor() - 1.0);
    assert!((after - before - change).abs() < digit, "{what}: {text}");
    // The gradient has six decimals.
    assert!((gradient * BY - foretold).abs() < digit.max(1e-6 * BY), "{what}: {text}");
    let is_foretold = (change - foretold).abs() <= 0.05 * foretold.abs() + digit;
    assert!(is_foretold || !text.contains("almost a straight line"), "{what}: {text}");
    is_foretold
}
