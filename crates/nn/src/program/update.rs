//! The update of a parameter by its gradient.

use crate::optim::Optimiser;
use crate::program::Tensor;
use crate::program::instr::{Memory, Operands, Operation, StepValues, instruction};
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::ops::{MOST_MOMENTS, Updated, update_terms};
use receptive_core::terms::{Cell, Combine, Term, Terms};

instruction! {
    /// A parameter and its moments after a step of the rule. Its engine runs it: nothing else may change a parameter.
    Update writes {} reads { grad } params { param } with { rule: Optimiser }
}

instruction! {
    /// A running average after a step: `(1 − momentum) · average + momentum · factor · found`. Its engine runs it.
    Average writes {} reads { found } params { param } with { momentum: f32, factor: f32 }
}

impl Update {
    fn moments(&self) -> impl Iterator<Item = Tensor> {
        (0..self.rule.n_moments()).map(|moment| Tensor::Moment(self.param, moment))
    }

    /// The weight, whatever a rule can remember of it, and the gradient.
    fn places(&self) -> [Tensor; 2 + MOST_MOMENTS] {
        let moment = |i| Tensor::Moment(self.param, i);
        [Tensor::Param(self.param), moment(0), moment(1), moment(2), Tensor::Buffer(self.grad)]
    }
}

/// What a step writes to a tensor.
const fn updated(tensor: Tensor) -> Updated {
    match tensor {
        Tensor::Moment(_, i) => Updated::Moment(i),
        _ => Updated::Weight,
    }
}

impl Operation for Average {
    fn run(&self, _: &mut Memory<'_>) {}

    fn written_tensors(&self) -> Vec<Tensor> {
        vec![Tensor::Param(self.param)]
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, _: &StepValues<'_>) -> Terms<Tensor> {
        let term = |factor, tensor| Term::scaled(factor, Cell { tensor, index });
        let old = term(1.0 - self.momentum, Tensor::Param(self.param));
        let new = term(self.momentum * self.factor, Tensor::Buffer(self.found));
        Terms::new(Combine::Sum, vec![old, new])
    }
}

impl Operation for Update {
    fn run(&self, _: &mut Memory<'_>) {}

    fn written_tensors(&self) -> Vec<Tensor> {
        [Tensor::Param(self.param)].into_iter().chain(self.moments()).collect()
    }

    fn read_tensors(&self) -> Vec<Tensor> {
        let buffers = self.read().into_iter().map(Tensor::Buffer);
        buffers.chain([Tensor::Param(self.param)]).chain(self.moments()).collect()
    }

    fn readers(&self, Cell { tensor, index }: Cell<Tensor>, _: usize) -> Vec<Cell<Tensor>> {
        let step = self.rule.step(0.0, 1, 1.0);
        let reads_it = |written: &Tensor| {
            let reads = step.reads(updated(*written));
            self.places().into_iter().zip(reads).any(|(place, reads)| reads && place == tensor)
        };
        self.written_tensors().into_iter().filter(reads_it).map(|tensor| Cell { tensor, index }).collect()
    }

    /// The terms of a weight, or of a moment of its rule, after a step.
    fn terms(&self, Cell { tensor, index }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        let step = self.rule.step(values.learning_rate, values.n_steps, values.gradient_scale);
        update_terms(&step, updated(tensor), self.places().map(|tensor| Cell { tensor, index }))
    }
}
