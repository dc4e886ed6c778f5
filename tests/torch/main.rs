//! Everything that PyTorch was asked for, against what we compute.

mod ops;
mod training;

use libtest_mimic::{Arguments, Trial};
use receptive_tests::goldens::{self, Torch};

fn main() {
    let options = Arguments::from_args();
    let trials = match goldens::read::<Torch>("torch.json") {
        Ok(torch) => ops::trials(torch.ops)
            .into_iter()
            .chain(training::optimiser_trials(torch.optimisers))
            .chain(training::trajectory_trials(torch.trajectory))
            .collect(),
        Err(error) => vec![Trial::test("the recorded values can be read", || Err(error.into()))],
    };
    libtest_mimic::run(&options, trials).exit();
}
