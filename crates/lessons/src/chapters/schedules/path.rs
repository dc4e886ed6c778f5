//! Plain SGD under a schedule: the steps that it takes on a small loss, each with its learning rate.

use crate::keys;
use crate::landscape::{Landscape, Point};
use crate::settings::Settings;
use receptive_core::Rng;
use receptive_nn::{Course, Plateau, Schedule};

/// Steps of the small run.
pub(super) const N_STEPS: u32 = 60;
/// Its last steps, over which the loss is averaged to see whether it has come to rest.
pub(super) const N_LAST: usize = 15;
/// A loss above this counts as lost.
const LOST: f64 = 1e4;

/// Points of the noisy loss: each step sees one of them.
pub(super) const POINTS: [Point; 8] =
    [[-0.9, -1.2], [0.2, -1.8], [1.9, -1.3], [2.2, 0.2], [1.6, 1.3], [0.5, 0.9], [-0.6, 0.8], [-0.1, -0.3]];

/// The share by which a loss must fall below the best one to be progress.
pub(super) const THRESHOLD: f32 = 0.001;

/// One point of the path.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stop {
    pub(super) at: Point,
    /// The loss there, over all points.
    pub(super) loss: f64,
    /// The gradient that the next step takes.
    pub(super) gradient: Point,
    /// The learning rate of the next step.
    pub(super) rate: f32,
    /// Cuts of the rate by then.
    pub(super) n_cuts: u32,
    /// The point that the gradient is computed with; none where it is that of the whole loss.
    pub(super) point: Option<usize>,
}

/// A path from its start.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run {
    pub(super) schedule: Schedule,
    pub(super) base: f32,
    pub(super) stops: Vec<Stop>,
    /// True if it ran away and was stopped.
    pub(super) is_lost: bool,
}

impl Run {
    /// The run that the settings choose.
    pub(super) fn new(settings: &Settings) -> Self {
        let (schedule, base) = (schedule(settings), settings.real(keys::RATE));
        let landscape = landscape(settings);
        let seed = settings.count(keys::START_SEED) as u64;
        let is_noisy = matches!(landscape, Landscape::Points(_));
        let mut run = Self { schedule, base, stops: vec![], is_lost: false };
        let (mut at, mut measured) = (start(settings), vec![]);
        for step in 0..=N_STEPS {
            let loss = landscape.value(at);
            // The loss after each step is what a plateau is looked for in.
            if step > 0 {
                measured.push((step, loss as f32));
            }
            let n_cuts = schedule.n_cuts(N_STEPS, &measured);
            let rate = schedule.rate_after(base, step.min(N_STEPS - 1), N_STEPS, n_cuts);
            let point = is_noisy.then(|| drawn(seed, step as usize));
            let part = point.map_or_else(|| landscape.clone(), |i| Landscape::Points(vec![POINTS[i]]));
            let gradient = part.gradient(at);
            run.stops.push(Stop { at, loss, gradient, rate, n_cuts, point });
            if loss.is_nan() || loss.abs() >= LOST {
                run.is_lost = true;
                break;
            }
            at = [0, 1].map(|i| at[i] - f64::from(rate) * gradient[i]);
        }
        run
    }

    /// A point of the path, or the last.
    pub(super) fn stop(&self, step: usize) -> &Stop {
        &self.stops[step.min(self.stops.len() - 1)]
    }

    /// The mean loss over the last steps; infinite if it ran away.
    pub(super) fn last_mean(&self) -> f64 {
        let last = &self.stops[self.stops.len().saturating_sub(N_LAST)..];
        if self.is_lost { f64::INFINITY } else { last.iter().map(|stop| stop.loss).sum::<f64>() / last.len() as f64 }
    }

    /// Across, up and the loss, of every point.
    pub(super) fn points(&self) -> Vec<[f32; 3]> {
        self.stops.iter().map(|stop| [stop.at[0] as f32, stop.at[1] as f32, stop.loss as f32]).collect()
    }
}

/// The least loss over all points: that of their middle.
pub(super) fn least() -> f64 {
    let middle = [0, 1].map(|i| POINTS.iter().map(|point| point[i]).sum::<f64>() / POINTS.len() as f64);
    Landscape::Points(POINTS.to_vec()).value(middle)
}

/// The schedule that the settings choose.
pub(super) fn schedule(settings: &Settings) -> Schedule {
    let usual = Course::from_key(settings.choice(keys::COURSE)).unwrap_or_default();
    let factor = settings.real(keys::SHARE);
    let course = match usual {
        Course::Step { .. } => Course::Step { factor, stairs: settings.count(keys::LEVELS) as u32 },
        Course::Plateau(_) => {
            let patience = settings.count(keys::WAIT) as u32;
            Course::Plateau(Plateau { factor, patience, threshold: THRESHOLD })
        }
        other => other.with_factor(factor),
    };
    let n_warm = if course == Course::OneCycle { 0 } else { settings.count(keys::RISE) };
    let lowest = if course.has_lowest() { settings.real(keys::FLOOR) } else { 0.0 };
    Schedule { course, warm_up: n_warm as f32 / N_STEPS as f32, lowest }
}

/// The loss that the settings choose.
pub(super) fn landscape(settings: &Settings) -> Landscape {
    match settings.choice(keys::SURFACE) {
        "minima" => Landscape::Minima,
        _ => Landscape::Points(POINTS.to_vec()),
    }
}

fn start(settings: &Settings) -> Point {
    match settings.choice(keys::SURFACE) {
        "minima" => [-2.8, 1.5],
        _ => [-2.6, 2.4],
    }
}

/// The point of a step: every eight steps are a walk over all of them in a new order.
fn drawn(seed: u64, step: usize) -> usize {
    let mut order: Vec<usize> = (0..POINTS.len()).collect();
    Rng::stream(seed, (step / POINTS.len()) as u64).shuffle(&mut order);
    order[step % POINTS.len()]
}
