//! The arithmetic behind a cell, printed.

use super::stage::Stage;
use super::{Run, Tensor};
use crate::arithmetic::equation;
use crate::scene::{Equation, Term};
use crate::{factor, number};
use receptive_core::terms::{self, Cell, Combine, Factor, Terms};

/// The value of a factor.
pub(super) fn value_of(run: &Run, factor: Factor<Tensor>) -> f32 {
    match factor {
        Factor::Cell(cell) => run.value(cell),
        Factor::Padding => 0.0,
    }
}

impl Stage {
    /// The arithmetic behind a cell: sums of products, sums, means and maxima. With `n_shown`, only so many of its
    /// products are on the table, and what they come to.
    pub fn equation(&self, cell: Cell<Tensor>, n_shown: Option<usize>) -> Equation {
        let run = self.run();
        let Some(terms) = run.terms(cell) else { return Equation::default() };
        let value = |term: &terms::Term<Tensor>| term.value(|cell| run.value(cell));
        let chosen = terms.chosen(|cell| run.value(cell));
        let is_max = terms.combine == Combine::Max;
        let term = |(i, term): (usize, &terms::Term<Tensor>)| Term {
            text: match term.factors {
                [Some(x), Some(w)] => format!("{}·{}", number(value_of(run, x)), factor(value_of(run, w))),
                _ if is_max => number(value(term)),
                _ => factor(value(term)),
            },
            is_nothing: if is_max { chosen != Some(i) } else { value(term) == 0.0 },
            spot: self.spot_of(term),
        };
        // The bias comes last.
        let (biases, products): (Vec<_>, Vec<_>) = terms.terms.iter().partition(|&term| is_bias(term));
        let biases = biases.into_iter().filter(|bias| self.has_biases || value(bias) != 0.0);
        let said: Vec<_> = products.into_iter().chain(biases).collect();
        let so_far = |n: usize| said[..n].iter().fold(0.0, |sum, term| sum + value(term));
        let (open, joint, close) = match terms.combine {
            Combine::Max => ("max(".into(), ", ", ")".into()),
            Combine::Mean { divisor } => ("(".into(), " + ", format!(") / {divisor}")),
            _ => (String::new(), " + ", String::new()),
        };
        Equation {
            open,
            terms: said.iter().enumerate().map(term).collect(),
            joint,
            close,
            n_shown,
            is_stepping: self.by_term,
            result: number(n_shown.map_or_else(|| run.value(cell), so_far)),
            is_rounded: false,
        }
    }

    /// The same as a sentence: "1·2 + 0·3 = 2".
    pub fn spoken(&self, cell: Cell<Tensor>) -> String {
        let said = self.equation(cell, None);
        equation(&said.left(), &said.result)
    }
}

/// True for a bias: a parameter that nothing is multiplied with.
pub(super) fn is_bias(term: &terms::Term<Tensor>) -> bool {
    matches!(term.factors, [Some(Factor::Cell(Cell { tensor: Tensor::Param(_), .. })), None])
}

/// The number of products in a sum.
pub(super) fn n_products(terms: &Terms<Tensor>) -> usize {
    terms.terms.iter().filter(|term| !is_bias(term)).count()
}
