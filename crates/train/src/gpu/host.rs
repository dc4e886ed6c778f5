//! The session's side of the GPU: whether it is wanted, its state, and the batches in flight there.

use super::calibration::EngineCalibration;
use super::in_flight::InFlight;
use super::messages::{GpuCommand, Steps};
use super::verification::Verification;
use crate::engine::{Adapter, EngineChoice, EngineStatus, EngineWhy};
use crate::protocol::encode;
use crate::run::Run;
use std::collections::VecDeque;
use std::mem;

/// The least time an answer may take, in milliseconds.
const MIN_TIMEOUT_MILLIS: f64 = 5000.0;
/// The same as long as no step was answered; drivers may compile shaders for long.
const FIRST_TIMEOUT_MILLIS: f64 = 30_000.0;
/// The time an answer may take, as a multiple of the slowest so far.
const TIMEOUT_MESSAGES: f64 = 8.0;
/// More time than this between two looks at the clock was spent asleep, not waiting.
const MOST_WAITED_AT_ONCE: f64 = 1000.0;

/// A request of a session to its host, the code that drives it, that concerns the GPU. To be done in order, and before
/// the next tick.
#[derive(Clone, Debug, PartialEq)]
pub enum GpuRequest {
    /// Look for an adapter. Answered by [`Session::gpu_adapter`](crate::Session::gpu_adapter) or
    /// [`Session::gpu_failed`](crate::Session::gpu_failed).
    Find(u32),
    /// Start the GPU's worker. Answered by [`Session::gpu_ready`](crate::Session::gpu_ready) or
    /// [`Session::gpu_failed`](crate::Session::gpu_failed).
    Start(u32),
    /// End it; nothing that still comes from it counts.
    End(u32),
    /// Send it these bytes of a [`GpuCommand`].
    Send(u32, Vec<u8>),
}

/// The state of the GPU, as the session sees it.
enum HostState {
    /// No adapter and no worker.
    Off,
    /// An adapter is being looked for.
    Finding,
    /// Its worker is coming up.
    Starting,
    /// Its worker is up, and does not know the run.
    Up,
    /// It sets up the run.
    Opening,
    /// It could take over.
    Ready,
    /// It trains.
    Training(InFlight),
}

/// The host side of the GPU, of which there is at most one.
pub(crate) struct GpuHost {
    choice: EngineChoice,
    /// True once it is wanted at all: not before the first training.
    is_active: bool,
    /// Not to be tried again for this run, for the reason in `why`.
    is_refused: bool,
    why: EngineWhy,
    adapter: Option<Adapter>,
    state: HostState,
    run: u32,
    id: u32,
    n_sequences: u32,
    /// Chunks of the training images that the device has.
    has_chunk: Vec<bool>,
    /// The verification of its numbers.
    pub(crate) verification: Verification,
    calibration: EngineCalibration,
    gpu_times_cpu: Option<f32>,
    /// True if the processor takes over as soon as everything is read back.
    is_leaving: bool,
    requests: VecDeque<GpuRequest>,
    slowest_millis: f64,
    waited_millis: f64,
    checked_millis: f64,
    is_changed: bool,
    emitted: EngineStatus,
}

impl GpuHost {
    pub(crate) fn new() -> Self {
        Self {
            // A session without a GPU is a whole one: its host says when one may be tried.
            choice: EngineChoice::Cpu,
            is_active: false,
            is_refused: false,
            why: EngineWhy::Chosen,
            adapter: None,
            state: HostState::Off,
            run: 0,
            id: 0,
            n_sequences: 0,
            has_chunk: Vec::new(),
            verification: Verification::default(),
            calibration: EngineCalibration::default(),
            gpu_times_cpu: None,
            is_leaving: false,
            requests: VecDeque::new(),
            slowest_millis: 0.0,
            waited_millis: 0.0,
            checked_millis: 0.0,
            is_changed: false,
            emitted: EngineStatus::default(),
        }
    }

