//! Fully connected units.

use super::fields::Setting;
use super::{Geometry, Kind, Layer, LayerGeometry, ParamSpec, Reader, Sees, Takes};
use crate::expr::Expr;
use crate::ledger::{Formulas, SizeFormula};
use crate::program::instr::{Memory, Operation, Wiring, instruction};
use crate::program::{Emitter, Site};
use crate::spec::{SpecError, holdable};
use crate::spec_text::put;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::Shape4;
use receptive_core::ops::{
    LinearGeom, linear_connections, linear_forward, linear_grad_b, linear_grad_w, linear_grad_x, linear_scratch_len,
    relu_forward_in_place,
};
use receptive_core::terms::{Connection, Operand, Terms};

pub(super) const READER: Reader = Reader {
    letter: 'd',
    marks: &[('d', "units", 1)],
    flags: &[],
    n_constants: 0,
    make: |marks| Some(Layer::Linear { units: marks.one('d')? }),
};

pub(super) fn settings(units: &mut usize) -> Vec<Setting<'_>> {
    vec![Setting::One("units", units, [1, 4096])]
}

pub(super) struct Linear {
    pub(super) units: usize,
}

impl Kind for Linear {
    fn name(&self) -> &'static str {
        "linear"
    }

    fn write(&self, text: &mut String) {
        put(text, 'd', [self.units; 2]);
    }

    fn takes(&self) -> Takes {
        Takes::Row
    }

    fn place(&self, x: Shape4, number: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        let geom = LinearGeom { n: x.n, inputs: x.c, outputs: self.units };
        holdable(weights(&geom), number)?;
        Ok((LayerGeometry::Linear(geom), Shape4::new(x.n, self.units, 1, 1)))
    }
}

fn weights(geom: &LinearGeom) -> Shape4 {
    Shape4::new(geom.outputs, geom.inputs, 1, 1)
}

impl Geometry for LinearGeom {
    fn connections(&self, operand: Operand, index: usize) -> Vec<Connection> {
        linear_connections(operand, index, self)
    }

    fn formulas(&self) -> Formulas {
        let (inputs, outputs) = (|| Expr::Count(self.inputs as u64), || Expr::Size(self.outputs));
        Formulas {
            size: SizeFormula::Units,
            params: Some(Expr::product([Expr::sum([inputs(), Expr::Size(1)]), outputs()])),
            macs: Some(Expr::product([inputs(), outputs()])),
        }
    }

    fn sees(&self) -> Sees {
        Sees::All
    }

    fn parameters(&self) -> Vec<ParamSpec> {
        ParamSpec::weight_and_bias(weights(self), self.inputs, self.outputs)
    }

    fn emit(&self, at: &Site<'_>, to: &mut Emitter) {
        let Site { x, grad_x, y, grad_y, .. } = *at;
        let geom = *self;
        let (w, grad_w) = to.param(at, "weight", weights(&geom));
        let (b, grad_b) = to.param(at, "bias", Shape4::new(geom.outputs, 1, 1, 1));
        to.forward(LinearForward { y, x, w, b, geom, relu: false });
        to.backward(LinearGradX { grad_x, grad_y, w, geom });
        to.backward(LinearGradB { grad_b, grad_y, geom });
        to.backward(LinearGradW { grad_w, x, grad_y, geom });
    }
}

instruction! {
    /// The units' outputs. With `relu`, the rectifier after it as well.
    LinearForward writes { y } reads { x } params { w, b } with { geom: LinearGeom, relu: bool }
}
instruction! {
    /// The gradient with respect to the input.
    LinearGradX writes { grad_x } reads { grad_y } params { w } with { geom: LinearGeom }
}
instruction! {
    /// The gradient with respect to the weights.
    LinearGradW writes { grad_w } reads { x, grad_y } params {} with { geom: LinearGeom }
}
instruction! {
    /// The gradient with respect to the biases.
    LinearGradB writes { grad_b } reads { grad_y } params {} with { geom: LinearGeom }
}

impl Operation for LinearForward {
    fn scratch_len(&self) -> usize {
        linear_scratch_len(&self.geom)
    }

    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.y, |y, at, scratch| {
            linear_forward(y, at.buffer(self.x), at.param(self.w), at.param(self.b), &self.geom, scratch);
            if self.relu {
                relu_forward_in_place(y);
            }
        });
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(Wiring::forward(&self.geom, self.x, self.w, self.b))
    }

    fn sum(&self) -> Option<Wiring<'_>> {
        self.wiring().filter(|_| !self.relu)
    }

    fn finish(&self, terms: Terms<crate::Tensor>) -> Terms<crate::Tensor> {
        Terms { rectified: self.relu, ..terms }
    }
}

impl Operation for LinearGradX {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_x, |grad_x, at, scratch| {
            linear_grad_x(grad_x, at.param(self.w), at.buffer(self.grad_y), &self.geom, scratch);
        });
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(Wiring::grad_x(&self.geom, self.w, self.grad_y))
    }
}

impl Operation for LinearGradW {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_w, |grad_w, at, scratch| {
            linear_grad_w(grad_w, at.buffer(self.x), at.buffer(self.grad_y), &self.geom, scratch);
        });
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(Wiring::grad_w(&self.geom, self.x, self.grad_y))
    }
}

impl Operation for LinearGradB {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_b, |grad_b, at, _| linear_grad_b(grad_b, at.buffer(self.grad_y), &self.geom));
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(Wiring::grad_b(&self.geom, self.grad_y))
    }
}
