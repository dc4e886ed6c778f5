//! The last step of a run, so that it can be taken apart and undone: the weights and the optimiser's memory before it are
//! kept, and the rest is computed from them once more, by the same shards in the same order. It comes to the same bits.
//! Of small networks those of some steps before it are kept too.

use crate::memory::can_be_had;
use crate::pool::{Images, ShardEngine, Shards};
use crate::protocol::{OpenedStep, Refusal, StepRecord, Tensor, Tensors};
use crate::run::Run;
use receptive_data::{Dataset, gather};
use receptive_nn::{
    Draw, Head, Optimiser, OptimiserState, Origin, Parameters, Spec, StepInspector, StepTensor, StepTensors, Trained,
};
use std::collections::VecDeque;
use std::mem;

/// At most so many of the last steps are kept, and no more than fit into so many bytes, but for the very last.
const MOST_STEPS: usize = 20;
pub(crate) const MOST_BYTES: usize = 64 << 20;

/// The circumstances of a step.
#[derive(Clone, Copy)]
pub(crate) struct StepFacts {
    pub(crate) record: StepRecord,
    pub(crate) learning_rate: f32,
    pub(crate) gradient_scale: f32,
}

/// What a step came from: the weights and the optimiser's memory before it; and its circumstances.
struct KeptStep {
    before: (Parameters, OptimiserState),
    facts: StepFacts,
}

/// The last step of a run, behind those before it that can be undone after it.
#[derive(Default)]
pub(crate) struct LastStep {
    /// True if the GPU took it: of what it came from only older weights are known.
    is_on_gpu: bool,
    /// True if it is kept for whoever asks, and not only to be undone: a question while a run goes on is of the step after it.
    is_for_asking: bool,
    /// The steps that are kept, the last one at the end.
    steps: VecDeque<KeptStep>,
    /// The most of them.
    most: usize,
    /// Memory of steps that are not kept any more.
    spare: Vec<(Parameters, OptimiserState)>,
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
    /// Nothing yet, of a run with so many values in its weights and the optimiser's memory.
    pub(crate) fn new(n_values: usize) -> Self {
        let most = (MOST_BYTES / (n_values * size_of::<f32>()).max(1)).clamp(1, MOST_STEPS);
        Self { most, ..Self::default() }
    }

    /// True if steps are so small that every one is kept, whether somebody asks or not.
    fn keeps_all(&self) -> bool {
        self.most == MOST_STEPS
    }

    /// Keeps what the next step comes from, for whoever asks or only to be undone; or forgets those before it.
    pub(crate) fn begin(
        &mut self,
        is_for_asking: bool,
        facts: StepFacts,
        (parameters, memory): (&Parameters, &OptimiserState),
    ) {
        if !is_for_asking && !self.keeps_all() {
            return self.forget();
        }
        (self.is_on_gpu, self.is_for_asking) = (false, is_for_asking);
        self.recomputed.forget();
        let oldest = if self.steps.len() >= self.most { self.steps.pop_front() } else { None };
        let before = match oldest.map(|step| step.before).or_else(|| self.spare.pop()) {
            Some(mut before) => {
                before.0.clone_from(parameters);
                before.1.clone_from(memory);
                before
            }
            None => (parameters.clone(), memory.clone()),
        };
        self.steps.push_back(KeptStep { before, facts });
    }

    /// Notes by how much clipping scaled the gradient of the step that has begun.
    pub(crate) fn scaled(&mut self, scale: f32) {
        if let Some(step) = self.steps.back_mut() {
            step.facts.gradient_scale = scale;
        }
    }

    /// Makes room before steps are taken, if every one is to be kept.
    pub(crate) fn make_room(&mut self, parameters: &Parameters, memory: &OptimiserState) {
        if self.keeps_all() {
            let n_missing = self.most.saturating_sub(self.steps.len() + self.spare.len());
            self.spare.extend((0..n_missing).map(|_| (parameters.clone(), memory.clone())));
            // As many again may be forgotten at once.
            self.spare.reserve(self.most);
            self.steps.reserve(self.most);
        }
    }

    /// Forgets what is known of the steps so far.
    pub(crate) fn forget(&mut self) {
        (self.is_on_gpu, self.is_for_asking) = (false, false);
        self.spare.extend(self.steps.drain(..).map(|step| step.before));
        self.recomputed.forget();
    }

    /// Notes that the GPU took the last step.
    pub(crate) fn taken_on_gpu(&mut self) {
        self.forget();
        self.is_on_gpu = true;
    }

    /// True if it is known what there is to be said of the last step.
    pub(crate) fn is_known(&self) -> bool {
        self.is_on_gpu || self.is_for_asking
    }

    /// Steps that are kept.
    pub(crate) fn n_kept(&self) -> usize {
        self.steps.len()
    }

    /// Undoes the last step: puts the weights and the optimiser's memory back that it came from. Returns the steps of the
    /// run before it; nothing when it is not kept.
    pub(crate) fn undo(&mut self, parameters: &mut Parameters, memory: &mut OptimiserState) -> Option<u32> {
        let mut step = self.steps.pop_back()?;
        mem::swap(parameters, &mut step.before.0);
        mem::swap(memory, &mut step.before.1);
        let before = step.facts.record.iteration - 1;
        self.spare.push(step.before);
        self.is_for_asking = !self.steps.is_empty();
        self.recomputed.forget();
        Some(before)
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
        let KeptStep { before: (parameters, memory), facts } = match last.steps.back() {
            Some(kept) if last.is_for_asking => kept,
            _ if last.is_on_gpu => return Err(Refusal::StepOnGpu),
            _ => return Err(Refusal::NoStep),
        };
        let StepFacts { record, learning_rate, gradient_scale } = *facts;
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
        let tensors = Tensors { spec, origin, tensors };
        Ok(OpenedStep { record, learning_rate, gradient_scale, optimiser, images, tensors })
    }
}
