//! The last step of a run, so that it can be taken apart: the weights and the optimiser's memory before it are kept, and
//! the rest is computed from them once more, by the same shards in the same order. It comes to the same bits.

use crate::memory::can_be_had;
use crate::pool::{Images, ShardEngine, Shards};
use crate::protocol::{OpenedStep, Refusal, StepRecord, Tensor, Tensors};
use crate::run::Run;
use receptive_data::{Dataset, gather};
use receptive_nn::{
    Draw, Head, Optimiser, OptimiserState, Origin, Parameters, Spec, StepInspector, StepTensor, StepTensors, Trained,
};
use std::mem;

/// What is known of the last step.
#[derive(Clone, Copy, Default)]
pub(crate) enum Known {
    /// Nothing: none was taken here, or it was not kept.
    #[default]
    Nothing,
    /// The GPU took it: of what it came from only older weights are known.
    OnGpu,
    /// What it came from.
    Kept(StepFacts),
}

/// The circumstances of a step.
#[derive(Clone, Copy)]
pub(crate) struct StepFacts {
    pub(crate) record: StepRecord,
    pub(crate) learning_rate: f32,
}

/// The last step of a run. Memory that it once needed is used again.
#[derive(Default)]
pub(crate) struct LastStep {
    pub(crate) known: Known,
    before: Option<(Parameters, OptimiserState)>,
    recomputed: Recomputed,
}

/// What was computed once more of the step.
#[derive(Default)]
struct Recomputed {
    /// True if `images` and `labels` are those of the step.
    has_images: bool,
    images: Vec<f32>,
    labels: Vec<u8>,
    /// True if `gradient` is that of the step.
    has_gradient: bool,
    gradient: Vec<f32>,
    inspector: Option<ShardInspector>,
}

/// A look into one shard.
struct ShardInspector {
    inspector: StepInspector,
    /// Images that it runs.
    n_images: usize,
    /// The shard of this step that it ran last.
    shard: Option<usize>,
}

/// What a step is computed from.
#[derive(Clone, Copy)]
struct Source<'a> {
    spec: &'a Spec,
    rule: Optimiser,
    loss: Head,
    /// The weights before it.
    parameters: &'a Parameters,
    dataset: &'a Dataset,
    /// Its images, as positions in the training split.
    picks: &'a [u32],
    image_len: usize,
    key: u32,
}

impl LastStep {
    /// Keeps what the next step comes from, or forgets the last one.
    pub(crate) fn begin(&mut self, keeps: bool, parameters: &Parameters, memory: &OptimiserState) {
        self.known = Known::Nothing;
        if !keeps {
            return;
        }
        match &mut self.before {
            Some(before) => {
                before.0.clone_from(parameters);
                before.1.clone_from(memory);
            }
            None => self.before = Some((parameters.clone(), memory.clone())),
        }
        self.recomputed.forget();
    }
}

impl Recomputed {
    /// Forgets what was computed of another step.
    fn forget(&mut self) {
        (self.has_images, self.has_gradient) = (false, false);
        if let Some(inspector) = &mut self.inspector {
            inspector.shard = None;
        }
    }

    /// Puts the step's images together, if they are there.
    fn gather(&mut self, from: Source<'_>) -> Result<(), Refusal> {
        if !self.has_images {
            self.images.resize(from.picks.len() * from.image_len, 0.0);
            self.labels.resize(from.picks.len(), 0);
            self.has_images = gather(from.dataset, false, from.picks, &mut self.images, &mut self.labels);
        }
        if self.has_images { Ok(()) } else { Err(Refusal::NoStep) }
    }

    /// Computes the gradient that the optimiser got.
    fn find_gradient(&mut self, engine: &mut ShardEngine, from: Source<'_>) -> Result<(), Refusal> {
        if !self.has_gradient {
            self.gather(from)?;
            self.gradient.resize(from.parameters.len(), 0.0);
            let (image_len, key) = (from.image_len, from.key);
            let images = Images { pixels: &self.images, image_len, labels: &self.labels, key };
            engine.gradient(from.parameters, images, &mut self.gradient);
            self.has_gradient = true;
        }
        Ok(())
    }

