//! Everything that PyTorch was asked for, against what we compute.

mod ops;
mod training;

use libtest_mimic::{Arguments, Trial};
use receptive_tests::goldens::{self, Losses, Torch};

fn main() {
    let options = Arguments::from_args();
    let read = || Ok((goldens::read::<Torch>("torch.json")?, goldens::read::<Losses>("losses.json")?));
    let trials = match read() {
        Ok((torch, losses)) => ops::trials(torch.ops.into_iter().chain(losses.ops).collect())
            .into_iter()
            .chain(training::optimiser_trials(torch.optimisers))
            .chain(training::trajectory_trials(torch.trajectory))
            .collect(),
        Err(error) => vec![Trial::test("the recorded values can be read", || Err(String::into(error)))],
    };
    libtest_mimic::run(&options, trials).exit();
}
