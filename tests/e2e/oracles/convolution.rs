//! One kernel over one picture.

use super::arithmetic::{Border, Plane, Slide, Steps};
use super::shown::{
    bordered, check_all, check_caption, check_equation, check_formulas, check_map, check_typed, divided, plane,
};
use super::{Oracle, draw};
use receptive_core::Rng;
use receptive_e2e::screen::Screen;
use receptive_lessons::keys;
use receptive_lessons::settings::Settings;

pub(super) const ORACLE: Oracle = Oracle { key: "convolution", typed, made: |name, _| name == "output", check };

fn typed(settings: &mut Settings, rng: &mut Rng) {
    draw::picture(settings, "input", 7, rng);
    draw::own_kernel(settings, 4, rng);
}

/// Returns the divisor of a named kernel's weights: times it, they are whole numbers. Typed ones stand on the screen as
/// they are.
pub(super) fn divisor(settings: &Settings) -> f64 {
    match settings.choice(keys::KERNEL) {
        "box" => 9.0,
        "gaussian" => 16.0,
        _ => 1000.0,
    }
}

/// The kernel that slides: the one on the screen, which may be the turned one of another.
fn kernel(screen: &Screen, settings: &Settings) -> Result<Plane, String> {
    let slides = divided(screen, "kernel", divisor(settings))?;
    let is_turned = settings.choice(keys::FLIP) == "turn";
    let written = if is_turned { plane(screen, "typed")?.turned() } else { slides.clone() };
    check_all("the turned kernel", &written.values, &slides.values)?;
    if settings.choice(keys::KERNEL) == "own" {
        check_typed(settings, "weights", &if is_turned { slides.clone().turned() } else { slides.clone() })?;
    }
    Ok(slides)
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let x = bordered(screen, "input", Border::zeros([settings.count(keys::PAD); 2]))?;
    check_typed(settings, "input", &x.inside)?;
    let steps = Steps { stride: settings.count(keys::STRIDE), dilation: settings.count(keys::DILATION) };
    let slide = Slide::new(x, kernel(screen, settings)?, steps)?;
    let output = slide.output();
    let cell = check_map(screen, "output", &output)? - 1;
    check_equation(screen, &slide.terms(cell), output.values[cell])?;
    check_caption(screen, &slide.caption_numbers(cell, &output))?;
    check_formulas(screen, &slide.formulas())
}
