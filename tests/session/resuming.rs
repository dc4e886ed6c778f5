//! A run that goes on: from a checkpoint after its worker was gone, and for more epochs after its end; and one that does
//! not learn.

use receptive_core::Rng;
use receptive_nn::{Optimiser, Preset, Schedule};
use receptive_train::Session;
use receptive_train::protocol::{
    Accuracy, Answer, Command, DatasetKind, Event, MOST_TEST_IMAGES, Prediction, Problem, Query, Refusal, RequestId,
    RunCommand, RunConfig, RunEvent, RunId, RunState, Stall, TestReport, Weights,
};

use crate::drive::*;

/// Four epochs of six steps.
fn config() -> RunConfig {
    RunConfig { epochs: 4, ..quick_config() }
}

fn report(events: &[Event]) -> TestReport {
    let mut reports = events.iter().filter_map(|event| {
        if let Event::Run { event: RunEvent::Tested(report), .. } = event { Some(report) } else { None }
    });
    reports.next_back().expect("a report").clone()
}

/// Takes single steps and returns the last checkpoint, with the time passing at this rate.
fn steps_kept(session: &mut Session, n_steps: u32) -> (u32, Vec<u8>) {
    let mut kept = None;
    for i in 0..n_steps {
        run_after(session, on(RunCommand::Step));
        kept = session.take_checkpoint(f64::from(i)).map(|(_, iteration, bytes)| (iteration, bytes)).or(kept);
    }
    kept.expect("a checkpoint")
}

#[test]
fn a_run_goes_on_from_a_checkpoint_as_if_nothing_had_happened() {
    for optimiser in Optimiser::ALL {
        let config = RunConfig { optimiser, schedule: Schedule::LINEAR, ..config() };
        let want = run_after(&mut opened(config.clone()), on(RunCommand::Train));
        for n_steps in [1, 6, 7, 23] {
            let mut first = opened(config.clone());
            let (iteration, bytes) = steps_kept(&mut first, n_steps);
            assert_eq!(iteration, n_steps);
            let mut second = session();
            second.resume(&bytes);
            let events = second.drain();
            assert!(
                events.contains(&Event::Run {
                    run: RUN,
                    step: iteration,
                    event: RunEvent::Resumed { steps_per_epoch: 6, n_steps: 24 }
                }),
                "{events:?}"
            );
            assert_eq!(states(&events).last(), Some(&RunState::Paused));
            assert_eq!(fingerprint(&mut second), fingerprint(&mut first));
            let events = run_after(&mut second, on(RunCommand::Train));
            assert!(losses(&events) == losses(&want)[n_steps as usize..], "{optimiser:?} from {n_steps}");
            assert_eq!(report(&events), report(&want));
        }
    }
}

#[test]
fn a_checkpoint_without_its_images_is_refused_in_words() {
    let (_, bytes) = steps_kept(&mut opened(config()), 3);
    let mut session = Session::new();
    session.resume(&bytes);
    let found = problems(&session.drain());
    assert!(matches!(found[..], [Problem::Data { dataset: DatasetKind::Own, .. }]), "{found:?}");
    // Not a checkpoint at all.
    session.resume(&bytes[..40]);
    assert!(matches!(problems(&session.drain())[..], [Problem::Protocol(_)]));
    let built_in = RunConfig { dataset: DatasetKind::BuiltIn, n_training: Some(200), ..config() };
    let mut first = Session::new();
    first.handle(Command::Open(RUN, built_in));
    let (_, bytes) = steps_kept(&mut first, 5);
    session.resume(&bytes);
    let events = session.drain();
    assert!(
        events.iter().any(|event| matches!(event, Event::Run { step: 5, event: RunEvent::Resumed { .. }, .. })),
        "{events:?}"
    );
}

