//! CIFAR-10's binary batches: records of 3073 bytes, a label from 0 to 9 and a colour image, 32×32, first all of its
//! red, then its green, then its blue.
//!
//! A batch may be raw or gzip. It is read piece by piece ([`CifarReader`]) and never held whole. The format has no
//! header: what is certain of it are its length and its labels, and other files that pass for a batch are recognised.

use crate::foreign::{self, Advice, ENOUGH, Format};
use crate::gunzip::{Damage, Stop, Unpacker};
use crate::idx::{Header, Kind, MOST_BYTES, MOST_IMAGES, MOST_KEPT};
use crate::images::Pictures;
use crate::schema::{ImageShape, Schema};
use serde::{Deserialize, Serialize};

/// The shape of every image.
pub const SHAPE: ImageShape = ImageShape { c: 3, h: 32, w: 32 };
/// The classes, in the order of their labels.
const CLASSES: [&str; 10] = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
/// Bytes of a record.
pub const RECORD: usize = 1 + SHAPE.c * SHAPE.h * SHAPE.w;
/// Bytes of a record of CIFAR-100, which has two labels.
pub const RECORD_100: u64 = RECORD as u64 + 1;

/// The schema of CIFAR-10.
pub fn schema() -> Schema {
    Schema { shape: SHAPE, classes: CLASSES.map(String::from).to_vec() }
}

/// True if a file of this name is a batch of CIFAR-10, as far as names go.
pub fn is_batch_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.trim_end_matches(".gz").ends_with(".bin") || name.contains("_batch")
}

/// The error of a batch, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CifarError {
    /// A file without a byte.
    NoBytes,
    /// A file larger than any that is taken.
    TooLarge {
        /// Its bytes.
        size: u64,
    },
    /// A file that does not end with a record.
    Length {
        /// Bytes there; when packed, as far as they are unpacked.
        found: u64,
        /// Whole records among them.
        n_records: u64,
        /// Bytes after the last whole record.
        n_more: u64,
    },
    /// A file of CIFAR-100.
    Cifar100 {
        /// Bytes there.
        found: u64,
        /// Its records.
        n_records: u64,
    },
    /// A record that begins with no label.
    Label {
        /// The position of the record, counted from 0.
        index: usize,
        /// Its first byte.
        label: u8,
    },
    /// A file of another format.
    Foreign {
        /// The format that was recognised.
        what: Format,
        /// The remedy.
        advice: Advice,
    },
    /// An IDX file.
    Idx,
    /// Packed, and damaged.
    Gzip {
        /// The damage.
        what: Damage,
    },
    /// More records than are taken.
    TooMany,
    /// Images that take too much room.
    TooMuch,
    /// No file at all.
    None,
    /// One batch twice.
    Twice {
        /// The name of one file.
        first: String,
        /// The name of the other.
        second: String,
    },
}

receptive_core::error_code!(CifarError);

/// A batch that has been read and checked.
#[derive(Debug)]
pub struct CifarBatch {
    /// Checksum of its bytes, unpacked: the CRC-32 that gzip uses.
    pub(crate) checksum: u32,
    pub(crate) pictures: Pictures,
    pub(crate) labels: Vec<u8>,
}

/// A reader of one batch, to be given all of its bytes in order.
pub struct CifarReader {
    size: u64,
    unpacker: Unpacker,
    body: Body,
}

/// The parser of the unpacked bytes.
struct Body {
    checksum: crc32fast::Hasher,
    n_bytes: u64,
    /// True once the beginning was looked at.
    is_begun: bool,
    /// What the file is if it is IDX: the bytes that its header promises.
    idx_bytes: Option<u64>,
    /// The beginning of a record that is not complete yet.
    kept: Vec<u8>,
    pictures: Pictures,
    labels: Vec<u8>,
}

