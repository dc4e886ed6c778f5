//! One run: a network, its weights, and how far it has come. A run takes single steps; it never decides to.

use crate::fit::check_fit;
use crate::last_step::{LastStep, StepFacts};
use crate::look::{Inspectors, Look};
use crate::memory::check_memory;
use crate::nudge::NudgeRequest;
use crate::pool::{Images, ShardEngine, Shards};
use crate::protocol::{Nudged, Refusal, RunConfig, RunError, Split, StepRecord, Tensors, encode};
use crate::validations::{Validations, check_validations};

use receptive_data::{Dataset, EpochOrder, Schema, gather};
use receptive_nn::{
    Checkpoint, CpuEngine, Draw, Inspector, Optimiser, OptimiserState, Origin, Parameters, Place, Program, Purpose,
    Record, Setting, Trained,
};
use std::ops::Range;

/// Finite weights are set aside after this many steps, for the case that training diverges.
const STEPS_BETWEEN_KEEPS: u32 = 25;
/// The largest batch: beyond it activations outgrow what a tab should hold.
pub(crate) const MAX_BATCH: u32 = 1024;

/// No network comes back from a loss beyond this: its logits are a million apart. A step size of 1e9 need not end
/// in NaN, as every ReLU may die first.
const HOPELESS_LOSS: f32 = 1e6;

/// True if training can go on from this loss. From NaN it cannot.
pub(crate) fn is_hopeful(loss: f32) -> bool {
    loss <= HOPELESS_LOSS
}

/// The result of a step.
pub(crate) enum Stepped {
    Done(StepRecord),
    /// The loss was hopeless, or a weight not finite; the weights before the trouble were kept.
    Diverged {
        iteration: u32,
        loss: f32,
        /// The first tensor with a value that was not finite.
        place: Option<String>,
    },
}

pub(crate) struct Run {
    pub(crate) config: RunConfig,
    /// That of its dataset.
    pub(crate) schema: Schema,
    /// Training images used, steps of one epoch, steps of the run.
    pub(crate) n_training: usize,
    pub(crate) steps_per_epoch: u32,
    pub(crate) n_steps: u32,
    pub(crate) iteration: u32,
    chunks: Vec<usize>,
    engine: ShardEngine,
    single: CpuEngine,
    inspectors: Inspectors,
    parameters: Parameters,
    /// The network as it is sent to replicas.
    spec_bytes: Vec<u8>,
    /// Another number whenever the parameters are other ones.
    pub(crate) version: u32,
    optimiser: OptimiserState,
    /// The last step, for a look at it and to undo it.
    pub(crate) last: LastStep,
    /// The last weights that are known to be finite.
    kept: Checkpoint,
    /// Its test, once it is over.
    pub(crate) record: Record,
    pub(crate) validations: Validations,
    order: EpochOrder,
    ordered_epoch: u32,
    images: Vec<f32>,
    labels: Vec<u8>,
}

/// Refuses an update rule whose settings mean nothing: none may be below zero or infinite, and a norm must be above zero.
pub(crate) fn check_optimiser(optimiser: Optimiser) -> Result<(), RunError> {
    let settings = Setting::ALL.into_iter().filter_map(|setting| optimiser.rule.setting(setting));
    let is_sound = |value: f32| value >= 0.0 && value.is_finite();
    let norm_is_sound = optimiser.max_norm.is_none_or(|norm| norm > 0.0 && norm.is_finite());
    if settings.chain([optimiser.weight_decay]).all(is_sound) && norm_is_sound {
        return Ok(());
    }
    Err(RunError::Optimiser)
}

/// Refuses a learning rate that means nothing: it must be above zero and finite.
pub(crate) fn check_learning_rate(rate: f32) -> Result<(), RunError> {
    if rate > 0.0 && rate.is_finite() {
        return Ok(());
    }
    Err(RunError::LearningRate(rate))
}

