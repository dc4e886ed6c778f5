//! A border around every feature map.

use super::{Geometry, Kind, Layer, LayerGeometry, Reader, Takes};
use crate::expr::Expr;
use crate::ledger::{Formulas, SizeFormula};
use crate::program::instr::{Memory, Operation, Wiring, instruction};
use crate::program::{Emitter, Site, Tensor};
use crate::spec::SpecError;
use crate::spec_text::put;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::Shape4;
use receptive_core::ops::{Border, PadGeom, PadParams, pad2d_backward, pad2d_connections, pad2d_forward};
use receptive_core::terms::{Connection, Operand};

pub(super) const READER: Reader = Reader {
    letter: 'b',
    marks: &[('b', "border", 0), ('a', "border-after", 0)],
    flags: &['r', 'm'],
    n_constants: 0,
    make: |marks| {
        let before = marks.pair('b')?;
        let border = match (marks.flag('r'), marks.flag('m')) {
            (true, _) => Border::Replicate,
            (_, true) => Border::Reflect,
            _ => Border::Zeros,
        };
        Some(Layer::Pad2d(PadParams { before, after: marks.pair('a').unwrap_or(before), border }))
    },
};

pub(super) struct Pad2d(pub(super) PadParams);

impl Kind for Pad2d {
    fn name(&self) -> &'static str {
        "pad"
    }

    fn write(&self, text: &mut String) {
        let PadParams { before, after, border } = self.0;
        put(text, 'b', before);
        if after != before {
            put(text, 'a', after);
        }
        text.push_str(match border {
            Border::Zeros => "",
            Border::Replicate => "r",
            Border::Reflect => "m",
        });
    }

    fn takes(&self) -> Takes {
        Takes::Maps
    }

    fn place(&self, x: Shape4, number: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        let kind = || Box::new(Layer::Pad2d(self.0));
        let geom = PadGeom::new(x, self.0).map_err(|error| SpecError::Pad { layer: number, kind: kind(), error })?;
        Ok((LayerGeometry::Pad2d(geom), geom.y()))
    }
}

impl Geometry for PadGeom {
    fn connections(&self, operand: Operand, index: usize) -> Vec<Connection> {
        pad2d_connections(operand, index, self)
    }

    fn formulas(&self) -> Formulas {
        let (x, PadParams { before, after, .. }) = (self.x(), self.params());
        let axis = |i: usize| Expr::sum([[x.h, x.w][i], before[i], after[i]].map(Expr::Size));
        Formulas::sized(SizeFormula::Axes([axis(0), axis(1)]))
    }

    fn emit(&self, at: &Site<'_>, to: &mut Emitter) {
        to.forward(Pad2dForward { y: at.y, x: at.x, geom: *self });
        to.backward(Pad2dBackward { grad_x: at.grad_x, grad_y: at.grad_y, geom: *self });
    }
}

instruction! {
    /// A border around every plane.
    Pad2dForward writes { y } reads { x } params {} with { geom: PadGeom }
}
instruction! {
    /// Gradients of all copies of a cell, added up.
    Pad2dBackward writes { grad_x } reads { grad_y } params {} with { geom: PadGeom }
}

impl Operation for Pad2dForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.y, |y, at, _| pad2d_forward(y, at.buffer(self.x), &self.geom));
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(Wiring {
            connections: Box::new(|operand, index| pad2d_connections(operand, index, &self.geom)),
            written: Operand::Y,
            reads: vec![(Operand::X, Tensor::Buffer(self.x))],
        })
    }
}

impl Operation for Pad2dBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_x, |grad_x, at, _| pad2d_backward(grad_x, at.buffer(self.grad_y), &self.geom));
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(Wiring {
            connections: Box::new(|operand, index| pad2d_connections(operand, index, &self.geom)),
            written: Operand::X,
            reads: vec![(Operand::Y, Tensor::Buffer(self.grad_y))],
        })
    }
}
