//! What a module of a part of the page hands to the one of the whole app, which takes the page over. No browser here.

use crate::run_model::RunModel;
use serde::{Deserialize, Serialize};

/// Everything that such a module knows and an address does not carry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handed {
    /// The run.
    pub run: RunModel,
    /// The seed that was drawn for runs without one.
    pub seed: u32,
    /// A digit that the learner drew, 28×28, 0 to 1.
    pub drawn: Option<Vec<f32>>,
}