impl Run {
    /// Compiles the network and draws its weights. `dataset` must be planned, not present.
    pub(crate) fn open(config: RunConfig, dataset: &Dataset) -> Result<Self, RunError> {
        check_learning_rate(config.learning_rate)?;
        if !config.schedule.makes_sense() {
            return Err(RunError::Schedule(config.schedule));
        }
        check_optimiser(config.optimiser)?;
        check_validations(&config)?;
        if config.batch == 0 || config.batch > MAX_BATCH {
            return Err(RunError::Batch { batch: config.batch, most: MAX_BATCH });
        }
        if config.epochs == 0 {
            return Err(RunError::NoEpochs);
        }
        let n_offered = dataset.n_training();
        let n_validation = config.n_validation as usize;
        if n_validation >= n_offered {
            return Err(RunError::Validation { n_validation: n_validation as u64, n_offered: n_offered as u64 });
        }
        let n_left = n_offered - n_validation;
        let n_training = config.n_training.map_or(n_left, |n| n as usize);
        if n_training > n_left {
            let [n_training, n_offered, n_validation] = [n_training, n_offered, n_validation].map(|n| n as u64);
            return Err(RunError::Training { n_training, n_offered, n_validation });
        }
        let batch = config.batch as usize;
        if batch > n_training {
            return Err(RunError::LargeBatch { batch: batch as u64, n_training: n_training as u64 });
        }
        let steps_per_epoch = (n_training / batch) as u32;
        let n_steps = steps_per_epoch.checked_mul(config.epochs).ok_or(RunError::Epochs(config.epochs))?;
        // The whole batch must be buildable, though no worker ever holds it: how it is cut is no reason to refuse it.
        let program = Program::compile_for(&config.spec, batch, Purpose::Training(config.optimiser), config.loss, &[])?;
        check_fit(&config.spec, program.n_classes(), dataset.schema())?;
        check_memory(&config.spec, batch, config.optimiser, config.loss)?;
        let single = CpuEngine::new(Program::compile_for(&config.spec, 1, Purpose::Inference, config.loss, &[])?);
        let parameters = Parameters::init(&config.spec, config.seed)?;
        let engine = ShardEngine::new(&config.spec, parameters.len(), batch, config.optimiser, config.loss)?;
        let optimiser = OptimiserState::new(config.optimiser, &parameters);
        let n_state = parameters.len() * (1 + config.optimiser.n_moments());
        let place = Place { step: 0, seed: config.seed, n_images: n_training as u32, batch: config.batch };
        let kept = Checkpoint::new(config.spec.clone(), config.optimiser, place, &parameters, &optimiser);
        let chunks = dataset.training_chunks().to_vec();
        let order = EpochOrder::new(config.seed, 0, n_training, &chunks);
        Ok(Self {
            n_training,
            steps_per_epoch,
            n_steps,
            iteration: 0,
            chunks,
            engine,
            single,
            inspectors: Inspectors::of(config.loss),
            parameters,
            spec_bytes: encode(&(&config.spec, config.loss)),
            version: 0,
            optimiser,
            last: LastStep::new(n_state),
            kept,
            record: Record::default(),
            validations: Validations::default(),
            order,
            ordered_epoch: 0,
            schema: dataset.schema().clone(),
            images: vec![0.0; batch * dataset.shape().len()],
            labels: vec![0; batch],
            config,
        })
    }

    /// Adds epochs to a run, and returns how many steps it has then. The learning rate is that of a run of as many epochs
    /// in all: where it falls, it goes on from where such a run would stand.
    pub(crate) fn extend(&mut self, n_epochs: u32) -> Result<u32, RunError> {
        let epochs = self.config.epochs.saturating_add(n_epochs);
        let n_steps = self.steps_per_epoch.checked_mul(epochs).ok_or(RunError::Epochs(epochs))?;
        if n_steps <= self.iteration {
            return Err(RunError::NoMoreEpochs);
        }
        (self.config.epochs, self.n_steps) = (epochs, n_steps);
        self.record = Record::default();
        self.count_cuts();
        Ok(n_steps)
    }

    /// Values that a step updates: parameters, and statistics.
    pub(crate) fn n_values(&self) -> usize {
        self.parameters.len()
    }

    /// Weights and biases that are learnt.
    pub(crate) fn n_params(&self) -> usize {
        self.parameters.n_learnt()
    }

    /// Numbers of an image.
    pub(crate) fn image_len(&self) -> usize {
        self.schema.shape.len()
    }

    /// Classes that the network tells apart.
    pub(crate) fn n_classes(&self) -> usize {
        self.schema.n_classes()
    }

    pub(crate) fn shards(&self) -> &Shards {
        self.engine.shards()
    }

    pub(crate) fn spec_bytes(&self) -> &[u8] {
        &self.spec_bytes
    }

    pub(crate) fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Epochs that are complete.
    pub(crate) fn epochs_done(&self) -> u32 {
        self.iteration / self.steps_per_epoch
    }

    pub(crate) fn is_epoch_end(&self) -> bool {
        self.iteration > 0 && self.iteration.is_multiple_of(self.steps_per_epoch)
    }

