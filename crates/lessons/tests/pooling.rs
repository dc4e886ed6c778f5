//! Pooling against the lectures' examples, a naive loop in double precision, and every network.

use receptive_core::Rng;
use receptive_lessons::scene::{Item, Scene, Spot};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Digit, Network, Unavailable, World};
use receptive_lessons::{Matrix, Trace, Watch, chapters::pooling::CHAPTER};
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
    trace_in(&settings(link), &World::default()).scene(0)
}

fn values(scene: &Scene, grid: &str) -> Vec<f32> {
    scene.grid(grid).unwrap_or_else(|| panic!("no grid {grid}")).values()
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
    assert_eq!(values(&scene(""), "output"), [123.0, 253.0, 187.0, 165.0]);
    assert_eq!(values(&scene("picture=mean&kind=avg"), "output"), [3.75, 1.25, 4.0, 2.0]);
    #[rustfmt::skip]
    let ceil = [
        1.0, 0.33, 0.55, 0.33,
        0.33, 1.0, 0.33, 0.55,
        0.55, 0.33, 1.0, 0.11,
        0.33, 0.55, 0.11, 0.77,
    ];
    assert_eq!(values(&scene("picture=letter-x&fit=ceil"), "output"), ceil);
    let floor = [1.0, 0.33, 0.55, 0.33, 1.0, 0.33, 0.55, 0.33, 1.0];
    assert_eq!(values(&scene("picture=letter-x"), "output"), floor);
}

/// Every window of a map, cut off at its edge: its values, and where each stood.
fn windows(map: &Matrix, window: usize, stride: usize, ceil: bool) -> Vec<Vec<(usize, f64)>> {
    let starts = |n: usize| {
        (0..n).step_by(stride).filter(move |start| {
            // Rounded down a window must fit; rounded up it may hang over, if the one before left something.
            start + window <= n || (ceil && (*start == 0 || start - stride + window < n))
        })
    };
    let mut found = vec![];
    for row in starts(map.rows) {
        for column in starts(map.columns) {
            let cells = (row..map.rows.min(row + window))
                .flat_map(|r| (column..map.columns.min(column + window)).map(move |c| (r, c)));
            found.push(cells.map(|(r, c)| (r * map.columns + c, f64::from(map.at(r, c)))).collect());
        }
    }
    found
}

#[test]
fn every_window_is_that_of_a_naive_loop() {
    let mut rng = Rng::new(4);
    let mut n_hanging = 0;
    for _ in 0..200 {
        let (rows, columns) = (4 + rng.below(7) as usize, 4 + rng.below(7) as usize);
        let map = Matrix::new(rows, columns, (0..rows * columns).map(|_| rng.range(-9.0, 9.0)).collect::<Vec<_>>());
        let (window, stride) = (1 + rng.below(4) as usize, 1 + rng.below(4) as usize);
        let ceil = rng.below(2) == 1;
        let fit = if ceil { "ceil" } else { "floor" };
        let want = windows(&map, window, stride, ceil);
        n_hanging += want.iter().filter(|cells| cells.len() < window * window).count();
        for kind in ["max", "avg", "sum"] {
            let link = format!("picture=own&input={map}&kind={kind}&window={window}&stride={stride}&fit={fit}");
            let trace = trace_in(&settings(&link), &World::default());
            let got = values(&trace.scene(0), "output");
            assert_eq!(got.len(), want.len(), "{link}");
            for (cell, cells) in want.iter().enumerate() {
                let sum: f64 = cells.iter().map(|(_, value)| value).sum();
                let largest = cells.iter().map(|(_, value)| *value).fold(f64::NEG_INFINITY, f64::max);
                let value = match kind {
                    "max" => largest,
                    "avg" => sum / cells.len() as f64,
                    _ => sum,
                };
                assert!((f64::from(got[cell]) - value).abs() < 1e-4, "{link}: {cell}");
                let read: Vec<_> = cells.iter().map(|(at, _)| Spot::new("input", *at)).collect();
                assert_eq!(trace.linked(0, Spot::new("output", cell)), read, "{link}: {cell}");
                let marked = trace.scene(cell).grid("input").unwrap().marked.clone();
                let winner = cells.iter().find(|(_, value)| *value == largest && kind == "max").map(|(at, _)| *at);
                assert_eq!(marked, Vec::from_iter(winner), "{link}: {cell}");
            }
            for cell in 0..map.values.len() {
                let fed = trace.linked(0, Spot::new("input", cell));
                let is_unread = trace.scene(0).grid("input").unwrap().cells[cell].is_unread;
                assert_eq!(fed.is_empty(), is_unread, "{link}: {cell}");
                for output in fed {
                    assert!(want[output.cell].iter().any(|(at, _)| *at == cell), "{link}: {cell}");
                }
            }
        }
    }
    assert!(n_hanging > 100, "{n_hanging}");
}

#[test]
fn sizes_in_the_formulas_are_those_of_the_map() {
    for (window, stride) in (1..=4).flat_map(|window| (1..=4).map(move |stride| (window, stride))) {
        for fit in ["floor", "ceil"] {
            let scene = scene(&format!("picture=letter-x&window={window}&stride={stride}&fit={fit}"));
            let rows = scene.grid("output").unwrap().rows();
            let (steps, rest) = ((7 - window) / stride, (7 - window) % stride);
            let rounded = if fit == "ceil" && rest > 0 { steps + 2 } else { steps + 1 };
            let is_dropped = rounded > rows;
            assert!(scene.formulas[0].plain().ends_with(&format!("= {rows}")), "{}", scene.formulas[0].plain());
            // The window that is dropped would start past the edge.
            assert_eq!(is_dropped, (rounded - 1) * stride >= 7, "{window} {stride} {fit}");
            assert_eq!(scene.formulas[0].plain().contains("+ 1 − 1"), is_dropped);
        }
    }
}

