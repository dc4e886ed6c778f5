//! The instructions of the losses beside cross-entropy: softmax by itself, and a loss of what it reads.

use crate::program::head::row_readers;
use crate::program::instr::{Memory, Operation, StepValues, instruction};
use crate::program::{BufferId, Emitter, Role, Tensor};
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::ops::{
    Loss, loss_backward, loss_forward, loss_grad_x_terms, loss_terms, softmax_backward, softmax_forward,
    softmax_grad_z_terms, softmax_terms,
};
use receptive_core::terms::{Cell, Terms};

/// Emits the end of a network whose logits end in this loss: of their probabilities, or of themselves.
pub(super) fn emit(loss: Loss, to: &mut Emitter, [z, grad_z, p, losses]: [BufferId; 4]) {
    to.forward(SoftmaxForward { p, z });
    if !loss.is_of_probabilities() {
        to.forward(LossForward { losses, x: z, loss });
        to.backward(LossBackward { grad_x: grad_z, x: z, loss });
        return;
    }
    let shape = to.shape(p);
    let grad_p = to.buffer("grad probabilities".to_string(), shape, Role::Gradient);
    to.forward(LossForward { losses, x: p, loss });
    // Backward is emitted from its end.
    to.backward(SoftmaxBackward { grad_z, grad_p, p });
    to.backward(LossBackward { grad_x: grad_p, x: p, loss });
}

instruction! {
    /// Probabilities.
    SoftmaxForward writes { p } reads { z } params {} with {}
}
instruction! {
    /// The gradient with respect to the logits.
    SoftmaxBackward writes { grad_z } reads { grad_p, p } params {} with {}
}
instruction! {
    /// Each image's loss, of its probabilities or its logits.
    LossForward writes { losses } reads { x } params {} with { loss: Loss }
}
instruction! {
    /// The gradient of the mean loss with respect to them.
    LossBackward writes { grad_x } reads { x } params {} with { loss: Loss }
}

impl Operation for SoftmaxForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.p, |p, at, _| softmax_forward(p, at.buffer(self.z), at.n_classes));
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        softmax_terms(index, Tensor::Buffer(self.z), values.n_classes)
    }

    fn readers(&self, Cell { index, .. }: Cell<Tensor>, n_classes: usize) -> Vec<Cell<Tensor>> {
        row_readers(index, self.p, n_classes)
    }
}

impl Operation for SoftmaxBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_z, |grad_z, at, _| {
            softmax_backward(grad_z, at.buffer(self.grad_p), at.buffer(self.p), at.n_classes);
        });
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        let tensors = [self.grad_p, self.p].map(Tensor::Buffer);
        softmax_grad_z_terms(index, tensors, |index| values.buffer(self.p, index), values.n_classes)
    }

    fn readers(&self, Cell { index, .. }: Cell<Tensor>, n_classes: usize) -> Vec<Cell<Tensor>> {
        row_readers(index, self.grad_z, n_classes)
    }
}

impl Operation for LossForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.losses, |losses, at, _| {
            loss_forward(losses, at.buffer(self.x), at.labels, at.n_classes, self.loss);
        });
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        loss_terms(index, Tensor::Buffer(self.x), values.label(index), values.n_classes, self.loss)
    }

    fn readers(&self, Cell { index, .. }: Cell<Tensor>, n_classes: usize) -> Vec<Cell<Tensor>> {
        vec![Cell { tensor: Tensor::Buffer(self.losses), index: index / n_classes }]
    }
}

impl Operation for LossBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_x, |grad_x, at, _| {
            loss_backward(grad_x, at.buffer(self.x), at.labels, at.n_classes, self.loss);
        });
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        let size = [values.labels.len(), values.n_classes];
        let target = values.label(index / values.n_classes);
        let value = |index| values.buffer(self.x, index);
        loss_grad_x_terms(index, Tensor::Buffer(self.x), value, target, size, self.loss)
    }

    fn readers(&self, Cell { index, .. }: Cell<Tensor>, n_classes: usize) -> Vec<Cell<Tensor>> {
        match self.loss {
            Loss::Hinge => row_readers(index, self.grad_x, n_classes),
            _ => vec![Cell { tensor: Tensor::Buffer(self.grad_x), index }],
        }
    }
}
