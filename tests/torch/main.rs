//! Everything that PyTorch was asked for, against what we compute.

mod ops;
mod schedules;
mod training;

use libtest_mimic::{Arguments, Trial};
use receptive_tests::goldens::{self, Losses, Schedules, Torch};

fn main() {
    let options = Arguments::from_args();
    let read = || {
        let torch = goldens::read::<Torch>("torch.json")?;
        Ok((torch, goldens::read::<Losses>("losses.json")?, goldens::read::<Schedules>("schedules.json")?))
    };
    let trials = match read() {
        Ok((torch, losses, schedules)) => ops::trials(torch.ops.into_iter().chain(losses.ops).collect())
            .into_iter()
            .chain(training::optimiser_trials(torch.optimisers))
            .chain(training::trajectory_trials(torch.trajectory))
            .chain(schedules::trials(schedules.schedules))
            .collect(),
        Err(error) => vec![Trial::test("the recorded values can be read", || Err(String::into(error)))],
    };
    libtest_mimic::run(&options, trials).exit();
}
