//! Commands in orders that no page would send.

use receptive_core::Rng;
use receptive_nn::{Course, Head, Schedule};
use receptive_train::{
    Session,
    protocol::{Command, DatasetKind, Event, Query, RunCommand, RunConfig, RunEvent, RunState, Split, Weights},
};

use crate::drive::*;

/// A command at random, sensible or not.
fn command(rng: &mut Rng) -> Command {
    let dataset = [DatasetKind::BuiltIn, DatasetKind::Mnist, DatasetKind::Own][rng.below(3) as usize];
    match rng.below(15) {
        0 | 1 => Command::Open(
            RUN,
            RunConfig {
                dataset: if rng.below(3) == 0 { dataset } else { DatasetKind::Own },
                batch: [0, 1, 16, 97, 5000][rng.below(5) as usize],
                epochs: rng.below(3),
                learning_rate: [0.01, 0.0, f32::NAN, 1e9][rng.below(4) as usize],
                loss: Head::LOSSES[rng.below(5) as usize],
                schedule: Schedule {
                    course: Course::ALL[rng.below(7) as usize]
                        .with_factor([0.1, 0.0, f32::NAN, -2.0][rng.below(4) as usize]),
                    warm_up: [0.0, 0.3, 1.0, -1.0, f32::NAN, 1e9][rng.below(6) as usize],
                    lowest: [0.0, 1e-3, -1.0, f32::NAN][rng.below(4) as usize],
                },
                n_training: [None, Some(0), Some(32), Some(1000)][rng.below(4) as usize],
                n_validation: [0, 24, 500][rng.below(3) as usize],
                validate_every: [None, Some(0), Some(1), Some(7)][rng.below(4) as usize],
                ..quick_config()
            },
        ),
        2 | 3 => Command::Open(RUN, quick_config()),
        4 | 5 => on(RunCommand::Train),
        6 => on(RunCommand::Pause),
        7 => on(RunCommand::Step),
        8 => on(RunCommand::Reset),
        9 => on(RunCommand::Stop),
        10 => [
            on(RunCommand::RestoreLastGood),
            on(RunCommand::Back),
            on(RunCommand::SetLearningRate(rng.range(-0.01, 0.1))),
        ][rng.below(3) as usize]
            .clone(),
        11 => predict(1, vec![0.5; [784, 3][rng.below(2) as usize]]),
        12 => {
            let split = [Split::Training, Split::Validation, Split::Test][rng.below(3) as usize];
            ask(2, Query::ReadImage { dataset, split, index: [0, 23, 119, u32::MAX][rng.below(4) as usize] })
        }
        13 => Command::SetWorkers([0, 1, 3, u32::MAX][rng.below(4) as usize]),
        _ => ask(
            3,
            Query::Tensors { weights: Weights::Run(RUN), pixels: vec![0.5; 784], names: vec!["linear 1".into()] },
        ),
    }
}

#[test]
fn commands_in_any_order_never_panic_and_steps_stay_in_order() {
    for seed in 0..150 {
        let mut rng = Rng::new(seed);
        let mut session = if seed % 5 == 0 { Session::new() } else { session() };
        let (mut iteration, mut state) = (0, RunState::Idle);
        let mut said = Vec::new();
        for _ in 0..40 {
            let command = command(&mut rng);
            said.push(format!("{command:?}").chars().take(30).collect::<String>());
            session.handle(command);
            for _ in 0..rng.below(6) {
                session.tick(f64::from(rng.below(1000)));
            }
            for event in session.drain() {
                match event {
                    Event::Run { event: RunEvent::Opened { .. }, .. } => iteration = 0,
                    Event::Run { event: RunEvent::Rewound, step: to, .. } => {
                        assert!(to <= iteration, "rewound forwards: {said:?}");
                        iteration = to;
                    }
                    Event::Run { event: RunEvent::Steps(steps), .. } => {
                        assert!(!steps.is_empty());
                        for step in steps {
                            iteration += 1;
                            assert_eq!(step.iteration, iteration, "{said:?}");
                        }
                    }
                    Event::Run { event: RunEvent::State(new), .. } => {
                        assert_ne!(new, state, "a state emitted twice: {said:?}");
                        state = new;
                    }
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn a_session_without_a_run_does_nothing() {
    let mut session = Session::new();
    assert!(!session.tick(f64::NAN));
    for command in [
        on(RunCommand::Train),
        on(RunCommand::Pause),
        on(RunCommand::Step),
        on(RunCommand::Reset),
        on(RunCommand::Stop),
        on(RunCommand::RestoreLastGood),
        on(RunCommand::Back),
    ] {
        session.handle(command);
        assert!(!session.tick(0.0));
    }
    assert!(session.drain().is_empty());
}
