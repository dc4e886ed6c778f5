//! The messages between the page and the training worker.
//!
//! Two enums, sent as postcard bytes. Whatever is added here raises [`PROTOCOL`].

use crate::pool::MOST_SHARDS;
use receptive_data::{FileFormat, FileReading, ImageShape, LabelRule, Schema};
use receptive_nn::{Inspection, Optimiser, Origin, Record, Schedule, Spec};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use crate::engine::{Adapter, EngineChoice, EngineStatus, EngineWhy};
pub use crate::findings::{Stall, StepRecord, TestReport, TestSample, ValidationRecord};

/// Version of the two enums below. The worker says it in [`Event::Ready`]; the page refuses another.
pub const PROTOCOL: u32 = 7;

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
    /// Images held out to watch the learning, once per epoch.
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
    pub spec: Spec,
    /// The update rule with its own settings.
    pub optimiser: Optimiser,
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
}

/// The network that looks at an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weights {
    /// The small network that comes with the page, trained. It is always there.
    Shipped,
    /// That of the open run.
    Run,
}

/// The likeness of an image to a digit. A network of its own finds that, whichever network reads the image.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Likeness {
    /// Probability that it is a digit.
    pub probability: f32,
    /// The record of the network that says so.
    pub record: Record,
}

impl Likeness {
    /// True unless hardly any true digit is so little like one.
    pub fn is_digit(&self) -> bool {
        self.probability >= self.record.least_probability()
    }
}

/// A command of the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Start a new run from fresh weights, not yet training. Answered by [`Event::Opened`] or a [`Problem`].
    Open(RunConfig),
    /// Train until the end, a pause or a problem.
    Train,
    /// Stop between two steps; [`Command::Train`] goes on.
    Pause,
    /// Train one batch, then pause.
    Step,
    /// Back to the initial weights of the same run.
    Reset,
    /// End the run here and measure it on the test images.
    Stop,
    /// After a [`Problem::Diverged`]: back to the last weights that were finite, paused.
    RestoreLastGood,
    /// Go on with another step size. The weights stay.
    SetLearningRate(f32),
    /// Train with this number of workers from now on, the one that gets the command included; at most [`MOST_WORKERS`].
    /// Changes the speed of a run, and no number in it.
    SetWorkers(u32),
    /// Compute on this from now on, as far as it is there. Rounding apart it changes no number.
    SetEngine(EngineChoice),
    /// Try again to get a dataset of which something could not be had.
    FetchAgain(DatasetKind),
    /// Read the learner's own files in another way. Answered by [`Event::Files`]. The files themselves are no part of a
    /// message: the page hands them to the worker as they lie on the disk.
    ReadFiles(FileReading),
    /// Class probabilities of images, answered by [`Event::Prediction`].
    Predict {
        /// Echoed in the answer.
        request: u32,
        /// The network that reads.
        weights: Weights,
        /// One image or several, at most 1,024: (n, c, h, w), 0 (background) to 1 (ink).
        pixels: Vec<f32>,
    },
    /// One image of a dataset, answered by [`Event::Image`].
    ReadImage {
        /// Echoed in the answer.
        request: u32,
        /// The dataset to read.
        dataset: DatasetKind,
        /// The part to read.
        split: Split,
        /// Position in that part.
        index: u32,
    },
    /// The network's weights, and everything that it makes of one image, answered by [`Event::Inspected`].
    Inspect {
        /// Echoed in the answer.
        request: u32,
        /// The network.
        weights: Weights,
        /// (c, h, w), 0 (background) to 1 (ink).
        pixels: Vec<f32>,
    },
    /// Go on with a run that is finished for this number of epochs more, or with one that was stopped early, which has
    /// epochs left. The learning rate is from now on that of a run with as many epochs in all. Answered by
    /// [`Event::Extended`].
    TrainMore(u32),
    /// Test images with what the run's network makes of them, at most [`MOST_TEST_IMAGES`], answered by
    /// [`Event::TestImages`].
    ReadTest {
        /// Echoed in the answer.
        request: u32,
        /// Positions in the test split.
        indices: Vec<u32>,
    },
    /// Answered by [`Event::Alive`] at once, between two steps.
    Ping,
}

/// The most test images that [`Command::ReadTest`] may ask for at once.
pub const MOST_TEST_IMAGES: usize = 64;

