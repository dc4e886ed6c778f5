//! Activation functions but the rectifier, which can be fused with the layer before it.

use super::{Geometry, Kind, Layer, LayerGeometry, Reader};
use crate::program::instr::{Memory, Operation, StepValues, instruction};
use crate::program::{Emitter, Site, Tensor};
use crate::spec::SpecError;
use alloc::string::String;
use alloc::vec;
use core::fmt::Write;
use receptive_core::Shape4;
use receptive_core::ops::{
    Activation, activation_backward, activation_forward, activation_grad_x_terms, activation_terms,
};
use receptive_core::terms::{Cell, Terms};

/// Constants as they usually are: of the leaky rectifier, ELU, maxout (the rectifier) and the radial function.
const SLOPE: [f32; 1] = [0.01];
const ALPHA: [f32; 1] = [1.0];
const LINES: [f32; 4] = [1.0, 0.0, 0.0, 0.0];
const BUMP: [f32; 2] = [0.0, 1.0];

pub(super) const SIGMOID: Reader = Reader::plain('g', |_| Some(Layer::Activation(Activation::Sigmoid)));
pub(super) const TANH: Reader = Reader::plain('t', |_| Some(Layer::Activation(Activation::Tanh)));
pub(super) const LEAKY_RELU: Reader = Reader {
    n_constants: 1,
    ..Reader::plain('l', |marks| {
        let [slope] = marks.constants(SLOPE)?;
        Some(Layer::Activation(Activation::LeakyRelu { slope }))
    })
};
pub(super) const ELU: Reader = Reader {
    n_constants: 1,
    ..Reader::plain('e', |marks| {
        let [alpha] = marks.constants(ALPHA)?;
        Some(Layer::Activation(Activation::Elu { alpha }))
    })
};
pub(super) const MAXOUT: Reader = Reader {
    n_constants: 4,
    ..Reader::plain('x', |marks| {
        let [w0, b0, w1, b1] = marks.constants(LINES)?;
        Some(Layer::Activation(Activation::Maxout { lines: [[w0, b0], [w1, b1]] }))
    })
};
pub(super) const RBF: Reader = Reader {
    n_constants: 2,
    ..Reader::plain('h', |marks| {
        let [centre, epsilon] = marks.constants(BUMP)?;
        Some(Layer::Activation(Activation::Rbf { centre, epsilon }))
    })
};

pub(super) struct Function(pub(super) Activation);

impl Kind for Function {
    fn name(&self) -> &'static str {
        match self.0 {
            Activation::Relu => "relu",
            Activation::Sigmoid => "sigmoid",
            Activation::Tanh => "tanh",
            Activation::LeakyRelu { .. } => "leaky-relu",
            Activation::Elu { .. } => "elu",
            Activation::Maxout { .. } => "maxout",
            Activation::Rbf { .. } => "radial",
        }
    }

    fn write(&self, text: &mut String) {
        let (letter, constants, usual) = match self.0 {
            Activation::Relu => ('r', vec![], &[][..]),
            Activation::Sigmoid => ('g', vec![], &[][..]),
            Activation::Tanh => ('t', vec![], &[][..]),
            Activation::LeakyRelu { slope } => ('l', vec![slope], &SLOPE[..]),
            Activation::Elu { alpha } => ('e', vec![alpha], &ALPHA[..]),
            Activation::Maxout { lines } => ('x', lines.concat(), &LINES[..]),
            Activation::Rbf { centre, epsilon } => ('h', vec![centre, epsilon], &BUMP[..]),
        };
        text.push(letter);
        if constants != usual {
            for (i, constant) in constants.iter().enumerate() {
                // Writing to a string cannot fail.
                let _ = write!(text, "{}{constant}", if i == 0 { "" } else { "_" });
            }
        }
    }

    fn place(&self, x: Shape4, _: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        Ok((LayerGeometry::Activation(self.0), x))
    }
}

impl Geometry for Function {
    fn emit(&self, at: &Site<'_>, to: &mut Emitter) {
        let Site { x, grad_x, y, grad_y, .. } = *at;
        to.forward(ActivationForward { y, x, f: self.0 });
        to.backward(ActivationBackward { grad_x, grad_y, x, f: self.0 });
    }
}

instruction! {
    /// `f(x)` of each value.
    ActivationForward writes { y } reads { x } params {} with { f: Activation }
}
instruction! {
    /// The upstream gradient times the slope at `x`.
    ActivationBackward writes { grad_x } reads { grad_y, x } params {} with { f: Activation }
}

impl Operation for ActivationForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.y, |y, at, _| activation_forward(y, at.buffer(self.x), self.f));
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, _: &StepValues<'_>) -> Terms<Tensor> {
        activation_terms(index, Tensor::Buffer(self.x), self.f)
    }
}

impl Operation for ActivationBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_x, |grad_x, at, _| {
            activation_backward(grad_x, at.buffer(self.grad_y), at.buffer(self.x), self.f);
        });
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        let tensors = [self.grad_y, self.x].map(Tensor::Buffer);
        activation_grad_x_terms(index, tensors, values.buffer(self.x, index), self.f)
    }
}
