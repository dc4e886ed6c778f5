//! Exercises about activations.

use super::collapse::times;
use super::products;
use crate::exercise::{Answer, Task};
use crate::inputs::small_numbers;
use crate::scene::{Grid, Role};
use crate::{Matrix, number, place, say};
use receptive_core::Rng;
use receptive_core::ops::{Activation, relu_forward};

pub(super) fn changed_cells(rng: &mut Rng) -> Task {
    let mut map = small_numbers(rng, 4, 4, -4, 4);
    // A zero, for those who think that it changes, and one number below zero at least.
    let zero = rng.below(16) as usize;
    let below = (zero + 1 + rng.below(15) as usize) % 16;
    (map.values[zero], map.values[below]) = (0.0, -3.0);
    let mut made = Matrix::zeros(4, 4);
    relu_forward(&mut made.values, &map.values);
    let cells = |is_wanted: &dyn Fn(usize) -> bool| (0..16).filter(|&i| is_wanted(i)).collect::<Vec<_>>();
    let changed = cells(&|i| made.values[i] != map.values[i]);
    let n = changed.len();
    Task {
        question: say!("activation.exercises.changed.question"),
        grids: vec![Grid::of("map", say!("activation.before"), &map, Role::Activation)],
        answer: Answer::Cells(changed),
        slips: vec![
            (Answer::Cells(cells(&|i| made.values[i] == 0.0)), say!("activation.exercises.changed.zero")),
            (Answer::Cells(cells(&|i| made.values[i] > 0.0)), say!("activation.exercises.changed.kept")),
        ],
        hint: say!("activation.exercises.changed.hint"),
        because: say!("activation.exercises.changed.because", n = n),
    }
}

pub(super) fn leaky_value(rng: &mut Rng) -> Task {
    let slope = (1 + rng.below(4)) as f32 / 10.0;
    let x = -((2 + rng.below(18)) as f32);
    let value = Activation::LeakyRelu { slope }.forward(x);
    let answer = |value: f32| Answer::Number { value: (f64::from(value) * 10.0).round() / 10.0, decimals: 1 };
    let (shown, at) = (number(slope), number(x));
    Task {
        question: say!("activation.exercises.below-zero.question", slope = shown, x = at),
        grids: vec![],
        answer: answer(value),
        slips: vec![
            (answer(Activation::Relu.forward(x)), say!("activation.exercises.below-zero.relu")),
            (answer(-value), say!("activation.exercises.below-zero.sign")),
            (answer(x), say!("activation.exercises.below-zero.kept")),
            (answer(slope), say!("activation.exercises.below-zero.slope")),
        ],
        hint: say!("activation.exercises.below-zero.hint"),
        because: say!("activation.exercises.below-zero.because", slope = shown, x = at, value = number(value)),
    }
}

pub(super) fn sigmoid_slope(rng: &mut Rng) -> Task {
    let value = f64::from(1 + rng.below(9)) / 10.0;
    // Where the sigmoid has this value.
    let x = libm::log(value / (1.0 - value)) as f32;
    let slope = Activation::Sigmoid.derivative(x);
    let answer = |value: f64| Answer::Number { value: (value * 100.0).round() / 100.0, decimals: 2 };
    let (shown, rest) = (number(value as f32), number(1.0 - value as f32));
    Task {
        question: say!("activation.exercises.slope.question", value = shown),
        grids: vec![],
        answer: answer(slope.into()),
        slips: vec![
            (answer(value), say!("activation.exercises.slope.value")),
            (answer(1.0 - value), say!("activation.exercises.slope.rest")),
            (answer(Activation::Sigmoid.derivative(0.0).into()), say!("activation.exercises.slope.most")),
            (answer(1.0), say!("activation.exercises.slope.one")),
        ],
        hint: say!("activation.exercises.slope.hint"),
        because: say!("activation.exercises.slope.because", value = shown, rest = rest, slope = number(slope)),
    }
}

pub(super) fn one_layer_for_two(rng: &mut Rng) -> Task {
    let (first, second) = (small_numbers(rng, 2, 2, -2, 3), small_numbers(rng, 2, 2, -2, 3));
    let cell = rng.below(4) as usize;
    let (right, swapped) = (times(&second, &first), times(&first, &second));
    let [row, column] = right.place(cell);
    let pairs = [0, 1].map(|i| [second.at(row, i), first.at(i, column)]);
    let answer = |value: f32| Answer::number(value, 0);
    let (value, at) = (right.values[cell], place([row, column]));
    let grid = |name, matrix: &Matrix| Grid::of(name, say!(format!("activation.grid.{name}")), matrix, Role::Weight);
    Task {
        question: say!("activation.exercises.product.question", place = at),
        grids: vec![grid("first", &first), grid("second", &second)],
        answer: answer(value),
        slips: vec![
            (answer(swapped.values[cell]), say!("activation.exercises.product.swapped")),
            (answer(first.values[cell] * second.values[cell]), say!("activation.exercises.product.cellwise")),
            (answer(first.values[cell] + second.values[cell]), say!("activation.exercises.product.added")),
        ],
        hint: say!("activation.exercises.product.hint"),
        because: say!("activation.exercises.product.because", sum = products(&pairs), value = number(value)),
    }
}
