//! Convolution (in the frameworks' sense: cross-correlation), its three gradients, and how patches become a matrix.

mod terms;

pub use terms::conv2d_connections;

use super::patches::Slide;
use crate::dot::{PACKED_ROWS, dot_tile};
use crate::gemm::{Epilogue, Rows, gemm, gemm_scratch_len, pack_a, packed_a_len};
use crate::geom::ConvGeom;
use crate::simd::sum;
use core::ops::Range;

/// Floats of scratch that the convolution functions need for this geometry; `usize::MAX` when there is no such number.
pub fn conv2d_scratch_len(geom: &ConvGeom) -> usize {
    let Sizes { kernels, taps, positions, channels, .. } = Sizes::of(geom);
    let (input, gradient) = (Slide::over_input(geom), Slide::over_gradient(geom));
    let area = input.taps();
    let product = |m, k, unit| packed_a_len(m, k).saturating_add(gemm_scratch_len(k, unit));
    let forward = input.frame_len().saturating_add(product(kernels, taps, area));
    let grad_x = if is_correlation_short(geom) {
        gradient.frame_len().saturating_add(product(channels, kernels * area, area))
    } else {
        (taps * block_rows(geom) * geom.y().w).saturating_add(product(taps, kernels, 1))
    };
    let grad_w = input.frame_len().saturating_add(positions.next_multiple_of(4) * PACKED_ROWS);
    forward.max(grad_x).max(grad_w)
}

/// True if sliding over the upstream gradient is the quickest way to the gradient of the input: at stride 1, and where
/// its border of zeros is not much to multiply.
fn is_correlation_short(geom: &ConvGeom) -> bool {
    geom.params().stride == [1, 1] && 8 * geom.x().h * geom.x().w <= 9 * geom.y().h * geom.y().w
}

/// The feature maps of a batch.
///
/// `x` is (n, c, h, w), `w` is (k, c / groups, r, s), `b` is (k), `y` is (n, k, p, q).
/// Each output sums (weight × the input it meets) over its window, plus a bias:
/// `y[n,k,p,q] = b[k] + Σ w[k,c,r,s] · x[n,c, p·stride + r·dilation − pad, …]` (Dumoulin & Visin 2016).
pub fn conv2d_forward(y: &mut [f32], x: &[f32], w: &[f32], b: &[f32], geom: &ConvGeom, scratch: &mut [f32]) {
    forward(y, x, w, b, geom, false, scratch);
}

/// [`conv2d_forward`] and then the rectifier, with the same result to the bit, in one pass.
pub fn conv2d_forward_relu(y: &mut [f32], x: &[f32], w: &[f32], b: &[f32], geom: &ConvGeom, scratch: &mut [f32]) {
    forward(y, x, w, b, geom, true, scratch);
}

fn forward(y: &mut [f32], x: &[f32], w: &[f32], b: &[f32], geom: &ConvGeom, relu: bool, scratch: &mut [f32]) {
    debug_assert!(y.len() == geom.y().len() && x.len() == geom.x().len());
    debug_assert!(w.len() == geom.w().len() && b.len() == geom.w().n);
    let Sizes { groups, kernels, taps, positions, group_input, .. } = Sizes::of(geom);
    let slide = Slide::over_input(geom);
    let (frame, scratch) = scratch.split_at_mut(slide.frame_len());
    let mut frame = slide.frame(frame);
    let (packed_w, scratch) = scratch.split_at_mut(packed_a_len(kernels, taps));
    for group in 0..groups {
        let w = &w[group * kernels * taps..][..kernels * taps];
        pack_a(packed_w, [kernels, taps], slide.taps(), |k, tap| w[k * taps + tap]);
        let epilogue = Epilogue { bias: Some(&b[group * kernels..][..kernels]), relu };
        let parts = y.chunks_exact_mut(kernels * positions).zip(x.chunks_exact(group_input));
        for (y, x) in parts.skip(group).step_by(groups) {
            gemm(y, [kernels, positions, taps], packed_w, &frame.patches(x), epilogue, scratch);
        }
    }
}

