//! What cannot run says so and says why; what goes wrong on the way leaves something to go on with.

use receptive_core::ConvParams;
use receptive_nn::{Course, Layer, Optimiser, Plateau, Schedule, Spec};
use receptive_train::protocol::{
    Answer, Command, DatasetKind, Diverged, Event, Query, Refusal, RequestId, RunCommand, RunConfig, RunError,
    RunEvent, RunState, Weights,
};

use crate::drive::*;

fn refusal(config: RunConfig) -> RunError {
    let mut session = session();
    session.handle(Command::Open(RUN, config));
    let events = session.drain();
    assert!(
        !events.iter().any(|event| matches!(event, Event::Run { event: RunEvent::Opened { .. }, .. })),
        "it was opened: {events:?}"
    );
    let [error] = &refused(&events)[..] else { panic!("not one refusal but {events:?}") };
    assert!(run_after(&mut session, on(RunCommand::Train)).is_empty(), "nothing to train");
    session.handle(Command::Open(RUN, quick_config()));
    assert!(refused(&session.drain()).is_empty(), "a refusal must not spoil the next run");
    error.clone()
}

#[test]
fn each_impossible_setting_is_refused_by_its_name_and_with_what_would_do() {
    let with = |change: fn(&mut RunConfig)| {
        let mut config = quick_config();
        change(&mut config);
        refusal(config)
    };
    type Change = fn(&mut RunConfig);
    let refusals: [(Change, RunError); 15] = [
        (|c| c.learning_rate = 0.0, RunError::LearningRate(0.0)),
        (|c| c.learning_rate = -0.1, RunError::LearningRate(-0.1)),
        (|c| c.learning_rate = f32::INFINITY, RunError::LearningRate(f32::INFINITY)),
        (|c| c.schedule.warm_up = 1.5, RunError::Schedule(Schedule { warm_up: 1.5, ..Schedule::CONSTANT })),
        (
            |c| c.schedule.course = Course::Step { factor: -0.5, stairs: 4 },
            RunError::Schedule(Schedule::plain(Course::Step { factor: -0.5, stairs: 4 })),
        ),
        (|c| (c.schedule.course, c.n_validation) = (Course::Plateau(Plateau::USUAL), 0), RunError::NothingToWatch),
        (|c| c.validate_every = Some(0), RunError::NoInterval),
        (|c| c.batch = 0, RunError::Batch { batch: 0, most: 1024 }),
        (|c| c.batch = 97, RunError::LargeBatch { batch: 97, n_training: 96 }),
        (|c| c.batch = u32::MAX, RunError::Batch { batch: u32::MAX, most: 1024 }),
        (|c| c.epochs = 0, RunError::NoEpochs),
        (|c| c.epochs = u32::MAX, RunError::Epochs(u32::MAX)),
        (|c| c.n_validation = N_LEARN, RunError::Validation { n_validation: 120, n_offered: 120 }),
        (|c| c.n_training = Some(97), RunError::Training { n_training: 97, n_offered: 120, n_validation: 24 }),
        (|c| c.n_training = Some(3), RunError::LargeBatch { batch: 16, n_training: 3 }),
    ];
    for (change, error) in refusals {
        assert_eq!(with(change), error);
    }
    assert!(matches!(with(|c| c.learning_rate = f32::NAN), RunError::LearningRate(rate) if rate.is_nan()));
}

#[test]
fn each_impossible_network_is_refused() {
    let conv = |size, params| Layer::Conv2d { kernels: 4, size: [size, size], params };
    let classes = Layer::Linear { units: 10 };
    let networks: Vec<(&str, [usize; 3], Vec<Layer>)> = vec![
        (
            "a kernel larger than its input",
            [1, 28, 28],
            vec![conv(29, ConvParams::default()), Layer::Flatten, classes.clone()],
        ),
        ("no layers", [1, 28, 28], vec![]),
        ("eleven classes", [1, 28, 28], vec![Layer::Flatten, Layer::Linear { units: 11 }]),
        ("no classes", [1, 28, 28], vec![Layer::Flatten, Layer::Linear { units: 0 }]),
        ("three colours", [3, 28, 28], vec![Layer::Flatten, classes.clone()]),
        ("a map where classes should be", [1, 28, 28], vec![conv(3, ConvParams::default())]),
        (
            "a stride of zero",
            [1, 28, 28],
            vec![conv(3, ConvParams::default().stride(0)), Layer::Flatten, classes.clone()],
        ),
        (
            "no kernels",
            [1, 28, 28],
            vec![
                Layer::Conv2d { kernels: 0, size: [3, 3], params: ConvParams::default() },
                Layer::Flatten,
                classes.clone(),
            ],
        ),
        (
            "groups that do not divide",
            [1, 28, 28],
            vec![conv(3, ConvParams::default().groups(2)), Layer::Flatten, classes.clone()],
        ),
        (
            "more weights than memory",
            [1, 28, 28],
            vec![Layer::Flatten, Layer::Linear { units: 4_000_000_000 }, classes.clone()],
        ),
        ("weights that overflow", [1, 28, 28], vec![Layer::Flatten, Layer::Linear { units: usize::MAX }, classes]),
    ];
    for (what, input, layers) in networks {
        let error = refusal(RunConfig { spec: Spec { input, layers }, ..quick_config() });
        assert!(matches!(error, RunError::Network(_) | RunError::Misfit(_)), "{what}: {error:?}");
    }
}

