//! A session with a GPU: what becomes of a run when it works, when it is slow, and when it fails in the middle.

use receptive_nn::{Course, Optimiser, Origin, Plateau, Preset, Schedule};
use receptive_train::protocol::{
    Answer, Command, DatasetKind, EngineChoice, EngineWhy, Event, GpuDifference, Prediction, RequestId, RunCommand,
    RunConfig, RunEvent, RunState,
};

use crate::drive::*;
use crate::pretend::*;

/// A hundred and twenty steps of a small network, validated twenty times.
fn config() -> RunConfig {
    RunConfig { spec: Preset::Linear.spec(), epochs: 20, ..quick_config() }
}

fn rig(config: RunConfig) -> Rig {
    Rig::new(opened(config), EngineChoice::Gpu)
}

/// The same run on the processor alone.
fn on_cpu(config: RunConfig) -> Vec<Event> {
    let mut session = opened(config);
    run_after(&mut session, on(RunCommand::Train))
}

/// The steps that remain when every step back is heeded; they must be complete.
fn curve(events: &[Event]) -> Vec<f32> {
    let mut curve = Vec::new();
    for event in events {
        match event {
            Event::Run { event: RunEvent::Steps(steps), .. } => {
                for step in steps {
                    assert_eq!(step.iteration as usize, curve.len() + 1, "no step is left out or emitted twice");
                    curve.push(step.loss);
                }
            }
            Event::Run { event: RunEvent::Rewound, step, .. } => curve.truncate(*step as usize),
            _ => {}
        }
    }
    curve
}

/// Whether two runs came to the same within rounding: every loss, every validation, the test.
fn check_same(got: &[Event], want: &[Event]) {
    let (got_curve, want_curve) = (curve(got), curve(want));
    assert_eq!(got_curve.len(), want_curve.len());
    for (i, (got, want)) in got_curve.iter().zip(&want_curve).enumerate() {
        assert!((got - want).abs() <= 1e-3, "step {}: {got} for {want}", i + 1);
    }
    let measured = |events: &[Event]| -> Vec<f32> {
        let losses = events.iter().filter_map(|event| match event {
            Event::Run { event: RunEvent::Validation(record), .. } => Some(record.loss),
            Event::Run { event: RunEvent::Tested(report), .. } => Some(report.loss),
            _ => None,
        });
        losses.collect()
    };
    let (got, want) = (measured(got), measured(want));
    assert_eq!(got.len(), want.len());
    assert!(got.iter().zip(&want).all(|(got, want)| (got - want).abs() <= 1e-3), "{got:?} for {want:?}");
}

#[test]
fn a_run_on_the_gpu_comes_to_the_same_and_the_processor_takes_none_of_its_steps() {
    let mut rig = rig(config());
    rig.run_after(on(RunCommand::Train));
    check_same(&rig.events, &on_cpu(config()));
    assert_eq!(states(&rig.events).last(), Some(&RunState::Finished));
    assert_eq!(rig.n_steps, 120);
    assert!(rig.engines().iter().any(|status| status.is_gpu && status.adapter == Some(hardware())));
    assert!(rig.engines().iter().any(|status| status.why == EngineWhy::Starting));
    assert!(problems(&rig.events).is_empty());
}

#[test]
fn validations_between_epochs_and_a_rate_that_falls_with_them_are_the_same_on_the_gpu() {
    let plateau = Plateau { factor: 0.7, patience: 0, threshold: 0.5 };
    let schedule = Schedule::plain(Course::Plateau(plateau));
    let config = RunConfig { validate_every: Some(4), schedule, ..config() };
    let mut rig = rig(config.clone());
    rig.run_after(on(RunCommand::Train));
    check_same(&rig.events, &on_cpu(config));
    assert_eq!(rig.n_steps, 120);
}

#[test]
fn images_reach_the_device_as_they_are_made() {
    let config = RunConfig {
        dataset: DatasetKind::BuiltIn,
        n_training: Some(1200),
        n_validation: 50,
        epochs: 2,
        batch: 100,
        ..config()
    };
    let mut rig = rig(config.clone());
    rig.run_after(on(RunCommand::Train));
    check_same(&rig.events, &on_cpu(config));
    assert_eq!(rig.n_steps, 24);
}

