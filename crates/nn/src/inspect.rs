//! Every output of a network for one image, layer by layer.

use crate::program::{Program, Purpose};
use crate::spec::{Spec, SpecError};
use crate::{CpuEngine, Optimiser, Parameters};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A network with its weights, and every layer's output for one image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// One for each layer of the spec.
    pub layers: Vec<LayerValues>,
    /// Probability of each class.
    pub probabilities: Vec<f32>,
}

/// One layer's numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerValues {
    /// Its name: "conv 1".
    pub name: String,
    /// Channels, rows and columns of its output.
    pub shape: [usize; 3],
    /// Its output for the image, channel by channel, row by row.
    pub output: Vec<f32>,
    /// (kernels, channels in a group, rows, columns) of a convolution's weights, (units, inputs, 1, 1) of a linear
    /// layer's.
    pub weights_shape: [usize; 4],
    /// Its weights; empty when it has none.
    pub weights: Vec<f32>,
    /// Its biases; empty when it has none.
    pub biases: Vec<f32>,
}

impl Inspection {
    /// Runs one image, (c, h, w), through the network.
    ///
    /// # Errors
    /// When the network cannot be built.
    pub fn new(spec: &Spec, parameters: &Parameters, image: &[f32]) -> Result<Self, SpecError> {
        let mut engine = CpuEngine::new(Program::compile(spec, 1, Purpose::Inspect(Optimiser::Sgd))?);
        engine.forward(parameters, image);
        let geometries = spec.geometries(1)?;
        let mut layers: Vec<LayerValues> = Vec::with_capacity(geometries.len());
        for (name, (_, shape)) in spec.names().into_iter().zip(geometries) {
            // A flatten has no buffer of its own: its numbers are those that came in.
            let output = match (engine.named(&name), layers.last()) {
                (Some(values), _) => values.to_vec(),
                (None, Some(before)) => before.output.clone(),
                (None, None) => image.to_vec(),
            };
            let tensor = |part: &str| parameters.get(&format!("{name}.{part}"));
            let (weights, biases) = (tensor("weight"), tensor("bias"));
            layers.push(LayerValues {
                shape: [shape.c, shape.h, shape.w],
                output,
                weights_shape: weights.map_or([0; 4], |weights| {
                    let shape = weights.shape;
                    [shape.n, shape.c, shape.h, shape.w]
                }),
                weights: weights.map_or_else(Vec::new, |weights| weights.values.clone()),
                biases: biases.map_or_else(Vec::new, |biases| biases.values.clone()),
                name,
            });
        }
        Ok(Self { layers, probabilities: engine.probabilities().to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;
    use receptive_core::ops::relu_forward;

    #[test]
    fn layers_follow_from_one_another() {
        let spec = Preset::Small.spec();
        let parameters = Parameters::init(&spec, 3).unwrap();
        let image: Vec<_> = (0..784).map(|i| (i % 7) as f32 / 7.0).collect();
        let Inspection { layers, probabilities } = Inspection::new(&spec, &parameters, &image).unwrap();
        assert_eq!(layers.len(), spec.layers.len());
        assert_eq!((layers[0].shape, layers[0].weights_shape), ([8, 28, 28], [8, 1, 5, 5]));
        let mut rectified = alloc::vec![f32::NAN; layers[0].output.len()];
        relu_forward(&mut rectified, &layers[0].output);
        assert_eq!(layers[1].output, rectified);
        assert_eq!(layers[6].output, layers[5].output, "flattening changes no number");
        assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}
