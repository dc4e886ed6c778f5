//! Exercises: the order of the four parts, the direction of a change, and the loss of a network that knows nothing.

use super::stage::PARTS;
use crate::exercise::{Answer, Task};
use crate::inputs::one_of;
use crate::{factor, number, say};
use receptive_core::Rng;
use receptive_core::ops::softmax_cross_entropy_forward;

/// The part of a step that comes after another.
pub(super) fn order(rng: &mut Rng) -> Task {
    let done = rng.below(PARTS.len() as u32) as usize;
    let right = (done + 1) % PARTS.len();
    let name = |part: usize| say!(format!("training.part.{}", PARTS[part]));
    let options: Vec<_> = (0..PARTS.len()).map(name).collect();
    let choice = |right| Answer::Choice { options: options.clone(), right };
    let others = (0..PARTS.len()).filter(|part| *part != right);
    Task {
        question: say!("training.exercises.order.question", done = name(done)),
        grids: vec![],
        answer: choice(right),
        slips: others.map(|part| (choice(part), say!(format!("training.exercises.order.{}", PARTS[part])))).collect(),
        hint: say!("training.exercises.order.hint"),
        because: say!("training.exercises.order.because"),
    }
}

/// By how much a weight changes.
pub(super) fn direction(rng: &mut Rng) -> Task {
    let gradient = one_of(rng, &[0.8, -0.6, 1.5, -2.0, 0.4, -1.2]);
    let rate = one_of(rng, &[0.1, 0.5, 0.2]);
    let answer = |value: f32| Answer::number(value, 2);
    let change = -rate * gradient;
    Task {
        question: say!("training.exercises.direction.question", gradient = number(gradient), rate = number(rate)),
        grids: vec![],
        answer: answer(change),
        slips: vec![
            (answer(-change), say!("training.exercises.direction.uphill")),
            (answer(-gradient), say!("training.exercises.direction.no-rate")),
            (answer(gradient), say!("training.exercises.direction.gradient")),
        ],
        hint: say!("training.exercises.direction.hint"),
        because: say!(
            "training.exercises.direction.because",
            rate = number(rate),
            gradient = factor(gradient),
            change = number(change)
        ),
    }
}

/// The loss of equal probabilities.
pub(super) fn blind(rng: &mut Rng) -> Task {
    let n = one_of(rng, &[2, 4, 5, 10, 26]);
    let mut loss = [0.0];
    let mut p = vec![0.0; n];
    softmax_cross_entropy_forward(&mut loss, &mut p, &vec![0.0; n], &[0], n);
    let answer = |value: f32| Answer::number(value, 2);
    Task {
        question: say!("training.exercises.blind.question", n = n),
        grids: vec![],
        answer: answer(loss[0]),
        slips: vec![
            (answer(p[0]), say!("training.exercises.blind.probability")),
            (answer(1.0 - p[0]), say!("training.exercises.blind.rest")),
            (answer(0.0), say!("training.exercises.blind.zero")),
        ],
        hint: say!("training.exercises.blind.hint"),
        because: say!("training.exercises.blind.because", p = number(p[0]), loss = number(loss[0])),
    }
}
