//! Losses, against the lectures and PyTorch's definitions in double precision.

use receptive_core::Rng;
use receptive_lessons::chapters::loss::{CHAPTER, Costs};
use receptive_lessons::scene::{Item, Scene, Spot, Table};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Digit, Network, Unavailable, World};
use receptive_lessons::{Matrix, Trace};
use receptive_nn::{Head, Inspection, Origin, Parameters, Preset};
use std::rc::Rc;

fn settings(pairs: &[(&str, &str)]) -> Settings {
    pairs.iter().fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value))
}

fn trace(pairs: &[(&str, &str)]) -> Box<dyn Trace> {
    let Ok(trace) = (CHAPTER.trace)(&settings(pairs), &World::default()) else { panic!("{pairs:?}") };
    trace
}

fn formula(scene: &Scene, name: &str) -> String {
    scene.formulas.iter().find(|formula| formula.name == name).unwrap().plain().replace(' ', "")
}

/// The number after a formula's last sign.
fn result(scene: &Scene, name: &str) -> f64 {
    formula(scene, name).rsplit('=').next().unwrap().replace('−', "-").parse().unwrap()
}

/// The losses as PyTorch defines them, of one image.
fn double(head: &str, z: &[f64], target: usize) -> f64 {
    let total: f64 = z.iter().map(|z| z.exp()).sum();
    let p: Vec<_> = z.iter().map(|z| z.exp() / total).collect();
    let t = |i: usize| if i == target { 1.0 } else { 0.0 };
    let mean = |of: &dyn Fn(usize) -> f64| (0..z.len()).map(of).sum::<f64>() / z.len() as f64;
    match head {
        "squared" => mean(&|i| (p[i] - t(i)).powi(2)),
        "absolute" => mean(&|i| (p[i] - t(i)).abs()),
        "hinge" => mean(&|i| if i == target { 0.0 } else { (1.0 - z[target] + z[i]).max(0.0) }),
        "binary" => mean(&|i| (z[i].exp() + 1.0).ln() - t(i) * z[i]),
        _ => -p[target].ln(),
    }
}

#[test]
fn the_lectures_two_examples() {
    let three = trace(&[]).scene(usize::MAX);
    assert_eq!(formula(&three, "loss"), "−ln(0.6)=0.511");
    assert_eq!(result(&three, "base"), 0.222, "the slip of the lecture is the logarithm to base 10");
    let ten = trace(&[("example", "ten"), ("target", "7")]).scene(usize::MAX);
    assert_eq!(formula(&ten, "loss"), "−ln(0.3)=1.204");
    assert_eq!(three.equation.unwrap().left(), "0·1.204 + 1·0.511 + 0·2.303");
}

#[test]
fn every_loss_is_what_its_definition_says_in_double_precision() {
    let mut rng = Rng::new(9);
    for head in Head::LOSSES {
        for _ in 0..60 {
            let n = 2 + rng.below(9) as usize;
            let z: Vec<_> = (0..n).map(|_| rng.range(-6.0, 6.0)).collect();
            let target = rng.below(n as u32) as usize;
            let costs = Costs::new(head, z.clone(), target);
            let wanted = double(head.key(), &z.iter().map(|&z| z.into()).collect::<Vec<_>>(), target);
            let sum = f64::from(costs.so_far(n)) / if costs.is_mean() { n as f64 } else { 1.0 };
            for got in [costs.total().into(), sum] {
                assert!((got - wanted).abs() <= 2e-6 * wanted.abs().max(1.0), "{head:?}: {got}, not {wanted}");
            }
        }
    }
}

#[test]
fn accuracy_is_flat_where_every_loss_moves() {
    for p in ["0.3", "0.7"] {
        let scene = trace(&[("show", "curves"), ("p", p)]).scene(0);
        let Some(Item::Table(Table { rows, .. })) =
            scene.items().into_iter().find(|item| matches!(item, Item::Table(_)))
        else {
            panic!("no table")
        };
        let changes: Vec<_> = rows.iter().map(|row| row[2].as_str()).collect();
        assert_eq!(rows.len(), 6);
        assert_eq!(changes[5], "0", "{rows:?}");
        assert!(changes[..5].iter().all(|change| change.starts_with('−')), "{changes:?}");
    }
}

#[test]
fn a_batch_is_the_mean_of_its_images() {
    let scene = trace(&[("show", "batch")]).scene(usize::MAX);
    let losses = scene.grid("losses").unwrap().values();
    let wanted: Vec<f32> = [0.7f32, 0.6, 0.8, 0.4].iter().map(|p| -p.ln()).collect();
    assert!(losses.iter().zip(&wanted).all(|(got, wanted)| (got - wanted).abs() < 1e-6), "{losses:?}");
    assert_eq!((result(&scene, "mean"), result(&scene, "accuracy")), (0.502, 0.75));
}

#[test]
fn the_digit_has_the_loss_of_the_engine() {
    let spec = Preset::Small.spec();
    let image: Vec<_> = (0..784).map(|i| if i % 28 > 11 { 0.8 } else { 0.0 }).collect();
    let parameters = Parameters::init(&spec, 3).unwrap();
    let values = Inspection::new(&spec, &parameters, &image).unwrap();
    let logits = values.layers.last().unwrap().output.clone();
    let world = |class| World {
        digit: Some(Rc::new(Digit { image: Matrix::new(28, 28, image.clone()), name: "a digit".into(), class })),
        network: Some(Rc::new(Network {
            spec: spec.clone(),
            origin: Origin::Run { iteration: 0 },
            values: values.clone(),
        })),
        ..World::default()
    };
    for head in Head::LOSSES {
        let settings = settings(&[("on", "digit"), ("criterion", head.key())]);
        let Ok(trace) = (CHAPTER.trace)(&settings, &world(Some(4))) else { panic!("{head:?}") };
        let wanted = f64::from(head.of_logits(&logits, 4));
        let got = result(&trace.scene(usize::MAX), "loss");
        assert!((got - wanted).abs() <= 5.1e-4, "{head:?}: {got}, not {wanted}");
    }
    let drawn = (CHAPTER.trace)(&settings(&[("on", "digit")]), &world(None)).err();
    assert!(matches!(drawn, Some(Unavailable::Refused(_))));
}

#[test]
fn what_are_no_probabilities_is_refused() {
    for typed in ["0.5,-0.6", "1,0", "0.5", "0.5,0.5;0.5,0.5"] {
        let settings = settings(&[("probabilities", typed), ("target", "0")]);
        let refused = (CHAPTER.trace)(&settings, &World::default()).err();
        assert!(matches!(&refused, Some(Unavailable::Refused(text)) if text.ends_with('.')), "{typed} {refused:?}");
    }
    let scene = |typed| trace(&[("probabilities", typed)]).scene(9);
    assert!(scene("0.25,0.75").grid("target").is_some());
    assert_eq!(scene("1,3"), scene("0.25,0.75"), "they are divided by their sum");
}

#[test]
fn rows_are_linked_class_by_class() {
    let linked = trace(&[]).linked(2, Spot::new("scores", 1));
    assert!(linked.contains(&Spot::new("parts", 1)) && linked.contains(&Spot::new("target", 1)));
    assert!(linked.iter().all(|spot| spot.cell == 1));
}