#[test]
fn a_run_that_another_took_the_place_of_is_kept_and_gone_on_with() {
    let want = run_after(&mut opened(config()), on(RunCommand::Train));
    let pixels = vec![0.5; 784];
    let mut session = opened(config());
    let (_, bytes) = steps_kept(&mut session, 8);
    let before = predicted(&mut session, Weights::Run(RUN), pixels.clone());
    let other = |command| Command::Run(RunId(2), command);
    session.handle(Command::Open(RunId(2), RunConfig { seed: 8, ..config() }));
    run_after(&mut session, other(RunCommand::Train));
    // It answers as it was left, while the other one is open.
    assert_eq!(predicted(&mut session, Weights::Run(RUN), pixels.clone()), before);
    assert_ne!(predicted(&mut session, Weights::Run(RunId(2)), pixels.clone()).probabilities, before.probabilities);
    inspected(&mut session, &quick_spec(), Weights::Run(RUN), pixels.clone());
    session.handle(ask(6, Query::ReadTest { run: RUN, indices: vec![0] }));
    assert_eq!(refusals(&session.drain()), [(6, Refusal::NoRun)], "it is not open");
    // What comes late for a run that is no more changes nothing.
    for command in [RunCommand::Reset, RunCommand::SetLearningRate(9.0), RunCommand::Train] {
        session.handle(Command::Run(RunId(9), command));
        assert_eq!(session.drain(), []);
    }
    let events = run_after(&mut session, on(RunCommand::Train));
    let resumed = |event: &Event| matches!(event, Event::Run { run: RUN, step: 8, event: RunEvent::Resumed { .. } });
    assert!(events.iter().any(resumed), "{events:?}");
    assert!(losses(&events) == losses(&want)[8..], "as if there had been no other");
    let runs_and_steps = events.iter().filter_map(|event| match event {
        Event::Run { run, step, event: RunEvent::Steps(steps) } => Some((*run, *step, steps.last()?.iteration)),
        _ => None,
    });
    assert!(runs_and_steps.into_iter().all(|(run, step, last)| run == RUN && step == last));
    // The other one is kept in its turn, finished as it was; of many the oldest is forgotten.
    let events = run_after(&mut session, other(RunCommand::TrainMore(1)));
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Run { run: RunId(2), step: 24, event: RunEvent::Extended { .. } }))
    );
    for id in 3..8 {
        session.handle(Command::Open(RunId(id), config()));
        run_after(&mut session, Command::Run(RunId(id), RunCommand::Step));
    }
    session.handle(predict(9, pixels));
    assert!(refusals(&session.drain()).contains(&(9, Refusal::NoRun)));
    session.resume(&bytes);
    assert!(session.drain().iter().any(resumed), "its checkpoint has its name");
}

#[test]
fn hostile_bytes_are_refused_or_go_on_with_finite_weights() {
    let (_, bytes) = steps_kept(&mut opened(config()), 3);
    let mut rng = Rng::new(5);
    let mut n_refused = 0;
    for _ in 0..400 {
        let mut hostile = bytes.clone();
        for _ in 0..1 + rng.below(4) {
            // Mostly among the settings: there is the most to misread.
            let most = if rng.below(4) > 0 { 120 } else { hostile.len() as u32 - 12 };
            hostile[12 + rng.below(most) as usize] = rng.next_u32() as u8;
        }
        hostile.truncate(if rng.below(8) == 0 { rng.below(bytes.len() as u32) as usize } else { bytes.len() });
        if let Some((head, body)) = hostile.split_at_mut_checked(12) {
            // The checksum is right all the same.
            head[8..].copy_from_slice(&crc32fast::hash(body).to_le_bytes());
        }
        let mut session = session();
        session.resume(&hostile);
        let events = session.drain();
        n_refused += usize::from(!problems(&events).is_empty() || !refused(&events).is_empty());
        let opened = events.iter().find_map(|event| match event {
            Event::Run { run, event: RunEvent::Resumed { .. } | RunEvent::Opened { .. }, .. } => Some(*run),
            _ => None,
        });
        if let Some(run) = opened {
            let Prediction { probabilities, .. } = predicted(&mut session, Weights::Run(run), vec![0.5; 784]);
            assert!(probabilities.iter().all(|p| p.is_finite()), "{probabilities:?}");
        }
    }
    assert!(n_refused > 50, "{n_refused} of 400");
}

