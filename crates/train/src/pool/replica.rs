//! The side of a replica worker, which runs the shards that messages bring it.

use super::message::{Header, MessageKind, PlaneHeader, Wire};
use super::plane_engine::{PlaneEngine, PlaneImages};
use super::shard_engine::{Images, ShardEngine, ShardResult};
use crate::memory::check_memory;
use crate::protocol::MOST_PLACES;
use receptive_nn::{Head, Optimiser, Parameters, Spec};

/// A replica of the network: weights as they were last sent, and an engine for shards. It keeps nothing of a step.
#[derive(Default)]
pub struct Replica {
    open: Option<Open>,
}

struct Open {
    run: u32,
    spec: Spec,
    loss: Head,
    engine: ShardEngine,
    plane: Option<PlaneEngine>,
    parameters: Parameters,
    /// Numbers of an image.
    image_len: usize,
    pixels: Vec<f32>,
    labels: Vec<u8>,
    results: Vec<ShardResult>,
    sum: Vec<f32>,
    probabilities: Vec<f32>,
    losses: Vec<f32>,
}

impl Replica {
    /// Creates a replica of no network yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a message and does what it says. Returns whether the answer stands in its place now; a message that is
    /// none, or that belongs to a network that is not open here, has no answer.
    pub fn work(&mut self, wire: &mut impl Wire) -> bool {
        let Some(header) = Header::take(wire) else { return false };
        match header.kind {
            MessageKind::Open => {
                self.open = None;
                self.open = Open::new(&header, wire);
                if self.open.is_some() {
                    return false;
                }
                wire.rewind();
                Header { kind: MessageKind::Refused, ..header }.put(wire);
                true
            }
            MessageKind::Sum | MessageKind::Classify => match &mut self.open {
                Some(open) if open.run == header.run => open.answer(&header, wire),
                _ => false,
            },
            MessageKind::Places => match &mut self.open {
                Some(open) if open.run == header.run => open.answer_places(&header, wire).is_some(),
                _ => false,
            },
            MessageKind::Refused => false,
        }
    }
}

impl Open {
    fn new(header: &Header, wire: &mut impl Wire) -> Option<Self> {
        let (n_spec, batch) = (header.n_attached as usize, header.n_images as usize);
        if wire.n_bytes() < Header::N_BYTES + n_spec || batch == 0 {
            return None;
        }
        let mut spec = vec![0; n_spec];
        wire.take_bytes(&mut spec);
        let (spec, loss): (Spec, Head) = postcard::from_bytes(&spec).ok()?;
        // The rule of the updates does not matter: there are none here. Nor do the first weights: others come.
        check_memory(&spec, batch, Optimiser::SGD, loss).ok()?;
        let parameters = Parameters::init(&spec, 0).ok()?;
        let engine = ShardEngine::new(&spec, parameters.len(), batch, Optimiser::SGD, loss).ok()?;
        let image_len = spec.input.iter().product();
        Some(Self {
            run: header.run,
            image_len,
            pixels: vec![0.0; batch * image_len],
            labels: vec![0; batch],
            results: vec![ShardResult::default(); engine.shards().len()],
            sum: vec![0.0; parameters.len()],
            probabilities: vec![0.0; batch * engine.n_classes()],
            losses: vec![0.0; batch],
            engine,
            plane: None,
            parameters,
            spec,
            loss,
        })
    }

    /// Writes the losses at places; nothing if that is no such question, or there is no plane.
    fn answer_places(&mut self, header: &Header, wire: &mut impl Wire) -> Option<()> {
        let about = PlaneHeader::take(wire);
        if header.n_attached > 0 {
            self.plane = None;
            let n_bytes = wire.n_bytes() / (self.image_len + 1);
            if header.n_attached as usize != self.parameters.len() || about.n_attached as usize > n_bytes {
                return None;
            }
            let mut weights = self.parameters.clone();
            weights.values_mut_in_order().for_each(|values| wire.take_floats(values));
            let n = about.n_attached as usize;
            let mut images = PlaneImages { pixels: vec![0.0; n * self.image_len], labels: vec![0; n] };
            wire.take_floats(&mut images.pixels);
            wire.take_bytes(&mut images.labels);
            self.plane = PlaneEngine::new(&self.spec, self.loss, weights, about.seed, images);
        }
        let plane = self.plane.as_mut()?;
        let images = about.images();
        if images.is_empty() || plane.whole(images.clone()) != images {
            return None;
        }
        let mut places = vec![[0.0; 2]; header.shards().len().min(MOST_PLACES)];
        wire.take_floats(places.as_flattened_mut());
        let mut losses = vec![0.0; places.len()];
        plane.losses(&places, &images, &mut losses);
        wire.rewind();
        Header { n_attached: 0, ..*header }.put(wire);
        wire.put_floats(&losses);
        Some(())
    }

    fn answer(&mut self, header: &Header, wire: &mut impl Wire) -> bool {
        let (image_len, n_classes) = (self.image_len, self.engine.n_classes());
        let Self { engine, parameters, pixels, labels, results, sum, probabilities, losses, .. } = self;
        let (shards, share) = (engine.shards().clone(), header.shards());
        let n_counting = header.n_images as usize;
        if share.is_empty() || share.end > shards.len() || shards.images(&share).len() < n_counting {
            return false;
        }
        if header.n_attached > 0 {
            if header.n_attached as usize != parameters.len() {
                return false;
            }
            parameters.values_mut_in_order().for_each(|values| wire.take_floats(values));
        }
        let n = shards.images(&share).len();
        wire.take_floats(&mut pixels[..n * image_len]);
        wire.take_bytes(&mut labels[..n]);
        let images = Images { pixels: &pixels[..n * image_len], image_len, labels: &labels[..n], key: header.key };
        wire.rewind();
        Header { n_attached: 0, ..*header }.put(wire);
        if header.kind == MessageKind::Classify {
            let (probabilities, losses) = (&mut probabilities[..n_counting * n_classes], &mut losses[..n_counting]);
            engine.classify(parameters, images, share.start, probabilities, losses);
            wire.put_floats(probabilities);
            wire.put_floats(losses);
            return true;
        }
        let start = shards.images(&share).start;
        for node in shards.nodes(&share) {
            let at = shards.images(&node);
            let results = &mut results[..node.len()];
            engine.sum(parameters, images.part(at.start - start..at.end - start), &node, results, sum);
            results.iter().for_each(|result| wire.put_floats(&[result.loss, result.n_correct as f32]));
            wire.put_floats(sum);
        }
        true
    }
}
