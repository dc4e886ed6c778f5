//! Grey-level images with their classes.

/// Rows of a digit's image.
pub const ROWS: usize = 28;
/// Columns of a digit's image.
pub const COLUMNS: usize = 28;
/// Pixels of a digit's image.
pub const PIXELS: usize = ROWS * COLUMNS;

/// 28×28 images, 0 (background) to 255 (ink), each with its class, 0 to 9.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Images {
    pixels: Vec<u8>,
    labels: Vec<u8>,
}

impl Images {
    /// Images from their pixels, one after the other, and their classes. Nothing when the counts do not agree or
    /// a class is above 9.
    pub fn new(pixels: Vec<u8>, labels: Vec<u8>) -> Option<Self> {
        (pixels.len() == labels.len() * PIXELS && labels.iter().all(|&label| label < 10))
            .then_some(Self { pixels, labels })
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels of image `i`, row by row, and its class.
    pub fn get(&self, i: usize) -> Option<(&[u8], u8)> {
        let label = *self.labels.get(i)?;
        Some((&self.pixels[i * PIXELS..][..PIXELS], label))
    }

    /// All pixels.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// All classes.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The first `n` images and the rest. `n` beyond the end leaves no rest.
    pub fn split_at(mut self, n: usize) -> (Self, Self) {
        let n = n.min(self.len());
        let rest = Self { pixels: self.pixels.split_off(n * PIXELS), labels: self.labels.split_off(n) };
        (self, rest)
    }
}
