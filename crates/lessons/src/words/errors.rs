//! The words of errors: why shapes do not fit, and what would help. Each is a clause; [`sentence`](super::sentence) makes
//! a sentence of it.

use super::layers;
use crate::{say, size_text};
use receptive_core::ops::PadError;
use receptive_core::{Extent, GeomError};
use receptive_nn::{BlockError, Join, MAX_DEPTH, MAX_LAYERS, MAX_NUMBER, SpecError, TextError};

/// An error that a person is told of.
pub trait Reason {
    /// Returns the reason in words.
    fn reason(&self) -> String;
}

impl Reason for GeomError {
    fn reason(&self) -> String {
        match *self {
            Self::Empty { what } => say!("errors.geometry.empty", what = extent(what)),
            Self::KernelLargerThanInput { kernel: [r, s], input: [h, w], padding: [rows, columns], padding_needed } => {
                let padding = match rows == columns {
                    true => rows.to_string(),
                    false => say!("errors.geometry.two", rows = rows, columns = columns),
                };
                let needed = padding_needed;
                say!("errors.geometry.kernel", r = r, s = s, h = h, w = w, padding = padding, needed = needed)
            }
            Self::Groups { channels, kernels, groups } => {
                say!("errors.geometry.groups", channels = channels, kernels = kernels, groups = groups)
            }
            Self::Channels { input, kernel } => say!("errors.geometry.channels", input = input, kernel = kernel),
            Self::PoolPadding { padding, window } => {
                say!("errors.geometry.padding", padding = padding, window = window, most = window / 2)
            }
            Self::TooLarge => say!("errors.geometry.large"),
        }
    }
}

fn extent(extent: Extent) -> String {
    say!(match extent {
        Extent::Images => "errors.extent.images",
        Extent::Channels => "errors.extent.channels",
        Extent::InputHeight => "errors.extent.input-height",
        Extent::InputWidth => "errors.extent.input-width",
        Extent::Kernels => "errors.extent.kernels",
        Extent::KernelChannels => "errors.extent.kernel-channels",
        Extent::KernelHeight => "errors.extent.kernel-height",
        Extent::KernelWidth => "errors.extent.kernel-width",
        Extent::WindowHeight => "errors.extent.window-height",
        Extent::WindowWidth => "errors.extent.window-width",
        Extent::Stride => "errors.extent.stride",
        Extent::Dilation => "errors.extent.dilation",
        Extent::Groups => "errors.extent.groups",
    })
}

impl Reason for PadError {
    fn reason(&self) -> String {
        match *self {
            Self::Empty => say!("errors.border.empty"),
            Self::ReflectTooFar { padding, input } => {
                let (needed, most) = (padding.saturating_add(1), input - 1);
                say!("errors.border.reflect", padding = padding, needed = needed, input = input, most = most)
            }
            Self::TooLarge => say!("errors.border.large"),
        }
    }
}

impl Reason for BlockError {
    fn reason(&self) -> String {
        match *self {
            Self::Empty => say!("errors.block.empty"),
            Self::TooDeep => say!("errors.block.deep", most = MAX_DEPTH),
            Self::NotTwo { found } => say!("errors.block.two", n = found),
            Self::Shapes { join, branch, found, first } => {
                let [channels, rows, columns] = first;
                let moves = (found[1..] != first[1..])
                    .then(|| say!("errors.block.moves", rows = rows, columns = columns, branch = branch));
                let kernels = (found[0] != channels && join != Join::Concat)
                    .then(|| say!("errors.block.kernels", channels = channels));
                let help = match (moves, kernels) {
                    (Some(moves), Some(kernels)) => say!("errors.block.both", moves = moves, kernels = kernels),
                    (moves, kernels) => moves.or(kernels).unwrap_or_default(),
                };
                let (first, found) = (size_text(first), size_text(found));
                say!("errors.block.shapes", first = first, branch = branch, found = found, help = help)
            }
        }
    }
}

impl Reason for SpecError {
    fn reason(&self) -> String {
        let why = cause(self);
        match self {
            Self::Geometry { layer, kind, .. } | Self::Pad { layer, kind, .. } | Self::Flat { layer, kind } => {
                say!("errors.network.layer", n = layer, kind = layers::layer(kind), why = why)
            }
            Self::Block { layer, join, n_branches, .. } => {
                let kind = say!("errors.network.block", join = join.key(), n = n_branches);
                say!("errors.network.layer", n = layer, kind = kind, why = why)
            }
            Self::NotFlat { layer, .. } => {
                say!("errors.network.layer", n = layer, kind = say!("errors.network.linear"), why = why)
            }
            Self::DropoutRate { layer } => {
                say!("errors.network.layer", n = layer, kind = say!("errors.network.dropout"), why = why)
            }
            Self::Inside { layer, branch, .. } => say!("errors.network.inside", n = layer, branch = branch, why = why),
            Self::Size { layer: 0 } | Self::NoLogits | Self::BatchOfOne | Self::NoSuchLayer { .. } => why,
            Self::Size { layer } => say!("errors.network.sizes", n = layer, why = why),
        }
    }
}

impl Reason for TextError {
    fn reason(&self) -> String {
        match self {
            Self::Input { found } => say!("errors.text.input", found = found, most = MAX_NUMBER),
            Self::Layer { layer, found } => {
                say!("errors.text.layer", n = layer, found = found, layers = say!("errors.text.layers"))
            }
            Self::Number { layer, found, what, low } => {
                let what = say!(format!("errors.number.{what}"));
                say!("errors.text.number", n = layer, found = found, what = what, low = low, most = MAX_NUMBER)
            }
            Self::Bracket { found } => say!("errors.text.bracket", found = found),
            Self::TooDeep => say!("errors.text.deep", most = MAX_DEPTH),
            Self::TooManyLayers => say!("errors.text.many", most = MAX_LAYERS),
        }
    }
}

/// Returns the reason that a network cannot be built, without the layer's name.
pub fn cause(error: &SpecError) -> String {
    match error {
        SpecError::Geometry { error, .. } => error.reason(),
        SpecError::Pad { error, .. } => error.reason(),
        SpecError::Block { error, .. } => error.reason(),
        SpecError::Inside { error, .. } => error.reason(),
        SpecError::NoSuchLayer { name } => say!("errors.network.unknown", name = name),
        SpecError::NotFlat { shape, .. } => say!("errors.network.not-flat", size = size_text(*shape)),
        SpecError::Flat { .. } => say!("errors.network.flat"),
        SpecError::Size { layer: 0 } => say!("errors.network.input"),
        SpecError::Size { .. } => say!("errors.network.size"),
        SpecError::DropoutRate { .. } => say!("errors.network.dropout-rate"),
        SpecError::BatchOfOne => say!("errors.network.batch-of-one"),
        SpecError::NoLogits => say!("errors.network.logits"),
    }
}

#[cfg(test)]
mod tests;
