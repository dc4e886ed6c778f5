//! Functions value by value, their slopes, and layers that collapse into one.

use super::Oracle;
use super::reading::{Map, count, equation, result, same, table, typed};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::{Settings, Value};

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "activation",
    n_rounds: 15,
    vary,
    check,
    outputs: |_| {
        &[
            "output",
            "hidden",
            "cut",
            "twice",
            "product",
            "once",
            "functions",
            "equation",
            "value",
            "slope",
            "two",
            "one",
        ]
    },
};

/// The functions in the order of the table.
const FUNCTIONS: [&str; 7] = ["relu", "sigmoid", "tanh", "leaky", "elu", "maxout", "rbf"];

fn vary(settings: &mut Settings, rng: &mut Rng, round: usize) {
    settings.set("show", Value::Choice(["grid", "curve", "collapse"][round % 3]));
    settings.set("picture", Value::Choice("own"));
    settings.set("f", Value::Choice(FUNCTIONS[round / 2 % 7]));
    let [n, hidden, out] = [2, 1, 1].map(|least| least + rng.below(3) as usize);
    let sizes = [("input", 3, 4), ("lines", 2, 2), ("vector", n, 1), ("first", hidden, n), ("second", out, hidden)];
    for (key, rows, columns) in sizes {
        settings.set(key, Value::Numbers(typed(rng, rows, columns, 4.0)));
    }
}

/// A function with its constants.
struct Function {
    name: &'static str,
    leak: f64,
    centre: f64,
    epsilon: f64,
    /// Slope and offset of the two lines of a maxout.
    lines: [[f64; 2]; 2],
}

impl Function {
    fn new(name: &'static str, settings: &Settings) -> Self {
        let real = |key| f64::from(settings.real(key));
        let lines = settings.numbers(keys::LINES).map_or(vec![-0.5, 0.5, 1.0, -1.0], |lines| lines.values.clone());
        let line = |i: usize| [f64::from(lines[2 * i]), f64::from(lines[2 * i + 1])];
        Self {
            name,
            leak: real(keys::SLOPE),
            centre: real(keys::CENTRE),
            epsilon: real(keys::EPSILON),
            lines: [line(0), line(1)],
        }
    }

    fn value(&self, x: f64) -> f64 {
        match self.name {
            "sigmoid" => 1.0 / (1.0 + (-x).exp()),
            "tanh" => (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()),
            "leaky" if x < 0.0 => self.leak * x,
            "elu" if x < 0.0 => x.exp() - 1.0,
            "leaky" | "elu" => x,
            "maxout" => self.lines.iter().map(|[w, b]| w * x + b).fold(f64::NEG_INFINITY, f64::max),
            "rbf" => (-(self.epsilon * (x - self.centre)).powi(2)).exp(),
            _ => x.max(0.0),
        }
    }

    /// The slope; at a kink that of the left side.
    fn slope(&self, x: f64) -> f64 {
        match self.name {
            "sigmoid" => self.value(x) * self.value(-x),
            "tanh" => x.cosh().powi(-2),
            "leaky" if x <= 0.0 => self.leak,
            "elu" if x <= 0.0 => x.exp(),
            "leaky" | "elu" => 1.0,
            "maxout" => {
                // Just left of x the upper line is the same, save at a kink.
                let left = self.lines.map(|[w, b]| w * (x - 1e-4) + b);
                self.lines[usize::from(left[1] > left[0])][0]
            }
            "rbf" => -2.0 * self.epsilon.powi(2) * (x - self.centre) * self.value(x),
            _ => f64::from(x > 0.0),
        }
    }
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let function = Function::new(settings.choice(keys::FUNCTION), settings);
    match settings.choice(keys::SHOW) {
        "curve" => {
            let x = f64::from(settings.real(keys::X));
            for (name, row) in FUNCTIONS.iter().zip(table(screen, "functions")?) {
                let function = Function::new(name, settings);
                same(name, &row[1], function.value(x))?;
                slope(name, &row[2], function.slope(x))?;
            }
            at(screen, &function, x)
        }
        "collapse" => collapse(screen, settings),
        _ => {
            let input = Map::read(screen, "input")?;
            let values = input.values.iter().map(|&x| function.value(x)).collect();
            Map::new(input.columns, values).is_shown(screen, "output")?;
            at(screen, &function, input.last())
        }
    }
}

/// Equation and formulas of a place.
fn at(screen: &Screen, function: &Function, x: f64) -> Result<(), String> {
    equation(screen, function.value(x))?;
    result(screen, "value", function.value(x))?;
    result(screen, "slope", function.slope(x))
}

/// A slope in the table: digits too far behind the point for the page are words.
fn slope(name: &str, shown: &str, wanted: f64) -> Result<(), String> {
    match shown {
        "nearly 0" if wanted != 0.0 && wanted.abs() < 1e-7 => Ok(()),
        _ => same(&format!("the slope of {name}"), shown, wanted),
    }
}

/// `a · b`.
fn times(a: &Map, b: &Map) -> Map {
    let cell = |i: usize, j: usize| (0..a.columns).map(|k| a.at(i, k) * b.at(k, j)).sum();
    let values = (0..a.rows()).flat_map(|i| (0..b.columns).map(move |j| (i, j))).map(|(i, j)| cell(i, j)).collect();
    Map::new(b.columns, values)
}

fn collapse(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let read = |name| Map::read(screen, name);
    let (x, first, second) = (read("vector")?, read("first")?, read("second")?);
    let mut hidden = times(&first, &x);
    hidden.is_shown(screen, "hidden")?;
    if settings.choice(keys::BETWEEN) == "relu" {
        hidden.values.iter_mut().for_each(|h| *h = h.max(0.0));
        hidden.is_shown(screen, "cut")?;
    }
    times(&second, &hidden).is_shown(screen, "twice")?;
    let product = times(&second, &first);
    product.is_shown(screen, "product")?;
    let once = times(&product, &x);
    once.is_shown(screen, "once")?;
    equation(screen, once.last())?;
    count(screen, "two", first.values.len() + second.values.len())?;
    count(screen, "one", product.values.len())
}
