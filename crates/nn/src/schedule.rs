//! The course of the learning rate over a run.

mod plateau;

pub use plateau::{Followed, Plateau};

use core::f32::consts::PI;
use serde::{Deserialize, Serialize};

/// The course of the learning rate from the first step to the last. `rate` is the one that was chosen, `t` the share of the
/// run that is over, from 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Course {
    /// The same at every step.
    #[default]
    Constant,
    /// In a straight line to the lowest rate, `lowest + (rate − lowest) · (1 − t)`: large steps to find the valley, small
    /// ones to settle in it (Goyal et al. 2017 and many others decay it so or in stairs).
    Linear,
    /// In stairs of equal length, `rate · factor^⌊stairs · t⌋` (Krizhevsky et al. 2012 divide by 10 three times).
    Step {
        /// What each stair multiplies the rate by.
        factor: f32,
        /// Stairs of the run, the first among them.
        stairs: u32,
    },
    /// By the same share at every step, `rate · factor^t`.
    Exponential {
        /// The share of the rate that is left at the end.
        factor: f32,
    },
    /// Along half a wave of the cosine, `lowest + (rate − lowest) · (1 + cos πt) / 2` (Loshchilov & Hutter 2017, equation 5,
    /// without restarts).
    Cosine,
    /// Up from a 25th of the rate over the first 30 % of the run, and down to a 250,000th of it, both along half a wave of
    /// the cosine (Smith & Topin 2018, with the shares that PyTorch's `OneCycleLR` takes).
    OneCycle,
    /// The same, until the loss on held-out images stops falling; then a factor of it, `rate · factor^cuts`, and so on (see
    /// [`Plateau`]). What is decided here depends on the run, so `t` has no part in it.
    Plateau(Plateau),
}

/// The learning rate over a run: a course, and a warm-up before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// The course after the warm-up.
    pub course: Course,
    /// The share of the run's steps, from 0 to 1, over which the rate rises in a straight line to where the course begins
    /// (Goyal et al. 2017, section 2.2).
    pub warm_up: f32,
    /// The rate below which no straight line, cosine or plateau goes; never more than the rate that was chosen.
    pub lowest: f32,
}