/// The state of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunState {
    /// Weights are fresh, nothing was trained.
    #[default]
    Idle,
    /// Training, or measuring validation images between epochs.
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
    Refused(String),
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
    /// For this network fewer were measured to be faster.
    Slower,
    /// This number of them broke down, several times over, and were given up.
    Lost(u32),
    /// This browser cannot start workers from a worker.
    Impossible,
}

/// Something that stopped or could not start, in a form that the page turns into plain words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Problem {
    /// The configuration cannot run; the text says which setting and what would do.
    Config(String),
    /// A dataset is missing or damaged; the text says what was found.
    Data {
        /// The dataset.
        dataset: DatasetKind,
        /// The fault that was found, and the remedy.
        message: String,
    },
    /// The loss or a weight was no longer finite.
    Diverged {
        /// The step at which it happened.
        iteration: u32,
        /// The loss or weight that was found.
        message: String,
        /// The step whose weights were kept.
        last_good_iteration: u32,
    },
    /// A request could not be answered.
    Request {
        /// The request's number.
        request: u32,
        /// The reason.
        message: String,
    },
    /// A message could not be read: page and worker are of different builds.
    Protocol(String),
}

/// An event that the worker sends to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker is up. Always the first event.
    Ready {
        /// [`PROTOCOL`] of the worker.
        protocol: u32,
        /// Build of the worker; must equal the page's.
        build: String,
    },
    /// More of the run's dataset has arrived.
    Data(DataStatus),
    /// A dataset that could not be had, or a part of it, comes after all.
    Recovered(DatasetKind),
    /// The status of the learner's own files.
    Files(FilesStatus),
    /// A run is open, its weights fresh.
    Opened {
        /// Steps of one epoch.
        steps_per_epoch: u32,
        /// Steps of the whole run.
        n_steps: u32,
        /// Parameters of the network.
        n_params: u32,
    },
    /// The run stands elsewhere now.
    State(RunState),
    /// The run went back to the weights it had after this many steps; what came later is forgotten.
    Rewound {
        /// Steps that remain done.
        iteration: u32,
    },
    /// The number of workers, whenever that changes.
    Workers(Workers),
    /// The engine of the run and the reason for it, whenever that changes.
    Engine(EngineStatus),
    /// Steps done since the last event, oldest first.
    Steps(Vec<StepRecord>),
    /// Speed of the last second or so of training.
    Pace {
        /// Training images per second.
        images_per_second: f32,
        /// Time left until the last step at that speed.
        seconds_left: f32,
    },
    /// An epoch's validation.
    Validation(ValidationRecord),
    /// The run is over and measured.
    Tested(TestReport),
    /// Answer to [`Command::Predict`].
    Prediction {
        /// The request's number.
        request: u32,
        /// Probability of each class, image by image.
        probabilities: Vec<f32>,
        /// The origin of the weights that read them.
        origin: Origin,
        /// The likeness to a digit, if it was one image.
        likeness: Option<Likeness>,
    },
    /// Answer to [`Command::ReadImage`].
    Image {
        /// The request's number.
        request: u32,
        /// The dataset it is from.
        dataset: DatasetKind,
        /// The shape of the image.
        shape: ImageShape,
        /// (c, h, w), 0 to 255.
        pixels: Vec<u8>,
        /// The true class.
        label: u8,
    },
    /// Answer to [`Command::Inspect`].
    Inspected {
        /// The request's number.
        request: u32,
        /// The network.
        spec: Spec,
        /// Weights and activations, layer by layer.
        values: Inspection,
        /// The origin of the weights.
        origin: Origin,
    },
    /// Something went wrong.
    Problem(Problem),
    /// A run goes on from a checkpoint, paused; what came later is forgotten.
    Resumed {
        /// Steps of one epoch.
        steps_per_epoch: u32,
        /// Steps of the whole run.
        n_steps: u32,
        /// Steps that are done.
        iteration: u32,
    },
    /// The run has more steps now.
    Extended {
        /// Steps of the whole run.
        n_steps: u32,
    },
    /// The run does not learn; or, without a value, it does so again.
    Stalled(Option<Stall>),
    /// Answer to [`Command::ReadTest`].
    TestImages {
        /// The request's number.
        request: u32,
        /// The images that are there, in the order asked for.
        samples: Vec<TestSample>,
    },
    /// Answer to [`Command::Ping`].
    Alive,
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
