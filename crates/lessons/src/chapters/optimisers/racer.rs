//! A rule on its way down a surface.

use super::formulas::Taken;
use crate::keys;
use crate::landscape::{Landscape, Point};
use crate::settings::Settings;
use receptive_core::ops::{MOST_MOMENTS, UpdateStep};
use receptive_nn::{Optimiser, Rule, Setting};

/// Steps that a rule takes, if it does not run away.
pub(super) const N_STEPS: usize = 60;
/// A loss from which no rule comes back on these surfaces.
const LOST: f64 = 1e4;

/// Rules that race against each other, by the names of the teams.
pub(super) const TEAMS: [(&str, &[&str]); 4] = [
    ("mixed", &["sgd", "momentum", "adagrad", "rmsprop", "adam"]),
    ("velocity", &["sgd", "momentum", "nesterov"]),
    ("sizes", &["sgd", "adagrad", "adadelta", "rmsprop"]),
    ("adams", &["adam", "adamax", "nadam", "amsgrad", "adamw"]),
];

/// A point of the way: where the rule stands, what it reads there and what it remembers before it steps on.
#[derive(Clone, Copy)]
pub(super) struct Stop {
    pub(super) at: Point,
    pub(super) loss: f64,
    pub(super) gradient: Point,
    /// Of each weight.
    pub(super) memory: [[f64; MOST_MOMENTS]; 2],
}

/// A rule and its way.
pub(super) struct Racer {
    pub(super) optimiser: Optimiser,
    pub(super) rate: f32,
    pub(super) stops: Vec<Stop>,
    /// True if the loss grew without end: the rule stopped there.
    pub(super) is_lost: bool,
}

impl Racer {
    /// Goes down from a point.
    pub(super) fn new(optimiser: Optimiser, rate: f32, landscape: &Landscape, start: Point) -> Self {
        let mut racer = Self { optimiser, rate, stops: vec![], is_lost: false };
        let (mut at, mut memory) = (start, [[0.0; MOST_MOMENTS]; 2]);
        for step in 0..=N_STEPS {
            let (loss, gradient) = (landscape.value(at), landscape.gradient(at));
            racer.stops.push(Stop { at, loss, gradient, memory });
            racer.is_lost = loss.is_nan() || loss.abs() > LOST;
            if racer.is_lost {
                break;
            }
            let update = racer.update(step);
            for i in 0..2 {
                (at[i], memory[i]) = update.apply(at[i], memory[i], gradient[i]);
            }
        }
        racer
    }

    /// The rule that the settings choose, with its rate.
    pub(super) fn chosen(settings: &Settings) -> Self {
        Self::of(settings.choice(keys::RULE), settings)
    }

    /// A rule by its name, on the surface of the settings. The rule that they choose has their rate, the others their usual.
    pub(super) fn of(key: &str, settings: &Settings) -> Self {
        let mut optimiser = Optimiser::from_key(key).unwrap_or_default();
        if let Rule::Adadelta { epsilon, .. } = &mut optimiser.rule {
            *epsilon = ADADELTA_EPSILON;
        }
        let is_chosen = key == settings.choice(keys::RULE);
        if is_chosen {
            optimiser.weight_decay = settings.real(keys::PULL);
            if let Some(momentum) = optimiser.rule.setting_mut(Setting::Momentum) {
                *momentum = settings.real(keys::SHARE);
            }
        }
        let times = if is_chosen { settings.real(keys::TIMES) } else { 1.0 };
        let (landscape, start) = landscape(settings);
        Self::new(optimiser, times * usual_rate(optimiser.rule), &landscape, start)
    }

    /// The chosen rule and the team of the settings, each once.
    pub(super) fn race(settings: &Settings) -> Vec<Self> {
        let team = TEAMS.iter().find(|(key, _)| *key == settings.choice(keys::TEAM)).map_or(&[][..], |(_, team)| team);
        let chosen = settings.choice(keys::RULE);
        let others = team.iter().copied().filter(|key| *key != chosen);
        [chosen].into_iter().chain(others).map(|key| Self::of(key, settings)).collect()
    }

    /// The numbers of the step that leaves a stop.
    pub(super) fn update(&self, step: usize) -> UpdateStep {
        self.optimiser.step(self.rate, step as i32 + 1, 1.0)
    }

    /// The step of a weight that leaves a stop; nothing at the end.
    pub(super) fn taken(&self, step: usize, weight: usize) -> Option<Taken> {
        let (stop, next) = (self.stops.get(step)?, self.stops.get(step + 1)?);
        Some(Taken {
            optimiser: self.optimiser,
            rate: self.rate,
            scale: 1.0,
            number: step as i32 + 1,
            weight: [stop.at[weight], next.at[weight]],
            gradient: stop.gradient[weight],
            memory: [stop.memory[weight], next.memory[weight]],
        })
    }

    /// Where it stands after so many steps: at the end, where it has come to it.
    pub(super) fn stop(&self, step: usize) -> &Stop {
        &self.stops[step.min(self.stops.len() - 1)]
    }

    /// True if it ran away and has come to the end of its way.
    pub(super) fn has_stopped(&self, step: usize) -> bool {
        self.is_lost && step + 1 >= self.stops.len()
    }

    /// Across, up and the loss, of every point.
    pub(super) fn points(&self) -> Vec<[f32; 3]> {
        self.stops.iter().map(|stop| [stop.at[0] as f32, stop.at[1] as f32, stop.loss as f32]).collect()
    }
}

/// With 10⁻⁶, as is usual, the first steps would be too small to be seen.
pub(super) const ADADELTA_EPSILON: f32 = 1e-3;

/// Rates with which the rules come down the bowl in a few dozen steps.
const fn usual_rate(rule: Rule) -> f32 {
    match rule {
        Rule::Sgd => 0.05,
        Rule::Momentum { .. } | Rule::Nesterov { .. } => 0.02,
        Rule::Adagrad { .. } => 0.5,
        Rule::Adadelta { .. } => 1.0,
        Rule::RmsProp { .. } => 0.03,
        Rule::Adam(_) | Rule::AdamW(_) | Rule::AmsGrad(_) | Rule::AdaMax(_) | Rule::Nadam(_) => 0.15,
    }
}

/// The surface that the settings choose, and where all rules start.
pub(super) fn landscape(settings: &Settings) -> (Landscape, Point) {
    match settings.choice(keys::SURFACE) {
        "valley" => (Landscape::Valley, [-1.2, 1.0]),
        "saddle" => (Landscape::Saddle, [-1.8, 0.02]),
        _ => (Landscape::Bowl, [-2.4, 1.2]),
    }
}
