//! Learning-rate schedules: the rate over a run, and what SGD makes of it.

mod exercises;
mod formulas;
mod live;
mod path;
mod stage;

use crate::chapter::TraceResult;
use crate::exercise::Exercise;
use crate::guide::Need;
use crate::settings::{Param, Settings};
use crate::world::World;
use crate::{Chapter, Needs, Outline, Step, Trace, Watch, four_digits, keys, say};
use formulas::rate_text;
use path::{N_LAST, N_STEPS, Run};

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "schedules",
    params: &[
        Param::choice(keys::SHOW, &["small", "lab"]),
        Param::choice(keys::COURSE, &["constant", "linear", "step", "exponential", "cosine", "onecycle", "plateau"])
            .when(is_small),
        Param::choice(keys::SURFACE, &["points", "minima"]).when(is_small),
        Param::real(keys::RATE, 0.05, 1.5, 0.05, 0.5).when(is_small),
        Param::count(keys::RISE, 0, 30, 0).when(|settings| is_small(settings) && !has(settings, &["onecycle"])),
        Param::real(keys::SHARE, 0.05, 1.0, 0.05, 0.3)
            .when(|settings| is_small(settings) && has(settings, &["step", "exponential", "plateau"])),
        Param::count(keys::LEVELS, 1, 10, 4).when(|settings| is_small(settings) && has(settings, &["step"])),
        Param::count(keys::WAIT, 0, 10, 4).when(|settings| is_small(settings) && has(settings, &["plateau"])),
        Param::real(keys::FLOOR, 0.0, 0.5, 0.01, 0.0)
            .when(|settings| is_small(settings) && has(settings, &["linear", "cosine", "plateau"])),
        Param::count(keys::START_SEED, 1, 9, 1)
            .more()
            .when(|settings| is_small(settings) && settings.choice(keys::SURFACE) == "points"),
    ],
    needs: |settings| Needs { course: !is_small(settings), ..Needs::default() },
    next: &[
        ("cosine", "schedules?course=cosine&rise=6"),
        ("plateau", "schedules?course=plateau&rate=1"),
        ("jump", "schedules?surface=minima&rate=0.4"),
        ("lab", "/lab"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("noise", no_rest).needs(&[SMALL, CONSTANT, POINTS, LARGE_RATE]),
        Step::new("fall", comes_to_rest).sets(&[keys::COURSE.name]).needs(&[
            SMALL,
            POINTS,
            LARGE_RATE,
            CONSTANT,
            Need::unless(keys::LEVELS.name, "4", |settings| settings.count(keys::LEVELS) >= 4),
            Need::unless(keys::SHARE.name, "0.3", |settings| settings.real(keys::SHARE) <= 0.3),
            Need::unless(keys::FLOOR.name, "0", |settings| settings.real(keys::FLOOR) == 0.0),
            Need::unless(keys::WAIT.name, "4", |settings| settings.count(keys::WAIT) <= 4),
            Need::unless(keys::RISE.name, "0", |settings| settings.count(keys::RISE) <= 6),
        ]),
        Step::new("warm", other_valley).sets(&[keys::RISE.name]).needs(&[
            SMALL,
            CONSTANT,
            Need::is(keys::SURFACE.name, "minima"),
            Need::unless(keys::RATE.name, "0.3", |settings| (settings.real(keys::RATE) - 0.3).abs() < 0.01),
            Need::unless(keys::RISE.name, "0", |settings| settings.count(keys::RISE) == 0),
        ]),
        Step::new("plateau", first_cut).needs(&[
            SMALL,
            Need::is(keys::COURSE.name, "plateau"),
            POINTS,
            LARGE_RATE,
            Need::unless(keys::WAIT.name, "4", |settings| settings.count(keys::WAIT) <= 5),
            Need::unless(keys::SHARE.name, "0.3", |settings| settings.real(keys::SHARE) <= 0.5),
            Need::unless(keys::FLOOR.name, "0", |settings| settings.real(keys::FLOOR) <= 0.1),
            Need::unless(keys::RISE.name, "0", |settings| settings.count(keys::RISE) <= 10),
        ]),
        Step::new("cycle", highest).needs(&[SMALL, Need::is(keys::COURSE.name, "onecycle")]),
        Step::new("lab", in_the_lab).more().needs(&[Need::is(keys::SHOW.name, "lab")]),
    ],
    exercises: &[
        Exercise::new("stair", exercises::stair),
        Exercise::new("warm", exercises::warm),
        Exercise::new("patience", exercises::patience),
        Exercise::new("meaning", exercises::meaning),
    ],
};

