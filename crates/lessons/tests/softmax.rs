//! Softmax, against double precision and the lectures.

use receptive_core::Rng;
use receptive_lessons::chapters::softmax::{CHAPTER, Form, Shares};
use receptive_lessons::scene::{Item, Scene, Spot};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Digit, Network, Unavailable, World};
use receptive_lessons::{Matrix, Trace, Watch};
use receptive_nn::{Inspection, Origin, Parameters, Preset};
use std::rc::Rc;

/// Settings as a link writes them.
type Query<'a> = &'a [(&'a str, &'a str)];

fn world(preset: Preset, class: Option<u8>) -> World {
    let spec = preset.spec();
    let image: Vec<_> = (0..784).map(|i| if (6..22).contains(&(i / 28)) && i % 28 > 11 { 0.8 } else { 0.0 }).collect();
    let parameters = Parameters::init(&spec, 3).unwrap();
    let values = Inspection::new(&spec, &parameters, &image).unwrap();
    let digit = Digit { image: Matrix::new(28, 28, image), name: "a digit".into(), class };
    World {
        digit: Some(Rc::new(digit)),
        network: Some(Rc::new(Network { spec, origin: Origin::Run { iteration: 0 }, values })),
        ..World::default()
    }
}

fn settings(pairs: &[(&str, &str)]) -> Settings {
    pairs.iter().fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value))
}

fn trace(pairs: &[(&str, &str)]) -> Box<dyn Trace> {
    let Ok(trace) = (CHAPTER.trace)(&settings(pairs), &World::default()) else { panic!("{pairs:?}") };
    trace
}

fn probabilities(scene: &Scene) -> Vec<f32> {
    scene.grid("probabilities").unwrap().values()
}

fn formula(scene: &Scene, name: &str) -> String {
    scene.formulas.iter().find(|formula| formula.name == name).unwrap().plain()
}

/// The same without its spaces.
fn tight(scene: &Scene, name: &str) -> String {
    formula(scene, name).replace(' ', "")
}

/// In double precision, from the definition with the largest logit taken away.
fn double(logits: &[f32], [scale, shift, t]: [f64; 3]) -> Vec<f64> {
    let z: Vec<_> = logits.iter().map(|&logit| (scale * f64::from(logit) + shift) / t).collect();
    let most = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = z.iter().map(|z| (z - most).exp()).sum();
    z.iter().map(|z| (z - most).exp() / total).collect()
}

#[test]
fn random_logits_become_what_double_precision_says() {
    let mut rng = Rng::new(4);
    for round in 0..300 {
        let reach = [1.0, 10.0, 100.0][round % 3];
        let n = 2 + rng.below(9) as usize;
        let mut logits: Vec<_> = (0..n).map(|_| rng.range(-reach, reach)).collect();
        if round % 3 == 2 {
            (logits[0], logits[1]) = (100.0, -100.0);
        }
        let change = [rng.range(0.1, 3.0), rng.range(-50.0, 50.0), rng.range(0.1, 5.0)];
        let shares = Shares::new(logits.clone(), change, Form::Stable);
        let wanted = double(&logits, change.map(f64::from));
        // Single precision holds z = (scale · logit + shift) / t to 2⁻²³ of its size, so p to that much of itself.
        let size = shares.fed().iter().fold(1.0f32, |most, z| most.max(z.abs()));
        for (p, wanted) in shares.p().iter().zip(&wanted) {
            let allowed = 1e-6 + f64::from(size) * 5e-7 * wanted;
            assert!((f64::from(*p) - wanted).abs() <= allowed, "{logits:?} {change:?}: {p} {wanted}");
        }
        let sum: f32 = shares.p().iter().sum();
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
        // As they stand, the exponentials give the same wherever they and their sum can be held.
        let naive = Shares::new(logits, change, Form::Naive);
        let is_held = naive.total.is_finite() && naive.shares.iter().all(|share| share.exponential > 1e-30);
        for (p, wanted) in naive.p().iter().zip(&wanted).filter(|_| is_held) {
            assert!((f64::from(*p) - wanted).abs() <= 1e-6 + f64::from(size) * 5e-7 * wanted);
        }
    }
}

