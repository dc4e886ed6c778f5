//! Exercises about volumes.

use super::parts::{CHANNELS, PLANES};
use super::volume::{Volume, plain_and_separable};
use crate::exercise::{Answer, Task};
use crate::inputs::{one_of, small_numbers};
use crate::scene::{Grid, Role};
use crate::{factor, grouped, number, say};
use receptive_core::{ConvGeom, ConvParams, Rng, Shape4};

fn geom(x: Shape4, w: Shape4, params: ConvParams) -> ConvGeom {
    let Ok(geom) = ConvGeom::new(x, w, params) else { unreachable!("exercises draw what fits") };
    geom
}

/// One output of three channels, by hand.
pub(super) fn cell(rng: &mut Rng) -> Task {
    let windows: Vec<_> = (0..3).map(|_| small_numbers(rng, 2, 2, 0, 3)).collect();
    let planes: Vec<_> = (0..3).map(|_| small_numbers(rng, 2, 2, -1, 2)).collect();
    let bias = 1.0 + rng.below(4) as f32;
    let all = |matrices: &[crate::Matrix]| matrices.iter().flat_map(|matrix| matrix.values.clone()).collect::<Vec<_>>();
    let shape = Shape4::new(1, 3, 2, 2);
    let geom = geom(shape, shape, ConvParams::default());
    let Ok(volume) = Volume::new(geom, &all(&windows), all(&planes), vec![bias]) else { unreachable!("it is small") };
    let shares = volume.shares(0, 0);
    let value = volume.map(0).values[0];
    let name = |c: usize| say!(format!("volumes.{}", ["red", "green", "blue"][c]));
    let roles = [Role::Red, Role::Green, Role::Blue];
    let inputs = windows.iter().enumerate().map(|(c, window)| Grid::of(CHANNELS[c], name(c), window, roles[c]));
    let weights = planes
        .iter()
        .enumerate()
        .map(|(c, plane)| Grid::of(PLANES[c], say!("volumes.plane", name = name(c)), plane, Role::Weight));
    let answer = |value: f32| Answer::number(value, 0);
    let sum = shares.iter().map(|&share| factor(share)).collect::<Vec<_>>().join(" + ");
    Task {
        question: say!("volumes.exercises.cell.question", bias = number(bias)),
        grids: inputs.chain(weights).collect(),
        answer: answer(value),
        slips: vec![
            (answer(value - bias), say!("volumes.exercises.cell.no-bias")),
            (answer(value + 2.0 * bias), say!("volumes.exercises.cell.bias-each")),
            (answer(shares[0] + bias), say!("volumes.exercises.cell.one-channel")),
        ],
        hint: say!("volumes.exercises.cell.hint"),
        because: say!("volumes.exercises.cell.because", sum = sum, bias = number(bias), value = number(value)),
    }
}

/// Parameters of a layer.
pub(super) fn parameters(rng: &mut Rng) -> Task {
    let (f, c, k) = (one_of(rng, &[3, 5]), one_of(rng, &[3, 8, 16, 32]), one_of(rng, &[6, 10, 16, 64]));
    let n = geom(Shape4::new(1, c, 28, 28), Shape4::new(k, c, f, f), ConvParams::default()).n_params();
    Task {
        question: say!("volumes.exercises.params.question", f = f, c = c, k = k),
        grids: vec![],
        answer: Answer::count(n),
        slips: vec![
            (Answer::count(n - k), say!("volumes.exercises.params.no-bias")),
            (Answer::count((f * f + 1) * k), say!("volumes.exercises.params.one-plane", c = c)),
            (Answer::count((f * f + 1) * c * k), say!("volumes.exercises.params.bias-each")),
            (Answer::count(n - k + 1), say!("volumes.exercises.params.one-bias", k = k)),
        ],
        hint: say!("volumes.exercises.params.hint"),
        because: say!("volumes.exercises.params.because", f = f, c = c, k = k, n = grouped(n as u64)),
    }
}

/// Numbers in an output volume.
pub(super) fn output_size(rng: &mut Rng) -> Task {
    let (n, c, f) = (6 + rng.below(10) as usize, 3 + rng.below(4) as usize, one_of(rng, &[1, 3, 5]));
    let k = c + 1 + rng.below(5) as usize;
    let y = geom(Shape4::new(1, c, n, n), Shape4::new(k, c, f, f), ConvParams::default()).y();
    Task {
        question: say!("volumes.exercises.size.question", n = n, c = c, f = f, k = k),
        grids: vec![],
        answer: Answer::count(y.len()),
        slips: vec![
            (Answer::count(y.h * y.w * c), say!("volumes.exercises.size.channels", c = c)),
            (Answer::count(y.len() * c), say!("volumes.exercises.size.both")),
            (Answer::count(y.h * y.w), say!("volumes.exercises.size.one-map")),
            (Answer::count(n * n * k), say!("volumes.exercises.size.not-smaller")),
        ],
        hint: say!("volumes.exercises.size.hint"),
        because: say!("volumes.exercises.size.because", n = n, f = f, out = y.h, k = k, len = grouped(y.len() as u64)),
    }
}

/// Multiply-adds of a convolution taken apart.
pub(super) fn separable(rng: &mut Rng) -> Task {
    let (n, f) = (one_of(rng, &[10, 12, 14]), one_of(rng, &[3, 5]));
    let (c, k) = (one_of(rng, &[3, 4, 8]), one_of(rng, &[32, 64, 128]));
    let costs = plain_and_separable(Shape4::new(1, c, n, n), [f, f], k, ConvParams::default());
    let Ok([plain, depthwise, pointwise]) = costs else { unreachable!("5×5 fits 10×10") };
    let out = n - f + 1;
    let both = depthwise.n_macs + pointwise.n_macs;
    let answer = |n: u64| Answer::Number { value: n as f64, decimals: 0 };
    Task {
        question: say!("volumes.exercises.separable.question", n = n, f = f, c = c, k = k, out = out),
        grids: vec![],
        answer: answer(both),
        slips: vec![
            (answer(plain.n_macs), say!("volumes.exercises.separable.plain")),
            (answer(depthwise.n_macs), say!("volumes.exercises.separable.depthwise")),
            (answer(pointwise.n_macs), say!("volumes.exercises.separable.pointwise")),
            (
                answer(depthwise.n_macs + pointwise.n_macs / k as u64),
                say!("volumes.exercises.separable.one-kernel", k = k),
            ),
        ],
        hint: say!("volumes.exercises.separable.hint"),
        because: say!(
            "volumes.exercises.separable.because",
            out = out,
            f = f,
            c = c,
            k = k,
            depthwise = grouped(depthwise.n_macs),
            pointwise = grouped(pointwise.n_macs),
            both = grouped(both),
            plain = grouped(plain.n_macs)
        ),
    }
}
