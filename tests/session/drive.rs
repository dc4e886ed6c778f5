//! A small session to drive, and questions about what it said.

use receptive_data::{
    OwnFiles, digits,
    idx::{self, IdxError, Kind},
};
use receptive_nn::{Layer, Optimiser, Preset, Schedule, Spec};
use receptive_train::{
    Session,
    protocol::{Command, DatasetKind, Event, FilesStatus, Problem, RunConfig, RunState, StepRecord, Weights},
};

/// Images in the files that [`files`] makes: 120 to learn from, 24 for the test.
pub(crate) const N_FILES: usize = 144;
pub(crate) const N_LEARN: u32 = 120;

/// No run of these tests needs as many.
const MOST_TICKS: usize = 20_000;

/// The smallest network that learns: quick to train in a test.
pub(crate) fn quick_spec() -> Spec {
    Spec { input: [1, 28, 28], layers: vec![Layer::Flatten, Layer::Linear { units: 10 }] }
}

/// Two epochs of six steps on the learner's own files, 24 images held out.
pub(crate) fn quick_config() -> RunConfig {
    RunConfig {
        dataset: DatasetKind::Own,
        spec: quick_spec(),
        optimiser: Optimiser::from_key("adam").expect("a rule"),
        learning_rate: 0.01,
        schedule: Schedule::Constant,
        batch: 16,
        epochs: 2,
        seed: 7,
        n_training: None,
        n_validation: 24,
    }
}

/// The small preset on the same files.
pub(crate) fn small_config() -> RunConfig {
    RunConfig { spec: Preset::Small.spec(), ..quick_config() }
}

/// An image file and a label file of `n` built-in digits.
pub(crate) fn files(n: usize) -> (Vec<u8>, Vec<u8>) {
    idx::write_pair(&digits::generate(3, 0, n))
}

/// A pair of files as the worker reads them.
pub(crate) fn read((images, labels): &(Vec<u8>, Vec<u8>)) -> Result<OwnFiles, IdxError> {
    OwnFiles::new(idx::read(Kind::Images, images)?, idx::read(Kind::Labels, labels)?)
}

/// Chooses files as the page and the worker do it.
pub(crate) fn choose(session: &mut Session, files: &(Vec<u8>, Vec<u8>)) {
    match read(files) {
        Ok(files) => {
            let reading = files.likely(&[]);
            session.open_files(files, reading);
        }
        Err(error) => session.files_refused(error.to_string()),
    }
}

/// What became of the files that were chosen last.
pub(crate) fn files_status(events: &[Event]) -> Option<FilesStatus> {
    events.iter().rev().find_map(|event| if let Event::Files(status) = event { Some(status.clone()) } else { None })
}

/// A session whose own files are open, with nothing left to read.
pub(crate) fn session() -> Session {
    let mut session = Session::new();
    choose(&mut session, &files(N_FILES));
    let events = session.drain();
    assert!(matches!(files_status(&events), Some(FilesStatus::Open(_))), "{events:?}");
    session
}

/// A session with this run open.
pub(crate) fn opened(config: RunConfig) -> Session {
    let mut session = session();
    session.handle(Command::Open(config));
    let events = session.drain();
    assert!(events.iter().any(|event| matches!(event, Event::Opened { .. })), "{events:?}");
    session
}

/// Ticks until there is nothing more to do.
pub(crate) fn run(session: &mut Session) -> Vec<Event> {
    let mut events = Vec::new();
    for i in 0..MOST_TICKS {
        let more = session.tick(i as f64 * 7.0);
        events.extend(session.drain());
        if !more {
            return events;
        }
    }
    panic!("still busy after {MOST_TICKS} ticks");
}

/// Handles a command, then ticks until there is nothing more to do.
pub(crate) fn run_after(session: &mut Session, command: Command) -> Vec<Event> {
    session.handle(command);
    let mut events = session.drain();
    events.extend(run(session));
    events
}

/// Every step among the events.
pub(crate) fn steps(events: &[Event]) -> Vec<StepRecord> {
    events
        .iter()
        .filter_map(|event| if let Event::Steps(steps) = event { Some(steps.clone()) } else { None })
        .flatten()
        .collect()
}

/// Every change of state among the events.
pub(crate) fn states(events: &[Event]) -> Vec<RunState> {
    events.iter().filter_map(|event| if let Event::State(state) = event { Some(*state) } else { None }).collect()
}

/// Every problem among the events.
pub(crate) fn problems(events: &[Event]) -> Vec<Problem> {
    events
        .iter()
        .filter_map(|event| if let Event::Problem(problem) = event { Some(problem.clone()) } else { None })
        .collect()
}

/// The bits of every loss, so that equal means equal.
pub(crate) fn losses(events: &[Event]) -> Vec<u32> {
    steps(events).iter().map(|step| step.loss.to_bits()).collect()
}

/// Class probabilities of one image, as bits.
pub(crate) fn fingerprint(session: &mut Session) -> Vec<u32> {
    let pixels = (0..784).map(|i| (i % 29) as f32 / 29.0).collect();
    session.handle(Command::Predict { request: 1, weights: Weights::Run, pixels });
    match session.drain().pop() {
        Some(Event::Prediction { probabilities, .. }) => probabilities.iter().map(|p| p.to_bits()).collect(),
        other => panic!("no prediction but {other:?}"),
    }
}
