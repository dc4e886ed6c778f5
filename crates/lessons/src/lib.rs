//! The lessons: chapters, worked examples, exercises and texts, which a teacher would edit, and the traces that views
//! draw.
//!
//! A [`Chapter`] is data: settings with their bounds, what to look at, what to answer. Its words stand in `texts`,
//! one file per chapter and language. Its [`Trace`] turns settings and the live [`World`](world::World) into [`scene`]s, moment by
//! moment: grids, the cell in focus, the terms behind it, the caption. All numbers come from `receptive_core` and
//! `receptive_nn`. A view draws any scene, and knows no chapter.

pub mod arithmetic;
mod chapter;
pub mod chapters;
pub mod exercise;
pub mod formula;
pub mod guide;
pub mod host;
pub mod inputs;
mod intern;
pub mod keys;
pub mod landscape;
mod matrix;
pub mod network;
mod number;
pub mod plane;
pub mod scene;
pub mod settings;
mod sorted;
pub mod trace;
pub mod words;
pub mod worked;
pub mod world;

pub use chapter::{Chapter, Needs, OneWeight, Outline, Tensors, Trace, TraceResult};
pub use guide::{Look, Step, Watch};
pub use intern::Name;
pub use matrix::{Matrix, read_number};
pub use number::{
    Misread, NumberKind, cell_numbers, decimals, factor, first_best, four_digits, grouped, largest, number, place,
    positions, read, read_count, read_size, signed, size_text,
};
pub(crate) use number::{any_size, notation, precise, raised};
pub use sorted::Sorted;
