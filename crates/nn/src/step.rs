//! A training step that is over, taken apart: what it did to the weights, and what it met on the way.

use crate::cpu::CpuEngine;
use crate::init::Parameters;
use crate::inspect::part;
use crate::optim::{Optimiser, OptimiserState};
use crate::program::{Head, Program, Purpose, Role, Target};
use crate::spec::{Spec, SpecError};
use alloc::string::String;
use alloc::vec::Vec;
use receptive_core::ops::Draw;

/// A tensor of a step: its name, with the part that it is; its shape; its values, row-major.
pub type StepTensor = (String, [usize; 4], Vec<f32>);

/// Weights, and what the optimiser remembers of them.
#[derive(Clone, Copy)]
pub struct Trained<'a> {
    /// The weights.
    pub parameters: &'a Parameters,
    /// The optimiser's memory.
    pub memory: &'a OptimiserState,
}

/// The weights on both sides of a step, by name.
///
/// "conv 1.weight" is after the step, "before conv 1.weight" before it, "update conv 1.weight" the difference.
/// "moment 1 conv 1.weight" is what the optimiser remembers: of momentum the velocity, of Adam the mean of the gradients,
/// and as "moment 2" the mean of their squares; "before" and "update" stand before it likewise. "grad conv 1.weight" is
/// the gradient that the optimiser got. A name can ask for rows: "update conv 1.weight[0..8]", see
/// [`Inspector`](crate::Inspector).
#[derive(Clone, Copy)]
pub struct StepTensors<'a> {
    /// Before the step.
    pub before: Trained<'a>,
    /// After it.
    pub after: Trained<'a>,
    /// The gradient of the batch's mean loss, as [`CpuEngine::write_gradients`] lays it out, where it is known.
    pub gradient: Option<&'a [f32]>,
}

impl StepTensors<'_> {
    /// True if a name asks for the gradient of weights.
    pub fn is_gradient(&self, name: &str) -> bool {
        let whole = name.split_once('[').map_or(name, |(whole, _)| whole);
        let of = whole.strip_prefix("grad ").and_then(|of| self.after.parameters.get(of));
        of.is_some_and(|tensor| tensor.is_learnt)
    }

    /// The tensor of this name, or the part that the name asks for, as far as there is so much of it. Nothing when the
    /// network has none of it.
    pub fn part(&self, name: &str) -> Option<StepTensor> {
        if let Some(of) = name.strip_prefix("update ") {
            let (of, (shape, after)) = part(of, |whole| self.after.tensor(whole))?;
            let (_, (_, before)) = part(&of, |whole| self.before.tensor(whole))?;
            let values = after.iter().zip(before).map(|(after, before)| after - before).collect();
            return Some((alloc::format!("update {of}"), shape, values));
        }
        let whole = |name: &str| match (name.strip_prefix("before "), name.strip_prefix("grad ")) {
            (Some(of), _) => self.before.tensor(of),
            (_, Some(of)) => self.gradient_of(of),
            _ => self.after.tensor(name),
        };
        let (name, (shape, values)) = part(name, whole)?;
        Some((name, shape, values.to_vec()))
    }

    fn gradient_of(&self, name: &str) -> Option<([usize; 4], &[f32])> {
        let tensors = self.after.parameters.tensors();
        let i = tensors.iter().position(|tensor| tensor.name == name && tensor.is_learnt)?;
        let from: usize = tensors[..i].iter().map(|tensor| tensor.values.len()).sum();
        let values = self.gradient?.get(from..from + tensors[i].values.len())?;
        Some((sizes(tensors[i].shape), values))
    }
}

impl<'a> Trained<'a> {
    fn tensor(self, name: &str) -> Option<([usize; 4], &'a [f32])> {
        let Some((moment, of)) = name.strip_prefix("moment ").and_then(|rest| rest.split_once(' ')) else {
            let tensor = self.parameters.get(name)?;
            return Some((sizes(tensor.shape), &tensor.values));
        };
        let i = self.parameters.tensors().iter().position(|tensor| tensor.name == of)?;
        let row = moment.parse::<usize>().ok()?.checked_sub(1)?;
        Some((sizes(self.parameters.tensors()[i].shape), self.memory.slots(i).get(row)?))
    }
}

