//! The progress of a session: one batch a tick, and its consequences.

use crate::evaluation::Evaluation;
use crate::pool::{Job, MessageKind};
use crate::protocol::{Diverged, RunEvent, Split, ValidationRecord};
use crate::run::{Stepped, is_hopeful};
use crate::session::{Going, Open, Pace, Phase, Session};
use crate::sources::Supply;
use receptive_nn::Record;
use std::mem;

/// Speed is emitted this often, in milliseconds.
const PACE_MILLIS: f64 = 500.0;

/// True if nothing can be done for a batch but to wait for replicas.
pub(crate) fn is_awaiting(job: &Job) -> bool {
    job.is_begun() && !job.has_own() && !job.is_complete()
}

impl Session {
    /// Does at most one batch's work. Returns whether there is more to do at once; when replicas are still at theirs,
    /// there is more after the next [`replica_answered`](Self::replica_answered).
    ///
    /// While there are replicas it is to be called every second or so in any case: one that never answers is found out
    /// by the time that passes.
    pub fn tick(&mut self, now_millis: f64) -> bool {
        self.check_replica_timeouts(now_millis);
        self.check_gpu_timeout(now_millis);
        let Some(mut open) = self.open.take() else { return false };
        self.time_places(&open, now_millis);
        let is_busy = open.is_busy() || self.has_places();
        if is_busy && !is_awaiting(&open.job) {
            let missing = self.advance(&mut open, now_millis);
            if !open.is_reading {
                open.waiting = missing && !self.provide(&mut open) && !self.awaits_gpu(&open);
            }
        }
        let is_held_up = open.readings.is_empty()
            && !self.are_places_due(&open, now_millis)
            && (open.waiting || self.awaits_gpu(&open));
        let more = (open.is_busy() || self.has_places()) && !is_held_up && !is_awaiting(&open.job);
        self.open = Some(open);
        self.answer_step_questions();
        self.emit_state();
        more
    }

    /// Does what is next, here or on the GPU. Returns whether images were missing.
    fn advance(&mut self, open: &mut Open, now_millis: f64) -> bool {
        if open.going != Going::No {
            self.gpu.prepare(&open.run);
        }
        if open.job.is_begun() || !open.readings.is_empty() {
            return self.work(open, now_millis);
        }
        open.is_reading = self.are_places_due(open, now_millis);
        if open.is_reading {
            if !self.begin_places(open, now_millis) {
                self.work(open, now_millis);
            }
            return false;
        }
        if self.gpu.verification.results.is_some() {
            return self.verify_gpu_step(open, now_millis);
        }
        if self.is_gpus_turn(open) {
            return self.dispatch_steps(open, now_millis);
        }
        if self.needs_sync(open) {
            // What is measured is what was trained: it has to be read back first.
            self.gpu.request_sync();
            return false;
        }
        self.work(open, now_millis)
    }

    /// One training step or one batch of other images, or the beginning of one that replicas take part in. Returns
    /// whether images were missing.
    fn work(&mut self, open: &mut Open, now_millis: f64) -> bool {
        if !open.job.is_begun() {
            let Some((kind, n_images)) = self.gather(open) else {
                self.pool.interrupt();
                return true;
            };
            // Messages have to be on their way before this worker is busy with its own share.
            if self.begin(open, kind, n_images, now_millis) {
                return false;
            }
        }
        if open.job.is_of_places() {
            self.loss_plane.as_mut().into_iter().for_each(|plane| open.job.run_own_places(&mut plane.engine));
        } else {
            let (engine, parameters, images) = open.run.engine();
            open.job.run_own(engine, parameters, images);
        }
        if open.job.is_complete() {
            let is_of_places = open.job.is_of_places();
            open.job.abandon();
            if is_of_places {
                self.finish_places(open, now_millis);
            } else {
                self.finish(open, now_millis);
            }
        }
        false
    }

    /// Puts the next batch together: what the page wants read goes before the run's own. Returns what is to be done with
    /// it and how many images count; nothing when some of them are missing.
    fn gather(&self, open: &mut Open) -> Option<(MessageKind, usize)> {
        let Open { run, supply, phase, readings, .. } = open;
        open.is_reading = !readings.is_empty();
        if let Some(reading) = readings.front_mut() {
            return Some((MessageKind::Classify, reading.gather(run)));
        }
        let dataset = self.sources.get(*supply)?;
        match phase {
            Phase::Steps => run.gather_step(dataset).then_some((MessageKind::Sum, run.batch())),
            Phase::Validating(evaluation) | Phase::Testing { evaluation, .. } => {
                let n_images = evaluation.next_range(run.batch()).len();
                evaluation.gather(run, dataset).then_some((MessageKind::Classify, n_images))
            }
            Phase::Over { .. } | Phase::Diverged => None,
        }
    }

    /// Shares out the batch that was put together. Returns whether replicas have a share of it.
    fn begin(&mut self, open: &mut Open, kind: MessageKind, n_images: usize, now_millis: f64) -> bool {
        match kind {
            MessageKind::Sum => self.pool.step_begins(now_millis),
            _ => {
                self.pool.interrupt();
                self.gpu.interrupt();
            }
        }
        let replicas = self.pool.participants();
        let key = open.run.key_at(open.run.iteration);
        open.job.begin(kind, self.pool.next_job(), n_images, key, &replicas);
        self.send_messages(open);
        !replicas.is_empty()
    }

