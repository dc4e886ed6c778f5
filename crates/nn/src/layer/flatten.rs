//! Feature maps in a row. Rows of a plane lie one after the other already: it has no instruction.

use super::{Geometry, Kind, Layer, LayerGeometry, Reader};
use crate::ledger::{Formulas, SizeFormula};
use crate::program::{Emitter, Site};
use crate::spec::SpecError;
use alloc::string::String;
use receptive_core::Shape4;

pub(super) const READER: Reader = Reader::plain('f', |_| Some(Layer::Flatten));

pub(super) struct Flatten;

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
    fn formulas(&self) -> Formulas {
        Formulas::sized(SizeFormula::Row)
    }

    fn is_view(&self) -> bool {
        true
    }

    fn emit(&self, _: &Site<'_>, _: &mut Emitter) {}
}
