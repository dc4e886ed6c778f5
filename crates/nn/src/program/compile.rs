//! From a specification to a program.

use super::{Buffer, BufferId, Instr, ParamId, Program, Purpose, Role, fuse, plan};
use crate::spec::{LayerGeometry, Spec, SpecError};
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
        let names = spec.names();
        let mut plan = Plan::default();
        let [c, h, w] = spec.input;
        let input = plan.buffer("input".to_string(), Shape4::new(batch, c, h, w), Role::Input);

        let mut forward = Vec::new();
        let mut backward = Vec::new();
        let mut learnt = Vec::new();
        // The activation that comes into the layer at hand, and its gradient; the images need none.
        let (mut x, mut grad_x) = (input, None);
        for (name, (geometry, shape)) in names.iter().zip(&geometries) {
            if *geometry == LayerGeometry::Flatten {
                continue; // Rows of a plane lie one after the other already.
            }
            let y = plan.buffer(name.clone(), *shape, Role::Activation);
            let grad_y = plan.buffer(format!("grad {name}"), *shape, Role::Gradient);
            // Backward instructions are collected in reverse order, and turned round at the end.
            match *geometry {
                LayerGeometry::Conv2d(geom) => {
                    let (w, grad_w) = plan.param(format!("{name}.weight"), geom.w());
                    let (b, grad_b) = plan.param(format!("{name}.bias"), Shape4::new(geom.w().n, 1, 1, 1));
                    forward.push(Instr::Conv2dForward { y, x, w, b, geom, relu: false });
                    backward.extend(grad_x.map(|grad_x| Instr::Conv2dGradX { grad_x, w, grad_y, geom }));
                    backward.push(Instr::Conv2dGradB { grad_b, grad_y, geom });
                    backward.push(Instr::Conv2dGradW { grad_w, x, grad_y, geom });
                    learnt.push((w, grad_w));
                    learnt.push((b, grad_b));
                }
                LayerGeometry::Linear(geom) => {
                    let (w, grad_w) =
                        plan.param(format!("{name}.weight"), Shape4::new(geom.outputs, geom.inputs, 1, 1));
                    let (b, grad_b) = plan.param(format!("{name}.bias"), Shape4::new(geom.outputs, 1, 1, 1));
                    forward.push(Instr::LinearForward { y, x, w, b, geom, relu: false });
                    backward.extend(grad_x.map(|grad_x| Instr::LinearGradX { grad_x, w, grad_y, geom }));
                    backward.push(Instr::LinearGradB { grad_b, grad_y, geom });
                    backward.push(Instr::LinearGradW { grad_w, x, grad_y, geom });
                    learnt.push((w, grad_w));
                    learnt.push((b, grad_b));
                }
                LayerGeometry::MaxPool2d(geom) => {
                    let argmax = plan.buffer(format!("{name} argmax"), *shape, Role::Argmax);
                    forward.push(Instr::MaxPool2dForward { y, argmax, x, geom });
                    backward.extend(grad_x.map(|grad_x| Instr::MaxPool2dBackward {
                        grad_x,
                        grad_y,
                        argmax,
                        rectified: None,
                        geom,
                    }));
                }
                LayerGeometry::AvgPool2d(geom) => {
                    forward.push(Instr::AvgPool2dForward { y, x, geom });
                    backward.extend(grad_x.map(|grad_x| Instr::AvgPool2dBackward { grad_x, grad_y, geom }));
                }
                LayerGeometry::Relu => {
                    forward.push(Instr::ReluForward { y, x });
                    backward.extend(grad_x.map(|grad_x| Instr::ReluBackward { grad_x, grad_y, x }));
                }
                LayerGeometry::Flatten => {}
            }
            (x, grad_x) = (y, Some(grad_y));
        }

        let n_classes = plan.buffers[x.0].shape.c;
        let logits = plan.buffers[x.0].shape;
        let (mut probabilities, mut losses) = (x, x);
        if purpose != Purpose::Layers {
            probabilities = plan.buffer("probabilities".to_string(), logits, Role::Probabilities);
            losses = plan.buffer("losses".to_string(), Shape4::new(batch, 1, 1, 1), Role::Losses);
            forward.push(Instr::SoftmaxCrossEntropyForward { losses, p: probabilities, z: x });
            backward.extend(grad_x.map(|grad_z| Instr::SoftmaxCrossEntropyBackward { grad_z, p: probabilities }));
        }
        backward.reverse();
        let rule = match purpose {
            Purpose::Training(rule) | Purpose::Inspect(rule) => Some(rule),
            Purpose::Inference | Purpose::Layers => None,
        };
        let update = |rule| move |&(param, grad): &_| Instr::Update { param, grad, rule };
        let mut update: Vec<Instr> = rule.iter().flat_map(|rule| learnt.iter().map(update(*rule))).collect();
        if rule.is_none() {
            backward.clear();
        }
        let Plan { mut buffers, params } = plan;
        let [mut input, mut logits] = [input, x];
        let slots = if matches!(purpose, Purpose::Inspect(_) | Purpose::Layers) {
            buffers.iter().map(|buffer| buffer.shape.len()).collect()
        } else {
            fuse::layers_with_relu(&mut forward, &mut backward);
            fuse::max_pools_after_relu(&forward, &mut backward);
            let mut kept = [&mut input, &mut probabilities, &mut losses, &mut logits];
            plan::share_memory(&mut buffers, [&mut forward, &mut backward, &mut update], &mut kept)
        };
        Ok(Self {
            batch,
            n_classes,
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

#[derive(Default)]
struct Plan {
    buffers: Vec<Buffer>,
    params: Vec<(String, Shape4)>,
}

impl Plan {
    fn buffer(&mut self, name: String, shape: Shape4, role: Role) -> BufferId {
        let slot = self.buffers.len();
        self.buffers.push(Buffer { name, shape, role, slot, is_kept: true });
        BufferId(slot)
    }

    /// A parameter and the buffer of its gradient.
    fn param(&mut self, name: String, shape: Shape4) -> (ParamId, BufferId) {
        let grad = self.buffer(format!("grad {name}"), shape, Role::ParamGradient);
        self.params.push((name, shape));
        (ParamId(self.params.len() - 1), grad)
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
        let n_grad_x = program.backward().iter().filter(|i| matches!(i, Instr::Conv2dGradX { .. })).count();
        assert_eq!(n_grad_x, 1, "two convolutions, and the first one reads the images");
    }

    #[test]
    fn backward_starts_at_the_loss() {
        let program = Program::compile(&Preset::Mlp.spec(), 2, Purpose::Inspect(Optimiser::Sgd)).unwrap();
        assert!(matches!(program.backward()[0], Instr::SoftmaxCrossEntropyBackward { .. }));
        assert!(matches!(program.forward().last(), Some(Instr::SoftmaxCrossEntropyForward { .. })));
    }
}
