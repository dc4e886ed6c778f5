//! Activation against the lectures' examples, the printed definitions in double precision, and every network.

use receptive_core::Rng;
use receptive_lessons::scene::{Curve, Item, Scene, Spot};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Digit, Network, Unavailable, World};
use receptive_lessons::{Matrix, Trace, Watch, chapters::activation::CHAPTER};
use receptive_nn::{Inspection, Layer, Origin, Parameters, Preset};
use std::rc::Rc;

fn settings(link: &str) -> Settings {
    let pairs = link.split('&').filter_map(|pair| pair.split_once('='));
    pairs.fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value))
}

fn trace_in(settings: &Settings, world: &World) -> Box<dyn Trace> {
    (CHAPTER.trace)(settings, world).unwrap_or_else(|why| panic!("{why:?}"))
}

fn scene(link: &str) -> Scene {
    let trace = trace_in(&settings(link), &World::default());
    trace.scene(trace.first_moment())
}

fn values(scene: &Scene, grid: &str) -> Vec<f32> {
    scene.grid(grid).unwrap().values()
}

fn curve(scene: &Scene) -> &Curve {
    let found = scene.items().into_iter().find_map(|item| match item {
        Item::Curve(curve) => Some(curve),
        _ => None,
    });
    found.unwrap()
}

/// A network of this kind that has seen a digit of two strokes.
fn world(preset: Preset) -> World {
    let ink = |i: usize| if (6..22).contains(&(i / 28)) && (10..14).contains(&(i % 28)) { 0.8 } else { 0.0 };
    let image = Matrix::new(28, 28, (0..784).map(ink).collect::<Vec<_>>());
    let spec = preset.spec();
    let parameters = Parameters::init(&spec, 5).unwrap();
    let seen = Inspection::new(&spec, &parameters, &image.values).unwrap();
    let digit = Digit { image, name: "strokes".into(), class: None };
    World {
        digit: Some(Rc::new(digit)),
        network: Some(Rc::new(Network { spec, origin: Origin::Run { iteration: 0 }, values: seen })),
        picture: None,
        step: None,
    }
}

#[test]
fn the_lectures_examples_come_out_as_they_are_right() {
    let relu_3x3 = ([2.0, 1.0, -1.0, -1.0, 1.0, 3.0, 2.0, 1.0, 1.0], [2.0, 1.0, 0.0, 0.0, 1.0, 3.0, 2.0, 1.0, 1.0]);
    let relu_comp = ([0.0, 1.0, -4.0, 0.0, 2.0, 0.0, -1.0, 4.0, 3.0], [0.0, 1.0, 0.0, 0.0, 2.0, 0.0, 0.0, 4.0, 3.0]);
    for (link, (input, correct)) in [("picture=example", relu_3x3), ("picture=plus", relu_comp)] {
        let scene = scene(link);
        assert_eq!((values(&scene, "input"), values(&scene, "output")), (input.to_vec(), correct.to_vec()), "{link}");
    }
    #[rustfmt::skip]
    let letter_x_relu = [
        0.77, 0.0, 0.11, 0.33, 0.55, 0.0, 0.33,
        0.0, 1.0, 0.0, 0.33, 0.0, 0.11, 0.0,
        0.11, 0.0, 1.0, 0.0, 0.11, 0.0, 0.55,
        0.33, 0.33, 0.0, 0.55, 0.0, 0.33, 0.33,
        0.55, 0.0, 0.11, 0.0, 1.0, 0.0, 0.11,
        0.0, 0.11, 0.0, 0.33, 0.0, 1.0, 0.0,
        0.33, 0.0, 0.55, 0.33, 0.11, 0.0, 0.77,
    ];
    assert_eq!(values(&scene("picture=letter-x"), "output"), letter_x_relu);
}

#[test]
fn typed_numbers_are_the_map() {
    let scene = scene("picture=own&input=-1,2;0.5,-3");
    assert_eq!(values(&scene, "output"), [0.0, 2.0, 0.5, 0.0]);
}

/// The definitions as they are printed, by their names in links, with the constants of the start.
fn printed(key: &str, x: f64) -> f64 {
    match key {
        "relu" => x.max(0.0),
        "sigmoid" => 1.0 / (1.0 + (-x).exp()),
        "tanh" => (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()),
        "leaky" => x.max(0.1 * x),
        "elu" => {
            if x < 0.0 {
                x.exp() - 1.0
            } else {
                x
            }
        }
        "maxout" => (-0.5 * x + 0.5).max(x - 1.0),
        _ => (-x * x).exp(),
    }
}

