//! Feature detectors against the lectures' worked examples, a plain loop written here, and a learner's steps.

use receptive_core::Rng;
use receptive_lessons::scene::{Role, Scene, Spot};
use receptive_lessons::settings::{Settings, Value};
use receptive_lessons::world::{Digit, Network, Unavailable, World};
use receptive_lessons::{Chapter, Matrix, Trace, Watch, worked};
use receptive_nn::{Inspection, Layer, Origin, Parameters, Preset};
use std::rc::Rc;

/// Settings as a link writes them.
type Query<'a> = &'a [(&'a str, &'a str)];

fn chapter() -> &'static Chapter {
    Chapter::find("features").unwrap()
}

fn settings(query: &[(&str, &str)]) -> Settings {
    query.iter().fold(chapter().settings(), |settings, (key, text)| settings.with(key, text))
}

fn trace(settings: &Settings) -> Box<dyn Trace> {
    (chapter().trace)(settings, &World::default()).unwrap()
}

fn scene(query: &[(&str, &str)]) -> Scene {
    trace(&settings(query)).scene(0)
}

fn rows(matrix: &Matrix) -> Vec<Vec<f64>> {
    matrix.values.chunks(matrix.columns).map(|row| row.iter().map(|&value| value.into()).collect()).collect()
}

/// A grid of the scene, row by row.
fn grid(scene: &Scene, name: &str) -> Vec<Vec<f64>> {
    let grid = scene.grid(name).unwrap();
    let values: Vec<f64> = grid.values().into_iter().map(f64::from).collect();
    values.chunks(grid.columns).map(<[f64]>::to_vec).collect()
}

#[test]
fn the_lectures_worked_examples_come_out_right() {
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("edge-5x5", &[]),
        ("vertical-edges-6x6", &[("example", "numbers")]),
        ("wide-5x5-kernel", &[("example", "wide")]),
        ("photo-8x8", &[("example", "photo-8")]),
        ("filter-match", &[("example", "hook")]),
        ("filter-mismatch", &[("example", "diagonal")]),
        ("galaxy-5x5", &[("example", "galaxy")]),
        ("letter-x-backslash", &[("example", "letter-x"), ("mean", "mean")]),
        ("letter-x-slash", &[("example", "letter-x"), ("mean", "mean"), ("kernel", "slash")]),
        ("letter-x-x-shape", &[("example", "letter-x"), ("mean", "mean"), ("kernel", "x-shape")]),
    ];
    for (id, query) in cases {
        let (example, scene) = (worked::find(id).unwrap(), scene(query));
        assert_eq!(grid(&scene, "input"), rows(&example.matrix("input")), "{id}");
        assert_eq!(grid(&scene, "kernel"), rows(&example.matrix("kernel")), "{id}");
        let mut output = grid(&scene, "output").concat();
        if let Some(decimals) = example.decimals() {
            let scale = 10f64.powi(decimals as i32);
            output.iter_mut().for_each(|value| *value = (*value * scale).trunc() / scale);
        }
        assert_eq!(output, example.correct_values(), "{id}");
    }
}

