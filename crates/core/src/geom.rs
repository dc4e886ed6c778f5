//! Every size formula, once.
//!
//! A geometry is checked when it is made; an operation that takes one cannot fail.

mod conv;
mod error;
mod pool;

pub use conv::{ConvGeom, ConvParams};
pub use error::{Extent, GeomError};
pub use pool::{PoolGeom, PoolParams};

use core::fmt;
use serde::{Deserialize, Serialize};

/// A batch of feature maps, (n, c, h, w), or a set of kernels, (k, c / groups, r, s).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape4 {
    /// Images in the batch, or kernels.
    pub n: usize,
    /// Channels.
    pub c: usize,
    /// Rows.
    pub h: usize,
    /// Columns.
    pub w: usize,
}

impl Shape4 {
    /// The shape (n, c, h, w).
    pub const fn new(n: usize, c: usize, h: usize, w: usize) -> Self {
        Self { n, c, h, w }
    }

    /// Values in a tensor of this shape.
    pub const fn len(&self) -> usize {
        self.n * self.c * self.h * self.w
    }

    /// True if a tensor of this shape has no values. Sizes may be such that no index could count them.
    pub const fn is_empty(&self) -> bool {
        self.n == 0 || self.c == 0 || self.h == 0 || self.w == 0
    }

    /// Values in one image of the batch.
    pub const fn image_len(&self) -> usize {
        self.c * self.h * self.w
    }

    /// Returns the place [n, c, row, column] of the value at a row-major index.
    pub const fn place(&self, index: usize) -> [usize; 4] {
        let plane = self.h * self.w;
        [index / (self.c * plane), index / plane % self.c, index / self.w % self.h, index % self.w]
    }

    /// Returns the row-major index of the value at (n, c, row, column).
    pub const fn index(&self, n: usize, c: usize, row: usize, column: usize) -> usize {
        ((n * self.c + c) * self.h + row) * self.w + column
    }
}

impl fmt::Display for Shape4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}×{}×{}", self.n, self.c, self.h, self.w)
    }
}

/// One axis of a sliding window.
#[derive(Clone, Copy)]
struct Axis {
    input: usize,
    window: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
}

impl Axis {
    /// Cells from the first to the last that the window reads: `dilation · (window − 1) + 1`.
    const fn extent(&self) -> Option<usize> {
        match (self.window - 1).checked_mul(self.dilation) {
            Some(reach) => reach.checked_add(1),
            None => None,
        }
    }

    /// Positions of the window: `⌊(input + 2·padding − extent) / stride⌋ + 1`
    /// (Dumoulin & Visin 2016, relationship 6; dilated, relationship 14), or nothing when it does not fit.
    fn positions(&self) -> Option<usize> {
        let padded = self.input.checked_add(self.padding.checked_mul(2)?)?;
        Some(padded.checked_sub(self.extent()?)? / self.stride + 1)
    }

    /// The smallest padding with which the window fits.
    const fn padding_needed(&self) -> usize {
        match self.extent() {
            Some(extent) => extent.saturating_sub(self.input).div_ceil(2),
            None => usize::MAX,
        }
    }
}

fn positions_2d(rows: Axis, columns: Axis) -> Result<(usize, usize), GeomError> {
    match (rows.positions(), columns.positions()) {
        (Some(p), Some(q)) => Ok((p, q)),
        _ => Err(GeomError::KernelLargerThanInput {
            kernel: [rows.window, columns.window],
            input: [rows.input, columns.input],
            padding: [rows.padding, columns.padding],
            padding_needed: rows.padding_needed().max(columns.padding_needed()),
        }),
    }
}

fn at_least_one(values: &[(usize, Extent)]) -> Result<(), GeomError> {
    match values.iter().find(|(value, _)| *value == 0) {
        Some(&(_, what)) => Err(GeomError::Empty { what }),
        None => Ok(()),
    }
}

/// Refuses shapes whose values a 32-bit index, which the GPU and wasm use, could not name.
fn indexable(shape: Shape4) -> Result<Shape4, GeomError> {
    [shape.n, shape.c, shape.h, shape.w]
        .iter()
        .try_fold(1usize, |product, &axis| product.checked_mul(axis))
        .filter(|&len| len <= u32::MAX as usize / 4)
        .map(|_| shape)
        .ok_or(GeomError::TooLarge)
}
