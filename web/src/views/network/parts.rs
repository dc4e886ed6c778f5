//! The layers of a network as they stand side by side, and how wide they are.

use super::montage::Montage;
use receptive_nn::{Layer, LayerOutput, Spec};
use std::vec::IntoIter;

/// CSS pixels between two things that stand side by side.
pub(super) const GAP: f64 = 18.0;
/// CSS pixels between two branches that stand one above the other, with the names of their layers.
const LANE_GAP: f64 = 34.0;
/// The least width of a layer, for its name.
const LEAST: f64 = 54.0;

/// A layer, or branches and what joins them.
#[derive(Clone, PartialEq)]
pub(super) enum Part {
    Layer(LayerOutput),
    Branches(Vec<Vec<Part>>),
}

/// The parts of a network in order. Layers that change no number are left out.
pub(super) fn parts(spec: &Spec) -> Vec<Part> {
    // A network that runs can be built.
    lane(&spec.layers, &mut spec.outputs().unwrap_or_default().into_iter())
}

fn lane(layers: &[Layer], outputs: &mut IntoIter<LayerOutput>) -> Vec<Part> {
    let mut parts = vec![];
    for layer in layers {
        if let Layer::Branches { branches, .. } = layer {
            parts.push(Part::Branches(branches.iter().map(|branch| lane(branch, outputs)).collect()));
        }
        parts.extend(outputs.next().filter(|output| output.computes).map(Part::Layer));
    }
    parts
}

/// The names of all layers in order.
pub(super) fn names(parts: &[Part]) -> Vec<String> {
    let mut found = vec![];
    for part in parts {
        match part {
            Part::Layer(output) => found.push(output.name.clone()),
            Part::Branches(lanes) => lanes.iter().for_each(|lane| found.extend(names(lane))),
        }
    }
    found
}

/// The height that each of so many branches has of a height.
pub(super) fn lane_height(height: f64, n: usize) -> f64 {
    ((height - LANE_GAP * (n - 1) as f64) / n as f64).max(40.0)
}

/// The width of parts side by side, with planes of a side.
pub(super) fn width(parts: &[Part], side: f64, height: f64) -> f64 {
    let of = |part: &Part| match part {
        Part::Layer(output) => Montage::within(output.shape, side, height).size()[0].max(LEAST),
        Part::Branches(lanes) => {
            let height = lane_height(height, lanes.len());
            lanes.iter().map(|lane| width(lane, side, height)).fold(LEAST, f64::max)
        }
    };
    parts.iter().map(|part| of(part) + GAP).sum()
}
