//! Training on the GPU from the Lab, with the software adapter that Chromium brings along.

use crate::Test;
use crate::need::Need;
use receptive_e2e::bench_page::BenchPage;
use receptive_e2e::page::Page;

/// Those that measure, so that no other runs beside them.
pub(crate) const ALONE: &[Test] =
    &[("a GPU that is no software is timed, and the faster engine trains", Need::Adapter, timed)];

pub(crate) const TESTS: &[Test] = &[
    ("the GPU trains to the accuracy of the CPU, and the page names the adapter", Need::MnistAndAdapter, same_accuracy),
    ("a GPU that is lost in the middle costs a message and no progress", Need::Adapter, lost),
    ("a GPU's worker that breaks down costs a message and no progress", Need::Adapter, broken),
    ("a GPU's worker that falls silent is given up, and training goes on", Need::Adapter, silent),
    ("the bench page measures training on the GPU", Need::MnistAndAdapter, measured),
    ("by itself the page leaves a software adapter alone, and loads nothing for it", Need::Adapter, automatic),
    ("who asks for a GPU where there is none gets the CPU and a message", Need::Nothing, none),
];

/// A few thousand images for the small network.
const RUN: &str = "/lab?data=digits&ntrain=3200&nval=0&seed=5";

/// The same for the smallest network, whose shaders are compiled sooner, where it does not matter what is trained.
const SMALLEST: &str = "/lab?data=digits&ntrain=3200&nval=0&seed=5&net=linear";

/// Runs in the GPU's worker before its own script: does what a test says, to the device or to the worker.
const FATES: &str = "if (self.name === 'gpu') {
        const request = GPUAdapter.prototype.requestDevice;
        let device;
        GPUAdapter.prototype.requestDevice = async function (...given) {
            return device = await request.apply(this, given);
        };
        const fates = {
            destroy: () => device.destroy(),
            break: () => { throw new Error('broken by a test'); },
            silence: () => self.onmessage = null,
        };
        new BroadcastChannel('test').onmessage = ({ data }) => fates[data]();
    }";

/// Runs in both workers: the software adapter passes for another one.
const DISGUISE: &str = "for (const [key, value] of [['description', 'Disguise 9000'], ['isFallbackAdapter', false]])
        Object.defineProperty(GPUAdapterInfo.prototype, key, { get: () => value });";

/// Notes every worker's script and every text about the engine.
const WATCH: &str = "window.seen = [];
    new MutationObserver(() => {
        const text = document.querySelector('#engine-used')?.textContent;
        if (text && window.seen.at(-1) !== text) window.seen.push(text);
    }).observe(document, { subtree: true, childList: true, characterData: true });";

fn train(page: &Page) {
    page.wait_until_ready();
    page.browser.click("#train");
}

/// Every text about the engine so far.
fn seen(page: &Page) -> Vec<String> {
    let seen = page.browser.run("return window.seen").as_array().cloned().unwrap_or_default();
    seen.iter().map(|text| text.as_str().unwrap_or_default().to_string()).collect()
}

/// Trains to the end and returns the accuracy on the test images, in percent.
fn accuracy(page: &Page) -> f64 {
    train(page);
    page.wait_for("#test-accuracy", 300);
    page.number("#test-accuracy")
}

fn same_accuracy() {
    let run = RUN.replace("digits", "mnist");
    let page = Page::open_with_gpu(&format!("{run}&engine=gpu"), WATCH, "");
    let on_gpu = accuracy(&page);
    let engine = page.text("#engine-used");
    assert!(
        engine.starts_with("GPU (") && engine.to_lowercase().contains("swiftshader"),
        "{engine}: {:?}",
        seen(&page)
    );
    assert_eq!(page.number("#iteration"), 100.0);
    page.check_silence();
    drop(page);
    let page = Page::open_with_gpu(&format!("{run}&engine=cpu"), WATCH, "");
    let on_cpu = accuracy(&page);
    assert_eq!(page.text("#engine-used"), "CPU");
    assert!((on_gpu - on_cpu).abs() <= 0.5, "{on_gpu} % on the GPU, {on_cpu} % on the CPU");
    assert!(on_cpu > 60.0, "{on_cpu} % is no training");
    println!("{on_gpu} % on the GPU, {on_cpu} % on the CPU");
}

/// Lets something happen to the GPU in mid-training: the run ends on the CPU as it would have, and the page says why.
fn survives(fate: &str, why: &str) {
    let page = Page::open_with_gpu(&format!("{SMALLEST}&engine=gpu&epochs=2"), WATCH, FATES);
    train(&page);
    page.wait("steps on the GPU", 120, |page| page.number("#iteration") > 40.0);
    assert!(page.text("#engine-used").starts_with("GPU ("), "{:?}", seen(&page));
    page.browser.run(&format!("new BroadcastChannel('test').postMessage({fate:?})"));
    page.wait("the CPU", 60, |page| page.text("#engine-used").starts_with("CPU since step"));
    let since = page.text("#engine-used");
    let kept: u32 =
        since.trim_start_matches("CPU since step ").split(':').next().and_then(|n| n.parse().ok()).expect("a step");
    assert!(kept > 0 && since.contains(why), "{since}");
    page.wait_for("#test-accuracy", 120);
    assert_eq!(page.number("#iteration"), 200.0);
    let notices = page.texts(".notice").join(" ");
    assert!(notices.contains("The GPU failed while training") && notices.contains("nothing is lost"), "{notices}");
    assert!(page.number("#test-accuracy") > 60.0);
}

fn lost() {
    survives("destroy", "lost");
}

fn broken() {
    survives("break", "broke down");
}

fn silent() {
    survives("silence", "did not answer");
}

fn timed() {
    // Long enough that the processor does not come to the end before the shaders are compiled.
    let page = Page::open_with_gpu(&format!("{RUN}&net=mlp&epochs=1000"), WATCH, DISGUISE);
    train(&page);
    page.wait("a verdict", 300, |page| page.text("#engine-used").contains("times"));
    page.browser.click("#stop");
    page.wait_for("#test-accuracy", 60);
    let (engine, seen) = (page.text("#engine-used"), seen(&page));
    assert!(engine.contains("times") && engine.contains("Disguise 9000"), "{engine}: {seen:?}");
    assert!(seen.iter().any(|text| text.contains("being timed against the CPU")), "{seen:?}");
    page.check_silence();
}

fn measured() {
    let bench = BenchPage::open_on_gpu();
    let figures = bench.measure("W1", "train", 1, 100).expect("figures");
    println!("small, training on the software GPU: {figures:?}");
    assert_eq!(figures.get("gpu").and_then(serde_json::Value::as_f64), Some(1.0), "{figures:?}");
    bench.page.check_silence();
}

fn automatic() {
    let page = Page::open_with_gpu(RUN, WATCH, "new BroadcastChannel('started').postMessage(self.name);");
    page.browser
        .run("window.names = []; new BroadcastChannel('started').onmessage = ({ data }) => window.names.push(data)");
    accuracy(&page);
    let engine = page.text("#engine-used");
    assert!(
        engine.starts_with("CPU: the only GPU here is software (") && engine.to_lowercase().contains("swiftshader"),
        "{engine}"
    );
    let names = page.browser.run("return window.names");
    assert!(names.as_array().is_some_and(|names| names.iter().all(|name| name != "gpu")), "{names}");
    page.check_silence();
}

fn none() {
    let page = Page::open_with(&format!("{RUN}&engine=gpu"), WATCH, "");
    accuracy(&page);
    assert!(page.text("#engine-used").starts_with("CPU: this browser offers no GPU"), "{:?}", seen(&page));
    page.check_silence();
}
