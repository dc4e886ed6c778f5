//! The loss around a network: the middle is the network's own loss, the slope its gradient's, and training changes neither.

use receptive_nn::{CpuEngine, Optimiser, Parameters, Program, Purpose, WeightPlane};
use receptive_train::Session;
use receptive_train::protocol::{
    Answer, Command, DatasetKind, Event, Losses, MOST_PLACES, Query, Refusal, RunCommand, RunConfig, RunId, Split,
};

use crate::drive::*;
use crate::fleet::*;

const SEED: u32 = 4;

fn question(request: u32, since: Option<u32>, places: &[[f32; 2]]) -> Command {
    ask(request, Query::Losses { run: RUN, seed: SEED, since, places: places.to_vec(), images: [0, 1000] })
}

fn losses(session: &mut Session, since: Option<u32>, places: &[[f32; 2]]) -> Result<Losses, Refusal> {
    let found = answers(&run_after(session, question(3, since, places))).pop();
    found.unwrap_or_else(|| panic!("no answer"))
}

/// Every answer to a question for losses among the events.
fn answers(events: &[Event]) -> Vec<Result<Losses, Refusal>> {
    let answer = |event: &Event| match event {
        Event::Answered(_, Ok(Answer::Losses(found))) => Some(Ok(found.clone())),
        Event::Answered(_, Err(why)) => Some(Err(why.clone())),
        _ => None,
    };
    events.iter().filter_map(answer).collect()
}

/// The first training images with their classes.
fn images(session: &mut Session, n: u32) -> (Vec<f32>, Vec<u8>) {
    let (mut all, mut labels) = (vec![], vec![]);
    for index in 0..n {
        session.handle(ask(4, Query::ReadImage { dataset: DatasetKind::Own, split: Split::Training, index }));
        let Some(Event::Answered(_, Ok(Answer::Image(found)))) = session.drain().pop() else { panic!("no image") };
        all.extend(found.pixels.iter().map(|pixel| f32::from(*pixel) / 255.0));
        labels.push(found.label);
    }
    (all, labels)
}

#[test]
fn the_middle_is_the_networks_loss_and_the_slope_along_a_direction_its_gradients() {
    let mut session = opened(small_config());
    let found = losses(&mut session, None, &[[0.0, 0.0], [0.01, 0.0], [-0.01, 0.0]]).expect("losses");
    let n = found.n_images;
    assert!(n > 0 && n <= 512 && found.iteration == 0 && found.values.len() == 3);
    let (pixels, labels) = images(&mut session, n);
    let spec = small_config().spec;
    let parameters = Parameters::init(&spec, small_config().seed).unwrap();
    let program = Program::compile(&spec, n as usize, Purpose::Training(Optimiser::SGD)).unwrap();
    let mut engine = CpuEngine::new(program);
    let want = engine.gradients(&parameters, &pixels, &labels);
    assert!((found.values[0] - want.loss).abs() < 1e-4, "{} {}", found.values[0], want.loss);
    let mut gradient = vec![0.0; parameters.len()];
    engine.write_gradients(1.0, &mut gradient);
    let direction = WeightPlane::new(parameters, SEED.into()).direction(0).concat();
    let slope: f64 = gradient.iter().zip(&direction).map(|(g, d)| f64::from(g * d)).sum();
    let difference = f64::from(found.values[1] - found.values[2]) / 0.02;
    assert!((slope - difference).abs() < 0.05 * slope.abs() + 0.02, "{slope} {difference}");
}

#[test]
fn a_surface_stays_around_the_weights_that_it_began_with() {
    let mut session = opened(small_config());
    let places = [[0.0, 0.0], [0.5, -0.5]];
    let before = losses(&mut session, None, &places).expect("losses");
    (0..3).for_each(|_| _ = run_after(&mut session, on(RunCommand::Step)));
    assert_eq!(losses(&mut session, Some(0), &places), Ok(before.clone()));
    let after = losses(&mut session, None, &places).expect("losses");
    assert!(after.iteration == 3 && after.values[0] < before.values[0], "{before:?} {after:?}");
    assert_eq!(losses(&mut session, Some(0), &places), Err(Refusal::Closed), "it is gone");
}

#[test]
fn built_in_digits_are_all_there_at_the_first_question() {
    let config = RunConfig { dataset: DatasetKind::BuiltIn, n_training: Some(1000), ..small_config() };
    let mut session = opened(config);
    assert_eq!(
        losses(&mut session, None, &[[0.0; 2]]).expect("losses").n_all,
        512,
        "as many as are asked over at most"
    );
}

