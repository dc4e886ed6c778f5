//! The stage: one rule with its formulas, or a race.

use super::formulas::{formulas, memories};
use super::racer::{N_STEPS, Racer, landscape};
use crate::scene::{Item, Path, Scene, Spot, Surface, Table};
use crate::settings::Settings;
use crate::{Trace, four_digits, keys, number, say};
use std::rc::Rc;

/// Names of the paths, in the order of the race; the first is the chosen rule's.
const PATHS: [&str; 6] = ["path", "path-2", "path-3", "path-4", "path-5", "path-6"];
const STEPS: &str = "steps";
const RACE: &str = "race";
/// Rows of the table of steps.
const N_ROWS: usize = 8;
const RANGE: [f32; 4] = [-3.0, 3.0, -2.0, 2.0];

/// Rules on their way down a surface.
pub(super) struct Stage {
    racers: Vec<Racer>,
    is_race: bool,
    /// The weight whose step is spelt out.
    weight: usize,
    /// The surface with its whole paths.
    surface: Surface,
    /// Its name in the texts.
    shape: &'static str,
    n_moments: usize,
}

impl Stage {
    /// The rules and the surface that the settings choose.
    pub(super) fn new(settings: &Settings) -> Self {
        let is_race = settings.choice(keys::SHOW) == "race";
        let racers = if is_race { Racer::race(settings) } else { vec![Racer::chosen(settings)] };
        let path = |(name, racer): (&'static str, &Racer)| Path {
            name,
            title: title(racer),
            points: Rc::new(racer.points()),
            n_known: None,
        };
        let surface = Surface {
            name: "surface",
            title: say!("optimisers.surface-title"),
            axes: [0, 1].map(weight_name),
            measure: say!("optimisers.loss"),
            paths: PATHS.into_iter().zip(&racers).map(path).collect(),
            ..landscape(settings).0.surface(RANGE)
        };
        let n_moments = racers.iter().map(|racer| racer.stops.len()).max().unwrap_or(1);
        let weight = usize::from(settings.choice(keys::AXIS) == "second");
        Self { racers, is_race, weight, surface, shape: settings.choice(keys::SURFACE), n_moments }
    }

    fn at(&self, moment: usize) -> usize {
        moment.min(self.n_moments - 1)
    }

    /// The last few steps of the rule, as a table.
    fn steps(&self, at: usize) -> Table {
        let (racer, weight) = (&self.racers[0], self.weight);
        let memories = memories(racer.optimiser.rule);
        let first = (at + 1).saturating_sub(N_ROWS);
        let row = |step: usize| {
            let stop = racer.stop(step);
            let remembered = (0..memories.len()).map(|i| stop.memory[weight][i]);
            let numbers = [stop.at[weight], stop.gradient[weight]].into_iter().chain(remembered).chain([stop.loss]);
            std::iter::once(step.to_string()).chain(numbers.map(|value| four_digits(value as f32))).collect()
        };
        let names = memories.iter().map(|(name, _)| say!(format!("optimisers.formula.{name}")));
        let head = [say!("common.step"), weight_name(weight), say!("optimisers.gradient")];
        Table {
            name: STEPS,
            title: say!("optimisers.steps-title"),
            head: head.into_iter().chain(names).chain([say!("optimisers.loss")]).collect(),
            rows: (first..=at).map(row).collect(),
            now: Some(at - first),
        }
    }

    /// How all rules stand.
    fn standings(&self, at: usize) -> Table {
        let row = |(i, racer): (usize, &Racer)| {
            let loss = racer.stop(at).loss as f32;
            vec![title(racer), number(racer.rate), four_digits(loss), self.status(i, at)]
        };
        let head =
            vec![say!("optimisers.rule"), say!("optimisers.rate"), say!("optimisers.loss"), say!("optimisers.status")];
        let rows = self.racers.iter().enumerate().map(row).collect();
        Table { name: RACE, title: say!("optimisers.race-title", step = at), head, rows, now: Some(self.first(at)) }
    }

