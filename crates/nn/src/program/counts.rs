//! The number of terms that one value of an instruction is made of, from the operation's geometry.

use super::instr::{
    Conv2dForward, Conv2dGradB, Conv2dGradW, Conv2dGradX, LinearForward, LinearGradB, LinearGradW, LinearGradX, Update,
};
use super::{BufferId, Instr};
use alloc::vec;
use receptive_core::ops::{Loss, pad2d_connections};
use receptive_core::terms::Operand;
use receptive_core::{ConvGeom, PoolGeom, Shape4};
use serde::{Deserialize, Serialize};

/// The terms that one value is made of: the most that one has, as values at a border can have fewer. The zeros of a
/// padding count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NTerms {
    /// Terms that are products of two values.
    pub products: usize,
    /// The other terms: a bias, the cells of a pooling's window, what is only passed on.
    pub others: usize,
}

impl NTerms {
    const fn products(products: usize) -> Self {
        Self { products, others: 0 }
    }

    const fn others(others: usize) -> Self {
        Self { products: 0, others }
    }

    /// Returns the terms of a value of the tensor that an instruction writes first. `shape` gives that of a buffer.
    pub(super) fn of(instr: &Instr, shape: impl Fn(BufferId) -> Shape4) -> Self {
        match instr {
            Instr::Conv2dForward(Conv2dForward { geom, .. }) => Self { products: geom.w().image_len(), others: 1 },
            Instr::Conv2dGradX(Conv2dGradX { geom, .. }) => Self::products(n_met(geom)),
            Instr::Conv2dGradW(Conv2dGradW { geom, .. }) => Self::products(n_positions(geom)),
            Instr::Conv2dGradB(Conv2dGradB { geom, .. }) => Self::others(n_positions(geom)),
            Instr::LinearForward(LinearForward { geom, .. }) => Self { products: geom.inputs, others: 1 },
            Instr::LinearGradX(LinearGradX { geom, .. }) => Self::products(geom.outputs),
            Instr::LinearGradW(LinearGradW { geom, .. }) => Self::products(geom.n),
            Instr::LinearGradB(LinearGradB { geom, .. }) => Self::others(geom.n),
            Instr::MaxPool2dForward(instr) => Self::others(window(&instr.geom)),
            Instr::AvgPool2dForward(instr) => Self::others(window(&instr.geom)),
            Instr::SumPool2dForward(instr) => Self::others(window(&instr.geom)),
            Instr::MaxPool2dBackward(instr) => Self::others(n_windows(&instr.geom)),
            Instr::AvgPool2dBackward(instr) => Self::others(n_windows(&instr.geom)),
            Instr::SumPool2dBackward(instr) => Self::others(n_windows(&instr.geom)),
            Instr::Pad2dBackward(instr) => {
                let (x, y) = (instr.geom.x(), instr.geom.y());
                let sources = (0..y.h * y.w).flat_map(|at| pad2d_connections(Operand::Y, at, &instr.geom));
                Self::others(most(x.h * x.w, sources.filter_map(|connection| connection.x)))
            }
            Instr::BatchNormMoments(instr) => Self::others(instr.geom.channel_len()),
            // A value, its channel's mean, and its channel's variance.
            Instr::BatchNormForward(_) | Instr::BatchNormFixedForward(_) => Self::others(3),
            Instr::BatchNormBackward(instr) => {
                let n = instr.geom.channel_len();
                Self { products: n, others: n }
            }
            Instr::Sum(instr) => Self::others(instr.parts.len()),
            Instr::MultiplyForward(_) => Self::products(1),
            // Along the axes on which the other branch is longer, it met several.
            Instr::MultiplyBackward(instr) => Self::products(instr.geom.y().len() / instr.geom.a().len()),
            Instr::SoftmaxCrossEntropyForward(instr) => Self::others(shape(instr.z).image_len()),
            Instr::SoftmaxForward(instr) => Self::others(shape(instr.z).image_len()),
            Instr::SoftmaxBackward(instr) => Self::products(shape(instr.p).image_len()),
            Instr::LossForward(instr) => Self::others(shape(instr.x).image_len()),
            Instr::LossBackward(instr) => Self::others(if instr.loss == Loss::SquaredError { 2 } else { 1 }),
            Instr::LogitForward(instr) => Self::others(shape(instr.z).image_len()),
            // A probability, and for the true class what it should be.
            Instr::SoftmaxCrossEntropyBackward(_) => Self::others(2),
            // The weight and the gradient, and between them what the rule remembers.
            Instr::Update(Update { rule, .. }) => Self::others(2 + rule.n_moments()),
            Instr::Average(_) => Self::others(2),
            Instr::Pad2dForward(_)
            | Instr::ReluForward(_)
            | Instr::ReluBackward(_)
            | Instr::ActivationForward(_)
            | Instr::ActivationBackward(_)
            | Instr::BatchNormFixedBackward(_)
            | Instr::DropoutForward(_)
            | Instr::DropoutBackward(_)
            | Instr::ConcatForward(_)
            | Instr::ConcatBackward(_)
            | Instr::LogitBackward(_) => Self::others(1),
        }
    }
}

/// The positions of a kernel in a whole batch.
fn n_positions(geom: &ConvGeom) -> usize {
    let y = geom.y();
    y.n * y.h * y.w
}

/// The most weights that an input value meets.
fn n_met(geom: &ConvGeom) -> usize {
    let (x, w, y) = (geom.x(), geom.w(), geom.y());
    let rows = (0..y.h).flat_map(|p| (0..w.h).filter_map(move |r| geom.input_row(p, r)));
    let columns = (0..y.w).flat_map(|q| (0..w.w).filter_map(move |s| geom.input_column(q, s)));
    w.n / geom.params().groups * most(x.h, rows) * most(x.w, columns)
}

/// The most input cells that a pooling's window holds.
fn window(geom: &PoolGeom) -> usize {
    let rows = (0..geom.y().h).map(|p| geom.rows(p).len()).max();
    let columns = (0..geom.y().w).map(|q| geom.columns(q).len()).max();
    rows.unwrap_or(0) * columns.unwrap_or(0)
}

/// The most windows of a pooling that an input cell lies in.
fn n_windows(geom: &PoolGeom) -> usize {
    let rows = (0..geom.y().h).flat_map(|p| geom.rows(p));
    let columns = (0..geom.y().w).flat_map(|q| geom.columns(q));
    most(geom.x().h, rows) * most(geom.x().w, columns)
}

/// The most times that one of the first `n` numbers comes up.
fn most(n: usize, numbers: impl Iterator<Item = usize>) -> usize {
    let mut counts = vec![0; n];
    numbers.for_each(|number| counts[number] += 1);
    counts.into_iter().max().unwrap_or(0)
}
