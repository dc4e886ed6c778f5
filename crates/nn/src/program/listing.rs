//! The list of what a training step does, instruction by instruction: codes and counts for a time line, no words.

use super::counts::NTerms;
use super::{Head, Instr, Program, Purpose, Role, Tensor};
use crate::optim::Optimiser;
use crate::spec::{Spec, SpecError};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use receptive_core::Shape4;
use serde::{Deserialize, Serialize};

/// The part of a training step that an instruction belongs to, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    /// From the images to the logits.
    Forward,
    /// The probabilities and the losses.
    Loss,
    /// From the losses to every gradient.
    Backward,
    /// From the gradients to new weights.
    Update,
}

/// What an instruction computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quantity {
    /// The output of a layer.
    Output,
    /// Values between a layer's input and its output, as a batch norm has them.
    Inner,
    /// Statistics of the batch.
    Statistic,
    /// Each image's loss and probabilities.
    Loss,
    /// The gradient with respect to a layer's output.
    GradOutput,
    /// The gradient with respect to values inside a layer, or the share of a block's branch in one.
    GradInner,
    /// The gradient with respect to weights.
    GradWeight,
    /// The gradient with respect to biases.
    GradBias,
    /// New weights or biases, and what the rule remembers of them.
    Update,
    /// The running averages of a statistic.
    Average,
}

/// One instruction of a training step.
///
/// Tensors go by the names by which a step can be asked for them, see [`StepTensors`](crate::StepTensors) and
/// [`StepInspector`](crate::StepInspector): what is read of weights is their values before the step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepLine {
    /// The part of the step.
    pub phase: Phase,
    /// The layer whose tensor is computed: "conv 1". A gradient with respect to a layer's output belongs to that layer,
    /// though the layers that read the output compute it. None: the tensor is no layer's, as the losses are.
    pub layer: Option<String>,
    /// What is computed.
    pub quantity: Quantity,
    /// The tensors that it writes, the first one what it is there for.
    pub written: Vec<String>,
    /// The tensors that it reads.
    pub read: Vec<String>,
    /// The number of values of the first tensor that it writes.
    pub n_values: usize,
    /// The terms that each of them is made of.
    pub n_terms: NTerms,
}

impl StepLine {
    /// Lists a training step with `batch` images, in the order in which it is done. Every layer stands for itself: that
    /// training does two of them in one pass changes no number.
    ///
    /// # Errors
    /// When the network cannot be trained on such a batch.
    pub fn list(spec: &Spec, batch: usize, rule: Optimiser) -> Result<Vec<Self>, SpecError> {
        Self::list_for(spec, batch, rule, Head::CrossEntropy)
    }

    /// Lists a training step with this loss.
    ///
    /// # Errors
    /// When the network cannot be trained on such a batch.
    pub fn list_for(spec: &Spec, batch: usize, rule: Optimiser, loss: Head) -> Result<Vec<Self>, SpecError> {
        let program = Program::compile_for(spec, batch, Purpose::Inspect(rule), loss, &[])?;
        let layers: Vec<String> = spec.rows().into_iter().map(|row| row.name).collect();
        let of = |phase| move |instr| (phase, instr);
        let forward = program.forward().iter().map(|instr| match instr {
            Instr::SoftmaxCrossEntropyForward(_)
            | Instr::SoftmaxForward(_)
            | Instr::LossForward(_)
            | Instr::LogitForward(_) => (Phase::Loss, instr),
            _ => (Phase::Forward, instr),
        });
        let backward = program.backward().iter().map(of(Phase::Backward));
        let update = program.update().iter().map(of(Phase::Update));
        let all = forward.chain(backward).chain(update);
        Ok(all.map(|(phase, instr)| Self::new(&program, &layers, phase, instr)).collect())
    }

    fn new(program: &Program, layers: &[String], phase: Phase, instr: &Instr) -> Self {
        let written = instr.written();
        let first = written.first().map(|tensor| program.name(*tensor)).unwrap_or_default();
        let of = first.strip_prefix("grad ").unwrap_or(&first);
        let layer = layer_of(layers, of);
        let is_whole = layer.is_none_or(|layer| layer == of);
        let role = written.first().and_then(|tensor| program.role(*tensor));
        let quantity = match (phase, role) {
            (Phase::Loss, _) => Quantity::Loss,
            (_, Some(Role::Statistic)) => Quantity::Statistic,
            (_, Some(Role::ParamGradient)) if of.ends_with(".bias") => Quantity::GradBias,
            (_, Some(Role::ParamGradient)) => Quantity::GradWeight,
            (_, Some(Role::Gradient)) if is_whole => Quantity::GradOutput,
            (_, Some(Role::Gradient)) => Quantity::GradInner,
            (_, Some(_)) if is_whole => Quantity::Output,
            (_, Some(_)) => Quantity::Inner,
            (_, None) if matches!(instr, Instr::Average(_)) => Quantity::Average,
            (_, None) => Quantity::Update,
        };
        let read = |tensor: Tensor| match tensor {
            Tensor::Buffer(_) => program.name(tensor),
            Tensor::Param(_) | Tensor::Moment(..) => format!("before {}", program.name(tensor)),
        };
        Self {
            phase,
            layer: layer.map(ToString::to_string),
            quantity,
            n_values: written.first().map_or(0, |tensor| program.shape(*tensor).len()),
            written: written.into_iter().map(|tensor| program.name(tensor)).collect(),
            read: instr.reads().into_iter().map(read).collect(),
            n_terms: NTerms::of(instr, |id| program.buffers()[id.index()].shape),
        }
    }
}

impl Program {
    /// The name of a tensor: "conv 1", "grad conv 1.weight", "moment 1 conv 1.weight".
    fn name(&self, tensor: Tensor) -> String {
        match tensor {
            Tensor::Buffer(id) => self.buffers[id.0].name.clone(),
            Tensor::Param(id) => self.params[id.0].0.clone(),
            Tensor::Moment(id, moment) => format!("moment {} {}", moment + 1, self.params[id.0].0),
        }
    }

    fn shape(&self, tensor: Tensor) -> Shape4 {
        match tensor {
            Tensor::Buffer(id) => self.buffers[id.0].shape,
            Tensor::Param(id) | Tensor::Moment(id, _) => self.params[id.0].1,
        }
    }

    /// The purpose of a buffer; none for what is no buffer.
    fn role(&self, tensor: Tensor) -> Option<Role> {
        if let Tensor::Buffer(id) = tensor { Some(self.buffers[id.0].role) } else { None }
    }
}

/// The layer that a tensor of this name belongs to: the one with the longest name that its name begins with.
fn layer_of<'a>(layers: &'a [String], name: &str) -> Option<&'a str> {
    let begins = |layer: &&String| {
        let rest = name.strip_prefix(layer.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '.']))
    };
    layers.iter().filter(begins).max_by_key(|layer| layer.len()).map(String::as_str)
}
