//! Exercises: the change that a gradient foretells, the gradient that is computed first, and how far a forecast holds.

use crate::exercise::{Answer, Task};
use crate::inputs::one_of;
use crate::{number, say};
use receptive_core::Rng;

/// The change of the loss that the gradient foretells.
pub(super) fn foretold(rng: &mut Rng) -> Task {
    let gradient: [f32; 2] = [one_of(rng, &[1.0, 2.0, 3.0]), one_of(rng, &[-1.0, -2.0, 0.5])];
    let rate = one_of(rng, &[0.1, 0.01, 0.05]);
    let square: f32 = gradient.iter().map(|g| g * g).sum();
    let sum: f32 = gradient.iter().sum();
    let answer = |value: f32| Answer::number(value, 4);
    let [a, b] = gradient.map(number);
    Task {
        question: say!("one-step.exercises.foretold.question", a = a, b = b, rate = number(rate)),
        grids: vec![],
        answer: answer(-rate * square),
        slips: vec![
            (answer(rate * square), say!("one-step.exercises.foretold.sign")),
            (answer(-rate * sum), say!("one-step.exercises.foretold.sum")),
            (answer(-square), say!("one-step.exercises.foretold.no-rate")),
        ],
        hint: say!("one-step.exercises.foretold.hint"),
        because: say!(
            "one-step.exercises.foretold.because",
            a = crate::factor(gradient[0]),
            b = crate::factor(gradient[1]),
            rate = number(rate),
            value = number(-rate * square)
        ),
    }
}

/// The gradient that the backward pass computes first, or last.
pub(super) fn first(rng: &mut Rng) -> Task {
    let keys = ["scores", "units", "map", "kernel"];
    let is_first = rng.below(2) == 0;
    let mut order = keys;
    rng.shuffle(&mut order);
    let options = order.map(|key| say!(format!("one-step.exercises.first.{key}")));
    let choice = |key: &str| Answer::Choice {
        options: options.to_vec(),
        right: order.iter().position(|own| *own == key).unwrap_or(0),
    };
    let (right, turned) = if is_first { ("scores", "kernel") } else { ("kernel", "scores") };
    let which = say!(if is_first { "one-step.exercises.first.first" } else { "one-step.exercises.first.last" });
    Task {
        question: say!("one-step.exercises.first.question", which = which),
        grids: vec![],
        answer: choice(right),
        slips: vec![(choice(turned), say!("one-step.exercises.first.turned"))],
        hint: say!("one-step.exercises.first.hint"),
        because: say!("one-step.exercises.first.because"),
    }
}

/// What becomes of forecast and truth when the rate is smaller.
pub(super) fn far(rng: &mut Rng) -> Task {
    let times = one_of(rng, &[2, 10, 100]);
    let mut order = ["closer", "same", "further", "zero"];
    rng.shuffle(&mut order);
    let options = order.map(|key| say!(format!("one-step.exercises.far.{key}")));
    let choice = |key: &str| Answer::Choice {
        options: options.to_vec(),
        right: order.iter().position(|own| *own == key).unwrap_or(0),
    };
    let slips = ["same", "further", "zero"].map(|key| (choice(key), say!(format!("one-step.exercises.far.is-{key}"))));
    Task {
        question: say!("one-step.exercises.far.question", n = times),
        grids: vec![],
        answer: choice("closer"),
        slips: slips.to_vec(),
        hint: say!("one-step.exercises.far.hint"),
        because: say!("one-step.exercises.far.because"),
    }
}
