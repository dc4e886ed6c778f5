//! Exercises: one path, two paths, what a gradient foretells, and which way to go.

use crate::exercise::{Answer, Task};
use crate::inputs::one_of;
use crate::{factor, number, say};
use receptive_core::Rng;

const GRADIENTS: &[f32] = &[-0.8, -0.5, -0.4, -0.2, 0.2, 0.3, 0.5, 0.6];
const VALUES: &[f32] = &[0.5, 1.5, 2.0, 3.0, -2.0];
const WEIGHTS: &[f32] = &[0.4, 0.7, -0.3, -0.6, 0.9];

pub(super) fn edge(rng: &mut Rng) -> Task {
    let (back, met, w) = (one_of(rng, GRADIENTS), one_of(rng, VALUES), one_of(rng, WEIGHTS));
    let answer = |value: f32| Answer::number(value, 2);
    Task {
        question: say!("backprop.exercises.edge.question", back = number(back), met = number(met), w = number(w)),
        grids: vec![],
        answer: answer(back * met),
        slips: vec![
            (answer(back * w), say!("backprop.exercises.edge.weight")),
            (answer(back * met * w), say!("backprop.exercises.edge.both")),
            (answer(-back * met), say!("backprop.exercises.edge.sign")),
        ],
        hint: say!("backprop.exercises.edge.hint"),
        because: say!(
            "backprop.exercises.edge.because",
            sum = format!("{}·{} = {}", number(back), factor(met), number(back * met))
        ),
    }
}

pub(super) fn unit(rng: &mut Rng) -> Task {
    let [a, b] = [one_of(rng, GRADIENTS), one_of(rng, GRADIENTS)];
    let [v, w] = [one_of(rng, WEIGHTS), one_of(rng, WEIGHTS)];
    let answer = |value: f32| Answer::number(value, 2);
    let sum = a * v + b * w;
    let notation = format!("{}·{} + {}·{}", number(a), factor(v), factor(b), factor(w));
    Task {
        question: say!("backprop.exercises.unit.question", a = number(a), b = number(b), v = number(v), w = number(w)),
        grids: vec![],
        answer: answer(sum),
        slips: vec![
            (answer(a * v), say!("backprop.exercises.unit.one")),
            (answer(b * w), say!("backprop.exercises.unit.one")),
            (answer(sum / 2.0), say!("backprop.exercises.unit.mean")),
            (answer(a + b), say!("backprop.exercises.unit.no-weights")),
        ],
        hint: say!("backprop.exercises.unit.hint"),
        because: say!("backprop.exercises.unit.because", sum = format!("{notation} = {}", number(sum))),
    }
}

pub(super) fn foretell(rng: &mut Rng) -> Task {
    let (gradient, step) = (one_of(rng, GRADIENTS), one_of(rng, &[0.01, 0.02, -0.01]));
    let answer = |value: f32| Answer::number(value, 3);
    let change = gradient * step;
    Task {
        question: say!(
            "backprop.exercises.foretell.question",
            gradient = number(gradient),
            from = "0.6",
            to = number(0.6 + step)
        ),
        grids: vec![],
        answer: answer(change),
        slips: vec![
            (answer(-change), say!("backprop.exercises.foretell.sign")),
            (answer(gradient), say!("backprop.exercises.foretell.no-step")),
            (answer(gradient * (0.6 + step)), say!("backprop.exercises.foretell.whole")),
        ],
        hint: say!("backprop.exercises.foretell.hint"),
        because: say!(
            "backprop.exercises.foretell.because",
            sum = format!("{}·{} = {}", number(gradient), factor(step), number(change))
        ),
    }
}

pub(super) fn way(rng: &mut Rng) -> Task {
    let gradient = one_of(rng, GRADIENTS);
    let options = ["0.6001", "0.5999"].map(String::from);
    let right = usize::from(gradient > 0.0);
    let choice = |right| Answer::Choice { options: options.to_vec(), right };
    Task {
        question: say!("backprop.exercises.way.question", gradient = number(gradient)),
        grids: vec![],
        answer: choice(right),
        slips: vec![(choice(1 - right), say!("backprop.exercises.way.uphill"))],
        hint: say!("backprop.exercises.way.hint"),
        because: say!(
            if gradient > 0.0 { "backprop.exercises.way.smaller" } else { "backprop.exercises.way.larger" },
            gradient = number(gradient)
        ),
    }
}
