//! The engine that runs shards of a batch, the same in the engine worker and in every replica.

use super::shards::{Shards, halves};
use receptive_nn::{CpuEngine, Draw, Head, Optimiser, Parameters, Program, Purpose, Spec, SpecError, add_row};
use std::mem;
use std::ops::Range;

/// The result of one shard's forward pass.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ShardResult {
    /// Sum of the images' losses, in nats.
    pub(crate) loss: f32,
    /// Images that were right.
    pub(crate) n_correct: u32,
}

/// Engines for every size of shard. Nothing is allocated after this is made.
pub(crate) struct ShardEngine {
    shards: Shards,
    /// For the larger and the smaller shards; one when all have the same size.
    engines: Vec<CpuEngine>,
    /// The same to read with, where training runs another forward pass.
    readers: Vec<CpuEngine>,
    n_classes: usize,
    /// Sums on the way up the tree, one for each level.
    spare: Vec<Vec<f32>>,
}

/// Images with their labels, from the first of some neighbouring shards on.
#[derive(Clone, Copy)]
pub(crate) struct Images<'a> {
    /// (n, c, h, w), 0 to 1.
    pub(crate) pixels: &'a [f32],
    /// Numbers of an image, c·h·w.
    pub(crate) image_len: usize,
    /// (n)
    pub(crate) labels: &'a [u8],
    /// Key of the step's random choices.
    pub(crate) key: u32,
}

impl<'a> Images<'a> {
    /// Some of the images, by their positions among these.
    pub(crate) fn part(self, range: Range<usize>) -> Self {
        let Self { pixels, image_len, labels, .. } = self;
        Self { pixels: &pixels[range.start * image_len..range.end * image_len], labels: &labels[range], ..self }
    }
}

impl ShardEngine {
    /// Builds the engines for the shards of a batch.
    ///
    /// # Errors
    /// Fails if the network cannot be built.
    pub(crate) fn new(
        spec: &Spec,
        n_params: usize,
        batch: usize,
        rule: Optimiser,
        loss: Head,
    ) -> Result<Self, SpecError> {
        let shards = Shards::of(spec, n_params, batch);
        let programs = Self::programs(spec, &shards, Purpose::Training(rule), loss)?;
        let readers = Self::readers(spec, &shards, loss)?;
        let n_levels = shards.len().next_power_of_two().ilog2().saturating_sub(1) as usize;
        Ok(Self {
            n_classes: programs[0].n_classes(),
            engines: programs.into_iter().map(CpuEngine::new).collect(),
            readers: readers.into_iter().map(CpuEngine::new).collect(),
            spare: vec![vec![0.0; n_params]; n_levels],
            shards,
        })
    }

    /// The programs to read with; none where those for training do.
    fn readers(spec: &Spec, shards: &Shards, loss: Head) -> Result<Vec<Program>, SpecError> {
        if spec.trains_otherwise() { Self::programs(spec, shards, Purpose::Inference, loss) } else { Ok(vec![]) }
    }

    fn programs(spec: &Spec, shards: &Shards, purpose: Purpose, loss: Head) -> Result<Vec<Program>, SpecError> {
        let mut sizes = vec![shards.size(0), shards.size(shards.len() - 1)];
        sizes.dedup();
        sizes.into_iter().map(|size| Program::compile_for(spec, size, purpose, loss, &[])).collect()
    }

    /// Bytes that its engines would take.
    pub(crate) fn n_bytes(
        spec: &Spec,
        n_params: usize,
        batch: usize,
        rule: Optimiser,
        loss: Head,
    ) -> Result<u64, SpecError> {
        let shards = Shards::of(spec, n_params, batch);
        let trained = Self::programs(spec, &shards, Purpose::Training(rule), loss)?;
        let programs = [trained, Self::readers(spec, &shards, loss)?];
        let slots = programs.iter().flatten().flat_map(Program::slots);
        Ok(slots.map(|&len| len as u64 * size_of::<f32>() as u64).sum())
    }

    pub(crate) fn shards(&self) -> &Shards {
        &self.shards
    }

    /// The program of a shard's training step, whose updates are those of the whole batch's.
    pub(crate) fn program(&self) -> &Program {
        self.engines[0].program()
    }

