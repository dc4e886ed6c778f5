//! The nearest network that comes closer to one that can be built.

use super::edits::N_CLASSES;
use super::ledger::shape_text;
use crate::say;
use receptive_core::{ConvParams, GeomError, PoolParams};
use receptive_nn::{Layer, MAX_LAYERS, Spec, SpecError};

/// Padding that a mended convolution may get; beyond it, the kernel shrinks instead.
const MAX_PADDING: usize = 3;

/// Mends the first thing that is wrong with a network, and says how; nothing when it can be built.
///
/// A later layer may be wrong too: mend again. Every network can be built after a few rounds.
pub fn mend(spec: &Spec) -> Option<(Spec, String)> {
    let error = spec.geometries(1).err()?;
    Some(match error {
        SpecError::Geometry { layer, error: GeomError::TooLarge | GeomError::Empty { .. }, .. }
        | SpecError::Size { layer } => resize(spec, layer),
        SpecError::Geometry { layer, error, .. } => fit(spec, layer - 1, error),
        SpecError::NotFlat { layer, shape } => {
            let mut mended = spec.clone();
            mended.layers.insert(layer - 1, Layer::Flatten);
            let has_room = mended.layers.len() <= MAX_LAYERS;
            mended.layers.truncate(MAX_LAYERS);
            let key = if has_room { "building.mend.flatten" } else { "building.mend.flatten-full" };
            (mended, say!(key, i = layer, shape = shape_text(shape, false)))
        }
        SpecError::Flat { layer, .. } => {
            let flatten = spec.layers.iter().position(|layer| *layer == Layer::Flatten).unwrap_or(0);
            (super::edits::move_to(spec, layer - 1, flatten), say!("building.mend.move", i = layer))
        }
        SpecError::NoSuchLayer { .. } | SpecError::BatchOfOne => return None,
        SpecError::DropoutRate { layer }
        | SpecError::Pad { layer, .. }
        | SpecError::Block { layer, .. }
        | SpecError::Inside { layer, .. } => take_out(spec, layer - 1, "building.mend.out"),
        SpecError::NoLogits => end(spec),
    })
}

fn with_layer(spec: &Spec, at: usize, layer: Layer) -> Spec {
    let mut mended = spec.clone();
    mended.layers[at] = layer;
    mended
}

/// The same convolution, with another kernel that moves in another way. It has one kernel at least.
fn with_kernel(layer: &Layer, size: [usize; 2], params: ConvParams) -> Layer {
    match layer {
        Layer::Conv2d { kernels, .. } => Layer::Conv2d { kernels: *kernels.max(&1), size, params },
        _ => Layer::DepthwiseConv2d { size, params },
    }
}

/// A window that fits, or groups that divide.
fn fit(spec: &Spec, at: usize, error: GeomError) -> (Spec, String) {
    match (&spec.layers[at], error) {
        (
            layer @ (Layer::Conv2d { size, params, .. } | Layer::DepthwiseConv2d { size, params }),
            GeomError::KernelLargerThanInput { input, padding, padding_needed, .. },
        ) => {
            let (size, mut params) = (*size, *params);
            if padding_needed <= MAX_PADDING {
                params.padding = padding.map(|padding| padding.max(padding_needed));
                let mended = with_layer(spec, at, with_kernel(layer, size, params));
                return (mended, say!("building.mend.padding", i = at + 1, pad = padding_needed));
            }
            let most = [0, 1].map(|i| input[i] + 2 * padding[i]);
            let fitting = [0, 1].map(|i| size[i].min(most[i]));
            let text = if fitting == size {
                say!("building.mend.dilation", i = at + 1)
            } else {
                let [rows, columns] = fitting;
                say!("building.mend.kernel", i = at + 1, size = format!("{rows}×{columns}"))
            };
            params.dilation = [1, 1];
            (with_layer(spec, at, with_kernel(layer, fitting, params)), text)
        }
        (Layer::Conv2d { kernels, size, params }, GeomError::Groups { channels, groups, .. }) => {
            let divides = |n: &usize| channels.is_multiple_of(*n) && kernels.is_multiple_of(*n);
            let groups = (1..=groups.min(channels)).rev().find(divides).unwrap_or(1);
            let params = params.groups(groups);
            let mended = with_layer(spec, at, Layer::Conv2d { kernels: *kernels, size: *size, params });
            let text = say!("building.mend.groups", i = at + 1, n = groups, channels = channels, kernels = kernels);
            (mended, text)
        }
        (Layer::MaxPool2d(params) | Layer::AvgPool2d(params) | Layer::SumPool2d(params), error) => {
            let window = match error {
                GeomError::KernelLargerThanInput { input, .. } => [0, 1].map(|i| params.window[i].min(input[i])),
                _ => params.window,
            };
            let [rows, columns] = window;
            if window == [1, 1] {
                return take_out(spec, at, "building.mend.nothing-to-pool");
            }
            let padding = [0, 1].map(|i| params.padding[i].min(window[i] / 2));
            let stride = [0, 1].map(|i| params.stride[i].min(window[i]));
            let text = if window == params.window {
                say!("building.mend.pool-padding", i = at + 1, pad = padding[0].max(padding[1]))
            } else {
                say!("building.mend.window", i = at + 1, size = format!("{rows}×{columns}"))
            };
            let pool = if window == params.window {
                PoolParams { padding, ..*params }
            } else {
                PoolParams { window, stride, padding, ..*params }
            };
            let layer = match &spec.layers[at] {
                Layer::MaxPool2d(_) => Layer::MaxPool2d(pool),
                Layer::SumPool2d(_) => Layer::SumPool2d(pool),
                _ => Layer::AvgPool2d(pool),
            };
            (with_layer(spec, at, layer), text)
        }
        _ => take_out(spec, at, "building.mend.out"),
    }
}

