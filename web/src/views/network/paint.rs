//! The colours of values on a canvas.

use super::montage::Montage;
use crate::platform::canvas;
use crate::platform::theme::{Palette, Rgb};
use web_sys::HtmlCanvasElement;

/// The meaning of a number, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Tint {
    /// Ink on paper.
    Input,
    /// What a layer makes.
    Value,
    /// How the loss changes with a value.
    Gradient,
    /// What values are multiplied with.
    Weight,
}

/// Shades from nothing to the deepest colour.
const N_SHADES: usize = 64;

/// Draws the planes of a tensor. The largest absolute value has the deepest colour; values below zero have a hue of
/// their own, and a stroke where there is room, which is faint where the value is; a value that is no number has the
/// colour of edges.
pub(crate) fn paint(canvas: &HtmlCanvasElement, montage: &Montage, values: &[f32], tint: Tint, palette: &Palette) {
    let [width, height] = montage.pixels();
    let mut bytes = vec![0; width * height * 4];
    let largest =
        values.iter().filter(|value| value.is_finite()).fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
    let [above, below] = match tint {
        Tint::Input => [palette.ink; 2],
        Tint::Value => [palette.act, palette.minus],
        Tint::Gradient => [palette.rise, palette.fall],
        Tint::Weight => [palette.plus, palette.minus],
    };
    let shades = |to: Rgb| -> Vec<[u8; 3]> { (0..N_SHADES).map(|i| shade(palette.sheet, to, i)).collect() };
    let (above, below) = (shades(above), shades(below));
    let stroke = (montage.fine > 2).then_some(montage.fine / 2);
    for (cell, &value) in values.iter().enumerate().take(montage.n * montage.h * montage.w) {
        let plane = cell / (montage.h * montage.w);
        let [x, y] = montage.pixel(plane, cell / montage.w % montage.h, cell % montage.w);
        let depth = (value.abs() / largest * (N_SHADES - 1) as f32) as usize;
        let depth = depth.min(N_SHADES - 1);
        let colour = match value {
            _ if !value.is_finite() => palette.edge.map(|part| part as u8),
            _ if value < 0.0 => below[depth],
            _ => above[depth],
        };
        for down in 0..montage.fine {
            for across in 0..montage.fine {
                let is_stroke = value < 0.0 && stroke == Some(down);
                let colour =
                    if is_stroke { below[(depth + depth.min(N_SHADES / 3)).min(N_SHADES - 1)] } else { colour };
                let at = ((y + down) * width + x + across) * 4;
                bytes[at..at + 3].copy_from_slice(&colour);
                bytes[at + 3] = 255;
            }
        }
    }
    canvas::put(canvas, width, height, &bytes);
}

fn shade(from: Rgb, to: Rgb, i: usize) -> [u8; 3] {
    let share = 0.94 * i as f64 / (N_SHADES - 1) as f64;
    [0, 1, 2].map(|part| (from[part] + (to[part] - from[part]) * share) as u8)
}
