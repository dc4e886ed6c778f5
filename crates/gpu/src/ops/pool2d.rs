//! Pooling: maxima, means and sums of windows.

use super::Operation;
use crate::recorder::{Constants, Recorder};
use crate::shader::Shader;
use crate::step::Memory;
use receptive_core::PoolGeom;
use receptive_nn::instr::{
    AvgPool2dBackward, AvgPool2dForward, MaxPool2dBackward, MaxPool2dForward, SumPool2dBackward, SumPool2dForward,
};
use wgpu::Buffer;

/// The largest value of each window: `y` (n, c, p, q), and its place in the plane, `argmax` (likewise, whole numbers),
/// from `x` (n, c, h, w).
pub fn max_pool2d_forward(recorder: &mut Recorder<'_>, y: &Buffer, argmax: &Buffer, x: &Buffer, geom: &PoolGeom) {
    recorder.each(Shader::MaxPool2dForward, &constants(geom), &[y, argmax, x], geom.y().len());
}

/// The gradient with respect to the input: `grad_x` (n, c, h, w) from `grad_y` and `argmax` (n, c, p, q).
///
/// With `rectified`, the maxima (n, c, p, q) after a rectifier before the pooling, it goes back through that as well:
/// where one is zero, nothing does.
pub fn max_pool2d_backward(
    recorder: &mut Recorder<'_>,
    grad_x: &Buffer,
    grad_y: &Buffer,
    argmax: &Buffer,
    rectified: Option<&Buffer>,
    geom: &PoolGeom,
) {
    let mut constants = constants(geom);
    constants.push(("relu", f64::from(rectified.is_some())));
    // Without a rectifier its binding holds anything.
    let buffers = [grad_x, grad_y, argmax, rectified.unwrap_or(grad_y)];
    let params = geom.params();
    if (0..2).all(|axis| params.stride[axis] >= params.window[axis]) {
        recorder.each(Shader::MaxPool2dBackwardApart, &constants, &buffers, geom.y().len());
    } else {
        recorder.each(Shader::MaxPool2dBackward, &constants, &buffers, geom.x().len());
    }
}

/// The mean of each window: `y` (n, c, p, q) from `x` (n, c, h, w).
pub fn avg_pool2d_forward(recorder: &mut Recorder<'_>, y: &Buffer, x: &Buffer, geom: &PoolGeom) {
    recorder.each(Shader::AvgPool2dForward, &constants(geom), &[y, x], geom.y().len());
}

/// The gradient with respect to the input: `grad_x` (n, c, h, w) from `grad_y` (n, c, p, q).
pub fn avg_pool2d_backward(recorder: &mut Recorder<'_>, grad_x: &Buffer, grad_y: &Buffer, geom: &PoolGeom) {
    recorder.each(Shader::AvgPool2dBackward, &constants(geom), &[grad_x, grad_y], geom.x().len());
}

/// The sum of each window: `y` (n, c, p, q) from `x` (n, c, h, w).
pub fn sum_pool2d_forward(recorder: &mut Recorder<'_>, y: &Buffer, x: &Buffer, geom: &PoolGeom) {
    recorder.each(Shader::SumPool2dForward, &constants(geom), &[y, x], geom.y().len());
}

/// The gradient with respect to the input: `grad_x` (n, c, h, w) from `grad_y` (n, c, p, q).
pub fn sum_pool2d_backward(recorder: &mut Recorder<'_>, grad_x: &Buffer, grad_y: &Buffer, geom: &PoolGeom) {
    recorder.each(Shader::SumPool2dBackward, &constants(geom), &[grad_x, grad_y], geom.x().len());
}

/// The constants of `pool2d_geometry.wgsl`.
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
    // A stride or a dilation that is never taken may be of any size, beyond a shader's numbers too.
    sizes.map(|(name, size)| (name, size.min(u32::MAX as usize) as f64)).into()
}

impl Operation for MaxPool2dForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (y, argmax, x) = (memory.at(self.y), memory.at(self.argmax), memory.at(self.x));
        max_pool2d_forward(recorder, y, argmax, x, &self.geom);
    }
}

impl Operation for MaxPool2dBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (grad_x, grad_y, argmax) = (memory.at(self.grad_x), memory.at(self.grad_y), memory.at(self.argmax));
        let rectified = self.rectified.map(|y| memory.at(y));
        max_pool2d_backward(recorder, grad_x, grad_y, argmax, rectified, &self.geom);
    }
}

impl Operation for AvgPool2dForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        avg_pool2d_forward(recorder, memory.at(self.y), memory.at(self.x), &self.geom);
    }
}

impl Operation for AvgPool2dBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        avg_pool2d_backward(recorder, memory.at(self.grad_x), memory.at(self.grad_y), &self.geom);
    }
}

impl Operation for SumPool2dForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        sum_pool2d_forward(recorder, memory.at(self.y), memory.at(self.x), &self.geom);
    }
}

impl Operation for SumPool2dBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        sum_pool2d_backward(recorder, memory.at(self.grad_x), memory.at(self.grad_y), &self.geom);
    }
}