#[test]
fn the_lectures_three_logits() {
    let trace = trace(&[]);
    assert_eq!(trace.n_moments(), 6);
    let scene = trace.scene(usize::MAX);
    let p: Vec<_> = probabilities(&scene).iter().map(|p| format!("{p:.1}")).collect();
    assert_eq!(p, ["0.7", "0.2", "0.1"]);
    let equation = trace.scene(4).equation.unwrap();
    assert_eq!(
        (equation.open.as_str(), equation.close.as_str(), equation.result.as_str()),
        ("e^{−1} / (", ")", "0.242")
    );
    assert_eq!(trace.scene(1).equation.unwrap().n_shown, Some(2));
    assert!(formula(&trace.scene(4), "softmax").ends_with("= 0.242"));
}

#[test]
fn the_lectures_losses() {
    // Logarithms of probabilities are logits of these probabilities.
    let logits = |p: &[f32]| p.iter().map(|p| p.ln().to_string()).collect::<Vec<_>>().join(",");
    let loss = |p: &[f32], target: &str| {
        let scene = trace(&[("logits", &logits(p)), ("target", target)]).scene(usize::MAX);
        assert!(probabilities(&scene).iter().zip(p).all(|(got, wanted)| (got - wanted).abs() < 1e-6));
        formula(&scene, "loss")
    };
    assert!(loss(&[0.3, 0.6, 0.1], "1").ends_with("= 0.511"));
    // A probability that rounds to zero costs what its logit says.
    let far = trace(&[("logits", "200,0"), ("target", "1")]).scene(usize::MAX);
    assert_eq!((probabilities(&far)[1], formula(&far, "loss").as_str()), (0.0, "ln ( 1 ) − ( −200 ) = 200"));
    assert!(loss(&[0.1, 0.2, 0.1, 0.05, 0.05, 0.05, 0.05, 0.3, 0.05, 0.05], "7").ends_with("= 1.204"));
}

#[test]
fn exponentials_as_they_stand_overflow_and_the_stable_form_does_not() {
    let logits = ("logits", "100,101,102");
    let naive = trace(&[logits, ("form", "naive")]);
    assert!(probabilities(&naive.scene(5)).iter().all(|p| p.is_nan()));
    assert_eq!(naive.scene(0).equation.unwrap().result, "∞");
    assert!(naive.scene(0).caption.contains("3.40·10³⁸") && naive.scene(5).caption.contains("NaN"));
    let p = probabilities(&trace(&[logits]).scene(5));
    let wanted = double(&[0.0, 1.0, 2.0], [1.0, 0.0, 1.0]);
    assert!(p.iter().zip(wanted).all(|(p, wanted)| (f64::from(*p) - wanted).abs() < 1e-6), "{p:?}");
    // Only one overflows: the others get nothing, and it is lost.
    let p = probabilities(&trace(&[("logits", "100,1,2"), ("form", "naive")]).scene(5));
    assert!(p[0].is_nan() && p[1..] == [0.0, 0.0], "{p:?}");
    // All round to zero.
    let low = trace(&[("logits", "-200,-201"), ("form", "naive")]);
    assert!(probabilities(&low.scene(3)).iter().all(|p| p.is_nan()));
    for moment in 0..6 {
        for item in naive.scene(moment).items() {
            let Item::Bars(bars) = item else { continue };
            assert!(bars.bars.iter().all(|bar| bar.amount.is_finite()));
        }
    }
}

#[test]
fn shifting_changes_nothing_and_scaling_does() {
    let p = |pairs: &[(&str, &str)]| probabilities(&trace(pairs).scene(usize::MAX));
    let (still, shifted) = (p(&[]), p(&[("shift", "37")]));
    assert!(still.iter().zip(shifted).all(|(a, b)| (a - b).abs() < 1e-5));
    assert!(p(&[("scale", "3")])[0] > still[0] + 0.2 && p(&[("t", "5")])[0] < still[0] - 0.2);
    // Dividing by 2 is multiplying with a half.
    assert_eq!(p(&[("t", "2")]), p(&[("scale", "0.5")]));
}

