//! The kinds of layers: each in one file, with its shape rule, parameters, costs, names, text, and instructions.
//!
//! Here they are only listed. A [`Kind`] is a layer before its input is known; a [`Geometry`] is one that fits its input.

pub(crate) mod activation;
pub(crate) mod avg_pool2d;
pub(crate) mod batch_norm;
pub(crate) mod branches;
pub(crate) mod conv2d;
mod depthwise;
pub(crate) mod dropout;
mod fields;
mod flatten;
mod global_avg_pool;
pub(crate) mod linear;
pub(crate) mod max_pool2d;
pub(crate) mod pad2d;
mod pool;
pub(crate) mod relu;
pub(crate) mod sum_pool2d;

pub use branches::{BlockError, Join, JoinGeom, MAX_DEPTH};
pub use fields::Field;

use self::fields::Setting;
use crate::ledger::{Formulas, SizeFormula};
use crate::program::{Emitter, Site};
use crate::spec::SpecError;
use crate::spec_text::Marks;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::ops::{Activation, LinearGeom, PadGeom, PadParams};
use receptive_core::terms::{Connection, Operand};
use receptive_core::{ConvGeom, ConvParams, PoolGeom, PoolParams, Shape4};
use serde::{Deserialize, Serialize};

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
    /// A function of each value.
    Activation(Activation),
    /// The largest value of each window.
    MaxPool2d(PoolParams),
    /// The mean of each window.
    AvgPool2d(PoolParams),
    /// The sum of each window.
    SumPool2d(PoolParams),
    /// A border around every feature map.
    Pad2d(PadParams),
    /// The mean of each feature map.
    GlobalAvgPool,
    /// Convolution of each channel with a kernel of its own.
    DepthwiseConv2d {
        /// Kernel size, [rows, columns].
        size: [usize; 2],
        /// Stride, padding and dilation. There are as many groups as channels, whatever it says.
        params: ConvParams,
    },
    /// Branches that read the same values, each a list of layers, and their join. An empty branch is the identity.
    Branches {
        /// The layers of each branch.
        branches: Vec<Vec<Layer>>,
        /// How they are joined.
        join: Join,
    },
    /// Each channel with mean 0 and variance 1 over the batch, then a scale and a shift of its own.
    BatchNorm,
    /// In training, values left out at random.
    Dropout {
        /// The probability of a value to be left out.
        rate: f32,
    },
    /// Feature maps in a row, channel by channel, row by row.
    Flatten,
    /// Fully connected units with a bias each.
    Linear {
        /// Number of units.
        units: usize,
    },
}

/// The checked geometry of a layer: what comes in and what goes out.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerGeometry {
    /// A convolution.
    Conv2d(ConvGeom),
    /// A rectifier.
    Relu,
    /// A function of each value.
    Activation(Activation),
    /// A max pooling.
    MaxPool2d(PoolGeom),
    /// An average pooling.
    AvgPool2d(PoolGeom),
    /// A sum pooling.
    SumPool2d(PoolGeom),
    /// A border.
    Pad2d(PadGeom),
    /// A global average pooling.
    GlobalAvgPool(PoolGeom),
    /// The join of branches.
    Join(JoinGeom),
    /// A batch normalisation.
    BatchNorm(batch_norm::Placed),
    /// A dropout.
    Dropout {
        /// The probability of a value to be left out.
        rate: f32,
    },
    /// A change of shape alone.
    Flatten,
    /// A fully connected layer.
    Linear(LinearGeom),
}

/// Does something with the kind of a layer. Each kind is called by its name, so that a program carries no more of it
/// than it calls.
macro_rules! of_kind {
    ($layer:expr, $kind:ident => $body:expr) => {
        match *$layer {
            Layer::GlobalAvgPool => of_kind!(@ global_avg_pool::GlobalAvgPool, $kind => $body),
            Layer::DepthwiseConv2d { size, params } => {
                of_kind!(@ depthwise::DepthwiseConv2d { size, params }, $kind => $body)
            }
            Layer::Branches { ref branches, join } => of_kind!(@ branches::Branches { branches, join }, $kind => $body),
            Layer::Conv2d { kernels, size, params } => of_kind!(@ conv2d::Conv2d { kernels, size, params }, $kind => $body),
            Layer::Relu => of_kind!(@ relu::Relu, $kind => $body),
            Layer::Activation(f) => of_kind!(@ activation::Function(f), $kind => $body),
            Layer::MaxPool2d(params) => of_kind!(@ max_pool2d::MaxPool2d(params), $kind => $body),
            Layer::AvgPool2d(params) => of_kind!(@ avg_pool2d::AvgPool2d(params), $kind => $body),
            Layer::SumPool2d(params) => of_kind!(@ sum_pool2d::SumPool2d(params), $kind => $body),
            Layer::Pad2d(params) => of_kind!(@ pad2d::Pad2d(params), $kind => $body),
            Layer::BatchNorm => of_kind!(@ batch_norm::BatchNorm, $kind => $body),
            Layer::Dropout { rate } => of_kind!(@ dropout::Dropout { rate }, $kind => $body),
            Layer::Flatten => of_kind!(@ flatten::Flatten, $kind => $body),
            Layer::Linear { units } => of_kind!(@ linear::Linear { units }, $kind => $body),
        }
    };
    (@ $made:expr, $kind:ident => $body:expr) => {{
        let $kind = $made;
        $body
    }};
}

