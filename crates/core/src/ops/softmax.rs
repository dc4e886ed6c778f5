//! Softmax: logits to probabilities.

use crate::terms::{Cell, Combine, Factor, Term, Terms};
use alloc::vec::Vec;

/// Probabilities of each row of logits: `p[i] = exp(z[i]) / Σ exp(z[j])`.
///
/// `z` and `p` are (n, classes). The row's largest logit is subtracted first, which changes nothing
/// but keeps `exp` from overflowing (Goodfellow et al. 2016, *Deep Learning*, section 4.1).
///
/// ```
/// let mut p = [0.0; 2];
/// receptive_core::ops::softmax_forward(&mut p, &[100.0, 100.0], 2);
/// assert_eq!(p, [0.5, 0.5]);
/// ```
pub fn softmax_forward(p: &mut [f32], z: &[f32], n_classes: usize) {
    debug_assert_eq!(p.len(), z.len());
    for (p, z) in p.chunks_exact_mut(n_classes).zip(z.chunks_exact(n_classes)) {
        softmax_row(p, z);
    }
}

/// Returns the terms of probability `p`: the logits of its row.
pub fn softmax_terms<T: Copy>(p: usize, z: T, n_classes: usize) -> Terms<T> {
    Terms::new(Combine::Share { of: p % n_classes }, row_terms(p / n_classes, z, n_classes))
}

/// Returns the terms of a cell of `grad_z`: each upstream gradient of its row times its probability and the slope of a
/// share, `p[j] · (1 − p[i])` for the cell's own and `−p[j] · p[i]` for the others. `value` gives the probabilities.
pub fn softmax_grad_z_terms<T: Copy>(
    z: usize,
    [grad_p, p]: [T; 2],
    value: impl Fn(usize) -> f32,
    n_classes: usize,
) -> Terms<T> {
    let first = z / n_classes * n_classes;
    let term = |index: usize| {
        let slope = f32::from(index == z) - value(z);
        let [grad_p, p] = [grad_p, p].map(|tensor| Some(Factor::Cell(Cell { tensor, index })));
        Term { coefficient: slope, factors: [grad_p, p], decided_by: [None; 2] }
    };
    let own = Cell { tensor: p, index: z };
    Terms::new(Combine::Sum, (first..first + n_classes).map(|index| term(index).decided_by(own)).collect())
}

/// The logits of a row, one term each.
pub(super) fn row_terms<T: Copy>(row: usize, z: T, n_classes: usize) -> Vec<Term<T>> {
    let cells = (0..n_classes).map(|class| Cell { tensor: z, index: row * n_classes + class });
    cells.map(|cell| Term::scaled(1.0, cell)).collect()
}

/// One row's probabilities. Returns the row's largest logit and the sum of the shifted exponentials.
pub(super) fn softmax_row(p: &mut [f32], z: &[f32]) -> (f32, f32) {
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for (p, &z) in p.iter_mut().zip(z) {
        *p = libm::expf(z - max);
        total += *p;
    }
    for p in p {
        *p /= total;
    }
    (max, total)
}

/// The gradient with respect to the logits: `grad_z[i] = p[i] · (grad_p[i] − Σ grad_p[j] · p[j])`, row by row.
pub fn softmax_backward(grad_z: &mut [f32], grad_p: &[f32], p: &[f32], n_classes: usize) {
    debug_assert!(grad_z.len() == p.len() && grad_p.len() == p.len());
    let rows = grad_z.chunks_exact_mut(n_classes).zip(grad_p.chunks_exact(n_classes)).zip(p.chunks_exact(n_classes));
    for ((grad_z, grad_p), p) in rows {
        let mean: f32 = grad_p.iter().zip(p).map(|(grad, p)| grad * p).sum();
        for ((grad_z, grad_p), p) in grad_z.iter_mut().zip(grad_p).zip(p) {
            *grad_z = p * (grad_p - mean);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_logits_neither_overflow_nor_vanish_into_nan() {
        let mut p = [f32::NAN; 6];
        softmax_forward(&mut p, &[100.0, -100.0, 0.0, -100.0, -100.0, -100.0], 3);
        assert_eq!(p[..2], [1.0, 0.0]);
        assert!(p[3..].iter().all(|p| (p - 1.0 / 3.0).abs() < 1e-6), "{p:?}");
    }

    #[test]
    fn a_nan_is_seen_in_the_whole_row_and_in_no_other() {
        for at in 0..3 {
            let mut z = [0.0; 6];
            z[at] = f32::NAN;
            let mut p = [0.0; 6];
            softmax_forward(&mut p, &z, 3);
            assert!(p[..3].iter().all(|p| p.is_nan()) && p[3..].iter().all(|p| p.is_finite()), "{p:?}");
        }
    }

    #[test]
    fn the_same_gradient_for_every_probability_moves_no_logit() {
        let mut grad_z = [f32::NAN; 3];
        softmax_backward(&mut grad_z, &[4.0; 3], &[0.25, 0.5, 0.25], 3);
        assert_eq!(grad_z, [0.0; 3]);
        softmax_backward(&mut grad_z, &[1.0, 0.0, 0.0], &[0.25, 0.5, 0.25], 3);
        assert_eq!(grad_z, [0.1875, -0.125, -0.0625]);
    }
}
