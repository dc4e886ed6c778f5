//! The words of errors: why shapes do not fit, and what would help. Each is a clause; [`sentence`](super::sentence) makes
//! a sentence of it.

use crate::say;
use receptive_core::GeomError;
use receptive_core::ops::PadError;
use receptive_nn::{BlockError, Join, MAX_DEPTH, SpecError, size_text};

/// An error that a person is told of.
pub trait Reason {
    /// Returns the reason in words.
    fn reason(&self) -> String;
}

impl Reason for GeomError {
    fn reason(&self) -> String {
        match *self {
            Self::Empty { what } => say!("errors.geometry.empty", what = what),
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
            Self::Geometry { layer, kind, .. }
            | Self::Pad { layer, kind, .. }
            | Self::Block { layer, kind, .. }
            | Self::Flat { layer, kind } => {
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
mod tests {
    use super::*;

    #[test]
    fn english_says_what_the_libraries_say() {
        let kernel =
            |padding| GeomError::KernelLargerThanInput { kernel: [8, 7], input: [5, 11], padding, padding_needed: 2 };
        let shapes = [
            GeomError::Empty { what: "the stride" },
            kernel([1, 1]),
            kernel([1, 0]),
            GeomError::Groups { channels: 3, kernels: 8, groups: 2 },
            GeomError::Channels { input: 3, kernel: 4 },
            GeomError::PoolPadding { padding: 2, window: 3 },
            GeomError::TooLarge,
        ];
        for error in shapes {
            assert_eq!(error.reason(), error.to_string());
        }
        let borders = [PadError::Empty, PadError::ReflectTooFar { padding: 3, input: 2 }, PadError::TooLarge];
        for error in borders {
            assert_eq!(error.reason(), error.to_string());
        }
        let kind = || "conv 3×3 · 8".to_string();
        let networks = [
            SpecError::Geometry { layer: 2, kind: kind(), error: shapes[1] },
            SpecError::Pad { layer: 2, kind: kind(), error: borders[1] },
            SpecError::NotFlat { layer: 3, shape: [2, 4, 4] },
            SpecError::Flat { layer: 3, kind: kind() },
            SpecError::Size { layer: 0 },
            SpecError::Size { layer: 1 },
            SpecError::DropoutRate { layer: 4 },
            SpecError::BatchOfOne,
            SpecError::NoLogits,
            SpecError::NoSuchLayer { name: "conv 9".into() },
            SpecError::Inside { layer: 2, branch: 1, error: Box::new(SpecError::Flat { layer: 3, kind: kind() }) },
        ];
        let shapes = |join, found| BlockError::Shapes { join, branch: 2, found, first: [4, 6, 6] };
        let blocks = [
            BlockError::Empty,
            BlockError::TooDeep,
            BlockError::NotTwo { found: 3 },
            shapes(Join::Add, [4, 8, 8]),
            shapes(Join::Add, [3, 6, 6]),
            shapes(Join::Multiply, [3, 8, 6]),
            shapes(Join::Concat, [3, 8, 6]),
        ];
        let blocks = blocks.map(|error| SpecError::Block { layer: 2, kind: kind(), error });
        let networks = networks.into_iter().chain(blocks);
        for error in networks {
            assert_eq!(error.reason(), error.to_string());
            assert!(error.reason().ends_with(&cause(&error)));
        }
    }
}
