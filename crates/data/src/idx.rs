//! The IDX format, in which MNIST is distributed: which numbers, the size of each axis, then the numbers.
//!
//! Files may be raw or gzip. They are read piece by piece ([`IdxReader`]), and every claim of a header is checked
//! against the bytes that are there: nothing is allocated for a claim, and a file is never held whole.

mod error;
mod header;
mod reader;

pub use error::{IdxError, Kind};
pub use header::Layout;
pub use reader::{IdxFile, IdxReader, MOST_BYTES, MOST_IMAGES, MOST_KEPT, Read};

pub(crate) use header::Header;
pub(crate) use reader::{Content, FoundImages};

use crate::digits;
use crate::gunzip::Unpacker;
use crate::images::Images;
use crate::schema::ImageShape;
use std::borrow::Cow;

/// Reads a file that is in memory.
///
/// # Errors
/// When it is damaged, or neither images nor labels.
pub fn read(kind: Kind, bytes: &[u8]) -> Result<IdxFile, IdxError> {
    let mut reader = IdxReader::new(kind, bytes.len() as u64)?;
    loop {
        reader.push(bytes)?;
        match reader.finish()? {
            Read::Done(file) => return Ok(file),
            Read::Again(next) => reader = *next,
        }
    }
}

/// The images of a pair of files in memory, raw or gzip, as MNIST has them.
///
/// # Errors
/// When either is damaged, images are not 28×28 in grey, a label is above 9, or the counts differ.
pub fn pair(images: &[u8], labels: &[u8]) -> Result<Images, IdxError> {
    images_of(read(Kind::Images, images)?, read(Kind::Labels, labels)?)
}

/// The images of two files that have been read, as MNIST has them.
///
/// # Errors
/// When they are not images of digits and their labels.
pub(crate) fn images_of(images: IdxFile, labels: IdxFile) -> Result<Images, IdxError> {
    let (found, labels) = images_and_labels(images, labels)?;
    let shape = found.pictures.shape();
    if shape != digits::SHAPE {
        return Err(IdxError::NotDigits { shape: shape.chw() });
    }
    let most = (digits::N_CLASSES - 1) as u8;
    if let Some((index, &label)) = labels.iter().enumerate().find(|&(_, &label)| label > most) {
        return Err(IdxError::Label { index, label: label.into(), most });
    }
    let counts = IdxError::Counts { images: found.pictures.len(), labels: labels.len() };
    Images::of(found.pictures, labels).ok_or(counts)
}

/// Returns the images and the labels of two files, which may have been chosen the wrong way round.
pub(crate) fn images_and_labels(images: IdxFile, labels: IdxFile) -> Result<(FoundImages, Vec<u8>), IdxError> {
    let (found, labels) = match (images.content, labels.content) {
        (Content::Images(found), Content::Labels(labels)) | (Content::Labels(labels), Content::Images(found)) => {
            (found, labels)
        }
        (Content::Images(_), Content::Images(_)) => return Err(IdxError::Twice { things: Kind::Images }),
        (Content::Labels(_), Content::Labels(_)) => return Err(IdxError::Twice { things: Kind::Labels }),
    };
    match (found.pictures.len(), labels.len()) {
        (images, labels) if images != labels => Err(IdxError::Counts { images, labels }),
        _ => Ok((found, labels)),
    }
}

/// A pair of raw IDX files of these images.
pub fn write_pair(images: &Images) -> (Vec<u8>, Vec<u8>) {
    let ImageShape { c, h, w } = images.shape();
    let header = |sizes: &[usize]| {
        let sizes: Vec<_> = sizes.iter().flat_map(|&size| (size as u32).to_be_bytes()).collect();
        [&[0, 0, 0x08, (sizes.len() / 4) as u8][..], &sizes].concat()
    };
    let n = images.len();
    let images_header = if c == 1 { header(&[n, h, w]) } else { header(&[n, c, h, w]) };
    ([images_header, images.pixels()].concat(), [header(&[n]), images.labels().to_vec()].concat())
}

/// The checksum of bytes that [`IdxFile`] reports for a file.
pub fn checksum(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// The raw bytes of a file that may be gzip.
///
/// # Errors
/// When it is gzip, and damaged.
pub fn unpack(kind: Kind, bytes: &[u8]) -> Result<Cow<'_, [u8]>, IdxError> {
    let (mut unpacker, mut raw, mut was_packed) = (Unpacker::new(), Vec::new(), false);
    let mut take = |unpacked: &[u8], is_packed: bool| {
        was_packed = is_packed;
        if is_packed {
            raw.extend_from_slice(unpacked);
        }
        Ok(())
    };
    let done = unpacker.push(bytes, &mut take).and_then(|()| unpacker.finish(&mut take));
    done.map_err(|stop| reader::stopped(kind, stop))?;
    Ok(if was_packed { Cow::Owned(raw) } else { Cow::Borrowed(bytes) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_gzips() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    }
}
