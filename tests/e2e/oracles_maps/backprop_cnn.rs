//! Gradients of each kind of layer, from what the screen shows of it.

use super::Oracle;
use super::reading::{Map, near, typed};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::{Settings, Value};

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "backprop-cnn",
    n_rounds: 16,
    vary,
    check,
    outputs: |settings| match settings.choice(keys::PART) {
        "join" => &["gradient", "through", "past", "equation"],
        _ => &["gradient", "equation"],
    },
};

const PARTS: [&str; 8] = ["error", "weight", "relu", "pool", "kernel", "input", "bias", "join"];

fn vary(settings: &mut Settings, rng: &mut Rng, round: usize) {
    let part = PARTS[round % PARTS.len()];
    settings.set("part", Value::Choice(part));
    let n_back = if settings.choice(keys::JOIN) == "add" { 2 } else { 4 };
    let sizes = match part {
        "error" => [Some([1, 3]), None, None],
        "weight" => [Some([1, 3]), Some([2, 3]), Some([1, 2])],
        "relu" => [Some([3, 3]), None, Some([3, 3])],
        "pool" => [Some([4, 4]), None, Some([2, 2])],
        "join" => [Some([2, 2]), Some([1, 1]), Some([n_back, 2])],
        _ => [Some([4, 4]), Some([2, 2]), Some([3, 3])],
    };
    for (key, size) in ["input", "weights", "upstream"].into_iter().zip(sizes) {
        if let Some([rows, columns]) = size {
            settings.set(key, Value::Numbers(typed(rng, rows, columns, 4.0)));
        }
    }
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let read = |name: &str| Map::read(screen, name);
    let wanted = match settings.choice(keys::PART) {
        "error" => {
            let z = read("scores")?;
            let total: f64 = z.values.iter().map(|z| z.exp()).sum();
            let class = settings.count(keys::TARGET).min(z.columns - 1);
            let gradient = |(i, z): (usize, &f64)| z.exp() / total - f64::from(u8::from(i == class));
            Map::new(z.columns, z.values.iter().enumerate().map(gradient).collect())
        }
        "weight" => {
            let (x, up) = (read("input")?, read("upstream")?);
            let products = up.values.iter().flat_map(|up| x.values.iter().map(move |x| up * x));
            Map::new(x.columns, products.collect())
        }
        "relu" => {
            let (x, up) = (read("input")?, read("upstream")?);
            let through = x.values.iter().zip(&up.values).map(|(x, up)| if *x > 0.0 { *up } else { 0.0 });
            Map::new(x.columns, through.collect())
        }
        "pool" => pooled(&read("input")?, &read("upstream")?, settings.choice(keys::KIND)),
        "kernel" => {
            let (x, up) = (read("input")?, read("upstream")?);
            let met = |r: usize, s: usize| (0..9).map(|i| up.at(i / 3, i % 3) * x.at(i / 3 + r, i % 3 + s)).sum();
            Map::new(2, (0..4).map(|i| met(i / 2, i % 2)).collect())
        }
        "input" => {
            let (w, up) = (read("weights")?, read("upstream")?);
            let mut back = Map::new(4, vec![0.0; 16]);
            for (p, q, r, s) in (0..36).map(|i| (i / 12, i / 4 % 3, i / 2 % 2, i % 2)) {
                back.values[(p + r) * 4 + q + s] += up.at(p, q) * w.at(r, s);
            }
            back
        }
        "bias" => Map::new(1, vec![read("upstream")?.values.iter().sum()]),
        "join" => return check_ways(screen, settings),
        _ => return Ok(()),
    };
    wanted.is_shown(screen, "gradient")?;
    near("the equation", &screen.result, wanted.last(), 1e-6)
}

/// Pooling of windows of two by two: the first of the largest gets all, or each the same.
fn pooled(x: &Map, up: &Map, kind: &str) -> Map {
    let mut back = Map::new(4, vec![0.0; 16]);
    for (window, up) in up.values.iter().enumerate() {
        let cells = [0, 1, 4, 5].map(|at| window / 2 * 8 + window % 2 * 2 + at);
        let best = cells[1..].iter().fold(cells[0], |best, &at| if x.values[at] > x.values[best] { at } else { best });
        for at in cells {
            back.values[at] = match kind {
                "avg" => up / 4.0,
                _ if at == best => *up,
                _ => 0.0,
            };
        }
    }
    back
}

fn check_ways(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let [w, up] = ["weights", "upstream"].map(|name| Map::read(screen, name));
    let (w, up) = (w?.at(0, 0), up?);
    let is_sum = settings.choice(keys::JOIN) == "add";
    let past = if is_sum { up.values.clone() } else { up.values[4..].to_vec() };
    let through: Vec<_> = up.values[..4].iter().map(|up| up * w).collect();
    let all = Map::new(2, through.iter().zip(&past).map(|(one, other)| one + other).collect());
    Map::new(2, through).is_shown(screen, "through")?;
    Map::new(2, past).is_shown(screen, "past")?;
    all.is_shown(screen, "gradient")?;
    near("the equation", &screen.result, all.last(), 1e-6)
}
