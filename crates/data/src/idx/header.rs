//! The header of an IDX file: which numbers it holds, and in which shape.

use super::error::{IdxError, Kind};
use super::foreign::{self, ENOUGH};
use super::reader::MOST_IMAGES;
use crate::images::{COLUMNS, PIXELS, ROWS};

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

/// The kind of a file's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// 784 numbers, row by row.
    Image,
    /// One number, the first of so many: QMNIST's labels come with seven more.
    Label { n_columns: usize },
    /// Ten numbers, all 0 but one.
    OneHot,
}

impl Entry {
    fn n_numbers(self) -> usize {
        match self {
            Self::Image => PIXELS,
            Self::Label { n_columns } => n_columns,
            Self::OneHot => 10,
        }
    }

    /// The plural name of such entries.
    pub(super) fn things(self) -> &'static str {
        if self == Self::Image { Kind::Images.things() } else { Kind::Labels.things() }
    }
}

impl Kind {
    /// The plural name of the entries of such a file.
    pub(super) fn things(self) -> &'static str {
        match self {
            Self::Images => "images",
            Self::Labels => "labels",
        }
    }
}

/// A header that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) number: Number,
    pub(super) entry: Entry,
    /// Entries promised, at least one.
    pub(super) n: u32,
    /// Bytes of the header itself.
    pub(super) length: usize,
}

impl Header {
    /// Reads the beginning of a file. Nothing while it is too short to say; `is_all` says that no more will come.
    pub(super) fn read(kind: Kind, head: &[u8], is_all: bool) -> Result<Option<Self>, IdxError> {
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
            let shape = format!("of {n_axes} axes");
            return Err(IdxError::Shape { kind, shape });
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
    pub(super) fn file_bytes(self) -> u64 {
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
    const SIDES: [u32; 2] = [ROWS as u32, COLUMNS as u32];
    const ALL: u32 = PIXELS as u32;
    match sizes[1..] {
        [] | [1] => Ok(Entry::Label { n_columns: 1 }),
        [8] if number == Number::I32 => Ok(Entry::Label { n_columns: 8 }),
        [10] => Ok(Entry::OneHot),
        [ALL] => Ok(Entry::Image),
        [rows, columns] | [1, rows, columns] | [rows, columns, 1] => {
            if [rows, columns] == SIDES {
                Ok(Entry::Image)
            } else {
                Err(IdxError::ImageSize { rows, columns })
            }
        }
        [n, rows, columns] | [rows, columns, n] if [rows, columns] == SIDES => Err(IdxError::Channels { n }),
        _ => {
            let sizes: Vec<_> = sizes.iter().map(u32::to_string).collect();
            Err(IdxError::Shape { kind, shape: sizes.join("×") })
        }
    }
}
