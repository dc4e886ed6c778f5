//! Eleven rules down three surfaces, as PyTorch's documentation and the papers write them.

use super::Oracle;
use super::reading::{near, same, table};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::{Settings, Value};

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "optimisers",
    n_rounds: 22,
    vary,
    check,
    outputs: |settings| if settings.choice(keys::SHOW) == "race" { &["race"] } else { &["steps"] },
};

const RULES: [&str; 11] =
    ["momentum", "sgd", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamax", "nadam", "amsgrad", "adamw"];
const N_STEPS: usize = 60;
const LOST: f64 = 1e4;

/// Every rule once by itself, then races.
fn vary(settings: &mut Settings, rng: &mut Rng, round: usize) {
    settings.set("show", Value::Choice(if round < RULES.len() { "one" } else { "race" }));
    settings.set("rule", Value::Choice(RULES[round % RULES.len()]));
    // Far beyond the rates that hold, the last digits of a path are chance.
    settings.set("times", Value::Real([1.0, 0.5, 2.0, 3.0][rng.below(4) as usize]));
}

/// A setting as the engine holds it, in single precision.
fn single(value: f32) -> f64 {
    f64::from(value)
}

/// What a rule remembers of one weight.
#[derive(Default, Clone, Copy)]
struct Memory {
    kept: [f64; 3],
    /// Nadam's product of all momenta so far.
    product: f64,
}

/// A rule with its settings.
#[derive(Clone, Copy)]
struct Rule {
    name: &'static str,
    rate: f64,
    momentum: f64,
    decay: f64,
}

impl Rule {
    /// Takes step `t`, counted from 1: returns the next weight.
    fn step(&self, Memory { kept: [a, b, c], product }: &mut Memory, w: f64, g: f64, t: i32) -> f64 {
        let (b1, b2, eps) = (single(0.9), single(0.999), single(1e-8));
        let Self { name, rate, momentum, decay } = *self;
        let (w, g) = if name == "adamw" { (w - rate * decay * w, g) } else { (w, g + decay * w) };
        let (first, second) = (1.0 - b1.powi(t), 1.0 - b2.powi(t));
        match name {
            "sgd" => return w - rate * g,
            "momentum" | "nesterov" => {
                *a = momentum * *a + g;
                return w - rate * if name == "momentum" { *a } else { g + momentum * *a };
            }
            "adagrad" => {
                *a += g * g;
                return w - rate * g / (a.sqrt() + single(1e-10));
            }
            "rmsprop" => {
                *a = single(0.99) * *a + (1.0 - single(0.99)) * g * g;
                return w - rate * g / (a.sqrt() + eps);
            }
            "adadelta" => {
                let (rho, eps) = (single(0.9), single(1e-3));
                *a = rho * *a + (1.0 - rho) * g * g;
                let step = ((*b + eps) / (*a + eps)).sqrt() * g;
                *b = rho * *b + (1.0 - rho) * step * step;
                return w - rate * step;
            }
            _ => *a = b1 * *a + (1.0 - b1) * g,
        }
        if name == "adamax" {
            *b = (b2 * *b).max(g.abs() + eps);
            return w - rate / first * *a / *b;
        }
        *b = b2 * *b + (1.0 - b2) * g * g;
        *c = c.max(*b);
        match name {
            "nadam" => {
                let mu = |t: i32| b1 * (1.0 - 0.5 * 0.96_f64.powf(0.004 * f64::from(t)));
                *product = if t == 1 { mu(1) } else { *product * mu(t) };
                let ahead = (1.0 - mu(t)) / (1.0 - *product) * g + mu(t + 1) / (1.0 - *product * mu(t + 1)) * *a;
                w - rate * ahead / ((*b / second).sqrt() + eps)
            }
            "amsgrad" => w - rate * (*a / first) / ((*c / second).sqrt() + eps),
            _ => w - rate * (*a / first) / ((*b / second).sqrt() + eps),
        }
    }

    /// How many numbers it remembers.
    fn n_kept(&self) -> usize {
        match self.name {
            "sgd" => 0,
            "momentum" | "nesterov" | "adagrad" | "rmsprop" => 1,
            "amsgrad" => 3,
            _ => 2,
        }
    }
}

fn rule(name: &'static str, settings: &Settings) -> Rule {
    let usual = match name {
        "sgd" => 0.05,
        "momentum" | "nesterov" => 0.02,
        "adagrad" => 0.5,
        "adadelta" => 1.0,
        "rmsprop" => 0.03,
        _ => 0.15,
    };
    let is_chosen = name == settings.choice(keys::RULE);
    // PyTorch's AdamW lets weights decay unless it is told otherwise.
    let usual_decay = if name == "adamw" { 0.01 } else { 0.0 };
    let [times, momentum, decay] = if is_chosen {
        [keys::TIMES, keys::SHARE, keys::PULL].map(|key| settings.real(key))
    } else {
        [1.0, 0.9, usual_decay]
    };
    Rule { name, rate: single(times * usual), momentum: single(momentum), decay: single(decay) }
}

fn surface(shape: &str, [x, y]: [f64; 2]) -> (f64, [f64; 2]) {
    match shape {
        "valley" => {
            let off = y - x * x;
            ((1.0 - x).powi(2) + 10.0 * off * off, [-2.0 * (1.0 - x) - 40.0 * x * off, 20.0 * off])
        }
        "saddle" => (0.5 * (x * x - y * y) + 0.25 * y.powi(4), [x, y.powi(3) - y]),
        _ => (0.5 * (x * x + 15.0 * y * y), [x, 15.0 * y]),
    }
}

/// A place on the way: where, the loss, the gradient, and what is remembered.
struct Stop {
    at: [f64; 2],
    loss: f64,
    gradient: [f64; 2],
    memory: [Memory; 2],
}

/// The whole way, and whether it ended because the loss grew without end.
fn way(rule: Rule, shape: &str) -> (Vec<Stop>, bool) {
    let mut at = match shape {
        "valley" => [-1.2, 1.0],
        "saddle" => [-1.8, 0.02],
        _ => [-2.4, 1.2],
    };
    let (mut memory, mut stops) = ([Memory::default(); 2], vec![]);
    for step in 0..=N_STEPS {
        let (loss, gradient) = surface(shape, at);
        stops.push(Stop { at, loss, gradient, memory });
        if loss.is_nan() || loss.abs() > LOST {
            return (stops, true);
        }
        for i in 0..2 {
            at[i] = rule.step(&mut memory[i], at[i], gradient[i], step as i32 + 1);
        }
    }
    (stops, false)
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let shape = settings.choice(keys::SURFACE);
    // An error of single precision grows on the way.
    let alike = |what: &str, text: &str, wanted: f64| near(what, text, wanted, 1e-4 * wanted.abs() + 2e-5);
    if settings.choice(keys::SHOW) == "race" {
        return check_race(screen, settings, shape);
    }
    let name = RULES.into_iter().find(|name| *name == settings.choice(keys::RULE)).ok_or("no such rule")?;
    let rule = rule(name, settings);
    let (stops, _) = way(rule, shape);
    let weight = usize::from(settings.choice(keys::AXIS) == "second");
    let rows = table(screen, "steps")?;
    let first = stops.len().saturating_sub(8);
    for (row, (step, stop)) in rows.iter().zip(stops.iter().enumerate().skip(first)) {
        let remembered = stop.memory[weight].kept.into_iter().take(rule.n_kept());
        let numbers = [stop.at[weight], stop.gradient[weight]].into_iter().chain(remembered).chain([stop.loss]);
        same("the step", &row[0], step as f64)?;
        for (text, wanted) in row[1..].iter().zip(numbers) {
            alike(&format!("{name}, step {step}"), text, wanted)?;
        }
    }
    if rows.len() == stops.len() - first { Ok(()) } else { Err(format!("{} rows", rows.len())) }
}

fn check_race(screen: &Screen, settings: &Settings, shape: &str) -> Result<(), String> {
    let team: &[&'static str] = match settings.choice(keys::TEAM) {
        "velocity" => &["sgd", "momentum", "nesterov"],
        "sizes" => &["sgd", "adagrad", "adadelta", "rmsprop"],
        "adams" => &["adam", "adamax", "nadam", "amsgrad", "adamw"],
        _ => &["sgd", "momentum", "adagrad", "rmsprop", "adam"],
    };
    let chosen = RULES.into_iter().find(|name| *name == settings.choice(keys::RULE)).ok_or("no such rule")?;
    let names = [chosen].into_iter().chain(team.iter().copied().filter(|name| *name != chosen));
    let rows = table(screen, "race")?;
    for (row, name) in rows.iter().zip(names) {
        let rule = rule(name, settings);
        let (stops, is_lost) = way(rule, shape);
        let loss = stops.last().map_or(f64::NAN, |stop| stop.loss);
        same(&format!("the rate of {name}"), &row[1], rule.rate)?;
        near(&format!("the loss of {name}"), &row[2], loss, 1e-4 * loss.abs() + 2e-5)?;
        let is_told = row[3].contains(&format!("step {}", stops.len() - 1));
        if is_lost != row[3].contains("ran away") || is_lost && !is_told {
            return Err(format!("{name}: {}", row[3]));
        }
    }
    Ok(())
}