#[test]
fn every_network_s_probabilities_are_its_own() {
    for preset in Preset::ALL {
        let world = world(preset, Some(4));
        let network = world.network.clone().unwrap();
        let settings = settings(&[("on", "digit")]);
        let Ok(trace) = (CHAPTER.trace)(&settings, &world) else { panic!("{preset:?}") };
        let scene = trace.scene(trace.first_moment());
        assert_eq!(probabilities(&scene), network.values.probabilities, "{preset:?}");
        assert_eq!(scene.grid("logits").unwrap().values(), network.values.layers.last().unwrap().output);
        let loss = -f64::from(network.values.probabilities[4]).ln();
        let shown: f64 = formula(&scene, "loss").rsplit(' ').next().unwrap().parse().unwrap();
        assert!((shown - loss).abs() < 6e-4, "{preset:?}: {shown} {loss}");
    }
}

#[test]
fn a_drawn_digit_has_no_loss() {
    let settings = settings(&[("on", "digit")]);
    let Ok(trace) = (CHAPTER.trace)(&settings, &world(Preset::Linear, None)) else { panic!() };
    assert!(trace.scene(0).formulas.iter().all(|formula| formula.name != "loss"));
    assert_eq!((CHAPTER.trace)(&settings, &World::default()).err(), Some(Unavailable::Digit));
}

#[test]
fn logits_and_classes_that_cannot_be_are_refused() {
    let eleven = ["1"; 11].join(",");
    for pairs in [&[("target", "3")][..], &[("logits", "1")], &[("logits", "1,2;3,4")], &[("logits", &eleven)]] {
        let refused = (CHAPTER.trace)(&settings(pairs), &World::default()).err();
        assert!(matches!(&refused, Some(Unavailable::Refused(text)) if text.ends_with('.')), "{pairs:?} {refused:?}");
    }
}

#[test]
fn logits_and_probabilities_light_each_other() {
    let trace = trace(&[]);
    let fed = trace.linked(5, Spot::new("scores", 1));
    assert_eq!(fed.iter().filter(|spot| spot.grid == "probabilities").count(), 3);
    for spot in fed.iter().filter(|spot| spot.grid == "probabilities") {
        assert!(trace.linked(5, *spot).contains(&Spot::new("scores", 1)));
    }
    assert!(trace.linked(5, Spot::new("terms", 2)).contains(&Spot::new("logits", 2)));
    assert!(trace.linked(5, Spot::new("terms", 3)).is_empty() && !trace.describe(5, Spot::new("terms", 3)).is_empty());
    assert_ne!(trace.describe(0, Spot::new("probabilities", 1)), trace.describe(5, Spot::new("probabilities", 1)));
}

#[test]
fn steps_are_noticed_with_the_engine_s_numbers() {
    let world = world(Preset::Small, Some(1));
    let notice = |key: &str, looks: &[(Query, &[usize])]| {
        let mut watch = Watch::default();
        for (pairs, moments) in looks {
            let settings = settings(pairs);
            let Ok(trace) = (CHAPTER.trace)(&settings, &world) else { panic!("{pairs:?}") };
            moments.iter().for_each(|&moment| watch.saw(&settings, moment, &trace.scene(moment), None));
        }
        let step = CHAPTER.steps.iter().find(|step| step.key == key).unwrap();
        (step.notice)(&watch).unwrap_or_default()
    };
    assert!(notice("share", &[(&[], &[0, 1, 2, 3, 4, 5])]).contains("add up to 1."));
    assert!(notice("shift", &[(&[], &[0]), (&[("shift", "7")], &[0])]).contains("7 more"));
    let scale = notice("scale", &[(&[], &[0]), (&[("scale", "2")], &[0])]);
    assert!(scale.contains("0.659 to 0.864"), "{scale}");
    let overflow = notice("overflow", &[(&[("logits", "100,1,0.1"), ("form", "naive")], &[0])]);
    assert!(overflow.contains("1 share is NaN") && overflow.contains("1, 0, 0"), "{overflow}");
    let low = notice("overflow", &[(&[("logits", "-200,-210,-220"), ("form", "naive")], &[0])]);
    assert!(low.contains("rounds to 0") && low.contains("3 shares are NaN"), "{low}");
    let target = notice("target", &[(&[], &[0]), (&[("target", "1")], &[0])]);
    assert!(target.contains("from 0.417 to 1.417"), "{target}");
    assert!(notice("digit", &[(&[("on", "digit")], &[18, 19])]).contains("each of the 10 classes 0.1"));
    // A shift that loses the answer is not taken for one that changes nothing.
    let lost = [("form", "naive"), ("logits", "60,61,62")];
    let shifted = [("form", "naive"), ("logits", "60,61,62"), ("shift", "50")];
    assert_eq!(notice("shift", &[(&lost, &[0]), (&shifted, &[0])]), "");
}

