//! Everything that is proved of the GPU engine, on this machine's adapter.
//!
//! Without an adapter all of it is shown as ignored. The adapter is printed first: a software one proves the arithmetic,
//! and says nothing about the drivers of real cards.

#![expect(clippy::print_stdout, reason = "whoever reads the results must know which adapter gave them")]

mod session;

use libtest_mimic::{Arguments as Options, Failed, Trial};
use receptive_gpu::{Choice, Gpu, native::block_on};
use receptive_tests::gpu::Proof;

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
    let mut trials: Vec<_> = match Proof::all() {
        Ok(proofs) => proofs.into_iter().map(|proof| proved(proof, gpu.as_ref())).collect(),
        Err(error) => vec![Trial::test("the cases can be read", || Err(error.into()))],
    };
    trials.extend(session::trials(gpu.as_ref()));
    libtest_mimic::run(&options, trials).exit();
}

fn proved(proof: Proof, gpu: Option<&Gpu>) -> Trial {
    trial(proof.name.clone(), gpu, |gpu| {
        let own = proof.ends_device().then(|| block_on(Gpu::open(Choice::Fastest))).transpose()?;
        let gpu = own.as_ref().unwrap_or(gpu);
        Ok(gpu.block_on(proof.run(gpu))?)
    })
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
