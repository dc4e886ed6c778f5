//! The losses beside cross-entropy.

use super::Operation;
use crate::recorder::Recorder;
use crate::shader::Shader;
use crate::step::Memory;
use receptive_nn::Loss;
use receptive_nn::instr::{LossBackward, LossForward};
use wgpu::Buffer;

/// Each image's loss, `losses` (n), of its scores `x` (n, classes) and true class, `targets` (n), whole numbers.
pub fn loss_forward(
    recorder: &mut Recorder<'_>,
    losses: &Buffer,
    x: &Buffer,
    targets: &Buffer,
    loss: Loss,
    size: [usize; 2],
) {
    recorder.each(Shader::LossForward, &constants(loss, size), &[losses, x, targets], size[0]);
}

/// The gradient of the batch's **mean** loss with respect to the scores, `grad_x` (n, classes).
pub fn loss_backward(
    recorder: &mut Recorder<'_>,
    grad_x: &Buffer,
    x: &Buffer,
    targets: &Buffer,
    loss: Loss,
    size: [usize; 2],
) {
    recorder.each(Shader::LossBackward, &constants(loss, size), &[grad_x, x, targets], size[0] * size[1]);
}

/// The constants of `loss_function.wgsl`: the loss by number, rows and classes.
fn constants(loss: Loss, [n, n_classes]: [usize; 2]) -> [(&'static str, f64); 3] {
    let number = match loss {
        Loss::SquaredError => 0,
        Loss::AbsoluteError => 1,
        Loss::Hinge => 2,
        Loss::BinaryCrossEntropy => 3,
    };
    [("loss", f64::from(number)), ("n_rows", n as f64), ("n_classes", n_classes as f64)]
}

impl Operation for LossForward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (losses, x) = (memory.at(self.losses), memory.at(self.x));
        loss_forward(recorder, losses, x, memory.targets, self.loss, memory.logits());
    }
}

impl Operation for LossBackward {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        let (grad_x, x) = (memory.at(self.grad_x), memory.at(self.x));
        loss_backward(recorder, grad_x, x, memory.targets, self.loss, memory.logits());
    }
}
