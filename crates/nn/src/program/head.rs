//! The end of a network: what its gradients are of.

use crate::program::instr::{Memory, Operation, StepValues, instruction};
use crate::program::{BufferId, Emitter, Tensor, loss};
use alloc::vec::Vec;
use receptive_core::ops::{
    Loss, logit_backward, logit_forward, logit_grad_z_terms, logit_terms, softmax_cross_entropy_backward,
    softmax_cross_entropy_forward, softmax_cross_entropy_grad_z_terms, softmax_cross_entropy_terms, softmax_forward,
    softmax_terms,
};
use receptive_core::terms::{Cell, Terms};
use serde::{Deserialize, Serialize};

/// What the gradients of a program are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Head {
    /// The mean cross-entropy of the batch.
    #[default]
    CrossEntropy,
    /// The mean of another loss of the batch.
    Loss(Loss),
    /// Of each image, the logit of the class that is given for it. Losses are these logits.
    Logit,
}

impl Head {
    /// The heads that a network can be trained with: cross-entropy, and every other loss.
    pub const LOSSES: [Self; 5] = {
        let [squared, absolute, hinge, binary] = Loss::ALL;
        [Self::CrossEntropy, Self::Loss(squared), Self::Loss(absolute), Self::Loss(hinge), Self::Loss(binary)]
    };

    /// The name that a link carries.
    pub const fn key(self) -> &'static str {
        match self {
            Self::CrossEntropy => "cross-entropy",
            Self::Loss(Loss::SquaredError) => "squared",
            Self::Loss(Loss::AbsoluteError) => "absolute",
            Self::Loss(Loss::Hinge) => "hinge",
            Self::Loss(Loss::BinaryCrossEntropy) => "binary",
            Self::Logit => "logit",
        }
    }

    /// The loss that a link names.
    pub fn loss_from_key(key: &str) -> Option<Self> {
        Self::LOSSES.into_iter().find(|loss| loss.key() == key)
    }

    /// The loss of one image of class `target`, from its logits.
    pub fn of_logits(self, logits: &[f32], target: u8) -> f32 {
        let (mut value, mut p) = ([0.0], alloc::vec![0.0; logits.len()]);
        match self {
            Self::CrossEntropy => softmax_cross_entropy_forward(&mut value, &mut p, logits, &[target], logits.len()),
            Self::Loss(loss) if loss.is_of_probabilities() => {
                softmax_forward(&mut p, logits, logits.len());
                return loss.of_row(&p, target.into());
            }
            Self::Loss(loss) => return loss.of_row(logits, target.into()),
            Self::Logit => logit_forward(&mut value, logits, &[target], logits.len()),
        }
        value[0]
    }

    /// The loss of a network that guesses among `n` classes: that of equal logits.
    pub fn guess(self, n: usize) -> f32 {
        self.of_logits(&alloc::vec![0.0; n], 0)
    }

    /// Emits the end of a network with these logits.
    pub(super) fn emit(self, to: &mut Emitter, buffers: [BufferId; 4]) {
        let [z, grad_z, p, losses] = buffers;
        match self {
            Self::Loss(of) => loss::emit(of, to, buffers),
            Self::CrossEntropy => {
                to.forward(SoftmaxCrossEntropyForward { losses, p, z });
                to.backward(SoftmaxCrossEntropyBackward { grad_z, p });
            }
            Self::Logit => {
                to.forward(LogitForward { losses, p, z });
                to.backward(LogitBackward { grad_z });
            }
        }
    }
}

instruction! {
    /// Each image's loss and probabilities.
    SoftmaxCrossEntropyForward writes { losses, p } reads { z } params {} with {}
}
instruction! {
    /// The gradient of the mean loss with respect to the logits.
    SoftmaxCrossEntropyBackward writes { grad_z } reads { p } params {} with {}
}

instruction! {
    /// Each image's logit of its class, and its probabilities.
    LogitForward writes { losses, p } reads { z } params {} with {}
}
instruction! {
    /// The gradient of that logit with respect to all of them.
    LogitBackward writes { grad_z } reads {} params {} with {}
}

impl Operation for SoftmaxCrossEntropyForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write_two([self.losses, self.p], |losses, p, at| {
            softmax_cross_entropy_forward(losses, p, at.buffer(self.z), at.labels, at.n_classes);
        });
    }

    fn terms(&self, Cell { tensor, index }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        let z = Tensor::Buffer(self.z);
        if tensor == Tensor::Buffer(self.losses) {
            return softmax_cross_entropy_terms(index, z, values.label(index), values.n_classes);
        }
        softmax_terms(index, z, values.n_classes)
    }

    fn readers(&self, Cell { index, .. }: Cell<Tensor>, n_classes: usize) -> Vec<Cell<Tensor>> {
        with_loss(index, self.p, self.losses, n_classes)
    }
}

impl Operation for SoftmaxCrossEntropyBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_z, |grad_z, at, _| {
            softmax_cross_entropy_backward(grad_z, at.buffer(self.p), at.labels, at.n_classes);
        });
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        let size = [values.labels.len(), values.n_classes];
        let target = values.label(index / values.n_classes);
        softmax_cross_entropy_grad_z_terms(index, Tensor::Buffer(self.p), target, size)
    }
}

impl Operation for LogitForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write_two([self.losses, self.p], |losses, p, at| {
            softmax_forward(p, at.buffer(self.z), at.n_classes);
            logit_forward(losses, at.buffer(self.z), at.labels, at.n_classes);
        });
    }

    fn terms(&self, Cell { tensor, index }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        let z = Tensor::Buffer(self.z);
        if tensor == Tensor::Buffer(self.losses) {
            return logit_terms(index, z, values.label(index), values.n_classes);
        }
        softmax_terms(index, z, values.n_classes)
    }

    fn readers(&self, Cell { index, .. }: Cell<Tensor>, n_classes: usize) -> Vec<Cell<Tensor>> {
        with_loss(index, self.p, self.losses, n_classes)
    }
}

/// The cells that a logit goes into: every probability of its row, and what its image comes to.
fn with_loss(index: usize, p: BufferId, losses: BufferId, n_classes: usize) -> Vec<Cell<Tensor>> {
    let mut cells = row_readers(index, p, n_classes);
    cells.push(Cell { tensor: Tensor::Buffer(losses), index: index / n_classes });
    cells.sort_unstable();
    cells
}

/// The cells of a buffer of rows that lie in the row of `index`.
pub(super) fn row_readers(index: usize, of: BufferId, n_classes: usize) -> Vec<Cell<Tensor>> {
    let first = index / n_classes * n_classes;
    (first..first + n_classes).map(|index| Cell { tensor: Tensor::Buffer(of), index }).collect()
}

impl Operation for LogitBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_z, |grad_z, at, _| logit_backward(grad_z, at.labels, at.n_classes));
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        logit_grad_z_terms(index, values.label(index / values.n_classes), values.n_classes)
    }
}
