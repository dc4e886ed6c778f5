//! The specification of a network: an input and a list of layers.

use crate::layer::{BlockError, Geometry, Join, JoinGeom, Kind, Layer, LayerGeometry, MAX_DEPTH, Takes};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use receptive_core::ops::PadError;
use receptive_core::{GeomError, Shape4};
use serde::{Deserialize, Serialize};

/// The most values any one buffer may hold: 256 MiB of `f32`.
const MAX_VALUES: usize = 1 << 26;

/// The most values that training a network may need at once: 2 GiB of `f32`, half of what a tab can address.
const MAX_VALUES_IN_ALL: u64 = 1 << 29;

/// A network: images of one size, and the layers they pass through. The last layer's outputs are the logits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Channels, rows and columns of an input image.
    pub input: [usize; 3],
    /// The layers in order.
    pub layers: Vec<Layer>,
}

/// The reason that a network cannot be built, and the layer at fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SpecError {
    /// A window does not fit.
    Geometry {
        /// Position of the layer, counted from 1.
        layer: usize,
        /// The layer.
        kind: Box<Layer>,
        /// The reason that it does not fit.
        error: GeomError,
    },
    /// A border does not fit.
    Pad {
        /// Position of the layer, counted from 1.
        layer: usize,
        /// The layer.
        kind: Box<Layer>,
        /// The reason that it does not fit.
        error: PadError,
    },
    /// Branches cannot be joined.
    Block {
        /// Position of the block, counted from 1.
        layer: usize,
        /// How its branches are joined.
        join: Join,
        /// The number of its branches.
        n_branches: usize,
        /// The reason.
        error: BlockError,
    },
    /// A layer inside a block does not fit.
    Inside {
        /// Position of the block, counted from 1.
        layer: usize,
        /// The branch, counted from 1.
        branch: usize,
        /// The layer of the branch, and the reason.
        error: Box<SpecError>,
    },
    /// A dropout's rate is not 0 or more and less than 1.
    DropoutRate {
        /// Position of the layer, counted from 1.
        layer: usize,
    },
    /// A batch normalisation would be trained on one value for each channel.
    BatchOfOne,
    /// No layer of this name makes values of its own.
    NoSuchLayer {
        /// The name.
        name: String,
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
        /// The layer.
        kind: Box<Layer>,
    },
    /// A size is zero or too large to hold.
    Size {
        /// Position of the layer, counted from 1; 0 for the input.
        layer: usize,
    },
    /// The network does not end in a flat row of logits.
    NoLogits,
}

receptive_core::error_code!(SpecError);

impl Spec {
    /// Returns the geometry of every layer for a batch of `n` images, and the shape that it makes. That of a block is its
    /// join's.
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
        let (geometries, error) = self.placed(n);
        let rows = self.rows().into_iter().zip(geometries);
        (rows.filter(|(row, _)| !row.is_inside).map(|(_, geometry)| geometry).collect(), error)
    }

    /// A name for every layer, unique in the network: "conv 1", "relu 1", "conv 2" …
    pub fn names(&self) -> Vec<String> {
        self.rows().into_iter().filter(|row| !row.is_inside).map(|row| row.name).collect()
    }

    /// The output of every layer in order; before that of a block those of the layers in its branches.
    ///
    /// # Errors
    /// When the network cannot be built.
    pub fn outputs(&self) -> Result<Vec<LayerOutput>, SpecError> {
        let (geometries, error) = self.placed(1);
        let output = |(row, (geometry, shape)): (Row<'_>, (LayerGeometry, Shape4))| LayerOutput {
            name: row.name,
            layer: row.layer.clone(),
            shape: [shape.c, shape.h, shape.w],
            computes: !geometry.kind().is_view() && !geometry.kind().is_for_training(),
        };
        error.map_or_else(|| Ok(self.rows().into_iter().zip(geometries).map(output).collect()), Err)
    }

    /// The number of classes that it tells apart: the values that its last layer makes of an image; 0 if it cannot be built.
    pub fn n_classes(&self) -> usize {
        self.outputs().ok().and_then(|outputs| Some(outputs.last()?.shape.iter().product())).unwrap_or(0)
    }

    /// True if what becomes of an image depends on the others of its batch, in training.
    pub fn mixes_images(&self) -> bool {
        self.rows().iter().any(|row| *row.layer == Layer::BatchNorm)
    }

    /// True if training runs another forward pass than everything else.
    pub fn trains_otherwise(&self) -> bool {
        self.mixes_images() || self.rows().iter().any(|row| matches!(row.layer, Layer::Dropout { .. }))
    }

    /// Returns the geometries of all rows up to the first that does not fit, and why it does not.
    pub(crate) fn placed(&self, n: usize) -> (Vec<(LayerGeometry, Shape4)>, Option<SpecError>) {
        let mut placing = Placing { geometries: Vec::with_capacity(self.layers.len()), n_values: 0 };
        let error = placing.network(self, n).err();
        (placing.geometries, error)
    }

    /// The rows in order: the layers of a list one after the other, and before a block those of its branches.
    pub(crate) fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = Vec::with_capacity(self.layers.len());
        add_rows(&mut rows, &self.layers, "");
        rows
    }
}

