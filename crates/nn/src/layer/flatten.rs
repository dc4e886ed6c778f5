//! Feature maps in a row. Rows of a plane lie one after the other already: it has no instruction.

use super::{Geometry, Kind, Layer, LayerGeometry, Reader};
use crate::ledger::{Formulas, grouped};
use crate::program::{Emitter, Site};
use crate::spec::SpecError;
use alloc::format;
use alloc::string::String;
use core::fmt;
use receptive_core::Shape4;

pub(super) const READER: Reader = Reader::plain('f', "f (flatten)", |_| Some(Layer::Flatten));

pub(super) struct Flatten;

impl fmt::Display for Flatten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("flatten")
    }
}

impl Kind for Flatten {
    fn name(&self) -> &'static str {
        "flatten"
    }

    fn write(&self, text: &mut String) {
        text.push('f');
    }

    fn place(&self, x: Shape4, _: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        Ok((LayerGeometry::Flatten, Shape4::new(x.n, x.image_len(), 1, 1)))
    }
}

impl Geometry for Flatten {
    fn formulas(&self, y: Shape4) -> Formulas {
        Formulas::sized(format!("{} in a row", grouped(y.c as u64)))
    }

    fn is_view(&self) -> bool {
        true
    }

    fn emit(&self, _: &Site<'_>, _: &mut Emitter) {}
}
