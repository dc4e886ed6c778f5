//! The numbers of one step of a rule: corrections for its start included.

use super::{Betas, Optimiser, Rule};
use receptive_core::ops::{
    AdaMaxStep, AdadeltaStep, AdagradStep, AdamStep, AmsGradStep, MOST_MOMENTS, MomentumStep, NadamStep, NesterovStep,
    RmsPropStep, RuleStep, SgdStep, UpdateStep,
};

/// How fast Nadam's momentum comes up to beta 1: `μ_t = β1 · (1 − ½ · 0.96^(0.004·t))` (Dozat 2016).
const NADAM_DECAY: f64 = 0.004;

impl Optimiser {
    /// Returns the numbers of step `n_steps`, counted from 1. `scale` is the factor of its gradient, see
    /// [`clip_factor`](receptive_core::ops::clip_factor).
    pub fn step(self, learning_rate: f32, n_steps: i32, scale: f32) -> UpdateStep {
        let rate = learning_rate;
        let is_decoupled = matches!(self.rule, Rule::AdamW(_));
        let rule = match self.rule {
            Rule::Sgd => RuleStep::Sgd(SgdStep { rate }),
            Rule::Momentum { momentum } => RuleStep::Momentum(MomentumStep { rate, momentum }),
            Rule::Nesterov { momentum } => RuleStep::Nesterov(NesterovStep { rate, momentum }),
            Rule::Adagrad { epsilon } => RuleStep::Adagrad(AdagradStep { rate, epsilon }),
            Rule::RmsProp { rho, epsilon } => RuleStep::RmsProp(RmsPropStep { rate, rho, epsilon }),
            Rule::Adadelta { rho, epsilon } => RuleStep::Adadelta(AdadeltaStep { rate, rho, epsilon }),
            Rule::Adam(betas) | Rule::AdamW(betas) => RuleStep::Adam(adam(betas, rate, n_steps)),
            Rule::AmsGrad(betas) => RuleStep::AmsGrad(AmsGradStep(adam(betas, rate, n_steps))),
            Rule::AdaMax(betas) => {
                let AdamStep { beta1, beta2, epsilon, rate, .. } = adam(betas, rate, n_steps);
                RuleStep::AdaMax(AdaMaxStep { beta1, beta2, epsilon, rate })
            }
            Rule::Nadam(betas) => RuleStep::Nadam(nadam(betas, rate, n_steps)),
        };
        UpdateStep {
            scale,
            decay: if is_decoupled { 0.0 } else { self.weight_decay },
            keep: if is_decoupled { 1.0 - rate * self.weight_decay } else { 1.0 },
            rule,
        }
    }
}

fn adam(Betas { beta1, beta2, epsilon }: Betas, learning_rate: f32, n_steps: i32) -> AdamStep {
    let correction1 = 1.0 - libm::powf(beta1, n_steps as f32);
    let correction = libm::sqrtf(1.0 - libm::powf(beta2, n_steps as f32));
    AdamStep { beta1, beta2, epsilon, rate: learning_rate / correction1, correction }
}

fn nadam(betas: Betas, learning_rate: f32, n_steps: i32) -> NadamStep {
    let AdamStep { beta1, beta2, epsilon, correction, .. } = adam(betas, learning_rate, n_steps);
    let momentum = |t: i32| f64::from(beta1) * (1.0 - 0.5 * libm::pow(0.96, NADAM_DECAY * f64::from(t)));
    let mut product = 1.0;
    for t in 1..=n_steps {
        product *= momentum(t);
        // Nothing of it is left in single precision.
        if product < 1e-12 {
            break;
        }
    }
    let (now, next, rate) = (momentum(n_steps), momentum(n_steps.saturating_add(1)), f64::from(learning_rate));
    NadamStep {
        beta1,
        beta2,
        epsilon,
        grad_rate: (rate * (1.0 - now) / (1.0 - product)) as f32,
        mean_rate: (rate * next / (1.0 - product * next)) as f32,
        correction,
    }
}

/// How a step came from a gradient to a weight: `after = kept − lr · top / (root + epsilon)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Account {
    /// The gradient after clipping and coupled decay.
    pub gradient: f32,
    /// The weight after decoupled decay.
    pub kept: f32,
    /// What the learning rate multiplies, before it is divided.
    pub top: f32,
    /// What it is divided by, without epsilon; nothing for a rule that does not divide.
    pub root: Option<f32>,
    /// What is added to the root; 0 where epsilon stands elsewhere.
    pub epsilon: f32,
}

impl Optimiser {
    /// Takes step `n_steps` of one weight apart, at a learning rate, its gradient times `scale`. `before` and `after` are what
    /// the rule remembers on both sides of the step.
    pub fn account(
        self,
        n_steps: i32,
        [learning_rate, scale]: [f32; 2],
        [weight, gradient]: [f32; 2],
        before: [f32; MOST_MOMENTS],
        after: [f32; MOST_MOMENTS],
    ) -> Account {
        // With a learning rate of 1, the rates of the step are the corrections alone.
        let step = self.step(1.0, n_steps, scale);
        let kept = self.step(learning_rate, n_steps, scale).keep * weight;
        let gradient = step.scale * gradient + step.decay * weight;
        let root = |square: f32| Some(libm::sqrtf(square));
        let corrected = |step: AdamStep, square: f32| {
            (step.rate * after[0], Some(libm::sqrtf(square) / step.correction), step.epsilon)
        };
        let (top, root, epsilon) = match step.rule {
            RuleStep::Sgd(_) => (gradient, None, 0.0),
            RuleStep::Momentum(_) => (after[0], None, 0.0),
            RuleStep::Nesterov(rule) => (gradient + rule.momentum * after[0], None, 0.0),
            RuleStep::Adagrad(rule) => (gradient, root(after[0]), rule.epsilon),
            RuleStep::RmsProp(rule) => (gradient, root(after[0]), rule.epsilon),
            RuleStep::Adadelta(rule) => {
                (libm::sqrtf(before[1] + rule.epsilon) * gradient, root(after[0] + rule.epsilon), 0.0)
            }
            RuleStep::Adam(rule) => corrected(rule, after[1]),
            RuleStep::AmsGrad(rule) => corrected(rule.0, after[2]),
            RuleStep::AdaMax(rule) => (rule.rate * after[0], Some(after[1]), 0.0),
            RuleStep::Nadam(rule) => (
                rule.grad_rate * gradient + rule.mean_rate * after[0],
                Some(libm::sqrtf(after[1]) / rule.correction),
                rule.epsilon,
            ),
        };
        Account { gradient, kept, top, root, epsilon }
    }
}
