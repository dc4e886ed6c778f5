//! The GPU engine, on whatever adapter there is: every case of the corpus, stages against their twins, whole networks.
//!
//! Without an adapter all of it is shown as ignored. The adapter is printed first: a software one proves the arithmetic,
//! and says nothing about the drivers of real cards.

#![expect(clippy::print_stdout, reason = "whoever reads the results must know which adapter gave them")]

mod corpus;
mod faults;
mod networks;
mod session;
mod stages;

use libtest_mimic::{Arguments as Options, Failed, Trial};
use receptive_gpu::{Choice, Gpu, native::block_on};
use receptive_tests::case;

fn main() {
    let options = Options::from_args();
    let gpu = match block_on(Gpu::open(Choice::Fastest)) {
        Ok(gpu) => {
            println!("adapter: {}", gpu.info());
            Some(gpu)
        }
        Err(error) => {
            println!("no test of the GPU runs: {error}");
            None
        }
    };
    let mut trials = networks::trials(gpu.as_ref());
    trials.extend(stages::trials(gpu.as_ref()));
    trials.extend(faults::trials(gpu.as_ref()));
    trials.extend(session::trials(gpu.as_ref()));
    for op in case::OPS {
        match case::read(op) {
            Ok(cases) => trials.extend(cases.into_iter().filter_map(|case| corpus::trial(op, case, gpu.as_ref()))),
            Err(error) => trials.push(Trial::test(format!("{op}: the cases can be read"), || Err(error.into()))),
        }
    }
    libtest_mimic::run(&options, trials).exit();
}

/// A test that needs the GPU: ignored where there is none.
fn trial(
    name: impl Into<String>,
    gpu: Option<&Gpu>,
    test: impl FnOnce(&Gpu) -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let gpu = gpu.cloned();
    let is_missing = gpu.is_none();
    Trial::test(name, move || gpu.map_or(Ok(()), |gpu| test(&gpu))).with_ignored_flag(is_missing)
}
