//! Max pooling.

use super::{Geometry, Kind, Layer, LayerGeometry, Reader, Sees, Takes, pool};
use crate::ledger::Formulas;
use crate::program::instr::{Memory, Operation, StepValues, Wiring, instruction};
use crate::program::{BufferId, Emitter, Role, Site, Tensor};
use crate::spec::SpecError;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use receptive_core::ops::{
    max_pool2d_argmax_terms, max_pool2d_backward, max_pool2d_backward_relu, max_pool2d_forward,
    max_pool2d_grad_x_terms, max_pool2d_terms, pool2d_connections,
};
use receptive_core::terms::{Cell, Connection, Operand, Term, Terms};
use receptive_core::{PoolGeom, PoolParams, Shape4};

pub(super) const READER: Reader = Reader {
    letter: 'm',
    marks: &pool::marks('m'),
    flags: pool::FLAGS,
    n_constants: 0,
    make: |marks| Some(Layer::MaxPool2d(pool::read('m', marks)?)),
};

pub(super) struct MaxPool2d(pub(super) PoolParams);

impl Kind for MaxPool2d {
    fn name(&self) -> &'static str {
        "max-pool"
    }

    fn write(&self, text: &mut String) {
        pool::write('m', &self.0, text);
    }

    fn takes(&self) -> Takes {
        Takes::Maps
    }

    fn place(&self, x: Shape4, number: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        pool::place(x, self.0, Layer::MaxPool2d(self.0), number, LayerGeometry::MaxPool2d)
    }
}

pub(super) struct Placed(pub(super) PoolGeom);

impl Geometry for Placed {
    fn connections(&self, operand: Operand, index: usize) -> Vec<Connection> {
        pool2d_connections(operand, index, &self.0)
    }

    fn formulas(&self) -> Formulas {
        pool::formulas(&self.0)
    }

    fn sees(&self) -> Sees {
        pool::sees(&self.0)
    }

    fn emit(&self, at: &Site<'_>, to: &mut Emitter) {
        let Site { name, x, grad_x, y, grad_y, .. } = *at;
        let geom = self.0;
        let argmax = to.buffer(format!("{name} argmax"), geom.y(), Role::Argmax);
        to.forward(MaxPool2dForward { y, argmax, x, geom });
        to.backward(MaxPool2dBackward { grad_x, grad_y, argmax, rectified: None, geom });
    }
}

instruction! {
    /// The largest value of each window, and its position.
    MaxPool2dForward writes { y, argmax } reads { x } params {} with { geom: PoolGeom }
}
instruction! {
    /// Gradients sent back to the positions of the maxima. With `rectified`, the maxima of rectified values, they also
    /// go back through the rectifier before the pooling.
    MaxPool2dBackward writes { grad_x } reads { grad_y, argmax, rectified: Option<BufferId> } params {}
        with { geom: PoolGeom }
}

impl Operation for MaxPool2dForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write_with_positions(self.y, self.argmax, |y, argmax, at| {
            max_pool2d_forward(y, argmax, at.buffer(self.x), &self.geom);
        });
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(pool::forward(&self.geom, self.x))
    }

    fn terms(&self, Cell { tensor, index }: Cell<Tensor>, _: &StepValues<'_>) -> Terms<Tensor> {
        let terms = if tensor == Tensor::Buffer(self.argmax) { max_pool2d_argmax_terms } else { max_pool2d_terms };
        terms(index, Tensor::Buffer(self.x), &self.geom)
    }
}

impl Operation for MaxPool2dBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_x, |grad_x, at, _| {
            let (grad_y, argmax) = (at.buffer(self.grad_y), at.positions(self.argmax));
            match self.rectified {
                None => max_pool2d_backward(grad_x, grad_y, argmax, &self.geom),
                Some(y) => max_pool2d_backward_relu(grad_x, grad_y, argmax, at.buffer(y), &self.geom),
            }
        });
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        let mut wiring = pool::backward(&self.geom, self.grad_y);
        let others = [self.argmax].into_iter().chain(self.rectified);
        wiring.reads.extend(others.map(|buffer| (Operand::Y, Tensor::Buffer(buffer))));
        Some(wiring)
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        let tensors = [self.grad_y, self.argmax].map(Tensor::Buffer);
        let position = |y| values.buffer(self.argmax, y) as usize;
        let mut terms = max_pool2d_grad_x_terms(index, tensors, position, &self.geom);
        if let Some(rectified) = self.rectified {
            // Where the rectifier before the pooling gave 0, no gradient comes back.
            let gate = |term: Term<Tensor>| {
                let y = term.cells().next().map_or(0, |cell| cell.index);
                let coefficient = if values.buffer(rectified, y) > 0.0 { term.coefficient } else { 0.0 };
                Term { coefficient, ..term }.decided_by(Cell { tensor: Tensor::Buffer(rectified), index: y })
            };
            terms.terms = terms.terms.into_iter().map(gate).collect();
        }
        terms
    }
}
