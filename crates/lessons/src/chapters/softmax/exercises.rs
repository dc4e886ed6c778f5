//! Exercises: a share, what changes it, what it costs, and where single precision ends.

use super::shares::{Form, Share, Shares, loss};
use super::softmax;
use crate::arithmetic::sign;
use crate::exercise::{Answer, Task};
use crate::inputs::small_numbers;
use crate::scene::{Grid, Role};
use crate::{Matrix, any_size, number, raised, say};
use receptive_core::Rng;

/// A number with two decimals.
fn two_decimals(value: f32) -> Answer {
    Answer::number(value, 2)
}

/// Slips that are not the right answer as far as two decimals tell.
fn apart(right: f32, slips: Vec<(f32, String)>) -> Vec<(Answer, String)> {
    let differs = |slip: &(f32, String)| (slip.0 - right).abs() > 0.011;
    slips.into_iter().filter(differs).map(|(value, why)| (two_decimals(value), why)).collect()
}

fn logits_grid(logits: &[f32]) -> Grid {
    Grid::of("logits", say!("softmax.logits"), &Matrix::new(1, logits.len(), logits), Role::Activation)
}

/// Three logits in any order, none alike.
fn three(rng: &mut Rng) -> Vec<f32> {
    let mut logits = vec![0.0, 1.0, 2.0, 3.0];
    rng.shuffle(&mut logits);
    logits.truncate(3);
    logits
}

pub(super) fn share(rng: &mut Rng) -> Task {
    let logits = three(rng);
    let class = rng.below(3) as usize;
    let shares = Shares::new(logits.clone(), [1.0, 0.0, 1.0], Form::Naive);
    let asked = shares.shares[class];
    let power = |share: &Share| {
        let (exponent, exponential) = (number(share.z), number(share.exponential));
        let sign = sign(&format!("e^{{{exponent}}}"), &exponential);
        format!("e{} {sign} {exponential}", raised(&exponent))
    };
    let powers: Vec<_> = shares.shares.iter().map(power).collect();
    let terms: Vec<_> = shares.shares.iter().map(|share| number(share.exponential)).collect();
    let slips = vec![
        (asked.z / logits.iter().sum::<f32>(), say!("softmax.exercises.share.linear")),
        (asked.exponential / (shares.total - asked.exponential), say!("softmax.exercises.share.others")),
    ];
    Task {
        question: say!("softmax.exercises.share.question", class = class, powers = powers.join(", ")),
        grids: vec![logits_grid(&logits)],
        answer: two_decimals(softmax(&logits)[class]),
        slips: apart(asked.p, slips),
        hint: say!("softmax.exercises.share.hint"),
        because: say!(
            "softmax.exercises.share.because",
            exponential = number(asked.exponential),
            sum = terms.join(" + "),
            p = number(asked.p)
        ),
    }
}

pub(super) fn change(rng: &mut Rng) -> Task {
    let logits = three(rng);
    let by = 2 + rng.below(8);
    let kind = ["add", "take", "double", "halve"][rng.below(4) as usize];
    let after: Vec<_> = logits
        .iter()
        .map(|z| match kind {
            "add" => z + by as f32,
            "take" => z - by as f32,
            "double" => z * 2.0,
            _ => z / 2.0,
        })
        .collect();
    let most = |logits: &[f32]| softmax(logits).into_iter().fold(0.0, f32::max);
    let (old, new) = (most(&logits), most(&after));
    let right = match new - old {
        change if change.abs() < 1e-4 => 0,
        change if change > 0.0 => 1,
        _ => 2,
    };
    let options: Vec<_> =
        ["same", "larger", "smaller"].iter().map(|key| say!(format!("softmax.exercises.change.{key}"))).collect();
    let choice = |right| Answer::Choice { options: options.clone(), right };
    let why = |wrong: usize| match (right, wrong) {
        (0, _) => say!("softmax.exercises.change.shift"),
        (_, 0) => say!("softmax.exercises.change.gaps"),
        _ => say!("softmax.exercises.change.reversed"),
    };
    let what = say!(format!("softmax.exercises.change.{kind}"), by = by);
    Task {
        question: say!("softmax.exercises.change.question", what = what),
        grids: vec![logits_grid(&logits)],
        answer: choice(right),
        slips: (0..3).filter(|wrong| *wrong != right).map(|wrong| (choice(wrong), why(wrong))).collect(),
        hint: say!("softmax.exercises.change.hint"),
        because: say!("softmax.exercises.change.because", old = number(old), new = number(new)),
    }
}

pub(super) fn loss_of(rng: &mut Rng) -> Task {
    let first = 1 + rng.below(7);
    let second = 1 + rng.below(9 - first);
    let tenths = [first, second, 10 - first - second];
    let p = tenths.map(|tenth| tenth as f32 / 10.0);
    let target = rng.below(3) as usize;
    // Logarithms of probabilities are logits of these probabilities.
    let right = loss(&p.map(libm::logf), target);
    let asked = p[target];
    let slips = vec![
        (-libm::log10f(asked), say!("softmax.exercises.loss.decimal")),
        (-libm::log2f(asked), say!("softmax.exercises.loss.binary")),
        (-right, say!("softmax.exercises.loss.sign")),
        (1.0 - asked, say!("softmax.exercises.loss.rest")),
    ];
    Task {
        question: say!("softmax.exercises.loss.question", target = target),
        grids: vec![Grid::of("probabilities", say!("softmax.probabilities"), &Matrix::new(1, 3, p), Role::Activation)],
        answer: two_decimals(right),
        slips: apart(right, slips),
        hint: say!("softmax.exercises.loss.hint"),
        because: say!("softmax.exercises.loss.because", p = number(asked), loss = number(right)),
    }
}

pub(super) fn overflow(rng: &mut Rng) -> Task {
    // Some beyond the end, some that only seem so, some far below zero.
    let mut logits = [
        small_numbers(rng, 1, 2, 90, 160).values,
        small_numbers(rng, 1, 2, 40, 86).values,
        small_numbers(rng, 1, 1, -160, -90).values,
        small_numbers(rng, 1, 1, 0, 30).values,
    ]
    .concat();
    rng.shuffle(&mut logits);
    let cells = |is_one: fn(f32) -> bool| (0..logits.len()).filter(|&i| is_one(logits[i])).collect::<Vec<_>>();
    Task {
        question: say!(
            "softmax.exercises.overflow.question",
            most = any_size(f32::MAX),
            limit = number(libm::logf(f32::MAX))
        ),
        grids: vec![logits_grid(&logits)],
        answer: Answer::Cells(cells(|z| libm::expf(z).is_infinite())),
        slips: vec![
            (Answer::Cells(cells(|z| z > 38.0)), say!("softmax.exercises.overflow.decimal")),
            (Answer::Cells(cells(|z| z.abs() > 88.0)), say!("softmax.exercises.overflow.below")),
        ],
        hint: say!("softmax.exercises.overflow.hint"),
        because: say!("softmax.exercises.overflow.because", limit = number(libm::logf(f32::MAX))),
    }
}
