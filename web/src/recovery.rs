//! The recovery of a run: the messages with which a fresh training worker goes on where the last one ended. No browser
//! here.

use receptive_train::protocol::{Command, Event, Problem, RunConfig, RunState};

/// The cause of a worker's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It did not get the memory that it asked for.
    Memory,
    /// Something in it broke.
    Broke,
    /// It did not answer any more.
    Silent,
}

impl Cause {
    /// The cause that the browser's words for an error name. WebAssembly that is refused memory stops as `unreachable`;
    /// what else breaks says why before.
    pub fn of(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let is_memory = ["memory", "alloc", "rangeerror", "unreachable"].iter().any(|word| text.contains(word));
        if is_memory { Self::Memory } else { Self::Broke }
    }
}

/// The state that a fresh worker goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The weights after this number of steps.
    Weights(u32),
    /// The settings: the run begins again.
    Settings,
    /// Nothing is opened: the last one ended over these settings.
    Nothing,
    /// No other worker is started.
    GivenUp,
}

/// A worker's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Death {
    /// The cause.
    pub cause: Cause,
    /// The state that the next one goes on from.
    pub kept: Kept,
}

/// A record of what was sent to the worker and has not been in vain.
#[derive(Debug, Default)]
pub struct Recovery {
    workers: Option<Command>,
    engine: Option<Command>,
    /// The way in which the learner's own files are read.
    reading: Option<Command>,
    config: Option<RunConfig>,
    is_opened: bool,
    state: RunState,
    /// Steps behind the checkpoint of this run, if there is one.
    kept: Option<u32>,
    /// Requests that wait for an answer, by their numbers.
    asked: Vec<(u32, Command)>,
}

impl Recovery {
    /// Notes what is sent to the worker.
    pub fn sent(&mut self, command: &Command) {
        match command {
            Command::SetWorkers(_) => self.workers = Some(command.clone()),
            Command::SetEngine(_) => self.engine = Some(command.clone()),
            Command::ReadFiles(_) => self.reading = Some(command.clone()),
            Command::Open(config) => {
                self.config = Some(config.clone());
                (self.is_opened, self.kept) = (false, None);
            }
            Command::Reset => (self.is_opened, self.kept) = (false, None),
            Command::SetLearningRate(rate) => {
                self.config.iter_mut().for_each(|config| config.learning_rate = *rate);
            }
            Command::TrainMore(n_epochs) => {
                self.config.iter_mut().for_each(|config| config.epochs = config.epochs.saturating_add(*n_epochs));
            }
            Command::Predict { request, .. }
            | Command::ReadImage { request, .. }
            | Command::Inspect { request, .. }
            | Command::ReadTest { request, .. } => {
                self.answered(*request);
                self.asked.push((*request, command.clone()));
            }
            Command::Train
            | Command::Pause
            | Command::Step
            | Command::Stop
            | Command::RestoreLastGood
            | Command::FetchAgain(_)
            | Command::Ping => {}
        }
    }

    /// Notes an event of the worker.
    pub fn received(&mut self, event: &Event) {
        match event {
            Event::Opened { .. } | Event::Resumed { .. } | Event::Problem(Problem::Config(_)) => self.is_opened = true,
            Event::State(state) => self.state = *state,
            Event::Prediction { request, .. }
            | Event::Image { request, .. }
            | Event::Inspected { request, .. }
            | Event::TestImages { request, .. }
            | Event::Problem(Problem::Request { request, .. }) => self.answered(*request),
            _ => {}
        }
    }

    /// Notes that a request waits no longer.
    fn answered(&mut self, request: u32) {
        self.asked.retain(|(asked, _)| *asked != request);
    }

    /// Notes that there is a checkpoint. Returns whether it is of this run.
    pub fn kept(&mut self, iteration: u32) -> bool {
        if self.is_opened {
            self.kept = Some(iteration);
        }
        self.is_opened
    }

    /// Notes that other files were chosen.
    pub fn chose_files(&mut self) {
        self.reading = None;
    }

    /// The way in which the files were read last, if not as they came.
    pub fn reading(&self) -> Option<Command> {
        self.reading.clone()
    }

    /// The commands that any worker gets first.
    pub fn settings(&self) -> impl Iterator<Item = Command> {
        [&self.workers, &self.engine].into_iter().flatten().cloned()
    }

    /// True if the run is to get on by itself.
    pub fn is_training(&self) -> bool {
        matches!(self.state, RunState::Training | RunState::Testing)
    }

    /// The run that the worker was sent last.
    pub fn config(&self) -> Option<&RunConfig> {
        self.config.as_ref()
    }

