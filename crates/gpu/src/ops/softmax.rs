//! Softmax, alone and with cross-entropy, and single logits.

use super::Operation;
use crate::recorder::Recorder;
use crate::shader::Shader;
use crate::step::Memory;
use receptive_nn::instr::{
    LogitBackward, LogitForward, SoftmaxBackward, SoftmaxCrossEntropyBackward, SoftmaxCrossEntropyForward,
    SoftmaxForward,
};
use wgpu::Buffer;

/// Probabilities `p` of each row of logits `z`, both (n, classes).
pub fn softmax_forward(recorder: &mut Recorder<'_>, p: &Buffer, z: &Buffer, [n, n_classes]: [usize; 2]) {
    recorder.each(Shader::SoftmaxForward, &constants(n, n_classes), &[p, z], n);
}

/// The gradient with respect to the logits, `grad_z`, from `grad_p` and `p`, all (n, classes).
pub fn softmax_backward(
    recorder: &mut Recorder<'_>,
    grad_z: &Buffer,
    grad_p: &Buffer,
    p: &Buffer,
    [n, n_classes]: [usize; 2],
) {
    recorder.each(Shader::SoftmaxBackward, &constants(n, n_classes), &[grad_z, grad_p, p], n);
}

/// Each image's loss in nats, `losses` (n), and its probabilities, `p` (n, classes), from logits `z` (n, classes) and
/// true classes `targets` (n), whole numbers.
pub fn softmax_cross_entropy_forward(
    recorder: &mut Recorder<'_>,
    losses: &Buffer,
    p: &Buffer,
    z: &Buffer,
    targets: &Buffer,
    [n, n_classes]: [usize; 2],
) {
    let buffers = [losses, p, z, targets];
    recorder.each(Shader::SoftmaxCrossEntropyForward, &constants(n, n_classes), &buffers, n);
}

/// The gradient of the batch's **mean** loss with respect to the logits: `grad_z` from `p`, both (n, classes), and
/// `targets` (n).
pub fn softmax_cross_entropy_backward(
    recorder: &mut Recorder<'_>,
    grad_z: &Buffer,
    p: &Buffer,
    targets: &Buffer,
    [n, n_classes]: [usize; 2],
) {
    let buffers = [grad_z, p, targets];
    recorder.each(Shader::SoftmaxCrossEntropyBackward, &constants(n, n_classes), &buffers, n * n_classes);
}

/// The logit of each image's class: `picked` (n) from `z` (n, classes) and `targets` (n), whole numbers.
pub fn logit_forward(recorder: &mut Recorder<'_>, picked: &Buffer, z: &Buffer, targets: &Buffer, size: [usize; 2]) {
    let [n, n_classes] = size;
    recorder.each(Shader::LogitForward, &constants(n, n_classes), &[picked, z, targets], n);
}

/// The gradient of those logits with respect to all: `grad_z` (n, classes) from `targets` (n).
pub fn logit_backward(recorder: &mut Recorder<'_>, grad_z: &Buffer, targets: &Buffer, [n, n_classes]: [usize; 2]) {
    recorder.each(Shader::LogitBackward, &constants(n, n_classes), &[grad_z, targets], n * n_classes);
}

fn constants(n: usize, n_classes: usize) -> [(&'static str, f64); 2] {
    [("n_rows", n as f64), ("n_classes", n_classes as f64)]
}

impl Operation for SoftmaxForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        softmax_forward(recorder, memory.at(self.p), memory.at(self.z), memory.logits());
    }
}

impl Operation for SoftmaxBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let [grad_z, grad_p, p] = [self.grad_z, self.grad_p, self.p].map(|id| memory.at(id));
        softmax_backward(recorder, grad_z, grad_p, p, memory.logits());
    }
}

impl Operation for SoftmaxCrossEntropyForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (losses, p, z) = (memory.at(self.losses), memory.at(self.p), memory.at(self.z));
        softmax_cross_entropy_forward(recorder, losses, p, z, memory.targets, memory.logits());
    }
}

impl Operation for SoftmaxCrossEntropyBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (grad_z, p) = (memory.at(self.grad_z), memory.at(self.p));
        softmax_cross_entropy_backward(recorder, grad_z, p, memory.targets, memory.logits());
    }
}

impl Operation for LogitForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        softmax_forward(recorder, memory.at(self.p), memory.at(self.z), memory.logits());
        logit_forward(recorder, memory.at(self.losses), memory.at(self.z), memory.targets, memory.logits());
    }
}

impl Operation for LogitBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        logit_backward(recorder, memory.at(self.grad_z), memory.targets, memory.logits());
    }
}
