//! The GPU engine: the same program as on the CPU, by compute shaders.
//!
//! This is the only crate that names wgpu. A [`Stage`] is one shader, hand-written, in `shaders/<stage>.wgsl`; each has a
//! twin on the CPU of the same name in [`twins`]. `ops` says which stages an operation takes and how they cut up its
//! work. Nothing here waits for the GPU but `native`.

mod device;
mod fault;
mod stage;

pub mod ops;
mod recorder;
mod tile;
pub mod twins;

mod read;

#[cfg(not(target_family = "wasm"))]
pub mod native;

pub use device::{AdapterInfo, Choice, Gpu};
pub use fault::{Fault, GpuError};
pub use recorder::{Dispatch, Recorder};
pub use stage::Stage;
pub use tile::Tile;
/// Memory on the device.
pub use wgpu::Buffer;
