//! The course of the learning rate over a run.

use core::f32::consts::PI;
use serde::{Deserialize, Serialize};

/// The course of the learning rate from the first step to the last. `rate` is the one that was chosen, `t` the share of the
/// run that is over, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Course {
    /// The same at every step.
    #[default]
    Constant,
    /// In a straight line to zero, `rate · (1 − t)`: large steps to find the valley, small ones to settle in it (Goyal et
    /// al. 2017 and many others decay it so or in stairs).
    Linear,
    /// In stairs of equal length, `rate · factor^⌊STAIRS · t⌋` (Krizhevsky et al. 2012 divide by 10 three times).
    Step {
        /// What each stair multiplies the rate by.
        factor: f32,
    },
    /// By the same share at every step, `rate · factor^t`.
    Exponential {
        /// The share of the rate that is left at the end.
        factor: f32,
    },
    /// Along half a wave of the cosine, `rate · (1 + cos πt) / 2` (Loshchilov & Hutter 2017, equation 5, without restarts).
    Cosine,
    /// Up from a 25th of the rate over the first 30 % of the run, and down to a 250,000th of it, both along half a wave of
    /// the cosine (Smith & Topin 2018, with the shares that PyTorch's `OneCycleLR` takes).
    OneCycle,
}

/// The learning rate over a run: a course, and a warm-up before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// The course after the warm-up.
    pub course: Course,
    /// The share of the run's steps, from 0 to 1, over which the rate rises in a straight line to where the course begins
    /// (Goyal et al. 2017, section 2.2).
    pub warm_up: f32,
}

impl Course {
    /// Stairs of [`Course::Step`].
    pub const STAIRS: u32 = 4;
    /// Share of a one-cycle run over which the rate rises.
    pub const RISE: f32 = 0.3;
    /// A one-cycle run begins with the rate over this.
    pub const FIRST_DIVISOR: f32 = 25.0;
    /// It ends with its first rate over this.
    pub const LAST_DIVISOR: f32 = 1e4;
    /// All courses with their usual settings.
    pub const ALL: [Self; 6] = [
        Self::Constant,
        Self::Linear,
        Self::Step { factor: 0.1 },
        Self::Exponential { factor: 0.01 },
        Self::Cosine,
        Self::OneCycle,
    ];

    /// The name that a link carries.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Constant => "constant",
            Self::Linear => "linear",
            Self::Step { .. } => "step",
            Self::Exponential { .. } => "exponential",
            Self::Cosine => "cosine",
            Self::OneCycle => "onecycle",
        }
    }

    /// The course that a link names, with its usual settings.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|course| course.key() == key)
    }

    /// The factor of a course that has one.
    pub const fn factor(self) -> Option<f32> {
        match self {
            Self::Step { factor } | Self::Exponential { factor } => Some(factor),
            _ => None,
        }
    }

    /// The same course with this factor, if it has one.
    #[must_use]
    pub const fn with_factor(self, factor: f32) -> Self {
        match self {
            Self::Step { .. } => Self::Step { factor },
            Self::Exponential { .. } => Self::Exponential { factor },
            other => other,
        }
    }

    /// The learning rate of step `step`, counted from 0, of `n_steps`. The rate that is chosen is `base`.
    pub fn rate(self, base: f32, step: u32, n_steps: u32) -> f32 {
        let t = step.min(n_steps) as f32 / n_steps.max(1) as f32;
        match self {
            Self::Constant => base,
            Self::Linear => base * n_steps.saturating_sub(step) as f32 / n_steps.max(1) as f32,
            Self::Step { factor } => {
                base * libm::powf(factor, libm::floorf(Self::STAIRS as f32 * t).min((Self::STAIRS - 1) as f32))
            }
            Self::Exponential { factor } => base * libm::powf(factor, t),
            Self::Cosine => half_wave(base, 0.0, t),
            Self::OneCycle => {
                let first = base / Self::FIRST_DIVISOR;
                if t < Self::RISE {
                    half_wave(first, base, t / Self::RISE)
                } else {
                    half_wave(base, first / Self::LAST_DIVISOR, (t - Self::RISE) / (1.0 - Self::RISE))
                }
            }
        }
    }
}

/// Half a wave of the cosine, from one value at `t` = 0 to another at `t` = 1.
fn half_wave(from: f32, to: f32, t: f32) -> f32 {
    to + (from - to) * 0.5 * (1.0 + libm::cosf(PI * t))
}

impl Schedule {
    /// The same rate at every step.
    pub const CONSTANT: Self = Self::plain(Course::Constant);
    /// A straight line to zero.
    pub const LINEAR: Self = Self::plain(Course::Linear);

    /// A course without a warm-up.
    pub const fn plain(course: Course) -> Self {
        Self { course, warm_up: 0.0 }
    }

    /// The rates of a run of `n_steps` at up to `n + 1` steps, evenly apart, the first and the last among them: step and rate.
    pub fn sampled(self, base: f32, n_steps: u32, n: u32) -> impl Iterator<Item = (u32, f32)> {
        let (last, n) = (n_steps.saturating_sub(1), n.clamp(1, n_steps.max(2) - 1));
        let step = move |i: u32| (u64::from(i) * u64::from(last) / u64::from(n)) as u32;
        (0..=n).map(move |i| (step(i), self.rate(base, step(i), n_steps)))
    }

    /// True if the rate is finite and not below 0 throughout: a factor is above 0 and at most 1, the warm-up a share of the run.
    pub fn makes_sense(self) -> bool {
        let is_factor = |factor: f32| factor > 0.0 && factor <= 1.0;
        self.course.factor().is_none_or(is_factor) && (0.0..=1.0).contains(&self.warm_up)
    }

