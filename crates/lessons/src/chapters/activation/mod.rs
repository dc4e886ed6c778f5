//! Activation: what is done to each value alone, and why a network is nothing without it.

mod collapse;
mod curve;
mod exercises;
mod function;
mod map;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::keys;
use crate::scene::Grid;
use crate::settings::{Param, Settings};
use crate::world::{Unavailable, World};
use crate::{Chapter, Needs, Outline, Step, Trace, Watch, factor, number, say};
use function::{FUNCTIONS, Function};
use receptive_core::ops::Activation;

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "activation",
    params: &[
        Param::choice(keys::SHOW, &["grid", "curve", "collapse"]),
        Param::choice(keys::ON, &["small", "digit"]).when(|settings| settings.choice(keys::SHOW) == "grid"),
        Param::choice(keys::PICTURE, &["example", "plus", "letter-x", "own"])
            .more()
            .when(|settings| settings.choice(keys::SHOW) == "grid" && settings.choice(keys::ON) == "small"),
        Param::count(keys::CHANNEL, 1, 64, 1).when(is_live),
        Param::choice(keys::FUNCTION, FUNCTIONS).when(|settings| settings.choice(keys::SHOW) != "collapse"),
        Param::real(keys::X, -6.0, 6.0, 0.1, -2.0).when(|settings| settings.choice(keys::SHOW) == "curve"),
        Param::real(keys::SLOPE, 0.0, 0.5, 0.01, 0.1).when(|settings| is_function(settings, "leaky")),
        Param::real(keys::CENTRE, -3.0, 3.0, 0.5, 0.0).when(|settings| is_function(settings, "rbf")),
        Param::real(keys::EPSILON, 0.25, 3.0, 0.25, 1.0).when(|settings| is_function(settings, "rbf")),
        Param::choice(keys::BETWEEN, &["none", "relu"]).when(|settings| settings.choice(keys::SHOW) == "collapse"),
        Param::numbers(keys::INPUT),
        Param::numbers(keys::LINES),
        Param::numbers(keys::VECTOR),
        Param::numbers(keys::FIRST),
        Param::numbers(keys::SECOND),
    ],
    needs: |settings| Needs { network: is_live(settings).then_some(map::TENSORS), ..Needs::default() },
    next: &[
        ("curve", "activation?show=curve&f=sigmoid"),
        ("collapse", "activation?show=collapse"),
        ("live", "activation?on=digit"),
        ("conv", "convolution?kernel=vertical"),
        ("pool", "pooling?picture=letter-x"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("cut", negative_cut).needs(&[GRID, RELU, Need::own(keys::INPUT.name, has_both_signs)]),
        Step::new("live", map_cut).sets(&[keys::ON.name]).needs(&[GRID, RELU, Need::is(keys::ON.name, "small")]),
        Step::new("flat", slope_gone)
            .sets(&[keys::FUNCTION.name, keys::X.name])
            .needs(&[CURVE, Need::unless(keys::X.name, "-2", |settings| settings.real(keys::X).abs() < 4.0)]),
        Step::new("alive", slope_left).sets(&[keys::FUNCTION.name, keys::X.name]).needs(&[
            CURVE,
            Need::unless(keys::FUNCTION.name, "relu", |settings| {
                !["leaky", "elu"].contains(&settings.choice(keys::FUNCTION))
            }),
            Need::unless(keys::SLOPE.name, "0.1", |settings| settings.real(keys::SLOPE) > 0.0),
        ]),
        Step::new("collapse", still_one_layer)
            .needs(&[Need::is(keys::SHOW.name, "collapse"), Need::is(keys::BETWEEN.name, "none")]),
        Step::new("between", two_layers_at_last).sets(&[keys::BETWEEN.name]).needs(&[
            Need::is(keys::SHOW.name, "collapse"),
            Need::is(keys::BETWEEN.name, "none"),
            Need::own(keys::VECTOR.name, relu_matters),
            Need::own(keys::FIRST.name, relu_matters),
            Need::own(keys::SECOND.name, relu_matters),
        ]),
    ],
    exercises: &[
        Exercise::new("changed", exercises::changed_cells),
        Exercise::new("below-zero", exercises::leaky_value),
        Exercise::more("slope", exercises::sigmoid_slope),
        Exercise::new("product", exercises::one_layer_for_two),
    ],
};

const GRID: Need = Need::is(keys::SHOW.name, "grid");
const RELU: Need = Need::is(keys::FUNCTION.name, "relu");
const CURVE: Need = Need::is(keys::SHOW.name, "curve");

/// True if a typed map has a negative and a positive cell, as all others have.
fn has_both_signs(settings: &Settings) -> bool {
    let typed = settings
        .numbers(keys::INPUT)
        .filter(|_| settings.choice(keys::PICTURE) == "own" && settings.choice(keys::ON) == "small");
    typed.is_none_or(|typed| typed.values.iter().any(|x| *x < 0.0) && typed.values.iter().any(|x| *x > 0.0))
}

/// True if a ReLU between the layers makes a difference.
fn relu_matters(settings: &Settings) -> bool {
    let settings = settings.clone().with("show", "collapse").with("between", "relu");
    collapse::Collapse::new(&settings).is_ok_and(|collapse| {
        let scene = collapse.scene(collapse.n_moments());
        let value = |grid: &str| scene.grid(grid).map(|grid| vector(&grid.values()));
        value(collapse::TWICE) != value(collapse::ONCE)
    })
}

