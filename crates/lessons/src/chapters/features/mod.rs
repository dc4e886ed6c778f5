//! Feature detectors: what kernels answer to, and what matching means.

pub mod examples;
mod exercises;
mod picture;
mod steps;
mod trace;

pub use picture::landscape;

use crate::exercise::Exercise;
use crate::guide::Need;
use crate::keys;
use crate::plane::{PlaneConv, PlaneTrace, refused};
use crate::scene::{Edit, Role};
use crate::settings::{Param, Settings};
use crate::world::{Unavailable, World};
use crate::{Chapter, Matrix, Needs, Outline, Step, Trace, say};
use receptive_core::ConvParams;
use trace::Features;

/// Kernels by name: the one that belongs to the picture, the gallery, the strokes of a letter, one's own.
const KERNELS: &[&str] = &[
    "matching",
    "identity",
    "vertical",
    "horizontal",
    "outline",
    "sharpen",
    "box",
    "gaussian",
    "sobel-x",
    "sobel-y",
    "scharr-x",
    "scharr-y",
    "backslash",
    "slash",
    "x-shape",
    "own",
    "net",
];

/// The kernel that starts on pictures which have none of their own.
const ON_PICTURES: &str = "sobel-x";

/// The chapter's outline.
pub static OUTLINE: Outline = Outline {
    key: "features",
    params: &[
        Param::choice(keys::ON, &["small", "photo", "digit", "own"]),
        Param::choice(keys::EXAMPLE, &["edge", "numbers", "wide", "letter-x", "hook", "diagonal", "photo-8", "galaxy"])
            .when(|settings| settings.choice(keys::ON) == "small"),
        Param::choice(keys::KERNEL, KERNELS),
        Param::count(keys::NET_KERNEL, 1, 64, 1).when(|settings| settings.choice(keys::KERNEL) == "net"),
        Param::choice(keys::MEAN, &["sum", "mean"]).more(),
        Param::numbers(keys::WEIGHTS),
        Param::numbers(keys::INPUT_EDGE),
        Param::numbers(keys::INPUT_NUMBERS),
        Param::numbers(keys::INPUT_WIDE),
        Param::numbers(keys::INPUT_LETTER_X),
        Param::numbers(keys::INPUT_HOOK),
        Param::numbers(keys::INPUT_DIAGONAL),
        Param::numbers(keys::INPUT_PHOTO_8),
        Param::numbers(keys::INPUT_GALAXY),
    ],
    needs: |settings| Needs {
        digit: settings.choice(keys::ON) == "digit",
        network: (settings.choice(keys::KERNEL) == "net").then_some(crate::inputs::KERNEL_TENSORS),
        picture: settings.choice(keys::ON) == "own",
        ..Needs::default()
    },
    next: &[
        ("photo", "features?on=photo&kernel=outline"),
        ("letter", "features?example=letter-x&kernel=x-shape&mean=mean"),
        ("digit", "features?on=digit&kernel=vertical"),
        ("convolution", "convolution?by=term"),
    ],
};

/// The chapter.
pub static CHAPTER: Chapter = Chapter {
    outline: &OUTLINE,
    trace,
    steps: &[
        Step::new("boundary", steps::boundary_and_flat).needs(&[
            SMALL,
            EDGE,
            OWN_EDGE,
            Need::unless(keys::KERNEL.name, "matching", |settings| {
                ["matching", "vertical", "sobel-x", "scharr-x"].contains(&settings.choice(keys::KERNEL))
            }),
        ]),
        Step::new("blind", steps::blind_kernel).sets(&[keys::KERNEL.name]).needs(&[
            SMALL,
            EDGE,
            OWN_EDGE,
            Need::unless(keys::KERNEL.name, "matching", |settings| {
                !["horizontal", "sobel-y", "scharr-y"].contains(&settings.choice(keys::KERNEL))
            }),
        ]),
        Step::new("match", steps::full_match).needs(&[
            SMALL,
            Need::is(keys::EXAMPLE.name, "letter-x"),
            Need::is(keys::MEAN.name, "mean"),
            Need::own(keys::INPUT_LETTER_X.name, |settings| settings.numbers(keys::INPUT_LETTER_X).is_none()),
            Need::unless(keys::KERNEL.name, "matching", |settings| {
                ["matching", "x-shape", "slash", "backslash"].contains(&settings.choice(keys::KERNEL))
            }),
        ]),
        Step::new("hook", steps::hook_and_diagonal)
            .sets(&[keys::EXAMPLE.name])
            .needs(&[SMALL, Need::is(keys::KERNEL.name, "matching")]),
        Step::new("gallery", steps::three_kernels)
            .sets(&[keys::KERNEL.name])
            .needs(&[Need::is(keys::ON.name, "photo")]),
    ],
    exercises: &[
        Exercise::new("sign", exercises::sign),
        Exercise::new("mean", exercises::mean),
        Exercise::new("brighter", exercises::brighter),
    ],
};

