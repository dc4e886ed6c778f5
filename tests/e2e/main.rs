//! The built page in a real browser. `cargo xtask test build browser` runs these; elsewhere they are shown as ignored.

#![expect(clippy::print_stdout, reason = "measured figures are part of the tests' output")]

mod access;
mod bench;
mod builder;
mod chapters;
mod clicks;
mod colours;
mod compare;
mod course;
mod course_answers;
mod drawing;
mod embedding;
mod engines;
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
mod parts;
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
mod weights;
mod whole_way;
mod worked;
mod workers;
mod zoom;

use libtest_mimic::{Arguments, Failed, Trial};
use need::Need;
use receptive_e2e::driver::Engine;
use receptive_e2e::site;
use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::RwLock;
use std::time::Instant;

/// A test by its name, and what it needs beside the page and a browser.
type Test = (&'static str, Need, fn());

/// Held while a test runs: by one that measures, so that no other runs beside it; by all others together.
static TURN: RwLock<()> = RwLock::new(());

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(2);
    // Browsers side by side slow one another's measurements.
    let alone = [lab::ALONE, network::ALONE, front::ALONE, zoom::ALONE, speed::TESTS, gpu::ALONE].concat();
    // The longest first, so that none is left over at the end.
    let side_by_side = [
        gpu_corpus::TESTS,
        engines::TESTS,
        lab::TESTS,
        network::TESTS,
        front::TESTS,
        zoom::TESTS,
        bench::TESTS,
        update::TESTS,
        watch::TESTS,
        weights::TESTS,
        whole_way::TESTS,
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
        parts::TESTS,
        clicks::TESTS,
        colours::TESTS,
        compare::TESTS,
        course::TESTS,
        course_answers::TESTS,
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
    ]
    .concat();
    let tests = alone.into_iter().map(|test| (test, true)).chain(side_by_side.into_iter().map(|test| (test, false)));
    let is_wanted = env::var_os("RECEPTIVE_E2E").is_some();
    let missing = if !is_wanted {
        Some("run by `cargo xtask test build browser`")
    } else if !site::dist().join("index.html").is_file() {
        Some("the page is not built")
    } else {
        Engine::Chromium.missing()
    };
    let must_run = is_wanted && env::var_os("CI").is_some();
    let trials = tests.map(|((name, need, test), is_alone)| {
        let absent = missing.or_else(|| need.missing());
        let ignored = absent.filter(|_| !must_run || missing.is_none());
        let trial = Trial::test(name, move || match absent {
            Some(reason) => Err(Failed::from(reason)),
            None => {
                let _alone = is_alone.then(|| TURN.write());
                let _beside_others = (!is_alone).then(|| TURN.read());
                let start = Instant::now();
                let outcome = catch_unwind(AssertUnwindSafe(test));
                println!("{:>8.1} s  {name}", start.elapsed().as_secs_f32());
                outcome.map_err(|_| Failed::from("see above"))
            }
        });
        if let Some(reason) = ignored {
            println!("ignored, {reason}: {name}");
        }
        trial.with_ignored_flag(ignored.is_some())
    });
    libtest_mimic::run(&arguments, trials.collect()).exit();
}
