//! A session and its GPU: steps are dispatched, answers taken in, and the processor takes over when there is no GPU any
//! more.

use super::host::GpuRequest;
use super::messages::{Answer, StepResults, Steps};
use super::verification::Verdict;
use crate::engine::{Adapter, EngineWhy};
use crate::pool::MessageKind;
use crate::protocol::{GpuFault, StepRecord, decode};
use crate::run::{Stepped, is_hopeful};
use crate::session::{Going, Open, Phase, Session};
use receptive_data::Dataset;
use receptive_nn::Checkpoint;
use std::ops::Range;

impl Session {
    /// Returns the next thing that the host has to do for the session's GPU.
    pub fn next_gpu_request(&mut self) -> Option<GpuRequest> {
        self.gpu.next_request()
    }

    /// Notes that there is an adapter.
    pub fn gpu_adapter(&mut self, id: u32, adapter: Adapter) {
        if self.gpu.is(id) {
            self.gpu.adapter_found(adapter);
            self.emit_state();
        }
    }

    /// Notes that the GPU's worker is up.
    pub fn gpu_ready(&mut self, id: u32) {
        if self.gpu.is(id) {
            self.gpu.ready();
        }
    }

    /// Notes that there is no GPU, or that it broke down. The processor takes over.
    pub fn gpu_failed(&mut self, id: u32, fault: GpuFault) {
        if self.gpu.is(id) {
            self.lose_gpu(fault);
        }
    }

    /// Takes in the bytes of an [`Answer`] from the GPU's worker, or whatever it sent for one.
    pub fn gpu_answered(&mut self, id: u32, bytes: &[u8], now_millis: f64) {
        if !self.gpu.is(id) {
            return;
        }
        match decode(bytes) {
            Ok(Answer::Opened { run }) => self.gpu.opened(run),
            Ok(Answer::Failed { run, fault }) if self.gpu.is_run(run) => self.lose_gpu(fault),
            Ok(Answer::Failed { .. }) => {}
            Ok(Answer::Steps(results)) => {
                let Some(mut open) = self.open.take() else { return };
                let outcome = self.receive_steps(&mut open, results, now_millis);
                self.open = Some(open);
                if let Err(fault) = outcome {
                    self.lose_gpu(fault);
                }
            }
            Err(_) => self.lose_gpu(GpuFault::Unreadable),
        }
        self.answer_step_questions();
        self.emit_state();
    }

    /// Gives up the GPU: the processor goes on from what was read back last.
    fn lose_gpu(&mut self, fault: GpuFault) {
        let received = self.gpu.in_flight().map(|in_flight| in_flight.received);
        let iteration = self.open.as_ref().map_or(0, |open| open.run.iteration);
        self.gpu.give_up(match received {
            Some(_) => EngineWhy::Failed { fault, iteration },
            None => EngineWhy::Unusable(fault),
        });
        if received.is_some_and(|received| received > iteration) {
            self.rewind_to(iteration);
        }
        if let Some(open) = &mut self.open {
            open.waiting = false;
        }
        self.emit_state();
    }

    /// Gives up a GPU that is silent for too long.
    pub(crate) fn check_gpu_timeout(&mut self, now_millis: f64) {
        if self.gpu.check_timeout(now_millis) {
            self.lose_gpu(GpuFault::Silent);
        }
    }

    /// True if the next training step is the GPU's.
    pub(crate) fn is_gpus_turn(&self, open: &Open) -> bool {
        matches!(open.phase, Phase::Steps) && !open.job.is_begun() && self.gpu.is_turn()
    }

    /// True if the weights that are to be measured are still the GPU's alone.
    pub(crate) fn needs_sync(&self, open: &Open) -> bool {
        matches!(open.phase, Phase::Validating(_) | Phase::Testing { .. }) && !self.gpu.is_synced()
    }

    /// True if nothing can be done but to wait for the GPU: for its steps, or for the weights that are to be measured.
    pub(crate) fn awaits_gpu(&self, open: &Open) -> bool {
        (self.is_gpus_turn(open) || self.needs_sync(open)) && self.gpu.is_busy()
    }

    /// Sends the GPU as many steps as it can use now. Returns whether images were missing.
    pub(crate) fn dispatch_steps(&mut self, open: &mut Open, now_millis: f64) -> bool {
        if !self.gpu.can_work() {
            return false;
        }
        self.gpu.begin(&open.run, now_millis);
        // As long as its numbers are not known to be right, it takes one step and waits for the verdict.
        let is_single = open.going != Going::On || !self.gpu.verification.is_passed();
        // What comes after the next stop comes after its validation.
        let end = open.run.next_stop();
        loop {
            let is_leaving = self.gpu.is_leaving();
            let Some(in_flight) = self.gpu.in_flight() else { return false };
            if is_leaving || (is_single && !in_flight.is_synced()) {
                self.gpu.request_sync();
                return false;
            }
            let first = in_flight.sent;
            let n_wanted = if is_single { 1 } else { in_flight.next_len() }.min(end - first);
            if n_wanted == 0 || !in_flight.has_room() {
                return false;
            }
            let is_due = in_flight.is_due(now_millis);
            let n_steps = self.n_steps_with_images(open, first..first + n_wanted);
            if n_steps == 0 {
                self.gpu.request_sync();
                return true;
            }
            let steps = first..first + n_steps;
            let steps = Steps {
                sequence: 0,
                first,
                picks: steps.clone().flat_map(|step| open.run.batch_at(step).to_vec()).collect(),
                rates: steps.clone().map(|step| open.run.rate_at(step)).collect(),
                keys: steps.map(|step| open.run.key_at(step)).collect(),
                reads_back: is_single || is_due || first + n_steps == end,
            };
            self.gpu.send_steps(steps, is_single, now_millis);
            if n_steps < n_wanted || is_single {
                return n_steps < n_wanted;
            }
        }
    }

