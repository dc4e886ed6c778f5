//! Update rules: what a gradient does to a weight.

use crate::init::Parameters;
use crate::program::instr::{Average, Update};
use crate::program::{BufferId, Instr};
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::ops::{AdamStep, adam_update, batch_norm_average};
use serde::{Deserialize, Serialize};

/// An update rule with its own settings. The learning rate is given at every step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Optimiser {
    /// `w ← w − lr · g`
    #[default]
    Sgd,
    /// `v ← momentum · v + g`, `w ← w − lr · v` (Polyak 1964, in PyTorch's form).
    Momentum {
        /// The share of the last velocity that stays.
        momentum: f32,
    },
    /// Moments of the gradient, corrected for their start at zero (Kingma & Ba 2015, algorithm 1).
    Adam {
        /// Decay of the mean.
        beta1: f32,
        /// Decay of the mean square.
        beta2: f32,
        /// Keeps the division finite.
        epsilon: f32,
    },
}

impl Optimiser {
    /// Momentum as it is usually set.
    pub const MOMENTUM: Self = Self::Momentum { momentum: 0.9 };
    /// Adam as its authors set it.
    pub const ADAM: Self = Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    /// All rules with their usual settings.
    pub const ALL: [Self; 3] = [Self::Sgd, Self::MOMENTUM, Self::ADAM];

    /// The name that a link carries.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Sgd => "sgd",
            Self::Momentum { .. } => "momentum",
            Self::Adam { .. } => "adam",
        }
    }

    /// The rule that a link names, with its usual settings.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|optimiser| optimiser.key() == key)
    }

    /// Numbers that the rule remembers for each weight.
    pub const fn n_moments(self) -> usize {
        match self {
            Self::Sgd => 0,
            Self::Momentum { .. } => 1,
            Self::Adam { .. } => 2,
        }
    }
}

/// The state that an update rule keeps from step to step.
#[derive(Debug, PartialEq)]
pub struct OptimiserState {
    /// Steps done.
    n_steps: i32,
    /// For every tensor, what the rule remembers of each value.
    slots: Vec<Vec<Vec<f32>>>,
}

impl Clone for OptimiserState {
    fn clone(&self) -> Self {
        Self { n_steps: self.n_steps, slots: self.slots.clone() }
    }

    /// Copies into the memory that is there.
    fn clone_from(&mut self, source: &Self) {
        self.n_steps = source.n_steps;
        self.slots.clone_from(&source.slots);
    }
}

impl OptimiserState {
    /// The memory of a rule before its first step.
    pub fn new(optimiser: Optimiser, parameters: &Parameters) -> Self {
        let slots = parameters.tensors().iter().map(|tensor| {
            let n_moments = if tensor.is_learnt { optimiser.n_moments() } else { 0 };
            vec![vec![0.0; tensor.values.len()]; n_moments]
        });
        Self { n_steps: 0, slots: slots.collect() }
    }

    /// Steps done.
    pub fn n_steps(&self) -> i32 {
        self.n_steps
    }

    /// Says how many steps are done, when they were done elsewhere.
    pub fn set_n_steps(&mut self, n_steps: i32) {
        self.n_steps = n_steps;
    }

    /// The rule's moments of tensor `i`: one row like the tensor for each.
    pub fn slots(&self, i: usize) -> &[Vec<f32>] {
        &self.slots[i]
    }

    /// The same, to be changed.
    pub fn slots_mut(&mut self, i: usize) -> &mut [Vec<f32>] {
        &mut self.slots[i]
    }

    /// Counts a step; every tensor is updated once after it.
    pub fn begin_step(&mut self) {
        self.n_steps = self.n_steps.saturating_add(1);
    }

    /// Does one instruction of a program's updates. `found` gives the values of the buffer that it reads.
    pub(crate) fn take<'a>(
        &mut self,
        instr: &Instr,
        parameters: &mut Parameters,
        found: impl FnOnce(BufferId) -> &'a [f32],
        learning_rate: f32,
    ) {
        match *instr {
            Instr::Update(Update { param, grad, rule }) => {
                let i = param.index();
                self.update(rule, i, parameters.values_at_mut(i), found(grad), learning_rate);
            }
            Instr::Average(Average { param, found: id, momentum, factor }) => {
                batch_norm_average(parameters.values_at_mut(param.index()), found(id), momentum, factor);
            }
            _ => {}
        }
    }

    /// Updates tensor `i`, whose values are `w`, by its gradient.
    pub fn update(&mut self, rule: Optimiser, i: usize, w: &mut [f32], grad: &[f32], learning_rate: f32) {
        match (rule, self.slots[i].as_mut_slice()) {
            (Optimiser::Momentum { momentum }, [velocity]) => {
                for ((w, grad), v) in w.iter_mut().zip(grad).zip(velocity) {
                    *v = momentum * *v + grad;
                    *w -= learning_rate * *v;
                }
            }
            (Optimiser::Adam { .. }, [mean, square]) => {
                if let Some(step) = adam_step(rule, learning_rate, self.n_steps) {
                    adam_update(w, mean, square, grad, step);
                }
            }
            _ => w.iter_mut().zip(grad).for_each(|(w, grad)| *w -= learning_rate * grad),
        }
    }
}

impl Optimiser {
    /// Adam's moments of a value after `n_steps` steps, corrected for their start at zero: the mean, and the root of the mean
    /// square (Kingma & Ba 2015, algorithm 1). A step subtracts `lr · mean / (root + ε)`. Nothing for another rule.
    pub fn corrected(self, n_steps: u32, [mean, square]: [f32; 2]) -> Option<[f32; 2]> {
        let step = adam_step(self, 1.0, n_steps as i32)?;
        Some([step.rate * mean, libm::sqrtf(square) / step.correction])
    }
}

/// Returns the numbers of Adam's step `n_steps`, both corrections included; nothing for another rule.
pub(crate) fn adam_step(rule: Optimiser, learning_rate: f32, n_steps: i32) -> Option<AdamStep> {
    let Optimiser::Adam { beta1, beta2, epsilon } = rule else { return None };
    let correction1 = 1.0 - libm::powf(beta1, n_steps as f32);
    let correction = libm::sqrtf(1.0 - libm::powf(beta2, n_steps as f32));
    Some(AdamStep { beta1, beta2, epsilon, rate: learning_rate / correction1, correction })
}
