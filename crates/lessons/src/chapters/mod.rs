//! The chapters, in the order of the walk.

pub mod convolution;
pub mod kernel_size;
pub mod volumes;

use crate::Chapter;

/// All chapters, in order.
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &volumes::CHAPTER, &kernel_size::CHAPTER];
