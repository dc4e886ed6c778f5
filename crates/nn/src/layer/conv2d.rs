//! Convolution.

use super::fields::{PADDING, STRIDE, Setting};
use super::{Geometry, Kind, Layer, LayerGeometry, ParamSpec, Reader, Sees, Takes};
use crate::expr::{Expr, Sliding};
use crate::ledger::{Formulas, SizeFormula};
use crate::program::instr::{Memory, Operation, Wiring, instruction};
use crate::program::{Emitter, Site};
use crate::spec::{SpecError, holdable};
use crate::spec_text::put;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::ops::{
    conv2d_connections, conv2d_forward, conv2d_forward_relu, conv2d_grad_b, conv2d_grad_w, conv2d_grad_x,
    conv2d_scratch_len,
};
use receptive_core::terms::{Connection, Operand, Terms};
use receptive_core::{ConvGeom, ConvParams, Shape4};

pub(super) const READER: Reader = Reader {
    letter: 'c',
    marks: &[
        ('c', "kernels", 1),
        ('x', "kernel-size", 1),
        ('p', "padding", 0),
        ('s', "stride", 1),
        ('i', "dilation", 1),
        ('g', "groups", 1),
    ],
    flags: &[],
    n_constants: 0,
    make: |marks| {
        let params = ConvParams {
            stride: marks.pair('s').unwrap_or([1, 1]),
            padding: marks.pair('p').unwrap_or([0, 0]),
            dilation: marks.pair('i').unwrap_or([1, 1]),
            groups: marks.one_or('g', 1)?,
        };
        Some(Layer::Conv2d { kernels: marks.one('c')?, size: marks.pair('x')?, params })
    },
};

pub(super) fn settings<'a>(
    kernels: &'a mut usize,
    size: &'a mut [usize; 2],
    params: &'a mut ConvParams,
) -> Vec<Setting<'a>> {
    let ConvParams { stride, padding, dilation, groups } = params;
    let mut settings = vec![Setting::One("kernels", kernels, [1, 512])];
    settings.extend(of_kernel(size, stride, padding, dilation));
    settings.push(Setting::One("groups", groups, [1, 512]));
    settings
}

/// The size of a kernel, and how it moves.
pub(super) fn of_kernel<'a>(
    size: &'a mut [usize; 2],
    stride: &'a mut [usize; 2],
    padding: &'a mut [usize; 2],
    dilation: &'a mut [usize; 2],
) -> [Setting<'a>; 4] {
    [
        Setting::Pair(["size", "size-rows", "size-columns"], size, 1, [15; 2]),
        Setting::Pair(PADDING, padding, 0, [7; 2]),
        Setting::Pair(STRIDE, stride, 1, [8; 2]),
        Setting::Pair(["dilation", "dilation-rows", "dilation-columns"], dilation, 1, [8; 2]),
    ]
}

pub(super) struct Conv2d {
    pub(super) kernels: usize,
    pub(super) size: [usize; 2],
    pub(super) params: ConvParams,
}

/// Writes how a kernel moves, where it is not the usual way.
pub(super) fn write_params(text: &mut String, params: &ConvParams) {
    let groups = [params.groups; 2];
    let marks = [('p', params.padding, 0), ('s', params.stride, 1), ('i', params.dilation, 1), ('g', groups, 1)];
    for (mark, value, usual) in marks {
        if value != [usual; 2] {
            put(text, mark, value);
        }
    }
}

impl Kind for Conv2d {
    fn name(&self) -> &'static str {
        "conv"
    }

    fn write(&self, text: &mut String) {
        put(text, 'c', [self.kernels; 2]);
        put(text, 'x', self.size);
        write_params(text, &self.params);
    }

    fn takes(&self) -> Takes {
        Takes::Maps
    }

    fn place(&self, x: Shape4, number: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        let Self { kernels, size: [r, s], params } = *self;
        let channels = x.c.checked_div(params.groups).unwrap_or(0).max(1);
        let geom = ConvGeom::new(x, Shape4::new(kernels, channels, r, s), params).map_err(|error| {
            let kind = Box::new(Layer::Conv2d { kernels, size: [r, s], params });
            SpecError::Geometry { layer: number, kind, error }
        })?;
        holdable(geom.w(), number)?;
        Ok((LayerGeometry::Conv2d(geom), geom.y()))
    }
}

