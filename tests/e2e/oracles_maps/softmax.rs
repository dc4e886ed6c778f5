//! Exponentials, their shares, and the loss.

use super::Oracle;
use super::reading::{Map, SINGLE, bars, exactly, near, result, same, shown_result, table, typed};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::Matrix;
use receptive_lessons::keys;
use receptive_lessons::settings::{Settings, Value};

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "softmax",
    n_rounds: 12,
    vary,
    check,
    outputs: |settings| {
        if settings.choice(keys::SHOW) == "temperature" {
            &["scores", "probabilities", "shares", "equation", "fed", "softmax"]
        } else {
            &["scores", "terms", "probabilities", "shares", "equation", "fed", "softmax", "loss"]
        }
    },
};

fn vary(settings: &mut Settings, rng: &mut Rng, round: usize) {
    let n = 2 + rng.below(9) as usize;
    let mut logits: Matrix = typed(rng, 1, n, 5.0);
    // Now and then too large for a naive exponential.
    if round % 4 == 3 {
        logits.values[0] += 100.0;
        settings.set("form", Value::Choice("naive"));
    }
    settings.set("logits", Value::Numbers(logits));
    settings.set("target", Value::Count(rng.below(n as u32) as usize));
}

/// Returns a number in single precision.
fn single(value: f64) -> f64 {
    f64::from(value as f32)
}

fn total(exponentials: &[f64]) -> f64 {
    single(exponentials.iter().sum())
}

/// An exponential loses as large a part of itself as its exponent loses digits.
fn lost(z: &[f64]) -> f64 {
    SINGLE * z.iter().fold(1.0, |most: f64, z| most.max(z.abs()))
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let [scale, shift, t] = [keys::SCALE, keys::ADDED, keys::T].map(|key| f64::from(settings.real(key)));
    let is_along = settings.choice(keys::SHOW) == "temperature";
    let is_stable = is_along || settings.choice(keys::FORM) == "stable";
    let logits = Map::read(screen, "logits")?;
    let z: Vec<_> = logits.values.iter().map(|logit| (scale * logit + shift) / t).collect();
    Map::new(z.len(), z.clone()).is_shown(screen, "scores")?;

    let most = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exponents: Vec<_> = z.iter().map(|z| if is_stable { z - most } else { *z }).collect();
    let exponentials: Vec<_> = exponents.iter().map(|exponent| single(exponent.exp())).collect();
    let total = total(&exponentials);
    let p: Vec<_> = exponentials.iter().map(|taken| single(taken / total)).collect();

    let lost = lost(&z);
    let share = |what: &str, shown: &str, wanted: f64| near(what, shown, wanted, lost * wanted.abs());

    if !is_along {
        check_table(screen, &z, &exponents, &exponentials, is_stable)?;
    }
    let grid = screen.grids.get("probabilities").ok_or("there are no probabilities")?;
    for (i, [name, percent]) in bars(screen, "shares")?.iter().enumerate() {
        share(name, &grid.texts[i], p[i])?;
        in_percent(name, percent, p[i], lost)?;
    }
    // Along the temperature it is the largest that is worked out, else the last one.
    let largest = (0..z.len()).rev().max_by(|&a, &b| logits.values[a].total_cmp(&logits.values[b])).unwrap_or(0);
    let explained = if is_along { largest } else { z.len() - 1 };
    share("the equation", &screen.result, p[explained])?;
    result(screen, "fed", z[explained])?;
    share("the share", &shown_result(screen, "softmax")?, p[explained])?;
    if is_along {
        return Ok(());
    }
    // However the exponentials are shown, the loss is taken in the form that cannot overflow.
    let sum: f64 = z.iter().map(|z| (z - most).exp()).sum();
    result(screen, "loss", sum.ln() + most - z[settings.count(keys::TARGET)])
}

/// The exponentials and their shares, class by class, and their sum below.
fn check_table(
    screen: &Screen,
    z: &[f64],
    exponents: &[f64],
    exponentials: &[f64],
    is_stable: bool,
) -> Result<(), String> {
    let (total, lost) = (total(exponentials), lost(z));
    let rows = table(screen, "terms")?;
    if rows.len() != z.len() + 1 {
        return Err(format!("{} rows for {} classes", rows.len(), z.len()));
    }
    for (i, row) in rows[..z.len()].iter().enumerate() {
        same(&row[0], &row[1], z[i])?;
        if is_stable {
            near(&row[0], &row[2], exponents[i], lost)?;
        }
        let own = if is_stable { lost } else { SINGLE * z[i].abs().max(1.0) };
        near(&row[0], &row[row.len() - 2], exponentials[i], own * exponentials[i])?;
        let p = single(exponentials[i] / total);
        near(&row[0], &row[row.len() - 1], p, lost * p.abs())?;
    }
    let sum = &rows[z.len()];
    near("the sum", &sum[sum.len() - 2], total, lost * total)
}

/// A probability in per cent, with one decimal.
fn in_percent(name: &str, shown: &str, p: f64, lost: f64) -> Result<(), String> {
    if p.is_nan() {
        return exactly(name, shown, "NaN");
    }
    if p > 0.0 && p < 5e-4 {
        return exactly(name, shown, "< 0.1 %");
    }
    let digits = shown.strip_suffix(" %").ok_or_else(|| format!("{name} is not in per cent: {shown}"))?;
    // One decimal: half of it is a twentieth.
    near(name, digits, 100.0 * p, 0.05 + 100.0 * lost * p)
}
