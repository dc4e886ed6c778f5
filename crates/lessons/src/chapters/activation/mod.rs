//! Activation: what is done to each value alone, and why a network is nothing without it.

mod collapse;
mod curve;
mod exercises;
mod function;
mod map;

use crate::exercise::Exercise;
use crate::guide::Need;
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
        Param::choice("show", &["grid", "curve", "collapse"]),
        Param::choice("on", &["small", "digit"]).when(|settings| settings.choice("show") == "grid"),
        Param::choice("picture", &["example", "plus", "letter-x", "own"])
            .more()
            .when(|settings| settings.choice("show") == "grid" && settings.choice("on") == "small"),
        Param::count("channel", 1, 64, 1).when(is_live),
        Param::choice("f", FUNCTIONS).when(|settings| settings.choice("show") != "collapse"),
        Param::real("x", -6.0, 6.0, 0.1, -2.0).when(|settings| settings.choice("show") == "curve"),
        Param::real("slope", 0.0, 0.5, 0.01, 0.1).when(|settings| is_function(settings, "leaky")),
        Param::real("centre", -3.0, 3.0, 0.5, 0.0).when(|settings| is_function(settings, "rbf")),
        Param::real("epsilon", 0.25, 3.0, 0.25, 1.0).when(|settings| is_function(settings, "rbf")),
        Param::choice("between", &["none", "relu"]).when(|settings| settings.choice("show") == "collapse"),
        Param::numbers("input"),
        Param::numbers("lines"),
        Param::numbers("vector"),
        Param::numbers("first"),
        Param::numbers("second"),
    ],
    needs: |settings| Needs { network: is_live(settings), ..Needs::default() },
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
        Step::new("cut", negative_cut).needs(&[GRID, RELU, Need::own("input", has_both_signs)]),
        Step::new("live", map_cut).sets(&["on"]).needs(&[GRID, RELU, Need::is("on", "small")]),
        Step::new("flat", slope_gone)
            .sets(&["f", "x"])
            .needs(&[CURVE, Need::unless("x", "-2", |settings| settings.real("x").abs() < 4.0)]),
        Step::new("alive", slope_left).sets(&["f", "x"]).needs(&[
            CURVE,
            Need::unless("f", "relu", |settings| !["leaky", "elu"].contains(&settings.choice("f"))),
            Need::unless("slope", "0.1", |settings| settings.real("slope") > 0.0),
        ]),
        Step::new("collapse", still_one_layer).needs(&[Need::is("show", "collapse"), Need::is("between", "none")]),
        Step::new("between", two_layers_at_last).sets(&["between"]).needs(&[
            Need::is("show", "collapse"),
            Need::is("between", "none"),
            Need::own("vector", relu_matters),
            Need::own("first", relu_matters),
            Need::own("second", relu_matters),
        ]),
    ],
    exercises: &[
        Exercise::new("changed", exercises::changed_cells),
        Exercise::new("below-zero", exercises::leaky_value),
        Exercise::more("slope", exercises::sigmoid_slope),
        Exercise::new("product", exercises::one_layer_for_two),
    ],
};

const GRID: Need = Need::is("show", "grid");
const RELU: Need = Need::is("f", "relu");
const CURVE: Need = Need::is("show", "curve");

/// True if a typed map has a negative and a positive cell, as all others have.
fn has_both_signs(settings: &Settings) -> bool {
    let typed =
        settings.numbers("input").filter(|_| settings.choice("picture") == "own" && settings.choice("on") == "small");
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
    settings.choice("show") == "grid" && settings.choice("on") == "digit"
}

fn is_function(settings: &Settings, key: &str) -> bool {
    settings.choice("show") != "collapse" && settings.choice("f") == key
}

fn trace(settings: &Settings, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    match settings.choice("show") {
        "curve" => Ok(Box::new(curve::CurveTrace::new(settings)?)),
        "collapse" => Ok(Box::new(collapse::Collapse::new(settings)?)),
        _ => Ok(Box::new(map::MapTrace::new(settings, world)?)),
    }
}

fn negative_cut(watch: &Watch) -> Option<String> {
    let look =
        watch.now().filter(|look| look.settings.choice("show") == "grid" && look.settings.choice("f") == "relu")?;
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
    let look = watch.now().filter(|look| is_live(&look.settings) && look.settings.choice("f") == "relu")?;
    let (before, after) = (look.values(map::INPUT), look.values(map::OUTPUT));
    let n_below = before.iter().filter(|x| **x < 0.0).count();
    let n_zero = after.iter().filter(|y| **y == 0.0).count();
    Some(say!("activation.found.live", n = n_below, n_cells = before.len(), n_zero = n_zero))
}

/// The function and the place on a curve that is on the stage.
fn on_curve(watch: &Watch) -> Option<(Function, f32)> {
    let settings = &watch.now().filter(|look| look.settings.choice("show") == "curve")?.settings;
    Some((Function::chosen(settings).ok()?, settings.real("x")))
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
    let look = watch.now().filter(|look| look.settings.choice("show") == "collapse")?;
    (look.settings.choice("between") == between).then_some(())?;
    Some([look.values(collapse::TWICE), look.values(collapse::ONCE)])
}

fn still_one_layer(watch: &Watch) -> Option<String> {
    let [twice, once] = two_ways(watch, "none")?;
    let [before, now] = watch.changed(&["vector", "first", "second"])?;
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
