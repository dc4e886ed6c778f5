//! Adam and the rules that were made of it: a mean of the gradients over a measure of their size.

use super::adagrad::decayed;
use super::{Lanes, MOST_MOMENTS, Rule};

/// `m ← β1·m + (1 − β1)·g`, `v ← β2·v + (1 − β2)·g²`, `w ← w − rate·m / (√v / correction + ε)` (Kingma & Ba 2015,
/// algorithm 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamStep {
    /// Decay of the mean.
    pub beta1: f32,
    /// Decay of the mean square.
    pub beta2: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
    /// The learning rate over the mean's correction, `lr / (1 − beta1^t)`.
    pub rate: f32,
    /// The correction of the mean square's root, `√(1 − beta2^t)`.
    pub correction: f32,
}

/// Adam with `u ← max(u, v)` in the place of `v` (Reddi et al. 2018; PyTorch takes the maximum before the correction).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AmsGradStep(pub AdamStep);

/// `m ← β1·m + (1 − β1)·g`, `u ← max(β2·u, |g| + ε)`, `w ← w − rate·m / u` (Kingma & Ba 2015, algorithm 2; PyTorch adds ε to
/// the gradient).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaMaxStep {
    /// Decay of the mean.
    pub beta1: f32,
    /// Decay of the largest gradient.
    pub beta2: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
    /// The learning rate over the mean's correction, `lr / (1 − beta1^t)`.
    pub rate: f32,
}

/// `m` and `v` as Adam's, `w ← w − (grad_rate·g + mean_rate·m) / (√v / correction + ε)` (Dozat 2016).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NadamStep {
    /// Decay of the mean.
    pub beta1: f32,
    /// Decay of the mean square.
    pub beta2: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
    /// The share of the gradient, `lr · (1 − μ_t) / (1 − μ_1 … μ_t)`.
    pub grad_rate: f32,
    /// The share of the mean, `lr · μ_{t+1} / (1 − μ_1 … μ_{t+1})`.
    pub mean_rate: f32,
    /// The correction of the mean square's root, `√(1 − beta2^t)`.
    pub correction: f32,
}

impl AdamStep {
    fn moments<L: Lanes>(self, mean: L, square: L, grad: L) -> [L; 2] {
        [moved(self.beta1, mean, grad), decayed(self.beta2, square, grad)]
    }

    fn moved<L: Lanes>(self, w: L, mean: L, square: L) -> L {
        let root = square.root() / L::all(self.correction) + L::all(self.epsilon);
        w - L::all(self.rate) * mean / root
    }
}

impl Rule for AdamStep {
    const N_MOMENTS: usize = 2;

    fn apply<L: Lanes>(self, w: L, [mean, square, c]: [L; MOST_MOMENTS], grad: L) -> (L, [L; MOST_MOMENTS]) {
        let [mean, square] = self.moments(mean, square, grad);
        (self.moved(w, mean, square), [mean, square, c])
    }
}

impl Rule for AmsGradStep {
    const N_MOMENTS: usize = 3;

    fn apply<L: Lanes>(self, w: L, [mean, square, largest]: [L; MOST_MOMENTS], grad: L) -> (L, [L; MOST_MOMENTS]) {
        let [mean, square] = self.0.moments(mean, square, grad);
        let largest = largest.or_larger(square);
        (self.0.moved(w, mean, largest), [mean, square, largest])
    }
}

impl Rule for AdaMaxStep {
    const N_MOMENTS: usize = 2;

    fn apply<L: Lanes>(self, w: L, [mean, largest, c]: [L; MOST_MOMENTS], grad: L) -> (L, [L; MOST_MOMENTS]) {
        let mean = moved(self.beta1, mean, grad);
        let largest = (L::all(self.beta2) * largest).or_larger(grad.size() + L::all(self.epsilon));
        (w - L::all(self.rate) * mean / largest, [mean, largest, c])
    }
}

impl Rule for NadamStep {
    const N_MOMENTS: usize = 2;

    fn apply<L: Lanes>(self, w: L, [mean, square, c]: [L; MOST_MOMENTS], grad: L) -> (L, [L; MOST_MOMENTS]) {
        let [mean, square] = [moved(self.beta1, mean, grad), decayed(self.beta2, square, grad)];
        let root = square.root() / L::all(self.correction) + L::all(self.epsilon);
        let along = L::all(self.grad_rate) * grad + L::all(self.mean_rate) * mean;
        (w - along / root, [mean, square, c])
    }
}

/// A mean after one more value.
fn moved<L: Lanes>(beta: f32, mean: L, value: L) -> L {
    L::all(beta) * mean + L::all(1.0 - beta) * value
}
