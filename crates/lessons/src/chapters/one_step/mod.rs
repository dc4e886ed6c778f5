//! One training step, slowly: forward, loss, backward, update, and forward again on the same picture.

mod exercises;
mod stage;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::settings::{Param, Settings};
use crate::{Chapter, Needs, Outline, Step, Watch, four_digits, keys, number, say};
use stage::{Moments, OneStep};

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "one-step",
    params: &[Param::real(keys::RATE, 0.01, 1.0, 0.01, 0.1), Param::count(keys::TARGET, 0, 1, 1)],
    needs: |_| Needs::default(),
    next: &[("small", "one-step?rate=0.01"), ("large", "one-step?rate=1"), ("lab", "/lab"), ("training", "training")],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace: |settings, _| Ok(Box::new(step(settings)?)),
    steps: &[
        Step::new("forward", went_forward),
        Step::new("back", went_back),
        Step::new("again", came_again),
        Step::new("rate", straight_line_holds).sets(&[keys::RATE.name]).needs(&[Need::unless(
            keys::RATE.name,
            "0.5",
            |settings| settings.real(keys::RATE) >= 0.2,
        )]),
    ],
    exercises: &[
        Exercise::new("foretold", exercises::foretold),
        Exercise::new("first", exercises::first),
        Exercise::new("far", exercises::far),
    ],
};

fn step(settings: &Settings) -> Result<OneStep, crate::world::Unavailable> {
    OneStep::new(settings.real(keys::RATE), settings.count(keys::TARGET))
}

/// True if two moments were looked at.
fn has_seen(watch: &Watch, moments: [Moments; 2]) -> bool {
    watch.now().is_some_and(|look| moments.iter().all(|moment| look.moments.contains(&(*moment as usize))))
}

fn went_forward(watch: &Watch) -> Option<String> {
    let step = step(&watch.now()?.settings).ok()?;
    let is_done = has_seen(watch, [Moments::Scores, Moments::Loss]);
    is_done.then(|| say!("one-step.found.forward", p = number(step.p_true()), loss = number(step.loss)))
}

fn went_back(watch: &Watch) -> Option<String> {
    let step = step(&watch.now()?.settings).ok()?;
    let is_done = has_seen(watch, [Moments::GradScores, Moments::GradKernel]);
    is_done.then(|| say!("one-step.found.back", n = step.n_weights()))
}

fn came_again(watch: &Watch) -> Option<String> {
    let step = step(&watch.now()?.settings).ok()?;
    let is_done = has_seen(watch, [Moments::Update, Moments::Again]);
    let [foretold, real] = [step.foretold, step.real()].map(four_digits);
    is_done.then(|| say!("one-step.found.again", foretold = foretold, real = real))
}

fn straight_line_holds(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::RATE.name])?;
    let [old, new] = [step(&before.settings).ok()?, step(&now.settings).ok()?];
    let is_smaller = now.settings.real(keys::RATE) <= 0.5 * before.settings.real(keys::RATE);
    let share = |step: &OneStep| number((100.0 * step.real() / step.foretold).round());
    is_smaller.then(|| say!("one-step.found.rate", old = share(&old), new = share(&new)))
}
