//! Batch normalisation: each channel of a batch gets mean 0 and variance 1 (Ioffe & Szegedy 2015).
//!
//! The scale and the shift that a layer applies afterwards are a convolution of each channel with a kernel of one cell:
//! see [`conv2d`](super::conv2d_forward).

use crate::geom::Shape4;
use crate::simd::{dot, sum, sum_squares};
use crate::terms::{Cell, Combine, Factor, Term, Terms};
use alloc::vec::Vec;
use core::ops::Range;

/// What is normalised: the values of each channel, over all images and places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNormGeom {
    /// (n, c, h, w).
    pub x: Shape4,
    /// What is added to a variance, so that no division is by zero.
    pub epsilon: f32,
}

impl BatchNormGeom {
    /// Values of a channel: n·h·w.
    pub const fn channel_len(&self) -> usize {
        self.x.n * self.x.h * self.x.w
    }

    /// The channel of a value.
    pub const fn channel(&self, index: usize) -> usize {
        self.x.place(index)[1]
    }

    /// The values of a channel.
    pub fn channel_cells(&self, channel: usize) -> impl Iterator<Item = usize> + use<> {
        self.planes(channel).flatten()
    }

    /// The planes of a channel, image after image.
    fn planes(&self, channel: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let (x, plane) = (self.x, self.x.h * self.x.w);
        (0..x.n).map(move |n| x.index(n, channel, 0, 0)).map(move |start| start..start + plane)
    }

    /// `1 / √(variance + epsilon)`.
    fn scale(&self, variance: f32) -> f32 {
        1.0 / libm::sqrtf(variance + self.epsilon)
    }
}

/// The mean and the variance of each channel, both (c). The variance divides by the number of values.
///
/// ```
/// use receptive_core::{Shape4, ops::{BatchNormGeom, batch_norm_moments}};
///
/// let geom = BatchNormGeom { x: Shape4::new(2, 1, 1, 2), epsilon: 1e-5 };
/// let (mut mean, mut variance) = ([0.0], [0.0]);
/// batch_norm_moments(&mut mean, &mut variance, &[1.0, 3.0, 5.0, 7.0], &geom);
/// assert_eq!((mean, variance), ([4.0], [5.0]));
/// ```
pub fn batch_norm_moments(mean: &mut [f32], variance: &mut [f32], x: &[f32], geom: &BatchNormGeom) {
    debug_assert!(mean.len() == geom.x.c && variance.len() == geom.x.c && x.len() == geom.x.len());
    let n = geom.channel_len() as f32;
    for (channel, (mean, variance)) in mean.iter_mut().zip(variance).enumerate() {
        *mean = geom.planes(channel).map(|plane| sum(&x[plane])).sum::<f32>() / n;
        *variance = geom.planes(channel).map(|plane| sum_squares(&x[plane], *mean)).sum::<f32>() / n;
    }
}

/// `y = (x − mean) / √(variance + epsilon)`, with the mean and the variance of each channel, (c).
pub fn batch_norm_forward(y: &mut [f32], x: &[f32], mean: &[f32], variance: &[f32], geom: &BatchNormGeom) {
    debug_assert!(y.len() == geom.x.len() && x.len() == y.len() && mean.len() == geom.x.c);
    for (channel, (mean, variance)) in mean.iter().zip(variance).enumerate() {
        let scale = geom.scale(*variance);
        for plane in geom.planes(channel) {
            y[plane.clone()].iter_mut().zip(&x[plane]).for_each(|(y, x)| *y = (x - mean) * scale);
        }
    }
}

/// The gradient with respect to the input, where mean and variance are those of the batch and move with it (Ioffe &
/// Szegedy 2015, section 3): `(grad_y − mean(grad_y) − y · mean(grad_y · y)) / √(variance + epsilon)`.
pub fn batch_norm_backward(grad_x: &mut [f32], grad_y: &[f32], y: &[f32], variance: &[f32], geom: &BatchNormGeom) {
    debug_assert!(grad_x.len() == geom.x.len() && grad_y.len() == grad_x.len() && y.len() == grad_x.len());
    let n = geom.channel_len() as f32;
    for (channel, variance) in variance.iter().enumerate() {
        let scale = geom.scale(*variance);
        let mean = geom.planes(channel).map(|plane| sum(&grad_y[plane])).sum::<f32>() / n;
        let product = |plane: Range<usize>| dot(&grad_y[plane.clone()], &y[plane]);
        let slope = geom.planes(channel).map(product).sum::<f32>() / n;
        for plane in geom.planes(channel) {
            let upstream = grad_y[plane.clone()].iter().zip(&y[plane.clone()]);
            grad_x[plane].iter_mut().zip(upstream).for_each(|(grad, (g, y))| *grad = (g - mean - y * slope) * scale);
        }
    }
}

