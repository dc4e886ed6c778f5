//! Parameter counts: what a dense layer costs, what a convolution costs, and where a network's weights lie.

mod compare;
mod exercises;
mod layers;
mod sharing;

pub(crate) use layers::exercise_ledger;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::settings::{Param, Settings, Value};
use crate::words::layer_name;
use crate::world::Unavailable;
use crate::{Chapter, Needs, Outline, Step, Tensors, Watch, grouped, keys, say};
use receptive_core::ConvParams;

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "counts",
    params: &[
        Param::choice(keys::SHOW, &["compare", "sharing", "exercise", "network"]),
        Param::choice(keys::IMAGE, compare::IMAGES).when(is_compare),
        Param::count(keys::UNITS, 1, 240, 200).when(is_compare),
        Param::count(keys::KERNELS, 1, 240, 200).when(is_compare),
        Param::count(keys::SIZE, 3, 5, 4).when(is_sharing),
        Param::count(keys::F, 1, 7, 3).when(|settings| settings.choice(keys::SHOW) != "network").more(),
        Param::choice(keys::PAD_RULE, &["valid", "same"])
            .more()
            .when(|settings| settings.choice(keys::SHOW) != "network"),
        Param::choice(keys::ALSO, &["none", "separable"]).more().when(is_compare),
        Param::numbers(keys::INPUT),
        Param::numbers(keys::WEIGHTS),
    ],
    needs: |settings| Needs {
        network: (settings.choice(keys::SHOW) == "network").then_some(Tensors::NONE),
        ..Needs::default()
    },
    next: &[
        ("sharing", "counts?show=sharing&pad=same"),
        ("exercise", "counts?show=exercise&pad=same"),
        ("network", "counts?show=network"),
        ("separable", "counts?image=12x12x3&kernels=128&f=5&also=separable"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace: |settings, world| match settings.choice(keys::SHOW) {
        "compare" => compare::trace(settings),
        "sharing" => sharing::trace(settings),
        "exercise" => layers::exercise(settings),
        _ => layers::network(world),
    },
    steps: &[
        Step::new("grow", dense_grows).sets(&[keys::IMAGE.name]).needs(&[
            COMPARE,
            Need::unless(keys::IMAGE.name, "28x28", |settings| settings.choice(keys::IMAGE) != "300x300x3"),
        ]),
        Step::new("work", weights_are_not_work).sets(&[keys::KERNELS.name]).needs(&[
            COMPARE,
            Need::unless(keys::IMAGE.name, "28x28", can_do_like_work),
            Need::unless(keys::UNITS.name, "200", can_do_like_work),
            Need::unless(keys::F.name, "3", can_do_like_work),
            Need::unless(keys::ALSO.name, "none", can_do_like_work),
            Need::unless(keys::KERNELS.name, "200", |settings| !does_like_work(settings)),
        ]),
        Step::new("shared", weight_is_shared).needs(&[SHARING]),
        Step::new("sparse", matrix_is_sparse)
            .sets(&[keys::SIZE.name])
            .needs(&[SHARING, Need::unless(keys::SIZE.name, "4", |settings| settings.count(keys::SIZE) < 5)]),
        Step::new("where", where_they_lie).needs(&[Need::is(keys::SHOW.name, "exercise")]),
    ],
    exercises: &[
        Exercise::new("kernels", exercises::kernels),
        Exercise::new("dense", exercises::dense),
        Exercise::new("after-pool", exercises::after_pool),
        Exercise::more("filled", exercises::filled),
    ],
};

const COMPARE: Need = Need::is(keys::SHOW.name, "compare");
const SHARING: Need = Need::is(keys::SHOW.name, "sharing");

/// True if both layers do about as many multiply-adds.
fn does_like_work(settings: &Settings) -> bool {
    compare::Costs::new(settings).is_ok_and(|costs| {
        let [dense, conv] = costs.n_macs();
        dense.abs_diff(conv) * 10 <= dense
    })
}

/// True if they would with another number of kernels.
fn can_do_like_work(settings: &Settings) -> bool {
    let mut with = settings.clone();
    (1..=240).any(|n| {
        with.set(keys::KERNELS.name, Value::Count(n));
        does_like_work(&with)
    })
}

fn is_compare(settings: &Settings) -> bool {
    settings.choice(keys::SHOW) == "compare"
}

fn is_sharing(settings: &Settings) -> bool {
    settings.choice(keys::SHOW) == "sharing"
}

/// The padding that the settings ask for: none, or as much as keeps the size.
///
/// # Errors
/// When no equal padding on both sides keeps the size.
fn conv_params(settings: &Settings) -> Result<ConvParams, Unavailable> {
    let f = settings.count(keys::F);
    match settings.choice(keys::PAD_RULE) {
        "same" if f.is_multiple_of(2) => {
            Err(Unavailable::Refused(say!("counts.even", f = f, less = f - 1, more = f + 1)))
        }
        "same" => Ok(ConvParams::default().padding(f / 2)),
        _ => Ok(ConvParams::default()),
    }
}

/// A ratio as a person reads it: "10,000", "8.9".
fn ratio(value: f64) -> String {
    if value >= 100.0 { grouped(value.round() as u64) } else { crate::number((value * 10.0).round() as f32 / 10.0) }
}

fn percent(part: u64, whole: u64) -> String {
    crate::number((1000.0 * part as f64 / whole.max(1) as f64).round() as f32 / 10.0)
}

fn dense_grows(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::IMAGE.name])?;
    is_compare(&now.settings).then_some(())?;
    let (old, new) = (compare::Costs::new(&before.settings).ok()?, compare::Costs::new(&now.settings).ok()?);
    let count = |n: usize| grouped(n as u64);
    (new.dense.n_params > old.dense.n_params).then_some(())?;
    Some(say!(
        "counts.found.grow",
        dense = count(old.dense.n_params),
        new_dense = count(new.dense.n_params),
        conv = count(old.conv.n_params()),
        new_conv = count(new.conv.n_params())
    ))
}

