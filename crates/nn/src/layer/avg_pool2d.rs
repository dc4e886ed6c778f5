//! Average pooling.

use super::{Geometry, Kind, Layer, LayerGeometry, Reader, Sees, Takes, pool};
use crate::ledger::Formulas;
use crate::program::instr::{Memory, Operation, StepValues, Wiring, instruction};
use crate::program::{Emitter, Site, Tensor};
use crate::spec::SpecError;
use alloc::string::String;
use alloc::vec::Vec;
use receptive_core::ops::{
    avg_pool2d_backward, avg_pool2d_forward, avg_pool2d_grad_x_terms, avg_pool2d_terms, pool2d_connections,
};
use receptive_core::terms::{Cell, Connection, Operand, Terms};
use receptive_core::{PoolGeom, PoolParams, Shape4};

pub(super) const READER: Reader = Reader {
    letter: 'a',
    marks: &pool::marks('a'),
    flags: pool::FLAGS,
    n_constants: 0,
    make: |marks| Some(Layer::AvgPool2d(pool::read('a', marks)?)),
};

pub(super) struct AvgPool2d(pub(super) PoolParams);

impl Kind for AvgPool2d {
    fn name(&self) -> &'static str {
        "average-pool"
    }

    fn write(&self, text: &mut String) {
        pool::write('a', &self.0, text);
    }

    fn takes(&self) -> Takes {
        Takes::Maps
    }

    fn place(&self, x: Shape4, number: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        pool::place(x, self.0, Layer::AvgPool2d(self.0), number, LayerGeometry::AvgPool2d)
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
        to.forward(AvgPool2dForward { y: at.y, x: at.x, geom: self.0 });
        to.backward(AvgPool2dBackward { grad_x: at.grad_x, grad_y: at.grad_y, geom: self.0 });
    }
}

instruction! {
    /// The mean of each window.
    AvgPool2dForward writes { y } reads { x } params {} with { geom: PoolGeom }
}
instruction! {
    /// Gradients shared by the windows' cells.
    AvgPool2dBackward writes { grad_x } reads { grad_y } params {} with { geom: PoolGeom }
}

impl Operation for AvgPool2dForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.y, |y, at, _| avg_pool2d_forward(y, at.buffer(self.x), &self.geom));
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(pool::forward(&self.geom, self.x))
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, _: &StepValues<'_>) -> Terms<Tensor> {
        avg_pool2d_terms(index, Tensor::Buffer(self.x), &self.geom)
    }
}

impl Operation for AvgPool2dBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_x, |grad_x, at, _| avg_pool2d_backward(grad_x, at.buffer(self.grad_y), &self.geom));
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(pool::backward(&self.geom, self.grad_y))
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, _: &StepValues<'_>) -> Terms<Tensor> {
        avg_pool2d_grad_x_terms(index, Tensor::Buffer(self.grad_y), &self.geom)
    }
}
