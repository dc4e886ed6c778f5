//! The terms of every instruction, both ways: which cells a cell comes from, and which cells come from it.
//!
//! Every number that a training step makes is reached from here: forward, gradients, losses, updates. Values are needed
//! only where they decide a coefficient, such as the position of a maximum.

use super::{BufferId, Instr, ParamId};
use crate::optim::{Optimiser, adam_step};
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::ops::*;
use receptive_core::terms::{Cell, Combine, Connection, Operand, Term, Terms, cells_of};

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

/// The numbers that decide coefficients.
pub struct StepValues<'a> {
    /// Gives the value of a cell; for positions of maxima, the position in the plane.
    pub value: &'a dyn Fn(Cell<Tensor>) -> f32,
    /// The true class of each image.
    pub labels: &'a [u8],
    /// The number of classes.
    pub n_classes: usize,
    /// The learning rate of the step.
    pub learning_rate: f32,
    /// The number of steps, this one included.
    pub n_steps: i32,
}

/// An instruction that sums products or picks among cells: its connections, and the role of each of its tensors in them.
struct Layer<'a> {
    connections: &'a dyn Fn(Operand, usize) -> Vec<Connection>,
    written: Operand,
    reads: Vec<(Operand, Tensor)>,
}

impl Instr {
    /// Returns the terms of a cell of a tensor that this instruction writes, or `None` when it does not write it.
    pub fn terms(&self, cell: Cell<Tensor>, values: &StepValues<'_>) -> Option<Terms<Tensor>> {
        let Cell { tensor, index } = cell;
        let at = |buffer: BufferId, index| (values.value)(Cell { tensor: Tensor::Buffer(buffer), index });
        let buffer = Tensor::Buffer;
        if !self.written().contains(&tensor) {
            return None;
        }
        let terms = match *self {
            Self::Conv2dForward { relu, .. } | Self::LinearForward { relu, .. } => {
                Terms { rectified: relu, ..self.with_layer(|layer| layer.products(index))? }
            }
            Self::Conv2dGradX { .. }
            | Self::Conv2dGradW { .. }
            | Self::Conv2dGradB { .. }
            | Self::LinearGradX { .. }
            | Self::LinearGradW { .. }
            | Self::LinearGradB { .. } => self.with_layer(|layer| layer.products(index))?,
            Self::MaxPool2dForward { argmax, x, geom, .. } if tensor == buffer(argmax) => {
                max_pool2d_argmax_terms(index, buffer(x), &geom)
            }
            Self::MaxPool2dForward { x, geom, .. } => max_pool2d_terms(index, buffer(x), &geom),
            Self::MaxPool2dBackward { grad_y, argmax, rectified, geom, .. } => {
                let tensors = [grad_y, argmax].map(buffer);
                let mut terms = max_pool2d_grad_x_terms(index, tensors, |y| at(argmax, y) as usize, &geom);
                if let Some(rectified) = rectified {
                    // Where the rectifier before the pooling gave 0, no gradient comes back.
                    let gate = |term: Term<Tensor>| {
                        let y = term.cells().next().map_or(0, |cell| cell.index);
                        let coefficient = if at(rectified, y) > 0.0 { term.coefficient } else { 0.0 };
                        Term { coefficient, ..term }.decided_by(Cell { tensor: buffer(rectified), index: y })
                    };
                    terms.terms = terms.terms.into_iter().map(gate).collect();
                }
                terms
            }
            Self::AvgPool2dForward { x, geom, .. } => avg_pool2d_terms(index, buffer(x), &geom),
            Self::AvgPool2dBackward { grad_y, geom, .. } => avg_pool2d_grad_x_terms(index, buffer(grad_y), &geom),
            Self::ReluForward { x, .. } => activation_terms(index, buffer(x), Activation::Relu),
            Self::ReluBackward { grad_y, x, .. } => {
                activation_grad_x_terms(index, [grad_y, x].map(buffer), at(x, index), Activation::Relu)
            }
            Self::SoftmaxCrossEntropyForward { losses, z, .. } if tensor == buffer(losses) => {
                let target = values.labels.get(index).copied().unwrap_or(0).into();
                softmax_cross_entropy_terms(index, buffer(z), target, values.n_classes)
            }
            Self::SoftmaxCrossEntropyForward { z, .. } => softmax_terms(index, buffer(z), values.n_classes),
            Self::SoftmaxCrossEntropyBackward { p, .. } => {
                let target = values.labels.get(index / values.n_classes).copied().unwrap_or(0).into();
                let size = [values.labels.len(), values.n_classes];
                softmax_cross_entropy_grad_z_terms(index, buffer(p), target, size)
            }
            Self::Update { param, grad, rule } => update_terms(tensor, index, param, grad, rule, values),
        };
        Some(terms)
    }

