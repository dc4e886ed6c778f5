//! The network of six units, there and back, by the rules of the lectures; and the losses at other weights.

use super::Oracle;
use super::reading::{equation, near, result, same, table};
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::Settings;

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "backprop",
    n_rounds: 12,
    vary: |_, _, _| {},
    check,
    outputs: |_| &["network", "tries", "rule", "equation"],
};

/// Losses have eight decimals; weights of single precision cost the last of them, and of large ones more.
fn slack(wanted: f64) -> f64 {
    3e-7 * wanted.abs().max(1.0)
}

const INPUTS: [f64; 2] = [1.0, 2.0];
/// Weights w1 to w8, then the biases of the hidden units and of the outputs.
const BEGUN: [f64; 12] = [0.1, 0.2, 0.3, 0.4, 0.6, 0.5, -0.2, 0.3, 0.1, 0.1, 0.2, 0.2];

/// What the network makes on its way, and the gradients of all weights and biases.
struct Pass {
    sums: [f64; 2],
    outs: [f64; 2],
    scores: [f64; 2],
    p: [f64; 2],
    loss: f64,
    grad_scores: [f64; 2],
    grad_outs: [f64; 2],
    grad_sums: [f64; 2],
    gradients: [f64; 12],
}

fn pass(w: &[f64; 12], function: &str, class: usize) -> Pass {
    let sums = [0, 1].map(|i| w[2 * i] * INPUTS[0] + w[2 * i + 1] * INPUTS[1] + w[8 + i]);
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let outs = sums.map(|x| match function {
        "sigmoid" => sigmoid(x),
        "relu" => x.max(0.0),
        _ => x,
    });
    let slopes = sums.map(|x| match function {
        "sigmoid" => sigmoid(x) * (1.0 - sigmoid(x)),
        "relu" => f64::from(u8::from(x > 0.0)),
        _ => 1.0,
    });
    let scores = [0, 1].map(|i| w[4 + 2 * i] * outs[0] + w[5 + 2 * i] * outs[1] + w[10 + i]);
    let total: f64 = scores.iter().map(|z| z.exp()).sum();
    let p = scores.map(|z| z.exp() / total);
    let grad_scores = [0, 1].map(|i| p[i] - f64::from(u8::from(i == class)));
    let grad_outs = [0, 1].map(|j| grad_scores[0] * w[4 + j] + grad_scores[1] * w[6 + j]);
    let grad_sums = [0, 1].map(|j| grad_outs[j] * slopes[j]);
    let gradients = std::array::from_fn(|i| match i {
        0..4 => grad_sums[i / 2] * INPUTS[i % 2],
        4..8 => grad_scores[(i - 4) / 2] * outs[i % 2],
        8..10 => grad_sums[i - 8],
        _ => grad_scores[i - 10],
    });
    Pass { sums, outs, scores, p, loss: -p[class].ln(), grad_scores, grad_outs, grad_sums, gradients }
}

/// A number with its sign in front.
fn unsigned(text: &str) -> &str {
    text.trim_start_matches('+')
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let (function, class) = (settings.choice(keys::FUNCTION), settings.count(keys::TARGET) - 1);
    let found = pass(&BEGUN, function, class);
    let g = &found.gradients;
    // In the order of the drawing: what is given, the way there, the way back.
    let mut all = INPUTS.to_vec();
    all.extend([0, 1, 2, 3, 8, 9, 4, 5, 6, 7, 10, 11].map(|i: usize| BEGUN[i]));
    all.extend(found.sums);
    let has_function = function != "linear";
    all.extend(found.outs.into_iter().filter(|_| has_function));
    all.extend(found.scores.into_iter().chain(found.p).chain([found.loss]));
    all.extend(found.grad_scores.into_iter().chain(g[4..8].iter().copied()));
    all.extend(found.grad_outs.into_iter().filter(|_| has_function));
    all.extend(found.grad_sums.into_iter().chain(g[..4].iter().copied()));
    let texts = &screen.grids.get("network").ok_or("there is no network")?.texts;
    if texts.len() != all.len() {
        return Err(format!("the network has {} numbers, and should have {}", texts.len(), all.len()));
    }
    for (i, (text, value)) in texts.iter().zip(&all).enumerate() {
        same(&format!("number {i} of the network"), text, *value)?;
    }
    let weight = settings.count(keys::EDGE) - 1;
    result(screen, "rule", g[weight])?;
    equation(screen, g[3])?;

    let by: f64 = settings.choice(keys::NUDGE).parse().map_err(|_| "no step")?;
    let rate = f64::from(settings.real(keys::RATE));
    let moved = |by: f64| {
        let mut w = BEGUN;
        w[weight] += by;
        pass(&w, function, class).loss
    };
    let all_moved = std::array::from_fn(|i| BEGUN[i] - rate * g[i]);
    let squares: f64 = g.iter().map(|g| g * g).sum();
    let wanted = [
        (moved(-by), Some(-by * g[weight])),
        (found.loss, None),
        (moved(by), Some(by * g[weight])),
        (moved(-rate * g[weight]), Some(-rate * g[weight] * g[weight])),
        (pass(&all_moved, function, class).loss, Some(-rate * squares)),
    ];
    for (row, (loss, foretold)) in table(screen, "tries")?.iter().zip(wanted) {
        near("a loss", &row[1], loss, slack(loss))?;
        let Some(foretold) = foretold else { continue };
        near("a change", unsigned(&row[2]), loss - found.loss, slack(loss - found.loss))?;
        near("what is foretold", unsigned(&row[3]), foretold, slack(foretold))?;
    }
    Ok(())
}
