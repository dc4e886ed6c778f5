//! A network compiled for one batch size: named buffers, and what one training step does with them, in order.
//!
//! A program says *what* happens; an engine makes it happen. Nothing here computes.

mod compile;
mod counts;
mod fuse;
pub(crate) mod head;
pub mod instr;
mod listing;
pub(crate) mod loss;
mod plan;
pub(crate) mod update;

pub use counts::NTerms;
pub use head::Head;
pub use instr::{Instr, StepValues};
pub use listing::{Phase, Quantity, StepLine};

pub(crate) use compile::{Emitter, Site};

use crate::optim::Optimiser;
use alloc::string::String;
use alloc::vec::Vec;
use receptive_core::Shape4;

/// Position of a buffer in [`Program::buffers`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BufferId(pub(crate) usize);

/// Position of a tensor in the network's parameters, and in [`Program::params`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParamId(pub(crate) usize);

/// A tensor of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tensor {
    /// A buffer.
    Buffer(BufferId),
    /// A parameter. What an update reads is its value before the step; what it writes, the value after.
    Param(ParamId),
    /// A moment that the update rule keeps of a parameter, by its position; before and after a step likewise.
    Moment(ParamId, usize),
}

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

/// The purpose of a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The batch of images.
    Input,
    /// The output of a layer. The last one holds the logits.
    Activation,
    /// For every max-pooled value, its position in the input plane. Whole numbers.
    Argmax,
    /// Class probabilities.
    Probabilities,
    /// One loss per image, in nats.
    Losses,
    /// The gradient of the mean loss with respect to an activation.
    Gradient,
    /// The gradient of the mean loss with respect to a parameter.
    ParamGradient,
    /// A statistic of the batch, (channels, 1, 1, 1).
    Statistic,
}

/// Memory that a program names.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffer {
    /// "input", "conv 1", "grad conv 1", "grad conv 1.weight" …
    pub name: String,
    /// Its shape.
    pub shape: Shape4,
    /// Its purpose.
    pub role: Role,
    /// Position in [`Program::slots`]. Buffers with the same slot share its memory, one after the other.
    pub slot: usize,
    /// True if nothing else is written into its memory after it: then it can be read when a step is over.
    pub is_kept: bool,
}

/// The purpose of a program, which decides what its engine keeps. The numbers are the same for every purpose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Purpose {
    /// Steps with this rule. Buffers share memory where nothing needs both, and layers do two things in one pass:
    /// what a layer or its gradient held is gone after a step. Gradients of parameters stay.
    Training(Optimiser),
    /// The same steps, with every layer's values and gradients kept for inspection.
    Inspect(Optimiser),
    /// From images to the gradients that are asked for: nothing is updated.
    Gradients,
    /// From images to probabilities only: no gradients, no updates.
    Inference,
    /// From images to every layer's values, all of them kept. The last layer need not make logits, and no loss is taken:
    /// probabilities, losses and logits are the last layer's values.
    Layers,
}

/// What gradients are asked for with respect to, besides what a purpose needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The images.
    Input,
    /// The output of the layer of this name: "conv 2".
    Layer(String),
    /// The parameter of this name, which is learnt: "conv 2.weight".
    Parameter(String),
}

impl Target {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Input => "input",
            Self::Layer(name) | Self::Parameter(name) => name,
        }
    }
}

/// A compiled network.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    batch: usize,
    n_classes: usize,
    buffers: Vec<Buffer>,
    /// Layers whose output is another's, with another shape, where everything is kept.
    views: Vec<(String, BufferId)>,
    slots: Vec<usize>,
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

    /// Lengths of the pieces of memory that the buffers lie in.
    pub fn slots(&self) -> &[usize] {
        &self.slots
    }

    /// The buffer of this name, if a step leaves it as it was written.
    pub fn kept(&self, name: &str) -> Option<BufferId> {
        let own = self.buffers.iter().position(|buffer| buffer.is_kept && buffer.name == name).map(BufferId);
        own.or_else(|| self.views.iter().find(|(view, _)| view == name).map(|(_, id)| *id))
    }

    /// Names and shapes of the parameters, in the order of [`Parameters`](crate::Parameters).
    pub fn params(&self) -> &[(String, Shape4)] {
        &self.params
    }

    /// The parameters in order.
    pub fn param_ids(&self) -> impl Iterator<Item = ParamId> + use<> {
        (0..self.params.len()).map(ParamId)
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

    /// The output of the last layer.
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
