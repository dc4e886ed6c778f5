//! Runs that the host keeps: they go on as if nothing had happened, with their curves; and what is no run passes for none.

use receptive_core::Rng;
use receptive_nn::{Optimiser, Preset, Schedule};
use receptive_train::protocol::{
    Command, Event, KeptError, RunCommand, RunConfig, RunEvent, RunId, RunState, StorageFault, encode,
};
use receptive_train::{History, KeptRun, Session};

use crate::drive::*;

/// The bytes before those that the checksum is of.
const HEAD: usize = 12;
const KEY: &str = "a run";

/// Four epochs of six steps.
fn config() -> RunConfig {
    RunConfig { epochs: 4, ..quick_config() }
}

/// Bytes with a checksum that is right, whatever they are.
fn signed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = crc32fast::hash(&bytes[HEAD..]).to_le_bytes();
    bytes[8..HEAD].copy_from_slice(&sum);
    bytes
}

/// Takes single steps and returns what the host is to keep.
fn kept_after(session: &mut Session, n_steps: u32) -> Vec<u8> {
    session.handle(Command::Keep(RUN, Some(KEY.into())));
    for _ in 0..n_steps {
        run_after(session, on(RunCommand::Step));
    }
    let (run, iteration, bytes) = session.take_checkpoint(0.0).expect("a checkpoint");
    assert_eq!((session.key_of(run), iteration), (Some(KEY), n_steps));
    bytes
}

/// Goes on in a session with a run that is kept, under a name of its own. Returns what it says.
fn go_on(session: &mut Session, run: RunId, bytes: &[u8]) -> Vec<Event> {
    session.handle(Command::GoOn(run, KEY.into(), config()));
    assert_eq!(session.take_wanted_run(), Some((run, KEY.into())));
    assert_eq!(session.take_wanted_run(), None, "once");
    session.put_wanted_run(run, Ok(bytes));
    session.drain()
}

/// The history that a run says to have had.
fn history(events: &[Event]) -> History {
    let found = events.iter().find_map(|event| match event {
        Event::Run { event: RunEvent::History(history), .. } => Some((**history).clone()),
        _ => None,
    });
    found.expect("a history")
}

fn lost(events: &[Event]) -> Option<KeptError> {
    events.iter().find_map(|event| match event {
        Event::Run { event: RunEvent::Lost(why), .. } => Some(*why),
        _ => None,
    })
}

/// The bits of a history, its time apart.
fn bits(history: &History) -> Vec<u8> {
    encode(&History { millis: 0.0, ..history.clone() })
}

#[test]
fn a_kept_run_goes_on_with_its_weights_and_its_curves_to_the_last_bit() {
    for (spec, optimiser) in [(quick_spec(), Optimiser::SGD), (Preset::Small.spec(), Optimiser::ADAM)] {
        let config = RunConfig { spec, optimiser, schedule: Schedule::LINEAR, ..config() };
        let mut whole = opened(config.clone());
        let want = run_after(&mut whole, on(RunCommand::Train));
        let end = KeptRun::read(&whole.take_checkpoint(0.0).expect("a checkpoint").2).expect("a run");
        for n_steps in [1, 6, 23] {
            let mut first = opened(config.clone());
            let bytes = kept_after(&mut first, n_steps);
            let mut second = session();
            let events = go_on(&mut second, RunId(9), &bytes);
            let resumed = RunEvent::Resumed { steps_per_epoch: 6, n_steps: 24 };
            assert!(events.contains(&Event::Run { run: RunId(9), step: n_steps, event: resumed }), "{events:?}");
            assert_eq!(states(&events).last(), Some(&RunState::Paused));
            let history = history(&events);
            assert_eq!(history.steps.len(), n_steps as usize);
            assert_eq!(history.validations.len(), n_steps as usize / 6);
            let again = second.take_checkpoint(0.0).expect("a checkpoint of its own");
            let same = KeptRun::read(&again.2).expect("a run");
            assert_eq!(same.checkpoint(), KeptRun::read(&bytes).expect("a run").checkpoint());
            let events = run_after(&mut second, Command::Run(RunId(9), RunCommand::Train));
            assert!(losses(&events) == losses(&want)[n_steps as usize..]);
            let last = KeptRun::read(&second.take_checkpoint(0.0).expect("a checkpoint").2).expect("a run");
            assert_eq!(last.checkpoint(), end.checkpoint());
            // The curves at the end are those of a run that nothing interrupted.
            let mut third = session();
            let curves = bits(&self::history(&go_on(&mut third, RUN, &last.to_bytes())));
            let mut fourth = session();
            assert!(curves == bits(&self::history(&go_on(&mut fourth, RUN, &end.to_bytes()))));
            assert_eq!(last.facts().test, end.facts().test);
            assert!(end.facts().test.is_some() && end.facts().validation.is_some());
        }
    }
}

#[test]
fn a_run_is_kept_once_more_when_it_is_tested_and_when_another_takes_its_place() {
    let mut session = opened(config());
    session.handle(Command::Keep(RUN, Some(KEY.into())));
    session.handle(on(RunCommand::Train));
    let (mut now, mut kept) = (0.0, vec![]);
    while session.tick(now) {
        now += 2000.0;
        kept.extend(session.take_checkpoint(now));
    }
    kept.extend(session.take_checkpoint(now));
    let last = KeptRun::read(&kept.last().expect("a checkpoint").2).expect("a run");
    assert!(last.facts().test.is_some(), "{:?}", last.facts());
    assert!((1.0..100.0).contains(&last.facts().seconds), "{:?}", last.facts());

    let mut session = opened(config());
    session.handle(Command::Keep(RUN, Some(KEY.into())));
    session.handle(on(RunCommand::Train));
    (0..4).for_each(|_| assert!(session.tick(0.0)));
    assert!(session.take_checkpoint(1.0).is_none(), "it is not time");
    session.handle(Command::KeepNow);
    assert_eq!(session.take_checkpoint(1.0).map(|(run, step, _)| (run, step)), Some((RUN, 4)));
    session.tick(2.0);
    session.handle(Command::Open(RunId(2), config()));
    assert_eq!(session.take_checkpoint(3.0).map(|(run, step, _)| (run, step)), Some((RUN, 5)));
    assert!(session.take_checkpoint(4.0).is_none());
    session.handle(Command::Keep(RUN, None));
    assert_eq!(session.key_of(RUN), None);
}

