//! Update rules: what a gradient does to a weight.

mod rule;
mod state;
mod step;

pub use rule::{Betas, Rule, Setting};
pub use state::OptimiserState;
pub(crate) use state::clip_scale;
pub use step::Account;

use serde::{Deserialize, Serialize};

/// An update rule, and what is done to gradients before it. The learning rate is given at every step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Optimiser {
    /// The rule with its own settings.
    pub rule: Rule,
    /// Weight decay: this multiple of each weight is added to its gradient. [`Rule::AdamW`] takes `lr ·` it off the weight
    /// instead. 0 for none.
    pub weight_decay: f32,
    /// The most that the norm of a step's whole gradient may be; a longer one is shortened to it, before weight decay.
    pub max_norm: Option<f32>,
}

impl Optimiser {
    /// The gradient alone.
    pub const SGD: Self = Self::usual(Rule::Sgd);
    /// Momentum as it is usually set.
    pub const MOMENTUM: Self = Self::usual(Rule::Momentum { momentum: 0.9 });
    /// Adam as its authors set it.
    pub const ADAM: Self = Self::usual(Rule::Adam(Betas::USUAL));
    /// All rules with their usual settings.
    pub const ALL: [Self; Rule::ALL.len()] = {
        let mut all = [Self::SGD; Rule::ALL.len()];
        let mut i = 0;
        while i < all.len() {
            all[i] = Self::usual(Rule::ALL[i]);
            i += 1;
        }
        all
    };

    /// A rule with the weight decay that it usually has, and without clipping.
    pub const fn usual(rule: Rule) -> Self {
        Self { rule, weight_decay: if matches!(rule, Rule::AdamW(_)) { 0.01 } else { 0.0 }, max_norm: None }
    }

    /// The name that a link carries.
    pub const fn key(self) -> &'static str {
        self.rule.key()
    }

    /// The rule that a link names, with its usual settings.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|optimiser| optimiser.key() == key)
    }

    /// Numbers that the rule remembers for each weight.
    pub const fn n_moments(self) -> usize {
        self.rule.n_moments()
    }
}
