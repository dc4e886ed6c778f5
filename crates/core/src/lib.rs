//! Arithmetic with a shape, and nothing else.
//!
//! This crate holds what a convolutional network is made of: geometry, tensors, a matrix product,
//! and every operation with its gradients side by side. It is `no_std` with `alloc`, does not know
//! what a network is, and never reads a clock, a file or a random device.
//!
//! ```
//! use receptive_core::{ConvGeom, ConvParams, Shape4, ops::{conv2d_forward, conv2d_scratch_len}};
//!
//! // A 3×3 kernel over a 5×5 image leaves a 3×3 map: ⌊(5 + 2·0 − 3) / 1⌋ + 1 = 3.
//! let geom = ConvGeom::new(Shape4::new(1, 1, 5, 5), Shape4::new(1, 1, 3, 3), ConvParams::default())?;
//! let (x, w, b) = (vec![1.0; 25], vec![1.0; 9], vec![0.5]);
//! let mut y = vec![0.0; geom.y().len()];
//! conv2d_forward(&mut y, &x, &w, &b, &geom, &mut vec![0.0; conv2d_scratch_len(&geom)]);
//! assert_eq!(y, [9.5; 9]);
//! # Ok::<(), receptive_core::GeomError>(())
//! ```
#![no_std]

extern crate alloc;

mod error_code;
mod geom;
mod tensor;

mod dot;
mod gemm;
pub mod ops;
mod simd;

mod real;
mod rng;
pub mod terms;

pub use geom::{ConvGeom, ConvParams, Extent, GeomError, PoolGeom, PoolParams, Shape4};
pub use real::Real;
pub use rng::Rng;
pub use tensor::{LengthError, Tensor};
