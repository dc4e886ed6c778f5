//! The edits of a network in the builder: each makes a new network, which may be one that cannot be built.

use crate::say;
use crate::words::{Reason, sentence};
use receptive_core::{ConvParams, PoolParams};
use receptive_nn::{Layer, MAX_LAYERS, Spec};

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
    /// A kind that the palette does not offer.
    Other,
}

impl LayerKind {
    /// The kinds of the palette, in its order.
    pub const ALL: [Self; 6] = [Self::Conv, Self::Relu, Self::MaxPool, Self::AvgPool, Self::Flatten, Self::Dense];

    /// The kind of a layer.
    pub const fn of(layer: &Layer) -> Self {
        match layer {
            Layer::Conv2d { .. } => Self::Conv,
            Layer::Relu => Self::Relu,
            Layer::MaxPool2d(_) => Self::MaxPool,
            Layer::AvgPool2d(_) => Self::AvgPool,
            Layer::Flatten => Self::Flatten,
            Layer::Linear { .. } => Self::Dense,
            _ => Self::Other,
        }
    }

    /// Its name in the texts and in the page.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Conv => "conv",
            Self::Relu => "relu",
            Self::MaxPool => "max",
            Self::AvgPool => "avg",
            Self::Flatten => "flatten",
            Self::Dense => "dense",
            Self::Other => "other",
        }
    }

    /// Its name in words.
    pub fn label(self) -> String {
        say!(format!("building.kind.{}", self.key()))
    }
}

/// A number of a layer, or of the input, that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name for [`set`] and in the texts.
    pub key: &'static str,
    /// Its value now.
    pub value: usize,
    /// The least.
    pub low: usize,
    /// The most. From 0 to 1 it is a switch.
    pub high: usize,
}

impl Field {
    /// Its name in words.
    pub fn label(&self) -> String {
        say!(format!("building.field.{}", self.key))
    }
}

/// Returns the fields of a layer. Where rows and columns are equal, one field sets both.
pub fn fields(layer: &Layer) -> Vec<Field> {
    let mut fields = vec![];
    match layer {
        Layer::Conv2d { kernels, size, params } => {
            one(&mut fields, "kernels", *kernels, 1, 512);
            both(&mut fields, ["size", "size-rows", "size-columns"], *size, 1, [15; 2]);
            both(&mut fields, PADDING, params.padding, 0, [7; 2]);
            both(&mut fields, STRIDE, params.stride, 1, [8; 2]);
            both(&mut fields, ["dilation", "dilation-rows", "dilation-columns"], params.dilation, 1, [8; 2]);
            one(&mut fields, "groups", params.groups, 1, 512);
        }
        Layer::MaxPool2d(params) | Layer::AvgPool2d(params) | Layer::SumPool2d(params) => {
            both(&mut fields, ["window", "window-rows", "window-columns"], params.window, 1, [8; 2]);
            both(&mut fields, STRIDE, params.stride, 1, [8; 2]);
            both(&mut fields, PADDING, params.padding, 0, params.window.map(|window| window / 2));
            one(&mut fields, "ceil", usize::from(params.ceil), 0, 1);
        }
        Layer::Linear { units } => one(&mut fields, "units", *units, 1, 4096),
        _ => {}
    }
    fields
}

/// Returns the fields of the input.
pub fn input_fields(spec: &Spec) -> Vec<Field> {
    let [channels, rows, columns] = spec.input;
    let mut fields = vec![];
    one(&mut fields, "rows", rows, 1, 256);
    one(&mut fields, "columns", columns, 1, 256);
    one(&mut fields, "channels", channels, 1, 64);
    fields
}

const PADDING: [&str; 3] = ["padding", "padding-rows", "padding-columns"];
const STRIDE: [&str; 3] = ["stride", "stride-rows", "stride-columns"];

/// A link may carry values beyond what a builder offers; they stay within the range.
fn one(fields: &mut Vec<Field>, key: &'static str, value: usize, low: usize, high: usize) {
    fields.push(Field { key, value, low: low.min(value), high: high.max(value) });
}

fn both(fields: &mut Vec<Field>, keys: [&'static str; 3], value: [usize; 2], low: usize, high: [usize; 2]) {
    if value[0] == value[1] && high[0] == high[1] {
        one(fields, keys[0], value[0], low, high[0]);
    } else {
        (0..2).for_each(|i| one(fields, keys[i + 1], value[i], low, high[i]));
    }
}

/// The network with another value in a field of its layer `at`; values beyond the field's range stop at its end.
/// A pooling that steps by its own size goes on doing so.
pub fn set(spec: &Spec, at: usize, key: &str, value: usize) -> Spec {
    let mut spec = spec.clone();
    let Some(layer) = spec.layers.get_mut(at) else { return spec };
    let Some(field) = fields(layer).into_iter().find(|field| field.key == key) else { return spec };
    let value = value.clamp(field.low, field.high);
    let (name, axes) = match (key.strip_suffix("-rows"), key.strip_suffix("-columns")) {
        (Some(name), _) => (name, 0..1),
        (_, Some(name)) => (name, 1..2),
        _ => (key, 0..2),
    };
    let put = |pair: &mut [usize; 2]| pair[axes.clone()].fill(value);
    match layer {
        Layer::Conv2d { kernels, size, params } => match name {
            "kernels" => *kernels = value,
            "size" => put(size),
            "padding" => put(&mut params.padding),
            "stride" => put(&mut params.stride),
            "dilation" => put(&mut params.dilation),
            _ => params.groups = value,
        },
        Layer::MaxPool2d(params) | Layer::AvgPool2d(params) | Layer::SumPool2d(params) => match name {
            "window" => {
                let steps_by_itself = params.stride == params.window;
                put(&mut params.window);
                if steps_by_itself {
                    params.stride = params.window;
                }
            }
            "padding" => put(&mut params.padding),
            "stride" => put(&mut params.stride),
            _ => params.ceil = value == 1,
        },
        Layer::Linear { units } => *units = value,
        _ => {}
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
        LayerKind::Other => return spec,
    };
    spec.layers.insert(at, layer);
    spec
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