#[test]
fn what_cannot_go_on_says_why_and_is_kept_under_that_name_no_longer() {
    let bytes = kept_after(&mut opened(config()), 3);
    let mut other = bytes.clone();
    other[7] = b'0';
    let mut damaged = bytes.clone();
    damaged[40] ^= 1;
    for (bytes, why) in [
        (&bytes[..11], KeptError::NoRun),
        (&b"something else that is long enough"[..], KeptError::NoRun),
        (&other[..], KeptError::OtherFormat),
        (&damaged[..], KeptError::Damaged),
        (&bytes[..bytes.len() - 1], KeptError::Damaged),
    ] {
        let mut session = session();
        session.handle(Command::Keep(RUN, Some(KEY.into())));
        let events = go_on(&mut session, RUN, bytes);
        assert_eq!(lost(&events), Some(why));
        assert_eq!(session.key_of(RUN), None);
        // Another run opens as ever.
        session.handle(Command::Open(RunId(2), config()));
        run_after(&mut session, Command::Run(RunId(2), RunCommand::Step));
    }
    // The storage cannot be read; and what comes when it is no longer wanted changes nothing.
    let mut session = session();
    session.handle(Command::GoOn(RUN, KEY.into(), config()));
    session.put_wanted_run(RUN, Err(KeptError::Storage(StorageFault::Failed)));
    assert_eq!(lost(&session.drain()), Some(KeptError::Storage(StorageFault::Failed)));
    session.handle(Command::GoOn(RunId(2), KEY.into(), config()));
    session.handle(Command::Open(RunId(3), config()));
    session.drain();
    session.put_wanted_run(RunId(2), Ok(&bytes));
    assert_eq!(session.drain(), []);
    // Other images than those that it learned from.
    let mut session = Session::new();
    choose(&mut session, &files(N_FILES / 2));
    session.drain();
    assert_eq!(lost(&go_on(&mut session, RUN, &bytes)), Some(KeptError::OtherImages));
}

#[test]
fn no_beginning_of_a_run_passes_for_one() {
    let bytes = kept_after(&mut opened(RunConfig { optimiser: Optimiser::SGD, ..config() }), 2);
    for n in 0..bytes.len() {
        assert!(KeptRun::read(&bytes[..n]).is_err(), "{n} of {} bytes", bytes.len());
    }
    for n in (HEAD..bytes.len()).step_by(7) {
        assert_eq!(KeptRun::read(&signed(bytes[..n].to_vec())).err(), Some(KeptError::Damaged), "{n} bytes, signed");
    }
    let longer = signed([&bytes[..], &[0]].concat());
    assert_eq!(KeptRun::read(&longer).err(), Some(KeptError::Damaged));
    assert_eq!(KeptRun::read(&bytes).map(|kept| kept.to_bytes()), Ok(bytes));
}

#[test]
fn lying_bytes_with_a_right_checksum_are_refused_or_are_a_sound_run() {
    let mut session = opened(config());
    session.handle(Command::Keep(RUN, Some(KEY.into())));
    run_after(&mut session, on(RunCommand::Train));
    let bytes = session.take_checkpoint(0.0).expect("a checkpoint").2;
    let mut rng = Rng::new(8);
    let mut n_refused = 0;
    for _ in 0..600 {
        let mut lying = bytes.clone();
        for _ in 0..1 + rng.below(3) {
            // Among the settings, or among the curves and the report, which come last.
            let from_end = rng.below(30_000).min(lying.len() as u32 - 1) as usize;
            let place = if rng.below(2) == 0 { HEAD + rng.below(120) as usize } else { lying.len() - 1 - from_end };
            lying[place] = rng.next_u32() as u8;
        }
        match KeptRun::read(&signed(lying)) {
            Err(_) => n_refused += 1,
            Ok(kept) => {
                let facts = kept.facts();
                assert!(facts.iteration <= facts.n_steps && facts.seconds >= 0.0);
                assert!(kept.checkpoint().is_finite());
                // A loss may be no number, which equals nothing.
                let again = KeptRun::read(&kept.to_bytes()).map(|again| again.to_bytes());
                assert!(again == Ok(kept.to_bytes()));
            }
        }
    }
    assert!(n_refused > 60, "{n_refused} of 600");
    // A network of blocks within blocks, far deeper than any may be.
    let spec = quick_spec().to_text();
    let deep = format!("28x28x1:{}f{}", "add(".repeat(100_000), ")".repeat(100_000));
    let place = bytes.windows(spec.len()).position(|window| window == spec.as_bytes()).expect("the network's text");
    let mut length = deep.len();
    let mut varint = vec![];
    while length >= 128 {
        varint.push(length as u8 | 128);
        length >>= 7;
    }
    varint.push(length as u8);
    let lying = [&bytes[..place - 1], &varint, deep.as_bytes(), &bytes[place + spec.len()..]].concat();
    assert_eq!(KeptRun::read(&signed(lying)).err(), Some(KeptError::Damaged));
}
