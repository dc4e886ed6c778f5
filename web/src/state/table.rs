//! The rows: one for everything that a link can carry.

use super::lesson::{Granularity, Grid, Source};
use super::settings::{read_count, read_learning_rate};
use super::{AppState, Route};
use receptive_lessons::kernels;
use receptive_nn::{Optimiser, Preset, Schedule};
use receptive_train::protocol::DatasetKind;

/// One thing that a link can carry.
pub struct Row {
    /// Its name in an address.
    pub key: &'static str,
    /// The route that it belongs to.
    pub route: Route,
    /// Its value as text.
    pub print: fn(&AppState) -> String,
    /// Takes a value from text, or says why not.
    pub read: fn(&mut AppState, &str) -> Result<(), String>,
}

fn unknown<T>(choices: &str) -> Result<T, String> {
    Err(format!("The choices are {choices}."))
}

fn optional<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// The table.
pub const ROWS: &[Row] = &[
    Row {
        key: "data",
        route: Route::Lab,
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
                _ => return unknown("mnist and digits"),
            };
            Ok(())
        },
    },
    Row {
        key: "net",
        route: Route::Lab,
        print: |state| state.lab.preset.key().into(),
        read: |state, text| {
            let keys = || Preset::ALL.map(Preset::key).join(", ");
            state.lab.preset = Preset::from_key(text).map_or_else(|| unknown(&keys()), Ok)?;
            Ok(())
        },
    },
    Row {
        key: "opt",
        route: Route::Lab,
        print: |state| state.lab.optimiser.key().into(),
        read: |state, text| {
            let keys = || Optimiser::ALL.map(Optimiser::key).join(", ");
            state.lab.optimiser = Optimiser::from_key(text).map_or_else(|| unknown(&keys()), Ok)?;
            Ok(())
        },
    },
    Row {
        key: "lr",
        route: Route::Lab,
        print: |state| state.lab.learning_rate.to_string(),
        read: |state, text| {
            state.lab.learning_rate = read_learning_rate(text)?;
            Ok(())
        },
    },
    Row {
        key: "schedule",
        route: Route::Lab,
        print: |state| state.lab.schedule.key().into(),
        read: |state, text| {
            let keys = || Schedule::ALL.map(Schedule::key).join(", ");
            state.lab.schedule = Schedule::from_key(text).map_or_else(|| unknown(&keys()), Ok)?;
            Ok(())
        },
    },
    Row {
        key: "batch",
        route: Route::Lab,
        print: |state| state.lab.batch.to_string(),
        read: |state, text| {
            state.lab.batch = read_count(text, "The batch", 1, 1024)?;
            Ok(())
        },
    },
    Row {
        key: "epochs",
        route: Route::Lab,
        print: |state| state.lab.epochs.to_string(),
        read: |state, text| {
            state.lab.epochs = read_count(text, "The number of epochs", 1, 1000)?;
            Ok(())
        },
    },
    Row {
        key: "seed",
        route: Route::Lab,
        print: |state| optional(state.lab.seed),
        read: |state, text| {
            state.lab.seed = match text.trim() {
                "" => None,
                text => Some(read_count(text, "The seed", 0, u32::MAX)?),
            };
            Ok(())
        },
    },
    Row {
        key: "ntrain",
        route: Route::Lab,
        print: |state| optional(state.lab.n_training),
        read: |state, text| {
            state.lab.n_training = match text.trim() {
                "" => None,
                text => Some(read_count(text, "The number of training images", 1, 1_000_000)?),
            };
            Ok(())
        },
    },
    Row {
        key: "nval",
        route: Route::Lab,
        print: |state| state.lab.n_validation.to_string(),
        read: |state, text| {
            state.lab.n_validation = read_count(text, "The number of validation images", 0, 100_000)?;
            Ok(())
        },
    },
    Row {
        key: "raw",
        route: Route::Draw,
        print: |state| u8::from(state.raw_drawing).to_string(),
        read: |state, text| {
            state.raw_drawing = read_count(text, "This switch", 0, 1)? == 1;
            Ok(())
        },
    },
    Row {
        key: "on",
        route: Route::Convolution,
        print: |state| {
            match state.lesson.source {
                Source::Toy => "small",
                Source::Digit => "digit",
            }
            .into()
        },
        read: |state, text| {
            state.lesson.source = match text {
                "small" => Source::Toy,
                "digit" => Source::Digit,
                _ => return unknown("small and digit"),
            };
            Ok(())
        },
    },
    Row {
        key: "input",
        route: Route::Convolution,
        print: |state| optional(state.lesson.input.as_ref()),
        read: |state, text| {
            state.lesson.input = Some(Grid::read(text).map_err(|error| error.to_string())?);
            Ok(())
        },
    },
    Row {
        key: "kernel",
        route: Route::Convolution,
        print: |state| optional(state.lesson.kernel.as_ref()),
        read: |state, text| {
            state.lesson.kernel = Some(Grid::read(text).map_err(|error| error.to_string())?);
            Ok(())
        },
    },
    Row {
        key: "preset",
        route: Route::Convolution,
        print: |state| optional(state.lesson.preset.as_ref()),
        read: |state, text| {
            if kernels::find(text).is_none() {
                return unknown(&kernels::ALL.iter().map(|preset| preset.key).collect::<Vec<_>>().join(", "));
            }
            state.lesson.preset = Some(text.to_string());
            Ok(())
        },
    },
    Row {
        key: "net-kernel",
        route: Route::Convolution,
        print: |state| optional(state.lesson.network_kernel),
        read: |state, text| {
            state.lesson.network_kernel = Some(read_count(text, "The kernel's number", 0, 63)?);
            Ok(())
        },
    },
    Row {
        key: "pad",
        route: Route::Convolution,
        print: |state| state.lesson.padding.to_string(),
        read: |state, text| {
            state.lesson.padding = read_count(text, "The padding", 0, 3)? as usize;
            Ok(())
        },
    },
    Row {
        key: "stride",
        route: Route::Convolution,
        print: |state| state.lesson.stride().to_string(),
        read: |state, text| {
            state.lesson.extra_stride = read_count(text, "The stride", 1, 3)? as usize - 1;
            Ok(())
        },
    },
    Row {
        key: "dilation",
        route: Route::Convolution,
        print: |state| state.lesson.dilation().to_string(),
        read: |state, text| {
            state.lesson.gaps = read_count(text, "The dilation", 1, 3)? as usize - 1;
            Ok(())
        },
    },
    Row {
        key: "at",
        route: Route::Convolution,
        print: |state| state.lesson.position.to_string(),
        read: |state, text| {
            state.lesson.position = read_count(text, "The position", 0, 1_000_000)? as usize;
            Ok(())
        },
    },
    Row {
        key: "by",
        route: Route::Convolution,
        print: |state| {
            match state.lesson.granularity {
                Granularity::Cell => "cell",
                Granularity::Term => "term",
            }
            .into()
        },
        read: |state, text| {
            state.lesson.granularity = match text {
                "cell" => Granularity::Cell,
                "term" => Granularity::Term,
                _ => return unknown("cell and term"),
            };
            Ok(())
        },
    },
    Row {
        key: "digit",
        route: Route::Convolution,
        print: |state| state.lesson.digit.to_string(),
        read: |state, text| {
            state.lesson.digit = read_count(text, "The digit's number", 0, 9999)?;
            Ok(())
        },
    },
];
