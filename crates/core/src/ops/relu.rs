//! The rectifier: negative values become zero.

/// `y = max(x, 0)`, value by value. NaN stays NaN; a zero has no sign afterwards.
///
/// ```
/// let mut y = [0.0; 3];
/// receptive_core::ops::relu_forward(&mut y, &[-1.5, 0.0, 2.0]);
/// assert_eq!(y, [0.0, 0.0, 2.0]);
/// ```
pub fn relu_forward(y: &mut [f32], x: &[f32]) {
    debug_assert_eq!(y.len(), x.len());
    for (y, &x) in y.iter_mut().zip(x) {
        *y = rectified(x);
    }
}

/// [`relu_forward`] where the values are.
pub fn relu_forward_in_place(x: &mut [f32]) {
    for x in x {
        *x = rectified(*x);
    }
}

fn rectified(x: f32) -> f32 {
    if x <= 0.0 { 0.0 } else { x }
}

/// `grad_x = grad_y` where `x > 0`, and zero elsewhere: at zero the gradient is taken as zero.
///
/// ```
/// let mut grad_x = [0.0; 3];
/// receptive_core::ops::relu_backward(&mut grad_x, &[7.0, 7.0, 7.0], &[-1.5, 0.0, 2.0]);
/// assert_eq!(grad_x, [0.0, 0.0, 7.0]);
/// ```
pub fn relu_backward(grad_x: &mut [f32], grad_y: &[f32], x: &[f32]) {
    debug_assert!(grad_x.len() == x.len() && grad_y.len() == x.len());
    for ((grad_x, &grad_y), &x) in grad_x.iter_mut().zip(grad_y).zip(x) {
        *grad_x = if x > 0.0 { grad_y } else { 0.0 };
    }
}

/// [`relu_backward`] where the gradient is: `grad` is the upstream gradient before, and the input's after.
pub fn relu_backward_in_place(grad: &mut [f32], x: &[f32]) {
    debug_assert_eq!(grad.len(), x.len());
    for (grad, &x) in grad.iter_mut().zip(x) {
        *grad = if x > 0.0 { *grad } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_goes_forward_and_lets_no_gradient_back() {
        let (mut y, mut grad_x) = ([0.0], [f32::NAN]);
        relu_forward(&mut y, &[f32::NAN]);
        assert!(y[0].is_nan());
        relu_backward(&mut grad_x, &[1.0], &[f32::NAN]);
        assert_eq!(grad_x, [0.0]);
    }
}
