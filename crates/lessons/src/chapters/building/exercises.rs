//! Sizes, parameters and receptive fields by hand, checked by the ledger.

use super::ledger::Account;
use crate::exercise::{Answer, Task};
use crate::inputs::one_of;
use crate::{grouped, say, words};
use receptive_core::{ConvParams, PoolParams, Rng};
use receptive_nn::{Layer, Spec};

fn conv(kernels: usize, size: usize, padding: usize) -> Layer {
    Layer::Conv2d { kernels, size: [size, size], params: ConvParams::default().padding(padding) }
}

fn pool() -> Layer {
    Layer::MaxPool2d(PoolParams::square(2))
}

/// Layers in words, one after the other.
fn listed(layers: &[Layer]) -> String {
    layers.iter().map(words::layer).collect::<Vec<_>>().join(" → ")
}

/// Rows after a convolution, a pooling and a convolution.
pub(super) fn size(rng: &mut Rng) -> Task {
    let n = 20 + rng.below(45) as usize;
    let (f, pad, g) = (one_of(rng, &[3, 5]), one_of(rng, &[1, 2]), one_of(rng, &[3, 5]));
    let account = |pad: usize, layers: &[usize]| {
        let all = [conv(8, f, pad), pool(), conv(16, g, 0)];
        let layers = layers.iter().map(|&at| all[at].clone()).collect();
        Account::new(Spec { input: [1, n, n], layers })
    };
    let rows = |account: &Account| account.rows.last().map_or(n, |row| row.shape[1]);
    let right = account(pad, &[0, 1, 2]);
    let first_once = n + pad + 1 - f;
    let once = first_once / 2 + 1 - g;
    let because =
        right.rows.iter().map(|row| words::size_formula(&row.formulas.size, row.shape)).collect::<Vec<_>>().join(", ");
    Task {
        question: say!("building.exercises.size.question", n = n, layers = listed(&right.spec.layers)),
        grids: vec![],
        answer: Answer::square(rows(&right)),
        slips: vec![
            (Answer::square(once), say!("building.exercises.size.once")),
            (Answer::square(rows(&account(pad, &[0, 2]))), say!("building.exercises.size.no-pool")),
            (Answer::square(rows(&account(pad, &[0, 1]))), say!("building.exercises.size.early")),
            (Answer::square(rows(&account(0, &[0, 1, 2]))), say!("building.exercises.size.no-padding")),
            (Answer::square(n / 2), say!("building.exercises.size.kept")),
        ],
        hint: say!("building.exercises.size.hint"),
        because: say!("building.exercises.size.because", formulas = because),
    }
}

/// Weights and biases of a convolution.
pub(super) fn conv_params(rng: &mut Rng) -> Task {
    let (channels, kernels, f) = (one_of(rng, &[3, 8, 16, 32]), one_of(rng, &[8, 16, 32, 64]), one_of(rng, &[3, 5]));
    let account = Account::new(Spec { input: [channels, 28, 28], layers: vec![conv(kernels, f, 0)] });
    let because = account.rows.first().map_or_else(String::new, |row| words::cost_formula(&row.formulas.params));
    let weights = f * f * channels * kernels;
    Task {
        question: say!("building.exercises.conv-params.question", f = f, kernels = kernels, channels = channels),
        grids: vec![],
        answer: Answer::count(account.n_params()),
        slips: vec![
            (Answer::count(weights), say!("building.exercises.conv-params.no-bias", n = kernels)),
            (Answer::count((f * f + 1) * kernels), say!("building.exercises.conv-params.no-channels", n = channels)),
            (Answer::count(f * f * kernels), say!("building.exercises.conv-params.neither", n = channels)),
            (Answer::count(weights + 1), say!("building.exercises.conv-params.one-bias")),
            (Answer::count(f * f * channels + 1), say!("building.exercises.conv-params.one-kernel", n = kernels)),
            (Answer::count((f * channels + 1) * kernels), say!("building.exercises.conv-params.side", f = f)),
        ],
        hint: say!("building.exercises.conv-params.hint"),
        because: say!("building.exercises.conv-params.because", formula = because),
    }
}

/// Weights and biases of the first dense layer after the maps.
pub(super) fn dense_params(rng: &mut Rng) -> Task {
    let (n, channels, units) =
        (2 * (2 + rng.below(7) as usize), one_of(rng, &[4, 8, 16, 32]), one_of(rng, &[10, 32, 64, 128]));
    let layers = vec![pool(), Layer::Flatten, Layer::Linear { units }];
    let account = Account::new(Spec { input: [channels, n, n], layers });
    let because = account.rows.last().map_or_else(String::new, |row| words::cost_formula(&row.formulas.params));
    let (side, inputs) = (n / 2, n / 2 * (n / 2) * channels);
    Task {
        question: say!(
            "building.exercises.dense-params.question",
            size = format!("{n}×{n}×{channels}"),
            pool = words::layer(&pool()),
            units = units
        ),
        grids: vec![],
        answer: Answer::count(account.n_params()),
        slips: vec![
            (Answer::count(inputs * units), say!("building.exercises.dense-params.no-bias", n = units)),
            (
                Answer::count((side * side + 1) * units),
                say!("building.exercises.dense-params.no-channels", n = channels),
            ),
            (
                Answer::count((n * n * channels + 1) * units),
                say!("building.exercises.dense-params.no-pool", side = side),
            ),
            (
                Answer::count((n * n / 2 * channels + 1) * units),
                say!("building.exercises.dense-params.half", side = side),
            ),
            (Answer::count(inputs * units + 1), say!("building.exercises.dense-params.one-bias")),
        ],
        hint: say!("building.exercises.dense-params.hint"),
        because: say!(
            "building.exercises.dense-params.because",
            side = side,
            channels = channels,
            inputs = grouped(inputs as u64),
            formula = because
        ),
    }
}

/// Rows of the picture that one number sees after three layers.
pub(super) fn field(rng: &mut Rng) -> Task {
    let (f, g) = (one_of(rng, &[3, 5, 7]), one_of(rng, &[3, 5]));
    let account = Account::new(Spec { input: [1, 40, 40], layers: vec![conv(8, f, 0), pool(), conv(16, g, 0)] });
    let seen: Vec<_> = account.rows.iter().map(|row| row.receptive_field[0]).collect();
    let last = seen.last().copied().unwrap_or_default();
    Task {
        question: say!("building.exercises.field.question", layers = listed(&account.spec.layers)),
        grids: vec![],
        answer: Answer::count(last),
        slips: vec![
            (Answer::count(f + 1 + g - 1), say!("building.exercises.field.no-step")),
            (Answer::count(g), say!("building.exercises.field.last-only")),
            (Answer::count(f * 2 * g), say!("building.exercises.field.product")),
            (Answer::count(f + 2 + g), say!("building.exercises.field.sum")),
        ],
        hint: say!("building.exercises.field.hint"),
        because: say!(
            "building.exercises.field.because",
            first = f,
            formulas = (1..seen.len())
                .flat_map(|at| account.formulas(at))
                .filter(|formula| formula.name == "field")
                .map(|formula| formula.plain())
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}
