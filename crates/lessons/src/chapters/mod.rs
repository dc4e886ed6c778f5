//! The chapters, in the order of the walk.

pub mod activation;
pub mod building;
pub mod convolution;
pub mod counts;
pub mod features;
pub mod flatten;
pub mod images;
pub mod kernel_size;
pub mod padding;
pub mod pooling;
pub mod slips;
pub mod softmax;
pub mod stride;
pub mod volumes;

use crate::Chapter;

/// All chapters, in order.
pub static ALL: &[&Chapter] = &[
    &images::CHAPTER,
    &convolution::CHAPTER,
    &features::CHAPTER,
    &volumes::CHAPTER,
    &kernel_size::CHAPTER,
    &padding::CHAPTER,
    &stride::CHAPTER,
    &activation::CHAPTER,
    &pooling::CHAPTER,
    &flatten::CHAPTER,
    &softmax::CHAPTER,
    &building::CHAPTER,
    &counts::CHAPTER,
    &slips::CHAPTER,
];
