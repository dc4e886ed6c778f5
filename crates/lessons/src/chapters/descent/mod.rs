//! Gradient descent: down a curve, over a surface, and by batches.

mod exercises;
mod path;
mod stage;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::settings::{Param, Settings};
use crate::{Chapter, Needs, Outline, Step, Watch, four_digits, keys, number, say};
use path::Descent;

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "descent",
    params: &[
        Param::choice(keys::SHOW, &["one", "two", "data"]),
        Param::choice(keys::CURVE, &["line", "minima", "plateau"]).when(|settings| shows(settings, "one")),
        Param::choice(keys::SURFACE, &["bowl", "saddle", "minima", "plateau"]).when(|settings| shows(settings, "two")),
        Param::choice(keys::BATCH, &["all", "one", "few"]).when(|settings| shows(settings, "data")),
        Param::real(keys::RATE, 0.01, 1.2, 0.01, 0.1),
        Param::real(keys::W, -3.0, 3.0, 0.05, -1.5).when(|settings| shows(settings, "one")),
        Param::real(keys::X, -3.0, 3.0, 0.05, -2.0).when(|settings| shows(settings, "two")),
        Param::real(keys::Y, -3.0, 3.0, 0.05, 0.0).when(|settings| shows(settings, "two")),
        Param::count(keys::START_SEED, 1, 9, 1).more().when(|settings| shows(settings, "data")),
    ],
    needs: |_| Needs::default(),
    next: &[
        ("zigzag", "descent?show=two&y=1.5&rate=0.12"),
        ("away", "descent?show=two&y=1.5&rate=0.14"),
        ("flat", "descent?curve=plateau&w=-3&rate=0.5"),
        ("noise", "descent?show=data&examples=one"),
        ("lab", "/lab"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace: |settings, _| Ok(Box::new(stage::Stage::new(settings))),
    steps: &[
        Step::new("small", too_small).sets(&[keys::RATE.name]).needs(&[ONE, LINE, FAR, GOOD_RATE]),
        Step::new("away", too_large).sets(&[keys::RATE.name]).needs(&[ONE, LINE, FAR, GOOD_RATE]),
        Step::new("valley", other_valley).sets(&[keys::W.name]).needs(&[
            ONE,
            Need::is(keys::CURVE.name, "minima"),
            GOOD_RATE,
            Need::unless(keys::W.name, "1.5", |settings| (1.0..=2.0).contains(&settings.real(keys::W))),
        ]),
        Step::new("saddle", off_the_ridge).sets(&[keys::Y.name]).needs(&[
            Need::is(keys::SHOW.name, "two"),
            Need::is(keys::SURFACE.name, "saddle"),
            Need::is(keys::Y.name, "0"),
            Need::unless(keys::RATE.name, "0.2", |settings| (0.15..=0.5).contains(&settings.real(keys::RATE))),
        ]),
        Step::new("noise", with_noise).sets(&[keys::BATCH.name]).needs(&[
            Need::is(keys::SHOW.name, "data"),
            Need::is(keys::BATCH.name, "all"),
            Need::unless(keys::RATE.name, "0.1", |settings| (0.05..=0.15).contains(&settings.real(keys::RATE))),
        ]),
    ],
    exercises: &[
        Exercise::new("step", exercises::step),
        Exercise::new("too-large", exercises::too_large),
        Exercise::new("count", exercises::count),
        Exercise::new("zero", exercises::zero),
    ],
};

const ONE: Need = Need::is(keys::SHOW.name, "one");
const LINE: Need = Need::is(keys::CURVE.name, "line");
/// A start from which there is a way to go.
const FAR: Need = Need::unless(keys::W.name, "-1.5", |settings| settings.real(keys::W) <= 0.0);
/// A rate at which a path comes down.
const GOOD_RATE: Need =
    Need::unless(keys::RATE.name, "0.1", |settings| (0.08..=0.3).contains(&settings.real(keys::RATE)));

fn shows(settings: &Settings, what: &str) -> bool {
    settings.choice(keys::SHOW) == what
}

fn is_line(settings: &Settings) -> bool {
    shows(settings, "one") && settings.choice(keys::CURVE) == "line"
}

fn too_small(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::RATE.name])?;
    let [old, new] = [before, now].map(|look| Descent::chosen(&look.settings));
    let is_slower = new.rate < old.rate && new.end().loss > 1.05 * old.end().loss;
    (is_line(&now.settings) && is_slower && !old.is_lost).then(|| {
        let [from, to] = [&old, &new].map(|path| four_digits(path.end().loss as f32));
        say!("descent.found.small", n = path::N_STEPS, rate = number(new.rate as f32), from = from, to = to)
    })
}

fn too_large(watch: &Watch) -> Option<String> {
    let now = watch.now().filter(|look| is_line(&look.settings))?;
    let path = Descent::chosen(&now.settings);
    let n = path.stops.len() - 1;
    path.is_lost.then(|| {
        let loss = four_digits(path.end().loss as f32);
        say!("descent.found.away", n = n, loss = loss, rate = number(path.rate as f32))
    })
}

fn other_valley(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed_since(&[keys::W.name])?;
    let is_it = |settings: &Settings| shows(settings, "one") && settings.choice(keys::CURVE) == "minima";
    let [old, new] = [before, now].map(|look| Descent::chosen(&look.settings));
    let [from, to] = [old.end(), new.end()];
    let is_deeper = !old.is_lost && !new.is_lost && to.loss < from.loss - 0.1;
    (is_it(&now.settings) && is_deeper).then(|| {
        let [from, to] = [from, to].map(|stop| number(stop.loss as f32));
        say!("descent.found.valley", from = from, to = to)
    })
}

fn off_the_ridge(watch: &Watch) -> Option<String> {
    let now = watch.now().filter(|look| shows(&look.settings, "two"))?;
    let path = Descent::chosen(&now.settings);
    let end = path.end();
    let is_off = now.settings.choice(keys::SURFACE) == "saddle" && !path.is_lost && end.loss < -0.2;
    is_off.then(|| {
        let y = number(path.stops[0].at[1] as f32);
        say!("descent.found.saddle", y = y, loss = number(end.loss as f32), n = path::N_STEPS)
    })
}

fn with_noise(watch: &Watch) -> Option<String> {
    let now = watch.now().filter(|look| shows(&look.settings, "data"))?;
    let [path, all] = [Descent::chosen(&now.settings), Descent::of_all(&now.settings)];
    let size = path::batch_size(&now.settings);
    let is_noisy = size < path::DATA.len() && path.n_rises() > 0;
    is_noisy.then(|| say!("descent.found.noise", n = path.n_rises(), of = path.stops.len() - 1, all = all.n_rises()))
}