fn take_out(spec: &Spec, at: usize, key: &str) -> (Spec, String) {
    (super::edits::remove(spec, at), say!(key, i = at + 1))
}

/// Sizes of at least 1 that fit in memory. `layer` counts from 1; 0 is the input.
fn resize(spec: &Spec, layer: usize) -> (Spec, String) {
    let mut mended = spec.clone();
    mended.input = spec.input.map(|axis| axis.max(1));
    if let Some(at) = layer.checked_sub(1) {
        mended.layers[at] = at_least_one(&spec.layers[at]);
    }
    if mended != *spec {
        return (mended, say!("building.mend.one"));
    }
    // Padding beyond half the kernel only adds numbers that see nothing of the picture.
    for at in 0..layer {
        let layer = &spec.layers[at];
        let (Layer::Conv2d { size, params, .. } | Layer::DepthwiseConv2d { size, params }) = layer else { continue };
        let (size, mut params) = (*size, *params);
        let most = [0, 1].map(|i| (size[i] - 1).saturating_mul(params.dilation[i]) / 2);
        params.padding = [0, 1].map(|i| params.padding[i].min(most[i]));
        let mended = with_layer(spec, at, with_kernel(layer, size, params));
        if mended != *spec && mended.geometries_while(1).0.len() > at {
            let pad = params.padding[0].max(params.padding[1]);
            return (mended, say!("building.mend.less-padding", i = at + 1, pad = pad));
        }
    }
    if let Some(at) = layer.checked_sub(1) {
        while let Layer::Conv2d { kernels: n @ 2.., .. } | Layer::Linear { units: n @ 2.. } = &mut mended.layers[at] {
            *n /= 2;
            let n = *n;
            if holds(&mended, layer) {
                return (mended, say!("building.mend.fewer", i = at + 1, n = n));
            }
        }
        mended = spec.clone();
    }
    while let Some(axis) = mended.input.iter_mut().max().filter(|axis| **axis > 1) {
        *axis /= 2;
        if holds(&mended, layer) {
            let size = shape_text(mended.input, false);
            return (mended, say!("building.mend.input", size = size));
        }
    }
    // Only a layer that is too large by itself is left, so there is one.
    take_out(spec, layer.saturating_sub(1), "building.mend.out")
}

fn at_least_one(layer: &Layer) -> Layer {
    let lift = |pair: [usize; 2]| pair.map(|n| n.max(1));
    let lift_pool =
        |params: &PoolParams| PoolParams { window: lift(params.window), stride: lift(params.stride), ..*params };
    match layer {
        Layer::Conv2d { size, params, .. } | Layer::DepthwiseConv2d { size, params } => {
            let mut params = *params;
            params.stride = lift(params.stride);
            params.dilation = lift(params.dilation);
            with_kernel(layer, lift(*size), params.groups(params.groups.max(1)))
        }
        Layer::MaxPool2d(params) => Layer::MaxPool2d(lift_pool(params)),
        Layer::AvgPool2d(params) => Layer::AvgPool2d(lift_pool(params)),
        Layer::Linear { units } => Layer::Linear { units: *units.max(&1) },
        Layer::SumPool2d(params) => Layer::SumPool2d(lift_pool(params)),
        _ => layer.clone(),
    }
}

/// True if everything up to this layer fits in memory.
fn holds(spec: &Spec, layer: usize) -> bool {
    !matches!(
        spec.geometries(1),
        Err(SpecError::Size { layer: at } | SpecError::Geometry { layer: at, error: GeomError::TooLarge, .. })
            if at <= layer
    )
}

/// An end in one unit per class.
fn end(spec: &Spec) -> (Spec, String) {
    let mut mended = spec.clone();
    let is_tail = |layer: &Layer| matches!(layer, Layer::Relu | Layer::Flatten);
    let n = spec.layers.iter().rposition(|layer| !is_tail(layer)).map_or(0, |last| last + 1);
    if matches!(spec.layers[..n].last(), Some(Layer::Linear { .. })) {
        mended.layers.truncate(n);
        return (mended, say!("building.mend.tail", n = spec.layers.len() - n));
    }
    // A full network gives up its last layers.
    let missing = |layers: &[Layer]| if layers.contains(&Layer::Flatten) { 1 } else { 2 };
    while mended.layers.len() + missing(&mended.layers) > MAX_LAYERS {
        mended.layers.pop();
    }
    let n_removed = spec.layers.len() - mended.layers.len();
    let key = if missing(&mended.layers) == 2 { "building.mend.end-flat" } else { "building.mend.end" };
    if missing(&mended.layers) == 2 {
        mended.layers.push(Layer::Flatten);
    }
    mended.layers.push(Layer::Linear { units: N_CLASSES });
    let text = say!(key, n = N_CLASSES);
    (mended, if n_removed == 0 { text } else { format!("{text} {}", say!("building.mend.room", n = n_removed)) })
}
