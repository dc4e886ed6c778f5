//! Everything that a link carries, as one typed table.
//!
//! A row of the [table](ROWS) has a key, a way to print a value and a way to read one. An address names the
//! route and only those rows that differ from the default: `#/lab?net=slides&lr=0.001`. A value that
//! cannot be read leaves the default in place and a sentence that says so.

mod address;
mod frame;
mod lesson;
mod look;
mod mend;
mod optimiser;
mod progress;
mod race;
mod schedule;
mod settings;
mod snippet;
mod table;
mod trail;

pub use address::{from_address, to_address};
pub use frame::{FigurePart, Frame, Locks};
pub use lesson::OpenLesson;
pub use look::{Direction, Look};
pub use optimiser::{Tuning, usual_text, warning};
pub use progress::{AnswerKey, Answered, ChapterProgress, LearnerAction, Progress};
pub use race::{RaceSettings, usual_rate};
pub use schedule::Falling;
pub use settings::{LabState, MAX_LEARNING_RATE, Net, read_count, read_learning_rate};
pub use snippet::{Hold, Snippet, controls};
pub use table::{Place, ROWS};
pub use trail::Trail;

use receptive_lessons::chapters;
use receptive_lessons::settings::Settings;
use receptive_nn::Preset;
use receptive_train::protocol::EngineChoice;

/// A place in the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// The list of all places.
    #[default]
    Contents,
    /// A chapter of the walk, by its position.
    Chapter(usize),
    /// Train a network.
    Lab,
    /// Draw a digit.
    Draw,
    /// What the learner has trained.
    Work,
    /// A lesson that a teacher has put together from figures and texts.
    Course,
}

impl Route {
    /// All places.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Contents, Self::Lab, Self::Draw, Self::Work, Self::Course]
            .into_iter()
            .chain((0..chapters::OUTLINES.len()).map(Self::Chapter))
    }

    /// The path in an address.
    pub fn path(self) -> String {
        match self {
            Self::Contents => "/".into(),
            Self::Chapter(i) => format!("/lesson/{}", chapters::OUTLINES.get(i).map_or("", |chapter| chapter.key)),
            Self::Lab => "/lab".into(),
            Self::Draw => "/draw".into(),
            Self::Work => "/work".into(),
            Self::Course => "/course".into(),
        }
    }
}

/// The state of the page, as far as a link carries it.
#[derive(Clone, Debug, PartialEq)]
pub struct AppState {
    /// The place that the learner is at.
    pub route: Route,
    /// The Lab's settings.
    pub lab: LabState,
    /// Workers to train with; as many as the machine has processors if there is no number. Not part of a run.
    pub workers: Option<u32>,
    /// The engine to train on. Not part of a run.
    pub engine: EngineChoice,
    /// Each chapter's settings.
    pub chapters: Vec<Settings>,
    /// The digit of all chapters: its position among the test images.
    pub digit: u32,
    /// Seed of the exercises' numbers.
    pub exercise_seed: u32,
    /// The network that lessons and Draw show. Without a choice it is the one that came with the page until the learner
    /// has trained one.
    pub weights: Option<WeightsFrom>,
    /// True if a drawing goes to the network as it is, without MNIST's preprocessing.
    pub raw_drawing: bool,
    /// The part of the Lab's network that is looked at.
    pub look: Look,
    /// The numbers of it that are shown.
    pub direction: Direction,
    /// The settings of a race of update rules in the Lab.
    pub race: RaceSettings,
    /// The teacher's lesson that is open.
    pub lesson: OpenLesson,
    /// Counts the links that were followed inside the page: each leads to a new place, even if that looks the same.
    pub n_followed: u32,
}

/// The origin of the network that lessons and Draw show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightsFrom {
    /// The one that came with the page.
    Page,
    /// The one in the Lab.
    Lab,
}

impl Default for AppState {
    fn default() -> Self {
        Self {
            route: Route::default(),
            lab: LabState::default(),
            workers: None,
            engine: EngineChoice::default(),
            chapters: chapters::OUTLINES.iter().map(|chapter| chapter.settings()).collect(),
            digit: 0,
            exercise_seed: 1,
            weights: None,
            raw_drawing: false,
            look: Look::default(),
            direction: Direction::default(),
            race: RaceSettings::default(),
            lesson: OpenLesson::default(),
            n_followed: 0,
        }
    }
}

impl AppState {
    /// Goes to a place.
    pub fn go(&mut self, route: Route) {
        self.route = route;
        self.n_followed += 1;
    }

    /// The network that lessons show when the Lab's has so many steps behind it. They show its layers: trained weights
    /// come with the page for the small network alone, and any other shows those that it begins with.
    ///
    /// Lessons work on a digit, and so does their network.
    pub fn lesson_weights(&self, n_steps: u32) -> WeightsFrom {
        if !self.lab.network.reads_digits() {
            return WeightsFrom::Page;
        }
        let is_small = self.lab.network == Net::Preset(Preset::Small);
        self.weights.unwrap_or(if n_steps == 0 && is_small { WeightsFrom::Page } else { WeightsFrom::Lab })
    }

    /// The network that reads drawings when the Lab's has so many steps behind it.
    pub fn drawing_weights(&self, n_steps: u32) -> WeightsFrom {
        self.weights.unwrap_or(if n_steps == 0 { WeightsFrom::Page } else { WeightsFrom::Lab })
    }

    /// Goes to a place that a chapter's link names, such as `padding?pad=2`: everything else of that chapter as it is
    /// at the start.
    pub fn follow(&mut self, link: &str) {
        let address = if link.starts_with('/') { link.into() } else { format!("/lesson/{link}") };
        let (linked, _) = from_address(&address);
        self.go(linked.route);
        if let Route::Chapter(i) = linked.route {
            self.chapters[i].clone_from(&linked.chapters[i]);
        }
    }
}
