//! The order in which MNIST's chunks are fetched, and the response when one does not come.

use crate::protocol::Split;
use receptive_data::DatasetPlan;
use std::collections::VecDeque;

/// Failures in a row after which the learner is informed.
const MANY: u32 = 4;
/// The pause after the first failure, in milliseconds. It is twice as long after each that follows.
const FIRST_PAUSE: u32 = 500;
/// No pause is longer, in milliseconds.
const LONGEST_PAUSE: u32 = 30_000;

/// The response to a try that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setback {
    /// The pause before the next try.
    pub pause_millis: u32,
    /// True if the learner has to be informed now, once: it has been tried often enough.
    pub is_news: bool,
}

/// Counts failures in a row.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tries {
    n_failures: u32,
}

impl Tries {
    /// Counts a failed try, and returns the response.
    pub fn failed(&mut self) -> Setback {
        let doublings = self.n_failures.min(16);
        self.n_failures += 1;
        Setback { pause_millis: (FIRST_PAUSE << doublings).min(LONGEST_PAUSE), is_news: self.n_failures == MANY }
    }

    /// Notes that a try succeeded: failures are counted anew.
    pub fn succeeded(&mut self) {
        self.n_failures = 0;
    }

    /// True if the last try failed: what is kept of it somewhere is not to be trusted.
    pub fn has_failed(&self) -> bool {
        self.n_failures > 0
    }
}

/// The chunks that have not come yet, each by its split and number.
#[derive(Debug)]
pub struct Delivery {
    missing: VecDeque<(Split, usize)>,
}

impl Delivery {
    /// Lists all chunks of a plan: the first one starts the training, the first test chunk gives the lessons their digit,
    /// and the others follow as an epoch meets them.
    pub fn new(plan: &DatasetPlan) -> Self {
        let training = (0..plan.training_chunks.len()).map(|i| (Split::Training, i));
        let test = (0..plan.test_chunks.len()).map(|i| (Split::Test, i));
        let first = training.clone().take(1).chain(test.clone().take(1));
        Self { missing: first.chain(training.skip(1)).chain(test.skip(1)).collect() }
    }

    /// The chunk to fetch now. Nothing when all are here.
    pub fn next(&self) -> Option<(Split, usize)> {
        self.missing.front().copied()
    }

    /// Notes that the chunk has come.
    pub fn arrived(&mut self) {
        self.missing.pop_front();
    }

    /// Notes that the chunk did not come: the others are tried before it is tried again.
    pub fn failed(&mut self) {
        self.missing.rotate_left(1.min(self.missing.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> DatasetPlan {
        DatasetPlan { training_chunks: vec![80, 80, 40], test_chunks: vec![30, 20] }
    }

    #[test]
    fn training_and_lessons_can_start_early_and_every_chunk_comes_once() {
        let mut delivery = Delivery::new(&plan());
        let mut order = Vec::new();
        while let Some(chunk) = delivery.next() {
            order.push(chunk);
            delivery.arrived();
        }
        use Split::{Test, Training};
        assert_eq!(order, [(Training, 0), (Test, 0), (Training, 1), (Training, 2), (Test, 1)]);
    }

    #[test]
    fn one_chunk_that_never_comes_does_not_keep_the_others_away() {
        let mut delivery = Delivery::new(&plan());
        let mut tries = Tries::default();
        let mut arrived = Vec::new();
        let n_arrived = loop {
            let chunk = delivery.next().unwrap();
            if chunk == (Split::Training, 1) {
                delivery.failed();
                if tries.failed().is_news {
                    break arrived.len();
                }
            } else {
                arrived.push(chunk);
                delivery.arrived();
                tries.succeeded();
            }
        };
        assert_eq!(n_arrived, 4, "everything else has come before the learner is informed");
        assert_eq!(delivery.next(), Some((Split::Training, 1)), "and it is tried again");
    }

    #[test]
    fn pauses_grow_to_a_bound_and_the_learner_is_informed_once() {
        let mut tries = Tries::default();
        let setbacks: Vec<_> = (0..40).map(|_| tries.failed()).collect();
        let pauses: Vec<_> = setbacks.iter().map(|setback| setback.pause_millis).collect();
        assert_eq!(pauses[..8], [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
        assert!(pauses.iter().all(|&pause| pause <= LONGEST_PAUSE));
        let news: Vec<_> = (1..).zip(&setbacks).filter(|(_, setback)| setback.is_news).map(|(n, _)| n).collect();
        assert_eq!(news, [MANY]);
        tries.succeeded();
        assert_eq!(tries.failed(), Setback { pause_millis: 500, is_news: false });
    }
}
