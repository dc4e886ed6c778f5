//! Images that the page wants read, one or many at once, whatever else goes on.

use receptive_core::Rng;
use receptive_nn::{Origin, Preset};
use receptive_train::Session;
use receptive_train::protocol::{
    Answer, Command, Event, Prediction, Refusal, RequestId, RunCommand, RunConfig, RunState,
};

use crate::drive::*;
use crate::fleet::*;

fn images(n: usize) -> Vec<f32> {
    let mut rng = Rng::new(3);
    (0..n * 784).map(|_| rng.range(0.0, 1.0)).collect()
}

fn read(request: u32, n: usize) -> Command {
    predict(request, images(n))
}

/// Every prediction among the events: request, number of steps, bits of the probabilities.
fn answers(events: &[Event]) -> Vec<(u32, u32, Vec<u32>)> {
    let answer = |event: &Event| match event {
        Event::Answered(
            RequestId(request),
            Ok(Answer::Prediction(Prediction { probabilities, origin: Origin::Run { iteration }, .. })),
        ) => Some((*request, *iteration, probabilities.iter().map(|p| p.to_bits()).collect())),
        _ => None,
    };
    events.iter().filter_map(answer).collect()
}

/// What a session that was trained for so many steps alone makes of so many images.
fn want(config: &RunConfig, n_steps: u32, n_images: usize) -> Vec<u32> {
    let mut session = opened(config.clone());
    (0..n_steps).for_each(|_| _ = run_after(&mut session, on(RunCommand::Step)));
    answers(&run_after(&mut session, read(1, n_images))).remove(0).2
}

#[test]
fn images_are_read_together_as_they_are_one_by_one() {
    let mut session = opened(small_config());
    run_after(&mut session, on(RunCommand::Step));
    let images = images(40);
    let mut predict = |images: &[f32]| {
        let command = predict(1, images.to_vec());
        match run_after(&mut session, command).pop() {
            Some(Event::Answered(_, Ok(Answer::Prediction(found)))) => found.probabilities,
            other => panic!("{other:?}"),
        }
    };
    let want: Vec<f32> = images.chunks(784).flat_map(&mut predict).collect();
    // Less than a batch of 16, just one, one and a part, two and a half.
    for n in [2, 16, 19, 40] {
        let got = predict(&images[..n * 784]);
        assert_eq!(got.len(), n * 10);
        assert!(got.iter().zip(&want).all(|(got, want)| (got - want).abs() <= 1e-5), "{n} images");
    }
}

