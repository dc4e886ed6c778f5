//! The network at work: the whole of it, a layer, a cell; its values, the gradients with respect to them, or what the last
//! step added to its weights. Whatever is pointed at lights up what it reads and what reads it.
//!
//! The first page shows [`Whole`], the Lab [`NetworkView`]; what only that needs is in no module of the first page.

mod answers;
mod cell;
mod drawing;
mod flow;
mod head;
mod image;
mod kept;
mod kernels;
mod layer;
mod levels;
mod montage;
mod nudge;
mod paint;
mod parts;
mod planes;
mod scale;
mod seen;
mod table;
mod terms;
mod update;
mod watch;
mod ways;
mod whole;

pub(crate) use levels::NetworkView;
pub(crate) use whole::Whole;

use receptive_data::digits;
use receptive_nn::{Head, Spec};
use receptive_train::protocol::Weights;

/// The height of the layers side by side, in CSS pixels: of ten units as large as they get, which the bars stand beside.
const HEIGHT: f64 = 246.0;
/// The side of the image, in CSS pixels, that of a pad in its place, and the width of the probabilities beside the last
/// layer.
const IMAGE: f64 = 112.0;
const PAD: f64 = 190.0;
const BARS: f64 = 122.0;
/// The name of the image among the tensors.
const INPUT: &str = "input";

/// The network that is shown.
#[derive(Clone, PartialEq)]
pub(crate) struct Shown {
    pub(crate) spec: Spec,
    /// The loss that it is trained with.
    pub(crate) loss: Head,
    /// The network as the worker knows it, once it is there, with the steps behind it.
    pub(crate) weights: Option<(Weights, u32)>,
    /// Names of the classes.
    pub(crate) classes: Vec<String>,
    /// True if the network learns from images of the learner's own that are no digits.
    pub(crate) is_own: bool,
    /// True if it learns on the GPU, which hands its weights over now and then.
    pub(crate) is_on_gpu: bool,
    /// True while it learns.
    pub(crate) is_training: bool,
}

impl Shown {
    /// True if the network reads what a pad gives: a digit of 28×28, in one channel.
    fn reads_drawings(&self) -> bool {
        !self.is_own && self.spec.input == digits::SHAPE.chw()
    }
}

/// A cell, by the name of its layer.
type Cell = (String, usize);