#[test]
fn a_run_that_was_over_is_over_again_and_one_that_was_not_measured_is_measured() {
    let mut first = opened(config());
    let want = report(&run_after(&mut first, on(RunCommand::Train)));
    let (_, iteration, bytes) = first.take_checkpoint(0.0).expect("a checkpoint");
    assert_eq!(iteration, 24);
    let mut second = session();
    second.resume(&bytes);
    assert_eq!(states(&second.drain()).last(), Some(&RunState::Finished));

    let mut first = opened(config());
    first.handle(on(RunCommand::Train));
    let mut now = 0.0;
    let bytes = loop {
        // The test begins in the tick after the last step.
        now += 2000.0;
        first.tick(now);
        first.drain();
        if let Some((RUN, 24, bytes)) = first.take_checkpoint(now) {
            break bytes;
        }
    };
    let mut second = session();
    second.resume(&bytes);
    assert_eq!(states(&second.drain()).last(), Some(&RunState::Paused));
    assert_eq!(report(&run_after(&mut second, on(RunCommand::Train))), want);
}

/// A slow machine looks only now and then, and hardly ever at the very end of an epoch.
#[test]
fn an_epoch_that_ended_between_two_looks_is_kept() {
    let mut session = opened(RunConfig { batch: 1, epochs: 50, ..config() });
    session.handle(on(RunCommand::Train));
    // 96 steps an epoch, about 50 between two looks.
    let mut kept = vec![];
    for look in 1..=8 {
        let now = 1100.0 * f64::from(look);
        assert!((0..50).all(|_| session.tick(now)));
        kept.extend(session.take_checkpoint(now).map(|(_, iteration, _)| iteration));
    }
    let epochs: Vec<_> = kept.iter().map(|iteration| iteration / 96).collect();
    assert_eq!(epochs, [1, 2, 3], "{kept:?}");
    assert!(kept.iter().any(|iteration| iteration % 96 > 0), "all looks were at an end: {kept:?}");
}

#[test]
fn checkpoints_come_in_time_and_not_all_the_time() {
    let mut session = opened(RunConfig { batch: 1, epochs: 50, ..config() });
    assert!(session.take_checkpoint(0.0).is_none(), "nothing was trained");
    session.handle(on(RunCommand::Train));
    let mut times = Vec::new();
    let mut now = 0.0;
    while session.tick(now) {
        now += 50.0;
        if session.take_checkpoint(now).is_some() {
            times.push(now);
        }
    }
    let gaps: Vec<f64> = times.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(gaps.len() > 10 && gaps.iter().all(|gap| (1000.0..=10_050.0).contains(gap)), "{gaps:?}");
    session.take_checkpoint(now + 20_000.0);
    assert!(session.take_checkpoint(now + 90_000.0).is_none(), "nothing has changed since");
}

#[test]
fn one_epoch_and_one_more_are_two_epochs_to_the_last_bit() {
    for spec in [quick_spec(), Preset::Small.spec()] {
        let two = RunConfig { spec, epochs: 2, ..config() };
        let want = run_after(&mut opened(two.clone()), on(RunCommand::Train));
        let mut session = opened(RunConfig { epochs: 1, ..two });
        let mut events = run_after(&mut session, on(RunCommand::Train));
        assert_eq!(states(&events).last(), Some(&RunState::Finished));
        events.extend(run_after(&mut session, on(RunCommand::TrainMore(1))));
        assert!(events.contains(&Event::Run { run: RUN, step: 6, event: RunEvent::Extended { n_steps: 12 } }));
        assert!(losses(&events) == losses(&want));
        assert_eq!(report(&events), report(&want));
        assert_eq!(states(&events).last(), Some(&RunState::Finished));
    }
}

