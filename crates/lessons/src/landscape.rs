//! Losses of one or two weights as formulas: surfaces to go down on.

use crate::scene::Surface;
use std::rc::Rc;

/// A point of two weights; a loss of one weight leaves the second out.
pub type Point = [f64; 2];

/// A loss of one or two weights.
#[derive(Clone, Debug, PartialEq)]
pub enum Landscape {
    /// `½ · (x² + 15 · y²)`: a bowl that is long in one direction and narrow in the other.
    Bowl,
    /// `½ · (x² − y²) + ¼ · y⁴`: a saddle at the origin between two minima at y = ±1.
    Saddle,
    /// `(1 − x)² + 10 · (y − x²)²`: a bent valley with a flat bottom (Rosenbrock 1960, with 10 in the place of 100).
    Valley,
    /// `¼ · x⁴ − x² + 0.3 · x + ½ · y²`: two valleys, the left one the deeper.
    Minima,
    /// `r² / (1 + r²)` with r² = x² + y²: a hollow in a plain that is nearly flat far out.
    Plateau,
    /// The mean of `½ · ((x − a)² + (y − b)²)` over points (a, b): a round bowl, and each point pulls towards itself.
    Points(Vec<Point>),
    /// The mean of `(x · a + y − b)²` over points (a, b): a line of slope x and bias y through data.
    Line(Vec<Point>),
    /// The same without a bias: the second weight is not read.
    Slope(Vec<Point>),
}

impl Landscape {
    /// The loss at a point.
    pub fn value(&self, [x, y]: Point) -> f64 {
        match self {
            Self::Bowl => 0.5 * (x * x + 15.0 * y * y),
            Self::Saddle => 0.5 * (x * x - y * y) + 0.25 * y.powi(4),
            Self::Valley => (1.0 - x).powi(2) + 10.0 * (y - x * x).powi(2),
            Self::Minima => 0.25 * x.powi(4) - x * x + 0.3 * x + 0.5 * y * y,
            Self::Plateau => {
                let square = x * x + y * y;
                if square.is_finite() { square / (1.0 + square) } else { square }
            }
            Self::Points(data) => mean(data, |[a, b]| 0.5 * ((x - a).powi(2) + (y - b).powi(2))),
            Self::Line(data) => mean(data, |[a, b]| (x * a + y - b).powi(2)),
            Self::Slope(data) => mean(data, |[a, b]| (x * a - b).powi(2)),
        }
    }

    /// The gradient there: how fast the loss grows along each weight.
    pub fn gradient(&self, [x, y]: Point) -> Point {
        match self {
            Self::Bowl => [x, 15.0 * y],
            Self::Saddle => [x, y.powi(3) - y],
            Self::Valley => {
                let off = y - x * x;
                [-2.0 * (1.0 - x) - 40.0 * x * off, 20.0 * off]
            }
            Self::Minima => [x.powi(3) - 2.0 * x + 0.3, y],
            Self::Plateau => {
                let slope = 2.0 / (1.0 + x * x + y * y).powi(2);
                [x * slope, y * slope]
            }
            Self::Points(data) => [mean(data, |[a, _]| x - a), mean(data, |[_, b]| y - b)],
            Self::Line(data) => {
                [mean(data, |[a, b]| 2.0 * (x * a + y - b) * a), mean(data, |[a, b]| 2.0 * (x * a + y - b))]
            }
            Self::Slope(data) => [mean(data, |[a, b]| 2.0 * (x * a - b) * a), 0.0],
        }
    }

    /// Its values over a part of the plane, as a surface without names or paths: least and most across, least and most up.
    pub fn surface(&self, range: [f32; 4]) -> Surface {
        /// Places of the lattice along each side.
        const SIDE: usize = 49;
        let plain = Surface { range, columns: SIDE, values: Rc::new(vec![0.0; SIDE * SIDE]), ..Surface::default() };
        let at = |cell| plain.place(cell).map(f64::from);
        let values: Vec<_> = (0..SIDE * SIDE).map(|cell| self.value(at(cell)) as f32).collect();
        Surface { levels: levels(&values), values: Rc::new(values), ..plain }
    }
}

/// The values at which to draw level lines over these values: denser below, where one wants to see more. None where nothing
/// is finite.
pub fn levels(values: &[f32]) -> Vec<f32> {
    const N: usize = 9;
    let finite = values.iter().filter(|value| value.is_finite());
    let (low, high) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let level = |i: usize| low + (high - low) * (i as f32 / (N + 1) as f32).powi(2);
    if low < high { (1..=N).map(level).collect() } else { vec![] }
}

fn mean(data: &[Point], of: impl Fn(Point) -> f64) -> f64 {
    data.iter().map(|point| of(*point)).sum::<f64>() / data.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let data = vec![[-1.0, 0.5], [0.5, 2.0], [2.0, -1.0]];
        let all = [Landscape::Bowl, Landscape::Saddle, Landscape::Valley, Landscape::Minima, Landscape::Plateau];
        let of_data = [Landscape::Points(data.clone()), Landscape::Line(data.clone()), Landscape::Slope(data)];
        for landscape in all.into_iter().chain(of_data) {
            for [x, y] in [[0.3, -0.7], [-1.6, 1.2], [2.5, 0.1]] {
                let h = 1e-6;
                let along = |dx: f64, dy: f64| {
                    let moved = |sign: f64| landscape.value([x + sign * dx, y + sign * dy]);
                    (moved(1.0) - moved(-1.0)) / (2.0 * h)
                };
                for (got, want) in landscape.gradient([x, y]).into_iter().zip([along(h, 0.0), along(0.0, h)]) {
                    assert!((got - want).abs() <= 1e-7 * (1.0 + want.abs()), "{landscape:?} {x} {y}: {got} {want}");
                }
            }
        }
    }

    #[test]
    fn a_surface_holds_the_values_of_its_places_and_its_levels_rise() {
        let surface = Landscape::Bowl.surface([-2.0, 2.0, -1.0, 3.0]);
        for cell in [0, 700, 2400] {
            let place = surface.place(cell).map(f64::from);
            assert_eq!(surface.values[cell], Landscape::Bowl.value(place) as f32);
        }
        assert!(surface.levels.windows(2).all(|pair| pair[0] < pair[1]) && surface.levels[0] > 0.0);
    }
}
