//! The views. A view formats and draws; it computes nothing about networks.

pub(crate) mod chapter;
pub(crate) mod contents;
pub(crate) mod draw;
pub(crate) mod lab;

mod asking;
mod chart;
mod digit;
mod grid;
mod pixels;
mod probabilities;
mod transport;
mod weights;

use receptive_lessons::words::sentence;
