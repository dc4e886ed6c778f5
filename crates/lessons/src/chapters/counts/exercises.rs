//! Counts to find with fresh numbers.

use crate::exercise::{Answer, Task};
use crate::inputs::one_of;
use crate::words::cost_formula;
use crate::{grouped, say};
use receptive_core::{ConvGeom, ConvParams, PoolGeom, PoolParams, Rng, Shape4};
use receptive_nn::{LayerGeometry, LedgerRow};

/// Sizes here are drawn so that they fit.
fn fits<T, E>(made: Result<T, E>) -> T {
    made.unwrap_or_else(|_| unreachable!("it fits"))
}

fn conv(n: usize, size: usize, channels: usize, image: usize) -> ConvGeom {
    let x = Shape4::new(1, channels, image, image);
    fits(ConvGeom::new(x, Shape4::new(n, channels, size, size), ConvParams::default()))
}

/// Weights and biases of a convolution.
pub(super) fn kernels(rng: &mut Rng) -> Task {
    let (n, f, c) = (one_of(rng, &[8, 10, 16, 32, 64]), one_of(rng, &[3, 5, 7]), one_of(rng, &[3, 8, 16, 32]));
    let geom = conv(n, f, c, 28);
    let weights = geom.w().len();
    Task {
        question: say!("counts.exercises.kernels.question", n = n, f = f, c = c),
        grids: vec![],
        answer: Answer::count(geom.n_params()),
        slips: vec![
            (Answer::count(weights), say!("counts.exercises.kernels.no-bias")),
            (Answer::count(weights + 1), say!("counts.exercises.kernels.one-bias")),
            (Answer::count(conv(n, f, 1, 28).n_params()), say!("counts.exercises.kernels.flat")),
            (Answer::count(conv(1, f, c, 28).n_params()), say!("counts.exercises.kernels.single")),
        ],
        hint: say!("counts.exercises.kernels.hint"),
        because: say!(
            "counts.exercises.kernels.because",
            formula = cost_formula(&LayerGeometry::Conv2d(geom).formulas().params)
        ),
    }
}

/// Weights and biases of a dense layer on an image.
pub(super) fn dense(rng: &mut Rng) -> Task {
    let (side, c) = (one_of(rng, &[16, 28, 32, 64]), one_of(rng, &[1, 3]));
    let units = one_of(rng, &[10, 50, 100, 200]);
    let row: LedgerRow = fits(LedgerRow::linear([c, side, side], units));
    let grey = fits(LedgerRow::linear([1, side, side], units));
    Task {
        question: say!("counts.exercises.dense.question", side = side, c = c, units = units),
        grids: vec![],
        answer: Answer::count(row.n_params),
        slips: vec![
            (Answer::count(row.n_params - units), say!("counts.exercises.dense.no-bias")),
            (Answer::count(row.n_params - units + 1), say!("counts.exercises.dense.one-bias")),
            (Answer::count(grey.n_params), say!("counts.exercises.dense.grey")),
        ],
        hint: say!("counts.exercises.dense.hint"),
        because: say!("counts.exercises.dense.because", formula = cost_formula(&row.formulas.params)),
    }
}

/// A dense layer behind a convolution and a pooling.
pub(super) fn after_pool(rng: &mut Rng) -> Task {
    let (side, f, n) = (2 * (4 + rng.below(13) as usize), 3, one_of(rng, &[4, 8, 16]));
    let units = one_of(rng, &[10, 20, 100]);
    let geom = conv(n, f, 1, side);
    let pooled = fits(PoolGeom::new(geom.y(), PoolParams::square(2))).y();
    let on = |shape: Shape4| fits(LedgerRow::linear([shape.c, shape.h, shape.w], units));
    let row = on(pooled);
    let halved = Shape4::new(1, n, side / 2, side / 2);
    Task {
        question: say!("counts.exercises.after-pool.question", side = side, f = f, n = n, units = units),
        grids: vec![],
        answer: Answer::count(row.n_params),
        slips: vec![
            (Answer::count(on(halved).n_params), say!("counts.exercises.after-pool.same")),
            (Answer::count(on(geom.y()).n_params), say!("counts.exercises.after-pool.no-pool")),
            (Answer::count(on(Shape4 { c: 1, ..pooled }).n_params), say!("counts.exercises.after-pool.one-map")),
            (Answer::count(row.n_params - units), say!("counts.exercises.after-pool.no-bias")),
        ],
        hint: say!("counts.exercises.after-pool.hint"),
        because: say!(
            "counts.exercises.after-pool.because",
            conv = geom.y().h,
            pooled = pooled.h,
            n = n,
            inputs = grouped(pooled.image_len() as u64),
            formula = cost_formula(&row.formulas.params)
        ),
    }
}

/// Cells of the dense matrix that a kernel fills.
pub(super) fn filled(rng: &mut Rng) -> Task {
    let (side, f) = (4 + rng.below(6) as usize, 2 + rng.below(2) as usize);
    let geom = conv(1, f, 1, side);
    let (n_outputs, n_inputs, n_weights) = (geom.y().len(), geom.x().len(), geom.w().len());
    // Without padding every product of the convolution is one filled cell.
    let n_filled = geom.n_macs() as usize;
    Task {
        question: say!("counts.exercises.filled.question", side = side, f = f),
        grids: vec![],
        answer: Answer::count(n_filled),
        slips: vec![
            (Answer::count(n_weights), say!("counts.exercises.filled.weights", n = n_weights)),
            (Answer::count(n_outputs * n_inputs), say!("counts.exercises.filled.all")),
            (Answer::count(n_inputs * n_weights), say!("counts.exercises.filled.inputs")),
            (Answer::count(n_outputs * n_inputs - n_filled), say!("counts.exercises.filled.zeros")),
        ],
        hint: say!("counts.exercises.filled.hint"),
        because: say!(
            "counts.exercises.filled.because",
            n_outputs = n_outputs,
            n_weights = n_weights,
            n = n_filled,
            n_cells = grouped((n_outputs * n_inputs) as u64)
        ),
    }
}
