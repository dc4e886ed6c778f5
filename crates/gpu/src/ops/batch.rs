//! The shaders before and after a network: a batch of the dataset, and the mean loss and hits of the step.

use crate::dataset::Dataset;
use crate::recorder::Recorder;
use crate::shader::Shader;
use wgpu::Buffer;

/// The images `x` (n, c, h, w) and their classes `targets` (n, whole numbers) that `picks` (steps, n) names for the step
/// that `progress` counts.
pub fn gather_batch(
    recorder: &mut Recorder<'_>,
    x: &Buffer,
    targets: &Buffer,
    dataset: &Dataset,
    [picks, progress]: [&Buffer; 2],
    batch: usize,
) {
    let constants = [("batch", batch as f64), ("image_len", dataset.image_len() as f64)];
    let buffers = [x, targets, &dataset.pixels, &dataset.classes, picks, progress];
    recorder.each(Shader::GatherBatch, &constants, &buffers, batch * dataset.image_len());
}

/// Writes mean loss and hits of a batch to the row of `results` (steps, 2) that `progress` counts, then counts it on.
/// `losses` is (n), `p` (n, classes), `targets` (n).
pub fn tally(
    recorder: &mut Recorder<'_>,
    [results, progress]: [&Buffer; 2],
    losses: &Buffer,
    p: &Buffer,
    targets: &Buffer,
    [n, n_classes]: [usize; 2],
) {
    let constants = [("n_rows", n as f64), ("n_classes", n_classes as f64)];
    recorder.record(Shader::Tally, &constants, &[results, progress, losses, p, targets], [1; 3]);
}
