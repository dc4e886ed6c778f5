//! The way back: a step that is undone comes to the same bits again.

use receptive_nn::{Optimiser, Preset, Spec};
use receptive_train::Session;
use receptive_train::protocol::{
    Answer, Command, Event, OpenedStep, Query, Refusal, RequestId, RunCommand, RunConfig, RunEvent, RunId, RunState,
};

use crate::drive::*;

/// A network whose steps depend on all that a step can depend on: a rule with memory, running averages, chance.
const FULL: &str = "28x28x1:c4x3p1,n,r,m2,f,o0.5,d10";

fn full() -> RunConfig {
    RunConfig { spec: Spec::read(FULL).expect("a network"), optimiser: Optimiser::ADAM, ..quick_config() }
}

/// The numbers of steps that were said to be undoable.
fn undoable(events: &[Event]) -> Vec<u32> {
    let said = |event: &Event| match event {
        Event::Run { event: RunEvent::Undoable(n), .. } => Some(*n),
        _ => None,
    };
    events.iter().filter_map(said).collect()
}

/// Undoes a step. Returns the steps of the run afterwards, if that was said.
fn back(session: &mut Session) -> Option<u32> {
    let events = run_after(session, on(RunCommand::Back));
    events.iter().find_map(|event| match event {
        Event::Run { step, event: RunEvent::Rewound, .. } => Some(*step),
        _ => None,
    })
}

fn opened_step(session: &mut Session) -> Result<OpenedStep, Refusal> {
    session.handle(ask(9, Query::Step { run: RUN, names: vec!["update conv 1.weight".into()], example: None }));
    match session.drain().pop() {
        Some(Event::Answered(RequestId(9), Ok(Answer::Step(step)))) => Ok(step),
        Some(Event::Answered(RequestId(9), Err(why))) => Err(why),
        other => panic!("no answer but {other:?}"),
    }
}

#[test]
fn steps_that_are_undone_one_by_one_come_to_the_same_bits_again() {
    let mut session = opened(full());
    // Six steps are an epoch, behind which the next one's images are shuffled anew.
    let mut course = vec![(fingerprint(&mut session), 0)];
    let mut said = vec![];
    for _ in 0..9 {
        let events = run_after(&mut session, on(RunCommand::Step));
        said.extend(undoable(&events));
        course.push((fingerprint(&mut session), losses(&events)[0]));
    }
    assert_eq!(said, (1..=9).collect::<Vec<_>>());
    let last = opened_step(&mut session).expect("a step");
    for n in [1, 4, 9] {
        for at in (9 - n..9).rev() {
            assert_eq!(back(&mut session), Some(at as u32));
            assert_eq!(fingerprint(&mut session), course[at].0, "back at {at}");
            // What is taken apart is the step before.
            assert_eq!(opened_step(&mut session).map(|step| step.record.iteration).ok(), (at > 0).then_some(at as u32));
        }
        for (iteration, want) in course.iter().enumerate().skip(10 - n) {
            let events = run_after(&mut session, on(RunCommand::Step));
            assert_eq!(steps(&events)[0].iteration as usize, iteration);
            assert_eq!((fingerprint(&mut session), losses(&events)[0]), *want, "again at {iteration}");
        }
        assert_eq!(opened_step(&mut session).as_ref(), Ok(&last));
    }
}

#[test]
fn a_small_network_keeps_twenty_steps_of_a_training_that_is_paused() {
    let mut session = opened(RunConfig { epochs: 8, ..full() });
    session.handle(on(RunCommand::Train));
    let mut n_steps = 0;
    while n_steps < 26 {
        session.tick(0.0);
        n_steps += steps(&session.drain()).len();
    }
    session.handle(on(RunCommand::Pause));
    assert_eq!(undoable(&session.drain()), [20]);
    for at in (6..26).rev() {
        assert_eq!(back(&mut session), Some(at));
    }
    assert_eq!(back(&mut session), None, "that is all");
    assert_eq!(opened_step(&mut session), Err(Refusal::NoStep));
    // The same steps, and the same end, as without the way back.
    let ended = run_after(&mut session, on(RunCommand::Train));
    let whole = run_after(&mut opened(RunConfig { epochs: 8, ..full() }), on(RunCommand::Train));
    assert_eq!(losses(&ended), losses(&whole)[6..]);
    assert_eq!((states(&ended).last(), undoable(&ended)), (Some(&RunState::Finished), vec![]));
    assert_eq!(back(&mut session), None, "it is over");
}

#[test]
fn a_large_network_keeps_the_steps_that_are_taken_one_by_one() {
    let config = RunConfig { spec: Preset::Slides.spec(), optimiser: Optimiser::ADAM, batch: 4, ..quick_config() };
    let mut session = opened(config);
    session.handle(on(RunCommand::Train));
    while steps(&session.drain()).is_empty() {
        session.tick(0.0);
    }
    session.handle(on(RunCommand::Pause));
    assert_eq!(undoable(&session.drain()), [0; 0], "none was kept");
    let said: Vec<_> = (0..6).flat_map(|_| undoable(&run_after(&mut session, on(RunCommand::Step)))).collect();
    assert_eq!(said, [1, 2, 3, 4], "as many as have room");
    assert_eq!((back(&mut session), back(&mut session)), (Some(6), Some(5)));
}

#[test]
fn there_is_no_way_back_while_a_run_trains_nor_into_another_run() {
    let mut session = opened(full());
    session.handle(on(RunCommand::Train));
    (0..3).for_each(|_| _ = session.tick(0.0));
    session.drain();
    session.handle(on(RunCommand::Back));
    assert!(session.drain().is_empty());
    session.handle(on(RunCommand::Pause));
    let mut weights = fingerprint(&mut session);
    session.handle(Command::Open(RunId(2), full()));
    assert_eq!(undoable(&session.drain()), [0]);
    session.handle(Command::Run(RunId(2), RunCommand::Back));
    assert!(session.drain().is_empty());
    // The one that was left goes on from its checkpoint.
    assert_eq!(back(&mut session), None);
    assert_eq!(fingerprint(&mut session), weights);
    run_after(&mut session, on(RunCommand::Step));
    assert!(back(&mut session).is_some());
    assert_eq!(fingerprint(&mut session), weights);
    // Weights that are put back after a divergence are those of a step that was done.
    session.handle(on(RunCommand::SetLearningRate(1e30)));
    weights = fingerprint(&mut session);
    let events = run_after(&mut session, on(RunCommand::Train));
    assert_eq!(states(&events).last(), Some(&RunState::Diverged));
    assert_eq!(back(&mut session), None);
    run_after(&mut session, on(RunCommand::RestoreLastGood));
    assert_eq!(fingerprint(&mut session).len(), weights.len());
}
