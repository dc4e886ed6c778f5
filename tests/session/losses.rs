//! The loss around a network: the middle is the network's own loss, the slope its gradient's, and training changes neither.

use receptive_nn::{CpuEngine, Optimiser, Parameters, Program, Purpose, WeightPlane};
use receptive_train::Session;
use receptive_train::protocol::{
    Answer, DatasetKind, Event, Losses, MOST_PLACES, Query, Refusal, RequestId, RunCommand, RunId, Split,
};

use crate::drive::*;

const SEED: u32 = 4;

fn losses(session: &mut Session, since: Option<u32>, places: &[[f32; 2]]) -> Result<Losses, Refusal> {
    session.handle(ask(3, Query::Losses { run: RUN, seed: SEED, since, places: places.to_vec() }));
    match session.drain().pop() {
        Some(Event::Answered(RequestId(3), Ok(Answer::Losses(found)))) => Ok(found),
        Some(Event::Answered(RequestId(3), Err(why))) => Err(why),
        other => panic!("no answer but {other:?}"),
    }
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
fn what_cannot_be_asked_is_refused_and_what_is_too_much_left_out() {
    let mut session = opened(small_config());
    assert_eq!(losses(&mut session, None, &[[f32::NAN, 0.0]]), Err(Refusal::NotFinite));
    assert_eq!(losses(&mut session, Some(0), &[[0.0, 0.0]]), Err(Refusal::Closed), "nothing was begun");
    let many = losses(&mut session, None, &[[0.0, 0.0]; MOST_PLACES + 5]).expect("losses");
    assert_eq!(many.values.len(), MOST_PLACES);
    session.handle(ask(5, Query::Losses { run: RunId(77), seed: SEED, since: None, places: vec![] }));
    assert_eq!(refusals(&session.drain())[..], [(5, Refusal::NoRun)]);
}
