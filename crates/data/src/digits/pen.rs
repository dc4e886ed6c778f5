//! From a style to the path that one hand takes on one day.

use super::skeletons::{LIFT, Shape};
use crate::sheet::Point;
use receptive_core::Rng;
use std::f32::consts::TAU;

/// Points of the path between two points of a shape.
const STEPS: usize = 6;

/// The strokes of one digit, as points close together, in a field of about one by one around (0, 0).
pub(super) fn write(style: &[Shape], rng: &mut Rng) -> Vec<Vec<Point>> {
    let shake = rng.range(0.004, 0.028);
    let roundness = if rng.uniform() < 0.5 { 0.0 } else { rng.uniform() };
    let points = blend(style, rng);
    let hand = Hand::new(rng);
    let mut strokes = Vec::new();
    for stroke in points.split(|&point| point == NO_POINT) {
        let moved = jitter(stroke, shake, roundness, rng);
        let path: Vec<Point> = smooth(&moved).into_iter().map(|point| hand.bend(point)).collect();
        strokes.push(trim(path, rng));
    }
    strokes
}

/// Stands for a lifted pen.
const NO_POINT: Point = (f32::INFINITY, f32::INFINITY);

/// A random mixture of a style's shapes: one of them, with something of two others or of their opposites.
fn blend(style: &[Shape], rng: &mut Rng) -> Vec<Point> {
    let mut any = || style[rng.below(style.len() as u32) as usize];
    let shapes = [any(), any(), any()];
    let second = rng.range(-0.2, 0.6);
    let third = rng.range(-0.2, 0.3);
    let shares = [1.0 - second - third, second, third];
    let point = |i: usize| {
        let (mut x, mut y) = (0.0, 0.0);
        for (shape, share) in shapes.iter().zip(shares) {
            if shape[i] == LIFT {
                return NO_POINT;
            }
            x += share * f32::from(shape[i] / 100);
            y += share * f32::from(shape[i] % 100);
        }
        ((x - 50.0) / 80.0, (y - 50.0) / 80.0)
    };
    (0..style[0].len()).map(point).collect()
}

/// Every point moved a little; the two halves of a corner together, or made one point, so that the corner is rounded.
fn jitter(stroke: &[Point], shake: f32, roundness: f32, rng: &mut Rng) -> Vec<Point> {
    let mut moved: Vec<Point> = Vec::with_capacity(stroke.len());
    for (i, &(x, y)) in stroke.iter().enumerate() {
        if i > 0 && near(stroke[i - 1], (x, y)) {
            if rng.uniform() >= roundness {
                moved.extend_from_within(moved.len() - 1..);
            }
            continue;
        }
        moved.push((x + shake * rng.normal(), y + shake * rng.normal()));
    }
    moved
}

/// True if two points are the same but for rounding.
fn near(a: Point, b: Point) -> bool {
    (a.0 - b.0).abs() + (a.1 - b.1).abs() < 1e-4
}

/// A Catmull–Rom spline through the points (Catmull & Rom 1974).
pub(crate) fn smooth(points: &[Point]) -> Vec<Point> {
    let at = |i: isize| points[i.clamp(0, points.len() as isize - 1) as usize];
    let mut path = Vec::with_capacity(points.len() * STEPS);
    for i in 0..points.len() as isize - 1 {
        let (a, b, c, d) = (at(i - 1), at(i), at(i + 1), at(i + 2));
        if b == c {
            continue;
        }
        // At a corner the curve ends as if the line went straight on.
        let a = if a == b { (2.0 * b.0 - c.0, 2.0 * b.1 - c.1) } else { a };
        let d = if d == c { (2.0 * c.0 - b.0, 2.0 * c.1 - b.1) } else { d };
        for step in 0..STEPS {
            let t = step as f32 / STEPS as f32;
            let blend = |a: f32, b: f32, c: f32, d: f32| {
                b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
            };
            path.push((blend(a.0, b.0, c.0, d.0), blend(a.1, b.1, c.1, d.1)));
        }
    }
    path.extend(points.last());
    path
}

/// Begins a little late, or ends a little early.
fn trim(mut path: Vec<Point>, rng: &mut Rng) -> Vec<Point> {
    let most = path.len() as f32 * 0.07;
    let (late, early) = ((most * rng.uniform()) as usize, (most * rng.uniform()) as usize);
    path.truncate(path.len() - early);
    path.drain(..late);
    path
}

/// A handwriting, the same transform of every point: slant, turn, stretch and wobble.
struct Hand {
    width: f32,
    slant: f32,
    sine: f32,
    cosine: f32,
    waves: [Wave; 3],
    /// The extra width of the lower half over the upper.
    head: f32,
    /// The shift of the waist, up or down.
    waist: f32,
}

/// A slow wave that displaces points along a direction.
struct Wave {
    frequency: Point,
    phase: f32,
    amplitude: Point,
}

impl Hand {
    fn new(rng: &mut Rng) -> Self {
        let turn = 0.1 * rng.normal();
        let wobble = rng.range(0.01, 0.045);
        let waves = [(); 3].map(|()| Wave {
            frequency: (rng.range(-1.1, 1.1), rng.range(-1.1, 1.1)),
            phase: rng.uniform(),
            amplitude: (wobble * rng.normal(), wobble * rng.normal()),
        });
        Self {
            width: libm::expf(0.22 * rng.normal()),
            slant: 0.12 + 0.22 * rng.normal(),
            sine: libm::sinf(turn),
            cosine: libm::cosf(turn),
            waves,
            head: 0.25 * rng.normal(),
            waist: 0.05 * rng.normal(),
        }
    }

    fn bend(&self, (x, y): Point) -> Point {
        let (mut dx, mut dy) = (0.0, self.waist * (1.0 - 4.0 * y * y));
        for wave in &self.waves {
            let value = libm::sinf(TAU * (wave.frequency.0 * x + wave.frequency.1 * y + wave.phase));
            dx += wave.amplitude.0 * value;
            dy += wave.amplitude.1 * value;
        }
        let (x, y) = (x + dx, y + dy);
        let x = x * self.width * (1.0 + self.head * y) - self.slant * y;
        (x * self.cosine - y * self.sine, x * self.sine + y * self.cosine)
    }
}
