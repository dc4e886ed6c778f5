//! Sums of tensors of one shape: where branches join, and where their gradients meet.

/// `y = a + b`, value by value.
///
/// ```
/// let mut y = [0.0; 2];
/// receptive_core::ops::add_forward(&mut y, &[1.0, 2.0], &[0.5, -2.0]);
/// assert_eq!(y, [1.5, 0.0]);
/// ```
pub fn add_forward(y: &mut [f32], a: &[f32], b: &[f32]) {
    debug_assert!(y.len() == a.len() && a.len() == b.len());
    for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
        *y = a + b;
    }
}

/// The gradient with respect to one part: the upstream gradient, as it is.
pub fn add_backward(grad_x: &mut [f32], grad_y: &[f32]) {
    grad_x.copy_from_slice(grad_y);
}

/// Adds one more part to a sum: `sum += part`.
pub fn add_part(sum: &mut [f32], part: &[f32]) {
    debug_assert_eq!(sum.len(), part.len());
    sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
}
