//! Looks into a network: what it makes of one image, and the gradients on the way back.

use crate::protocol::{Backward, Refusal, Tensor, Tensors};
use receptive_nn::{GradientInspector, Inspector, Nudger, Origin, Parameters, Spec};

/// The beginning of the name of a gradient.
const GRADIENT: &str = "grad ";

/// What is looked for.
pub(crate) struct Look<'a> {
    /// The image, (c, h, w).
    pub(crate) image: &'a [f32],
    /// What gradients are of, if some are looked for.
    pub(crate) backward: Option<Backward>,
    /// The names of the tensors.
    pub(crate) names: Vec<String>,
}

/// The inspectors of one network, each made when it is first needed.
#[derive(Default)]
pub(crate) struct Inspectors {
    forward: Option<Inspector>,
    backward: Option<GradientInspector>,
    pub(crate) nudger: Option<Nudger>,
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
        // A network that runs can be looked into.
        let made = self.forward.take().map_or_else(|| Inspector::new(spec), Ok).map_err(|_| Refusal::NoRun)?;
        let forward = self.forward.insert(made);
        forward.run(parameters, image);
        if let Some(Backward { head, class }) = backward {
            let made = self.backward.take().filter(|made| made.head() == head);
            let made = made.map_or_else(|| GradientInspector::new(spec, head), Ok).map_err(|_| Refusal::NoRun)?;
            let inspector = self.backward.insert(made);
            if usize::from(class) >= inspector.n_classes() {
                return Err(Refusal::NoClass(class));
            }
            inspector.run(parameters, image, class);
        }
        let gradients = self.backward.as_ref().filter(|_| backward.is_some());
        let tensor = |name: String| {
            let found = match name.strip_prefix(GRADIENT) {
                Some(of) => {
                    let part = gradients.and_then(|gradients| gradients.part(of));
                    part.map(|(of, found)| (format!("{GRADIENT}{of}"), found))
                }
                None => forward.part(parameters, &name),
            };
            let Some((name, (shape, values))) = found else { return Err(Refusal::NoTensor(name)) };
            Ok(Tensor { name, shape: shape.map(|n| n as u32), values: values.to_vec() })
        };
        Ok(Tensors { spec: spec.clone(), origin, tensors: names.into_iter().map(tensor).collect::<Result<_, _>>()? })
    }
}
