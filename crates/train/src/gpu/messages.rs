//! The messages between the session and the GPU's worker, sent as postcard bytes.

use crate::protocol::GpuFault;
use receptive_nn::{Checkpoint, Head, Optimiser, Spec};
use serde::{Deserialize, Serialize};

/// Steps to take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// The number of the sequence that they belong to; the answer repeats it. A sequence is the batches that are trained,
    /// one after the other, from the same given weights.
    pub sequence: u32,
    /// Steps done before them; the answer repeats it.
    pub first: u32,
    /// The images of each step, one step after the other.
    pub picks: Vec<u32>,
    /// The learning rate of each step.
    pub rates: Vec<f32>,
    /// The key of each step's random choices.
    pub keys: Vec<u32>,
    /// True if everything is to be read back after the last of them.
    pub reads_back: bool,
}

/// A command of the session to the GPU's worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum GpuCommand {
    /// Make room for a network and its images. Answered by [`Answer::Opened`] or [`Answer::Failed`].
    Open {
        /// Number of the run.
        run: u32,
        /// The network.
        spec: Spec,
        /// The rule of its updates.
        rule: Optimiser,
        /// The loss.
        loss: Head,
        /// Images of a step.
        batch: u32,
        /// Images to learn from, those still to come included.
        n_images: u32,
    },
    /// Images have arrived.
    Images {
        /// The place of the first.
        first: u32,
        /// (n, c, h, w).
        pixels: Vec<u8>,
        /// Their classes.
        labels: Vec<u8>,
    },
    /// Go on from here.
    Begin(Checkpoint),
    /// Take steps. Answered by [`Answer::Steps`] or [`Answer::Failed`].
    Steps(Steps),
}

/// The results of steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepResults {
    /// The sequence that the command named.
    pub sequence: u32,
    /// Steps done before them.
    pub first: u32,
    /// Mean loss of each step, in nats.
    pub losses: Vec<f32>,
    /// Images of each step that were right.
    pub n_correct: Vec<u32>,
    /// The run after them, if that was asked for.
    pub state: Option<Checkpoint>,
}

/// An answer of the GPU's worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// Ready for images and steps of this run.
    Opened {
        /// Number of the run.
        run: u32,
    },
    /// Steps were taken.
    Steps(StepResults),
    /// This run cannot be trained there, or no longer.
    Failed {
        /// Number of the run.
        run: u32,
        /// The reason.
        fault: GpuFault,
    },
}
