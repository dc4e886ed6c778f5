//! The terms behind one cell: what an operation read, what it made of it, and what came out.

use crate::geom::{ConvGeom, PoolGeom};
use alloc::vec::Vec;

/// One product of a convolution's sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvTerm {
    /// The input cell, [channel, row, column], or nothing in the padding.
    pub input: Option<[usize; 3]>,
    /// The kernel cell, [channel within the group, row, column].
    pub kernel: [usize; 3],
    /// The input value; zero in the padding.
    pub x: f32,
    /// The weight.
    pub w: f32,
    /// Input × weight.
    pub product: f32,
}

/// One output cell of a convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvCell {
    /// Every product, in kernel order.
    pub terms: Vec<ConvTerm>,
    /// The kernel's bias.
    pub bias: f32,
    /// The bias and all products together.
    pub sum: f32,
}

/// The terms of the output cell `at`, [n, k, p, q]. Shapes are those of [`conv2d_forward`](crate::ops::conv2d_forward).
pub fn explain_conv2d(x: &[f32], w: &[f32], b: &[f32], geom: &ConvGeom, at: [usize; 4]) -> ConvCell {
    let [n, k, p, q] = at;
    let w_shape = geom.w();
    let first_channel = k / (w_shape.n / geom.params().groups) * w_shape.c;
    let mut terms = Vec::with_capacity(w_shape.image_len());
    for c in 0..w_shape.c {
        for r in 0..w_shape.h {
            for s in 0..w_shape.w {
                let channel = first_channel + c;
                let cell = geom.input_row(p, r).zip(geom.input_column(q, s));
                let met = cell.map_or(0.0, |(row, column)| x[geom.x().index(n, channel, row, column)]);
                let weight = w[w_shape.index(k, c, r, s)];
                terms.push(ConvTerm {
                    input: cell.map(|(row, column)| [channel, row, column]),
                    kernel: [c, r, s],
                    x: met,
                    w: weight,
                    product: met * weight,
                });
            }
        }
    }
    let sum = terms.iter().fold(b[k], |sum, term| sum + term.product);
    ConvCell { terms, bias: b[k], sum }
}

/// One output cell of a pooling.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolCell {
    /// The input cells in the window, [row, column], with their values.
    pub cells: Vec<([usize; 2], f32)>,
    /// What the window hands on.
    pub result: f32,
    /// Where the maximum stood; nothing for an average.
    pub argmax: Option<[usize; 2]>,
    /// What an average divides by; 1 for a maximum.
    pub divisor: usize,
}

fn window(x: &[f32], geom: &PoolGeom, [n, c, p, q]: [usize; 4]) -> Vec<([usize; 2], f32)> {
    let at = |row, column| ([row, column], x[geom.x().index(n, c, row, column)]);
    geom.rows(p).flat_map(|row| geom.columns(q).map(move |column| at(row, column))).collect()
}

/// What the max-pooling window at `at`, [n, c, p, q], saw.
pub fn explain_max_pool2d(x: &[f32], geom: &PoolGeom, at: [usize; 4]) -> PoolCell {
    let cells = window(x, geom, at);
    let first = cells.first().copied();
    let best = cells.iter().copied().fold(first, |best, cell| match best {
        Some(best) if cell.1 > best.1 || cell.1.is_nan() => Some(cell),
        best => best,
    });
    let (argmax, result) = best.map_or((None, f32::NEG_INFINITY), |(at, value)| (Some(at), value));
    PoolCell { cells, result, argmax, divisor: 1 }
}

/// What the average-pooling window at `at`, [n, c, p, q], saw.
pub fn explain_avg_pool2d(x: &[f32], geom: &PoolGeom, at: [usize; 4]) -> PoolCell {
    let cells = window(x, geom, at);
    let divisor = geom.divisor(at[2], at[3]);
    let result = cells.iter().map(|(_, value)| value).sum::<f32>() / divisor as f32;
    PoolCell { cells, result, argmax: None, divisor }
}

/// One cell of a rectifier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReluCell {
    /// What came in.
    pub x: f32,
    /// Whether it was let through, and its gradient with it.
    pub is_open: bool,
    /// What came out.
    pub y: f32,
}

/// What the rectifier makes of one value.
pub fn explain_relu(x: f32) -> ReluCell {
    ReluCell { x, is_open: x > 0.0, y: if x < 0.0 { 0.0 } else { x } }
}

/// One probability of a softmax.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoftmaxCell {
    /// The logit.
    pub z: f32,
    /// The row's largest logit.
    pub max: f32,
    /// The logit less the largest.
    pub shifted: f32,
    /// `exp(shifted)`.
    pub exponential: f32,
    /// The sum of the row's exponentials.
    pub total: f32,
    /// `exponential / total`.
    pub probability: f32,
}

/// How the probability of class `i` comes from the logits `z`.
pub fn explain_softmax(z: &[f32], i: usize) -> SoftmaxCell {
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total = z.iter().fold(0.0, |total, z| total + libm::expf(z - max));
    let shifted = z[i] - max;
    let exponential = libm::expf(shifted);
    SoftmaxCell { z: z[i], max, shifted, exponential, total, probability: exponential / total }
}