/// The same with the geometry of a layer.
macro_rules! of_geometry {
    ($geometry:expr, $of:ident => $body:expr) => {
        match *$geometry {
            LayerGeometry::GlobalAvgPool(geom) => of_kind!(@ global_avg_pool::Placed(geom), $of => $body),
            LayerGeometry::Join(ref geom) => of_kind!(@ geom.clone(), $of => $body),
            LayerGeometry::Conv2d($of) => $body,
            LayerGeometry::Relu => of_kind!(@ relu::Relu, $of => $body),
            LayerGeometry::Activation(f) => of_kind!(@ activation::Function(f), $of => $body),
            LayerGeometry::MaxPool2d(geom) => of_kind!(@ max_pool2d::Placed(geom), $of => $body),
            LayerGeometry::AvgPool2d(geom) => of_kind!(@ avg_pool2d::Placed(geom), $of => $body),
            LayerGeometry::SumPool2d(geom) => of_kind!(@ sum_pool2d::Placed(geom), $of => $body),
            LayerGeometry::Pad2d($of) => $body,
            LayerGeometry::BatchNorm($of) => $body,
            LayerGeometry::Dropout { rate } => of_kind!(@ dropout::Dropout { rate }, $of => $body),
            LayerGeometry::Flatten => of_kind!(@ flatten::Flatten, $of => $body),
            LayerGeometry::Linear($of) => $body,
        }
    };
}

impl Layer {
    /// The numbers of it that can be set.
    pub fn fields(&self) -> Vec<Field> {
        self.clone().settings().iter().flat_map(Setting::fields).collect()
    }

    /// Sets a number by its name; values beyond its bounds stop at them. A name that it does not have changes nothing.
    pub fn set(&mut self, key: &str, value: usize) {
        let steps_by_its_size = self.pool().is_some_and(|params| params.stride == params.window);
        for setting in self.settings() {
            if let Some(field) = setting.fields().into_iter().find(|field| field.key == key) {
                setting.set(key, value.clamp(field.low, field.high));
            }
        }
        if let Some(params) = self.pool().filter(|_| steps_by_its_size && key.starts_with("window")) {
            params.stride = params.window;
        }
    }

    fn pool(&mut self) -> Option<&mut PoolParams> {
        match self {
            Self::MaxPool2d(params) | Self::AvgPool2d(params) | Self::SumPool2d(params) => Some(params),
            _ => None,
        }
    }

    fn settings(&mut self) -> Vec<Setting<'_>> {
        match self {
            Self::Conv2d { kernels, size, params } => conv2d::settings(kernels, size, params),
            Self::DepthwiseConv2d { size, params } => depthwise::settings(size, params),
            Self::MaxPool2d(params) | Self::AvgPool2d(params) | Self::SumPool2d(params) => pool::settings(params),
            Self::Linear { units } => linear::settings(units),
            Self::Dropout { rate } => dropout::settings(rate),
            Self::Relu
            | Self::Activation(_)
            | Self::Pad2d(_)
            | Self::GlobalAvgPool
            | Self::BatchNorm
            | Self::Branches { .. }
            | Self::Flatten => vec![],
        }
    }

    /// Itself, as the kind that it is.
    pub(crate) fn kind(&self) -> &impl Kind {
        self
    }
}

impl Kind for Layer {
    fn name(&self) -> &'static str {
        of_kind!(self, kind => kind.name())
    }

    fn write(&self, text: &mut String) {
        of_kind!(self, kind => kind.write(text));
    }

    fn takes(&self) -> Takes {
        of_kind!(self, kind => kind.takes())
    }

    fn place(&self, x: Shape4, number: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        of_kind!(self, kind => kind.place(x, number))
    }
}

impl Geometry for LayerGeometry {
    fn connections(&self, operand: Operand, index: usize) -> Vec<Connection> {
        of_geometry!(self, geometry => Geometry::connections(&geometry, operand, index))
    }

    fn formulas(&self) -> Formulas {
        of_geometry!(self, geometry => geometry.formulas())
    }

    fn sees(&self) -> Sees {
        of_geometry!(self, geometry => geometry.sees())
    }

    fn parameters(&self) -> Vec<ParamSpec> {
        of_geometry!(self, geometry => geometry.parameters())
    }

    fn scratch_len(&self) -> usize {
        of_geometry!(self, geometry => geometry.scratch_len())
    }

    fn is_view(&self) -> bool {
        of_geometry!(self, geometry => geometry.is_view())
    }

    fn is_for_training(&self) -> bool {
        of_geometry!(self, geometry => geometry.is_for_training())
    }

    fn emit(&self, at: &Site<'_>, to: &mut Emitter) {
        of_geometry!(self, geometry => geometry.emit(at, to));
    }
}

