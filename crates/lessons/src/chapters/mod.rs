//! The chapters, in the order of the walk.

pub mod building;
pub mod convolution;

use crate::Chapter;

/// All chapters, in order.
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &building::CHAPTER];
