//! Everything that a link carries, as one typed table.
//!
//! A row of the [table](ROWS) has a key, a way to print a value and a way to read one. An address names the
//! route and only those rows that differ from the default: `#/lab?net=slides&lr=0.001`. A value that
//! cannot be read leaves the default in place and a sentence that says so.

mod address;
mod lesson;
mod settings;
mod table;

pub use address::{from_address, to_address};
pub use lesson::{Granularity, Grid, GridError, LessonState, Source};
pub use settings::{LabState, MAX_LEARNING_RATE, read_count, read_learning_rate};
pub use table::ROWS;

/// A place in the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// What there is.
    #[default]
    Contents,
    /// The lesson on convolution.
    Convolution,
    /// Train a network.
    Lab,
    /// Draw a digit.
    Draw,
}

impl Route {
    /// All places.
    pub const ALL: [Self; 4] = [Self::Contents, Self::Convolution, Self::Lab, Self::Draw];

    /// The path in an address.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Contents => "/",
            Self::Convolution => "/lesson/convolution",
            Self::Lab => "/lab",
            Self::Draw => "/draw",
        }
    }
}

/// The state of the page, as far as a link carries it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AppState {
    /// Where the learner is.
    pub route: Route,
    /// What the Lab is set to.
    pub lab: LabState,
    /// What the lesson shows.
    pub lesson: LessonState,
    /// Whether a drawing goes to the network as it is, without MNIST's preprocessing.
    pub raw_drawing: bool,
}
