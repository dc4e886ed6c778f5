//! A small session to drive, and questions about what it said.

use receptive_data::{
    OwnFiles, digits,
    idx::{self, IdxError, Kind},
};
use receptive_nn::{Head, Inspection, Layer, Optimiser, Origin, Preset, Schedule, Spec};
use receptive_train::{
    Session,
    protocol::{
        Answer, Backward, Command, DatasetKind, Event, FilesStatus, Prediction, Problem, Query, Refusal, RequestId,
        RunCommand, RunConfig, RunError, RunEvent, RunId, RunState, StepRecord, Weights,
    },
};

/// Images in the files that [`files`] makes: 120 to learn from, 24 for the test.
pub(crate) const N_FILES: usize = 144;
pub(crate) const N_LEARN: u32 = 120;

/// The run that most tests open.
pub(crate) const RUN: RunId = RunId(1);

/// A command about it.
pub(crate) fn on(command: RunCommand) -> Command {
    Command::Run(RUN, command)
}

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
        loss: Head::CrossEntropy,
        learning_rate: 0.01,
        schedule: Schedule::CONSTANT,
        batch: 16,
        epochs: 2,
        seed: 7,
        n_training: None,
        n_validation: 24,
        validate_every: None,
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
        Err(error) => session.files_refused(error.into()),
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
    session.handle(Command::Open(RUN, config));
    let events = session.drain();
    assert!(
        events.iter().any(|event| matches!(event, Event::Run { event: RunEvent::Opened { .. }, .. })),
        "{events:?}"
    );
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
        .filter_map(|event| {
            if let Event::Run { event: RunEvent::Steps(steps), .. } = event { Some(steps.clone()) } else { None }
        })
        .flatten()
        .collect()
}

/// Every change of state among the events.
pub(crate) fn states(events: &[Event]) -> Vec<RunState> {
    events
        .iter()
        .filter_map(
            |event| if let Event::Run { event: RunEvent::State(state), .. } = event { Some(*state) } else { None },
        )
        .collect()
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
    predicted(session, Weights::Run(RUN), pixels).probabilities.iter().map(|p| p.to_bits()).collect()
}

/// A question for gradients of the loss of an even grey image that counts as this class.
pub(crate) fn gradients(weights: Weights, class: u8, names: &[&str]) -> Query {
    let of = Backward { head: Head::CrossEntropy, class };
    Query::Gradients { weights, pixels: vec![0.25; 784], of, names: names.iter().map(ToString::to_string).collect() }
}

/// A question of the page.
pub(crate) fn ask(request: u32, query: Query) -> Command {
    Command::Ask(RequestId(request), query)
}

/// Asks for what the run makes of images.
pub(crate) fn predict(request: u32, pixels: Vec<f32>) -> Command {
    ask(request, Query::Predict { weights: Weights::Run(RUN), pixels })
}

/// What a network makes of images, asked for and answered at once.
pub(crate) fn predicted(session: &mut Session, weights: Weights, pixels: Vec<f32>) -> Prediction {
    session.handle(ask(4, Query::Predict { weights, pixels }));
    match session.drain().pop() {
        Some(Event::Answered(RequestId(4), Ok(Answer::Prediction(found)))) => found,
        other => panic!("no prediction but {other:?}"),
    }
}

/// Everything that a network of these layers makes of an image.
pub(crate) fn inspected(
    session: &mut Session,
    spec: &Spec,
    weights: Weights,
    pixels: Vec<f32>,
) -> (Inspection, Origin) {
    let names = Inspection::names(spec).expect("a network");
    session.handle(ask(3, Query::Tensors { weights, pixels, names }));
    match session.drain().pop() {
        Some(Event::Answered(RequestId(3), Ok(Answer::Tensors(found)))) => {
            assert_eq!(&found.spec, spec);
            let tensor = |name: &str| found.tensors.iter().find(|tensor| tensor.name == name);
            let values = |name: &str| tensor(name).map(|tensor| tensor.values.clone());
            (Inspection::of(spec, values).expect("a network"), found.origin)
        }
        other => panic!("no tensors but {other:?}"),
    }
}

/// Every question that was refused, with the reason.
pub(crate) fn refusals(events: &[Event]) -> Vec<(u32, Refusal)> {
    let refusal = |event: &Event| match event {
        Event::Answered(RequestId(request), Err(why)) => Some((*request, why.clone())),
        _ => None,
    };
    events.iter().filter_map(refusal).collect()
}

/// Every refusal to open or change the run.
pub(crate) fn refused(events: &[Event]) -> Vec<RunError> {
    let refusal = |event: &Event| match event {
        Event::Run { event: RunEvent::Refused(why), .. } => Some(why.clone()),
        _ => None,
    };
    events.iter().filter_map(refusal).collect()
}

/// Every divergence among the events.
pub(crate) fn divergences(events: &[Event]) -> Vec<RunEvent> {
    let divergence = |event: &Event| match event {
        Event::Run { event: event @ RunEvent::Diverged { .. }, .. } => Some(event.clone()),
        _ => None,
    };
    events.iter().filter_map(divergence).collect()
}
