//! A dataset that arrives in chunks.

use crate::images::Images;
use crate::schema::{ImageShape, Schema};
use serde::{Deserialize, Serialize};

/// The number of images of each chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetPlan {
    /// Training chunks, in file order.
    pub training_chunks: Vec<usize>,
    /// Test chunks, in file order.
    pub test_chunks: Vec<usize>,
}

/// A chunk that does not fit the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChunkError {
    /// There is no such chunk.
    Unknown {
        /// Its number.
        chunk: usize,
    },
    /// It has another number of images.
    Size {
        /// Its number.
        chunk: usize,
        /// Images announced.
        expected: usize,
        /// Images there.
        found: usize,
    },
    /// Its images have another shape, (c, h, w).
    Shape {
        /// Its number.
        chunk: usize,
        /// The shape of the dataset's images.
        expected: [usize; 3],
        /// The shape of those there.
        found: [usize; 3],
    },
    /// An image of a class that the dataset does not have.
    Class {
        /// Its number.
        chunk: usize,
        /// The class.
        class: u8,
        /// Classes of the dataset.
        n_classes: usize,
    },
}

receptive_core::error_code!(ChunkError);

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

    fn put(&mut self, schema: &Schema, chunk: usize, images: Images) -> Result<(), ChunkError> {
        let expected = *self.sizes.get(chunk).ok_or(ChunkError::Unknown { chunk })?;
        if images.len() != expected {
            return Err(ChunkError::Size { chunk, expected, found: images.len() });
        }
        let (shape, n_classes) = (schema.shape, schema.n_classes());
        if images.shape() != shape {
            return Err(ChunkError::Shape { chunk, expected: shape.chw(), found: images.shape().chw() });
        }
        if let Some(&class) = images.labels().iter().find(|&&class| usize::from(class) >= n_classes) {
            return Err(ChunkError::Class { chunk, class, n_classes });
        }
        self.chunks[chunk] = Some(images);
        Ok(())
    }

    /// The images among which image `i` is, and its position there, if it has arrived.
    fn find(&self, i: usize) -> Option<(&Images, usize)> {
        let chunk = self.starts.partition_point(|&start| start <= i).checked_sub(1)?;
        let images = self.chunks[chunk].as_ref()?;
        (i < self.n).then(|| (images, i - self.starts[chunk]))
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
    schema: Schema,
    training: Half,
    test: Half,
}

impl Dataset {
    /// A dataset of which nothing has arrived.
    pub fn new(schema: Schema, plan: DatasetPlan) -> Self {
        Self { schema, training: Half::new(plan.training_chunks), test: Half::new(plan.test_chunks) }
    }

    /// The shape of its images and the names of its classes.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The shape of its images.
    pub fn shape(&self) -> ImageShape {
        self.schema.shape
    }

    /// A chunk of the training images has arrived.
    ///
    /// # Errors
    /// When it is not the chunk that was announced.
    pub fn put_training(&mut self, chunk: usize, images: Images) -> Result<(), ChunkError> {
        self.training.put(&self.schema, chunk, images)
    }

    /// A chunk of the test images has arrived.
    ///
    /// # Errors
    /// When it is not the chunk that was announced.
    pub fn put_test(&mut self, chunk: usize, images: Images) -> Result<(), ChunkError> {
        self.test.put(&self.schema, chunk, images)
    }

    /// True if there are images to learn from and images for the test.
    pub fn has_both(&self) -> bool {
        self.n_training_ready() > 0 && self.n_test_ready() > 0
    }

    /// The dataset of those chunks alone that have arrived.
    #[must_use]
    pub fn arrived(&self) -> Self {
        Self { schema: self.schema.clone(), training: self.training.arrived(), test: self.test.arrived() }
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

    /// Pixels, (c, h, w), and class of a training image, if it has arrived.
    pub fn training_image(&self, i: usize) -> Option<(Vec<u8>, u8)> {
        let (images, i) = self.training.find(i)?;
        images.get(i)
    }

    /// Pixels, (c, h, w), and class of a test image, if it has arrived.
    pub fn test_image(&self, i: usize) -> Option<(Vec<u8>, u8)> {
        let (images, i) = self.test.find(i)?;
        images.get(i)
    }

    /// Writes an image of the test split, or of the training split, (c, h, w), `number` of each level, and returns its
    /// class, if it has arrived.
    pub fn read<T: Copy>(&self, test: bool, i: usize, to: &mut [T], number: impl Fn(u8) -> T) -> Option<u8> {
        let (images, i) = if test { self.test.find(i)? } else { self.training.find(i)? };
        images.read(i, to, number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_of_another_shape_size_or_class_is_refused() {
        let shape = ImageShape { c: 3, h: 2, w: 4 };
        let schema = Schema { shape, classes: ["a", "b"].map(String::from).to_vec() };
        let mut dataset = Dataset::new(schema, DatasetPlan { training_chunks: vec![2], test_chunks: vec![1] });
        let images = |shape: ImageShape, classes: &[u8]| {
            Images::new(shape, &vec![1; shape.len() * classes.len()], classes.to_vec()).unwrap()
        };
        let turned = ImageShape { c: 3, h: 4, w: 2 };
        for (chunk, images, error) in [
            (1, images(shape, &[0, 1]), ChunkError::Unknown { chunk: 1 }),
            (0, images(shape, &[0]), ChunkError::Size { chunk: 0, expected: 2, found: 1 }),
            (0, images(turned, &[0, 1]), ChunkError::Shape { chunk: 0, expected: [3, 2, 4], found: [3, 4, 2] }),
            (0, images(shape, &[0, 2]), ChunkError::Class { chunk: 0, class: 2, n_classes: 2 }),
        ] {
            assert_eq!(dataset.put_training(chunk, images), Err(error));
        }
        assert_eq!(dataset.n_training_ready(), 0, "nothing of them is kept");
        assert_eq!(dataset.put_training(0, images(shape, &[0, 1])), Ok(()));
        assert_eq!(dataset.training_image(1), Some((vec![1; 24], 1)));
        assert_eq!((dataset.training_image(2), dataset.test_image(0)), (None, None));
    }
}
