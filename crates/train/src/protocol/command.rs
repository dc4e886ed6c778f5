//! The page's side of the protocol: what is to be done.

use super::{DatasetKind, Query, RequestId, RunConfig, RunId};
use crate::engine::EngineChoice;
use receptive_data::FileReading;
use serde::{Deserialize, Serialize};

/// A command of the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Start a new run from fresh weights, not yet training, under a name that no run had before. Answered by
    /// [`RunEvent::Opened`](super::RunEvent::Opened), or a problem.
    Open(RunId, RunConfig),
    /// Do this with a run. One that was trained before the open one goes on from its checkpoint; a command for a run that
    /// the session does not have is left undone.
    Run(RunId, RunCommand),
    /// Train with this number of workers from now on, the one that gets the command included; at most
    /// [`MOST_WORKERS`](super::MOST_WORKERS). Changes the speed of a run, and no number in it.
    SetWorkers(u32),
    /// Compute on this from now on, as far as it is there. Rounding apart it changes no number.
    SetEngine(EngineChoice),
    /// Try again to get a dataset of which something could not be had.
    FetchAgain(DatasetKind),
    /// Read the learner's own files in another way. Answered by [`Event::Files`](super::Event::Files). The files
    /// themselves are no part of a message: the page hands them to the worker as they lie on the disk.
    ReadFiles(FileReading),
    /// Answer a question, by [`Event::Answered`](super::Event::Answered) with the same id.
    Ask(RequestId, Query),
    /// Keep this run under this name in the storage of the host, whenever a checkpoint is taken; without a name, no longer.
    /// Where that cannot be done, [`Event::Storage`](super::Event::Storage) says so.
    Keep(RunId, Option<String>),
    /// Take a checkpoint as soon as can be: the page may be gone soon.
    KeepNow,
    /// Go on, paused, with the run that the host keeps under this name, by another name for it here; these are its settings.
    /// Answered by [`RunEvent::Resumed`](super::RunEvent::Resumed) or [`RunEvent::Lost`](super::RunEvent::Lost).
    GoOn(RunId, String, RunConfig),
    /// Answered by [`Event::Alive`](super::Event::Alive) at once, between two steps.
    Ping,
}

/// A command about one run.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum RunCommand {
    /// Train until the end, a pause or a problem.
    Train,
    /// Stop between two steps; [`RunCommand::Train`] goes on.
    Pause,
    /// Train one batch, then pause.
    Step,
    /// Undo the last step of a run that is paused, if it is kept: weights and the optimiser's memory are as before it.
    /// Answered by [`RunEvent::Rewound`](super::RunEvent::Rewound).
    Back,
    /// Back to the initial weights of the same run.
    Reset,
    /// End the run here and measure it on the test images.
    Stop,
    /// After a divergence: back to the last weights that were finite, paused.
    RestoreLastGood,
    /// Go on with another step size. The weights stay.
    SetLearningRate(f32),
    /// Go on with a run that is finished for this number of epochs more, or with one that was stopped early, which has
    /// epochs left. The learning rate is from now on that of a run with as many epochs in all. Answered by
    /// [`RunEvent::Extended`](super::RunEvent::Extended).
    TrainMore(u32),
}
