//! What an update rule remembers from step to step.

use super::Optimiser;
use crate::init::Parameters;
use crate::program::instr::{Average, Update};
use crate::program::{BufferId, Instr};
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::ops::{batch_norm_average, clip_factor, square_sum, update_weights};

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

    /// Does one instruction of a program's updates. `found` gives the values of the buffer that it reads, `scale` is the factor
    /// of every gradient.
    pub(crate) fn take<'a>(
        &mut self,
        instr: &Instr,
        parameters: &mut Parameters,
        found: impl FnOnce(BufferId) -> &'a [f32],
        [learning_rate, scale]: [f32; 2],
    ) {
        match *instr {
            Instr::Update(Update { param, grad, rule }) => {
                let i = param.index();
                self.update(rule, i, parameters.values_at_mut(i), found(grad), [learning_rate, scale]);
            }
            Instr::Average(Average { param, found: id, momentum, factor }) => {
                batch_norm_average(parameters.values_at_mut(param.index()), found(id), momentum, factor);
            }
            _ => {}
        }
    }

    /// Updates tensor `i`, whose values are `w`, by `scale` times its gradient.
    pub fn update(
        &mut self,
        optimiser: Optimiser,
        i: usize,
        w: &mut [f32],
        grad: &[f32],
        [learning_rate, scale]: [f32; 2],
    ) {
        let mut rows = self.slots[i].iter_mut();
        let moments = [(); 3].map(|()| rows.next().map_or(&mut [][..], Vec::as_mut_slice));
        update_weights(w, moments, grad, optimiser.step(learning_rate, self.n_steps, scale));
    }
}

/// Returns the factor of all gradients of a step: 1, or less where clipping shortens them. `found` gives the values of the
/// buffers that the updates read, in their order; the norm is taken over all that is learnt.
pub(crate) fn clip_scale<'a>(updates: &[Instr], mut found: impl FnMut(BufferId) -> &'a [f32]) -> f32 {
    let mut most = None;
    let mut squares = 0.0;
    for instr in updates {
        match instr {
            Instr::Update(Update { grad, rule, .. }) => {
                let Some(max_norm) = rule.max_norm else { return 1.0 };
                most = Some(max_norm);
                squares += square_sum(found(*grad));
            }
            // Its place in a row of gradients is passed over.
            Instr::Average(Average { found: id, .. }) => _ = found(*id),
            _ => {}
        }
    }
    most.map_or(1.0, |most| clip_factor(libm::sqrt(squares), most))
}
