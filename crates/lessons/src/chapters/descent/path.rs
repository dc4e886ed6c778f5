//! A path down: the steps that gradient descent takes on a loss of one or two weights.

use crate::keys;
use crate::landscape::{Landscape, Point};
use crate::settings::Settings;
use receptive_core::Rng;

/// Steps of a path.
pub(super) const N_STEPS: usize = 40;
/// A loss above this counts as lost.
const LOST: f64 = 1e4;

/// Points that a line is fitted to: (x, y).
pub(super) const DATA: [Point; 8] =
    [[-1.5, -1.6], [-1.0, -1.5], [-0.6, 0.3], [-0.2, 0.2], [0.3, 1.9], [0.8, 2.1], [1.2, 3.8], [1.6, 3.7]];

/// One point of a path.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stop {
    pub(super) at: Point,
    /// The loss there, of all the data.
    pub(super) loss: f64,
    /// The gradient that the next step takes; of its batch alone, where there are batches.
    pub(super) gradient: Point,
    /// The data that this gradient was computed with, by position; empty where there is none.
    pub(super) batch: Vec<usize>,
}

/// A path from its start.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Descent {
    pub(super) stops: Vec<Stop>,
    pub(super) rate: f64,
    /// True if it ran away and was stopped.
    pub(super) is_lost: bool,
}

impl Descent {
    /// Goes down from a start. `batches` gives the data of each step; none where the whole loss is known.
    fn new(landscape: &Landscape, start: Point, rate: f64, batches: impl Fn(usize) -> Vec<usize>) -> Self {
        let mut descent = Self { stops: vec![], rate, is_lost: false };
        let mut at = start;
        for step in 0..=N_STEPS {
            let batch = batches(step);
            let part = if batch.is_empty() { landscape.clone() } else { of_data(&batch) };
            let (loss, gradient) = (landscape.value(at), part.gradient(at));
            descent.stops.push(Stop { at, loss, gradient, batch });
            if loss.is_nan() || loss.abs() >= LOST {
                descent.is_lost = true;
                break;
            }
            at = [0, 1].map(|i| at[i] - rate * gradient[i]);
        }
        descent
    }

    /// The path on the loss that the settings choose.
    pub(super) fn chosen(settings: &Settings) -> Self {
        let (landscape, start) = (landscape(settings), start(settings));
        let rate = f64::from(settings.real(keys::RATE));
        if settings.choice(keys::SHOW) != "data" {
            return Self::new(&landscape, start, rate, |_| vec![]);
        }
        let n = batch_size(settings);
        let seed = settings.count(keys::START_SEED) as u64;
        Self::new(&landscape, start, rate, |step| batch(seed, n, step))
    }

    /// The same with all the data at every step.
    pub(super) fn of_all(settings: &Settings) -> Self {
        Self::new(&landscape(settings), start(settings), f64::from(settings.real(keys::RATE)), |_| vec![])
    }

    /// The last point.
    pub(super) fn end(&self) -> &Stop {
        &self.stops[self.stops.len() - 1]
    }

    /// Steps after which the loss was larger than before.
    pub(super) fn n_rises(&self) -> usize {
        self.stops.windows(2).filter(|pair| pair[1].loss > pair[0].loss).count()
    }

    /// Across, up and the loss, of every point.
    pub(super) fn points(&self) -> Vec<[f32; 3]> {
        self.stops.iter().map(|stop| [stop.at[0] as f32, stop.at[1] as f32, stop.loss as f32]).collect()
    }
}

/// The loss that the settings choose.
pub(super) fn landscape(settings: &Settings) -> Landscape {
    match (settings.choice(keys::SHOW), settings.choice(keys::CURVE), settings.choice(keys::SURFACE)) {
        ("data", ..) => Landscape::Line(DATA.to_vec()),
        ("one", "line", _) => Landscape::Slope(DATA.to_vec()),
        ("one", "minima", _) | ("two", _, "minima") => Landscape::Minima,
        ("one", ..) | ("two", _, "plateau") => Landscape::Plateau,
        (.., "saddle") => Landscape::Saddle,
        _ => Landscape::Bowl,
    }
}

/// The start that the settings choose.
fn start(settings: &Settings) -> Point {
    match settings.choice(keys::SHOW) {
        "one" => [settings.real(keys::W).into(), 0.0],
        "two" => [settings.real(keys::X).into(), settings.real(keys::Y).into()],
        _ => [-1.0, -1.0],
    }
}

/// The points of data that a step looks at.
pub(super) fn batch_size(settings: &Settings) -> usize {
    match settings.choice(keys::BATCH) {
        "one" => 1,
        "few" => 2,
        _ => DATA.len(),
    }
}

/// Steps until all the data was looked at once.
pub(super) fn steps_per_epoch(batch_size: usize) -> usize {
    DATA.len().div_ceil(batch_size)
}

/// The data of a step: every epoch is a walk over all of it in a new order.
fn batch(seed: u64, n: usize, step: usize) -> Vec<usize> {
    let per_epoch = steps_per_epoch(n);
    let mut order: Vec<usize> = (0..DATA.len()).collect();
    Rng::stream(seed, (step / per_epoch) as u64).shuffle(&mut order);
    let mut batch = order[step % per_epoch * n..][..n].to_vec();
    batch.sort_unstable();
    batch
}

/// The loss of a part of the data.
fn of_data(batch: &[usize]) -> Landscape {
    Landscape::Line(batch.iter().map(|&i| DATA[i]).collect())
}
