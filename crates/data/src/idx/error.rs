//! The errors of a file, as codes.

use crate::foreign::{Advice, Format};
use crate::gunzip::Damage;
use serde::{Deserialize, Serialize};

/// The kind that a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Images.
    Images,
    /// Labels.
    Labels,
}

/// The error of a file, and what would be right. A file is called by the kind that it was chosen as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum IdxError {
    /// A file without a byte.
    NoBytes {
        /// The kind that the file was chosen as.
        kind: Kind,
    },
    /// The header is cut off.
    HeaderCut {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// Bytes there.
        found: u64,
        /// Bytes of a header.
        needed: usize,
    },
    /// A file of another format.
    Foreign {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// The format that was recognised.
        what: Format,
        /// The remedy.
        advice: Advice,
    },
    /// A magic number of no known format.
    Magic {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// The first four bytes as a number.
        found: u32,
        /// The usual first four bytes.
        expected: u32,
    },
    /// The images have no pixels, or too many.
    ImageSize {
        /// Rows.
        rows: u32,
        /// Columns.
        columns: u32,
    },
    /// Images that are not MNIST's, where only those will do.
    NotDigits {
        /// Channels, rows, columns.
        shape: [usize; 3],
    },
    /// The images have neither one nor three channels.
    Channels {
        /// Numbers for each pixel.
        n: u32,
    },
    /// The shape is neither that of images nor that of labels.
    Shape {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// Sizes of the axes.
        shape: Vec<u32>,
    },
    /// More axes than images have.
    Axes {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// Their number.
        n_axes: u8,
    },
    /// The header promises other bytes than there are.
    Length {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// Count in the header.
        promised: u32,
        /// The kind of the entries.
        things: Kind,
        /// Bytes that the count takes, header included.
        expected: u64,
        /// Bytes there; when packed, as far as it was unpacked.
        found: u64,
    },
    /// A file without entries.
    Empty {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// The kind of the entries.
        things: Kind,
    },
    /// A header with nothing behind it.
    HeaderAlone {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// Bytes there.
        found: u64,
        /// Count in the header.
        promised: u32,
        /// The kind of the entries.
        things: Kind,
    },
    /// More entries than are taken.
    TooMany {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// Count in the header.
        promised: u32,
        /// The kind of the entries.
        things: Kind,
    },
    /// A file larger than any that is taken.
    TooLarge {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// Its bytes.
        size: u64,
    },
    /// Images that take too much room.
    TooMuch,
    /// A pixel that is no number.
    Pixel {
        /// The position of the image, counted from 0.
        index: usize,
        /// The value found.
        value: f64,
    },
    /// Images in which nothing can be seen.
    Blank {
        /// The value of every pixel.
        value: f64,
    },
    /// A label that is no whole number.
    Fraction {
        /// The position of the label, counted from 0.
        index: usize,
        /// The value found.
        value: f64,
    },
    /// A label that is too small or too large.
    Label {
        /// The position of the label, counted from 0.
        index: usize,
        /// The value found.
        label: i64,
        /// The largest that is taken.
        most: u8,
    },
    /// Rows of as many numbers as classes that name no class.
    OneHot {
        /// The position of the label, counted from 0.
        index: usize,
        /// Numbers of the row.
        n_classes: usize,
    },
    /// Two files of one kind.
    Twice {
        /// The kind of both.
        things: Kind,
    },
    /// Images and labels do not belong together.
    Counts {
        /// Images there.
        images: usize,
        /// Labels there.
        labels: usize,
    },
    /// Packed, and damaged.
    Gzip {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// The damage.
        what: Damage,
    },
}

receptive_core::error_code!(IdxError);
