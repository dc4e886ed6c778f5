//! A lesson that a teacher has put together: texts, figures of Receptive and exercises of their own, in one TOML file.
//! `docs/lesson-files.md` describes it.
//!
//! A file is read as if a stranger had written it: nothing of it is ever anything but text, and everything in it has a
//! limit. No browser here.

mod answer_keys;
mod edit;
mod figure;
mod read;
mod write;

#[cfg(test)]
mod tests;

pub use answer_keys::answer_keys;
pub use edit::{Edit, Editing, NoRoom};
pub use read::{Opened, Problem};

/// The format that is written, and the only one that is read.
pub const FORMAT: u32 = 1;
/// The most bytes of a file.
pub const MOST_BYTES: usize = 256 * 1024;
/// The most blocks of a lesson.
pub const MOST_BLOCKS: usize = 100;
/// The most choices of an exercise; the fewest are two.
pub const MOST_CHOICES: usize = 8;
/// The greatest height of a figure before it is loaded, in CSS pixels.
pub const MOST_HEIGHT: u32 = 4000;

/// The longest texts, in UTF-16 units, as a field in the page counts.
pub mod most {
    /// A title, a name, a heading, a caption.
    pub const LINE: usize = 300;
    /// A passage of prose.
    pub const TEXT: usize = 20_000;
    /// A question, and its explanation.
    pub const QUESTION: usize = 4000;
    /// A choice.
    pub const CHOICE: usize = 600;
    /// Each attribute of a figure.
    pub const ATTRIBUTE: usize = 4000;
}

/// A lesson.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LessonFile {
    /// Its title.
    pub title: String,
    /// Its author; empty where nobody is named.
    pub author: String,
    /// The language of its texts, such as `en` or `de-CH`; empty where none is named.
    pub lang: String,
    /// What it consists of, in order.
    pub blocks: Vec<Block>,
}

/// A part of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// Prose. A blank line parts paragraphs.
    Text(String),
    /// A figure.
    Figure(Figure),
    /// An exercise.
    Exercise(Exercise),
}

/// A figure, by the attributes that the element `receptive-figure` has; see `docs/embedding.md`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figure {
    /// The key of its chapter; empty for the Lab and for Draw.
    pub chapter: String,
    /// The parts that are shown, with commas between; empty for the usual ones.
    pub part: String,
    /// The settings, as in an address behind the `?`.
    pub state: String,
    /// Controls that can be read and not changed, with commas between.
    pub lock: String,
    /// Controls that are not there, with commas between.
    pub hide: String,
    /// The height before it is loaded, in CSS pixels; nothing for the usual one.
    pub height: Option<u32>,
    /// A line under it.
    pub caption: String,
}

/// A question of the teacher's own.
#[derive(Clone, Debug, PartialEq)]
pub struct Exercise {
    /// What is asked.
    pub question: String,
    /// What is right.
    pub answer: Answer,
    /// Said with the verdict.
    pub explanation: String,
}

/// The answer to an exercise.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// One of a few choices.
    Choice {
        /// The choices, in order.
        choices: Vec<String>,
        /// The position of the right one, from 0.
        right: usize,
    },
    /// A number.
    Number {
        /// The right one.
        value: f64,
        /// A number is right that is no further from it than this.
        tolerance: f64,
    },
}

impl Answer {
    /// True if a number is right. No number is.
    pub fn takes(&self, given: f64) -> bool {
        // A difference of two decimals is off by some of the last bits of the greater.
        matches!(self, Self::Number { value, tolerance }
            if (given - value).abs() <= tolerance + 4.0 * f64::EPSILON * value.abs().max(given.abs()))
    }
}

/// The paragraphs of a prose.
pub fn paragraphs(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut lines = text.lines().peekable();
    std::iter::from_fn(move || {
        while lines.next_if(|line| line.trim().is_empty()).is_some() {}
        let mut paragraph = lines.next()?.to_string();
        while let Some(line) = lines.next_if(|line| !line.trim().is_empty()) {
            paragraph.push('\n');
            paragraph.push_str(line);
        }
        Some(paragraph)
    })
}

/// The length of a text as a field in the page counts it.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}
