//! The reasons that shapes do not fit together, as codes with what words about them need.

use serde::{Deserialize, Serialize};

/// The reason that a window does not fit, and what would make it fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GeomError {
    /// An axis, a kernel or a count is zero.
    Empty {
        /// The size that is zero.
        what: Extent,
    },
    /// The window covers more than the padded input.
    KernelLargerThanInput {
        /// Window size, [rows, columns], dilation not counted.
        kernel: [usize; 2],
        /// Input size, [rows, columns], padding not counted.
        input: [usize; 2],
        /// Padding on each side.
        padding: [usize; 2],
        /// The smallest equal padding with which the window would fit.
        padding_needed: usize,
    },
    /// Channels or kernels cannot be split into this many groups.
    Groups {
        /// Input channels.
        channels: usize,
        /// Kernels.
        kernels: usize,
        /// Groups asked for.
        groups: usize,
    },
    /// The kernels read another number of channels than the input has.
    Channels {
        /// Channels of the input divided by groups.
        input: usize,
        /// Channels that each kernel reads.
        kernel: usize,
    },
    /// A pooling window could lie wholly in the padding.
    PoolPadding {
        /// Padding asked for.
        padding: usize,
        /// Window size on that axis.
        window: usize,
    },
    /// The result would have more values than a 32-bit index can name.
    TooLarge,
}

/// A size that must be at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "they are named as what they measure")]
pub enum Extent {
    Images,
    Channels,
    InputHeight,
    InputWidth,
    Kernels,
    KernelChannels,
    KernelHeight,
    KernelWidth,
    WindowHeight,
    WindowWidth,
    Stride,
    Dilation,
    Groups,
}

crate::error_code!(GeomError);
