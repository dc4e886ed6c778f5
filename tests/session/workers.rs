//! Replicas change how fast a run is, and no bit of it.

use receptive_nn::{Preset, Spec};
use receptive_train::Session;
use receptive_train::protocol::{Command, FewerWorkers, RunCommand, RunConfig, RunState, Split};

use crate::data;
use crate::drive::*;
use crate::fleet::*;

/// Twenty-four steps of four shards and a ragged evaluation.
fn config(preset: Preset) -> RunConfig {
    RunConfig { spec: preset.spec(), batch: 32, epochs: 8, n_validation: 20, ..quick_config() }
}

fn outcome(config: RunConfig, n_workers: u32, seed: u64) -> (String, u32) {
    let mut fleet = Fleet::new(opened(config), n_workers, seed);
    fleet.run_after(on(RunCommand::Train));
    (fleet.outcome(), fleet.n_sent)
}

#[test]
fn any_number_of_workers_gives_the_same_bits_whatever_the_order_of_answers() {
    for config in [
        config(Preset::Small),
        config(Preset::Mlp),
        // Seven shards of five and six images.
        RunConfig { batch: 50, ..config(Preset::Linear) },
        RunConfig { batch: 1, n_training: Some(30), epochs: 1, ..config(Preset::Linear) },
    ] {
        let (want, n_sent) = outcome(config.clone(), 1, 0);
        assert_eq!(n_sent, 0, "alone is alone");
        for n_workers in [2, 3, 4, 8] {
            for seed in 1..3 {
                let (got, n_sent) = outcome(config.clone(), n_workers, seed);
                assert!(got == want, "batch {}, {n_workers} workers, order {seed}", config.batch);
                assert_eq!(n_sent > 9, config.batch > 1, "replicas did something where there was something");
            }
        }
    }
}

#[test]
fn a_run_alone_is_the_run_that_a_plain_session_drives() {
    let config = config(Preset::Small);
    let mut plain = opened(config.clone());
    let want = losses(&run_after(&mut plain, on(RunCommand::Train)));
    let mut fleet = Fleet::new(opened(config), 3, 5);
    fleet.run_after(on(RunCommand::Train));
    assert_eq!(losses(&fleet.events), want);
}

#[test]
fn images_that_arrive_late_or_out_of_order_change_nothing_with_replicas_either() {
    let run_with = |order: [usize; 5], n_workers, seed: u32| {
        let mut session = Session::new();
        session.handle(Command::Open(RUN, RunConfig { batch: 20, ..data::config() }));
        session.plan_mnist(data::plan());
        let mut fleet = Fleet::new(session, n_workers, seed.into());
        fleet.handle(on(RunCommand::Train));
        for i in order {
            (0..7 * seed).for_each(|_| _ = fleet.turn());
            let (split, i) = if i < 3 { (Split::Training, i) } else { (Split::Test, i - 3) };
            fleet.session.put_mnist(split, i, data::chunk(split, i));
        }
        fleet.run();
        fleet.outcome()
    };
    let want = run_with([0, 1, 2, 3, 4], 1, 0);
    for (seed, order) in [(1, [0, 1, 2, 3, 4]), (2, [4, 3, 2, 1, 0]), (3, [1, 4, 0, 3, 2]), (5, [0, 2, 4, 1, 3])] {
        assert!(run_with(order, 3, seed) == want, "{order:?}");
    }
}

#[test]
fn the_number_of_workers_can_change_at_any_time() {
    let config = config(Preset::Small);
    let (want, _) = outcome(config.clone(), 1, 0);
    for seed in 0..6 {
        let mut fleet = Fleet::new(opened(config.clone()), 2, seed);
        fleet.handle(on(RunCommand::Train));
        for n_workers in [4, 1, 3, 0, 8, 2, u32::MAX, 1, 2] {
            (0..6 + seed).for_each(|_| _ = fleet.turn());
            fleet.handle(Command::SetWorkers(n_workers));
        }
        fleet.run();
        assert!(fleet.outcome() == want, "order {seed}");
        assert_eq!(fleet.n_idle, 0, "it waited for a replica that was ended");
    }
}

#[test]
fn pauses_and_single_steps_in_the_middle_of_a_batch_change_nothing() {
    let config = RunConfig { epochs: 30, ..config(Preset::Linear) };
    let (want, _) = outcome(config.clone(), 1, 0);
    for seed in 0..6 {
        let mut fleet = Fleet::new(opened(config.clone()), 3, seed);
        for turns in [5, 1, 8, 2, 9, 3, 4] {
            fleet.handle(on(RunCommand::Train));
            (0..turns + 2 * seed).for_each(|_| _ = fleet.turn());
            fleet.handle(on(RunCommand::Pause));
            assert_eq!(states(&fleet.events).last(), Some(&RunState::Paused), "paused at once");
            let n_steps = steps(&fleet.events).len();
            fleet.run();
            assert_eq!(steps(&fleet.events).len(), n_steps, "a step after the pause");
            fleet.run_after(on(RunCommand::Step));
            assert_eq!(steps(&fleet.events).len(), n_steps + 1);
        }
        fleet.run_after(on(RunCommand::Train));
        assert!(fleet.outcome() == want, "order {seed}");
    }
}

