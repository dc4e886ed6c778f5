//! The GPU engine: the same program as on the CPU, by compute shaders.
//!
//! This is the only crate that names wgpu. A [`Shader`] is hand-written, in `shaders/<name>.wgsl`; each has a twin on
//! the CPU of the same name in [`twins`]. `ops` dispatches the shaders of an operation and cuts up its work among them;
//! a [`Step`] records a program's dispatches once and replays them. Nothing here waits for the GPU but `native`.

mod device;
mod fault;

mod shader;
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
pub use fault::{Fault, GpuError, Quantity};
pub use recorder::{Dispatch, Recorder};
pub use shader::Shader;
pub use step::{Batch, MAX_STEPS, Step};
pub use tile::Products;
pub use weights::Weights;
/// Memory on the device.
pub use wgpu::Buffer;
