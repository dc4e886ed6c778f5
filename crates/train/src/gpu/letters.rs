//! What the session and the GPU's worker write to each other, as postcard bytes.

use receptive_nn::{Optimiser, OptimiserState, Parameters, Spec};
use serde::{Deserialize, Serialize};

/// Everything that training goes on from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Updates that the rule has made.
    pub n_steps: u32,
    /// For every tensor its values, then what the rule remembers of them.
    pub values: Vec<f32>,
}

impl Snapshot {
    /// What a run stands at.
    pub fn of(parameters: &Parameters, optimiser: &OptimiserState) -> Self {
        let tensors = parameters.tensors().iter().enumerate();
        let rows = tensors.flat_map(|(i, tensor)| [&tensor.values].into_iter().chain(optimiser.slots(i)));
        Self { n_steps: optimiser.n_steps() as u32, values: rows.flatten().copied().collect() }
    }

    /// Writes it to a run. Returns false, and changes nothing, when it is not of such a network.
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

    /// Whether training can go on from it.
    pub(crate) fn is_finite(&self) -> bool {
        self.values.iter().all(|value| value.is_finite())
    }
}

/// Steps to take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// The shift that they belong to; the answer repeats it.
    pub shift: u32,
    /// Steps done before them; the answer repeats it.
    pub first: u32,
    /// The images of each step, one step after the other.
    pub picks: Vec<u32>,
    /// The learning rate of each step.
    pub rates: Vec<f32>,
    /// Whether everything is to be read back after the last of them.
    pub reads_back: bool,
}

/// What a session asks of the GPU's worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Order {
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

/// What steps came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The shift of the order.
    pub shift: u32,
    /// Steps done before them.
    pub first: u32,
    /// Mean loss of each step, in nats.
    pub losses: Vec<f32>,
    /// Images of each step that were right.
    pub n_correct: Vec<u32>,
    /// What training goes on from, if that was asked for.
    pub state: Option<Snapshot>,
}

/// What the GPU's worker says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// Ready for images and steps of this run.
    Opened {
        /// Number of the run.
        run: u32,
    },
    /// Steps were taken.
    Steps(Found),
    /// This run cannot be trained there, or no longer.
    Failed {
        /// Number of the run.
        run: u32,
        /// Why not.
        message: String,
    },
}
