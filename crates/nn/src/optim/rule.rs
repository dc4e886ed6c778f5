//! The rules, and the settings that each has.

use serde::{Deserialize, Serialize};

/// An update rule with its own settings. The definitions are PyTorch's, and so are the usual settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Rule {
    /// `w ← w − lr · g`
    #[default]
    Sgd,
    /// `v ← momentum · v + g`, `w ← w − lr · v` (Polyak 1964).
    Momentum {
        /// The share of the last velocity that stays.
        momentum: f32,
    },
    /// Momentum that moves by `g + momentum · v` (Nesterov 1983).
    Nesterov {
        /// The share of the last velocity that stays.
        momentum: f32,
    },
    /// The gradient over the root of the sum of all squares so far (Duchi et al. 2011).
    Adagrad {
        /// Keeps the division finite.
        epsilon: f32,
    },
    /// The gradient over the root of the mean square (Hinton 2012).
    RmsProp {
        /// Decay of the mean square.
        rho: f32,
        /// Keeps the division finite.
        epsilon: f32,
    },
    /// The gradient over the root of its mean square, times the root of the mean square of the steps (Zeiler 2012).
    Adadelta {
        /// Decay of both mean squares.
        rho: f32,
        /// Keeps the division finite.
        epsilon: f32,
    },
    /// Moments of the gradient, corrected for their start at zero (Kingma & Ba 2015, algorithm 1).
    Adam(Betas),
    /// Adam whose weight decay is decoupled from the gradient (Loshchilov & Hutter 2019).
    AdamW(Betas),
    /// Adam that divides by the largest mean square so far (Reddi et al. 2018).
    AmsGrad(Betas),
    /// Adam that divides by the largest gradient that it remembers (Kingma & Ba 2015, algorithm 2).
    AdaMax(Betas),
    /// Adam with Nesterov's look ahead (Dozat 2016).
    Nadam(Betas),
}

/// The settings of Adam and its relatives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Betas {
    /// Decay of the mean.
    pub beta1: f32,
    /// Decay of the mean square.
    pub beta2: f32,
    /// Keeps the division finite.
    pub epsilon: f32,
}

/// A setting that some rules have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The share of the last velocity that stays.
    Momentum,
    /// Decay of the mean.
    Beta1,
    /// Decay of the mean square, or of the largest gradient.
    Beta2,
    /// Decay of a mean square, where there is but one.
    Rho,
    /// What keeps the division finite.
    Epsilon,
}

impl Betas {
    /// As Adam's authors set them.
    pub const USUAL: Self = Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
}

impl Setting {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Momentum, Self::Beta1, Self::Beta2, Self::Rho, Self::Epsilon];

    /// The name that a link carries.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Momentum => "mom",
            Self::Beta1 => "beta1",
            Self::Beta2 => "beta2",
            Self::Rho => "rho",
            Self::Epsilon => "eps",
        }
    }
}

impl Rule {
    /// All rules with their usual settings, in the order in which they were found.
    pub const ALL: [Self; 11] = [
        Self::Sgd,
        Self::Momentum { momentum: 0.9 },
        Self::Nesterov { momentum: 0.9 },
        Self::Adagrad { epsilon: 1e-10 },
        Self::Adadelta { rho: 0.9, epsilon: 1e-6 },
        Self::RmsProp { rho: 0.99, epsilon: 1e-8 },
        Self::Adam(Betas::USUAL),
        Self::AdaMax(Betas::USUAL),
        Self::Nadam(Betas::USUAL),
        Self::AmsGrad(Betas::USUAL),
        Self::AdamW(Betas::USUAL),
    ];

    /// The name that a link carries.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Sgd => "sgd",
            Self::Momentum { .. } => "momentum",
            Self::Nesterov { .. } => "nesterov",
            Self::Adagrad { .. } => "adagrad",
            Self::RmsProp { .. } => "rmsprop",
            Self::Adadelta { .. } => "adadelta",
            Self::Adam(_) => "adam",
            Self::AdamW(_) => "adamw",
            Self::AmsGrad(_) => "amsgrad",
            Self::AdaMax(_) => "adamax",
            Self::Nadam(_) => "nadam",
        }
    }

    /// Numbers that the rule remembers for each weight.
    pub const fn n_moments(self) -> usize {
        match self {
            Self::Sgd => 0,
            Self::Momentum { .. } | Self::Nesterov { .. } | Self::Adagrad { .. } | Self::RmsProp { .. } => 1,
            Self::Adadelta { .. } | Self::Adam(_) | Self::AdamW(_) | Self::AdaMax(_) | Self::Nadam(_) => 2,
            Self::AmsGrad(_) => 3,
        }
    }

    /// One of its settings; nothing for one that it does not have.
    pub fn setting(mut self, setting: Setting) -> Option<f32> {
        self.setting_mut(setting).map(|value| *value)
    }

    /// The same, to be changed.
    pub fn setting_mut(&mut self, setting: Setting) -> Option<&mut f32> {
        match (self, setting) {
            (Self::Momentum { momentum } | Self::Nesterov { momentum }, Setting::Momentum) => Some(momentum),
            (Self::RmsProp { rho, .. } | Self::Adadelta { rho, .. }, Setting::Rho) => Some(rho),
            (
                Self::Adagrad { epsilon } | Self::RmsProp { epsilon, .. } | Self::Adadelta { epsilon, .. },
                Setting::Epsilon,
            ) => Some(epsilon),
            (
                Self::Adam(betas)
                | Self::AdamW(betas)
                | Self::AmsGrad(betas)
                | Self::AdaMax(betas)
                | Self::Nadam(betas),
                setting,
            ) => match setting {
                Setting::Beta1 => Some(&mut betas.beta1),
                Setting::Beta2 => Some(&mut betas.beta2),
                Setting::Epsilon => Some(&mut betas.epsilon),
                Setting::Momentum | Setting::Rho => None,
            },
            _ => None,
        }
    }
}
