//! Batch normalisation.

use super::Operation;
use crate::recorder::{Constants, Recorder};
use crate::shader::Shader;
use crate::step::Memory;
use receptive_core::ops::BatchNormGeom;
use receptive_nn::instr::{
    Average, BatchNormBackward, BatchNormFixedBackward, BatchNormFixedForward, BatchNormForward, BatchNormMoments,
};
use wgpu::Buffer;

/// The mean and the variance of each channel, both (c), from `x` (n, c, h, w).
pub fn batch_norm_moments(
    recorder: &mut Recorder<'_>,
    mean: &Buffer,
    variance: &Buffer,
    x: &Buffer,
    geom: &BatchNormGeom,
) {
    let constants = by_channel(recorder, geom);
    recorder.record(Shader::BatchNormMoments, &constants, &[mean, variance, x], [geom.x.c, 1, 1]);
}

/// `y = (x − mean) / √(variance + epsilon)`, with the mean and the variance of each channel.
pub fn batch_norm_forward(
    recorder: &mut Recorder<'_>,
    y: &Buffer,
    x: &Buffer,
    [mean, variance]: [&Buffer; 2],
    geom: &BatchNormGeom,
) {
    recorder.each(Shader::BatchNormForward, &by_value(geom), &[y, x, mean, variance], geom.x.len());
}

/// The gradient with respect to the input, through mean and variance as well.
pub fn batch_norm_backward(
    recorder: &mut Recorder<'_>,
    grad_x: &Buffer,
    grad_y: &Buffer,
    y: &Buffer,
    variance: &Buffer,
    geom: &BatchNormGeom,
) {
    let mut constants = by_channel(recorder, geom);
    constants.push(("epsilon", geom.epsilon.into()));
    recorder.record(Shader::BatchNormBackward, &constants, &[grad_x, grad_y, y, variance], [geom.x.c, 1, 1]);
}

/// The gradient with respect to the input, where mean and variance are constants.
pub fn batch_norm_fixed_backward(
    recorder: &mut Recorder<'_>,
    grad_x: &Buffer,
    grad_y: &Buffer,
    variance: &Buffer,
    geom: &BatchNormGeom,
) {
    recorder.each(Shader::BatchNormFixedBackward, &by_value(geom), &[grad_x, grad_y, variance], geom.x.len());
}

/// Moves running averages towards what was found, `len` values.
pub fn batch_norm_average(
    recorder: &mut Recorder<'_>,
    average: &Buffer,
    found: &Buffer,
    [momentum, factor]: [f32; 2],
    len: usize,
) {
    let constants = [("len", len as f64), ("momentum", momentum.into()), ("factor", factor.into())];
    recorder.each(Shader::UpdateAverage, &constants, &[average, found], len);
}

/// The constants of a shader with a workgroup for each channel.
fn by_channel(recorder: &Recorder<'_>, geom: &BatchNormGeom) -> Constants {
    let sizes = [("images", geom.x.n), ("channels", geom.x.c), ("positions", geom.x.h * geom.x.w)];
    let invocations = [("invocations", recorder.products().n_sharing())];
    sizes.into_iter().chain(invocations).map(|(name, size)| (name, size as f64)).collect()
}

/// The constants of a shader that goes value by value.
fn by_value(geom: &BatchNormGeom) -> Constants {
    let sizes = [("len", geom.x.len()), ("channels", geom.x.c), ("positions", geom.x.h * geom.x.w)];
    let epsilon = [("epsilon", f64::from(geom.epsilon))];
    sizes.into_iter().map(|(name, size)| (name, size as f64)).chain(epsilon).collect()
}

impl Operation for BatchNormMoments {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let [mean, variance, x] = [self.mean, self.variance, self.x].map(|id| memory.at(id));
        batch_norm_moments(recorder, mean, variance, x, &self.geom);
    }
}

impl Operation for BatchNormForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let moments = [self.mean, self.variance].map(|id| memory.at(id));
        batch_norm_forward(recorder, memory.at(self.y), memory.at(self.x), moments, &self.geom);
    }
}

impl Operation for BatchNormBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let [grad_x, grad_y, y, variance] = [self.grad_x, self.grad_y, self.y, self.variance].map(|id| memory.at(id));
        batch_norm_backward(recorder, grad_x, grad_y, y, variance, &self.geom);
    }
}

impl Operation for BatchNormFixedForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let moments = [self.mean, self.variance].map(|id| memory.param(id));
        batch_norm_forward(recorder, memory.at(self.y), memory.at(self.x), moments, &self.geom);
    }
}

impl Operation for BatchNormFixedBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (grad_x, grad_y) = (memory.at(self.grad_x), memory.at(self.grad_y));
        batch_norm_fixed_backward(recorder, grad_x, grad_y, memory.param(self.variance), &self.geom);
    }
}

impl Operation for Average {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (average, found) = (memory.param(self.param), memory.at(self.found));
        batch_norm_average(recorder, average, found, [self.momentum, self.factor], memory.len(self.found));
    }
}
