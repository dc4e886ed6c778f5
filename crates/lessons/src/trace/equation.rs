//! The arithmetic behind a cell, printed.

use super::Tensor;
use super::stage::Stage;
use crate::arithmetic::equation;
use crate::scene::{Equation, Term};
use crate::{factor, number};
use receptive_core::ops::Activation;
use receptive_core::terms::{self, Cell, Combine, Factor, Terms};

impl Stage {
    /// The arithmetic behind a cell: sums of products, sums, means and maxima. With `n_shown`, only so many of its
    /// products are on the table, and what they come to.
    pub fn equation(&self, cell: Cell<Tensor>, n_shown: Option<usize>) -> Equation {
        let run = self.run();
        let Some(terms) = run.terms(cell) else { return Equation::default() };
        let value = |term: &terms::Term<Tensor>| term.value(|cell| run.value(cell));
        let chosen = terms.chosen(|cell| run.value(cell));
        // In brackets of its own a number needs none around its sign.
        let is_inside = matches!(terms.combine, Combine::Max | Combine::Function(_));
        let term = |(i, term): (usize, &terms::Term<Tensor>)| Term {
            text: match term.factors {
                [Some(x), Some(w)] => format!("{}·{}", number(run.factor(x)), factor(run.factor(w))),
                _ if is_inside => number(value(term)),
                _ => factor(value(term)),
            },
            is_nothing: match terms.combine {
                Combine::Max => chosen != Some(i),
                Combine::Function(f) => f.forward(value(term)) == 0.0,
                _ => value(term) == 0.0,
            },
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
            Combine::Function(f) => (opening(f).into(), "", ")".into()),
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

    /// The arithmetic of a moment.
    pub fn equation_at(&self, moment: usize) -> Equation {
        self.equation(self.focus_cell(moment), self.at(moment).1)
    }

    /// The same as a sentence: "1·2 + 0·3 = 2".
    pub fn spoken(&self, cell: Cell<Tensor>) -> String {
        let said = self.equation(cell, None);
        equation(&said.left(), &said.result)
    }
}

/// The text before the argument of a function.
const fn opening(f: Activation) -> &'static str {
    match f {
        Activation::Relu => "max(0, ",
        Activation::Sigmoid => "σ(",
        Activation::Tanh => "tanh(",
        _ => "f(",
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
