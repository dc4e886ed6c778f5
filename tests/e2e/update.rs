//! What a step added to the weights, and what a nudge does to the loss, read off the screen.

use crate::Test;
use crate::need::Need;
use receptive_core::Rng;
use receptive_e2e::live;
use receptive_e2e::page::Page;
use receptive_nn::{Preset, Spec};

pub(crate) const TESTS: &[Test] = &[
    ("what a step added to the weights is the engine's, and its arithmetic comes to it", Need::Nothing, updates),
    ("steps that are undone come to the same numbers again", Need::Nothing, undone),
    ("a nudged weight changes the loss as it is said, and the loss before is the one shown", Need::Nothing, nudged),
    ("a chapter on the last step asks for one, and shows it when it is taken", Need::Nothing, asks_for_step),
];

const SEED: u32 = 7;
const DIGIT: u32 = 3;
const ENTER: &str = "\u{e007}";
const RIGHT: &str = "\u{e014}";
const DOWN: &str = "\u{e015}";
const PAGE_DOWN: &str = "\u{e00f}";

/// The numbers in a text, as the page prints them.
pub(crate) fn numbers(text: &str) -> Vec<f64> {
    let is_part = |c: char| c.is_ascii_digit() || ".,−+".contains(c);
    let words = text.split(|c: char| !is_part(c)).map(|word| word.trim_end_matches(['.', ',']));
    words.filter_map(|word| word.replace('−', "-").replace(',', "").parse().ok()).collect()
}

fn updates() {
    let texts = ["28x28x1:c4x3p1,add(c4x3p1,r;),m2,f,d10", "28x28x1:c4x5s2,n,r,f,d10"];
    let presets = [Preset::Small, Preset::Slides, Preset::Lenet5].map(|preset| preset.spec());
    let specs = presets.into_iter().chain(texts.map(|text| Spec::read(text).expect("a network")));
    let (mut rng, mut n_compared) = (Rng::new(5), 0);
    for spec in specs {
        let text = spec.to_text();
        let page = Page::open(&format!("/lab?data=digits&net={text}&seed={SEED}&digit={DIGIT}"));
        page.wait_until_ready();
        page.browser.click("#view-update");
        page.wait("word that nothing was done yet", 20, |page| page.text("#network-about").contains("Press Step"));
        page.browser.click("#step");
        page.wait("the first step", 60, |page| page.text("#network-about").starts_with("Step 1,"));
        for (name, added) in live::updates(&spec, SEED) {
            let focus = format!("document.querySelector(`[data-tensor='{name}'] .cursor`).focus()");
            page.browser.run(&focus);
            for _ in 0..10 {
                let keys: String =
                    (0..1 + rng.below(6)).map(|_| [RIGHT, DOWN, PAGE_DOWN][rng.below(3) as usize]).collect();
                page.browser.press(&keys);
                // Behind the last kernel comes the picture beside.
                if page.browser.run("return document.activeElement.closest('.planes').dataset.tensor") != *name {
                    page.browser.run(&focus);
                    continue;
                }
                // Between the channels of a kernel some places are empty.
                page.wait("a weight or none", 10, |page| page.text("#network-about").starts_with("Step 1"));
                if !page.text("#network-about").starts_with("Step 1 added") {
                    continue;
                }
                let said = numbers(&page.text("#network-about"));
                let [_, change, weight, ..] = said[..] else { panic!("{said:?}") };
                let want = f64::from(added[weight as usize - 1]);
                assert!(
                    (change - want).abs() <= 1e-3 * want.abs() + 1e-12,
                    "{text}: {name} {weight}: {want}, not {change}"
                );
                n_compared += 1;
            }
        }
        // The arithmetic of a weight: its last line comes to the weight after the step.
        page.browser.press(ENTER);
        page.wait_for("#network-facts:not(:empty)", 20);
        let facts = page.text("#network-facts");
        let [.., before, rate, mean, root, epsilon, after, _] =
            numbers(facts.split_once(". Adam").expect("Adam").1)[..]
        else {
            panic!("{facts}")
        };
        assert!(
            (before - rate * mean / (root + epsilon) - after).abs() < 2e-4 * before.abs().max(rate),
            "{text}: {facts}"
        );
        page.check_silence();
    }
    println!("{n_compared} changes of weights of 5 networks read off the screen, as the engine made them");
    assert!(n_compared >= 200);
    let page = Page::open(&format!("/lab?data=digits&net=small&seed={SEED}"));
    page.wait_until_ready();
    page.browser.click("#view-update");
    page.wait_for("#time-line", 20);
    page.browser.click("#time-line summary");
    let lines = page.text("#time-line");
    assert!(lines.contains("conv 1, gradient of the weights: 200 values, each a sum of 25,088 products"), "{lines}");
    // An instruction leads to the layer whose numbers it makes, in their direction.
    for (line, direction) in [("conv 2, gradient of the weights", "backward"), ("conv 2, output", "forward")] {
        page.browser.run(&format!(
            "[...document.querySelectorAll('#time-line button')].find(button => button.textContent.startsWith('{line}')).click()"
        ));
        page.wait_for(".layer-level", 20);
        page.wait("its direction", 10, |page| page.has(&format!("#view-{direction}[aria-pressed=true]")));
        assert!(page.text(".crumbs [aria-current]").contains("conv 2"));
        page.browser.run("document.querySelector('.crumbs button').click()");
        page.wait("the whole network", 20, |page| page.has(".network-flow") && !page.has(".layer-level"));
        page.browser.run("document.querySelector('#view-update').click()");
        page.wait_for("#time-line", 20);
    }
}

