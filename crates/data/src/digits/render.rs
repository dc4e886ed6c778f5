//! From a path to pixels: a soft, uneven stroke, fitted and centred as MNIST's images were.

use super::skeletons::Point;
use crate::images::{COLUMNS, PIXELS, ROWS};
use crate::preprocess::{centre_of_mass, put};
use receptive_core::Rng;
use std::f32::consts::TAU;

/// The longer side of the digit, ink included, in pixels.
const BOX: f32 = 20.0;

/// The 28×28 image of these strokes.
pub(super) fn draw(strokes: &[Vec<Point>], rng: &mut Rng) -> Vec<u8> {
    let pen = Pen::new(rng);
    let fitted = fit(strokes, BOX - 2.0 * pen.radius);
    let mut ink = [0.0; PIXELS];
    for stroke in &fitted {
        let last = stroke.len().max(2) as f32 - 1.0;
        for (i, ends) in stroke.windows(2).enumerate() {
            pen.line(&mut ink, ends[0], ends[1], i as f32 / last);
        }
    }
    let centre = centre_of_mass(&ink, [ROWS, COLUMNS]);
    let place = centre.map(|at| libm::roundf((ROWS as f32 - 1.0) / 2.0 - at) as isize);
    put(&ink, [ROWS, COLUMNS], place).into_iter().map(|x| (255.0 * x + 0.5) as u8).collect()
}

/// The strokes scaled so that the longer side of their box is `size`, in the middle of the field.
fn fit(strokes: &[Vec<Point>], size: f32) -> Vec<Vec<Point>> {
    let points = || strokes.iter().flatten();
    let (left, right) = points().fold((f32::MAX, f32::MIN), |(low, high), p| (low.min(p.0), high.max(p.0)));
    let (top, bottom) = points().fold((f32::MAX, f32::MIN), |(low, high), p| (low.min(p.1), high.max(p.1)));
    let scale = size / (right - left).max(bottom - top);
    let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
    let half = (COLUMNS as f32 - 1.0) / 2.0;
    let fit = |&(x, y): &Point| (half + (x - middle.0) * scale, half + (y - middle.1) * scale);
    strokes.iter().map(|stroke| stroke.iter().map(fit).collect()).collect()
}

/// A pen: how thick, how soft, and how its pressure changes along a stroke.
struct Pen {
    radius: f32,
    softness: f32,
    pressure: f32,
    phase: f32,
}

impl Pen {
    fn new(rng: &mut Rng) -> Self {
        Self {
            radius: rng.range(0.75, 1.35) + 0.45 * rng.uniform() * rng.uniform(),
            softness: rng.range(0.9, 1.5),
            pressure: rng.range(0.0, 0.25),
            phase: rng.uniform(),
        }
    }

    /// Draws a line; `progress` runs from 0 to 1 along the stroke.
    fn line(&self, ink: &mut [f32; PIXELS], a: Point, b: Point, progress: f32) {
        let radius = self.radius * (1.0 + self.pressure * libm::sinf(TAU * (progress + self.phase)));
        let reach = radius + self.softness / 2.0;
        let span = |low: f32, high: f32| {
            let start = libm::ceilf(low - reach).max(0.0) as usize;
            start..((high + reach).max(0.0) as usize + 1).min(ROWS)
        };
        let along = (b.0 - a.0, b.1 - a.1);
        let length2 = (along.0 * along.0 + along.1 * along.1).max(1e-9);
        for row in span(a.1.min(b.1), a.1.max(b.1)) {
            for column in span(a.0.min(b.0), a.0.max(b.0)) {
                let from = (column as f32 - a.0, row as f32 - a.1);
                let t = ((from.0 * along.0 + from.1 * along.1) / length2).clamp(0.0, 1.0);
                let off = (from.0 - t * along.0, from.1 - t * along.1);
                let distance = libm::sqrtf(off.0 * off.0 + off.1 * off.1);
                let cover = ((reach - distance) / self.softness).clamp(0.0, 1.0);
                let pixel = &mut ink[row * COLUMNS + column];
                *pixel = pixel.max(cover);
            }
        }
    }
}
