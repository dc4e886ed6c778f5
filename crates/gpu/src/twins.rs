//! What each stage is on the CPU, under the same name.
//!
//! Most are the operations of `receptive_core`; those that only a GPU needs stand here.

pub use receptive_core::ops::{
    activation_backward, activation_forward, avg_pool2d_backward, avg_pool2d_forward, conv2d_forward, conv2d_grad_b,
    conv2d_grad_w, conv2d_grad_x, linear_forward, linear_grad_b, linear_grad_w, linear_grad_x, max_pool2d_backward,
    max_pool2d_forward, pad2d_backward, pad2d_forward, relu_backward, relu_forward, softmax_backward,
    softmax_cross_entropy_backward, softmax_cross_entropy_forward, softmax_forward,
};

/// `sum[i] = Σ of_parts[part, i]`, part after part. `of_parts` is (parts, len), `sum` is (len).
pub fn sum_parts(sum: &mut [f32], of_parts: &[f32]) {
    sum.fill(0.0);
    for part in of_parts.chunks_exact(sum.len()) {
        sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
    }
}
