//! Dropout: in training, values are left out at random. Everywhere else it is not there.

use super::fields::Setting;
use super::{Geometry, Kind, Layer, LayerGeometry, Reader};
use crate::program::instr::{Memory, Operation, StepValues, instruction};
use crate::program::{Emitter, Site, Tensor};
use crate::spec::SpecError;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt::Write;
use receptive_core::Shape4;
use receptive_core::ops::{self, dropout_backward, dropout_forward, dropout_terms};
use receptive_core::terms::{Cell, Terms};

/// The usual rate (Srivastava et al. 2014).
const RATE: [f32; 1] = [0.5];

pub(super) const READER: Reader = Reader {
    n_constants: 1,
    ..Reader::plain('o', |marks| {
        let [rate] = marks.constants(RATE)?;
        Some(Layer::Dropout { rate })
    })
};

/// At 100 nothing would be left.
pub(super) fn settings(rate: &mut f32) -> Vec<Setting<'_>> {
    vec![Setting::Percent("rate", rate, 99)]
}

pub(super) struct Dropout {
    pub(super) rate: f32,
}

impl Kind for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn write(&self, text: &mut String) {
        text.push('o');
        if [self.rate] != RATE {
            // Writing to a string cannot fail.
            let _ = write!(text, "{}", self.rate);
        }
    }

    fn place(&self, x: Shape4, number: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        if !(0.0..1.0).contains(&self.rate) {
            return Err(SpecError::DropoutRate { layer: number });
        }
        Ok((LayerGeometry::Dropout { rate: self.rate }, x))
    }
}

impl Geometry for Dropout {
    fn is_for_training(&self) -> bool {
        true
    }

    fn emit(&self, at: &Site<'_>, to: &mut Emitter) {
        let Site { x, grad_x, y, grad_y, .. } = *at;
        let layer = ops::Dropout { rate: self.rate, layer: to.number_dropout(), image_len: to.shape(x).image_len() };
        to.forward(DropoutForward { y, x, layer });
        to.backward(DropoutBackward { grad_x, grad_y, layer });
    }
}

instruction! {
    /// The values, some of them dropped and the others larger by as much.
    DropoutForward writes { y } reads { x } params {} with { layer: ops::Dropout }
}
instruction! {
    /// The upstream gradients of the values that were not dropped, larger by as much.
    DropoutBackward writes { grad_x } reads { grad_y } params {} with { layer: ops::Dropout }
}

impl Operation for DropoutForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.y, |y, at, _| dropout_forward(y, at.buffer(self.x), &self.layer, at.draw));
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        dropout_terms(index, Tensor::Buffer(self.x), &self.layer, values.draw)
    }
}

impl Operation for DropoutBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_x, |grad_x, at, _| {
            dropout_backward(grad_x, at.buffer(self.grad_y), &self.layer, at.draw);
        });
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        dropout_terms(index, Tensor::Buffer(self.grad_y), &self.layer, values.draw)
    }
}
