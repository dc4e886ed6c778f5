//! Maps in a row, and units that read all of it.

mod dense;
mod exercises;
mod live;
mod toy;

pub use dense::Dense;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::settings::{Param, Settings};
use crate::world::{Unavailable, World};
use crate::{Chapter, Needs, Outline, Step, Trace, Watch, first_best, grouped, keys, number, say};

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "flatten",
    params: &[
        Param::choice(keys::ON, &["small", "digit"]),
        Param::count(keys::CHANNELS, 1, 3, 2).more().when(is_small),
        Param::count(keys::ROWS, 2, 3, 3).more().when(is_small),
        Param::count(keys::COLUMNS, 2, 3, 3).more().when(is_small),
        Param::count(keys::UNITS, 1, 4, 3).more().when(is_small),
        Param::count(keys::UNIT, 1, 4, 1).when(is_small),
        Param::choice(keys::BIAS, &["some", "none"]).more().when(is_small),
        Param::count(keys::FROM, 1, 64, 1).when(|settings| !is_small(settings)),
        Param::numbers(keys::INPUT),
        Param::numbers(keys::WEIGHTS),
    ],
    needs: |settings| Needs { network: (!is_small(settings)).then_some(dense::TENSORS), ..Needs::default() },
    next: &[
        ("network", "flatten?on=digit"),
        ("three", "flatten?channels=3&rows=2&columns=2&units=4"),
        ("kernel", "convolution?kernel=net&on=digit"),
        ("softmax", "softmax"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("next-map", next_map).needs(&[SMALL, TWO_MAPS]),
        Step::new("index", index_of_cell).needs(&[SMALL, TWO_MAPS]),
        Step::new("unit", other_unit)
            .sets(&[keys::UNIT.name])
            .needs(&[SMALL, Need::unless(keys::UNITS.name, "3", |settings| settings.count(keys::UNITS) > 1)]),
        Step::new("number", all_units_read).needs(&[SMALL]),
        Step::new("smaller", fewer_weights).sets(&[keys::ROWS.name]).needs(&[
            SMALL,
            Need::unless(keys::ROWS.name, "3", |settings| {
                settings.count(keys::ROWS).max(settings.count(keys::COLUMNS)) > 2
            }),
        ]),
        Step::new("digit", units_of_the_network).needs(&[Need::is(keys::ON.name, "digit")]),
    ],
    exercises: &[
        Exercise::new("to-index", exercises::to_index),
        Exercise::new("from-index", exercises::from_index),
        Exercise::new("unit", exercises::unit),
        Exercise::new("params", exercises::params),
    ],
};

const SMALL: Need = Need::is(keys::ON.name, "small");
const TWO_MAPS: Need = Need::unless(keys::CHANNELS.name, "2", |settings| settings.count(keys::CHANNELS) > 1);

fn is_small(settings: &Settings) -> bool {
    settings.choice(keys::ON) == "small"
}

fn trace(settings: &Settings, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    if is_small(settings) {
        return Ok(Box::new(toy::Toy::new(settings)?));
    }
    Ok(Box::new(live::Live::new(world.network()?, settings.count(keys::FROM))?))
}

fn next_map(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_small(&look.settings))?;
    let (n, map_len) = (look.values("row").len(), look.values(toy::MAPS[0]).len());
    (map_len..n)
        .any(|moment| look.moments.contains(&moment))
        .then(|| say!("flatten.found.next-map", map_len = map_len, last = map_len - 1))
}

fn index_of_cell(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_small(&look.settings))?;
    let toy = toy::Toy::new(&look.settings).ok()?;
    let spot = look.spots.iter().find(|spot| toy::MAPS[1..].contains(&spot.grid))?;
    let index = toy.index_of(*spot)?;
    let notation = toy.dense.index_notation(index);
    Some(say!("flatten.found.index", place = toy.place_of(index), notation = notation))
}

fn other_unit(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::UNIT.name])?;
    let [old, new] = [before, now].map(|look| look.settings.count(keys::UNIT));
    let (a, b) = (before.values("output"), now.values("output"));
    let has_same_row = !now.values("row").is_empty() && before.values("row") == now.values("row");
    (has_same_row && old != new).then_some(())?;
    let (a, b) = (number(*a.first()?), number(*b.first()?));
    Some(say!("flatten.found.unit", n = now.values("row").len(), old = old, a = a, new = new, b = b))
}

fn all_units_read(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::INPUT.name])?;
    let (old, new) = (toy::Toy::new(&before.settings).ok()?.dense, toy::Toy::new(&now.settings).ok()?.dense);
    let is_small = is_small(&before.settings) && is_small(&now.settings);
    (is_small && old.shape == new.shape && old.x != new.x && old.w == new.w).then_some(())?;
    let n_changed = old.y.iter().zip(&new.y).filter(|(old, new)| old != new).count();
    Some(say!("flatten.found.number", n = n_changed, n_units = new.y.len()))
}

fn fewer_weights(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::ROWS.name, keys::COLUMNS.name])?;
    let [old, new] = [before, now].map(|look| look.values("row").len());
    (new > 0 && new < old).then_some(())?;
    let [from, to] = [before, now].map(|look| toy::Toy::new(&look.settings).ok().map(|toy| toy.dense.n_params()));
    let (from, to) = (grouped(from? as u64), grouped(to? as u64));
    Some(say!("flatten.found.smaller", old = old, new = new, from = from, to = to))
}

fn units_of_the_network(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| !is_small(&look.settings) && look.moments.len() >= 3)?;
    let outputs = look.values(live::OUTPUTS);
    let best = first_best(&outputs);
    let value = number(*outputs.get(best)?);
    Some(say!("flatten.found.digit", n = outputs.len(), unit = best + 1, value = value))
}
