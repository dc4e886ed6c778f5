//! The joins of branches: sums, concatenations and products.

use super::Operation;
use crate::recorder::{Constants, Recorder};
use crate::shader::Shader;
use crate::step::Memory;
use receptive_core::Shape4;
use receptive_core::ops::{ConcatGeom, MultiplyGeom};
use receptive_nn::instr::{ConcatBackward, ConcatForward, MultiplyBackward, MultiplyForward, Sum};
use wgpu::Buffer;

/// `sum = Σ parts`, `len` values each, part after part.
pub fn sum(recorder: &mut Recorder<'_>, sum: &Buffer, parts: &[&Buffer], len: usize) {
    let add = |recorder: &mut Recorder<'_>, y: &Buffer, a: &Buffer, b: &Buffer| {
        recorder.each(Shader::AddForward, &[("len", len as f64)], &[y, a, b], len);
    };
    match *parts {
        [] => {}
        [part] => concat_forward(recorder, sum, part, &ConcatGeom { n: 1, offset: 0, part: len, whole: len }),
        [first, ref between @ .., last] => {
            let mut so_far = first.clone();
            for part in between {
                let next = recorder.scratch("a sum of some parts", len);
                add(recorder, &next, &so_far, part);
                so_far = next;
            }
            add(recorder, sum, &so_far, last);
        }
    }
}

/// Writes a part to its place in the whole: `y` (n, whole) from `x` (n, part).
pub fn concat_forward(recorder: &mut Recorder<'_>, y: &Buffer, x: &Buffer, geom: &ConcatGeom) {
    recorder.each(Shader::ConcatForward, &concat_constants(geom), &[y, x], geom.n * geom.part);
}

/// The gradient with respect to a part: `grad_x` (n, part) from `grad_y` (n, whole).
pub fn concat_backward(recorder: &mut Recorder<'_>, grad_x: &Buffer, grad_y: &Buffer, geom: &ConcatGeom) {
    recorder.each(Shader::ConcatBackward, &concat_constants(geom), &[grad_x, grad_y], geom.n * geom.part);
}

/// The product of two tensors: `y` from `a` and `b`.
pub fn multiply_forward(recorder: &mut Recorder<'_>, y: &Buffer, a: &Buffer, b: &Buffer, geom: &MultiplyGeom) {
    recorder.each(Shader::MultiplyForward, &multiply_constants(geom), &[y, a, b], geom.y().len());
}

/// The gradient with respect to the first of them: `grad_a` from `grad_y` and `other`, the second.
pub fn multiply_backward(
    recorder: &mut Recorder<'_>,
    grad_a: &Buffer,
    grad_y: &Buffer,
    other: &Buffer,
    geom: &MultiplyGeom,
) {
    recorder.each(Shader::MultiplyBackward, &multiply_constants(geom), &[grad_a, grad_y, other], geom.a().len());
}

fn concat_constants(geom: &ConcatGeom) -> Constants {
    let sizes = [("images", geom.n), ("offset", geom.offset), ("part", geom.part), ("whole", geom.whole)];
    sizes.map(|(name, size)| (name, size as f64)).into()
}

/// The constants of `multiply_geometry.wgsl`.
fn multiply_constants(geom: &MultiplyGeom) -> Constants {
    let axes = |names: [&'static str; 3], shape: Shape4| {
        names.into_iter().zip([shape.c, shape.h, shape.w].map(|axis| axis as f64))
    };
    let a = axes(["a_channels", "a_height", "a_width"], geom.a());
    let b = axes(["b_channels", "b_height", "b_width"], geom.b());
    let y = axes(["channels", "height", "width"], geom.y());
    a.chain(b).chain(y).chain([("images", geom.y().n as f64)]).collect()
}

impl Operation for Sum {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let parts: Vec<&Buffer> = self.parts.iter().map(|part| memory.at(*part)).collect();
        sum(recorder, memory.at(self.sum), &parts, memory.len(self.sum));
    }
}

impl Operation for ConcatForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        for (x, geom) in self.xs.iter().zip(&self.places) {
            concat_forward(recorder, memory.at(self.y), memory.at(*x), geom);
        }
    }
}

impl Operation for ConcatBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        concat_backward(recorder, memory.at(self.grad_x), memory.at(self.grad_y), &self.geom);
    }
}

impl Operation for MultiplyForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        multiply_forward(recorder, memory.at(self.y), memory.at(self.a), memory.at(self.b), &self.geom);
    }
}

impl Operation for MultiplyBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (grad_x, grad_y) = (memory.at(self.grad_x), memory.at(self.grad_y));
        multiply_backward(recorder, grad_x, grad_y, memory.at(self.other), &self.geom);
    }
}
