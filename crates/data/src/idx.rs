//! The IDX format, in which MNIST is distributed: a magic number, the size of each axis, then bytes.
//!
//! Files may be raw or gzip. Every claim of a header is checked against the bytes that are there
//! before anything is allocated for it.

use crate::images::{COLUMNS, Images, PIXELS, ROWS};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use std::borrow::Cow;
use thiserror::Error;

/// Magic number of a file of bytes with three axes: images, rows, columns.
const IMAGES_MAGIC: u32 = 0x0803;
/// Magic number of a file of bytes with one axis: labels.
const LABELS_MAGIC: u32 = 0x0801;
/// The largest file taken, unpacked. MNIST's largest has 47 MB.
const MAX_BYTES: usize = 128 << 20;

/// What a file is read as.
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

/// What is wrong with a file, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdxError {
    /// The header is cut off.
    #[error(
        "the {kind} file ends after {found} bytes, before its {needed}-byte header is complete; get the file again"
    )]
    HeaderCut {
        /// What it was read as.
        kind: Kind,
        /// Bytes there.
        found: usize,
        /// Bytes of a header.
        needed: usize,
    },
    /// The magic number is that of the other kind of file.
    #[error("this is the {} file, but the {expected} file is wanted here; swap the two", other(*.expected))]
    Swapped {
        /// What was wanted.
        expected: Kind,
    },
    /// The magic number is wrong.
    #[error("this is not an IDX {kind} file: it starts with {found:#010x}, not {expected:#010x}")]
    Magic {
        /// What it was read as.
        kind: Kind,
        /// What it starts with.
        found: u32,
        /// What it should start with.
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
    /// The header promises other bytes than there are.
    #[error(
        "the {kind} file promises {promised} {kind}s, which takes {expected} bytes, but it has {found}; get the file again"
    )]
    Length {
        /// What it was read as.
        kind: Kind,
        /// Count in the header.
        promised: u32,
        /// Bytes that the count takes, header included.
        expected: u64,
        /// Bytes there.
        found: usize,
    },
    /// A file without entries.
    #[error("the {kind} file is empty: it promises 0 {kind}s")]
    Empty {
        /// What it was read as.
        kind: Kind,
    },
    /// A class that is not a digit.
    #[error("label {index} is {label}; digits are 0 to 9")]
    Label {
        /// Which label, counted from 0.
        index: usize,
        /// What it says.
        label: u8,
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
        /// What it was read as.
        kind: Kind,
        /// What is wrong.
        what: &'static str,
    },
    /// Larger than anything that is taken.
    #[error("the {kind} file is larger than {} MB, the most that is taken", MAX_BYTES >> 20)]
    TooLarge {
        /// What it was read as.
        kind: Kind,
    },
}

fn other(kind: Kind) -> Kind {
    match kind {
        Kind::Images => Kind::Labels,
        Kind::Labels => Kind::Images,
    }
}

impl Kind {
    fn magic(self) -> u32 {
        match self {
            Self::Images => IMAGES_MAGIC,
            Self::Labels => LABELS_MAGIC,
        }
    }

    fn header_len(self) -> usize {
        match self {
            Self::Images => 16,
            Self::Labels => 8,
        }
    }

    fn bytes_each(self) -> u64 {
        match self {
            Self::Images => PIXELS as u64,
            Self::Labels => 1,
        }
    }
}

/// The images of a pair of files, raw or gzip.
///
/// # Errors
/// When either is damaged or of the wrong kind, images are not 28×28, a label is above 9, or the counts differ.
pub fn pair(images: &[u8], labels: &[u8]) -> Result<Images, IdxError> {
    let (images, labels) = (unpack(Kind::Images, images)?, unpack(Kind::Labels, labels)?);
    let pixels = body(Kind::Images, &images)?;
    let labels = body(Kind::Labels, &labels)?;
    if let Some((index, &label)) = labels.iter().enumerate().find(|&(_, &label)| label > 9) {
        return Err(IdxError::Label { index, label });
    }
    let counts = IdxError::Counts { images: pixels.len() / PIXELS, labels: labels.len() };
    Images::new(pixels, labels.to_vec()).ok_or(counts)
}