    /// The images of the step after `iteration` steps, as positions in the training split.
    pub(crate) fn batch_at(&mut self, iteration: u32) -> &[u32] {
        self.order_epoch(iteration);
        &self.order.indices()[self.batch_range(iteration)]
    }

    /// The learning rate of the step after `iteration` steps, if no validation comes before it.
    pub(crate) fn rate_at(&self, iteration: u32) -> f32 {
        self.config.schedule.rate_after(self.config.learning_rate, iteration, self.n_steps, self.validations.n_cuts)
    }

    /// The key of the random choices of the step after `iteration` steps.
    pub(crate) fn key_at(&self, iteration: u32) -> u32 {
        Draw::key(self.config.seed, iteration)
    }

    /// Lengths of the dataset's training chunks.
    pub(crate) fn chunks(&self) -> &[usize] {
        &self.chunks
    }

    /// Makes `order` that of the epoch of a step.
    fn order_epoch(&mut self, iteration: u32) {
        let epoch = iteration / self.steps_per_epoch;
        if self.ordered_epoch != epoch {
            self.order = EpochOrder::new(self.config.seed, epoch, self.n_training, &self.chunks);
            self.ordered_epoch = epoch;
        }
    }

    /// The place of a step's batch in the epoch's order.
    fn batch_range(&self, iteration: u32) -> Range<usize> {
        let start = (iteration % self.steps_per_epoch) as usize * self.batch();
        start..start + self.batch()
    }

    /// Puts the next step's images together, if they are there.
    pub(crate) fn gather_step(&mut self, dataset: &Dataset) -> bool {
        self.order_epoch(self.iteration);
        let indices = &self.order.indices()[self.batch_range(self.iteration)];
        gather(dataset, false, indices, &mut self.images, &mut self.labels)
    }

    /// Updates the weights by the gradient of the batch's mean loss, and returns the result of the batch. With `keeps` the
    /// step can be taken apart afterwards, until the next one.
    pub(crate) fn finish_step(
        &mut self,
        learning_rate: f32,
        (loss, n_correct, gradient): (f32, u32, &[f32]),
        keeps: bool,
    ) -> Stepped {
        let place = if loss.is_finite() { None } else { self.first_not_finite() };
        let accuracy = n_correct as f32 / self.config.batch as f32;
        let record = StepRecord { iteration: self.iteration + 1, loss, accuracy };
        // The scale is known when the whole gradient has been seen.
        let facts = StepFacts { record, learning_rate, gradient_scale: 1.0 };
        self.last.begin(keeps, facts, (&self.parameters, &self.optimiser));
        let scale = self.optimiser.step(self.engine.program(), &mut self.parameters, gradient, learning_rate);
        self.last.scaled(scale);
        self.version = self.version.wrapping_add(1);
        self.iteration += 1;
        let keep = self.iteration.is_multiple_of(STEPS_BETWEEN_KEEPS) || self.is_epoch_end();
        if !is_hopeful(loss) || (keep && !self.parameters.all_finite()) {
            let place = place.or_else(|| self.first_not_finite());
            return Stepped::Diverged { iteration: self.iteration, loss, place };
        }
        if keep {
            self.keep();
        }
        Stepped::Done(record)
    }

    /// The name of the first tensor with a value that is not finite, as the network reads the images that are put together.
    fn first_not_finite(&self) -> Option<String> {
        let image_len = self.images.len() / self.batch();
        Inspector::new(&self.config.spec).ok()?.first_not_finite(&self.parameters, self.images.chunks(image_len))
    }

    /// Where the run stands in the order of its images.
    fn place(&self) -> Place {
        let Self { config, n_training, iteration, .. } = self;
        Place { step: *iteration, seed: config.seed, n_images: *n_training as u32, batch: config.batch }
    }

