//! The errors of a file, each with what would be right.

use super::reader::{MOST_BYTES, MOST_IMAGES, MOST_KEPT};
use crate::foreign::Advice;
use crate::schema::MOST_SIDE;
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
    #[error("this is not an IDX {kind} file but {what}; {}", words(*.advice))]
    Foreign {
        /// The kind that the file was chosen as.
        kind: Kind,
        /// The format that was recognised.
        what: &'static str,
        /// The remedy.
        advice: Advice,
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
    /// The images have no pixels, or too many.
    #[error(
        "the images are {rows}×{columns}; Receptive reads images from 1×1 to {MOST_SIDE}×{MOST_SIDE}, as MNIST's 28×28"
    )]
    ImageSize {
        /// Rows.
        rows: u32,
        /// Columns.
        columns: u32,
    },
    /// Images that are not MNIST's, where only those will do.
    #[error(
        "the images are of {}×{}×{} numbers (channels, rows, columns); MNIST's are 28×28, in one channel",
        .shape[0], .shape[1], .shape[2]
    )]
    NotDigits {
        /// Channels, rows, columns.
        shape: [usize; 3],
    },
    /// The images have neither one nor three channels.
    #[error("the images have {n} channels; Receptive reads grey images, with one, and colour images, with three")]
    Channels {
        /// Numbers for each pixel.
        n: u32,
    },
    /// The shape is neither that of images nor that of labels.
    #[error(
        "the {kind} file holds numbers of shape {shape}; Receptive reads images of shape n×rows×columns, in colour \
         n×3×rows×columns or n×rows×columns×3, and labels of shape n"
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
    #[error("label {index} is {value}; labels are whole numbers, 0 to 255")]
    Fraction {
        /// The position of the label, counted from 0.
        index: usize,
        /// The value found.
        value: f64,
    },
    /// A label that is too small or too large.
    #[error("label {index} is {label}; labels are 0 to {most}")]
    Label {
        /// The position of the label, counted from 0.
        index: usize,
        /// The value found.
        label: i64,
        /// The largest that is taken.
        most: u8,
    },
    /// Rows of as many numbers as classes that name no class.
    #[error("label {index} is a row of {n_classes} numbers, but not a single 1 among 0s, so it names no class")]
    OneHot {
        /// The position of the label, counted from 0.
        index: usize,
        /// Numbers of the row.
        n_classes: usize,
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

fn words(advice: Advice) -> &'static str {
    match advice {
        Advice::Unpack => "unpack it first, and choose the IDX file that comes out",
        Advice::UnpackOnce => "unpack it once, and choose what comes out",
        Advice::TakeOut => "take the files out of it first, and choose two of those",
        Advice::Convert => "Receptive reads IDX files, the format of MNIST: convert it first",
        Advice::Again => "get the file again",
        Advice::Beside => "choose the data file itself",
        Advice::Lfs => "run `git lfs pull`, or download the file itself",
        Advice::Endian => "write its header with the largest byte first (big-endian)",
    }
}
