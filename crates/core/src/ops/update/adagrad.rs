//! Rules that divide by the size of a weight's own gradients.

use super::{Lanes, MOST_MOMENTS, Rule};

/// `s ← s + g²`, `w ← w − rate · g / (√s + ε)` (Duchi et al. 2011).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdagradStep {
    /// The learning rate.
    pub rate: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
}

/// `s ← ρ·s + (1 − ρ)·g²`, `w ← w − rate · g / (√s + ε)` (Hinton 2012; PyTorch calls ρ alpha, and adds ε outside the root).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsPropStep {
    /// The learning rate.
    pub rate: f32,
    /// Decay of the mean square, ρ.
    pub rho: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
}

/// `s ← ρ·s + (1 − ρ)·g²`, `Δ = √(u + ε) / √(s + ε) · g`, `u ← ρ·u + (1 − ρ)·Δ²`, `w ← w − rate · Δ` (Zeiler 2012; ε inside
/// both roots).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdadeltaStep {
    /// The learning rate.
    pub rate: f32,
    /// Decay of both mean squares, ρ.
    pub rho: f32,
    /// Keeps the division finite, and gives the first steps their size.
    pub epsilon: f32,
}

impl Rule for AdagradStep {
    const N_MOMENTS: usize = 1;

    fn apply<L: Lanes>(self, w: L, [sum, b, c]: [L; MOST_MOMENTS], grad: L) -> (L, [L; MOST_MOMENTS]) {
        let sum = sum + grad * grad;
        (w - L::all(self.rate) * grad / (sum.root() + L::all(self.epsilon)), [sum, b, c])
    }
}

impl Rule for RmsPropStep {
    const N_MOMENTS: usize = 1;

    fn apply<L: Lanes>(self, w: L, [square, b, c]: [L; MOST_MOMENTS], grad: L) -> (L, [L; MOST_MOMENTS]) {
        let square = decayed(self.rho, square, grad);
        (w - L::all(self.rate) * grad / (square.root() + L::all(self.epsilon)), [square, b, c])
    }
}

impl Rule for AdadeltaStep {
    const N_MOMENTS: usize = 2;

    fn apply<L: Lanes>(self, w: L, [square, steps, c]: [L; MOST_MOMENTS], grad: L) -> (L, [L; MOST_MOMENTS]) {
        let epsilon = L::all(self.epsilon);
        let square = decayed(self.rho, square, grad);
        let step = (steps + epsilon).root() / (square + epsilon).root() * grad;
        (w - L::all(self.rate) * step, [square, decayed(self.rho, steps, step), c])
    }
}

/// A mean square after one more value.
pub(super) fn decayed<L: Lanes>(rho: f32, square: L, value: L) -> L {
    L::all(rho) * square + L::all(1.0 - rho) * value * value
}
