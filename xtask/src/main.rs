//! The project's own commands.
//!
//! `cargo xtask run` builds the page, serves it and prints the address; `cargo xtask test` checks everything that CI
//! checks; `cargo xtask package` makes packages for learning platforms; `cargo xtask bench` measures; `cargo xtask
//! pictures` takes the README's pictures; `cargo xtask checkpoint` trains the networks that come with the page; `cargo
//! xtask data` gets MNIST. Each installs what it lacks, in pinned versions, and says so.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints for its caller")]

mod bench;
mod bench_table;
mod checks;
mod data;
mod finish;
mod hosting;
mod lighten;
mod modules;
mod offline;
mod package;
mod packing;
mod pictures;
mod releases;
mod serve;
mod shell;
mod sizes;
mod split;
mod tools;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND

  run [--port N]   build the page, get MNIST if it can be had, serve it, print the address
  dev [--port N]   the same, built anew (quickly, not small) whenever a source changes
  build            build the page into `dist`, which any static host can serve
  test [PART …]    everything that CI checks, or only the parts named (see below)
  package KIND [CHAPTER …] [--title TEXT] [--id IRI] [--to FILE]
                   make of the page in `dist` a package that reports chapters to a learning platform: scorm or xapi
  bench            measure the page in a browser here, beside what the machine can do at all
  bench --write    the same, and put the table into README.md
  bench gpu        measure every kernel of the GPU engine and whole steps, on this machine's adapter
  bench ops        measure single operations and whole steps, without a browser
  pictures         take the pictures in `docs` anew, of the page in `dist`
  checkpoint       train the two networks that come with the page anew, and write them
  data             get MNIST into data/mnist and check it
  finish           lay MNIST beside the page being built, name its files by their content, compress them (Trunk calls this)

parts of test, in order: ";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["run", rest @ ..] => port(rest).and_then(serve::run),
        ["dev", rest @ ..] => port(rest).and_then(serve::dev),
        ["build"] => checks::build(),
        ["test", parts @ ..] => checks::run(parts),
        ["package", rest @ ..] => package::run(rest),
        ["bench"] => bench::run(false),
        ["bench", "--write"] => bench::run(true),
        ["bench", "gpu"] => bench::gpu(),
        ["bench", "ops"] => bench::ops(),
        ["checkpoint"] => data::checkpoint(),
        ["data"] => data::get(),
        ["finish"] => finish::run(),
        ["pictures"] => pictures::run(),
        _ => {
            eprintln!("{USAGE}{}", checks::names().join(" "));
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The port that is asked for.
fn port(words: &[&str]) -> shell::Result<u16> {
    match words {
        [] => Ok(8080),
        ["--port", port] => port.parse().map_err(|_| format!("--port takes a number, not {port}")),
        _ => Err(format!("this command takes --port N, not {}", words.join(" "))),
    }
}