    /// The tensor of this name at an image of the batch, if there is one.
    fn at_image(
        &mut self,
        image: usize,
        name: &str,
        shards: &Shards,
        from: Source<'_>,
    ) -> Result<Option<StepTensor>, Refusal> {
        self.gather(from)?;
        let shard = shards.holding(image + 1) - 1;
        let place = shards.images(&(shard..shard + 1));
        let made = match self.inspector.take().filter(|made| made.n_images == place.len()) {
            Some(made) => made,
            None => ShardInspector::new(from, place.len())?,
        };
        let made = self.inspector.insert(made);
        if made.shard != Some(shard) {
            let pixels = &self.images[place.start * from.image_len..place.end * from.image_len];
            let draw = Draw { key: from.key, first_image: place.start as u32 };
            made.inspector.run(from.parameters, pixels, &self.labels[place.clone()], shards.batch(), draw);
            made.shard = Some(shard);
        }
        Ok(made.inspector.part(name, image - place.start))
    }
}

impl ShardInspector {
    fn new(from: Source<'_>, n_images: usize) -> Result<Self, Refusal> {
        // A network that trains can be looked into.
        let program =
            StepInspector::program_for(from.spec, n_images, from.rule, from.loss).map_err(|_| Refusal::NoStep)?;
        let n_bytes = program.slots().iter().map(|&len| len as u64 * size_of::<f32>() as u64).sum();
        if !can_be_had(n_bytes) {
            return Err(Refusal::Memory { megabytes: n_bytes >> 20 });
        }
        Ok(Self { inspector: StepInspector::new(from.spec, program), n_images, shard: None })
    }
}

impl Run {
    /// Takes the last step apart. Names are those of [`StepTensors`], and for the image at place `example` of its batch those of
    /// [`StepInspector`].
    pub(crate) fn open_step(
        &mut self,
        dataset: &Dataset,
        names: Vec<String>,
        example: Option<u32>,
    ) -> Result<OpenedStep, Refusal> {
        let mut last = mem::take(&mut self.last);
        let opened = self.take_apart(&mut last, dataset, names, example);
        self.last = last;
        opened
    }

    fn take_apart(
        &mut self,
        last: &mut LastStep,
        dataset: &Dataset,
        names: Vec<String>,
        example: Option<u32>,
    ) -> Result<OpenedStep, Refusal> {
        let (facts, (parameters, memory)) = match (last.known, &last.before) {
            (Known::Kept(facts), Some(before)) => (facts, before),
            (Known::OnGpu, _) => return Err(Refusal::StepOnGpu),
            _ => return Err(Refusal::NoStep),
        };
        let StepFacts { record, learning_rate } = facts;
        let n_images = self.config.batch;
        if let Some(index) = example.filter(|&index| index >= n_images) {
            return Err(Refusal::NoImage { index, n_images });
        }
        let done_before = record.iteration - 1;
        let images = self.batch_at(done_before).to_vec();
        let (spec, optimiser) = (self.config.spec.clone(), self.config.optimiser);
        let (image_len, key) = (self.image_len(), self.key_at(done_before));
        let from = Source {
            spec: &spec,
            rule: optimiser,
            loss: self.config.loss,
            parameters,
            dataset,
            picks: &images,
            image_len,
            key,
        };
        let (engine, after) = self.engine_and_trained();
        let both = StepTensors { before: Trained { parameters, memory }, after, gradient: None };
        let recomputed = &mut last.recomputed;
        if names.iter().any(|name| both.is_gradient(name)) {
            recomputed.find_gradient(engine, from)?;
        }
        let mut tensors = Vec::with_capacity(names.len());
        for name in names {
            let gradient = recomputed.has_gradient.then_some(&recomputed.gradient[..]);
            let of_weights = StepTensors { gradient, ..both }.part(&name);
            let found = match (of_weights, example) {
                (None, Some(example)) => recomputed.at_image(example as usize, &name, engine.shards(), from)?,
                (found, _) => found,
            };
            let Some((name, shape, values)) = found else { return Err(Refusal::NoTensor(name)) };
            tensors.push(Tensor { name, shape: shape.map(|n| n as u32), values });
        }
        let origin = Origin::Run { iteration: record.iteration };
        Ok(OpenedStep { record, learning_rate, optimiser, images, tensors: Tensors { spec, origin, tensors } })
    }
}