#[test]
fn replicas_read_their_share_and_every_number_of_workers_reads_the_same() {
    for config in [RunConfig { batch: 32, ..quick_config() }, RunConfig { batch: 50, ..quick_config() }] {
        let want = want(&config, 0, 130);
        for (n_workers, seed) in [(1, 0), (2, 1), (3, 2), (8, 3)] {
            let mut fleet = Fleet::new(opened(config.clone()), n_workers, seed);
            // The first wakes the replicas; the others find them up.
            (1..=6).for_each(|request| fleet.run_after(read(request, 130)));
            let answers = answers(&fleet.events);
            assert_eq!(answers.iter().map(|answer| answer.0).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
            assert!(answers.iter().all(|(_, _, got)| *got == want), "batch {}, {n_workers} workers", config.batch);
            assert_eq!(fleet.n_sent > 6, n_workers > 1, "replicas took part");
        }
    }
}

#[test]
fn reading_in_the_middle_of_training_changes_no_bit_of_it_and_shows_one_network() {
    let config = RunConfig { spec: Preset::Small.spec(), batch: 32, epochs: 8, n_validation: 20, ..quick_config() };
    let plain = |config: &RunConfig| {
        let mut fleet = Fleet::new(opened(config.clone()), 1, 0);
        fleet.run_after(on(RunCommand::Train));
        fleet.outcome()
    };
    let undisturbed = plain(&config);
    for (n_workers, seed) in [(1, 0), (2, 1), (3, 2), (3, 4)] {
        let mut fleet = Fleet::new(opened(config.clone()), n_workers, seed);
        fleet.handle(on(RunCommand::Train));
        for request in 1..=4 {
            (0..9 + 2 * seed).for_each(|_| _ = fleet.turn());
            fleet.handle(read(request, 70));
        }
        fleet.run();
        assert!(fleet.outcome() == undisturbed, "{n_workers} workers, order {seed}");
        let answers = answers(&fleet.events);
        assert_eq!(answers.len(), 4);
        for (_, n_steps, got) in answers {
            assert!(got == want(&config, n_steps, 70), "not the network after {n_steps} steps");
        }
    }
}

#[test]
fn a_paused_run_reads_and_stays_paused() {
    let mut fleet = Fleet::new(opened(quick_config()), 2, 3);
    fleet.handle(on(RunCommand::Train));
    (0..12).for_each(|_| _ = fleet.turn());
    fleet.handle(on(RunCommand::Pause));
    let n_steps = steps(&fleet.events).len();
    fleet.run_after(read(5, 100));
    assert_eq!(answers(&fleet.events).len(), 1);
    assert_eq!((steps(&fleet.events).len(), states(&fleet.events).last()), (n_steps, Some(&RunState::Paused)));
}

#[test]
fn what_a_network_had_not_read_when_it_was_replaced_is_refused() {
    let mut fleet = Fleet::new(opened(quick_config()), 3, 3);
    for command in [on(RunCommand::Reset), Command::Open(RUN, quick_config())] {
        fleet.handle(on(RunCommand::Train));
        (0..12).for_each(|_| _ = fleet.turn());
        fleet.handle(read(7, 900));
        fleet.turn();
        fleet.handle(command);
        fleet.run();
        assert!(answers(&fleet.events).is_empty());
        assert_eq!(refusals(&fleet.events), [(7, Refusal::Closed)]);
        fleet.events.clear();
    }
    fleet.run_after(read(8, 30));
    assert_eq!(answers(&fleet.events).len(), 1);
}

#[test]
fn replicas_that_fail_while_they_read_cost_nothing_but_time() {
    let config = RunConfig { batch: 32, ..quick_config() };
    let want = want(&config, 0, 200);
    for fate in [Fate::Breaks, Fate::Silence, Fate::Garbled, Fate::Short, Fate::NotNumbers, Fate::Swapped] {
        let mut fleet = Fleet::new(opened(config.clone()), 3, 1);
        fleet.run_after(read(1, 200));
        fleet.fate = match fate {
            Fate::Breaks => |n| if n % 3 == 0 { Fate::Breaks } else { Fate::Arrives },
            Fate::Silence => |n| if n % 5 == 0 { Fate::Silence } else { Fate::Arrives },
            Fate::Garbled => |n| if n % 3 == 0 { Fate::Garbled } else { Fate::Arrives },
            Fate::Short => |n| if n % 3 == 0 { Fate::Short } else { Fate::Arrives },
            Fate::NotNumbers => |n| if n % 2 == 0 { Fate::NotNumbers } else { Fate::Arrives },
            _ => |n| if n % 3 == 0 { Fate::Swapped } else { Fate::Arrives },
        };
        (2..=5).for_each(|request| fleet.run_after(read(request, 200)));
        let answers = answers(&fleet.events);
        assert!(answers.len() == 5 && answers.iter().all(|(_, _, got)| *got == want), "{fate:?}");
    }
}

#[test]
fn images_are_read_while_the_run_waits_for_its_own() {
    let mut session = Session::new();
    session.handle(Command::Open(RUN, RunConfig { batch: 20, ..crate::data::config() }));
    session.plan_mnist(crate::data::plan());
    run_after(&mut session, on(RunCommand::Train));
    let events = run_after(&mut session, read(3, 50));
    assert_eq!(answers(&events).len(), 1);
    assert!(states(&events).is_empty(), "it still waits: {:?}", states(&events));
}
