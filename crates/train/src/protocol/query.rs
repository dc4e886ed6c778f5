//! Questions, and their answers. Each question has an id, and exactly one answer that repeats it.

use super::{DataError, DatasetKind, Nudged, RunId, Split};
use crate::findings::{StepRecord, TestSample};
use receptive_data::ImageShape;
use receptive_nn::{Head, Optimiser, Origin, RangeTest, Record, Spec, StepLine, Variable, Verdict};
use serde::{Deserialize, Serialize};

/// The id of a question; its answer repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestId(pub u32);

/// The network that looks at an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Weights {
    /// The small network that comes with the page, trained. It is always there.
    Shipped,
    /// That of a run: as it is now if it is open, else as it was left.
    Run(RunId),
}

/// A question of the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Query {
    /// Class probabilities of images. Answered by [`Answer::Prediction`].
    Predict {
        /// The network that reads.
        weights: Weights,
        /// One image or several, at most 1,024: (n, c, h, w), 0 (background) to 1 (ink).
        pixels: Vec<f32>,
    },
    /// One image of a dataset, once it is there. Answered by [`Answer::Image`].
    ReadImage {
        /// The dataset to read.
        dataset: DatasetKind,
        /// The part to read.
        split: Split,
        /// Position in that part.
        index: u32,
    },
    /// Tensors of a network at one image, by name: "conv 1" for the output of that layer, "conv 1.weight",
    /// "conv 1.bias", "probabilities"; or parts of them, such as "conv 1[0..8]": see `receptive_nn::Inspector`. Answered by
    /// [`Answer::Tensors`].
    Tensors {
        /// The network.
        weights: Weights,
        /// (c, h, w), 0 (background) to 1 (ink).
        pixels: Vec<f32>,
        /// The names.
        names: Vec<String>,
    },
    /// Tensors of a network at one image, and beside them gradients with respect to outputs of layers, to parameters and to
    /// the image: "grad conv 1", "grad conv 1.weight", "grad input", or parts of them (see `receptive_nn::GradientInspector`).
    /// "mean " before a name asks for the mean of its values alone, "norm " for the root of the sum of their squares, "linear 1.weight[0..128, 5..6]" for some columns of rows. All are of the same step.
    /// Answered by [`Answer::Tensors`].
    Gradients {
        /// The network.
        weights: Weights,
        /// (c, h, w), 0 (background) to 1 (ink).
        pixels: Vec<f32>,
        /// What they are gradients of.
        of: Backward,
        /// The names.
        names: Vec<String>,
    },
    /// The number of the first test images, at most 1,024, that the open run's network reads right as it is now. Those of
    /// them count that are there. Answered by [`Answer::Accuracy`].
    Accuracy {
        /// The run.
        run: RunId,
        /// Images to read.
        n_images: u32,
    },
    /// One weight or pixel of a network, changed for once by a step and by its opposite: what becomes of the loss in double
    /// precision, beside what the gradient foretold. Answered by [`Answer::Nudge`].
    Nudge {
        /// The network.
        weights: Weights,
        /// (c, h, w), 0 (background) to 1 (ink).
        pixels: Vec<f32>,
        /// What is looked at.
        of: Backward,
        /// The number that changes.
        at: Variable,
        /// What is added to it.
        by: f64,
    },
    /// The loss of the open run's network around its weights: at places of a plane of two random directions, see
    /// `receptive_nn::WeightPlane`. A surface is asked for bit by bit, all of it around the same weights; training goes
    /// first. Answered by [`Answer::Losses`].
    Losses {
        /// The run.
        run: RunId,
        /// The seed of the directions.
        seed: u32,
        /// The step behind the weights in the middle, as the first answer told it; `None`: begin with the weights as they
        /// are now.
        since: Option<u32>,
        /// The places, at most [`MOST_PLACES`]; more are left out.
        places: Vec<[f32; 2]>,
        /// The first of the training images that the loss is the mean of, and the one after the last. As many of them are
        /// read as there are and as make whole batches.
        images: [u32; 2],
    },
    /// The next step of a range test of the learning rate: of a copy of the open run, from its initial weights, with its own
    /// settings, the rate apart. A test is asked for step by step, so that it can be drawn and given up; the open run stays
    /// as it is. Answered by [`Answer::RangeStep`].
    RangeStep {
        /// The run.
        run: RunId,
        /// The rates.
        test: RangeTest,
        /// Steps of the test that were answered; 0: begin.
        step: u32,
    },
    /// Test images with what the open run's network makes of them, at most [`MOST_TEST_IMAGES`]. Answered by
    /// [`Answer::TestImages`].
    ReadTest {
        /// The run.
        run: RunId,
        /// Positions in the test split.
        indices: Vec<u32>,
    },
    /// The last step of the open run, taken apart. While the run goes on and its last step was not kept, the answer comes
    /// after the next one; each question has the steps of some seconds kept, and a single step always is. Answered by
    /// [`Answer::Step`].
    Step {
        /// The run.
        run: RunId,
        /// The tensors: "update conv 1.weight", "before conv 1.weight", "grad conv 1.weight", "moment 1 conv 1.weight" … or
        /// parts of them, see `receptive_nn::StepTensors`; for one image "conv 1", "grad conv 1" …, see
        /// `receptive_nn::StepInspector`. Updates are a difference; for gradients and outputs the step is computed once
        /// more.
        names: Vec<String>,
        /// The image that outputs of layers, and gradients with respect to them, are at: its place in the batch.
        example: Option<u32>,
    },
    /// The instructions of a training step of a run. Answered by [`Answer::StepLines`].
    StepLines {
        /// The run.
        run: RunId,
    },
}

