//! What the session knows of the GPU: whether it is wanted, how far it is, and what it was told.

use super::letters::{Order, Steps};
use super::proof::Proof;
use super::race::Race;
use super::shift::Shift;
use crate::engine::{Adapter, EngineChoice, EngineStatus, EngineWhy};
use crate::protocol::encode;
use crate::run::Run;
use std::collections::VecDeque;
use std::mem;

/// The least time an answer may take, in milliseconds.
const MIN_PATIENCE_MILLIS: f64 = 5000.0;
/// The same as long as no step was answered; drivers may compile shaders for long.
const FIRST_PATIENCE_MILLIS: f64 = 30_000.0;
/// An answer may take so many times the slowest so far.
const PATIENCE_LETTERS: f64 = 8.0;
/// More time than this between two looks at the clock was spent asleep, not waiting.
const MOST_WAITED_AT_ONCE: f64 = 1000.0;

/// What a session asks of whoever drives it for the sake of the GPU. To be done in order, and before the next tick.
#[derive(Clone, Debug, PartialEq)]
pub enum GpuErrand {
    /// Find out whether there is an adapter. Answered by [`Session::gpu_adapter`](crate::Session::gpu_adapter) or
    /// [`Session::gpu_failed`](crate::Session::gpu_failed).
    Find(u32),
    /// Start the GPU's worker. Answered by [`Session::gpu_ready`](crate::Session::gpu_ready) or
    /// [`Session::gpu_failed`](crate::Session::gpu_failed).
    Start(u32),
    /// End it; nothing that still comes from it counts.
    End(u32),
    /// Post it these bytes of an [`Order`].
    Post(u32, Vec<u8>),
}

/// How far the GPU is.
enum Stage {
    /// Nobody is there.
    Vacant,
    /// An adapter is being looked for.
    Finding,
    /// Its worker is coming up.
    Starting,
    /// Its worker is up, and has not been told of the run.
    Up,
    /// It sets up the run.
    Opening,
    /// It could take over.
    Ready,
    /// It trains.
    AtWork(Shift),
}

/// The one place for a GPU.
pub(crate) struct GpuSeat {
    choice: EngineChoice,
    /// Whether it is wanted at all: not before the first training.
    is_active: bool,
    /// Not to be tried again for this run, for the reason in `why`.
    is_refused: bool,
    why: EngineWhy,
    adapter: Option<Adapter>,
    stage: Stage,
    run: u32,
    id: u32,
    n_shifts: u32,
    /// Chunks of the training images that the device has.
    has_chunk: Vec<bool>,
    /// Whether its numbers are to be believed.
    pub(crate) proof: Proof,
    race: Race,
    gpu_times_cpu: Option<f32>,
    /// Whether the processor takes over as soon as everything is read back.
    is_leaving: bool,
    errands: VecDeque<GpuErrand>,
    slowest_millis: f64,
    waited_millis: f64,
    looked_millis: f64,
    is_changed: bool,
    told: EngineStatus,
}

impl GpuSeat {
    pub(crate) fn new() -> Self {
        Self {
            // A session without a GPU is a whole one: whoever drives it says when one may be tried.
            choice: EngineChoice::Cpu,
            is_active: false,
            is_refused: false,
            why: EngineWhy::Chosen,
            adapter: None,
            stage: Stage::Vacant,
            run: 0,
            id: 0,
            n_shifts: 0,
            has_chunk: Vec::new(),
            proof: Proof::default(),
            race: Race::default(),
            gpu_times_cpu: None,
            is_leaving: false,
            errands: VecDeque::new(),
            slowest_millis: 0.0,
            waited_millis: 0.0,
            looked_millis: 0.0,
            is_changed: false,
            told: EngineStatus::default(),
        }
    }

    pub(crate) fn next_errand(&mut self) -> Option<GpuErrand> {
        self.errands.pop_front()
    }

    /// Another engine is wanted. One that was given up gets another chance.
    pub(crate) fn choose(&mut self, choice: EngineChoice) {
        self.choice = choice;
        self.forget();
        // To time both, the processor has to be timed first.
        self.is_leaving = choice == EngineChoice::Cpu || choice == EngineChoice::Automatic && self.sent().is_some();
        if self.is_leaving {
            self.settle();
            self.leave_if_settled();
        }
    }

    /// Another run is open.
    pub(crate) fn open(&mut self) {
        self.run = self.run.wrapping_add(1);
        if matches!(self.stage, Stage::Opening | Stage::Ready | Stage::AtWork(_)) {
            self.stage = Stage::Up;
        }
        self.is_leaving = false;
        self.proof = Proof::default();
        self.forget();
    }

    /// Training was asked for.
    pub(crate) fn activate(&mut self) {
        self.is_active = true;
    }

    /// Forgets what was measured and what went wrong.
    pub(crate) fn forget(&mut self) {
        (self.is_refused, self.why) = (false, EngineWhy::Chosen);
        (self.race, self.gpu_times_cpu) = (Race::default(), None);
        self.is_changed = true;
    }

