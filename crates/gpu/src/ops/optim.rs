//! Update rules, and clipping before them.

use super::Operation;
use crate::recorder::Recorder;
use crate::shader::Shader;
use crate::step::Memory;
use receptive_core::ops::RuleStep;
use receptive_nn::instr::Update;
use receptive_nn::{Optimiser, Rule, Setting};
use wgpu::Buffer;

/// The settings of each step of a submission, as `settings.wgsl` declares them.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::NoUninit)]
pub struct Settings {
    rate: f32,
    mean_rate: f32,
    root: f32,
    keep: f32,
    key: u32,
}

impl Settings {
    /// The settings of step `t`, counted from 1, with the key of its random choices.
    pub fn new(optimiser: Optimiser, learning_rate: f32, t: u32, key: u32) -> Self {
        let step = optimiser.step(learning_rate, i32::try_from(t).unwrap_or(i32::MAX), 1.0);
        let (rate, mean_rate, root) = match step.rule {
            RuleStep::Adam(rule) => (rule.rate, 0.0, rule.correction),
            RuleStep::AmsGrad(rule) => (rule.0.rate, 0.0, rule.0.correction),
            RuleStep::AdaMax(rule) => (rule.rate, 0.0, 1.0),
            RuleStep::Nadam(rule) => (rule.grad_rate, rule.mean_rate, rule.correction),
            _ => (learning_rate, 0.0, 1.0),
        };
        Self { rate, mean_rate, root, keep: step.keep, key }
    }
}

/// The constants of a rule's shader, by the names of its settings.
const CONSTANTS: [(Setting, &str); 5] = [
    (Setting::Momentum, "momentum"),
    (Setting::Beta1, "beta1"),
    (Setting::Beta2, "beta2"),
    (Setting::Rho, "rho"),
    (Setting::Epsilon, "epsilon"),
];

const fn shader(rule: Rule) -> Shader {
    match rule {
        Rule::Sgd => Shader::UpdateSgd,
        Rule::Momentum { .. } => Shader::UpdateMomentum,
        Rule::Nesterov { .. } => Shader::UpdateNesterov,
        Rule::Adagrad { .. } => Shader::UpdateAdagrad,
        Rule::RmsProp { .. } => Shader::UpdateRmsprop,
        Rule::Adadelta { .. } => Shader::UpdateAdadelta,
        Rule::Adam(_) | Rule::AdamW(_) => Shader::UpdateAdam,
        Rule::AmsGrad(_) => Shader::UpdateAmsgrad,
        Rule::AdaMax(_) => Shader::UpdateAdamax,
        Rule::Nadam(_) => Shader::UpdateNadam,
    }
}

/// Moves `w` by `scale` times `grad`, `len` values, as the rule says. `memory` is what the rule remembers, as many buffers like
/// `w` as it has moments. `settings` holds those of each step of a submission, and `progress` which step it is.
pub fn update(
    recorder: &mut Recorder<'_>,
    optimiser: Optimiser,
    w: &Buffer,
    memory: &[Buffer],
    [grad, scale]: [&Buffer; 2],
    [settings, progress]: [&Buffer; 2],
    len: usize,
) {
    let mut constants = vec![("len", len as f64), ("decay", optimiser.step(0.0, 1, 1.0).decay.into())];
    let setting = |(setting, name)| Some((name, optimiser.rule.setting(setting)?.into()));
    constants.extend(CONSTANTS.into_iter().filter_map(setting));
    let buffers: Vec<&Buffer> = [w].into_iter().chain(memory).chain([grad, scale, settings, progress]).collect();
    recorder.each(shader(optimiser.rule), &constants, &buffers, len);
}

/// Writes to `scale` the factor that shortens gradients, each with its length, to a norm of at most `most`.
pub fn clip(recorder: &mut Recorder<'_>, scale: &Buffer, grads: &[(&Buffer, usize)], most: f32) {
    let squares = recorder.scratch("squares", grads.len());
    for (place, (grad, len)) in grads.iter().enumerate() {
        let constants = [("len", *len as f64), ("place", place as f64)];
        recorder.record(Shader::SquareSum, &constants, &[&squares, grad], [1; 3]);
    }
    let constants = [("n_tensors", grads.len() as f64), ("most", most.into())];
    recorder.record(Shader::ClipFactor, &constants, &[scale, &squares], [1; 3]);
}

impl Operation for Update {
    fn record(&self, recorder: &mut Recorder<'_>, memory: &Memory<'_>) {
        if let [w, moments @ ..] = memory.state(self.param) {
            let grad = [memory.at(self.grad), memory.scale];
            update(recorder, self.rule, w, moments, grad, memory.now, memory.len(self.grad));
        }
    }
}