/// The gradient of the loss with respect to the input.
///
/// Each input sums (upstream gradient × the weight it met) over the outputs it fed:
/// `grad_x[n,c,i,j] = Σ grad_y[n,k,p,q] · w[k,c,r,s]` over all p, r with `p·stride + r·dilation − pad = i`, columns likewise.
pub fn conv2d_grad_x(grad_x: &mut [f32], w: &[f32], grad_y: &[f32], geom: &ConvGeom, scratch: &mut [f32]) {
    debug_assert!(grad_x.len() == geom.x().len() && grad_y.len() == geom.y().len() && w.len() == geom.w().len());
    let Sizes { groups, kernels, taps, group_input, positions, .. } = Sizes::of(geom);
    for group in 0..groups {
        let w = &w[group * kernels * taps..][..kernels * taps];
        let parts = grad_x.chunks_exact_mut(group_input).zip(grad_y.chunks_exact(kernels * positions));
        let parts = parts.skip(group).step_by(groups);
        if is_correlation_short(geom) {
            correlate_gradient(parts, w, geom, scratch);
        } else {
            spread_gradient(parts, w, geom, scratch);
        }
    }
}

/// At stride 1 the gradient of the input is a convolution too: the flipped kernels slide over the upstream gradient.
fn correlate_gradient<'a>(
    parts: impl Iterator<Item = (&'a mut [f32], &'a [f32])>,
    w: &[f32],
    geom: &ConvGeom,
    scratch: &mut [f32],
) {
    let Sizes { kernels, taps, channels, .. } = Sizes::of(geom);
    let slide = Slide::over_gradient(geom);
    let (area, cells) = (slide.taps(), geom.x().h * geom.x().w);
    let (frame, scratch) = scratch.split_at_mut(slide.frame_len());
    let mut frame = slide.frame(frame);
    let (packed_w, scratch) = scratch.split_at_mut(packed_a_len(channels, kernels * area));
    pack_a(packed_w, [channels, kernels * area], area, |c, tap| {
        w[tap / area * taps + c * area + area - 1 - tap % area]
    });
    for (grad_x, grad_y) in parts {
        let patches = frame.patches(grad_y);
        gemm(grad_x, [channels, cells, kernels * area], packed_w, &patches, Epilogue::default(), scratch);
    }
}

/// At any stride: what each output sends back to its patch, then the patches added up.
fn spread_gradient<'a>(
    parts: impl Iterator<Item = (&'a mut [f32], &'a [f32])>,
    w: &[f32],
    geom: &ConvGeom,
    scratch: &mut [f32],
) {
    let Sizes { kernels, taps, positions, .. } = Sizes::of(geom);
    let (n_rows, n_columns) = (geom.y().h, geom.y().w);
    let (patches, scratch) = scratch.split_at_mut(taps * block_rows(geom) * n_columns);
    let (packed_w, scratch) = scratch.split_at_mut(packed_a_len(taps, kernels));
    pack_a(packed_w, [taps, kernels], 1, |tap, k| w[k * taps + tap]);
    for (grad_x, grad_y) in parts {
        grad_x.fill(0.0);
        for start in (0..n_rows).step_by(block_rows(geom)) {
            let rows = start..n_rows.min(start + block_rows(geom));
            let columns = rows.len() * n_columns;
            let patches = &mut patches[..taps * columns];
            let grad_y = Rows { data: &grad_y[start * n_columns..], stride: positions, columns };
            gemm(patches, [taps, columns, kernels], packed_w, &grad_y, Epilogue::default(), scratch);
            scatter_patches(grad_x, patches, rows, geom);
        }
    }
}

/// Rows of outputs whose patches are spread at a time: they stay in the second cache.
fn block_rows(geom: &ConvGeom) -> usize {
    128_usize.div_ceil(geom.y().w).min(geom.y().h)
}

