//! Convolution and its three gradients.

use super::Operation;
use super::sum_parts;
use crate::recorder::{Constants, Recorder};
use crate::shader::Shader;
use crate::step::Memory;
use crate::tile::{Size, Tile};
use receptive_core::ConvGeom;
use receptive_nn::instr::{Conv2dForward, Conv2dGradB, Conv2dGradW, Conv2dGradX};
use wgpu::Buffer;

/// The feature maps of a batch: `y` (n, k, p, q) from `x` (n, c, h, w), `w` (k, c / groups, r, s) and `b` (k).
/// With `relu`, negative values become zero.
pub fn conv2d_forward(
    recorder: &mut Recorder<'_>,
    y: &Buffer,
    x: &Buffer,
    w: &Buffer,
    b: &Buffer,
    geom: &ConvGeom,
    relu: bool,
) {
    let Sizes { groups, kernels, taps, windows, .. } = Sizes::of(geom);
    let size = Size { rows: kernels, columns: windows, depths: taps, in_parts: false };
    let tile = recorder.tile(size);
    let [across, down] = tile.counts(size);
    let mut constants = constants(geom, tile);
    constants.push(("relu", f64::from(relu)));
    recorder.record(Shader::Conv2dForward, &constants, &[y, x, w, b], [across, down, groups]);
}

/// The gradient with respect to the input: `grad_x` (n, c, h, w) from `w` and `grad_y` (n, k, p, q).
pub fn conv2d_grad_x(recorder: &mut Recorder<'_>, grad_x: &Buffer, w: &Buffer, grad_y: &Buffer, geom: &ConvGeom) {
    let Sizes { groups, channels, cells, pixels, .. } = Sizes::of(geom);
    let size = Size { rows: channels, columns: pixels, depths: cells, in_parts: false };
    let tile = recorder.tile(size);
    let [across, down] = tile.counts(size);
    recorder.record(Shader::Conv2dGradX, &constants(geom, tile), &[grad_x, w, grad_y], [across, down, groups]);
}

/// The gradient with respect to the kernels: `grad_w` (k, c / groups, r, s) from `x` and `grad_y`.
pub fn conv2d_grad_w(recorder: &mut Recorder<'_>, grad_w: &Buffer, x: &Buffer, grad_y: &Buffer, geom: &ConvGeom) {
    let Sizes { groups, kernels, taps, windows, .. } = Sizes::of(geom);
    let size = Size { rows: kernels, columns: taps, depths: windows, in_parts: true };
    let tile = recorder.tile(size);
    let [across, down] = tile.counts(size);
    let windows_per_part = windows.div_ceil(tile.n_parts(across * down * groups, windows));
    let n_parts = windows.div_ceil(windows_per_part);
    let mut constants = constants(geom, tile);
    constants.push(("windows_per_part", windows_per_part as f64));
    let workgroups = [across, down, groups * n_parts.div_ceil(tile.parts)];
    if n_parts == 1 {
        recorder.record(Shader::Conv2dGradW, &constants, &[grad_w, x, grad_y], workgroups);
    } else {
        let parts = recorder.scratch("parts of grad_w", n_parts * geom.w().len());
        recorder.record(Shader::Conv2dGradW, &constants, &[&parts, x, grad_y], workgroups);
        sum_parts(recorder, grad_w, &parts, [n_parts, geom.w().len()], false);
    }
}

/// The gradient with respect to the biases: `grad_b` (k) from `grad_y`.
pub fn conv2d_grad_b(recorder: &mut Recorder<'_>, grad_b: &Buffer, grad_y: &Buffer, geom: &ConvGeom) {
    let y = geom.y();
    let sizes = [("images", y.n), ("kernels", y.c), ("positions", y.h * y.w)];
    let invocations = [("invocations", recorder.products().n_sharing())];
    let constants: Constants = sizes.into_iter().chain(invocations).map(|(name, size)| (name, size as f64)).collect();
    recorder.record(Shader::Conv2dGradB, &constants, &[grad_b, grad_y], [y.c, 1, 1]);
}

/// The sizes of the products: of one group, over the whole batch.
struct Sizes {
    groups: usize,
    channels: usize,
    kernels: usize,
    /// Cells of one kernel.
    taps: usize,
    /// Cells of one channel of all kernels.
    cells: usize,
    /// Places of the kernel in all images.
    windows: usize,
    /// Places in one channel of all images.
    pixels: usize,
}

impl Sizes {
    fn of(geom: &ConvGeom) -> Self {
        let (x, w, y, groups) = (geom.x(), geom.w(), geom.y(), geom.params().groups);
        Self {
            groups,
            channels: w.c,
            kernels: w.n / groups,
            taps: w.image_len(),
            cells: w.n / groups * w.h * w.w,
            windows: y.n * y.h * y.w,
            pixels: x.n * x.h * x.w,
        }
    }
}

/// The constants of `conv2d_geometry.wgsl` and `product.wgsl`.
fn constants(geom: &ConvGeom, tile: Tile) -> Constants {
    let (x, w, y, params) = (geom.x(), geom.w(), geom.y(), geom.params());
    let sizes = [
        ("images", x.n),
        ("groups", params.groups),
        ("channels", w.c),
        ("kernels", w.n / params.groups),
        ("height", x.h),
        ("width", x.w),
        ("kernel_height", w.h),
        ("kernel_width", w.w),
        ("out_height", y.h),
        ("out_width", y.w),
        ("stride_rows", params.stride[0]),
        ("stride_columns", params.stride[1]),
        ("padding_rows", params.padding[0]),
        ("padding_columns", params.padding[1]),
        ("dilation_rows", params.dilation[0]),
        ("dilation_columns", params.dilation[1]),
    ];
    // A stride or a dilation that is never taken may be of any size, beyond a shader's numbers too.
    sizes.map(|(name, size)| (name, size.min(u32::MAX as usize) as f64)).into_iter().chain(tile.constants()).collect()
}

impl Operation for Conv2dForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let [w, b] = [self.w, self.b].map(|param| memory.param(param));
        conv2d_forward(recorder, memory.at(self.y), memory.at(self.x), w, b, &self.geom, self.relu);
    }
}

impl Operation for Conv2dGradX {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (grad_x, grad_y) = (memory.at(self.grad_x), memory.at(self.grad_y));
        conv2d_grad_x(recorder, grad_x, memory.param(self.w), grad_y, &self.geom);
    }
}

impl Operation for Conv2dGradW {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (grad_w, grad_y) = (memory.at(self.grad_w), memory.at(self.grad_y));
        conv2d_grad_w(recorder, grad_w, memory.at(self.x), grad_y, &self.geom);
    }
}

impl Operation for Conv2dGradB {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        conv2d_grad_b(recorder, memory.at(self.grad_b), memory.at(self.grad_y), &self.geom);
    }
}
