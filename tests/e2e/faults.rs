//! Faults of the training worker: it ends, falls silent or starts late; and the Lab's messages and figures meanwhile.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;

pub(crate) const TESTS: &[Test] = &[
    ("a worker that runs out of memory is replaced, and training goes on from the weights kept", Need::Nothing, memory),
    ("a worker that falls silent in mid-run is found out and replaced", Need::Nothing, silent),
    ("a worker that starts late is reported, and the sentence goes when it comes up", Need::Nothing, late),
    ("a worker that ends again and again is given up in words, and the page stays", Need::Nothing, storm),
    ("every setting has its help, and what is no number is said to be none", Need::Nothing, settings),
    ("a finished run trains on, and a cell of the matrix opens its images and they a chapter", Need::Nothing, more),
    ("a network that died is explained with what to try", Need::Nothing, died),
];

/// Twenty steps an epoch, so that weights are kept every second.
const RUN: &str = "/lab?data=digits&ntrain=640&nval=0&epochs=900&seed=5&workers=2";

/// Runs in the engine worker before its own script: does to it what a test says.
const FATES: &str = "if (self.name !== 'replica') {
        const fates = {
            memory: () => { throw new RangeError('Array buffer allocation failed'); },
            silence: () => { self.onmessage = null; self.postMessage = () => {}; },
        };
        new BroadcastChannel('test').onmessage = ({ data }) => fates[data]();
    }";

/// Starts late.
const LATE: &str = "if (self.name !== 'replica') {
        const until = Date.now() + 7000;
        while (Date.now() < until);
    }";

/// Ends a while after every start.
const STORM: &str = "if (self.name !== 'replica') setTimeout(() => { throw new Error('broken by a test'); }, 1500);";

/// Runs before the page's own script: its clock goes four times as fast.
const FAST: &str = "const now = performance.now.bind(performance);
    performance.now = () => 4 * now();
    const every = window.setInterval.bind(window);
    window.setInterval = (call, millis, ...rest) => every(call, millis / 4, ...rest);";

/// Trains until weights were kept, then lets something happen to the worker; the run goes on from them.
fn survives(fate: &str, why: &str) {
    let page = Page::open_with(RUN, FAST, FATES);
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait("some epochs", 120, |page| page.number("#iteration") > 400.0);
    page.browser.run(&format!("new BroadcastChannel('test').postMessage({fate:?})"));
    page.wait("a notice", 60, |page| page.text(".notice").contains(why));
    let notice = page.text(".notice");
    assert!(notice.contains("weights after step") && notice.contains("Go on"), "{notice}");
    page.wait("the pause", 30, |page| page.text("#state") == "paused" && page.has("#train:not([disabled])"));
    let kept = page.number("#iteration");
    assert!(kept > 0.0 && page.text("#train") == "Go on", "{kept}");
    assert!(notice.replace(',', "").contains(&format!("step {kept}")), "{notice}: {kept}");
    page.browser.click("#train");
    page.wait("more steps", 60, |page| page.number("#iteration") > kept + 40.0);
    page.browser.click("#pause");
    page.wait("a pause that is one", 20, |page| page.text("#state") == "paused");
    assert!(!page.has(".failure"), "{}", page.text(".failure"));
}

fn memory() {
    survives("memory", "ran out of memory");
}

fn silent() {
    survives("silence", "did not answer");
}

fn late() {
    let page = Page::open_with("/lab?data=digits&ntrain=640&nval=0&seed=5", FAST, LATE);
    page.wait("the sentence", 20, |page| page.text(".failure").contains("has not started yet"));
    page.wait("the sentence gone", 30, |page| !page.has(".failure"));
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait_for("#test-accuracy", 120);
    page.check_silence();
}

fn storm() {
    let page = Page::open_with("/lab?data=digits&ntrain=640&nval=0&seed=5", "", STORM);
    page.wait("the sentence", 60, |page| page.text(".failure").contains("three times in a row"));
    page.turn("/lesson/padding", "");
    assert!(page.has("#lesson-output"), "a chapter with small numbers needs no worker");
}

