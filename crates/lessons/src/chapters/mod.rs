//! The chapters, in the order of the walk.

pub mod activation;
pub mod building;
pub mod convolution;
pub mod counts;
pub mod flatten;
pub mod images;
pub mod padding;
pub mod volumes;

use crate::Chapter;

/// All chapters, in order.
pub static ALL: &[&Chapter] = &[
    &images::CHAPTER,
    &convolution::CHAPTER,
    &volumes::CHAPTER,
    &padding::CHAPTER,
    &activation::CHAPTER,
    &flatten::CHAPTER,
    &counts::CHAPTER,
    &building::CHAPTER,
];
