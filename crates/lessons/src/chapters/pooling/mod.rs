//! Pooling: one number for each window, and what is forgotten with the others.

mod exercises;
mod pool;
mod stage;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::keys;
use crate::scene::Grid;
use crate::settings::{Param, Settings};
use crate::world::{Unavailable, World};
use crate::{Chapter, Look, Needs, Outline, Step, Trace, Watch, number, place, say};
use pool::{INPUT, OUTPUT};
use stage::{SHIFTED_FROM, SHIFTED_FROM_OUTPUT};

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "pooling",
    params: &[
        Param::choice(keys::ON, &["small", "digit"]),
        Param::choice(keys::PICTURE, &["example", "mean", "letter-x", "letter-c", "own"])
            .when(|settings| settings.choice(keys::ON) == "small"),
        Param::count(keys::CHANNEL, 1, 64, 1).when(|settings| settings.choice(keys::ON) == "digit"),
        Param::choice(keys::KIND, &["max", "avg", "sum", "global"]),
        Param::count(keys::WINDOW, 1, 4, 2).when(|settings| settings.choice(keys::KIND) != "global"),
        Param::count(keys::STRIDE, 1, 4, 2).when(|settings| settings.choice(keys::KIND) != "global"),
        Param::choice(keys::FIT, &["floor", "ceil"]).more().when(stage::can_hang),
        Param::count(keys::SHIFT, 0, 2, 0).when(stage::can_shift),
        Param::numbers(keys::INPUT),
    ],
    needs: |settings| Needs {
        network: (settings.choice(keys::ON) == "digit").then_some(stage::TENSORS),
        ..Needs::default()
    },
    next: &[
        ("edge", "pooling?picture=letter-x&fit=ceil"),
        ("shift", "pooling?picture=letter-c&shift=1"),
        ("live", "pooling?on=digit"),
        ("relu", "activation?picture=letter-x"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("largest", few_survive).needs(&[
            MAX,
            Need::unless(keys::WINDOW.name, "2", stage::has_three_windows),
            Need::unless(keys::STRIDE.name, "2", stage::has_three_windows),
            Need::own(keys::INPUT.name, stage::has_three_windows),
        ]),
        Step::new("blind", change_unseen)
            .needs(&[MAX, SMALL, WIDE, Need::is(keys::SHIFT.name, "0")])
            .compares(&[INPUT, OUTPUT]),
        Step::new("mean", mean_differs).sets(&[keys::KIND.name]).needs(&[MAX, WIDE]).compares(&[OUTPUT]),
        Step::new("edge", edge_kept).sets(&[keys::FIT.name]).needs(&[
            SMALL,
            Need::is(keys::PICTURE.name, "letter-x"),
            Need::unless(keys::KIND.name, "max", |settings| settings.choice(keys::KIND) != "global"),
            Need::is(keys::WINDOW.name, "2"),
            Need::is(keys::STRIDE.name, "2"),
            Need::is(keys::FIT.name, "floor"),
        ]),
        Step::new("shift", shift_forgiven).sets(&[keys::SHIFT.name]).needs(&[
            SMALL,
            Need::is(keys::PICTURE.name, "letter-c"),
            MAX,
            Need::is(keys::WINDOW.name, "2"),
            Need::is(keys::STRIDE.name, "2"),
            Need::is(keys::SHIFT.name, "0"),
        ]),
        Step::new("global", one_number).sets(&[keys::KIND.name]).needs(&[Need::unless(
            keys::KIND.name,
            "max",
            |settings| settings.choice(keys::KIND) != "global",
        )]),
    ],
    exercises: &[
        Exercise::new("survivors", exercises::survivors),
        Exercise::new("average", exercises::mean),
        Exercise::new("size", exercises::size),
        Exercise::new("left", exercises::numbers_left),
    ],
};

const SMALL: Need = Need::is(keys::ON.name, "small");
const MAX: Need = Need::is(keys::KIND.name, "max");
/// A window of more than one cell.
const WIDE: Need = Need::unless(keys::WINDOW.name, "2", |settings| settings.count(keys::WINDOW) > 1);

fn trace(settings: &Settings, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    Ok(Box::new(stage::PoolTrace::new(settings, world)?))
}

/// Cells in which two grids of one size differ; nothing when their sizes do.
fn n_changed(one: &Grid, other: &Grid) -> Option<usize> {
    let (one, other) = (one.values(), other.values());
    (one.len() == other.len()).then(|| one.iter().zip(&other).filter(|(one, other)| one != other).count())
}