/// The gradient with respect to the input, where mean and variance are constants: `grad_y / √(variance + epsilon)`.
pub fn batch_norm_fixed_backward(grad_x: &mut [f32], grad_y: &[f32], variance: &[f32], geom: &BatchNormGeom) {
    debug_assert!(grad_x.len() == geom.x.len() && grad_y.len() == grad_x.len() && variance.len() == geom.x.c);
    for (channel, variance) in variance.iter().enumerate() {
        let scale = geom.scale(*variance);
        for plane in geom.planes(channel) {
            grad_x[plane.clone()].iter_mut().zip(&grad_y[plane]).for_each(|(grad, g)| *grad = g * scale);
        }
    }
}

/// Moves running averages towards what a batch had: `average ← (1 − momentum) · average + momentum · factor · found`.
pub fn batch_norm_average(average: &mut [f32], found: &[f32], momentum: f32, factor: f32) {
    debug_assert_eq!(average.len(), found.len());
    let new = |(average, found): (&mut f32, &f32)| *average = (1.0 - momentum) * *average + momentum * factor * found;
    average.iter_mut().zip(found).for_each(new);
}

/// Returns the terms of a channel's mean: its values.
pub fn batch_norm_mean_terms<T: Copy>(channel: usize, x: T, geom: &BatchNormGeom) -> Terms<T> {
    Terms::new(Combine::Mean { divisor: geom.channel_len() }, channel_terms(channel, x, geom))
}

/// Returns the terms of a channel's variance: its values.
pub fn batch_norm_variance_terms<T: Copy>(channel: usize, x: T, geom: &BatchNormGeom) -> Terms<T> {
    Terms::new(Combine::Variance, channel_terms(channel, x, geom))
}

fn channel_terms<T: Copy>(channel: usize, tensor: T, geom: &BatchNormGeom) -> Vec<Term<T>> {
    geom.channel_cells(channel).map(|index| Term::scaled(1.0, Cell { tensor, index })).collect()
}

/// Returns the terms of a value of `y`: the value of `x` in the same place, and its channel's mean and variance.
pub fn batch_norm_terms<T: Copy>(index: usize, [x, mean, variance]: [T; 3], geom: &BatchNormGeom) -> Terms<T> {
    let channel = geom.channel(index);
    let cells = [(x, index), (mean, channel), (variance, channel)];
    let terms = cells.map(|(tensor, index)| Term::scaled(1.0, Cell { tensor, index }));
    Terms::new(Combine::Normalise { epsilon: geom.epsilon }, terms.to_vec())
}

/// Returns the terms of a value of `grad_x`: every upstream gradient of its channel, less their mean, and each once more
/// times the output that it belongs to. `value` gives outputs, `variance` the variance of the channel.
pub fn batch_norm_grad_x_terms<T: Copy>(
    index: usize,
    [grad_y, y, variance]: [T; 3],
    value: impl Fn(usize) -> f32,
    of_channel: impl Fn(usize) -> f32,
    geom: &BatchNormGeom,
) -> Terms<T> {
    let (channel, n) = (geom.channel(index), geom.channel_len() as f32);
    let (scale, deciding) = (geom.scale(of_channel(channel)), Cell { tensor: variance, index: channel });
    let slope = -value(index) * scale / n;
    let own = Cell { tensor: y, index };
    let plain = |at: usize| {
        let share = f32::from(at == index) - 1.0 / n;
        Term::scaled(share * scale, Cell { tensor: grad_y, index: at }).decided_by(deciding)
    };
    let product = |at: usize| {
        let factors = [grad_y, y].map(|tensor| Some(Factor::Cell(Cell { tensor, index: at })));
        Term { coefficient: slope, factors, decided_by: [Some(own), Some(deciding)] }
    };
    let (first, second) = (geom.channel_cells(channel).map(plain), geom.channel_cells(channel).map(product));
    Terms::new(Combine::Sum, first.chain(second).collect())
}

/// Returns the term of a value of `grad_x` where mean and variance are constants. `of_channel` gives the variance.
pub fn batch_norm_fixed_grad_x_terms<T: Copy>(
    index: usize,
    [grad_y, variance]: [T; 2],
    of_channel: impl Fn(usize) -> f32,
    geom: &BatchNormGeom,
) -> Terms<T> {
    let channel = geom.channel(index);
    let term = Term::scaled(geom.scale(of_channel(channel)), Cell { tensor: grad_y, index });
    Terms::new(Combine::Sum, [term.decided_by(Cell { tensor: variance, index: channel })].into())
}
