//! The edits of a network in the builder: each makes a new network, which may be one that cannot be built.

use crate::say;
use crate::words::{Reason, sentence};
use receptive_core::ops::Activation;
use receptive_core::{ConvParams, PoolParams};
use receptive_nn::{Field, Join, Layer, MAX_LAYERS, Spec};

/// A kind of layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// Convolution.
    Conv,
    /// Negative values become zero.
    Relu,
    /// Max pooling.
    MaxPool,
    /// Average pooling.
    AvgPool,
    /// Maps to a row.
    Flatten,
    /// Fully connected.
    Dense,
    /// The logistic function of each value.
    Sigmoid,
    /// The hyperbolic tangent of each value.
    Tanh,
    /// Negative values become small.
    LeakyRelu,
    /// Negative values sink towards −1.
    Elu,
    /// Batch normalisation.
    BatchNorm,
    /// Values left out at random.
    Dropout,
    /// Convolution of each channel by itself.
    Depthwise,
    /// The mean of each map.
    GlobalAvgPool,
    /// A block whose input is added to what two convolutions make of it.
    Residual,
    /// A block of several windows side by side.
    Inception,
    /// A block that weighs its maps.
    SqueezeExcite,
}

impl LayerKind {
    /// The kinds of the palette, in its order.
    pub const ALL: [Self; 6] = [Self::Conv, Self::Relu, Self::MaxPool, Self::AvgPool, Self::Flatten, Self::Dense];

    /// The kinds behind them, for those who look for more.
    pub const MORE: [Self; 11] = [
        Self::BatchNorm,
        Self::Dropout,
        Self::GlobalAvgPool,
        Self::Depthwise,
        Self::LeakyRelu,
        Self::Elu,
        Self::Tanh,
        Self::Sigmoid,
        Self::Residual,
        Self::Inception,
        Self::SqueezeExcite,
    ];

    /// Its name in the texts and in the page.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Conv => "conv",
            Self::Relu => "relu",
            Self::MaxPool => "max",
            Self::AvgPool => "avg",
            Self::Flatten => "flatten",
            Self::Dense => "dense",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::LeakyRelu => "leaky-relu",
            Self::Elu => "elu",
            Self::BatchNorm => "batch-norm",
            Self::Dropout => "dropout",
            Self::Depthwise => "depthwise",
            Self::GlobalAvgPool => "global-avg",
            Self::Residual => "residual",
            Self::Inception => "inception",
            Self::SqueezeExcite => "squeeze-excite",
        }
    }

    /// Its name in words.
    pub fn label(self) -> String {
        say!(format!("building.kind.{}", self.key()))
    }
}

/// Returns the name of a field in words.
pub fn field_label(field: &Field) -> String {
    say!(format!("building.field.{}", field.key))
}

/// Returns the fields of a layer. Where rows and columns are equal, one field sets both.
pub fn fields(layer: &Layer) -> Vec<Field> {
    layer.fields()
}

/// Returns the fields of the input.
pub fn input_fields(spec: &Spec) -> Vec<Field> {
    let [channels, rows, columns] = spec.input;
    let fields = [("rows", rows, 256), ("columns", columns, 256), ("channels", channels, 64)];
    fields.into_iter().map(|(key, value, most)| Field::new(key, value, 1, most)).collect()
}

/// The network with another value in a field of its layer `at`; values beyond the field's range stop at its end.
/// A pooling that steps by its own size goes on doing so.
pub fn set(spec: &Spec, at: usize, key: &str, value: usize) -> Spec {
    let mut spec = spec.clone();
    if let Some(layer) = spec.layers.get_mut(at) {
        layer.set(key, value);
    }
    spec
}

/// The network with another input.
pub fn set_input(spec: &Spec, key: &str, value: usize) -> Spec {
    let mut spec = spec.clone();
    let Some(field) = input_fields(&spec).into_iter().find(|field| field.key == key) else { return spec };
    let axis = ["channels", "rows", "columns"].iter().position(|name| *name == key).unwrap_or(0);
    spec.input[axis] = value.clamp(field.low, field.high);
    spec
}