impl Course {
    /// Share of a one-cycle run over which the rate rises.
    pub const RISE: f32 = 0.3;
    /// A one-cycle run begins with the rate over this.
    pub const FIRST_DIVISOR: f32 = 25.0;
    /// It ends with its first rate over this.
    pub const LAST_DIVISOR: f32 = 1e4;
    /// All courses with their usual settings.
    pub const ALL: [Self; 7] = [
        Self::Constant,
        Self::Linear,
        Self::Step { factor: 0.1, stairs: 4 },
        Self::Exponential { factor: 0.01 },
        Self::Cosine,
        Self::OneCycle,
        Self::Plateau(Plateau::USUAL),
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
            Self::Plateau(_) => "plateau",
        }
    }

    /// The course that a link names, with its usual settings.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|course| course.key() == key)
    }

    /// The factor of a course that has one.
    pub const fn factor(self) -> Option<f32> {
        match self {
            Self::Step { factor, .. } | Self::Exponential { factor } | Self::Plateau(Plateau { factor, .. }) => {
                Some(factor)
            }
            _ => None,
        }
    }

    /// The same course with this factor, if it has one.
    #[must_use]
    pub const fn with_factor(self, factor: f32) -> Self {
        match self {
            Self::Step { stairs, .. } => Self::Step { factor, stairs },
            Self::Exponential { .. } => Self::Exponential { factor },
            Self::Plateau(plateau) => Self::Plateau(Plateau { factor, ..plateau }),
            other => other,
        }
    }

    /// True if it ends at a lowest rate.
    pub const fn has_lowest(self) -> bool {
        matches!(self, Self::Linear | Self::Cosine | Self::Plateau(_))
    }

    /// The stair that a step is on, from 0; 0 where there are none.
    pub fn stair(self, step: u32, n_steps: u32) -> u32 {
        match self {
            Self::Step { stairs, .. } => {
                let passed = u64::from(stairs) * u64::from(step) / u64::from(n_steps.max(1));
                passed.min(u64::from(stairs.saturating_sub(1))) as u32
            }
            _ => 0,
        }
    }

    /// The learning rate of step `step`, counted from 0, of `n_steps`, as long as no plateau was found. The rate that is
    /// chosen is `base`.
    fn rate(self, [base, lowest]: [f32; 2], step: u32, n_steps: u32) -> f32 {
        let t = step.min(n_steps) as f32 / n_steps.max(1) as f32;
        match self {
            Self::Constant | Self::Plateau(_) => base,
            Self::Linear => lowest + (base - lowest) * n_steps.saturating_sub(step) as f32 / n_steps.max(1) as f32,
            Self::Step { factor, .. } => base * libm::powf(factor, self.stair(step, n_steps) as f32),
            Self::Exponential { factor } => base * libm::powf(factor, t),
            Self::Cosine => half_wave(base, lowest, t),
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
        Self { course, warm_up: 0.0, lowest: 0.0 }
    }

    /// The rates of a run of `n_steps` at up to `n + 1` steps, evenly apart, the first and the last among them: step and
    /// rate. `measured` is what is known of the run's held-out loss: after so many steps, so much.
    pub fn sampled(self, base: f32, n_steps: u32, n: u32, measured: &[(u32, f32)]) -> impl Iterator<Item = (u32, f32)> {
        let (last, n) = (n_steps.saturating_sub(1), n.clamp(1, n_steps.max(2) - 1));
        let step = move |i: u32| (u64::from(i) * u64::from(last) / u64::from(n)) as u32;
        let known = move |step: u32| &measured[..measured.partition_point(|(iteration, _)| *iteration <= step)];
        (0..=n).map(move |i| (step(i), self.rate_after(base, step(i), n_steps, self.n_cuts(n_steps, known(step(i))))))
    }

    /// True if the rate is finite and not below 0 throughout: a factor is above 0 and at most 1, the warm-up a share of the
    /// run, a lowest rate not below 0, and there is at least one stair.
    pub fn makes_sense(self) -> bool {
        let is_factor = |factor: f32| factor > 0.0 && factor <= 1.0;
        let is_sound = match self.course {
            Course::Step { stairs, .. } => stairs > 0,
            Course::Plateau(plateau) => (0.0..1.0).contains(&plateau.threshold),
            _ => true,
        };
        let is_lowest = self.lowest >= 0.0 && self.lowest.is_finite();
        is_sound && is_lowest && self.course.factor().is_none_or(is_factor) && (0.0..=1.0).contains(&self.warm_up)
    }

    /// Steps of the warm-up in a run of `n_steps`.
    pub fn n_warm(self, n_steps: u32) -> u32 {
        libm::roundf(self.warm_up.clamp(0.0, 1.0) * n_steps as f32) as u32
    }

    /// The learning rate of step `step`, counted from 0, of a run of `n_steps`. The rate that is chosen is `base`. The first
    /// step of a warm-up of `n` takes an `n + 1`st of the rate at which the course begins. A plateau is never found.
    pub fn rate(self, base: f32, step: u32, n_steps: u32) -> f32 {
        self.rate_after(base, step, n_steps, 0)
    }

    /// The same after so many [cuts](Self::n_cuts) of the rate.
    pub fn rate_after(self, base: f32, step: u32, n_steps: u32, n_cuts: u32) -> f32 {
        let n_warm = self.n_warm(n_steps);
        let lowest = self.lowest.min(base);
        if step < n_warm {
            return self.course.rate([base, lowest], 0, 1) * (step + 1) as f32 / (n_warm + 1) as f32;
        }
        let rate = self.course.rate([base, lowest], step - n_warm, n_steps.saturating_sub(n_warm));
        match self.course {
            Course::Plateau(plateau) => (rate * libm::powf(plateau.factor, n_cuts as f32)).max(lowest),
            _ => rate,
        }
    }

    /// How often a plateau has cut the rate of a run of `n_steps`, whose held-out loss was measured after so many steps, to
    /// be so much. What was measured during the warm-up does not count.
    pub fn n_cuts(self, n_steps: u32, measured: &[(u32, f32)]) -> u32 {
        let Course::Plateau(plateau) = self.course else { return 0 };
        let n_warm = self.n_warm(n_steps);
        plateau.n_cuts(measured.iter().filter(|(iteration, _)| *iteration >= n_warm).map(|(_, loss)| *loss))
    }
}

#[cfg(test)]
mod tests;
