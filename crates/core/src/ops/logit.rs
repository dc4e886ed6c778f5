//! One logit of each image, instead of a loss: what a gradient explains.

use crate::terms::{Cell, Combine, Term, Terms};
use alloc::vec;

/// The logit of each image's class: `picked` (n) from `z` (n, classes).
///
/// ```
/// let mut picked = [0.0; 2];
/// receptive_core::ops::logit_forward(&mut picked, &[1.0, 2.0, 3.0, 4.0], &[1, 0], 2);
/// assert_eq!(picked, [2.0, 3.0]);
/// ```
pub fn logit_forward(picked: &mut [f32], z: &[f32], classes: &[u8], n_classes: usize) {
    debug_assert!(picked.len() == classes.len() && z.len() == classes.len() * n_classes);
    for ((picked, z), &class) in picked.iter_mut().zip(z.chunks_exact(n_classes)).zip(classes) {
        *picked = z[usize::from(class)];
    }
}

/// The gradient of each image's own logit with respect to all of its logits: 1 for its class, 0 for the others.
pub fn logit_backward(grad_z: &mut [f32], classes: &[u8], n_classes: usize) {
    debug_assert_eq!(grad_z.len(), classes.len() * n_classes);
    for (grad_z, &class) in grad_z.chunks_exact_mut(n_classes).zip(classes) {
        grad_z.fill(0.0);
        grad_z[usize::from(class)] = 1.0;
    }
}

/// Returns the terms of an image's picked logit: all logits of its row, times 1 for its class and times 0 for the others.
pub fn logit_terms<T: Copy>(image: usize, z: T, class: usize, n_classes: usize) -> Terms<T> {
    let term =
        |i: usize| Term::scaled(if i == class { 1.0 } else { 0.0 }, Cell { tensor: z, index: image * n_classes + i });
    Terms::new(Combine::Sum, (0..n_classes).map(term).collect())
}

/// Returns the term of a cell of the gradient: a constant.
pub fn logit_grad_z_terms<T: Copy>(index: usize, class: usize, n_classes: usize) -> Terms<T> {
    Terms::new(Combine::Sum, vec![Term::constant(if index % n_classes == class { 1.0 } else { 0.0 })])
}
