//! Sum pooling.

use super::{Geometry, Kind, Layer, LayerGeometry, Reader, Sees, Takes, pool};
use crate::ledger::Formulas;
use crate::program::instr::{Memory, Operation, Wiring, instruction};
use crate::program::{Emitter, Site};
use crate::spec::SpecError;
use alloc::string::String;
use alloc::vec::Vec;
use receptive_core::ops::{pool2d_connections, sum_pool2d_backward, sum_pool2d_forward};
use receptive_core::terms::{Connection, Operand};
use receptive_core::{PoolGeom, PoolParams, Shape4};

pub(super) const READER: Reader = Reader {
    letter: 'u',
    marks: &pool::marks('u'),
    flags: pool::FLAGS,
    n_constants: 0,
    make: |marks| Some(Layer::SumPool2d(pool::read('u', marks)?)),
};

pub(super) struct SumPool2d(pub(super) PoolParams);

impl Kind for SumPool2d {
    fn name(&self) -> &'static str {
        "sum-pool"
    }

    fn write(&self, text: &mut String) {
        pool::write('u', &self.0, text);
    }

    fn takes(&self) -> Takes {
        Takes::Maps
    }

    fn place(&self, x: Shape4, number: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        pool::place(x, self.0, Layer::SumPool2d(self.0), number, LayerGeometry::SumPool2d)
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
        to.forward(SumPool2dForward { y: at.y, x: at.x, geom: self.0 });
        to.backward(SumPool2dBackward { grad_x: at.grad_x, grad_y: at.grad_y, geom: self.0 });
    }
}

instruction! {
    /// The sum of each window.
    SumPool2dForward writes { y } reads { x } params {} with { geom: PoolGeom }
}
instruction! {
    /// Gradients passed on to every cell of their windows.
    SumPool2dBackward writes { grad_x } reads { grad_y } params {} with { geom: PoolGeom }
}

impl Operation for SumPool2dForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.y, |y, at, _| sum_pool2d_forward(y, at.buffer(self.x), &self.geom));
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(pool::forward(&self.geom, self.x))
    }
}

impl Operation for SumPool2dBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_x, |grad_x, at, _| sum_pool2d_backward(grad_x, at.buffer(self.grad_y), &self.geom));
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(pool::backward(&self.geom, self.grad_y))
    }
}