#[test]
fn along_the_temperature_all_shares_are_there() {
    let along = [("show", "temperature"), ("t", "0.5")];
    let trace = self::trace(&along);
    assert_eq!(trace.n_moments(), 1);
    let scene = trace.scene(0);
    assert_eq!(probabilities(&scene), probabilities(&self::trace(&[("t", "0.5")]).scene(5)));
    assert_eq!(scene.grid("probabilities").unwrap().n_known, Some(3));
    let Some(Item::Curve(curve)) = scene.items().into_iter().find(|item| matches!(item, Item::Curve(_))) else {
        panic!("no curve")
    };
    let (t, p, key) = curve.handle.unwrap();
    assert_eq!((t, p, key), (0.5, probabilities(&scene)[0], "t"));
}

#[test]
fn the_true_class_goes_as_far_as_there_are_classes() {
    let most = CHAPTER.params.iter().find(|param| param.key == "target").unwrap().most.unwrap();
    assert_eq!(most(&settings(&[])), 2);
    assert_eq!(most(&settings(&[("logits", "1,2,3,4,5")])), 4);
    assert_eq!(most(&settings(&[("logits", "1,2,3,4,5,6,7,8,9,10")])), 9);
    for target in 0..=most(&settings(&[])) {
        trace(&[("target", &target.to_string())]);
    }
}

#[test]
fn a_loss_is_not_written_as_the_logarithm_of_a_probability_that_is_not_beside_it() {
    let last = |pairs: Query| trace(pairs).scene(5);
    let naive = last(&[("logits", "100,1,0.1"), ("form", "naive")]);
    assert!(probabilities(&naive)[0].is_nan());
    assert_eq!(tight(&naive, "loss"), "ln(1)−0=0");
    assert_eq!(tight(&last(&[("logits", "100,1,0.1")]), "loss"), "−ln(1)=0");
}

#[test]
fn what_goes_into_softmax_is_written_as_far_as_it_was_changed() {
    let detail = |pairs: Query| trace(pairs).scene(0).grid("scores").unwrap().detail.clone();
    assert_eq!(detail(&[]), "the logits as they are");
    assert_eq!(tight(&trace(&[]).scene(0), "fed"), "z=2");
    for (pairs, change, with_numbers) in [
        (&[("scale", "2")][..], "2·logit", "z = 2·2 = 4"),
        (&[("shift", "-3")], "logit + (−3)", "z = 2 + (−3) = −1"),
        (&[("t", "0.5")], "logit / 0.5", "z = (2) / (0.5) = 4"),
        (&[("scale", "2"), ("shift", "1"), ("t", "0.5")], "(2·logit + 1) / 0.5", "z = (2·2 + 1) / (0.5) = 10"),
    ] {
        assert_eq!(detail(pairs), change);
        assert_eq!(tight(&trace(pairs).scene(0), "fed"), with_numbers.replace(' ', ""));
    }
}

#[test]
fn a_changed_stage_begins_where_the_change_is_seen() {
    assert_eq!(trace(&[]).first_moment(), 0);
    for pairs in [("target", "1"), ("shift", "5"), ("form", "naive"), ("logits", "1,2,3")] {
        let trace = trace(&[pairs]);
        let known = trace.scene(trace.first_moment()).grid("probabilities").unwrap().n_known;
        assert_eq!(known, Some(3), "{pairs:?}");
    }
}
