//! Operations drawn at random, usual and unusual ones. The same generator draws the same ones.

use crate::{
    fill::{Fill, Kind},
    op::{Arguments, Op},
};
use receptive_core::{
    ConvGeom, ConvParams, PoolGeom, PoolParams, Rng, Shape4,
    ops::{Activation, Border, LinearGeom, Loss, PadGeom, PadParams},
};

/// A function that draws an operation, if its shapes happen to fit.
pub type Draw = fn(&mut Rng) -> Option<Op>;

/// A whole number from `low` to `high`, both included.
pub fn between(rng: &mut Rng, low: usize, high: usize) -> usize {
    low + below(rng, high - low + 1)
}

/// A whole number below `n`.
pub fn below(rng: &mut Rng, n: usize) -> usize {
    rng.below(n as u32) as usize
}

/// Mostly the usual, sometimes something else.
fn mostly(rng: &mut Rng, usual: usize, low: usize, high: usize) -> usize {
    if below(rng, 3) > 0 { usual } else { between(rng, low, high) }
}

/// Mostly a small number from `low` on, sometimes any up to `high`.
fn small_or(rng: &mut Rng, low: usize, high: usize) -> usize {
    if below(rng, 2) == 0 { between(rng, low, low + 2) } else { between(rng, low, high) }
}

/// A convolution as networks have them.
pub fn conv2d(rng: &mut Rng) -> Option<Op> {
    let groups = mostly(rng, 1, 1, 3);
    let (channels, kernels) = (between(rng, 1, 7), between(rng, 1, 13));
    let x = Shape4::new(between(rng, 1, 4), groups * channels, between(rng, 1, 30), between(rng, 1, 30));
    let square = [1, 3, 5, 2][below(rng, 4)];
    let w = Shape4::new(groups * kernels, channels, mostly(rng, square, 1, 7), mostly(rng, square, 1, 7));
    let params = ConvParams {
        stride: [mostly(rng, 1, 1, 4), mostly(rng, 1, 1, 4)],
        padding: [between(rng, 0, 4), between(rng, 0, 4)],
        dilation: [mostly(rng, 1, 1, 3), mostly(rng, 1, 1, 3)],
        groups,
    };
    ConvGeom::new(x, w, params).ok().map(Op::Conv2d)
}

/// A convolution past what is sensible: inputs of one cell, strides to 40, padding beyond the kernel, so that windows
/// lie wholly in it.
pub fn far_conv2d(rng: &mut Rng) -> Option<Op> {
    let groups = mostly(rng, 1, 1, 5);
    let (channels, kernels) = (between(rng, 1, 3), between(rng, 1, 5));
    let x = Shape4::new(between(rng, 1, 3), groups * channels, small_or(rng, 1, 14), small_or(rng, 1, 14));
    let w = Shape4::new(groups * kernels, channels, small_or(rng, 1, 5), small_or(rng, 1, 5));
    let params = ConvParams {
        stride: [small_or(rng, 1, 40), small_or(rng, 1, 40)],
        padding: [small_or(rng, 0, 20), small_or(rng, 0, 20)],
        dilation: [small_or(rng, 1, 9), small_or(rng, 1, 9)],
        groups,
    };
    ConvGeom::new(x, w, params).ok().map(Op::Conv2d)
}

/// A convolution of few positions and many channels: more depth than the product takes at a time.
pub fn deep_conv2d(rng: &mut Rng) -> Option<Op> {
    let x = Shape4::new(1, between(rng, 40, 90), between(rng, 3, 5), between(rng, 3, 5));
    let w = Shape4::new(between(rng, 1, 6), x.c, 3, 3);
    ConvGeom::new(x, w, ConvParams::default().padding(below(rng, 2))).ok().map(Op::Conv2d)
}

