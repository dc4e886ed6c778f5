//! The engine that computes the loss at places of a plane through a network's weights, the same in the engine worker and
//! in every replica.

use receptive_nn::{CpuEngine, Head, Parameters, Program, Purpose, Spec, WeightPlane};
use std::ops::Range;

/// Images that are read at a time: few enough for the processor's cache.
const BATCH: usize = 64;

/// The images that the loss is the mean of.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlaneImages {
    /// (n, c, h, w), 0 to 1.
    pub(crate) pixels: Vec<f32>,
    /// (n)
    pub(crate) labels: Vec<u8>,
}

/// A plane, its images, and what reads them.
pub(crate) struct PlaneEngine {
    plane: WeightPlane,
    seed: u32,
    engine: CpuEngine,
    images: PlaneImages,
}

impl PlaneEngine {
    /// The plane of a seed through these weights; none without images, or if the network cannot be built. Images beyond
    /// whole batches are left out.
    pub(crate) fn new(
        spec: &Spec,
        loss: Head,
        weights: Parameters,
        seed: u32,
        mut images: PlaneImages,
    ) -> Option<Self> {
        let batch = BATCH.min(images.labels.len());
        let n = images.labels.len().checked_div(batch)? * batch;
        images.labels.truncate(n);
        images.pixels.truncate(n * spec.input.iter().product::<usize>());
        let program = Program::compile_for(spec, batch, Purpose::Inference, loss, &[]).ok()?;
        Some(Self { plane: WeightPlane::new(weights, seed.into()), seed, engine: CpuEngine::new(program), images })
    }

    /// The seed of its directions.
    pub(crate) fn seed(&self) -> u32 {
        self.seed
    }

    /// The weights in the middle.
    pub(crate) fn centre(&self) -> &Parameters {
        self.plane.centre()
    }

    /// Its images.
    pub(crate) fn images(&self) -> &PlaneImages {
        &self.images
    }

    /// The whole batches of images within a range.
    pub(crate) fn whole(&self, images: Range<usize>) -> Range<usize> {
        let batch = self.engine.program().batch();
        let whole = |n: usize| n.min(self.images.labels.len()).next_multiple_of(batch);
        whole(images.start)..whole(images.end)
    }

    /// Writes the mean loss over whole batches of images at each of the places.
    pub(crate) fn losses(&mut self, places: &[[f32; 2]], images: &Range<usize>, losses: &mut [f32]) {
        for (place, loss) in places.iter().zip(losses) {
            *loss = self.loss(*place, images);
        }
    }

    fn loss(&mut self, place: [f32; 2], range: &Range<usize>) -> f32 {
        let parameters = self.plane.at(place);
        let batch = self.engine.program().batch();
        let image_len = self.images.pixels.len() / self.images.labels.len();
        let pixels = self.images.pixels[range.start * image_len..range.end * image_len].chunks_exact(batch * image_len);
        let mut sum = 0.0;
        for (pixels, labels) in pixels.zip(self.images.labels[range.clone()].chunks_exact(batch)) {
            self.engine.evaluate(parameters, pixels, labels);
            sum += self.engine.losses().iter().map(|loss| f64::from(*loss)).sum::<f64>();
        }
        (sum / range.len() as f64) as f32
    }
}
