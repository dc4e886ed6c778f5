//! The code that the tests of the whole project share.
//!
//! A **case** (`cases/<op>.toml`) is data: shapes, seeds, parameters. Every engine in [`engines`] computes it, and so
//! does [`mod@reference`], which is plain loops in f64. [`close`] says whether two results agree, [`differences`] whether
//! a gradient is one. [`terms`] makes every cell from its terms, an engine of its own. [`draw`] draws unforeseen operations at random.
//! [`mod@gpu`] proves the GPU engine. Nothing here is fast, and nothing here is used by the product.

pub mod agreement;
pub mod case;
pub mod cifar;
pub mod close;
pub mod differences;
pub mod draw;
pub mod engines;
pub mod fill;
pub mod goldens;
pub mod gpu;
pub mod gzip;
pub mod op;
pub mod program;
pub mod reference;
pub mod terms;

/// The folder of this package: `cases/` and `goldens/` lie in it.
pub const FOLDER: &str = env!("CARGO_MANIFEST_DIR");
