//! Exponentials and their shares, as the engine takes them and as a beginner would.

use crate::trace::Run;
use crate::{factor, number};
use receptive_core::ConvParams;
use receptive_core::ops::softmax_cross_entropy_forward;
use receptive_nn::{Head, Layer, Program, Purpose, Spec, SpecError, Target};

/// Name of the logits as they go in, in the program.
pub(super) const FED: &str = "conv 1";

/// The formula of the exponentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The largest logit is taken away first, as the engine does it.
    Stable,
    /// `exp(z)` as it stands, in single precision.
    Naive,
}

/// One class's way from its logit to its probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The logit as it goes in.
    pub z: f32,
    /// The argument of `exp`.
    pub exponent: f32,
    /// `exp(exponent)`.
    pub exponential: f32,
    /// The probability.
    pub p: f32,
}

/// A softmax, class by class.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// The logits.
    pub logits: Vec<f32>,
    /// The factor, the summand and the divisor of the logits, in this order.
    pub change: [f32; 3],
    /// The formula of the exponentials.
    pub form: Form,
    /// The classes.
    pub shares: Vec<Share>,
    /// The largest logit of those that go in.
    pub max: f32,
    /// The sum of the exponentials.
    pub total: f32,
}

impl Shares {
    /// The softmax of `(scale · logit + shift) / t`.
    pub fn new(logits: Vec<f32>, change @ [scale, shift, t]: [f32; 3], form: Form) -> Self {
        let fed: Vec<_> = logits.iter().map(|logit| (scale * logit + shift) / t).collect();
        let max = fed.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponent = |z: f32| if form == Form::Stable { z - max } else { z };
        let exponential = |z: f32| libm::expf(exponent(z));
        let total = fed.iter().fold(0.0, |total, &z| total + exponential(z));
        let share =
            |&z: &f32| Share { z, exponent: exponent(z), exponential: exponential(z), p: exponential(z) / total };
        let shares = fed.iter().map(share).collect();
        Self { logits, change, form, shares, max, total }
    }

    /// Number of classes.
    pub fn n(&self) -> usize {
        self.shares.len()
    }

    /// The logits as they go in.
    pub fn fed(&self) -> Vec<f32> {
        self.shares.iter().map(|share| share.z).collect()
    }

    /// The probabilities.
    pub fn p(&self) -> Vec<f32> {
        self.shares.iter().map(|share| share.p).collect()
    }

    /// The sum of the exponentials of the first classes.
    pub fn so_far(&self, n: usize) -> f32 {
        if n >= self.n() { self.total } else { self.shares[..n].iter().map(|share| share.exponential).sum() }
    }

    /// The way of the logits as a program: one factor and one summand for all of them, a linear layer that passes them
    /// on, softmax. Its values are these.
    ///
    /// # Errors
    /// When there are no classes.
    pub(super) fn run(&self) -> Result<Run, SpecError> {
        let change = Layer::Conv2d { kernels: 1, size: [1, 1], params: ConvParams::default() };
        let layers = vec![change, Layer::Flatten, Layer::Linear { units: self.n() }];
        let spec = Spec { input: [1, 1, self.n()], layers };
        let kept = [Target::Layer(FED.into())];
        let program = Program::compile_for(&spec, 1, Purpose::Gradients, Head::default(), &kept)?;
        let made = spec.names().into_iter().map(|name| (name, self.fed()));
        let ends = [("input".into(), self.logits.clone()), ("probabilities".into(), self.p())];
        Ok(Run::of_tensors(program, 0, ends.into_iter().chain(made)))
    }

    /// Returns the change of a logit before softmax, with its numbers; `None` if there is none.
    pub(super) fn changed(&self, logit: &str, is_notation: bool) -> Option<String> {
        let [scale, shift, t] = self.change;
        let scaled =
            if scale == 1.0 { logit.to_string() } else { format!("{}·{}", number(scale), in_brackets(logit)) };
        let sum = if shift == 0.0 { scaled } else { format!("{scaled} + {}", factor(shift)) };
        let divided = match (t == 1.0, is_notation) {
            (true, _) => sum,
            (false, true) => format!("frac({sum}, {})", number(t)),
            (false, false) if shift == 0.0 => format!("{sum} / {}", number(t)),
            (false, false) => format!("({sum}) / {}", number(t)),
        };
        (self.change != [1.0, 0.0, 1.0]).then_some(divided)
    }
}

/// A number in brackets where its sign would be in the way.
fn in_brackets(text: &str) -> String {
    if text.starts_with('−') { format!("({text})") } else { text.into() }
}

/// The cross-entropy of the true class.
pub(super) fn loss(logits: &[f32], target: usize) -> f32 {
    let (mut losses, mut p) = ([0.0], vec![0.0; logits.len()]);
    let Ok(target) = u8::try_from(target) else { return f32::NAN };
    softmax_cross_entropy_forward(&mut losses, &mut p, logits, &[target], logits.len());
    losses[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_those_of_the_lectures() {
        // Logarithms of probabilities are logits of these probabilities.
        let loss = |p: &[f32], target| loss(&p.iter().map(|p| p.ln()).collect::<Vec<_>>(), target);
        assert!((loss(&[0.3, 0.6, 0.1], 1) - 0.511).abs() < 5e-4);
        let ten = [0.1, 0.2, 0.1, 0.05, 0.05, 0.05, 0.05, 0.3, 0.05, 0.05];
        assert!((loss(&ten, 7) - 1.204).abs() < 5e-4);
    }
}
