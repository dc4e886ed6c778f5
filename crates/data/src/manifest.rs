//! The list of MNIST's chunks that lies beside the page, as a few lines of text.
//!
//! ```text
//! receptive mnist 2
//! training 6000 train-00 7f0c2b41 09e3d5aa
//! test 5000 test-00 1d26c8f3 b4a7706e
//! ```
//!
//! Each chunk is two gzip IDX files, `train-00-images.gz` and `train-00-labels.gz`. The numbers at the end are the
//! checksums of what each unpacks to.
//! A manifest without chunks says that the page was built where MNIST could not be found.

use crate::dataset::DatasetPlan;
use crate::idx::{self, IdxError, Kind};
use crate::images::Images;
use serde::{Deserialize, Serialize};

/// Name of the manifest in the folder of the chunks.
pub const FILE_NAME: &str = "manifest.txt";
const FIRST_LINE: &str = "receptive mnist 2";
/// The most images that one chunk may announce.
const MAX_CHUNK: usize = 100_000;

/// One chunk: how many images, and the stem of its two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Images in it.
    pub n_images: usize,
    /// The beginning of its files' names.
    pub stem: String,
    /// Checksum of the image file, unpacked.
    pub images_checksum: u32,
    /// Checksum of the label file, unpacked.
    pub labels_checksum: u32,
}

/// A chunk whose files are not what the list says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ChunkFault {
    /// A file cannot be read.
    Idx {
        /// Its name.
        file: String,
        /// The error.
        error: IdxError,
    },
    /// A file is another one than was listed.
    OtherFile {
        /// Its name.
        file: String,
        /// The checksum of what is there.
        found: u32,
        /// The checksum in the list.
        listed: u32,
    },
}

impl Chunk {
    fn parse(words: &[&str]) -> Option<Self> {
        let &[n_images, stem, images, labels] = words else { return None };
        let n_images = n_images.parse().ok().filter(|n| (1..=MAX_CHUNK).contains(n))?;
        let is_plain = stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let checksum = |word| u32::from_str_radix(word, 16).ok();
        let (images_checksum, labels_checksum) = (checksum(images)?, checksum(labels)?);
        is_plain.then(|| Self { n_images, stem: stem.to_string(), images_checksum, labels_checksum })
    }

    /// Name of the image file.
    pub fn images_file(&self) -> String {
        format!("{}-images.gz", self.stem)
    }

    /// Name of the label file.
    pub fn labels_file(&self) -> String {
        format!("{}-labels.gz", self.stem)
    }

    /// The images of the chunk's two files, once it is certain that they are those that were listed.
    ///
    /// # Errors
    /// When they are not.
    pub fn open(&self, images: &[u8], labels: &[u8]) -> Result<Images, ChunkFault> {
        let read = |kind, bytes, file: String, listed| match idx::read(kind, bytes) {
            Err(error) => Err(ChunkFault::Idx { file, error }),
            Ok(read) if read.checksum != listed => Err(ChunkFault::OtherFile { file, found: read.checksum, listed }),
            Ok(read) => Ok(read),
        };
        let images = read(Kind::Images, images, self.images_file(), self.images_checksum)?;
        let labels = read(Kind::Labels, labels, self.labels_file(), self.labels_checksum)?;
        idx::images_of(images, labels).map_err(|error| ChunkFault::Idx { file: self.labels_file(), error })
    }
}

/// All chunks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Training chunks, in order.
    pub training: Vec<Chunk>,
    /// Test chunks, in order.
    pub test: Vec<Chunk>,
}

/// A manifest that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestError {
    /// Its number, counted from 1.
    pub line: usize,
}

receptive_core::error_code!(ChunkFault, ManifestError);

impl Manifest {
    /// True if the page was built without MNIST.
    pub fn is_empty(&self) -> bool {
        self.training.is_empty() || self.test.is_empty()
    }

