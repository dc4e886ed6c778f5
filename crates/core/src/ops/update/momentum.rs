//! The gradient itself, and rules with a velocity.

use super::{Lanes, MOST_MOMENTS, Rule};

/// `w ← w − rate · g`
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdStep {
    /// The learning rate.
    pub rate: f32,
}

/// `v ← momentum · v + g`, `w ← w − rate · v` (Polyak 1964, in PyTorch's form: the rate stands outside the velocity).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MomentumStep {
    /// The learning rate.
    pub rate: f32,
    /// The share of the last velocity that stays.
    pub momentum: f32,
}

/// `v ← momentum · v + g`, `w ← w − rate · (g + momentum · v)` (Nesterov 1983, in PyTorch's form: the weights that are kept
/// are those looked ahead to, so that the gradient is taken where the weights are).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NesterovStep {
    /// The learning rate.
    pub rate: f32,
    /// The share of the last velocity that stays.
    pub momentum: f32,
}

impl Rule for SgdStep {
    const N_MOMENTS: usize = 0;

    fn apply<L: Lanes>(self, w: L, moments: [L; MOST_MOMENTS], grad: L) -> (L, [L; MOST_MOMENTS]) {
        (w - L::all(self.rate) * grad, moments)
    }
}

impl Rule for MomentumStep {
    const N_MOMENTS: usize = 1;

    fn apply<L: Lanes>(self, w: L, [velocity, b, c]: [L; MOST_MOMENTS], grad: L) -> (L, [L; MOST_MOMENTS]) {
        let velocity = L::all(self.momentum) * velocity + grad;
        (w - L::all(self.rate) * velocity, [velocity, b, c])
    }
}

impl Rule for NesterovStep {
    const N_MOMENTS: usize = 1;

    fn apply<L: Lanes>(self, w: L, [velocity, b, c]: [L; MOST_MOMENTS], grad: L) -> (L, [L; MOST_MOMENTS]) {
        let velocity = L::all(self.momentum) * velocity + grad;
        (w - L::all(self.rate) * (grad + L::all(self.momentum) * velocity), [velocity, b, c])
    }
}
