//! From a specification to a program.

use super::{Buffer, BufferId, Instr, ParamId, Program, Role};
use crate::optim::Optimiser;
use crate::spec::{Placed, Spec, SpecError};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use receptive_core::Shape4;

impl Program {
    /// Compiles a network for steps of `batch` images and this update rule.
    ///
    /// # Errors
    /// When the network cannot be built for this batch.
    pub fn compile(spec: &Spec, batch: usize, rule: Optimiser) -> Result<Self, SpecError> {
        let placed = spec.place(batch)?;
        let names = spec.names();
        let mut plan = Plan::default();
        let [c, h, w] = spec.input;
        let input = plan.buffer("input".to_string(), Shape4::new(batch, c, h, w), Role::Input);

        let mut forward = Vec::new();
        let mut backward = Vec::new();
        let mut update = Vec::new();
        // The activation that comes into the layer at hand, and its gradient; the images need none.
        let (mut x, mut grad_x) = (input, None);
        for (name, (place, shape)) in names.iter().zip(&placed) {
            if *place == Placed::Flatten {
                continue; // Rows of a plane lie one after the other already.
            }
            let y = plan.buffer(name.clone(), *shape, Role::Activation);
            let grad_y = plan.buffer(format!("grad {name}"), *shape, Role::Gradient);
            // Backward instructions are collected in reverse order, and turned round at the end.
            match *place {
                Placed::Conv2d(geom) => {
                    let (w, grad_w) = plan.param(format!("{name}.weight"), geom.w());
                    let (b, grad_b) = plan.param(format!("{name}.bias"), Shape4::new(geom.w().n, 1, 1, 1));
                    forward.push(Instr::Conv2dForward { y, x, w, b, geom });
                    backward.extend(grad_x.map(|grad_x| Instr::Conv2dGradX { grad_x, w, grad_y, geom }));
                    backward.push(Instr::Conv2dGradB { grad_b, grad_y, geom });
                    backward.push(Instr::Conv2dGradW { grad_w, x, grad_y, geom });
                    update.push(Instr::Update { param: w, grad: grad_w, rule });
                    update.push(Instr::Update { param: b, grad: grad_b, rule });
                }
                Placed::Linear(geom) => {
                    let (w, grad_w) =
                        plan.param(format!("{name}.weight"), Shape4::new(geom.outputs, geom.inputs, 1, 1));
                    let (b, grad_b) = plan.param(format!("{name}.bias"), Shape4::new(geom.outputs, 1, 1, 1));
                    forward.push(Instr::LinearForward { y, x, w, b, geom });
                    backward.extend(grad_x.map(|grad_x| Instr::LinearGradX { grad_x, w, grad_y, geom }));
                    backward.push(Instr::LinearGradB { grad_b, grad_y, geom });
                    backward.push(Instr::LinearGradW { grad_w, x, grad_y, geom });
                    update.push(Instr::Update { param: w, grad: grad_w, rule });
                    update.push(Instr::Update { param: b, grad: grad_b, rule });
                }
                Placed::MaxPool2d(geom) => {
                    let argmax = plan.buffer(format!("{name} argmax"), *shape, Role::Argmax);
                    forward.push(Instr::MaxPool2dForward { y, argmax, x, geom });
                    backward.extend(grad_x.map(|grad_x| Instr::MaxPool2dBackward { grad_x, grad_y, argmax, geom }));
                }
                Placed::AvgPool2d(geom) => {
                    forward.push(Instr::AvgPool2dForward { y, x, geom });
                    backward.extend(grad_x.map(|grad_x| Instr::AvgPool2dBackward { grad_x, grad_y, geom }));
                }
                Placed::Relu => {
                    forward.push(Instr::ReluForward { y, x });
                    backward.extend(grad_x.map(|grad_x| Instr::ReluBackward { grad_x, grad_y, x }));
                }
                Placed::Flatten => {}
            }
            (x, grad_x) = (y, Some(grad_y));
        }

        let n_classes = plan.buffers[x.0].shape.c;
        let logits = plan.buffers[x.0].shape;
        let probabilities = plan.buffer("probabilities".to_string(), logits, Role::Probabilities);
        let losses = plan.buffer("losses".to_string(), Shape4::new(batch, 1, 1, 1), Role::Losses);
        forward.push(Instr::SoftmaxCrossEntropyForward { losses, p: probabilities, z: x });
        backward.extend(grad_x.map(|grad_z| Instr::SoftmaxCrossEntropyBackward { grad_z, p: probabilities }));
        backward.reverse();
        let Plan { buffers, params } = plan;
        Ok(Self {
            batch,
            n_classes,
            buffers,
            params,
            forward,
            backward,
            update,
            input,
            probabilities,
            losses,
            logits: x,
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
        self.buffers.push(Buffer { name, shape, role });
        BufferId(self.buffers.len() - 1)
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
    use crate::{Parameters, Preset};

    #[test]
    fn programs_and_parameters_agree_on_names_and_shapes() {
        for preset in Preset::ALL {
            let program = Program::compile(&preset.spec(), 3, Optimiser::Sgd).unwrap();
            let parameters = Parameters::init(&preset.spec(), 1).unwrap();
            let tensors: Vec<_> = parameters.tensors().iter().map(|t| (t.name.clone(), t.shape)).collect();
            assert_eq!(program.params(), tensors, "{preset:?}");
            assert_eq!(program.update().len(), tensors.len());
        }
    }

    #[test]
    fn the_images_get_no_gradient() {
        let program = Program::compile(&Preset::Small.spec(), 2, Optimiser::Sgd).unwrap();
        let n_grad_x = program.backward().iter().filter(|i| matches!(i, Instr::Conv2dGradX { .. })).count();
        assert_eq!(n_grad_x, 1, "two convolutions, and the first one reads the images");
    }

    #[test]
    fn backward_starts_at_the_loss() {
        let program = Program::compile(&Preset::Mlp.spec(), 2, Optimiser::Sgd).unwrap();
        assert!(matches!(program.backward()[0], Instr::SoftmaxCrossEntropyBackward { .. }));
        assert!(matches!(program.forward().last(), Some(Instr::SoftmaxCrossEntropyForward { .. })));
    }
}