#[test]
fn a_network_that_fits_no_memory_is_refused_before_anything_is_allocated() {
    let linear = |units| Layer::Linear { units };
    let layers = vec![Layer::Flatten, linear(60_000), linear(1000), linear(10)];
    let error = refusal(RunConfig { spec: Spec { input: [1, 28, 28], layers }, ..quick_config() });
    assert!(matches!(error, RunError::Memory { megabytes, .. } if megabytes > 3000), "{error:?}");
}

#[test]
fn after_a_divergence_training_goes_on_bitwise_where_the_last_good_weights_stood() {
    for optimiser in Optimiser::ALL {
        let config = RunConfig { optimiser, epochs: 10, ..small_config() };
        let mut untroubled = opened(config.clone());
        let want = losses(&run_after(&mut untroubled, on(RunCommand::Train)));

        let mut session = opened(config.clone());
        (0..20).for_each(|_| {
            run_after(&mut session, on(RunCommand::Step));
        });
        session.handle(on(RunCommand::SetLearningRate(1e9)));
        let events = run_after(&mut session, on(RunCommand::Train));
        let [RunEvent::Diverged { last_good_iteration, .. }] = divergences(&events)[..] else {
            panic!("{optimiser:?}: not one divergence but {events:?}")
        };
        assert!((1..=20).contains(&last_good_iteration), "{last_good_iteration}");
        session.handle(on(RunCommand::RestoreLastGood));
        session.handle(on(RunCommand::SetLearningRate(config.learning_rate)));
        let events = run_after(&mut session, on(RunCommand::Train));
        assert_eq!(losses(&events), want[last_good_iteration as usize..], "{optimiser:?}");
        assert_eq!(fingerprint(&mut session), fingerprint(&mut untroubled));
    }
}

/// Trains with a rate that no network survives.
fn diverged(optimiser: &str) -> (receptive_train::Session, Vec<Event>) {
    let optimiser = Optimiser::from_key(optimiser).expect("a rule");
    let config = RunConfig { learning_rate: 1e9, epochs: 20, optimiser, ..small_config() };
    let mut session = opened(config);
    let events = run_after(&mut session, on(RunCommand::Train));
    (session, events)
}

#[test]
fn a_learning_rate_of_1e9_diverges_says_when_and_keeps_the_last_good_weights() {
    for optimiser in ["sgd", "momentum", "adam"] {
        let (mut session, events) = diverged(optimiser);
        let found = divergences(&events);
        let [RunEvent::Diverged { iteration, found: what, place, last_good_iteration }] = &found[..] else {
            panic!("{optimiser}: not one divergence but {found:?}, {:?}", states(&events))
        };
        assert_eq!(states(&events), [RunState::Training, RunState::Diverged], "{optimiser}");
        assert!(last_good_iteration < iteration);
        assert!(!matches!(what, Diverged::Loss(loss) if *loss < 1e6), "{optimiser}: {what:?}");
        let is_finite = matches!(what, Diverged::Loss(loss) if loss.is_finite());
        assert_eq!(place.is_none(), is_finite, "{optimiser}: {what:?} in {place:?}");
        assert!(steps(&events).iter().all(|step| step.loss.is_finite() && step.iteration < *iteration));
        for command in [on(RunCommand::Train), on(RunCommand::Step), on(RunCommand::Stop)] {
            assert!(run_after(&mut session, command).is_empty(), "{optimiser}: diverged is diverged");
        }

        let events = run_after(&mut session, on(RunCommand::RestoreLastGood));
        assert!(
            events.contains(&Event::Run { run: RUN, step: *last_good_iteration, event: RunEvent::Rewound }),
            "{events:?}"
        );
        let probabilities = fingerprint(&mut session);
        assert!(probabilities.iter().all(|bits| f32::from_bits(*bits).is_finite()));

        session.handle(on(RunCommand::SetLearningRate(0.01)));
        let events = run_after(&mut session, on(RunCommand::Step));
        assert_eq!(steps(&events).first().map(|step| step.iteration), Some(last_good_iteration + 1));
    }
}

