//! A whole training step, recorded once.

use crate::dataset::Dataset;
use crate::device::Gpu;
use crate::fault::GpuError;
use crate::ops::{self, Operation, Settings};
use crate::recorder::{Dispatch, Recorder};
use crate::weights::Weights;
use receptive_nn::instr::Update;
use receptive_nn::{BufferId, Instr, Optimiser, ParamId, Program, StepResult};
use wgpu::Buffer;

/// The most steps of one submission.
pub const MAX_STEPS: usize = 64;

/// The settings of one step.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The images of the dataset that it takes, as many as the program's batch.
    pub picks: &'a [u32],
    /// The learning rate.
    pub learning_rate: f32,
    /// The key of its random choices.
    pub key: u32,
}

/// A program, ready to run on a device: every dispatch of a step with its shader and its memory.
///
/// Everything stays on the device. Of each step the mean loss and the number of hits come back, many steps at a time.
#[derive(Debug)]
pub struct Step {
    gpu: Gpu,
    program: Program,
    rule: Optimiser,
    dispatches: Vec<Dispatch>,
    buffers: Vec<Buffer>,
    /// For every parameter its values, then the rule's moments of them.
    state: Vec<Vec<Buffer>>,
    picks: Buffer,
    settings: Buffer,
    progress: Buffer,
    results: Buffer,
    n_steps: u32,
    n_images: usize,
    /// The picks and settings of the next submission, in memory that is reused.
    upload: (Vec<u32>, Vec<Settings>),
}

impl Step {
    /// Records a program that runs `weights` on `dataset`, and trains them if it was compiled for that.
    ///
    /// Every buffer has memory of its own, whatever the program shares: a shader may not read what it writes.
    ///
    /// # Errors
    /// When the device is too small for it, or failed.
    pub async fn record(gpu: &Gpu, program: Program, weights: &Weights, dataset: &Dataset) -> Result<Self, GpuError> {
        let batch = program.batch();
        let buffers = program.buffers().iter().map(|buffer| gpu.buffer(&buffer.name, buffer.shape.len()));
        let buffers = buffers.collect::<Result<Vec<_>, _>>()?;
        let rule = program.update().iter().find_map(|instr| match instr {
            Instr::Update(Update { rule, .. }) => Some(*rule),
            _ => None,
        });
        let learnt: Vec<ParamId> = program
            .update()
            .iter()
            .filter_map(|instr| match instr {
                Instr::Update(Update { param, .. }) => Some(*param),
                _ => None,
            })
            .collect();
        let params = program.param_ids().zip(program.params());
        let state = params.zip(&weights.buffers).map(|((id, (name, shape)), w)| {
            let n_memories = rule.filter(|_| learnt.contains(&id)).map_or(0, Optimiser::n_moments);
            let memories = (0..n_memories).map(|_| gpu.buffer(name, shape.len()));
            [Ok(w.clone())].into_iter().chain(memories).collect()
        });
        let mut step = Self {
            gpu: gpu.clone(),
            rule: rule.unwrap_or_default(),
            state: state.collect::<Result<_, _>>()?,
            dispatches: Vec::new(),
            buffers,
            picks: gpu.buffer("picks", MAX_STEPS * batch)?,
            settings: gpu.buffer("settings", MAX_STEPS * size_of::<Settings>() / 4)?,
            progress: gpu.buffer("progress", 1)?,
            results: gpu.buffer("results", 2 * MAX_STEPS)?,
            n_steps: 0,
            n_images: dataset.n_images(),
            upload: (Vec::with_capacity(MAX_STEPS * batch), Vec::with_capacity(MAX_STEPS)),
            program,
        };
        step.dispatches = step.dispatches_of(weights, dataset)?.finish().await?;
        Ok(step)
    }

    /// The program that this runs.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Steps submitted, those included that its state was trained for before.
    pub fn n_steps(&self) -> u32 {
        self.n_steps
    }

    /// The dispatches of one step, in order.
    pub fn dispatches(&self) -> &[Dispatch] {
        &self.dispatches
    }