const SMALL: Need = Need::is(keys::ON.name, "small");
const EDGE: Need = Need::is(keys::EXAMPLE.name, "edge");
const OWN_EDGE: Need = Need::own(keys::INPUT_EDGE.name, |settings| settings.numbers(keys::INPUT_EDGE).is_none());

/// Returns the picture, and the settings that typing into it changes.
fn chosen_picture(settings: &Settings, world: &World) -> Result<(Matrix, Option<Edit>), Unavailable> {
    match settings.choice(keys::ON) {
        "photo" => Ok((landscape(), None)),
        "digit" => Ok((world.digit()?.image.clone(), None)),
        "own" => Ok((world.picture.as_deref().ok_or(Unavailable::Picture)?.clone(), None)),
        _ => {
            let example = examples::chosen(settings);
            let matrix = settings.numbers(example.typed).cloned().unwrap_or_else(|| example.picture());
            let edit = Edit::of(example.typed, matrix.clone());
            Ok((matrix, Some(edit)))
        }
    }
}

/// The kernel, its bias, and what it answers to.
fn chosen_kernel(settings: &Settings, world: &World) -> Result<(Matrix, f32, String), Unavailable> {
    let key = settings.choice(keys::KERNEL);
    if key == "matching" && settings.choice(keys::ON) == "small" {
        let example = examples::chosen(settings);
        // The story of the example's numbers need not hold for others.
        let story = if settings.numbers(example.typed).is_some() { "typed" } else { example.key };
        return Ok((example.kernel(), 0.0, say!(format!("features.story.{story}"))));
    }
    if let Some(kernel) = examples::letter_kernel(key) {
        return Ok((kernel, 0.0, say!(format!("features.purpose.{key}"))));
    }
    match crate::inputs::preset_kernel(ON_PICTURES).filter(|_| key == "matching") {
        Some(preset) => Ok((preset.matrix(), 0.0, say!(format!("kernels.{ON_PICTURES}.purpose")))),
        None => crate::inputs::chosen_kernel(settings, world),
    }
}

fn trace(settings: &Settings, world: &World) -> Result<Box<dyn Trace>, Unavailable> {
    let (input, edit_input) = chosen_picture(settings, world)?;
    let (kernel, bias, remark) = chosen_kernel(settings, world)?;
    let edit_kernel =
        Edit { key: keys::WEIGHTS.name, matrix: kernel.clone(), also: Some((keys::KERNEL.name, "own")), brush: None };
    let conv = PlaneConv::new(input, kernel, bias, ConvParams::default()).map_err(|error| refused(&error))?;
    let brightest = conv.input().values.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let mut plane = PlaneTrace::new(conv, false, edit_input, Some(edit_kernel)).whole();
    // A digit is ink; in all other pictures a large number is a bright pixel.
    match settings.choice(keys::ON) {
        "digit" => {}
        "small" => plane = plane.seen_as(Role::Light, brightest),
        _ => plane = plane.seen_as(Role::Light, 1.0),
    }
    Ok(Box::new(Features::new(plane, settings.choice(keys::MEAN) == "mean", remark)))
}
