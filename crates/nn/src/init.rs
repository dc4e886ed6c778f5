//! Parameters, and the values they start from.

use crate::layer::{Geometry, Layer, LayerGeometry, ParamSpec, Start};
use crate::spec::{Spec, SpecError};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::{Rng, Shape4};

/// One tensor of weights or biases, or of statistics that training counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Layer and role: "conv 1.weight".
    pub name: String,
    /// (k, c / groups, r, s) for kernels, (outputs, inputs, 1, 1) for linear weights, (n, 1, 1, 1) for biases and
    /// statistics.
    pub shape: Shape4,
    /// The values, row-major.
    pub values: Vec<f32>,
    /// True if it is learnt; false for a statistic that training counts.
    pub is_learnt: bool,
}

/// All weights and biases of a network, in the order of its layers.
#[derive(Debug, PartialEq)]
pub struct Parameters {
    tensors: Vec<Parameter>,
}

impl Clone for Parameters {
    fn clone(&self) -> Self {
        Self { tensors: self.tensors.clone() }
    }

    /// Copies into the memory that is there.
    fn clone_from(&mut self, source: &Self) {
        if self.tensors.len() != source.tensors.len() {
            self.tensors.clone_from(&source.tensors);
            return;
        }
        for (to, from) in self.tensors.iter_mut().zip(&source.tensors) {
            to.name.clone_from(&from.name);
            to.shape = from.shape;
            to.values.clone_from(&from.values);
        }
    }
}

impl Parameters {
    /// The weights that a run with this seed starts from.
    ///
    /// Layers followed by a ReLU get normal weights with variance 2 / fan-in (He et al. 2015), the
    /// others uniform ones within ±√(6 / (fan-in + fan-out)) (Glorot & Bengio 2010). Biases are zero.
    ///
    /// # Errors
    /// When the network cannot be built.
    pub fn init(spec: &Spec, seed: u64) -> Result<Self, SpecError> {
        let geometries = match spec.placed(1) {
            (geometries, None) => geometries,
            (_, Some(error)) => return Err(error),
        };
        let mut tensors = Vec::new();
        for (i, (row, (geometry, _))) in spec.rows().iter().zip(&geometries).enumerate() {
            let mut rng = Rng::stream(seed, i as u64);
            let is_rectified = row.after.iter().find(|layer| **layer != Layer::BatchNorm) == Some(&Layer::Relu);
            for ParamSpec { role, shape, start, is_learnt } in geometry.kind().parameters() {
                let values = match start {
                    Start::Constant(value) => vec![value; shape.len()],
                    Start::Drawn { fan_in, .. } if is_rectified => {
                        let deviation = libm::sqrtf(2.0 / fan_in as f32);
                        (0..shape.len()).map(|_| deviation * rng.normal()).collect()
                    }
                    Start::Drawn { fan_in, fan_out } => {
                        let limit = libm::sqrtf(6.0 / (fan_in + fan_out) as f32);
                        (0..shape.len()).map(|_| rng.range(-limit, limit)).collect()
                    }
                };
                tensors.push(Parameter { name: format!("{}.{role}", row.name), shape, values, is_learnt });
            }
        }
        Ok(Self { tensors })
    }

    /// The lengths of the tensors that a network has, in the order of its layers.
    ///
    /// # Errors
    /// When the network cannot be built.
    pub fn lens(spec: &Spec) -> Result<Vec<usize>, SpecError> {
        let (geometries, error) = spec.placed(1);
        match error {
            Some(error) => Err(error),
            None => Ok(parts(spec, &geometries).map(|(_, part)| part.shape.len()).collect()),
        }
    }

    /// Given values for the parameters of a network, in their order. Values that are missing are zeros.
    pub fn of(spec: &Spec, values: &[Vec<f32>]) -> Self {
        let tensor = |(i, (name, ParamSpec { shape, is_learnt, .. }))| {
            let mut values: Vec<f32> = values.get(i).cloned().unwrap_or_default();
            values.resize(shape.len(), 0.0);
            Parameter { name, shape, values, is_learnt }
        };
        Self { tensors: parts(spec, &spec.placed(1).0).enumerate().map(tensor).collect() }
    }

    /// Number of weights and biases that are learnt.
    pub fn n_learnt(&self) -> usize {
        let learnt = self.tensors.iter().filter(|tensor| tensor.is_learnt);
        learnt.map(|tensor| tensor.values.len()).sum()
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.tensors.iter().map(|tensor| tensor.values.len()).sum()
    }

    /// True if the network has none.
    pub fn is_empty(&self) -> bool {
        self.tensors.is_empty()
    }

    /// The tensors in the order of the layers.
    pub fn tensors(&self) -> &[Parameter] {
        &self.tensors
    }

    /// The tensor of this name: "conv 1.weight".
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.tensors.iter().find(|tensor| tensor.name == name)
    }

    /// The values of the tensor of this name, to be changed.
    pub fn values_mut(&mut self, name: &str) -> Option<&mut [f32]> {
        self.tensors.iter_mut().find(|tensor| tensor.name == name).map(|tensor| tensor.values.as_mut_slice())
    }

    /// The values of every tensor in the order of the layers, to be changed.
    pub fn values_mut_in_order(&mut self) -> impl Iterator<Item = &mut [f32]> {
        self.tensors.iter_mut().map(|tensor| tensor.values.as_mut_slice())
    }

    /// True if no value is NaN or infinite.
    pub fn all_finite(&self) -> bool {
        self.tensors.iter().all(|tensor| tensor.values.iter().all(|value| value.is_finite()))
    }

    pub(crate) fn values_at(&self, i: usize) -> &[f32] {
        &self.tensors[i].values
    }

    pub(crate) fn values_at_mut(&mut self, i: usize) -> &mut [f32] {
        &mut self.tensors[i].values
    }
}

/// The parameters of layers that were placed, each with its name.
fn parts(spec: &Spec, geometries: &[(LayerGeometry, Shape4)]) -> impl Iterator<Item = (String, ParamSpec)> {
    spec.rows().into_iter().zip(geometries).flat_map(|(row, (geometry, _))| {
        let parameters = geometry.kind().parameters().into_iter();
        parameters.map(move |part| (format!("{}.{}", row.name, part.role), part))
    })
}
