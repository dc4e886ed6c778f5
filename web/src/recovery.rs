//! The recovery of a run: the messages with which a fresh training worker goes on where the last one ended. No browser
//! here.

use receptive_train::protocol::{Command, Event, RunCommand, RunConfig, RunEvent, RunId, RunState};
use serde::{Deserialize, Serialize};

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
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Recovery {
    workers: Option<Command>,
    engine: Option<Command>,
    /// The way in which the learner's own files are read.
    reading: Option<Command>,
    /// The name under which the run is kept in the browser's storage.
    keeping: Option<Command>,
    run: RunId,
    config: Option<RunConfig>,
    is_opened: bool,
    state: RunState,
    /// Steps behind the checkpoint of this run, if there is one.
    kept: Option<u32>,
}

impl Recovery {
    /// Notes what is sent to the worker.
    pub fn sent(&mut self, command: &Command) {
        match command {
            Command::SetWorkers(_) => self.workers = Some(command.clone()),
            Command::SetEngine(_) => self.engine = Some(command.clone()),
            Command::ReadFiles(_) => self.reading = Some(command.clone()),
            Command::Keep(..) => self.keeping = Some(command.clone()),
            Command::Open(run, config) | Command::GoOn(run, _, config) => {
                (self.run, self.config) = (*run, Some(config.clone()));
                (self.is_opened, self.kept) = (false, None);
            }
            Command::Run(run, command) if *run == self.run => self.sent_to_run(*command),
            Command::Run(..) | Command::FetchAgain(_) | Command::Ask(..) | Command::KeepNow | Command::Ping => {}
        }
    }

    fn sent_to_run(&mut self, command: RunCommand) {
        match command {
            RunCommand::Reset => (self.is_opened, self.kept) = (false, None),
            RunCommand::SetLearningRate(rate) => {
                self.config.iter_mut().for_each(|config| config.learning_rate = rate);
            }
            RunCommand::TrainMore(n_epochs) => {
                self.config.iter_mut().for_each(|config| config.epochs = config.epochs.saturating_add(n_epochs));
            }
            RunCommand::Train
            | RunCommand::Pause
            | RunCommand::Step
            | RunCommand::Back
            | RunCommand::Stop
            | RunCommand::RestoreLastGood => {}
        }
    }

    /// Notes an event of the worker.
    pub fn received(&mut self, event: &Event) {
        match event {
            Event::Run { run, event, .. } if *run == self.run => match event {
                RunEvent::Opened { .. } | RunEvent::Resumed { .. } | RunEvent::Refused(_) => self.is_opened = true,
                RunEvent::State(state) => self.state = *state,
                _ => {}
            },
            _ => {}
        }
    }

    /// Notes that there is a checkpoint of a run. Returns whether it is the one that was opened last.
    pub fn kept(&mut self, run: RunId, iteration: u32) -> bool {
        let is_this = run == self.run;
        if is_this {
            self.kept = Some(iteration);
        }
        is_this
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
        [&self.workers, &self.engine, &self.keeping].into_iter().flatten().cloned()
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
            (Kept::Weights(_), Some(config)) => {
                then.push(Command::Run(self.run, RunCommand::SetLearningRate(config.learning_rate)))
            }
            (Kept::Settings, Some(config)) => {
                // Ending over the same settings again, it does not get them a third time.
                self.is_opened = false;
                then.push(Command::Open(self.run, config.clone()));
            }
            _ => self.config = None,
        }
        (kept, then)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::LabState;
    use receptive_train::protocol::EngineChoice;

    fn config() -> RunConfig {
        LabState::default().config(7)
    }

    const RUN: RunId = RunId(1);

    fn opened(run: RunId) -> Event {
        Event::Run { run, step: 0, event: RunEvent::Opened { steps_per_epoch: 10, n_steps: 10, n_params: 1 } }
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
            Command::Open(RUN, config()),
            Command::SetWorkers(3),
            Command::Run(RUN, RunCommand::Train),
            Command::Run(RUN, RunCommand::SetLearningRate(0.5)),
        ] {
            recovery.sent(&command);
        }
        recovery.received(&opened(RUN));
        let (kept, commands) = restarted(&mut recovery);
        let open = Command::Open(RUN, RunConfig { learning_rate: 0.5, ..config() });
        assert_eq!(kept, Kept::Settings);
        assert_eq!(commands, [Command::SetWorkers(3), Command::SetEngine(EngineChoice::Cpu), open]);
        // Before it is open again, it ends again.
        let (kept, commands) = restarted(&mut recovery);
        assert_eq!((kept, commands.len()), (Kept::Nothing, 2));
    }

    #[test]
    fn a_checkpoint_is_gone_on_from_and_belongs_to_one_run() {
        let rate = |rate| Command::Run(RUN, RunCommand::SetLearningRate(rate));
        let mut recovery = Recovery::default();
        recovery.sent(&Command::Open(RUN, config()));
        recovery.received(&opened(RUN));
        assert!(recovery.kept(RUN, 40) && !recovery.kept(RunId(9), 50));
        recovery.sent(&rate(0.25));
        recovery.sent(&Command::Run(RunId(9), RunCommand::SetLearningRate(0.5)));
        assert_eq!(restarted(&mut recovery), (Kept::Weights(40), vec![rate(0.25)]));
        assert_eq!(restarted(&mut recovery).0, Kept::Weights(40), "and again");
        recovery.sent(&Command::Run(RUN, RunCommand::Reset));
        recovery.received(&opened(RUN));
        assert_eq!(restarted(&mut recovery).0, Kept::Settings);
        recovery.sent(&Command::Open(RunId(2), config()));
        recovery.received(&opened(RUN));
        assert!(!recovery.kept(RUN, 50), "what still came was of the run before");
        assert_eq!(restarted(&mut recovery).0, Kept::Nothing);
    }

    #[test]
    fn the_last_death_opens_nothing() {
        let mut recovery = Recovery::default();
        recovery.sent(&Command::Open(RUN, config()));
        recovery.received(&opened(RUN));
        recovery.kept(RUN, 9);
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