fn weights_are_not_work(watch: &Watch) -> Option<String> {
    let settings = &watch.now().filter(|look| is_compare(&look.settings))?.settings;
    let costs = compare::Costs::new(settings).ok()?;
    let ([dense, conv], [_, conv_macs]) = (costs.n_weights(), costs.n_macs());
    let (dense, conv, macs) = (grouped(dense), grouped(conv), grouped(conv_macs));
    does_like_work(settings)
        .then(|| say!("counts.found.work", n = settings.count(keys::KERNELS), macs = macs, dense = dense, conv = conv))
}

fn weight_is_shared(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_sharing(&look.settings))?;
    let sharing = sharing::Sharing::new(&look.settings).ok()?;
    let (tap, n) = look.spots.iter().find_map(|&spot| sharing.copies_of(spot))?;
    let w = crate::number(sharing.weight(tap));
    Some(say!("counts.found.shared", w = w, n = n, n_outputs = sharing.n_outputs()))
}

fn matrix_is_sparse(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::SIZE.name])?;
    let size = |settings: &Settings| settings.count(keys::SIZE);
    if !is_sharing(&now.settings) || !is_sharing(&before.settings) || size(&before.settings) >= size(&now.settings) {
        return None;
    }
    let (old, new) = (sharing::Sharing::new(&before.settings).ok()?, sharing::Sharing::new(&now.settings).ok()?);
    let zeros = |sharing: &sharing::Sharing| percent(sharing.n_zeros() as u64, sharing.n_cells() as u64);
    Some(say!(
        "counts.found.sparse",
        old = zeros(&old),
        new = zeros(&new),
        n_cells = grouped(new.n_cells() as u64),
        n_weights = new.n_weights()
    ))
}

fn where_they_lie(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| matches!(look.settings.choice(keys::SHOW), "exercise"))?;
    let ledger = exercise_ledger(&look.settings).ok()?;
    let most = (0..ledger.rows.len()).max_by_key(|&i| ledger.rows[i].n_params)?;
    let row = &ledger.rows[most];
    let share = percent(row.n_params as u64, ledger.n_params() as u64);
    let n_params = grouped(row.n_params as u64);
    look.moments
        .contains(&most)
        .then(|| say!("counts.found.where", name = layer_name(&row.name), n = n_params, share = share))
}
