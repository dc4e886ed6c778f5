//! The reasons that shapes do not fit together, in words that say what to change.

use core::fmt;

/// The reason that a window does not fit, and what would make it fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GeomError {
    /// An axis, a kernel or a count is zero.
    Empty {
        /// The size that is zero, in plain words.
        what: &'static str,
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

/// Returns the English article before a number: "an 8", "an 11", "a 7".
pub fn article(n: usize) -> &'static str {
    let mut lead = n;
    while lead >= 1000 {
        lead /= 1000;
    }
    if matches!(lead, 8 | 11 | 18 | 80..=89 | 800..=899) { "an" } else { "a" }
}

impl fmt::Display for GeomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Empty { what } => write!(f, "{what} must be at least 1"),
            Self::KernelLargerThanInput { kernel: [r, s], input: [h, w], padding: [ph, pw], padding_needed } => {
                let padding = if ph == pw { Plain::One(ph) } else { Plain::Two(ph, pw) };
                write!(
                    f,
                    "{} {r}×{s} kernel does not fit {} {h}×{w} input with padding {padding}; padding {padding_needed} would",
                    article(r),
                    article(h)
                )
            }
            Self::Groups { channels, kernels, groups } => write!(
                f,
                "{channels} channels and {kernels} kernels cannot both be split into {groups} groups; \
                 choose a number that divides both"
            ),
            Self::Channels { input, kernel } => {
                write!(f, "each kernel reads {kernel} channels, but the input has {input}; the two must be equal")
            }
            Self::PoolPadding { padding, window } => write!(
                f,
                "padding {padding} is more than half of a window of {window}: such a window could see no input at all; \
                 padding {} is the most",
                window / 2
            ),
            Self::TooLarge => {
                f.write_str("the result would be too large to hold; use a smaller input, batch or kernel count")
            }
        }
    }
}

impl core::error::Error for GeomError {}

/// A number, or two where the axes differ.
enum Plain {
    One(usize),
    Two(usize, usize),
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(a) => write!(f, "{a}"),
            Self::Two(a, b) => write!(f, "{a} by {b}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_begin_with_a_vowel_sound_take_an() {
        for n in [8, 11, 18, 80, 88, 811, 8000, 11_000, 18_500, 84_123, 800_000] {
            assert_eq!(article(n), "an", "{n}");
        }
        for n in [0, 1, 7, 10, 12, 81 / 9, 110, 118, 180, 1100, 1800, 28, 110_000] {
            assert_eq!(article(n), "a", "{n}");
        }
    }
}
