//! The learning-rate range test: one short run whose rate grows until the loss explodes, and the rate that it proposes.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A range test: `n_steps` steps whose rate grows from `low` to `high`, each by the same factor (L. N. Smith 2017, "Cyclical
/// Learning Rates for Training Neural Networks", section 3.3, where it grows in a straight line; over so many powers of ten
/// equal factors show more).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeTest {
    /// The rate of the first step.
    pub low: f32,
    /// The rate of the last step.
    pub high: f32,
    /// Steps.
    pub n_steps: u32,
}

/// What a range test came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// The loss fell, and was least near this rate; a tenth of it is proposed.
    Proposed {
        /// The rate at which the smoothed loss was least.
        least_at: f32,
        /// The proposed rate, in two digits.
        rate: f32,
    },
    /// The loss never fell to speak of.
    NeverFell,
}

impl RangeTest {
    /// Six powers of ten in a hundred steps: the rates that any of the update rules may want are among them.
    pub const USUAL: Self = Self { low: 1e-5, high: 10.0, n_steps: 100 };
    /// The weight of the newest loss in the smoothed one.
    const NEWEST: f64 = 0.15;
    /// Above so many times the least loss it has exploded.
    const EXPLODED: f64 = 4.0;
    /// A least loss above this part of the first one is no fall to speak of.
    const FALLEN: f64 = 0.97;
    /// The share of the rate of the least loss that is proposed. There the loss is about to grow: it is too large to train with.
    const SHARE: f32 = 0.1;

    /// True if its rates are above 0, finite and rising, and there are at least two steps.
    pub fn makes_sense(self) -> bool {
        self.low > 0.0 && self.low < self.high && self.high.is_finite() && self.n_steps >= 2
    }

    /// The rate of a step, counted from 0: `low · (high / low)^(step / (n_steps − 1))`.
    pub fn rate(self, step: u32) -> f32 {
        let t = f64::from(step) / f64::from(self.n_steps.max(2) - 1);
        (f64::from(self.low) * libm::pow(f64::from(self.high) / f64::from(self.low), t)) as f32
    }

    /// The losses smoothed: an exponential mean of each and those before it, its weights brought to the sum 1 (Kingma & Ba
    /// 2015, section 3).
    pub fn smoothed(losses: &[f32]) -> Vec<f32> {
        let (mut mean, mut missing) = (0.0, 1.0);
        let next = |loss: &f32| {
            mean += Self::NEWEST * (f64::from(*loss) - mean);
            missing *= 1.0 - Self::NEWEST;
            (mean / (1.0 - missing)) as f32
        };
        losses.iter().map(next).collect()
    }

    /// True if the test is over after these losses: all steps are taken, or the loss has exploded.
    pub fn is_over(self, losses: &[f32]) -> bool {
        let smoothed = Self::smoothed(losses);
        let least = smoothed.iter().copied().fold(f32::INFINITY, f32::min);
        // A loss that is no number has exploded too.
        let has_exploded = |last: &f32| last.is_nan() || f64::from(*last) > Self::EXPLODED * f64::from(least);
        losses.len() >= self.n_steps as usize || smoothed.last().is_some_and(has_exploded)
    }

    /// What the test came to: a tenth of the rate at which the smoothed loss was least. Nothing before there are losses.
    pub fn verdict(self, losses: &[f32]) -> Option<Verdict> {
        let smoothed = Self::smoothed(losses);
        let first = *smoothed.first()?;
        let least = (0..smoothed.len()).reduce(|best, i| if smoothed[i] < smoothed[best] { i } else { best })?;
        if first.is_nan() || f64::from(smoothed[least]) > Self::FALLEN * f64::from(first) {
            return Some(Verdict::NeverFell);
        }
        let least_at = self.rate(least as u32);
        Some(Verdict::Proposed { least_at, rate: two_digits(Self::SHARE * least_at) })
    }
}

/// A number above 0, rounded to its first two digits: a test of a hundred steps knows no more of a rate.
fn two_digits(value: f32) -> f32 {
    let value = f64::from(value);
    let unit = libm::pow(10.0, libm::floor(libm::log10(value)) - 1.0);
    (libm::round(value / unit) * unit) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEST: RangeTest = RangeTest { low: 1e-4, high: 1.0, n_steps: 5 };

    /// The losses of plain descent from w = 5 on `½ · curvature · (w − t)²`, whose t is now 1 and now −1: examples that
    /// do not agree.
    fn parabola(test: RangeTest, curvature: f32) -> Vec<f32> {
        let mut w = 5.0_f32;
        let mut losses = alloc::vec![];
        for step in 0..test.n_steps {
            let target = if step % 2 == 0 { 1.0 } else { -1.0 };
            losses.push(0.5 * curvature * (w - target) * (w - target));
            if test.is_over(&losses) {
                break;
            }
            w -= test.rate(step) * curvature * (w - target);
        }
        losses
    }

    #[test]
    fn rates_grow_by_the_same_factor_from_end_to_end() {
        for (step, want) in [1e-4, 1e-3, 1e-2, 1e-1, 1.0].into_iter().enumerate() {
            let rate = TEST.rate(step as u32);
            assert!((rate - want).abs() <= 1e-6 * want, "{step}: {rate}");
        }
        assert!(TEST.makes_sense() && RangeTest::USUAL.makes_sense());
        for bad in [
            RangeTest { low: 0.0, ..TEST },
            RangeTest { low: 2.0, ..TEST },
            RangeTest { high: f32::NAN, ..TEST },
            RangeTest { n_steps: 1, ..TEST },
        ] {
            assert!(!bad.makes_sense(), "{bad:?}");
        }
    }

    #[test]
    fn a_constant_loss_is_smoothed_to_itself_and_is_no_fall() {
        let smoothed = RangeTest::smoothed(&[2.0; 9]);
        assert!(smoothed.iter().all(|loss| (loss - 2.0).abs() < 1e-6), "{smoothed:?}");
        assert_eq!(TEST.verdict(&[2.0; 5]), Some(Verdict::NeverFell));
        assert_eq!((TEST.verdict(&[]), TEST.verdict(&[f32::NAN; 3])), (None, Some(Verdict::NeverFell)));
    }

    #[test]
    fn it_stops_when_the_loss_explodes_or_is_no_number() {
        assert!(!TEST.is_over(&[2.0, 1.0, 1.5]) && TEST.is_over(&[2.0, 1.0, 400.0]));
        assert!(TEST.is_over(&[2.0, f32::NAN]) && TEST.is_over(&[1.0; 5]) && !TEST.is_over(&[]));
    }

    #[test]
    fn a_proposal_has_two_digits() {
        for (value, want) in [(0.003_235_9, 0.0032), (0.0999, 0.1), (12.6, 13.0), (1e-6, 1e-6), (0.5, 0.5)] {
            assert!((two_digits(value) - want).abs() <= 1e-6 * want, "{value}: {}", two_digits(value));
        }
    }

    #[test]
    fn on_a_parabola_it_proposes_a_rate_that_comes_down_and_none_beyond_its_limit() {
        // Above 2 / curvature each step lands higher than the last.
        for curvature in [1.0, 10.0, 200.0] {
            let losses = parabola(RangeTest::USUAL, curvature);
            let Some(Verdict::Proposed { least_at, rate }) = RangeTest::USUAL.verdict(&losses) else {
                panic!("{curvature}: {losses:?}")
            };
            let limit = 2.0 / curvature;
            assert!(rate < 0.2 * limit && rate > 0.002 * limit, "{curvature}: {rate} of {least_at}");
            assert!(losses.len() < 100, "{curvature}: it never exploded");
        }
    }
}
