//! All gradients of a network, and the statistics of the batch, as one row of numbers: how the shards of a batch are
//! added up, and what an update takes.

use crate::cpu::CpuEngine;
use crate::init::Parameters;
use crate::optim::{OptimiserState, clip_scale};
use crate::program::instr::{Average, Update};
use crate::program::{BufferId, Instr, Program};

impl CpuEngine {
    /// Writes `weight` × the gradients of the last [`gradients`](Self::gradients) to `row`, one tensor after the
    /// other in the order of the parameters.
    ///
    /// `row` has as many values as the network has parameters.
    pub fn write_gradients(&self, weight: f32, row: &mut [f32]) {
        self.with_gradients(row, |row, grad| row.iter_mut().zip(grad).for_each(|(out, g)| *out = weight * g));
    }

    /// Adds to `row` what [`write_gradients`](Self::write_gradients) would write.
    pub fn add_gradients(&self, weight: f32, row: &mut [f32]) {
        self.with_gradients(row, |row, grad| row.iter_mut().zip(grad).for_each(|(sum, g)| *sum += weight * g));
    }

    /// Calls `meet` with every tensor's part of a row and its gradient.
    fn with_gradients(&self, row: &mut [f32], meet: impl Fn(&mut [f32], &[f32])) {
        let mut rest = row;
        for instr in self.program().update() {
            if let Instr::Update(Update { grad: found, .. }) | Instr::Average(Average { found, .. }) = instr {
                let grad = self.buffer(*found);
                let (part, after) = rest.split_at_mut(grad.len());
                meet(part, grad);
                rest = after;
            }
        }
    }
}

/// Adds one row of gradients to another of the same length.
pub fn add_row(sum: &mut [f32], row: &[f32]) {
    sum.iter_mut().zip(row).for_each(|(sum, g)| *sum += g);
}

impl OptimiserState {
    /// One step of `program`, which is one for training: updates every parameter by its place in `row`, which
    /// [`CpuEngine::write_gradients`] lays out. Returns the factor that clipping multiplied all gradients with.
    pub fn step(&mut self, program: &Program, parameters: &mut Parameters, row: &[f32], learning_rate: f32) -> f32 {
        fn taken<'a>(rest: &mut &'a [f32], program: &Program, id: BufferId) -> &'a [f32] {
            let (found, after) = rest.split_at(program.buffers()[id.index()].shape.len());
            *rest = after;
            found
        }
        self.begin_step();
        let mut rest = row;
        let scale = clip_scale(program.update(), |id| taken(&mut rest, program, id));
        let mut rest = row;
        for instr in program.update() {
            self.take(instr, parameters, |id| taken(&mut rest, program, id), [learning_rate, scale]);
        }
        scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Optimiser, Preset, Program, Purpose};
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn a_step_on_the_row_is_bitwise_a_training_step() {
        for preset in [Preset::Small, Preset::Mlp] {
            for rule in Optimiser::ALL {
                let spec = preset.spec();
                let mut engine = CpuEngine::new(Program::compile(&spec, 3, Purpose::Training(rule)).unwrap());
                let images: Vec<f32> = (0..3 * 784).map(|i| (i % 11) as f32 / 11.0).collect();
                let start = Parameters::init(&spec, 5).unwrap();
                let (mut want, mut got) = (start.clone(), start.clone());
                let mut want_state = OptimiserState::new(rule, &start);
                let mut got_state = OptimiserState::new(rule, &start);
                let mut row = vec![f32::NAN; start.len()];
                for _ in 0..3 {
                    engine.gradients(&got, &images, &[1, 7, 3]);
                    engine.write_gradients(1.0, &mut row);
                    got_state.step(engine.program(), &mut got, &row, 0.01);
                    engine.train_step(&mut want, &mut want_state, &images, &[1, 7, 3], 0.01);
                }
                assert!(got == want && got_state == want_state && want != start, "{preset:?} {rule:?}");
            }
        }
    }

    #[test]
    fn gradients_are_weighed_and_added() {
        let spec = Preset::Linear.spec();
        let mut engine = CpuEngine::new(Program::compile(&spec, 2, Purpose::Training(Optimiser::SGD)).unwrap());
        let parameters = Parameters::init(&spec, 5).unwrap();
        engine.gradients(&parameters, &[0.5; 2 * 784], &[1, 2]);
        let (mut once, mut sum) = (vec![f32::NAN; parameters.len()], vec![f32::NAN; parameters.len()]);
        engine.write_gradients(1.0, &mut once);
        engine.write_gradients(0.25, &mut sum);
        engine.add_gradients(0.5, &mut sum);
        add_row(&mut sum, &once.clone());
        let want: Vec<f32> = once.iter().map(|g| 0.25 * g + 0.5 * g + g).collect();
        assert_eq!(sum, want);
        assert!(want.iter().any(|&g| g != 0.0));
    }
}
