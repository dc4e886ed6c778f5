//! From a specification to a program.

use super::instr::{Operands, Sum, Update};
use super::{Buffer, BufferId, Head, Instr, ParamId, Program, Purpose, Role, Target, fuse, plan};
use crate::layer::{Geometry, Layer, LayerGeometry};
use crate::optim::Optimiser;
use crate::spec::{Spec, SpecError};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::Shape4;

impl Program {
    /// Compiles a network for `batch` images at a time. Gradients are those of the mean loss, with respect to what the
    /// purpose needs.
    ///
    /// # Errors
    /// When the network cannot be built for this batch.
    pub fn compile(spec: &Spec, batch: usize, purpose: Purpose) -> Result<Self, SpecError> {
        Self::compile_for(spec, batch, purpose, Head::CrossEntropy, &[])
    }

    /// Compiles a network whose gradients are those of `head`, with respect to `targets` besides what the purpose needs.
    /// The gradient of a target is kept as "grad input", "grad conv 2" or "grad conv 2.weight", and so is the layer's output.
    ///
    /// # Errors
    /// When the network cannot be built for this batch, or has no such layer or parameter.
    pub fn compile_for(
        spec: &Spec,
        batch: usize,
        purpose: Purpose,
        head: Head,
        targets: &[Target],
    ) -> Result<Self, SpecError> {
        let geometries = match (purpose, spec.placed(batch)) {
            (_, (geometries, None)) | (Purpose::Layers, (geometries, Some(SpecError::NoLogits))) => geometries,
            (_, (_, Some(error))) => return Err(error),
        };
        let rule = match purpose {
            Purpose::Training(rule) | Purpose::Inspect(rule) => Some(rule),
            Purpose::Gradients | Purpose::Inference | Purpose::Layers => None,
        };
        if rule.is_some() {
            check_batch_norms(&geometries)?;
        }
        let mut to = Emitter { rule, ..Emitter::default() };
        let [c, h, w] = spec.input;
        let image = to.activation("input", Shape4::new(batch, c, h, w), Role::Input);
        let rows: Vec<_> = spec.rows().into_iter().map(|row| row.name).zip(geometries).collect();
        let (logits, grad_logits) = to.layers(&spec.layers, &mut &rows[..], image);

        let shape = to.buffers[logits.0].shape;
        let (mut probabilities, mut losses) = (logits, logits);
        if purpose != Purpose::Layers {
            probabilities = to.buffer("probabilities".to_string(), shape, Role::Probabilities);
            losses = to.buffer("losses".to_string(), Shape4::new(batch, 1, 1, 1), Role::Losses);
            head.emit(&mut to, [logits, grad_logits, probabilities, losses]);
        }
        to.backward.reverse();
        let mut asked_for = Vec::new();
        for target in targets {
            let name = target.name();
            let find = |name: &str| to.buffers.iter().position(|buffer| buffer.name == name).map(BufferId);
            let none = || SpecError::NoSuchLayer { name: name.to_string() };
            asked_for.push(find(&format!("grad {name}")).ok_or_else(none)?);
            if !matches!(target, Target::Parameter(_)) {
                asked_for.push(find(name).ok_or_else(none)?);
            }
        }
        let Emitter { mut buffers, params, mut forward, mut backward, mut update, mut views, .. } = to;
        // The gradients that are wanted; those of the images only if they are asked for.
        let is_wanted = |id: &BufferId| match buffers[id.0].role {
            _ if asked_for.contains(id) => true,
            Role::ParamGradient => rule.is_some(),
            Role::Gradient => matches!(purpose, Purpose::Inspect(_)) && *id != image.1,
            _ => false,
        };
        leave_out(&mut backward, (0..buffers.len()).map(BufferId).filter(is_wanted).collect());

        let is_sharing = !matches!(purpose, Purpose::Inspect(_) | Purpose::Layers);
        if is_sharing {
            fuse::layers_with_relu(&mut forward, &mut backward, &asked_for);
            fuse::max_pools_after_relu(&forward, &mut backward, &asked_for);
            views.clear();
        }
        let [mut input, mut logits] = [image.0, logits];
        let mut kept = vec![&mut input, &mut probabilities, &mut losses, &mut logits];
        kept.extend(asked_for.iter_mut().chain(views.iter_mut().map(|(_, id)| id)));
        let slots = plan::lay_out(&mut buffers, [&mut forward, &mut backward, &mut update], &mut kept, is_sharing);
        Ok(Self {
            batch,
            n_classes: shape.c,
            buffers,
            views,
            slots,
            params,
            forward,
            backward,
            update,
            input,
            probabilities,
            losses,
            logits,
        })
    }
}