/// The output of a layer, or of the join of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerOutput {
    /// Its name. Inside a block, the way to it: "add 1 / branch 1 / conv 1".
    pub name: String,
    /// The layer.
    pub layer: Layer,
    /// Channels, rows, columns.
    pub shape: [usize; 3],
    /// False where, on a single image, it is the output of the layer before in another shape, or unchanged.
    pub computes: bool,
}

/// A layer, or the join of a block.
pub(crate) struct Row<'a> {
    pub(crate) layer: &'a Layer,
    /// Inside a block, the way to it: "block 1 / branch 2 / conv 1".
    pub(crate) name: String,
    /// True inside a block.
    pub(crate) is_inside: bool,
    /// The layers after it in its list.
    pub(crate) after: &'a [Layer],
}

fn add_rows<'a>(rows: &mut Vec<Row<'a>>, layers: &'a [Layer], path: &str) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, layer) in layers.iter().enumerate() {
        let kind = layer.kind().name();
        let count = counts.entry(kind).or_default();
        *count += 1;
        let name = format!("{path}{kind} {count}");
        if let Layer::Branches { branches, .. } = layer {
            for (i, branch) in branches.iter().enumerate() {
                add_rows(rows, branch, &format!("{name} / branch {} / ", i + 1));
            }
        }
        rows.push(Row { layer, name, is_inside: !path.is_empty(), after: &layers[i + 1..] });
    }
}

/// What comes into a layer.
#[derive(Clone, Copy)]
struct Incoming {
    shape: Shape4,
    is_flat: bool,
}

/// Geometries while a network is walked through.
struct Placing {
    geometries: Vec<(LayerGeometry, Shape4)>,
    /// Values that training what was placed would need.
    n_values: u64,
}

impl Placing {
    fn network(&mut self, spec: &Spec, n: usize) -> Result<(), SpecError> {
        let [c, h, w] = spec.input;
        let shape = holdable(Shape4::new(n, c, h, w), 0)?;
        self.n_values = shape.len() as u64;
        let made = self.layers(&spec.layers, Incoming { shape, is_flat: false }, 0)?;
        if made.is_flat && matches!(spec.layers.last(), Some(Layer::Linear { .. })) {
            Ok(())
        } else {
            Err(SpecError::NoLogits)
        }
    }

    fn layers(&mut self, layers: &[Layer], mut x: Incoming, depth: usize) -> Result<Incoming, SpecError> {
        for (number, layer) in (1..).zip(layers) {
            let kind = layer.kind();
            match kind.takes() {
                Takes::Maps if x.is_flat => {
                    return Err(SpecError::Flat { layer: number, kind: Box::new(layer.clone()) });
                }
                Takes::Row if !x.is_flat => {
                    return Err(SpecError::NotFlat { layer: number, shape: [x.shape.c, x.shape.h, x.shape.w] });
                }
                _ => {}
            }
            let (geometry, next) = match layer {
                Layer::Branches { branches, join } => {
                    let (geom, is_flat) = self.block(branches, *join, x, number, depth)?;
                    x.is_flat = is_flat;
                    let y = geom.y;
                    (LayerGeometry::Join(geom), y)
                }
                _ => kind.place(x.shape, number)?,
            };
            x.is_flat |= *layer == Layer::Flatten;
            x.shape = holdable(next, number)?;
            self.n_values = self.n_values.saturating_add(n_values(&geometry, x.shape));
            if self.n_values > MAX_VALUES_IN_ALL {
                return Err(SpecError::Size { layer: number });
            }
            self.geometries.push((geometry, x.shape));
        }
        Ok(x)
    }

    /// Places the branches of a block, and joins them. Returns also if what they make is a flat row.
    fn block(
        &mut self,
        branches: &[Vec<Layer>],
        join: Join,
        x: Incoming,
        layer: usize,
        depth: usize,
    ) -> Result<(JoinGeom, bool), SpecError> {
        let misfit = |error| SpecError::Block { layer, join, n_branches: branches.len(), error };
        if depth == MAX_DEPTH {
            return Err(misfit(BlockError::TooDeep));
        }
        if branches.iter().all(Vec::is_empty) {
            return Err(misfit(BlockError::Empty));
        }
        let (mut parts, mut is_flat) = (Vec::with_capacity(branches.len()), true);
        for (branch, layers) in (1..).zip(branches) {
            let made = self.layers(layers, x, depth + 1);
            let made = made.map_err(|error| SpecError::Inside { layer, branch, error: Box::new(error) })?;
            parts.push(made.shape);
            is_flat &= made.is_flat;
        }
        Ok((JoinGeom::new(join, parts).map_err(misfit)?, is_flat))
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
