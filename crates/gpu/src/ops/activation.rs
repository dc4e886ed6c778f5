//! Activation functions, value by value.

use super::Operation;
use crate::recorder::{Constants, Recorder};
use crate::shader::Shader;
use crate::step::Memory;
use receptive_core::ops::Activation;
use receptive_nn::instr::{ActivationBackward, ActivationForward, ReluBackward, ReluForward};
use wgpu::Buffer;

/// `y = max(x, 0)`, `len` values.
pub fn relu_forward(recorder: &mut Recorder<'_>, y: &Buffer, x: &Buffer, len: usize) {
    recorder.each(Shader::ReluForward, &[("len", len as f64)], &[y, x], len);
}

/// `grad_x = grad_y` where `x > 0`, and zero elsewhere, `len` values.
pub fn relu_backward(recorder: &mut Recorder<'_>, grad_x: &Buffer, grad_y: &Buffer, x: &Buffer, len: usize) {
    recorder.each(Shader::ReluBackward, &[("len", len as f64)], &[grad_x, grad_y, x], len);
}

/// `y = f(x)`, `len` values.
pub fn activation_forward(recorder: &mut Recorder<'_>, y: &Buffer, x: &Buffer, f: Activation, len: usize) {
    recorder.each(Shader::ActivationForward, &constants(f, len), &[y, x], len);
}

/// `grad_x = grad_y · f′(x)`, `len` values.
pub fn activation_backward(
    recorder: &mut Recorder<'_>,
    grad_x: &Buffer,
    grad_y: &Buffer,
    x: &Buffer,
    f: Activation,
    len: usize,
) {
    recorder.each(Shader::ActivationBackward, &constants(f, len), &[grad_x, grad_y, x], len);
}

/// The constants of `activation_function.wgsl`: the function by number, and its own constants.
fn constants(f: Activation, len: usize) -> Constants {
    let (function, [a, b, c, d]) = match f {
        Activation::Relu => (0, [0.0; 4]),
        Activation::Sigmoid => (1, [0.0; 4]),
        Activation::Tanh => (2, [0.0; 4]),
        Activation::LeakyRelu { slope } => (3, [slope, 0.0, 0.0, 0.0]),
        Activation::Elu { alpha } => (4, [alpha, 0.0, 0.0, 0.0]),
        Activation::Maxout { lines: [[w0, b0], [w1, b1]] } => (5, [w0, b0, w1, b1]),
        Activation::Rbf { centre, epsilon } => (6, [centre, epsilon, 0.0, 0.0]),
    };
    let letters = [("a", a), ("b", b), ("c", c), ("d", d)].map(|(name, value)| (name, f64::from(value)));
    letters.into_iter().chain([("function", f64::from(function)), ("len", len as f64)]).collect()
}

impl Operation for ReluForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        relu_forward(recorder, memory.at(self.y), memory.at(self.x), memory.len(self.x));
    }
}

impl Operation for ReluBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (grad_x, grad_y, x) = (memory.at(self.grad_x), memory.at(self.grad_y), memory.at(self.x));
        relu_backward(recorder, grad_x, grad_y, x, memory.len(self.x));
    }
}

impl Operation for ActivationForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        activation_forward(recorder, memory.at(self.y), memory.at(self.x), self.f, memory.len(self.x));
    }
}

impl Operation for ActivationBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (grad_x, grad_y, x) = (memory.at(self.grad_x), memory.at(self.grad_y), memory.at(self.x));
        activation_backward(recorder, grad_x, grad_y, x, self.f, memory.len(self.x));
    }
}
