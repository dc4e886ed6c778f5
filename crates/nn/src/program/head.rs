//! The loss at the end of a network.

use crate::program::Tensor;
use crate::program::instr::{Memory, Operation, StepValues, instruction};
use alloc::vec::Vec;
use receptive_core::ops::{
    softmax_cross_entropy_backward, softmax_cross_entropy_forward, softmax_cross_entropy_grad_z_terms,
    softmax_cross_entropy_terms, softmax_terms,
};
use receptive_core::terms::{Cell, Terms};

instruction! {
    /// Each image's loss and probabilities.
    SoftmaxCrossEntropyForward writes { losses, p } reads { z } params {} with {}
}
instruction! {
    /// The gradient of the mean loss with respect to the logits.
    SoftmaxCrossEntropyBackward writes { grad_z } reads { p } params {} with {}
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
        let image = index / n_classes;
        let p =
            (image * n_classes..(image + 1) * n_classes).map(|index| Cell { tensor: Tensor::Buffer(self.p), index });
        let mut cells: Vec<_> = p.chain([Cell { tensor: Tensor::Buffer(self.losses), index: image }]).collect();
        cells.sort_unstable();
        cells
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
