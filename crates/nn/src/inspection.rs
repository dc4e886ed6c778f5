//! What is known of a network at one image: outputs, parameters and gradients, as far as they were asked for.

use crate::Parameters;
use crate::inspect::{Inspector, range, split};
use crate::layer::Geometry;
use crate::spec::{Spec, SpecError};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;
use serde::{Deserialize, Serialize};

/// A network's weights and every layer's output for one image, as far as they were asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// One for each layer of the spec.
    pub layers: Vec<LayerValues>,
    /// Probability of each class.
    pub probabilities: Vec<f32>,
    /// Gradients of the loss, as far as they were asked for.
    pub gradients: Vec<Gradient>,
    /// Outputs and parameters of layers inside of blocks, by their names, as far as they were asked for as a whole.
    pub inside: BTreeMap<String, Vec<f32>>,
}

/// The gradient of the loss with respect to a tensor, or to some rows of it: channels of an output, kernels or units of
/// weights.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gradient {
    /// The tensor: "conv 1", "conv 1.weight", "input"; "norm conv 1" for the size of the gradient alone.
    pub of: String,
    /// The first row that is there.
    pub from: usize,
    /// The values, row by row.
    pub values: Vec<f32>,
}

/// One layer's numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerValues {
    /// Its name: "conv 1".
    pub name: String,
    /// Channels, rows and columns of its output.
    pub shape: [usize; 3],
    /// Its output for the image, channel by channel, row by row. Empty when it was not asked for, like all that follows.
    pub output: Vec<f32>,
    /// The first channel of the output that is there: 0, unless only some were asked for.
    pub output_from: usize,
    /// (kernels, channels in a group, rows, columns) of a convolution's weights, (units, inputs, 1, 1) of a linear
    /// layer's.
    pub weights_shape: [usize; 4],
    /// Its weights; empty when it has none.
    pub weights: Vec<f32>,
    /// The first kernel or unit whose weights are there: 0, unless only some were asked for.
    pub weights_from: usize,
    /// Its biases; empty when it has none.
    pub biases: Vec<f32>,
}

impl LayerValues {
    /// The output's channel `k`, row by row, if it is there.
    pub fn channel(&self, k: usize) -> Option<&[f32]> {
        let [_, h, w] = self.shape;
        self.output.chunks_exact((h * w).max(1)).nth(k.checked_sub(self.output_from)?)
    }
}

impl Inspection {
    /// Runs one image, (c, h, w), through the network.
    ///
    /// # Errors
    /// When the network cannot be built.
    pub fn new(spec: &Spec, parameters: &Parameters, image: &[f32]) -> Result<Self, SpecError> {
        let mut inspector = Inspector::new(spec)?;
        inspector.run(parameters, image);
        Self::of(spec, |name| inspector.tensor(parameters, name).map(|(_, values)| values.to_vec()))
    }

    /// The names of all tensors of a network.
    ///
    /// # Errors
    /// When the network cannot be built.
    pub fn names(spec: &Spec) -> Result<Vec<String>, SpecError> {
        let layers = spec.names().into_iter().zip(spec.geometries(1)?);
        let names = layers.flat_map(|(name, (geometry, _))| {
            let parameters = geometry.kind().parameters();
            let parts: Vec<String> = parameters.iter().map(|part| format!("{name}.{}", part.role)).collect();
            core::iter::once(name).chain(parts)
        });
        Ok(names.chain(core::iter::once("probabilities".into())).collect())
    }

    /// Puts a network's numbers together from its tensors, by name. Those that are not given stay empty.
    ///
    /// # Errors
    /// When the network cannot be built.
    pub fn of(spec: &Spec, mut tensor: impl FnMut(&str) -> Option<Vec<f32>>) -> Result<Self, SpecError> {
        Self::with(spec, |name| tensor(name).map(|values| (0, values)))
    }

    /// The same from tensors and parts of tensors, by names as [`Inspector::part`] gives them.
    ///
    /// # Errors
    /// When the network cannot be built.
    pub fn of_parts(spec: &Spec, parts: impl IntoIterator<Item = (String, Vec<f32>)>) -> Result<Self, SpecError> {
        let place = |(name, values): (String, Vec<f32>)| match split(&name) {
            Some((whole, rows)) => (String::from(whole), (range(rows).unwrap_or_default().start, values)),
            None => (name, (0, values)),
        };
        let mut parts: BTreeMap<_, _> = parts.into_iter().map(place).collect();
        let mut found = Self::with(spec, |name| parts.remove(name))?;
        let gradient = |(name, (from, values)): (String, (usize, Vec<f32>))| {
            let of = match name.strip_prefix("norm grad ") {
                Some(of) => format!("norm {of}"),
                None => name.strip_prefix("grad ")?.into(),
            };
            Some(Gradient { of, from, values })
        };
        let is_gradient = |name: &str| name.starts_with("grad ") || name.starts_with("norm ");
        let (gradients, inside): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(name, _)| is_gradient(name));
        found.gradients = gradients.into_iter().filter_map(gradient).collect();
        found.inside = inside.into_iter().map(|(name, (_, values))| (name, values)).collect();
        Ok(found)
    }

    /// The gradient with respect to these rows of a tensor, each of so many values, if it is there.
    pub fn gradient(&self, of: &str, rows: Range<usize>, row_len: usize) -> Option<&[f32]> {
        let found = self.gradients.iter().find(|gradient| gradient.of == of)?;
        let from = rows.start.checked_sub(found.from)? * row_len;
        found.values.get(from..from + rows.len() * row_len)
    }

    /// The same from the values of each tensor that are there, after the number of the first row of them.
    fn with(spec: &Spec, mut rows: impl FnMut(&str) -> Option<(usize, Vec<f32>)>) -> Result<Self, SpecError> {
        let mut values = |name: &str| rows(name).unwrap_or_default();
        let layers = spec.names().into_iter().zip(spec.geometries(1)?).map(|(name, (geometry, shape))| {
            let weights_shape = geometry
                .kind()
                .parameters()
                .first()
                .map_or([0; 4], |weight| [weight.shape.n, weight.shape.c, weight.shape.h, weight.shape.w]);
            let (output_from, output) = values(&name);
            let (weights_from, weights) = values(&format!("{name}.weight"));
            let (_, biases) = values(&format!("{name}.bias"));
            let shape = [shape.c, shape.h, shape.w];
            LayerValues { name, shape, output, output_from, weights_shape, weights, weights_from, biases }
        });
        Ok(Self { layers: layers.collect(), probabilities: values("probabilities").1, ..Self::default() })
    }
}
