//! The terms of an update.

use super::{MOST_MOMENTS, RuleStep, UpdateStep, Updated};
use crate::terms::{Cell, Combine, Factor, Term, Terms};
use alloc::vec;
use alloc::vec::Vec;

/// Returns the terms of a weight, or of what the rule remembers of it, after a step. `cells` are the weight, the moments and
/// the gradient before it. Sums are written out; where a root or a maximum comes in, the step combines them.
pub fn update_terms<T: Copy>(step: &UpdateStep, written: Updated, cells: [Cell<T>; 2 + MOST_MOMENTS]) -> Terms<T> {
    use Updated::{Moment, Weight};
    let [w, first, second, _, grad] = cells;
    let of = Written { step, w, grad };
    let sum = match (step.rule, written) {
        (RuleStep::Sgd(rule), Weight) => of.moved(None, rule.rate),
        (RuleStep::Momentum(rule), Weight) => of.moved(Some((rule.rate * rule.momentum, first)), rule.rate),
        (RuleStep::Nesterov(rule), Weight) => {
            let ahead = rule.rate * rule.momentum * rule.momentum;
            of.moved(Some((ahead, first)), rule.rate * (1.0 + rule.momentum))
        }
        (RuleStep::Momentum(rule), Moment(0)) => of.mean(first, rule.momentum, 1.0),
        (RuleStep::Nesterov(rule), Moment(0)) => of.mean(first, rule.momentum, 1.0),
        (RuleStep::Adagrad(_), Moment(0)) => of.mean_square(first, 1.0, 1.0),
        (RuleStep::RmsProp(rule), Moment(0)) => of.mean_square(first, rule.rho, 1.0 - rule.rho),
        (RuleStep::Adadelta(rule), Moment(0)) => of.mean_square(first, rule.rho, 1.0 - rule.rho),
        (RuleStep::Adam(rule), Moment(0)) => of.mean(first, rule.beta1, 1.0 - rule.beta1),
        (RuleStep::AmsGrad(rule), Moment(0)) => of.mean(first, rule.0.beta1, 1.0 - rule.0.beta1),
        (RuleStep::AdaMax(rule), Moment(0)) => of.mean(first, rule.beta1, 1.0 - rule.beta1),
        (RuleStep::Nadam(rule), Moment(0)) => of.mean(first, rule.beta1, 1.0 - rule.beta1),
        (RuleStep::Adam(rule), Moment(1)) => of.mean_square(second, rule.beta2, 1.0 - rule.beta2),
        (RuleStep::AmsGrad(rule), Moment(1)) => of.mean_square(second, rule.0.beta2, 1.0 - rule.0.beta2),
        (RuleStep::Nadam(rule), Moment(1)) => of.mean_square(second, rule.beta2, 1.0 - rule.beta2),
        _ => {
            let read = cells.into_iter().zip(step.reads(written)).filter(|(_, reads)| *reads);
            let terms = read.map(|(cell, _)| Term::scaled(1.0, cell)).collect();
            return Terms::new(Combine::Update(*step, written), terms);
        }
    };
    Terms::new(Combine::Sum, sum)
}

/// What sums are made of.
struct Written<'a, T> {
    step: &'a UpdateStep,
    w: Cell<T>,
    grad: Cell<T>,
}

impl<T: Copy> Written<'_, T> {
    /// `keep·w − share·moment − rate·(scale·g + decay·w)`
    fn moved(&self, moment: Option<(f32, Cell<T>)>, rate: f32) -> Vec<Term<T>> {
        let Self { step, w, grad } = *self;
        let mut terms = vec![Term::scaled(step.keep - rate * step.decay, w)];
        terms.extend(moment.map(|(share, moment)| Term::scaled(-share, moment)));
        terms.push(Term::scaled(-rate * step.scale, grad));
        terms
    }

    /// `keeps·own + share·(scale·g + decay·w)`
    fn mean(&self, own: Cell<T>, keeps: f32, share: f32) -> Vec<Term<T>> {
        let Self { step, w, grad } = *self;
        let mut terms = vec![Term::scaled(keeps, own), Term::scaled(share * step.scale, grad)];
        if step.decay != 0.0 {
            terms.push(Term::scaled(share * step.decay, w));
        }
        terms
    }

    /// `keeps·own + share·(scale·g + decay·w)²`, the square written out.
    fn mean_square(&self, own: Cell<T>, keeps: f32, share: f32) -> Vec<Term<T>> {
        let Self { step: UpdateStep { scale, decay, .. }, w, grad } = *self;
        let mut terms = vec![Term::scaled(keeps, own), Term::squared(share * scale * scale, grad)];
        if *decay != 0.0 {
            let both = [Some(Factor::Cell(grad)), Some(Factor::Cell(w))];
            terms.push(Term { coefficient: share * 2.0 * scale * decay, factors: both, decided_by: [None; 2] });
            terms.push(Term::squared(share * decay * decay, w));
        }
        terms
    }
}