    /// The sizes alone.
    pub fn plan(&self) -> DatasetPlan {
        let sizes = |chunks: &[Chunk]| chunks.iter().map(|chunk| chunk.n_images).collect();
        DatasetPlan { training_chunks: sizes(&self.training), test_chunks: sizes(&self.test) }
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// When a line is not of the form above.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let mut lines = text.lines().enumerate();
        if lines.next().is_none_or(|(_, line)| line.trim() != FIRST_LINE) {
            return Err(ManifestError { line: 1 });
        }
        let mut manifest = Self::default();
        for (i, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let words: Vec<_> = line.split_whitespace().collect();
            let (split, chunk) = match words.as_slice() {
                ["training", chunk @ ..] => (&mut manifest.training, chunk),
                ["test", chunk @ ..] => (&mut manifest.test, chunk),
                _ => return Err(ManifestError { line: i + 1 }),
            };
            let chunk = Chunk::parse(chunk);
            split.push(chunk.ok_or(ManifestError { line: i + 1 })?);
        }
        Ok(manifest)
    }
}

impl std::fmt::Display for Manifest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        for (split, chunks) in [("training", &self.training), ("test", &self.test)] {
            for Chunk { n_images, stem, images_checksum, labels_checksum } in chunks {
                writeln!(f, "{split} {n_images} {stem} {images_checksum:08x} {labels_checksum:08x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let (images_checksum, labels_checksum) = (0x1234, u32::MAX);
        let chunk = |n_images, stem: &str| Chunk { n_images, stem: stem.into(), images_checksum, labels_checksum };
        let manifest = Manifest { training: vec![chunk(6000, "train-00")], test: vec![chunk(5000, "test-00")] };
        assert_eq!(Manifest::parse(&manifest.to_string()), Ok(manifest));
        assert!(Manifest::parse(&Manifest::default().to_string()).unwrap().is_empty());
    }

    #[test]
    fn a_chunk_opens_with_the_files_that_were_listed_and_with_no_others() {
        let chunk = |stem: &str, seed| {
            let (images, labels) = idx::write_pair(&crate::digits::generate(seed, 0, 12));
            let (images_checksum, labels_checksum) = (idx::checksum(&images), idx::checksum(&labels));
            (Chunk { n_images: 12, stem: stem.into(), images_checksum, labels_checksum }, images, labels)
        };
        let (one, images, labels) = chunk("train-00", 1);
        let (_, other_images, other_labels) = chunk("train-01", 2);
        assert_eq!(one.open(&images, &labels), Ok(crate::digits::generate(1, 0, 12)));
        let other = |images, labels| match one.open(images, labels) {
            Err(ChunkFault::OtherFile { file, found, listed }) if found != listed => file,
            opened => panic!("{opened:?}"),
        };
        assert_eq!(other(&images, &other_labels), "train-00-labels.gz");
        assert_eq!(other(&other_images, &labels), "train-00-images.gz");
        assert_eq!(other(&labels, &images), "train-00-images.gz");
        for broken in [&images[..500], b"<!doctype html><title>404</title>"] {
            let opened = one.open(broken, &labels);
            let (file, error) = ("train-00-images.gz".to_string(), idx::read(Kind::Images, broken).unwrap_err());
            assert_eq!(opened, Err(ChunkFault::Idx { file, error }));
        }
    }

    #[test]
    fn lines_that_are_not_understood_are_named() {
        for (text, line) in [
            ("", 1),
            ("<!doctype html>", 1),
            ("receptive mnist 1\ntraining 6000 train-00", 1),
            ("receptive mnist 2\ntraining many train-00 0 0", 2),
            ("receptive mnist 2\ntraining 6000 ../../etc 0 0", 2),
            ("receptive mnist 2\ntraining 6000 train-00", 2),
            ("receptive mnist 2\ntraining 6000 train-00 123456789 0", 2),
            ("receptive mnist 2\n\ntest 0 test-00 0 0", 3),
            ("receptive mnist 2\ntest 99999999999999999999999 test-00 0 0", 2),
        ] {
            assert_eq!(Manifest::parse(text), Err(ManifestError { line }), "{text:?}");
        }
    }
}
