//! The GPU engine: the same program as on the CPU, by compute shaders.
//!
//! This is the only crate that names wgpu. A [`Stage`] is one shader, hand-written, in `shaders/<stage>.wgsl`; each has a
//! twin on the CPU of the same name in [`twins`]. `ops` says which stages an operation takes and how they cut up its
//! work; a [`Step`] records a program's stages once and replays them. Nothing here waits for the GPU but `native`.

mod device;
mod fault;

mod stage;
pub mod twins;

pub mod ops;
mod recorder;
mod tile;

mod dataset;
mod step;
mod weights;

mod read;

#[cfg(not(target_family = "wasm"))]
pub mod native;

pub use dataset::Dataset;
pub use device::{AdapterInfo, Choice, Gpu};
pub use fault::{Fault, GpuError};
pub use recorder::{Dispatch, Recorder};
pub use stage::Stage;
pub use step::{Batch, MAX_STEPS, Step};
pub use tile::Products;
pub use weights::Weights;
/// Memory on the device.
pub use wgpu::Buffer;