/// The network with one more layer before layer `at`, or at the end. A full network stays as it is.
///
/// The new layer fits its place as far as it can: a convolution has as many kernels as the one before it and keeps
/// the size, a dense layer at the end has one unit per digit.
pub fn insert(spec: &Spec, at: usize, kind: LayerKind) -> Spec {
    let mut spec = spec.clone();
    let at = at.min(spec.layers.len());
    if spec.layers.len() >= MAX_LAYERS {
        return spec;
    }
    let layer = match kind {
        LayerKind::Conv => {
            let kernels = spec.layers[..at].iter().rev().find_map(|layer| match layer {
                Layer::Conv2d { kernels, .. } => Some(*kernels),
                _ => None,
            });
            Layer::Conv2d { kernels: kernels.unwrap_or(16), size: [3, 3], params: ConvParams::default().padding(1) }
        }
        LayerKind::Relu => Layer::Relu,
        LayerKind::MaxPool => Layer::MaxPool2d(PoolParams::square(2)),
        LayerKind::AvgPool => Layer::AvgPool2d(PoolParams::square(2)),
        LayerKind::Flatten => Layer::Flatten,
        LayerKind::Dense if at == spec.layers.len() => Layer::Linear { units: N_CLASSES },
        LayerKind::Dense => Layer::Linear { units: 128 },
        LayerKind::Sigmoid => Layer::Activation(Activation::Sigmoid),
        LayerKind::Tanh => Layer::Activation(Activation::Tanh),
        LayerKind::LeakyRelu => Layer::Activation(Activation::LeakyRelu { slope: 0.01 }),
        LayerKind::Elu => Layer::Activation(Activation::Elu { alpha: 1.0 }),
        LayerKind::BatchNorm => Layer::BatchNorm,
        LayerKind::Dropout => Layer::Dropout { rate: 0.5 },
        LayerKind::Depthwise => Layer::DepthwiseConv2d { size: [3, 3], params: ConvParams::default().padding(1) },
        LayerKind::GlobalAvgPool => Layer::GlobalAvgPool,
        LayerKind::Residual | LayerKind::Inception | LayerKind::SqueezeExcite => block(kind, channels_at(&spec, at)),
    };
    spec.layers.insert(at, layer);
    spec
}

/// Returns the number of channels that come in at a place of a network; those of the last layer that fits, behind one
/// that does not.
fn channels_at(spec: &Spec, at: usize) -> usize {
    let (made, _) = spec.geometries_while(1);
    made.get(..at).unwrap_or(&made).last().map_or(spec.input[0], |(_, shape)| shape.c)
}

/// Returns a block that fits so many channels.
fn block(kind: LayerKind, channels: usize) -> Layer {
    let conv = |kernels: usize, size: usize| Layer::Conv2d {
        kernels,
        size: [size; 2],
        params: ConvParams::default().padding(size / 2),
    };
    let quarter = channels.div_ceil(4);
    let (branches, join) = match kind {
        // He et al. 2016.
        LayerKind::Residual => (vec![vec![conv(channels, 3), Layer::Relu, conv(channels, 3)], vec![]], Join::Add),
        // Szegedy et al. 2015.
        LayerKind::Inception => {
            let pool = Layer::MaxPool2d(PoolParams { stride: [1, 1], padding: [1, 1], ..PoolParams::square(3) });
            let wide = |size| vec![conv(quarter, 1), Layer::Relu, conv(quarter, size)];
            (vec![vec![conv(quarter, 1)], wide(3), wide(5), vec![pool, conv(quarter, 1)]], Join::Concat)
        }
        // Hu, Shen & Sun 2018.
        _ => {
            let linear = |units| Layer::Linear { units };
            let sigmoid = Layer::Activation(Activation::Sigmoid);
            let weigh =
                vec![Layer::GlobalAvgPool, Layer::Flatten, linear(quarter), Layer::Relu, linear(channels), sigmoid];
            (vec![vec![], weigh], Join::Multiply)
        }
    };
    Layer::Branches { branches, join }
}

/// Digits to tell apart.
pub const N_CLASSES: usize = 10;

/// The network without layer `at`.
pub fn remove(spec: &Spec, at: usize) -> Spec {
    let mut spec = spec.clone();
    if at < spec.layers.len() {
        spec.layers.remove(at);
    }
    spec
}

/// The network with layer `from` taken out and put back as layer `to`.
pub fn move_to(spec: &Spec, from: usize, to: usize) -> Spec {
    let mut spec = spec.clone();
    if from < spec.layers.len() {
        let layer = spec.layers.remove(from);
        spec.layers.insert(to.min(spec.layers.len()), layer);
    }
    spec
}

/// Returns the reason that the Lab cannot train this network on images of size `input`, (c, h, w), of so many classes, in
/// words; `None` if it can.
pub fn lab_refusal(spec: &Spec, input: [usize; 3], n_classes: usize) -> Option<String> {
    if let Err(error) = spec.geometries(1) {
        return Some(sentence(&error.reason()));
    }
    let n_out = match spec.layers.last() {
        Some(Layer::Linear { units }) => *units,
        _ => 0,
    };
    let size = |[channels, rows, columns]: [usize; 3]| format!("{rows}×{columns}×{channels}");
    if spec.input != input {
        Some(say!("building.lab.input", wanted = size(input), size = size(spec.input)))
    } else if n_out != n_classes {
        Some(say!("building.lab.classes", n = n_out, n_classes = n_classes))
    } else {
        None
    }
}
