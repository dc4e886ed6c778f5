//! Nudges: a weight or a pixel is changed for once, and the answer says what really came of it and what was foretold.

use receptive_nn::{Head, Nudge, Origin, Variable};
use receptive_train::Session;
use receptive_train::protocol::{
    Answer, Backward, Command, Event, Nudged, Query, Refusal, RequestId, RunCommand, RunConfig, RunId, Weights,
};

use crate::drive::*;

const RUNS: Weights = Weights::Run(RUN);

fn image() -> Vec<f32> {
    (0..784).map(|i| (i % 29) as f32 / 29.0).collect()
}

fn loss_of(class: u8) -> Backward {
    Backward { head: Head::CrossEntropy, class }
}

fn weight(tensor: &str, index: u32) -> Variable {
    Variable::Parameter { tensor: tensor.into(), index }
}

fn question(weights: Weights, of: Backward, at: Variable, by: f64) -> Query {
    Query::Nudge { weights, pixels: image(), of, at, by }
}

fn answer(session: &mut Session, query: Query) -> Result<Nudged, Refusal> {
    session.handle(ask(6, query));
    match session.drain().pop() {
        Some(Event::Answered(RequestId(6), Ok(Answer::Nudge(nudged)))) => Ok(nudged),
        Some(Event::Answered(RequestId(6), Err(why))) => Err(why),
        other => panic!("no answer but {other:?}"),
    }
}

/// The image's loss if its class is `class`, from the probabilities that the session gives.
fn loss(session: &mut Session, pixels: Vec<f32>, class: u8) -> f64 {
    -f64::from(predicted(session, RUNS, pixels).probabilities[usize::from(class)]).ln()
}

#[test]
fn a_pixel_that_is_nudged_changes_the_loss_as_the_same_pixel_of_another_image_does() {
    let mut session = opened(small_config());
    (0..3).for_each(|_| _ = run_after(&mut session, on(RunCommand::Step)));
    for (pixel, by) in [(406, 0.5), (300, -0.25)] {
        let Nudged { spec, origin, nudge } =
            answer(&mut session, question(RUNS, loss_of(3), Variable::Pixel(pixel), by)).expect("an answer");
        assert_eq!((spec, origin), (small_config().spec, Origin::Run { iteration: 3 }));
        let shifted = |by: f64| {
            let mut pixels = image();
            pixels[pixel as usize] += by as f32;
            pixels
        };
        assert_eq!((nudge.number, nudge.by), (f64::from(image()[pixel as usize]), by));
        for (found, by) in [(nudge.before, 0.0), (nudge.after, by), (nudge.opposite, -by)] {
            let want = loss(&mut session, shifted(by), 3);
            assert!((found - want).abs() < 1e-5, "{found}, not {want}");
        }
        // The gradient is the one that the page shows.
        let names = vec!["grad input".to_string()];
        session.handle(ask(7, Query::Gradients { weights: RUNS, pixels: image(), of: loss_of(3), names }));
        let Some(Event::Answered(_, Ok(Answer::Tensors(found)))) = session.drain().pop() else { panic!("no gradient") };
        let shown = found.tensors[0].values[pixel as usize];
        assert!((nudge.gradient - shown).abs() <= 1e-6 * shown.abs(), "{nudge:?}, shown as {shown}");
    }
}

#[test]
fn the_gradient_of_a_weight_is_the_same_in_a_nudge_and_by_its_name() {
    let mut session = opened(small_config());
    run_after(&mut session, on(RunCommand::Step));
    // Values and both kinds of gradients in one answer.
    let names = ["grad conv 1", "conv 2.weight[3..4]", "grad conv 2.weight[3..4]", "grad linear 1.bias"];
    let query = Query::Gradients {
        weights: RUNS,
        pixels: image(),
        of: loss_of(3),
        names: names.iter().map(ToString::to_string).collect(),
    };
    session.handle(ask(7, query));
    let Some(Event::Answered(_, Ok(Answer::Tensors(found)))) = session.drain().pop() else { panic!("no answer") };
    assert_eq!(found.tensors.iter().map(|tensor| tensor.name.as_str()).collect::<Vec<_>>(), names);
    let row_len = found.tensors[1].values.len();
    assert!(found.tensors[2].values.len() == row_len && row_len > 9);
    for (tensor, first, values) in [("conv 2.weight", 3 * row_len, 2), ("linear 1.bias", 0, 3)] {
        for i in 0..found.tensors[values].values.len() {
            let nudged = answer(&mut session, question(RUNS, loss_of(3), weight(tensor, (first + i) as u32), 0.01));
            let (nudge, shown) = (nudged.expect("an answer").nudge, found.tensors[values].values[i]);
            assert!((nudge.gradient - shown).abs() <= 1e-6 * shown.abs().max(1e-3), "{tensor} {i}: {nudge:?}, {shown}");
            if values == 2 {
                assert_eq!(nudge.number, f64::from(found.tensors[1].values[i]));
            }
        }
    }
}

