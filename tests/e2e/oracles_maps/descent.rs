//! Paths of gradient descent, taken again from their formulas.

use super::Oracle;
use super::reading::{near, table};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::Settings;

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "descent",
    n_rounds: 16,
    vary: |_, _, _| {},
    check,
    outputs: |settings| match settings.choice(keys::SHOW) {
        "one" => &["steps"],
        _ => &["path"],
    },
};

const N_STEPS: usize = 40;
const LOST: f64 = 1e4;
const DATA: [[f64; 2]; 8] =
    [[-1.5, -1.6], [-1.0, -1.5], [-0.6, 0.3], [-0.2, 0.2], [0.3, 1.9], [0.8, 2.1], [1.2, 3.8], [1.6, 3.7]];

/// The loss and the gradient at a place, of these points of data where there are some.
fn loss(what: &str, [x, y]: [f64; 2], points: &[usize]) -> (f64, [f64; 2]) {
    let fitted = |b: f64| {
        let n = points.len() as f64;
        let misses = points.iter().map(|&i| (x * DATA[i][0] + b - DATA[i][1], DATA[i][0]));
        let (loss, along, bias) = misses.fold((0.0, 0.0, 0.0), |(loss, along, bias), (miss, a)| {
            (loss + miss * miss, along + 2.0 * miss * a, bias + 2.0 * miss)
        });
        (loss / n, [along / n, bias / n])
    };
    match what {
        "line" => (fitted(0.0).0, [fitted(0.0).1[0], 0.0]),
        "data" => fitted(y),
        "bowl" => (0.5 * (x * x + 15.0 * y * y), [x, 15.0 * y]),
        "saddle" => (0.5 * (x * x - y * y) + 0.25 * y.powi(4), [x, y.powi(3) - y]),
        "minima" => (0.25 * x.powi(4) - x * x + 0.3 * x + 0.5 * y * y, [x.powi(3) - 2.0 * x + 0.3, y]),
        _ => {
            let r = x * x + y * y;
            let share = if r.is_finite() { r / (1.0 + r) } else { r };
            (share, [x, y].map(|part| 2.0 * part / (1.0 + r).powi(2)))
        }
    }
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let rate = f64::from(settings.real(keys::RATE));
    let show = settings.choice(keys::SHOW);
    let (what, mut at) = match show {
        "one" => (settings.choice(keys::CURVE), [settings.real(keys::W).into(), 0.0]),
        "two" => (settings.choice(keys::SURFACE), [settings.real(keys::X), settings.real(keys::Y)].map(f64::from)),
        _ => ("data", [-1.0, -1.0]),
    };
    let size = match (show, settings.choice(keys::BATCH)) {
        ("data", "one") => 1,
        ("data", "few") => 2,
        _ => DATA.len(),
    };
    let all: Vec<usize> = (0..DATA.len()).collect();
    let rows = table(screen, if show == "one" { "steps" } else { "path" })?;
    let mut n_rows = 0;
    for step in 0..=N_STEPS {
        // Each epoch has an order of its own, which the start's number decides.
        let mut order = all.clone();
        let per_epoch = DATA.len() / size;
        Rng::stream(settings.count(keys::START_SEED) as u64, (step / per_epoch) as u64).shuffle(&mut order);
        let batch = if size < DATA.len() { &order[step % per_epoch * size..][..size] } else { &all[..] };
        let (value, _) = loss(what, at, &all);
        let (_, gradient) = loss(what, at, batch);
        let row = rows.get(step).ok_or_else(|| format!("step {step} is missing"))?;
        let numbers = if show == "one" { [at[0], value, gradient[0]] } else { [at[0], at[1], value] };
        for (text, wanted) in row[1..].iter().zip(numbers) {
            near(&format!("step {step}"), text, wanted, 1e-6 + 2e-6 * wanted.abs())?;
        }
        n_rows += 1;
        if value.is_nan() || value.abs() >= LOST {
            break;
        }
        at = [0, 1].map(|i| at[i] - rate * gradient[i]);
    }
    if rows.len() == n_rows { Ok(()) } else { Err(format!("{} rows, not {n_rows}", rows.len())) }
}
