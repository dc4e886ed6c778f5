//! Exercises: one step by hand, a rate that is too large, iterations in a run, and what a gradient of zero says.

use crate::exercise::{Answer, Task};
use crate::inputs::one_of;
use crate::landscape::Landscape;
use crate::{factor, grouped, number, say};
use receptive_core::Rng;

/// One step on the loss of one example with one weight.
pub(super) fn step(rng: &mut Rng) -> Task {
    let (x, y) = (one_of(rng, &[1.0, 2.0, 3.0]), one_of(rng, &[2.0, 4.0, 5.0, 6.0]));
    let (w, rate) = (one_of(rng, &[0.0, 1.0, -1.0]), one_of(rng, &[0.1, 0.05]));
    let gradient = Landscape::Slope(vec![[x, y]]).gradient([w, 0.0])[0];
    let answer = |value: f64| Answer::Number { value, decimals: 2 };
    let [x, y, w, rate, gradient] = [x, y, w, rate, gradient];
    let text = |value: f64| number(value as f32);
    Task {
        question: say!("descent.exercises.step.question", x = text(x), y = text(y), w = text(w), rate = text(rate)),
        grids: vec![],
        answer: answer(w - rate * gradient),
        slips: vec![
            (answer(w + rate * gradient), say!("descent.exercises.step.uphill")),
            (answer(-rate * gradient), say!("descent.exercises.step.dropped")),
            (answer(w - rate * gradient / 2.0), say!("descent.exercises.step.half")),
            (answer(w - rate * gradient / x), say!("descent.exercises.step.inner")),
            (answer(w - gradient), say!("descent.exercises.step.no-rate")),
        ],
        hint: say!("descent.exercises.step.hint"),
        because: say!(
            "descent.exercises.step.because",
            x = text(x),
            w = factor(w as f32),
            y = text(y),
            gradient = factor(gradient as f32),
            from = text(w),
            rate = text(rate),
            to = text(w - rate * gradient)
        ),
    }
}

/// The learning rates at which a step overshoots by more than it was off.
pub(super) fn too_large(rng: &mut Rng) -> Task {
    let curvature = one_of(rng, &[2.0, 4.0, 5.0, 10.0]);
    // The factor of each step is 1 − rate · curvature.
    let factors = [0.5, -0.5, -1.5];
    let rates: Vec<_> = factors.iter().map(|factor| number((1.0 - factor) / curvature)).collect();
    let choice = |right| Answer::Choice { options: rates.clone(), right };
    Task {
        question: say!(
            "descent.exercises.too-large.question",
            half = number(curvature / 2.0),
            curvature = number(curvature)
        ),
        grids: vec![],
        answer: choice(2),
        slips: vec![
            (choice(0), say!("descent.exercises.too-large.good")),
            (choice(1), say!("descent.exercises.too-large.jumps")),
        ],
        hint: say!("descent.exercises.too-large.hint", curvature = number(curvature)),
        because: say!(
            "descent.exercises.too-large.because",
            curvature = number(curvature),
            limit = number(2.0 / curvature),
            rate = rates[2]
        ),
    }
}

/// Iterations in so many epochs.
pub(super) fn count(rng: &mut Rng) -> Task {
    let n: usize = one_of(rng, &[60_000, 50_000, 10_000, 1_000]);
    let batch = one_of(rng, &[32, 64, 128, 256]);
    let epochs = one_of(rng, &[2, 5, 10]);
    let per_epoch = n.div_ceil(batch);
    Task {
        question: say!("descent.exercises.count.question", n = grouped(n as u64), batch = batch, epochs = epochs),
        grids: vec![],
        answer: Answer::count(per_epoch * epochs),
        slips: vec![
            (Answer::count(per_epoch), say!("descent.exercises.count.one-epoch")),
            (Answer::count(n / batch * epochs), say!("descent.exercises.count.rest")),
            (Answer::count(n * epochs), say!("descent.exercises.count.images")),
            (Answer::count(epochs), say!("descent.exercises.count.epochs")),
        ],
        hint: say!("descent.exercises.count.hint"),
        because: say!(
            "descent.exercises.count.because",
            n = grouped(n as u64),
            batch = batch,
            per_epoch = grouped(per_epoch as u64),
            epochs = epochs,
            all = grouped((per_epoch * epochs) as u64)
        ),
    }
}

/// What a gradient of zero says.
pub(super) fn zero(rng: &mut Rng) -> Task {
    let (w, loss) = (one_of(rng, &[-1.5, 0.4, 2.0, 0.7]), one_of(rng, &[0.2, 0.35, 1.2, 2.5]));
    let mut order = ["flat", "best", "done", "zero"];
    rng.shuffle(&mut order);
    let options = order.map(|key| say!(format!("descent.exercises.zero.{key}")));
    let choice = |key: &str| Answer::Choice {
        options: options.to_vec(),
        right: order.iter().position(|own| *own == key).unwrap_or(0),
    };
    let slips = ["best", "done", "zero"].map(|key| (choice(key), say!(format!("descent.exercises.zero.is-{key}"))));
    Task {
        question: say!("descent.exercises.zero.question", w = number(w), loss = number(loss)),
        grids: vec![],
        answer: choice("flat"),
        slips: slips.to_vec(),
        hint: say!("descent.exercises.zero.hint"),
        because: say!("descent.exercises.zero.because"),
    }
}