/// The most test images that [`Query::ReadTest`] may ask for at once.
pub const MOST_TEST_IMAGES: usize = 64;

/// The most places that [`Query::Losses`] may ask for at once.
pub const MOST_PLACES: usize = 64;

/// What gradients are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backward {
    /// The loss, or a logit.
    pub head: Head,
    /// The class that the image counts as, or whose logit it is.
    pub class: u8,
}

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// To [`Query::Predict`].
    Prediction(Prediction),
    /// To [`Query::ReadImage`].
    Image(FoundImage),
    /// To [`Query::Tensors`] and [`Query::Gradients`].
    Tensors(Tensors),
    /// To [`Query::Accuracy`].
    Accuracy(Accuracy),
    /// To [`Query::ReadTest`]: the images that are there, in the order asked for.
    TestImages(Vec<TestSample>),
    /// To [`Query::Nudge`].
    Nudge(Nudged),
    /// To [`Query::Losses`].
    Losses(Losses),
    /// To [`Query::RangeStep`].
    RangeStep(RangeStep),
    /// To [`Query::Step`].
    Step(OpenedStep),
    /// To [`Query::StepLines`]: in the order in which they are done.
    StepLines(Vec<StepLine>),
}

impl Answer {
    /// The tensors in it, whose values travel beside the message.
    pub fn tensors(&self) -> &[Tensor] {
        match self {
            Self::Tensors(found) | Self::Step(OpenedStep { tensors: found, .. }) => &found.tensors,
            Self::Prediction(_)
            | Self::Image(_)
            | Self::Accuracy(_)
            | Self::TestImages(_)
            | Self::Nudge(_)
            | Self::Losses(_)
            | Self::RangeStep(_)
            | Self::StepLines(_) => &[],
        }
    }

    /// The same, to be changed.
    pub fn tensors_mut(&mut self) -> &mut [Tensor] {
        match self {
            Self::Tensors(found) | Self::Step(OpenedStep { tensors: found, .. }) => &mut found.tensors,
            Self::Prediction(_)
            | Self::Image(_)
            | Self::Accuracy(_)
            | Self::TestImages(_)
            | Self::Nudge(_)
            | Self::Losses(_)
            | Self::RangeStep(_)
            | Self::StepLines(_) => &mut [],
        }
    }
}