    /// Steps of the warm-up in a run of `n_steps`.
    pub fn n_warm(self, n_steps: u32) -> u32 {
        libm::roundf(self.warm_up.clamp(0.0, 1.0) * n_steps as f32) as u32
    }

    /// The learning rate of step `step`, counted from 0, of a run of `n_steps`. The rate that is chosen is `base`. The first
    /// step of a warm-up of `n` takes an `n + 1`st of the rate at which the course begins.
    pub fn rate(self, base: f32, step: u32, n_steps: u32) -> f32 {
        let n_warm = self.n_warm(n_steps);
        if step < n_warm {
            return self.course.rate(base, 0, 1) * (step + 1) as f32 / (n_warm + 1) as f32;
        }
        self.course.rate(base, step - n_warm, n_steps.saturating_sub(n_warm))
    }
}

#[cfg(test)]
mod tests {
    use super::{Course, Schedule};
    use alloc::vec::Vec;

    fn close(got: f32, want: f64) -> bool {
        (f64::from(got) - want).abs() <= 1e-6 * want.abs().max(1e-6)
    }

    #[test]
    fn a_linear_schedule_starts_at_the_rate_and_ends_one_step_above_zero() {
        let rates = [0, 1, 2, 3].map(|step| Schedule::LINEAR.rate(0.4, step, 4));
        assert_eq!(rates, [0.4, 0.3, 0.2, 0.1].map(|rate: f32| rate));
        assert_eq!(Schedule::CONSTANT.rate(0.4, 3, 4), 0.4);
        assert_eq!(Schedule::LINEAR.rate(0.4, 9, 4), 0.0);
    }

    #[test]
    fn each_course_goes_through_the_rates_of_its_formula() {
        let rate = |course: Course, step| Schedule::plain(course).rate(0.8, step, 8);
        // Stairs of two steps each.
        let stairs = [0.8, 0.8, 0.08, 0.08, 0.008, 0.008, 0.0008, 0.0008];
        for (step, want) in stairs.into_iter().enumerate() {
            assert!(close(rate(Course::Step { factor: 0.1 }, step as u32), want), "stair {step}");
        }
        // A half of the way: the root of the factor, and the middle of the wave.
        assert!(close(rate(Course::Exponential { factor: 0.01 }, 4), 0.08));
        assert!(close(rate(Course::Cosine, 4), 0.4));
        assert!(close(rate(Course::Cosine, 2), 0.4 * (1.0 + 0.5_f64.sqrt())));
        assert!(close(rate(Course::Cosine, 0), 0.8));
    }

    #[test]
    fn one_cycle_rises_for_three_tenths_and_falls_to_almost_nothing() {
        let rate = |step| Schedule::plain(Course::OneCycle).rate(0.5, step, 100);
        assert!(close(rate(0), 0.02) && close(rate(15), 0.26) && close(rate(30), 0.5), "{} {}", rate(0), rate(15));
        assert!(close(rate(65), (0.5 + 2e-6) / 2.0), "{}", rate(65));
        assert!(rate(99) > 0.0 && rate(99) < 0.001);
    }

    #[test]
    fn a_warm_up_rises_in_a_line_to_where_the_course_begins() {
        let schedule = Schedule { course: Course::Linear, warm_up: 0.375 };
        let rates: [f32; 8] = core::array::from_fn(|step| schedule.rate(0.4, step as u32, 8));
        for (got, want) in rates.into_iter().zip([0.1, 0.2, 0.3, 0.4, 0.32, 0.24, 0.16, 0.08]) {
            assert!(close(got, want), "{rates:?}");
        }
        // A warm-up that takes the whole run, and one that takes more than all.
        assert!(schedule.makes_sense());
        for warm_up in [-0.1, 1.1, f32::NAN] {
            assert!(!Schedule { warm_up, ..schedule }.makes_sense(), "{warm_up}");
        }
        for factor in [0.0, -0.1, 1.1, f32::NAN] {
            assert!(!Schedule::plain(Course::Step { factor }).makes_sense(), "{factor}");
        }
        for warm_up in [1.0, 9.0] {
            let schedule = Schedule { warm_up, ..schedule };
            assert!(close(schedule.rate(0.4, 7, 8), 0.4 * 8.0 / 9.0) && schedule.rate(0.4, 8, 8).is_finite());
        }
    }

    #[test]
    fn samples_are_evenly_apart_and_hold_both_ends() {
        let steps = |n_steps, n| Schedule::LINEAR.sampled(1.0, n_steps, n).map(|(step, _)| step).collect::<Vec<_>>();
        assert_eq!(steps(101, 4), [0, 25, 50, 75, 100]);
        assert_eq!(steps(3, 100), [0, 1, 2]);
        assert_eq!(steps(1, 100), [0, 0]);
        assert_eq!(steps(0, 100), [0, 0]);
        assert!(Schedule::LINEAR.sampled(0.5, 4, 3).map(|(_, rate)| rate).eq([0.5, 0.375, 0.25, 0.125]));
    }

    #[test]
    fn a_course_is_found_by_its_name_and_keeps_its_factor() {
        for course in Course::ALL {
            assert_eq!(Course::from_key(course.key()), Some(course));
            assert_eq!(course.with_factor(0.5).factor().is_some(), course.factor().is_some());
        }
        assert_eq!(Course::from_key("plateau"), None);
        assert_eq!(Course::Step { factor: 0.1 }.with_factor(0.5), Course::Step { factor: 0.5 });
    }
}
