//! Whole runs: order of events, pause, step, reset, stop, and that a run repeats bit for bit.

use receptive_nn::{Optimiser, Origin, Schedule};
use receptive_train::protocol::{
    Answer, Command, DatasetKind, Event, Query, Refusal, RequestId, RunCommand, RunConfig, RunEvent, RunState, Weights,
    decode, encode,
};

use crate::drive::*;

#[test]
fn a_run_goes_from_open_to_tested_and_says_each_thing_once() {
    let mut session = session();
    session.handle(Command::Open(RUN, quick_config()));
    let opened = session.drain();
    let opened = opened.iter().find_map(|event| match event {
        Event::Run { event: RunEvent::Opened { steps_per_epoch, n_steps, n_params }, .. } => {
            Some((*steps_per_epoch, *n_steps, *n_params))
        }
        _ => None,
    });
    assert_eq!(opened, Some((6, 12, 7850)), "96 images by 16, twice; 784 * 10 + 10 parameters");

    let events = run_after(&mut session, on(RunCommand::Train));
    let iterations: Vec<u32> = steps(&events).iter().map(|step| step.iteration).collect();
    assert_eq!(iterations, (1..=12).collect::<Vec<_>>());
    assert!(steps(&events).iter().all(|step| step.loss > 0.0 && (0.0..=1.0).contains(&step.accuracy)));
    assert_eq!(states(&events), [RunState::Training, RunState::Testing, RunState::Finished]);

    let validations: Vec<(u32, u32)> = events
        .iter()
        .filter_map(|event| {
            if let Event::Run { event: RunEvent::Validation(v), .. } = event {
                Some((v.epoch, v.iteration))
            } else {
                None
            }
        })
        .collect();
    assert_eq!(validations, [(1, 6), (2, 12)]);
    let reports: Vec<_> = events
        .iter()
        .filter_map(
            |event| if let Event::Run { event: RunEvent::Tested(report), .. } = event { Some(report) } else { None },
        )
        .collect();
    assert_eq!(reports.len(), 1);
    let report = reports[0];
    assert_eq!((report.n_images, report.confusion.len()), (24, 100));
    assert_eq!(report.confusion.iter().sum::<u32>(), 24);
    assert_eq!((0..10).map(|i| report.confusion[i * 11]).sum::<u32>(), report.n_correct);
    assert_eq!(report.samples.len(), 24);
    assert!(
        report.samples.iter().enumerate().all(|(i, sample)| sample.index == i as u32 && sample.pixels.len() == 784)
    );
    assert_eq!(report.mistakes.len() as u32, 24 - report.n_correct);
    let confidence = |p: &Vec<f32>| p.iter().copied().fold(0.0, f32::max);
    assert!(
        report.mistakes.windows(2).all(|two| confidence(&two[0].probabilities) >= confidence(&two[1].probabilities))
    );
    assert!(report.mistakes.iter().all(|m| confidence(&m.probabilities) > m.probabilities[usize::from(m.label)]));
    assert!(problems(&events).is_empty());
}

#[test]
fn nothing_happens_before_train_is_said() {
    let mut session = opened(quick_config());
    assert!(!session.tick(0.0) && session.drain().is_empty());
}

#[test]
fn pause_stops_between_two_steps_and_train_goes_on() {
    let mut session = opened(quick_config());
    session.handle(on(RunCommand::Train));
    (0..4).for_each(|i| assert!(session.tick(f64::from(i))));
    session.handle(on(RunCommand::Pause));
    let events = session.drain();
    assert_eq!(steps(&events).len(), 4);
    assert_eq!(states(&events), [RunState::Training, RunState::Paused]);
    assert!(!session.tick(9.0) && session.drain().is_empty(), "paused means paused");
    let rest = run_after(&mut session, on(RunCommand::Train));
    assert_eq!(steps(&rest).first().map(|step| step.iteration), Some(5));
    assert_eq!(states(&rest), [RunState::Training, RunState::Testing, RunState::Finished]);
}

#[test]
fn a_run_by_single_steps_and_pauses_is_bitwise_the_uninterrupted_run() {
    let mut whole = opened(small_config());
    let want = losses(&run_after(&mut whole, on(RunCommand::Train)));
    let mut pieces = opened(small_config());
    let mut got = Vec::new();
    for i in 0..12 {
        if i % 3 == 2 {
            pieces.handle(on(RunCommand::Train));
            while got.len() == i {
                assert!(pieces.tick(0.0));
                got.extend(losses(&pieces.drain()));
            }
            pieces.handle(on(RunCommand::Pause));
        } else {
            let events = run_after(&mut pieces, on(RunCommand::Step));
            assert_eq!(steps(&events).len(), 1, "one step is one step, at {i}");
            got.extend(losses(&events));
        }
    }
    run_after(&mut pieces, on(RunCommand::Train));
    assert_eq!(got, want);
    assert_eq!(fingerprint(&mut pieces), fingerprint(&mut whole));
}

