//! A run that goes on: from a checkpoint after its worker was gone, and for more epochs after its end; and one that does
//! not learn.

use receptive_core::Rng;
use receptive_nn::{Optimiser, Preset, Schedule};
use receptive_train::Session;
use receptive_train::protocol::{
    Command, DatasetKind, Event, MOST_TEST_IMAGES, Problem, RunConfig, RunState, Stall, TestReport,
};

use crate::drive::*;

/// Four epochs of six steps.
fn config() -> RunConfig {
    RunConfig { epochs: 4, ..quick_config() }
}

fn report(events: &[Event]) -> TestReport {
    let mut reports =
        events.iter().filter_map(|event| if let Event::Tested(report) = event { Some(report) } else { None });
    reports.next_back().expect("a report").clone()
}

/// Takes single steps and returns the last checkpoint, with the time passing at this rate.
fn steps_kept(session: &mut Session, n_steps: u32) -> (u32, Vec<u8>) {
    let mut kept = None;
    for i in 0..n_steps {
        run_after(session, Command::Step);
        kept = session.take_checkpoint(f64::from(i)).or(kept);
    }
    kept.expect("a checkpoint")
}

#[test]
fn a_run_goes_on_from_a_checkpoint_as_if_nothing_had_happened() {
    for optimiser in Optimiser::ALL {
        let config = RunConfig { optimiser, schedule: Schedule::Linear, ..config() };
        let want = run_after(&mut opened(config.clone()), Command::Train);
        for n_steps in [1, 6, 7, 23] {
            let mut first = opened(config.clone());
            let (iteration, bytes) = steps_kept(&mut first, n_steps);
            assert_eq!(iteration, n_steps);
            let mut second = session();
            second.resume(&bytes);
            let events = second.drain();
            assert!(events.contains(&Event::Resumed { steps_per_epoch: 6, n_steps: 24, iteration }), "{events:?}");
            assert_eq!(states(&events).last(), Some(&RunState::Paused));
            assert_eq!(fingerprint(&mut second), fingerprint(&mut first));
            let events = run_after(&mut second, Command::Train);
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
    first.handle(Command::Open(built_in));
    let (_, bytes) = steps_kept(&mut first, 5);
    session.resume(&bytes);
    let events = session.drain();
    assert!(events.iter().any(|event| matches!(event, Event::Resumed { iteration: 5, .. })), "{events:?}");
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
            let most = if rng.below(4) > 0 { 120 } else { hostile.len() as u32 };
            hostile[rng.below(most) as usize] = rng.next_u32() as u8;
        }
        hostile.truncate(if rng.below(8) == 0 { rng.below(bytes.len() as u32) as usize } else { bytes.len() });
        let mut session = session();
        session.resume(&hostile);
        let events = session.drain();
        n_refused += usize::from(!problems(&events).is_empty());
        if events.iter().any(|event| matches!(event, Event::Resumed { .. } | Event::Opened { .. })) {
            let probabilities = fingerprint(&mut session);
            assert!(probabilities.iter().all(|&p| f32::from_bits(p).is_finite()), "{probabilities:?}");
        }
    }
    assert!(n_refused > 50, "{n_refused} of 400");
}

#[test]
fn a_run_that_was_over_is_over_again_and_one_that_was_not_measured_is_measured() {
    let mut first = opened(config());
    let want = report(&run_after(&mut first, Command::Train));
    let (iteration, bytes) = first.take_checkpoint(0.0).expect("a checkpoint");
    assert_eq!(iteration, 24);
    let mut second = session();
    second.resume(&bytes);
    assert_eq!(states(&second.drain()).last(), Some(&RunState::Finished));

    let mut first = opened(config());
    first.handle(Command::Train);
    let mut now = 0.0;
    let bytes = loop {
        // The test begins in the tick after the last step.
        now += 2000.0;
        first.tick(now);
        first.drain();
        if let Some((24, bytes)) = first.take_checkpoint(now) {
            break bytes;
        }
    };
    let mut second = session();
    second.resume(&bytes);
    assert_eq!(states(&second.drain()).last(), Some(&RunState::Paused));
    assert_eq!(report(&run_after(&mut second, Command::Train)), want);
}