const ENTER: &str = "\u{e007}";

fn settings() {
    let page = Page::open("/lab?data=digits");
    page.wait_until_ready();
    let first = page.texts(".settings .help").len();
    page.browser.click("#more-settings");
    page.wait("the settings that were folded", 10, |page| page.texts(".settings .help").len() > first + 6);
    let buttons = page.texts(".settings .help").len();
    let controls = page
        .browser
        .run("return document.querySelectorAll('.settings .setting select, .settings .setting input').length");
    assert_eq!(Some(buttons as u64), controls.as_u64());
    assert!(buttons >= 12, "{buttons}");
    for i in 0..buttons {
        let help = page.browser.run(&format!(
            "const button = document.querySelectorAll('.settings .help')[{i}];
             const text = document.getElementById(button.getAttribute('aria-controls'));
             const before = text.hidden;
             button.focus();
             return [before, text.textContent.length, document.activeElement === button]"
        ));
        assert!(help[0] == true && help[1].as_u64() > Some(30) && help[2] == true, "{i}: {help}");
    }
    // The bar at the top covers what was scrolled to by walking back up.
    page.browser.run("scrollTo(0, 0)");
    page.browser.click("[aria-controls=lr-help]");
    page.wait("the help", 5, |page| page.browser.run("return !document.querySelector('#lr-help').hidden") == true);
    for (field, typed) in [("lr", "abc"), ("batch", "abc"), ("epochs", "many")] {
        page.browser.type_into(&format!("#{field}"), &format!("{typed}{ENTER}"));
        page.wait("the sentence", 5, |page| page.text(&format!("#{field}-error")).contains(&format!("“{typed}”")));
    }
    page.check_silence();
}

fn more() {
    let page = Page::open("/lab?data=digits&ntrain=1280&nval=0&seed=3&schedule=linear");
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait_for("#test-accuracy", 120);
    assert_eq!(page.number("#iteration"), 40.0);
    assert!(page.text("#more-rate").contains("a run of 2 epochs") && page.text("#more-rate").contains("0.001"));
    page.browser.type_into("#more-epochs", "x");
    page.wait_for("#more-error", 5);
    page.browser.type_into("#more-epochs", "2");
    page.wait("the sentence gone", 5, |page| !page.has("#more-error"));
    page.browser.click("#more");
    page.wait("the end", 120, |page| page.number("#iteration") == 120.0 && page.has("#test-accuracy"));
    assert!(page.browser.run("return location.hash").as_str().is_some_and(|hash| hash.contains("epochs=3")));
    // The first wrong cell, by the keyboard.
    page.browser.run("document.querySelector('.confusion .wrong button').focus()");
    let n = page.number(".confusion .wrong button");
    page.browser.keys(".confusion .wrong button", ENTER);
    page.wait("the images", 30, |page| page.texts("#gallery .sample").len() as f64 == n.min(24.0));
    let shown = page.texts("#gallery figcaption");
    assert!(shown.iter().all(|text| text.starts_with('✗')), "{shown:?}");
    page.browser.click("#gallery .opens");
    page.wait("the chapter", 30, |page| {
        page.browser
            .run("return location.hash")
            .as_str()
            .is_some_and(|hash| hash.contains("convolution") && hash.contains("digit"))
            && page.has("#lesson-input")
    });
    page.check_silence();
}

fn died() {
    let page = Page::open("/lab?data=digits&ntrain=9600&nval=0&epochs=3&seed=1&opt=adam&lr=1");
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait_for("#stall", 180);
    let text = page.text("#stall");
    assert!(text.contains("has died") && text.contains("learning rate of 0.1"), "{text}");
    page.browser.click("#reset");
    page.wait("a fresh run", 20, |page| !page.has("#stall") && page.text("#state") == "ready");
    page.check_silence();
}
