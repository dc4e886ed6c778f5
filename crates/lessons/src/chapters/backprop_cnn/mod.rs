//! Backpropagation in a CNN: the gradient's way back through each kind of layer.

mod depth;
mod exercises;
mod live;
mod norms;
mod parts;
mod trace;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::settings::{Param, Settings};
use crate::world::World;
use crate::{Chapter, Needs, Outline, Step, TraceResult, Watch, keys, number, place, say};
use depth::Depth;
use norms::Norms;
use parts::{GRADIENT, Part, UPSTREAM};

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "backprop-cnn",
    params: &[
        Param::choice(keys::PART, &["error", "weight", "relu", "pool", "kernel", "input", "bias", "join", "depth"]),
        Param::choice(keys::ON, &["small", "digit"]),
        Param::choice(keys::COUNTS_AS, &["own", "next"]).when(live::is_live),
        Param::count(keys::CHANNEL, 1, 64, 1)
            .when(|settings| live::is_live(settings) && !is_part(settings, "error") && !is_part(settings, "depth")),
        Param::count(keys::TARGET, 0, 2, 0).when(|settings| is_part(settings, "error") && !live::is_live(settings)),
        Param::choice(keys::KIND, &["max", "avg"])
            .when(|settings| is_part(settings, "pool") && !live::is_live(settings)),
        Param::choice(keys::JOIN, &["add", "concat"])
            .when(|settings| is_part(settings, "join") && !live::is_live(settings)),
        Param::choice(keys::FUNCTION, &["sigmoid", "tanh", "relu"])
            .when(|settings| is_part(settings, "depth") && !live::is_live(settings)),
        Param::count(keys::LAYERS, 2, 12, 4).when(|settings| is_part(settings, "depth") && !live::is_live(settings)),
        Param::numbers(keys::INPUT),
        Param::numbers(keys::WEIGHTS),
        Param::numbers(keys::UPSTREAM),
    ],
    needs: |settings| Needs {
        digit: live::is_live(settings),
        network: live::is_live(settings).then_some(live::TENSORS),
        is_next_class: live::is_live(settings) && live::is_next_class(settings),
        ..Needs::default()
    },
    next: &[
        ("kernel", "backprop-cnn?part=kernel"),
        ("pool", "backprop-cnn?part=pool&kind=avg"),
        ("digit", "backprop-cnn?part=kernel&on=digit"),
        ("depth", "backprop-cnn?part=depth&layers=10"),
        ("slips", "slips"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("error", true_class_is_negative).needs(&[Need::is(keys::PART.name, "error"), SMALL]),
        Step::new("gate", gate_is_shut).needs(&[
            Need::is(keys::PART.name, "relu"),
            SMALL,
            Need::own(keys::INPUT.name, |settings| settings.numbers(keys::INPUT).is_none()),
            Need::own(keys::UPSTREAM.name, |settings| settings.numbers(keys::UPSTREAM).is_none()),
        ]),
        Step::new("route", shared_instead).sets(&[keys::KIND.name]).needs(&[
            Need::is(keys::PART.name, "pool"),
            SMALL,
            Need::is(keys::KIND.name, "max"),
        ]),
        Step::new("window", every_weight).needs(&[Need::is(keys::PART.name, "kernel"), SMALL]),
        Step::new("corner", corner_and_middle).needs(&[Need::is(keys::PART.name, "input"), SMALL]),
        Step::new("deep", deeper).sets(&[keys::LAYERS.name]).needs(&[
            Need::is(keys::PART.name, "depth"),
            SMALL,
            Need::is(keys::FUNCTION.name, "sigmoid"),
            Need::unless(keys::LAYERS.name, "4", |settings| settings.count(keys::LAYERS) < 12),
        ]),
    ],
    exercises: &[
        Exercise::new("sign", exercises::error),
        Exercise::new("receives", exercises::receives),
        Exercise::new("met", exercises::kernel),
        Exercise::new("change", exercises::update),
        Exercise::new("zero", exercises::zero),
    ],
};

const SMALL: Need = Need::is(keys::ON.name, "small");

fn is_part(settings: &Settings, part: &str) -> bool {
    settings.choice(keys::PART) == part
}

fn trace(settings: &Settings, world: &World) -> TraceResult {
    let is_live = live::is_live(settings);
    if is_part(settings, "depth") {
        return if is_live { Ok(Box::new(Norms::new(settings, world)?)) } else { Ok(Box::new(Depth::new(settings)?)) };
    }
    let part = if is_live { live::part(settings, world)? } else { Part::small(settings)? };
    let mut remarks = vec![say!(format!("backprop-cnn.about.{}", part.key))];
    if is_live {
        if let "weight" | "input" | "join" = part.key {
            remarks.push(say!(format!("backprop-cnn.live-{}", part.key), n = live::n_summed(settings, world)?));
        }
        remarks.extend(live::remarks(settings, world)?);
    }
    Ok(Box::new(trace::Backward { part, remarks }))
}

fn true_class_is_negative(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_part(&look.settings, "error") && look.moments.len() >= 3)?;
    let gradient = look.values(GRADIENT);
    let class = gradient.iter().position(|value| *value < 0.0)?;
    let sum: f32 = gradient.iter().sum();
    Some(say!("backprop-cnn.found.error", i = class + 1, value = number(gradient[class]), sum = number(sum)))
}

fn gate_is_shut(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_part(&look.settings, "relu"))?;
    let (gradient, upstream) = (look.values(GRADIENT), look.values(UPSTREAM));
    let is_shut = |&&cell: &&usize| gradient.get(cell) == Some(&0.0) && upstream.get(cell).is_some_and(|up| *up != 0.0);
    let cell = *look.moments.iter().find(is_shut)?;
    let at = place(look.scene.grid(GRADIENT)?.place(cell));
    Some(say!("backprop-cnn.found.gate", place = at, up = number(upstream[cell])))
}

fn shared_instead(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::KIND.name])?;
    let kinds = [before, now].map(|look| look.settings.choice(keys::KIND));
    (kinds == ["max", "avg"] && is_part(&now.settings, "pool")).then_some(())?;
    let n = |look: &crate::Look| look.values(GRADIENT).iter().filter(|value| **value != 0.0).count();
    Some(say!("backprop-cnn.found.route", max = n(before), avg = n(now)))
}

fn every_weight(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_part(&look.settings, "kernel") && look.moments.len() >= 3)?;
    let n = look.values(UPSTREAM).len();
    Some(say!("backprop-cnn.found.window", n = n))
}

fn corner_and_middle(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_part(&look.settings, "input"))?;
    let shown = look.scene.grid(GRADIENT)?;
    let [corner, middle] = look.corner_and_middle(GRADIENT, 0)?.map(|cell| place(shown.place(cell)));
    let n = look.values(parts::WEIGHTS).len();
    Some(say!("backprop-cnn.found.corner", corner = corner, middle = middle, n = n))
}

fn deeper(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed_since(&[keys::LAYERS.name])?;
    let [old, new] = [before, now].map(|look| look.settings.count(keys::LAYERS));
    (new > old && is_part(&now.settings, "depth")).then_some(())?;
    let [was, is] = [before, now].map(|look| Depth::new(&look.settings).ok().map(|depth| depth.shares()));
    let ([was, _], [is, past]) = (was?, is?);
    let [was, is, past] = [was, is, past].map(crate::four_digits);
    Some(say!("backprop-cnn.found.deep", old = old, new = new, was = was, is = is, past = past))
}
