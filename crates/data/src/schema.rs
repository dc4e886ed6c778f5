//! The schema of a dataset: the shape of its images and the names of its classes.

use serde::{Deserialize, Serialize};

/// The most rows, and the most columns, of an image.
pub const MOST_SIDE: usize = 256;

/// The shape of an image: channels, rows, columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageShape {
    /// Channels: 1 of grey images; 3 of colour images: red, green, blue.
    pub c: usize,
    /// Rows.
    pub h: usize,
    /// Columns.
    pub w: usize,
}

impl ImageShape {
    /// Numbers of an image.
    pub fn len(self) -> usize {
        self.c * self.h * self.w
    }

    /// True if an image has no pixel.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Channels, rows, columns, as a network's input states them.
    pub fn chw(self) -> [usize; 3] {
        [self.c, self.h, self.w]
    }
}

/// The schema of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// The shape of every image.
    pub shape: ImageShape,
    /// The name of each class, class 0 first.
    pub classes: Vec<String>,
}

impl Schema {
    /// The number of classes.
    pub fn n_classes(&self) -> usize {
        self.classes.len()
    }
}
