//! Clipping by the global norm: all gradients of a step are shortened alike.

/// Sums the squares of `x` in double precision, always in the same order.
pub fn square_sum(x: &[f32]) -> f64 {
    let mut sums = [0.0_f64; 8];
    for eight in x.chunks(8) {
        for (sum, &value) in sums.iter_mut().zip(eight) {
            *sum += f64::from(value) * f64::from(value);
        }
    }
    sums.iter().sum()
}

/// The factor that brings gradients of norm `norm` to at most `most`: `min(1, most / (norm + 1e-6))`, as PyTorch's
/// `clip_grad_norm_` has it (Pascanu et al. 2013, algorithm 1).
pub fn clip_factor(norm: f64, most: f32) -> f32 {
    (f64::from(most) / (norm + 1e-6)).min(1.0) as f32
}