#[test]
fn images_are_read_while_the_gpu_trains_and_its_run_is_none_the_worse() {
    let mut rig = rig(config());
    rig.handle(on(RunCommand::Train));
    for n_images in [1, 20, 70, 300] {
        (0..15).for_each(|_| _ = rig.turn());
        rig.handle(predict(n_images, vec![0.5; n_images as usize * 784]));
    }
    rig.run();
    check_same(&rig.events, &on_cpu(config()));
    assert_eq!(rig.n_steps, 120);
    let read = rig.events.iter().filter_map(|event| match event {
        Event::Answered(RequestId(n_images), Ok(Answer::Prediction(found))) => Some((*n_images, &found.probabilities)),
        _ => None,
    });
    let mut n_read = 0;
    for (n_images, probabilities) in read {
        assert_eq!(probabilities.len(), n_images as usize * 10);
        let first = &probabilities[..10];
        assert!(probabilities.chunks(10).all(|row| row.iter().zip(first).all(|(a, b)| (a - b).abs() < 1e-5)));
        n_read += 1;
    }
    assert_eq!(n_read, 4, "each of one network");
}

#[test]
fn weights_that_are_read_back_in_the_middle_of_a_reading_read_all_of_it() {
    let mut n_later = 0;
    for n_turns in 20..40 {
        let config = RunConfig {
            dataset: DatasetKind::BuiltIn,
            n_training: Some(1200),
            n_validation: 0,
            epochs: 4,
            batch: 20,
            ..config()
        };
        let mut rig = rig(config);
        rig.step_millis = 30.0;
        rig.handle(on(RunCommand::Train));
        (0..n_turns).for_each(|_| _ = rig.turn());
        // What is trained by now is read back; the reading has begun before that arrives.
        rig.handle(on(RunCommand::Pause));
        let before = rig.iteration();
        rig.handle(predict(2, vec![0.5; 1000 * 784]));
        rig.run();
        let answer = rig.events.iter().find_map(|event| match event {
            Event::Answered(
                RequestId(2),
                Ok(Answer::Prediction(Prediction { probabilities, origin: Origin::Run { iteration }, .. })),
            ) => Some((probabilities.clone(), *iteration as usize)),
            _ => None,
        });
        let (probabilities, iteration) = answer.expect("an answer");
        let (first, last) = (&probabilities[..10], &probabilities[9990..]);
        assert!(first.iter().zip(last).all(|(a, b)| (a - b).abs() < 1e-5), "{first:?} and {last:?}");
        n_later += usize::from(iteration > before);
    }
    assert!(n_later > 5, "{n_later} of 20 readings met other weights");
}

#[test]
fn whatever_happens_to_the_gpu_the_run_ends_as_it_would_have() {
    let want = on_cpu(config());
    for fate in Fate::FAULTS {
        for n in [0, 1, 2, 5, 9] {
            let mut rig = rig(config());
            (rig.step_millis, rig.fate) = (30.0, (n, fate));
            rig.run_after(on(RunCommand::Train));
            check_same(&rig.events, &want);
            let last = rig.engines().pop().expect("an event");
            assert!(!last.is_gpu, "{fate:?} {n}: {last:?}");
            let EngineWhy::Failed { fault, iteration } = last.why else { panic!("{fate:?} {n}: {last:?}") };
            assert!(iteration < 120, "{fate:?} {n}: {fault:?}");
            assert!(rig.n_steps < 120, "{fate:?} {n}");
            if n == 0 {
                assert_eq!((losses(&rig.events).len(), iteration), (120, 0));
                assert!(losses(&rig.events) == losses(&want), "nothing of the GPU's was taken: bit for bit the same");
            }
        }
    }
}

#[test]
fn a_gpu_that_never_comes_up_costs_a_while_and_nothing_else() {
    let want = losses(&on_cpu(config()));
    for mishap in Mishap::ALL {
        let mut rig = rig(config());
        rig.mishap = Some(mishap);
        rig.run_after(on(RunCommand::Train));
        assert!(losses(&rig.events) == want, "{mishap:?}");
        assert!(rig.now_millis < 60_000.0, "{mishap:?}: {} ms", rig.now_millis);
        let last = rig.engines().pop().expect("an event");
        assert!(!last.is_gpu && matches!(last.why, EngineWhy::Unusable(_)), "{mishap:?}: {last:?}");
    }
}

