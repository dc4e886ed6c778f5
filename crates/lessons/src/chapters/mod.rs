//! The chapters, in the order of the walk.

pub mod convolution;
pub mod features;
pub mod images;

use crate::Chapter;

/// All chapters, in order.
pub static ALL: &[&Chapter] = &[&images::CHAPTER, &convolution::CHAPTER, &features::CHAPTER];