    pub(crate) fn next_request(&mut self) -> Option<GpuRequest> {
        self.requests.pop_front()
    }

    /// Sets the engine that is wanted. One that was given up gets another chance.
    pub(crate) fn choose(&mut self, choice: EngineChoice) {
        self.choice = choice;
        self.forget();
        // To time both, the processor has to be timed first.
        self.is_leaving = choice == EngineChoice::Cpu || choice == EngineChoice::Automatic && self.sent().is_some();
        if self.is_leaving {
            self.request_sync();
            self.leave_if_synced();
        }
    }

    /// Prepares for another run, which is open now.
    pub(crate) fn open(&mut self) {
        self.run = self.run.wrapping_add(1);
        if matches!(self.state, HostState::Opening | HostState::Ready | HostState::Training(_)) {
            self.state = HostState::Up;
        }
        self.is_leaving = false;
        self.verification = Verification::default();
        self.forget();
    }

    /// Notes that training was asked for.
    pub(crate) fn activate(&mut self) {
        self.is_active = true;
    }

    /// Forgets what was measured and what went wrong.
    pub(crate) fn forget(&mut self) {
        (self.is_refused, self.why) = (false, EngineWhy::Chosen);
        (self.calibration, self.gpu_times_cpu) = (EngineCalibration::default(), None);
        self.is_changed = true;
    }

    fn is_wanted(&self) -> bool {
        self.is_active && !self.is_refused && self.choice != EngineChoice::Cpu
    }

    pub(crate) fn is(&self, id: u32) -> bool {
        self.id == id && !matches!(self.state, HostState::Off)
    }

    pub(crate) fn is_run(&self, run: u32) -> bool {
        self.run == run
    }

    fn enter(&mut self, state: HostState) {
        self.state = state;
        self.waited_millis = 0.0;
        self.is_changed = true;
    }

    fn send(&mut self, command: &GpuCommand) {
        self.requests.push_back(GpuRequest::Send(self.id, encode(command)));
    }

    /// Brings the GPU one state nearer to the run, if it is wanted and nothing is awaited.
    pub(crate) fn prepare(&mut self, run: &Run) {
        if !self.is_wanted() {
            return;
        }
        match self.state {
            HostState::Off => {
                self.id = self.id.wrapping_add(1);
                self.requests.push_back(GpuRequest::Find(self.id));
                self.slowest_millis = 0.0;
                self.enter(HostState::Finding);
            }
            HostState::Up => {
                self.has_chunk = vec![false; run.chunks().len()];
                self.send(&GpuCommand::Open {
                    run: self.run,
                    spec: run.config.spec.clone(),
                    rule: run.config.optimiser,
                    loss: run.config.loss,
                    batch: run.config.batch,
                    n_images: run.n_training as u32,
                });
                self.enter(HostState::Opening);
            }
            _ => {}
        }
    }

    /// Notes that there is an adapter.
    pub(crate) fn adapter_found(&mut self, adapter: Adapter) {
        if !matches!(self.state, HostState::Finding) {
            return;
        }
        let is_tried = self.choice == EngineChoice::Gpu || !adapter.is_software;
        self.adapter = Some(adapter);
        if is_tried {
            self.requests.push_back(GpuRequest::Start(self.id));
            self.enter(HostState::Starting);
        } else {
            self.give_up(EngineWhy::OnlySoftware);
        }
    }

    /// Notes that its worker is up.
    pub(crate) fn ready(&mut self) {
        if matches!(self.state, HostState::Starting) {
            self.enter(HostState::Up);
        }
    }

    /// Notes that it is ready for this run.
    pub(crate) fn opened(&mut self, run: u32) {
        if matches!(self.state, HostState::Opening) && self.run == run {
            self.enter(HostState::Ready);
        }
    }

