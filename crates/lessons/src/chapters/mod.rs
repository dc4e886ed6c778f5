//! The chapters, in the order of the walk.

pub mod activation;
pub mod backprop;
pub mod backprop_cnn;
pub mod building;
pub mod convolution;
pub mod counts;
pub mod descent;
pub mod features;
pub mod flatten;
pub mod images;
pub mod kernel_size;
pub mod loss;
pub mod one_step;
pub mod optimisers;
pub mod padding;
pub mod pooling;
pub mod schedules;
pub mod slips;
pub mod softmax;
pub mod stride;
pub mod training;
pub mod volumes;

use crate::{Chapter, Outline};

/// All chapters, in order.
pub static ALL: &[&Chapter; N] = &[
    &images::CHAPTER,
    &convolution::CHAPTER,
    &features::CHAPTER,
    &padding::CHAPTER,
    &stride::CHAPTER,
    &volumes::CHAPTER,
    &activation::CHAPTER,
    &pooling::CHAPTER,
    &kernel_size::CHAPTER,
    &flatten::CHAPTER,
    &softmax::CHAPTER,
    &building::CHAPTER,
    &counts::CHAPTER,
    &slips::CHAPTER,
    &training::CHAPTER,
    &loss::CHAPTER,
    &backprop::CHAPTER,
    &backprop_cnn::CHAPTER,
    &descent::CHAPTER,
    &optimisers::CHAPTER,
    &schedules::CHAPTER,
    &one_step::CHAPTER,
];

/// The number of chapters.
pub const N: usize = 22;

/// Their outlines, in the same order. A page that knows only these does not carry the chapters.
pub static OUTLINES: &[&Outline; N] = &[
    &images::OUTLINE,
    &convolution::OUTLINE,
    &features::OUTLINE,
    &padding::OUTLINE,
    &stride::OUTLINE,
    &volumes::OUTLINE,
    &activation::OUTLINE,
    &pooling::OUTLINE,
    &kernel_size::OUTLINE,
    &flatten::OUTLINE,
    &softmax::OUTLINE,
    &building::OUTLINE,
    &counts::OUTLINE,
    &slips::OUTLINE,
    &training::OUTLINE,
    &loss::OUTLINE,
    &backprop::OUTLINE,
    &backprop_cnn::OUTLINE,
    &descent::OUTLINE,
    &optimisers::OUTLINE,
    &schedules::OUTLINE,
    &one_step::OUTLINE,
];