/// A pooling as networks have them.
pub fn pool2d(rng: &mut Rng) -> Option<Op> {
    let x = Shape4::new(between(rng, 1, 3), between(rng, 1, 4), between(rng, 1, 30), between(rng, 1, 30));
    let window = mostly(rng, 2, 1, 4);
    let mut params = PoolParams::square(window);
    if below(rng, 2) == 0 {
        params.window[1] = between(rng, 1, 4);
        params.stride = [between(rng, 1, 4), between(rng, 1, 4)];
        params.padding = [below(rng, params.window[0] / 2 + 1), below(rng, params.window[1] / 2 + 1)];
        params.ceil = below(rng, 2) == 0;
    }
    pooling(rng, x, params)
}

/// A pooling past what is sensible: inputs of one cell, strides to 40, as much padding as there may be.
pub fn far_pool2d(rng: &mut Rng) -> Option<Op> {
    let x = Shape4::new(between(rng, 1, 2), between(rng, 1, 3), small_or(rng, 1, 20), small_or(rng, 1, 20));
    let window = [small_or(rng, 1, 24), small_or(rng, 1, 24)];
    let params = PoolParams {
        window,
        stride: [small_or(rng, 1, 40), small_or(rng, 1, 40)],
        padding: window.map(|window| if below(rng, 2) == 0 { window / 2 } else { below(rng, window / 2 + 1) }),
        ceil: below(rng, 2) == 0,
    };
    pooling(rng, x, params)
}

fn pooling(rng: &mut Rng, x: Shape4, params: PoolParams) -> Option<Op> {
    let kind = if below(rng, 3) > 0 { Op::MaxPool2d } else { Op::AvgPool2d };
    PoolGeom::new(x, params).ok().map(kind)
}

/// A border, wider than the input too where it may be.
pub fn pad2d(rng: &mut Rng) -> Option<Op> {
    let x = Shape4::new(between(rng, 1, 2), between(rng, 1, 3), small_or(rng, 1, 12), small_or(rng, 1, 12));
    let sides = |rng: &mut Rng| [small_or(rng, 0, 15), small_or(rng, 0, 15)];
    let border = [Border::Zeros, Border::Replicate, Border::Reflect][below(rng, 3)];
    PadGeom::new(x, PadParams { before: sides(rng), after: sides(rng), border }).ok().map(Op::Pad2d)
}

/// A linear layer.
pub fn linear(rng: &mut Rng) -> Option<Op> {
    let inputs = if below(rng, 4) == 0 { between(rng, 500, 1100) } else { between(rng, 1, 60) };
    let n = if below(rng, 4) == 0 { between(rng, 60, 140) } else { between(rng, 1, 20) };
    Some(Op::Linear(LinearGeom { n, inputs, outputs: between(rng, 1, 30) }))
}

/// An activation or a softmax, of any length.
pub fn pointwise(rng: &mut Rng) -> Option<Op> {
    let (n, n_classes) = (small_or(rng, 1, 40), small_or(rng, 1, 30));
    let len = n * n_classes;
    let targets = |rng: &mut Rng| (0..n).map(|_| below(rng, n_classes) as u8).collect();
    Some(match below(rng, 6) {
        0 => Op::Relu { len },
        1 => Op::Activation { f: Activation::Tanh, len },
        2 => Op::Activation { f: Activation::LeakyRelu { slope: 0.1 }, len },
        3 => Op::Softmax { n, n_classes },
        4 => Op::Loss { loss: Loss::ALL[below(rng, Loss::ALL.len())], n_classes, targets: targets(rng) },
        _ => Op::SoftmaxCrossEntropy { n_classes, targets: targets(rng) },
    })
}

/// Numbers for an operation.
pub fn arguments(op: &Op, rng: &mut Rng) -> Arguments<f32> {
    // Maxima that tie show which of equals wins; sums of whole numbers say nothing about rounding.
    let kind = if matches!(op, Op::MaxPool2d(_)) && below(rng, 2) == 0 { Kind::Ties } else { Kind::Normal };
    let mut fill = |kind, len| Fill { shape: vec![], seed: rng.next_u32().into(), kind }.values(len);
    let inputs = op.input_lens().into_iter().map(|len| fill(kind, len)).collect();
    Arguments { inputs, grad_y: fill(Kind::Normal, op.output_len()) }
}
