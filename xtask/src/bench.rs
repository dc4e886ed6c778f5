//! `cargo xtask bench`: how fast the page is in a browser here, beside what this machine can do at all.

use crate::bench_table::{Found, between_markers, table};
use crate::shell::{self, Result, cargo, root};
use crate::{checks, tools};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::thread::available_parallelism;

/// More workers than this take no share of a batch.
const MOST_WORKERS: usize = 8;

/// Builds the page, measures it, and prints the table; with `write`, puts it into the README too.
pub(crate) fn run(write: bool) -> Result {
    checks::build()?;
    let first_view = checks::first_view_bytes()?;
    if !tools::ensure_browser() {
        return Err("there is no browser to measure in".into());
    }
    let n_workers = available_parallelism().map_or(1, |n| n.get().min(MOST_WORKERS));
    let mut found = measure(n_workers)?;
    found.add("first view", &first_view.to_string());
    let text = table(&found, n_workers);
    println!("\n{text}");
    if write {
        let readme = root().join("README.md");
        let old = fs::read_to_string(&readme).map_err(|error| error.to_string())?;
        fs::write(&readme, between_markers(&old, &text)?).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Benchmarks of single operations and of whole steps, without a browser.
pub(crate) fn ops() -> Result {
    shell::run(&mut cargo(&["bench", "--package", "receptive-core", "--package", "receptive-nn"]))
}

/// The GPU engine on this machine's own adapter, without a browser.
pub(crate) fn gpu() -> Result {
    shell::run(&mut cargo(&["bench", "--package", "receptive-tests", "--bench", "gpu"]))
}

/// Runs the program that measures, and takes down what it finds.
fn measure(n_workers: usize) -> Result<Found> {
    let mut program = cargo(&["run", "--quiet", "--package", "receptive-e2e", "--bin", "measure", "--"]);
    let started = program.arg(n_workers.to_string()).stdout(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| error.to_string())?;
    let mut found = Found::default();
    for line in child.stdout.take().into_iter().flat_map(|stream| BufReader::new(stream).lines()) {
        if let Some((name, value)) = line.map_err(|error| error.to_string())?.split_once('\t') {
            found.add(name, value);
        }
    }
    match child.wait() {
        Ok(status) if status.success() => Ok(found),
        _ => Err("the measurement failed, see above".into()),
    }
}
