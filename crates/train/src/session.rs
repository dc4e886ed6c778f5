//! The training session: takes commands, takes single steps when it is ticked, and says what happened.
//!
//! A session never blocks and never waits: [`Session::tick`] does at most one batch's work. Whoever
//! drives it (a worker, a test) decides how often, brings the dataset's bytes, and tells the time.

use crate::evaluation::{Evaluated, Evaluation};
use crate::protocol::{Command, DatasetKind, Event, Problem, RunConfig, RunState, Split, StepRecord, ValidationRecord};
use crate::requests::ImageRequest;
use crate::run::{Run, Stepped, check_learning_rate, is_hopeful};
use crate::sources::{Presence, Sources};
use receptive_data::{DatasetPlan, Images};
use std::mem;

/// Speed is told this often, in milliseconds.
const PACE_MILLIS: f64 = 500.0;

/// What a run is in the middle of.
enum Phase {
    /// Between two training steps.
    Steps,
    /// Measuring the validation images after an epoch.
    Validating(Evaluation),
    /// Measuring the test images at the end.
    Testing { evaluation: Evaluation, stopped: bool },
    /// Measured and over.
    Over { stopped: bool },
    /// Weights are no longer finite.
    Diverged,
}

/// Whether a run goes on by itself.
#[derive(Clone, Copy, PartialEq)]
enum Going {
    No,
    /// One step, and the validation after it if it ends an epoch.
    OneStep,
    /// The validation that is left of an epoch.
    RestOfEpoch,
    On,
}

/// The run that is open, and what it is doing.
pub(crate) struct Open {
    pub(crate) run: Run,
    phase: Phase,
    going: Going,
    waiting: bool,
}

/// Images trained since a moment.
struct Pace {
    since_millis: f64,
    n_images: u32,
}