    fn is_wanted(&self) -> bool {
        self.is_active && !self.is_refused && self.choice != EngineChoice::Cpu
    }

    pub(crate) fn is(&self, id: u32) -> bool {
        self.id == id && !matches!(self.stage, Stage::Vacant)
    }

    pub(crate) fn is_run(&self, run: u32) -> bool {
        self.run == run
    }

    fn go_to(&mut self, stage: Stage) {
        self.stage = stage;
        self.waited_millis = 0.0;
        self.is_changed = true;
    }

    fn post(&mut self, order: &Order) {
        self.errands.push_back(GpuErrand::Post(self.id, encode(order)));
    }

    /// Brings the GPU one step nearer to the run, if it is wanted and nothing is on its way.
    pub(crate) fn prepare(&mut self, run: &Run) {
        if !self.is_wanted() {
            return;
        }
        match self.stage {
            Stage::Vacant => {
                self.id = self.id.wrapping_add(1);
                self.errands.push_back(GpuErrand::Find(self.id));
                self.slowest_millis = 0.0;
                self.go_to(Stage::Finding);
            }
            Stage::Up => {
                self.has_chunk = vec![false; run.chunks().len()];
                self.post(&Order::Open {
                    run: self.run,
                    spec: run.config.spec.clone(),
                    rule: run.config.optimiser,
                    batch: run.config.batch,
                    n_images: run.n_training as u32,
                });
                self.go_to(Stage::Opening);
            }
            _ => {}
        }
    }

    /// There is an adapter.
    pub(crate) fn found(&mut self, adapter: Adapter) {
        if !matches!(self.stage, Stage::Finding) {
            return;
        }
        let is_tried = self.choice == EngineChoice::Gpu || !adapter.is_software;
        self.adapter = Some(adapter);
        if is_tried {
            self.errands.push_back(GpuErrand::Start(self.id));
            self.go_to(Stage::Starting);
        } else {
            self.give_up(EngineWhy::OnlySoftware);
        }
    }

    /// Its worker is up.
    pub(crate) fn ready(&mut self) {
        if matches!(self.stage, Stage::Starting) {
            self.go_to(Stage::Up);
        }
    }

    /// It is ready for this run.
    pub(crate) fn opened(&mut self, run: u32) {
        if matches!(self.stage, Stage::Opening) && self.run == run {
            self.go_to(Stage::Ready);
        }
    }

    /// Whether the next training step is the GPU's, there or still to come.
    pub(crate) fn is_turn(&self) -> bool {
        match self.stage {
            Stage::AtWork(_) => true,
            _ if !self.is_wanted() => false,
            Stage::Vacant => false,
            Stage::Ready => self.choice == EngineChoice::Gpu || self.race.is_cpu_timed(),
            Stage::Finding | Stage::Starting | Stage::Up | Stage::Opening => self.choice == EngineChoice::Gpu,
        }
    }

    /// Whether there is nothing to do but to wait for it, when it is its turn.
    pub(crate) fn is_busy(&self) -> bool {
        match &self.stage {
            Stage::Finding | Stage::Starting | Stage::Opening => true,
            Stage::AtWork(shift) => !shift.is_idle(),
            Stage::Vacant | Stage::Up | Stage::Ready => false,
        }
    }

    /// Whether it can be given steps.
    pub(crate) fn can_work(&self) -> bool {
        matches!(self.stage, Stage::Ready | Stage::AtWork(_))
    }

    /// Begins a shift, if none is on.
    pub(crate) fn begin(&mut self, run: &Run, now_millis: f64) {
        if !matches!(self.stage, Stage::Ready) {
            return;
        }
        self.n_shifts = self.n_shifts.wrapping_add(1);
        self.post(&Order::Begin(run.snapshot()));
        self.go_to(Stage::AtWork(Shift::new(self.n_shifts, run.iteration, now_millis)));
    }

    /// Ends the shift; the next begins from what the session has then.
    pub(crate) fn end_shift(&mut self) {
        if matches!(self.stage, Stage::AtWork(_)) {
            self.go_to(Stage::Ready);
        }
    }

    /// The shift that is on.
    pub(crate) fn shift(&mut self) -> Option<&mut Shift> {
        if let Stage::AtWork(shift) = &mut self.stage { Some(shift) } else { None }
    }

