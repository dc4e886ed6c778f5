//! Softmax: logits to probabilities.

/// Probabilities of each row of logits: `p[i] = exp(z[i]) / Σ exp(z[j])`.
///
/// `z` and `p` are (n, classes). The row's largest logit is subtracted first, which changes nothing
/// but keeps `exp` from overflowing (Goodfellow et al. 2016, *Deep Learning*, section 4.1).
pub fn softmax_forward(p: &mut [f32], z: &[f32], n_classes: usize) {
    debug_assert_eq!(p.len(), z.len());
    for (p, z) in p.chunks_exact_mut(n_classes).zip(z.chunks_exact(n_classes)) {
        softmax_row(p, z);
    }
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