/// Refuses to train a batch normalisation on one value for each channel: its distance from the mean is always zero.
fn check_batch_norms(geometries: &[(LayerGeometry, Shape4)]) -> Result<(), SpecError> {
    let has_one = |(geometry, _): &&_| matches!(geometry, LayerGeometry::BatchNorm(norm) if norm.channel_len() == 1);
    if geometries.iter().any(|at| has_one(&at)) { Err(SpecError::BatchOfOne) } else { Ok(()) }
}

/// Leaves out the instructions that nothing wanted comes from.
fn leave_out(backward: &mut Vec<Instr>, mut wanted: Vec<BufferId>) {
    let mut left: Vec<Instr> = Vec::with_capacity(backward.len());
    for instr in backward.drain(..).rev() {
        if instr.operation().written().iter().any(|written| wanted.contains(written)) {
            wanted.extend(instr.operation().read());
            left.push(instr);
        }
    }
    left.reverse();
    *backward = left;
}

/// The place of a layer in a program.
#[derive(Clone, Copy)]
pub(crate) struct Site<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// What comes in, and the gradient with respect to it.
    pub(crate) x: BufferId,
    pub(crate) grad_x: BufferId,
    /// What it makes, and the gradient with respect to that.
    pub(crate) y: BufferId,
    pub(crate) grad_y: BufferId,
    /// What the branches of a block make, each with its gradient.
    pub(crate) branches: &'a [Value],
}

/// A row of the specification: its name, its geometry, and the shape that it makes.
type Placed = (String, (LayerGeometry, Shape4));

/// Returns the number of rows of the layers in branches.
fn n_rows(branches: &[Vec<Layer>]) -> usize {
    let n = |layer: &Layer| match layer {
        Layer::Branches { branches, .. } => 1 + n_rows(branches),
        _ => 1,
    };
    branches.iter().flatten().map(n).sum()
}

/// An activation, and the gradient with respect to it.
type Value = (BufferId, BufferId);

/// A program while its layers add to it.
#[derive(Default)]
pub(crate) struct Emitter {
    buffers: Vec<Buffer>,
    params: Vec<(String, Shape4)>,
    forward: Vec<Instr>,
    /// In reverse order, and turned round at the end.
    backward: Vec<Instr>,
    /// The updates of parameters, where the program trains.
    update: Vec<Instr>,
    rule: Option<Optimiser>,
    n_dropouts: u32,
    /// Layers whose output is another's, with another shape.
    views: Vec<(String, BufferId)>,
}

impl Emitter {
    pub(crate) fn buffer(&mut self, name: String, shape: Shape4, role: Role) -> BufferId {
        let slot = self.buffers.len();
        self.buffers.push(Buffer { name, shape, role, slot, is_kept: true });
        BufferId(slot)
    }

    /// Adds layers one after the other, whose rows come next. Returns what the last one makes; what comes in, if there is
    /// none.
    fn layers(&mut self, layers: &[Layer], rows: &mut &[Placed], mut value: Value) -> Value {
        for layer in layers {
            let branches = match layer {
                Layer::Branches { branches, .. } => self.branches(branches, rows, value),
                _ => vec![],
            };
            let Some(((name, (geometry, shape)), rest)) = rows.split_first() else { break };
            *rows = rest;
            let placed = geometry.kind();
            if placed.is_view() || (placed.is_for_training() && !self.is_training()) {
                self.views.push((name.clone(), value.0));
                continue;
            }
            let (y, grad_y) = self.activation(name, *shape, Role::Activation);
            placed.emit(&Site { name, x: value.0, grad_x: value.1, y, grad_y, branches: &branches }, self);
            value = (y, grad_y);
        }
        value
    }

