//! The fully connected layer and its three gradients.

use crate::dot::{PACKED_ROWS, dot_tile, pack_row};
use crate::gemm::{Epilogue, Rows, gemm, gemm_scratch_len, pack_a, packed_a_len};
use crate::terms::{Connection, Operand};
use alloc::vec::Vec;
use wide::f32x4;

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

/// Images and inputs of a block: the packed images of a block are 128 kB at the most.
const BLOCK_INPUTS: usize = 512;
const BLOCK_IMAGES: usize = 64;

/// Floats of scratch that the linear functions need.
pub fn linear_scratch_len(geom: &LinearGeom) -> usize {
    let LinearGeom { n, inputs, outputs } = *geom;
    let forward = inputs.min(BLOCK_INPUTS).next_multiple_of(4) * n.min(BLOCK_IMAGES).next_multiple_of(PACKED_ROWS);
    let grad_x = packed_a_len(n, outputs) + gemm_scratch_len(outputs, 1);
    let grad_w = packed_a_len(outputs, n) + gemm_scratch_len(n, 1);
    forward.max(grad_x).max(grad_w)
}

/// Returns the connections of one cell of the layer's tensor: of an output, its bias and then its products; of an input,
/// a weight or a bias, all outputs that read it.
pub fn linear_connections(operand: Operand, index: usize, geom: &LinearGeom) -> Vec<Connection> {
    let LinearGeom { n, inputs, outputs } = *geom;
    match operand {
        Operand::Y => {
            let (image, unit) = (index / outputs, index % outputs);
            let product = |i| Connection::weighted(Some(image * inputs + i), unit * inputs + i, index);
            [Connection::bias(unit, index)].into_iter().chain((0..inputs).map(product)).collect()
        }
        Operand::X => {
            let (image, i) = (index / inputs, index % inputs);
            let product = |unit| Connection::weighted(Some(index), unit * inputs + i, image * outputs + unit);
            (0..outputs).map(product).collect()
        }
        Operand::W => {
            let (unit, i) = (index / inputs, index % inputs);
            let product = |image| Connection::weighted(Some(image * inputs + i), index, image * outputs + unit);
            (0..n).map(product).collect()
        }
        Operand::B => (0..n).map(|image| Connection::bias(index, image * outputs + index)).collect(),
    }
}

/// The units' outputs: `y[n,o] = b[o] + Σ w[o,i] · x[n,i]`.
///
/// `x` is (n, inputs), `w` is (outputs, inputs), `b` is (outputs), `y` is (n, outputs).
///
/// ```
/// use receptive_core::ops::{LinearGeom, linear_forward, linear_scratch_len};
///
/// let geom = LinearGeom { n: 1, inputs: 2, outputs: 3 };
/// let (x, w, b) = ([10.0, 1.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0.5, 0.0, -0.5]);
/// let mut y = [0.0; 3];
/// linear_forward(&mut y, &x, &w, &b, &geom, &mut vec![0.0; linear_scratch_len(&geom)]);
/// assert_eq!(y, [12.5, 34.0, 55.5]);
/// ```
pub fn linear_forward(y: &mut [f32], x: &[f32], w: &[f32], b: &[f32], geom: &LinearGeom, scratch: &mut [f32]) {
    let LinearGeom { n, inputs, outputs } = *geom;
    debug_assert!(y.len() == n * outputs && x.len() == n * inputs && w.len() == outputs * inputs && b.len() == outputs);
    for row in y.chunks_exact_mut(outputs) {
        row.copy_from_slice(b);
    }
    let images = y.chunks_mut(BLOCK_IMAGES * outputs).zip(x.chunks(BLOCK_IMAGES * inputs));
    for (y, x) in images {
        for start in (0..inputs).step_by(BLOCK_INPUTS) {
            let end = inputs.min(start + BLOCK_INPUTS);
            let depth = (end - start).div_ceil(4);
            let (packed, _) = scratch.as_chunks_mut().0.as_chunks_mut::<PACKED_ROWS>();
            for (packed, x) in packed.chunks_exact_mut(depth).zip(x.chunks(PACKED_ROWS * inputs)) {
                for (i, x) in x.chunks_exact(inputs).enumerate() {
                    pack_row(packed, i, &x[start..end]);
                }
            }
            for (o, w) in w.chunks(2 * inputs).enumerate() {
                // The last of an odd number of units is multiplied twice.
                let w = [&w[start..end], &w[w.len() - inputs..][start..end]];
                for (packed, y) in packed.chunks_exact(depth).zip(y.chunks_mut(PACKED_ROWS * outputs)) {
                    let sums = dot_tile(packed, w).map(f32x4::to_array);
                    for (i, y) in y.chunks_exact_mut(outputs).enumerate() {
                        y[2 * o..].iter_mut().zip(sums).for_each(|(y, sums)| *y += sums[i]);
                    }
                }
            }
        }
    }
}

