//! The messages between the page and the training worker.
//!
//! The page sends [`Command`]s, the worker [`Event`]s, as postcard bytes. What is said of a run carries the run's
//! [`RunId`]; a question carries a [`RequestId`], and so does its answer. Whatever is added here raises [`PROTOCOL`].

mod command;
mod event;
mod fault;
mod nudge;
mod query;

pub use command::{Command, RunCommand};
pub use event::{Event, Problem, RunEvent};
pub use fault::{
    DataError, Diverged, FilesError, GpuDifference, GpuFault, KeptError, ProtocolError, RunError, StorageFault,
};
pub use nudge::Nudged;
pub use query::{
    Accuracy, Answer, Backward, FoundImage, Likeness, Losses, MOST_PLACES, MOST_TEST_IMAGES, OpenedStep, Prediction,
    Query, RangeStep, Refusal, RequestId, Tensor, Tensors, Weights,
};

use crate::pool::MOST_SHARDS;
use receptive_data::{FileFormat, FileReading, LabelRule, Schema};
use receptive_nn::{Head, Optimiser, Schedule, Spec, as_text};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use crate::engine::{Adapter, EngineChoice, EngineStatus, EngineWhy};
pub use crate::findings::{Stall, StepRecord, TestReport, TestSample, ValidationRecord};

/// Version of the messages. The worker says it in [`Event::Ready`]; the page refuses another.
pub const PROTOCOL: u32 = 12;

/// The name of a run. The page gives it, and never to two runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId(pub u32);

/// The images that a run learns from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DatasetKind {
    /// Strokes drawn by the seeded generator that comes with the page.
    #[default]
    BuiltIn,
    /// The MNIST files that lie beside the page.
    Mnist,
    /// Files that the learner opened.
    Own,
}

/// A part of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Split {
    /// Images that the network learns from.
    Training,
    /// Images held out to watch the learning.
    Validation,
    /// Images kept for the end.
    Test,
}

/// Everything that determines a run: the same configuration on the same data is bitwise the same run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunConfig {
    /// Images to learn from.
    pub dataset: DatasetKind,
    /// The network.
    #[serde(with = "as_text")]
    pub spec: Spec,
    /// The update rule with its own settings.
    pub optimiser: Optimiser,
    /// The loss that is made small: one of [`Head::LOSSES`].
    pub loss: Head,
    /// Step size of every update.
    pub learning_rate: f32,
    /// The change of the step size over the run.
    pub schedule: Schedule,
    /// Images per step. The last, incomplete batch of an epoch is left out.
    pub batch: u32,
    /// Passes over the training images.
    pub epochs: u32,
    /// Seed of the initial weights and of every shuffle.
    pub seed: u64,
    /// Training images used, from the front of what the dataset offers for training. None: all but the validation images.
    pub n_training: Option<u32>,
    /// Images held out for validation, from the back of what the dataset offers for training. 0: no validation.
    pub n_validation: u32,
    /// They are measured after every so many steps, and at the end of each epoch in any case. None: only then.
    pub validate_every: Option<u32>,
}

/// The state of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunState {
    /// Weights are fresh, nothing was trained.
    #[default]
    Idle,
    /// Training, or measuring validation images between steps.
    Training,
    /// Training waits for images that are on their way.
    WaitingForData,
    /// Between two steps.
    Paused,
    /// Measuring the test images.
    Testing,
    /// All epochs done and tested.
    Finished,
    /// Ended early and tested.
    Stopped,
    /// A loss or weight was no longer finite.
    Diverged,
}

/// The number of images of a dataset that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataStatus {
    /// The dataset.
    pub dataset: DatasetKind,
    /// Training and validation images, arrived or not.
    pub n_training: u32,
    /// Of these, how many have arrived.
    pub n_training_ready: u32,
    /// Test images, arrived or not.
    pub n_test: u32,
    /// Of these, how many have arrived.
    pub n_test_ready: u32,
}

/// The first image of a class, and how many the class has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// (c, h, w), 0 to 255, as the network gets them.
    pub pixels: Vec<u8>,
    /// The class.
    pub label: u8,
    /// Images of it.
    pub n_images: u32,
}

/// A report on the learner's own files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilesReport {
    /// Images used.
    pub n_images: u32,
    /// Images whose labels stand for no class, and which are left out.
    pub n_left_out: u32,
    /// The smallest and the largest number of the images.
    pub range: [f32; 2],
    /// True if these are not grey levels from 0 to 255.
    pub can_be_scaled: bool,
    /// True if the images are dark on bright.
    pub is_bright: bool,
    /// The format of the files.
    pub format: FileFormat,
    /// The shape of the images and the names of the classes, as the files are read.
    pub schema: Schema,
    /// The possible meanings of the labels, the likeliest first.
    pub label_rules: Vec<LabelRule>,
    /// The way in which the files are read.
    pub reading: FileReading,
    /// The first image of each class that is there, as it is read.
    pub samples: Vec<Sample>,
}

/// The status of files that the learner chose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FilesStatus {
    /// They are being read; so much of them is, in percent.
    Coming(u8),
    /// They cannot be used, and why. Files that were open before are still open.
    Refused(FilesError),
    /// They are open as [`DatasetKind::Own`].
    Open(FilesReport),
}

/// The most workers that a run can be shared out to, the engine worker included.
pub const MOST_WORKERS: u32 = MOST_SHARDS as u32;

/// The number of workers that a run is shared out to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workers {
    /// Asked for, the engine worker included.
    pub n_asked: u32,
    /// At work while training.
    pub n_used: u32,
    /// The reason why they are not all that were asked for.
    pub why_fewer: Option<FewerWorkers>,
}

impl Default for Workers {
    /// The engine worker alone.
    fn default() -> Self {
        Self { n_asked: 1, n_used: 1, why_fewer: None }
    }
}

/// The reason why fewer workers are used than were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FewerWorkers {
    /// Some are not up yet.
    Starting,
    /// A batch has no more shards.
    FewShards,
    /// The network needs all images of a batch at once, as a batch norm does.
    WholeBatch,
    /// For this network fewer were measured to be faster.
    Slower,
    /// This number of them broke down, several times over, and were given up.
    Lost(u32),
    /// This browser cannot start workers from a worker.
    Impossible,
}

/// Returns the bytes of a message.
///
/// # Panics
/// Never for this module's types: postcard refuses only sequences of unknown length.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    postcard::to_allocvec(message).expect("the protocol's types have known lengths")
}

/// Reads a message back from its bytes.
///
/// # Errors
/// Fails if the bytes are not such a message: the other side is of another build.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, postcard::Error> {
    postcard::from_bytes(bytes)
}
