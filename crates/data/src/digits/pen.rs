//! From a skeleton to the path that one hand takes on one day.

use super::skeletons::{Point, Skeleton};
use receptive_core::Rng;
use std::f32::consts::TAU;

/// Points of the path between two points of the skeleton.
const STEPS: usize = 6;

/// The strokes of one digit, as points close together, in units of the skeleton.
pub(super) fn write(skeleton: Skeleton, rng: &mut Rng) -> Vec<Vec<Point>> {
    let shake = rng.range(0.015, 0.055);
    let hand = Hand::new(rng);
    skeleton
        .iter()
        .map(|stroke| smooth(&jitter(stroke, shake, rng)).into_iter().map(|point| hand.bend(point)).collect())
        .collect()
}

/// Every point moved a little; the two halves of a corner together.
fn jitter(stroke: &[Point], shake: f32, rng: &mut Rng) -> Vec<Point> {
    let mut moved: Vec<Point> = Vec::with_capacity(stroke.len());
    for (i, &(x, y)) in stroke.iter().enumerate() {
        let point = match moved.last() {
            Some(&last) if stroke[i - 1] == (x, y) => last,
            _ => (x + shake * rng.normal(), y + shake * rng.normal()),
        };
        moved.push(point);
    }
    moved
}

/// A Catmull–Rom spline through the points (Catmull & Rom 1974).
fn smooth(points: &[Point]) -> Vec<Point> {
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

/// What a hand does to every point alike: it slants, turns, stretches and wobbles.
struct Hand {
    width: f32,
    slant: f32,
    sine: f32,
    cosine: f32,
    waves: [Wave; 3],
    /// How much larger the upper half is than the lower.
    head: f32,
}

/// A slow wave that displaces points along a direction.
struct Wave {
    frequency: Point,
    phase: f32,
    amplitude: Point,
}

impl Hand {
    fn new(rng: &mut Rng) -> Self {
        let turn = 0.12 * rng.normal();
        let wobble = rng.range(0.01, 0.045);
        let waves = [(); 3].map(|()| Wave {
            frequency: (rng.range(-1.2, 1.2), rng.range(-1.2, 1.2)),
            phase: rng.uniform(),
            amplitude: (wobble * rng.normal(), wobble * rng.normal()),
        });
        Self {
            width: rng.range(0.55, 1.05),
            slant: 0.12 + 0.2 * rng.normal(),
            sine: libm::sinf(turn),
            cosine: libm::cosf(turn),
            waves,
            head: 0.12 * rng.normal(),
        }
    }

    fn bend(&self, (x, y): Point) -> Point {
        let (mut dx, mut dy) = (0.0, 0.0);
        for wave in &self.waves {
            let value = libm::sinf(TAU * (wave.frequency.0 * x + wave.frequency.1 * y + wave.phase));
            dx += wave.amplitude.0 * value;
            dy += wave.amplitude.1 * value;
        }
        let (x, y) = (x - 0.5 + dx, y - 0.5 + dy);
        let x = x * self.width * (1.0 - self.head * y) - self.slant * y;
        (x * self.cosine - y * self.sine, x * self.sine + y * self.cosine)
    }
}
