//! What depends on validations between epochs: when they are measured, and a learning rate that falls with them, whatever
//! becomes of the run on the way.

use receptive_nn::{Course, Plateau, Schedule};
use receptive_train::Session;
use receptive_train::protocol::{
    Answer, Event, Query, RequestId, RunCommand, RunConfig, RunEvent, RunState, ValidationRecord,
};

use crate::drive::*;
use crate::fleet::Fleet;

/// Three epochs of six steps, measured every four steps.
fn config() -> RunConfig {
    RunConfig { epochs: 3, validate_every: Some(4), ..quick_config() }
}

/// The same with a rate that falls at once when the loss does not fall by half.
fn falling() -> RunConfig {
    let plateau = Plateau { factor: 0.5, patience: 0, threshold: 0.5 };
    RunConfig { schedule: Schedule::plain(Course::Plateau(plateau)), learning_rate: 0.008, ..config() }
}

fn validations(events: &[Event]) -> Vec<ValidationRecord> {
    let validation = |event: &Event| match event {
        Event::Run { event: RunEvent::Validation(record), .. } => Some(*record),
        _ => None,
    };
    events.iter().filter_map(validation).collect()
}

fn bits(records: &[ValidationRecord]) -> Vec<(u32, u32)> {
    records.iter().map(|record| (record.iteration, record.loss.to_bits())).collect()
}

/// The learning rate of the last step.
fn rate(session: &mut Session) -> f32 {
    session.handle(ask(9, Query::Step { run: RUN, names: vec![], example: None }));
    match session.drain().pop() {
        Some(Event::Answered(RequestId(9), Ok(Answer::Step(step)))) => step.learning_rate,
        other => panic!("no step but {other:?}"),
    }
}

#[test]
fn validation_images_are_measured_every_so_many_steps_and_at_the_end_of_each_epoch() {
    let measured = |config: RunConfig| -> Vec<(u32, u32)> {
        let events = run_after(&mut opened(config), on(RunCommand::Train));
        assert_eq!(states(&events).last(), Some(&RunState::Finished));
        validations(&events).iter().map(|record| (record.epoch, record.iteration)).collect()
    };
    assert_eq!(measured(config()), [(0, 4), (1, 6), (1, 8), (2, 12), (2, 16), (3, 18)]);
    assert_eq!(measured(RunConfig { validate_every: None, ..config() }), [(1, 6), (2, 12), (3, 18)]);
    assert_eq!(measured(RunConfig { validate_every: Some(100), ..config() }), [(1, 6), (2, 12), (3, 18)]);
    assert_eq!(measured(RunConfig { n_validation: 0, ..config() }), []);
    let every = measured(RunConfig { validate_every: Some(1), ..config() });
    assert_eq!(every.iter().map(|at| at.1).collect::<Vec<_>>(), (1..=18).collect::<Vec<_>>());
}

#[test]
fn measuring_more_often_changes_nothing_in_the_run() {
    let run = |validate_every| {
        losses(&run_after(&mut opened(RunConfig { validate_every, ..config() }), on(RunCommand::Train)))
    };
    assert_eq!(run(Some(1)), run(None));
}

#[test]
fn single_steps_measure_where_a_run_in_one_go_does() {
    let want = bits(&validations(&run_after(&mut opened(config()), on(RunCommand::Train))));
    let mut session = opened(config());
    let mut found = vec![];
    for step in 1..=18 {
        let events = run_after(&mut session, on(RunCommand::Step));
        assert_eq!(steps(&events).len(), 1, "step {step}");
        found.extend(bits(&validations(&events)));
    }
    assert_eq!(found, want);
}

#[test]
fn the_rate_falls_where_the_measured_loss_says_so() {
    let mut session = opened(falling());
    let (mut measured, mut rates) = (vec![], vec![]);
    for step in 0..18 {
        let events = run_after(&mut session, on(RunCommand::Step));
        // PyTorch's definition, in its own words, over what was measured before this step.
        let (mut best, mut want) = (f64::INFINITY, 0.008);
        for loss in &measured {
            if *loss < best * (1.0 - 0.5) { best = *loss } else { want *= 0.5 }
        }
        if step < 17 {
            let got = f64::from(rate(&mut session));
            assert!((got - want).abs() <= 1e-6 * want, "step {step}: {got} for {want}");
            rates.push(got);
        }
        measured.extend(validations(&events).iter().map(|record| f64::from(record.loss)));
    }
    assert!(rates.last() < rates.first(), "it did fall: {rates:?}");
    assert_ne!(
        losses(&run_after(&mut opened(falling()), on(RunCommand::Train))),
        losses(&run_after(&mut opened(RunConfig { schedule: Schedule::CONSTANT, ..falling() }), on(RunCommand::Train))),
    );
}

#[test]
fn a_falling_rate_is_the_same_for_any_number_of_workers() {
    let outcome = |n_workers| {
        let mut fleet = Fleet::new(opened(RunConfig { batch: 32, epochs: 6, ..falling() }), n_workers, 3);
        fleet.run_after(on(RunCommand::Train));
        (fleet.outcome(), losses(&fleet.events), bits(&validations(&fleet.events)))
    };
    let alone = outcome(1);
    assert!(outcome(2) == alone && outcome(4) == alone);
}

#[test]
fn a_falling_rate_goes_on_from_a_checkpoint_and_a_step_that_is_undone_comes_to_the_same_again() {
    let whole = run_after(&mut opened(falling()), on(RunCommand::Train));
    for n_steps in [3, 4, 6, 9, 16] {
        let mut first = opened(falling());
        let mut kept = None;
        for i in 0..n_steps {
            run_after(&mut first, on(RunCommand::Step));
            kept = first.take_checkpoint(f64::from(i) * 1e5).or(kept);
        }
        let (_, iteration, bytes) = kept.expect("a checkpoint");
        assert_eq!(iteration, n_steps);
        let mut second = session();
        second.resume(&bytes);
        second.drain();
        let events = run_after(&mut second, on(RunCommand::Train));
        assert!(losses(&events) == losses(&whole)[n_steps as usize..], "from {n_steps}");
        // Undone across a measurement, and gone on.
        run_after(&mut first, on(RunCommand::Back));
        let events = run_after(&mut first, on(RunCommand::Train));
        assert!(losses(&events) == losses(&whole)[n_steps as usize - 1..], "back from {n_steps}");
    }
}
