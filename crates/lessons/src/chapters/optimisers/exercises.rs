//! Exercises: the next velocity, Adam's first step, what Adagrad's steps do, and the two ways of weight decay.

use crate::exercise::{Answer, Task};
use crate::inputs::one_of;
use crate::{factor, number, say};
use receptive_core::Rng;
use receptive_core::ops::update_weights;
use receptive_nn::{Betas, Optimiser, Rule};

/// The weight and what the rule remembers after one step.
fn stepped(optimiser: Optimiser, rate: f32, w: f32, memory: f32, gradient: f32) -> [f32; 2] {
    let (mut w, mut rows) = ([w], [[memory], [0.0], [0.0]]);
    let [a, b, c] = rows.each_mut().map(|row| &mut row[..]);
    update_weights(&mut w, [a, b, c], &[gradient], optimiser.step(rate, 1, 1.0));
    [w[0], rows[0][0]]
}

/// The velocity after a gradient.
pub(super) fn velocity(rng: &mut Rng) -> Task {
    let (old, gradient) = (one_of(rng, &[2.0, -4.0, 3.0, -1.0]), one_of(rng, &[0.5, -0.5, 1.0, -2.0]));
    let momentum = one_of(rng, &[0.9, 0.5, 0.8]);
    let optimiser = Optimiser::usual(Rule::Momentum { momentum });
    let [_, right] = stepped(optimiser, 0.1, 0.0, old, gradient);
    let answer = |value: f32| Answer::number(value, 2);
    Task {
        question: say!(
            "optimisers.exercises.velocity.question",
            momentum = number(momentum),
            old = number(old),
            gradient = number(gradient)
        ),
        grids: vec![],
        answer: answer(right),
        slips: vec![
            (answer(old + gradient), say!("optimisers.exercises.velocity.no-share")),
            (answer(momentum * old + (1.0 - momentum) * gradient), say!("optimisers.exercises.velocity.mean")),
            (answer(momentum * old), say!("optimisers.exercises.velocity.no-gradient")),
        ],
        hint: say!("optimisers.exercises.velocity.hint"),
        because: say!(
            "optimisers.exercises.velocity.because",
            momentum = number(momentum),
            old = factor(old),
            gradient = factor(gradient),
            right = number(right)
        ),
    }
}

/// The length of Adam's first step.
pub(super) fn first_step(rng: &mut Rng) -> Task {
    let gradient = one_of(rng, &[100.0, 0.2, 7.0, 0.5, 30.0]);
    let rate = one_of(rng, &[0.1, 0.01, 0.05]);
    let [after, _] = stepped(Optimiser::ADAM, rate, 0.0, 0.0, gradient);
    let answer = |value: f32| Answer::number(value, 4);
    let right = (-after * 1e4).round() / 1e4;
    let slips = vec![
        (answer(rate * gradient), say!("optimisers.exercises.first-step.sgd")),
        (answer(rate * (1.0 - Betas::USUAL.beta1) * gradient), say!("optimisers.exercises.first-step.no-correction")),
    ];
    Task {
        question: say!("optimisers.exercises.first-step.question", gradient = number(gradient), rate = number(rate)),
        grids: vec![],
        answer: answer(right),
        slips,
        hint: say!("optimisers.exercises.first-step.hint"),
        because: say!("optimisers.exercises.first-step.because", gradient = number(gradient), rate = number(rate)),
    }
}

/// Which rule's steps shrink while the gradient stays the same.
pub(super) fn shrinks(rng: &mut Rng) -> Task {
    let rules = ["adagrad", "rmsprop", "sgd", "momentum"];
    let gradient = one_of(rng, &[1.0, 2.0, -3.0, 0.5, -0.25]);
    let mut order = [0, 1, 2, 3];
    rng.shuffle(&mut order);
    let name = |key: &str| say!(format!("optimisers.option.rule.{key}"));
    let options: Vec<_> = order.iter().map(|&i| name(rules[i])).collect();
    let place = |rule: usize| order.iter().position(|&i| i == rule).unwrap_or(0);
    let choice = |rule: usize| Answer::Choice { options: options.clone(), right: place(rule) };
    let slip = |rule: usize| (choice(rule), say!(format!("optimisers.exercises.shrinks.{}", rules[rule])));
    Task {
        question: say!("optimisers.exercises.shrinks.question", gradient = number(gradient)),
        grids: vec![],
        answer: choice(0),
        slips: (1..4).map(slip).collect(),
        hint: say!("optimisers.exercises.shrinks.hint"),
        because: say!("optimisers.exercises.shrinks.because"),
    }
}

/// A weight without a gradient under plain SGD with weight decay.
pub(super) fn decay(rng: &mut Rng) -> Task {
    let (w, rate) = (one_of(rng, &[2.0, -4.0, 5.0, 10.0]), one_of(rng, &[0.1, 0.5]));
    let decay = one_of(rng, &[0.1, 0.2]);
    let optimiser = Optimiser { weight_decay: decay, ..Optimiser::SGD };
    let [right, _] = stepped(optimiser, rate, w, 0.0, 0.0);
    let answer = |value: f32| Answer::number(value, 3);
    Task {
        question: say!(
            "optimisers.exercises.decay.question",
            w = number(w),
            rate = number(rate),
            decay = number(decay)
        ),
        grids: vec![],
        answer: answer(right),
        slips: vec![
            (answer(w), say!("optimisers.exercises.decay.still")),
            (answer(w - decay * w), say!("optimisers.exercises.decay.no-rate")),
            (answer(w - rate * decay), say!("optimisers.exercises.decay.no-weight")),
        ],
        hint: say!("optimisers.exercises.decay.hint"),
        because: say!(
            "optimisers.exercises.decay.because",
            w = number(w),
            rate = number(rate),
            decay = number(decay),
            factor = factor(w),
            right = number(right)
        ),
    }
}
