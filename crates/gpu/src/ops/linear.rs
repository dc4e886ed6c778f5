//! The fully connected layer and its three gradients.

use super::Operation;
use super::sum_parts;
use crate::recorder::{Constants, Recorder};
use crate::shader::Shader;
use crate::step::Memory;
use crate::tile::{Size, Tile};
use receptive_core::ops::LinearGeom;
use receptive_nn::instr::{LinearForward, LinearGradB, LinearGradW, LinearGradX};
use wgpu::Buffer;

/// The units' outputs: `y` (n, outputs) from `x` (n, inputs), `w` (outputs, inputs) and `b` (outputs). With
/// `relu`, negative ones become zero.
pub fn linear_forward(
    recorder: &mut Recorder<'_>,
    y: &Buffer,
    x: &Buffer,
    w: &Buffer,
    b: &Buffer,
    geom: &LinearGeom,
    relu: bool,
) {
    let LinearGeom { n, inputs, outputs } = *geom;
    let size = Size { rows: outputs, columns: n, depths: inputs, in_parts: true };
    let tile = recorder.tile(size);
    let [across, down] = tile.counts(size);
    let inputs_per_part = inputs.div_ceil(tile.n_parts(across * down, inputs));
    let n_parts = inputs.div_ceil(inputs_per_part);
    let mut constants = constants(geom, tile);
    constants.push(("inputs_per_part", inputs_per_part as f64));
    constants.push(("relu", f64::from(relu && n_parts == 1)));
    let workgroups = [across, down, n_parts.div_ceil(tile.parts)];
    if n_parts == 1 {
        recorder.record(Shader::LinearForward, &constants, &[y, x, w, b], workgroups);
    } else {
        let parts = recorder.scratch("parts of y", n_parts * n * outputs);
        recorder.record(Shader::LinearForward, &constants, &[&parts, x, w, b], workgroups);
        sum_parts(recorder, y, &parts, [n_parts, n * outputs], relu);
    }
}

/// The gradient with respect to the input: `grad_x` (n, inputs) from `w` and `grad_y` (n, outputs).
pub fn linear_grad_x(recorder: &mut Recorder<'_>, grad_x: &Buffer, w: &Buffer, grad_y: &Buffer, geom: &LinearGeom) {
    let size = Size { rows: geom.n, columns: geom.inputs, depths: geom.outputs, in_parts: false };
    let tile = recorder.tile(size);
    let [across, down] = tile.counts(size);
    recorder.record(Shader::LinearGradX, &constants(geom, tile), &[grad_x, w, grad_y], [across, down, 1]);
}

/// The gradient with respect to the weights: `grad_w` (outputs, inputs) from `x` and `grad_y`.
pub fn linear_grad_w(recorder: &mut Recorder<'_>, grad_w: &Buffer, x: &Buffer, grad_y: &Buffer, geom: &LinearGeom) {
    let size = Size { rows: geom.outputs, columns: geom.inputs, depths: geom.n, in_parts: false };
    let tile = recorder.tile(size);
    let [across, down] = tile.counts(size);
    recorder.record(Shader::LinearGradW, &constants(geom, tile), &[grad_w, x, grad_y], [across, down, 1]);
}

/// The gradient with respect to the biases: `grad_b` (outputs) from `grad_y`.
pub fn linear_grad_b(recorder: &mut Recorder<'_>, grad_b: &Buffer, grad_y: &Buffer, geom: &LinearGeom) {
    let constants = [("images", geom.n as f64), ("outputs", geom.outputs as f64)];
    recorder.each(Shader::LinearGradB, &constants, &[grad_b, grad_y], geom.outputs);
}

/// The constants of the three products.
fn constants(geom: &LinearGeom, tile: Tile) -> Constants {
    let sizes = [("images", geom.n as f64), ("inputs", geom.inputs as f64), ("outputs", geom.outputs as f64)];
    sizes.into_iter().chain(tile.constants()).collect()
}

impl Operation for LinearForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let [w, b] = [self.w, self.b].map(|param| memory.param(param));
        linear_forward(recorder, memory.at(self.y), memory.at(self.x), w, b, &self.geom, self.relu);
    }
}

impl Operation for LinearGradX {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (grad_x, grad_y) = (memory.at(self.grad_x), memory.at(self.grad_y));
        linear_grad_x(recorder, grad_x, memory.param(self.w), grad_y, &self.geom);
    }
}

impl Operation for LinearGradW {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (grad_w, grad_y) = (memory.at(self.grad_w), memory.at(self.grad_y));
        linear_grad_w(recorder, grad_w, memory.at(self.x), grad_y, &self.geom);
    }
}

impl Operation for LinearGradB {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        linear_grad_b(recorder, memory.at(self.grad_b), memory.at(self.grad_y), &self.geom);
    }
}
