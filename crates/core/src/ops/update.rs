//! One step of an update rule: what a gradient does to a weight and to what the rule remembers of it.
//!
//! The definitions are PyTorch's. Each is written once, for four weights at a time and for one in any precision: the
//! engine, the terms and what is shown of a step are the same formula.

mod adagrad;
mod adam;
mod momentum;
mod norm;
mod terms;

pub use adagrad::{AdadeltaStep, AdagradStep, RmsPropStep};
pub use adam::{AdaMaxStep, AdamStep, AmsGradStep, NadamStep};
pub use momentum::{MomentumStep, NesterovStep, SgdStep};
pub use norm::{clip_factor, square_sum};
pub use terms::update_terms;

use crate::Real;
use core::array::from_fn;
use core::ops::{Add, Div, Mul, Sub};
use wide::f32x4;

/// The most numbers that a rule remembers of a weight.
pub const MOST_MOMENTS: usize = 3;

/// A step of a rule, each setting as it enters the formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RuleStep {
    /// Stochastic gradient descent.
    Sgd(SgdStep),
    /// With a velocity.
    Momentum(MomentumStep),
    /// With a velocity that is looked ahead along.
    Nesterov(NesterovStep),
    /// Over the root of the sum of squares.
    Adagrad(AdagradStep),
    /// Over the root of the mean square.
    RmsProp(RmsPropStep),
    /// Likewise, in units of the weight's own steps.
    Adadelta(AdadeltaStep),
    /// The mean over the root of the mean square.
    Adam(AdamStep),
    /// Adam over the largest mean square so far.
    AmsGrad(AmsGradStep),
    /// Adam over the largest gradient that is remembered.
    AdaMax(AdaMaxStep),
    /// Adam that looks ahead along its mean.
    Nadam(NadamStep),
}

/// One step: what is done to gradient and weight first, then the rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpdateStep {
    /// The factor of the gradient: below 1 where clipping shortens it.
    pub scale: f32,
    /// Coupled weight decay: the multiple of the weight that is added to its gradient.
    pub decay: f32,
    /// Decoupled weight decay: the share of the weight that stays, before the rule (Loshchilov & Hutter 2019).
    pub keep: f32,
    /// The rule.
    pub rule: RuleStep,
}

/// What a step writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Updated {
    /// The weight.
    Weight,
    /// One of the numbers that the rule remembers of it.
    Moment(usize),
}

/// A number, or four of them side by side.
pub(crate) trait Lanes:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
{
    /// The same number in every lane.
    fn all(value: f32) -> Self;
    fn root(self) -> Self;
    fn size(self) -> Self;
    fn or_larger(self, other: Self) -> Self;
}

impl<N: Real> Lanes for N {
    fn all(value: f32) -> Self {
        Self::from(value)
    }

    fn root(self) -> Self {
        self.square_root()
    }

    fn size(self) -> Self {
        self.magnitude()
    }

    fn or_larger(self, other: Self) -> Self {
        if other > self { other } else { self }
    }
}

impl Lanes for f32x4 {
    fn all(value: f32) -> Self {
        Self::splat(value)
    }

    fn root(self) -> Self {
        self.sqrt()
    }

    fn size(self) -> Self {
        self.abs()
    }

    fn or_larger(self, other: Self) -> Self {
        self.max(other)
    }
}

/// A rule's formula.
pub(crate) trait Rule: Copy {
    /// Numbers that it remembers of a weight.
    const N_MOMENTS: usize;

    /// The weight and what is remembered of it after the step, from those before it and the gradient.
    fn apply<L: Lanes>(self, w: L, moments: [L; MOST_MOMENTS], grad: L) -> (L, [L; MOST_MOMENTS]);
}

/// Does something with the formula of a step, whichever it is.
macro_rules! with_rule {
    ($step:expr, $rule:ident => $result:expr) => {
        match $step {
            RuleStep::Sgd($rule) => $result,
            RuleStep::Momentum($rule) => $result,
            RuleStep::Nesterov($rule) => $result,
            RuleStep::Adagrad($rule) => $result,
            RuleStep::RmsProp($rule) => $result,
            RuleStep::Adadelta($rule) => $result,
            RuleStep::Adam($rule) => $result,
            RuleStep::AmsGrad($rule) => $result,
            RuleStep::AdaMax($rule) => $result,
            RuleStep::Nadam($rule) => $result,
        }
    };
}