    /// Returns the cells, in order, that this instruction makes from a cell; none when it does not read it. For an
    /// image, its size in classes is that of `n_classes`.
    pub fn readers(&self, cell: Cell<Tensor>, n_classes: usize) -> Vec<Cell<Tensor>> {
        let Cell { tensor, index } = cell;
        let made = |tensor, index| Cell { tensor, index };
        if let Some(readers) = self.with_layer(|layer| layer.readers(tensor, index)) {
            let of = |tensor| readers.iter().map(move |&index| made(tensor, index));
            return self.written().into_iter().flat_map(of).collect();
        }
        let row = |tensor, index: usize| {
            let first = index / n_classes * n_classes;
            (first..first + n_classes).map(move |index| made(tensor, index))
        };
        match *self {
            Self::SoftmaxCrossEntropyForward { losses, p, z } if tensor == Tensor::Buffer(z) => {
                let mut cells: Vec<_> = row(Tensor::Buffer(p), index).collect();
                cells.push(made(Tensor::Buffer(losses), index / n_classes));
                cells.sort_unstable();
                cells
            }
            Self::Update { param, grad, rule } => {
                let mut reads = [Tensor::Buffer(grad), Tensor::Param(param)].to_vec();
                reads.extend((0..rule.n_moments()).map(|moment| Tensor::Moment(param, moment)));
                if !reads.contains(&tensor) {
                    return vec![];
                }
                let reads_it = |written: &Tensor| match *written {
                    Tensor::Moment(_, moment) => {
                        tensor == Tensor::Buffer(grad) || tensor == Tensor::Moment(param, moment)
                    }
                    _ => true,
                };
                self.written().into_iter().filter(reads_it).map(|tensor| made(tensor, index)).collect()
            }
            // The others make each cell from the one in the same place.
            _ if self.reads().contains(&tensor) => {
                self.written().into_iter().map(|tensor| made(tensor, index)).collect()
            }
            _ => vec![],
        }
    }

    /// Returns the tensors that it writes.
    pub fn written(&self) -> Vec<Tensor> {
        match *self {
            Self::Update { param, rule, .. } => {
                let moments = (0..rule.n_moments()).map(|moment| Tensor::Moment(param, moment));
                [Tensor::Param(param)].into_iter().chain(moments).collect()
            }
            _ => self.clone().operands().written.into_iter().map(|buffer| Tensor::Buffer(*buffer)).collect(),
        }
    }

    /// Returns the tensors that it reads.
    pub fn reads(&self) -> Vec<Tensor> {
        let buffers =
            self.clone().operands().read.into_iter().map(|buffer| Tensor::Buffer(*buffer)).collect::<Vec<_>>();
        let params = match *self {
            Self::Conv2dForward { w, b, .. } | Self::LinearForward { w, b, .. } => vec![w, b],
            Self::Conv2dGradX { w, .. } | Self::LinearGradX { w, .. } => vec![w],
            Self::Update { param, .. } => vec![param],
            _ => vec![],
        };
        let moments = match *self {
            Self::Update { param, rule, .. } => (0..rule.n_moments()).map(|i| Tensor::Moment(param, i)).collect(),
            _ => vec![],
        };
        buffers.into_iter().chain(params.into_iter().map(Tensor::Param)).chain(moments).collect()
    }

    /// Calls `f` with the connections of an instruction that has some.
    fn with_layer<R>(&self, f: impl FnOnce(Layer<'_>) -> R) -> Option<R> {
        use Operand::{B, W, X, Y};
        let buffer = Tensor::Buffer;
        let (written, reads) = match *self {
            Self::Conv2dForward { x, w, b, .. } | Self::LinearForward { x, w, b, .. } => {
                (Y, vec![(X, buffer(x)), (W, Tensor::Param(w)), (B, Tensor::Param(b))])
            }
            Self::Conv2dGradX { w, grad_y, .. } | Self::LinearGradX { w, grad_y, .. } => {
                (X, vec![(W, Tensor::Param(w)), (Y, buffer(grad_y))])
            }
            Self::Conv2dGradW { x, grad_y, .. } | Self::LinearGradW { x, grad_y, .. } => {
                (W, vec![(X, buffer(x)), (Y, buffer(grad_y))])
            }
            Self::Conv2dGradB { grad_y, .. } | Self::LinearGradB { grad_y, .. } => (B, vec![(Y, buffer(grad_y))]),
            Self::MaxPool2dForward { x, .. } | Self::AvgPool2dForward { x, .. } => (Y, vec![(X, buffer(x))]),
            Self::MaxPool2dBackward { grad_y, argmax, rectified, .. } => {
                let mut reads = vec![(Y, buffer(grad_y)), (Y, buffer(argmax))];
                reads.extend(rectified.map(|y| (Y, buffer(y))));
                (X, reads)
            }
            Self::AvgPool2dBackward { grad_y, .. } => (X, vec![(Y, buffer(grad_y))]),
            _ => return None,
        };
        let connections: &dyn Fn(Operand, usize) -> Vec<Connection> = match self {
            Self::Conv2dForward { geom, .. }
            | Self::Conv2dGradX { geom, .. }
            | Self::Conv2dGradW { geom, .. }
            | Self::Conv2dGradB { geom, .. } => &|operand, index| conv2d_connections(operand, index, geom),
            Self::LinearForward { geom, .. }
            | Self::LinearGradX { geom, .. }
            | Self::LinearGradW { geom, .. }
            | Self::LinearGradB { geom, .. } => &|operand, index| linear_connections(operand, index, geom),
            Self::MaxPool2dForward { geom, .. }
            | Self::MaxPool2dBackward { geom, .. }
            | Self::AvgPool2dForward { geom, .. }
            | Self::AvgPool2dBackward { geom, .. } => &|operand, index| pool2d_connections(operand, index, geom),
            _ => return None,
        };
        Some(f(Layer { connections, written, reads }))
    }
}

impl Layer<'_> {
    fn products(&self, index: usize) -> Terms<Tensor> {
        Terms::products(&(self.connections)(self.written, index), &self.reads)
    }

    /// The written cells that a cell goes into; nothing when it is not read.
    fn readers(&self, tensor: Tensor, index: usize) -> Vec<usize> {
        let role = self.reads.iter().find(|(_, read)| *read == tensor);
        role.map_or_else(Vec::new, |(operand, _)| cells_of(&(self.connections)(*operand, index), self.written))
    }
}

/// The terms of a weight, or of a moment of its rule, after a step.
fn update_terms(
    written: Tensor,
    index: usize,
    param: ParamId,
    grad: BufferId,
    rule: Optimiser,
    values: &StepValues<'_>,
) -> Terms<Tensor> {
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
