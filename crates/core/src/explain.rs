//! The terms behind one cell: what an operation read, what it made of it, and what came out.

use crate::geom::{ConvGeom, PoolGeom};
use crate::ops::{conv2d_connections, pool2d_connections};
use crate::terms::{Connection, Operand};
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
///
/// ```
/// use receptive_core::{ConvGeom, ConvParams, Shape4, explain::explain_conv2d};
///
/// let geom = ConvGeom::new(Shape4::new(1, 1, 1, 2), Shape4::new(1, 1, 1, 3), ConvParams { padding: [0, 1], ..ConvParams::default() })?;
/// let cell = explain_conv2d(&[5.0, 7.0], &[1.0, 10.0, 100.0], &[0.5], &geom, [0, 0, 0, 0]);
/// assert_eq!(cell.terms[0].input, None); // the first kernel cell lies on the padding
/// assert_eq!(cell.terms.iter().map(|term| term.product).collect::<Vec<_>>(), [0.0, 50.0, 700.0]);
/// assert_eq!(cell.sum, 750.5);
/// # Ok::<(), receptive_core::GeomError>(())
/// ```
pub fn explain_conv2d(x: &[f32], w: &[f32], b: &[f32], geom: &ConvGeom, at: [usize; 4]) -> ConvCell {
    let [n, k, p, q] = at;
    let connections = conv2d_connections(Operand::Y, geom.y().index(n, k, p, q), geom);
    let term = |connection: &Connection| {
        let weight = connection.w?;
        let [_, c, r, s] = geom.w().place(weight);
        let input = connection.x.map(|x| geom.x().place(x));
        let (met, w) = (connection.x.map_or(0.0, |at| x[at]), w[weight]);
        let input = input.map(|[_, channel, row, column]| [channel, row, column]);
        Some(ConvTerm { input, kernel: [c, r, s], x: met, w, product: met * w })
    };
    let terms: Vec<_> = connections.iter().filter_map(term).collect();
    let sum = terms.iter().fold(b[k], |sum, term| sum + term.product);
    ConvCell { terms, bias: b[k], sum }
}

/// One output cell of a pooling.
#[derive(Clone, Debug, PartialEq)]
pub struct PoolCell {
    /// The input cells in the window, [row, column], with their values.
    pub cells: Vec<([usize; 2], f32)>,
    /// The maximum or the mean of the cells.
    pub result: f32,
    /// The position of the maximum; `None` for an average.
    pub argmax: Option<[usize; 2]>,
    /// The divisor of an average; 1 for a maximum.
    pub divisor: usize,
}

fn window(x: &[f32], geom: &PoolGeom, [n, c, p, q]: [usize; 4]) -> Vec<([usize; 2], f32)> {
    let connections = pool2d_connections(Operand::Y, geom.y().index(n, c, p, q), geom);
    let cell = |at: usize| {
        let [_, _, row, column] = geom.x().place(at);
        ([row, column], x[at])
    };
    connections.into_iter().filter_map(|connection| connection.x.map(cell)).collect()
}

/// Explains the max-pooling window at `at`, [n, c, p, q].
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

/// Explains the average-pooling window at `at`, [n, c, p, q].
pub fn explain_avg_pool2d(x: &[f32], geom: &PoolGeom, at: [usize; 4]) -> PoolCell {
    let cells = window(x, geom, at);
    let divisor = geom.divisor(at[2], at[3]);
    let result = cells.iter().map(|(_, value)| value).sum::<f32>() / divisor as f32;
    PoolCell { cells, result, argmax: None, divisor }
}

/// One cell of a rectifier.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReluCell {
    /// The input.
    pub x: f32,
    /// True if the input passes, and its gradient with it.
    pub is_open: bool,
    /// The output.
    pub y: f32,
}

/// Explains the rectifier for one value.
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

/// Explains the probability of class `i` among the logits `z`.
pub fn explain_softmax(z: &[f32], i: usize) -> SoftmaxCell {
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total = z.iter().fold(0.0, |total, z| total + libm::expf(z - max));
    let shifted = z[i] - max;
    let exponential = libm::expf(shifted);
    SoftmaxCell { z: z[i], max, shifted, exponential, total, probability: exponential / total }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::{ConvParams, PoolParams, Shape4};
    use crate::ops;
    use alloc::vec;

    fn values(len: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 29 + i / 3) % 11) as f32 - 5.0).collect()
    }

    #[test]
    fn every_cell_of_a_convolution_is_the_sum_of_its_terms() {
        let params = ConvParams::default().padding(1).stride(2).groups(2);
        let geom = ConvGeom::new(Shape4::new(2, 4, 5, 4), Shape4::new(6, 2, 3, 2), params).unwrap();
        let (x, w, b) = (values(geom.x().len()), values(geom.w().len()), values(6));
        let mut y = vec![f32::NAN; geom.y().len()];
        ops::conv2d_forward(&mut y, &x, &w, &b, &geom, &mut vec![0.0; ops::conv2d_scratch_len(&geom)]);
        let shape = geom.y();
        for (i, y) in y.iter().enumerate() {
            let at = [i / shape.image_len(), i / (shape.h * shape.w) % shape.c, i / shape.w % shape.h, i % shape.w];
            let cell = explain_conv2d(&x, &w, &b, &geom, at);
            assert_eq!((cell.sum, cell.terms.len()), (*y, 12), "{at:?}");
        }
    }

    #[test]
    fn every_window_is_explained_as_it_was_pooled() {
        let params = PoolParams { window: [3, 2], stride: [2, 2], padding: [1, 1], ceil: true };
        let geom = PoolGeom::new(Shape4::new(1, 2, 6, 5), params).unwrap();
        let x = values(geom.x().len());
        let (len, shape) = (geom.y().len(), geom.y());
        let (mut largest, mut argmax, mut mean) = (vec![f32::NAN; len], vec![0; len], vec![f32::NAN; len]);
        ops::max_pool2d_forward(&mut largest, &mut argmax, &x, &geom);
        ops::avg_pool2d_forward(&mut mean, &x, &geom);
        for i in 0..len {
            let at = [0, i / (shape.h * shape.w), i / shape.w % shape.h, i % shape.w];
            let cell = explain_max_pool2d(&x, &geom, at);
            let place = [argmax[i] as usize / 5, argmax[i] as usize % 5];
            assert_eq!((cell.result, cell.argmax), (largest[i], Some(place)), "{at:?}");
            let cell = explain_avg_pool2d(&x, &geom, at);
            assert_eq!((cell.result, cell.divisor), (mean[i], geom.divisor(at[2], at[3])), "{at:?}");
        }
    }

    #[test]
    fn a_probability_is_the_one_that_softmax_gives() {
        let z = [1.0, -100.0, 2.5, 100.0];
        let mut p = [f32::NAN; 4];
        ops::softmax_forward(&mut p, &z, 4);
        for (i, p) in p.into_iter().enumerate() {
            assert_eq!(explain_softmax(&z, i).probability, p);
        }
        assert_eq!(explain_relu(0.0), ReluCell { x: 0.0, is_open: false, y: 0.0 });
    }
}
