//! Reduce on plateau: the rate falls when the loss has stopped falling.

use serde::{Deserialize, Serialize};

/// The rule that cuts the learning rate when the loss has stopped falling, as PyTorch's `ReduceLROnPlateau` has it in its
/// mode `min` with a relative threshold, no cooldown and `eps` 0. A measured loss is better if it is below
/// `best · (1 − threshold)`; after more than `patience` others in a row the rate is multiplied by `factor`, and counting
/// begins again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plateau {
    /// What a cut multiplies the rate by.
    pub factor: f32,
    /// Measurements without progress that are waited for.
    pub patience: u32,
    /// The share of the best loss by which a loss must be below it to be better.
    pub threshold: f32,
}

impl Plateau {
    /// Factor and threshold are PyTorch's. It waits for 10 epochs; runs here have few measurements, so 2.
    pub const USUAL: Self = Self { factor: 0.1, patience: 2, threshold: 1e-4 };

    /// The number of cuts after these losses, oldest first. One that is not a number is no better.
    pub fn n_cuts(self, losses: impl IntoIterator<Item = f32>) -> u32 {
        self.followed(losses).n_cuts
    }

    /// What the rule remembers after these losses, oldest first.
    pub fn followed(self, losses: impl IntoIterator<Item = f32>) -> Followed {
        losses.into_iter().fold(Followed::default(), |before, loss| {
            let limit = f64::from(before.best) * (1.0 - f64::from(self.threshold));
            if f64::from(loss) < limit {
                Followed { best: loss, n_bad: 0, ..before }
            } else if before.n_bad < self.patience {
                Followed { n_bad: before.n_bad + 1, ..before }
            } else {
                Followed { n_bad: 0, n_cuts: before.n_cuts + 1, ..before }
            }
        })
    }
}

/// What a [`Plateau`] remembers of the losses so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Followed {
    /// The best loss; infinite before the first.
    pub best: f32,
    /// Losses without progress since the last that had some, or since the last cut.
    pub n_bad: u32,
    /// Cuts of the rate.
    pub n_cuts: u32,
}

impl Default for Followed {
    fn default() -> Self {
        Self { best: f32::INFINITY, n_bad: 0, n_cuts: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_that_falls_by_less_than_the_threshold_is_no_progress() {
        let plateau = Plateau { factor: 0.1, patience: 0, threshold: 0.1 };
        assert_eq!(plateau.n_cuts([1.0, 0.95, 0.89, 0.85, 0.79]), 2);
        assert_eq!(plateau.n_cuts([1.0, 0.8, 0.7]), 0);
        assert_eq!(Plateau { threshold: 0.0, ..plateau }.n_cuts([1.0, 0.95, 0.89, 0.85, 0.79]), 0);
        assert_eq!(plateau.n_cuts([f32::NAN, 1.0, f32::NAN]), 2);
    }

    #[test]
    fn patience_is_measured_from_the_last_progress_or_cut() {
        let plateau = Plateau { patience: 2, ..Plateau::USUAL };
        let cuts = |n: usize| plateau.n_cuts(core::iter::once(1.0).chain(core::iter::repeat_n(2.0, n)));
        assert_eq!([0, 2, 3, 5, 6, 9].map(cuts), [0, 0, 1, 1, 2, 3]);
        assert_eq!(plateau.n_cuts([1.0, 2.0, 2.0, 0.5, 2.0, 2.0]), 0);
    }
}
