//! A network of layers that are set in odd ways.

use receptive_core::ops::{Activation, Border, PadParams};
use receptive_core::{ConvParams, PoolParams};
use receptive_nn::{Layer, Spec};

/// Overlapping windows, groups, strides, padding, and rectifiers in every place.
pub(crate) fn odd() -> Spec {
    let conv = |kernels, params| Layer::Conv2d { kernels, size: [3, 2], params };
    let overlapping = PoolParams { window: [3, 2], stride: [2, 1], padding: [1, 0], ceil: true };
    let layers = vec![
        conv(4, ConvParams::default().padding(1)),
        Layer::Relu,
        Layer::MaxPool2d(overlapping),
        conv(4, ConvParams::default().groups(2).stride(2)),
        Layer::AvgPool2d(PoolParams { ceil: true, ..PoolParams::square(2) }),
        Layer::Activation(Activation::Tanh),
        Layer::Pad2d(PadParams { before: [1, 0], after: [1, 2], border: Border::Replicate }),
        Layer::SumPool2d(PoolParams { window: [2, 3], stride: [1, 2], padding: [0, 0], ceil: false }),
        Layer::Relu,
        Layer::Flatten,
        Layer::Linear { units: 5 },
        Layer::Relu,
        Layer::Linear { units: 4 },
    ];
    Spec { input: [2, 9, 7], layers }
}
