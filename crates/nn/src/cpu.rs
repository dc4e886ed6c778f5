//! The CPU engine: runs a program with the operations of `receptive_core`.

use crate::init::Parameters;
use crate::metrics::argmax;
use crate::optim::OptimiserState;
use crate::program::{BufferId, Instr, Program, Role};
use alloc::vec;
use alloc::vec::Vec;
use core::mem;
use receptive_core::ops::*;

/// The memory that a program needs, and the program. Nothing is allocated after this is made.
#[derive(Debug)]
pub struct CpuEngine {
    program: Program,
    buffers: Vec<Vec<f32>>,
    /// Positions that max pooling remembers; empty for every other buffer.
    argmaxes: Vec<Vec<u32>>,
    labels: Vec<u8>,
    scratch: Vec<f32>,
}

/// What one training step found, before its update.
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
        let sized = |is_argmax: bool| {
            program
                .buffers()
                .iter()
                .map(move |buffer| if (buffer.role == Role::Argmax) == is_argmax { buffer.shape.len() } else { 0 })
        };
        let scratch_len = program.forward().iter().map(scratch_len).max().unwrap_or(0);
        Self {
            buffers: sized(false).map(|len| vec![0.0; len]).collect(),
            argmaxes: sized(true).map(|len| vec![0; len]).collect(),
            labels: vec![0; program.batch()],
            scratch: vec![0.0; scratch_len],
            program,
        }
    }

    /// The program that this engine runs.
    pub fn program(&self) -> &Program {
        &self.program
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

    /// Runs a batch forward and backward. Gradients are then in the buffers; no parameter changes.
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
        for instr in self.program.update() {
            if let Instr::Update { param, grad, rule } = *instr {
                let (i, grad) = (param.index(), &self.buffers[grad.index()]);
                state.update(rule, i, parameters.values_at_mut(i), grad, learning_rate);
            }
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

    /// What a buffer holds.
    pub fn buffer(&self, id: BufferId) -> &[f32] {
        &self.buffers[id.index()]
    }

    /// What the buffer of this name holds: "conv 1", "grad conv 1.weight" …
    pub fn named(&self, name: &str) -> Option<&[f32]> {
        let i = self.program.buffers().iter().position(|buffer| buffer.name == name)?;
        Some(&self.buffers[i])
    }

    fn run_forward(&mut self, parameters: &Parameters, images: &[f32]) {
        self.buffers[self.program.input().index()].copy_from_slice(images);
        for i in 0..self.program.forward().len() {
            self.execute(Part::Forward, i, parameters);
        }
    }

    /// Executes one instruction. What it writes is taken out of the list while it reads the others.
    fn execute(&mut self, part: Part, i: usize, parameters: &Parameters) {
        let Self { program, buffers, argmaxes, labels, scratch } = self;
        let n_classes = program.n_classes();
        let instr = match part {
            Part::Forward => &program.forward()[i],
            Part::Backward => &program.backward()[i],
        };
        let param = |id: crate::ParamId| parameters.values_at(id.index());
        let Some(written) = written(instr) else { return };
        let mut out = mem::take(&mut buffers[written.index()]);
        let at = |id: BufferId| buffers[id.index()].as_slice();
        match instr {
            Instr::Conv2dForward { x, w, b, geom, .. } => {
                conv2d_forward(&mut out, at(*x), param(*w), param(*b), geom, scratch);
            }
            Instr::Conv2dGradX { w, grad_y, geom, .. } => {
                conv2d_grad_x(&mut out, param(*w), at(*grad_y), geom, scratch)
            }
            Instr::Conv2dGradW { x, grad_y, geom, .. } => conv2d_grad_w(&mut out, at(*x), at(*grad_y), geom, scratch),
            Instr::Conv2dGradB { grad_y, geom, .. } => conv2d_grad_b(&mut out, at(*grad_y), geom),
            Instr::LinearForward { x, w, b, geom, .. } => {
                linear_forward(&mut out, at(*x), param(*w), param(*b), geom, scratch);
            }
            Instr::LinearGradX { w, grad_y, geom, .. } => {
                linear_grad_x(&mut out, param(*w), at(*grad_y), geom, scratch)
            }
            Instr::LinearGradW { x, grad_y, geom, .. } => linear_grad_w(&mut out, at(*x), at(*grad_y), geom, scratch),
            Instr::LinearGradB { grad_y, geom, .. } => linear_grad_b(&mut out, at(*grad_y), geom),
            Instr::MaxPool2dForward { argmax, x, geom, .. } => {
                max_pool2d_forward(&mut out, &mut argmaxes[argmax.index()], at(*x), geom);
            }
            Instr::MaxPool2dBackward { grad_y, argmax, geom, .. } => {
                max_pool2d_backward(&mut out, at(*grad_y), &argmaxes[argmax.index()], geom);
            }
            Instr::AvgPool2dForward { x, geom, .. } => avg_pool2d_forward(&mut out, at(*x), geom),
            Instr::AvgPool2dBackward { grad_y, geom, .. } => avg_pool2d_backward(&mut out, at(*grad_y), geom),
            Instr::ReluForward { x, .. } => relu_forward(&mut out, at(*x)),
            Instr::ReluBackward { grad_y, x, .. } => relu_backward(&mut out, at(*grad_y), at(*x)),
            Instr::SoftmaxCrossEntropyForward { losses, z, .. } => {
                let mut loss = mem::take(&mut buffers[losses.index()]);
                softmax_cross_entropy_forward(&mut loss, &mut out, &buffers[z.index()], labels, n_classes);
                buffers[losses.index()] = loss;
            }
            Instr::SoftmaxCrossEntropyBackward { p, .. } => {
                softmax_cross_entropy_backward(&mut out, at(*p), labels, n_classes);
            }
            Instr::Update { .. } => {}
        }
        buffers[written.index()] = out;
    }
}

#[derive(Clone, Copy)]
enum Part {
    Forward,
    Backward,
}

/// The buffer that an instruction writes; an update writes a parameter instead.
fn written(instr: &Instr) -> Option<BufferId> {
    match *instr {
        Instr::Conv2dForward { y, .. }
        | Instr::LinearForward { y, .. }
        | Instr::MaxPool2dForward { y, .. }
        | Instr::AvgPool2dForward { y, .. }
        | Instr::ReluForward { y, .. }
        | Instr::SoftmaxCrossEntropyForward { p: y, .. }
        | Instr::Conv2dGradX { grad_x: y, .. }
        | Instr::Conv2dGradW { grad_w: y, .. }
        | Instr::Conv2dGradB { grad_b: y, .. }
        | Instr::LinearGradX { grad_x: y, .. }
        | Instr::LinearGradW { grad_w: y, .. }
        | Instr::LinearGradB { grad_b: y, .. }
        | Instr::MaxPool2dBackward { grad_x: y, .. }
        | Instr::AvgPool2dBackward { grad_x: y, .. }
        | Instr::ReluBackward { grad_x: y, .. }
        | Instr::SoftmaxCrossEntropyBackward { grad_z: y, .. } => Some(y),
        Instr::Update { .. } => None,
    }
}

/// Floats of scratch for a layer's forward instruction and the gradients that go with it.
fn scratch_len(instr: &Instr) -> usize {
    match instr {
        Instr::Conv2dForward { geom, .. } => conv2d_scratch_len(geom),
        Instr::LinearForward { geom, .. } => linear_scratch_len(geom),
        _ => 0,
    }
}
