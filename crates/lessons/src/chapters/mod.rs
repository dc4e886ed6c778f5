//! The chapters, in the order of the walk.

pub mod activation;
pub mod convolution;
pub mod images;
pub mod padding;
pub mod flatten;
pub mod counts;

use crate::Chapter;

/// All chapters, in order.
pub static ALL: &[&Chapter] = &[&images::CHAPTER, &convolution::CHAPTER];
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &padding::CHAPTER];
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &activation::CHAPTER];
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &flatten::CHAPTER];
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &counts::CHAPTER];
