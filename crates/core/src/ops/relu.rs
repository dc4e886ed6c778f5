//! The rectifier: negative values become zero.

/// `y = max(x, 0)`, value by value. NaN stays NaN.
pub fn relu_forward(y: &mut [f32], x: &[f32]) {
    debug_assert_eq!(y.len(), x.len());
    for (y, &x) in y.iter_mut().zip(x) {
        *y = if x < 0.0 { 0.0 } else { x };
    }
}

/// `grad_x = grad_y` where `x > 0`, and zero elsewhere: at zero the gradient is taken as zero.
pub fn relu_backward(grad_x: &mut [f32], grad_y: &[f32], x: &[f32]) {
    debug_assert!(grad_x.len() == x.len() && grad_y.len() == x.len());
    for ((grad_x, &grad_y), &x) in grad_x.iter_mut().zip(grad_y).zip(x) {
        *grad_x = if x > 0.0 { grad_y } else { 0.0 };
    }
}
