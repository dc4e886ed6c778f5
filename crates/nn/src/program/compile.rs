//! From a specification to a program.

use super::head::{SoftmaxCrossEntropyBackward, SoftmaxCrossEntropyForward};
use super::instr::Operands;
use super::update::Update;
use super::{Buffer, BufferId, Instr, ParamId, Program, Purpose, Role, fuse, plan};
use crate::layer::Geometry;
use crate::spec::{Spec, SpecError};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use receptive_core::Shape4;

impl Program {
    /// Compiles a network for `batch` images at a time.
    ///
    /// # Errors
    /// When the network cannot be built for this batch.
    pub fn compile(spec: &Spec, batch: usize, purpose: Purpose) -> Result<Self, SpecError> {
        let geometries = match (purpose, spec.geometries_while(batch)) {
            (_, (geometries, None)) | (Purpose::Layers, (geometries, Some(SpecError::NoLogits))) => geometries,
            (_, (_, Some(error))) => return Err(error),
        };
        let mut to = Emitter::default();
        let [c, h, w] = spec.input;
        let (mut input, grad_input) = to.activation("input", Shape4::new(batch, c, h, w), Role::Input);
        // The activation that comes into the layer at hand, and its gradient.
        let (mut x, mut grad_x) = (input, grad_input);
        for (name, (geometry, shape)) in spec.names().iter().zip(&geometries) {
            let layer = geometry.kind();
            if layer.is_view() {
                continue;
            }
            let (y, grad_y) = to.activation(name, *shape, Role::Activation);
            layer.emit(&Site { name, x, grad_x, y, grad_y }, &mut to);
            (x, grad_x) = (y, grad_y);
        }

        let shape = to.buffers[x.0].shape;
        let (mut logits, mut probabilities, mut losses) = (x, x, x);
        if purpose != Purpose::Layers {
            probabilities = to.buffer("probabilities".to_string(), shape, Role::Probabilities);
            losses = to.buffer("losses".to_string(), Shape4::new(batch, 1, 1, 1), Role::Losses);
            to.forward(SoftmaxCrossEntropyForward { losses, p: probabilities, z: logits });
            to.backward(SoftmaxCrossEntropyBackward { grad_z: grad_x, p: probabilities });
        }
        to.backward.reverse();
        let Emitter { mut buffers, params, mut forward, mut backward, learnt } = to;
        let rule = match purpose {
            Purpose::Training(rule) | Purpose::Inspect(rule) => Some(rule),
            Purpose::Inference | Purpose::Layers => None,
        };
        let update = |rule| move |&(param, grad): &_| Instr::Update(Update { param, grad, rule });
        let mut update: Vec<Instr> = rule.iter().flat_map(|rule| learnt.iter().map(update(*rule))).collect();
        // The gradients that are asked for; the images need none.
        let is_asked_for = |id: BufferId| match buffers[id.0].role {
            Role::ParamGradient => rule.is_some(),
            Role::Gradient => matches!(purpose, Purpose::Inspect(_)) && id != grad_input,
            _ => false,
        };
        leave_out(&mut backward, (0..buffers.len()).map(BufferId).filter(|id| is_asked_for(*id)).collect());

        let is_sharing = matches!(purpose, Purpose::Training(_) | Purpose::Inference);
        if is_sharing {
            fuse::layers_with_relu(&mut forward, &mut backward, &[]);
            fuse::max_pools_after_relu(&forward, &mut backward, &[]);
        }
        let mut kept = [&mut input, &mut probabilities, &mut losses, &mut logits];
        let slots = plan::lay_out(&mut buffers, [&mut forward, &mut backward, &mut update], &mut kept, is_sharing);
        Ok(Self {
            batch,
            n_classes: shape.c,
            buffers,
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
}

/// A program while its layers add to it.
#[derive(Default)]
pub(crate) struct Emitter {
    buffers: Vec<Buffer>,
    params: Vec<(String, Shape4)>,
    forward: Vec<Instr>,
    /// In reverse order, and turned round at the end.
    backward: Vec<Instr>,
    /// The parameters that are learnt, with their gradients.
    learnt: Vec<(ParamId, BufferId)>,
}

impl Emitter {
    pub(crate) fn buffer(&mut self, name: String, shape: Shape4, role: Role) -> BufferId {
        let slot = self.buffers.len();
        self.buffers.push(Buffer { name, shape, role, slot, is_kept: true });
        BufferId(slot)
    }

    /// An activation and its gradient.
    fn activation(&mut self, name: &str, shape: Shape4, role: Role) -> (BufferId, BufferId) {
        let y = self.buffer(name.to_string(), shape, role);
        (y, self.buffer(format!("grad {name}"), shape, Role::Gradient))
    }

    /// A parameter of a layer that is learnt, and its gradient. `role` is "weight", "bias" …
    pub(crate) fn param(&mut self, at: &Site<'_>, role: &str, shape: Shape4) -> (ParamId, BufferId) {
        let name = format!("{}.{role}", at.name);
        let grad = self.buffer(format!("grad {name}"), shape, Role::ParamGradient);
        let param = ParamId(self.params.len());
        self.params.push((name, shape));
        self.learnt.push((param, grad));
        (param, grad)
    }

    pub(crate) fn forward(&mut self, instr: impl Into<Instr>) {
        self.forward.push(instr.into());
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
            let program = Program::compile(&preset.spec(), 3, Purpose::Inspect(Optimiser::Sgd)).unwrap();
            let parameters = Parameters::init(&preset.spec(), 1).unwrap();
            let tensors: Vec<_> = parameters.tensors().iter().map(|t| (t.name.clone(), t.shape)).collect();
            assert_eq!(program.params(), tensors, "{preset:?}");
            assert_eq!(program.update().len(), tensors.len());
        }
    }

    #[test]
    fn the_images_get_no_gradient() {
        let program = Program::compile(&Preset::Small.spec(), 2, Purpose::Inspect(Optimiser::Sgd)).unwrap();
        let n_grad_x = program.backward().iter().filter(|i| matches!(i, Instr::Conv2dGradX(_))).count();
        assert_eq!(n_grad_x, 1, "two convolutions, and the first one reads the images");
    }

    #[test]
    fn backward_starts_at_the_loss() {
        let program = Program::compile(&Preset::Mlp.spec(), 2, Purpose::Inspect(Optimiser::Sgd)).unwrap();
        assert!(matches!(program.backward()[0], Instr::SoftmaxCrossEntropyBackward(_)));
        assert!(matches!(program.forward().last(), Some(Instr::SoftmaxCrossEntropyForward(_))));
    }
}
