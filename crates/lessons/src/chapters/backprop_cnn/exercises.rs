//! Exercises: the sign of a gradient, the cells that receive one, a weight of a kernel, the update, a gradient of zero.

use super::parts::{GRADIENT, INPUT, Part, UPSTREAM, WEIGHTS};
use crate::exercise::{Answer, Task};
use crate::inputs::{one_of, small_numbers};
use crate::scene::{Grid, Spot};
use crate::settings::{Settings, Value};
use crate::{Matrix, keys, number, place, say};
use receptive_core::Rng;

/// A part of the chapter with these numbers.
fn part(key: &'static str, numbers: [(&str, Matrix); 2]) -> Part {
    let mut settings: Settings = super::OUTLINE.settings();
    settings.set(keys::PART.name, Value::Choice(key));
    numbers.into_iter().for_each(|(key, matrix)| settings.set(key, Value::Numbers(matrix)));
    let Ok(part) = Part::small(&settings) else { unreachable!("the numbers fit {key}") };
    part
}

/// One of its grids, not to be typed over.
fn asked(part: &Part, name: &str) -> Grid {
    Grid { edit: None, ..part.stage.plain(name).cloned().unwrap_or_default() }
}

fn different(rng: &mut Rng, n: usize) -> Vec<f32> {
    let mut values: Vec<f32> = (1..=9).map(|value| value as f32).chain((10..=20).map(|value| value as f32)).collect();
    rng.shuffle(&mut values);
    values.truncate(n);
    values
}

pub(super) fn error(rng: &mut Rng) -> Task {
    let p = one_of(rng, &[0.1, 0.2, 0.25, 0.3, 0.4, 0.6, 0.7, 0.75, 0.8, 0.9]);
    let is_true = rng.below(2) == 0;
    let answer = |value: f32| Answer::number(value, 2);
    let (right, other) = if is_true { (p - 1.0, p) } else { (p, p - 1.0) };
    let class = say!(if is_true { "backprop-cnn.exercises.sign.true" } else { "backprop-cnn.exercises.sign.false" });
    Task {
        question: say!("backprop-cnn.exercises.sign.question", p = number(p), class = class),
        grids: vec![],
        answer: answer(right),
        slips: vec![
            (answer(-right), say!("backprop-cnn.exercises.sign.turned")),
            (answer(other), say!("backprop-cnn.exercises.sign.other")),
        ],
        hint: say!("backprop-cnn.exercises.sign.hint"),
        because: say!(
            "backprop-cnn.exercises.sign.because",
            p = number(p),
            y = if is_true { 1 } else { 0 },
            value = number(right)
        ),
    }
}

pub(super) fn receives(rng: &mut Rng) -> Task {
    let map = Matrix::new(4, 4, different(rng, 16));
    let upstream = Matrix::new(2, 2, different(rng, 4));
    let part = part("pool", [(keys::INPUT.name, map.clone()), (keys::UPSTREAM.name, upstream)]);
    let gradient = asked(&part, GRADIENT).values();
    let cells: Vec<_> = (0..16).filter(|&cell| gradient[cell] != 0.0).collect();
    let n_larger = |cell: usize| map.values.iter().filter(|value| **value > map.values[cell]).count();
    Task {
        question: say!("backprop-cnn.exercises.receives.question"),
        grids: vec![asked(&part, INPUT), asked(&part, UPSTREAM)],
        slips: vec![
            (Answer::Cells((0..16).collect()), say!("backprop-cnn.exercises.receives.all")),
            (
                Answer::Cells((0..16).filter(|&cell| n_larger(cell) < 4).collect()),
                say!("backprop-cnn.exercises.receives.largest"),
            ),
        ],
        because: say!(
            "backprop-cnn.exercises.receives.because",
            n = cells.len(),
            numbers = cells.iter().map(|&cell| number(map.values[cell])).collect::<Vec<_>>().join(", ")
        ),
        answer: Answer::Cells(cells),
        hint: say!("backprop-cnn.exercises.receives.hint"),
    }
}