fn sizes(shape: receptive_core::Shape4) -> [usize; 4] {
    [shape.n, shape.c, shape.h, shape.w]
}

/// Runs images of a step once more, and hands out what each of them met, by name: "input", "conv 1", "probabilities",
/// "losses", the gradient of the batch's mean loss as "grad conv 1" or "grad input", the positions of maxima as
/// "max-pool 1 argmax". Layers do what they do in training. A name can ask for channels: "conv 1[0..8]".
pub struct StepInspector {
    engine: CpuEngine,
    /// Name of each layer, with the shape of its output.
    layers: Vec<(String, [usize; 3])>,
    /// The share of the images in the batch: gradients are those of the whole batch's mean loss.
    weight: f32,
}

impl StepInspector {
    /// The program that it runs, for `n` images at a time.
    ///
    /// # Errors
    /// When the network cannot be trained on so many images.
    pub fn program(spec: &Spec, n: usize, rule: Optimiser) -> Result<Program, SpecError> {
        Self::program_for(spec, n, rule, Head::CrossEntropy)
    }

    /// The program that it runs where a network is trained with this loss.
    ///
    /// # Errors
    /// When the network cannot be trained on so many images.
    pub fn program_for(spec: &Spec, n: usize, rule: Optimiser, loss: Head) -> Result<Program, SpecError> {
        Program::compile_for(spec, n, Purpose::Inspect(rule), loss, &[Target::Input])
    }

    /// Sets up all memory that the network's [`program`](Self::program) names.
    pub fn new(spec: &Spec, program: Program) -> Self {
        let shapes = spec.placed(1).0.into_iter().map(|(_, shape)| [shape.c, shape.h, shape.w]);
        let layers = spec.rows().into_iter().map(|row| row.name).zip(shapes).collect();
        Self { engine: CpuEngine::new(program), layers, weight: 1.0 }
    }

    /// Runs as many images as the program takes, (n, c, h, w), of a batch of `batch`, with the weights before the step and
    /// its random choices.
    pub fn run(&mut self, parameters: &Parameters, images: &[f32], labels: &[u8], batch: usize, draw: Draw) {
        self.engine.set_draw(draw);
        self.engine.gradients(parameters, images, labels);
        self.weight = labels.len() as f32 / batch as f32;
    }

    /// The tensor of this name at image `i` of those that were run last, or the part that the name asks for. Statistics of
    /// all images are the same at each. Nothing when the network has none of it.
    pub fn part(&self, name: &str, i: usize) -> Option<StepTensor> {
        let program = self.engine.program();
        let whole = name.split_once('[').map_or(name, |(whole, _)| whole);
        let id = program.kept(whole)?;
        let (shape, role) = (program.buffers()[id.index()].shape, program.buffers()[id.index()].role);
        let of_image = i * shape.image_len()..(i + 1) * shape.image_len();
        let values: Vec<f32> = match role {
            Role::ParamGradient => return None,
            Role::Statistic => self.engine.buffer(id).to_vec(),
            Role::Argmax => self.engine.positions(id).get(of_image)?.iter().map(|&at| at as f32).collect(),
            Role::Gradient => self.engine.buffer(id).get(of_image)?.iter().map(|value| self.weight * value).collect(),
            Role::Input | Role::Activation | Role::Probabilities | Role::Losses => {
                self.engine.buffer(id).get(of_image)?.to_vec()
            }
        };
        // A layer that only changes the shape shares the buffer of the one before.
        let own = self.layers.iter().find(|(layer, _)| layer == whole).map(|(_, shape)| *shape);
        let [c, h, w] = match (own, role) {
            (_, Role::Statistic) => [shape.n, 1, 1],
            (own, _) => own.unwrap_or([shape.c, shape.h, shape.w]),
        };
        let shape = [1, c, h, w];
        let (name, (shape, values)) = part(name, |_| Some((shape, &values)))?;
        Some((name, shape, values.to_vec()))
    }
}