    /// True if the next training step is the GPU's, there or still to come.
    pub(crate) fn is_turn(&self) -> bool {
        match self.state {
            HostState::Training(_) => true,
            _ if !self.is_wanted() => false,
            HostState::Off => false,
            HostState::Ready => self.choice == EngineChoice::Gpu || self.calibration.is_cpu_timed(),
            HostState::Finding | HostState::Starting | HostState::Up | HostState::Opening => {
                self.choice == EngineChoice::Gpu
            }
        }
    }

    /// True if there is nothing to do but to wait for it, when it is its turn.
    pub(crate) fn is_busy(&self) -> bool {
        match &self.state {
            HostState::Finding | HostState::Starting | HostState::Opening => true,
            HostState::Training(in_flight) => !in_flight.is_idle(),
            HostState::Off | HostState::Up | HostState::Ready => false,
        }
    }

    /// True if it can be given steps.
    pub(crate) fn can_work(&self) -> bool {
        matches!(self.state, HostState::Ready | HostState::Training(_))
    }

    /// Begins a sequence from the session's weights, unless one is under way.
    pub(crate) fn begin(&mut self, run: &Run, now_millis: f64) {
        if !matches!(self.state, HostState::Ready) {
            return;
        }
        self.n_sequences = self.n_sequences.wrapping_add(1);
        self.send(&GpuCommand::Begin(run.checkpoint()));
        self.enter(HostState::Training(InFlight::new(self.n_sequences, run.iteration, now_millis)));
    }

    /// Ends the sequence; the next begins from the weights that the session has then.
    pub(crate) fn end_sequence(&mut self) {
        if matches!(self.state, HostState::Training(_)) {
            self.enter(HostState::Ready);
        }
    }

    /// The batches of the sequence that is under way.
    pub(crate) fn in_flight(&mut self) -> Option<&mut InFlight> {
        if let HostState::Training(in_flight) = &mut self.state { Some(in_flight) } else { None }
    }

