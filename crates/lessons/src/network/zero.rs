//! Why a gradient is 0.

use super::NetworkTrace;
use crate::say;
use crate::trace::Tensor;
use receptive_core::terms::{Cell, Term, Terms};

/// Why a term of a gradient comes to 0.
#[derive(Clone, Copy, PartialEq)]
enum Why {
    /// The value is not the largest of its window.
    PassedOver,
    /// The function that reads the value is flat there.
    Flat,
    /// The gradient that comes to it is 0 already.
    Before,
}

impl NetworkTrace {
    /// Why a gradient with these terms is 0, as a sentence; nothing if one of them is not.
    pub(super) fn why_zero(&self, cell: Cell<Tensor>, terms: &Terms<Tensor>) -> Option<String> {
        let read = |cell| self.run.worked_out(cell);
        if terms.terms.is_empty() || terms.terms.iter().any(|term| term.value(read) != 0.0) {
            return None;
        }
        let whys: Vec<Why> = terms.terms.iter().map(|term| self.why(cell, term)).collect();
        let key = [(Why::Flat, "zoom.zero.flat"), (Why::Before, "zoom.zero.before")];
        let key = key.into_iter().find(|(why, _)| whys.contains(why));
        Some(say!(key.map_or("zoom.zero.passed-over", |(_, key)| key)))
    }

    fn why(&self, cell: Cell<Tensor>, term: &Term<Tensor>) -> Why {
        let shape = self.run.shape(cell.tensor);
        let here = cell.index % (shape.h * shape.w);
        let mut deciding = term.decided_by.into_iter().flatten();
        let is_passed_over =
            |by: Cell<Tensor>| self.run.is_position(by.tensor) && self.run.worked_out(by) as usize != here;
        if deciding.clone().any(is_passed_over) {
            Why::PassedOver
        } else if term.coefficient == 0.0 && deciding.next().is_some() {
            Why::Flat
        } else {
            Why::Before
        }
    }
}
