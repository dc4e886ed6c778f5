//! A session and its GPU: steps out, answers in, and what is done when there is no GPU any more.

use super::letters::{Answer, Found, Snapshot, Steps};
use super::proof::Verdict;
use super::seat::GpuErrand;
use crate::engine::{Adapter, EngineWhy};
use crate::letter::Kind;
use crate::protocol::{Event, StepRecord, decode};
use crate::run::{Stepped, is_hopeful};
use crate::session::{Going, Open, Phase, Session};
use receptive_data::{Dataset, PIXELS};
use std::ops::Range;

impl Session {
    /// What whoever drives the session has to do for its GPU next.
    pub fn next_gpu_errand(&mut self) -> Option<GpuErrand> {
        self.gpu.next_errand()
    }

    /// There is an adapter.
    pub fn gpu_adapter(&mut self, id: u32, adapter: Adapter) {
        if self.gpu.is(id) {
            self.gpu.found(adapter);
            self.tell_state();
        }
    }

    /// The GPU's worker is up.
    pub fn gpu_ready(&mut self, id: u32) {
        if self.gpu.is(id) {
            self.gpu.ready();
        }
    }

    /// There is no GPU, or it broke down, as the words say. The processor does what it was to do.
    pub fn gpu_failed(&mut self, id: u32, message: String) {
        if self.gpu.is(id) {
            self.lose_gpu(message);
        }
    }

    /// Bytes of an [`Answer`] from the GPU's worker, or whatever it sent for one.
    pub fn gpu_said(&mut self, id: u32, bytes: &[u8], now_millis: f64) {
        if !self.gpu.is(id) {
            return;
        }
        match decode(bytes) {
            Ok(Answer::Opened { run }) => self.gpu.opened(run),
            Ok(Answer::Failed { run, message }) if self.gpu.is_run(run) => self.lose_gpu(message),
            Ok(Answer::Failed { .. }) => {}
            Ok(Answer::Steps(found)) => {
                let Some(mut open) = self.open.take() else { return };
                let heard = self.hear_steps(&mut open, found, now_millis);
                self.open = Some(open);
                if let Err(message) = heard {
                    self.lose_gpu(message.into());
                }
            }
            Err(_) => self.lose_gpu("its answer could not be read".into()),
        }
        self.tell_state();
    }

    /// The processor goes on from what was read back last.
    fn lose_gpu(&mut self, message: String) {
        let heard = self.gpu.shift().map(|shift| shift.heard);
        let iteration = self.open.as_ref().map_or(0, |open| open.run.iteration);
        self.gpu.give_up(match heard {
            Some(_) => EngineWhy::Failed { message, iteration },
            None => EngineWhy::Unusable(message),
        });
        if heard.is_some_and(|heard| heard > iteration) {
            self.tell(Event::Rewound { iteration });
        }
        if let Some(open) = &mut self.open {
            open.waiting = false;
        }
        self.tell_state();
    }

    /// Gives up a GPU that is silent for too long.
    pub(crate) fn look_after_gpu(&mut self, now_millis: f64) {
        if self.gpu.look(now_millis) {
            self.lose_gpu("it did not answer any more".into());
        }
    }

    /// Whether the next training step is the GPU's.
    pub(crate) fn is_gpus_turn(&self, open: &Open) -> bool {
        matches!(open.phase, Phase::Steps) && !open.job.is_begun() && self.gpu.is_turn()
    }

    /// Whether the weights that are to be measured are still the GPU's alone.
    pub(crate) fn is_unsettled(&self, open: &Open) -> bool {
        matches!(open.phase, Phase::Validating(_) | Phase::Testing { .. }) && !self.gpu.is_settled()
    }

    /// Whether nothing can be done but to wait for the GPU: for its steps, or for the weights that are to be measured.
    pub(crate) fn awaits_gpu(&self, open: &Open) -> bool {
        (self.is_gpus_turn(open) || self.is_unsettled(open)) && self.gpu.is_busy()
    }

    /// Sends the GPU as many steps as it can use now. Returns whether images were missing.
    pub(crate) fn steer(&mut self, open: &mut Open, now_millis: f64) -> bool {
        if !self.gpu.can_work() {
            return false;
        }
        self.gpu.begin(&open.run, now_millis);
        // As long as its numbers are not known to be right, it takes one step and waits for the verdict.
        let is_single = open.going != Going::On || !self.gpu.proof.is_given();
        // The end of the epoch at hand: what comes after it comes after its validation.
        let end = (open.run.epochs_done() + 1) * open.run.steps_per_epoch;
        loop {
            let is_leaving = self.gpu.is_leaving();
            let Some(shift) = self.gpu.shift() else { return false };
            if is_leaving || (is_single && !shift.is_settled()) {
                self.gpu.settle();
                return false;
            }
            let first = shift.sent;
            let n_wanted = if is_single { 1 } else { shift.next_len() }.min(end - first);
            if n_wanted == 0 || !shift.has_room() {
                return false;
            }
            let is_due = shift.is_due(now_millis);
            let n_steps = self.n_steps_with_images(open, first..first + n_wanted);
            if n_steps == 0 {
                self.gpu.settle();
                return true;
            }
            let steps = first..first + n_steps;
            let steps = Steps {
                shift: 0,
                first,
                picks: steps.clone().flat_map(|step| open.run.batch_at(step).to_vec()).collect(),
                rates: steps.map(|step| open.run.rate_at(step)).collect(),
                reads_back: is_single || is_due || first + n_steps == end,
            };
            self.gpu.post_steps(steps, is_single, now_millis);
            if n_steps < n_wanted || is_single {
                return n_steps < n_wanted;
            }
        }
    }