impl Geometry for ConvGeom {
    fn connections(&self, operand: Operand, index: usize) -> Vec<Connection> {
        conv2d_connections(operand, index, self)
    }

    fn formulas(&self) -> Formulas {
        let (x, w, y, params) = (self.x(), self.w(), self.y(), self.params());
        let axis = |i: usize| {
            Expr::from(Sliding {
                input: [x.h, x.w][i],
                padding: params.padding[i],
                window: [w.h, w.w][i],
                dilation: params.dilation[i],
                stride: params.stride[i],
                ceil: false,
                output: [y.h, y.w][i],
            })
        };
        let taps = || Expr::sizes([w.h, w.w, w.c]);
        Formulas {
            size: SizeFormula::Axes([axis(0), axis(1)]),
            params: Some(Expr::product([Expr::sum([taps(), Expr::Size(1)]), Expr::Size(w.n)])),
            macs: Some(Expr::product([Expr::sizes([y.h, y.w, y.c]), taps()])),
        }
    }

    fn sees(&self) -> Sees {
        let params = self.params();
        Sees::Window { size: [self.w().h, self.w().w], dilation: params.dilation, stride: params.stride }
    }

    fn parameters(&self) -> Vec<ParamSpec> {
        let (w, groups) = (self.w(), self.params().groups);
        ParamSpec::weight_and_bias(w, w.image_len(), w.n / groups * w.h * w.w)
    }

    fn scratch_len(&self) -> usize {
        conv2d_scratch_len(self)
    }

    fn emit(&self, at: &Site<'_>, to: &mut Emitter) {
        let Site { x, grad_x, y, grad_y, .. } = *at;
        let geom = *self;
        let (w, grad_w) = to.param(at, "weight", geom.w());
        let (b, grad_b) = to.param(at, "bias", Shape4::new(geom.w().n, 1, 1, 1));
        to.forward(Conv2dForward { y, x, w, b, geom, relu: false });
        to.backward(Conv2dGradX { grad_x, grad_y, w, geom });
        to.backward(Conv2dGradB { grad_b, grad_y, geom });
        to.backward(Conv2dGradW { grad_w, x, grad_y, geom });
    }
}

instruction! {
    /// The feature maps of a batch. With `relu`, the rectifier after it as well.
    Conv2dForward writes { y } reads { x } params { w, b } with { geom: ConvGeom, relu: bool }
}
instruction! {
    /// The gradient with respect to the input.
    Conv2dGradX writes { grad_x } reads { grad_y } params { w } with { geom: ConvGeom }
}
instruction! {
    /// The gradient with respect to the kernels.
    Conv2dGradW writes { grad_w } reads { x, grad_y } params {} with { geom: ConvGeom }
}
instruction! {
    /// The gradient with respect to the biases.
    Conv2dGradB writes { grad_b } reads { grad_y } params {} with { geom: ConvGeom }
}

impl Operation for Conv2dForward {
    fn scratch_len(&self) -> usize {
        conv2d_scratch_len(&self.geom)
    }

    fn run(&self, memory: &mut Memory<'_>) {
        let forward = if self.relu { conv2d_forward_relu } else { conv2d_forward };
        memory.write(self.y, |y, at, scratch| {
            forward(y, at.buffer(self.x), at.param(self.w), at.param(self.b), &self.geom, scratch);
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

impl Operation for Conv2dGradX {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_x, |grad_x, at, scratch| {
            conv2d_grad_x(grad_x, at.param(self.w), at.buffer(self.grad_y), &self.geom, scratch);
        });
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(Wiring::grad_x(&self.geom, self.w, self.grad_y))
    }
}

impl Operation for Conv2dGradW {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_w, |grad_w, at, scratch| {
            conv2d_grad_w(grad_w, at.buffer(self.x), at.buffer(self.grad_y), &self.geom, scratch);
        });
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(Wiring::grad_w(&self.geom, self.x, self.grad_y))
    }
}

impl Operation for Conv2dGradB {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_b, |grad_b, at, _| conv2d_grad_b(grad_b, at.buffer(self.grad_y), &self.geom));
    }

    fn wiring(&self) -> Option<Wiring<'_>> {
        Some(Wiring::grad_b(&self.geom, self.grad_y))
    }
}
