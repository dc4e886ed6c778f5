//! What a teacher would edit: worked examples, kernels, words. And the traces that views draw.
//!
//! A trace is everything that a view needs to show one moment of a lesson: grids, the cell in focus,
//! the terms behind it, their sum, the caption. A guide asks the learner to look, notices when they
//! have, and says what there was to see. All numbers come from `receptive_core`.

pub mod conv2d;
pub mod guide;
pub mod kernels;
mod number;
pub mod text;

pub use number::{cell_numbers, factor, number};