/// The kinds that a text can name, with how each is read: its first letter, its marks, and what they make.
pub(crate) const READERS: &[Reader] = &[
    conv2d::READER,
    relu::READER,
    max_pool2d::READER,
    avg_pool2d::READER,
    sum_pool2d::READER,
    flatten::READER,
    linear::READER,
    pad2d::READER,
    global_avg_pool::READER,
    depthwise::READER,
    batch_norm::READER,
    dropout::READER,
    activation::SIGMOID,
    activation::TANH,
    activation::LEAKY_RELU,
    activation::ELU,
    activation::MAXOUT,
    activation::RBF,
];

impl LayerGeometry {
    /// Itself, as the geometry that it is.
    pub(crate) fn kind(&self) -> &impl Geometry {
        self
    }

    /// Returns its formulas for one image.
    pub fn formulas(&self) -> Formulas {
        self.kind().formulas()
    }

    /// Returns the connections of one cell of the layer's tensors, by its row-major index. See
    /// [`receptive_core::terms`].
    pub fn connections(&self, operand: Operand, index: usize) -> Vec<Connection> {
        self.kind().connections(operand, index)
    }
}

/// A layer before its input is known.
pub(crate) trait Kind {
    /// The first part of its name in a network: "conv" of "conv 1".
    fn name(&self) -> &'static str;

    /// Writes it as a link carries it.
    fn write(&self, text: &mut String);

    /// What must come in.
    fn takes(&self) -> Takes {
        Takes::Anything
    }

    /// Fits it to an input. `number` is its position in the network, for errors.
    fn place(&self, x: Shape4, number: usize) -> Result<(LayerGeometry, Shape4), SpecError>;
}

/// What a layer can stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    Anything,
    /// Feature maps that were not flattened.
    Maps,
    /// A flat row of values.
    Row,
}

/// A layer that fits its input.
pub(crate) trait Geometry {
    /// Returns the connections of one cell of its tensors.
    fn connections(&self, operand: Operand, index: usize) -> Vec<Connection> {
        match operand {
            Operand::X | Operand::Y => vec![Connection::plain(index, index)],
            Operand::W | Operand::B => vec![],
        }
    }

    /// Returns its formulas for one image.
    fn formulas(&self) -> Formulas {
        Formulas::sized(SizeFormula::Kept)
    }

    /// What one of its outputs sees of its input.
    fn sees(&self) -> Sees {
        Sees::Cell
    }

    /// Its parameters, in the order in which it emits them.
    fn parameters(&self) -> Vec<ParamSpec> {
        vec![]
    }

    /// Floats of scratch that its instructions need.
    fn scratch_len(&self) -> usize {
        0
    }

    /// True if its output is its input, with another shape.
    fn is_view(&self) -> bool {
        false
    }

    /// True if it does something in training alone.
    fn is_for_training(&self) -> bool {
        false
    }

    /// Emits its instructions, forward and backward.
    fn emit(&self, at: &Site<'_>, to: &mut Emitter);
}

/// The part of a layer's input that one of its outputs sees.
pub(crate) enum Sees {
    /// The cell in the same place.
    Cell,
    /// A window, [rows, columns], with its dilation and its stride.
    Window { size: [usize; 2], dilation: [usize; 2], stride: [usize; 2] },
    /// Everything.
    All,
}

/// A parameter of a layer.
pub(crate) struct ParamSpec {
    /// "weight", "bias" …
    pub(crate) role: &'static str,
    pub(crate) shape: Shape4,
    pub(crate) start: Start,
    /// False for what training counts instead of learning it.
    pub(crate) is_learnt: bool,
}

/// The values that a parameter starts from.
pub(crate) enum Start {
    /// At random, by the numbers of values that an output reads and that read an input.
    Drawn { fan_in: usize, fan_out: usize },
    /// All the same.
    Constant(f32),
}

impl ParamSpec {
    /// Weights and a bias for each of `w.n` outputs.
    pub(crate) fn weight_and_bias(w: Shape4, fan_in: usize, fan_out: usize) -> Vec<Self> {
        let weight = Self { role: "weight", shape: w, start: Start::Drawn { fan_in, fan_out }, is_learnt: true };
        let shape = Shape4::new(w.n, 1, 1, 1);
        vec![weight, Self { role: "bias", shape, start: Start::Constant(0.0), is_learnt: true }]
    }
}

/// How a kind of layer is read from a text.
pub(crate) struct Reader {
    /// The letter that it begins with.
    pub(crate) letter: char,
    /// The letters that numbers stand behind, the name of each number and the least that it may be.
    pub(crate) marks: &'static [(char, &'static str, usize)],
    /// Letters that may stand at the end, alone.
    pub(crate) flags: &'static [char],
    /// The number of constants that may follow the first letter, with decimals, `~` between them.
    pub(crate) n_constants: usize,
    /// Makes the layer; `None` if something is missing.
    pub(crate) make: fn(&Marks) -> Option<Layer>,
}

impl Reader {
    /// Reads a letter that stands alone.
    pub(crate) const fn plain(letter: char, make: fn(&Marks) -> Option<Layer>) -> Self {
        Self { letter, marks: &[], flags: &[], n_constants: 0, make }
    }
}
