//! Values with a shape.

use crate::geom::Shape4;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

/// Values in (n, c, h, w) order, row-major.
///
/// ```
/// use receptive_core::{Shape4, Tensor};
///
/// let tensor = Tensor::new(Shape4::new(1, 2, 1, 2), vec![1.0, 2.0, 3.0, 4.0])?;
/// assert_eq!(tensor.plane(0, 1), [3.0, 4.0]);
/// let error = Tensor::new(tensor.shape(), vec![0.0; 3]).unwrap_err();
/// assert_eq!(error.n_values, 3);
/// # Ok::<(), receptive_core::LengthError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Shape4,
    data: Vec<f32>,
}

/// The number of values is not what the shape says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LengthError {
    /// The shape asked for.
    pub shape: Shape4,
    /// The number of values given.
    pub n_values: usize,
}

impl fmt::Display for LengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a tensor of shape {} has {} values, not {}", self.shape, self.shape.len(), self.n_values)
    }
}

impl core::error::Error for LengthError {}

impl Tensor {
    /// The values `data` in this shape.
    ///
    /// # Errors
    /// When there are more or fewer values than the shape holds.
    pub fn new(shape: Shape4, data: Vec<f32>) -> Result<Self, LengthError> {
        if data.len() == shape.len() {
            Ok(Self { shape, data })
        } else {
            Err(LengthError { shape, n_values: data.len() })
        }
    }

    /// Zeros in this shape.
    pub fn zeros(shape: Shape4) -> Self {
        Self { shape, data: vec![0.0; shape.len()] }
    }

    /// The shape.
    pub fn shape(&self) -> Shape4 {
        self.shape
    }

    /// All values, row-major.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// All values, to be changed.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The h·w values of one channel of one image.
    pub fn plane(&self, n: usize, c: usize) -> &[f32] {
        &self.data[self.shape.index(n, c, 0, 0)..][..self.shape.h * self.shape.w]
    }
}
