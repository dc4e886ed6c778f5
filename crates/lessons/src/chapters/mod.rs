//! The chapters, in the order of the walk.

pub mod convolution;
pub mod flatten;
pub mod softmax;

use crate::Chapter;

/// All chapters, in order.
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &flatten::CHAPTER, &softmax::CHAPTER];