    /// Takes the step that the GPU was tried with here as well, and goes on from the GPU's only if it came to the same.
    /// Returns whether images were missing.
    pub(crate) fn judge_gpu(&mut self, open: &mut Open, now_millis: f64) -> bool {
        let is_there = self.sources.get(open.supply).is_some_and(|dataset| open.run.gather_step(dataset));
        let Some(found) = self.gpu.proof.found.take_if(|_| is_there) else { return true };
        let before = open.run.snapshot();
        open.job.begin(Kind::Sum, self.crew.next_job(), open.run.batch(), &[]);
        let (engine, parameters, images) = open.run.engine();
        open.job.run_own(engine, parameters, images);
        let stepped = open.run.finish_step(self.gpu.proof.rate, open.job.total());
        open.job.abandon();
        self.gpu.interrupt();
        let record = match stepped {
            Stepped::Done(record) => record,
            Stepped::Diverged { iteration, loss } => {
                self.gpu.end_shift();
                self.diverge(open, iteration, loss);
                return false;
            }
        };
        self.steps.push(record);
        self.watch(open, &record);
        self.keep_pace(open, record.iteration, 1, now_millis);
        match self.gpu.proof.judge(&found, &before, &open.run, &record) {
            Verdict::Same => {
                // The session has what the device holds.
                if let Some(state) = &found.state {
                    open.run.put(state);
                }
            }
            Verdict::Unclear => self.gpu.end_shift(),
            Verdict::Wrong(what) => self.gpu.give_up(EngineWhy::Wrong { what, iteration: record.iteration }),
        }
        if matches!(open.phase, Phase::Steps) {
            self.after_step(open);
        }
        false
    }

    /// Sees to it that the device has the images of these steps. Returns of how many of them it has, from the front.
    fn n_steps_with_images(&mut self, open: &mut Open, steps: Range<u32>) -> u32 {
        let Some(dataset) = self.sources.get(open.supply) else { return 0 };
        let mut starts: Vec<usize> = vec![0];
        for len in open.run.chunks() {
            starts.push(starts[starts.len() - 1] + len);
        }
        let n_training = open.run.n_training;
        for (n, step) in (0..).zip(steps.clone()) {
            for &image in open.run.batch_at(step) {
                let chunk = starts.partition_point(|&start| start <= image as usize) - 1;
                if self.gpu.has_chunk(chunk) {
                    continue;
                }
                let place = starts[chunk]..starts[chunk + 1].min(n_training);
                let Some((pixels, labels)) = images(dataset, place.clone()) else { return n };
                self.gpu.post_chunk(chunk, place.start as u32, pixels, labels);
            }
        }
        steps.len() as u32
    }

    /// Takes in what steps came to. An error says why the GPU is not to be believed.
    fn hear_steps(&mut self, open: &mut Open, found: Found, now_millis: f64) -> Result<(), &'static str> {
        const NONSENSE: &str = "its answer was to no question";
        const NO_NUMBERS: &str = "its weights were no numbers to go on from";
        let Some(shift) = self.gpu.shift() else { return Ok(()) };
        if found.shift != shift.number {
            return if found.shift < shift.number { Ok(()) } else { Err(NONSENSE) };
        }
        let batch = open.run.config.batch;
        let letter = shift.next().ok_or(NONSENSE)?;
        let n_steps = letter.n_steps as usize;
        let is_it = (found.first, found.losses.len(), found.n_correct.len()) == (letter.first, n_steps, n_steps)
            && found.state.is_some() == letter.reads_back
            && found.n_correct.iter().all(|&n| n <= batch);
        if !is_it {
            return Err(NONSENSE);
        }
        // Whether training diverged or the GPU is broken, the processor finds out: it goes over these steps again.
        if !found.losses.iter().all(|&loss| is_hopeful(loss)) {
            return Err("a loss of its was no number to go on from");
        }
        let millis = shift.answered(now_millis);
        self.gpu.heard_steps(letter.n_steps, millis, now_millis);
        if letter.n_steps > 0 && !self.gpu.proof.is_given() {
            if !found.state.as_ref().is_some_and(Snapshot::is_finite) {
                return Err(NO_NUMBERS);
            }
            self.gpu.proof.found = Some(found);
            self.gpu.leave_if_settled();
            return Ok(());
        }
        let done = letter.first + letter.n_steps;
        let records = (letter.first + 1..).zip(found.losses.iter().zip(&found.n_correct));
        for (iteration, (&loss, &n_correct)) in records {
            let record = StepRecord { iteration, loss, accuracy: n_correct as f32 / batch as f32 };
            self.steps.push(record);
            self.watch(open, &record);
        }
        if letter.n_steps > 0 && open.going != Going::No {
            self.keep_pace(open, done, letter.n_steps, now_millis);
        }
        if let Some(state) = &found.state {
            if !state.is_finite() || !open.run.adopt(done, state) {
                return Err(NO_NUMBERS);
            }
            let is_end = self.gpu.is_settled() && open.run.is_epoch_end();
            if matches!(open.phase, Phase::Steps) && (letter.is_single || is_end) {
                self.after_step(open);
            }
            self.gpu.leave_if_settled();
        }
        Ok(())
    }
}

/// Images of these positions with their classes, if all of them are there.
fn images(dataset: &Dataset, place: Range<usize>) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut pixels, mut labels) = (Vec::with_capacity(place.len() * PIXELS), Vec::with_capacity(place.len()));
    for i in place {
        let (image, label) = dataset.training_image(i)?;
        pixels.extend_from_slice(&image);
        labels.push(label);
    }
    Some((pixels, labels))
}
