//! Global average pooling: one window over the whole of each map.

use super::{Geometry, Kind, Layer, LayerGeometry, Reader, Sees, Takes, avg_pool2d, pool};
use crate::ledger::{Formulas, SizeFormula};
use crate::program::{Emitter, Site};
use crate::spec::SpecError;
use alloc::string::String;
use alloc::vec::Vec;
use receptive_core::ops::pool2d_connections;
use receptive_core::terms::{Connection, Operand};
use receptive_core::{PoolGeom, PoolParams, Shape4};

pub(super) const READER: Reader = Reader::plain('v', |_| Some(Layer::GlobalAvgPool));

pub(super) struct GlobalAvgPool;

impl Kind for GlobalAvgPool {
    fn name(&self) -> &'static str {
        "global-average-pool"
    }

    fn write(&self, text: &mut String) {
        text.push('v');
    }

    fn takes(&self) -> Takes {
        Takes::Maps
    }

    fn place(&self, x: Shape4, number: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        let window = [x.h, x.w];
        let params = PoolParams { window, stride: window, padding: [0, 0], ceil: false };
        pool::place(x, params, Layer::GlobalAvgPool, number, LayerGeometry::GlobalAvgPool)
    }
}

pub(super) struct Placed(pub(super) PoolGeom);

impl Geometry for Placed {
    fn connections(&self, operand: Operand, index: usize) -> Vec<Connection> {
        pool2d_connections(operand, index, &self.0)
    }

    fn formulas(&self) -> Formulas {
        let x = self.0.x();
        Formulas::sized(SizeFormula::PerMap([x.h, x.w]))
    }

    fn sees(&self) -> Sees {
        Sees::All
    }

    fn emit(&self, at: &Site<'_>, to: &mut Emitter) {
        avg_pool2d::Placed(self.0).emit(at, to);
    }
}