/// Moves weights `w` by their gradients, and brings what the rule remembers of them up to date. `moments` are as many rows
/// like `w` as the rule has; the others are empty.
///
/// ```
/// use receptive_core::ops::{AdamStep, RuleStep, UpdateStep, update_weights};
///
/// let adam = AdamStep { beta1: 0.5, beta2: 0.75, epsilon: 0.0, rate: 0.25, correction: 0.5 };
/// let step = UpdateStep { scale: 1.0, decay: 0.0, keep: 1.0, rule: RuleStep::Adam(adam) };
/// let (mut w, mut mean, mut square) = ([1.0], [0.0], [0.0]);
/// update_weights(&mut w, [&mut mean, &mut square, &mut []], &[4.0], step);
/// assert_eq!((w, mean, square), ([0.875], [2.0], [4.0]));
/// ```
pub fn update_weights(w: &mut [f32], moments: [&mut [f32]; MOST_MOMENTS], grad: &[f32], step: UpdateStep) {
    debug_assert!(grad.len() == w.len() && moments.iter().all(|row| row.is_empty() || row.len() == w.len()));
    with_rule!(step.rule, rule => each(rule, step, w, moments, grad));
}

fn each<R: Rule>(rule: R, step: UpdateStep, w: &mut [f32], mut moments: [&mut [f32]; MOST_MOMENTS], grad: &[f32]) {
    let mut first = 0;
    for (w, grad) in w.chunks_mut(4).zip(grad.chunks(4)) {
        let here = first..first + w.len();
        let mut four = [f32x4::ZERO; MOST_MOMENTS];
        for (four, row) in four.iter_mut().zip(&moments).take(R::N_MOMENTS) {
            *four = load(&row[here.clone()]);
        }
        let old = load(w);
        let grad = f32x4::splat(step.scale) * load(grad) + f32x4::splat(step.decay) * old;
        let (new, four) = rule.apply(f32x4::splat(step.keep) * old, four, grad);
        store(w, new);
        for (row, four) in moments.iter_mut().zip(four).take(R::N_MOMENTS) {
            store(&mut row[here.clone()], four);
        }
        first = here.end;
    }
}

impl UpdateStep {
    /// True for each of the weight, the three moments and the gradient, in this order, that a new value is made of.
    pub fn reads(&self, written: Updated) -> [bool; 2 + MOST_MOMENTS] {
        let n_moments = with_rule!(self.rule, rule => n_moments(rule));
        let reads_moment = |i: usize| match (written, self.rule) {
            (Updated::Weight, _) => i < n_moments,
            (Updated::Moment(2), RuleStep::AmsGrad(_)) => i > 0,
            (Updated::Moment(1), RuleStep::Adadelta(_)) => i < 2,
            (Updated::Moment(moment), _) => i == moment,
        };
        let reads_weight = written == Updated::Weight || self.decay != 0.0;
        [reads_weight, reads_moment(0), reads_moment(1), reads_moment(2), true]
    }

    /// The weight and what is remembered of it after the step, from those before it and the gradient.
    pub fn apply<N: Real>(&self, w: N, moments: [N; MOST_MOMENTS], grad: N) -> (N, [N; MOST_MOMENTS]) {
        let grad = N::from(self.scale) * grad + N::from(self.decay) * w;
        with_rule!(self.rule, rule => rule.apply(N::from(self.keep) * w, moments, grad))
    }

    /// A new value, from as many values as [`reads`](Self::reads) names, in its order.
    pub(crate) fn value<N: Real>(&self, written: Updated, read: &[N]) -> N {
        let mut read = read.iter().copied();
        let mut next = |reads: bool| if reads { read.next() } else { None }.unwrap_or(N::from(0.0));
        let [w, a, b, c, grad] = self.reads(written).map(&mut next);
        let (w, moments) = self.apply(w, [a, b, c], grad);
        match written {
            Updated::Weight => w,
            Updated::Moment(i) => moments[i],
        }
    }
}

const fn n_moments<R: Rule>(_: R) -> usize {
    R::N_MOMENTS
}

/// Up to four values; zeros where there are fewer.
fn load(x: &[f32]) -> f32x4 {
    f32x4::from(x.first_chunk().copied().unwrap_or_else(|| from_fn(|i| x.get(i).copied().unwrap_or(0.0))))
}

fn store(out: &mut [f32], x: f32x4) {
    match out.first_chunk_mut() {
        Some(four) => *four = x.to_array(),
        None => out.copy_from_slice(&x.as_array()[..out.len()]),
    }
}

#[cfg(test)]
mod tests;
