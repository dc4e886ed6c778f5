//! A network compiled for one batch size: named buffers, and what one training step does with them, in order.
//!
//! A program says *what* happens; an engine makes it happen. Nothing here computes.

mod compile;

use crate::optim::Optimiser;
use alloc::string::String;
use alloc::vec::Vec;
use receptive_core::ops::LinearGeom;
use receptive_core::{ConvGeom, PoolGeom, Shape4};

/// Position of a buffer in [`Program::buffers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferId(pub(crate) usize);

/// Position of a tensor in the network's parameters, and in [`Program::params`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ParamId(pub(crate) usize);

impl BufferId {
    /// The position as a number.
    pub const fn index(self) -> usize {
        self.0
    }
}

impl ParamId {
    /// The position as a number.
    pub const fn index(self) -> usize {
        self.0
    }
}

/// What a buffer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The batch of images.
    Input,
    /// What a layer made of it. The last one holds the logits.
    Activation,
    /// For every max-pooled value, where in its plane it came from. Whole numbers.
    Argmax,
    /// Class probabilities.
    Probabilities,
    /// One loss per image, in nats.
    Losses,
    /// The gradient of the mean loss with respect to an activation.
    Gradient,
    /// The gradient of the mean loss with respect to a parameter.
    ParamGradient,
}

/// Memory that a program names.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffer {
    /// "input", "conv 1", "grad conv 1", "grad conv 1.weight" …
    pub name: String,
    /// Its shape.
    pub shape: Shape4,
    /// What it is for.
    pub role: Role,
}

/// One operation on named buffers. Fields are those of the operation of that name in `receptive_core::ops`.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the arguments of the operations they name")]
pub enum Instr {
    Conv2dForward { y: BufferId, x: BufferId, w: ParamId, b: ParamId, geom: ConvGeom },
    Conv2dGradX { grad_x: BufferId, w: ParamId, grad_y: BufferId, geom: ConvGeom },
    Conv2dGradW { grad_w: BufferId, x: BufferId, grad_y: BufferId, geom: ConvGeom },
    Conv2dGradB { grad_b: BufferId, grad_y: BufferId, geom: ConvGeom },
    LinearForward { y: BufferId, x: BufferId, w: ParamId, b: ParamId, geom: LinearGeom },
    LinearGradX { grad_x: BufferId, w: ParamId, grad_y: BufferId, geom: LinearGeom },
    LinearGradW { grad_w: BufferId, x: BufferId, grad_y: BufferId, geom: LinearGeom },
    LinearGradB { grad_b: BufferId, grad_y: BufferId, geom: LinearGeom },
    MaxPool2dForward { y: BufferId, argmax: BufferId, x: BufferId, geom: PoolGeom },
    MaxPool2dBackward { grad_x: BufferId, grad_y: BufferId, argmax: BufferId, geom: PoolGeom },
    AvgPool2dForward { y: BufferId, x: BufferId, geom: PoolGeom },
    AvgPool2dBackward { grad_x: BufferId, grad_y: BufferId, geom: PoolGeom },
    ReluForward { y: BufferId, x: BufferId },
    ReluBackward { grad_x: BufferId, grad_y: BufferId, x: BufferId },
    SoftmaxCrossEntropyForward { losses: BufferId, p: BufferId, z: BufferId },
    SoftmaxCrossEntropyBackward { grad_z: BufferId, p: BufferId },
    Update { param: ParamId, grad: BufferId, rule: Optimiser },
}

/// A compiled network.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    batch: usize,
    n_classes: usize,
    buffers: Vec<Buffer>,
    params: Vec<(String, Shape4)>,
    forward: Vec<Instr>,
    backward: Vec<Instr>,
    update: Vec<Instr>,
    input: BufferId,
    probabilities: BufferId,
    losses: BufferId,
    logits: BufferId,
}

impl Program {
    /// Images per step.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Classes that the network tells apart.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// All buffers.
    pub fn buffers(&self) -> &[Buffer] {
        &self.buffers
    }

    /// Names and shapes of the parameters, in the order of [`Parameters`](crate::Parameters).
    pub fn params(&self) -> &[(String, Shape4)] {
        &self.params
    }

    /// From images to losses.
    pub fn forward(&self) -> &[Instr] {
        &self.forward
    }

    /// From losses to every parameter's gradient.
    pub fn backward(&self) -> &[Instr] {
        &self.backward
    }

    /// From gradients to new parameters.
    pub fn update(&self) -> &[Instr] {
        &self.update
    }

    /// The batch of images.
    pub fn input(&self) -> BufferId {
        self.input
    }

    /// What the last layer made.
    pub fn logits(&self) -> BufferId {
        self.logits
    }

    /// Class probabilities, (n, classes).
    pub fn probabilities(&self) -> BufferId {
        self.probabilities
    }

    /// Losses in nats, (n).
    pub fn losses(&self) -> BufferId {
        self.losses
    }
}
