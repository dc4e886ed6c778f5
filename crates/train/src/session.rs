//! The training session: takes commands, takes single steps when it is ticked, and emits events.
//!
//! A session never blocks and never waits: [`Session::tick`] does at most one batch's work. Its host (a worker, a test)
//! decides how often, brings the dataset's bytes, passes the time in, and carries messages between the session and its
//! replicas.

mod events;

use crate::checkpoint::{Keeper, KeptRun, Storage};
use crate::evaluation::Evaluation;
use crate::gpu::GpuHost;
use crate::history::History;
use crate::loss_plane::LossPlane;
use crate::pool::{Job, WorkerPool};
use crate::protocol::{
    Command, DatasetKind, Event, KeptError, Problem, ProtocolError, RunCommand, RunConfig, RunEvent, RunId, RunState,
    Split, StepRecord,
};
use crate::range_test::RunningTest;
use crate::reading::Reading;
use crate::requests::ImageRequest;
use crate::run::{Run, check_learning_rate};
use crate::shipped::Shipped;
use crate::sources::{Presence, Sources, Supply};
use crate::stall::Watch;
use crate::step_questions::StepQuestions;
use std::collections::{BTreeMap, VecDeque};
use std::mem;

/// Steps that may wait for [`Session::drain`] before their list has to grow.
const MANY_STEPS: usize = 256;
/// Runs that are kept beside the open one; the oldest is forgotten first.
const MOST_KEPT: usize = 4;

/// The phase that a run is in the middle of.
pub(crate) enum Phase {
    /// Between two training steps.
    Steps,
    /// Measuring the validation images after a step.
    Validating(Evaluation),
    /// Measuring the test images at the end.
    Testing { evaluation: Evaluation, stopped: bool },
    /// Measured and over.
    Over { stopped: bool },
    /// Weights are no longer finite.
    Diverged,
}

impl Phase {
    /// The measuring of a run's validation images, the last of `n_offered`.
    pub(crate) fn validating(run: &Run, n_offered: usize) -> Self {
        let held_out = n_offered - (run.config.n_validation as usize).min(n_offered)..n_offered;
        Self::Validating(Evaluation::new(Split::Validation, held_out, &run.schema))
    }
}

/// The extent to which a run goes on by itself.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Going {
    No,
    /// One step, and the validation after it if it is time for one.
    OneStep,
    /// The validation that is left of a step.
    UntilMeasured,
    On,
}

/// The run that is open, and its work at hand.
pub(crate) struct Open {
    pub(crate) run: Run,
    /// The source of its images, which is not always the dataset that it asks for.
    pub(crate) supply: Supply,
    /// The batch that is being worked on, if any is.
    pub(crate) job: Job,
    /// True if that batch is not one of the run's own: it is of `readings`, or of places around the weights.
    pub(crate) is_reading: bool,
    /// The images that the page wants read, first come, first served.
    pub(crate) readings: VecDeque<Reading>,
    pub(crate) step_questions: StepQuestions,
    pub(crate) phase: Phase,
    pub(crate) going: Going,
    /// True if images are missing.
    pub(crate) waiting: bool,
    /// The watch over whether it learns.
    pub(crate) watch: Watch,
}

impl Open {
    fn new(run: Run, supply: Supply) -> Self {
        Self {
            supply,
            job: Job::new(run.shards().clone(), run.n_values(), run.n_classes()),
            is_reading: false,
            readings: VecDeque::new(),
            step_questions: StepQuestions::default(),
            phase: Phase::Steps,
            going: Going::No,
            waiting: false,
            watch: Watch::default(),
            run,
        }
    }

    /// True if nothing was trained and nothing is being.
    pub(crate) fn is_fresh(&self) -> bool {
        self.run.iteration == 0 && self.going == Going::No && matches!(self.phase, Phase::Steps)
    }

    /// True if there is anything to do, once its images are there.
    pub(crate) fn is_busy(&self) -> bool {
        self.going != Going::No || !self.readings.is_empty()
    }
}

/// The number of images trained since a moment.
pub(crate) struct Pace {
    pub(crate) since_millis: f64,
    /// The time of the last step.
    pub(crate) last_millis: f64,
    pub(crate) n_images: u32,
}