impl CifarReader {
    /// A reader of a file of this size in bytes.
    ///
    /// # Errors
    /// When a file of this size cannot be taken.
    pub fn new(size: u64) -> Result<Self, CifarError> {
        match size {
            0 => Err(CifarError::NoBytes),
            size if size > MOST_BYTES => Err(CifarError::TooLarge { size }),
            size => Ok(Self { size, unpacker: Unpacker::new(), body: Body::new() }),
        }
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// As soon as it is known that the file cannot be read. The rest of it need not be looked at.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), CifarError> {
        let Self { size, unpacker, body } = self;
        unpacker.push(bytes, |bytes, is_packed| body.take(bytes, (!is_packed).then_some(*size))).map_err(stopped)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it should not end here, or is no batch.
    pub fn finish(mut self) -> Result<CifarBatch, CifarError> {
        let Self { size, unpacker, body } = &mut self;
        unpacker.finish(|bytes, is_packed| body.take(bytes, (!is_packed).then_some(*size))).map_err(stopped)?;
        self.body.finish()
    }
}

fn stopped(stop: Stop<CifarError>) -> CifarError {
    match stop {
        Stop::Damaged(what) => CifarError::Gzip { what },
        Stop::Refused(error) => error,
    }
}

impl Body {
    fn new() -> Self {
        Self {
            checksum: crc32fast::Hasher::new(),
            n_bytes: 0,
            is_begun: false,
            idx_bytes: None,
            kept: Vec::new(),
            pictures: Pictures::new(SHAPE),
            labels: Vec::new(),
        }
    }

    /// Takes the next unpacked bytes of a file that has this size, if it is not packed.
    fn take(&mut self, mut bytes: &[u8], size: Option<u64>) -> Result<(), CifarError> {
        self.n_bytes += bytes.len() as u64;
        self.checksum.update(bytes);
        if !self.is_begun {
            let n_more = ENOUGH.saturating_sub(self.kept.len()).min(bytes.len());
            self.kept.extend_from_slice(&bytes[..n_more]);
            bytes = &bytes[n_more..];
            if self.kept.len() < ENOUGH {
                return Ok(());
            }
            self.begin(size)?;
        }
        if !self.kept.is_empty() {
            let (first, rest) = bytes.split_at((RECORD - self.kept.len()).min(bytes.len()));
            self.kept.extend_from_slice(first);
            bytes = rest;
            if self.kept.len() < RECORD {
                return Ok(());
            }
            let record = std::mem::take(&mut self.kept);
            self.record(&record)?;
        }
        let records = bytes.chunks_exact(RECORD);
        self.kept.extend_from_slice(records.remainder());
        records.into_iter().try_for_each(|record| self.record(record))
    }

    /// Looks at the beginning, and at the length if that is known.
    fn begin(&mut self, size: Option<u64>) -> Result<(), CifarError> {
        self.is_begun = true;
        // No format that is known by its beginning looks like a label with dark red pixels, except IDX.
        if self.kept.first().is_some_and(|&first| first > 9)
            && let Some((what, advice)) = foreign::recognise(&self.kept)
        {
            return Err(CifarError::Foreign { what, advice });
        }
        let header = Header::read(Kind::Images, &self.kept, true).ok().flatten();
        self.idx_bytes = header.map(Header::file_bytes);
        size.map_or(Ok(()), |size| self.check_length(size))
    }

    fn check_length(&self, found: u64) -> Result<(), CifarError> {
        let (n_records, n_more) = (found / RECORD as u64, found % RECORD as u64);
        if self.idx_bytes == Some(found) {
            Err(CifarError::Idx)
        } else if n_more == 0 {
            Ok(())
        } else if found.is_multiple_of(RECORD_100) {
            Err(CifarError::Cifar100 { found, n_records: found / RECORD_100 })
        } else {
            Err(CifarError::Length { found, n_records, n_more })
        }
    }

    fn record(&mut self, record: &[u8]) -> Result<(), CifarError> {
        let (label, index) = (record[0], self.labels.len());
        if usize::from(label) >= CLASSES.len() {
            // What begins as an IDX file does, and holds no labels, is one.
            return Err(if self.idx_bytes.is_some() { CifarError::Idx } else { CifarError::Label { index, label } });
        }
        if index >= MOST_IMAGES as usize {
            return Err(CifarError::TooMany);
        }
        self.labels.push(label);
        self.pictures.push(&record[1..]);
        if self.pictures.n_bytes() > MOST_KEPT { Err(CifarError::TooMuch) } else { Ok(()) }
    }

    fn finish(mut self) -> Result<CifarBatch, CifarError> {
        if self.n_bytes == 0 {
            return Err(CifarError::NoBytes);
        }
        if !self.is_begun {
            self.begin(None)?;
        }
        self.check_length(self.n_bytes)?;
        let Self { checksum, pictures, labels, .. } = self;
        Ok(CifarBatch { checksum: checksum.finalize(), pictures, labels })
    }
}