fn nudged() {
    let page = Page::open(&format!("/lab?data=digits&net=small&seed={SEED}&digit={DIGIT}"));
    page.wait_until_ready();
    page.wait("the loss", 20, |page| !page.text("#network-loss").is_empty());
    let loss = numbers(&page.text("#network-loss"))[0];
    page.browser.run("document.querySelector(`[data-tensor='conv 2'] .cursor`).focus()");
    page.browser.press(&format!("{}{}", RIGHT.repeat(6), DOWN.repeat(7)));
    page.browser.press(ENTER);
    page.wait_for("#nudge-more", 30);
    let mut predicted = vec![];
    for (size, is_straight) in [(0, true), (3, false)] {
        let choose = format!(
            "const by = document.querySelector('#nudge-by'); by.selectedIndex = {size}; by.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        );
        page.browser.run(&choose);
        for sign in ["more", "less"] {
            page.browser.click(&format!("#nudge-{sign}"));
            let step = [0.001, 0.01, 0.1, 1.0][size] * if sign == "more" { 1.0 } else { -1.0 };
            page.wait("the outcome of this nudge", 20, |page| {
                let said = numbers(&page.text("#nudged"));
                said.len() > 6 && (said[1] - said[0] - step).abs() < 2e-4
            });
            let text = page.text("#nudged");
            let [_, _, before, after, change, gradient, foretold, ..] = numbers(&text)[..] else { panic!("{text}") };
            assert!((before - loss).abs() < 1e-3, "{text}: the loss shown is {loss}");
            let digit = 10f64.powf(change.abs().max(foretold.abs()).max(1e-12).log10().floor() - 1.0);
            assert!((after - before - change).abs() < digit, "{text}");
            assert!((gradient * step - foretold).abs() < digit.max(1e-6 * step.abs()), "{text}");
            assert_eq!(text.contains("almost a straight line"), is_straight, "{text}");
            predicted.push(foretold);
        }
    }
    assert!(predicted[0] * predicted[1] < 0.0, "the other way is foretold the other way: {predicted:?}");
    page.check_silence();
}

fn undone() {
    let page = Page::open(&format!("/lab?data=digits&net=small&seed={SEED}&digit={DIGIT}"));
    page.wait_until_ready();
    page.wait("values", 20, |page| page.has(".network-bars .best"));
    let seen = |page: &Page| (page.text("#iteration"), page.texts(".network-bars li"), page.text("#network-loss"));
    let mut course = vec![seen(&page)];
    for step in 1..=3 {
        page.browser.click("#step");
        page.wait("the next step", 60, |page| {
            let now = seen(page);
            now.0 == step.to_string() && now.2 != course[step - 1].2
        });
        course.push(seen(&page));
    }
    for want in course[..3].iter().rev() {
        page.browser.click("#back:enabled");
        page.wait("the step before", 20, |page| seen(page) == *want);
    }
    assert!(page.has("#back:disabled") && page.has("#step:enabled"));
    for want in &course[1..] {
        page.browser.click("#step");
        page.wait("the same step again", 60, |page| seen(page) == *want);
    }
    page.check_silence();
}

fn asks_for_step() {
    let page = Page::open("/lesson/optimisers?show=lab&data=digits");
    page.wait_for("#lesson-take-step", 60);
    assert!(!page.has("#lesson-problem") && !page.has(".stage .board"), "{}", page.text(".stage"));
    page.browser.click("#lesson-take-step");
    page.wait("the step on the stage", 60, |page| page.has(".stage .board") && !page.has("#lesson-no-step"));
    page.turn("/lab", "");
    assert_eq!(page.text("#iteration"), "1");
    page.check_silence();
}
