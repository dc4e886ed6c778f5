//! The fully connected layer and its three gradients.

use crate::gemm::{View, gemm, gemm_scratch_len};

/// The sizes of a fully connected layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinearGeom {
    /// Images in the batch.
    pub n: usize,
    /// Values that each unit reads.
    pub inputs: usize,
    /// Units.
    pub outputs: usize,
}

/// Floats of scratch that the linear functions need.
pub fn linear_scratch_len(geom: &LinearGeom) -> usize {
    let LinearGeom { n, inputs, outputs } = *geom;
    let products = [[n, outputs, inputs], [n, inputs, outputs], [outputs, inputs, n]];
    products.map(|[m, n, k]| gemm_scratch_len(m, n, k)).into_iter().max().unwrap_or(0)
}

/// The units' outputs: `y[n,o] = b[o] + Σ w[o,i] · x[n,i]`.
///
/// `x` is (n, inputs), `w` is (outputs, inputs), `b` is (outputs), `y` is (n, outputs).
pub fn linear_forward(y: &mut [f32], x: &[f32], w: &[f32], b: &[f32], geom: &LinearGeom, scratch: &mut [f32]) {
    let LinearGeom { n, inputs, outputs } = *geom;
    debug_assert!(y.len() == n * outputs && x.len() == n * inputs && w.len() == outputs * inputs && b.len() == outputs);
    for row in y.chunks_exact_mut(outputs) {
        row.copy_from_slice(b);
    }
    gemm(y, [n, outputs, inputs], View::rows(x, inputs), View::rows(w, inputs).t(), true, scratch);
}

/// The gradient with respect to the input: `grad_x[n,i] = Σ grad_y[n,o] · w[o,i]`.
pub fn linear_grad_x(grad_x: &mut [f32], w: &[f32], grad_y: &[f32], geom: &LinearGeom, scratch: &mut [f32]) {
    let LinearGeom { n, inputs, outputs } = *geom;
    debug_assert!(grad_x.len() == n * inputs && grad_y.len() == n * outputs && w.len() == outputs * inputs);
    gemm(grad_x, [n, inputs, outputs], View::rows(grad_y, outputs), View::rows(w, inputs), false, scratch);
}

/// The gradient with respect to the weights: `grad_w[o,i] = Σ grad_y[n,o] · x[n,i]` over the batch.
pub fn linear_grad_w(grad_w: &mut [f32], x: &[f32], grad_y: &[f32], geom: &LinearGeom, scratch: &mut [f32]) {
    let LinearGeom { n, inputs, outputs } = *geom;
    debug_assert!(grad_w.len() == outputs * inputs && grad_y.len() == n * outputs && x.len() == n * inputs);
    gemm(grad_w, [outputs, inputs, n], View::rows(grad_y, outputs).t(), View::rows(x, inputs), false, scratch);
}

/// The gradient with respect to the biases: `grad_b[o] = Σ grad_y[n,o]` over the batch.
pub fn linear_grad_b(grad_b: &mut [f32], grad_y: &[f32], geom: &LinearGeom) {
    debug_assert!(grad_b.len() == geom.outputs && grad_y.len() == geom.n * geom.outputs);
    grad_b.fill(0.0);
    for row in grad_y.chunks_exact(geom.outputs) {
        grad_b.iter_mut().zip(row).for_each(|(grad, upstream)| *grad += upstream);
    }
}
