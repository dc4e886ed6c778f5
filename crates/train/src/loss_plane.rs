//! The loss around a network: at places of a plane through its weights, some of them for each question of the page.

use crate::protocol::{Losses, MOST_PLACES, Refusal, RunId, Split};
use crate::session::Session;
use crate::sources::Supply;
use receptive_data::Dataset;
use receptive_nn::{CpuEngine, Parameters, Program, Purpose, Spec, WeightPlane};

/// Training images that the loss is the mean of, as far as there are so many.
const N_IMAGES: usize = 512;
/// Images that are read at a time: few enough for the processor's cache.
const BATCH: usize = 64;

/// The plane that is looked at, and what it takes to do so. It holds the weights as they were when it was first asked for.
pub(crate) struct LossPlane {
    run: RunId,
    seed: u32,
    iteration: u32,
    plane: WeightPlane,
    engine: CpuEngine,
    /// (n, c, h, w), 0 to 1; n is a multiple of the batch.
    pixels: Vec<f32>,
    labels: Vec<u8>,
}

impl LossPlane {
    fn new(
        (run, seed, iteration): (RunId, u32, u32),
        spec: &Spec,
        weights: &Parameters,
        data: &Dataset,
    ) -> Option<Self> {
        let found: Vec<_> = (0..N_IMAGES.min(data.n_training())).map_while(|i| data.training_image(i)).collect();
        let batch = BATCH.min(found.len());
        let n = found.len() - found.len() % batch.max(1);
        if n == 0 {
            return None;
        }
        let level = |pixel: u8| f32::from(pixel) / 255.0;
        Some(Self {
            run,
            seed,
            iteration,
            plane: WeightPlane::new(weights.clone(), seed.into()),
            engine: CpuEngine::new(Program::compile(spec, batch, Purpose::Inference).ok()?),
            pixels: found[..n].iter().flat_map(|(pixels, _)| pixels.iter().map(|&pixel| level(pixel))).collect(),
            labels: found[..n].iter().map(|(_, label)| *label).collect(),
        })
    }

    /// The mean loss at a place, in nats.
    fn loss(&mut self, place: [f32; 2]) -> f32 {
        let parameters = self.plane.at(place);
        let batch = self.engine.program().batch();
        let image_len = self.pixels.len() / self.labels.len();
        let mut sum = 0.0;
        for (pixels, labels) in self.pixels.chunks_exact(batch * image_len).zip(self.labels.chunks_exact(batch)) {
            self.engine.evaluate(parameters, pixels, labels);
            sum += self.engine.losses().iter().map(|loss| f64::from(*loss)).sum::<f64>();
        }
        (sum / self.labels.len() as f64) as f32
    }
}

impl Session {
    /// The loss at places of the plane of a seed through the weights that the run had after `since` steps, or has now.
    pub(crate) fn losses(
        &mut self,
        run: RunId,
        (seed, since): (u32, Option<u32>),
        places: &[[f32; 2]],
    ) -> Result<Losses, Refusal> {
        if places.iter().flatten().any(|part| !part.is_finite()) {
            return Err(Refusal::NotFinite);
        }
        if since.is_none() {
            self.loss_plane = None;
            self.loss_plane = Some(self.open_loss_plane(run, seed)?);
        }
        let is_it = |plane: &&mut LossPlane| {
            plane.run == run && plane.seed == seed && since.is_none_or(|i| i == plane.iteration)
        };
        let plane = self.loss_plane.as_mut().filter(is_it).ok_or(Refusal::Closed)?;
        let values = places.iter().take(MOST_PLACES).map(|place| plane.loss(*place)).collect();
        Ok(Losses { values, iteration: plane.iteration, n_images: plane.labels.len() as u32 })
    }

    fn open_loss_plane(&mut self, id: RunId, seed: u32) -> Result<LossPlane, Refusal> {
        self.finite_run(id)?;
        let open = self.open.as_mut().ok_or(Refusal::NoRun)?;
        if open.supply == Supply::BuiltIn {
            self.sources.make_built_in(Split::Training, 0..N_IMAGES);
        }
        let images = self.sources.get(open.supply).ok_or(Refusal::NoRun)?;
        let (iteration, spec) = (open.run.iteration, open.run.config.spec.clone());
        let (_, weights, _) = open.run.engine();
        let none = Refusal::NoImage { index: 0, n_images: images.n_training() as u32 };
        LossPlane::new((id, seed, iteration), &spec, weights, images).ok_or(none)
    }
}
