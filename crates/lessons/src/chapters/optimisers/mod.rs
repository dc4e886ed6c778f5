//! Optimisers: what a rule makes of a gradient, in numbers, and a race down a surface.

mod exercises;
mod formulas;
mod live;
mod racer;
mod stage;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::settings::{Param, Settings};
use crate::{Chapter, Needs, Outline, Step, Tensors, Watch, four_digits, keys, number, say};
use racer::{N_STEPS, Racer};
use stage::title;

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "optimisers",
    params: &[
        Param::choice(keys::SHOW, &["one", "race", "lab"]),
        Param::choice(
            keys::RULE,
            &[
                "momentum", "sgd", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamax", "nadam", "amsgrad",
                "adamw",
            ],
        )
        .when(|settings| !live::is_live(settings)),
        Param::choice(keys::TEAM, &["mixed", "velocity", "sizes", "adams"]).when(is_race),
        Param::choice(keys::SURFACE, &["bowl", "valley", "saddle"]).when(|settings| !live::is_live(settings)),
        Param::real(keys::TIMES, 0.1, 20.0, 0.1, 1.0).when(|settings| !live::is_live(settings)),
        Param::real(keys::SHARE, 0.0, 1.1, 0.05, 0.9).when(|settings| {
            !live::is_live(settings) && ["momentum", "nesterov"].contains(&settings.choice(keys::RULE))
        }),
        Param::choice(keys::AXIS, &["first", "second"]).when(|settings| settings.choice(keys::SHOW) == "one"),
        Param::real(keys::PULL, 0.0, 0.5, 0.01, 0.0).when(|settings| !live::is_live(settings)).more(),
        Param::count(keys::NET_LAYER, 1, 8, 1).when(live::is_live),
        Param::count(keys::CHANNEL, 1, 128, 1).when(live::is_live),
        Param::count(keys::NET_WEIGHT, 1, 200, 1).when(live::is_live),
    ],
    needs: |settings| Needs {
        network: live::is_live(settings).then_some(Tensors::NONE),
        step: live::is_live(settings).then_some(live::WEIGHT),
        ..Needs::default()
    },
    next: &[
        ("race", "optimisers?show=race"),
        ("valley", "optimisers?show=race&surface=valley&team=adams"),
        ("away", "optimisers?show=race&rule=sgd&times=3"),
        ("decay", "optimisers?rule=adamw&pull=0.3"),
        ("live", "optimisers?show=lab"),
        ("lab", "/lab"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace: |settings, world| {
        if live::is_live(settings) {
            Ok(Box::new(live::Live::new(settings, world)?))
        } else {
            Ok(Box::new(stage::Stage::new(settings)))
        }
    },
    steps: &[
        Step::new("memory", first_steps).needs(&[
            ONE,
            Need::is(keys::RULE.name, "momentum"),
            BOWL,
            GOOD_RATE,
            GOOD_SHARE,
        ]),
        Step::new("rule", other_rule).sets(&[keys::RULE.name]).needs(&[
            ONE,
            Need::unless(keys::RULE.name, "momentum", |settings| settings.choice(keys::RULE) != "adam"),
            GOOD_RATE,
        ]),
        Step::new("race", to_the_end).needs(&[RACE, GOOD_RATE]),
        Step::new("away", runs_away).sets(&[keys::TIMES.name]).needs(&[
            RACE,
            Need::is(keys::RULE.name, "sgd"),
            BOWL,
            GOOD_RATE,
        ]),
        Step::new("surface", other_surface).sets(&[keys::SURFACE.name]).needs(&[
            RACE,
            Need::is(keys::TEAM.name, "mixed"),
            BOWL,
            GOOD_RATE,
        ]),
    ],
    exercises: &[
        Exercise::new("velocity", exercises::velocity),
        Exercise::new("first-step", exercises::first_step),
        Exercise::new("shrinks", exercises::shrinks),
        Exercise::new("decay", exercises::decay),
    ],
};

const ONE: Need = Need::is(keys::SHOW.name, "one");
const BOWL: Need = Need::is(keys::SURFACE.name, "bowl");
const RACE: Need = Need::is(keys::SHOW.name, "race");
const GOOD_RATE: Need = Need::unless(keys::TIMES.name, "1", |settings| settings.real(keys::TIMES) <= 1.5);
const GOOD_SHARE: Need =
    Need::unless(keys::SHARE.name, "0.9", |settings| (0.5..=0.95).contains(&settings.real(keys::SHARE)));

fn shows_one(settings: &Settings) -> bool {
    settings.choice(keys::SHOW) == "one"
}

fn is_race(settings: &Settings) -> bool {
    settings.choice(keys::SHOW) == "race"
}

fn first_steps(watch: &Watch) -> Option<String> {
    let look =
        watch.now().filter(|look| shows_one(&look.settings) && look.settings.choice(keys::RULE) == "momentum")?;
    // Three steps in a row.
    let last = look
        .moments
        .iter()
        .copied()
        .find(|last| (1..4).all(|i| last.checked_sub(i).is_some_and(|at| look.moments.contains(&at))))?;
    let racer = Racer::chosen(&look.settings);
    let [velocity, gradient] = [racer.stop(last).memory[0][0], racer.stop(last - 1).gradient[0]];
    let is_longer = velocity.abs() > gradient.abs();
    let [velocity, gradient] = [velocity, gradient].map(|value| four_digits(value as f32));
    is_longer.then(|| say!("optimisers.found.memory", step = last, velocity = velocity, gradient = gradient))
}

fn other_rule(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::RULE.name])?;
    let [old, new] = [before, now].map(|look| Racer::chosen(&look.settings));
    let is_it = shows_one(&now.settings) && new.optimiser.key() == "adam";
    let [from, to] = [&old, &new].map(|racer| four_digits(racer.stop(N_STEPS).loss as f32));
    is_it
        .then(|| say!("optimisers.found.rule", n = N_STEPS, old = title(&old), new = title(&new), from = from, to = to))
}

