//! A kernel as a feature detector: sums or means, and the cosine between window and kernel.

use super::arithmetic::{Border, Slide, Steps};
use super::convolution::divisor;
use super::shown::{Results, bordered, check_caption, check_equation, check_formulas, check_map, check_typed, divided};
use super::{Oracle, draw};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::Settings;

pub(super) const ORACLE: Oracle = Oracle { key: "features", typed, made: |name, _| name == "output", check };

fn typed(settings: &mut Settings, rng: &mut Rng) {
    draw::picture(settings, &input_key(settings), 8, rng);
    draw::own_kernel(settings, 4, rng);
}

/// The setting that takes what is typed into the picture.
fn input_key(settings: &Settings) -> String {
    format!("input-{}", settings.choice(keys::EXAMPLE))
}

/// The cosine of the angle between a window and the kernel; nothing when one of them is all zeros.
fn cosine(pairs: &[[f64; 2]]) -> Option<f64> {
    let [dot, x, w] = fraction(pairs);
    (x * w > 0.0).then(|| dot / (x * w))
}

/// Returns the parts of that cosine: the sum of the products, and the lengths of window and kernel.
fn fraction(pairs: &[[f64; 2]]) -> [f64; 3] {
    let sum = |of: fn(&[f64; 2]) -> f64| pairs.iter().map(of).sum::<f64>();
    [sum(|[x, w]| x * w), sum(|[x, _]| x * x).sqrt(), sum(|[_, w]| w * w).sqrt()]
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let x = bordered(screen, "input", Border::zeros([0, 0]))?;
    check_typed(settings, &input_key(settings), &x.inside)?;
    let w = divided(screen, "kernel", divisor(settings))?;
    if settings.choice(keys::KERNEL) == "own" {
        check_typed(settings, "weights", &w)?;
    }
    let slide = Slide::new(x, w, Steps::ONE)?;
    let (sums, n) = (slide.output(), slide.w.values.len() as f64);
    // The mean of one product is the sum.
    let is_mean = settings.choice(keys::MEAN) == "mean" && n > 1.0;
    let mut shown = sums.clone();
    shown.values.iter_mut().for_each(|sum| *sum /= if is_mean { n } else { 1.0 });
    let cell = check_map(screen, "output", &shown)? - 1;
    let value = shown.values[cell];
    check_equation(screen, &slide.terms(cell), value)?;
    let mean = is_mean.then_some(value);
    check_caption(screen, &[slide.caption_numbers(cell, &sums), mean.map_or(vec![], |mean| vec![n, mean])].concat())?;
    let pairs = slide.pairs(cell);
    // Without a cosine the fraction stands there without a result.
    let cosine = ("cosine", cosine(&pairs).map_or_else(|| fraction(&pairs).to_vec(), |cosine| vec![cosine]));
    let mean = mean.map(|mean| ("mean", vec![mean]));
    let size = slide.formulas().into_iter().filter(|(name, _)| *name == "size");
    let formulas: Results = size.chain([cosine]).chain(mean).collect();
    check_formulas(screen, &formulas)
}
