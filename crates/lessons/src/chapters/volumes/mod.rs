//! Colour and volumes: a kernel has a plane for every channel, and there is a map for every kernel.

mod exercises;
mod live;
mod parts;
mod stage;
mod toy;
mod volume;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::plane::OUTPUT;
use crate::settings::{Param, Settings, Value};
use crate::world::{Unavailable, World};
use crate::{Chapter, Needs, Outline, Step, Trace, Watch, grouped, keys, say};
use parts::{CHANNELS, PLANES, SHARES};

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "volumes",
    params: &[
        Param::choice(keys::ON, &["small", "digit"]),
        Param::count(keys::CHANNELS, 1, 4, 3).when(is_small),
        Param::count(keys::KERNELS, 1, 4, 2).when(is_small),
        Param::count(keys::K, 1, 4, 1).when(|settings| is_small(settings) && settings.count(keys::KERNELS) > 1),
        Param::count(keys::F, 1, 3, 3).more().when(is_small),
        Param::choice(keys::GROUPS, &["together", "halves", "depthwise"]).more().when(is_small),
        Param::count(keys::PAD, 0, 1, 0).more().when(is_small),
        Param::count(keys::NET_KERNEL, 1, 64, 1).when(is_live),
        Param::count(keys::FROM, 1, 57, 1).when(is_live),
        Param::numbers(keys::CHANNEL1),
        Param::numbers(keys::CHANNEL2),
        Param::numbers(keys::CHANNEL3),
        Param::numbers(keys::CHANNEL4),
        Param::numbers(keys::KERNEL1),
        Param::numbers(keys::KERNEL2),
        Param::numbers(keys::KERNEL3),
        Param::numbers(keys::KERNEL4),
        Param::numbers(keys::BIASES),
    ],
    needs: |settings| Needs {
        digit: is_live(settings),
        network: is_live(settings).then_some(live::TENSORS),
        ..Needs::default()
    },
    next: &[
        ("mix", "volumes?f=1&kernels=4"),
        ("apart", "volumes?groups=depthwise&kernels=3"),
        ("network", "volumes?on=digit"),
        ("counts", "counts"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("sum", shares_add_up).needs(&[SMALL]),
        Step::new("plane", one_share_changes).needs(&[SMALL, Need::is(keys::F.name, "3")]).compares(COMPARED),
        Step::new("kernels", a_map_each).sets(&[keys::KERNELS.name]).needs(&[
            SMALL,
            TOGETHER,
            Need::unless(keys::KERNELS.name, "2", |settings| settings.count(keys::KERNELS) < 4),
        ]),
        Step::new("pointwise", mixes_channels).sets(&[keys::F.name]).needs(&[
            SMALL,
            Need::is(keys::PAD.name, "0"),
            Need::unless(keys::F.name, "3", |settings| settings.count(keys::F) > 1),
        ]),
        Step::new("depthwise", channels_apart).more().sets(&[keys::KERNELS.name, keys::GROUPS.name]).needs(&[
            SMALL,
            TOGETHER,
            Need::unless(keys::CHANNELS.name, "3", |settings| settings.count(keys::CHANNELS) > 1),
        ]),
        Step::new("network", in_the_network).needs(&[Need::is(keys::ON.name, "digit")]),
    ],
    exercises: &[
        Exercise::new("cell", exercises::cell),
        Exercise::new("params", exercises::parameters),
        Exercise::new("size", exercises::output_size),
        Exercise::more("separable", exercises::separable),
    ],
};

const SMALL: Need = Need::is(keys::ON.name, "small");
const TOGETHER: Need = Need::is(keys::GROUPS.name, "together");
/// The grids that one weight changes.
const COMPARED: &[&str] = &[SHARES[0], SHARES[1], SHARES[2], SHARES[3], OUTPUT];

fn is_small(settings: &Settings) -> bool {
    settings.choice(keys::ON) == "small"
}

fn is_live(settings: &Settings) -> bool {
    !is_small(settings)
}

fn trace(settings: &Settings, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    let trace = if is_small(settings) { toy::trace(settings)? } else { live::trace(settings, world)? };
    Ok(Box::new(trace))
}

fn shares_add_up(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_small(&look.settings) && look.moments.len() >= 3)?;
    let volume = toy::volume(&look.settings).ok()?;
    let w = volume.geom().w();
    Some(say!("volumes.found.sum", c = w.c, taps = w.h * w.w, n = w.image_len()))
}

fn one_share_changes(watch: &Watch) -> Option<String> {
    let [before, now] =
        watch.changed(&[keys::KERNEL1.name, keys::KERNEL2.name, keys::KERNEL3.name, keys::KERNEL4.name])?;
    let changed = |names: &[&str]| {
        let differs = |name: &&str| before.values(name) != now.values(name);
        names.iter().enumerate().filter(|(_, name)| differs(name)).map(|(i, _)| i).collect::<Vec<_>>()
    };
    let [i] = changed(&PLANES)[..] else { return None };
    let (old, new) = (before.values(OUTPUT), now.values(OUTPUT));
    let has_other_inputs = !changed(&CHANNELS).is_empty();
    if has_other_inputs || old.len() != new.len() || changed(&SHARES) != [i] {
        return None;
    }
    let n = old.iter().zip(&new).filter(|(old, new)| old != new).count();
    let name = now.scene.grid(CHANNELS[i])?.title.clone();
    Some(say!("volumes.found.plane", name = name, n = n, n_cells = new.len()))
}

fn a_map_each(watch: &Watch) -> Option<String> {
    let (before, now) = (watch.before()?, watch.now()?);
    let [old, new] = [before, now].map(|look| look.settings.count(keys::KERNELS));
    let mut grown = before.settings.clone();
    grown.set(keys::KERNELS.name, Value::Count(new));
    if !is_small(&now.settings) || grown != now.settings || new <= old {
        return None;
    }
    let (old, new) = (toy::volume(&before.settings).ok()?, toy::volume(&now.settings).ok()?);
    let (was, is) = (old.geom().n_params(), new.geom().n_params());
    Some(say!("volumes.found.kernels", n = new.geom().y().c, was = was, is = is))
}

fn mixes_channels(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_small(&look.settings) && look.settings.count(keys::F) == 1)?;
    let volume = toy::volume(&look.settings).ok()?;
    let (w, x, y) = (volume.geom().w(), volume.geom().x(), volume.geom().y());
    ((x.h, x.w) == (y.h, y.w)).then_some(())?;
    Some(say!("volumes.found.pointwise", size = format!("{}×{}", y.h, y.w), c = w.c, n = volume.geom().n_params()))
}

fn channels_apart(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    if !is_small(&look.settings)
        || look.settings.choice(keys::GROUPS) != "depthwise"
        || look.settings.count(keys::CHANNELS) == 1
    {
        return None;
    }
    let together = toy::volume(&look.settings.clone().with("groups", "together")).ok()?;
    let apart = toy::volume(&look.settings).ok()?;
    let [plain, depthwise] = [together, apart].map(|volume| grouped(volume.geom().n_macs()));
    Some(say!("volumes.found.depthwise", plain = plain, depthwise = depthwise))
}

fn in_the_network(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_live(&look.settings) && look.moments.len() >= 2)?;
    let equation = look.scene.equation.as_ref()?;
    let n_negative = equation.terms.iter().filter(|term| term.text.starts_with("(−")).count();
    let n = equation.terms.len();
    Some(say!("volumes.found.network", n = n, n_negative = n_negative, value = equation.result))
}
