//! A layer by itself: what comes into it, what reads it, and its rule with its numbers.

use super::NetworkTrace;
use crate::say;
use crate::words::{by, pair};
use receptive_core::ops::{Activation, Border};
use receptive_core::{ConvParams, PoolParams};
use receptive_nn::{Layer, LayerOutput, Tensor};
use serde::{Deserialize, Serialize};

/// The name of the image among the layers, and what stands between the parts of a name inside a block.
const INPUT: &str = "input";
const PATH: &str = " / ";

/// What can be said about a layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerAccount {
    /// The layers that come into it, or the image.
    pub inputs: Vec<String>,
    /// The layers that read it.
    pub readers: Vec<String>,
    /// Its rule, in the notation of formulas.
    pub formula: String,
    /// The gradient of the loss with respect to one of its weights, in the same notation; nothing if it has none. It follows from
    /// the rule by the chain rule: the sum over all places at which the weight is used.
    pub gradient: String,
    /// The rule in words, with its numbers.
    pub rule: String,
}

impl NetworkTrace {
    /// The account of a layer; nothing if there is none of this name, or it has no values here.
    pub fn layer(&self, name: &str) -> Option<LayerAccount> {
        let holder = holder(&self.outputs, name);
        let tensor = self.run.named(holder)?;
        let output = self.outputs.iter().find(|output| output.name == name);
        let inputs = if holder == name { self.inputs(tensor) } else { vec![holder.into()] };
        let Some(output) = output else {
            let rule = say!("zoom.rule.input");
            return Some(LayerAccount { inputs, readers: self.readers_of(tensor), rule, ..LayerAccount::default() });
        };
        let n_inputs = inputs.first().and_then(|name| self.run.named(name)).map_or([0; 3], |tensor| {
            let shape = self.run.shape(tensor);
            [shape.c, shape.h, shape.w]
        });
        let (formula, rule) = rule(&output.layer, n_inputs, output.shape);
        let gradient = gradient(&output.layer);
        Some(LayerAccount { inputs, readers: self.readers_of(tensor), formula, gradient, rule })
    }

    /// The tensors with a name and values that are read to make one.
    fn inputs(&self, tensor: Tensor) -> Vec<String> {
        let writers = self.run.forward().filter(|instr| instr.written().contains(&tensor));
        let reads = writers.flat_map(|instr| instr.reads()).filter(|read| matches!(read, Tensor::Buffer(_)));
        let of = |read: Tensor| {
            if self.run.is_known(read) { self.run.name(read).into_iter().collect() } else { self.inputs(read) }
        };
        reads.flat_map(of).collect()
    }

    /// The tensors with a name and values that are made from one.
    fn readers_of(&self, tensor: Tensor) -> Vec<String> {
        let readers = self.run.forward().filter(|instr| instr.reads().contains(&tensor));
        let of = |made: Tensor| match self.run.is_known(made) {
            true => self.run.name(made).into_iter().collect(),
            false => self.readers_of(made),
        };
        readers.flat_map(|instr| instr.written()).flat_map(of).collect()
    }
}

/// The layer whose values a layer shows: its own, or where it changes none of them, those of the one before it.
pub fn holder<'a>(outputs: &'a [LayerOutput], name: &'a str) -> &'a str {
    let Some(at) = outputs.iter().position(|output| output.name == name) else { return name };
    if outputs[at].computes {
        return name;
    }
    before(outputs, name).map_or(INPUT, |before| holder(outputs, before))
}

/// The layer before one: in its list, or of the first in a branch, that before the block. Before the first is the image.
fn before<'a>(outputs: &'a [LayerOutput], name: &'a str) -> Option<&'a str> {
    let path = name.rfind(PATH).map_or("", |end| &name[..end + PATH.len()]);
    let is_beside = |other: &str| other.strip_prefix(path).is_some_and(|rest| !rest.contains(PATH));
    let earlier = outputs.iter().map(|output| output.name.as_str()).take_while(|other| *other != name);
    // A block stands behind its branches, and all of it before what follows.
    let last = earlier.filter(|other| is_beside(other)).last();
    last.or_else(|| before(outputs, path.strip_suffix(PATH)?.rsplit_once(PATH)?.0))
}

