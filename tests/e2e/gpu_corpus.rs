//! What is proved of the GPU engine natively, once more in a worker of a browser, but for what would prove the same again.

use crate::Test;
use crate::need::{Need, gpu_worker};
use receptive_e2e::browser::{Browser, SOFTWARE_GPU};
use receptive_e2e::site;
use receptive_tests::gpu::Proof;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const TESTS: &[Test] =
    &[("what is proved of the GPU engine holds in a worker, on Chromium's software adapter", Need::GpuWorker, all)];

/// Longer than any of it takes on a busy machine: compiling the shaders of a network, mostly.
const PATIENCE: Duration = Duration::from_secs(120);

fn all() {
    let folder = gpu_worker().expect("the proofs are built");
    let wanted: Vec<_> = Proof::in_browser().expect("proofs").into_iter().map(|proof| proof.name).collect();
    let browser = Browser::start_with(1280, 900, SOFTWARE_GPU);
    browser.open(&site::serve_as(folder, site::Host::default()));
    let start = Instant::now();
    let (mut proved, mut problems) = (Vec::new(), Vec::new());
    let (mut adapter, mut engine) = (String::new(), None);
    let mut last = start;
    while engine.is_none() {
        assert!(last.elapsed() < PATIENCE, "{} cases, then nothing more", proved.len());
        thread::sleep(Duration::from_millis(200));
        let received = browser.run("return window.received.splice(0)");
        for message in received.as_array().into_iter().flatten() {
            last = Instant::now();
            let text = |key: &str| message[key].as_str().map(str::to_string);
            if let Some(name) = text("name") {
                let problem = text("problem").map(|problem| format!("{name}: {problem}"));
                println!(
                    "  {:6.0} ms  {name}{}",
                    message["millis"].as_f64().unwrap_or(f64::NAN),
                    if problem.is_some() { " … FAILED" } else { "" }
                );
                problems.extend(problem);
                proved.push(name);
            } else if let Some(fault) = text("fault") {
                // What a panic says goes to the console.
                let errors = browser.console_errors().join("\n");
                panic!("the worker failed after {} cases: {fault}\n{errors}", proved.len());
            } else {
                adapter = text("adapter").unwrap_or(adapter);
                engine = text("engine");
            }
        }
    }
    let (n, engine) = (proved.len(), engine.unwrap_or_default());
    assert_eq!(proved, wanted, "what was proved is not what there is to prove");
    assert!(problems.is_empty(), "{} of {n} fail on {adapter}:\n  {}", problems.len(), problems.join("\n  "));
    // Whatever else it took its products in, it would be several times slower.
    let is_itself = engine.contains("software") && engine.ends_with("products in Blocks { large: true }");
    assert!(adapter.contains("swiftshader") && is_itself, "they ran on {adapter}: {engine}");
    println!("{n} cases on {adapter} ({engine}) in a worker, {:.0} s", start.elapsed().as_secs_f32());
}