    /// Takes in the result of a batch that is done, and goes on from it.
    fn finish(&mut self, open: &mut Open, now_millis: f64) {
        if open.is_reading {
            let (probabilities, _) = open.job.classified();
            let is_read = open.readings.front_mut().is_some_and(|reading| reading.take(&open.run, probabilities));
            if is_read && let Some(reading) = open.readings.pop_front() {
                self.emit(reading.into_answer(&open.run));
            }
            return;
        }
        let Some(dataset) = self.sources.get(open.supply) else { return };
        match &mut open.phase {
            Phase::Validating(evaluation) => {
                if evaluation.take(dataset, open.job.classified(), open.run.images().labels) {
                    let (loss, accuracy) = evaluation.loss_and_accuracy();
                    let (epoch, iteration) = (open.run.epochs_done(), open.run.iteration);
                    open.phase = Phase::Steps;
                    open.run.validated(loss);
                    self.emit_run(RunEvent::Validation(ValidationRecord { epoch, iteration, loss, accuracy }));
                    self.after_stop(open);
                }
            }
            Phase::Testing { evaluation, stopped } => {
                if evaluation.take(dataset, open.job.classified(), open.run.images().labels) {
                    let over = Phase::Over { stopped: *stopped };
                    if let Phase::Testing { evaluation, .. } = mem::replace(&mut open.phase, over) {
                        let report = evaluation.into_report();
                        open.run.record = Record {
                            n_training: open.run.n_training as u32,
                            n_epochs: open.run.epochs_done(),
                            n_test: report.n_images,
                            n_correct: report.n_correct,
                            threshold: 0,
                        };
                        self.emit_run(RunEvent::Tested(report));
                    }
                    open.going = Going::No;
                }
            }
            _ => self.finish_step(open, now_millis),
        }
    }

    /// Updates the weights by what a batch came to.
    fn finish_step(&mut self, open: &mut Open, now_millis: f64) {
        let keeps = open.step_questions.keeps(now_millis) || open.going == Going::OneStep;
        match open.run.finish_step(open.run.rate_at(open.run.iteration), open.job.total(), keeps) {
            Stepped::Diverged { iteration, loss, place } => self.diverge(open, iteration, (loss, place)),
            Stepped::Done(record) => {
                self.steps.push(record);
                self.watch(open, &record);
                let done = open.run.iteration;
                self.keep_pace(open, done, 1, now_millis);
                if self.pool.is_calibrated() {
                    self.gpu.cpu_step(now_millis);
                }
                self.after_step(open);
            }
        }
    }

    pub(crate) fn after_step(&mut self, open: &mut Open) {
        let is_due = open.run.is_validation_due();
        let is_stop = is_due || open.run.is_epoch_end();
        if open.going == Going::OneStep {
            open.going = if is_stop { Going::UntilMeasured } else { Going::No };
        }
        if is_due {
            let n_offered = self.sources.get(open.supply).map_or(0, |dataset| dataset.n_training());
            open.phase = Phase::validating(&open.run, n_offered);
        } else if is_stop {
            self.after_stop(open);
        }
    }

    /// Goes on after the end of an epoch, or a validation.
    fn after_stop(&mut self, open: &mut Open) {
        if open.run.iteration >= open.run.n_steps {
            self.begin_test(open, false);
        } else if open.going == Going::UntilMeasured {
            open.going = Going::No;
        }
    }

    pub(crate) fn begin_test(&mut self, open: &mut Open, stopped: bool) {
        let n_test = self.sources.get(open.supply).map_or(0, |dataset| dataset.n_test());
        open.phase = Phase::Testing { evaluation: Evaluation::new(Split::Test, 0..n_test, &open.run.schema), stopped };
        open.going = Going::On;
        self.pace = None;
    }

    pub(crate) fn diverge(&mut self, open: &mut Open, iteration: u32, (loss, place): (f32, Option<String>)) {
        let found = if is_hopeful(loss) { Diverged::Weight } else { Diverged::Loss(loss) };
        let last_good_iteration = open.run.kept_iteration();
        self.emit_run(RunEvent::Diverged { iteration, found, place, last_good_iteration });
        open.phase = Phase::Diverged;
        open.going = Going::No;
    }

    /// Makes built-in digits that the run is waiting for; other datasets arrive by themselves.
    fn provide(&mut self, open: &mut Open) -> bool {
        if open.supply != Supply::BuiltIn {
            return false;
        }
        let batch = open.run.batch();
        let (split, range) = match &open.phase {
            Phase::Validating(evaluation) | Phase::Testing { evaluation, .. } => {
                (evaluation.split, evaluation.next_range(batch))
            }
            _ => {
                let next = self.gpu.sent().unwrap_or(open.run.iteration);
                let missing = open.run.batch_at(next).iter().map(|&i| i as usize);
                let (first, last) = missing.fold((usize::MAX, 0), |(first, last), i| (first.min(i), last.max(i)));
                (Split::Training, first..last + 1)
            }
        };
        self.sources.make_built_in(split, range)
    }

    /// Notes that `n_steps` steps have been done since it was last called, of `done` in all.
    pub(crate) fn keep_pace(&mut self, open: &Open, done: u32, n_steps: u32, now_millis: f64) {
        let fresh = Pace { since_millis: now_millis, last_millis: now_millis, n_images: 0 };
        let pace = self.pace.get_or_insert(fresh);
        self.history.passed(now_millis - mem::replace(&mut pace.last_millis, now_millis));
        pace.n_images += n_steps * open.run.config.batch;
        let elapsed = now_millis - pace.since_millis;
        if elapsed < PACE_MILLIS {
            return;
        }
        let images_per_second = (f64::from(pace.n_images) * 1000.0 / elapsed) as f32;
        let images_left = (open.run.n_steps - done) as f32 * open.run.config.batch as f32;
        self.pace = Some(Pace { since_millis: now_millis, last_millis: now_millis, n_images: 0 });
        self.emit_run(RunEvent::Pace { images_per_second, seconds_left: images_left / images_per_second });
    }
}
