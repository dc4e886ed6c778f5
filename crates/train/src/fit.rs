//! Whether a network fits a dataset: the size of its input and the number of its outputs.

use receptive_data::Schema;
use receptive_nn::{Layer, Spec};
use serde::{Deserialize, Serialize};

/// The reason that a network cannot learn from a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Misfit {
    /// It reads other images.
    Input {
        /// Channels, rows, columns of its input.
        network: [usize; 3],
        /// Those of the images.
        data: [usize; 3],
    },
    /// It tells another number of classes apart.
    Outputs {
        /// Its outputs.
        network: usize,
        /// Classes of the dataset.
        data: usize,
    },
}

/// Checks that a network with so many outputs fits.
pub(crate) fn check_fit(spec: &Spec, n_outputs: usize, schema: &Schema) -> Result<(), Misfit> {
    let (input, n_classes) = (schema.shape.chw(), schema.n_classes());
    if spec.input != input {
        return Err(Misfit::Input { network: spec.input, data: input });
    }
    if n_outputs != n_classes {
        return Err(Misfit::Outputs { network: n_outputs, data: n_classes });
    }
    Ok(())
}

/// The same network with the input of the images, and with as many units in its last linear layer as there are classes.
pub fn fitted(spec: &Spec, schema: &Schema) -> Spec {
    let mut spec = Spec { input: schema.shape.chw(), ..spec.clone() };
    let last = spec.layers.iter_mut().rev().find_map(|layer| match layer {
        Layer::Linear { units } => Some(units),
        _ => None,
    });
    if let Some(units) = last {
        *units = schema.n_classes();
    }
    spec
}
