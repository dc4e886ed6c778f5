//! The small stage: the course over the steps, and what SGD does under it.

use super::formulas::{At, formula, rate_text};
use super::path::{N_STEPS, Run, landscape};
use crate::arithmetic::sign;
use crate::formula::Formula;
use crate::scene::{Curve, Item, Line, Path, Scene, Spot, Surface, Table};
use crate::settings::Settings;
use crate::{Trace, factor, four_digits, keys, number, say};
use receptive_nn::{Course, Schedule};
use std::rc::Rc;

/// Name of the path, on the surface and in the table.
const PATH: &str = "path";
pub(super) const STEPS: &str = "steps";
/// Rows of the table of steps.
const N_ROWS: usize = 5;
const REACH: f32 = 3.0;

/// A run under a schedule.
pub(super) struct Stage {
    run: Run,
    surface: Surface,
    /// The name of the surface in the texts.
    shape: &'static str,
    /// The schedule for any rate: its lowest rate is a share of that.
    to_lab: Schedule,
}

impl Stage {
    /// The run that the settings choose.
    pub(super) fn new(settings: &Settings) -> Self {
        let run = Run::new(settings);
        let shape = settings.choice(keys::SURFACE);
        let path = Path { name: PATH, title: say!("schedules.path"), points: Rc::new(run.points()), n_known: None };
        let surface = Surface {
            name: "surface",
            title: say!(format!("schedules.heading.{shape}")),
            axes: [0, 1].map(weight),
            measure: say!("schedules.loss"),
            paths: vec![path],
            ..landscape(settings).surface([-REACH, REACH, -REACH, REACH])
        };
        let to_lab = Schedule { lowest: run.schedule.lowest.min(run.base) / run.base, ..run.schedule };
        Self { run, surface, shape, to_lab }
    }

    fn at(&self, moment: usize) -> usize {
        moment.min(self.run.stops.len() - 1)
    }

    /// The course, with the step that the time line stands at.
    fn curve(&self, at: usize) -> Curve {
        let Run { schedule, base, .. } = &self.run;
        let is_plateau = matches!(schedule.course, Course::Plateau(_));
        // Where it depends on the run, nothing is known of what comes.
        let n_known = if is_plateau { at + 1 } else { N_STEPS as usize };
        let rate = |step: usize| match is_plateau {
            true => self.run.stop(step).rate,
            false => schedule.rate(*base, step as u32, N_STEPS),
        };
        let points = (0..n_known.min(N_STEPS as usize)).map(|step| [step as f32, rate(step)]).collect();
        let here = (at as f32).min(N_STEPS as f32 - 1.0);
        let line = |key: &str, points, is_dashed| Line { title: say!(format!("schedules.{key}")), points, is_dashed };
        let top = 1.1 * base;
        let n_warm = schedule.n_warm(N_STEPS);
        let is_cycle = schedule.course == Course::OneCycle;
        let handle = (!is_cycle).then(|| (n_warm as f32, schedule.rate(*base, n_warm, N_STEPS), keys::RISE.name));
        Curve {
            name: "course",
            title: say!(if is_cycle { "schedules.curve-cycle" } else { "schedules.curve" }),
            axes: [say!("common.step"), say!("schedules.rate")],
            range: [0.0, N_STEPS as f32, 0.0, top],
            lines: vec![
                line("course", points, false),
                line("here", vec![[here, 0.0], [here, self.run.stop(at).rate]], true),
            ],
            handle,
        }
    }

    /// The last few steps.
    fn table(&self, at: usize) -> Table {
        let first = (at + 1).saturating_sub(N_ROWS);
        let row = |step: usize| {
            let stop = self.run.stop(step);
            let numbers = [stop.at[0], stop.gradient[0], stop.loss].map(|value| four_digits(value as f32));
            [step.to_string(), rate_text(stop.rate)].into_iter().chain(numbers).collect()
        };
        Table {
            name: STEPS,
            title: say!("schedules.table"),
            head: vec![
                say!("common.step"),
                say!("schedules.rate"),
                weight(0),
                say!("schedules.gradient"),
                say!("schedules.loss"),
            ],
            rows: (first..=at).map(row).collect(),
            now: Some(at - first),
        }
    }

