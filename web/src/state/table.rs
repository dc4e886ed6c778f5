//! The rows: one for everything that a link can carry.

use super::settings::{Net, read_count, read_learning_rate};
use super::{AppState, Direction, Look, WeightsFrom, lesson, optimiser, race, schedule};
use receptive_lessons::say;
use receptive_nn::{Head, Optimiser};
use receptive_train::protocol::{DatasetKind, EngineChoice, MOST_WORKERS};

/// The place that a row belongs to. A chapter's own settings are not in the table: the chapter knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The Lab; its settings travel everywhere.
    Lab,
    /// The Lab alone: what is looked at there.
    View,
    /// The drawing.
    Draw,
    /// All chapters.
    Chapters,
    /// A teacher's lesson.
    Course,
}

/// One thing that a link can carry.
pub struct Row {
    /// Its name in an address.
    pub key: &'static str,
    /// The place that it belongs to.
    pub place: Place,
    /// Its value as text.
    pub print: fn(&AppState) -> String,
    /// Takes a value from text, or says why not.
    pub read: fn(&mut AppState, &str) -> Result<(), String>,
}

fn unknown<T>(choices: &str) -> Result<T, String> {
    Err(say!("links.choices", choices = choices))
}

fn optional<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// The table.
pub const ROWS: &[Row] = &[
    Row {
        key: "data",
        place: Place::Lab,
        print: |state| {
            match state.lab.dataset {
                DatasetKind::BuiltIn => "digits",
                // A learner's own files do not travel in a link.
                DatasetKind::Mnist | DatasetKind::Own => "mnist",
            }
            .into()
        },
        read: |state, text| {
            state.lab.dataset = match text {
                "mnist" => DatasetKind::Mnist,
                "digits" => DatasetKind::BuiltIn,
                _ => return unknown(&say!("links.two", one = "mnist", other = "digits")),
            };
            Ok(())
        },
    },
    Row {
        key: "net",
        place: Place::Lab,
        print: |state| state.lab.network.text(),
        read: |state, text| {
            state.lab.network = Net::read(text)?;
            Ok(())
        },
    },
    Row {
        key: "opt",
        place: Place::Lab,
        print: |state| state.lab.optimiser.key().into(),
        read: |state, text| {
            let keys = || Optimiser::ALL.map(Optimiser::key).join(", ");
            state.lab.optimiser = Optimiser::from_key(text).map_or_else(|| unknown(&keys()), Ok)?;
            Ok(())
        },
    },
    optimiser::MOMENTUM,
    optimiser::BETA1,
    optimiser::BETA2,
    optimiser::RHO,
    optimiser::EPSILON,
    optimiser::WEIGHT_DECAY,
    optimiser::MAX_NORM,
    Row {
        key: "loss",
        place: Place::Lab,
        print: |state| state.lab.loss.key().into(),
        read: |state, text| {
            let keys = || Head::LOSSES.map(Head::key).join(", ");
            state.lab.loss = Head::loss_from_key(text).map_or_else(|| unknown(&keys()), Ok)?;
            Ok(())
        },
    },
    Row {
        key: "lr",
        place: Place::Lab,
        print: |state| state.lab.learning_rate.to_string(),
        read: |state, text| {
            state.lab.learning_rate = read_learning_rate(text)?;
            Ok(())
        },
    },
    schedule::COURSE,
    schedule::FACTOR,
    schedule::STAIRS,
    schedule::PATIENCE,
    schedule::THRESHOLD,
    schedule::LOWEST,
    schedule::WARM_UP,
    Row {
        key: "batch",
        place: Place::Lab,
        print: |state| state.lab.batch.to_string(),
        read: |state, text| {
            state.lab.batch = read_count(text, &say!("links.what.batch"), 1, 1024)?;
            Ok(())
        },
    },
    Row {
        key: "epochs",
        place: Place::Lab,
        print: |state| state.lab.epochs.to_string(),
        read: |state, text| {
            state.lab.epochs = read_count(text, &say!("links.what.epochs"), 1, 1000)?;
            Ok(())
        },
    },
    Row {
        key: "seed",
        place: Place::Lab,
        print: |state| optional(state.lab.seed),
        read: |state, text| {
            state.lab.seed = match text.trim() {
                "" => None,
                text => Some(read_count(text, &say!("links.what.seed"), 0, u32::MAX)?),
            };
            Ok(())
        },
    },
    Row {
        key: "ntrain",
        place: Place::Lab,
        print: |state| optional(state.lab.n_training),
        read: |state, text| {
            state.lab.n_training = match text.trim() {
                "" => None,
                text => Some(read_count(text, &say!("links.what.ntrain"), 1, 1_000_000)?),
            };
            Ok(())
        },
    },
    Row {
        key: "nval",
        place: Place::Lab,
        print: |state| state.lab.n_validation.to_string(),
        read: |state, text| {
            state.lab.n_validation = read_count(text, &say!("links.what.nval"), 0, 100_000)?;
            Ok(())
        },
    },
    Row {
        key: "every",
        place: Place::Lab,
        print: |state| optional(state.lab.validate_every),
        read: |state, text| {
            state.lab.validate_every = match text.trim() {
                "" => None,
                text => Some(read_count(text, &say!("links.what.every"), 1, 1_000_000)?),
            };
            Ok(())
        },
    },
    Row {
        key: "workers",
        place: Place::Lab,
        print: |state| optional(state.workers),
        read: |state, text| {
            state.workers = match text.trim() {
                "" => None,
                text => Some(read_count(text, &say!("links.what.workers"), 1, MOST_WORKERS)?),
            };
            Ok(())
        },
    },
    Row {
        key: "engine",
        place: Place::Lab,
        print: |state| state.engine.key().into(),
        read: |state, text| {
            let keys = || EngineChoice::ALL.map(EngineChoice::key).join(", ");
            state.engine = EngineChoice::from_key(text).map_or_else(|| unknown(&keys()), Ok)?;
            Ok(())
        },
    },
    Row {
        key: "netfrom",
        place: Place::Lab,
        print: |state| {
            state.weights.map_or_else(String::new, |weights| match weights {
                WeightsFrom::Page => "page".into(),
                WeightsFrom::Lab => "lab".into(),
            })
        },
        read: |state, text| {
            state.weights = match text {
                "" => None,
                "page" => Some(WeightsFrom::Page),
                "lab" => Some(WeightsFrom::Lab),
                _ => return unknown(&say!("links.two", one = "page", other = "lab")),
            };
            Ok(())
        },
    },
    Row {
        key: "look",
        place: Place::View,
        print: |state| state.look.text(),
        read: |state, text| {
            state.look = Look::read(text).ok_or_else(|| say!("links.look"))?;
            Ok(())
        },
    },
    Row {
        key: "dir",
        place: Place::View,
        print: |state| state.direction.key().into(),
        read: |state, text| {
            let keys = || Direction::ALL.map(Direction::key).join(", ");
            state.direction = Direction::from_key(text).map_or_else(|| unknown(&keys()), Ok)?;
            Ok(())
        },
    },
    race::RULES,
    race::STEPS,
    race::RATE,
    lesson::FILE,
    lesson::DRAFT,
    Row {
        key: "raw",
        place: Place::Draw,
        print: |state| u8::from(state.raw_drawing).to_string(),
        read: |state, text| {
            state.raw_drawing = read_count(text, &say!("links.what.raw"), 0, 1)? == 1;
            Ok(())
        },
    },
    Row {
        key: "digit",
        place: Place::Chapters,
        print: |state| state.digit.to_string(),
        read: |state, text| {
            state.digit = read_count(text, &say!("links.what.digit"), 0, 9999)?;
            Ok(())
        },
    },
    Row {
        key: "ex",
        place: Place::Chapters,
        print: |state| state.exercise_seed.to_string(),
        read: |state, text| {
            state.exercise_seed = read_count(text, &say!("links.what.ex"), 0, 999_999)?;
            Ok(())
        },
    },
];
