//! The specification of a network: an input and a list of layers.

use crate::layer::{Geometry, Kind, Layer, LayerGeometry, Takes};
use crate::size_text;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use receptive_core::ops::PadError;
use receptive_core::{GeomError, Shape4};
use serde::{Deserialize, Serialize};

/// The most values any one buffer may hold: 256 MiB of `f32`.
const MAX_VALUES: usize = 1 << 26;

/// The most values that training a network may need at once: 2 GiB of `f32`, half of what a tab can address.
const MAX_VALUES_IN_ALL: u64 = 1 << 29;

/// Rows and columns, in words: "3", or "3×2" where they differ.
pub(crate) fn pair([rows, columns]: [usize; 2]) -> String {
    if rows == columns { format!("{rows}") } else { format!("{rows}×{columns}") }
}

/// A network: images of one size, and the layers they pass through. The last layer's outputs are the logits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Channels, rows and columns of an input image.
    pub input: [usize; 3],
    /// The layers in order.
    pub layers: Vec<Layer>,
}

/// The reason that a network cannot be built, and the layer at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpecError {
    /// A window does not fit.
    Geometry {
        /// Position of the layer, counted from 1.
        layer: usize,
        /// The layer in words.
        kind: String,
        /// The reason that it does not fit.
        error: GeomError,
    },
    /// A border does not fit.
    Pad {
        /// Position of the layer, counted from 1.
        layer: usize,
        /// The layer in words.
        kind: String,
        /// The reason that it does not fit.
        error: PadError,
    },
    /// A fully connected layer stands on feature maps.
    NotFlat {
        /// Position of the layer, counted from 1.
        layer: usize,
        /// The feature maps' shape, [channels, rows, columns].
        shape: [usize; 3],
    },
    /// A convolution or pooling stands on a flat row of values.
    Flat {
        /// Position of the layer, counted from 1.
        layer: usize,
        /// The layer in words.
        kind: String,
    },
    /// A size is zero or too large to hold.
    Size {
        /// Position of the layer, counted from 1; 0 for the input.
        layer: usize,
    },
    /// The network does not end in a flat row of logits.
    NoLogits,
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Geometry { layer, kind, error } => write!(f, "layer {layer}, {kind}: {error}"),
            Self::Pad { layer, kind, error } => write!(f, "layer {layer}, {kind}: {error}"),
            Self::NotFlat { layer, shape } => write!(
                f,
                "layer {layer}, linear: it needs a flat row of values, but {} feature maps come in; put a flatten before it",
                size_text(*shape)
            ),
            Self::Flat { layer, kind } => {
                write!(
                    f,
                    "layer {layer}, {kind}: it needs feature maps, but the values were flattened; move it before the flatten"
                )
            }
            Self::Size { layer: 0 } => {
                f.write_str("the input must have at least one value and not be too large to hold")
            }
            Self::Size { layer } => {
                write!(
                    f,
                    "layer {layer}: its sizes must be at least 1 and small enough to hold; use fewer kernels, units or images"
                )
            }
            Self::NoLogits => f.write_str("the network must end in a linear layer with one unit per class"),
        }
    }
}

impl core::error::Error for SpecError {}

impl Spec {
    /// Returns the geometry of every layer for a batch of `n` images, and the shape that it makes.
    ///
    /// # Errors
    /// When a layer does not fit what comes in, naming the layer and what would help.
    pub fn geometries(&self, n: usize) -> Result<Vec<(LayerGeometry, Shape4)>, SpecError> {
        match self.geometries_while(n) {
            (geometries, None) => Ok(geometries),
            (_, Some(error)) => Err(error),
        }
    }

    /// Returns the geometries up to the first layer that does not fit, and why it does not.
    pub fn geometries_while(&self, n: usize) -> (Vec<(LayerGeometry, Shape4)>, Option<SpecError>) {
        let mut geometries = Vec::with_capacity(self.layers.len());
        let result = self.geometries_into(&mut geometries, n);
        (geometries, result.err())
    }

    fn geometries_into(&self, geometries: &mut Vec<(LayerGeometry, Shape4)>, n: usize) -> Result<(), SpecError> {
        let [c, h, w] = self.input;
        let mut shape = holdable(Shape4::new(n, c, h, w), 0)?;
        let (mut is_flat, mut total) = (false, shape.len() as u64);
        for (i, layer) in self.layers.iter().enumerate() {
            let number = i + 1;
            let kind = layer.kind();
            match kind.takes() {
                Takes::Maps if is_flat => return Err(SpecError::Flat { layer: number, kind: format!("{layer}") }),
                Takes::Row if !is_flat => {
                    return Err(SpecError::NotFlat { layer: number, shape: [shape.c, shape.h, shape.w] });
                }
                _ => {}
            }
            let (geometry, next) = kind.place(shape, number)?;
            is_flat |= *layer == Layer::Flatten;
            shape = holdable(next, number)?;
            total = total.saturating_add(n_values(&geometry, shape));
            if total > MAX_VALUES_IN_ALL {
                return Err(SpecError::Size { layer: number });
            }
            geometries.push((geometry, shape));
        }
        if is_flat && matches!(self.layers.last(), Some(Layer::Linear { .. })) {
            Ok(())
        } else {
            Err(SpecError::NoLogits)
        }
    }
}

impl Spec {
    /// A name for every layer, unique in the network: "conv 1", "relu 1", "conv 2" …
    pub fn names(&self) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        self.layers
            .iter()
            .map(|layer| {
                let kind = layer.kind().name();
                let count = counts.entry(kind).or_default();
                *count += 1;
                format!("{kind} {count}")
            })
            .collect()
    }
}

/// Values that training this layer needs: outputs, their gradients and positions; parameters, their gradients
/// and two moments; and scratch, as if no other layer could use it again.
fn n_values(geometry: &LayerGeometry, y: Shape4) -> u64 {
    let layer = geometry.kind();
    let n_params: usize = layer.parameters().iter().map(|param| param.shape.len()).sum();
    3 * y.len() as u64 + 4 * n_params as u64 + layer.scratch_len() as u64
}

/// Returns the shape, if its values can be held.
pub(crate) fn holdable(shape: Shape4, layer: usize) -> Result<Shape4, SpecError> {
    let len = [shape.n, shape.c, shape.h, shape.w].iter().try_fold(1usize, |len, &axis| len.checked_mul(axis));
    match len {
        Some(1..=MAX_VALUES) => Ok(shape),
        _ => Err(SpecError::Size { layer }),
    }
}
