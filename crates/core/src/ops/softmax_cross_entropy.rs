//! Softmax and cross-entropy in one: stable, and with the simplest gradient of all.

use super::softmax::{row_terms, softmax_row};
use crate::terms::{Cell, Combine, Term, Terms};

/// Each image's loss in nats, `−ln p[target]`, and its probabilities.
///
/// `z` and `p` are (n, classes), `targets` and `losses` are (n). The loss is computed as
/// `ln Σ exp(z[j] − max) − (z[target] − max)`, never as the logarithm of a probability that may have
/// rounded to zero.
///
/// ```
/// use receptive_core::ops::softmax_cross_entropy_forward;
///
/// let (mut losses, mut p) = ([0.0; 2], [0.0; 4]);
/// softmax_cross_entropy_forward(&mut losses, &mut p, &[0.0, 0.0, 100.0, -100.0], &[1, 1], 2);
/// assert!((losses[0] - 2.0_f32.ln()).abs() < 1e-6); // as good as a coin
/// assert_eq!(losses[1], 200.0); // sure, and wrong
/// ```
pub fn softmax_cross_entropy_forward(losses: &mut [f32], p: &mut [f32], z: &[f32], targets: &[u8], n_classes: usize) {
    debug_assert!(losses.len() == targets.len() && p.len() == z.len() && z.len() == targets.len() * n_classes);
    let rows = p.chunks_exact_mut(n_classes).zip(z.chunks_exact(n_classes));
    for ((loss, &target), (p, z)) in losses.iter_mut().zip(targets).zip(rows) {
        let (max, total) = softmax_row(p, z);
        *loss = libm::logf(total) - (z[target as usize] - max);
    }
}

/// The gradient of the batch's **mean** loss with respect to the logits: `(p − onehot(target)) / n`.
///
/// ```
/// let mut grad_z = [0.0; 4];
/// receptive_core::ops::softmax_cross_entropy_backward(&mut grad_z, &[0.75, 0.25, 0.5, 0.5], &[0, 1], 2);
/// assert_eq!(grad_z, [-0.125, 0.125, 0.25, -0.25]);
/// ```
pub fn softmax_cross_entropy_backward(grad_z: &mut [f32], p: &[f32], targets: &[u8], n_classes: usize) {
    debug_assert!(grad_z.len() == p.len() && p.len() == targets.len() * n_classes);
    let share = 1.0 / targets.len() as f32;
    let rows = grad_z.chunks_exact_mut(n_classes).zip(p.chunks_exact(n_classes));
    for ((grad_z, p), &target) in rows.zip(targets) {
        for (i, (grad_z, p)) in grad_z.iter_mut().zip(p).enumerate() {
            let wanted = if i == target as usize { 1.0 } else { 0.0 };
            *grad_z = (p - wanted) * share;
        }
    }
}

/// Returns the terms of an image's loss: the logits of its row.
pub fn softmax_cross_entropy_terms<T: Copy>(image: usize, z: T, target: usize, n_classes: usize) -> Terms<T> {
    Terms::new(Combine::CrossEntropy { of: target }, row_terms(image, z, n_classes))
}

/// Returns the terms of a cell of `grad_z`, the gradient of the mean loss of `n` images: a share of its probability, and
/// for the true class a share of −1.
pub fn softmax_cross_entropy_grad_z_terms<T: Copy>(
    index: usize,
    p: T,
    target: usize,
    [n, n_classes]: [usize; 2],
) -> Terms<T> {
    let share = 1.0 / n as f32;
    let wanted = (index % n_classes == target).then(|| Term::constant(-share));
    let p = Term::scaled(share, Cell { tensor: p, index });
    Terms::new(Combine::Sum, [p].into_iter().chain(wanted).collect())
}
