//! The arithmetic behind a cell, printed.

use super::stage::Stage;
use super::{Run, Tensor};
use crate::arithmetic::equation;
use crate::say;
use crate::scene::{Equation, Spot, Term};
use receptive_core::ops::Activation;
use receptive_core::terms::{self, Cell, Combine, Factor, Terms};

/// The way in which an equation is printed.
struct Print<'a> {
    /// The number of products that are on the table; `None`: all.
    n_shown: Option<usize>,
    /// The last of these is the step just made.
    is_stepping: bool,
    /// A bias of 0 is printed too.
    has_biases: bool,
    /// More products than this are not printed one by one: the largest are, and what the others come to.
    most: usize,
    /// The spot that a term stands for.
    spot: &'a dyn Fn(&terms::Term<Tensor>) -> Option<Spot>,
}

impl Run {
    /// The arithmetic behind a cell, printed without spots: of more than `most` products the largest ones, and what the
    /// others come to.
    pub fn equation(&self, cell: Cell<Tensor>, most: usize) -> Equation {
        let print = Print { n_shown: None, is_stepping: false, has_biases: true, most, spot: &|_| None };
        self.printed(cell, &print)
    }

    fn printed(&self, cell: Cell<Tensor>, print: &Print<'_>) -> Equation {
        let run = self;
        let number = |value: f32| run.print(value);
        let factor = |value: f32| {
            let text = run.print(value);
            if text.starts_with('−') { format!("({text})") } else { text }
        };
        let Some(terms) = run.terms(cell) else { return Equation::default() };
        let value = |term: &terms::Term<Tensor>| term.value(|cell| run.worked_out(cell));
        let chosen = terms.chosen(|cell| run.worked_out(cell));
        // In brackets of its own a number needs none around its sign.
        let is_back = run.is_gradient(cell.tensor);
        let is_raised = matches!(terms.combine, Combine::Share { .. } | Combine::CrossEntropy { .. });
        let is_inside = matches!(terms.combine, Combine::Max | Combine::Function(_));
        let term = |(i, term): (usize, &terms::Term<Tensor>)| Term {
            text: match term.factors {
                // Upstream gradients and weights of either sign stand in every place.
                [Some(x), Some(w)] if is_back => format!("{}·{}", factor(run.factor(x)), factor(run.factor(w))),
                [Some(x), Some(w)] => format!("{}·{}", number(run.factor(x)), factor(run.factor(w))),
                // A slope, or a gate that is open or shut.
                [Some(x), None] if term.decided_by[0].is_some() => {
                    format!("{}·{}", factor(run.factor(x)), factor(term.coefficient))
                }
                _ if is_raised => format!("e^{{{}}}", number(value(term))),
                _ if is_inside => number(value(term)),
                _ => factor(value(term)),
            },
            is_nothing: match terms.combine {
                Combine::Max => chosen != Some(i),
                Combine::Function(f) => f.forward(value(term)) == 0.0,
                _ => value(term) == 0.0,
            },
            spot: (print.spot)(term),
        };
        // The bias comes last.
        let (biases, mut products): (Vec<_>, Vec<_>) = terms.terms.iter().partition(|&term| is_bias(term));
        let biases = biases.into_iter().filter(|bias| print.has_biases || value(bias) != 0.0);
        let mut others = vec![];
        if products.len() > print.most {
            let mut largest = vec![];
            for _ in 0..print.most {
                let better = |best: usize, at: usize| {
                    if value(&products[at]).abs() > value(&products[best]).abs() { at } else { best }
                };
                largest.extend((0..products.len()).reduce(better).map(|at| products.remove(at)));
            }
            others = std::mem::replace(&mut products, largest);
        }
        let others = (!others.is_empty()).then(|| Term {
            text: say!(
                "common.other-terms",
                n = others.len(),
                sum = number(others.iter().fold(0.0, |sum, term| sum + value(term)))
            ),
            is_nothing: false,
            spot: None,
        });
        let said: Vec<_> = products.into_iter().chain(biases).collect();
        let so_far = |n: usize| said[..n].iter().fold(0.0, |sum, term| sum + value(term));
        let (open, joint, close) = match terms.combine {
            Combine::Max => ("max(".into(), ", ", ")".into()),
            Combine::Mean { divisor } => ("(".into(), " + ", format!(") / {divisor}")),
            Combine::Share { of } => (format!("e^{{{}}} / (", number(value(&terms.terms[of]))), " + ", ")".into()),
            Combine::CrossEntropy { of } => ("ln(".into(), " + ", format!(") − {}", factor(value(&terms.terms[of])))),
            Combine::Function(f) => (opening(f).into(), "", ")".into()),
            _ => (String::new(), " + ", String::new()),
        };
        Equation {
            open,
            terms: said.iter().enumerate().map(term).chain(others).collect(),
            joint,
            close,
            n_shown: print.n_shown,
            is_stepping: print.is_stepping,
            result: number(print.n_shown.map_or_else(|| run.value(cell), so_far)),
            is_rounded: false,
        }
    }
}

impl Stage {
    /// The arithmetic behind a cell: sums of products, sums, means and maxima. With `n_shown`, only so many of its
    /// products are on the table, and what they come to.
    pub fn equation(&self, cell: Cell<Tensor>, n_shown: Option<usize>) -> Equation {
        let (is_stepping, has_biases) = (self.by_term, self.has_biases);
        let print = Print { n_shown, is_stepping, has_biases, most: usize::MAX, spot: &|term| self.spot_of(term) };
        self.run().printed(cell, &print)
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
pub(crate) const fn opening(f: Activation) -> &'static str {
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
