//! The reasons that something cannot be, as codes with what words about them need.

use crate::fit::Misfit;
use receptive_data::ChunkError;
use receptive_data::cifar::CifarError;
use receptive_data::idx::{IdxError, Kind};
use receptive_data::manifest::{ChunkFault, ManifestError};
use receptive_gpu::GpuError;
use receptive_nn::{Schedule, SpecError};
use serde::{Deserialize, Serialize};

/// The reason that a run cannot be opened so, or not be changed so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RunError {
    /// The learning rate is not above zero, or no number.
    LearningRate(f32),
    /// The learning rate's schedule makes no sense (see [`Schedule::makes_sense`]).
    Schedule(Schedule),
    /// The rate is to fall when the loss on validation images stops falling, and there are none.
    NothingToWatch,
    /// Validation images are to be measured every 0 steps.
    NoInterval,
    /// A setting of the optimiser is below zero, or no number.
    Optimiser,
    /// A batch has no images, or too many.
    Batch {
        /// Images asked for.
        batch: u32,
        /// The most that a batch can have.
        most: u32,
    },
    /// No epochs.
    NoEpochs,
    /// A run that is over is to go on for no more epochs.
    NoMoreEpochs,
    /// So many epochs have too many steps.
    Epochs(u32),
    /// Validation leaves nothing to learn from.
    Validation {
        /// Images held out.
        n_validation: u64,
        /// Images that the dataset offers for training and validation.
        n_offered: u64,
    },
    /// More training images than there are.
    Training {
        /// Images asked for.
        n_training: u64,
        /// Images that the dataset offers for training and validation.
        n_offered: u64,
        /// Of these, those held out for validation.
        n_validation: u64,
    },
    /// A batch larger than the training images.
    LargeBatch {
        /// Images of the batch.
        batch: u64,
        /// Training images.
        n_training: u64,
    },
    /// The network cannot be built.
    Network(SpecError),
    /// The network cannot learn from the dataset.
    Misfit(Misfit),
    /// Training takes more memory than can be had.
    Memory {
        /// Images of the batch.
        batch: u64,
        /// The memory that it takes.
        megabytes: u64,
    },
}

impl From<SpecError> for RunError {
    fn from(error: SpecError) -> Self {
        Self::Network(error)
    }
}

impl From<Misfit> for RunError {
    fn from(misfit: Misfit) -> Self {
        Self::Misfit(misfit)
    }
}

/// What a run that diverged came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Diverged {
    /// The loss, from which no network comes back.
    Loss(f32),
    /// A weight that is no finite number.
    Weight,
}

/// The reason that page and worker do not understand each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProtocolError {
    /// A command could not be read.
    Command,
    /// A checkpoint could not be read.
    Checkpoint,
}

/// The reason that a run cannot go on from what is kept of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeptError {
    /// It is not kept any more.
    Missing,
    /// What is kept is no run.
    NoRun,
    /// It was kept by a version of this program that lays runs out in another way.
    OtherFormat,
    /// What is kept is damaged.
    Damaged,
    /// Its images are other ones now.
    OtherImages,
    /// The storage cannot be read.
    Storage(StorageFault),
}

/// The reason that the host's storage keeps nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StorageFault {
    /// There is none, or it is refused: in a frame without an origin, by a setting, in a private window.
    Refused,
    /// There is no room in it.
    Full,
    /// It failed.
    Failed,
}

/// The reason that the GPU is not used, or no longer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum GpuFault {
    /// The browser offers none.
    NoGpu,
    /// The browser cannot start a worker for it.
    NoWorker,
    /// Its worker cannot be reached.
    Unreachable,
    /// Its worker broke down.
    BrokeDown,
    /// Its worker is of another build.
    OtherBuild,
    /// It does not answer any more.
    Silent,
    /// Its answer could not be read.
    Unreadable,
    /// Its answer was to no question.
    Invalid,
    /// A loss of its was no number to go on from.
    Loss,
    /// Its weights were no numbers to go on from.
    Weights,
    /// Its worker did not understand a command.
    Command,
    /// Its worker was given the weights of another network.
    OtherNetwork,
    /// Its worker was sent steps of no run.
    NoRun,
    /// Its worker was sent steps that cannot be.
    Steps,
    /// The network cannot be built there.
    Network(SpecError),
    /// The device, or its driver.
    Device(GpuError),
}

impl From<SpecError> for GpuFault {
    fn from(error: SpecError) -> Self {
        Self::Network(error)
    }
}

impl From<GpuError> for GpuFault {
    fn from(error: GpuError) -> Self {
        Self::Device(error)
    }
}

/// The numbers in which the GPU and the processor differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GpuDifference {
    /// The answer as a whole.
    Answer,
    /// The loss.
    Loss,
    /// The number of images read right.
    Hits,
    /// The number of weights.
    Length,
    /// The weights of this layer.
    Weights(String),
    /// The biases of this layer.
    Biases(String),
}

/// The reason that a dataset, or a part of it, is not here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DataError {
    /// The learner's own files are wanted, and none have been opened.
    NoFiles,
    /// A file could not be fetched.
    Fetch {
        /// Its name.
        file: String,
        /// The status of the host's answer, if there was one.
        status: Option<u16>,
    },
    /// The host sent a web page in place of a file.
    WebPage {
        /// Its name.
        file: String,
    },
    /// The page was built without the dataset.
    NotBuilt,
    /// The list of chunks cannot be read.
    Manifest(ManifestError),
    /// The files of a chunk are not what the list says.
    Chunk(ChunkFault),
    /// A chunk does not fit the others.
    Plan(ChunkError),
}

/// The reason that files cannot be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FilesError {
    /// One file was chosen, and it is no batch.
    One,
    /// Several files were chosen, and they are no batches.
    Several,
    /// The browser could not read the file that was chosen as this.
    Unreadable(Kind),
    /// The browser could not read a batch.
    UnreadableBatch,
    /// Other files were chosen meanwhile.
    Superseded,
    /// An IDX file.
    Idx(IdxError),
    /// Batches of CIFAR-10.
    Cifar(CifarError),
    /// One of several files.
    Named {
        /// Its name.
        name: String,
        /// What is wrong with it.
        error: Box<FilesError>,
    },
    /// So few images that none can be kept for the test.
    Few {
        /// Images there.
        n_images: u32,
        /// The least that are needed.
        least: u32,
    },
    /// The images do not fit each other.
    Plan(ChunkError),
}

impl From<IdxError> for FilesError {
    fn from(error: IdxError) -> Self {
        Self::Idx(error)
    }
}

impl From<CifarError> for FilesError {
    fn from(error: CifarError) -> Self {
        Self::Cifar(error)
    }
}

impl From<ChunkError> for FilesError {
    fn from(error: ChunkError) -> Self {
        Self::Plan(error)
    }
}
