//! The chapters, in the order of the walk.

pub mod convolution;
pub mod flatten;

use crate::Chapter;

/// All chapters, in order.
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &flatten::CHAPTER];
