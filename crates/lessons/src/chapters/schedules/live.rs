//! The course of the learning rate in the Lab, with the Lab's settings.

use super::formulas::{At, formula, rate_text};
use crate::scene::{Curve, Item, Line, Scene, Spot, Table};
use crate::world::LabCourse;
use crate::{Trace, grouped, say};
use receptive_nn::Course;

/// Places of the time line after the first, evenly apart over the run.
const N_PLACES: u32 = 60;
const FACTS: &str = "facts";

/// The Lab's course.
pub(super) struct Live {
    course: LabCourse,
    /// Step and rate of each place of the time line.
    places: Vec<(u32, f32)>,
}

impl Live {
    pub(super) fn new(course: &LabCourse) -> Self {
        let LabCourse { schedule, rate, n_steps, measured, .. } = course;
        let mut places: Vec<_> = schedule.sampled(*rate, *n_steps, N_PLACES, measured).collect();
        places.dedup_by_key(|place| place.0);
        Self { course: course.clone(), places }
    }

    fn at(&self, moment: usize) -> usize {
        moment.min(self.places.len() - 1)
    }

    /// Cuts of the rate before a step.
    fn n_cuts(&self, step: u32) -> u32 {
        let measured = &self.course.measured;
        let known = measured.partition_point(|(iteration, _)| *iteration <= step);
        self.course.schedule.n_cuts(self.course.n_steps, &measured[..known])
    }

    fn curve(&self, at: usize) -> Curve {
        let (step, rate) = self.places[at];
        let most = self.places.iter().fold(f32::MIN_POSITIVE, |most, place| most.max(place.1));
        let line = |key: &str, points, is_dashed| Line { title: say!(format!("schedules.{key}")), points, is_dashed };
        let points = self.places.iter().map(|&(step, rate)| [step as f32, rate]).collect();
        Curve {
            name: "course",
            title: say!("schedules.curve-lab", n = grouped(self.course.n_steps.into())),
            axes: [say!("common.step"), say!("schedules.rate")],
            range: [0.0, (self.course.n_steps - 1).max(1) as f32, 0.0, most],
            lines: vec![
                line("course", points, false),
                line("here", vec![[step as f32, 0.0], [step as f32, rate]], true),
            ],
            handle: None,
        }
    }

    /// The rates at the places that matter: the first, the highest, the last, and where the run stands.
    fn facts(&self) -> Table {
        let LabCourse { schedule, rate, n_steps, iteration, .. } = &self.course;
        let row = |key: &str, step: u32| {
            let rate = schedule.rate_after(*rate, step, *n_steps, self.n_cuts(step));
            vec![say!(format!("schedules.fact.{key}")), grouped(step.into()), rate_text(rate)]
        };
        let most = self.places.iter().fold(self.places[0], |most, place| if place.1 > most.1 { *place } else { most });
        let last = n_steps - 1;
        Table {
            name: FACTS,
            title: say!("schedules.facts"),
            head: vec![say!("schedules.place"), say!("common.step"), say!("schedules.rate")],
            rows: vec![row("first", 0), row("most", most.0), row("now", (*iteration).min(last)), row("last", last)],
            now: Some(2),
        }
    }

    fn caption(&self, at: usize) -> String {
        let (step, rate) = self.places[at];
        let n = grouped(self.course.n_steps.into());
        let said = say!("schedules.tell.lab", step = grouped(step.into()), of = n, rate = rate_text(rate));
        match self.course.schedule.course {
            Course::Plateau(_) if self.course.measured.is_empty() => {
                format!("{said} {}", say!("schedules.tell.unmeasured"))
            }
            Course::Plateau(_) => format!("{said} {}", say!("schedules.tell.cuts", n = self.n_cuts(step))),
            _ => said,
        }
    }
}

impl Trace for Live {
    fn n_moments(&self) -> usize {
        self.places.len()
    }

    fn scene(&self, moment: usize) -> Scene {
        let at = self.at(moment);
        let (step, rate) = self.places[at];
        let LabCourse { schedule, rate: base, n_steps, .. } = self.course;
        let place = At { step, n_steps, base, n_cuts: self.n_cuts(step), rate };
        let about = Item::Text(say!(format!("schedules.about.{}", schedule.course.key())));
        let lab = Item::Text(say!("schedules.about.lab", rate = rate_text(base)));
        Scene {
            board: vec![vec![Item::Curve(self.curve(at)), Item::Column(vec![Item::Table(self.facts()), about, lab])]],
            equation: None,
            formulas: vec![formula(schedule, place)],
            caption: self.caption(at),
        }
    }

    fn describe(&self, _moment: usize, spot: Spot) -> String {
        let facts = self.facts();
        match facts.rows.get(spot.cell).filter(|_| spot.grid == FACTS) {
            Some(row) => say!("schedules.tell.fact", place = row[0], step = row[1], rate = row[2]),
            None => String::new(),
        }
    }
}
