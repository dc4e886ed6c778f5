//! A plane through the weights of a network, on which its loss can be looked at.

use crate::init::{Parameter, Parameters};
use alloc::vec::Vec;
use receptive_core::Rng;

/// Two random directions from a network's weights (Li et al. 2018, *Visualizing the Loss Landscape of Neural Nets*).
///
/// Directions are normal and then normalised filter by filter: each kernel, or the weights of a unit, is as long as it is
/// in the network. So a step of the same size means the same in every layer. Biases and statistics stay as they are.
#[derive(Clone, Debug)]
pub struct WeightPlane {
    centre: Parameters,
    directions: [Vec<Vec<f32>>; 2],
    moved: Parameters,
}

impl WeightPlane {
    /// The plane through these weights whose directions follow from a seed.
    pub fn new(centre: Parameters, seed: u64) -> Self {
        let directions = [0, 1].map(|i| direction(&centre, &mut Rng::stream(seed, i)));
        Self { moved: centre.clone(), centre, directions }
    }

    /// The weights at a place of the plane: the network's, plus so much of each direction.
    pub fn at(&mut self, place: [f32; 2]) -> &Parameters {
        self.moved.clone_from(&self.centre);
        for (i, values) in self.moved.values_mut_in_order().enumerate() {
            for (far, direction) in place.into_iter().zip(&self.directions) {
                values.iter_mut().zip(&direction[i]).for_each(|(w, d)| *w += far * d);
            }
        }
        &self.moved
    }

    /// The weights in the middle.
    pub fn centre(&self) -> &Parameters {
        &self.centre
    }

    /// A direction, (2): the values of each tensor, in the order of the layers.
    pub fn direction(&self, i: usize) -> &[Vec<f32>] {
        &self.directions[i]
    }
}

fn direction(centre: &Parameters, rng: &mut Rng) -> Vec<Vec<f32>> {
    centre.tensors().iter().map(|tensor| tensor_direction(tensor, rng)).collect()
}

fn tensor_direction(tensor: &Parameter, rng: &mut Rng) -> Vec<f32> {
    let filter_len = tensor.shape.image_len();
    // Tensors of one number for each channel are biases, or belong to a batch norm.
    if filter_len == 1 || !tensor.is_learnt {
        return alloc::vec![0.0; tensor.values.len()];
    }
    let norm = |filter: &[f32]| libm::sqrt(filter.iter().map(|w| f64::from(*w) * f64::from(*w)).sum());
    let filters = tensor.values.chunks_exact(filter_len).flat_map(|filter| {
        let drawn: Vec<_> = filter.iter().map(|_| rng.normal()).collect();
        let scale = norm(filter) / norm(&drawn).max(f64::MIN_POSITIVE);
        drawn.into_iter().map(move |d| (f64::from(d) * scale) as f32)
    });
    filters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;

    fn plane(seed: u64) -> (Parameters, WeightPlane) {
        let Ok(centre) = Parameters::init(&Preset::Small.spec(), 3) else { unreachable!("it can be built") };
        (centre.clone(), WeightPlane::new(centre, seed))
    }

    #[test]
    fn every_filter_of_a_direction_is_as_long_as_that_of_the_network() {
        let (centre, plane) = plane(5);
        let norm = |values: &[f32]| values.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>().sqrt();
        for (tensor, direction) in centre.tensors().iter().zip(plane.direction(0)) {
            let row = tensor.values.len() / tensor.shape.n;
            for (w, d) in tensor.values.chunks(row).zip(direction.chunks(row)) {
                let want = if tensor.name.ends_with("bias") { 0.0 } else { norm(w) };
                assert!((norm(d) - want).abs() <= 1e-5 * (1.0 + want), "{}: {} {want}", tensor.name, norm(d));
            }
        }
    }

    #[test]
    fn places_are_reached_along_both_directions_and_the_middle_is_the_network() {
        let (centre, mut plane) = plane(5);
        assert_eq!(*plane.at([0.0, 0.0]), centre);
        let directions = [0, 1].map(|i| plane.direction(i)[0].clone());
        let moved = plane.at([0.5, -2.0]).tensors()[0].values.clone();
        for (i, w) in moved.iter().enumerate() {
            let want = centre.tensors()[0].values[i] + 0.5 * directions[0][i] - 2.0 * directions[1][i];
            assert!((w - want).abs() < 1e-6);
        }
        assert_eq!(*plane.at([0.0, 0.0]), centre, "nothing is left of the place before");
    }

    #[test]
    fn directions_follow_from_the_seed_and_are_two() {
        let flat = |plane: &WeightPlane, i: usize| plane.direction(i).concat();
        let (one, same, other) = (plane(5).1, plane(5).1, plane(6).1);
        assert_eq!(flat(&one, 0), flat(&same, 0));
        assert_ne!(flat(&one, 0), flat(&other, 0));
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let (a, b) = (flat(&one, 0), flat(&one, 1));
        assert!(dot(&a, &b).abs() < 0.1 * dot(&a, &a), "nearly at a right angle");
    }
}
