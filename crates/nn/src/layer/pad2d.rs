//! A border around every feature map.

use super::{Geometry, Kind, Layer, LayerGeometry, Reader, Takes};
use crate::ledger::{Formulas, both_axes};
use crate::program::instr::{Memory, Operation, Wiring, instruction};
use crate::program::{Emitter, Site, Tensor};
use crate::spec::{SpecError, pair};
use crate::spec_text::put;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use receptive_core::Shape4;
use receptive_core::ops::{Border, PadGeom, PadParams, pad2d_backward, pad2d_connections, pad2d_forward};
use receptive_core::terms::{Connection, Operand};

pub(super) const READER: Reader = Reader {
    letter: 'b',
    example: "b1 (border)",
    marks: &[('b', "the border", 0), ('a', "the border below and to the right", 0)],
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

impl fmt::Display for Pad2d {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PadParams { before, after, border } = self.0;
        write!(f, "pad {}", pair(before))?;
        if after != before {
            write!(f, ", {} after", pair(after))?;
        }
        f.write_str(match border {
            Border::Zeros => "",
            Border::Replicate => ", nearest cells",
            Border::Reflect => ", mirrored",
        })
    }
}

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
        let geom =
            PadGeom::new(x, self.0).map_err(|error| SpecError::Pad { layer: number, kind: self.to_string(), error })?;
        Ok((LayerGeometry::Pad2d(geom), geom.y()))
    }
}

impl Geometry for PadGeom {
    fn connections(&self, operand: Operand, index: usize) -> Vec<Connection> {
        pad2d_connections(operand, index, self)
    }

    fn formulas(&self, y: Shape4) -> Formulas {
        let (x, PadParams { before, after, .. }) = (self.x(), self.params());
        let axis = |i: usize| {
            let (input, output) = [(x.h, y.h), (x.w, y.w)][i];
            format!("{input} + {} + {} = {output}", before[i], after[i])
        };
        let is_square = x.h == x.w && before[0] == before[1] && after[0] == after[1];
        Formulas::sized(both_axes(axis(0), axis(1), is_square))
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