#[test]
fn curves_are_the_printed_functions_and_their_slopes() {
    for key in ["relu", "sigmoid", "tanh", "leaky", "elu", "maxout", "rbf"] {
        let scene = scene(&format!("show=curve&f={key}&x=1.7"));
        let curve = curve(&scene);
        let (x, y, taken_by) = curve.handle.unwrap();
        assert_eq!((x, taken_by), (1.7, "x"));
        assert!((f64::from(y) - printed(key, 1.7)).abs() < 1e-6, "{key}: {y}");
        for line in &curve.lines {
            for [x, y] in &line.points {
                let [left, right, low, high] = curve.range;
                assert!((left..=right).contains(x) && (low..=high).contains(y), "{key}, {}: {x} {y}", line.title);
            }
        }
        for ([x, y], [_, slope]) in curve.lines[0].points.iter().zip(&curve.lines[1].points) {
            let at = f64::from(*x);
            assert!((f64::from(*y) - printed(key, at)).abs() < 1e-6, "{key} at {x}: {y}");
            let is_kink = key == "maxout" && *x == 1.0 || ["relu", "leaky"].contains(&key) && *x == 0.0;
            let difference = (printed(key, at + 1e-5) - printed(key, at - 1e-5)) / 2e-5;
            assert!(is_kink || (f64::from(*slope) - difference).abs() < 1e-5, "{key} at {x}: slope {slope}");
        }
    }
}

#[test]
fn constants_that_are_set_are_those_that_count() {
    let y = |link: &str| curve(&scene(&format!("show=curve&{link}"))).handle.unwrap().1;
    assert_eq!(y("f=leaky&slope=0.25&x=-4"), -1.0);
    assert_eq!(y("f=rbf&centre=1.5&x=1.5"), 1.0);
    assert!((y("f=rbf&epsilon=0.5&x=2") - (-1.0f32).exp()).abs() < 1e-6);
    assert_eq!(y("f=maxout&lines=1,0;0,0&x=-3"), 0.0);
    for bad in ["lines=1,2;3,4;5,6", "lines=1,2,3,4"] {
        let refused = (CHAPTER.trace)(&settings(&format!("show=curve&f=maxout&{bad}")), &World::default());
        assert!(matches!(refused, Err(Unavailable::Refused(text)) if text.contains("2×2")), "{bad}");
    }
}

/// Row · column, in double precision.
fn product(a: &[f64], b: &[f64], inner: usize) -> Vec<f64> {
    let columns = b.len() / inner;
    let cell = |i: usize| (0..inner).map(|k| a[i / columns * inner + k] * b[k * columns + i % columns]).sum();
    (0..a.len() / inner * columns).map(cell).collect()
}

#[test]
fn two_linear_layers_are_one_and_with_relu_between_they_are_not() {
    let mut rng = Rng::new(3);
    let mut n_apart = 0;
    for _ in 0..60 {
        let mut numbers = |rows: usize, columns: usize| {
            let values = (0..rows * columns).map(|_| rng.range(-3.0, 3.0)).collect::<Vec<_>>();
            Matrix::new(rows, columns, values)
        };
        let (x, first, second) = (numbers(3, 1), numbers(4, 3), numbers(2, 4));
        let wide = |m: &Matrix| m.values.iter().map(|v| f64::from(*v)).collect::<Vec<_>>();
        let hidden = product(&wide(&first), &wide(&x), 3);
        let cut: Vec<_> = hidden.iter().map(|h| h.max(0.0)).collect();
        let typed = format!("show=collapse&vector={x}&first={first}&second={second}");
        for (between, inside) in [("none", &hidden), ("relu", &cut)] {
            let scene = scene(&format!("{typed}&between={between}"));
            let close = |grid: &str, want: &[f64]| {
                let got = values(&scene, grid);
                assert_eq!(got.len(), want.len());
                let is_close = got.iter().zip(want).all(|(got, want)| (f64::from(*got) - want).abs() < 1e-4);
                assert!(is_close, "{grid}: {got:?} {want:?}");
            };
            close("hidden", &hidden);
            close("twice", &product(&wide(&second), inside, 4));
            close("product", &product(&wide(&second), &wide(&first), 4));
            close("once", &product(&wide(&second), &hidden, 4));
            let apart = values(&scene, "twice").iter().zip(values(&scene, "once")).any(|(a, b)| (a - b).abs() > 1e-3);
            assert!(!apart || between == "relu");
            n_apart += usize::from(apart);
        }
    }
    assert!(n_apart > 50, "{n_apart}");
}

