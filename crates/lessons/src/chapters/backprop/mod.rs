//! Backpropagation, small: a network of six units, its loss, and the gradient of every weight.

mod exercises;
mod net;
mod trace;
mod tries;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::settings::{Param, Settings};
use crate::world::World;
use crate::{Chapter, Needs, Outline, Step, TraceResult, Watch, decimals, keys, number, say};
use net::{NETWORK, Net};
use tries::Tries;

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "backprop",
    params: &[
        Param::choice(keys::FUNCTION, &["linear", "sigmoid", "relu"]),
        Param::count(keys::TARGET, 1, 2, 1),
        Param::count(keys::EDGE, 1, 8, 5),
        Param::choice(keys::NUDGE, &["1e-4", "1e-2", "1e-1", "1"]),
        Param::real(keys::RATE, 0.1, 5.0, 0.1, 0.5),
    ],
    needs: |_| Needs::default(),
    next: &[
        ("sigmoid", "backprop?f=sigmoid"),
        ("other", "backprop?target=2"),
        ("large", "backprop?step=1"),
        ("cnn", "backprop-cnn"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("forward", some_of_the_way),
        Step::new("path", weight_of_two_paths),
        Step::new("try", larger_step).sets(&[keys::NUDGE.name]).needs(&[Need::is(keys::NUDGE.name, "1e-4")]),
        Step::new("weight", other_weight).sets(&[keys::EDGE.name]),
        Step::new("function", slope_of_the_function).sets(&[keys::FUNCTION.name]).needs(&[
            Need::is(keys::FUNCTION.name, "linear"),
            Need::unless(keys::EDGE.name, "1", |settings| settings.count(keys::EDGE) <= 4),
        ]),
        Step::new("rate", other_rate).sets(&[keys::RATE.name]).needs(&[Need::is(keys::RATE.name, "0.5")]),
    ],
    exercises: &[
        Exercise::new("edge", exercises::edge),
        Exercise::new("unit", exercises::unit),
        Exercise::new("foretell", exercises::foretell),
        Exercise::new("way", exercises::way),
    ],
};

fn trace(settings: &Settings, _: &World) -> TraceResult {
    let net = Net::new(settings)?;
    let tries = Tries::new(settings, &net)?;
    Ok(Box::new(trace::Backprop { net, tries }))
}

/// The network and the tries of these settings.
fn made(settings: &Settings) -> Option<(Net, Tries)> {
    let net = Net::new(settings).ok()?;
    let tries = Tries::new(settings, &net).ok()?;
    Some((net, tries))
}

fn some_of_the_way(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| look.moments.len() >= 4)?;
    let net = Net::new(&look.settings).ok()?;
    Some(say!("backprop.found.forward", loss = number(net.value("L", false)?)))
}

fn weight_of_two_paths(watch: &Watch) -> Option<String> {
    let look = watch.now()?;
    let net = Net::new(&look.settings).ok()?;
    let cells = look.spots.iter().filter(|spot| spot.grid == NETWORK).filter_map(|spot| net.numbers.get(spot.cell));
    let first = |name: &str| ["w1", "w2", "w3", "w4"].contains(&name);
    let number = cells.into_iter().find(|number| first(&number.name))?;
    Some(say!("backprop.found.path", name = number.name))
}

fn larger_step(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::NUDGE.name])?;
    let by = |settings: &Settings| settings.choice(keys::NUDGE).parse().unwrap_or(0.0_f64);
    (by(&now.settings) > by(&before.settings)).then_some(())?;
    let [change, foretold] = made(&now.settings)?.1.changes(2).map(|value| decimals(value, 5));
    let step = say!(format!("backprop.option.step.{}", now.settings.choice(keys::NUDGE)));
    Some(say!("backprop.found.try", step = step, change = change, foretold = foretold))
}

fn other_weight(watch: &Watch) -> Option<String> {
    let [_, now] = watch.changed(&[keys::EDGE.name])?;
    let tries = made(&now.settings)?.1;
    let (name, gradient) = (format!("w{}", tries.weight), number(tries.gradient));
    let way = say!(if tries.gradient > 0.0 { "backprop.smaller" } else { "backprop.larger" });
    Some(say!("backprop.found.weight", name = name, gradient = gradient, way = way))
}

fn slope_of_the_function(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed(&[keys::FUNCTION.name])?;
    (now.settings.choice(keys::FUNCTION) == "sigmoid" && now.settings.count(keys::EDGE) <= 4).then_some(())?;
    let [was, is] = [before, now].map(|look| made(&look.settings).map(|(_, tries)| number(tries.gradient)));
    let name = format!("w{}", now.settings.count(keys::EDGE));
    Some(say!("backprop.found.function", name = name, was = was?, is = is?))
}

fn other_rate(watch: &Watch) -> Option<String> {
    let [before, now] = watch.changed_since(&[keys::RATE.name])?;
    let [was, is] = [before, now].map(|look| made(&look.settings).map(|(_, tries)| tries.losses()[4]));
    let [old, new] = [before, now].map(|look| number(look.settings.real(keys::RATE)));
    let [was, is] = [was?, is?].map(|loss| decimals(loss, 4));
    Some(say!("backprop.found.rate", old = old, new = new, was = was, is = is))
}
