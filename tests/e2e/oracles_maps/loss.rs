//! Losses, class by class, image by image, and over the probability of the true class.

use super::Oracle;
use super::reading::{Map, bars, near, same, shown_result, table};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::Matrix;
use receptive_lessons::keys;
use receptive_lessons::settings::{Settings, Value};

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "loss",
    n_rounds: 16,
    vary,
    check,
    outputs: |settings| match (settings.choice(keys::SHOW), settings.choice(keys::CRITERION)) {
        ("curves", _) => &["losses"],
        ("batch", _) => &["losses", "equation", "mean", "accuracy"],
        (_, "cross-entropy") => &["target", "surprise", "parts", "added", "equation", "loss", "base"],
        _ => &["target", "parts", "added", "equation", "loss"],
    },
};

/// Numbers that are read off the screen are rounded there.
const READ: f64 = 4e-3;

fn vary(settings: &mut Settings, rng: &mut Rng, _round: usize) {
    let n = 2 + rng.below(6) as usize;
    let mut twentieths = vec![1; n];
    (n..20).for_each(|_| twentieths[rng.below(n as u32) as usize] += 1);
    let p: Vec<_> = twentieths.into_iter().map(|part| part as f32 / 20.0).collect();
    settings.set("probabilities", Value::Numbers(Matrix::new(1, n, p)));
    settings.set("target", Value::Count(rng.below(n as u32) as usize));
    settings.set("on", Value::Choice("small"));
}

/// What a class adds: `p` are probabilities, and `z` logits of them.
fn part(loss: &str, [p, z]: [&[f64]; 2], target: usize, i: usize) -> f64 {
    let t = if i == target { 1.0 } else { 0.0 };
    match loss {
        "squared" => (p[i] - t) * (p[i] - t),
        "absolute" => (p[i] - t).abs(),
        "hinge" if i == target => 0.0,
        "hinge" => (1.0 - z[target] + z[i]).max(0.0),
        "binary" => (1.0 + z[i].exp()).ln() - t * z[i],
        _ => -t * p[i].ln(),
    }
}

/// The loss of one image.
fn of(loss: &str, both: [&[f64]; 2], target: usize) -> f64 {
    let n = both[0].len();
    let sum: f64 = (0..n).map(|i| part(loss, both, target, i)).sum();
    if loss == "cross-entropy" { sum } else { sum / n as f64 }
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let loss = settings.choice(keys::CRITERION);
    match settings.choice(keys::SHOW) {
        "curves" => check_curves(screen, f64::from(settings.real(keys::P))),
        "batch" => check_batch(screen, loss),
        _ => check_terms(screen, settings, loss),
    }
}

fn check_terms(screen: &Screen, settings: &Settings, loss: &str) -> Result<(), String> {
    let typed = settings.numbers(keys::PROBABILITIES).map(|typed| typed.values.clone());
    let p = typed.unwrap_or_else(|| match settings.choice(keys::EXAMPLE) {
        "ten" => vec![0.1, 0.2, 0.1, 0.05, 0.05, 0.05, 0.05, 0.3, 0.05, 0.05],
        _ => vec![0.3, 0.6, 0.1],
    });
    let p: Vec<_> = p.into_iter().map(f64::from).collect();
    let z: Vec<_> = p.iter().map(|p| p.ln()).collect();
    let (n, target) = (p.len(), settings.count(keys::TARGET));
    let parts: Vec<_> = (0..n).map(|i| part(loss, [&p, &z], target, i)).collect();
    let scores = if matches!(loss, "hinge" | "binary") { &z } else { &p };
    Map::new(n, scores.clone()).is_shown(screen, "scores")?;
    Map::new(n, (0..n).map(|i| f64::from(u8::from(i == target))).collect()).is_shown(screen, "target")?;
    Map::new(n, parts.clone()).is_shown(screen, "parts")?;
    for ([name, text], part) in bars(screen, "added")?.iter().zip(&parts) {
        same(name, text, *part)?;
    }
    let total = of(loss, [&p, &z], target);
    if loss == "cross-entropy" {
        Map::new(n, z.iter().map(|z| -z).collect()).is_shown(screen, "surprise")?;
        near("the other base", &shown_result(screen, "base")?, -p[target].log10(), 1e-6)?;
    }
    near("the loss", &shown_result(screen, "loss")?, total, 1e-6)?;
    near("the equation", &screen.result, total, 1e-6)
}

fn check_batch(screen: &Screen, loss: &str) -> Result<(), String> {
    let shown = Map::read(screen, "answers")?;
    let targets = [0, 1, 2, 0];
    let reads_logits = matches!(loss, "hinge" | "binary");
    let images: Vec<Vec<f64>> = (0..4).map(|row| (0..3).map(|column| shown.at(row, column)).collect()).collect();
    let losses: Vec<_> = images.iter().zip(targets).map(|(row, target)| of(loss, [row, row], target)).collect();
    let slack = if reads_logits { READ } else { 1e-6 };
    let texts = &screen.grids.get("losses").ok_or("there are no losses")?.texts;
    for (text, loss) in texts.iter().zip(&losses) {
        near("a loss", text, *loss, slack)?;
    }
    let mean = losses.iter().sum::<f64>() / 4.0;
    near("the mean", &shown_result(screen, "mean")?, mean, slack)?;
    near("the equation", &screen.result, mean, slack)?;
    let best = |row: &[f64]| (0..3).max_by(|&a, &b| row[a].total_cmp(&row[b])).unwrap_or(0);
    let n_right = images.iter().zip(targets).filter(|(row, target)| best(row) == *target).count();
    same("the accuracy", &shown_result(screen, "accuracy")?, n_right as f64 / 4.0)
}

fn check_curves(screen: &Screen, p: f64) -> Result<(), String> {
    let at = |loss: &str, p: f64| {
        let z = (p / (1.0 - p)).ln() / 2.0;
        of(loss, [&[p, 1.0 - p], &[z, -z]], 0)
    };
    let losses = ["cross-entropy", "squared", "absolute", "hinge", "binary"];
    let rows = table(screen, "losses")?;
    for (row, loss) in rows.iter().zip(losses) {
        near(loss, &row[1], at(loss, p), 1e-5)?;
        near(loss, &row[2], at(loss, p + 0.01) - at(loss, p), 1e-5)?;
    }
    let wrong = |p: f64| if p > 0.5 + 1e-7 { 0.0 } else { 1.0 };
    same("wrong", &rows[losses.len()][1], wrong(p))?;
    same("wrong", &rows[losses.len()][2], wrong(p + 0.01) - wrong(p))
}
