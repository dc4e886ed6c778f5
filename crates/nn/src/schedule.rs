//! The course of the learning rate over a run.

use serde::{Deserialize, Serialize};

/// The course of the learning rate from the first step to the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Schedule {
    /// The same at every step.
    #[default]
    Constant,
    /// In a straight line from its full height towards zero: large steps to find the valley, small ones to
    /// settle in it (Goyal et al. 2017 and many others decay it so or in stairs).
    Linear,
}

impl Schedule {
    /// All schedules.
    pub const ALL: [Self; 2] = [Self::Constant, Self::Linear];

    /// The name that a link carries.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Linear => "linear",
        }
    }

    /// The schedule that a link names.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|schedule| schedule.key() == key)
    }

    /// The learning rate of step `step`, counted from 0, of a run of `n_steps`.
    pub fn rate(self, base: f32, step: u32, n_steps: u32) -> f32 {
        match self {
            Self::Constant => base,
            Self::Linear => base * n_steps.saturating_sub(step) as f32 / n_steps.max(1) as f32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Schedule;

    #[test]
    fn a_linear_schedule_starts_at_the_rate_and_ends_one_step_above_zero() {
        let rates = [0, 1, 2, 3].map(|step| Schedule::Linear.rate(0.4, step, 4));
        assert_eq!(rates, [0.4, 0.3, 0.2, 0.1].map(|rate: f32| rate));
        assert_eq!(Schedule::Constant.rate(0.4, 3, 4), 0.4);
        assert_eq!(Schedule::Linear.rate(0.4, 9, 4), 0.0);
    }
}
