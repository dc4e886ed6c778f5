//! Counting what a network gets right.

use alloc::vec;
use alloc::vec::Vec;

/// Loss, hits and confusions over any number of images.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    n_classes: usize,
    loss: f64,
    confusion: Vec<u32>,
}

/// The class with the largest value; the first of equals.
pub(crate) fn argmax(values: &[f32]) -> usize {
    (1..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

impl Tally {
    /// Nothing counted.
    pub fn new(n_classes: usize) -> Self {
        Self { n_classes, loss: 0.0, confusion: vec![0; n_classes * n_classes] }
    }

    /// Counts images by their probabilities, (n, classes), true classes and losses in nats, (n).
    pub fn add(&mut self, probabilities: &[f32], labels: &[u8], losses: &[f32]) {
        for ((row, &label), &loss) in probabilities.chunks_exact(self.n_classes).zip(labels).zip(losses) {
            self.loss += f64::from(loss);
            self.confusion[label as usize * self.n_classes + argmax(row)] += 1;
        }
    }

    /// Images counted.
    pub fn n(&self) -> u32 {
        self.confusion.iter().sum()
    }

    /// Images whose most probable class was the true one.
    pub fn n_correct(&self) -> u32 {
        self.confusion.iter().step_by(self.n_classes + 1).sum()
    }

    /// Fraction right; 0 before anything was counted.
    pub fn accuracy(&self) -> f32 {
        self.n_correct() as f32 / self.n().max(1) as f32
    }

    /// Mean cross-entropy in nats; 0 before anything was counted.
    pub fn mean_loss(&self) -> f32 {
        (self.loss / f64::from(self.n().max(1))) as f32
    }

    /// Counts by [true class][predicted class], row-major.
    pub fn confusion(&self) -> &[u32] {
        &self.confusion
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_counts_hits_losses_and_confusions() {
        let mut tally = Tally::new(3);
        tally.add(&[0.7, 0.2, 0.1, 0.1, 0.3, 0.6, 0.2, 0.2, 0.6], &[0, 1, 2], &[0.5, 1.0, 0.0]);
        assert_eq!((tally.n(), tally.n_correct()), (3, 2));
        assert_eq!(tally.mean_loss(), 0.5);
        assert_eq!(tally.confusion(), [1, 0, 0, 0, 0, 1, 0, 0, 1]);
    }
}
