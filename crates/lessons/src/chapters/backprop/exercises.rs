//! Exercises: one path, two paths, what a gradient foretells, and which way to go.

use crate::exercise::{Answer, Task};
use crate::inputs::one_of;
use crate::{factor, number, say};
use receptive_core::Rng;

const GRADIENTS: &[f32] = &[-0.8, -0.5, -0.4, -0.2, 0.2, 0.3, 0.5, 0.6];
const VALUES: &[f32] = &[0.5, 1.5, 2.0, 3.0, -2.0];
const WEIGHTS: &[f32] = &[0.4, 0.7, -0.3, -0.6, 0.9];

/// Wrong answers that are told apart from the right one, and from each other, though all are rounded.
fn far(right: f32, slips: Vec<(f32, String)>, decimals: usize) -> Vec<(Answer, String)> {
    let least = 2.0 * 10.0_f32.powi(-(decimals as i32));
    let mut known = vec![right];
    let mut far = vec![];
    for (wrong, why) in slips {
        if known.iter().all(|other| (wrong - other).abs() > least) {
            known.push(wrong);
            far.push((Answer::number(wrong, decimals), why));
        }
    }
    far
}

pub(super) fn edge(rng: &mut Rng) -> Task {
    let (back, met, w) = (one_of(rng, GRADIENTS), one_of(rng, VALUES), one_of(rng, WEIGHTS));
    let right = back * met;
    let slips = vec![
        (back * w, say!("backprop.exercises.edge.weight")),
        (right * w, say!("backprop.exercises.edge.both")),
        (-right, say!("backprop.exercises.edge.sign")),
    ];
    Task {
        question: say!("backprop.exercises.edge.question", back = number(back), met = number(met), w = number(w)),
        grids: vec![],
        answer: Answer::number(right, 2),
        slips: far(right, slips, 2),
        hint: say!("backprop.exercises.edge.hint"),
        because: say!(
            "backprop.exercises.edge.because",
            sum = format!("{}·{} = {}", number(back), factor(met), number(right))
        ),
    }
}

pub(super) fn unit(rng: &mut Rng) -> Task {
    let [a, b] = [one_of(rng, GRADIENTS), one_of(rng, GRADIENTS)];
    let [v, w] = [one_of(rng, WEIGHTS), one_of(rng, WEIGHTS)];
    // Both paths are to count, and not to cancel out.
    let b = if (a * v + b * w).abs() < 0.1 { -b } else { b };
    let sum = a * v + b * w;
    let notation = format!("{}·{} + {}·{}", number(a), factor(v), factor(b), factor(w));
    let slips = vec![
        (a * v, say!("backprop.exercises.unit.one")),
        (b * w, say!("backprop.exercises.unit.one")),
        (sum / 2.0, say!("backprop.exercises.unit.mean")),
        (a + b, say!("backprop.exercises.unit.no-weights")),
    ];
    Task {
        question: say!("backprop.exercises.unit.question", a = number(a), b = number(b), v = number(v), w = number(w)),
        grids: vec![],
        answer: Answer::number(sum, 2),
        slips: far(sum, slips, 2),
        hint: say!("backprop.exercises.unit.hint"),
        because: say!("backprop.exercises.unit.because", sum = format!("{notation} = {}", number(sum))),
    }
}

pub(super) fn foretell(rng: &mut Rng) -> Task {
    let (gradient, step) = (one_of(rng, GRADIENTS), one_of(rng, &[0.01, 0.02, -0.01]));
    let change = gradient * step;
    let slips = vec![
        (-change, say!("backprop.exercises.foretell.sign")),
        (gradient, say!("backprop.exercises.foretell.no-step")),
        (gradient * (0.6 + step), say!("backprop.exercises.foretell.whole")),
    ];
    Task {
        question: say!(
            "backprop.exercises.foretell.question",
            gradient = number(gradient),
            from = "0.6",
            to = number(0.6 + step)
        ),
        grids: vec![],
        answer: Answer::number(change, 3),
        slips: far(change, slips, 3),
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
