//! Where the lesson's numbers come from: a typed grid, a preset, a digit, the network in the Lab.

use crate::context::AppContext;
use crate::run_model::FoundImage;
use crate::state::{Grid, Source};
use crate::views::sentence;
use receptive_lessons::conv2d::{Matrix, example_input};
use receptive_lessons::{kernels, text};
use receptive_train::protocol::{Command, DatasetKind, Split};
use yew::prelude::*;

/// Requests for the lesson's digit are numbered from here, by the digit's position.
const DIGIT: u32 = 1 << 29;
/// The lesson's request for the network's kernels.
const KERNELS: u32 = (1 << 29) - 1;

/// What is convolved with what.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Material {
    pub(super) input: Matrix,
    pub(super) kernel: Matrix,
    pub(super) bias: f32,
}

/// The material that the state asks for, or what has to come first, in words.
#[hook]
pub(super) fn use_material(app: &AppContext) -> Result<Material, String> {
    let digit = use_digit(app);
    use_kernels(app);
    let lesson = &app.state.lesson;
    let matrix = |grid: &Grid| Matrix { rows: grid.rows(), columns: grid.columns(), values: grid.values().to_vec() };
    let input = match lesson.source {
        Source::Toy => lesson.input.as_ref().map_or_else(example_input, matrix),
        Source::Digit => {
            let image = digit.ok_or_else(|| refused(app, DIGIT + lesson.digit).unwrap_or(text::DIGIT_WAITS.into()))?;
            let values = image.pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
            Matrix { rows: 28, columns: 28, values }
        }
    };
    let preset = lesson.preset.as_deref().and_then(kernels::find).unwrap_or(&kernels::ALL[0]);
    let mut bias = 0.0;
    let kernel = match (lesson.network_kernel, &lesson.kernel) {
        (Some(k), _) => {
            let found = app.run.kernels.as_ref().ok_or(text::KERNELS_WAIT)?;
            let [n, _, rows, columns] = found.shape.map(|axis| axis as usize);
            let k = (k as usize).min(n.saturating_sub(1));
            bias = found.biases.get(k).copied().unwrap_or(0.0);
            let values = found.weights.chunks(rows * columns).nth(k).unwrap_or_default().to_vec();
            Matrix { rows, columns, values }
        }
        (None, Some(grid)) => matrix(grid),
        (None, None) => preset.matrix(),
    };
    Ok(Material { input, kernel, bias })
}

/// The digit that the state asks for, fetched through the worker.
#[hook]
fn use_digit(app: &AppContext) -> Option<FoundImage> {
    let kept = use_state_eq(|| None::<FoundImage>);
    let lesson = &app.state.lesson;
    let (dataset, index, is_wanted) =
        (app.state.lab.dataset, lesson.digit, lesson.source == Source::Digit && app.run.is_ready);
    let send = app.send.clone();
    use_effect_with((dataset, index, is_wanted), move |&(dataset, index, is_wanted)| {
        if is_wanted {
            send.emit(Command::ReadImage { request: DIGIT + index, dataset, split: Split::Test, index });
        }
    });
    let kept_now = kept.clone();
    use_effect_with(app.run.image.clone(), move |image| {
        if let Some(image) = image.as_ref().filter(|image| (DIGIT..2 * DIGIT).contains(&image.request)) {
            kept_now.set(Some(image.clone()));
        }
    });
    (*kept).clone()
}

/// Asks for the network's kernels, and again whenever the network has learned.
#[hook]
fn use_kernels(app: &AppContext) {
    let send = app.send.clone();
    let is_wanted = app.state.lesson.network_kernel.is_some() && app.run.is_open;
    use_effect_with((is_wanted, app.run.state, app.run.n_steps), move |&(is_wanted, _, _)| {
        if is_wanted {
            send.emit(Command::ReadKernels { request: KERNELS });
        }
    });
}

/// What the digit on the stage is, in words.
pub(super) fn digit_caption(app: &AppContext) -> Option<String> {
    let image = app.run.image.as_ref().filter(|image| (DIGIT..2 * DIGIT).contains(&image.request))?;
    let index = image.request - DIGIT;
    Some(match image.dataset {
        DatasetKind::Mnist => text::mnist_digit(index, image.label),
        DatasetKind::BuiltIn => text::built_in_digit(index, image.label),
        DatasetKind::Own => text::own_digit(index, image.label),
    })
}

/// Why the network has no kernels to show, if it was asked and has none.
pub(super) fn kernels_refused(app: &AppContext) -> Option<String> {
    app.state.lesson.network_kernel.and_then(|_| refused(app, KERNELS))
}

fn refused(app: &AppContext, request: u32) -> Option<String> {
    app.run.refused.as_ref().filter(|refused| refused.0 == request).map(|(_, message)| sentence(message))
}
