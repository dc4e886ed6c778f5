//! Parameter counts: what a dense layer costs, what a convolution costs, and where a network's weights lie.

mod compare;
mod exercises;
mod layers;
mod sharing;

pub(crate) use layers::exercise_ledger;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::settings::{Param, Settings, Value};
use crate::world::Unavailable;
use crate::{Chapter, Needs, Outline, Step, Watch, say};
use receptive_core::ConvParams;
use receptive_nn::grouped;

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "counts",
    params: &[
        Param::choice("show", &["compare", "sharing", "exercise", "network"]),
        Param::choice("image", compare::IMAGES).when(is_compare),
        Param::count("units", 1, 240, 200).when(is_compare),
        Param::count("kernels", 1, 240, 200).when(is_compare),
        Param::count("size", 3, 5, 4).when(is_sharing),
        Param::count("f", 1, 7, 3).when(|settings| settings.choice("show") != "network").more(),
        Param::choice("pad", &["valid", "same"]).more().when(|settings| settings.choice("show") != "network"),
        Param::choice("also", &["none", "separable"]).more().when(is_compare),
        Param::numbers("input"),
        Param::numbers("weights"),
    ],
    needs: |settings| Needs { network: settings.choice("show") == "network", ..Needs::default() },
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
    trace: |settings, world| match settings.choice("show") {
        "compare" => compare::trace(settings),
        "sharing" => sharing::trace(settings),
        "exercise" => layers::exercise(settings),
        _ => layers::network(world),
    },
    steps: &[
        Step::new("grow", dense_grows)
            .sets(&["image"])
            .needs(&[COMPARE, Need::unless("image", "28x28", |settings| settings.choice("image") != "300x300x3")]),
        Step::new("work", weights_are_not_work).sets(&["kernels"]).needs(&[
            COMPARE,
            Need::unless("image", "28x28", can_do_like_work),
            Need::unless("units", "200", can_do_like_work),
            Need::unless("f", "3", can_do_like_work),
            Need::unless("also", "none", can_do_like_work),
            Need::unless("kernels", "200", |settings| !does_like_work(settings)),
        ]),
        Step::new("shared", weight_is_shared).needs(&[SHARING]),
        Step::new("sparse", matrix_is_sparse)
            .sets(&["size"])
            .needs(&[SHARING, Need::unless("size", "4", |settings| settings.count("size") < 5)]),
        Step::new("where", where_they_lie).needs(&[Need::is("show", "exercise")]),
    ],
    exercises: &[
        Exercise::new("kernels", exercises::kernels),
        Exercise::new("dense", exercises::dense),
        Exercise::new("after-pool", exercises::after_pool),
        Exercise::more("filled", exercises::filled),
    ],
};

const COMPARE: Need = Need::is("show", "compare");
const SHARING: Need = Need::is("show", "sharing");

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
        with.set("kernels", Value::Count(n));
        does_like_work(&with)
    })
}

fn is_compare(settings: &Settings) -> bool {
    settings.choice("show") == "compare"
}

fn is_sharing(settings: &Settings) -> bool {
    settings.choice("show") == "sharing"
}

/// The padding that the settings ask for: none, or as much as keeps the size.
///
/// # Errors
/// When no equal padding on both sides keeps the size.
fn conv_params(settings: &Settings) -> Result<ConvParams, Unavailable> {
    let f = settings.count("f");
    match settings.choice("pad") {
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
    let [before, now] = watch.changed(&["image"])?;
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
        .then(|| say!("counts.found.work", n = settings.count("kernels"), macs = macs, dense = dense, conv = conv))
}

fn weight_is_shared(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_sharing(&look.settings))?;
    let sharing = sharing::Sharing::new(&look.settings).ok()?;
    let (tap, n) = look.spots.iter().find_map(|&spot| sharing.copies_of(spot))?;
    let w = crate::number(sharing.weight(tap));
    Some(say!("counts.found.shared", w = w, n = n, n_outputs = sharing.n_outputs()))
}

fn matrix_is_sparse(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&["size"])?;
    let size = |settings: &Settings| settings.count("size");
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
    let look = watch.now().filter(|look| matches!(look.settings.choice("show"), "exercise"))?;
    let ledger = exercise_ledger(&look.settings).ok()?;
    let most = (0..ledger.rows.len()).max_by_key(|&i| ledger.rows[i].n_params)?;
    let row = &ledger.rows[most];
    let share = percent(row.n_params as u64, ledger.n_params() as u64);
    let n_params = grouped(row.n_params as u64);
    look.moments.contains(&most).then(|| say!("counts.found.where", name = row.name, n = n_params, share = share))
}