#[test]
fn reset_stop_and_another_run_leave_nothing_behind() {
    let config = config(Preset::Small);
    let (want, _) = outcome(config.clone(), 1, 0);
    for seed in 0..6 {
        let mut fleet = Fleet::new(opened(RunConfig { batch: 24, seed: 99, ..config.clone() }), 3, seed);
        fleet.handle(on(RunCommand::Train));
        (0..20).for_each(|_| _ = fleet.turn());
        fleet.handle(on(RunCommand::Reset));
        fleet.handle(on(RunCommand::Train));
        (0..20 + seed).for_each(|_| _ = fleet.turn());
        fleet.handle(Command::Open(RUN, RunConfig { spec: Preset::Mlp.spec(), ..config.clone() }));
        fleet.handle(on(RunCommand::Train));
        (0..25 + seed).for_each(|_| _ = fleet.turn());
        fleet.run_after(on(RunCommand::Stop));
        assert_eq!(states(&fleet.events).last(), Some(&RunState::Stopped));
        fleet.handle(Command::Open(RUN, config.clone()));
        fleet.events.clear();
        fleet.run_after(on(RunCommand::Train));
        assert!(fleet.outcome() == want, "order {seed}");
    }
}

#[test]
fn no_replica_is_started_before_training_and_no_more_than_there_are_shards() {
    let mut fleet = Fleet::new(opened(config(Preset::Small)), 8, 1);
    fleet.run();
    assert_eq!(fleet.n_started, 0);
    fleet.run_after(on(RunCommand::Train));
    assert_eq!(fleet.n_started, 3, "four shards of eight images");
    let last = *fleet.workers().last().expect("an event");
    assert_eq!((last.n_asked, last.n_used, last.why_fewer), (8, 4, Some(FewerWorkers::FewShards)));
}

#[test]
fn a_network_that_needs_its_batch_whole_says_so_where_workers_were_asked_for() {
    let spec = Spec::read("28x28x1:c4x5s3,n,f,d10").expect("a network");
    let mut fleet = Fleet::new(opened(RunConfig { spec, ..config(Preset::Small) }), 8, 1);
    fleet.run_after(on(RunCommand::Train));
    let last = *fleet.workers().last().expect("an event");
    assert_eq!((last.n_asked, last.n_used, last.why_fewer), (8, 1, Some(FewerWorkers::WholeBatch)));
}

#[test]
fn where_messages_cost_more_than_they_save_replicas_rest_and_an_event_says_so() {
    let config = RunConfig { epochs: 60, ..config(Preset::Linear) };
    let mut fleet = Fleet::new(opened(config.clone()), 2, 1);
    fleet.millis = |_| 30.0;
    fleet.run_after(on(RunCommand::Train));
    let last = *fleet.workers().last().expect("an event");
    assert_eq!((last.n_asked, last.n_used, last.why_fewer), (2, 1, Some(FewerWorkers::Slower)));
    assert!(fleet.outcome() == outcome(config, 1, 0).0);
    assert!(fleet.n_sent < 80, "{} messages though it is slower", fleet.n_sent);
}

#[test]
fn where_some_workers_only_hold_the_others_up_fewer_work() {
    let config = RunConfig { epochs: 60, ..config(Preset::Linear) };
    let mut fleet = Fleet::new(opened(config.clone()), 4, 1);
    fleet.millis = |n_messages| [900.0, 30.0, 500.0, 500.0][n_messages.min(3) as usize];
    fleet.run_after(on(RunCommand::Train));
    let last = *fleet.workers().last().expect("an event");
    assert_eq!((last.n_asked, last.n_used, last.why_fewer), (4, 2, Some(FewerWorkers::Slower)));
    assert!(fleet.outcome() == outcome(config, 1, 0).0);
}

#[test]
fn without_workers_in_workers_one_does_it_all_and_says_so() {
    let config = config(Preset::Small);
    let mut fleet = Fleet::new(opened(config.clone()), 4, 1);
    fleet.handle(on(RunCommand::Train));
    fleet.session.no_replicas();
    fleet.run();
    assert!(fleet.outcome() == outcome(config, 1, 0).0);
    let last = *fleet.workers().last().expect("an event");
    assert_eq!((last.n_used, last.why_fewer), (1, Some(FewerWorkers::Impossible)));
}

#[test]
fn a_run_that_diverges_does_so_at_the_same_step_with_the_same_bits() {
    let config = RunConfig { learning_rate: 50.0, ..config(Preset::Small) };
    let diverged = |n_workers, seed| {
        let mut fleet = Fleet::new(opened(config.clone()), n_workers, seed);
        fleet.run_after(on(RunCommand::Train));
        let problems: Vec<_> = divergences(&fleet.events).iter().map(|event| format!("{event:?}")).collect();
        assert_eq!(problems.len(), 1, "{problems:?}");
        fleet.run_after(on(RunCommand::RestoreLastGood));
        fleet.handle(on(RunCommand::SetLearningRate(0.01)));
        fleet.run_after(on(RunCommand::Train));
        (problems, fleet.outcome())
    };
    let want = diverged(1, 0);
    for seed in 0..4 {
        assert!(diverged(3, seed) == want, "order {seed}");
    }
}
