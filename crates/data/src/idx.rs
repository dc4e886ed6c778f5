//! The IDX format, in which MNIST is distributed: which numbers, the size of each axis, then the numbers.
//!
//! Files may be raw or gzip. They are read piece by piece ([`IdxReader`]), and every claim of a header is checked
//! against the bytes that are there: nothing is allocated for a claim, and a file is never held whole.

mod error;
mod foreign;
mod gunzip;
mod header;
mod reader;

pub use error::{IdxError, Kind};
pub use reader::{IdxFile, IdxReader, Read};

pub(crate) use reader::{Content, FoundImages};

use crate::images::{COLUMNS, Images, ROWS};
use gunzip::{Gunzip, MAGIC, Stop};
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

/// The images of a pair of files in memory, raw or gzip, as they stand.
///
/// # Errors
/// When either is damaged, images are not 28×28, a label is above 9, or the counts differ.
pub fn pair(images: &[u8], labels: &[u8]) -> Result<Images, IdxError> {
    images_of(read(Kind::Images, images)?, read(Kind::Labels, labels)?)
}

/// The images of two files that have been read, as they stand.
///
/// # Errors
/// When they are not images and their labels, or a label is above 9.
pub(crate) fn images_of(images: IdxFile, labels: IdxFile) -> Result<Images, IdxError> {
    let (found, labels) = images_and_labels(images, labels)?;
    if let Some((index, &label)) = labels.iter().enumerate().find(|&(_, &label)| label > 9) {
        return Err(IdxError::Label { index, label: label.into() });
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
        (Content::Images(_), Content::Images(_)) => return Err(IdxError::Twice { things: Kind::Images.things() }),
        (Content::Labels(_), Content::Labels(_)) => return Err(IdxError::Twice { things: Kind::Labels.things() }),
    };
    match (found.pictures.len(), labels.len()) {
        (images, labels) if images != labels => Err(IdxError::Counts { images, labels }),
        _ => Ok((found, labels)),
    }
}

/// A pair of raw IDX files of these images.
pub fn write_pair(images: &Images) -> (Vec<u8>, Vec<u8>) {
    let n = (images.len() as u32).to_be_bytes();
    let header = |magic: u32, sizes: &[[u8; 4]]| [&magic.to_be_bytes()[..], &sizes.concat()].concat();
    let sizes = [n, (ROWS as u32).to_be_bytes(), (COLUMNS as u32).to_be_bytes()];
    ([header(0x0803, &sizes), images.pixels()].concat(), [header(0x0801, &[n]), images.labels().to_vec()].concat())
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
    if !bytes.starts_with(&MAGIC) {
        return Ok(Cow::Borrowed(bytes));
    }
    let (mut gunzip, mut raw) = (Gunzip::new(), Vec::new());
    let damaged = |what| IdxError::Gzip { kind, what };
    let pushed = gunzip.push(bytes, |unpacked| {
        raw.extend_from_slice(unpacked);
        Ok(())
    });
    pushed.map_err(|stop| match stop {
        Stop::Damaged(what) => damaged(what),
        Stop::Refused(error) => error,
    })?;
    gunzip.finish().map_err(damaged)?;
    Ok(Cow::Owned(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_gzips() {
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
    }
}
