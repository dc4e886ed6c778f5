//! The chapters, in the order of the walk.

pub mod activation;
pub mod convolution;
pub mod pooling;

use crate::Chapter;

/// All chapters, in order.
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &activation::CHAPTER, &pooling::CHAPTER];