#[test]
fn reset_gives_the_same_run_again() {
    let mut session = opened(quick_config());
    let untrained = fingerprint(&mut session);
    let first = losses(&run_after(&mut session, on(RunCommand::Train)));
    let trained = fingerprint(&mut session);
    assert_ne!(untrained, trained);
    session.handle(on(RunCommand::Reset));
    let events = session.drain();
    assert!(
        events.iter().any(|event| matches!(event, Event::Run { event: RunEvent::Rewound, step: 0, .. })),
        "{events:?}"
    );
    assert_eq!(states(&events), [RunState::Idle]);
    assert_eq!(fingerprint(&mut session), untrained);
    assert_eq!(losses(&run_after(&mut session, on(RunCommand::Train))), first);
    assert_eq!(fingerprint(&mut session), trained);
}

#[test]
fn reset_in_the_middle_of_training_stops_it() {
    let mut session = opened(quick_config());
    session.handle(on(RunCommand::Train));
    (0..3).for_each(|_| assert!(session.tick(0.0)));
    session.handle(on(RunCommand::Reset));
    session.drain();
    assert!(!session.tick(0.0) && session.drain().is_empty());
    assert_eq!(steps(&run_after(&mut session, on(RunCommand::Step)))[0].iteration, 1);
}

#[test]
fn stop_measures_what_was_learnt_so_far_and_ends_the_run() {
    let mut session = opened(quick_config());
    session.handle(on(RunCommand::Train));
    (0..4).for_each(|_| assert!(session.tick(0.0)));
    let events = run_after(&mut session, on(RunCommand::Stop));
    assert_eq!(states(&events), [RunState::Training, RunState::Testing, RunState::Stopped]);
    assert_eq!(steps(&events).len(), 4);
    assert!(events.iter().any(|event| matches!(event, Event::Run { event: RunEvent::Tested(_), .. })));
    for command in [
        on(RunCommand::Train),
        on(RunCommand::Step),
        on(RunCommand::Stop),
        on(RunCommand::Pause),
        on(RunCommand::RestoreLastGood),
    ] {
        assert!(run_after(&mut session, command.clone()).is_empty(), "{command:?} after the end");
    }
}

#[test]
fn the_seed_decides_the_run() {
    let run_of = |seed| {
        let mut session = opened(RunConfig { seed, ..small_config() });
        let events = run_after(&mut session, on(RunCommand::Train));
        (losses(&events), fingerprint(&mut session))
    };
    assert_eq!(run_of(7), run_of(7));
    assert_ne!(run_of(7), run_of(8));
}

#[test]
fn every_epoch_meets_every_image_once_in_an_order_of_its_own() {
    // Steps too small to change a weight: a loss depends on its batch alone.
    let optimiser = Optimiser::SGD;
    let mut session = opened(RunConfig { learning_rate: 1e-30, epochs: 3, optimiser, ..quick_config() });
    let losses: Vec<f32> =
        steps(&run_after(&mut session, on(RunCommand::Train))).iter().map(|step| step.loss).collect();
    let epochs: Vec<&[f32]> = losses.chunks(6).collect();
    let mean = |epoch: &[f32]| epoch.iter().sum::<f32>() / 6.0;
    assert_eq!(epochs.len(), 3);
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        assert!((mean(epochs[i]) - mean(epochs[j])).abs() < 1e-5, "the same images");
        assert!(epochs[i].iter().all(|loss| !epochs[j].contains(loss)), "in other batches");
    }
}

#[test]
fn how_often_events_are_read_and_what_time_it_is_change_nothing() {
    let want = losses(&run_after(&mut opened(quick_config()), on(RunCommand::Train)));
    let mut session = opened(quick_config());
    session.handle(on(RunCommand::Train));
    let mut now = 1e12;
    while session.tick(now) {
        now -= 1000.0;
    }
    assert_eq!(losses(&session.drain()), want);
}

#[test]
fn the_small_network_learns_the_built_in_digits() {
    let config = RunConfig {
        dataset: DatasetKind::BuiltIn,
        learning_rate: 0.002,
        schedule: Schedule::CONSTANT,
        batch: 32,
        epochs: 1,
        n_training: Some(2000),
        n_validation: 0,
        ..small_config()
    };
    let mut session = opened(config);
    let events = run_after(&mut session, on(RunCommand::Train));
    let losses: Vec<f32> = steps(&events).iter().map(|step| step.loss).collect();
    let mean = |losses: &[f32]| losses.iter().sum::<f32>() / losses.len() as f32;
    let (first, last) = (mean(&losses[..5]), mean(&losses[losses.len() - 10..]));
    assert!(first > 1.8 && last < first / 2.0, "the loss went from {first} to {last}");
    let report = events.iter().find_map(|event| {
        if let Event::Run { event: RunEvent::Tested(report), .. } = event { Some(report) } else { None }
    });
    let report = report.expect("a report");
    let accuracy = f64::from(report.n_correct) / f64::from(report.n_images);
    assert!(accuracy > 0.8, "{accuracy} of the built-in test digits");
}

