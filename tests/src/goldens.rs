//! Reads `goldens/`: values recorded elsewhere, each file with a line that says where.

use std::{fs, path::Path};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::FOLDER;

/// `goldens/torch.json`.
#[derive(Deserialize)]
pub struct Torch {
    /// Provenance.
    pub made_with: String,
    /// Order of the axes.
    pub layout: String,
    /// Operations with random upstream gradients.
    pub ops: Vec<TorchOp>,
    /// Update rules over a few steps.
    pub optimisers: Vec<TorchOptimiser>,
    /// Ten steps of training.
    pub trajectory: Trajectory,
}

/// `goldens/losses.json`: losses beside cross-entropy.
#[derive(Deserialize)]
pub struct Losses {
    /// Provenance.
    pub made_with: String,
    /// Order of the axes.
    pub layout: String,
    /// The losses, as operations.
    pub ops: Vec<TorchOp>,
}

/// `goldens/schedules.json`: learning rates, step by step.
#[derive(Deserialize)]
pub struct Schedules {
    /// Provenance.
    pub made_with: String,
    /// The schedules.
    pub schedules: Vec<TorchSchedule>,
}

/// One schedule of a learning rate.
#[derive(Deserialize)]
pub struct TorchSchedule {
    /// The name of the recording.
    pub name: String,
    /// What PyTorch was asked for.
    pub torch: String,
    /// Steps of the run.
    pub n_steps: u32,
    /// The rate that is chosen.
    pub base: f64,
    /// The course, with its settings.
    pub course: Value,
    /// Steps of the warm-up.
    pub warm_up: u32,
    /// The lowest rate.
    pub lowest: f64,
    /// Losses that a plateau is found in: steps done, loss.
    pub measured: Option<Vec<(u32, f64)>>,
    /// The rate of each step.
    pub rates: Vec<f64>,
}

/// A tensor: its axes and its values, row-major.
#[derive(Clone, Debug, Deserialize)]
pub struct Recorded {
    /// Axes, outermost first.
    pub shape: Vec<usize>,
    /// Values.
    pub data: Vec<f64>,
}

impl Recorded {
    /// The values in f32.
    pub fn narrowed(&self) -> Vec<f32> {
        narrow(&self.data)
    }
}

/// The same numbers in f32.
pub fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

/// Tensors by name.
pub type Named = std::collections::BTreeMap<String, Recorded>;

/// One operation, forward and backward.
#[derive(Deserialize)]
pub struct TorchOp {
    /// The operation.
    pub kind: String,
    /// The name of the recording.
    pub name: String,
    /// Its settings.
    pub params: Value,
    /// Tensors in.
    pub inputs: Named,
    /// Tensor out.
    pub output: Recorded,
    /// Upstream gradient; none where the operation is the loss.
    pub grad_output: Option<Recorded>,
    /// Gradients by input.
    pub grads: Named,
}

/// One update rule.
#[derive(Deserialize)]
pub struct TorchOptimiser {
    /// The rule.
    pub name: String,
    /// Its settings.
    pub hyperparameters: Value,
    /// Parameters before the first step.
    pub start: Vec<f64>,
    /// Gradients of each step.
    pub grads: Vec<Vec<f64>>,
    /// Parameters after each step.
    pub after_each_step: Vec<Vec<f64>>,
}

/// A small network trained on one batch. Tensors are named by layer number: `0.weight`, `0.bias`, `3.weight` …
#[derive(Deserialize)]
pub struct Trajectory {
    /// The network in words.
    pub layers: String,
    /// The update rule in words.
    pub optimiser: String,
    /// Initial parameters.
    pub start: Named,
    /// The batch.
    pub x: Recorded,
    /// Its classes.
    pub y: Vec<u8>,
    /// Loss before each update.
    pub losses: Vec<f64>,
    /// Gradients of the first step.
    pub first_grads: Named,
    /// Parameters after the last step.
    pub end: Named,
}

/// Reads a file of `goldens/`.
///
/// # Errors
/// When it is not there or not what it should be.
pub fn read<T: DeserializeOwned>(name: &str) -> Result<T, String> {
    let path = Path::new(FOLDER).join("goldens").join(name);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}