#[test]
fn the_example_of_two_layers_by_hand() {
    // h = (2 − 3 − 2, 4 + 3 + 1) = (−3, 8).
    let plain = scene("show=collapse");
    assert_eq!((values(&plain, "hidden"), values(&plain, "twice")), (vec![-3.0, 8.0], vec![5.0, 19.0]));
    assert_eq!(values(&plain, "product"), [3.0, 0.0, 1.0, 3.0, 3.0, -4.0]);
    let bent = scene("show=collapse&between=relu");
    assert_eq!((values(&bent, "twice"), values(&bent, "once")), (vec![8.0, 16.0], vec![5.0, 19.0]));
    let link = settings("show=collapse&vector=1;2");
    let refused = (CHAPTER.trace)(&link, &World::default());
    assert!(matches!(refused, Err(Unavailable::Refused(text)) if text.contains("2×1") && text.ends_with('.')));
}

#[test]
fn what_feeds_is_what_is_read_on_every_stage() {
    for link in ["", "show=collapse", "show=collapse&between=relu", "picture=letter-x&f=tanh"] {
        let settings = settings(link);
        let trace = trace_in(&settings, &World::default());
        let last = trace.scene(usize::MAX);
        for item in last.items() {
            let Item::Grid(grid) = item else { continue };
            for cell in 0..grid.cells.len() {
                let spot = Spot::new(grid.name, cell);
                for other in trace.linked(0, spot) {
                    assert!(trace.linked(0, other).contains(&spot), "{link}: {spot:?} {other:?}");
                }
            }
        }
    }
}

#[test]
fn maps_of_every_network_are_those_that_its_own_relu_makes() {
    for preset in Preset::ALL {
        let world = world(preset);
        let network = world.network().unwrap();
        let conv = network.spec.layers.iter().position(|layer| matches!(layer, Layer::Conv2d { .. }));
        let shown = (CHAPTER.trace)(&settings("on=digit&channel=3"), &world);
        let Some(conv) = conv else {
            assert!(matches!(shown, Err(Unavailable::Refused(text)) if text.ends_with('.')), "{preset:?}");
            continue;
        };
        let scene = shown.unwrap_or_else(|why| panic!("{preset:?}: {why:?}")).scene(0);
        let [before, after] = [0, 1].map(|i| &network.values.layers[conv + i]);
        let [_, rows, columns] = before.shape;
        let map = 2 * rows * columns..3 * rows * columns;
        assert_eq!(values(&scene, "input"), before.output[map.clone()], "{preset:?}");
        assert_eq!(values(&scene, "output"), after.output[map], "{preset:?}");
    }
    assert!(matches!((CHAPTER.trace)(&settings("on=digit"), &World::default()), Err(Unavailable::Network)));
}

#[test]
fn steps_are_noticed_with_the_numbers_on_the_stage() {
    let world = world(Preset::Small);
    let notice = |links: &[&str], spots: &[Spot], step: usize| {
        let mut watch = Watch::default();
        for link in links {
            let settings = settings(link);
            let trace = trace_in(&settings, &world);
            let scene = trace.scene(trace.first_moment());
            watch.saw(&settings, trace.first_moment(), &scene, None);
            for spot in spots {
                watch.saw(&settings, trace.first_moment(), &scene, Some(*spot));
            }
        }
        (CHAPTER.steps[step].notice)(&watch)
    };
    let spots = [Spot::new("input", 2), Spot::new("input", 5)];
    assert!(notice(&[""], &spots, 0).is_some_and(|text| text.contains("−1") && text.contains('3')));
    assert_eq!(notice(&[""], &spots[..1], 0), None);
    assert!(notice(&["on=digit"], &[], 1).is_some_and(|text| text.contains("784")));
    assert!(notice(&["show=curve&f=sigmoid&x=6"], &[], 2).is_some_and(|text| text.contains("0.25")));
    assert_eq!(notice(&["show=curve&f=sigmoid&x=3"], &[], 2), None);
    assert!(notice(&["show=curve&f=leaky&x=-1"], &[], 3).is_some_and(|text| text.contains("0.1")));
    assert_eq!(notice(&["show=curve&f=leaky&x=1"], &[], 3), None);
    let typed = ["show=collapse", "show=collapse&vector=1;1;1"];
    assert!(notice(&typed, &[], 4).is_some_and(|text| text.contains("(4, 2)")));
    assert_eq!(notice(&typed[..1], &[], 4), None);
    assert!(notice(&["show=collapse&between=relu"], &[], 5).is_some_and(|text| text.contains("(8, 16)")));
    assert_eq!(notice(&["show=collapse&between=relu&vector=0;0;0"], &[], 5), None);
}