/// The bytes after the header, once everything that the header says has been checked.
fn body(kind: Kind, bytes: &[u8]) -> Result<&[u8], IdxError> {
    let needed = kind.header_len();
    let cut = IdxError::HeaderCut { kind, found: bytes.len(), needed };
    let field = |i: usize| {
        let field = bytes.get(4 * i..4 * i + 4).and_then(|field| field.first_chunk()).ok_or(cut.clone())?;
        Ok(u32::from_be_bytes(*field))
    };
    match field(0)? {
        magic if magic == kind.magic() => {}
        magic if magic == other(kind).magic() => return Err(IdxError::Swapped { expected: kind }),
        found => return Err(IdxError::Magic { kind, found, expected: kind.magic() }),
    }
    let promised = field(1)?;
    if kind == Kind::Images {
        let (rows, columns) = (field(2)?, field(3)?);
        if (rows as usize, columns as usize) != (ROWS, COLUMNS) {
            return Err(IdxError::ImageSize { rows, columns });
        }
    }
    let expected = needed as u64 + u64::from(promised) * kind.bytes_each();
    if expected != bytes.len() as u64 {
        return Err(IdxError::Length { kind, promised, expected, found: bytes.len() });
    }
    if promised == 0 {
        return Err(IdxError::Empty { kind });
    }
    Ok(&bytes[needed..])
}

/// A pair of raw IDX files of these images.
pub fn write_pair(images: &Images) -> (Vec<u8>, Vec<u8>) {
    let n = (images.len() as u32).to_be_bytes();
    let header = |magic: u32, sizes: &[[u8; 4]]| [&magic.to_be_bytes()[..], &sizes.concat()].concat();
    let sizes = [n, (ROWS as u32).to_be_bytes(), (COLUMNS as u32).to_be_bytes()];
    (
        [header(IMAGES_MAGIC, &sizes), images.pixels()].concat(),
        [header(LABELS_MAGIC, &[n]), images.labels().to_vec()].concat(),
    )
}

/// The raw bytes of a file that may be gzip (RFC 1952).
pub fn unpack(kind: Kind, bytes: &[u8]) -> Result<Cow<'_, [u8]>, IdxError> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return if bytes.len() > MAX_BYTES { Err(IdxError::TooLarge { kind }) } else { Ok(Cow::Borrowed(bytes)) };
    }
    let damaged = |what| IdxError::Gzip { kind, what };
    let packed = gzip_body(bytes).ok_or(damaged("its header is cut off or unknown"))?;
    let (deflated, trailer) = packed.split_last_chunk::<8>().ok_or(damaged("its end is missing"))?;
    let [c0, c1, c2, c3, n0, n1, n2, n3] = *trailer;
    let length = u32::from_le_bytes([n0, n1, n2, n3]) as usize;
    if length > MAX_BYTES {
        return Err(IdxError::TooLarge { kind });
    }
    // Deflate shrinks by at most 1032 to 1: a longer claim is a lie, and nothing is allocated for it.
    if length / 1032 > deflated.len() {
        return Err(damaged("its end does not fit its length"));
    }
    let mut raw = vec![0; length];
    let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, _, written) = decompress(&mut DecompressorOxide::new(), deflated, &mut raw, 0, flags);
    if status != TINFLStatus::Done || written != length {
        return Err(damaged("its contents break off or do not fit its end"));
    }
    if crc32(&raw) != u32::from_le_bytes([c0, c1, c2, c3]) {
        return Err(damaged("its checksum does not agree"));
    }
    Ok(Cow::Owned(raw))
}

/// What follows a gzip header, with the optional fields passed over.
fn gzip_body(bytes: &[u8]) -> Option<&[u8]> {
    const DEFLATE: u8 = 8;
    let (&[_, _, method, flags, ..], mut rest) = bytes.split_first_chunk::<10>()?;
    if method != DEFLATE {
        return None;
    }
    if flags & 0b100 != 0 {
        let (length, after) = rest.split_first_chunk::<2>()?;
        rest = after.get(u16::from_le_bytes(*length) as usize..)?;
    }
    for text in [0b1000, 0b1_0000] {
        if flags & text != 0 {
            let end = rest.iter().position(|&byte| byte == 0)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & 0b10 != 0 { rest.get(2..) } else { Some(rest) }
}

/// The checksum that gzip ends with (RFC 1952, section 8).
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut i = 0;
        while i < 256 {
            let mut value = i as u32;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { (value >> 1) ^ 0xedb8_8320 } else { value >> 1 };
                bit += 1;
            }
            table[i] = value;
            i += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |crc, &byte| TABLE[((crc ^ u32::from(byte)) & 0xff) as usize] ^ (crc >> 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Images {
        let pixels: Vec<u8> = (0..3 * PIXELS).map(|i| (i % 251) as u8).collect();
        Images::new(&pixels, vec![3, 1, 4]).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let (images, labels) = write_pair(&three());
        assert_eq!(pair(&images, &labels), Ok(three()));
    }

    #[test]
    fn swapped_files_are_named() {
        let (images, labels) = write_pair(&three());
        let error = pair(&labels, &images).unwrap_err();
        assert_eq!(error.to_string(), "this is the label file, but the image file is wanted here; swap the two");
    }

    #[test]
    fn the_checksum_is_gzips() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}
