//! Training in the tab.

use crate::Test;
use crate::need::Need;
use receptive_e2e::page::Page;

/// Those that measure, so that no other runs beside them.
pub(crate) const ALONE: &[Test] = &[(
    "the small network learns 6,000 MNIST digits in one epoch and reads over 92 % of the test images",
    Need::Mnist,
    mnist,
)];

pub(crate) const TESTS: &[Test] = &[
    ("a recipe fills in its settings, and its run reads 98 % of MNIST's test images", Need::Mnist, recipe),
    ("the loss falls on built-in digits, and the run is measured", Need::Nothing, built_in),
    ("pause stops, step does one batch, reset begins anew, stop measures", Need::Nothing, pause_step_reset),
    ("a bad learning rate is refused beside its field and the old one stays", Need::Nothing, bad_learning_rate),
    ("a run that diverges names its step and gives the last good weights back", Need::Nothing, divergence),
    ("a batch larger than the dataset is refused in words", Need::Nothing, large_batch),
];

fn mnist() {
    let page = Page::open("/lab?ntrain=6000&nval=1000&seed=7");
    page.wait_until_ready();
    page.note_long_tasks();
    page.browser.click("#train");
    page.wait_for("#pace", 60);
    let pace = page.text("#pace");
    page.wait_for("#test-accuracy", 300);
    let accuracy = page.number("#test-accuracy");
    println!(
        "read off the screen: {accuracy} % of MNIST's 10,000 test images after one epoch over 6,000; {pace} images/s"
    );
    page.check_fluent("training");
    assert!(accuracy >= 92.0, "{accuracy} %");
    assert!(page.text(".verdict").contains("10,000 test images"), "{}", page.text(".verdict"));
    assert!(page.text("#dataset").starts_with("MNIST"), "{}", page.text("#dataset"));
    assert!(page.texts("#samples .sample").len() >= 10);
    page.check_silence();
}

fn recipe() {
    let page = Page::open("/lab?seed=1");
    page.wait_until_ready();
    page.browser.click("#recipe-98");
    page.wait("its settings in the address", 20, |page| {
        page.browser.run("return location.hash").as_str().is_some_and(|hash| hash.contains("net=fast"))
    });
    page.wait("what is set, beside the folded settings", 10, |page| page.text(".settings").contains("Warm-up"));
    page.wait_until_ready();
    // Where the settings are long, the button may lie under what is stuck to the top.
    page.browser.run("document.querySelector('#train').click()");
    page.wait_for("#test-accuracy", 300);
    let accuracy = page.number("#test-accuracy");
    println!("by the recipe: {accuracy} % of MNIST's 10,000 test images");
    assert!(accuracy >= 98.0, "{accuracy} %");
    assert!(page.browser.run("return document.querySelector('#recipe-98').disabled") == true, "while a run is open");
    page.check_silence();
}

fn built_in() {
    let page = Page::open("/lab?data=digits&ntrain=2000&nval=250&seed=3");
    page.wait_until_ready();
    page.browser.click("#step");
    page.wait("the first step", 30, |page| page.text("#iteration") == "1");
    let reading = page.text("#loss-reading");
    let first: f64 =
        reading.rsplit("training ").next().and_then(|text| text.parse().ok()).expect("a loss on the screen");
    page.browser.click("#train");
    page.wait_for("#test-accuracy", 180);
    let validation = page.text("#loss-reading");
    let last: f64 =
        validation.rsplit("validation ").next().and_then(|text| text.parse().ok()).expect("a loss on the screen");
    println!("built-in digits: loss from {first} to {last}, {} of the test images", page.text("#test-accuracy"));
    assert!(last < first / 2.0, "{first} {last}");
    assert!(page.number("#test-accuracy") > 60.0);
    page.check_silence();
}

fn pause_step_reset() {
    let page = Page::open("/lab?data=digits&ntrain=20000&nval=0&epochs=50&seed=1");
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait("ten steps", 60, |page| page.number("#iteration") > 10.0);
    page.browser.click("#pause");
    page.wait("the pause", 10, |page| page.text("#state") == "paused");
    let paused = page.number("#iteration");
    page.browser.click("#step");
    page.wait("one step", 20, |page| page.number("#iteration") > paused);
    page.wait("the pause after it", 10, |page| page.text("#state") == "paused");
    assert_eq!(page.number("#iteration"), paused + 1.0);
    page.browser.click("#stop");
    page.wait_for("#test-accuracy", 120);
    assert_eq!(page.text("#state"), "stopped");
    page.browser.click("#reset");
    page.wait("the reset", 20, |page| page.text("#state") == "ready" && page.number("#iteration") == 0.0);
    assert!(!page.has("#test-accuracy"));
    page.check_silence();
}

fn bad_learning_rate() {
    let page = Page::open("/lab?data=digits");
    page.wait_until_ready();
    for text in ["0", "-1", "NaN", "1e9", "fast"] {
        page.browser.type_into("#lr", &format!("{text}\u{e007}"));
        page.wait_for("#lr-error", 5);
        assert!(page.text("#lr-error").contains("0.002 is still used"), "{}", page.text("#lr-error"));
    }
    page.browser.type_into("#lr", "0.01\u{e007}");
    page.wait("the message gone", 5, |page| !page.has("#lr-error"));
    page.wait("the address", 5, |page| {
        page.browser.run("return location.hash").as_str().is_some_and(|hash| hash.contains("lr=0.01"))
    });
    page.check_silence();
}

fn divergence() {
    let page = Page::open("/lab?data=digits&opt=sgd&lr=100000&ntrain=2000&nval=0&seed=1");
    page.wait_until_ready();
    page.browser.click("#train");
    page.wait_for("#diverged", 60);
    assert_eq!(page.text("#state"), "diverged");
    assert!(page.text("#diverged").contains("stopped at step"), "{}", page.text("#diverged"));
    page.browser.click("#restore");
    page.wait("the weights back", 10, |page| !page.has("#diverged") && page.text("#state") != "diverged");
    page.browser.type_into("#lr", "0.01\u{e007}");
    page.browser.click("#step");
    page.wait("a step with a smaller rate", 20, |page| page.number("#iteration") >= 1.0);
    assert!(!page.has("#diverged"));
    page.check_silence();
}

fn large_batch() {
    let page = Page::open("/lab?data=digits&ntrain=100&batch=500");
    page.wait_for(".settings .error", 20);
    assert!(
        page.text(".settings .error").contains("larger than the 100 training images"),
        "{}",
        page.text(".settings .error")
    );
    assert!(page.has("#train[disabled]"));
    page.check_silence();
}
