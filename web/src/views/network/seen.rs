//! What one answer of the worker shows: values, gradients, and the image that they belong to.

use super::INPUT;
use crate::platform::worker_bridge::Reply;
use crate::views::asking::{Asked, Same};
use js_sys::Float32Array;
use receptive_nn::{Origin, Spec};
use receptive_train::protocol::{Answer, Backward, Query};
use std::rc::Rc;

/// The name of the gradient with respect to a tensor.
pub(super) fn gradient(name: &str) -> String {
    format!("grad {name}")
}

/// What one answer shows: a network at one step, and one image.
pub(super) struct Seen {
    pub(super) spec: Spec,
    /// Steps behind it, if it is a run's.
    pub(super) step: Option<u32>,
    pub(super) pixels: Vec<f32>,
    /// What gradients are of, if there are some.
    pub(super) of: Option<Backward>,
    /// Values and gradients with their names, the image among them.
    pub(super) tensors: Vec<(String, Same<Float32Array>)>,
}

impl Seen {
    pub(super) fn new(Asked { question, reply }: &Asked) -> Option<Self> {
        let (pixels, of) = match question {
            Query::Tensors { pixels, .. } => (pixels, None),
            Query::Gradients { pixels, of, .. } => (pixels, Some(*of)),
            _ => return None,
        };
        let Ok(Reply { answer: Answer::Tensors(found), buffers }) = reply else { return None };
        let values = buffers.iter().map(|values| Same(Rc::new(values.clone())));
        let image = (INPUT.into(), Same(Rc::new(Float32Array::from(&pixels[..]))));
        let tensors = found.tensors.iter().map(|tensor| tensor.name.clone()).zip(values).chain([image]).collect();
        let step = match found.origin {
            Origin::Run { iteration } => Some(iteration),
            Origin::Shipped(_) => None,
        };
        Some(Self { spec: found.spec.clone(), step, pixels: pixels.clone(), of, tensors })
    }

    /// The tensor of this name.
    pub(super) fn find(&self, name: &str) -> Option<&Same<Float32Array>> {
        self.tensors.iter().find(|(found, _)| found == name).map(|(_, values)| values)
    }
}