#[test]
fn everything_is_read_back_at_least_once_a_second() {
    let config = RunConfig { n_validation: 0, epochs: 1, batch: 1, ..config() };
    for step_millis in [1.0, 40.0, 300.0] {
        let mut rig = rig(config.clone());
        rig.step_millis = step_millis;
        rig.run_after(on(RunCommand::Train));
        let times = &rig.read_back_millis;
        let longest = times.windows(2).map(|two| two[1] - two[0]).fold(0.0, f64::max);
        assert!(!times.is_empty() && longest <= 1000.0, "a step takes {step_millis} ms: {times:?}");
    }
}

#[test]
fn a_pause_keeps_every_step_and_a_step_is_one() {
    let mut rig = rig(config());
    rig.step_millis = 20.0;
    rig.handle(on(RunCommand::Train));
    (0..60).for_each(|_| _ = rig.turn());
    rig.run_after(on(RunCommand::Pause));
    let paused = curve(&rig.events).len();
    assert!(paused > 0 && paused < 120);
    assert_eq!(states(&rig.events).last(), Some(&RunState::Paused));
    assert_eq!(rig.iteration(), paused, "what is looked at is what was trained");
    rig.run_after(on(RunCommand::Step));
    assert_eq!((curve(&rig.events).len(), rig.iteration()), (paused + 1, paused + 1));
    rig.run_after(on(RunCommand::Train));
    check_same(&rig.events, &on_cpu(config()));
    assert_eq!(rig.n_steps, 120);
}

#[test]
fn single_steps_alone_make_a_run() {
    let mut rig = rig(RunConfig { epochs: 2, ..config() });
    for i in 1..=12 {
        rig.run_after(on(RunCommand::Step));
        assert_eq!(curve(&rig.events).len(), i);
    }
    assert_eq!(rig.n_steps, 12);
}

#[test]
fn stopping_measures_what_was_trained_and_a_reset_starts_afresh() {
    let mut rig = rig(config());
    rig.step_millis = 20.0;
    rig.handle(on(RunCommand::Train));
    (0..40).for_each(|_| _ = rig.turn());
    rig.run_after(on(RunCommand::Stop));
    assert_eq!(states(&rig.events).last(), Some(&RunState::Stopped));
    assert_eq!(rig.iteration(), curve(&rig.events).len());
    rig.run_after(on(RunCommand::Reset));
    rig.events.clear();
    rig.run_after(on(RunCommand::Train));
    check_same(&rig.events, &on_cpu(config()));
}

#[test]
fn automatic_takes_the_faster_engine_and_says_by_how_much() {
    let long = RunConfig { epochs: 100, ..config() };
    let want = on_cpu(long.clone());
    for (gpu_millis, is_faster) in [(5.0, true), (60.0, false)] {
        let mut rig = Rig::new(opened(long.clone()), EngineChoice::Automatic);
        (rig.cpu_millis, rig.step_millis) = (20.0, gpu_millis);
        rig.run_after(on(RunCommand::Train));
        check_same(&rig.events, &want);
        let last = rig.engines().pop().expect("an event");
        let EngineWhy::Measured { gpu_times_cpu } = last.why else { panic!("{last:?}") };
        assert_eq!(last.is_gpu, is_faster, "{gpu_times_cpu}");
        let ratio = 20.0 / gpu_millis as f32;
        assert!((gpu_times_cpu / ratio - 1.0).abs() < 0.3, "{gpu_times_cpu} for {ratio}");
        assert!(rig.n_steps > 3 && (rig.n_steps > 500) == is_faster, "{} steps on the GPU", rig.n_steps);
    }
}

#[test]
fn automatic_leaves_software_alone_and_who_asks_for_it_gets_it() {
    let mut rig = Rig::new(opened(config()), EngineChoice::Automatic);
    rig.adapter = software();
    rig.run_after(on(RunCommand::Train));
    assert_eq!((rig.n_started, rig.n_steps), (0, 0));
    assert!(matches!(rig.engines().pop(), Some(status) if !status.is_gpu && status.why == EngineWhy::OnlySoftware));
    let mut rig = Rig::new(opened(config()), EngineChoice::Gpu);
    rig.adapter = software();
    rig.run_after(on(RunCommand::Train));
    assert_eq!((rig.n_started, rig.n_steps), (1, 120));
}

