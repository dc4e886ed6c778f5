//! Twelve steps of a network of two units, taken again in plain loops from the weights that it begins with.

use super::Oracle;
use super::reading::{bars, near, shown_result};
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::Settings;
use receptive_nn::{Layer, Parameters, Spec};

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "training",
    n_rounds: 6,
    vary: |_, _, _| {},
    check,
    outputs: |_| &["weights-0", "weights-1", "gradient-0", "gradient-1", "probabilities", "loss", "change"],
};

/// What single precision may lose in twelve steps.
const SLACK: f64 = 5e-5;
const N_STEPS: usize = 12;
/// The pictures, row by row, and the classes that they are of.
const PICTURES: [(usize, [f64; 9]); 4] = [
    (0, [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]),
    (1, [0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0]),
    (0, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]),
    (1, [0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]),
];

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let rate = f64::from(settings.real(keys::RATE));
    let spec = Spec { input: [1, 3, 3], layers: vec![Layer::Flatten, Layer::Linear { units: 2 }] };
    let begun = Parameters::init(&spec, settings.count(keys::START_SEED) as u64).map_err(|why| format!("{why:?}"))?;
    let [mut w, mut b] =
        [0, 1].map(|i: usize| begun.tensors()[i].values.iter().copied().map(f64::from).collect::<Vec<_>>());
    let (mut p, mut gradient, mut before) = ([0.0; 2], vec![], vec![]);
    for step in 0..N_STEPS {
        let (class, x) = PICTURES[step % 4];
        let z = [0, 1].map(|unit| (0..9).map(|i| w[9 * unit + i] * x[i]).sum::<f64>() + b[unit]);
        let total: f64 = z.iter().map(|z| z.exp()).sum();
        p = z.map(|z| z.exp() / total);
        let back = [0, 1].map(|unit| p[unit] - f64::from(u8::from(unit == class)));
        gradient = (0..18).map(|i| back[i / 9] * x[i % 9]).collect();
        before.clone_from(&w);
        w.iter_mut().zip(&gradient).for_each(|(w, g)| *w -= rate * g);
        b.iter_mut().zip(back).for_each(|(b, g)| *b -= rate * g);
    }
    for (name, values) in [("weights", &w), ("gradient", &gradient)] {
        for (unit, values) in values.chunks(9).enumerate() {
            let name = format!("{name}-{unit}");
            let grid = screen.grids.get(&name).ok_or_else(|| format!("there is no grid {name}"))?;
            for (text, value) in grid.texts.iter().zip(values) {
                near(&name, text, *value, SLACK)?;
            }
        }
    }
    for ([name, text], p) in bars(screen, "probabilities")?.iter().zip(p) {
        near(name, text, p, SLACK)?;
    }
    near("the loss", &shown_result(screen, "loss")?, -p[PICTURES[(N_STEPS - 1) % 4].0].ln(), SLACK)?;
    // Several weights share the largest gradient; rounding decides which of them is told of.
    let most = gradient.iter().fold(0.0, |most: f64, g| most.max(g.abs()));
    let text = shown_result(screen, "change")?;
    let steepest = (0..18).filter(|i| gradient[*i].abs() > most - SLACK);
    let told = steepest.map(|i| near("the change", &text, before[i] - rate * gradient[i], SLACK));
    told.reduce(Result::or).unwrap_or_else(|| Err("there is no gradient".into()))
}