    /// Takes the step that is being checked here as well, and goes on from the GPU's result only if it is the same. Returns
    /// whether images were missing.
    pub(crate) fn verify_gpu_step(&mut self, open: &mut Open, now_millis: f64) -> bool {
        let is_there = self.sources.get(open.supply).is_some_and(|dataset| open.run.gather_step(dataset));
        let Some(results) = self.gpu.verification.results.take_if(|_| is_there) else { return true };
        let before = open.run.checkpoint();
        let key = open.run.key_at(open.run.iteration);
        open.job.begin(MessageKind::Sum, self.pool.next_job(), open.run.batch(), key, &[]);
        let (engine, parameters, images) = open.run.engine();
        open.job.run_own(engine, parameters, images);
        let stepped = open.run.finish_step(self.gpu.verification.rate, open.job.total(), false);
        open.job.abandon();
        self.gpu.interrupt();
        let record = match stepped {
            Stepped::Done(record) => record,
            Stepped::Diverged { iteration, loss, place } => {
                self.gpu.end_sequence();
                self.diverge(open, iteration, (loss, place));
                return false;
            }
        };
        self.steps.push(record);
        self.watch(open, &record);
        self.keep_pace(open, record.iteration, 1, now_millis);
        match self.gpu.verification.check(&results, &before, &open.run, &record) {
            Verdict::Same => {
                // The session has what the device holds.
                if let Some(state) = &results.state {
                    open.run.put(state);
                    open.run.last.taken_on_gpu();
                }
            }
            Verdict::Unclear => self.gpu.end_sequence(),
            Verdict::Wrong(what) => self.gpu.give_up(EngineWhy::Wrong { what, iteration: record.iteration }),
        }
        if matches!(open.phase, Phase::Steps) {
            self.after_step(open);
        }
        false
    }

    /// Sends the device the images of these steps that it lacks. Returns the number of steps that it has the images of,
    /// from the front.
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
                self.gpu.send_chunk(chunk, place.start as u32, pixels, labels);
            }
        }
        steps.len() as u32
    }

    /// Takes in the results of steps. An error says why the GPU is not to be believed.
    fn receive_steps(&mut self, open: &mut Open, results: StepResults, now_millis: f64) -> Result<(), GpuFault> {
        let Some(in_flight) = self.gpu.in_flight() else { return Ok(()) };
        if results.sequence != in_flight.sequence {
            return if results.sequence < in_flight.sequence { Ok(()) } else { Err(GpuFault::Invalid) };
        }
        let batch = open.run.config.batch;
        let sent = in_flight.next().ok_or(GpuFault::Invalid)?;
        let n_steps = sent.n_steps as usize;
        let is_it = (results.first, results.losses.len(), results.n_correct.len()) == (sent.first, n_steps, n_steps)
            && results.state.is_some() == sent.reads_back
            && results.n_correct.iter().all(|&n| n <= batch);
        if !is_it {
            return Err(GpuFault::Invalid);
        }
        // Whether training diverged or the GPU is broken, the processor finds out: it goes over these steps again.
        if !results.losses.iter().all(|&loss| is_hopeful(loss)) {
            return Err(GpuFault::Loss);
        }
        let millis = in_flight.pop(now_millis);
        self.gpu.steps_received(sent.n_steps, millis, now_millis);
        if sent.n_steps > 0 && !self.gpu.verification.is_passed() {
            if !results.state.as_ref().is_some_and(Checkpoint::is_finite) {
                return Err(GpuFault::Weights);
            }
            self.gpu.verification.results = Some(results);
            self.gpu.leave_if_synced();
            return Ok(());
        }
        let done = sent.first + sent.n_steps;
        let records = (sent.first + 1..).zip(results.losses.iter().zip(&results.n_correct));
        for (iteration, (&loss, &n_correct)) in records {
            let record = StepRecord { iteration, loss, accuracy: n_correct as f32 / batch as f32 };
            self.steps.push(record);
            self.watch(open, &record);
        }
        if sent.n_steps > 0 && open.going != Going::No {
            self.keep_pace(open, done, sent.n_steps, now_millis);
        }
        if let Some(state) = &results.state {
            if state.step() != done || !open.run.adopt(state) {
                return Err(GpuFault::Weights);
            }
            open.run.last.taken_on_gpu();
            let is_end = self.gpu.is_synced() && (open.run.is_epoch_end() || open.run.is_validation_due());
            if matches!(open.phase, Phase::Steps) && (sent.is_single || is_end) {
                self.after_step(open);
            }
            self.gpu.leave_if_synced();
        }
        Ok(())
    }
}

/// Images of these positions with their classes, if all of them are there.
fn images(dataset: &Dataset, place: Range<usize>) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut pixels, mut labels) =
        (Vec::with_capacity(place.len() * dataset.shape().len()), Vec::with_capacity(place.len()));
    for i in place {
        let (image, label) = dataset.training_image(i)?;
        pixels.extend_from_slice(&image);
        labels.push(label);
    }
    Some((pixels, labels))
}