    /// Steps of the run that are done or in flight, if a sequence is under way.
    pub(crate) fn sent(&self) -> Option<u32> {
        if let HostState::Training(in_flight) = &self.state { Some(in_flight.sent) } else { None }
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// True if the session has everything that the GPU has.
    pub(crate) fn is_synced(&self) -> bool {
        if let HostState::Training(in_flight) = &self.state { in_flight.is_synced() } else { true }
    }

    pub(crate) fn has_chunk(&self, chunk: usize) -> bool {
        self.has_chunk[chunk]
    }

    /// Sends a chunk of the training images, whose first has this position among all.
    pub(crate) fn send_chunk(&mut self, chunk: usize, first: u32, pixels: Vec<u8>, labels: Vec<u8>) {
        self.has_chunk[chunk] = true;
        self.send(&GpuCommand::Images { first, pixels, labels });
    }

    /// Sends steps of the sequence that is under way.
    pub(crate) fn send_steps(&mut self, mut steps: Steps, is_single: bool, now_millis: f64) {
        let HostState::Training(in_flight) = &mut self.state else { return };
        steps.sequence = in_flight.sequence;
        self.verification.rate = steps.rates.first().copied().unwrap_or(self.verification.rate);
        if in_flight.is_idle() {
            self.calibration.gpu_begins(now_millis);
            self.waited_millis = 0.0;
        }
        in_flight.push(&steps, is_single, now_millis);
        self.send(&GpuCommand::Steps(steps));
    }

    /// Requests everything that the GPU has, unless that is in flight.
    pub(crate) fn request_sync(&mut self) {
        let now_millis = self.checked_millis;
        if let Some(in_flight) = self.in_flight().filter(|in_flight| in_flight.is_unasked()) {
            let first = in_flight.sent;
            let steps =
                Steps { sequence: 0, first, picks: Vec::new(), rates: Vec::new(), keys: Vec::new(), reads_back: true };
            self.send_steps(steps, false, now_millis);
        }
    }

    /// Notes that it has answered for steps, in this time. Decides which engine is faster when that can be said.
    pub(crate) fn steps_received(&mut self, n_steps: u32, millis: f64, now_millis: f64) {
        self.slowest_millis = self.slowest_millis.max(millis);
        self.waited_millis = 0.0;
        if n_steps == 0 || self.choice != EngineChoice::Automatic || self.gpu_times_cpu.is_some() {
            return;
        }
        self.calibration.gpu_steps(n_steps, now_millis);
        if let Some(ratio) = self.calibration.gpu_times_cpu() {
            self.gpu_times_cpu = Some(ratio);
            self.is_changed = true;
            if ratio <= 1.0 {
                self.is_leaving = true;
                self.request_sync();
            }
        }
    }

    /// Notes that the processor has done a step on its own.
    pub(crate) fn cpu_step(&mut self, now_millis: f64) {
        if matches!(self.state, HostState::Ready) {
            self.calibration.cpu_step(now_millis);
        }
    }

    /// Notes that something other than a training step comes next.
    pub(crate) fn interrupt(&mut self) {
        self.calibration.interrupt();
    }

    /// Ends the GPU's worker if the processor is to take over and can.
    pub(crate) fn leave_if_synced(&mut self) {
        if !self.is_leaving || !self.is_synced() {
            return;
        }
        match self.gpu_times_cpu {
            Some(gpu_times_cpu) => self.give_up(EngineWhy::Measured { gpu_times_cpu }),
            None => self.shut_down(),
        }
    }

    /// Ends the GPU's worker, not to be tried again for this run.
    pub(crate) fn give_up(&mut self, why: EngineWhy) {
        self.shut_down();
        (self.is_refused, self.why) = (true, why);
    }

    fn shut_down(&mut self) {
        if !matches!(self.state, HostState::Off) {
            self.requests.push_back(GpuRequest::End(self.id));
        }
        self.verification = Verification::default();
        self.is_leaving = false;
        self.enter(HostState::Off);
    }

    /// Takes in the time. Returns whether something that is awaited has taken too long.
    pub(crate) fn check_timeout(&mut self, now_millis: f64) -> bool {
        let passed = (now_millis - self.checked_millis).clamp(0.0, MOST_WAITED_AT_ONCE);
        self.checked_millis = now_millis;
        if !self.is_busy() {
            return false;
        }
        self.waited_millis += passed;
        let timeout = match self.slowest_millis {
            0.0 => FIRST_TIMEOUT_MILLIS,
            slowest => MIN_TIMEOUT_MILLIS.max(TIMEOUT_MESSAGES * slowest),
        };
        self.waited_millis > timeout
    }

    /// Returns the engine that the run is computed on and why, if that has changed since it was emitted.
    pub(crate) fn take_change(&mut self) -> Option<EngineStatus> {
        if !mem::take(&mut self.is_changed) {
            return None;
        }
        let status = self.status();
        (self.emitted != status).then(|| {
            self.emitted.clone_from(&status);
            status
        })
    }

    fn status(&self) -> EngineStatus {
        let is_gpu = matches!(self.state, HostState::Training(_));
        let why = match (&self.state, self.gpu_times_cpu) {
            _ if self.is_refused => self.why.clone(),
            // A slower GPU is reported when the processor has taken over.
            (_, Some(gpu_times_cpu)) if !self.is_leaving => EngineWhy::Measured { gpu_times_cpu },
            (HostState::Finding | HostState::Starting | HostState::Opening, _) if self.choice == EngineChoice::Gpu => {
                EngineWhy::Starting
            }
            (HostState::Finding | HostState::Starting | HostState::Opening, _) => EngineWhy::Trying,
            (HostState::Ready | HostState::Training(_), _) if self.choice == EngineChoice::Automatic => {
                EngineWhy::Trying
            }
            _ => EngineWhy::Chosen,
        };
        EngineStatus { is_gpu, adapter: self.adapter.clone(), why }
    }
}