const SMALL: Need = Need::is(keys::SHOW.name, "small");
const CONSTANT: Need = Need::is(keys::COURSE.name, "constant");
const POINTS: Need = Need::is(keys::SURFACE.name, "points");
const LARGE_RATE: Need = Need::unless(keys::RATE.name, "0.5", |settings| settings.real(keys::RATE) >= 0.4);

fn is_small(settings: &Settings) -> bool {
    settings.choice(keys::SHOW) == "small"
}

fn has(settings: &Settings, courses: &[&str]) -> bool {
    courses.contains(&settings.choice(keys::COURSE))
}

fn trace(settings: &Settings, world: &World) -> TraceResult {
    let trace: Box<dyn Trace> = match settings.choice(keys::SHOW) {
        "lab" => Box::new(live::Live::new(world.course()?)),
        _ => Box::new(stage::Stage::new(settings)),
    };
    Ok(trace)
}

/// The settings of a small run on this surface that has been seen to its end.
fn seen_to_the_end<'a>(watch: &'a Watch, surface: &str) -> Option<&'a Settings> {
    let look = watch.now()?;
    let is_it = is_small(&look.settings) && look.settings.choice(keys::SURFACE) == surface;
    (is_it && look.moments.len() > 1 && look.moments.contains(&(N_STEPS as usize))).then_some(&look.settings)
}

fn no_rest(watch: &Watch) -> Option<String> {
    let settings = seen_to_the_end(watch, "points").filter(|settings| has(settings, &["constant"]))?;
    let (mean, least) = (Run::new(settings).last_mean(), path::least());
    let [mean, least] = [mean, least].map(|loss| four_digits(loss as f32));
    Some(say!("schedules.found.noise", n = N_LAST, mean = mean, least = least))
}

fn comes_to_rest(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::COURSE.name])?;
    let is_it = is_small(&now.settings) && now.settings.choice(keys::SURFACE) == "points";
    let [from, to] = [before, now].map(|look| Run::new(&look.settings).last_mean());
    (is_it && has(&before.settings, &["constant"]) && to < from).then(|| {
        let [from, to] = [from, to].map(|loss| four_digits(loss as f32));
        let least = four_digits(path::least() as f32);
        say!("schedules.found.fall", n = N_LAST, from = from, to = to, least = least)
    })
}

fn other_valley(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed_since(&[keys::RISE.name])?;
    let is_it = is_small(&now.settings) && now.settings.choice(keys::SURFACE) == "minima";
    let [old, new] = [before, now].map(|look| Run::new(&look.settings));
    let end = |run: &Run| run.stop(N_STEPS as usize).loss;
    let is_deeper = !new.is_lost && (old.is_lost || end(&new) < end(&old) - 0.1);
    (is_it && is_deeper && now.settings.count(keys::RISE) > before.settings.count(keys::RISE)).then(|| {
        let [from, to] = [&old, &new].map(|run| four_digits(end(run) as f32));
        let first = [&old, &new].map(|run| rate_text(run.stop(0).rate));
        let n = now.settings.count(keys::RISE);
        say!("schedules.found.warm", old = first[0], new = first[1], n = n, from = from, to = to)
    })
}

fn first_cut(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_small(&look.settings) && has(&look.settings, &["plateau"]))?;
    let run = Run::new(&look.settings);
    let first = run.stops.iter().position(|stop| stop.n_cuts > 0)?;
    let is_seen = look.moments.len() > 1 && look.moments.contains(&first);
    is_seen.then(|| {
        let [before, after] = [first - 1, first].map(|step| rate_text(run.stop(step).rate));
        let n = look.settings.count(keys::WAIT) + 1;
        say!("schedules.found.plateau", step = first, n = n, before = before, after = after)
    })
}

fn highest(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_small(&look.settings) && has(&look.settings, &["onecycle"]))?;
    let run = Run::new(&look.settings);
    let rate = |step: u32| run.schedule.rate(run.base, step, N_STEPS);
    let top = (0..N_STEPS).reduce(|best, step| if rate(step) > rate(best) { step } else { best })?;
    let is_seen = look.moments.len() > 1 && look.moments.contains(&(top as usize));
    is_seen.then(|| {
        let [first, most, last] = [0, top, N_STEPS - 1].map(|step| rate_text(rate(step)));
        say!("schedules.found.cycle", first = first, step = top, most = most, last = last)
    })
}

fn in_the_lab(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| !is_small(&look.settings) && look.moments.len() > 2)?;
    Some(say!("schedules.found.lab", said = look.scene.caption))
}
