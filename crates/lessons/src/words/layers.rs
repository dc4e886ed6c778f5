//! The words of a layer: "conv 5×5 · 8, padding 2".

use crate::say;
use receptive_core::ops::{Activation, Border, PadParams};
use receptive_core::{ConvParams, PoolParams};
use receptive_nn::Layer;

/// Returns a layer in words.
pub fn layer(layer: &Layer) -> String {
    match *layer {
        Layer::Conv2d { kernels, size, params } => {
            let conv = moved(say!("layers.conv", size = by(size), n = kernels), &params);
            if params.groups == 1 { conv } else { with(conv, say!("layers.groups", n = params.groups)) }
        }
        Layer::DepthwiseConv2d { size, params } => moved(say!("layers.depthwise", size = by(size)), &params),
        Layer::Relu => say!("layers.relu"),
        Layer::Activation(function) => activation(function),
        Layer::MaxPool2d(PoolParams { window, .. }) => say!("layers.max-pool", size = pair(window)),
        Layer::AvgPool2d(PoolParams { window, .. }) => say!("layers.average-pool", size = pair(window)),
        Layer::SumPool2d(PoolParams { window, .. }) => say!("layers.sum-pool", size = pair(window)),
        Layer::GlobalAvgPool => say!("layers.global-average-pool"),
        Layer::Pad2d(params) => pad(params),
        Layer::BatchNorm => say!("layers.batch-norm"),
        Layer::Dropout { rate } => say!("layers.dropout", rate = rate),
        Layer::Flatten => say!("layers.flatten"),
        Layer::Linear { units } => say!("layers.linear", n = units),
        Layer::Branches { ref branches, join } => say!(format!("layers.{}", join.key()), n = branches.len()),
    }
}

/// Returns the name of a layer in words, and inside a block the way to it: "conv 1", "block 1 / branch 2 / conv 1". The
/// name itself is the same in every language; links and tensors carry it.
pub fn layer_name(name: &str) -> String {
    let part = |part: &str| match part.rsplit_once(' ') {
        Some((kind, n)) if n.parse::<usize>().is_ok() => say!(format!("layers.named.{kind}"), n = n),
        _ => part.to_string(),
    };
    name.split(" / ").map(part).collect::<Vec<_>>().join(" / ")
}

fn activation(function: Activation) -> String {
    match function {
        Activation::Relu => say!("layers.relu"),
        Activation::Sigmoid => say!("layers.sigmoid"),
        Activation::Tanh => say!("layers.tanh"),
        Activation::LeakyRelu { slope } => say!("layers.leaky-relu", slope = slope),
        Activation::Elu { alpha } => say!("layers.elu", alpha = alpha),
        Activation::Maxout { lines: [[w0, b0], [w1, b1]] } => {
            say!("layers.maxout", w0 = w0, b0 = b0, w1 = w1, b1 = b1)
        }
        Activation::Rbf { centre, epsilon } => say!("layers.radial", epsilon = epsilon, centre = centre),
    }
}

fn pad(PadParams { before, after, border }: PadParams) -> String {
    let mut pad = say!("layers.pad", size = pair(before));
    if after != before {
        pad = with(pad, say!("layers.after", size = pair(after)));
    }
    match border {
        Border::Zeros => pad,
        Border::Replicate => with(pad, say!("layers.nearest")),
        Border::Reflect => with(pad, say!("layers.mirrored")),
    }
}

/// A convolution, and how its kernel moves where that is not the usual way.
fn moved(conv: String, params: &ConvParams) -> String {
    let marks = [("stride", params.stride, 1), ("padding", params.padding, 0), ("dilation", params.dilation, 1)];
    let unusual = marks.into_iter().filter(|(_, size, usual)| *size != [*usual; 2]);
    unusual.fold(conv, |conv, (name, size, _)| with(conv, say!(format!("layers.{name}"), size = pair(size))))
}

fn with(layer: String, more: String) -> String {
    say!("layers.with", layer = layer, more = more)
}

/// Rows and columns: "3×2".
pub(crate) fn by([rows, columns]: [usize; 2]) -> String {
    format!("{rows}×{columns}")
}

/// The same, or one number where they are equal: "3".
pub(crate) fn pair(size: [usize; 2]) -> String {
    if size[0] == size[1] { size[0].to_string() } else { by(size) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use receptive_nn::Spec;

    /// A layer of every kind.
    const EVERY: &str = "2x2x1:c4x3y2s2y1p1y0i1y3g2,c8x5p2,w3s2,r,g,t,l,e0.5,x1_2_3_4,h0.5_2,m2y3s1c,a2p1,u3,v,n,o0.3,b1,\
                         b1a2y0r,b0y1m,f,d1200,add(r;),cat(;;),mul(r;t)";

    #[test]
    fn every_layer_has_a_name_in_words() {
        for name in Spec::read(EVERY).unwrap().names() {
            assert_eq!(layer_name(&name), name, "the English words are those of the name");
        }
        assert_eq!(layer_name("block 1 / branch 2 / conv 1"), "block 1 / branch 2 / conv 1");
        for other in ["losses", "input", "conv", "conv one"] {
            assert_eq!(layer_name(other), other);
        }
    }

    #[test]
    fn layers_are_named_with_what_is_not_usual() {
        let words: Vec<_> = Spec::read(EVERY).unwrap().layers.iter().map(layer).collect();
        let want = [
            "conv 3×2 · 4, stride 2×1, padding 1×0, dilation 1×3, 2 groups",
            "conv 5×5 · 8, padding 2",
            "depthwise conv 3×3, stride 2",
            "ReLU",
            "sigmoid",
            "tanh",
            "leaky ReLU 0.01",
            "ELU 0.5",
            "maxout 1x + 2, 3x + 4",
            "radial 2 around 0.5",
            "max-pool 2×3",
            "average-pool 2",
            "sum-pool 3",
            "global average-pool",
            "batch norm",
            "dropout 0.3",
            "pad 1",
            "pad 1, 2×0 after, nearest cells",
            "pad 0×1, mirrored",
            "flatten",
            "linear 1200",
            "2 branches, added",
            "3 branches, concatenated",
            "2 branches, multiplied",
        ];
        assert_eq!(words, want);
    }
}
