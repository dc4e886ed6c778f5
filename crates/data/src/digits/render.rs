//! From a path to pixels: a soft, uneven stroke, fitted and centred as MNIST's images were.

use crate::digits::{COLUMNS, PIXELS, ROWS};
use crate::preprocess::{centre_of_mass, put};
use crate::sheet::Point;
use receptive_core::Rng;
use std::f32::consts::TAU;

/// The longer side of the digit, faintest ink included, in pixels.
const BOX: f32 = 20.0;
/// The centre of mass of MNIST's images, row and column, pixels counted from 0.
pub(super) const CENTRE: f32 = 14.0;

/// The 28×28 image of these strokes.
pub(super) fn draw(strokes: &[Vec<Point>], thickness: f32, rng: &mut Rng) -> Vec<u8> {
    let nib = Nib::new(thickness, rng);
    let fitted = fit(strokes, BOX - 2.0 * nib.reach());
    let mut ink = [0.0; PIXELS];
    for stroke in &fitted {
        let last = stroke.len().max(2) as f32 - 1.0;
        for (i, ends) in stroke.windows(2).enumerate() {
            nib.line(&mut ink, ends[0], ends[1], i as f32 / last);
        }
    }
    let centre = centre_of_mass(&ink, [ROWS, COLUMNS]);
    let place = centre.map(|at| libm::roundf(CENTRE - at) as isize);
    put(&ink, [ROWS, COLUMNS], place).into_iter().map(|x| (255.0 * x + 0.5) as u8).collect()
}

/// The strokes scaled so that the longer side of their box is `size`, in the middle of the field.
fn fit(strokes: &[Vec<Point>], size: f32) -> Vec<Vec<Point>> {
    let points = || strokes.iter().flatten();
    let (left, right) = points().fold((f32::MAX, f32::MIN), |(low, high), p| (low.min(p.0), high.max(p.0)));
    let (top, bottom) = points().fold((f32::MAX, f32::MIN), |(low, high), p| (low.min(p.1), high.max(p.1)));
    let scale = size / (right - left).max(bottom - top).max(0.1);
    let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
    let half = (COLUMNS as f32 - 1.0) / 2.0;
    let fit = |&(x, y): &Point| (half + (x - middle.0) * scale, half + (y - middle.1) * scale);
    strokes.iter().map(|stroke| stroke.iter().map(fit).collect()).collect()
}

/// The tip of a pen: how thick, how soft, thicker in which direction, and how its pressure changes along a stroke.
struct Nib {
    radius: f32,
    softness: f32,
    flatness: f32,
    /// Cosine and sine of twice the angle of the flat side.
    flat: Point,
    pressure: f32,
    turns: f32,
    phase: f32,
}

impl Nib {
    fn new(thickness: f32, rng: &mut Rng) -> Self {
        let angle = TAU * rng.uniform();
        Self {
            radius: (thickness * 1.2 * libm::expf(0.26 * rng.normal())).clamp(0.7, 2.4),
            softness: rng.range(0.8, 1.4),
            flatness: rng.range(0.0, 0.2),
            flat: (libm::cosf(angle), libm::sinf(angle)),
            pressure: rng.range(0.0, 0.22),
            turns: rng.range(0.3, 1.5),
            phase: rng.uniform(),
        }
    }

    /// The largest distance of visible ink from its path.
    fn reach(&self) -> f32 {
        self.radius + self.softness / 2.0
    }

    /// Draws a line; `progress` runs from 0 to 1 along the stroke.
    fn line(&self, ink: &mut [f32; PIXELS], a: Point, b: Point, progress: f32) {
        let along = (b.0 - a.0, b.1 - a.1);
        let length2 = (along.0 * along.0 + along.1 * along.1).max(1e-9);
        let double = ((along.0 * along.0 - along.1 * along.1) / length2, 2.0 * along.0 * along.1 / length2);
        let broad = self.flatness * (double.0 * self.flat.0 + double.1 * self.flat.1);
        let press = self.pressure * libm::sinf(TAU * (self.turns * progress + self.phase));
        let reach = self.radius * (1.0 + broad + press) + self.softness / 2.0;
        let span = |low: f32, high: f32| {
            let start = libm::ceilf(low - reach).max(0.0) as usize;
            start..((high + reach).max(0.0) as usize + 1).min(ROWS)
        };
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
