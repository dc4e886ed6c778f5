//! The engine that a run is computed on, as page and worker speak of it.

use crate::protocol::{GpuDifference, GpuFault};
use serde::{Deserialize, Serialize};

/// The engine that a learner wants a run to be computed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum EngineChoice {
    /// Whichever was measured to be faster.
    #[default]
    Automatic,
    /// The processor.
    Cpu,
    /// The GPU if there is one.
    Gpu,
}

impl EngineChoice {
    /// All choices.
    pub const ALL: [Self; 3] = [Self::Automatic, Self::Cpu, Self::Gpu];

    /// The name that a link carries.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Automatic => "auto",
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        }
    }

    /// The choice that a link names.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.key() == key)
    }
}

/// A GPU, or what passes for one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapter {
    /// Its name, as the browser gives it.
    pub name: String,
    /// True if it is a program on the processor that only behaves like a GPU.
    pub is_software: bool,
}

/// The engine that a run is computed on, and the reason for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EngineStatus {
    /// True if it is the GPU; the processor otherwise.
    pub is_gpu: bool,
    /// The GPU that was found.
    pub adapter: Option<Adapter>,
    /// The reason why it is this engine.
    pub why: EngineWhy,
}

/// The reason why a run is computed on this engine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum EngineWhy {
    /// It was asked for, or nothing was trained yet.
    #[default]
    Chosen,
    /// The GPU was asked for and is being started; the run waits for it.
    Starting,
    /// The GPU is being started meanwhile, or both are being timed.
    Trying,
    /// Both were timed on this network.
    Measured {
        /// Speed of the GPU over that of the processor.
        gpu_times_cpu: f32,
    },
    /// There is only a software adapter, which is not tried unasked: it shares the processor with everything else.
    OnlySoftware,
    /// No GPU can be used, for this reason.
    Unusable(GpuFault),
    /// The GPU came to other numbers than the processor. Nothing of what it computed is used.
    Wrong {
        /// The numbers that were off.
        what: GpuDifference,
        /// Steps done by then.
        iteration: u32,
    },
    /// The GPU failed while training. The processor goes on from weights that were read back.
    Failed {
        /// The fault.
        fault: GpuFault,
        /// Steps done by then.
        iteration: u32,
    },
}
