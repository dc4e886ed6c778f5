//! The findings of a run, as page and worker speak of them.

use receptive_data::ImageShape;
use serde::{Deserialize, Serialize};

/// One training step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Steps done, this one included: 1 is the first.
    pub iteration: u32,
    /// Mean loss of the batch before the update: of cross-entropy in nats.
    pub loss: f32,
    /// Fraction of the batch that was right before the update.
    pub accuracy: f32,
}

/// The validation images measured after a step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidationRecord {
    /// Epochs done.
    pub epoch: u32,
    /// Steps done.
    pub iteration: u32,
    /// Mean loss.
    pub loss: f32,
    /// Fraction that was right.
    pub accuracy: f32,
}

/// A test image with what the network made of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestSample {
    /// Position in the test split.
    pub index: u32,
    /// The shape of the image.
    pub shape: ImageShape,
    /// (c, h, w), 0 to 255.
    pub pixels: Vec<u8>,
    /// The true class.
    pub label: u8,
    /// Probability of each class.
    pub probabilities: Vec<f32>,
}

/// The test images measured at the end of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestReport {
    /// The name of each class, class 0 first.
    pub classes: Vec<String>,
    /// Images measured.
    pub n_images: u32,
    /// Images that were right.
    pub n_correct: u32,
    /// Mean loss.
    pub loss: f32,
    /// Counts by [true class][predicted class], row-major.
    pub confusion: Vec<u32>,
    /// The first test images, in order.
    pub samples: Vec<TestSample>,
    /// The most confident mistakes, most confident first.
    pub mistakes: Vec<TestSample>,
    /// The true class of every test image, in order.
    pub labels: Vec<u8>,
    /// The class that each was read as.
    pub predicted: Vec<u8>,
}

/// A run that does not learn, or no longer: it does not read its own training images better than by guessing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stall {
    /// Steps done when that was found.
    pub iteration: u32,
    /// Mean loss of the last steps.
    pub loss: f32,
    /// Of the layer with the most of them, the share of units that give 0 for every image of a batch.
    pub dead_share: f32,
}
