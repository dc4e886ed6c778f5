//! A dataset that arrives in chunks.

use crate::images::{Images, PIXELS};
use thiserror::Error;

/// The number of images of each chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetPlan {
    /// Training chunks, in file order.
    pub training_chunks: Vec<usize>,
    /// Test chunks, in file order.
    pub test_chunks: Vec<usize>,
}

/// A chunk that does not fit the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ChunkError {
    /// There is no such chunk.
    #[error("chunk {chunk} was not announced")]
    Unknown {
        /// Its number.
        chunk: usize,
    },
    /// It has another number of images.
    #[error(
        "chunk {chunk} has {found} images where {expected} were announced; the files beside the page do not belong together"
    )]
    Size {
        /// Its number.
        chunk: usize,
        /// Images announced.
        expected: usize,
        /// Images there.
        found: usize,
    },
}

/// One half of a dataset: images by position, as far as their chunk has arrived.
#[derive(Debug)]
struct Half {
    sizes: Vec<usize>,
    starts: Vec<usize>,
    chunks: Vec<Option<Images>>,
    n: usize,
}

impl Half {
    fn new(sizes: Vec<usize>) -> Self {
        let mut n = 0;
        let starts = sizes
            .iter()
            .map(|size| {
                let start = n;
                n += size;
                start
            })
            .collect();
        Self { chunks: sizes.iter().map(|_| None).collect(), sizes, starts, n }
    }

    fn put(&mut self, chunk: usize, images: Images) -> Result<(), ChunkError> {
        let expected = *self.sizes.get(chunk).ok_or(ChunkError::Unknown { chunk })?;
        if images.len() != expected {
            return Err(ChunkError::Size { chunk, expected, found: images.len() });
        }
        self.chunks[chunk] = Some(images);
        Ok(())
    }

    fn get(&self, i: usize) -> Option<([u8; PIXELS], u8)> {
        let chunk = self.starts.partition_point(|&start| start <= i).checked_sub(1)?;
        self.chunks[chunk].as_ref()?.get(i - self.starts[chunk])
    }

    /// The chunks that are here, one after the other.
    fn arrived(&self) -> Self {
        let chunks: Vec<Images> = self.chunks.iter().flatten().cloned().collect();
        let mut half = Self::new(chunks.iter().map(Images::len).collect());
        half.chunks = chunks.into_iter().map(Some).collect();
        half
    }

    fn n_ready(&self) -> usize {
        self.chunks.iter().flatten().map(Images::len).sum()
    }
}

/// Training and test images by position, as far as they have arrived.
#[derive(Debug)]
pub struct Dataset {
    training: Half,
    test: Half,
}

impl Dataset {
    /// A dataset of which nothing has arrived.
    pub fn new(plan: DatasetPlan) -> Self {
        Self { training: Half::new(plan.training_chunks), test: Half::new(plan.test_chunks) }
    }

    /// A chunk of the training images has arrived.
    ///
    /// # Errors
    /// When it is not the chunk that was announced.
    pub fn put_training(&mut self, chunk: usize, images: Images) -> Result<(), ChunkError> {
        self.training.put(chunk, images)
    }

    /// A chunk of the test images has arrived.
    ///
    /// # Errors
    /// When it is not the chunk that was announced.
    pub fn put_test(&mut self, chunk: usize, images: Images) -> Result<(), ChunkError> {
        self.test.put(chunk, images)
    }

    /// True if there are images to learn from and images for the test.
    pub fn has_both(&self) -> bool {
        self.n_training_ready() > 0 && self.n_test_ready() > 0
    }

    /// The dataset of those chunks alone that have arrived.
    #[must_use]
    pub fn arrived(&self) -> Self {
        Self { training: self.training.arrived(), test: self.test.arrived() }
    }

    /// Sizes of the training chunks.
    pub fn training_chunks(&self) -> &[usize] {
        &self.training.sizes
    }

    /// Sizes of the test chunks.
    pub fn test_chunks(&self) -> &[usize] {
        &self.test.sizes
    }

    /// Training images, arrived or not.
    pub fn n_training(&self) -> usize {
        self.training.n
    }

    /// Training images that have arrived.
    pub fn n_training_ready(&self) -> usize {
        self.training.n_ready()
    }

    /// Test images, arrived or not.
    pub fn n_test(&self) -> usize {
        self.test.n
    }

    /// Test images that have arrived.
    pub fn n_test_ready(&self) -> usize {
        self.test.n_ready()
    }

    /// Pixels and class of a training image, if it has arrived.
    pub fn training_image(&self, i: usize) -> Option<([u8; PIXELS], u8)> {
        self.training.get(i)
    }

    /// Pixels and class of a test image, if it has arrived.
    pub fn test_image(&self, i: usize) -> Option<([u8; PIXELS], u8)> {
        self.test.get(i)
    }
}
