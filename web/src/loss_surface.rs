//! The loss around a network as it is sampled: coarsely first, then finer and finer. No browser here.

use receptive_lessons::landscape::levels;
use receptive_lessons::scene::Surface;
use std::rc::Rc;

/// Places along each side when all are known.
const SIDE: usize = 33;
/// Distances between the places of the lattices, one after the other.
const STRIDES: [usize; 4] = [8, 4, 2, 1];
/// How far it reaches from the weights, in each direction: as far as the weights themselves are long.
const REACH: f32 = 1.0;

/// A surface as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Row by row from below; NaN: not known yet.
    values: Vec<f32>,
    /// The places in the order in which they are asked for.
    order: Vec<usize>,
    n_known: usize,
}

impl Default for Sampling {
    fn default() -> Self {
        let is_of =
            |stride: usize, cell: usize| (cell / SIDE).is_multiple_of(stride) && (cell % SIDE).is_multiple_of(stride);
        let of = |i: usize| {
            let is_new = move |cell: &usize| is_of(STRIDES[i], *cell) && (i == 0 || !is_of(STRIDES[i - 1], *cell));
            (0..SIDE * SIDE).filter(is_new)
        };
        Self { values: vec![f32::NAN; SIDE * SIDE], order: (0..STRIDES.len()).flat_map(of).collect(), n_known: 0 }
    }
}

impl Sampling {
    /// The next place to ask for; none when all are known.
    pub fn next(&self) -> Option<[f32; 2]> {
        let cell = *self.order.get(self.n_known)?;
        let part = |i: usize| REACH * (2.0 * i as f32 / (SIDE - 1) as f32 - 1.0);
        Some([part(cell % SIDE), part(cell / SIDE)])
    }

    /// Takes in the loss at that place.
    pub fn take(&mut self, loss: f32) {
        if let Some(cell) = self.order.get(self.n_known) {
            self.values[*cell] = loss;
            self.n_known += 1;
        }
    }

    /// Places that are known, and all of them.
    pub fn progress(&self) -> [usize; 2] {
        [self.n_known, self.order.len()]
    }

    /// The finest lattice that is known whole, as a surface without names; none before the coarsest is.
    pub fn surface(&self) -> Option<Surface> {
        let side = |stride: usize| (SIDE - 1) / stride + 1;
        let stride = STRIDES.into_iter().rev().find(|stride| side(*stride).pow(2) <= self.n_known)?;
        let n = side(stride);
        let values: Vec<_> = (0..n * n).map(|i| self.values[i / n * stride * SIDE + i % n * stride]).collect();
        let range = [-REACH, REACH, -REACH, REACH];
        Some(Surface { range, columns: n, levels: levels(&values), values: Rc::new(values), ..Surface::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_asked_for_once_and_each_lattice_is_whole_before_the_next() {
        let mut sampling = Sampling::default();
        let mut places = vec![];
        let mut sizes = vec![];
        while let Some([x, y]) = sampling.next() {
            places.push(format!("{x} {y}"));
            sampling.take(10.0 * y + x);
            let columns = sampling.surface().map_or(0, |surface| surface.columns);
            if sizes.last() != Some(&(columns)) {
                sizes.push(columns);
                let Some(surface) = sampling.surface() else { continue };
                for (cell, value) in surface.values.iter().enumerate() {
                    let [x, y] = surface.place(cell);
                    assert!((value - (10.0 * y + x)).abs() < 1e-5, "{cell}: {value}");
                }
            }
        }
        assert_eq!(sizes, [0, 5, 9, 17, 33]);
        places.sort();
        places.dedup();
        assert_eq!((places.len(), sampling.progress()), (33 * 33, [33 * 33, 33 * 33]));
    }
}