fn is_live(settings: &Settings) -> bool {
    settings.choice(keys::SHOW) == "grid" && settings.choice(keys::ON) == "digit"
}

fn is_function(settings: &Settings, key: &str) -> bool {
    settings.choice(keys::SHOW) != "collapse" && settings.choice(keys::FUNCTION) == key
}

fn trace(settings: &Settings, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    match settings.choice(keys::SHOW) {
        "curve" => Ok(Box::new(curve::CurveTrace::new(settings)?)),
        "collapse" => Ok(Box::new(collapse::Collapse::new(settings)?)),
        _ => Ok(Box::new(map::MapTrace::new(settings, world)?)),
    }
}

fn negative_cut(watch: &Watch) -> Option<String> {
    let look = watch
        .now()
        .filter(|look| look.settings.choice(keys::SHOW) == "grid" && look.settings.choice(keys::FUNCTION) == "relu")?;
    let (input, output) = (look.scene.grid(map::INPUT)?, look.scene.grid(map::OUTPUT)?);
    let pointed = |is_wanted: fn(f32) -> bool| {
        let cell = |(cell, x): (usize, f32)| (is_wanted(x) && look.pointed(map::INPUT, cell)).then_some(cell);
        input.values().into_iter().enumerate().find_map(cell)
    };
    let (below, above) = (pointed(|x| x < 0.0)?, pointed(|x| x > 0.0)?);
    let value = |grid: &Grid, cell: usize| number(grid.cells[cell].value);
    Some(say!(
        "activation.found.cut",
        below = value(input, below),
        cut = value(output, below),
        above = value(input, above),
        kept = value(output, above)
    ))
}

fn map_cut(watch: &Watch) -> Option<String> {
    let look = watch.now().filter(|look| is_live(&look.settings) && look.settings.choice(keys::FUNCTION) == "relu")?;
    let (before, after) = (look.values(map::INPUT), look.values(map::OUTPUT));
    let n_below = before.iter().filter(|x| **x < 0.0).count();
    let n_zero = after.iter().filter(|y| **y == 0.0).count();
    Some(say!("activation.found.live", n = n_below, n_cells = before.len(), n_zero = n_zero))
}

/// The function and the place on a curve that is on the stage.
fn on_curve(watch: &Watch) -> Option<(Function, f32)> {
    let settings = &watch.now().filter(|look| look.settings.choice(keys::SHOW) == "curve")?.settings;
    Some((Function::chosen(settings).ok()?, settings.real(keys::X)))
}

fn slope_gone(watch: &Watch) -> Option<String> {
    let (function, x) = on_curve(watch)?;
    if !matches!(function.key, "sigmoid" | "tanh") || x.abs() < 4.0 {
        return None;
    }
    let (middle, far) = (function.activation.derivative(0.0), function.activation.derivative(x));
    let [x, middle, ratio] = [number(x), number(middle), number((middle / far).round())];
    Some(say!("activation.found.flat", x = x, middle = middle, far = function::spoken(far), ratio = ratio))
}

fn slope_left(watch: &Watch) -> Option<String> {
    let (function, x) = on_curve(watch)?;
    let slope = function.activation.derivative(x);
    if !matches!(function.key, "leaky" | "elu") || x >= 0.0 || slope == 0.0 {
        return None;
    }
    let rectified = number(Activation::Relu.derivative(x));
    Some(say!("activation.found.alive", x = number(x), slope = function::spoken(slope), rectified = rectified))
}

/// Returns the output of two layers and of one layer for the same vector, when both are on the stage.
fn two_ways(watch: &Watch, between: &str) -> Option<[Vec<f32>; 2]> {
    let look = watch.now().filter(|look| look.settings.choice(keys::SHOW) == "collapse")?;
    (look.settings.choice(keys::BETWEEN) == between).then_some(())?;
    Some([look.values(collapse::TWICE), look.values(collapse::ONCE)])
}

fn still_one_layer(watch: &Watch) -> Option<String> {
    let [twice, once] = two_ways(watch, "none")?;
    let [before, now] = watch.changed(&[keys::VECTOR.name, keys::FIRST.name, keys::SECOND.name])?;
    let is_typed = ["vector", "first", "second"].iter().any(|key| before.values(key) != now.values(key));
    is_typed.then(|| say!("activation.found.collapse", twice = vector(&twice), once = vector(&once)))
}

fn two_layers_at_last(watch: &Watch) -> Option<String> {
    // As they are read: sums in another order may differ in their last digit.
    let [twice, once] = two_ways(watch, "relu")?.map(|values| vector(&values));
    (twice != once).then(|| say!("activation.found.between", twice = twice, once = once))
}

/// A vector in words: "(5, 19)".
fn vector(values: &[f32]) -> String {
    format!("({})", values.iter().copied().map(number).collect::<Vec<_>>().join(", "))
}

/// A product as it stands at this place of a sum.
fn product(i: usize, w: f32, x: f32) -> String {
    format!("{}·{}", if i == 0 { number(w) } else { factor(w) }, factor(x))
}

/// A sum of products as a person writes it: "−2·3 + (−1)·(−4)".
fn products(pairs: &[[f32; 2]]) -> String {
    let terms: Vec<_> = pairs.iter().enumerate().map(|(i, [w, x])| product(i, *w, *x)).collect();
    terms.join(" + ")
}