    /// Classes that the network tells apart.
    pub(crate) fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// Writes the gradient of the mean loss of a whole batch, the same to the bit as that which workers make together.
    pub(crate) fn gradient(&mut self, parameters: &Parameters, images: Images, gradient: &mut [f32]) {
        let mut results = vec![ShardResult::default(); self.shards.len()];
        self.sum(parameters, images, &(0..self.shards.len()), &mut results, gradient);
    }

    /// Writes to `sum` the share of the shards of `node` in the gradient of the batch's mean loss, and to `results` the
    /// result of each of them. `images` begin with the first of the node.
    pub(crate) fn sum(
        &mut self,
        parameters: &Parameters,
        images: Images,
        node: &Range<usize>,
        results: &mut [ShardResult],
        sum: &mut [f32],
    ) {
        let mut spare = mem::take(&mut self.spare);
        self.sum_with(parameters, images, node, results, sum, &mut spare);
        self.spare = spare;
    }

    fn sum_with(
        &mut self,
        parameters: &Parameters,
        images: Images,
        node: &Range<usize>,
        results: &mut [ShardResult],
        sum: &mut [f32],
        spare: &mut [Vec<f32>],
    ) {
        if node.len() == 1 {
            let weight = self.run(parameters, images, node.start, results);
            self.engine(node.start).write_gradients(weight, sum);
            return;
        }
        let [left, right] = halves(node);
        let n_left = self.shards.images(&left).len();
        let (left_results, right_results) = results.split_at_mut(left.len());
        let right_images = images.part(n_left..images.labels.len());
        self.sum_with(parameters, images, &left, left_results, sum, spare);
        match spare.split_first_mut() {
            Some((own, spare)) if right.len() > 1 => {
                self.sum_with(parameters, right_images, &right, right_results, own, spare);
                add_row(sum, own);
            }
            _ => {
                let weight = self.run(parameters, right_images, right.start, right_results);
                self.engine(right.start).add_gradients(weight, sum);
            }
        }
    }

    /// Runs one shard forward and backward. Returns its weight in the batch.
    fn run(&mut self, parameters: &Parameters, images: Images, shard: usize, results: &mut [ShardResult]) -> f32 {
        let n = self.shards.size(shard);
        let images = images.part(0..n);
        let engine = &mut self.engines[Self::position(&self.shards, shard)];
        engine.set_draw(Draw { key: images.key, first_image: self.shards.images(&(shard..shard + 1)).start as u32 });
        let found = engine.gradients(parameters, images.pixels, images.labels);
        results[0] = ShardResult { loss: engine.losses().iter().sum(), n_correct: found.n_correct as u32 };
        n as f32 / self.shards.batch() as f32
    }

    /// Runs whole shards from `first` on forward. Writes class probabilities, (n, classes), and losses in nats, (n), of
    /// the first `n` images; those after them fill up the last shard.
    pub(crate) fn classify(
        &mut self,
        parameters: &Parameters,
        images: Images,
        first: usize,
        probabilities: &mut [f32],
        losses: &mut [f32],
    ) {
        let (mut shard, mut done, n_classes) = (first, 0, self.n_classes);
        while done < losses.len() {
            let size = self.shards.size(shard);
            let n = size.min(losses.len() - done);
            let here = images.part(done..done + size);
            let engines = if self.readers.is_empty() { &mut self.engines } else { &mut self.readers };
            let engine = &mut engines[Self::position(&self.shards, shard)];
            engine.evaluate(parameters, here.pixels, here.labels);
            probabilities[done * n_classes..(done + n) * n_classes]
                .copy_from_slice(&engine.probabilities()[..n * n_classes]);
            losses[done..done + n].copy_from_slice(&engine.losses()[..n]);
            (shard, done) = (shard + 1, done + n);
        }
    }

    fn engine(&self, shard: usize) -> &CpuEngine {
        &self.engines[Self::position(&self.shards, shard)]
    }

    /// The index of the engine that has the size of a shard.
    fn position(shards: &Shards, shard: usize) -> usize {
        usize::from(shards.size(shard) != shards.size(0))
    }
}
