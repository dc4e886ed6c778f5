//! Exercises: a mean, the loss of a guess, what a nudge does to accuracy, which loss answers most.

use super::costs::{Costs, LOSSES, head, name, of_two};
use crate::exercise::{Answer, Task};
use crate::scene::{Grid, Role};
use crate::{Matrix, number, say};
use receptive_core::Rng;
use receptive_nn::Head;

/// Slips that are not the right answer as far as its decimals tell.
fn apart(right: f32, slips: Vec<(f32, String)>) -> Vec<(Answer, String)> {
    let differs = |slip: &(f32, String)| (slip.0 - right).abs() > 0.011;
    slips.into_iter().filter(differs).map(|(value, why)| (Answer::number(value, 2), why)).collect()
}

pub(super) fn mean(rng: &mut Rng) -> Task {
    let n = 3 + rng.below(2) as usize;
    let p: Vec<_> = (0..n).map(|_| (1 + rng.below(9)) as f32 / 10.0).collect();
    let losses: Vec<_> = p.iter().map(|&p| Costs::of(Head::CrossEntropy, &[p, 1.0 - p], 0).total()).collect();
    let sum: f32 = losses.iter().sum();
    let right = sum / n as f32;
    let mean_p = p.iter().sum::<f32>() / n as f32;
    let terms: Vec<_> = losses.iter().map(|&loss| number(loss)).collect();
    let slips = vec![
        (sum, say!("loss.exercises.mean.sum")),
        (-libm::logf(mean_p), say!("loss.exercises.mean.of-mean")),
        (right / std::f32::consts::LN_10, say!("loss.exercises.mean.decimal")),
    ];
    Task {
        question: say!("loss.exercises.mean.question", n = n),
        grids: vec![Grid::of("p", say!("loss.p-true"), &Matrix::new(1, n, p), Role::Activation)],
        answer: Answer::number(right, 2),
        slips: apart(right, slips),
        hint: say!("loss.exercises.mean.hint"),
        because: say!("loss.exercises.mean.because", terms = terms.join(" + "), n = n, mean = number(right)),
    }
}

pub(super) fn guess(rng: &mut Rng) -> Task {
    let n = [2, 4, 5, 10, 20, 26, 47, 62, 100][rng.below(9) as usize];
    let right = Head::CrossEntropy.guess(n);
    let share = 1.0 / n as f32;
    let slips = vec![
        (libm::log10f(n as f32), say!("loss.exercises.guess.decimal")),
        (share, say!("loss.exercises.guess.share")),
        (1.0 - share, say!("loss.exercises.guess.rest")),
        (-right, say!("loss.exercises.guess.sign")),
    ];
    Task {
        question: say!("loss.exercises.guess.question", n = n),
        grids: vec![],
        answer: Answer::number(right, 2),
        slips: apart(right, slips),
        hint: say!("loss.exercises.guess.hint"),
        because: say!("loss.exercises.guess.because", n = n, loss = number(right)),
    }
}

pub(super) fn nudge(rng: &mut Rng) -> Task {
    // A step moves each probability of the true class a little; some cross one half.
    let n = 5;
    let before: Vec<_> = (0..n).map(|_| [22, 31, 38, 46, 47, 48, 62, 71, 84][rng.below(9) as usize]).collect();
    let after: Vec<_> = before.iter().map(|p| p + 1 + rng.below(4) as i32).collect();
    let crossing = before.iter().zip(&after).filter(|(before, after)| **before < 50 && **after > 50).count();
    // Exactly one half would be neither right nor wrong.
    let after: Vec<_> = after.into_iter().map(|p| if p == 50 { 49 } else { p }).collect();
    let p = |of: &[i32]| of.iter().map(|&p| p as f32 / 100.0).collect::<Vec<_>>();
    let loss = |of: &[i32]| p(of).iter().map(|&p| of_two(Head::CrossEntropy, p)).sum::<f32>() / n as f32;
    let values = [p(&before), p(&after)].concat();
    Task {
        question: say!("loss.exercises.nudge.question", n = n),
        grids: vec![Grid::of("p", say!("loss.exercises.nudge.rows"), &Matrix::new(2, n, values), Role::Activation)],
        answer: Answer::count(crossing),
        slips: vec![
            (Answer::count(n), say!("loss.exercises.nudge.all")),
            (Answer::count(after.iter().filter(|p| **p > 50).count()), say!("loss.exercises.nudge.in-all")),
        ],
        hint: say!("loss.exercises.nudge.hint"),
        because: say!(
            "loss.exercises.nudge.because",
            n_said = crossing,
            n = crossing,
            before = number(loss(&before)),
            after = number(loss(&after))
        ),
    }
}

pub(super) fn steepest(rng: &mut Rng) -> Task {
    let p = [2, 3, 5, 8, 85, 90, 95][rng.below(7) as usize] as f32 / 100.0;
    let offered = &LOSSES[..4];
    let change = |key: &str| (of_two(head(key), p + 0.01) - of_two(head(key), p)).abs();
    let right = (0..offered.len()).reduce(|best, i| if change(offered[i]) > change(offered[best]) { i } else { best });
    let right = right.unwrap_or_default();
    let options: Vec<_> = offered.iter().map(|key| name(head(key))).collect();
    let choice = |right| Answer::Choice { options: options.clone(), right };
    let changes: Vec<_> = offered.iter().map(|key| format!("{}: {}", name(head(key)), number(-change(key)))).collect();
    let wrong = (0..offered.len()).filter(|i| *i != right);
    Task {
        question: say!("loss.exercises.steepest.question", p = number(p), after = number(p + 0.01)),
        grids: vec![],
        answer: choice(right),
        slips: wrong.map(|i| (choice(i), say!(format!("loss.exercises.steepest.{}", offered[i])))).collect(),
        hint: say!("loss.exercises.steepest.hint"),
        because: say!("loss.exercises.steepest.because", changes = changes.join("; ")),
    }
}
