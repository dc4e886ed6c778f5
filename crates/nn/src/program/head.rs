//! The end of a network: what its gradients are of.

use crate::program::instr::{Memory, Operation, StepValues, instruction};
use crate::program::{BufferId, Emitter, Tensor};
use alloc::vec::Vec;
use receptive_core::ops::{
    logit_backward, logit_forward, logit_grad_z_terms, logit_terms, softmax_cross_entropy_backward,
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
    /// Of each image, the logit of the class that is given for it. Losses are these logits.
    Logit,
}

impl Head {
    /// Emits the end of a network with these logits.
    pub(super) fn emit(self, to: &mut Emitter, [z, grad_z, p, losses]: [BufferId; 4]) {
        match self {
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
        row_readers(index, self.p, self.losses, n_classes)
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
        row_readers(index, self.p, self.losses, n_classes)
    }
}

/// The cells that a logit goes into: every probability of its row, and what its image comes to.
fn row_readers(index: usize, p: BufferId, losses: BufferId, n_classes: usize) -> Vec<Cell<Tensor>> {
    let image = index / n_classes;
    let p = (image * n_classes..(image + 1) * n_classes).map(|index| Cell { tensor: Tensor::Buffer(p), index });
    let mut cells: Vec<_> = p.chain([Cell { tensor: Tensor::Buffer(losses), index: image }]).collect();
    cells.sort_unstable();
    cells
}

impl Operation for LogitBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_z, |grad_z, at, _| logit_backward(grad_z, at.labels, at.n_classes));
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        logit_grad_z_terms(index, values.label(index / values.n_classes), values.n_classes)
    }
}
