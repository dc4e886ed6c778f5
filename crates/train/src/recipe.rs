//! Settings with which MNIST's test images are soon read right.

use crate::protocol::{DatasetKind, RunConfig};
use receptive_nn::{Course, Head, Optimiser, Preset, Schedule};

/// A set of settings for MNIST, found by trying networks, rates, batches and schedules for the shortest time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipe {
    /// To 98 % of the test images.
    Quick,
    /// To 99 %.
    Good,
}

impl Recipe {
    /// All recipes.
    pub const ALL: [Self; 2] = [Self::Quick, Self::Good];

    /// Percent of MNIST's test images that are read right at its end.
    pub const fn percent(self) -> u32 {
        match self {
            Self::Quick => 98,
            Self::Good => 99,
        }
    }

    /// The run, but for the seed: the fast network, and Adam, its rate rising first and then falling in a line.
    pub fn config(self, seed: u64) -> RunConfig {
        let (learning_rate, warm_up, epochs, n_training) = match self {
            Self::Quick => (0.006, 0.2, 1, Some(30_000)),
            Self::Good => (0.005, 0.15, 2, None),
        };
        RunConfig {
            dataset: DatasetKind::Mnist,
            spec: Preset::Fast.spec(),
            optimiser: Optimiser::ADAM,
            loss: Head::CrossEntropy,
            learning_rate,
            schedule: Schedule { warm_up, ..Schedule::plain(Course::Linear) },
            batch: 32,
            epochs,
            seed,
            n_training,
            n_validation: 0,
            validate_every: None,
        }
    }
}
