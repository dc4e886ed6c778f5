//! The page's model of the run, folded from the worker's events. No browser here.

mod race;
mod track;

pub use race::{Race, RaceAction, RaceNeed, Racer, by_rank};
pub use receptive_train::{Mean, Summary};
pub use track::{KeepAction, MOST_COMPARED, Track};

use crate::faults;
use crate::recovery::{Cause, Death, Kept};
use receptive_lessons::say;
use receptive_nn::Spec;
use receptive_train::protocol::{
    DataStatus, DatasetKind, EngineStatus, EngineWhy, Event, FilesError, FilesReport, FilesStatus, Problem, RunConfig,
    RunEvent, RunId, RunState, Stall, StepRecord, StorageFault, TestReport, ValidationRecord, Workers,
};
use receptive_train::{History, add_step};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// A message for the learner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Names it among the others.
    pub id: u32,
    /// The event, what was kept, and what to do.
    pub text: String,
}

/// The state of the learner's own files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnFiles {
    /// Some are being read; so much of them is, in percent.
    pub coming: Option<u8>,
    /// Those that were chosen last cannot be used, and why.
    pub refused: Option<FilesError>,
    /// The report on those that are open.
    pub open: Option<Rc<FilesReport>>,
    /// The number of times that files were opened, or read in another way.
    pub n_opened: u32,
}

impl OwnFiles {
    fn after(self, status: FilesStatus) -> Self {
        match status {
            FilesStatus::Coming(percent) => Self { coming: Some(percent), refused: None, ..self },
            FilesStatus::Refused(error) => Self { coming: None, refused: Some(error), ..self },
            FilesStatus::Open(report) => {
                Self { coming: None, refused: None, open: Some(Rc::new(report)), n_opened: self.n_opened + 1 }
            }
        }
    }
}

/// The step at which training went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divergence {
    /// At which step.
    pub iteration: u32,
    /// The problem that was found.
    pub message: String,
    /// The step whose weights were kept.
    pub last_good_iteration: u32,
}

/// Everything known of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunModel {
    /// The run's name. What is said of another one is not of interest any more.
    pub id: RunId,
    /// Its network.
    pub spec: Option<Spec>,
    /// Its settings as it began.
    pub config: Option<RunConfig>,
    /// The run that was open last, which may still be the one before.
    opened: RunId,
    /// True if the worker has come up.
    pub is_ready: bool,
    /// The worker cannot be used; why, and what to do.
    pub failure: Option<String>,
    /// The state of the run.
    pub state: RunState,
    /// True if a run is open.
    pub is_open: bool,
    /// Steps of one epoch.
    pub steps_per_epoch: u32,
    /// Steps of the whole run.
    pub n_steps: u32,
    /// Steps done.
    pub iteration: u32,
    /// The last steps that can be undone.
    pub n_undoable: u32,
    /// Steps, thinned when they are many, oldest first.
    pub steps: Rc<Vec<StepRecord>>,
    /// The means of its stretches.
    pub summary: Rc<Summary>,
    /// Validations, oldest first.
    pub validations: Rc<Vec<ValidationRecord>>,
    /// Images per second and seconds left.
    pub pace: Option<(f32, f32)>,
    /// The number of workers that the run is shared out to.
    pub workers: Workers,
    /// The engine that the run is computed on, and the reason.
    pub engine: EngineStatus,
    /// The measured end.
    pub report: Option<Rc<TestReport>>,
    /// The reason that the run cannot open.
    pub config_problem: Option<String>,
    /// The number of runs that could not go on from what is kept of them.
    pub n_lost: u32,
    /// The reason that runs are not kept in the browser's storage.
    pub storage: Option<StorageFault>,
    /// The reason that training stopped by itself.
    pub divergence: Option<Divergence>,
    /// That the run does not learn.
    pub stall: Option<Stall>,
    /// The dataset of the run.
    pub data: Option<DataStatus>,
    /// A dataset of which something cannot be had for now, and why.
    pub data_problem: Option<(DatasetKind, String)>,
    /// The learner's own files.
    pub files: OwnFiles,
    /// The notices for the learner, oldest first.
    pub notices: Vec<Notice>,
    next_notice: u32,
    /// The runs that are kept for comparison, in the order in which they were.
    pub kept: Vec<Track>,
    /// The race that is on, or was the last.
    pub race: Option<Race>,
}

