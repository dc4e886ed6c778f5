//! The built page in a real browser. `cargo xtask test build browser` runs these; elsewhere they are shown as ignored.

#![expect(clippy::print_stdout, reason = "measured figures are part of the tests' output")]

mod access;
mod bench;
mod builder;
mod chapters;
mod colours;
mod compare;
mod drawing;
mod embedding;
mod exercises;
mod faults;
mod files;
mod front;
mod gpu;
mod gpu_corpus;
mod guide;
mod kept;
mod keyboard;
mod kinds;
mod lab;
mod links;
mod lrs;
mod memory;
mod misuse;
mod narrow;
mod need;
mod network;
mod offline;
mod oracles;
mod oracles_maps;
mod pad;
mod places;
mod schedules;
mod scorm;
mod speed;
mod stage;
mod starting;
mod take_away;
mod texts;
mod translation;
mod update;
mod walk;
mod watch;
mod worked;
mod workers;
mod zoom;

use libtest_mimic::{Arguments, Failed, Trial};
use need::Need;
use receptive_e2e::{browser, site};
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A test by its name, and what it needs beside the page and a browser.
type Test = (&'static str, Need, fn());

fn main() {
    let mut arguments = Arguments::from_args();
    // Browsers side by side would slow one another's measurements.
    arguments.test_threads = Some(1);
    let tests: Vec<Test> = [
        lab::TESTS,
        network::TESTS,
        front::TESTS,
        update::TESTS,
        watch::TESTS,
        zoom::TESTS,
        workers::TESTS,
        gpu::TESTS,
        kinds::TESTS,
        drawing::TESTS,
        embedding::TESTS,
        scorm::TESTS,
        faults::TESTS,
        guide::TESTS,
        walk::TESTS,
        files::TESTS,
        pad::TESTS,
        chapters::TESTS,
        links::TESTS,
        places::TESTS,
        memory::TESTS,
        kept::TESTS,
        builder::TESTS,
        oracles::TESTS,
        oracles_maps::TESTS,
        worked::TESTS,
        access::TESTS,
        colours::TESTS,
        compare::TESTS,
        schedules::TESTS,
        exercises::TESTS,
        starting::TESTS,
        offline::TESTS,
        take_away::TESTS,
        translation::TESTS,
        texts::TESTS,
        keyboard::TESTS,
        misuse::TESTS,
        narrow::TESTS,
        stage::TESTS,
        speed::TESTS,
        bench::TESTS,
        gpu_corpus::TESTS,
    ]
    .concat();
    let is_wanted = env::var_os("RECEPTIVE_E2E").is_some();
    let missing = if !is_wanted {
        Some("run by `cargo xtask test build browser`")
    } else if !site::dist().join("index.html").is_file() {
        Some("the page is not built")
    } else {
        browser::missing()
    };
    let must_run = is_wanted && env::var_os("CI").is_some();
    let trials = tests.into_iter().map(|(name, need, test)| {
        let absent = missing.or_else(|| need.missing());
        let ignored = absent.filter(|_| !must_run || missing.is_none());
        let trial = Trial::test(name, move || match absent {
            Some(reason) => Err(Failed::from(reason)),
            None => catch_unwind(AssertUnwindSafe(test)).map_err(|_| Failed::from("see above")),
        });
        if let Some(reason) = ignored {
            println!("ignored, {reason}: {name}");
        }
        trial.with_ignored_flag(ignored.is_some())
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}
