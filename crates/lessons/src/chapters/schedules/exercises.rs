//! Exercises: a stair, a step of the warm-up, the patience of a plateau, and what a falling rate means.

use super::formulas::rate_text;
use crate::exercise::{Answer, Task};
use crate::inputs::one_of;
use crate::{number, say};
use receptive_core::Rng;
use receptive_nn::{Course, Plateau, Schedule};

/// The rate on a stair.
pub(super) fn stair(rng: &mut Rng) -> Task {
    let (base, every) = (one_of(rng, &[0.4, 0.8, 0.2]), one_of(rng, &[10, 20, 25]));
    let factor = one_of(rng, &[0.5, 0.1]);
    let stairs = 4;
    let step = every * one_of(rng, &[2, 3]) + rng.below(every - 1) + 1;
    let schedule = Schedule::plain(Course::Step { factor, stairs });
    let n_steps = every * stairs;
    let rate = |step: u32| schedule.rate(base, step.min(n_steps - 1), n_steps);
    let answer = |value: f32| Answer::number(value, 5);
    let n_cuts = step / every;
    Task {
        question: say!(
            "schedules.exercises.stair.question",
            base = number(base),
            factor = number(factor),
            every = every,
            step = step
        ),
        grids: vec![],
        answer: answer(rate(step)),
        slips: vec![
            (answer(rate(step - every)), say!("schedules.exercises.stair.less", every = every)),
            (answer(base * factor), say!("schedules.exercises.stair.once")),
            (answer(base * factor * n_cuts as f32), say!("schedules.exercises.stair.times")),
            (answer(base), say!("schedules.exercises.stair.none")),
        ],
        hint: say!("schedules.exercises.stair.hint"),
        because: say!(
            "schedules.exercises.stair.because",
            step = step,
            every = every,
            n = n_cuts,
            base = number(base),
            factor = number(factor),
            rate = rate_text(rate(step))
        ),
    }
}

/// A step of the warm-up.
pub(super) fn warm(rng: &mut Rng) -> Task {
    let (base, n_warm) = (one_of(rng, &[0.1, 0.5, 0.2]), one_of(rng, &[4, 9, 19]));
    let n_steps = 10 * n_warm;
    let schedule = Schedule { warm_up: 0.1, ..Schedule::CONSTANT };
    let nth = one_of(rng, &[2, 3]);
    let answer = |value: f32| Answer::number(value, 4);
    let right = schedule.rate(base, nth - 1, n_steps);
    Task {
        question: say!(
            "schedules.exercises.warm.question",
            base = number(base),
            n = n_warm,
            parts = n_warm + 1,
            nth = nth
        ),
        grids: vec![],
        answer: answer(right),
        slips: vec![
            (answer(base), say!("schedules.exercises.warm.whole")),
            (answer(base / (n_warm + 1) as f32), say!("schedules.exercises.warm.first")),
            (
                answer(base * nth as f32 / n_warm as f32),
                say!("schedules.exercises.warm.parts", n = n_warm, parts = n_warm + 1),
            ),
        ],
        hint: say!("schedules.exercises.warm.hint"),
        because: say!(
            "schedules.exercises.warm.because",
            base = number(base),
            nth = nth,
            parts = n_warm + 1,
            rate = rate_text(right)
        ),
    }
}

/// The measurement after which a plateau cuts the rate.
pub(super) fn patience(rng: &mut Rng) -> Task {
    let patience = one_of(rng, &[1, 2]);
    let plateau = Plateau { patience, threshold: 0.0, ..Plateau::USUAL };
    // It falls for a while, then no more: once it looks better, but only than the last.
    let n_falling = 2 + rng.below(3) as usize;
    let mut losses: Vec<f32> = (0..n_falling).map(|i| (20 - 3 * i as i32) as f32 / 10.0).collect();
    let best = losses[n_falling - 1];
    losses.extend([0.3, 0.2, 0.4, 0.1, 0.2].map(|more| ((best + more) * 10.0).round() / 10.0));
    let first = (1..=losses.len()).find(|&n| plateau.n_cuts(losses[..n].iter().copied()) > 0).unwrap_or(losses.len());
    let texts: Vec<_> = losses.iter().map(|&loss| number(loss)).collect();
    Task {
        question: say!("schedules.exercises.patience.question", losses = texts.join(", "), patience = patience),
        grids: vec![],
        answer: Answer::count(first),
        slips: vec![
            (Answer::count(n_falling + 1), say!("schedules.exercises.patience.at-once")),
            (Answer::count(first - 1), say!("schedules.exercises.patience.early")),
            (Answer::count(first + 1), say!("schedules.exercises.patience.late")),
        ],
        hint: say!("schedules.exercises.patience.hint"),
        because: say!(
            "schedules.exercises.patience.because",
            best = number(best),
            at = n_falling,
            n = patience + 1,
            first = first
        ),
    }
}

/// What it means that the rate has fallen.
pub(super) fn meaning(rng: &mut Rng) -> Task {
    let factor = one_of(rng, &[10, 100, 5]);
    let mut order = ["settles", "less", "rule", "wasted"];
    rng.shuffle(&mut order);
    let options = order.map(|key| say!(format!("schedules.exercises.meaning.{key}")));
    let choice = |key: &str| Answer::Choice {
        options: options.to_vec(),
        right: order.iter().position(|own| *own == key).unwrap_or(0),
    };
    let slips =
        ["less", "rule", "wasted"].map(|key| (choice(key), say!(format!("schedules.exercises.meaning.is-{key}"))));
    Task {
        question: say!("schedules.exercises.meaning.question", factor = factor),
        grids: vec![],
        answer: choice("settles"),
        slips: slips.to_vec(),
        hint: say!("schedules.exercises.meaning.hint"),
        because: say!("schedules.exercises.meaning.because"),
    }
}