/// A change of the model.
#[derive(Clone, Debug)]
pub enum RunAction {
    /// Another run is opened.
    Opening(RunId, RunConfig),
    /// One that is kept in the browser's storage goes on, by this name and with these settings.
    GoingOn(RunId, RunConfig),
    /// The worker said something.
    Events(Vec<Event>),
    /// The worker cannot be used.
    Failed(String),
    /// The worker ended.
    Died(Death),
    /// A notice that is not the worker's.
    Notify(String),
    /// The learner has read a notice.
    Dismiss(u32),
    /// What is compared changes.
    Keep(KeepAction),
    /// A race begins or ends.
    Race(RaceAction),
}

impl RunModel {
    /// The model after an action.
    #[must_use]
    pub fn after(mut self, action: RunAction, build: &str) -> Self {
        match action {
            RunAction::Opening(id, config) => {
                self.settle_kept();
                self.race_opens(id, &config);
                (self.id, self.spec, self.config) = (id, Some(config.spec.clone()), Some(config));
            }
            RunAction::GoingOn(id, config) => {
                self.settle_kept();
                (self.id, self.spec, self.config) = (id, Some(config.spec.clone()), Some(config));
                // It has begun: no other is opened for the settings that come with it.
                (self.is_open, self.state, self.config_problem) = (false, RunState::Paused, None);
            }
            RunAction::Events(events) => events.into_iter().for_each(|event| self.fold(event, build)),
            RunAction::Failed(message) => self.failure = Some(message),
            RunAction::Died(death) => self.bury(death),
            RunAction::Notify(text) => self.notify(text),
            RunAction::Dismiss(id) => self.notices.retain(|notice| notice.id != id),
            RunAction::Keep(action) => self.keep(action),
            RunAction::Race(action) => self.race_on(action),
        }
        self.follow_race();
        self
    }

    /// True if the run is open, and not only the one before.
    pub fn has_opened(&self) -> bool {
        self.is_open && self.opened == self.id
    }

    /// Epochs that are complete.
    pub fn epochs_done(&self) -> u32 {
        self.iteration.checked_div(self.steps_per_epoch).unwrap_or(0)
    }

    /// True if the run goes on by itself now.
    pub fn is_busy(&self) -> bool {
        matches!(self.state, RunState::Training | RunState::WaitingForData | RunState::Testing)
    }

    fn notify(&mut self, text: String) {
        if self.notices.iter().any(|notice| notice.text == text) {
            return;
        }
        self.notices.push(Notice { id: self.next_notice, text });
        self.next_notice += 1;
    }

    fn fold(&mut self, event: Event, build: &str) {
        match event {
            Event::Ready { protocol, build: theirs } => {
                self.is_ready = true;
                self.failure = None;
                if protocol != receptive_train::protocol::PROTOCOL || theirs != build {
                    self.failure = Some(say!("errors.protocol.version"));
                }
            }
            Event::Data(status) => self.data = Some(status),
            Event::Recovered(dataset) => self.forget_problem(dataset),
            Event::Files(status) => {
                if matches!(status, FilesStatus::Open(_)) {
                    self.forget_problem(DatasetKind::Own);
                }
                self.files = std::mem::take(&mut self.files).after(status);
            }
            Event::Run { run, step, event } if run == self.id => self.fold_run(step, event),
            Event::Run { .. } => {}
            Event::Workers(workers) => self.workers = workers,
            Event::Engine(status) => {
                if let EngineWhy::Failed { fault, iteration } = &status.why {
                    self.notify(say!("errors.gpu.failed", why = faults::gpu_fault(fault), n = iteration));
                }
                if let EngineWhy::Wrong { what, .. } = &status.why {
                    self.notify(say!("errors.gpu.wrong", what = faults::gpu_difference(what)));
                }
                self.engine = status;
            }
            Event::Problem(Problem::Data { dataset, error }) => {
                self.data_problem = Some((dataset, faults::data_error(&error)));
            }
            Event::Storage(fault) => self.storage = fault,
            Event::Problem(Problem::Protocol(error)) => self.failure = Some(faults::protocol_error(error)),
            // Whoever asked has it; a sign of life is the bridge's.
            Event::Answered(..) | Event::Alive => {}
        }
    }