#[test]
fn a_smaller_step_goes_more_nearly_as_foretold() {
    let mut session = opened(small_config());
    run_after(&mut session, on(RunCommand::Step));
    let mut nudged = |by: f64| -> Nudge {
        answer(&mut session, question(RUNS, loss_of(3), weight("conv 2.bias", 1), by)).expect("an answer").nudge
    };
    let error = |nudge: Nudge| ((nudge.change() - nudge.predicted()) / nudge.by).abs();
    let [far, near] = [0.5, 1e-4].map(&mut nudged);
    assert!(error(near) < 1e-3 * f64::from(near.gradient.abs()).max(1e-3), "{near:?}");
    assert!(error(far) > 10.0 * error(near), "{far:?}, {near:?}");
    assert!(far.n_bends[0] > 0 && far.n_bends[1] > 0, "{far:?}");
    assert_eq!(near.before, far.before, "of the same weights");
}

#[test]
fn weights_are_those_of_now_and_those_of_a_run_that_was_left_and_those_of_the_page() {
    let mut session = opened(quick_config());
    let at = || weight("linear 1.bias", 3);
    let asked = |session: &mut Session, weights| answer(session, question(weights, loss_of(3), at(), 0.1));
    let fresh = asked(&mut session, RUNS).expect("an answer");
    run_after(&mut session, on(RunCommand::Step));
    let stepped = asked(&mut session, RUNS).expect("an answer");
    assert_eq!((fresh.nudge.number, fresh.origin), (0.0, Origin::Run { iteration: 0 }));
    assert!(stepped.nudge.number != 0.0 && stepped.nudge.before != fresh.nudge.before);
    assert!((stepped.nudge.before - loss(&mut session, image(), 3)).abs() < 1e-5);
    // The loss does not change for good.
    assert_eq!(asked(&mut session, RUNS), Ok(stepped.clone()));

    // Of a logit, a bias of its own unit is all of the change.
    let logit = Backward { head: Head::Logit, class: 3 };
    let nudge = answer(&mut session, question(RUNS, logit, at(), 0.75)).expect("an answer").nudge;
    assert!((nudge.change() - 0.75).abs() < 1e-12 && nudge.gradient == 1.0, "{nudge:?}");
    assert!(nudge.curvature().is_some_and(|curvature| curvature.abs() < 1e-9));

    session.handle(Command::Open(RunId(2), RunConfig { seed: 8, ..quick_config() }));
    session.drain();
    assert_eq!(asked(&mut session, RUNS), Ok(stepped.clone()), "as it was left");
    assert_ne!(asked(&mut session, Weights::Run(RunId(2))).expect("an answer").nudge, stepped.nudge);
    let shipped = asked(&mut session, Weights::Shipped).expect("an answer");
    assert!(matches!(shipped.origin, Origin::Shipped(_)));
}

#[test]
fn what_cannot_be_nudged_is_refused_with_its_reason() {
    let mut session = opened(quick_config());
    let mut why = |of, at, by| answer(&mut session, question(RUNS, of, at, by)).expect_err("a reason");
    let bias = || weight("linear 1.bias", 3);
    for none in ["linear 2.bias", "linear 1", "input", "", "probabilities"] {
        assert_eq!(why(loss_of(1), weight(none, 0), 0.1), Refusal::NoTensor(none.into()));
    }
    let no_cell = |tensor: &str, index, n_cells| Refusal::NoCell { tensor: tensor.into(), index, n_cells };
    assert_eq!(why(loss_of(1), weight("linear 1.bias", 10), 0.1), no_cell("linear 1.bias", 10, 10));
    assert_eq!(why(loss_of(1), Variable::Pixel(784), 0.1), no_cell("input", 784, 784));
    assert_eq!(why(loss_of(1), Variable::Pixel(u32::MAX), 0.1), no_cell("input", u32::MAX, 784));
    for by in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(why(loss_of(1), bias(), by), Refusal::NotFinite);
    }
    assert_eq!(why(loss_of(10), bias(), 0.1), Refusal::NoClass(10));
    assert_eq!(why(Backward { head: Head::Logit, class: 255 }, bias(), 0.1), Refusal::NoClass(255));
    let elsewhere = answer(&mut session, question(Weights::Run(RunId(5)), loss_of(1), bias(), 0.1));
    assert_eq!(elsewhere, Err(Refusal::NoRun));
    for (pixels, reason) in [
        (vec![0.5; 783], Refusal::Images { input: [1, 28, 28], n_values: 783, most: 1 }),
        (vec![f32::NAN; 784], Refusal::NotNumbers),
    ] {
        let query = Query::Nudge { weights: RUNS, pixels, of: loss_of(1), at: bias(), by: 0.1 };
        assert_eq!(answer(&mut session, query), Err(reason));
    }
    // A statistic is counted, not learnt.
    let spec = receptive_nn::Spec::read("28x28x1:n,f,d10").expect("a network");
    let mut session = opened(RunConfig { spec, ..quick_config() });
    let mean = "batch-norm 1.running mean";
    let refused = answer(&mut session, question(RUNS, loss_of(1), weight(mean, 0), 0.1));
    assert_eq!(refused, Err(Refusal::NoTensor(mean.into())));
    assert!(answer(&mut session, question(RUNS, loss_of(1), weight("batch-norm 1.weight", 0), 0.1)).is_ok());

    let mut session = opened(RunConfig { learning_rate: 3e38, ..quick_config() });
    run_after(&mut session, on(RunCommand::Train));
    assert_eq!(answer(&mut session, question(RUNS, loss_of(1), bias(), 0.1)), Err(Refusal::Diverged));
}