#[test]
fn a_run_whose_values_overflow_says_where_that_began() {
    let mut session = opened(RunConfig { learning_rate: 1e38, epochs: 20, ..small_config() });
    let events = run_after(&mut session, on(RunCommand::Train));
    let [RunEvent::Diverged { found: Diverged::Loss(loss), place: Some(place), .. }] = &divergences(&events)[..] else {
        panic!("{:?}", divergences(&events))
    };
    // Such a step is itself more than a weight can hold.
    assert!(!loss.is_finite() && place == "conv 1.weight", "{loss} in {place}");
}

#[test]
fn reset_leaves_a_diverged_run() {
    let (mut session, _) = diverged("sgd");
    session.handle(on(RunCommand::Reset));
    assert_eq!(states(&session.drain()), [RunState::Idle]);
    assert_eq!(steps(&run_after(&mut session, on(RunCommand::Step)))[0].iteration, 1);
}

#[test]
fn a_learning_rate_that_means_nothing_is_refused_while_training_too() {
    let mut session = opened(quick_config());
    for rate in [0.0, -1.0, f32::NAN, f32::INFINITY] {
        session.handle(on(RunCommand::SetLearningRate(rate)));
        assert!(matches!(&refused(&session.drain())[..], [RunError::LearningRate(_)]));
    }
    let untouched = losses(&run_after(&mut session, on(RunCommand::Train)));
    assert_eq!(untouched, losses(&run_after(&mut opened(quick_config()), on(RunCommand::Train))));
}

#[test]
fn a_request_that_cannot_be_answered_is_refused_under_its_number() {
    let mut session = session();
    let mut refused = |query: Query| {
        session.handle(ask(77, query.clone()));
        let events = session.drain();
        let [(77, why)] = &refusals(&events)[..] else { panic!("{query:?} gave {events:?}") };
        why.clone()
    };
    let weights = Weights::Run(RUN);
    assert_eq!(refused(Query::Predict { weights, pixels: vec![0.0; 784] }), Refusal::NoRun);
    assert_eq!(refused(Query::Tensors { weights, pixels: vec![0.5; 784], names: vec![] }), Refusal::NoRun);
    assert_eq!(refused(Query::ReadTest { run: RUN, indices: vec![] }), Refusal::NoRun);
    assert_eq!(refused(Query::Accuracy { run: RUN, n_images: 9 }), Refusal::NoRun);
    let read = |dataset, split, index| Query::ReadImage { dataset, split, index };
    use receptive_train::protocol::Split::{Test, Training};
    for index in [N_LEARN, u32::MAX] {
        let why = Refusal::NoImage { index, n_images: N_LEARN };
        assert_eq!(refused(read(DatasetKind::Own, Training, index)), why);
    }
    assert_eq!(refused(read(DatasetKind::Own, Test, 24)), Refusal::NoImage { index: 24, n_images: 24 });
    assert!(matches!(refused(read(DatasetKind::BuiltIn, Test, u32::MAX)), Refusal::NoImage { .. }));
}

#[test]
fn a_prediction_needs_784_numbers() {
    let mut session = opened(quick_config());
    for len in [0, 1, 783, 785, 4000, 1025 * 784] {
        session.handle(predict(5, vec![0.5; len]));
        let why = Refusal::Images { n_values: len as u32, input: [1, 28, 28], most: 1024 };
        assert_eq!(refusals(&session.drain()), [(5, why)]);
    }
    for bad in [f32::NAN, f32::INFINITY, -1e30] {
        session.handle(predict(6, vec![bad; 784]));
        match &session.drain()[..] {
            [Event::Answered(RequestId(6), Err(Refusal::NotNumbers))] => {}
            [Event::Answered(RequestId(6), Ok(Answer::Prediction(found)))] => {
                assert!(found.probabilities.iter().all(|p| p.is_finite()), "{bad} gave {found:?}");
            }
            other => panic!("{bad} gave {other:?}"),
        }
    }
}