    /// Steps of the run that are done or on their way, if a shift is on.
    pub(crate) fn sent(&self) -> Option<u32> {
        if let Stage::AtWork(shift) = &self.stage { Some(shift.sent) } else { None }
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// Whether the session has everything that the GPU has.
    pub(crate) fn is_settled(&self) -> bool {
        if let Stage::AtWork(shift) = &self.stage { shift.is_settled() } else { true }
    }

    pub(crate) fn has_chunk(&self, chunk: usize) -> bool {
        self.has_chunk[chunk]
    }

    /// Sends a chunk of the training images, whose first has this position among all.
    pub(crate) fn post_chunk(&mut self, chunk: usize, first: u32, pixels: Vec<u8>, labels: Vec<u8>) {
        self.has_chunk[chunk] = true;
        self.post(&Order::Images { first, pixels, labels });
    }

    /// Posts steps. They belong to the shift that is on.
    pub(crate) fn post_steps(&mut self, mut steps: Steps, is_single: bool, now_millis: f64) {
        let Stage::AtWork(shift) = &mut self.stage else { return };
        steps.shift = shift.number;
        self.proof.rate = steps.rates.first().copied().unwrap_or(self.proof.rate);
        if shift.is_idle() {
            self.race.gpu_begins(now_millis);
            self.waited_millis = 0.0;
        }
        shift.post(&steps, is_single, now_millis);
        self.post(&Order::Steps(steps));
    }

    /// Asks for everything that the GPU has, unless that is on its way.
    pub(crate) fn settle(&mut self) {
        let now_millis = self.looked_millis;
        if let Some(shift) = self.shift().filter(|shift| shift.is_unasked()) {
            let first = shift.sent;
            let steps = Steps { shift: 0, first, picks: Vec::new(), rates: Vec::new(), reads_back: true };
            self.post_steps(steps, false, now_millis);
        }
    }

    /// It has answered for steps, in this time. Decides which engine is faster when that can be said.
    pub(crate) fn heard_steps(&mut self, n_steps: u32, millis: f64, now_millis: f64) {
        self.slowest_millis = self.slowest_millis.max(millis);
        self.waited_millis = 0.0;
        if n_steps == 0 || self.choice != EngineChoice::Automatic || self.gpu_times_cpu.is_some() {
            return;
        }
        self.race.gpu_steps(n_steps, now_millis);
        if let Some(ratio) = self.race.gpu_times_cpu() {
            self.gpu_times_cpu = Some(ratio);
            self.is_changed = true;
            if ratio <= 1.0 {
                self.is_leaving = true;
                self.settle();
            }
        }
    }

    /// The processor has done a step on its own.
    pub(crate) fn cpu_step(&mut self, now_millis: f64) {
        if matches!(self.stage, Stage::Ready) {
            self.race.cpu_step(now_millis);
        }
    }

    /// Something other than a training step comes next.
    pub(crate) fn interrupt(&mut self) {
        self.race.interrupt();
    }

    /// Ends the GPU's worker if the processor is to take over and can.
    pub(crate) fn leave_if_settled(&mut self) {
        if !self.is_leaving || !self.is_settled() {
            return;
        }
        match self.gpu_times_cpu {
            Some(gpu_times_cpu) => self.give_up(EngineWhy::Measured { gpu_times_cpu }),
            None => self.vacate(),
        }
    }

    /// Ends the GPU's worker, not to be tried again for this run.
    pub(crate) fn give_up(&mut self, why: EngineWhy) {
        self.vacate();
        (self.is_refused, self.why) = (true, why);
    }

    fn vacate(&mut self) {
        if !matches!(self.stage, Stage::Vacant) {
            self.errands.push_back(GpuErrand::End(self.id));
        }
        self.proof = Proof::default();
        self.is_leaving = false;
        self.go_to(Stage::Vacant);
    }

    /// Looks at the clock. Returns whether something that is awaited has taken too long.
    pub(crate) fn look(&mut self, now_millis: f64) -> bool {
        let passed = (now_millis - self.looked_millis).clamp(0.0, MOST_WAITED_AT_ONCE);
        self.looked_millis = now_millis;
        if !self.is_busy() {
            return false;
        }
        self.waited_millis += passed;
        let patience = match self.slowest_millis {
            0.0 => FIRST_PATIENCE_MILLIS,
            slowest => MIN_PATIENCE_MILLIS.max(PATIENCE_LETTERS * slowest),
        };
        self.waited_millis > patience
    }

    /// What the run is computed on and why, if that has changed.
    pub(crate) fn news(&mut self) -> Option<EngineStatus> {
        if !mem::take(&mut self.is_changed) {
            return None;
        }
        let news = self.status();
        (self.told != news).then(|| {
            self.told.clone_from(&news);
            news
        })
    }

    fn status(&self) -> EngineStatus {
        let is_gpu = matches!(self.stage, Stage::AtWork(_));
        let why = match (&self.stage, self.gpu_times_cpu) {
            _ if self.is_refused => self.why.clone(),
            // A slower GPU is told of when the processor has taken over.
            (_, Some(gpu_times_cpu)) if !self.is_leaving => EngineWhy::Measured { gpu_times_cpu },
            (Stage::Finding | Stage::Starting | Stage::Opening, _) if self.choice == EngineChoice::Gpu => {
                EngineWhy::Starting
            }
            (Stage::Finding | Stage::Starting | Stage::Opening, _) => EngineWhy::Trying,
            (Stage::Ready | Stage::AtWork(_), _) if self.choice == EngineChoice::Automatic => EngineWhy::Trying,
            _ => EngineWhy::Chosen,
        };
        EngineStatus { is_gpu, adapter: self.adapter.clone(), why }
    }
}
