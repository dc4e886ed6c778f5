//! The worker's side of the protocol: what has happened.

use super::{
    Answer, DataError, DataStatus, DatasetKind, Diverged, EngineStatus, FilesStatus, KeptError, ProtocolError, Refusal,
    RequestId, RunError, RunId, RunState, Stall, StepRecord, StorageFault, TestReport, ValidationRecord, Workers,
};
use crate::history::History;
use serde::{Deserialize, Serialize};

/// Something that could not be done, in a form that the page turns into plain words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Problem {
    /// A dataset is missing or damaged.
    Data {
        /// The dataset.
        dataset: DatasetKind,
        /// The fault that was found.
        error: DataError,
    },
    /// A message could not be read: page and worker are of different builds.
    Protocol(ProtocolError),
}

/// An event that the worker sends to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker is up. Always the first event.
    Ready {
        /// [`PROTOCOL`](super::PROTOCOL) of the worker.
        protocol: u32,
        /// Build of the worker; must equal the page's.
        build: String,
    },
    /// Something happened in a run.
    Run {
        /// The run.
        run: RunId,
        /// Its steps that are done and have been emitted.
        step: u32,
        /// What happened.
        event: RunEvent,
    },
    /// More of the open run's dataset has arrived.
    Data(DataStatus),
    /// A dataset that could not be had, or a part of it, comes after all.
    Recovered(DatasetKind),
    /// The status of the learner's own files.
    Files(FilesStatus),
    /// The number of workers, whenever that changes.
    Workers(Workers),
    /// The engine that trains and the reason for it, whenever that changes.
    Engine(EngineStatus),
    /// The answer to the question of this id.
    Answered(RequestId, Result<Answer, Refusal>),
    /// Something went wrong.
    Problem(Problem),
    /// Runs cannot be kept in the host's storage; or, without a fault, they can again.
    Storage(Option<StorageFault>),
    /// Answer to [`Command::Ping`](super::Command::Ping).
    Alive,
}

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RunEvent {
    /// It is open, its weights fresh.
    Opened {
        /// Steps of one epoch.
        steps_per_epoch: u32,
        /// Steps of the whole run.
        n_steps: u32,
        /// Parameters of the network.
        n_params: u32,
    },
    /// It goes on from a checkpoint, paused; what came later is forgotten.
    Resumed {
        /// Steps of one epoch.
        steps_per_epoch: u32,
        /// Steps of the whole run.
        n_steps: u32,
    },
    /// What had happened in it until then. Follows [`RunEvent::Resumed`].
    History(Box<History>),
    /// It cannot go on from what was kept of it.
    Lost(KeptError),
    /// It cannot be opened so, or not be changed so.
    Refused(RunError),
    /// It stands elsewhere now.
    State(RunState),
    /// It went back to the weights that it had after the event's steps; what came later is forgotten.
    Rewound,
    /// The number of its last steps that [`RunCommand::Back`](super::RunCommand::Back) can undo, whenever that changes.
    Undoable(u32),
    /// Steps done since the last event, oldest first.
    Steps(Vec<StepRecord>),
    /// Speed of the last second or so of training.
    Pace {
        /// Training images per second.
        images_per_second: f32,
        /// Time left until the last step at that speed.
        seconds_left: f32,
    },
    /// The validation images were measured.
    Validation(ValidationRecord),
    /// It is over and measured.
    Tested(TestReport),
    /// The loss or a weight was no longer finite.
    Diverged {
        /// The step at which it happened.
        iteration: u32,
        /// The loss or weight that was found.
        found: Diverged,
        /// The name of the first tensor with a value that is not finite, in the order in which the network computes; nothing
        /// where all were finite still.
        place: Option<String>,
        /// The step whose weights were kept.
        last_good_iteration: u32,
    },
    /// It has more steps now.
    Extended {
        /// Steps of the whole run.
        n_steps: u32,
    },
    /// It does not learn; or, without a value, it does so again.
    Stalled(Option<Stall>),
}
