//! Bytes to images and labels.
//!
//! IDX files, a learner's own pair of them, the built-in digits, a drawing's ink and its preprocessing, drawings that are
//! no digit, datasets that arrive in chunks,
//! and the order in which an epoch walks them. Nothing here fetches, and nothing reads a clock.

mod images;

pub mod idx;
pub mod manifest;

mod own;
mod scale;
mod split;

pub mod digits;
pub mod doodles;
pub mod preprocess;
pub mod sheet;

mod batches;
mod dataset;

pub use batches::{EpochOrder, gather};
pub use dataset::{ChunkError, Dataset, DatasetPlan};
pub use images::{COLUMNS, Images, PIXELS, Pictures, ROWS};
pub use own::{FileReading, LabelRule, OwnFiles};
pub use split::{TEST_SHARE, spread};
