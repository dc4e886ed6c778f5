//! The chapters, in the order of the walk.

pub mod convolution;
pub mod counts;
pub mod slips;

use crate::Chapter;

/// All chapters, in order.
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &counts::CHAPTER, &slips::CHAPTER];