    /// Submits steps, at most [`MAX_STEPS`], and returns at once; what they found comes when they are done.
    ///
    /// # Errors
    /// When the device fails before.
    ///
    /// # Panics
    /// When a batch has not as many images as the program's, or names one that the dataset has no room for.
    pub fn submit(&mut self, batches: &[Batch<'_>]) -> impl Future<Output = Result<Vec<StepResult>, GpuError>> + use<> {
        assert!(batches.len() <= MAX_STEPS, "{} steps in one submission", batches.len());
        let n = self.program.batch();
        let exists = |&image: &u32| (image as usize) < self.n_images;
        let (picks, settings) = &mut self.upload;
        picks.clear();
        settings.clear();
        for batch in batches {
            assert!(batch.picks.len() == n && batch.picks.iter().all(exists), "a batch that the dataset cannot give");
            self.n_steps = self.n_steps.saturating_add(1);
            picks.extend_from_slice(batch.picks);
            settings.push(Settings::new(self.rule, batch.learning_rate, self.n_steps, batch.key));
        }
        // Every write costs a call into the browser: one for all steps.
        self.gpu.write(&self.picks, picks);
        self.gpu.write(&self.settings, settings);
        self.gpu.write(&self.progress, &[0_u32]);

        let size = (batches.len() * size_of::<[f32; 2]>()) as u64;
        let staging = self.gpu.staging(size);
        let mut encoder = self.gpu.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            for _ in batches {
                self.dispatches.iter().for_each(|dispatch| dispatch.encode(&mut pass));
            }
        }
        encoder.copy_buffer_to_buffer(&self.results, 0, &staging, 0, size);
        self.gpu.queue.submit([encoder.finish()]);
        let found = self.gpu.map::<[f32; 2]>(staging, size);
        async move {
            let result = |[loss, hits]: [f32; 2]| StepResult { loss, n_correct: hits as usize };
            Ok(found.await?.into_iter().map(result).collect())
        }
    }

    /// Reads the buffer of this name after everything submitted so far; whole numbers by their bits. `None` for a
    /// buffer that the program does not have.
    pub fn read(&self, name: &str) -> Option<impl Future<Output = Result<Vec<f32>, GpuError>> + use<>> {
        let i = self.program.buffers().iter().position(|buffer| buffer.name == name)?;
        Some(self.gpu.read(&self.buffers[i]))
    }

    /// Reads the state of training after everything submitted so far: for each parameter its values, then the rule's
    /// moments of them, one after the other.
    ///
    /// # Errors
    /// When the device fails first.
    pub fn read_state(&self) -> impl Future<Output = Result<Vec<f32>, GpuError>> + use<> {
        let buffers: Vec<Buffer> = self.state.iter().flatten().cloned().collect();
        self.gpu.read_all(&buffers)
    }

    /// Goes on from such a state, of a network that was trained for `n_steps` steps. Returns whether it has the length
    /// that it has to have.
    pub fn write_state(&mut self, n_steps: u32, mut values: &[f32]) -> bool {
        let len = |buffer: &Buffer| buffer.size() as usize / size_of::<f32>();
        if values.len() != self.state.iter().flatten().map(len).sum::<usize>() {
            return false;
        }
        for buffer in self.state.iter().flatten() {
            let (here, rest) = values.split_at(len(buffer));
            self.gpu.write(buffer, here);
            values = rest;
        }
        self.n_steps = n_steps;
        true
    }

    fn dispatches_of(&self, weights: &Weights, dataset: &Dataset) -> Result<Recorder<'_>, GpuError> {
        let (gpu, program, batch) = (&self.gpu, &self.program, self.program.batch());
        let targets = gpu.buffer("targets", batch)?;
        let shape = [batch, program.n_classes()];
        let scale = gpu.buffer("gradient scale", 1)?;
        gpu.write(&scale, &[1.0_f32]);
        let mut recorder = Recorder::new(gpu);
        let record = &mut recorder;
        let memory = Memory {
            program,
            buffers: &self.buffers,
            weights: &weights.buffers,
            state: &self.state,
            targets: &targets,
            scale: &scale,
            now: [&self.settings, &self.progress],
        };
        let input = memory.at(program.input());
        ops::gather_batch(record, input, &targets, dataset, [&self.picks, &self.progress], batch);
        for instr in program.forward().iter().chain(program.backward()) {
            operation(instr).record(record, &memory);
        }
        if let Some(most) = self.rule.max_norm {
            let grads = program.update().iter().filter_map(|instr| match instr {
                Instr::Update(Update { grad, .. }) => Some((memory.at(*grad), memory.len(*grad))),
                _ => None,
            });
            ops::clip(record, &scale, &grads.collect::<Vec<_>>(), most);
        }
        program.update().iter().for_each(|instr| operation(instr).record(record, &memory));
        let (losses, p) = (memory.at(program.losses()), memory.at(program.probabilities()));
        ops::tally(record, [&self.results, &self.progress], losses, p, &targets, shape);
        Ok(recorder)
    }
}