#[test]
fn the_mean_of_all_is_one_number() {
    let scene = scene("kind=global&picture=mean");
    assert_eq!(values(&scene, "output"), [44.0 / 16.0]);
    assert!(scene.equation.unwrap().close.ends_with("/ 16"));
}

#[test]
fn a_c_that_moves_by_one_leaves_no_trace_and_by_two_does() {
    for (shift, n_output) in [(1, 0), (2, 10)] {
        let scene = scene(&format!("picture=letter-c&shift={shift}"));
        let (before, after) = (values(&scene, "unshifted"), values(&scene, "input"));
        assert_eq!(after[6 * shift..], before[..before.len() - 6 * shift]);
        assert!(after[..6 * shift].iter().all(|value| *value == 0.0));
        let (old, new) = (values(&scene, "unshifted-output"), values(&scene, "output"));
        let changed: Vec<_> = (0..old.len()).filter(|&i| old[i] != new[i]).collect();
        assert_eq!(changed.len(), n_output, "{shift}");
        assert_eq!(scene.grid("output").unwrap().marked, changed);
    }
    assert!(scene("picture=letter-c").grid("unshifted").is_none());
    // A shift that was left over from another picture does not move this one.
    assert!(scene("shift=1").grid("unshifted").is_none());
}

#[test]
fn what_does_not_fit_is_refused_with_a_remedy() {
    let refused = (CHAPTER.trace)(&settings("picture=own&input=1,2;3,4&window=3"), &World::default());
    assert!(matches!(refused, Err(Unavailable::Refused(text)) if text.contains("3×3") && text.contains("at most 2×2")));
}

#[test]
fn maps_of_every_network_are_pooled_as_it_pools_them() {
    for preset in Preset::ALL {
        let world = world(preset);
        let network = world.network().unwrap();
        let pool = network.spec.layers.iter().position(|layer| matches!(layer, Layer::MaxPool2d(_)));
        let shown = (CHAPTER.trace)(&settings("on=digit&channel=2"), &world);
        let Some(pool) = pool else {
            assert!(matches!(shown, Err(Unavailable::Refused(text)) if text.ends_with('.')), "{preset:?}");
            continue;
        };
        let scene = shown.unwrap_or_else(|why| panic!("{preset:?}: {why:?}")).scene(0);
        for (layer, grid) in [(pool - 1, "input"), (pool, "output")] {
            let layer = &network.values.layers[layer];
            let len = layer.shape[1] * layer.shape[2];
            assert_eq!(values(&scene, grid), layer.output[len..2 * len], "{preset:?} {grid}");
        }
        let name = &network.values.layers[pool].name;
        let says_so = |scene: &Scene| {
            scene
                .items()
                .iter()
                .any(|item| matches!(item, Item::Text(text) if text.contains(name) && text.contains("same")))
        };
        assert!(says_so(&scene), "{preset:?}");
        let other = trace_in(&settings("on=digit&channel=2&kind=avg"), &world).scene(0);
        assert!(!says_so(&other), "{preset:?}");
    }
    assert!(matches!((CHAPTER.trace)(&settings("on=digit"), &World::default()), Err(Unavailable::Network)));
}

#[test]
fn steps_are_noticed_with_the_numbers_on_the_stage() {
    let world = world(Preset::Small);
    let notice = |links: &[&str], moments: &[usize], step: usize| {
        let mut watch = Watch::default();
        for link in links {
            let settings = settings(link);
            let trace = trace_in(&settings, &world);
            for &moment in moments {
                watch.saw(&settings, moment, &trace.scene(moment), None);
            }
        }
        (CHAPTER.steps[step].notice)(&watch)
    };
    assert!(notice(&[""], &[0, 1, 2], 0).is_some_and(|text| text.contains("Of the 16 numbers at most 4")));
    assert_eq!(notice(&[""], &[0, 1], 0), None);
    let typed = |cell: &str| format!("picture=own&input=4,123,1,34;56,{cell},222,253;45,122,165,12;21,187,133,124");
    assert!(notice(&["", &typed("98")], &[0], 1).is_some_and(|text| text.contains("99 became 98")));
    assert_eq!(notice(&["", &typed("124")], &[0], 1), None);
    assert_eq!(notice(&["", &(typed("98") + "&stride=1")], &[0], 1), None);
    assert!(notice(&["", "kind=avg"], &[0], 2).is_some_and(|text| text.contains("253") && text.contains("127.5")));
    let edge = ["picture=letter-x", "picture=letter-x&fit=ceil"];
    assert!(notice(&edge, &[0], 3).is_some_and(|text| text.contains("3×3") && text.contains("4×4")));
    assert_eq!(notice(&["", "fit=ceil"], &[0], 3), None);
    assert!(notice(&["picture=letter-c&shift=1"], &[0], 4).is_some_and(|text| text.contains("14 of 48")));
    assert!(notice(&["picture=letter-c&shift=2"], &[0], 4).is_some_and(|text| text.contains("10 of 12")));
    assert_eq!(notice(&["picture=letter-c"], &[0], 4), None);
    assert!(notice(&["on=digit&kind=global"], &[0], 5).is_some_and(|text| text.contains("784")));
}