#[test]
fn means_are_what_a_plain_loop_makes_of_pictures_and_kernels_at_random() {
    let mut rng = Rng::new(9);
    for _ in 0..30 {
        let [height, width] = [0; 2].map(|_| 5 + rng.below(7) as usize);
        let [r, s] = [0; 2].map(|_| 1 + rng.below(5) as usize);
        let mut draw = |n: usize| (0..n).map(|_| rng.range(-2.0, 2.0)).collect::<Vec<f32>>();
        let (picture, weights) = (draw(height * width), draw(r * s));
        let mut settings = settings(&[("example", "galaxy"), ("kernel", "own"), ("mean", "mean")]);
        settings.set("input-galaxy", Value::Numbers(Matrix::new(height, width, picture.clone())));
        settings.set("weights", Value::Numbers(Matrix::new(r, s, weights.clone())));
        let trace = trace(&settings);
        let output = grid(&trace.scene(0), "output");
        assert_eq!((output.len(), output[0].len()), (height - r + 1, width - s + 1));
        for (p, row) in output.iter().enumerate() {
            for (q, got) in row.iter().enumerate() {
                let (mut sum, mut squares) = (0.0_f64, [0.0_f64; 2]);
                for (i, w) in weights.iter().enumerate() {
                    let x = f64::from(picture[(p + i / s) * width + q + i % s]);
                    let w = f64::from(*w);
                    sum += x * w;
                    squares = [squares[0] + x * x, squares[1] + w * w];
                }
                assert!((got - sum / (r * s) as f64).abs() < 1e-5, "{got} for {sum} / {}", r * s);
                let cell = p * (width - s + 1) + q;
                let formula = trace.scene(cell).formulas[0].plain();
                let (_, cosine) = formula.rsplit_once("= ").unwrap();
                let cosine: f64 = cosine.replace('−', "-").replace(' ', "").parse().unwrap();
                let want = sum / (squares[0] * squares[1]).sqrt();
                assert!((cosine - want).abs() < 6e-4, "{formula} for {want}");
            }
        }
    }
}

#[test]
fn the_equation_of_a_mean_ends_in_the_number_on_the_map() {
    let trace = trace(&settings(&[("example", "letter-x"), ("mean", "mean")]));
    for moment in 0..trace.n_moments() {
        let scene = trace.scene(moment);
        let output = scene.grid("output").unwrap();
        let equation = scene.equation.as_ref().unwrap();
        assert_eq!((equation.open.as_str(), equation.close.as_str()), ("(", ") / 9"));
        assert_eq!(equation.result, receptive_lessons::number(output.cells[moment].value));
        assert!(trace.describe(moment, Spot::new("output", moment)).contains(&equation.result));
    }
    let best = &trace.scene(0).grid("output").unwrap().marked.clone();
    assert_eq!(best, &[8, 16, 32, 40], "the four windows in which the stroke stands alone");
}

#[test]
fn what_is_typed_into_one_example_stays_there() {
    let typed = settings(&[("input-edge", "1,1,1,1;2,2,2,2;3,3,3,3")]);
    let edit = trace(&typed).scene(0).grid("input").unwrap().edit.clone().unwrap();
    assert_eq!((edit.key, edit.matrix.size()), ("input-edge", "3×4".into()));
    assert_eq!(grid(&trace(&typed).scene(0), "output"), [[0.0, 0.0]]);
    let other = typed.with("example", "hook");
    assert_eq!(grid(&trace(&other).scene(0), "output"), [[6000.0]]);
}

#[test]
fn a_photo_shows_light_a_digit_ink_and_what_is_missing_is_waited_for() {
    let photo = trace(&settings(&[("on", "photo")]));
    let scene = photo.scene(photo.first_moment());
    let input = scene.grid("input").unwrap();
    assert_eq!((input.cells.len(), input.cells[0].role, input.scale), (48 * 48, Role::Light, Some(1.0)));
    let values = scene.grid("output").unwrap().values();
    assert!(values.iter().all(|value| *value <= values[photo.first_moment()]));

    let world = |image: Matrix| World {
        digit: Some(Rc::new(Digit { image: image.clone(), name: "a dot".into(), class: None })),
        picture: Some(Rc::new(image)),
        ..World::default()
    };
    let made = |on: &str, world: &World| (chapter().trace)(&settings(&[("on", on)]), world);
    let digit = made("digit", &world(Matrix::zeros(28, 28))).unwrap();
    assert_eq!(digit.scene(0).grid("input").unwrap().cells[0].role, Role::Input);
    assert_eq!(made("digit", &World::default()).err(), Some(Unavailable::Digit));
    assert_eq!(made("own", &World::default()).err(), Some(Unavailable::Picture));
    assert!(made("own", &world(Matrix::zeros(40, 60))).is_ok());
    for tiny in [Matrix::zeros(2, 2), Matrix::zeros(0, 0)] {
        assert!(matches!(made("own", &world(tiny)).err(), Some(Unavailable::Refused(text)) if text.ends_with('.')));
    }
    let needs = (chapter().needs)(&settings(&[("on", "own"), ("kernel", "net")]));
    assert!(needs.picture && needs.network.is_some() && !needs.digit);
}

