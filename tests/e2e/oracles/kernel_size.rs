//! One to three layers with the same kernel, the kernel that they make together, and what sizes cost.

use super::arithmetic::{Border, Bordered, Plane, Slide, Steps};
use super::shown::{
    Results, bordered, check_all, check_caption, check_equation, check_formulas, check_map, check_tables, check_typed,
    counts, divided,
};
use super::{Oracle, draw};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::Settings;

pub(super) const ORACLE: Oracle = Oracle {
    key: "kernel-size",
    typed,
    made: |name, _| matches!(name, "output" | "middle" | "middle-2" | "together"),
    check,
};

const INPUTS: [&str; 3] = ["input", "middle", "middle-2"];
const KERNELS: [&str; 3] = ["kernel", "kernel-2", "kernel-3"];
const SIZES: [&str; 3] = ["size", "size-2", "size-3"];

/// Longer sums leave out what is zero.
const MOST_TERMS: usize = 25;

fn typed(settings: &mut Settings, rng: &mut Rng) {
    draw::picture(settings, "input", 8, rng);
    draw::own_kernel(settings, 4, rng);
}

fn n_layers(settings: &Settings) -> usize {
    match settings.choice(keys::STACK) {
        "two" => 2,
        "three" => 3,
        _ => 1,
    }
}

/// The kernel of all layers. A box's weights are one over their number, which the screen rounds.
fn kernel(screen: &Screen, settings: &Settings, n: usize) -> Result<Plane, String> {
    let f = if n == 1 { settings.count(keys::F) } else { 3 };
    // One's own kernel is a box until something is typed.
    let is_typed = settings.numbers(keys::WEIGHTS).is_some();
    let is_box = settings.choice(keys::KERNEL) == "box" || (settings.choice(keys::KERNEL) == "own" && !is_typed);
    let divisor = if is_box { (f * f) as f64 } else { 1000.0 };
    let w = divided(screen, "kernel", divisor)?;
    for name in &KERNELS[1..n] {
        check_all(name, &divided(screen, name, divisor)?.values, &w.values)?;
    }
    if is_box {
        check_all("the box", &w.values, &vec![1.0 / divisor; f * f])?;
    }
    if settings.choice(keys::KERNEL) == "own" {
        check_typed(settings, "weights", &w)?;
    }
    Ok(w)
}

/// The layers, each on what the one before makes; the screen's rounded maps go into nothing.
fn layers(screen: &Screen, settings: &Settings) -> Result<Vec<Slide>, String> {
    let n = n_layers(settings);
    let w = kernel(screen, settings, n)?;
    let pad = if settings.choice(keys::PAD_RULE) == "same" { [(w.rows - 1) / 2, (w.columns - 1) / 2] } else { [0, 0] };
    let border = Border::zeros(pad);
    let x = bordered(screen, "input", border)?;
    check_typed(settings, "input", &x.inside)?;
    let mut layers = vec![Slide::new(x, w.clone(), Steps::ONE)?];
    for name in &INPUTS[1..n] {
        let x = Bordered::new(layers[layers.len() - 1].output(), border);
        check_map(screen, name, &x.whole)?;
        layers.push(Slide::new(x, w.clone(), Steps::ONE)?);
    }
    Ok(layers)
}

/// The products as the equation lists them: of a mean the numbers alone, of a long sum only what counts.
fn terms(slide: &Slide, cell: usize) -> Vec<Vec<f64>> {
    let pairs = slide.pairs(cell);
    let n = pairs.len();
    let is_mean = n > 1 && pairs.iter().all(|[_, w]| *w == 1.0 / n as f64);
    let is_shortened = n > MOST_TERMS && pairs.iter().any(|[x, w]| x * w != 0.0);
    let listed = pairs.into_iter().filter(|[x, w]| !is_shortened || x * w != 0.0);
    listed.map(|[x, w]| if is_mean { vec![x] } else { vec![x, w] }).collect()
}

fn formulas(layers: &[Slide], field: [usize; 2]) -> Results {
    let mut formulas = match layers {
        [only] => only.formulas(),
        _ => SIZES.into_iter().zip(layers.iter().map(Slide::sizes)).collect(),
    };
    let w = &layers[0].w;
    formulas.push(("field", if w.rows == w.columns { counts([field[0]]) } else { counts(field) }));
    formulas
}

/// Weights and biases, multiply-adds and receptive field of `n` layers of f×f kernels, as many maps after each layer
/// as before it, padded by (f − 1) / 2.
fn cost(maps: usize, [mut rows, mut columns]: [usize; 2], f: usize, n: usize) -> Vec<Vec<f64>> {
    let (weights, shrinks) = (f * f * maps * maps, f - 1 - (f - 1) / 2 * 2);
    let mut n_macs = 0;
    for _ in 0..n {
        (rows, columns) = (rows - shrinks, columns - shrinks);
        n_macs += rows * columns * weights;
    }
    let field = 1 + n * (f - 1);
    vec![counts([n, f, f]), counts([field, field]), counts([n * (weights + maps)]), counts([n_macs])]
}

fn costs(settings: &Settings, first: &Slide, n: usize) -> Vec<Vec<Vec<f64>>> {
    let mut stacks = vec![(1, 1), (3, 1), (5, 1), (3, 2), (7, 1), (3, 3)];
    let (f, w, x) = (first.w.columns, &first.w, &first.x.inside);
    if w.rows == f && !stacks.contains(&(f, n)) {
        stacks.push((f, n));
    }
    stacks.into_iter().map(|(f, n)| cost(settings.count(keys::MAPS), [x.rows, x.columns], f, n)).collect()
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let layers = layers(screen, settings)?;
    let (first, last, n) = (&layers[0], &layers[layers.len() - 1], layers.len());
    let output = last.output();
    let cell = check_map(screen, "output", &output)? - 1;
    let together = layers[1..].iter().fold(first.w.clone(), |w, layer| w.followed_by(&layer.w));
    if n > 1 {
        check_map(screen, "together", &together)?;
    }
    let field = [together.rows, together.columns];
    check_equation(screen, &terms(last, cell), output.values[cell])?;
    let n_seen = layers.iter().rev().fold(vec![cell], |cells, layer| layer.seen(&cells)).len();
    let in_part = (n_seen < field[0] * field[1]).then_some(n_seen as f64);
    let sees: Vec<_> = counts(field).into_iter().chain(in_part).collect();
    check_caption(screen, &[last.caption_numbers(cell, &output), sees].concat())?;
    check_formulas(screen, &formulas(&layers, field))?;
    check_tables(screen, &[("costs", costs(settings, first, n))])
}
