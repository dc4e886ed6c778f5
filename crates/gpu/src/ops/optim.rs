//! Update rules.

use super::Operation;
use crate::recorder::Recorder;
use crate::shader::Shader;
use crate::step::Memory;
use receptive_nn::Optimiser;
use receptive_nn::instr::Update;
use wgpu::Buffer;

/// The settings of each step of a submission, as `settings.wgsl` declares them.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::NoUninit)]
pub struct Settings {
    rate: f32,
    root: f32,
    key: u32,
}

impl Settings {
    /// The settings of step `t`, counted from 1, with the key of its random choices.
    pub fn new(rule: Optimiser, learning_rate: f32, t: u32, key: u32) -> Self {
        match rule {
            Optimiser::Adam { beta1, beta2, .. } => {
                let root = (1.0 - beta2.powf(t as f32)).sqrt();
                Self { rate: learning_rate / (1.0 - beta1.powf(t as f32)), root, key }
            }
            Optimiser::Sgd | Optimiser::Momentum { .. } => Self { rate: learning_rate, root: 1.0, key },
        }
    }
}

/// Moves `w` by `grad`, `len` values, as the rule says. `memory` is what the rule remembers, [`n_memories`] buffers like
/// `w`. `settings` holds those of each step of a submission, and `progress` which step it is.
pub fn update(
    recorder: &mut Recorder<'_>,
    rule: Optimiser,
    w: &Buffer,
    memory: &[Buffer],
    grad: &Buffer,
    [settings, progress]: [&Buffer; 2],
    len: usize,
) {
    let mut constants = vec![("len", len as f64)];
    let shader = match rule {
        Optimiser::Sgd => Shader::UpdateSgd,
        Optimiser::Momentum { momentum } => {
            constants.push(("momentum", momentum.into()));
            Shader::UpdateMomentum
        }
        Optimiser::Adam { beta1, beta2, epsilon } => {
            constants.extend([("beta1", beta1.into()), ("beta2", beta2.into()), ("epsilon", epsilon.into())]);
            Shader::UpdateAdam
        }
    };
    let buffers: Vec<&Buffer> = [w].into_iter().chain(memory).chain([grad, settings, progress]).collect();
    recorder.each(shader, &constants, &buffers, len);
}

/// Numbers that a rule remembers for each weight.
pub const fn n_memories(rule: Optimiser) -> usize {
    match rule {
        Optimiser::Sgd => 0,
        Optimiser::Momentum { .. } => 1,
        Optimiser::Adam { .. } => 2,
    }
}

impl Operation for Update {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        if let [w, moments @ ..] = memory.state(self.param) {
            update(recorder, self.rule, w, moments, memory.at(self.grad), memory.now, memory.len(self.grad));
        }
    }
}