/// Returns the text of a step after a learner has looked at these settings and moments, one after the other.
fn found(step: &str, looks: &[(Query, &[usize])]) -> Option<String> {
    let mut watch = Watch::default();
    for (query, moments) in looks {
        let settings = settings(query);
        let trace = trace(&settings);
        moments.iter().for_each(|&moment| watch.saw(&settings, moment, &trace.scene(moment), None));
    }
    let step = chapter().steps.iter().find(|found| found.key == step).unwrap();
    (step.notice)(&watch)
}

#[test]
fn every_step_is_recognised_when_it_was_taken() {
    assert_eq!(found("boundary", &[(&[], &[0, 1])]), None);
    let boundary = found("boundary", &[(&[], &[0, 1, 2])]).unwrap();
    assert!(boundary.contains("it is 3;") && boundary.contains("it is 0,"), "{boundary}");

    assert!(found("blind", &[(&[("kernel", "horizontal")], &[0])]).unwrap().contains("all 9"));

    let letter: &[(&str, &str)] = &[("example", "letter-x"), ("mean", "mean")];
    assert_eq!(found("match", &[(letter, &[0])]), None);
    let full = found("match", &[(letter, &[0, 8])]).unwrap();
    assert!(full.contains("4 places") && full.contains("0.778"), "{full}");

    let (hook, diagonal): (Query, Query) = (&[("example", "hook")], &[("example", "diagonal")]);
    assert_eq!(found("hook", &[(hook, &[0])]), None);
    let compared = found("hook", &[(hook, &[0]), (diagonal, &[0])]).unwrap();
    for number in ["6000", "1500", "0.894", "0.224"] {
        assert!(compared.contains(number), "{compared}");
    }

    let photo = |kernel: &'static str| [("on", "photo"), ("kernel", kernel)];
    let [first, second, third] = ["outline", "vertical", "box"].map(photo);
    assert_eq!(found("gallery", &[(&first, &[0]), (&second, &[0]), (&first, &[0])]), None);
    let gallery = found("gallery", &[(&first, &[0]), (&second, &[0]), (&third, &[0])]).unwrap();
    assert!(gallery.contains("Box blur") && gallery.contains("3 kernels"), "{gallery}");
}

#[test]
fn kernels_of_every_network_are_shown_or_refused_in_words() {
    let picture = Matrix::new(28, 28, (0..784).map(|i| (i % 7) as f32 / 7.0).collect::<Vec<_>>());
    for preset in Preset::ALL {
        let spec = preset.spec();
        let parameters = Parameters::init(&spec, 5).unwrap();
        let values = Inspection::new(&spec, &parameters, &picture.values).unwrap();
        let has_conv = spec.layers.iter().any(|layer| matches!(layer, Layer::Conv2d { .. }));
        let network = Some(Rc::new(Network { spec, origin: Origin::Run { iteration: 0 }, values }));
        let world = World { network, ..World::default() };
        for k in ["1", "64"] {
            let settings = settings(&[("on", "photo"), ("kernel", "net"), ("net-kernel", k), ("mean", "mean")]);
            match (chapter().trace)(&settings, &world) {
                Ok(trace) => assert!(has_conv && trace.scene(0).equation.is_some()),
                Err(Unavailable::Refused(text)) => assert!(!has_conv && text.ends_with('.')),
                Err(why) => panic!("{why:?}"),
            }
        }
    }
}
