//! Pooling: maxima and means of windows.

use crate::recorder::{Constants, Recorder};
use crate::stage::Stage;
use receptive_core::PoolGeom;
use wgpu::Buffer;

/// The largest value of each window: `y` (n, c, p, q), and its place in the plane, `argmax` (likewise, whole numbers),
/// from `x` (n, c, h, w).
pub fn max_pool2d_forward(recorder: &mut Recorder<'_>, y: &Buffer, argmax: &Buffer, x: &Buffer, geom: &PoolGeom) {
    recorder.each(Stage::MaxPool2dForward, &constants(geom), &[y, argmax, x], geom.y().len());
}

/// The gradient with respect to the input: `grad_x` (n, c, h, w) from `grad_y` and `argmax` (n, c, p, q).
pub fn max_pool2d_backward(
    recorder: &mut Recorder<'_>,
    grad_x: &Buffer,
    grad_y: &Buffer,
    argmax: &Buffer,
    geom: &PoolGeom,
) {
    recorder.each(Stage::MaxPool2dBackward, &constants(geom), &[grad_x, grad_y, argmax], geom.x().len());
}

/// Likewise through the rectifier before the pooling, whose maxima are `y`: where one is zero, nothing goes back.
pub fn max_pool2d_backward_relu(
    recorder: &mut Recorder<'_>,
    grad_x: &Buffer,
    grad_y: &Buffer,
    argmax: &Buffer,
    y: &Buffer,
    geom: &PoolGeom,
) {
    recorder.each(Stage::MaxPool2dBackwardRelu, &constants(geom), &[grad_x, grad_y, argmax, y], geom.x().len());
}

/// The mean of each window: `y` (n, c, p, q) from `x` (n, c, h, w).
pub fn avg_pool2d_forward(recorder: &mut Recorder<'_>, y: &Buffer, x: &Buffer, geom: &PoolGeom) {
    recorder.each(Stage::AvgPool2dForward, &constants(geom), &[y, x], geom.y().len());
}

/// The gradient with respect to the input: `grad_x` (n, c, h, w) from `grad_y` (n, c, p, q).
pub fn avg_pool2d_backward(recorder: &mut Recorder<'_>, grad_x: &Buffer, grad_y: &Buffer, geom: &PoolGeom) {
    recorder.each(Stage::AvgPool2dBackward, &constants(geom), &[grad_x, grad_y], geom.x().len());
}

/// What `pool2d_geometry.wgsl` is compiled with.
fn constants(geom: &PoolGeom) -> Constants {
    let (x, y, params) = (geom.x(), geom.y(), geom.params());
    let sizes = [
        ("planes", x.n * x.c),
        ("height", x.h),
        ("width", x.w),
        ("out_height", y.h),
        ("out_width", y.w),
        ("window_rows", params.window[0]),
        ("window_columns", params.window[1]),
        ("stride_rows", params.stride[0]),
        ("stride_columns", params.stride[1]),
        ("padding_rows", params.padding[0]),
        ("padding_columns", params.padding[1]),
    ];
    sizes.map(|(name, size)| (name, size as f64)).into()
}