/// The rule of a layer: as a formula, and in words.
fn rule(layer: &Layer, [channels, ..]: [usize; 3], shape: [usize; 3]) -> (String, String) {
    let [maps, ..] = shape;
    match layer {
        Layer::Conv2d { size, params, .. } => {
            let ([di, dj], groups) = (window(params.stride, params.dilation, params.padding), params.groups);
            let formula = format!("y(k, i, j) = b(k) + sum(c r s) w(k, c, r, s)·x(c, {di}, {dj})");
            (formula, conv(*size, params, channels / groups.max(1), maps))
        }
        Layer::DepthwiseConv2d { size, params } => {
            let [di, dj] = window(params.stride, params.dilation, params.padding);
            (format!("y(c, i, j) = b(c) + sum(r s) w(c, r, s)·x(c, {di}, {dj})"), conv(*size, params, 1, maps))
        }
        Layer::Relu => ("y = max(0, x)".into(), say!("zoom.rule.relu")),
        Layer::Activation(function) => (activation(function), say!("zoom.rule.activation")),
        Layer::MaxPool2d(params) => pooled(params, "max", say!("zoom.rule.max-pool", size = by(params.window))),
        Layer::AvgPool2d(params) => {
            let n = params.window[0] * params.window[1];
            pooled(params, &format!("frac(1, {n})·sum(r s) "), say!("zoom.rule.average-pool", size = by(params.window)))
        }
        Layer::SumPool2d(params) => pooled(params, "sum(r s) ", say!("zoom.rule.sum-pool", size = by(params.window))),
        Layer::GlobalAvgPool => ("y(c) = frac(1, n)·sum(i j) x(c, i, j)".into(), say!("zoom.rule.global-average-pool")),
        Layer::Pad2d(params) => {
            let border = match params.border {
                Border::Zeros => "zeros",
                Border::Replicate => "nearest",
                Border::Reflect => "mirrored",
            };
            (
                String::new(),
                say!(format!("zoom.rule.pad-{border}"), before = pair(params.before), after = pair(params.after)),
            )
        }
        Layer::BatchNorm => ("y = g·frac(x − m, sqrt(v + 0.00001)) + b".into(), say!("zoom.rule.batch-norm")),
        Layer::Dropout { rate } => ("y = x".into(), say!("zoom.rule.dropout", rate = rate)),
        Layer::Flatten => ("y = x".into(), say!("zoom.rule.flatten", n = maps)),
        Layer::Linear { .. } => ("y(k) = b(k) + sum(i) w(k, i)·x(i)".into(), say!("zoom.rule.linear", n = maps)),
        Layer::Branches { join, branches } => {
            (String::new(), say!(format!("zoom.rule.{}", join.key()), n = branches.len()))
        }
    }
}

/// The gradient with respect to a weight of a layer.
fn gradient(layer: &Layer) -> String {
    match layer {
        Layer::Conv2d { params, .. } => {
            let [di, dj] = window(params.stride, params.dilation, params.padding);
            format!("frac(∂L, ∂w(k, c, r, s)) = sum(i j) frac(∂L, ∂y(k, i, j))·x(c, {di}, {dj})")
        }
        Layer::DepthwiseConv2d { params, .. } => {
            let [di, dj] = window(params.stride, params.dilation, params.padding);
            format!("frac(∂L, ∂w(c, r, s)) = sum(i j) frac(∂L, ∂y(c, i, j))·x(c, {di}, {dj})")
        }
        Layer::Linear { .. } => "frac(∂L, ∂w(k, i)) = frac(∂L, ∂y(k))·x(i)".into(),
        _ => String::new(),
    }
}

/// The row and the column that a window reads: "2·i + r − 1".
fn window(stride: [usize; 2], dilation: [usize; 2], padding: [usize; 2]) -> [String; 2] {
    let times = |n: usize, name: &str| if n == 1 { name.to_string() } else { format!("{n}·{name}") };
    let less = |n: usize| if n == 0 { String::new() } else { format!(" − {n}") };
    [("i", "r"), ("j", "s")].map(|(to, from)| {
        let axis = usize::from(to == "j");
        format!("{} + {}{}", times(stride[axis], to), times(dilation[axis], from), less(padding[axis]))
    })
}

fn conv(size: [usize; 2], params: &ConvParams, channels: usize, maps: usize) -> String {
    let ConvParams { stride, padding, dilation, groups } = *params;
    let rule = say!("zoom.rule.conv", size = by(size), stride = pair(stride), channels = channels, maps = maps);
    let more = [
        (padding != [0; 2]).then(|| say!("zoom.rule.conv-padding", padding = pair(padding))),
        (dilation != [1; 2]).then(|| say!("zoom.rule.conv-dilation", dilation = pair(dilation))),
        (groups > 1).then(|| say!("zoom.rule.conv-groups", groups = groups)),
    ];
    std::iter::once(rule).chain(more.into_iter().flatten()).collect::<Vec<_>>().join(" ")
}

fn pooled(params: &PoolParams, what: &str, rule: String) -> (String, String) {
    let [di, dj] = window(params.stride, [1; 2], params.padding);
    let x = format!("x(c, {di}, {dj})");
    let formula = if what == "max" { format!("y(c, i, j) = max {x}") } else { format!("y(c, i, j) = {what}{x}") };
    let moves = say!("zoom.rule.moves", stride = pair(params.stride), padding = pair(params.padding));
    (formula, format!("{rule} {moves}"))
}

fn activation(function: &Activation) -> String {
    match function {
        Activation::Relu => "y = max(0, x)".into(),
        Activation::Sigmoid => "y = frac(1, 1 + sup(e, −x))".into(),
        Activation::Tanh => "y = tanh(x)".into(),
        Activation::LeakyRelu { slope } => format!("y = max(x, {slope}·x)"),
        Activation::Elu { alpha } => format!("y = x, x > 0; {alpha}·(sup(e, x) − 1), x < 0"),
        Activation::Maxout { lines: [[w0, b0], [w1, b1]] } => format!("y = max({w0}·x + {b0}, {w1}·x + {b1})"),
        Activation::Rbf { centre, epsilon } => format!("y = sup(e, −sup(({epsilon}·(x − {centre})), 2))"),
    }
}
