//! The header of an IDX file: which numbers it holds, and in which shape.

use super::error::{IdxError, Kind};
use super::reader::MOST_IMAGES;
use crate::foreign::{self, ENOUGH};
use crate::schema::{ImageShape, MOST_SIDE};
use serde::{Deserialize, Serialize};

/// The longest header: four axes.
const LONGEST: usize = 4 + 4 * 4;

/// The type of a number, the most significant byte first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    U8,
    I8,
    I16,
    I32,
    F32,
    F64,
}

impl Number {
    fn from_code(code: u8) -> Option<Self> {
        Some(match code {
            0x08 => Self::U8,
            0x09 => Self::I8,
            0x0b => Self::I16,
            0x0c => Self::I32,
            0x0d => Self::F32,
            0x0e => Self::F64,
            _ => return None,
        })
    }

    /// Bytes of one.
    pub(super) fn width(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::I16 => 2,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// The number that these bytes are, as many as its width.
    pub(super) fn read(self, bytes: &[u8]) -> f64 {
        match (self, bytes) {
            (Self::U8, &[a]) => a.into(),
            (Self::I8, &[a]) => (a as i8).into(),
            (Self::I16, &[a, b]) => i16::from_be_bytes([a, b]).into(),
            (Self::I32, &[a, b, c, d]) => i32::from_be_bytes([a, b, c, d]).into(),
            (Self::F32, &[a, b, c, d]) => f32::from_be_bytes([a, b, c, d]).into(),
            (Self::F64, &[a, b, c, d, e, f, g, h]) => f64::from_be_bytes([a, b, c, d, e, f, g, h]),
            _ => f64::NAN,
        }
    }
}

/// The order in which a file has the numbers of an image, as its axes are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// (h, w).
    Grey,
    /// (c, h, w).
    ChannelsFirst,
    /// (h, w, c).
    ChannelsLast,
    /// All in a row: those of a square image, in one channel or in three, one after the other.
    Row,
}

/// The kind of a file's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// The numbers of an image.
    Image { shape: ImageShape, layout: Layout },
    /// One number, the first of so many: QMNIST's labels come with seven more.
    Label { n_columns: usize },
    /// So many numbers, all 0 but one.
    OneHot { n_classes: usize },
}

impl Entry {
    fn n_numbers(self) -> usize {
        match self {
            Self::Image { shape, .. } => shape.len(),
            Self::Label { n_columns } => n_columns,
            Self::OneHot { n_classes } => n_classes,
        }
    }

    /// The kind of such entries.
    pub(super) fn things(self) -> Kind {
        if matches!(self, Self::Image { .. }) { Kind::Images } else { Kind::Labels }
    }
}

/// A header that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(super) number: Number,
    pub(super) entry: Entry,
    /// Entries promised, at least one.
    pub(super) n: u32,
    /// Bytes of the header itself.
    pub(super) length: usize,
}

impl Header {
    /// Reads the beginning of a file. Nothing while it is too short to say; `is_all` says that no more will come.
    pub(crate) fn read(kind: Kind, head: &[u8], is_all: bool) -> Result<Option<Self>, IdxError> {
        if head.len() < LONGEST && !is_all {
            return Ok(None);
        }
        let Some((&[0, 0, code, n_axes], _)) = head.split_first_chunk::<4>() else { return other(kind, head, is_all) };
        let Some(number) = Number::from_code(code) else { return other(kind, head, is_all) };
        if n_axes == 0 {
            return other(kind, head, is_all);
        }
        let length = 4 + 4 * usize::from(n_axes);
        let sizes: Vec<u32> = head[4..].as_chunks().0.iter().map(|size| u32::from_be_bytes(*size)).collect();
        if length > LONGEST {
            return Err(IdxError::Axes { kind, n_axes });
        }
        let Some(sizes) = sizes.get(..n_axes.into()) else {
            return Err(IdxError::HeaderCut { kind, found: head.len() as u64, needed: length });
        };
        let entry = entry(kind, number, sizes)?;
        let (n, things) = (sizes[0], entry.things());
        if n == 0 {
            return Err(IdxError::Empty { kind, things });
        }
        if n > MOST_IMAGES {
            return Err(IdxError::TooMany { kind, promised: n, things });
        }
        Ok(Some(Self { number, entry, n, length }))
    }

    /// Bytes of one entry.
    pub(super) fn entry_bytes(self) -> usize {
        self.entry.n_numbers() * self.number.width()
    }

    /// Bytes of the whole file, unpacked.
    pub(crate) fn file_bytes(self) -> u64 {
        self.length as u64 + u64::from(self.n) * self.entry_bytes() as u64
    }
}

/// Recognises a file that has no IDX header.
fn other(kind: Kind, head: &[u8], is_all: bool) -> Result<Option<Header>, IdxError> {
    if head.is_empty() {
        return Err(IdxError::NoBytes { kind });
    }
    if head.len() < ENOUGH && !is_all {
        return Ok(None);
    }
    if let Some((what, advice)) = foreign::recognise(head) {
        return Err(IdxError::Foreign { kind, what, advice });
    }
    let Some(magic) = head.first_chunk() else {
        let needed = if kind == Kind::Images { 16 } else { 8 };
        return Err(IdxError::HeaderCut { kind, found: head.len() as u64, needed });
    };
    let expected = if kind == Kind::Images { 0x0803 } else { 0x0801 };
    Err(IdxError::Magic { kind, found: u32::from_be_bytes(*magic), expected })
}

/// Returns the kind of entries of this shape.
fn entry(kind: Kind, number: Number, sizes: &[u32]) -> Result<Entry, IdxError> {
    match sizes[1..] {
        [] | [1] => Ok(Entry::Label { n_columns: 1 }),
        [8] if number == Number::I32 => Ok(Entry::Label { n_columns: 8 }),
        [10] => Ok(Entry::OneHot { n_classes: 10 }),
        [n @ 2..=256] if kind == Kind::Labels => Ok(Entry::OneHot { n_classes: n as usize }),
        [n] => square(n)
            .or_else(|| square(n / 3).filter(|_| n.is_multiple_of(3)))
            .map_or_else(|| Err(shape_error(kind, sizes)), |side| image(n / (side * side), side, side, Layout::Row)),
        [rows, columns] => image(1, rows, columns, Layout::Grey),
        // One of the ends counts the channels. Where both could, it is the first, as most libraries write them.
        [n @ (1 | 3), rows, columns] => image(n, rows, columns, Layout::ChannelsFirst),
        [rows, columns, n @ (1 | 3)] => image(n, rows, columns, Layout::ChannelsLast),
        [first, _, last] => Err(IdxError::Channels { n: first.min(last) }),
        _ => Err(shape_error(kind, sizes)),
    }
}

fn shape_error(kind: Kind, sizes: &[u32]) -> IdxError {
    IdxError::Shape { kind, shape: sizes.to_vec() }
}

/// The side of a square of so many pixels.
fn square(n: u32) -> Option<u32> {
    let side = n.isqrt();
    (side > 1 && side * side == n).then_some(side)
}

fn image(n_channels: u32, rows: u32, columns: u32, layout: Layout) -> Result<Entry, IdxError> {
    let is_read = |side: u32| (1..=MOST_SIDE as u32).contains(&side);
    if !is_read(rows) || !is_read(columns) {
        return Err(IdxError::ImageSize { rows, columns });
    }
    let [c, h, w] = [n_channels, rows, columns].map(|n| n as usize);
    let layout = if c == 1 && layout != Layout::Row { Layout::Grey } else { layout };
    Ok(Entry::Image { shape: ImageShape { c, h, w }, layout })
}