#[test]
fn a_step_that_ends_an_epoch_measures_it_and_pauses() {
    let mut session = opened(quick_config());
    for iteration in 1..=12 {
        let events = run_after(&mut session, on(RunCommand::Step));
        assert_eq!(steps(&events).iter().map(|step| step.iteration).collect::<Vec<_>>(), [iteration]);
        let n_validations =
            events.iter().filter(|event| matches!(event, Event::Run { event: RunEvent::Validation(_), .. })).count();
        assert_eq!(n_validations, usize::from(iteration % 6 == 0), "after step {iteration}");
        let end = if iteration == 12 { RunState::Finished } else { RunState::Paused };
        assert_eq!(states(&events).last(), Some(&end), "after step {iteration}");
    }
}

#[test]
fn gradients_at_an_image_begin_with_what_is_wrong_about_its_probabilities() {
    let mut session = opened(small_config());
    run_after(&mut session, on(RunCommand::Train));
    for weights in [Weights::Run(RUN), Weights::Shipped] {
        let found = predicted(&mut session, weights, vec![0.25; 784]);
        session.handle(ask(
            3,
            gradients(weights, 7, &["grad linear 1", "grad conv 1[2..4]", "grad input", "probabilities"]),
        ));
        let events = session.drain();
        let Some(Event::Answered(RequestId(3), Ok(Answer::Tensors(back)))) = events.last() else {
            panic!("{events:?}")
        };
        let shapes: Vec<_> = back.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.shape)).collect();
        assert_eq!(
            shapes,
            [
                ("grad linear 1", [1, 10, 1, 1]),
                ("grad conv 1[2..4]", [1, 2, 28, 28]),
                ("grad input", [1, 1, 28, 28]),
                ("probabilities", [1, 10, 1, 1]),
            ]
        );
        assert_eq!((back.origin, &back.tensors[3].values), (found.origin, &found.probabilities));
        for (class, (got, p)) in back.tensors[0].values.iter().zip(&found.probabilities).enumerate() {
            let want = p - if class == 7 { 1.0 } else { 0.0 };
            assert!((got - want).abs() < 1e-6, "class {class}: {got}, not {want}");
        }
        session.handle(ask(4, gradients(weights, 10, &["grad input"])));
        assert_eq!(refusals(&session.drain()), [(4, Refusal::NoClass(10))]);
        session.handle(ask(5, gradients(weights, 1, &["grad conv 9.weight"])));
        assert_eq!(refusals(&session.drain()), [(5, Refusal::NoTensor("grad conv 9.weight".into()))]);
        let names = vec!["grad input".into()];
        session.handle(ask(6, Query::Tensors { weights, pixels: vec![0.25; 784], names }));
        assert_eq!(refusals(&session.drain()), [(6, Refusal::NoTensor("grad input".into()))], "of what is not said");
    }
}

#[test]
fn a_mean_is_that_of_the_values_of_its_part() {
    let mut session = opened(small_config());
    run_after(&mut session, on(RunCommand::Step));
    let parts = ["conv 1[2..3]", "grad conv 1[2..3]", "conv 2.weight[15..99]", "grad conv 2.bias"];
    let means = ["mean conv 1[2..3]", "mean grad conv 1[2..3]", "mean conv 2.weight[15..99]", "mean grad conv 2.bias"];
    let names = [&parts[..], &means, &["mean grad linear 1", "mean probabilities"]].concat();
    session.handle(ask(3, gradients(Weights::Run(RUN), 7, &names)));
    let events = session.drain();
    let Some(Event::Answered(RequestId(3), Ok(Answer::Tensors(found)))) = events.last() else { panic!("{events:?}") };
    assert_eq!(found.tensors[6].name, "mean conv 2.weight[15..16]", "what there is of it");
    for (part, mean) in found.tensors[..4].iter().zip(&found.tensors[4..8]) {
        let n = part.values.len() as f64;
        let want: f64 = part.values.iter().map(|value| f64::from(*value) / n).sum();
        assert_eq!((mean.shape, mean.values.len()), ([1; 4], 1));
        assert!((f64::from(mean.values[0]) - want).abs() < 1e-6 * want.abs().max(1e-3), "{}: {want}", mean.name);
        assert!(want != 0.0 && part.values.len() > 1, "{}", part.name);
    }
    // Probabilities sum to one, and so what is wrong about them to nothing.
    assert!(found.tensors[8].values[0].abs() < 1e-7 && (found.tensors[9].values[0] - 0.1).abs() < 1e-7);
    session.handle(ask(4, gradients(Weights::Run(RUN), 1, &["mean conv 9"])));
    assert_eq!(refusals(&session.drain()), [(4, Refusal::NoTensor("mean conv 9".into()))]);
}

