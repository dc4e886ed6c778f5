//! Dropout.

use super::Operation;
use crate::recorder::Recorder;
use crate::shader::Shader;
use crate::step::Memory;
use receptive_core::ops::Dropout;
use receptive_nn::instr::{DropoutBackward, DropoutForward};
use wgpu::Buffer;

/// `y = x · factor`, `len` values, with the factors that the key of the step decides. `settings` holds the keys of each
/// step of a submission, and `progress` which step it is.
pub fn dropout_forward(
    recorder: &mut Recorder<'_>,
    y: &Buffer,
    x: &Buffer,
    layer: &Dropout,
    [settings, progress]: [&Buffer; 2],
    len: usize,
) {
    let numbers = [("len", len as f64), ("threshold", layer.threshold().into()), ("layer", layer.layer.into())];
    let scale = [("scale", f64::from(1.0 / (1.0 - layer.rate)))];
    recorder.each(Shader::DropoutForward, &[&numbers[..], &scale].concat(), &[y, x, settings, progress], len);
}

impl Operation for DropoutForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (y, x) = (memory.at(self.y), memory.at(self.x));
        dropout_forward(recorder, y, x, &self.layer, memory.now, memory.len(self.x));
    }
}

impl Operation for DropoutBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (grad_x, grad_y) = (memory.at(self.grad_x), memory.at(self.grad_y));
        dropout_forward(recorder, grad_x, grad_y, &self.layer, memory.now, memory.len(self.grad_y));
    }
}
