//! Drawings that show no digit: dots, dashes, letters, signs, scribbles, noise.
//!
//! A detector learns from some of these kinds what a digit is not, and is measured on those that it has never seen.
//! They are drawn by the hand that draws the built-in digits, with the page's pens, and prepared like any drawing.

mod shapes;

use crate::digits::PIXELS;
use crate::digits::{Shape, hand};
use crate::preprocess::normalise;
use crate::sheet::{PENS, Point, SIDE, Sheet};
use receptive_core::Rng;
use std::f32::consts::TAU;

/// A kind of drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A dot.
    Dot,
    /// A line that nobody takes for a 1: flat, or nearly.
    Dash,
    /// Several dots.
    Dots,
    /// A letter that looks like no digit.
    Letter,
    /// A sign, such as a plus, a tick or a house.
    Sign,
    /// One long line that turns at random.
    Scribble,
    /// Some curves at random.
    Curves,
    /// Every pixel at random.
    Noise,
    /// A figure, or a sign that [`Sign`](Self::Sign) does not have.
    Figure,
    /// A line to and fro.
    Zigzag,
    /// A spiral.
    Spiral,
    /// A closed curve with ink all over it.
    Blot,
}

impl Kind {
    /// The kinds that a detector learns from.
    pub const LEARNING: [Self; 8] =
        [Self::Dot, Self::Dash, Self::Dots, Self::Letter, Self::Sign, Self::Scribble, Self::Curves, Self::Noise];
    /// The kinds that it never sees before it is measured.
    pub const UNSEEN: [Self; 4] = [Self::Figure, Self::Zigzag, Self::Spiral, Self::Blot];
}

/// A drawing of a kind, prepared: 28×28, 0 (background) to 1 (ink).
pub fn draw(kind: Kind, rng: &mut Rng) -> Vec<f32> {
    let strokes = match kind {
        Kind::Noise => return (0..PIXELS).map(|_| rng.uniform()).collect(),
        Kind::Dot => vec![dot(rng)],
        Kind::Dots => (0..2 + rng.below(6)).map(|_| dot(rng)).collect(),
        Kind::Dash => {
            let (length, slope) = (rng.range(0.5, 1.0), rng.range(-0.4, 0.4));
            vec![vec![(-length / 2.0, -slope * length / 2.0), (length / 2.0, slope * length / 2.0)]]
        }
        Kind::Letter => one_of(shapes::LETTERS, rng),
        Kind::Sign => one_of(shapes::SIGNS, rng),
        Kind::Figure => one_of(shapes::FIGURES, rng),
        Kind::Scribble => vec![scribble(rng)],
        Kind::Curves => (0..2 + rng.below(3)).map(|_| curve(rng)).collect(),
        Kind::Zigzag => {
            let n = 5 + rng.below(6);
            let at = |i: u32| (i as f32 / n as f32 - 0.5, if i.is_multiple_of(2) { -0.3 } else { 0.3 });
            vec![(0..=n).map(|i| shaken(at(i), 0.04, rng)).collect()]
        }
        Kind::Spiral => {
            let turns = rng.range(2.2, 4.0);
            vec![(0..=90).map(|i| i as f32 / 90.0).map(|t| round(turns * t, 0.05 + 0.45 * t)).collect()]
        }
        Kind::Blot => {
            let flat = rng.range(0.5, 1.0);
            let around = |i: u32| round(i as f32 * 0.381_966, 0.5 * libm::sqrtf(i as f32 / 120.0));
            vec![(0..120).map(around).map(|(x, y)| shaken((x, y * flat), 0.03, rng)).collect()]
        }
    };
    on_sheet(&strokes, rng)
}

/// Strokes in a field of about one by one around (0, 0), drawn on a sheet with one of the page's pens, of any size and
/// anywhere, and prepared.
pub fn on_sheet(strokes: &[Vec<Point>], rng: &mut Rng) -> Vec<f32> {
    let size = rng.range(0.35, 0.8) * SIDE as f32;
    let room = (SIDE as f32 - size) / 4.0;
    let middle = (rng.range(-room, room) + SIDE as f32 / 2.0, rng.range(-room, room) + SIDE as f32 / 2.0);
    let pen = PENS[rng.below(PENS.len() as u32) as usize];
    let mut sheet = Sheet::blank(SIDE);
    for stroke in strokes {
        let placed: Vec<_> = stroke.iter().map(|&(x, y)| (middle.0 + size * x, middle.1 + size * y)).collect();
        sheet.stroke(&placed, pen);
    }
    normalise(sheet.ink(), SIDE, SIDE).map_or_else(|| vec![0.0; PIXELS], |prepared| prepared.pixels)
}

fn one_of(shapes: &[Shape], rng: &mut Rng) -> Vec<Vec<Point>> {
    hand(shapes[rng.below(shapes.len() as u32) as usize], rng)
}

fn dot(rng: &mut Rng) -> Vec<Point> {
    let at = (rng.range(-0.5, 0.5), rng.range(-0.5, 0.5));
    vec![at, shaken(at, 0.01, rng)]
}

fn shaken((x, y): Point, by: f32, rng: &mut Rng) -> Point {
    (x + by * rng.normal(), y + by * rng.normal())
}

/// A place on a circle, after so many turns.
fn round(turns: f32, radius: f32) -> Point {
    (radius * libm::cosf(TAU * turns), radius * libm::sinf(TAU * turns))
}

/// A long walk whose direction changes slowly, kept within the field.
fn scribble(rng: &mut Rng) -> Vec<Point> {
    let (mut at, mut direction, mut turn) = ((0.0, 0.0), rng.uniform(), 0.05);
    let n = 60 + rng.below(120);
    let mut step = || {
        turn = (turn + 0.025 * rng.normal()).clamp(-0.1, 0.1);
        direction += turn;
        let (dx, dy) = round(direction, 0.06);
        at = ((at.0 + dx).clamp(-0.5, 0.5), (at.1 + dy).clamp(-0.5, 0.5));
        at
    };
    (0..n).map(|_| step()).collect()
}

/// A curve through random points.
fn curve(rng: &mut Rng) -> Vec<Point> {
    let points: Vec<_> = (0..3 + rng.below(3)).map(|_| (rng.range(-0.5, 0.5), rng.range(-0.5, 0.5))).collect();
    crate::digits::smooth(&points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_ink_and_depends_on_its_seed_alone() {
        for kind in Kind::LEARNING.into_iter().chain(Kind::UNSEEN) {
            for stream in 0..20 {
                let image = draw(kind, &mut Rng::stream(9, stream));
                assert_eq!(image, draw(kind, &mut Rng::stream(9, stream)), "{kind:?}");
                assert!(image.iter().all(|x| (0.0..=1.0).contains(x)) && image.iter().sum::<f32>() > 5.0, "{kind:?}");
            }
        }
    }
}
