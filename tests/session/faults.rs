//! Replicas that break down, fall silent or talk nonsense: the same bits, a little later.

use receptive_nn::Preset;
use receptive_train::protocol::{Command, FewerWorkers, RunCommand, RunConfig, RunState};

use crate::drive::*;
use crate::fleet::*;

fn config() -> RunConfig {
    RunConfig { spec: Preset::Linear.spec(), batch: 32, epochs: 10, n_validation: 20, ..quick_config() }
}

fn alone() -> String {
    let mut fleet = Fleet::new(opened(config()), 1, 0);
    fleet.run_after(on(RunCommand::Train));
    fleet.outcome()
}

#[test]
fn a_replica_that_fails_in_the_middle_is_replaced_and_no_bit_changes() {
    let want = alone();
    type When = fn(u32) -> Fate;
    let fates: [When; 7] = [
        |n| if n == 7 { Fate::Breaks } else { Fate::Arrives },
        |n| if n == 7 { Fate::Silence } else { Fate::Arrives },
        |n| if n == 7 { Fate::Garbled } else { Fate::Arrives },
        |n| if n == 7 { Fate::Stale } else { Fate::Arrives },
        |n| if n == 7 { Fate::Swapped } else { Fate::Arrives },
        |n| if n == 7 { Fate::Short } else { Fate::Arrives },
        |n| if n == 7 { Fate::NotNumbers } else { Fate::Arrives },
    ];
    for fate in fates {
        let name = fate(7);
        for n_workers in [2, 3, 4] {
            let mut fleet = Fleet::new(opened(config()), n_workers, u64::from(n_workers));
            fleet.fate = fate;
            fleet.run_after(on(RunCommand::Train));
            assert!(fleet.outcome() == want, "{name:?}, {n_workers} workers");
            assert_eq!(fleet.n_started, n_workers, "{name:?}: one more than without the failure");
            assert!(fleet.n_sent > 15, "{name:?}: replicas went on");
        }
    }
}

#[test]
fn failures_at_random_and_all_the_time_change_no_bit() {
    let want = alone();
    let fate: fn(u32) -> Fate = |n| match n.wrapping_mul(2_654_435_761) >> 28 {
        0 => Fate::Breaks,
        1 => Fate::Silence,
        2 => Fate::Garbled,
        3 => Fate::Short,
        4 => Fate::Stale,
        _ => Fate::Arrives,
    };
    for seed in 0..8 {
        let mut fleet = Fleet::new(opened(config()), 4, seed);
        fleet.fate = fate;
        fleet.run_after(on(RunCommand::Train));
        assert!(fleet.outcome() == want, "order {seed}");
    }
}

#[test]
fn a_replica_that_fails_again_and_again_is_given_up_and_an_event_says_so() {
    let want = alone();
    for fate in [(|_| Fate::Silence) as fn(u32) -> Fate, |_| Fate::Breaks, |_| Fate::Garbled] {
        let mut fleet = Fleet::new(opened(config()), 2, 1);
        fleet.fate = fate;
        fleet.run_after(on(RunCommand::Train));
        assert!(fleet.outcome() == want);
        assert_eq!(fleet.n_started, 4, "one, and three in its place");
        let last = *fleet.workers().last().expect("an event");
        assert_eq!((last.n_asked, last.n_used, last.why_fewer), (2, 1, Some(FewerWorkers::Lost(1))));
        // Asked for again, it gets another chance.
        fleet.fate = |_| Fate::Arrives;
        fleet.handle(on(RunCommand::Reset));
        fleet.handle(Command::SetWorkers(2));
        fleet.events.clear();
        fleet.run_after(on(RunCommand::Train));
        assert!(fleet.outcome() == want && fleet.n_started == 5);
    }
}

#[test]
fn the_timeout_does_not_grow_with_every_failure() {
    let mut fleet = Fleet::new(opened(RunConfig { epochs: 40, ..config() }), 4, 1);
    fleet.fate = |n| if n % 12 == 11 { Fate::Silence } else { Fate::Arrives };
    fleet.run_after(on(RunCommand::Train));
    // Three slots with four failures each, 120 steps of at most 0.3 s in a few ticks; two or three seconds for each failure.
    assert!(fleet.now_millis < 90_000.0, "{} ms", fleet.now_millis);
}

#[test]
fn silence_is_found_out_by_time_and_not_by_sleep() {
    let mut fleet = Fleet::new(opened(config()), 2, 1);
    fleet.fate = |n| if n > 12 { Fate::Silence } else { Fate::Arrives };
    fleet.handle(on(RunCommand::Train));
    while fleet.n_sent <= 12 {
        fleet.turn();
    }
    fleet.millis = |_| 0.0;
    (0..10).for_each(|_| _ = fleet.turn());
    assert!(fleet.session.is_awaiting_answers() && states(&fleet.events).last() == Some(&RunState::Training));
    let n_steps = steps(&fleet.events).len();
    // The machine slept for a day: that is no reason to think the replica dead.
    fleet.now_millis += 86_400_000.0;
    fleet.turn();
    assert!(fleet.session.is_awaiting_answers());
    fleet.millis = |_| 500.0;
    (0..6).for_each(|_| _ = fleet.turn());
    assert!(steps(&fleet.events).len() > n_steps, "the step was done by those that are left");
}

#[test]
fn a_replica_that_never_comes_up_holds_up_nothing() {
    let mut session = opened(config());
    session.handle(Command::SetWorkers(3));
    let events = run_after(&mut session, on(RunCommand::Train));
    assert_eq!(states(&events).last(), Some(&RunState::Finished));
    assert_eq!(losses(&events), losses(&run_after(&mut opened(config()), on(RunCommand::Train))));
}

#[test]
fn answers_that_nobody_asked_for_do_no_harm() {
    let want = alone();
    let mut fleet = Fleet::new(opened(config()), 2, 3);
    fleet.handle(on(RunCommand::Train));
    for id in [0, 1, 77, u32::MAX] {
        for n_bytes in [0, 3, 31, 32, 33, 100_000] {
            fleet.turn();
            fleet.session.replica_answered(id, &mut MessageBuffer::blank(n_bytes));
        }
        fleet.session.replica_failed(id);
        fleet.session.replica_ready(id);
    }
    fleet.run();
    assert!(fleet.outcome() == want);
}