#[test]
fn a_rate_that_falls_goes_on_as_in_a_longer_run_and_falls_to_zero_again() {
    let falling = RunConfig { schedule: Schedule::LINEAR, optimiser: Optimiser::SGD, learning_rate: 0.1, ..config() };
    let mut session = opened(RunConfig { epochs: 1, ..falling.clone() });
    run_after(&mut session, on(RunCommand::Train));
    let before = fingerprint(&mut session);
    run_after(&mut session, on(RunCommand::TrainMore(1)));
    let after = fingerprint(&mut session);
    assert!(before != after, "the added epoch trains");
    // The seventh step is taken with half of the rate, as in a run of two epochs: from the same weights and images it
    // comes to what a constant rate of half the height comes to.
    let mut halved = opened(RunConfig { epochs: 1, ..falling.clone() });
    run_after(&mut halved, on(RunCommand::Train));
    halved.handle(on(RunCommand::TrainMore(1)));
    halved.handle(on(RunCommand::Pause));
    run_after(&mut halved, on(RunCommand::Step));
    let mut constant = session_from(&falling);
    constant.handle(on(RunCommand::SetLearningRate(0.05)));
    run_after(&mut constant, on(RunCommand::Step));
    assert_eq!(fingerprint(&mut halved), fingerprint(&mut constant));
}

/// A run with a constant rate that stands where one epoch with a falling rate ends.
fn session_from(falling: &RunConfig) -> Session {
    let mut session = opened(RunConfig { schedule: Schedule::CONSTANT, epochs: 2, ..falling.clone() });
    for i in 0..6 {
        session.handle(on(RunCommand::SetLearningRate(Schedule::LINEAR.rate(falling.learning_rate, i, 6))));
        run_after(&mut session, on(RunCommand::Step));
    }
    session
}

#[test]
fn a_run_that_was_stopped_goes_on_where_it_was() {
    let want = run_after(&mut opened(config()), on(RunCommand::Train));
    let mut session = opened(config());
    let mut events = Vec::new();
    for _ in 0..8 {
        events.extend(run_after(&mut session, on(RunCommand::Step)));
    }
    events.extend(run_after(&mut session, on(RunCommand::Stop)));
    assert_eq!(states(&events).last(), Some(&RunState::Stopped));
    events.extend(run_after(&mut session, on(RunCommand::TrainMore(0))));
    assert!(losses(&events) == losses(&want));
    assert_eq!(report(&events), report(&want));
    // A finished run has nothing left, and one that goes on is not touched.
    let events = run_after(&mut session, on(RunCommand::TrainMore(0)));
    assert_eq!(refused(&events).len(), 1, "{events:?}");
    let events = run_after(&mut session, on(RunCommand::TrainMore(u32::MAX)));
    assert_eq!(refused(&events).len(), 1, "{events:?}");
}