/// The rules of a race, the best first; those that ran away are last.
fn ranked(settings: &Settings) -> Vec<Racer> {
    let mut racers = Racer::race(settings);
    let loss = |racer: &Racer| if racer.is_lost { f64::INFINITY } else { racer.stop(N_STEPS).loss };
    racers.sort_by(|one, other| loss(one).total_cmp(&loss(other)));
    racers
}

fn to_the_end(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_race(&look.settings))?;
    let racers = ranked(&look.settings);
    let (first, last) = (racers.first()?, racers.last()?);
    let has_come = look.moments.len() > 1 && look.moments.contains(&N_STEPS);
    let [low, high] = [first, last].map(|racer| four_digits(racer.stop(N_STEPS).loss as f32));
    let names = [title(first), title(last)];
    has_come.then(|| say!("optimisers.found.race", first = names[0], low = low, last = names[1], high = high))
}

fn runs_away(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_race(&look.settings))?;
    let racers = Racer::race(&look.settings);
    let lost = racers.iter().find(|racer| racer.is_lost)?;
    let n_left = racers.iter().filter(|racer| !racer.is_lost).count();
    let (rule, rate) = (title(lost), number(lost.rate));
    (n_left > 0)
        .then(|| say!("optimisers.found.away", rule = rule, rate = rate, step = lost.stops.len() - 1, n = n_left))
}

fn other_surface(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::SURFACE.name])?;
    let best = |settings: &Settings| ranked(settings).first().map(title);
    let [old, new] = [best(&before.settings)?, best(&now.settings)?];
    let what = say!(format!("optimisers.option.surface.{}", now.settings.choice(keys::SURFACE)));
    is_race(&now.settings).then(|| say!("optimisers.found.surface", old = old, new = new, what = what))
}