#[test]
fn the_engine_can_change_in_the_middle() {
    let mut rig = rig(config());
    rig.step_millis = 20.0;
    rig.handle(on(RunCommand::Train));
    for choice in [EngineChoice::Cpu, EngineChoice::Gpu, EngineChoice::Automatic, EngineChoice::Gpu] {
        (0..15).for_each(|_| _ = rig.turn());
        rig.handle(Command::SetEngine(choice));
    }
    rig.run();
    check_same(&rig.events, &on_cpu(config()));
    assert!(rig.n_steps > 10 && rig.n_steps < 120, "{} steps on the GPU", rig.n_steps);
}

#[test]
fn a_run_that_diverges_is_seen_to_on_the_processor() {
    let config = RunConfig { learning_rate: 1e9, ..config() };
    let mut rig = rig(config);
    rig.run_after(on(RunCommand::Train));
    assert_eq!(states(&rig.events).last(), Some(&RunState::Diverged));
    rig.handle(on(RunCommand::SetLearningRate(0.01)));
    rig.run_after(on(RunCommand::RestoreLastGood));
    rig.events.clear();
    rig.run_after(on(RunCommand::Train));
    assert_eq!(states(&rig.events).last(), Some(&RunState::Finished));
    assert!(rig.engines().iter().any(|status| status.is_gpu), "the GPU gets another chance");
}

/// The rig of a network of two layers.
fn deep_rig(optimiser: Optimiser) -> Rig {
    rig(RunConfig { spec: Preset::Small.spec(), optimiser, epochs: 1, ..config() })
}

#[test]
fn a_gpu_that_computes_wrong_numbers_is_found_out_and_none_of_them_is_used() {
    let lies = (0..6).flat_map(|tensor| [Lie::Tensor(tensor), Lie::Still(tensor)]).chain([Lie::Losses, Lie::Hits]);
    for (i, lie) in lies.enumerate() {
        let optimiser = Optimiser::ALL[i % 3];
        let mut rig = deep_rig(optimiser);
        rig.lie = Some(lie);
        rig.run_after(on(RunCommand::Train));
        let want = on_cpu(RunConfig { spec: Preset::Small.spec(), optimiser, epochs: 1, ..config() });
        assert!(losses(&rig.events) == losses(&want), "{lie:?}: bit for bit the processor's");
        let last = rig.engines().pop().expect("an event");
        let EngineWhy::Wrong { what, iteration } = last.why else { panic!("{lie:?}: {last:?}") };
        assert!(!last.is_gpu && iteration <= 3 && rig.n_steps <= 3, "{lie:?}: {iteration}");
        let is_named = match lie {
            Lie::Tensor(0) | Lie::Still(0) => what == GpuDifference::Weights("conv 1".into()),
            Lie::Tensor(5) | Lie::Still(5) => what == GpuDifference::Biases("linear 1".into()),
            Lie::Losses => what == GpuDifference::Loss,
            Lie::Hits => what == GpuDifference::Hits,
            _ => matches!(what, GpuDifference::Weights(_) | GpuDifference::Biases(_)),
        };
        assert!(is_named, "{lie:?}: {what:?}");
    }
}

#[test]
fn a_gpu_that_rounds_otherwise_is_not_accused() {
    for n_flips in [0, 1, 2] {
        for optimiser in Optimiser::ALL {
            let mut rig = deep_rig(optimiser);
            rig.lie = Some(Lie::Rounding(n_flips));
            rig.run_after(on(RunCommand::Train));
            let last = rig.engines().pop().expect("an event");
            assert!(last.is_gpu, "{n_flips} {optimiser:?}: {last:?}");
            assert_eq!((curve(&rig.events).len(), rig.n_steps), (6, 6));
        }
    }
}

#[test]
fn a_gpu_is_tried_on_each_run_and_a_pause_during_verification_loses_no_step() {
    let mut rig = rig(config());
    rig.step_millis = 200.0;
    rig.handle(on(RunCommand::Train));
    while rig.n_steps == 0 {
        rig.turn();
    }
    rig.run_after(on(RunCommand::Pause));
    rig.run_after(on(RunCommand::Step));
    rig.run_after(on(RunCommand::Train));
    check_same(&rig.events, &on_cpu(config()));
    assert_eq!(rig.n_steps, 120);
    rig.lie = Some(Lie::Tensor(0));
    rig.run_after(on(RunCommand::Reset));
    rig.events.clear();
    rig.run_after(on(RunCommand::Train));
    assert!(matches!(rig.engines().pop(), Some(status) if matches!(status.why, EngineWhy::Wrong { .. })));
    assert!(losses(&rig.events) == losses(&on_cpu(config())), "bit for bit");
}
