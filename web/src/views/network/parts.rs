//! The layers of a network as they stand side by side, and how wide they are.

use super::montage::Montage;
use receptive_nn::{Layer, LayerOutput, Spec};
use std::vec::IntoIter;

/// The room that layers side by side take beside their planes, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spacing {
    /// Between two things that stand side by side.
    pub(super) gap: f64,
    /// The least width of a layer, for its name.
    least: f64,
}

/// Where there is room enough.
pub(super) const WIDE: Spacing = Spacing { gap: 18.0, least: 54.0 };
/// Where layers would have to be scrolled otherwise; the styles say the same of the class `tight`.
pub(super) const TIGHT: Spacing = Spacing { gap: 8.0, least: 46.0 };
/// CSS pixels between two branches that stand one above the other, with the names of their layers.
const LANE_GAP: f64 = 34.0;

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
pub(super) fn width(parts: &[Part], side: f64, height: f64, spacing: Spacing) -> f64 {
    let Spacing { gap, least } = spacing;
    let of = |part: &Part| match part {
        Part::Layer(output) => Montage::within(output.shape, side, height).size()[0].max(least),
        Part::Branches(lanes) => {
            let height = lane_height(height, lanes.len());
            lanes.iter().map(|lane| width(lane, side, height, spacing)).fold(least, f64::max)
        }
    };
    parts.iter().map(|part| of(part) + gap).sum()
}
