//! What an answer costs by each loss, class by class, as the engine takes it.

use crate::{factor, number, say};
use receptive_core::ops::softmax_forward;
use receptive_nn::{Head, Loss};

/// The losses by the names that links carry, in the order of [`Head::LOSSES`].
pub(super) const LOSSES: &[&str] = &["cross-entropy", "squared", "absolute", "hinge", "binary"];

/// The loss of this name.
pub(super) fn head(key: &str) -> Head {
    Head::loss_from_key(key).unwrap_or_default()
}

/// A network's answer for one image, and its true class.
#[derive(Clone, Debug, PartialEq)]
pub struct Costs {
    /// The loss.
    pub head: Head,
    /// The logits.
    pub logits: Vec<f32>,
    /// Their probabilities.
    pub p: Vec<f32>,
    /// The true class.
    pub target: usize,
}

impl Costs {
    /// An answer from its logits.
    pub fn new(head: Head, logits: Vec<f32>, target: usize) -> Self {
        let mut p = vec![0.0; logits.len()];
        if !logits.is_empty() {
            softmax_forward(&mut p, &logits, logits.len());
        }
        Self { head, logits, p, target }
    }

    /// An answer from its probabilities: their logarithms are logits of these probabilities.
    pub fn of(head: Head, p: &[f32], target: usize) -> Self {
        Self::new(head, p.iter().map(|&p| libm::logf(p)).collect(), target)
    }

    /// Number of classes.
    pub fn n(&self) -> usize {
        self.logits.len()
    }

    /// The loss.
    pub fn total(&self) -> f32 {
        self.head.of_logits(&self.logits, self.target as u8)
    }

    /// True if the loss reads probabilities; else it reads logits.
    pub fn reads_p(&self) -> bool {
        match self.head {
            Head::Loss(loss) => loss.is_of_probabilities(),
            _ => true,
        }
    }

    /// The scores that the loss reads.
    pub fn scores(&self) -> &[f32] {
        if self.reads_p() { &self.p } else { &self.logits }
    }

    /// The aim for a class: 1 for the true one, 0 for the others.
    pub fn wanted(&self, class: usize) -> f32 {
        if class == self.target { 1.0 } else { 0.0 }
    }

    /// −ln p of a class: the cross-entropy if that one were true.
    pub fn surprise(&self, class: usize) -> f32 {
        Head::CrossEntropy.of_logits(&self.logits, class as u8)
    }

    /// What a class adds to the sum.
    pub fn part(&self, class: usize) -> f32 {
        match self.head {
            Head::Loss(loss) => loss.part(self.scores(), self.target, class),
            _ if class == self.target => self.surprise(class),
            _ => 0.0,
        }
    }

    /// The sum over the first classes.
    pub fn so_far(&self, n: usize) -> f32 {
        (0..n).map(|class| self.part(class)).sum()
    }

    /// True if the sum is divided by the number of classes at the end.
    pub fn is_mean(&self) -> bool {
        self.head != Head::CrossEntropy
    }

    /// What a class adds, as it is written.
    pub fn term(&self, class: usize) -> String {
        let (x, t) = (self.scores()[class], self.wanted(class));
        match self.head {
            Head::Loss(Loss::SquaredError) => format!("({} − {t})^{{2}}", number(x)),
            Head::Loss(Loss::AbsoluteError) => format!("|{} − {t}|", number(x)),
            Head::Loss(Loss::Hinge) if class == self.target => "0".into(),
            Head::Loss(Loss::Hinge) => {
                format!("max(0, 1 − {} + {})", factor(self.scores()[self.target]), factor(x))
            }
            Head::Loss(Loss::BinaryCrossEntropy) => {
                let sign = if class == self.target { -x } else { x };
                format!("ln(1 + e^{{{}}})", number(sign))
            }
            _ => format!("{t}·{}", number(self.surprise(class))),
        }
    }
}

/// A loss in words.
pub(super) fn name(head: Head) -> String {
    say!(format!("loss.option.criterion.{}", head.key()))
}

/// The loss of two classes of which the true one has probability `p`: logits z / 2 and −z / 2 with p = σ(z).
pub(super) fn of_two(head: Head, p: f32) -> f32 {
    let z = libm::logf(p / (1.0 - p));
    head.of_logits(&[z / 2.0, -z / 2.0], 0)
}

/// The share of wrong answers among one: 0 where the true class has the larger probability.
pub(super) fn is_wrong(p: f32) -> f32 {
    if p > 0.5 { 0.0 } else { 1.0 }
}
