//! Whether a network fits a dataset: the size of its input and the number of its outputs.

use receptive_data::Schema;
use receptive_nn::{Layer, Spec};
use std::fmt;
use thiserror::Error;

/// The reason that a network cannot learn from a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Misfit {
    /// It reads other images.
    #[error(
        "the network reads images of {} and the data has images of {}; set the network's input to {}",
        Size(*.network), Size(*.data), Size(*.data)
    )]
    Input {
        /// Channels, rows, columns of its input.
        network: [usize; 3],
        /// Those of the images.
        data: [usize; 3],
    },
    /// It tells another number of classes apart.
    #[error("the network ends in {network} outputs and the data has {data} classes; give its last layer {data} units")]
    Outputs {
        /// Its outputs.
        network: usize,
        /// Classes of the dataset.
        data: usize,
    },
}

/// The size of images, as people write it: "32×32, 3 channels".
struct Size([usize; 3]);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [c, h, w] = self.0;
        write!(f, "{h}×{w} in {c} {}", if c == 1 { "channel" } else { "channels" })
    }
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
