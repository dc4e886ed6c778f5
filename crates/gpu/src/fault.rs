//! The errors of a GPU, in words that say what to do.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Something that went wrong on a device that worked before. Nothing that it computes afterwards can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The device is gone: reset, unplugged, or taken away by the system.
    Lost(String),
    /// There was not enough memory.
    OutOfMemory,
    /// A shader or command was refused; a defect of this crate or of a driver.
    Refused(String),
}

/// The reason that nothing can be computed on the GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GpuError {
    /// There is no adapter.
    NoAdapter,
    /// The adapter gives no device.
    NoDevice(String),
    /// Something exceeds what the device allows.
    TooLarge {
        /// The quantity that exceeds it, in plain words.
        what: &'static str,
        /// The size needed.
        needed: u64,
        /// The largest size allowed.
        limit: u64,
    },
    /// The device failed.
    Fault(Fault),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(why) if why.is_empty() => f.write_str("the GPU was lost"),
            Self::Lost(why) => write!(f, "the GPU was lost ({why})"),
            Self::OutOfMemory => f.write_str("the GPU has not enough memory; a smaller batch or network needs less"),
            Self::Refused(why) => write!(f, "the GPU refused a command: {why}"),
        }
    }
}

impl fmt::Display for GpuError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAdapter => f.write_str("there is no GPU that can be used here"),
            Self::NoDevice(why) => write!(f, "the GPU could not be opened: {why}"),
            Self::TooLarge { what, needed, limit } => write!(
                f,
                "{what} would be {needed}, and this GPU allows {limit}; a smaller batch or network needs less"
            ),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for Fault {}
impl std::error::Error for GpuError {}

impl From<Fault> for GpuError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<wgpu::Error> for Fault {
    fn from(error: wgpu::Error) -> Self {
        match error {
            wgpu::Error::OutOfMemory { .. } => Self::OutOfMemory,
            wgpu::Error::Validation { description, .. } | wgpu::Error::Internal { description, .. } => {
                Self::Refused(description)
            }
        }
    }
}

/// The first fault of a device, which its callbacks report from any thread. A lost device refuses everything: the loss
/// is what counts, whenever it is reported.
#[derive(Clone, Debug, Default)]
pub(crate) struct FirstFault(Arc<Mutex<Option<Fault>>>);

impl FirstFault {
    pub(crate) fn report(&self, fault: Fault) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = match *first {
            None => true,
            Some(Fault::Lost(_)) => false,
            Some(_) => matches!(fault, Fault::Lost(_)),
        };
        if is_news {
            *first = Some(fault);
        }
    }

    pub(crate) fn get(&self) -> Option<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
