//! The errors of a file, each with what would be right.

use super::reader::{MOST_BYTES, MOST_IMAGES, MOST_KEPT};
use thiserror::Error;

/// The kind that a file is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Images.
    Images,
    /// Labels.
    Labels,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Images => "image",
            Self::Labels => "label",
        })
    }
}

/// The error of a file, and what would be right. A file is called by the kind that it was chosen as.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum IdxError {
    /// A file without a byte.
    #[error("the {kind} file is empty: it has 0 bytes; get the file again")]
    NoBytes {
        /// The kind that the file was chosen as.
        kind: Kind,
    },
    /// The header is cut off.
    #[error(
        "the {kind} file ends after {found} bytes, before its {needed}-byte header is complete; get the file again"
    )]
    HeaderCut {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// Bytes there.
        found: u64,
        /// Bytes of a header.
        needed: usize,
    },
    /// A file of another format.
    #[error("this is not an IDX {kind} file but {what}; {advice}")]
    Foreign {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// The format that was recognised.
        what: &'static str,
        /// The remedy.
        advice: &'static str,
    },
    /// A magic number of no known format.
    #[error("this is not an IDX {kind} file: it starts with {found:#010x}, not {expected:#010x}")]
    Magic {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// The first four bytes as a number.
        found: u32,
        /// The usual first four bytes.
        expected: u32,
    },
    /// The images have another size.
    #[error("the images are {rows}×{columns}; Receptive reads 28×28")]
    ImageSize {
        /// Rows.
        rows: u32,
        /// Columns.
        columns: u32,
    },
    /// The images have colours.
    #[error("the images have {n} channels (colours); Receptive reads grey images, with one")]
    Channels {
        /// Numbers for each pixel.
        n: u32,
    },
    /// The shape is neither that of images nor that of labels.
    #[error(
        "the {kind} file holds numbers of shape {shape}; Receptive reads images of shape n×28×28 and labels of shape n"
    )]
    Shape {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// Sizes of the axes.
        shape: String,
    },
    /// The header promises other bytes than there are.
    #[error(
        "the {kind} file promises {promised} {things}, which takes {expected} bytes, but it has {found}; get the file again"
    )]
    Length {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// Count in the header.
        promised: u32,
        /// The plural name of the entries.
        things: &'static str,
        /// Bytes that the count takes, header included.
        expected: u64,
        /// Bytes there; when packed, as far as it was unpacked.
        found: u64,
    },
    /// A file without entries.
    #[error("the {kind} file is empty: its header promises 0 {things}, and nothing follows")]
    Empty {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// The plural name of the entries.
        things: &'static str,
    },
    /// A header with nothing behind it.
    #[error(
        "the {kind} file is a header alone, {found} bytes: it promises {promised} {things}, and not one follows; get the \
         file again"
    )]
    HeaderAlone {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// Bytes there.
        found: u64,
        /// Count in the header.
        promised: u32,
        /// The plural name of the entries.
        things: &'static str,
    },
    /// More entries than are taken.
    #[error("the {kind} file promises {promised} {things}; at most {} are taken", MOST_IMAGES)]
    TooMany {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// Count in the header.
        promised: u32,
        /// The plural name of the entries.
        things: &'static str,
    },
    /// A file larger than any that is taken.
    #[error("the {kind} file has {} MB; at most {} MB are taken", *.size >> 20, MOST_BYTES >> 20)]
    TooLarge {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// Its bytes.
        size: u64,
    },
    /// Images that take too much room.
    #[error("the images take more than {} MB, background left out, which is the most that is kept", MOST_KEPT >> 20)]
    TooMuch,
    /// A pixel that is no number.
    #[error("a pixel of image {index} is {value}, not a number that can be shown")]
    Pixel {
        /// The position of the image, counted from 0.
        index: usize,
        /// The value found.
        value: f64,
    },
    /// Images in which nothing can be seen.
    #[error("the images are blank: every pixel is {value}; if they were numbers from 0 to 1, they were rounded away")]
    Blank {
        /// The value of every pixel.
        value: f64,
    },
    /// A label that is no whole number.
    #[error("label {index} is {value}; labels are whole numbers, 0 to 9")]
    Fraction {
        /// The position of the label, counted from 0.
        index: usize,
        /// The value found.
        value: f64,
    },
    /// A class that is not a digit.
    #[error("label {index} is {label}; digits are 0 to 9")]
    Label {
        /// The position of the label, counted from 0.
        index: usize,
        /// The value found.
        label: i64,
    },
    /// Rows of ten that name no class.
    #[error("label {index} is a row of ten numbers, but not a single 1 among 0s, so it names no class")]
    OneHot {
        /// The position of the label, counted from 0.
        index: usize,
    },
    /// Classes that are letters, or something else.
    #[error("the labels go from {low} to {high}: {what}; Receptive's networks tell ten digits apart, 0 to 9")]
    Classes {
        /// The smallest.
        low: u8,
        /// The largest.
        high: u8,
        /// The likely meaning of such labels.
        what: &'static str,
    },
    /// Two files of one kind.
    #[error("both files hold {things}; choose an image file and the label file that belongs to it")]
    Twice {
        /// The plural name of the entries of both.
        things: &'static str,
    },
    /// Images and labels do not belong together.
    #[error("there are {images} images but {labels} labels; choose two files that belong together")]
    Counts {
        /// Images there.
        images: usize,
        /// Labels there.
        labels: usize,
    },
    /// Packed, and damaged.
    #[error("the {kind} file is gzip, but it is damaged: {what}; get the file again")]
    Gzip {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// The damage.
        what: &'static str,
    },
}
