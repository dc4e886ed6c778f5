//! Feature detectors: what kernels answer to, and what matching means.

pub mod examples;
mod exercises;
mod picture;
mod steps;
mod trace;

pub use picture::landscape;

use crate::exercise::Exercise;
use crate::guide::Need;
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
        Param::choice("on", &["small", "photo", "digit", "own"]),
        Param::choice("example", &["edge", "numbers", "wide", "letter-x", "hook", "diagonal", "photo-8", "galaxy"])
            .when(|settings| settings.choice("on") == "small"),
        Param::choice("kernel", KERNELS),
        Param::count("net-kernel", 1, 64, 1).when(|settings| settings.choice("kernel") == "net"),
        Param::choice("mean", &["sum", "mean"]).more(),
        Param::numbers("weights"),
        Param::numbers("input-edge"),
        Param::numbers("input-numbers"),
        Param::numbers("input-wide"),
        Param::numbers("input-letter-x"),
        Param::numbers("input-hook"),
        Param::numbers("input-diagonal"),
        Param::numbers("input-photo-8"),
        Param::numbers("input-galaxy"),
    ],
    needs: |settings| Needs {
        digit: settings.choice("on") == "digit",
        network: settings.choice("kernel") == "net",
        picture: settings.choice("on") == "own",
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
            Need::unless("kernel", "matching", |settings| {
                ["matching", "vertical", "sobel-x", "scharr-x"].contains(&settings.choice("kernel"))
            }),
        ]),
        Step::new("blind", steps::blind_kernel).sets(&["kernel"]).needs(&[
            SMALL,
            EDGE,
            OWN_EDGE,
            Need::unless("kernel", "matching", |settings| {
                !["horizontal", "sobel-y", "scharr-y"].contains(&settings.choice("kernel"))
            }),
        ]),
        Step::new("match", steps::full_match).needs(&[
            SMALL,
            Need::is("example", "letter-x"),
            Need::is("mean", "mean"),
            Need::own("input-letter-x", |settings| settings.numbers("input-letter-x").is_none()),
            Need::unless("kernel", "matching", |settings| {
                ["matching", "x-shape", "slash", "backslash"].contains(&settings.choice("kernel"))
            }),
        ]),
        Step::new("hook", steps::hook_and_diagonal).sets(&["example"]).needs(&[SMALL, Need::is("kernel", "matching")]),
        Step::new("gallery", steps::three_kernels).sets(&["kernel"]).needs(&[Need::is("on", "photo")]),
    ],
    exercises: &[
        Exercise::new("sign", exercises::sign),
        Exercise::new("mean", exercises::mean),
        Exercise::new("brighter", exercises::brighter),
    ],
};

const SMALL: Need = Need::is("on", "small");
const EDGE: Need = Need::is("example", "edge");
const OWN_EDGE: Need = Need::own("input-edge", |settings| settings.numbers("input-edge").is_none());

/// Returns the picture, and the settings that typing into it changes.
fn chosen_picture(settings: &Settings, world: &World) -> Result<(Matrix, Option<Edit>), Unavailable> {
    match settings.choice("on") {
        "photo" => Ok((landscape(), None)),
        "digit" => Ok((world.digit()?.image.clone(), None)),
        "own" => Ok((world.picture.as_deref().ok_or(Unavailable::Picture)?.clone(), None)),
        _ => {
            let example = examples::chosen(settings);
            let matrix = settings.numbers(example.typed).cloned().unwrap_or_else(|| example.picture());
            let edit = Edit { key: example.typed, matrix: matrix.clone(), also: None, brush: None };
            Ok((matrix, Some(edit)))
        }
    }
}

/// The kernel, its bias, and what it answers to.
fn chosen_kernel(settings: &Settings, world: &World) -> Result<(Matrix, f32, String), Unavailable> {
    let key = settings.choice("kernel");
    if key == "matching" && settings.choice("on") == "small" {
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
    let edit_kernel = Edit { key: "weights", matrix: kernel.clone(), also: Some(("kernel", "own")), brush: None };
    let conv = PlaneConv::new(input, kernel, bias, ConvParams::default()).map_err(|error| refused(&error))?;
    let brightest = conv.input().values.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let mut plane = PlaneTrace::new(conv, false, edit_input, Some(edit_kernel)).whole();
    // A digit is ink; in all other pictures a large number is a bright pixel.
    match settings.choice("on") {
        "digit" => {}
        "small" => plane = plane.seen_as(Role::Light, brightest),
        _ => plane = plane.seen_as(Role::Light, 1.0),
    }
    Ok(Box::new(Features::new(plane, settings.choice("mean") == "mean", remark)))
}