    fn formulas(&self, at: usize) -> Vec<Formula> {
        let (run, stop) = (&self.run, self.run.stop(at));
        if at + 1 >= run.stops.len() {
            return vec![];
        }
        let place = At { step: at as u32, n_steps: N_STEPS, base: run.base, n_cuts: stop.n_cuts, rate: stop.rate };
        let after = number(run.stop(at + 1).at[0] as f32);
        let change =
            format!("{} − {}·{}", number(stop.at[0] as f32), rate_text(stop.rate), factor(stop.gradient[0] as f32));
        let notation = format!("{change} {} {after}", sign(&change, &after));
        vec![formula(run.schedule, place), Formula::new("next", say!("schedules.after", weight = weight(0)), &notation)]
    }

    fn caption(&self, at: usize) -> String {
        let (run, stop) = (&self.run, self.run.stop(at));
        let (loss, rate) = (four_digits(stop.loss as f32), rate_text(stop.rate));
        let n_warm = run.schedule.n_warm(N_STEPS) as usize;
        if run.is_lost && at + 1 == run.stops.len() {
            return say!("schedules.tell.lost", step = at, loss = loss, rate = rate_text(run.stop(at.max(1) - 1).rate));
        }
        if at == N_STEPS as usize {
            let n = super::path::N_LAST;
            return say!(
                "schedules.tell.end",
                step = at,
                loss = loss,
                n = n,
                mean = four_digits(run.last_mean() as f32)
            );
        }
        let told = match stop.point {
            Some(i) => say!("schedules.tell.noisy", step = at, of = N_STEPS, rate = rate, loss = loss, point = i + 1),
            None => say!("schedules.tell.whole", step = at, of = N_STEPS, rate = rate, loss = loss),
        };
        let was_cut = at > 0 && stop.n_cuts > run.stop(at - 1).n_cuts;
        let more = match (at < n_warm, was_cut) {
            (true, _) => say!("schedules.tell.warm", n = n_warm),
            (_, true) => say!("schedules.tell.cut", before = rate_text(run.stop(at - 1).rate)),
            _ => return told,
        };
        format!("{told} {more}")
    }
}

/// The name of a weight.
fn weight(i: usize) -> String {
    say!(format!("schedules.weight-{i}"))
}

impl Trace for Stage {
    fn n_moments(&self) -> usize {
        self.run.stops.len()
    }

    fn scene(&self, moment: usize) -> Scene {
        let at = self.at(moment);
        let mut surface = self.surface.clone();
        surface.now = self.focus(at);
        surface.paths.iter_mut().for_each(|path| path.n_known = Some(at + 1));
        let course = self.run.schedule.course.key();
        let about = Item::Text(say!(format!("schedules.about.{course}")));
        let shape = Item::Text(say!(format!("schedules.about.{}", self.shape)));
        let board = vec![
            vec![Item::Curve(self.curve(at)), Item::Surface(surface)],
            vec![Item::Table(self.table(at)), Item::Column(vec![about, shape, Item::Course(self.to_lab)])],
        ];
        Scene { board, equation: None, formulas: self.formulas(at), caption: self.caption(at) }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let first = (self.at(moment) + 1).saturating_sub(N_ROWS);
        match spot.grid {
            STEPS if first + spot.cell <= self.at(moment) => self.caption(first + spot.cell),
            STEPS => String::new(),
            _ => self.surface.describe(spot),
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        (spot.grid == PATH && spot.cell < self.run.stops.len()).then_some(spot.cell)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(Spot::new(PATH, self.at(moment)))
    }
}