    /// Notes that the worker is dead. Returns the state that the next one goes on from, and the commands that it gets after
    /// its checkpoint, if it is given one.
    pub fn after_death(&mut self, is_last: bool) -> (Kept, Vec<Command>) {
        let kept = match (is_last, self.kept, self.is_opened) {
            (true, ..) => Kept::GivenUp,
            (_, Some(iteration), _) => Kept::Weights(iteration),
            (_, None, true) => Kept::Settings,
            (_, None, false) => Kept::Nothing,
        };
        self.state = RunState::Idle;
        let mut then = Vec::new();
        match (kept, &self.config) {
            (Kept::Weights(_), Some(config)) => then.push(Command::SetLearningRate(config.learning_rate)),
            (Kept::Settings, Some(config)) => {
                // Ending over the same settings again, it does not get them a third time.
                self.is_opened = false;
                then.push(Command::Open(config.clone()));
            }
            _ => self.config = None,
        }
        // Whatever was asked is asked once more, and not again: it may be what the worker ended over.
        then.extend(std::mem::take(&mut self.asked).into_iter().map(|(_, command)| command));
        (kept, then)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::LabState;
    use receptive_train::protocol::{DatasetKind, EngineChoice, Split};

    fn config() -> RunConfig {
        LabState::default().config(7)
    }

    fn opened() -> Event {
        Event::Opened { steps_per_epoch: 10, n_steps: 10, n_params: 1 }
    }

    fn restarted(recovery: &mut Recovery) -> (Kept, Vec<Command>) {
        let (kept, then) = recovery.after_death(false);
        (kept, recovery.settings().chain(then).collect())
    }

    #[test]
    fn without_a_checkpoint_the_same_run_is_opened_anew() {
        let mut recovery = Recovery::default();
        for command in [
            Command::SetEngine(EngineChoice::Cpu),
            Command::SetWorkers(2),
            Command::Open(config()),
            Command::SetWorkers(3),
            Command::Train,
            Command::SetLearningRate(0.5),
        ] {
            recovery.sent(&command);
        }
        recovery.received(&opened());
        let (kept, commands) = restarted(&mut recovery);
        let open = Command::Open(RunConfig { learning_rate: 0.5, ..config() });
        assert_eq!(kept, Kept::Settings);
        assert_eq!(commands, [Command::SetWorkers(3), Command::SetEngine(EngineChoice::Cpu), open]);
        // Before it is open again, it ends again.
        let (kept, commands) = restarted(&mut recovery);
        assert_eq!((kept, commands.len()), (Kept::Nothing, 2));
    }

    #[test]
    fn a_checkpoint_is_gone_on_from_and_belongs_to_one_run() {
        let mut recovery = Recovery::default();
        recovery.sent(&Command::Open(config()));
        recovery.kept(3);
        recovery.received(&opened());
        recovery.kept(40);
        recovery.sent(&Command::SetLearningRate(0.25));
        assert_eq!(restarted(&mut recovery), (Kept::Weights(40), vec![Command::SetLearningRate(0.25)]));
        assert_eq!(restarted(&mut recovery).0, Kept::Weights(40), "and again");
        recovery.sent(&Command::Reset);
        recovery.received(&opened());
        assert_eq!(restarted(&mut recovery).0, Kept::Settings);
        recovery.sent(&Command::Open(config()));
        recovery.kept(50);
        assert_eq!(restarted(&mut recovery).0, Kept::Nothing, "what still came was of the run before");
    }

    #[test]
    fn what_was_asked_and_not_answered_is_asked_once_more() {
        let image = |request| Command::ReadImage { request, dataset: DatasetKind::Mnist, split: Split::Test, index: 1 };
        let mut recovery = Recovery::default();
        (1..=3).for_each(|request| recovery.sent(&image(request)));
        recovery.received(&Event::Image {
            request: 2,
            dataset: DatasetKind::Mnist,
            shape: receptive_data::digits::SHAPE,
            pixels: vec![],
            label: 0,
        });
        recovery.received(&Event::Problem(Problem::Request { request: 3, message: String::new() }));
        assert_eq!(restarted(&mut recovery).1, [image(1)]);
        assert_eq!(restarted(&mut recovery).1, []);
    }

    #[test]
    fn the_last_death_opens_nothing() {
        let mut recovery = Recovery::default();
        recovery.sent(&Command::Open(config()));
        recovery.received(&opened());
        recovery.kept(9);
        assert_eq!(recovery.after_death(true).0, Kept::GivenUp);
        assert!(recovery.config().is_none());
    }

    #[test]
    fn memory_is_distinguished_from_what_broke() {
        for text in [
            "Uncaught RuntimeError: unreachable",
            "Uncaught RangeError: Array buffer allocation failed",
            "RuntimeError: Out of memory",
            "memory allocation of 5 bytes failed",
        ] {
            assert_eq!(Cause::of(text), Cause::Memory, "{text}");
        }
        assert_eq!(Cause::of("panicked at crates/nn/src/cpu.rs: index out of bounds"), Cause::Broke);
        assert_eq!(Cause::of("Uncaught Error: broken by a test"), Cause::Broke);
    }
}