/// The gradient of the loss with respect to the kernels.
///
/// Each weight sums (upstream gradient × the input it met) over every image and position:
/// `grad_w[k,c,r,s] = Σ grad_y[n,k,p,q] · x[n,c, p·stride + r·dilation − pad, …]`.
pub fn conv2d_grad_w(grad_w: &mut [f32], x: &[f32], grad_y: &[f32], geom: &ConvGeom, scratch: &mut [f32]) {
    debug_assert!(grad_w.len() == geom.w().len() && grad_y.len() == geom.y().len() && x.len() == geom.x().len());
    let Sizes { groups, kernels, taps, positions, group_input, .. } = Sizes::of(geom);
    let slide = Slide::over_input(geom);
    let (frame, scratch) = scratch.split_at_mut(slide.frame_len());
    let mut frame = slide.frame(frame);
    let packed = &mut scratch.as_chunks_mut().0.as_chunks_mut().0[..positions.div_ceil(4)];
    grad_w.fill(0.0);
    let parts = x.chunks_exact(group_input).zip(grad_y.chunks_exact(kernels * positions));
    for (i, (x, grad_y)) in parts.enumerate() {
        let grad_w = &mut grad_w[i % groups * kernels * taps..][..kernels * taps];
        let patches = frame.patches(x);
        for tap in (0..taps).step_by(PACKED_ROWS) {
            patches.pack_rows(packed, tap);
            for (grad_w, maps) in grad_w.chunks_mut(2 * taps).zip(grad_y.chunks(2 * positions)) {
                // The last of an odd number of maps is multiplied twice.
                let maps = [&maps[..positions], &maps[maps.len() - positions..]];
                for (grad_w, sums) in grad_w.chunks_exact_mut(taps).zip(dot_tile(packed, maps)) {
                    grad_w[tap..].iter_mut().zip(sums.to_array()).for_each(|(grad, sum)| *grad += sum);
                }
            }
        }
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
    /// Input channels of a group.
    channels: usize,
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
            channels: geom.w().c,
            taps: geom.w().image_len(),
            positions: geom.y().h * geom.y().w,
            group_input: geom.x().image_len() / groups,
        }
    }
}

/// Adds to every input what the patches of some output rows hold for it: row (c, r, s) of `patches` has a value for each
/// of their positions.
fn scatter_patches(grad_x: &mut [f32], patches: &[f32], rows: Range<usize>, geom: &ConvGeom) {
    let (x, w, y, stride) = (geom.x(), geom.w(), geom.y(), geom.params().stride[1]);
    for (tap, patches) in patches.chunks_exact(rows.len() * y.w).enumerate() {
        let (c, r, s) = (tap / (w.h * w.w), tap / w.w % w.h, tap % w.w);
        let columns = columns_met(geom, s);
        let Some(column) = geom.input_column(columns.start, s) else { continue };
        for (p, patches) in rows.clone().zip(patches.chunks_exact(y.w)) {
            let Some(row) = geom.input_row(p, r) else { continue };
            let grads = &mut grad_x[(c * x.h + row) * x.w + column..];
            let patches = &patches[columns.clone()];
            if stride == 1 {
                grads.iter_mut().zip(patches).for_each(|(grad, patch)| *grad += patch);
            } else {
                grads.iter_mut().step_by(stride).zip(patches).for_each(|(grad, patch)| *grad += patch);
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
    fn windows_that_meet_nothing_but_padding() {
        let params = ConvParams { stride: [34, 35], padding: [0, 4], groups: 5, ..ConvParams::default() };
        check([1, 5, 12, 9], [10, 1, 3, 1], params);
        check([2, 1, 1, 1], [3, 1, 2, 1], ConvParams::default().padding(9).stride(7));
        check([1, 1, 1, 1], [1, 1, 1, 1], ConvParams::default().padding(1).stride(40));
        check([1, 2, 3, 2], [2, 2, 2, 3], ConvParams::default().padding(30).stride(31).dilation(4));
    }

    #[test]
    fn more_positions_and_taps_than_one_block_of_the_matrix_product() {
        check([1, 32, 20, 18], [9, 32, 3, 3], ConvParams::default().padding(1));
    }
}
