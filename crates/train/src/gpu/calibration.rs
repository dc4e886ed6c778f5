//! The calibration of the GPU against the processor: each is timed over steps that it takes anyway.

/// An engine is timed for at least this number of steps …
const MIN_STEPS: u32 = 4;
/// … and this time, in milliseconds.
const MIN_MILLIS: f64 = 200.0;
/// The GPU's first answers are not timed: drivers compile late.
const WARM_ANSWERS: u32 = 2;

/// The timing of one engine's steps.
#[derive(Clone, Copy, Debug, Default)]
struct Timing {
    /// The time at which the last step ended, if nothing but steps came since.
    since: Option<f64>,
    n_steps: u32,
    millis: f64,
}

impl Timing {
    fn add(&mut self, n_steps: u32, now_millis: f64) {
        if let Some(since) = self.since.replace(now_millis) {
            self.millis += (now_millis - since).max(0.0);
            self.n_steps += n_steps;
        }
    }

    /// Steps per millisecond, once that can be said.
    fn speed(&self) -> Option<f64> {
        (self.n_steps >= MIN_STEPS && self.millis >= MIN_MILLIS).then(|| f64::from(self.n_steps) / self.millis)
    }
}

/// The measurements of both engines, as far as they have come.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct EngineCalibration {
    cpu: Timing,
    gpu: Timing,
    n_answers: u32,
}

impl EngineCalibration {
    /// Notes that the processor has done a step.
    pub(crate) fn cpu_step(&mut self, now_millis: f64) {
        self.cpu.add(1, now_millis);
    }

    /// Notes that the GPU was idle and begins.
    pub(crate) fn gpu_begins(&mut self, now_millis: f64) {
        self.gpu.since = Some(now_millis);
    }

    /// Notes that the GPU has answered for steps.
    pub(crate) fn gpu_steps(&mut self, n_steps: u32, now_millis: f64) {
        self.n_answers = self.n_answers.saturating_add(1);
        if self.n_answers <= WARM_ANSWERS {
            self.gpu.since = None;
        }
        self.gpu.add(n_steps, now_millis);
    }

    /// Notes that whatever comes next does not belong to a step.
    pub(crate) fn interrupt(&mut self) {
        (self.cpu.since, self.gpu.since) = (None, None);
    }

    /// True if the processor's speed is known.
    pub(crate) fn is_cpu_timed(&self) -> bool {
        self.cpu.speed().is_some()
    }

    /// Speed of the GPU over that of the processor, once both are known.
    pub(crate) fn gpu_times_cpu(&self) -> Option<f32> {
        Some((self.gpu.speed()? / self.cpu.speed()?) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_compared_over_steps_alone() {
        let mut calibration = EngineCalibration::default();
        for i in 0..30 {
            calibration.cpu_step(10.0 * f64::from(i));
        }
        calibration.interrupt();
        assert!(calibration.is_cpu_timed() && calibration.gpu_times_cpu().is_none());
        for i in 0..30 {
            calibration.gpu_steps(2, 9000.0 + 10.0 * f64::from(i));
        }
        assert!(calibration.gpu_times_cpu().is_some_and(|ratio| (ratio - 2.0).abs() < 0.01));
        calibration.gpu_begins(1e6);
        calibration.gpu_steps(2, 1e6 + 10.0);
        assert!(calibration.gpu_times_cpu().is_some_and(|ratio| (ratio - 2.0).abs() < 0.01), "a break is no step");
    }
}