/// A training session: datasets, at most one run, and the events that nobody has read yet.
pub struct Session {
    pub(crate) sources: Sources,
    /// A run whose dataset's sizes are not known yet.
    to_open: Option<RunConfig>,
    train_when_open: bool,
    pub(crate) open: Option<Open>,
    pub(crate) image_requests: Vec<ImageRequest>,
    state: RunState,
    pace: Option<Pace>,
    steps: Vec<StepRecord>,
    events: Vec<Event>,
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Session {
    /// A session without a run.
    pub fn new() -> Self {
        Self {
            sources: Sources::new(),
            to_open: None,
            train_when_open: false,
            open: None,
            image_requests: Vec::new(),
            state: RunState::Idle,
            pace: None,
            steps: Vec::new(),
            events: Vec::new(),
        }
    }

    /// What has happened since the last call, oldest first.
    pub fn drain(&mut self) -> Vec<Event> {
        self.flush_steps();
        mem::take(&mut self.events)
    }

    /// A dataset that has to be fetched and that has not been told before.
    pub fn take_wanted(&mut self) -> Option<DatasetKind> {
        self.sources.take_wanted()
    }

    /// The sizes of MNIST's chunks, as the manifest beside the page lists them.
    pub fn plan_mnist(&mut self, plan: DatasetPlan) {
        self.sources.plan_mnist(plan);
        self.tell_data(DatasetKind::Mnist);
        self.open_if_planned();
    }

    /// One chunk of MNIST's training or test images has arrived.
    pub fn put_mnist(&mut self, split: Split, chunk: usize, images: Images) {
        match self.sources.put_mnist(split, chunk, images) {
            Ok(()) => self.tell_data(DatasetKind::Mnist),
            Err(message) => self.data_failed(DatasetKind::Mnist, message),
        }
        self.answer_image_requests();
    }

    /// A dataset cannot be had. What waited for it is told; asking again tries again.
    pub fn data_failed(&mut self, dataset: DatasetKind, message: String) {
        self.sources.fail(dataset, message.clone());
        self.tell(Event::Problem(Problem::Data { dataset, message }));
        if self.to_open.as_ref().is_some_and(|config| config.dataset == dataset) {
            self.to_open = None;
        }
        if let Some(open) = self.open.as_mut().filter(|open| open.run.config.dataset == dataset) {
            open.going = Going::No;
        }
        self.answer_image_requests();
        self.tell_state();
    }

    /// Does what the page asks.
    pub fn handle(&mut self, command: Command) {
        match command {
            Command::Open(config) => self.open(config),
            Command::Train => self.go(Going::On),
            Command::Step => self.go(Going::OneStep),
            Command::Pause => self.pause(),
            Command::Reset => self.reset(),
            Command::Stop => self.stop(),
            Command::RestoreLastGood => self.restore(),
            Command::SetLearningRate(rate) => self.set_learning_rate(rate),
            Command::OpenFiles { images, labels } => self.open_files(&images, &labels),
            Command::Predict { request, pixels } => self.predict(request, &pixels),
            Command::ReadImage { request, dataset, split, index } => {
                self.sources.ask(dataset);
                self.image_requests.push(ImageRequest { request, dataset, split, index });
                self.answer_image_requests();
            }
            Command::Inspect { request, pixels } => self.inspect(request, &pixels),
        }
        self.tell_state();
    }

    /// Does at most one batch's work. Returns whether there is more to do at once.
    pub fn tick(&mut self, now_millis: f64) -> bool {
        let Some(mut open) = self.open.take() else { return false };
        if open.going == Going::No {
            self.open = Some(open);
            return false;
        }
        let missing = self.work(&mut open, now_millis);
        let made = missing && self.provide(&mut open);
        open.waiting = missing && !made;
        let more = open.going != Going::No && !open.waiting;
        self.open = Some(open);
        self.tell_state();
        more
    }

    /// One training step or one batch of an evaluation. Returns whether images were missing.
    fn work(&mut self, open: &mut Open, now_millis: f64) -> bool {
        let Some(dataset) = self.sources.get(open.run.config.dataset) else { return true };
        match mem::replace(&mut open.phase, Phase::Steps) {
            Phase::Steps => match open.run.step(dataset) {
                Stepped::DataMissing => return true,
                Stepped::Diverged { iteration, loss } => self.diverge(open, iteration, loss),
                Stepped::Done(record) => {
                    self.steps.push(record);
                    self.keep_pace(open, now_millis);
                    self.after_step(open);
                }
            },
            Phase::Validating(mut evaluation) => match evaluation.step(&mut open.run, dataset) {
                Evaluated::Complete => {
                    let (loss, accuracy) = evaluation.loss_and_accuracy();
                    let (epoch, iteration) = (open.run.epochs_done(), open.run.iteration);
                    self.tell(Event::Validation(ValidationRecord { epoch, iteration, loss, accuracy }));
                    self.after_epoch(open);
                }
                outcome => {
                    open.phase = Phase::Validating(evaluation);
                    return matches!(outcome, Evaluated::DataMissing);
                }
            },
            Phase::Testing { mut evaluation, stopped } => match evaluation.step(&mut open.run, dataset) {
                Evaluated::Complete => {
                    self.tell(Event::Tested(evaluation.into_report()));
                    open.phase = Phase::Over { stopped };
                    open.going = Going::No;
                }
                outcome => {
                    open.phase = Phase::Testing { evaluation, stopped };
                    return matches!(outcome, Evaluated::DataMissing);
                }
            },
            phase @ (Phase::Over { .. } | Phase::Diverged) => {
                open.phase = phase;
                open.going = Going::No;
            }
        }
        false
    }

    fn after_step(&mut self, open: &mut Open) {
        if open.going == Going::OneStep {
            open.going = if open.run.is_epoch_end() { Going::RestOfEpoch } else { Going::No };
        }
        if !open.run.is_epoch_end() {
            return;
        }
        let n_offered = self.sources.get(open.run.config.dataset).map_or(0, |dataset| dataset.n_training());
        let n_validation = open.run.config.n_validation as usize;
        if n_validation == 0 {
            self.after_epoch(open);
        } else {
            open.phase = Phase::Validating(Evaluation::new(Split::Validation, n_offered - n_validation..n_offered));
        }
    }

    fn after_epoch(&mut self, open: &mut Open) {
        if open.run.iteration >= open.run.n_steps {
            self.begin_test(open, false);
        } else if open.going == Going::RestOfEpoch {
            open.going = Going::No;
        }
    }

    fn begin_test(&mut self, open: &mut Open, stopped: bool) {
        let n_test = self.sources.get(open.run.config.dataset).map_or(0, |dataset| dataset.n_test());
        open.phase = Phase::Testing { evaluation: Evaluation::new(Split::Test, 0..n_test), stopped };
        open.going = Going::On;
        self.pace = None;
    }

    fn diverge(&mut self, open: &mut Open, iteration: u32, loss: f32) {
        let message = if is_hopeful(loss) {
            "a weight is no longer a finite number".to_string()
        } else {
            format!("the loss became {loss}")
        };
        let last_good_iteration = open.run.kept_iteration();
        self.tell(Event::Problem(Problem::Diverged { iteration, message, last_good_iteration }));
        open.phase = Phase::Diverged;
        open.going = Going::No;
    }

    /// Makes built-in digits that the run is waiting for; other datasets arrive by themselves.
    fn provide(&mut self, open: &mut Open) -> bool {
        if open.run.config.dataset != DatasetKind::BuiltIn {
            return false;
        }
        let batch = open.run.batch();
        let (split, range) = match &open.phase {
            Phase::Validating(evaluation) | Phase::Testing { evaluation, .. } => {
                (evaluation.split, evaluation.next_range(batch))
            }
            _ => {
                let missing = open.run.next_batch().iter().map(|&i| i as usize);
                let (first, last) = missing.fold((usize::MAX, 0), |(first, last), i| (first.min(i), last.max(i)));
                (Split::Training, first..last + 1)
            }
        };
        self.sources.make_built_in(split, range)
    }

    fn keep_pace(&mut self, open: &Open, now_millis: f64) {
        let pace = self.pace.get_or_insert(Pace { since_millis: now_millis, n_images: 0 });
        pace.n_images += open.run.config.batch;
        let elapsed = now_millis - pace.since_millis;
        if elapsed < PACE_MILLIS {
            return;
        }
        let images_per_second = (f64::from(pace.n_images) * 1000.0 / elapsed) as f32;
        let images_left = (open.run.n_steps - open.run.iteration) as f32 * open.run.config.batch as f32;
        self.pace = Some(Pace { since_millis: now_millis, n_images: 0 });
        self.tell(Event::Pace { images_per_second, seconds_left: images_left / images_per_second });
    }

    fn open(&mut self, config: RunConfig) {
        self.open = None;
        self.pace = None;
        self.train_when_open = false;
        self.steps.clear();
        let presence = self.sources.ask(config.dataset);
        match presence {
            Presence::Never(message) => {
                self.to_open = None;
                self.tell(Event::Problem(Problem::Data { dataset: config.dataset, message }));
            }
            Presence::Here | Presence::OnTheWay => {
                self.to_open = Some(config);
                self.open_if_planned();
            }
        }
    }

    fn open_if_planned(&mut self) {
        let Some(config) = self.to_open.take() else { return };
        let kind = config.dataset;
        let Some(dataset) = self.sources.get(kind) else {
            self.to_open = Some(config);
            return;
        };
        match Run::open(config, dataset) {
            Ok(run) => {
                self.tell_data(kind);
                self.tell(Event::Opened {
                    steps_per_epoch: run.steps_per_epoch,
                    n_steps: run.n_steps,
                    n_params: run.n_params() as u32,
                });
                let going = if mem::take(&mut self.train_when_open) { Going::On } else { Going::No };
                self.open = Some(Open { run, phase: Phase::Steps, going, waiting: false });
            }
            Err(message) => self.tell(Event::Problem(Problem::Config(message))),
        }
        self.tell_state();
    }

    fn go(&mut self, going: Going) {
        self.pace = None;
        let Some(open) = &mut self.open else {
            self.train_when_open = self.to_open.is_some() && going == Going::On;
            return;
        };
        if !matches!(open.phase, Phase::Over { .. } | Phase::Diverged) {
            open.going = going;
            open.waiting = false;
            self.sources.ask(open.run.config.dataset);
        }
    }

    fn pause(&mut self) {
        self.train_when_open = false;
        if let Some(open) = &mut self.open {
            open.going = Going::No;
        }
        self.pace = None;
    }

    fn reset(&mut self) {
        if let Some(open) = self.open.take() {
            let config = open.run.config;
            self.open(config);
            self.tell(Event::Rewound { iteration: 0 });
        }
    }

    fn stop(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        if matches!(open.phase, Phase::Steps | Phase::Validating(_)) {
            self.begin_test(&mut open, true);
        }
        self.open = Some(open);
    }

    fn restore(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        if matches!(open.phase, Phase::Diverged) {
            open.run.restore();
            open.phase = Phase::Steps;
            self.tell(Event::Rewound { iteration: open.run.iteration });
        }
        self.open = Some(open);
    }

    fn set_learning_rate(&mut self, rate: f32) {
        match (check_learning_rate(rate), &mut self.open) {
            (Err(message), _) => self.tell(Event::Problem(Problem::Config(message))),
            (Ok(()), Some(open)) => open.run.config.learning_rate = rate,
            (Ok(()), None) => {}
        }
    }

    fn open_files(&mut self, images: &[u8], labels: &[u8]) {
        match self.sources.open_own(images, labels) {
            Ok(()) => {
                self.tell_data(DatasetKind::Own);
                // A run on the files before these has lost its images: it starts again on the new ones.
                if let Some(open) = self.open.take_if(|open| open.run.config.dataset == DatasetKind::Own) {
                    self.open(open.run.config);
                }
            }
            Err(message) => self.tell(Event::Problem(Problem::Data { dataset: DatasetKind::Own, message })),
        }
    }

    fn run_state(&self) -> RunState {
        let Some(open) = &self.open else {
            return if self.train_when_open { RunState::WaitingForData } else { RunState::Idle };
        };
        match (&open.phase, open.going) {
            (Phase::Diverged, _) => RunState::Diverged,
            (Phase::Over { stopped: true }, _) => RunState::Stopped,
            (Phase::Over { stopped: false }, _) => RunState::Finished,
            (Phase::Steps, Going::No) if open.run.iteration == 0 => RunState::Idle,
            (_, Going::No) => RunState::Paused,
            (_, _) if open.waiting => RunState::WaitingForData,
            (Phase::Testing { .. }, _) => RunState::Testing,
            (Phase::Steps | Phase::Validating(_), _) => RunState::Training,
        }
    }

    fn tell_state(&mut self) {
        let state = self.run_state();
        if state != self.state {
            self.state = state;
            self.tell(Event::State(state));
        }
    }

    fn tell_data(&mut self, kind: DatasetKind) {
        if let Some(status) = self.sources.status(kind) {
            self.tell(Event::Data(status));
        }
    }

    pub(crate) fn tell(&mut self, event: Event) {
        self.flush_steps();
        self.events.push(event);
    }

    fn flush_steps(&mut self) {
        if !self.steps.is_empty() {
            self.events.push(Event::Steps(mem::take(&mut self.steps)));
        }
    }
}
