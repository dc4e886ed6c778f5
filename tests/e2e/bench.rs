//! The bench page: it measures what it says, and says when it cannot.

use crate::Test;
use crate::need::Need;
use receptive_e2e::bench_page::BenchPage;
use serde_json::{Map, Value};

pub(crate) const TESTS: &[Test] = &[
    ("the bench page measures both workloads in every mode", Need::Mnist, every_mode),
    ("the bench page refuses what it does not know", Need::Nothing, unknown),
    ("the bench page measures at the press of a button", Need::Nothing, by_hand),
];

/// The length of a speed measurement, in milliseconds: these tests look at the page, not at the speed.
const BRIEF: u32 = 100;

fn figure(figures: &Map<String, Value>, name: &str) -> f64 {
    figures.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

fn every_mode() {
    let bench = BenchPage::open();
    let measure = |workload, mode, n_workers| {
        let figures = bench.measure(workload, mode, n_workers, BRIEF).expect("figures");
        assert!(figures.values().all(|value| value.as_f64().is_some_and(f64::is_finite)), "{mode}: {figures:?}");
        println!("{workload} {mode}, {n_workers} workers: {figures:?}");
        figures
    };
    assert!(figure(&measure("", "ceiling", 1), "gflops") > 0.0);
    for workload in ["W1", "W2"] {
        let train = measure(workload, "train", 2);
        assert!(figure(&train, "imgsPerSec") > 0.0 && figure(&train, "firstStepMs") > 0.0);
        assert!(figure(&train, "loss") > 0.0 && figure(&train, "workers") >= 1.0);
        assert!(figure(&measure(workload, "infer", 1), "imgsPerSec") > 0.0);
        let accuracy = figure(&measure(workload, "epoch", 2), "accuracy");
        // What plain SGD at 0.01 comes to after so few images, whatever the library and the seed.
        assert!((0.7..0.95).contains(&accuracy), "{workload}: {accuracy}");
    }
    bench.page.check_silence();
}

fn unknown() {
    let bench = BenchPage::open();
    assert!(bench.measure("W9", "train", 1, BRIEF).is_err_and(|message| message.contains("workload W9")));
    assert!(bench.measure("W1", "guess", 1, BRIEF).is_err_and(|message| message.contains("mode guess")));
    bench.page.check_silence();
}

fn by_hand() {
    let bench = BenchPage::open();
    bench.page.browser.click("#choices button");
    bench.page.wait_for("#results tr", 60);
    let row = bench.page.texts("#results td");
    assert!(row[0].contains("ceiling") && row[1].contains("GFLOP/s"), "{row:?}");
    bench.page.check_silence();
}
