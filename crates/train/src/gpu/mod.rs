//! Training on the GPU: a worker of another kind, which holds images, weights and the optimiser's state on its device.
//!
//! The session's side is `host`: the state of the GPU's worker, the batches that are in flight there, and which of
//! the two engines is faster. The worker's side is the [`GpuWorker`]. Between them go [`GpuCommand`]s and [`Answer`]s. The
//! session knows the weights that were read back last, at least once a second; whatever happens to the GPU, training goes
//! on from there.

mod calibration;
mod dispatch;
mod host;
mod in_flight;
mod messages;
mod verification;
mod worker;

pub(crate) use host::GpuHost;
pub use host::GpuRequest;
pub use messages::{Answer, GpuCommand, StepResults, Steps};
pub use worker::{GpuWorker, Reply};

pub use receptive_gpu::{Fault, GpuError, Quantity};