#[test]
fn columns_are_those_of_the_rows() {
    let mut session = opened(small_config());
    let names = ["conv 2.weight[3..6]", "conv 2.weight[3..6, 2..4]", "conv 2.weight[3..6, 7..99]"];
    session.handle(ask(3, gradients(Weights::Run(RUN), 7, &names)));
    let events = session.drain();
    let Some(Event::Answered(RequestId(3), Ok(Answer::Tensors(found)))) = events.last() else { panic!("{events:?}") };
    let [whole, columns, last] = &found.tensors[..] else { panic!("{events:?}") };
    assert_eq!((columns.name.as_str(), columns.shape), (names[1], [3, 2, 5, 5]));
    assert_eq!((last.name.as_str(), last.shape), ("conv 2.weight[3..6, 7..8]", [3, 1, 5, 5]));
    for (i, value) in columns.values.iter().enumerate() {
        let (row, column, inside) = (i / 50, 2 + i / 25 % 2, i % 25);
        assert_eq!(*value, whole.values[(row * 8 + column) * 25 + inside], "{i}");
    }
    for none in ["conv 9[0..1, 0..1]", "conv 2.weight[0..1, 0]", "conv 2.weight[0..1, -1..1]"] {
        session.handle(ask(4, gradients(Weights::Run(RUN), 1, &[none])));
        assert_eq!(refusals(&session.drain()), [(4, Refusal::NoTensor(none.into()))]);
    }
}

#[test]
fn an_inspection_shows_the_weights_and_activations_behind_the_prediction() {
    let mut session = opened(small_config());
    run_after(&mut session, on(RunCommand::Train));
    let pixels: Vec<f32> = (0..784).map(|i| (i % 5) as f32 / 5.0).collect();
    let found = predicted(&mut session, Weights::Run(RUN), pixels.clone());
    let (values, origin) = inspected(&mut session, &small_config().spec, Weights::Run(RUN), pixels.clone());
    assert_eq!((&values.probabilities, origin), (&found.probabilities, found.origin));
    assert!(matches!(origin, Origin::Run { iteration } if iteration > 0));
    let names = vec!["conv 1".into(), "conv 2.weight".into()];
    session.handle(ask(2, Query::Tensors { weights: Weights::Run(RUN), pixels: pixels.clone(), names }));
    let events = session.drain();
    let Some(Event::Answered(RequestId(2), Ok(Answer::Tensors(part)))) = events.last() else { panic!("{events:?}") };
    let shapes: Vec<_> = part.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.shape)).collect();
    assert_eq!(shapes, [("conv 1", [1, 8, 28, 28]), ("conv 2.weight", [16, 8, 5, 5])], "and nothing else");
    assert_eq!(part.tensors[0].values, values.layers[0].output);
    assert_eq!(part.tensors[1].values, values.layers[3].weights);
    assert_eq!(decode::<Event>(&encode(&events[0])).as_ref(), Ok(&events[0]));
    let names = vec!["conv 1[2..4]".into(), "conv 2.weight[15..99]".into()];
    session.handle(ask(4, Query::Tensors { weights: Weights::Run(RUN), pixels: pixels.clone(), names }));
    let events = session.drain();
    let Some(Event::Answered(RequestId(4), Ok(Answer::Tensors(part)))) = events.last() else { panic!("{events:?}") };
    let shapes: Vec<_> = part.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.shape)).collect();
    assert_eq!(shapes, [("conv 1[2..4]", [1, 2, 28, 28]), ("conv 2.weight[15..16]", [1, 8, 5, 5])]);
    assert_eq!(part.tensors[0].values, values.layers[0].output[2 * 784..4 * 784]);
    assert_eq!(part.tensors[1].values, values.layers[3].weights[15 * 200..]);
    for name in ["conv 9", "conv 1.slope", "", "conv 9[0..1]", "conv 1[0..x]", "conv 1[]"] {
        let names = vec!["conv 1".into(), name.into()];
        session.handle(ask(5, Query::Tensors { weights: Weights::Run(RUN), pixels: pixels.clone(), names }));
        assert_eq!(refusals(&session.drain()), [(5, Refusal::NoTensor(name.into()))]);
    }
}