#[test]
fn every_test_image_is_reported_with_its_class_and_what_it_was_read_as() {
    let mut session = opened(small_config());
    let report = report(&run_after(&mut session, on(RunCommand::Train)));
    assert_eq!((report.labels.len(), report.predicted.len()), (report.n_images as usize, report.n_images as usize));
    let mut confusion = vec![0; 100];
    for (label, predicted) in report.labels.iter().zip(&report.predicted) {
        confusion[usize::from(*label) * 10 + usize::from(*predicted)] += 1;
    }
    assert_eq!(confusion, report.confusion);
    // The images behind a cell of the matrix, read anew.
    let indices: Vec<u32> = (0..report.n_images).rev().collect();
    session.handle(ask(9, Query::ReadTest { run: RUN, indices: indices.clone() }));
    let Some(Event::Answered(RequestId(9), Ok(Answer::TestImages(samples)))) = session.drain().pop() else {
        panic!("no images")
    };
    assert_eq!(samples.iter().map(|sample| sample.index).collect::<Vec<_>>(), indices);
    for sample in samples {
        let i = sample.index as usize;
        let top = (0..10).max_by(|&a, &b| sample.probabilities[a].total_cmp(&sample.probabilities[b]));
        assert_eq!((sample.label, top), (report.labels[i], Some(usize::from(report.predicted[i]))));
        assert!(report.samples.iter().filter(|known| known.index == sample.index).all(|known| *known == sample));
    }
    // How many of the first images are right, read anew, is what the report says of them.
    for n in [1, 7, report.n_images, 90_000] {
        let read = run_after(&mut session, ask(12, Query::Accuracy { run: RUN, n_images: n }));
        let Some(Event::Answered(_, Ok(Answer::Accuracy(found)))) = read.last() else { panic!("no count: {read:?}") };
        let n_images = n.min(report.n_images);
        let pairs = report.labels.iter().zip(&report.predicted).take(n_images as usize);
        let n_correct = pairs.filter(|(label, predicted)| label == predicted).count() as u32;
        assert_eq!(*found, Accuracy { n_images, n_correct, iteration: found.iteration });
        assert!(found.iteration > 0);
    }
    session.handle(ask(10, Query::ReadTest { run: RUN, indices: vec![0; MOST_TEST_IMAGES + 1] }));
    assert!(matches!(refusals(&session.drain())[..], [(10, Refusal::Images { .. })]));
    session.handle(ask(11, Query::ReadTest { run: RUN, indices: vec![0, 70_000] }));
    assert!(
        matches!(session.drain().pop(), Some(Event::Answered(_, Ok(Answer::TestImages(samples)))) if samples.len() == 1)
    );
}

/// What was said of a run that does not learn, or does again.
fn stalls(events: &[Event]) -> Vec<Option<Stall>> {
    events
        .iter()
        .filter_map(
            |event| if let Event::Run { event: RunEvent::Stalled(stall), .. } = event { Some(*stall) } else { None },
        )
        .collect()
}

#[test]
fn a_network_that_died_is_told_from_one_that_barely_moves_and_from_one_that_learns() {
    let run = |learning_rate, optimiser| {
        let config = RunConfig { learning_rate, optimiser, epochs: 60, n_validation: 0, ..small_config() };
        stalls(&run_after(&mut opened(config), on(RunCommand::Train)))
    };
    let died = run(1.0, Optimiser::ADAM);
    let Some(Some(stall)) = died.first() else { panic!("{died:?}") };
    assert!(stall.dead_share > 0.95 && stall.loss > 2.2 && stall.iteration >= 200, "{stall:?}");
    let slow = run(1e-7, Optimiser::SGD);
    let Some(Some(stall)) = slow.first() else { panic!("{slow:?}") };
    assert!(stall.dead_share < 0.5 && stall.loss > 2.2, "{stall:?}");
    assert_eq!(run(0.002, Optimiser::ADAM), []);
}

#[test]
fn a_run_that_learns_again_is_said_to() {
    let config = RunConfig { learning_rate: 1e-7, epochs: 85, n_validation: 0, ..small_config() };
    let mut session = opened(config);
    session.handle(on(RunCommand::Train));
    let mut events = Vec::new();
    while stalls(&events).is_empty() {
        assert!(session.tick(0.0));
        events.extend(session.drain());
    }
    session.handle(on(RunCommand::SetLearningRate(0.01)));
    events.extend(run(&mut session));
    assert!(matches!(stalls(&events)[..], [Some(_), None]), "{:?}", stalls(&events));
}

#[test]
fn a_ping_is_answered_whatever_the_session_does() {
    let mut session = Session::new();
    session.handle(Command::Ping);
    assert_eq!(session.drain(), [Event::Alive]);
    let mut session = opened(config());
    session.handle(on(RunCommand::Train));
    session.tick(0.0);
    session.drain();
    session.handle(Command::Ping);
    assert!(session.drain().contains(&Event::Alive));
}