/// The gradient with respect to the input: `grad_x[n,i] = Σ grad_y[n,o] · w[o,i]`.
pub fn linear_grad_x(grad_x: &mut [f32], w: &[f32], grad_y: &[f32], geom: &LinearGeom, scratch: &mut [f32]) {
    let LinearGeom { n, inputs, outputs } = *geom;
    debug_assert!(grad_x.len() == n * inputs && grad_y.len() == n * outputs && w.len() == outputs * inputs);
    let (packed, scratch) = scratch.split_at_mut(packed_a_len(n, outputs));
    pack_a(packed, [n, outputs], 1, |image, o| grad_y[image * outputs + o]);
    gemm(
        grad_x,
        [n, inputs, outputs],
        packed,
        &Rows { data: w, stride: inputs, columns: inputs },
        Epilogue::default(),
        scratch,
    );
}

/// The gradient with respect to the weights: `grad_w[o,i] = Σ grad_y[n,o] · x[n,i]` over the batch.
pub fn linear_grad_w(grad_w: &mut [f32], x: &[f32], grad_y: &[f32], geom: &LinearGeom, scratch: &mut [f32]) {
    let LinearGeom { n, inputs, outputs } = *geom;
    debug_assert!(grad_w.len() == outputs * inputs && grad_y.len() == n * outputs && x.len() == n * inputs);
    let (packed, scratch) = scratch.split_at_mut(packed_a_len(outputs, n));
    pack_a(packed, [outputs, n], 1, |o, image| grad_y[image * outputs + o]);
    gemm(
        grad_w,
        [outputs, inputs, n],
        packed,
        &Rows { data: x, stride: inputs, columns: inputs },
        Epilogue::default(),
        scratch,
    );
}

/// The gradient with respect to the biases: `grad_b[o] = Σ grad_y[n,o]` over the batch.
pub fn linear_grad_b(grad_b: &mut [f32], grad_y: &[f32], geom: &LinearGeom) {
    debug_assert!(grad_b.len() == geom.outputs && grad_y.len() == geom.n * geom.outputs);
    grad_b.fill(0.0);
    for row in grad_y.chunks_exact(geom.outputs) {
        grad_b.iter_mut().zip(row).for_each(|(grad, upstream)| *grad += upstream);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};

    #[test]
    fn every_sum_is_the_definition_s() {
        for [n, inputs, outputs] in [[1, 1, 1], [3, 5, 7], [5, 4, 8], [2, 300, 10]] {
            let geom = LinearGeom { n, inputs, outputs };
            let whole =
                |len: usize, step: usize| -> Vec<f32> { (0..len).map(|i| (i * step % 7) as f32 - 3.0).collect() };
            let (x, w, b, grad_y) =
                (whole(n * inputs, 3), whole(outputs * inputs, 5), whole(outputs, 2), whole(n * outputs, 4));
            let mut y: Vec<f32> = b.iter().copied().cycle().take(n * outputs).collect();
            let mut grads = [vec![0.0; x.len()], vec![0.0; w.len()], vec![0.0; b.len()]];
            for (image, o) in (0..n).flat_map(|image| (0..outputs).map(move |o| (image, o))) {
                let upstream = grad_y[image * outputs + o];
                grads[2][o] += upstream;
                for i in 0..inputs {
                    y[image * outputs + o] += x[image * inputs + i] * w[o * inputs + i];
                    grads[0][image * inputs + i] += upstream * w[o * inputs + i];
                    grads[1][o * inputs + i] += upstream * x[image * inputs + i];
                }
            }
            let nan = |like: &[f32]| vec![f32::NAN; like.len()];
            let mut scratch = vec![f32::NAN; linear_scratch_len(&geom)];
            let (mut got_y, mut got) = (nan(&y), [nan(&x), nan(&w), nan(&b)]);
            linear_forward(&mut got_y, &x, &w, &b, &geom, &mut scratch);
            linear_grad_x(&mut got[0], &w, &grad_y, &geom, &mut scratch);
            linear_grad_w(&mut got[1], &x, &grad_y, &geom, &mut scratch);
            linear_grad_b(&mut got[2], &grad_y, &geom);
            assert!(got_y == y, "{geom:?}");
            assert!(got == grads, "{geom:?}");
        }
    }
}
