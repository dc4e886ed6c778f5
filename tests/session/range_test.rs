//! The range test: a copy of the run that is trained with growing rates, and a run that stays as it is.

use receptive_nn::{Optimiser, RangeTest, Verdict};
use receptive_train::Session;
use receptive_train::protocol::{Answer, Event, Query, RangeStep, Refusal, RequestId, RunCommand, RunConfig, RunId};

use crate::drive::*;

const TEST: RangeTest = RangeTest { low: 1e-4, high: 1e3, n_steps: 40 };

fn step(session: &mut Session, test: RangeTest, step: u32) -> Result<RangeStep, Refusal> {
    session.handle(ask(3, Query::RangeStep { run: RUN, test, step }));
    match session.drain().pop() {
        Some(Event::Answered(RequestId(3), Ok(Answer::RangeStep(found)))) => Ok(found),
        Some(Event::Answered(RequestId(3), Err(why))) => Err(why),
        other => panic!("no answer but {other:?}"),
    }
}

/// All steps of a test.
fn whole(session: &mut Session, test: RangeTest) -> Vec<RangeStep> {
    let mut steps: Vec<RangeStep> = vec![];
    while steps.last().is_none_or(|last| last.verdict.is_none()) {
        steps.push(step(session, test, steps.len() as u32).expect("a step"));
    }
    steps
}

fn config() -> RunConfig {
    RunConfig { optimiser: Optimiser::SGD, ..quick_config() }
}

#[test]
fn its_steps_are_those_of_a_run_with_these_rates() {
    let mut session = opened(config());
    let steps = whole(&mut session, TEST);
    // The same steps of an ordinary run, whose rate is set before each.
    let mut plain = opened(RunConfig { epochs: 9, ..config() });
    for (i, found) in steps.iter().enumerate() {
        let rate = 1e-4 * 1e7_f64.powf(i as f64 / 39.0);
        assert!((f64::from(found.rate) - rate).abs() <= 1e-5 * rate, "{i}: {}", found.rate);
        plain.handle(on(RunCommand::SetLearningRate(found.rate)));
        let events = run_after(&mut plain, on(RunCommand::Step));
        assert_eq!(losses(&events), [found.loss.to_bits()], "step {i}");
    }
    let Some(Verdict::Proposed { least_at, rate }) = steps.last().and_then(|step| step.verdict) else {
        panic!("no rate: {steps:?}")
    };
    let least = steps.iter().min_by(|a, b| a.smoothed.total_cmp(&b.smoothed)).unwrap();
    assert!(least.rate == least_at && (rate - 0.1 * least_at).abs() <= 0.05 * rate && steps.len() < 40);
}

#[test]
fn the_open_run_stays_as_it_is() {
    let mut session = opened(config());
    (0..3).for_each(|_| _ = run_after(&mut session, on(RunCommand::Step)));
    let before = fingerprint(&mut session);
    let first = whole(&mut session, TEST);
    assert_eq!(fingerprint(&mut session), before);
    assert_eq!(whole(&mut session, TEST), first, "it begins from the initial weights again");
    let want = run_after(&mut opened(config()), on(RunCommand::Train));
    let rest = run_after(&mut session, on(RunCommand::Train));
    assert!(losses(&rest) == losses(&want)[3..]);
}

#[test]
fn what_cannot_be_tested_is_refused() {
    let mut session = opened(config());
    for test in [RangeTest { low: 0.0, ..TEST }, RangeTest { high: f32::NAN, ..TEST }, RangeTest { n_steps: 0, ..TEST }]
    {
        assert_eq!(step(&mut session, test, 0), Err(Refusal::NotFinite));
    }
    assert_eq!(step(&mut session, TEST, 1), Err(Refusal::Closed), "nothing was begun");
    assert!(step(&mut session, TEST, 0).is_ok());
    assert_eq!(step(&mut session, TEST, 2), Err(Refusal::Closed), "that is not the next one");
    session.handle(ask(5, Query::RangeStep { run: RunId(77), test: TEST, step: 0 }));
    assert_eq!(refusals(&session.drain())[..], [(5, Refusal::NoRun)]);
}

#[test]
fn a_rate_that_is_never_right_is_not_proposed() {
    let mut session = opened(config());
    let test = RangeTest { low: 1e-12, high: 1e-10, n_steps: 12 };
    let last = whole(&mut session, test).pop().and_then(|step| step.verdict);
    assert_eq!(last, Some(Verdict::NeverFell));
}
