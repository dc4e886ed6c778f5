//! The messages between the session and the GPU's worker, sent as postcard bytes.

use receptive_nn::{Optimiser, OptimiserState, Parameters, Spec};
use serde::{Deserialize, Serialize};

/// The weights and the state of the optimiser: everything that training goes on from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Updates that the optimiser has made.
    pub n_steps: u32,
    /// For every tensor its values, then the optimiser's state of them.
    pub values: Vec<f32>,
}

impl Snapshot {
    /// Copies weights and the state of the optimiser.
    pub fn of(parameters: &Parameters, optimiser: &OptimiserState) -> Self {
        let tensors = parameters.tensors().iter().enumerate();
        let rows = tensors.flat_map(|(i, tensor)| [&tensor.values].into_iter().chain(optimiser.slots(i)));
        Self { n_steps: optimiser.n_steps() as u32, values: rows.flatten().copied().collect() }
    }

    /// Writes it to the weights and the optimiser of a run. Returns false, and changes nothing, when it is not of such a
    /// network.
    pub fn put(&self, parameters: &mut Parameters, optimiser: &mut OptimiserState) -> bool {
        let slots = |i| optimiser.slots(i).iter().map(Vec::len).sum::<usize>();
        let len: usize = parameters.tensors().iter().enumerate().map(|(i, w)| w.values.len() + slots(i)).sum();
        if self.values.len() != len {
            return false;
        }
        let mut rest = self.values.as_slice();
        for (i, values) in parameters.values_mut_in_order().enumerate() {
            for row in [values].into_iter().chain(optimiser.slots_mut(i).iter_mut().map(Vec::as_mut_slice)) {
                let (here, behind) = rest.split_at(row.len());
                row.copy_from_slice(here);
                rest = behind;
            }
        }
        optimiser.set_n_steps(i32::try_from(self.n_steps).unwrap_or(i32::MAX));
        true
    }

    /// True if training can go on from it.
    pub(crate) fn is_finite(&self) -> bool {
        self.values.iter().all(|value| value.is_finite())
    }
}

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
        /// Images of a step.
        batch: u32,
        /// Images to learn from, those still to come included.
        n_images: u32,
    },
    /// Images have arrived.
    Images {
        /// The place of the first.
        first: u32,
        /// Rows of 28 grey levels, image after image.
        pixels: Vec<u8>,
        /// Their classes.
        labels: Vec<u8>,
    },
    /// Go on from here.
    Begin(Snapshot),
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
    /// The weights and the state of the optimiser, if they were asked for.
    pub state: Option<Snapshot>,
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
        message: String,
    },
}
