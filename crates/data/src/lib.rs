//! Bytes to images and labels.
//!
//! IDX files, CIFAR-10's binary batches, a learner's own files, the built-in digits, a drawing’s ink and its preprocessing, the ink on a photo, drawings that are
//! no digit, datasets that arrive in chunks,
//! and the order in which an epoch walks them. Nothing here fetches, and nothing reads a clock.

mod images;
mod schema;

mod foreign;
mod gunzip;

pub mod cifar;
pub mod idx;
pub mod manifest;

mod own;
mod scale;
mod split;

pub mod digits;
pub mod doodles;
pub mod photo;
pub mod preprocess;
pub mod sheet;

mod batches;
mod dataset;

pub use batches::{EpochOrder, gather};
pub use dataset::{ChunkError, Dataset, DatasetPlan};
pub use foreign::{Advice, Format};
pub use gunzip::Damage;
pub use images::{Images, Pictures};
pub use own::{FileFormat, FileReading, LabelRule, OwnFiles};
pub use schema::{ImageShape, MOST_SIDE, Schema};
pub use split::{TEST_SHARE, spread};