/// The buffers of a step while it is recorded.
pub(crate) struct Memory<'a> {
    program: &'a Program,
    buffers: &'a [Buffer],
    weights: &'a [Buffer],
    state: &'a [Vec<Buffer>],
    /// The class of each image.
    pub(crate) targets: &'a Buffer,
    /// The factor of the step's gradients.
    pub(crate) scale: &'a Buffer,
    /// The settings of every step of a submission, and which step it is.
    pub(crate) now: [&'a Buffer; 2],
}

impl Memory<'_> {
    pub(crate) fn at(&self, id: BufferId) -> &Buffer {
        &self.buffers[id.index()]
    }

    pub(crate) fn param(&self, id: ParamId) -> &Buffer {
        &self.weights[id.index()]
    }

    /// A parameter and the rule's moments of it.
    pub(crate) fn state(&self, id: ParamId) -> &[Buffer] {
        &self.state[id.index()]
    }

    /// Values of a buffer.
    pub(crate) fn len(&self, id: BufferId) -> usize {
        self.program.buffers()[id.index()].shape.len()
    }

    /// Images and classes.
    pub(crate) fn logits(&self) -> [usize; 2] {
        [self.program.batch(), self.program.n_classes()]
    }
}

/// An instruction, as the file of its operation in `ops` records it.
fn operation(instr: &Instr) -> &dyn Operation {
    match instr {
        Instr::Conv2dForward(instr) => instr,
        Instr::Conv2dGradX(instr) => instr,
        Instr::Conv2dGradW(instr) => instr,
        Instr::Conv2dGradB(instr) => instr,
        Instr::LinearForward(instr) => instr,
        Instr::LinearGradX(instr) => instr,
        Instr::LinearGradW(instr) => instr,
        Instr::LinearGradB(instr) => instr,
        Instr::MaxPool2dForward(instr) => instr,
        Instr::MaxPool2dBackward(instr) => instr,
        Instr::AvgPool2dForward(instr) => instr,
        Instr::AvgPool2dBackward(instr) => instr,
        Instr::SumPool2dForward(instr) => instr,
        Instr::SumPool2dBackward(instr) => instr,
        Instr::Pad2dForward(instr) => instr,
        Instr::Pad2dBackward(instr) => instr,
        Instr::ReluForward(instr) => instr,
        Instr::ReluBackward(instr) => instr,
        Instr::ActivationForward(instr) => instr,
        Instr::ActivationBackward(instr) => instr,
        Instr::SoftmaxCrossEntropyForward(instr) => instr,
        Instr::SoftmaxCrossEntropyBackward(instr) => instr,
        Instr::SoftmaxForward(instr) => instr,
        Instr::SoftmaxBackward(instr) => instr,
        Instr::LossForward(instr) => instr,
        Instr::LossBackward(instr) => instr,
        Instr::LogitForward(instr) => instr,
        Instr::LogitBackward(instr) => instr,
        Instr::Sum(instr) => instr,
        Instr::ConcatForward(instr) => instr,
        Instr::ConcatBackward(instr) => instr,
        Instr::MultiplyForward(instr) => instr,
        Instr::MultiplyBackward(instr) => instr,
        Instr::BatchNormMoments(instr) => instr,
        Instr::BatchNormForward(instr) => instr,
        Instr::BatchNormBackward(instr) => instr,
        Instr::BatchNormFixedForward(instr) => instr,
        Instr::BatchNormFixedBackward(instr) => instr,
        Instr::DropoutForward(instr) => instr,
        Instr::DropoutBackward(instr) => instr,
        Instr::Average(instr) => instr,
        Instr::Update(instr) => instr,
    }
}