fn few_survive(watch: &Watch) -> Option<String> {
    let is_walked = |look: &&Look| {
        let settings = &look.settings;
        // Where windows overlap, a number may come through more than once.
        let is_apart = settings.count(keys::STRIDE) >= settings.count(keys::WINDOW);
        settings.choice(keys::KIND) == "max" && is_apart && look.moments.len() >= 3
    };
    let look = watch.now().filter(is_walked)?;
    let (n, n_windows) = (look.values(INPUT).len(), look.values(OUTPUT).len());
    Some(say!("pooling.found.largest", n = n, n_windows = n_windows))
}

fn change_unseen(watch: &Watch) -> Option<String> {
    // Typing also chooses the learner's own picture.
    let [before, now] = watch.changed(&[keys::INPUT.name, keys::PICTURE.name])?;
    now.settings.numbers(keys::INPUT).filter(|_| now.settings.choice(keys::KIND) == "max")?;
    let [old, new] = [before, now].map(|look| look.scene.grid(INPUT));
    let [old_output, new_output] = [before, now].map(|look| look.scene.grid(OUTPUT));
    let (old, new) = (old?, new?);
    if n_changed(old, new)? != 1 || n_changed(old_output?, new_output?)? != 0 {
        return None;
    }
    let (from, to) = old.values().into_iter().zip(new.values()).find(|(from, to)| from != to)?;
    let n = now.values(OUTPUT).len();
    Some(say!("pooling.found.blind", from = number(from), to = number(to), n = n))
}

fn mean_differs(watch: &Watch) -> Option<String> {
    let (before, now) = (watch.before()?, watch.now()?);
    let kinds = [before, now].map(|look| look.settings.choice(keys::KIND));
    if !matches!(kinds, ["max", "avg"]) || before.values(INPUT) != now.values(INPUT) {
        return None;
    }
    let (largest, mean) = (before.values(OUTPUT), now.values(OUTPUT));
    let differs = |cell: usize| (largest[cell] - mean[cell]).abs();
    // The first of those that differ most.
    let further = |best: usize, cell: usize| if differs(cell) > differs(best) { cell } else { best };
    let cell = (0..largest.len().min(mean.len())).reduce(further).filter(|&cell| differs(cell) > 0.0)?;
    let at = place(now.scene.grid(OUTPUT)?.place(cell));
    Some(say!("pooling.found.mean", place = at, largest = number(largest[cell]), mean = number(mean[cell])))
}

fn edge_kept(watch: &Watch) -> Option<String> {
    let mut looks = watch.changed(&[keys::FIT.name])?;
    // One after the other, in either order.
    if looks[0].settings.choice(keys::FIT) == "ceil" {
        looks.reverse();
    }
    let [before, now] = looks;
    let warning = before.scene.grid(INPUT)?.warning.clone()?;
    let (floor, ceil) = (before.scene.grid(OUTPUT)?, now.scene.grid(OUTPUT)?);
    let is_kept = now.scene.grid(INPUT)?.warning.is_none() && ceil.cells.len() > floor.cells.len();
    let size = |grid: &Grid| format!("{}×{}", grid.rows(), grid.columns);
    is_kept.then(|| say!("pooling.found.edge", floor = size(floor), ceil = size(ceil), what = warning))
}

fn shift_forgiven(watch: &Watch) -> Option<String> {
    // What the other kinds make of a shift is another story.
    let look = watch.now().filter(|look| look.settings.choice(keys::KIND) == "max")?;
    let shift = look.settings.count(keys::SHIFT);
    let grid = |name: &str| look.scene.grid(name);
    let n_input = n_changed(grid(SHIFTED_FROM)?, grid(INPUT)?)?;
    let n_output = n_changed(grid(SHIFTED_FROM_OUTPUT)?, grid(OUTPUT)?)?;
    let (n, n_all) = (grid(INPUT)?.cells.len(), grid(OUTPUT)?.cells.len());
    let key = if n_output == 0 { "shift" } else { "shift-seen" };
    let key = format!("pooling.found.{key}");
    (n_input > 0).then(|| say!(key, shift = shift, n_input = n_input, n = n, n_output = n_output, n_all = n_all))
}

fn one_number(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| look.settings.choice(keys::KIND) == "global")?;
    let (n, mean) = (look.values(INPUT).len(), *look.values(OUTPUT).first()?);
    Some(say!("pooling.found.global", n = n, mean = number(mean)))
}