    /// Adds branches that read one value. Each has a gradient of its own with respect to that; they are added up.
    fn branches(&mut self, branches: &[Vec<Layer>], rows: &mut &[Placed], (x, grad_x): Value) -> Vec<Value> {
        let block = rows.get(n_rows(branches)).map_or("", |(name, _)| name);
        let names: Vec<_> = (1..=branches.len()).map(|i| format!("grad {block} / branch {i}")).collect();
        let shape = self.buffers[x.0].shape;
        let parts: Vec<_> = names.into_iter().map(|name| self.buffer(name, shape, Role::Gradient)).collect();
        self.backward(Sum { sum: grad_x, parts: parts.clone() });
        branches.iter().zip(parts).map(|(branch, grad_x)| self.layers(branch, rows, (x, grad_x))).collect()
    }

    /// An activation and its gradient.
    pub(crate) fn activation(&mut self, name: &str, shape: Shape4, role: Role) -> (BufferId, BufferId) {
        let y = self.buffer(name.to_string(), shape, role);
        (y, self.buffer(format!("grad {name}"), shape, Role::Gradient))
    }

    /// A parameter of a layer that is learnt, and its gradient. `role` is "weight", "bias" …
    pub(crate) fn param(&mut self, at: &Site<'_>, role: &str, shape: Shape4) -> (ParamId, BufferId) {
        let name = format!("{}.{role}", at.name);
        let grad = self.buffer(format!("grad {name}"), shape, Role::ParamGradient);
        let param = ParamId(self.params.len());
        self.params.push((name, shape));
        if let Some(rule) = self.rule {
            self.update(Update { param, grad, rule });
        }
        (param, grad)
    }

    /// A parameter of a layer that training counts and does not learn.
    pub(crate) fn statistic(&mut self, at: &Site<'_>, role: &str, shape: Shape4) -> ParamId {
        self.params.push((format!("{}.{role}", at.name), shape));
        ParamId(self.params.len() - 1)
    }

    /// True if the program is one of a training step.
    pub(crate) fn is_training(&self) -> bool {
        self.rule.is_some()
    }

    /// A number for the next dropout.
    pub(crate) fn number_dropout(&mut self) -> u32 {
        self.n_dropouts += 1;
        self.n_dropouts - 1
    }

    /// The shape of a buffer.
    pub(crate) fn shape(&self, id: BufferId) -> Shape4 {
        self.buffers[id.0].shape
    }

    pub(crate) fn forward(&mut self, instr: impl Into<Instr>) {
        self.forward.push(instr.into());
    }

    pub(crate) fn update(&mut self, instr: impl Into<Instr>) {
        self.update.push(instr.into());
    }

    /// Adds a backward instruction, which runs before those that were added before it.
    pub(crate) fn backward(&mut self, instr: impl Into<Instr>) {
        self.backward.push(instr.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Optimiser, Parameters, Preset};

    #[test]
    fn programs_and_parameters_agree_on_names_and_shapes() {
        for preset in Preset::ALL {
            let program = Program::compile(&preset.spec(), 3, Purpose::Inspect(Optimiser::SGD)).unwrap();
            let parameters = Parameters::init(&preset.spec(), 1).unwrap();
            let tensors: Vec<_> = parameters.tensors().iter().map(|t| (t.name.clone(), t.shape)).collect();
            assert_eq!(program.params(), tensors, "{preset:?}");
            assert_eq!(program.update().len(), tensors.len());
        }
    }

    #[test]
    fn the_images_get_no_gradient() {
        let program = Program::compile(&Preset::Small.spec(), 2, Purpose::Inspect(Optimiser::SGD)).unwrap();
        let n_grad_x = program.backward().iter().filter(|i| matches!(i, Instr::Conv2dGradX(_))).count();
        assert_eq!(n_grad_x, 1, "two convolutions, and the first one reads the images");
    }

    #[test]
    fn backward_starts_at_the_loss() {
        let program = Program::compile(&Preset::Mlp.spec(), 2, Purpose::Inspect(Optimiser::SGD)).unwrap();
        assert!(matches!(program.backward()[0], Instr::SoftmaxCrossEntropyBackward(_)));
        assert!(matches!(program.forward().last(), Some(Instr::SoftmaxCrossEntropyForward(_))));
    }
}
