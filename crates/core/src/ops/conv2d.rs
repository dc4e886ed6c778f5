//! Convolution (in the frameworks' sense: cross-correlation), its three gradients, and how patches become a matrix.

use crate::gemm::{View, gemm, gemm_scratch_len};
use crate::geom::ConvGeom;
use crate::simd::sum;
use core::ops::Range;

/// Floats of scratch that the convolution functions need for this geometry.
pub fn conv2d_scratch_len(geom: &ConvGeom) -> usize {
    let Sizes { kernels, taps, positions, .. } = Sizes::of(geom);
    let products = [[kernels, positions, taps], [kernels, taps, positions], [taps, positions, kernels]];
    let gemm_len = products.map(|[m, n, k]| gemm_scratch_len(m, n, k)).into_iter().max().unwrap_or(0);
    taps * positions + gemm_len
}

/// The feature maps of a batch.
///
/// `x` is (n, c, h, w), `w` is (k, c / groups, r, s), `b` is (k), `y` is (n, k, p, q).
/// Each output sums (weight × the input it meets) over its window, plus a bias:
/// `y[n,k,p,q] = b[k] + Σ w[k,c,r,s] · x[n,c, p·stride + r·dilation − pad, …]` (Dumoulin & Visin 2016).
pub fn conv2d_forward(y: &mut [f32], x: &[f32], w: &[f32], b: &[f32], geom: &ConvGeom, scratch: &mut [f32]) {
    debug_assert!(y.len() == geom.y().len() && x.len() == geom.x().len());
    debug_assert!(w.len() == geom.w().len() && b.len() == geom.w().n);
    let Sizes { groups, kernels, taps, positions, group_input } = Sizes::of(geom);
    let (patches, gemm_scratch) = scratch.split_at_mut(taps * positions);
    let parts = y.chunks_exact_mut(kernels * positions).zip(x.chunks_exact(group_input));
    for (i, (y, x)) in parts.enumerate() {
        let group = i % groups;
        gather_patches(patches, x, geom);
        for (map, &bias) in y.chunks_exact_mut(positions).zip(&b[group * kernels..]) {
            map.fill(bias);
        }
        let w = View::rows(&w[group * kernels * taps..][..kernels * taps], taps);
        gemm(y, [kernels, positions, taps], w, View::rows(patches, positions), true, gemm_scratch);
    }
}

/// The gradient of the loss with respect to the input.
///
/// Each input sums (upstream gradient × the weight it met) over the outputs it fed:
/// `grad_x[n,c,i,j] = Σ grad_y[n,k,p,q] · w[k,c,r,s]` over all p, r with `p·stride + r·dilation − pad = i`, columns likewise.
pub fn conv2d_grad_x(grad_x: &mut [f32], w: &[f32], grad_y: &[f32], geom: &ConvGeom, scratch: &mut [f32]) {
    debug_assert!(grad_x.len() == geom.x().len() && grad_y.len() == geom.y().len() && w.len() == geom.w().len());
    let Sizes { groups, kernels, taps, positions, group_input } = Sizes::of(geom);
    let (patches, gemm_scratch) = scratch.split_at_mut(taps * positions);
    let parts = grad_x.chunks_exact_mut(group_input).zip(grad_y.chunks_exact(kernels * positions));
    for (i, (grad_x, grad_y)) in parts.enumerate() {
        let group = i % groups;
        let w = View::rows(&w[group * kernels * taps..][..kernels * taps], taps);
        gemm(patches, [taps, positions, kernels], w.t(), View::rows(grad_y, positions), false, gemm_scratch);
        scatter_patches(grad_x, patches, geom);
    }
}

/// The gradient of the loss with respect to the kernels.
///
/// Each weight sums (upstream gradient × the input it met) over every image and position:
/// `grad_w[k,c,r,s] = Σ grad_y[n,k,p,q] · x[n,c, p·stride + r·dilation − pad, …]`.
pub fn conv2d_grad_w(grad_w: &mut [f32], x: &[f32], grad_y: &[f32], geom: &ConvGeom, scratch: &mut [f32]) {
    debug_assert!(grad_w.len() == geom.w().len() && grad_y.len() == geom.y().len() && x.len() == geom.x().len());
    let Sizes { groups, kernels, taps, positions, group_input } = Sizes::of(geom);
    let (patches, gemm_scratch) = scratch.split_at_mut(taps * positions);
    let parts = x.chunks_exact(group_input).zip(grad_y.chunks_exact(kernels * positions));
    for (i, (x, grad_y)) in parts.enumerate() {
        let (group, first_image) = (i % groups, i < groups);
        gather_patches(patches, x, geom);
        let grad_w = &mut grad_w[group * kernels * taps..][..kernels * taps];
        let (grad_y, patches) = (View::rows(grad_y, positions), View::rows(patches, positions));
        gemm(grad_w, [kernels, taps, positions], grad_y, patches.t(), !first_image, gemm_scratch);
    }
}

