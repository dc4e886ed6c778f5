//! The specification of a network: an input and a list of layers.

use crate::size_text;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use receptive_core::ops::{LinearGeom, conv2d_connections, conv2d_scratch_len, linear_connections, pool2d_connections};
use receptive_core::terms::{Connection, Operand};
use receptive_core::{ConvGeom, ConvParams, GeomError, PoolGeom, PoolParams, Shape4};
use serde::{Deserialize, Serialize};

/// The most values any one buffer may hold: 256 MiB of `f32`.
const MAX_VALUES: usize = 1 << 26;

/// The most values that training a network may need at once: 2 GiB of `f32`, half of what a tab can address.
const MAX_VALUES_IN_ALL: u64 = 1 << 29;

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Layer {
    /// Convolution with a bias per kernel.
    Conv2d {
        /// Number of kernels, and of feature maps it makes.
        kernels: usize,
        /// Kernel size, [rows, columns].
        size: [usize; 2],
        /// Stride, padding, dilation and groups.
        params: ConvParams,
    },
    /// Negative values become zero.
    Relu,
    /// The largest value of each window.
    MaxPool2d(PoolParams),
    /// The mean of each window.
    AvgPool2d(PoolParams),
    /// Feature maps in a row, channel by channel, row by row.
    Flatten,
    /// Fully connected units with a bias each.
    Linear {
        /// Number of units.
        units: usize,
    },
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conv2d { kernels, size: [r, s], params } => {
                write!(f, "conv {r}×{s} · {kernels}")?;
                let pairs =
                    [("stride", params.stride, 1), ("padding", params.padding, 0), ("dilation", params.dilation, 1)];
                for (name, [rows, columns], usual) in pairs {
                    if [rows, columns] != [usual, usual] {
                        write!(f, ", {name} {}", pair(rows, columns))?;
                    }
                }
                if params.groups == 1 { Ok(()) } else { write!(f, ", {} groups", params.groups) }
            }
            Self::Relu => f.write_str("ReLU"),
            Self::MaxPool2d(params) => write!(f, "max-pool {}", pair(params.window[0], params.window[1])),
            Self::AvgPool2d(params) => write!(f, "average-pool {}", pair(params.window[0], params.window[1])),
            Self::Flatten => f.write_str("flatten"),
            Self::Linear { units } => write!(f, "linear {units}"),
        }
    }
}

fn pair(rows: usize, columns: usize) -> String {
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

/// The checked geometry of a layer: what comes in and what goes out.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerGeometry {
    /// A convolution.
    Conv2d(ConvGeom),
    /// A rectifier.
    Relu,
    /// A max pooling.
    MaxPool2d(PoolGeom),
    /// An average pooling.
    AvgPool2d(PoolGeom),
    /// A change of shape alone.
    Flatten,
    /// A fully connected layer.
    Linear(LinearGeom),
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

impl LayerGeometry {
    /// Returns the connections of one cell of the layer's tensors, by its row-major index. See
    /// [`receptive_core::terms`].
    pub fn connections(&self, operand: Operand, index: usize) -> Vec<Connection> {
        match self {
            Self::Conv2d(geom) => conv2d_connections(operand, index, geom),
            Self::Linear(geom) => linear_connections(operand, index, geom),
            Self::MaxPool2d(geom) | Self::AvgPool2d(geom) => pool2d_connections(operand, index, geom),
            Self::Relu | Self::Flatten => vec![Connection::plain(index, index)],
        }
    }
}

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
            let misfit = |error| SpecError::Geometry { layer: number, kind: format!("{layer}"), error };
            if is_flat && matches!(layer, Layer::Conv2d { .. } | Layer::MaxPool2d(_) | Layer::AvgPool2d(_)) {
                return Err(SpecError::Flat { layer: number, kind: format!("{layer}") });
            }
            let (geometry, next) = match layer {
                Layer::Conv2d { kernels, size: [r, s], params } => {
                    let channels = shape.c.checked_div(params.groups).unwrap_or(0).max(1);
                    let w = Shape4::new(*kernels, channels, *r, *s);
                    let geom = ConvGeom::new(shape, w, *params).map_err(misfit)?;
                    holdable(geom.w(), number)?;
                    (LayerGeometry::Conv2d(geom), geom.y())
                }
                Layer::Relu => (LayerGeometry::Relu, shape),
                Layer::MaxPool2d(params) => {
                    let geom = PoolGeom::new(shape, *params).map_err(misfit)?;
                    (LayerGeometry::MaxPool2d(geom), geom.y())
                }
                Layer::AvgPool2d(params) => {
                    let geom = PoolGeom::new(shape, *params).map_err(misfit)?;
                    (LayerGeometry::AvgPool2d(geom), geom.y())
                }
                Layer::Flatten => {
                    is_flat = true;
                    (LayerGeometry::Flatten, Shape4::new(n, shape.image_len(), 1, 1))
                }
                Layer::Linear { units } => {
                    if !is_flat {
                        return Err(SpecError::NotFlat { layer: number, shape: [shape.c, shape.h, shape.w] });
                    }
                    holdable(Shape4::new(*units, shape.c, 1, 1), number)?;
                    (
                        LayerGeometry::Linear(LinearGeom { n, inputs: shape.c, outputs: *units }),
                        Shape4::new(n, *units, 1, 1),
                    )
                }
            };
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
        let mut counts = [0; 6];
        self.layers
            .iter()
            .map(|layer| {
                let (i, kind) = match layer {
                    Layer::Conv2d { .. } => (0, "conv"),
                    Layer::Relu => (1, "relu"),
                    Layer::MaxPool2d(_) => (2, "max-pool"),
                    Layer::AvgPool2d(_) => (3, "average-pool"),
                    Layer::Flatten => (4, "flatten"),
                    Layer::Linear { .. } => (5, "linear"),
                };
                counts[i] += 1;
                format!("{kind} {}", counts[i])
            })
            .collect()
    }
}

/// Values that training this layer needs: outputs, their gradients and positions; parameters, their gradients
/// and two moments; and scratch, as if no other layer could use it again.
fn n_values(geometry: &LayerGeometry, y: Shape4) -> u64 {
    let (n_params, scratch) = match geometry {
        LayerGeometry::Conv2d(geom) => (geom.n_params(), conv2d_scratch_len(geom)),
        LayerGeometry::Linear(geom) => ((geom.inputs + 1) * geom.outputs, 0),
        _ => (0, 0),
    };
    3 * y.len() as u64 + 4 * n_params as u64 + scratch as u64
}

fn holdable(shape: Shape4, layer: usize) -> Result<Shape4, SpecError> {
    let len = [shape.n, shape.c, shape.h, shape.w].iter().try_fold(1usize, |len, &axis| len.checked_mul(axis));
    match len {
        Some(1..=MAX_VALUES) => Ok(shape),
        _ => Err(SpecError::Size { layer }),
    }
}
