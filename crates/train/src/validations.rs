//! The validations of a run: when the held-out images are measured, and what that does to the learning rate.

use crate::protocol::{RunConfig, RunError};
use crate::run::Run;
use receptive_nn::Course;

/// The validations of a run so far.
#[derive(Default)]
pub(crate) struct Validations {
    /// Oldest first: steps done, mean loss.
    pub(crate) measured: Vec<(u32, f32)>,
    /// How often they have cut the learning rate.
    pub(crate) n_cuts: u32,
}

/// Refuses a rate that waits for a loss that is never measured, and an interval of 0 steps.
pub(crate) fn check_validations(config: &RunConfig) -> Result<(), RunError> {
    if matches!(config.schedule.course, Course::Plateau(_)) && config.n_validation == 0 {
        return Err(RunError::NothingToWatch);
    }
    if config.validate_every == Some(0) {
        return Err(RunError::NoInterval);
    }
    Ok(())
}

impl Run {
    /// True if the validation images are to be measured now, and were not yet.
    pub(crate) fn is_validation_due(&self) -> bool {
        let at_interval = self.config.validate_every.is_some_and(|every| self.iteration.is_multiple_of(every));
        let last = self.validations.measured.last();
        let is_measured = last.is_some_and(|(iteration, _)| *iteration == self.iteration);
        let is_due = self.is_epoch_end() || (at_interval && self.iteration > 0);
        self.config.n_validation > 0 && is_due && !is_measured
    }

    /// The step behind which something comes before the next one: the end of the epoch at hand, or a validation before it.
    pub(crate) fn next_stop(&self) -> u32 {
        let end = (self.epochs_done() + 1) * self.steps_per_epoch;
        let every = self.config.validate_every.filter(|_| self.config.n_validation > 0);
        every.map_or(end, |every| end.min((self.iteration / every + 1).saturating_mul(every)))
    }

    /// Takes in what a validation came to. The learning rate of the steps that follow may depend on it.
    pub(crate) fn validated(&mut self, loss: f32) {
        self.validations.measured.push((self.iteration, loss));
        self.count_cuts();
    }

    /// Puts back what was measured before a checkpoint was taken.
    pub(crate) fn put_measured(&mut self, measured: &[(u32, f32)]) {
        self.validations.measured = measured.to_vec();
        self.forget_later();
    }

    /// Forgets validations of weights that the run has no longer come to.
    pub(crate) fn forget_later(&mut self) {
        let iteration = self.iteration;
        self.validations.measured.retain(|(measured, _)| *measured <= iteration);
        self.count_cuts();
    }

    /// Finds out how often the rate was cut: again when the run has another number of steps.
    pub(crate) fn count_cuts(&mut self) {
        self.validations.n_cuts = self.config.schedule.n_cuts(self.n_steps, &self.validations.measured);
    }
}
