//! What poolings share: shape rule, text, formula.

use super::fields::{PADDING, STRIDE, Setting};
use super::{Layer, LayerGeometry, Sees};
use crate::expr::{Expr, Sliding};
use crate::ledger::{Formulas, SizeFormula};
use crate::program::{BufferId, Tensor, instr::Wiring};
use crate::spec::SpecError;
use crate::spec_text::{Marks, put};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::ops::pool2d_connections;
use receptive_core::terms::Operand;
use receptive_core::{PoolGeom, PoolParams, Shape4};

/// The letters of a pooling that begins with `letter`.
pub(super) const fn marks(letter: char) -> [(char, &'static str, usize); 3] {
    [(letter, "window", 1), ('s', "stride", 1), ('p', "padding", 0)]
}

/// The letter at the end of a pooling that keeps a last window over the edge.
pub(super) const FLAGS: &[char] = &['c'];

pub(super) fn read(letter: char, marks: &Marks) -> Option<PoolParams> {
    let window = marks.pair(letter)?;
    let (stride, padding) = (marks.pair('s').unwrap_or(window), marks.pair('p').unwrap_or([0, 0]));
    Some(PoolParams { window, stride, padding, ceil: marks.flag('c') })
}

/// The window is set through [`Layer::set`](super::Layer::set): a pooling that steps by its own size goes on doing so.
pub(super) fn settings(params: &mut PoolParams) -> Vec<Setting<'_>> {
    let PoolParams { window, stride, padding, ceil } = params;
    let most = window.map(|window| window / 2);
    vec![
        Setting::Pair(["window", "window-rows", "window-columns"], window, 1, [8; 2]),
        Setting::Pair(STRIDE, stride, 1, [8; 2]),
        Setting::Pair(PADDING, padding, 0, most),
        Setting::Switch("ceil", ceil),
    ]
}

pub(super) fn write(letter: char, params: &PoolParams, text: &mut String) {
    put(text, letter, params.window);
    if params.stride != params.window {
        put(text, 's', params.stride);
    }
    if params.padding != [0, 0] {
        put(text, 'p', params.padding);
    }
    if params.ceil {
        text.push('c');
    }
}

pub(super) fn place(
    x: Shape4,
    params: PoolParams,
    kind: Layer,
    number: usize,
    geometry: fn(PoolGeom) -> LayerGeometry,
) -> Result<(LayerGeometry, Shape4), SpecError> {
    let misfit = |error| SpecError::Geometry { layer: number, kind: Box::new(kind), error };
    let geom = PoolGeom::new(x, params).map_err(misfit)?;
    Ok((geometry(geom), geom.y()))
}

pub(super) fn sees(geom: &PoolGeom) -> Sees {
    Sees::Window { size: geom.params().window, dilation: [1, 1], stride: geom.params().stride }
}

pub(super) fn formulas(geom: &PoolGeom) -> Formulas {
    let (x, y, params) = (geom.x(), geom.y(), geom.params());
    let axis = |i: usize| {
        Expr::from(Sliding {
            input: [x.h, x.w][i],
            padding: params.padding[i],
            window: params.window[i],
            dilation: 1,
            stride: params.stride[i],
            ceil: params.ceil,
            output: [y.h, y.w][i],
        })
    };
    Formulas::sized(SizeFormula::Axes([axis(0), axis(1)]))
}

/// The wiring of a pooling's forward instruction, which reads `x`.
pub(super) fn forward(geom: &PoolGeom, x: BufferId) -> Wiring<'_> {
    wiring(geom, Operand::Y, Operand::X, x)
}

/// The wiring of a pooling's backward instruction, which reads `grad_y`.
pub(super) fn backward(geom: &PoolGeom, grad_y: BufferId) -> Wiring<'_> {
    wiring(geom, Operand::X, Operand::Y, grad_y)
}

fn wiring(geom: &PoolGeom, written: Operand, read: Operand, buffer: BufferId) -> Wiring<'_> {
    Wiring {
        connections: Box::new(|operand, index| pool2d_connections(operand, index, geom)),
        written,
        reads: vec![(read, Tensor::Buffer(buffer))],
    }
}