/// The gradient of the loss with respect to the biases: `grad_b[k] = Σ grad_y[n,k,p,q]` over images and positions.
pub fn conv2d_grad_b(grad_b: &mut [f32], grad_y: &[f32], geom: &ConvGeom) {
    let (n_kernels, positions) = (geom.w().n, geom.y().h * geom.y().w);
    debug_assert!(grad_b.len() == n_kernels && grad_y.len() == geom.y().len());
    grad_b.fill(0.0);
    for maps in grad_y.chunks_exact(n_kernels * positions) {
        for (grad, map) in grad_b.iter_mut().zip(maps.chunks_exact(positions)) {
            *grad += sum(map);
        }
    }
}

/// The sizes of one image's part that belongs to one group.
struct Sizes {
    groups: usize,
    /// Kernels of a group.
    kernels: usize,
    /// Cells of one kernel: c / groups · r · s.
    taps: usize,
    /// Cells of one feature map: p · q.
    positions: usize,
    /// Input values that a group reads of one image.
    group_input: usize,
}

impl Sizes {
    fn of(geom: &ConvGeom) -> Self {
        let groups = geom.params().groups;
        Self {
            groups,
            kernels: geom.w().n / groups,
            taps: geom.w().image_len(),
            positions: geom.y().h * geom.y().w,
            group_input: geom.x().image_len() / groups,
        }
    }
}

/// Lays out what every kernel cell meets: row (c, r, s) of `patches` holds, for each output position,
/// the input under that cell, or zero in the padding. `x` is one image's part of one group.
fn gather_patches(patches: &mut [f32], x: &[f32], geom: &ConvGeom) {
    for_each_row(geom, |at, row| match row {
        None => patches[at..at + geom.y().w].fill(0.0),
        Some(Row { start, columns, stride }) => {
            let out = &mut patches[at..at + geom.y().w];
            out[..columns.start].fill(0.0);
            out[columns.end..].fill(0.0);
            let met = &mut out[columns];
            if stride == 1 {
                met.copy_from_slice(&x[start..start + met.len()]);
            } else {
                met.iter_mut().zip(x[start..].iter().step_by(stride)).for_each(|(out, x)| *out = *x);
            }
        }
    });
}

/// The adjoint of [`gather_patches`]: every input sums what the patches hold for it.
fn scatter_patches(grad_x: &mut [f32], patches: &[f32], geom: &ConvGeom) {
    grad_x.fill(0.0);
    for_each_row(geom, |at, row| {
        if let Some(Row { start, columns, stride }) = row {
            let from = &patches[at + columns.start..at + columns.end];
            grad_x[start..].iter_mut().step_by(stride).zip(from).for_each(|(grad, x)| *grad += x);
        }
    });
}

/// What a kernel cell meets along one output row: input values from `start`, `stride` apart,
/// for the output `columns`; outside them it meets padding.
struct Row {
    start: usize,
    columns: Range<usize>,
    stride: usize,
}

/// Calls `visit` for every (c, r, s, p) with the place of that output row in the patches.
fn for_each_row(geom: &ConvGeom, mut visit: impl FnMut(usize, Option<Row>)) {
    let (x, w, y, stride) = (geom.x(), geom.w(), geom.y(), geom.params().stride[1]);
    let mut at = 0;
    for c in 0..w.c {
        for r in 0..w.h {
            for s in 0..w.w {
                let columns = columns_met(geom, s);
                for p in 0..y.h {
                    let row = geom.input_row(p, r).and_then(|row| {
                        let column = geom.input_column(columns.start, s)?;
                        Some(Row { start: (c * x.h + row) * x.w + column, columns: columns.clone(), stride })
                    });
                    visit(at, row);
                    at += y.w;
                }
            }
        }
    }
}