/// A training session: datasets, at most one run, and the events that nobody has read yet.
pub struct Session {
    pub(crate) sources: Sources,
    /// The run that was opened last.
    pub(crate) run: RunId,
    /// Its steps that have been emitted.
    step: u32,
    /// Runs that were trained and are not open.
    pub(crate) kept: BTreeMap<RunId, KeptRun>,
    /// What the host keeps of them.
    pub(crate) storage: Storage,
    /// What has happened in the open run.
    pub(crate) history: History,
    /// A run whose dataset's sizes are not known yet.
    to_open: Option<RunConfig>,
    /// What this run goes on from, if it is not to be a fresh one.
    to_resume: Option<KeptRun>,
    pub(crate) train_when_open: bool,
    pub(crate) open: Option<Open>,
    pub(crate) pool: WorkerPool,
    pub(crate) gpu: GpuHost,
    pub(crate) image_requests: Vec<ImageRequest>,
    pub(crate) keeper: Keeper,
    pub(crate) shipped: Shipped,
    /// The plane of losses that the page looks at, of the open run.
    pub(crate) loss_plane: Option<LossPlane>,
    /// The range test of the learning rate that is going on.
    pub(crate) range_test: Option<RunningTest>,
    state: RunState,
    /// The steps that can be undone, as they were emitted last.
    n_undoable: u32,
    pub(crate) pace: Option<Pace>,
    pub(crate) steps: Vec<StepRecord>,
    events: Vec<Event>,
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Session {
    /// Creates a session without a run.
    pub fn new() -> Self {
        Self {
            sources: Sources::new(),
            run: RunId::default(),
            step: 0,
            kept: BTreeMap::new(),
            storage: Storage::default(),
            history: History::default(),
            to_open: None,
            to_resume: None,
            train_when_open: false,
            open: None,
            pool: WorkerPool::new(),
            gpu: GpuHost::new(),
            image_requests: Vec::new(),
            keeper: Keeper::default(),
            shipped: Shipped::new(),
            loss_plane: None,
            range_test: None,
            state: RunState::Idle,
            n_undoable: 0,
            pace: None,
            steps: Vec::with_capacity(MANY_STEPS),
            events: Vec::new(),
        }
    }

    /// Returns the events since the last call, oldest first.
    pub fn drain(&mut self) -> Vec<Event> {
        self.flush_steps();
        mem::take(&mut self.events)
    }

    /// Returns a dataset that has to be fetched, once.
    pub fn take_wanted(&mut self) -> Option<DatasetKind> {
        self.sources.take_wanted()
    }

    /// Carries out a command of the page.
    pub fn handle(&mut self, command: Command) {
        match command {
            Command::Open(run, config) => {
                self.set_aside();
                self.open(run, config);
            }
            Command::Run(run, command) => self.handle_run(run, command),
            Command::SetWorkers(n_workers) => {
                self.pool.ask(n_workers as usize);
                self.lose_ended();
            }
            Command::SetEngine(choice) => self.gpu.choose(choice),
            Command::FetchAgain(dataset) => self.sources.ask(dataset),
            Command::ReadFiles(reading) => self.read_files(reading),
            Command::Ask(request, query) => self.answer(request, query),
            Command::Keep(run, key) => self.keep_as(run, key),
            Command::KeepNow => self.keeper.is_asked = true,
            Command::GoOn(run, key, _) => self.want(run, key),
            Command::Ping => self.emit(Event::Alive),
        }
        self.answer_step_questions();
        self.emit_state();
    }

    /// Carries out a command about a run. One that is kept is gone on with first.
    fn handle_run(&mut self, run: RunId, command: RunCommand) {
        if run != self.run {
            let Some(kept) = self.kept.remove(&run) else { return };
            self.go_on_with(kept);
        }
        match command {
            RunCommand::Train => self.go(Going::On),
            RunCommand::Step => self.go(Going::OneStep),
            RunCommand::Pause => self.pause(),
            RunCommand::Back => self.back(),
            RunCommand::Reset => self.reset(),
            RunCommand::Stop => self.stop(),
            RunCommand::RestoreLastGood => self.restore(),
            RunCommand::SetLearningRate(rate) => self.set_learning_rate(rate),
            RunCommand::TrainMore(n_epochs) => self.train_more(n_epochs),
        }
    }

    fn go_on_with(&mut self, kept: KeptRun) {
        self.set_aside();
        self.open_from(kept.run, kept.config.clone(), Some(kept));
    }

    /// Keeps the open run, if anything was trained, before another takes its place.
    pub(crate) fn set_aside(&mut self) {
        if let Some(run) = self.close().filter(|run| run.iteration > 0 && run.is_finite()) {
            self.history.add_steps(&mem::take(&mut self.steps));
            self.kept.insert(self.run, KeptRun::of(self.run, &run, &self.history));
            self.storage.leaves(self.run, self.keeper.is_news(&run));
            while self.kept.len() > MOST_KEPT {
                self.kept.pop_first();
            }
        }
    }

    /// Goes on with a run from the bytes of a checkpoint, paused.
    pub fn resume(&mut self, bytes: &[u8]) {
        match KeptRun::read(bytes) {
            Ok(kept) => self.go_on_with(kept),
            Err(_) => {
                self.emit(Event::Problem(Problem::Protocol(ProtocolError::Checkpoint)));
            }
        }
        self.emit_state();
    }

    pub(crate) fn open(&mut self, run: RunId, config: RunConfig) {
        self.open_from(run, config, None);
    }

    /// Lets a run of this name take the place of what was before it.
    pub(crate) fn make_way_for(&mut self, run: RunId) {
        self.close();
        (self.run, self.step) = (run, 0);
        (self.to_open, self.to_resume) = (None, None);
        self.storage.forget_wanted();
        self.keeper = Keeper::default();
        self.history = History::default();
        self.pace = None;
        self.train_when_open = false;
        self.steps.clear();
    }

    pub(crate) fn open_from(&mut self, run: RunId, config: RunConfig, kept: Option<KeptRun>) {
        self.make_way_for(run);
        self.kept.remove(&run);
        self.to_resume = kept;
        self.sources.ask(config.dataset);
        self.to_open = Some(config);
        self.open_if_planned();
    }

    /// Closes the run, and refuses what it has not answered.
    pub(crate) fn close(&mut self) -> Option<Run> {
        self.close_loss_plane();
        self.range_test = None;
        let open = self.open.take()?;
        let refusals = open.readings.into_iter().map(Reading::into_refusal);
        refusals.chain(open.step_questions.into_refusals()).for_each(|refusal| self.emit(refusal));
        Some(open.run)
    }

    pub(crate) fn open_if_planned(&mut self) {
        let Some(config) = self.to_open.take() else { return };
        let supply = match self.sources.supply(config.dataset) {
            Presence::Here(supply) => supply,
            Presence::OnTheWay => {
                self.to_open = Some(config);
                return;
            }
            Presence::Never(error) => {
                self.emit(Event::Problem(Problem::Data { dataset: config.dataset, error }));
                return;
            }
        };
        let Some(dataset) = self.sources.begin(supply) else { return };
        match Run::open(config, dataset) {
            Ok(mut run) => {
                let sizes = [dataset.n_training(), dataset.n_test()];
                let resumed = self.to_resume.take().map(|kept| (kept.put(&mut run, sizes), kept.history));
                let is_lost = resumed.as_ref().is_some_and(|(phase, _)| phase.is_none());
                let (phase, history) = resumed.unwrap_or_default();
                self.pool.open(run.shards());
                self.gpu.open();
                let (steps_per_epoch, n_steps, n_params) = (run.steps_per_epoch, run.n_steps, run.n_params() as u32);
                self.step = run.iteration;
                let opened = match phase {
                    Some(_) => RunEvent::Resumed { steps_per_epoch, n_steps },
                    None => RunEvent::Opened { steps_per_epoch, n_steps, n_params },
                };
                self.open = Some(Open { phase: phase.unwrap_or(Phase::Steps), ..Open::new(run, supply) });
                self.emit_data(supply);
                if is_lost {
                    self.lose_kept(KeptError::OtherImages);
                }
                let is_resumed = matches!(opened, RunEvent::Resumed { .. });
                self.emit_run(opened);
                if is_resumed {
                    self.emit_run(RunEvent::History(Box::new(history.clone())));
                    self.history = history;
                }
                if mem::take(&mut self.train_when_open) {
                    self.go(Going::On);
                }
            }
            Err(error) => self.emit_run(RunEvent::Refused(error)),
        }
        self.emit_state();
    }

    fn go(&mut self, going: Going) {
        self.pace = None;
        self.pool.interrupt();
        self.gpu.interrupt();
        let Some(open) = &mut self.open else {
            self.train_when_open = self.to_open.is_some() && going == Going::On;
            return;
        };
        if !matches!(open.phase, Phase::Over { .. } | Phase::Diverged) {
            open.going = going;
            open.waiting = false;
            open.run.make_room();
            self.sources.ask(open.run.config.dataset);
            self.gpu.activate();
            if going == Going::On {
                self.pool.activate();
            }
        }
    }

    fn pause(&mut self) {
        self.train_when_open = false;
        if let Some(open) = &mut self.open {
            open.going = Going::No;
            open.job.abandon();
        }
        self.gpu.request_sync();
        self.pace = None;
    }

    fn reset(&mut self) {
        if let Some(run) = self.close() {
            self.open(self.run, run.config);
            self.rewind_to(0);
        }
    }

    fn stop(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        if matches!(open.phase, Phase::Steps | Phase::Validating(_)) {
            open.job.abandon();
            self.begin_test(&mut open, true);
        }
        self.open = Some(open);
    }

    fn restore(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        if matches!(open.phase, Phase::Diverged) {
            open.run.restore();
            // What the GPU found to be no numbers was none.
            self.gpu.forget();
            open.phase = Phase::Steps;
            self.rewind_to(open.run.iteration);
        }
        self.open = Some(open);
    }

    /// Goes on with a run that is over.
    fn train_more(&mut self, n_epochs: u32) {
        let Some(open) = self.open.as_mut().filter(|open| matches!(open.phase, Phase::Over { .. })) else { return };
        match open.run.extend(n_epochs) {
            Ok(n_steps) => {
                open.phase = Phase::Steps;
                open.watch = Watch::default();
                self.emit_run(RunEvent::Extended { n_steps });
                self.go(Going::On);
            }
            Err(error) => self.emit_run(RunEvent::Refused(error)),
        }
    }

    fn set_learning_rate(&mut self, rate: f32) {
        match (check_learning_rate(rate), &mut self.open) {
            (Err(error), _) => self.emit_run(RunEvent::Refused(error)),
            (Ok(()), Some(open)) => open.run.config.learning_rate = rate,
            (Ok(()), None) => {}
        }
    }
}
