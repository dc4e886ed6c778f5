//! The chapters, in the order of the walk.

pub mod activation;
pub mod building;
pub mod convolution;
pub mod counts;
pub mod flatten;
pub mod features;
pub mod images;
pub mod padding;
pub mod volumes;
pub mod stride;
pub mod pooling;
pub mod softmax;

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
pub static ALL: &[&Chapter] = &[&images::CHAPTER, &convolution::CHAPTER, &features::CHAPTER];
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &padding::CHAPTER, &stride::CHAPTER];
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &activation::CHAPTER, &pooling::CHAPTER];
pub static ALL: &[&Chapter] = &[&convolution::CHAPTER, &flatten::CHAPTER, &softmax::CHAPTER];
