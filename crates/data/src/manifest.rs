//! The list of MNIST's chunks that lies beside the page, as a few lines of text.
//!
//! ```text
//! receptive mnist 1
//! training 6000 train-00
//! test 5000 test-00
//! ```
//!
//! Each chunk is two gzip IDX files, `train-00-images.gz` and `train-00-labels.gz`.
//! A manifest without chunks says that the page was built where MNIST could not be found.

use crate::dataset::DatasetPlan;
use thiserror::Error;

/// Name of the manifest in the folder of the chunks.
pub const FILE_NAME: &str = "manifest.txt";
const FIRST_LINE: &str = "receptive mnist 1";
/// The most images that one chunk may announce.
const MAX_CHUNK: usize = 100_000;

/// One chunk: how many images, and the stem of its two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Images in it.
    pub n_images: usize,
    /// What its files' names start with.
    pub stem: String,
}

impl Chunk {
    /// Name of the image file.
    pub fn images_file(&self) -> String {
        format!("{}-images.gz", self.stem)
    }

    /// Name of the label file.
    pub fn labels_file(&self) -> String {
        format!("{}-labels.gz", self.stem)
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
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line} of the list of MNIST's chunks is not understood; build the page again")]
pub struct ManifestError {
    /// Its number, counted from 1.
    pub line: usize,
}

impl Manifest {
    /// Whether the page was built without MNIST.
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
            let chunk = |n_images: &str, stem: &str| {
                let n_images = n_images.parse().ok().filter(|n| (1..=MAX_CHUNK).contains(n))?;
                let is_plain = stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
                is_plain.then(|| Chunk { n_images, stem: stem.to_string() })
            };
            let words: Vec<_> = line.split_whitespace().collect();
            let (split, chunk) = match words.as_slice() {
                ["training", n_images, stem] => (&mut manifest.training, chunk(n_images, stem)),
                ["test", n_images, stem] => (&mut manifest.test, chunk(n_images, stem)),
                _ => return Err(ManifestError { line: i + 1 }),
            };
            split.push(chunk.ok_or(ManifestError { line: i + 1 })?);
        }
        Ok(manifest)
    }
}

impl std::fmt::Display for Manifest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{FIRST_LINE}")?;
        for (split, chunks) in [("training", &self.training), ("test", &self.test)] {
            for Chunk { n_images, stem } in chunks {
                writeln!(f, "{split} {n_images} {stem}")?;
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
        let chunk = |n_images, stem: &str| Chunk { n_images, stem: stem.into() };
        let manifest = Manifest { training: vec![chunk(6000, "train-00")], test: vec![chunk(5000, "test-00")] };
        assert_eq!(Manifest::parse(&manifest.to_string()), Ok(manifest));
        assert!(Manifest::parse(&Manifest::default().to_string()).unwrap().is_empty());
    }

    #[test]
    fn lines_that_are_not_understood_are_named() {
        for (text, line) in [
            ("", 1),
            ("<!doctype html>", 1),
            ("receptive mnist 1\ntraining many train-00", 2),
            ("receptive mnist 1\ntraining 6000 ../../etc", 2),
            ("receptive mnist 1\n\ntest 0 test-00", 3),
            ("receptive mnist 1\ntest 99999999999999999999999 test-00", 2),
        ] {
            assert_eq!(Manifest::parse(text), Err(ManifestError { line }), "{text:?}");
        }
    }
}