    /// Takes in what happened in the run, which has so many steps done.
    fn fold_run(&mut self, step: u32, event: RunEvent) {
        match event {
            RunEvent::Opened { steps_per_epoch, n_steps, .. } => {
                *self = Self {
                    is_open: true,
                    opened: self.id,
                    steps_per_epoch,
                    n_steps,
                    state: RunState::Idle,
                    iteration: 0,
                    steps: Rc::default(),
                    summary: Rc::default(),
                    validations: Rc::default(),
                    pace: None,
                    report: None,
                    config_problem: None,
                    divergence: None,
                    stall: None,
                    ..std::mem::take(self)
                };
            }
            RunEvent::Resumed { steps_per_epoch, n_steps } => {
                (self.is_open, self.opened) = (true, self.id);
                (self.steps_per_epoch, self.n_steps) = (steps_per_epoch, n_steps);
                self.rewind(step);
            }
            RunEvent::History(history) => {
                let History { steps, summary, validations, report, .. } = *history;
                (self.steps, self.summary) = (Rc::new(steps), Rc::new(summary));
                (self.validations, self.report) = (Rc::new(validations), report.map(Rc::new));
            }
            RunEvent::Lost(why) => {
                self.n_lost += 1;
                (self.is_open, self.state) = (false, RunState::Idle);
                self.notify(say!("lab.kept.lost", why = faults::kept_error(why)));
            }
            RunEvent::Refused(error) => self.config_problem = Some(faults::run_error(&error)),
            RunEvent::State(state) => {
                self.state = state;
                if !self.is_busy() {
                    self.pace = None;
                }
            }
            RunEvent::Rewound => {
                self.settle_kept();
                self.rewind(step);
            }
            RunEvent::Undoable(n) => self.n_undoable = n,
            RunEvent::Steps(records) => self.add_steps(&records),
            RunEvent::Pace { images_per_second, seconds_left } => self.pace = Some((images_per_second, seconds_left)),
            RunEvent::Validation(record) => Rc::make_mut(&mut self.validations).push(record),
            RunEvent::Tested(report) => self.report = Some(Rc::new(report)),
            RunEvent::Diverged { iteration, found, place, last_good_iteration } => {
                let message = faults::diverged(found, place.as_deref());
                self.divergence = Some(Divergence { iteration, message, last_good_iteration });
            }
            RunEvent::Extended { n_steps } => (self.n_steps, self.report) = (n_steps, None),
            RunEvent::Stalled(stall) => self.stall = stall,
        }
        self.iteration = step;
    }

    fn forget_problem(&mut self, dataset: DatasetKind) {
        self.data_problem = self.data_problem.take().filter(|(kind, _)| *kind != dataset);
    }

    /// The worker has ended: what is known of it holds no longer, and a notice says what is left.
    fn bury(&mut self, Death { cause, kept }: Death) {
        let why = match cause {
            Cause::Memory => say!("ui.died-memory"),
            Cause::Broke => say!("ui.died-broke"),
            Cause::Silent => say!("ui.died-silent"),
        };
        let is_over = self.report.is_some();
        let rest = match kept {
            Kept::Weights(n) if is_over => say!("ui.kept-weights-over", n = n),
            Kept::Weights(n) => say!("ui.kept-weights", n = n),
            Kept::Settings => say!("ui.kept-settings"),
            Kept::Nothing => say!("ui.kept-nothing"),
            Kept::GivenUp => say!("ui.kept-given-up"),
        };
        let text = format!("{why} {rest}");
        (self.is_ready, self.is_open, self.pace, self.stall) = (false, false, None, None);
        (self.workers, self.engine) = (Workers::default(), EngineStatus::default());
        self.state = match kept {
            Kept::Weights(_) if is_over => self.state,
            Kept::Weights(_) => RunState::Paused,
            _ => RunState::Idle,
        };
        match kept {
            Kept::Weights(_) | Kept::Settings => self.notify(text),
            Kept::Nothing => self.config_problem = Some(text),
            Kept::GivenUp => self.failure = Some(text),
        }
    }

    fn rewind(&mut self, iteration: u32) {
        if iteration < self.iteration {
            self.report = None;
        }
        (self.divergence, self.stall) = (None, None);
        Rc::make_mut(&mut self.summary).rewind(iteration);
        Rc::make_mut(&mut self.steps).retain(|step| step.iteration <= iteration);
        Rc::make_mut(&mut self.validations).retain(|record| record.iteration <= iteration);
    }

    fn add_steps(&mut self, records: &[StepRecord]) {
        let steps = Rc::make_mut(&mut self.steps);
        let summary = Rc::make_mut(&mut self.summary);
        records.iter().for_each(|record| add_step(steps, summary, record));
    }
}

#[cfg(test)]
mod tests;