    /// How a rule stands.
    fn status(&self, i: usize, at: usize) -> String {
        match (self.racers[i].has_stopped(at), i == self.first(at)) {
            (true, _) => say!("optimisers.lost", step = self.racers[i].stops.len() - 1),
            (false, true) => say!("optimisers.ahead"),
            (false, false) => say!("optimisers.runs"),
        }
    }

    /// The rule with the least loss.
    fn first(&self, at: usize) -> usize {
        let loss = |i: usize| match &self.racers[i] {
            racer if racer.has_stopped(at) => f64::INFINITY,
            racer => racer.stop(at).loss,
        };
        (0..self.racers.len()).reduce(|best, i| if loss(i) < loss(best) { i } else { best }).unwrap_or(0)
    }

    fn caption(&self, at: usize) -> String {
        if self.is_race {
            let first = self.first(at);
            let lost = self.racers.iter().filter(|racer| racer.has_stopped(at));
            let lost: Vec<_> = lost
                .map(|racer| say!("optimisers.tell.lost", rule = title(racer), step = racer.stops.len() - 1))
                .collect();
            let loss = four_digits(self.racers[first].stop(at).loss as f32);
            let told =
                say!("optimisers.tell.race", step = at, of = N_STEPS, rule = title(&self.racers[first]), loss = loss);
            return std::iter::once(told).chain(lost).collect::<Vec<_>>().join(" ");
        }
        let racer = &self.racers[0];
        let stop = racer.stop(at);
        let [w, gradient, loss] =
            [stop.at[self.weight], stop.gradient[self.weight], stop.loss].map(|value| four_digits(value as f32));
        if racer.has_stopped(at) {
            return say!("optimisers.tell.away", step = at, loss = loss, rate = number(racer.rate));
        }
        say!(
            "optimisers.tell.one",
            step = at,
            weight = weight_name(self.weight),
            w = w,
            gradient = gradient,
            loss = loss
        )
    }
}

/// The name of a rule.
pub(super) fn title(racer: &Racer) -> String {
    say!(format!("optimisers.option.rule.{}", racer.optimiser.key()))
}

/// The name of a weight.
fn weight_name(i: usize) -> String {
    say!(format!("optimisers.weight-{i}"))
}

impl Trace for Stage {
    fn n_moments(&self) -> usize {
        self.n_moments
    }

    fn scene(&self, moment: usize) -> Scene {
        let at = self.at(moment);
        let mut surface = self.surface.clone();
        surface.paths.iter_mut().for_each(|path| path.n_known = Some((at + 1).min(path.points.len())));
        surface.now = self.focus(at);
        let shape = Item::Text(say!(format!("optimisers.about.{}", self.shape)));
        let (rows, formulas) = if self.is_race {
            (vec![vec![Item::Surface(surface), Item::Column(vec![Item::Table(self.standings(at)), shape])]], vec![])
        } else {
            let rule = Item::Text(say!(format!("optimisers.rule-{}", self.racers[0].optimiser.key())));
            let rows =
                vec![vec![Item::Surface(surface), Item::Column(vec![rule, shape])], vec![Item::Table(self.steps(at))]];
            (rows, self.racers[0].taken(at, self.weight).map_or_else(Vec::new, |taken| formulas(&taken)))
        };
        Scene { board: rows, equation: None, formulas, caption: self.caption(at) }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let at = self.at(moment);
        match spot.grid {
            STEPS if !self.is_race => self.caption((at + 1).saturating_sub(N_ROWS) + spot.cell),
            RACE => {
                let Some(racer) = self.racers.get(spot.cell) else { return String::new() };
                let loss = four_digits(racer.stop(at).loss as f32);
                say!("optimisers.tell.racer", rule = title(racer), loss = loss, status = self.status(spot.cell, at))
            }
            _ => self.surface.describe(spot),
        }
    }

    fn linked(&self, _: usize, spot: Spot) -> Vec<Spot> {
        let path = PATHS.iter().position(|name| *name == spot.grid);
        path.filter(|_| self.is_race).map(|i| Spot::new(RACE, i)).into_iter().collect()
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        (spot.grid == PATHS[0] && spot.cell < self.racers[0].stops.len()).then_some(spot.cell)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(Spot::new(PATHS[0], self.at(moment).min(self.racers[0].stops.len() - 1)))
    }
}
