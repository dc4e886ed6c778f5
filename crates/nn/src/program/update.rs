//! The update of a parameter by its gradient.

use crate::optim::{Optimiser, adam_step};
use crate::program::Tensor;
use crate::program::instr::{Memory, Operands, Operation, StepValues, instruction};
use alloc::vec;
use alloc::vec::Vec;
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
        let reads_it = |written: &Tensor| match written {
            Tensor::Moment(..) => tensor == Tensor::Buffer(self.grad) || tensor == *written,
            _ => true,
        };
        self.written_tensors().into_iter().filter(reads_it).map(|tensor| Cell { tensor, index }).collect()
    }

    /// The terms of a weight, or of a moment of its rule, after a step.
    fn terms(&self, Cell { tensor: written, index }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        let Self { grad, param, rule } = *self;
        let cell = |tensor| Cell { tensor, index };
        let (w, g) = (cell(Tensor::Param(param)), cell(Tensor::Buffer(grad)));
        let moment = |i| cell(Tensor::Moment(param, i));
        let rate = values.learning_rate;
        let is = |i| written == Tensor::Moment(param, i);
        match rule {
            Optimiser::Sgd => Terms::new(Combine::Sum, vec![Term::scaled(1.0, w), Term::scaled(-rate, g)]),
            Optimiser::Momentum { momentum } if is(0) => {
                Terms::new(Combine::Sum, vec![Term::scaled(momentum, moment(0)), Term::scaled(1.0, g)])
            }
            Optimiser::Momentum { momentum } => {
                let velocity = [Term::scaled(-rate * momentum, moment(0)), Term::scaled(-rate, g)];
                Terms::new(Combine::Sum, [Term::scaled(1.0, w)].into_iter().chain(velocity).collect())
            }
            Optimiser::Adam { beta1, .. } if is(0) => {
                Terms::new(Combine::Sum, vec![Term::scaled(beta1, moment(0)), Term::scaled(1.0 - beta1, g)])
            }
            Optimiser::Adam { beta2, .. } if is(1) => {
                Terms::new(Combine::Sum, vec![Term::scaled(beta2, moment(1)), Term::squared(1.0 - beta2, g)])
            }
            Optimiser::Adam { .. } => {
                let terms = [w, moment(0), moment(1), g].map(|cell| Term::scaled(1.0, cell));
                let step = adam_step(rule, rate, values.n_steps);
                Terms::new(step.map_or(Combine::Sum, Combine::Adam), terms.to_vec())
            }
        }
    }
}
