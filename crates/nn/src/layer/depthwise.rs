//! Depthwise convolution: one kernel for each channel. It is a convolution with as many groups as channels.

use super::conv2d::{of_kernel, write_params};
use super::fields::Setting;
use super::{Kind, Layer, LayerGeometry, Reader, Takes};
use crate::spec::{SpecError, holdable};
use crate::spec_text::put;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use receptive_core::{ConvGeom, ConvParams, Shape4};

pub(super) const READER: Reader = Reader {
    letter: 'w',
    marks: &[('w', "kernel-size", 1), ('p', "padding", 0), ('s', "stride", 1), ('i', "dilation", 1)],
    flags: &[],
    n_constants: 0,
    make: |marks| {
        let params = ConvParams {
            stride: marks.pair('s').unwrap_or([1, 1]),
            padding: marks.pair('p').unwrap_or([0, 0]),
            dilation: marks.pair('i').unwrap_or([1, 1]),
            groups: 1,
        };
        Some(Layer::DepthwiseConv2d { size: marks.pair('w')?, params })
    },
};

pub(super) fn settings<'a>(size: &'a mut [usize; 2], params: &'a mut ConvParams) -> Vec<Setting<'a>> {
    let ConvParams { stride, padding, dilation, .. } = params;
    of_kernel(size, stride, padding, dilation).into()
}

pub(super) struct DepthwiseConv2d {
    pub(super) size: [usize; 2],
    pub(super) params: ConvParams,
}

impl Kind for DepthwiseConv2d {
    fn name(&self) -> &'static str {
        "depthwise"
    }

    fn write(&self, text: &mut String) {
        put(text, 'w', self.size);
        write_params(text, &self.params.groups(1));
    }

    fn takes(&self) -> Takes {
        Takes::Maps
    }

    fn place(&self, x: Shape4, number: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        let Self { size: [r, s], params } = *self;
        let geom = ConvGeom::new(x, Shape4::new(x.c, 1, r, s), params.groups(x.c)).map_err(|error| {
            let kind = Box::new(Layer::DepthwiseConv2d { size: [r, s], params });
            SpecError::Geometry { layer: number, kind, error }
        })?;
        holdable(geom.w(), number)?;
        Ok((LayerGeometry::Conv2d(geom), geom.y()))
    }
}