pub(super) fn kernel(rng: &mut Rng) -> Task {
    let map = small_numbers(rng, 4, 4, 0, 3);
    let mut upstream = Matrix::zeros(3, 3);
    // Few outputs matter, so that the sum can be done by hand.
    for cell in [rng.below(4) as usize, 5 + rng.below(4) as usize] {
        upstream.values[cell] = one_of(rng, &[-2.0, -1.0, 1.0, 2.0, 3.0]);
    }
    let part = part("kernel", [(keys::INPUT.name, map.clone()), (keys::UPSTREAM.name, upstream.clone())]);
    let cell = rng.below(4) as usize;
    let moment = part.stage.moment_of(Spot::new(GRADIENT, cell)).unwrap_or_default();
    let node = part.stage.focus_cell(moment);
    let value = part.stage.run().value(node);
    let answer = |value: f32| Answer::number(value, 0);
    let kernel = asked(&part, WEIGHTS);
    let weight = kernel.cells[cell].value;
    let at = place(kernel.place(cell));
    Task {
        question: say!("backprop-cnn.exercises.met.question", place = at),
        grids: vec![asked(&part, INPUT), kernel.at(cell), asked(&part, UPSTREAM)],
        answer: answer(value),
        slips: vec![
            (answer(value * weight), say!("backprop-cnn.exercises.met.weight")),
            (answer(upstream.values.iter().sum()), say!("backprop-cnn.exercises.met.bias")),
            (answer(value / 9.0), say!("backprop-cnn.exercises.met.mean")),
        ],
        hint: say!("backprop-cnn.exercises.met.hint"),
        because: say!("backprop-cnn.exercises.met.because", sum = part.stage.spoken(node)),
    }
}

pub(super) fn update(rng: &mut Rng) -> Task {
    let w = one_of(rng, &[0.2, 0.4, 0.5, 0.6, 0.8, -0.3, -0.5]);
    let gradient = one_of(rng, &[2.0, 3.0, -2.0, -4.0, 5.0]);
    let rate = one_of(rng, &[0.01, 0.1, 0.05]);
    let answer = |value: f32| Answer::number(value, 2);
    Task {
        question: say!(
            "backprop-cnn.exercises.change.question",
            w = number(w),
            gradient = number(gradient),
            rate = number(rate)
        ),
        grids: vec![],
        answer: answer(w - rate * gradient),
        slips: vec![
            (answer(-rate * gradient), say!("backprop-cnn.exercises.change.dropped")),
            (answer(w + rate * gradient), say!("backprop-cnn.exercises.change.uphill")),
            (answer(gradient), say!("backprop-cnn.exercises.change.gradient")),
            (answer(w - gradient), say!("backprop-cnn.exercises.change.no-rate")),
        ],
        hint: say!("backprop-cnn.exercises.change.hint"),
        because: say!(
            "backprop-cnn.exercises.change.because",
            w = number(w),
            rate = number(rate),
            gradient = crate::factor(gradient),
            value = number(w - rate * gradient)
        ),
    }
}

pub(super) fn zero(rng: &mut Rng) -> Task {
    let w = one_of(rng, &[0.7, -1.2, 0.35, 2.5, -0.4]);
    let options = ["stays", "weight", "done", "never"].map(|key| say!(format!("backprop-cnn.exercises.zero.{key}")));
    let choice = |right| Answer::Choice { options: options.to_vec(), right };
    let slips = [(1, "is-weight"), (2, "is-done"), (3, "is-never")];
    Task {
        question: say!("backprop-cnn.exercises.zero.question", w = number(w)),
        grids: vec![],
        answer: choice(0),
        slips: slips.map(|(i, key)| (choice(i), say!(format!("backprop-cnn.exercises.zero.{key}")))).to_vec(),
        hint: say!("backprop-cnn.exercises.zero.hint"),
        because: say!("backprop-cnn.exercises.zero.because", w = number(w)),
    }
}
