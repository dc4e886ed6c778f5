//! The errors of a GPU, as codes. What a driver says of itself is handed on as it is.

use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

/// Something that went wrong on a device that worked before. Nothing that it computes afterwards can be trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// The device is gone: reset, unplugged, or taken away by the system.
    Lost(String),
    /// There was not enough memory.
    OutOfMemory,
    /// A shader or command was refused; a defect of this crate or of a driver.
    Refused(String),
}

/// The reason that nothing can be computed on the GPU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GpuError {
    /// There is no adapter.
    NoAdapter,
    /// The adapter gives no device.
    NoDevice(String),
    /// Something exceeds what the device allows.
    TooLarge {
        /// The quantity that exceeds it.
        what: Quantity,
        /// The size needed.
        needed: u64,
        /// The largest size allowed.
        limit: u64,
    },
    /// The device failed.
    Fault(Fault),
}

/// A quantity of which a device allows only so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quantity {
    /// Bytes of a piece of memory.
    Bytes,
    /// Workgroups along one axis.
    Workgroups,
}

receptive_core::error_code!(Fault, GpuError);

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