/// A slow machine looks only now and then, and hardly ever at the very end of an epoch.
#[test]
fn an_epoch_that_ended_between_two_looks_is_kept() {
    let mut session = opened(RunConfig { batch: 1, epochs: 50, ..config() });
    session.handle(Command::Train);
    // 96 steps an epoch, about 50 between two looks.
    let mut kept = vec![];
    for look in 1..=8 {
        let now = 1100.0 * f64::from(look);
        assert!((0..50).all(|_| session.tick(now)));
        kept.extend(session.take_checkpoint(now).map(|(iteration, _)| iteration));
    }
    let epochs: Vec<_> = kept.iter().map(|iteration| iteration / 96).collect();
    assert_eq!(epochs, [1, 2, 3], "{kept:?}");
    assert!(kept.iter().any(|iteration| iteration % 96 > 0), "all looks were at an end: {kept:?}");
}

#[test]
fn checkpoints_come_in_time_and_not_all_the_time() {
    let mut session = opened(RunConfig { batch: 1, epochs: 50, ..config() });
    assert!(session.take_checkpoint(0.0).is_none(), "nothing was trained");
    session.handle(Command::Train);
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
        let want = run_after(&mut opened(two.clone()), Command::Train);
        let mut session = opened(RunConfig { epochs: 1, ..two });
        let mut events = run_after(&mut session, Command::Train);
        assert_eq!(states(&events).last(), Some(&RunState::Finished));
        events.extend(run_after(&mut session, Command::TrainMore(1)));
        assert!(events.contains(&Event::Extended { n_steps: 12 }));
        assert!(losses(&events) == losses(&want));
        assert_eq!(report(&events), report(&want));
        assert_eq!(states(&events).last(), Some(&RunState::Finished));
    }
}

#[test]
fn a_rate_that_falls_goes_on_as_in_a_longer_run_and_falls_to_zero_again() {
    let falling = RunConfig { schedule: Schedule::Linear, optimiser: Optimiser::Sgd, learning_rate: 0.1, ..config() };
    let mut session = opened(RunConfig { epochs: 1, ..falling.clone() });
    run_after(&mut session, Command::Train);
    let before = fingerprint(&mut session);
    run_after(&mut session, Command::TrainMore(1));
    let after = fingerprint(&mut session);
    assert!(before != after, "the added epoch trains");
    // The seventh step is taken with half of the rate, as in a run of two epochs: from the same weights and images it
    // comes to what a constant rate of half the height comes to.
    let mut halved = opened(RunConfig { epochs: 1, ..falling.clone() });
    run_after(&mut halved, Command::Train);
    halved.handle(Command::TrainMore(1));
    halved.handle(Command::Pause);
    run_after(&mut halved, Command::Step);
    let mut constant = session_from(&falling);
    constant.handle(Command::SetLearningRate(0.05));
    run_after(&mut constant, Command::Step);
    assert_eq!(fingerprint(&mut halved), fingerprint(&mut constant));
}

/// A run with a constant rate that stands where one epoch with a falling rate ends.
fn session_from(falling: &RunConfig) -> Session {
    let mut session = opened(RunConfig { schedule: Schedule::Constant, epochs: 2, ..falling.clone() });
    for i in 0..6 {
        session.handle(Command::SetLearningRate(Schedule::Linear.rate(falling.learning_rate, i, 6)));
        run_after(&mut session, Command::Step);
    }
    session
}

#[test]
fn a_run_that_was_stopped_goes_on_where_it_was() {
    let want = run_after(&mut opened(config()), Command::Train);
    let mut session = opened(config());
    let mut events = Vec::new();
    for _ in 0..8 {
        events.extend(run_after(&mut session, Command::Step));
    }
    events.extend(run_after(&mut session, Command::Stop));
    assert_eq!(states(&events).last(), Some(&RunState::Stopped));
    events.extend(run_after(&mut session, Command::TrainMore(0)));
    assert!(losses(&events) == losses(&want));
    assert_eq!(report(&events), report(&want));
    // A finished run has nothing left, and one that goes on is not touched.
    let events = run_after(&mut session, Command::TrainMore(0));
    assert!(matches!(problems(&events)[..], [Problem::Config(_)]), "{events:?}");
    let events = run_after(&mut session, Command::TrainMore(u32::MAX));
    assert!(matches!(problems(&events)[..], [Problem::Config(_)]), "{events:?}");
}

