//! The networks that come with Receptive.

use crate::layer::Layer;
use crate::spec::Spec;
use alloc::vec;
use receptive_core::{ConvParams, PoolParams};
use serde::{Deserialize, Serialize};

/// A network by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Preset {
    /// Two small convolutions: the quickest to train that is worth the name.
    #[default]
    Small,
    /// Three convolutions without padding: 28×28 → 24×24 → 12×12 → 10×10 → 5×5 → 3×3. Its maps shrink early, so it costs a
    /// third of the small network's multiply-adds, and it reads better after as many images.
    Fast,
    /// The lecture decks' MNIST network, 1,199,882 parameters.
    Slides,
    /// LeNet-5 with ReLU and max pooling (after LeCun et al. 1998).
    Lenet5,
    /// No hidden layer: one linear map from pixels to logits.
    Linear,
    /// One hidden layer of 128 units.
    Mlp,
}

impl Preset {
    /// All presets, in the order that the page lists them.
    pub const ALL: [Self; 6] = [Self::Small, Self::Fast, Self::Slides, Self::Lenet5, Self::Linear, Self::Mlp];

    /// The name that a link carries.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Fast => "fast",
            Self::Slides => "slides",
            Self::Lenet5 => "lenet5",
            Self::Linear => "linear",
            Self::Mlp => "mlp",
        }
    }

    /// The preset that a link names.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.key() == key)
    }

    /// The network itself.
    pub fn spec(self) -> Spec {
        let pool = || Layer::MaxPool2d(PoolParams::square(2));
        let linear = |units| Layer::Linear { units };
        let layers = match self {
            Self::Small => {
                vec![
                    conv(8, 5, 2),
                    Layer::Relu,
                    pool(),
                    conv(16, 5, 2),
                    Layer::Relu,
                    pool(),
                    Layer::Flatten,
                    linear(10),
                ]
            }
            Self::Fast => vec![
                conv(8, 5, 0),
                Layer::Relu,
                pool(),
                conv(16, 3, 0),
                Layer::Relu,
                pool(),
                conv(32, 3, 0),
                Layer::Relu,
                Layer::Flatten,
                linear(10),
            ],
            Self::Slides => vec![
                conv(32, 3, 0),
                Layer::Relu,
                conv(64, 3, 0),
                Layer::Relu,
                pool(),
                Layer::Flatten,
                linear(128),
                Layer::Relu,
                linear(10),
            ],
            Self::Lenet5 => vec![
                conv(6, 5, 2),
                Layer::Relu,
                pool(),
                conv(16, 5, 0),
                Layer::Relu,
                pool(),
                Layer::Flatten,
                linear(120),
                Layer::Relu,
                linear(84),
                Layer::Relu,
                linear(10),
            ],
            Self::Linear => vec![Layer::Flatten, linear(10)],
            Self::Mlp => vec![Layer::Flatten, linear(128), Layer::Relu, linear(10)],
        };
        Spec { input: [1, 28, 28], layers }
    }
}

fn conv(kernels: usize, size: usize, padding: usize) -> Layer {
    Layer::Conv2d { kernels, size: [size, size], params: ConvParams::default().padding(padding) }
}
