//! The course of a run in few points, each the mean of a stretch of steps. No step of a stretch is left out of its mean.

use crate::protocol::StepRecord;
use serde::{Deserialize, Serialize};

/// The most stretches of a run; more would not be told apart on a screen.
const MOST_STRETCHES: usize = 64;

/// Steps that follow one another, with the sums of what they came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Stretch {
    /// Position among stretches of this length.
    index: u32,
    /// The last step of it that is done.
    last: u32,
    n_steps: u32,
    loss: f64,
    accuracy: f64,
}

/// The mean loss and accuracy of the batches of a stretch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The last step of the stretch.
    pub iteration: u32,
    /// Mean cross-entropy, in nats.
    pub loss: f32,
    /// Fraction that was right.
    pub accuracy: f32,
}

/// A run's stretches, oldest first. They are of one length, which doubles when they become too many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    length: u32,
    stretches: Vec<Stretch>,
}

impl Default for Summary {
    fn default() -> Self {
        Self { length: 1, stretches: Vec::new() }
    }
}

impl Summary {
    /// Takes in one more step.
    pub fn push(&mut self, record: &StepRecord) {
        let one = Stretch {
            index: record.iteration.saturating_sub(1) / self.length,
            last: record.iteration,
            n_steps: 1,
            loss: record.loss.into(),
            accuracy: record.accuracy.into(),
        };
        self.add(one);
        while self.stretches.len() > MOST_STRETCHES {
            self.length *= 2;
            for stretch in std::mem::take(&mut self.stretches) {
                self.add(Stretch { index: stretch.index / 2, ..stretch });
            }
        }
    }

    fn add(&mut self, more: Stretch) {
        match self.stretches.last_mut().filter(|stretch| stretch.index == more.index) {
            Some(stretch) => {
                stretch.last = more.last;
                stretch.n_steps += more.n_steps;
                stretch.loss += more.loss;
                stretch.accuracy += more.accuracy;
            }
            None => self.stretches.push(more),
        }
    }

    /// Forgets every stretch that ends after a step: its sums cannot be taken apart again.
    pub fn rewind(&mut self, iteration: u32) {
        self.stretches.retain(|stretch| stretch.last <= iteration);
    }

    /// True if its stretches are as [`push`](Self::push) makes them, up to a step.
    pub(super) fn is_sound(&self, iteration: u32) -> bool {
        let is_own = |stretch: &Stretch| {
            let first = stretch.index.checked_mul(self.length);
            stretch.n_steps > 0
                && first.is_some_and(|first| stretch.last > first && stretch.last - first <= self.length)
                && stretch.last <= iteration
        };
        self.length.is_power_of_two()
            && self.stretches.len() <= MOST_STRETCHES
            && self.stretches.iter().all(is_own)
            && self.stretches.windows(2).all(|two| two[0].index < two[1].index)
    }

    /// The means of all stretches, oldest first.
    pub fn means(&self) -> impl DoubleEndedIterator<Item = Mean> + '_ {
        self.stretches.iter().map(|stretch| {
            let mean = |sum: f64| (sum / f64::from(stretch.n_steps)) as f32;
            Mean { iteration: stretch.last, loss: mean(stretch.loss), accuracy: mean(stretch.accuracy) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use receptive_core::Rng;

    #[test]
    fn every_step_counts_once_in_the_mean_of_its_stretch() {
        let mut rng = Rng::new(1);
        for n in [1u32, 63, 64, 65, 200, 1875, 30_001] {
            let records: Vec<StepRecord> = (1..=n)
                .map(|iteration| StepRecord { iteration, loss: rng.range(0.0, 3.0), accuracy: rng.range(0.0, 1.0) })
                .collect();
            let mut summary = Summary::default();
            records.iter().for_each(|record| summary.push(record));
            let means: Vec<Mean> = summary.means().collect();
            assert!(means.len() <= MOST_STRETCHES && means.len() >= MOST_STRETCHES.min(n as usize) / 2, "{n}");
            assert_eq!(means.last().map(|mean| mean.iteration), Some(n));
            let mut first = 0;
            for mean in means {
                let part = &records[first as usize..mean.iteration as usize];
                let of = |value: fn(&StepRecord) -> f32| {
                    part.iter().map(|record| f64::from(value(record))).sum::<f64>() / part.len() as f64
                };
                assert!((f64::from(mean.loss) - of(|record| record.loss)).abs() < 1e-6, "{mean:?}");
                assert!((f64::from(mean.accuracy) - of(|record| record.accuracy)).abs() < 1e-6, "{mean:?}");
                first = mean.iteration;
            }
        }
    }

    #[test]
    fn going_back_leaves_nothing_of_later_steps() {
        let mut summary = Summary::default();
        (1..=200).for_each(|iteration| summary.push(&StepRecord { iteration, loss: 1.0, accuracy: 0.5 }));
        summary.rewind(101);
        assert_eq!(summary.means().last().map(|mean| mean.iteration), Some(100));
        summary.push(&StepRecord { iteration: 102, loss: 4.0, accuracy: 0.5 });
        assert_eq!(summary.means().last().map(|mean| (mean.iteration, mean.loss)), Some((102, 4.0)));
    }
}
