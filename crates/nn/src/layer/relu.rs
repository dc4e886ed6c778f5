//! The rectifier.

use super::{Geometry, Kind, Layer, LayerGeometry, Reader};
use crate::program::instr::{Memory, Operation, StepValues, instruction};
use crate::program::{BufferId, Emitter, Site, Tensor};
use crate::spec::SpecError;
use alloc::string::String;
use receptive_core::Shape4;
use receptive_core::ops::{
    Activation, activation_grad_x_terms, activation_terms, relu_backward, relu_backward_in_place, relu_forward,
};
use receptive_core::terms::{Cell, Terms};

pub(super) const READER: Reader = Reader::plain('r', |_| Some(Layer::Relu));

pub(super) struct Relu;

impl Kind for Relu {
    fn name(&self) -> &'static str {
        "relu"
    }

    fn write(&self, text: &mut String) {
        text.push('r');
    }

    fn place(&self, x: Shape4, _: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        Ok((LayerGeometry::Relu, x))
    }
}

impl Geometry for Relu {
    fn emit(&self, at: &Site<'_>, to: &mut Emitter) {
        let Site { x, grad_x, y, grad_y, .. } = *at;
        to.forward(ReluForward { y, x });
        to.backward(ReluBackward { grad_x, grad_y, x });
    }
}

instruction! {
    /// `max(x, 0)` of each value.
    ReluForward writes { y } reads { x } params {} with {}
}
instruction! {
    /// The upstream gradient where `x` is above zero. `x` may be the rectifier's output as well: its sign is the same.
    ReluBackward writes { grad_x } reads { grad_y, x } params {} with {}
}

impl Operation for ReluForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.y, |y, at, _| relu_forward(y, at.buffer(self.x)));
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, _: &StepValues<'_>) -> Terms<Tensor> {
        activation_terms(index, Tensor::Buffer(self.x), Activation::Relu)
    }
}

impl Operation for ReluBackward {
    fn in_place(&self) -> Option<[BufferId; 2]> {
        Some([self.grad_x, self.grad_y])
    }

    fn run(&self, memory: &mut Memory<'_>) {
        let is_in_place = memory.share_a_slot(self.grad_x, self.grad_y);
        memory.write(self.grad_x, |grad_x, at, _| match is_in_place {
            true => relu_backward_in_place(grad_x, at.buffer(self.x)),
            false => relu_backward(grad_x, at.buffer(self.grad_y), at.buffer(self.x)),
        });
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        let tensors = [self.grad_y, self.x].map(Tensor::Buffer);
        activation_grad_x_terms(index, tensors, values.buffer(self.x, index), Activation::Relu)
    }
}