/// A step of a run, taken apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenedStep {
    /// The number of the step, and what its batch came to before it.
    pub record: StepRecord,
    /// The learning rate that it was taken with.
    pub learning_rate: f32,
    /// The factor that clipping gave its gradient; 1 where it did not shorten it.
    pub gradient_scale: f32,
    /// The rule of its update.
    pub optimiser: Optimiser,
    /// Its images, as positions in the training split of the run's dataset, in the order of the batch.
    pub images: Vec<u32>,
    /// The tensors, in the order asked for.
    pub tensors: Tensors,
}

/// What a network makes of images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Probability of each class, image by image.
    pub probabilities: Vec<f32>,
    /// The origin of the weights that read them.
    pub origin: Origin,
    /// The likeness to a digit, if it was one image.
    pub likeness: Option<Likeness>,
}

/// The number of test images that a network reads right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Images that were read.
    pub n_images: u32,
    /// Those that were read right.
    pub n_correct: u32,
    /// Steps behind the network.
    pub iteration: u32,
}

/// The loss at places around a network's weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Losses {
    /// Mean loss in nats at each place, in the order asked for; the places at the end may be missing, and are to be asked for
    /// again: an answer does not wait long. Not finite where weights or loss are too large.
    pub values: Vec<f32>,
    /// Steps behind the weights in the middle.
    pub iteration: u32,
    /// Images that each is the mean of.
    pub n_images: u32,
    /// Images that can be asked for in all.
    pub n_all: u32,
}

/// A step of a range test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeStep {
    /// The learning rate that it was taken with.
    pub rate: f32,
    /// The mean loss of its batch, before it.
    pub loss: f32,
    /// The same, smoothed over the steps so far.
    pub smoothed: f32,
    /// The verdict, when this was the last step: all are taken, or the loss has exploded.
    pub verdict: Option<Verdict>,
}

/// Tensors of a network at an image, in the order asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tensors {
    /// The network.
    pub spec: Spec,
    /// The origin of the weights.
    pub origin: Origin,
    /// The tensors.
    pub tensors: Vec<Tensor>,
}

/// A tensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tensor {
    /// Its name, with the part that it is.
    pub name: String,
    /// Four sizes: (1, channels, rows, columns) of an output, (kernels, channels, rows, columns) of weights.
    pub shape: [u32; 4],
    /// Its values, row-major. On the way from worker to page they travel beside the message, in a buffer of their own.
    pub values: Vec<f32>,
}

/// An image of a dataset with its class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FoundImage {
    /// The dataset it is from, which is another one where the one asked for cannot be had.
    pub dataset: DatasetKind,
    /// Its shape.
    pub shape: ImageShape,
    /// (c, h, w), 0 to 255.
    pub pixels: Vec<u8>,
    /// The true class.
    pub label: u8,
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

/// The reason that a question has no answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Refusal {
    /// These are no whole images, or more than can be asked for at once.
    Images {
        /// Channels, rows, columns of the images that the network reads.
        input: [u32; 3],
        /// Values that were sent.
        n_values: u32,
        /// Images that can be asked for at once.
        most: u32,
    },
    /// Some values of an image are not numbers.
    NotNumbers,
    /// The session has no such run.
    NoRun,
    /// The run's weights are no longer finite.
    Diverged,
    /// The run was closed before it had read the images.
    Closed,
    /// There is no image of this position.
    NoImage {
        /// The position.
        index: u32,
        /// Images that there are.
        n_images: u32,
    },
    /// The network has no tensor of this name.
    NoTensor(String),
    /// The tensor, or the image as "input", has no value of this index.
    NoCell {
        /// The tensor.
        tensor: String,
        /// The index.
        index: u32,
        /// Values that there are.
        n_cells: u32,
    },
    /// A number cannot be changed by what is not finite.
    NotFinite,
    /// The images of the next step are not here yet.
    Awaited,
    /// The network has no class of this number.
    NoClass(u8),
    /// The images are not here, and will not come.
    Data(DataError),
    /// The worker ended over the question, or before it was answered.
    WorkerEnded,
    /// No step of the run was kept: the next one can be taken apart.
    NoStep,
    /// The GPU took the run's last step: only the processor's steps can be taken apart.
    StepOnGpu,
    /// There is no room for all that an image meets in a step.
    Memory {
        /// Megabytes that it takes.
        megabytes: u64,
    },
}
