//! The history of a run: what its curves are drawn from, as the page and a checkpoint have it.

mod peaks;
mod summary;

pub use peaks::peaks;
pub use summary::{Mean, Summary};

use crate::findings::{StepRecord, TestReport, TestSample, ValidationRecord};
use crate::protocol::RunEvent;
use serde::{Deserialize, Serialize};

/// More steps than this are thinned, so that a long run keeps its shape, its peaks among it.
pub const MAX_STEPS: usize = 4096;
/// A pause between two steps that is longer than this, in milliseconds, is no training.
const LONGEST_STEP_MILLIS: f64 = 60_000.0;

/// What happened in a run, folded from its events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Steps, thinned when they are many, oldest first.
    pub steps: Vec<StepRecord>,
    /// The means of its stretches.
    pub summary: Summary,
    /// Validations, oldest first.
    pub validations: Vec<ValidationRecord>,
    /// Its end, once it is measured.
    pub report: Option<TestReport>,
    /// Time that it was trained for, in milliseconds.
    pub millis: f64,
}

/// Takes in one more step. Steps are thinned when they are many.
pub fn add_step(steps: &mut Vec<StepRecord>, summary: &mut Summary, record: &StepRecord) {
    summary.push(record);
    steps.push(*record);
    if steps.len() > MAX_STEPS {
        let kept = peaks(steps, MAX_STEPS / 2, |step| step.iteration, |step| [step.loss, step.accuracy]);
        *steps = kept.into_iter().map(|i| steps[i]).collect();
    }
}

impl History {
    /// Takes in an event of the run.
    pub(crate) fn fold(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Opened { .. } => *self = Self::default(),
            RunEvent::Steps(records) => self.add_steps(records),
            RunEvent::Validation(record) => self.validations.push(*record),
            RunEvent::Tested(report) => self.report = Some(report.clone()),
            RunEvent::Extended { .. } => self.report = None,
            _ => {}
        }
    }

    pub(crate) fn add_steps(&mut self, records: &[StepRecord]) {
        records.iter().for_each(|record| add_step(&mut self.steps, &mut self.summary, record));
    }

    /// Forgets what came after a step.
    pub(crate) fn rewind(&mut self, iteration: u32) {
        if self.last() > iteration {
            self.report = None;
        }
        self.summary.rewind(iteration);
        self.steps.retain(|step| step.iteration <= iteration);
        self.validations.retain(|record| record.iteration <= iteration);
    }

    /// Counts the time between two steps.
    pub(crate) fn passed(&mut self, millis: f64) {
        if (0.0..=LONGEST_STEP_MILLIS).contains(&millis) {
            self.millis += millis;
        }
    }

    fn last(&self) -> u32 {
        self.steps.last().map_or(0, |step| step.iteration)
    }

    /// True if it is one of a run with so many steps done, whoever wrote it down.
    pub(crate) fn is_sound(&self, iteration: u32) -> bool {
        let rises = |two: &[u32]| two[0] < two[1];
        let steps: Vec<u32> = self.steps.iter().map(|step| step.iteration).collect();
        let validations: Vec<u32> = self.validations.iter().map(|record| record.iteration).collect();
        steps.len() <= MAX_STEPS
            && steps.windows(2).all(rises)
            && validations.windows(2).all(rises)
            && self.last() <= iteration
            && validations.last().is_none_or(|last| *last <= iteration)
            && self.summary.is_sound(iteration)
            && self.report.as_ref().is_none_or(is_sound_report)
            && self.millis >= 0.0
            && self.millis.is_finite()
    }
}

/// True if a report's counts and classes are those of one test.
fn is_sound_report(report: &TestReport) -> bool {
    let (n, n_classes) = (report.n_images as usize, report.classes.len());
    let is_class = |class: &u8| usize::from(*class) < n_classes;
    let is_sample = |sample: &TestSample| {
        let [c, h, w] = sample.shape.chw();
        let n_pixels = c.checked_mul(h).and_then(|n| n.checked_mul(w));
        n_pixels == Some(sample.pixels.len())
            && n_pixels > Some(0)
            && sample.probabilities.len() == n_classes
            && is_class(&sample.label)
            && (sample.index as usize) < n
    };
    n_classes > 0
        && report.n_correct <= report.n_images
        && n_classes.checked_mul(n_classes) == Some(report.confusion.len())
        && report.confusion.iter().map(|count| u64::from(*count)).sum::<u64>() == n as u64
        && (report.labels.len(), report.predicted.len()) == (n, n)
        && report.labels.iter().chain(&report.predicted).all(is_class)
        && report.samples.iter().chain(&report.mistakes).all(is_sample)
}