/// The output columns whose window puts kernel column `s` on the input, not on padding.
fn columns_met(geom: &ConvGeom, s: usize) -> Range<usize> {
    let (stride, padding) = (geom.params().stride[1], geom.params().padding[1]);
    let offset = s * geom.params().dilation[1];
    let start = padding.saturating_sub(offset).div_ceil(stride);
    let end = (geom.x().w + padding).saturating_sub(offset).div_ceil(stride).min(geom.y().w);
    start.min(end)..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::{ConvParams, Shape4};
    use alloc::{vec, vec::Vec};

    /// Small whole numbers: every order of summation gives exactly the same result.
    fn whole(len: usize, step: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * step + i / 5) % 7) as f32 - 3.0).collect()
    }

    /// Calls `visit` with the places in x, w and y of every product of the definition.
    fn for_each_product(geom: &ConvGeom, mut visit: impl FnMut(usize, usize, usize)) {
        let (x, w, y) = (geom.x(), geom.w(), geom.y());
        for at in 0..y.len() {
            let (q, p, k, n) = (at % y.w, at / y.w % y.h, at / (y.w * y.h) % y.c, at / y.image_len());
            for tap in 0..w.image_len() {
                let (s, r, c) = (tap % w.w, tap / w.w % w.h, tap / (w.w * w.h));
                let channel = k / (y.c / geom.params().groups) * w.c + c;
                if let Some((row, column)) = geom.input_row(p, r).zip(geom.input_column(q, s)) {
                    visit(x.index(n, channel, row, column), w.index(k, c, r, s), at);
                }
            }
        }
    }

    #[track_caller]
    fn check(x: [usize; 4], w: [usize; 4], params: ConvParams) {
        let [x, w] = [x, w].map(|[n, c, h, w]| Shape4::new(n, c, h, w));
        let geom = ConvGeom::new(x, w, params).unwrap();
        let (x, w, b, grad_y) =
            (whole(geom.x().len(), 3), whole(geom.w().len(), 5), whole(geom.w().n, 2), whole(geom.y().len(), 4));
        let positions = geom.y().h * geom.y().w;
        let mut y: Vec<f32> = (0..grad_y.len()).map(|at| b[at / positions % b.len()]).collect();
        let mut grads = [vec![0.0; x.len()], vec![0.0; w.len()], vec![0.0; b.len()]];
        for_each_product(&geom, |x_at, w_at, y_at| {
            y[y_at] += x[x_at] * w[w_at];
            grads[0][x_at] += grad_y[y_at] * w[w_at];
            grads[1][w_at] += grad_y[y_at] * x[x_at];
        });
        for (at, grad) in grad_y.iter().enumerate() {
            grads[2][at / positions % b.len()] += grad;
        }
        let nan = |like: &[f32]| vec![f32::NAN; like.len()];
        let mut scratch = vec![f32::NAN; conv2d_scratch_len(&geom)];
        let (mut got_y, mut got) = (nan(&y), [nan(&x), nan(&w), nan(&b)]);
        conv2d_forward(&mut got_y, &x, &w, &b, &geom, &mut scratch);
        scratch.fill(f32::NAN);
        conv2d_grad_x(&mut got[0], &w, &grad_y, &geom, &mut scratch);
        scratch.fill(f32::NAN);
        conv2d_grad_w(&mut got[1], &x, &grad_y, &geom, &mut scratch);
        conv2d_grad_b(&mut got[2], &grad_y, &geom);
        assert!(got_y == y, "forward");
        assert!(got[0] == grads[0], "the gradient of x");
        assert!(got[1] == grads[1], "the gradient of w");
        assert!(got[2] == grads[2], "the gradient of b");
    }

    #[test]
    fn a_kernel_of_one_cell() {
        check([2, 3, 4, 5], [6, 3, 1, 1], ConvParams::default());
        check([1, 1, 1, 1], [1, 1, 1, 1], ConvParams::default());
        check([1, 1, 3, 2], [1, 1, 1, 1], ConvParams::default().padding(1).stride(2));
    }

    #[test]
    fn nothing_square_and_nothing_a_multiple_of_a_tile() {
        check([3, 2, 7, 10], [5, 2, 3, 4], ConvParams::default());
        check([2, 3, 9, 6], [9, 3, 2, 5], ConvParams::default().padding(2));
    }

    #[test]
    fn strides_that_leave_rows_and_columns_unread() {
        check([2, 3, 8, 11], [4, 3, 3, 3], ConvParams::default().stride(3));
        check([1, 2, 11, 7], [3, 2, 2, 3], ConvParams { stride: [4, 2], padding: [1, 0], ..ConvParams::default() });
    }

    #[test]
    fn dilation_with_padding_and_stride() {
        check([2, 2, 9, 13], [3, 2, 3, 2], ConvParams { dilation: [2, 3], ..ConvParams::default() });
        check([1, 1, 8, 9], [2, 1, 3, 3], ConvParams::default().dilation(3).padding(3).stride(2));
    }

    #[test]
    fn groups_read_their_own_channels_only() {
        check([2, 6, 5, 4], [4, 3, 3, 2], ConvParams::default().groups(2).padding(1));
        check([1, 5, 6, 6], [10, 1, 3, 3], ConvParams::default().groups(5).stride(2));
    }

    #[test]
    fn kernel_columns_that_meet_nothing_but_padding() {
        check([1, 1, 2, 1], [1, 1, 5, 5], ConvParams::default().padding(2));
        check([1, 2, 3, 2], [2, 2, 3, 3], ConvParams::default().padding(5).stride(4));
    }

    #[test]
    fn more_positions_and_taps_than_one_block_of_the_matrix_product() {
        check([1, 32, 20, 18], [9, 32, 3, 3], ConvParams::default().padding(1));
    }
}
