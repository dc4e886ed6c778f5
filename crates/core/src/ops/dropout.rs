//! Dropout: each value is zero with a given probability, and the others are larger by as much (Srivastava et al. 2014, in
//! the inverted form that PyTorch has, so that nothing changes where nothing is dropped).
//!
//! What is dropped follows from a step's key, the layer and the place in the batch alone: an engine that runs a part of
//! the batch drops there what one that runs all of it would, and the backward pass what the forward pass did.

use crate::terms::{Cell, Combine, Term, Terms};
use alloc::vec;

/// A dropout layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// The probability of a value to be dropped: 0 or more, less than 1.
    pub rate: f32,
    /// The number of the layer among those of its network that drop.
    pub layer: u32,
    /// Values of an image.
    pub image_len: usize,
}

/// The random choices of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Draw {
    /// The step's key: another one, another choice.
    pub key: u32,
    /// The place in the batch of the first image that is at hand.
    pub first_image: u32,
}

impl Draw {
    /// The key of a step of a run that has this seed.
    pub const fn key(seed: u64, step: u32) -> u32 {
        hash([seed as u32, (seed >> 32) as u32, step])
    }
}

impl Dropout {
    /// Returns the factor of value `index`: 0, or `1 / (1 − rate)`.
    pub fn factor(&self, index: usize, draw: Draw) -> f32 {
        self.factor_at(draw.first_image.wrapping_mul(self.image_len as u32).wrapping_add(index as u32), draw.key)
    }

    fn factor_at(&self, place: u32, key: u32) -> f32 {
        let random = hash([key, self.layer, place]);
        if random < self.threshold() { 0.0 } else { 1.0 / (1.0 - self.rate) }
    }

    /// Random numbers below this one drop a value.
    pub fn threshold(&self) -> u32 {
        (f64::from(self.rate) * 4_294_967_296.0) as u32
    }
}

/// Three numbers to a random one: the first component of PCG3D (Jarzynski & Olano 2020, *Hash Functions for GPU
/// Rendering*, listing in section 4).
const fn hash([x, y, z]: [u32; 3]) -> u32 {
    let [mut x, mut y, mut z] = [spread(x), spread(y), spread(z)];
    x = x.wrapping_add(y.wrapping_mul(z));
    y = y.wrapping_add(z.wrapping_mul(x));
    z = z.wrapping_add(x.wrapping_mul(y));
    (x, y, z) = (x ^ (x >> 16), y ^ (y >> 16), z ^ (z >> 16));
    x.wrapping_add(y.wrapping_mul(z))
}

/// A step of a linear congruential generator.
const fn spread(n: u32) -> u32 {
    n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)
}

/// `y = x · factor`, value by value.
///
/// ```
/// use receptive_core::ops::{Draw, Dropout, dropout_forward};
///
/// let layer = Dropout { rate: 0.5, layer: 0, image_len: 100 };
/// let mut y = [f32::NAN; 100];
/// dropout_forward(&mut y, &[1.0; 100], &layer, Draw { key: 7, first_image: 0 });
/// assert!(y.iter().all(|y| [0.0, 2.0].contains(y)));
/// assert!((30..70).contains(&y.iter().filter(|y| **y == 0.0).count()));
/// ```
pub fn dropout_forward(y: &mut [f32], x: &[f32], layer: &Dropout, draw: Draw) {
    debug_assert_eq!(y.len(), x.len());
    for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
        *y = x * layer.factor(i, draw);
    }
}

/// `grad_x = grad_y · factor`, value by value, with the factors of the forward pass.
pub fn dropout_backward(grad_x: &mut [f32], grad_y: &[f32], layer: &Dropout, draw: Draw) {
    dropout_forward(grad_x, grad_y, layer, draw);
}

/// Returns the term of a value of `y`, or of `grad_x`: the value in the same place times its factor.
pub fn dropout_terms<T: Copy>(index: usize, x: T, layer: &Dropout, draw: Draw) -> Terms<T> {
    Terms::new(Combine::Sum, vec![Term::scaled(layer.factor(index, draw), Cell { tensor: x, index })])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dropped(rate: f32, layer: u32, draw: Draw, len: usize) -> alloc::vec::Vec<bool> {
        let layer = Dropout { rate, layer, image_len: len };
        (0..len).map(|i| layer.factor(i, draw) == 0.0).collect()
    }

    #[test]
    fn as_many_are_dropped_as_the_rate_says() {
        const LEN: usize = 100_000;
        for (i, rate) in [0.0, 0.1, 0.25, 0.5, 0.9, 0.99].into_iter().enumerate() {
            let draw = Draw { key: i as u32, first_image: 0 };
            let n = dropped(rate, 3, draw, LEN).iter().filter(|dropped| **dropped).count() as f32;
            // Four standard deviations of so many draws.
            let off = 4.0 * libm::sqrtf(LEN as f32 * rate * (1.0 - rate));
            assert!((n - rate * LEN as f32).abs() <= off, "{n} of {LEN} at {rate}");
        }
    }

    #[test]
    fn another_step_another_layer_and_another_image_drop_others() {
        const LEN: usize = 10_000;
        let first = Draw { key: 7, first_image: 0 };
        let base = dropped(0.5, 0, first, LEN);
        let others = [
            dropped(0.5, 0, Draw { key: 8, ..first }, LEN),
            dropped(0.5, 1, first, LEN),
            dropped(0.5, 0, Draw { first_image: 1, ..first }, LEN),
        ];
        for other in others {
            let n_equal = base.iter().zip(&other).filter(|(a, b)| a == b).count();
            assert!((4_800..5_200).contains(&n_equal), "{n_equal} of {LEN} are the same");
        }
    }

    #[test]
    fn a_part_of_a_batch_drops_what_the_whole_batch_drops_there() {
        let layer = Dropout { rate: 0.3, layer: 2, image_len: 7 };
        let x: alloc::vec::Vec<f32> = (0..70).map(|i| i as f32).collect();
        let mut whole = [f32::NAN; 70];
        dropout_forward(&mut whole, &x, &layer, Draw { key: 9, first_image: 0 });
        let mut part = [f32::NAN; 28];
        dropout_forward(&mut part, &x[21..49], &layer, Draw { key: 9, first_image: 3 });
        assert_eq!(part, whole[21..49]);
    }
}
