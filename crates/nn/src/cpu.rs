//! The CPU engine: runs a program with the operations of `receptive_core`.

use crate::init::Parameters;
use crate::metrics::argmax;
use crate::optim::{OptimiserState, clip_scale};
use crate::program::instr::{Memory, Operation, Reads, slot_and_len};
use crate::program::{BufferId, Program, Role};
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::ops::Draw;

/// The memory that a program needs, and the program. Nothing is allocated after this is made.
#[derive(Debug)]
pub struct CpuEngine {
    program: Program,
    /// The memory that buffers lie in, slot by slot.
    slots: Vec<Vec<f32>>,
    /// Positions that max pooling remembers, likewise; a slot holds either.
    argmaxes: Vec<Vec<u32>>,
    labels: Vec<u8>,
    draw: Draw,
    scratch: Vec<f32>,
}

/// The result of one training step, before its update.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepResult {
    /// Mean cross-entropy of the batch, in nats.
    pub loss: f32,
    /// Images whose most probable class was the true one.
    pub n_correct: usize,
}

impl CpuEngine {
    /// Sets up all memory that the program names.
    pub fn new(program: Program) -> Self {
        let holds_argmax = |slot: usize| program.buffers().iter().any(|b| b.slot == slot && b.role == Role::Argmax);
        let sized = |argmax: bool| {
            let lens = program.slots().iter().enumerate();
            lens.map(move |(slot, &len)| if holds_argmax(slot) == argmax { len } else { 0 })
        };
        let scratch_len = program.forward().iter().map(|instr| instr.operation().scratch_len()).max().unwrap_or(0);
        Self {
            slots: sized(false).map(|len| vec![0.0; len]).collect(),
            argmaxes: sized(true).map(|len| vec![0; len]).collect(),
            labels: vec![0; program.batch()],
            draw: Draw::default(),
            scratch: vec![0.0; scratch_len],
            program,
        }
    }

    /// The program that this engine runs.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Sets the random choices of the next steps.
    pub fn set_draw(&mut self, draw: Draw) {
        self.draw = draw;
    }

    /// Runs a batch of images, (n, c, h, w), to logits, (n, classes).
    pub fn forward(&mut self, parameters: &Parameters, images: &[f32]) -> &[f32] {
        self.labels.fill(0);
        self.run_forward(parameters, images);
        self.buffer(self.program.logits())
    }

    /// Runs a batch of images with their true classes, so that [`losses`](Self::losses) mean something.
    pub fn evaluate(&mut self, parameters: &Parameters, images: &[f32], labels: &[u8]) {
        self.labels.copy_from_slice(labels);
        self.run_forward(parameters, images);
    }

    /// Runs a batch forward and backward; nothing comes back from a program for inference. Gradients are then in the buffers; no parameter changes.
    pub fn gradients(&mut self, parameters: &Parameters, images: &[f32], labels: &[u8]) -> StepResult {
        self.evaluate(parameters, images, labels);
        for i in 0..self.program.backward().len() {
            self.execute(Part::Backward, i, parameters);
        }
        let n = labels.len();
        let loss = self.losses().iter().sum::<f32>() / n as f32;
        let rows = self.probabilities().chunks_exact(self.program.n_classes());
        let n_correct = rows.zip(labels).filter(|&(row, &label)| argmax(row) == label as usize).count();
        StepResult { loss, n_correct }
    }

    /// One training step: forward, backward, update.
    ///
    /// `images` is (n, c, h, w), `labels` is (n), with n the program's batch.
    pub fn train_step(
        &mut self,
        parameters: &mut Parameters,
        state: &mut OptimiserState,
        images: &[f32],
        labels: &[u8],
        learning_rate: f32,
    ) -> StepResult {
        let result = self.gradients(parameters, images, labels);
        state.begin_step();
        let found = |id| read(&self.program, &self.slots, id);
        let scale = clip_scale(self.program.update(), found);
        for instr in self.program.update() {
            state.take(instr, parameters, found, [learning_rate, scale]);
        }
        result
    }

    /// Class probabilities of the last batch, (n, classes).
    pub fn probabilities(&self) -> &[f32] {
        self.buffer(self.program.probabilities())
    }

    /// Losses of the last batch in nats, (n).
    pub fn losses(&self) -> &[f32] {
        self.buffer(self.program.losses())
    }

    /// The values of a buffer; for one that is not kept, perhaps those of another in the same slot.
    pub fn buffer(&self, id: BufferId) -> &[f32] {
        read(&self.program, &self.slots, id)
    }

    /// The positions that a max pooling remembers, each within its plane; nothing for a buffer of another kind.
    pub fn positions(&self, id: BufferId) -> &[u32] {
        let (slot, len) = slot_and_len(self.program.buffers(), id);
        self.argmaxes[slot].get(..len).unwrap_or_default()
    }

    /// The values of the buffer of this name: "conv 1", "grad conv 1.weight" … `None` for a buffer that the program
    /// does not have, or does not keep.
    pub fn named(&self, name: &str) -> Option<&[f32]> {
        self.program.kept(name).map(|id| self.buffer(id))
    }

    fn run_forward(&mut self, parameters: &Parameters, images: &[f32]) {
        let (slot, len) = slot_and_len(self.program.buffers(), self.program.input());
        self.slots[slot][..len].copy_from_slice(images);
        for i in 0..self.program.forward().len() {
            self.execute(Part::Forward, i, parameters);
        }
    }

    fn execute(&mut self, part: Part, i: usize, parameters: &Parameters) {
        let Self { program, slots, argmaxes, labels, draw, scratch } = self;
        let instr = match part {
            Part::Forward => &program.forward()[i],
            Part::Backward => &program.backward()[i],
        };
        let (buffers, n_classes) = (program.buffers(), program.n_classes());
        let reads = Reads { buffers, slots, argmaxes, parameters, labels, n_classes, draw: *draw };
        instr.operation().run(&mut Memory { reads, scratch });
    }
}

fn read<'a>(program: &Program, slots: &'a [Vec<f32>], id: BufferId) -> &'a [f32] {
    let (slot, len) = slot_and_len(program.buffers(), id);
    &slots[slot][..len]
}

#[derive(Clone, Copy)]
enum Part {
    Forward,
    Backward,
}