    /// Everything that training goes on from.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let Self { config, parameters, optimiser, record, .. } = self;
        let made = Checkpoint::new(config.spec.clone(), config.optimiser, self.place(), parameters, optimiser);
        Checkpoint { record: *record, ..made }
    }

    /// The rows of a checkpoint: the name of each one's tensor, and its length.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&str, usize)> {
        let tensors = self.parameters.tensors().iter().enumerate();
        tensors.flat_map(|(i, tensor)| {
            let slots = self.optimiser.slots(i).iter().map(Vec::len);
            [tensor.values.len()].into_iter().chain(slots).map(|len| (tensor.name.as_str(), len))
        })
    }

    /// Goes on from a checkpoint of this run, taken here or elsewhere. Returns false, and changes nothing, when it is
    /// one of another run, or not finite.
    pub(crate) fn adopt(&mut self, checkpoint: &Checkpoint) -> bool {
        let Some(place) = checkpoint.place.filter(|place| place.step <= self.n_steps) else { return false };
        let is_this = place == Place { step: place.step, ..self.place() }
            && (&checkpoint.spec, checkpoint.optimiser) == (&self.config.spec, self.config.optimiser);
        if !is_this || !checkpoint.is_finite() || !self.put(checkpoint) {
            return false;
        }
        (self.iteration, self.record) = (place.step, checkpoint.record);
        self.forget_later();
        self.keep();
        true
    }

    /// Takes over weights and the state of the optimiser, if they are of this network.
    pub(crate) fn put(&mut self, checkpoint: &Checkpoint) -> bool {
        self.version = self.version.wrapping_add(1);
        self.last.forget();
        checkpoint.put(&mut self.parameters, &mut self.optimiser)
    }

    fn keep(&mut self) {
        self.kept.update(self.place(), &self.parameters, &self.optimiser);
    }

    pub(crate) fn kept_iteration(&self) -> u32 {
        self.kept.step()
    }

    /// Goes back to the last weights that are known to be finite.
    pub(crate) fn restore(&mut self) {
        self.iteration = self.kept.step();
        self.version = self.version.wrapping_add(1);
        self.last.forget();
        self.kept.put(&mut self.parameters, &mut self.optimiser);
        self.forget_later();
    }

    /// Makes room for the steps that will be kept.
    pub(crate) fn make_room(&mut self) {
        self.last.make_room(&self.parameters, &self.optimiser);
    }

    /// Undoes the last step. Returns whether it was kept.
    pub(crate) fn undo_step(&mut self) -> bool {
        let Some(before) = self.last.undo(&mut self.parameters, &mut self.optimiser) else { return false };
        (self.iteration, self.record) = (before, Record::default());
        self.forget_later();
        self.version = self.version.wrapping_add(1);
        // What is gone back to lies never ahead.
        if self.kept.step() > before {
            self.keep();
        }
        true
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.parameters.all_finite()
    }

    /// Images per measured batch.
    pub(crate) fn batch(&self) -> usize {
        self.config.batch as usize
    }

    /// Puts images `indices` of a split together, at most a batch, if they are there. Places beyond them keep the
    /// images of an earlier batch.
    pub(crate) fn gather(&mut self, dataset: &Dataset, split: Split, indices: &[u32]) -> bool {
        let (n, image_len) = (indices.len(), self.image_len());
        gather(dataset, split == Split::Test, indices, &mut self.images[..n * image_len], &mut self.labels[..n])
    }

    /// Makes images, at most a batch, (n, c, h, w), the first of the next batch. Their labels are any. Returns n.
    pub(crate) fn gather_pixels(&mut self, pixels: &[f32]) -> usize {
        self.images[..pixels.len()].copy_from_slice(pixels);
        pixels.len() / self.image_len()
    }

    /// The batch that was put together last.
    pub(crate) fn images(&self) -> Images<'_> {
        Images {
            pixels: &self.images,
            image_len: self.image_len(),
            labels: &self.labels,
            key: self.key_at(self.iteration),
        }
    }

    /// The engine, with the weights and images that it runs on.
    pub(crate) fn engine(&mut self) -> (&mut ShardEngine, &Parameters, Images<'_>) {
        let (image_len, key) = (self.image_len(), self.key_at(self.iteration));
        (&mut self.engine, &self.parameters, Images { pixels: &self.images, image_len, labels: &self.labels, key })
    }

    /// The engine, and the weights with the optimiser's memory.
    pub(crate) fn engine_and_trained(&mut self) -> (&mut ShardEngine, Trained<'_>) {
        (&mut self.engine, Trained { parameters: &self.parameters, memory: &self.optimiser })
    }

    /// Class probabilities, (classes), of one image, (c, h, w).
    pub(crate) fn predict(&mut self, pixels: &[f32]) -> Vec<f32> {
        self.single.forward(&self.parameters, pixels);
        self.single.probabilities().to_vec()
    }

    /// Looks into the network at an image.
    pub(crate) fn look(&mut self, look: Look<'_>) -> Result<Tensors, Refusal> {
        let origin = Origin::Run { iteration: self.iteration };
        self.inspectors.look(&self.config.spec, &self.parameters, origin, look)
    }

    /// Nudges a number of the network.
    pub(crate) fn nudge(&mut self, request: NudgeRequest<'_>) -> Result<Nudged, Refusal> {
        let origin = Origin::Run { iteration: self.iteration };
        self.inspectors.nudge(&self.config.spec, &self.parameters, origin, request)
    }
}
