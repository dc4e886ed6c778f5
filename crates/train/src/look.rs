//! Looks into a network: what it makes of one image, and the gradients on the way back.

use crate::protocol::{Backward, Refusal, Tensor, Tensors};
use receptive_nn::{GradientInspector, Inspector, Origin, Parameters, Spec};

/// What is looked for.
pub(crate) struct Look<'a> {
    /// The image, (c, h, w).
    pub(crate) image: &'a [f32],
    /// What gradients are of, if gradients are what is looked for; if not, it is values.
    pub(crate) backward: Option<Backward>,
    /// The names of the tensors.
    pub(crate) names: Vec<String>,
}

/// The inspectors of one network, each made when it is first needed.
#[derive(Default)]
pub(crate) struct Inspectors {
    forward: Option<Inspector>,
    backward: Option<GradientInspector>,
}

impl Inspectors {
    /// Looks into the network.
    pub(crate) fn look(
        &mut self,
        spec: &Spec,
        parameters: &Parameters,
        origin: Origin,
        Look { image, backward, names }: Look<'_>,
    ) -> Result<Tensors, Refusal> {
        let tensors = match backward {
            None => {
                // A network that runs can be looked into.
                let made = self.forward.take().map_or_else(|| Inspector::new(spec), Ok).map_err(|_| Refusal::NoRun)?;
                let inspector = self.forward.insert(made);
                inspector.run(parameters, image);
                named(names, |name| inspector.part(parameters, name))
            }
            Some(Backward { head, class }) => {
                let made = self.backward.take().filter(|made| made.head() == head);
                let made = made.map_or_else(|| GradientInspector::new(spec, head), Ok).map_err(|_| Refusal::NoRun)?;
                let inspector = self.backward.insert(made);
                if usize::from(class) >= inspector.n_classes() {
                    return Err(Refusal::NoClass(class));
                }
                inspector.run(parameters, image, class);
                named(names, |name| inspector.part(name))
            }
        };
        Ok(Tensors { spec: spec.clone(), origin, tensors: tensors? })
    }
}

/// The tensors of these names, as `find` finds them.
fn named<'a>(
    names: Vec<String>,
    find: impl Fn(&str) -> Option<(String, ([usize; 4], &'a [f32]))>,
) -> Result<Vec<Tensor>, Refusal> {
    let tensor = |name: String| {
        let Some((name, (shape, values))) = find(&name) else { return Err(Refusal::NoTensor(name)) };
        Ok(Tensor { name, shape: shape.map(|n| n as u32), values: values.to_vec() })
    };
    names.into_iter().map(tensor).collect()
}
