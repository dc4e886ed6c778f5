//! Training in one sentence: guess, measure, change, repeat.

mod exercises;
mod run;
mod stage;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::settings::{Param, Settings};
use crate::{Chapter, Needs, Outline, Step, Trace, Watch, keys, largest, number, say};
use run::Training;
use stage::{PARTS, WEIGHTS};

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "training",
    params: &[Param::real(keys::RATE, 0.1, 3.0, 0.1, 0.5), Param::count(keys::START_SEED, 1, 9, 1)],
    needs: |_| Needs::default(),
    next: &[("front", "/"), ("lab", "/lab"), ("fast", "training?rate=3"), ("softmax", "softmax")],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace: |settings, _| Ok(Box::new(training(settings)?)),
    steps: &[
        Step::new("parts", one_step),
        Step::new("repeat", to_the_end),
        Step::new("rate", other_rate).sets(&[keys::RATE.name]).needs(&[Need::unless(
            keys::RATE.name,
            "0.5",
            |settings| settings.real(keys::RATE) < 3.0,
        )]),
        Step::new("start", other_start).sets(&[keys::START_SEED.name]),
    ],
    exercises: &[
        Exercise::new("order", exercises::order),
        Exercise::new("direction", exercises::direction),
        Exercise::new("blind", exercises::blind),
    ],
};

fn training(settings: &Settings) -> Result<Training, crate::world::Unavailable> {
    Training::new(settings.count(keys::START_SEED), settings.real(keys::RATE))
}

fn one_step(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let n = PARTS.len();
    // Any four moments in a row hold all parts, and one of them is the change of this step.
    let first = look.moments.iter().copied().find(|first| (1..n).all(|part| look.moments.contains(&(first + part))))?;
    let step = first / n;
    let training = training(&look.settings).ok()?;
    let taken = &training.steps[step];
    let before = step.checked_sub(1).map_or(training.mean_before, |before| training.steps[before].mean_after);
    Some(say!("training.found.parts", step = step + 1, before = number(before), after = number(taken.mean_after)))
}

fn to_the_end(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let training = training(&look.settings).ok()?;
    let has_come = look.moments.len() > 1 && look.moments.contains(&(training.n_moments() - 1));
    let (first, last) = (number(training.mean_before), number(training.last()));
    has_come.then(|| say!("training.found.repeat", first = first, last = last, n = run::N_STEPS))
}

fn other_rate(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed_since(&[keys::RATE.name])?;
    let rates = [before, now].map(|look| look.settings.real(keys::RATE));
    let [old, new] = [training(&before.settings).ok()?, training(&now.settings).ok()?].map(|run| number(run.last()));
    (rates[1] > rates[0])
        .then(|| say!("training.found.rate", from = number(rates[0]), to = number(rates[1]), old = old, new = new))
}

fn other_start(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::START_SEED.name])?;
    let [old, new] = [training(&before.settings).ok()?, training(&now.settings).ok()?];
    let ends = |run: &Training| run.steps.last().map(|step| step.after.clone()).unwrap_or_default();
    let apart: Vec<_> = ends(&old).iter().zip(ends(&new)).map(|(one, other)| one - other).collect();
    let (apart, losses) = (number(largest(&apart)), [old.last(), new.last()].map(number));
    let has_weights = WEIGHTS.iter().all(|name| now.scene.grid(name).is_some());
    has_weights.then(|| say!("training.found.start", apart = apart, old = losses[0], new = losses[1]))
}