#[test]
fn what_cannot_be_asked_is_refused_and_what_is_too_much_left_out() {
    let mut session = opened(small_config());
    assert_eq!(losses(&mut session, None, &[[f32::NAN, 0.0]]), Err(Refusal::NotFinite));
    assert_eq!(losses(&mut session, Some(0), &[[0.0, 0.0]]), Err(Refusal::Closed), "nothing was begun");
    let mut n = 0;
    let mut since = None;
    while n < MOST_PLACES {
        // One answer does not wait for all of them.
        let many = losses(&mut session, since, &[[0.0, 0.0]; 2 * MOST_PLACES][n..n + MOST_PLACES + 5]).expect("losses");
        assert!((1..=MOST_PLACES).contains(&many.values.len()));
        (n, since) = (n + many.values.len(), Some(0));
    }
    let beyond = ask(5, Query::Losses { run: RUN, seed: SEED, since, places: vec![[0.0; 2]], images: [64, 128] });
    assert_eq!(refusals(&run_after(&mut session, beyond)), [(5, Refusal::NoImage { index: 64, n_images: 64 })]);
    session.handle(ask(5, Query::Losses { run: RunId(77), seed: SEED, since: None, places: vec![], images: [0, 64] }));
    assert_eq!(refusals(&session.drain())[..], [(5, Refusal::NoRun)]);
}

/// All losses at the places, asked for until none is left, as bits.
fn all_losses(fleet: &mut Fleet, places: &[[f32; 2]]) -> Vec<u32> {
    let mut found = vec![];
    while found.len() < places.len() {
        let since = if found.is_empty() { None } else { Some(0) };
        fleet.events.clear();
        fleet.run_after(question(9, since, &places[found.len()..]));
        let [Ok(losses)] = &answers(&fleet.events)[..] else { panic!("{:?}", answers(&fleet.events)) };
        found.extend(losses.values.iter().map(|loss| loss.to_bits()));
    }
    found
}

fn lattice() -> Vec<[f32; 2]> {
    (0..70).map(|i| [(i % 10) as f32 / 5.0 - 1.0, (i / 10) as f32 / 3.0 - 1.0]).collect()
}

#[test]
fn every_number_of_workers_finds_the_same_losses_whatever_becomes_of_them() {
    let config = RunConfig { batch: 32, ..small_config() };
    let places = lattice();
    let want = all_losses(&mut Fleet::new(opened(config.clone()), 1, 0), &places);
    for (n_workers, seed) in [(2, 1), (3, 2)] {
        let mut fleet = Fleet::new(opened(config.clone()), n_workers, seed);
        // The first wakes the replicas.
        (0..2).for_each(|_| assert!(all_losses(&mut fleet, &places) == want, "{n_workers} workers"));
        assert!(fleet.n_sent > 2, "replicas took part");
    }
    let fates: [fn(u32) -> Fate; 6] = [
        |n| if n % 3 == 0 { Fate::Breaks } else { Fate::Arrives },
        |n| if n % 5 == 0 { Fate::Silence } else { Fate::Arrives },
        |n| if n % 3 == 0 { Fate::Garbled } else { Fate::Arrives },
        |n| if n % 2 == 0 { Fate::NotNumbers } else { Fate::Arrives },
        |n| if n % 3 == 0 { Fate::Swapped } else { Fate::Arrives },
        |n| if n % 3 == 0 { Fate::Stale } else { Fate::Arrives },
    ];
    for (i, fate) in fates.into_iter().enumerate() {
        let mut fleet = Fleet::new(opened(config.clone()), 3, 1);
        all_losses(&mut fleet, &places[..8]);
        fleet.fate = fate;
        assert!(all_losses(&mut fleet, &places) == want, "fate {i}");
    }
}

#[test]
fn training_goes_first_and_comes_to_the_same_bits() {
    let config = RunConfig { batch: 32, epochs: 12, n_validation: 20, ..small_config() };
    let mut plain = Fleet::new(opened(config.clone()), 1, 0);
    plain.run_after(on(RunCommand::Train));
    let undisturbed = plain.outcome();
    for (n_workers, seed) in [(1, 0), (3, 2)] {
        let mut fleet = Fleet::new(opened(config.clone()), n_workers, seed);
        fleet.handle(on(RunCommand::Train));
        let (mut n_steps, mut n_asked) = (0, 0);
        while steps(&fleet.events).len() < 30 {
            if answers(&fleet.events).len() == n_asked {
                n_asked += 1;
                fleet.handle(question(9, if n_asked == 1 { None } else { Some(0) }, &lattice()[..8]));
            }
            fleet.turn();
            n_steps = steps(&fleet.events).len();
        }
        let n_places: usize = answers(&fleet.events).iter().flatten().map(|losses| losses.values.len()).sum();
        assert!(n_places > 0 && n_places < n_steps, "{n_places} places in {n_steps} steps");
        fleet.run();
        assert!(fleet.outcome() == undisturbed, "{n_workers} workers");
    }
}

#[test]
fn what_was_not_computed_when_the_run_was_replaced_is_refused() {
    let mut session = opened(small_config());
    session.handle(question(7, None, &lattice()));
    session.handle(on(RunCommand::Reset));
    assert_eq!(refusals(&session.drain()), [(7, Refusal::Closed)]);
    session.handle(question(8, None, &lattice()));
    session.handle(question(9, None, &lattice()));
    assert_eq!(refusals(&session.drain()), [(8, Refusal::Closed)], "another plane takes its place");
}
