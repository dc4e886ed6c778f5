//! One step of Adam.

use core::array::from_fn;
use wide::f32x4;

/// The settings of one step of Adam, each as it enters the formula.
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

/// Moves weights `w` by their gradients and brings both moments up to date (Kingma & Ba 2015, algorithm 1):
/// `m ← β1·m + (1 − β1)·g`, `v ← β2·v + (1 − β2)·g²`, `w ← w − rate·m / (√v / correction + ε)`.
///
/// ```
/// use receptive_core::ops::{AdamStep, adam_update};
///
/// let step = AdamStep { beta1: 0.5, beta2: 0.75, epsilon: 0.0, rate: 0.25, correction: 0.5 };
/// let (mut w, mut mean, mut square) = ([1.0], [0.0], [0.0]);
/// adam_update(&mut w, &mut mean, &mut square, &[4.0], step);
/// assert_eq!((w, mean, square), ([0.875], [2.0], [4.0]));
/// ```
pub fn adam_update(w: &mut [f32], mean: &mut [f32], square: &mut [f32], grad: &[f32], step: AdamStep) {
    debug_assert!(mean.len() == w.len() && square.len() == w.len() && grad.len() == w.len());
    let fours = w.chunks_mut(4).zip(mean.chunks_mut(4)).zip(square.chunks_mut(4)).zip(grad.chunks(4));
    for (((w, mean), square), grad) in fours {
        let [new_w, new_mean, new_square] = update(load(w), load(mean), load(square), load(grad), step);
        store(w, new_w);
        store(mean, new_mean);
        store(square, new_square);
    }
}

fn update(w: f32x4, mean: f32x4, square: f32x4, grad: f32x4, step: AdamStep) -> [f32x4; 3] {
    let mean = f32x4::splat(step.beta1) * mean + f32x4::splat(1.0 - step.beta1) * grad;
    let square = f32x4::splat(step.beta2) * square + f32x4::splat(1.0 - step.beta2) * grad * grad;
    let root = square.sqrt() / f32x4::splat(step.correction) + f32x4::splat(step.epsilon);
    [w - f32x4::splat(step.rate) * mean / root, mean, square]
}

/// Up to four values; zeros where there are fewer.
fn load(x: &[f32]) -> f32x4 {
    f32x4::from(x.first_chunk().copied().unwrap_or_else(|| from_fn(|i| x.get(i).copied().unwrap_or(0.0))))
}

fn store(out: &mut [f32], x: f32x4) {
    match out.first_chunk_mut() {
        Some(four) => *four = x.to_array(),
        None => out.copy_from_slice(&x.as_array()[..out.len()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rng;
    use alloc::vec::Vec;

    #[test]
    fn every_length_is_the_printed_formula() {
        let step = AdamStep { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, rate: 0.01, correction: 0.3 };
        for len in 1..14 {
            let mut rng = Rng::new(len);
            let mut draw = || -> Vec<f32> { (0..len).map(|_| rng.normal()).collect() };
            let (before, grad) = ([draw(), draw(), draw().iter().map(|v| v * v).collect()], draw());
            let [mut w, mut mean, mut square] = before.clone();
            adam_update(&mut w, &mut mean, &mut square, &grad, step);
            for i in 0..len as usize {
                let [w0, m0, v0] = [0, 1, 2].map(|which| f64::from(before[which][i]));
                let (g, [b1, b2]) = (f64::from(grad[i]), [0.9, 0.999]);
                let (m, v) = (b1 * m0 + (1.0 - b1) * g, b2 * v0 + (1.0 - b2) * g * g);
                let want = [w0 - 0.01 * m / (libm::sqrt(v) / 0.3 + 1e-8), m, v];
                let got = [w[i], mean[i], square[i]];
                assert!(
                    got.iter().zip(want).all(|(got, want)| (f64::from(*got) - want).abs() < 1e-6),
                    "{got:?}, {want:?}"
                );
            }
        }
    }
}