#[test]
fn every_test_image_is_reported_with_its_class_and_what_it_was_read_as() {
    let mut session = opened(small_config());
    let report = report(&run_after(&mut session, Command::Train));
    assert_eq!((report.labels.len(), report.predicted.len()), (report.n_images as usize, report.n_images as usize));
    let mut confusion = vec![0; 100];
    for (label, predicted) in report.labels.iter().zip(&report.predicted) {
        confusion[usize::from(*label) * 10 + usize::from(*predicted)] += 1;
    }
    assert_eq!(confusion, report.confusion);
    // The images behind a cell of the matrix, read anew.
    let indices: Vec<u32> = (0..report.n_images).rev().collect();
    session.handle(Command::ReadTest { request: 9, indices: indices.clone() });
    let Some(Event::TestImages { request: 9, samples }) = session.drain().pop() else { panic!("no images") };
    assert_eq!(samples.iter().map(|sample| sample.index).collect::<Vec<_>>(), indices);
    for sample in samples {
        let i = sample.index as usize;
        let top = (0..10).max_by(|&a, &b| sample.probabilities[a].total_cmp(&sample.probabilities[b]));
        assert_eq!((sample.label, top), (report.labels[i], Some(usize::from(report.predicted[i]))));
        assert!(report.samples.iter().filter(|known| known.index == sample.index).all(|known| *known == sample));
    }
    session.handle(Command::ReadTest { request: 10, indices: vec![0; MOST_TEST_IMAGES + 1] });
    assert!(matches!(problems(&session.drain())[..], [Problem::Request { request: 10, .. }]));
    session.handle(Command::ReadTest { request: 11, indices: vec![0, 70_000] });
    assert!(matches!(session.drain().pop(), Some(Event::TestImages { samples, .. }) if samples.len() == 1));
}

/// What was said of a run that does not learn, or does again.
fn stalls(events: &[Event]) -> Vec<Option<Stall>> {
    events.iter().filter_map(|event| if let Event::Stalled(stall) = event { Some(*stall) } else { None }).collect()
}

#[test]
fn a_network_that_died_is_told_from_one_that_barely_moves_and_from_one_that_learns() {
    let run = |learning_rate, optimiser| {
        let config = RunConfig { learning_rate, optimiser, epochs: 60, n_validation: 0, ..small_config() };
        stalls(&run_after(&mut opened(config), Command::Train))
    };
    let died = run(1.0, Optimiser::ADAM);
    let Some(Some(stall)) = died.first() else { panic!("{died:?}") };
    assert!(stall.dead_share > 0.95 && stall.loss > 2.2 && stall.iteration >= 200, "{stall:?}");
    let slow = run(1e-7, Optimiser::Sgd);
    let Some(Some(stall)) = slow.first() else { panic!("{slow:?}") };
    assert!(stall.dead_share < 0.5 && stall.loss > 2.2, "{stall:?}");
    assert_eq!(run(0.002, Optimiser::ADAM), []);
}

#[test]
fn a_run_that_learns_again_is_said_to() {
    let config = RunConfig { learning_rate: 1e-7, epochs: 85, n_validation: 0, ..small_config() };
    let mut session = opened(config);
    session.handle(Command::Train);
    let mut events = Vec::new();
    while stalls(&events).is_empty() {
        assert!(session.tick(0.0));
        events.extend(session.drain());
    }
    session.handle(Command::SetLearningRate(0.01));
    events.extend(run(&mut session));
    assert!(matches!(stalls(&events)[..], [Some(_), None]), "{:?}", stalls(&events));
}

#[test]
fn a_ping_is_answered_whatever_the_session_does() {
    let mut session = Session::new();
    session.handle(Command::Ping);
    assert_eq!(session.drain(), [Event::Alive]);
    let mut session = opened(config());
    session.handle(Command::Train);
    session.tick(0.0);
    session.drain();
    session.handle(Command::Ping);
    assert!(session.drain().contains(&Event::Alive));
}
