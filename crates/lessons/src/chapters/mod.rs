//! The chapters, in the order of the walk.

pub mod convolution;
pub mod padding;
pub mod stride;

use crate::Chapter;

/// All chapters, in order.
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &padding::CHAPTER, &stride::CHAPTER];
