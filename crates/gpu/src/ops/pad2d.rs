//! A border around every plane.

use super::Operation;
use crate::recorder::{Constants, Recorder};
use crate::shader::Shader;
use crate::step::Memory;
use receptive_core::ops::{Border, PadGeom};
use receptive_nn::instr::{Pad2dBackward, Pad2dForward};
use wgpu::Buffer;

/// Puts a border around every plane: `y` (n, c, h + border, w + border) from `x` (n, c, h, w).
pub fn pad2d_forward(recorder: &mut Recorder<'_>, y: &Buffer, x: &Buffer, geom: &PadGeom) {
    recorder.each(Shader::Pad2dForward, &constants(geom), &[y, x], geom.y().len());
}

/// The gradient with respect to the input: `grad_x` (n, c, h, w) from `grad_y`.
pub fn pad2d_backward(recorder: &mut Recorder<'_>, grad_x: &Buffer, grad_y: &Buffer, geom: &PadGeom) {
    recorder.each(Shader::Pad2dBackward, &constants(geom), &[grad_x, grad_y], geom.x().len());
}

/// The constants of `pad2d_geometry.wgsl`.
fn constants(geom: &PadGeom) -> Constants {
    let (x, y, params) = (geom.x(), geom.y(), geom.params());
    let border = match params.border {
        Border::Zeros => 0,
        Border::Replicate => 1,
        Border::Reflect => 2,
    };
    let sizes = [
        ("planes", x.n * x.c),
        ("height", x.h),
        ("width", x.w),
        ("out_height", y.h),
        ("out_width", y.w),
        ("above", params.before[0]),
        ("before", params.before[1]),
        ("border", border),
    ];
    sizes.map(|(name, size)| (name, size as f64)).into()
}

impl Operation for Pad2dForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        pad2d_forward(recorder, memory.at(self.y), memory.at(self.x), &self.geom);
    }
}

impl Operation for Pad2dBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        pad2d_backward(recorder, memory.at(self.grad_x), memory.at(self.grad_y), &self.geom);
    }
}
