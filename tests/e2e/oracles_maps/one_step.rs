//! One step of a convolution, ReLU and two units, in plain loops from the weights that it begins with.

use super::Oracle;
use super::reading::{bars, near, shown_result};
use receptive_core::ConvParams;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::Settings;
use receptive_nn::{Layer, Parameters, Spec};

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "one-step",
    n_rounds: 8,
    vary: |_, _, _| {},
    check,
    outputs: |_| {
        &[
            "kernel",
            "map",
            "relu",
            "units",
            "scores",
            "grad-kernel",
            "grad-map",
            "grad-relu",
            "grad-units",
            "grad-scores",
            "probabilities",
            "loss",
            "change",
            "again",
        ]
    },
};

const SLACK: f64 = 5e-6;
const PICTURE: [f64; 16] = [0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

/// Kernel (2, 2), its bias, the units' weights (2, 9), their biases.
type Weights = [Vec<f64>; 4];

/// What the network makes of the picture.
struct Forward {
    map: Vec<f64>,
    relu: Vec<f64>,
    scores: Vec<f64>,
    p: Vec<f64>,
}

fn forward([kernel, bias, units, biases]: &Weights) -> Forward {
    let cell = |i: usize| {
        let products = (0..4).map(|k| kernel[k] * PICTURE[(i / 3 + k / 2) * 4 + i % 3 + k % 2]);
        products.sum::<f64>() + bias[0]
    };
    let map: Vec<_> = (0..9).map(cell).collect();
    let relu: Vec<_> = map.iter().map(|value| value.max(0.0)).collect();
    let score = |unit: usize| (0..9).map(|i| units[9 * unit + i] * relu[i]).sum::<f64>() + biases[unit];
    let scores: Vec<_> = (0..2).map(score).collect();
    let total: f64 = scores.iter().map(|z| z.exp()).sum();
    let p = scores.iter().map(|z| z.exp() / total).collect();
    Forward { map, relu, scores, p }
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let (rate, class) = (f64::from(settings.real(keys::RATE)), settings.count(keys::TARGET));
    let conv = Layer::Conv2d { kernels: 1, size: [2, 2], params: ConvParams::default() };
    let spec = Spec { input: [1, 4, 4], layers: vec![conv, Layer::Relu, Layer::Flatten, Layer::Linear { units: 2 }] };
    let begun = Parameters::init(&spec, 2).map_err(|why| format!("{why:?}"))?;
    let old: Weights = std::array::from_fn(|i| begun.tensors()[i].values.iter().copied().map(f64::from).collect());
    let before = forward(&old);
    let grad_scores: Vec<_> = (0..2).map(|i| before.p[i] - f64::from(u8::from(i == class))).collect();
    let grad_units: Vec<_> = (0..18).map(|i| grad_scores[i / 9] * before.relu[i % 9]).collect();
    let grad_relu: Vec<_> = (0..9).map(|i| grad_scores[0] * old[2][i] + grad_scores[1] * old[2][9 + i]).collect();
    let grad_map: Vec<_> = (0..9).map(|i| if before.map[i] > 0.0 { grad_relu[i] } else { 0.0 }).collect();
    let met = |k: usize| (0..9).map(|i| grad_map[i] * PICTURE[(i / 3 + k / 2) * 4 + i % 3 + k % 2]).sum::<f64>();
    let grad_kernel: Vec<_> = (0..4).map(met).collect();
    let gradients = [grad_kernel.clone(), vec![grad_map.iter().sum()], grad_units.clone(), grad_scores.clone()];
    let new: Weights = std::array::from_fn(|t| old[t].iter().zip(&gradients[t]).map(|(w, g)| w - rate * g).collect());
    let after = forward(&new);
    for (name, values) in [
        ("kernel", &new[0]),
        ("map", &after.map),
        ("relu", &after.relu),
        ("units", &new[2]),
        ("scores", &after.scores),
        ("grad-kernel", &grad_kernel),
        ("grad-map", &grad_map),
        ("grad-relu", &grad_relu),
        ("grad-units", &grad_units),
        ("grad-scores", &grad_scores),
    ] {
        let grid = screen.grids.get(name).ok_or_else(|| format!("there is no grid {name}"))?;
        if grid.texts.len() != values.len() {
            return Err(format!("{name} has {} cells", grid.texts.len()));
        }
        for (text, value) in grid.texts.iter().zip(values) {
            near(name, text, *value, SLACK)?;
        }
    }
    for ([name, text], p) in bars(screen, "probabilities")?.iter().zip(&after.p) {
        near(name, text, *p, SLACK)?;
    }
    near("the loss", &shown_result(screen, "loss")?, -before.p[class].ln(), SLACK)?;
    near("the loss after", &shown_result(screen, "again")?, -after.p[class].ln(), SLACK)?;
    let steepest = (1..4).fold(0, |best, i| if grad_kernel[i].abs() > grad_kernel[best].abs() { i } else { best });
    near("the change", &shown_result(screen, "change")?, new[0][steepest], SLACK)
}
