//! The loss around a network as it is sampled: coarsely first, then finer and finer, then with more images. No browser here.

use receptive_lessons::landscape::levels;
use receptive_lessons::scene::Surface;
use std::rc::Rc;

/// Places along each side when all are known.
const SIDE: usize = 33;
/// Distances between the places of the lattices, one after the other.
const STRIDES: [usize; 4] = [8, 4, 2, 1];
/// How far it reaches from the weights, in each direction: as far as the weights themselves are long.
const REACH: f32 = 1.0;
/// Images that each pass over the places adds to the mean.
const PASS: u32 = 64;

/// A surface as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// The mean losses of the passes that are done, row by row from below; of the first as far as it is known, NaN elsewhere.
    values: Vec<f32>,
    /// Images of these passes.
    n_images: u32,
    /// The same with the pass that is going on, as far as it has come.
    coming: Vec<f32>,
    /// The places in the order in which they are asked for.
    order: Vec<usize>,
    n_known: usize,
    is_done: bool,
}

impl Default for Sampling {
    fn default() -> Self {
        let is_of =
            |stride: usize, cell: usize| (cell / SIDE).is_multiple_of(stride) && (cell % SIDE).is_multiple_of(stride);
        let of = |i: usize| {
            let is_new = move |cell: &usize| is_of(STRIDES[i], *cell) && (i == 0 || !is_of(STRIDES[i - 1], *cell));
            (0..SIDE * SIDE).filter(is_new)
        };
        let unknown = vec![f32::NAN; SIDE * SIDE];
        let order = (0..STRIDES.len()).flat_map(of).collect();
        Self { values: unknown.clone(), n_images: 0, coming: unknown, order, n_known: 0, is_done: false }
    }
}

impl Sampling {
    /// The next places to ask for, as many as `most`; none when everything is known.
    pub fn next(&self, most: usize) -> Vec<[f32; 2]> {
        let part = |i: usize| REACH * (2.0 * i as f32 / (SIDE - 1) as f32 - 1.0);
        let left = if self.is_done { &[] } else { &self.order[self.n_known..] };
        left.iter().take(most).map(|cell| [part(cell % SIDE), part(cell / SIDE)]).collect()
    }

    /// The images to ask for: the first, and the one after the last.
    pub fn images(&self) -> [u32; 2] {
        [self.n_images, self.n_images + PASS]
    }

    /// Takes in the losses at the first of those places, means over so many images of so many in all.
    pub fn take(&mut self, losses: &[f32], n_images: u32, n_all: u32) {
        let [before, here] = [self.n_images, n_images].map(f64::from);
        for (cell, loss) in self.order[self.n_known..].iter().zip(losses) {
            let sum = if self.n_images == 0 { 0.0 } else { before * f64::from(self.values[*cell]) };
            self.coming[*cell] = ((sum + here * f64::from(*loss)) / (before + here)) as f32;
            self.n_known += 1;
        }
        if self.n_known == self.order.len() {
            self.values.clone_from(&self.coming);
            (self.n_images, self.n_known) = (self.n_images + n_images, 0);
            self.is_done = self.n_images >= n_all;
        }
    }

    /// Places of the pass that is going on which are known, and all of them; none when everything is known.
    pub fn progress(&self) -> Option<[usize; 2]> {
        (!self.is_done).then_some([self.n_known, self.order.len()])
    }

    /// Images that the losses of all places are the mean of; 0 before the first pass is done.
    pub fn n_images(&self) -> u32 {
        self.n_images
    }

    /// The finest lattice that is known whole, as a surface without names; none before the coarsest is.
    pub fn surface(&self) -> Option<Surface> {
        let side = |stride: usize| (SIDE - 1) / stride + 1;
        let is_whole = |stride: &usize| self.n_images > 0 || side(*stride).pow(2) <= self.n_known;
        let stride = STRIDES.into_iter().rev().find(is_whole)?;
        let known = if self.n_images > 0 { &self.values } else { &self.coming };
        let n = side(stride);
        let values: Vec<_> = (0..n * n).map(|i| known[i / n * stride * SIDE + i % n * stride]).collect();
        let range = [-REACH, REACH, -REACH, REACH];
        Some(Surface { range, columns: n, levels: levels(&values), values: Rc::new(values), ..Surface::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The loss at a place over some images.
    fn loss([x, y]: [f32; 2], images: [u32; 2]) -> f32 {
        10.0 * y + x + (images[0] + images[1]) as f32
    }

    #[test]
    fn every_place_is_asked_for_once_and_each_lattice_is_whole_before_the_next() {
        let mut sampling = Sampling::default();
        let mut places = vec![];
        let mut sizes = vec![];
        while sampling.n_images() == 0 {
            let asked = sampling.next(7);
            // Not all of them are answered at once.
            let losses: Vec<_> = asked.iter().take(5).map(|place| loss(*place, [0, 0])).collect();
            places.extend(asked.iter().take(5).map(|[x, y]| format!("{x} {y}")));
            sampling.take(&losses, 64, 100);
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
        let n_asked = places.len();
        places.sort();
        places.dedup();
        assert_eq!((places.len(), n_asked), (33 * 33, 33 * 33));
    }

    #[test]
    fn each_pass_adds_its_images_to_the_mean_and_is_shown_when_it_is_whole() {
        let mut sampling = Sampling::default();
        let mut seen = vec![];
        while let [first, ..] = sampling.next(1)[..] {
            let images = sampling.images();
            // Of the last pass, 36 images are there.
            let n_images = (100 - images[0]).min(64);
            let before = sampling.surface();
            let places = sampling.next(400);
            let losses: Vec<_> = places.iter().map(|place| loss(*place, images)).collect();
            sampling.take(&losses, n_images, 100);
            if sampling.n_images() == images[0] {
                assert!(images[0] == 0 || sampling.surface() == before, "nothing of a pass is seen before it is whole");
            } else {
                seen.push(sampling.n_images());
            }
            assert!(first.iter().all(|part| part.abs() <= 1.0));
        }
        assert_eq!((seen, sampling.progress()), (vec![64, 100], None));
        let value = sampling.surface().map_or(f32::NAN, |surface| surface.values[33 * 16 + 16]);
        let want = (64.0 * loss([0.0; 2], [0, 64]) + 36.0 * loss([0.0; 2], [64, 128])) / 100.0;
        assert!((value - want).abs() < 1e-3, "{value} {want}");
    }
}
