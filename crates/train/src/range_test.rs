//! The range test of the learning rate: a copy of the open run, from its initial weights, one step for each question of the
//! page.

use crate::pool::{Job, MessageKind};
use crate::protocol::{RangeStep, Refusal, RunConfig, RunId, Split};
use crate::run::{Run, Stepped};
use crate::session::Session;
use crate::sources::Supply;
use receptive_nn::{RangeTest, Schedule};

/// A range test that is going on. All its shards run in this worker: its numbers are those of any number of workers.
pub(crate) struct RunningTest {
    run: RunId,
    test: RangeTest,
    copy: Run,
    job: Job,
    losses: Vec<f32>,
}

impl Session {
    /// Takes the next step of a range test of the open run, of which so many steps are done.
    pub(crate) fn range_step(&mut self, run: RunId, test: RangeTest, step: u32) -> Result<RangeStep, Refusal> {
        if !test.makes_sense() {
            return Err(Refusal::NotFinite);
        }
        if step == 0 {
            self.range_test = None;
            self.range_test = Some(self.begin_range_test(run, test)?);
        }
        let is_it = |going: &RunningTest| going.run == run && going.test == test && going.losses.len() == step as usize;
        let mut going = self.range_test.take().filter(is_it).ok_or(Refusal::Closed)?;
        let supply = self.open.as_ref().map_or(Supply::BuiltIn, |open| open.supply);
        if supply == Supply::BuiltIn {
            for &image in going.copy.batch_at(step) {
                self.sources.make_built_in(Split::Training, image as usize..image as usize + 1);
            }
        }
        let is_there = self.sources.get(supply).is_some_and(|dataset| going.copy.gather_step(dataset));
        if !is_there {
            self.range_test = Some(going);
            return Err(Refusal::Awaited);
        }
        let found = going.step();
        self.range_test = Some(going).filter(|_| found.verdict.is_none());
        Ok(found)
    }

    fn begin_range_test(&self, run: RunId, test: RangeTest) -> Result<RunningTest, Refusal> {
        let open = self.open.as_ref().filter(|_| self.run == run).ok_or(Refusal::NoRun)?;
        let dataset = self.sources.get(open.supply).ok_or(Refusal::NoRun)?;
        let config = RunConfig {
            schedule: Schedule::CONSTANT,
            epochs: test.n_steps.div_ceil(open.run.steps_per_epoch),
            ..open.run.config.clone()
        };
        let copy = Run::open(config, dataset).map_err(|_| Refusal::NoRun)?;
        let job = Job::new(copy.shards().clone(), copy.n_values(), copy.n_classes());
        Ok(RunningTest { run, test, copy, job, losses: vec![] })
    }
}

impl RunningTest {
    /// Takes the step whose images are put together.
    fn step(&mut self) -> RangeStep {
        let Self { test, copy, job, losses, .. } = self;
        let step = losses.len() as u32;
        let rate = test.rate(step);
        job.begin(MessageKind::Sum, 0, copy.batch(), copy.key_at(step), &[]);
        let (engine, parameters, images) = copy.engine();
        job.run_own(engine, parameters, images);
        let stepped = copy.finish_step(rate, job.total(), false);
        job.abandon();
        let loss = match stepped {
            Stepped::Done(record) => record.loss,
            Stepped::Diverged { loss, .. } => loss,
        };
        losses.push(loss);
        let smoothed = RangeTest::smoothed(losses).last().copied().unwrap_or(loss);
        let is_over = matches!(stepped, Stepped::Diverged { .. }) || test.is_over(losses);
        RangeStep { rate, loss, smoothed, verdict: test.verdict(losses).filter(|_| is_over) }
    }
}
