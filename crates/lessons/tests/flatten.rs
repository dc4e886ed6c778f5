//! Flattening and fully connected units, against sums written out here.

use receptive_core::Rng;
use receptive_lessons::chapters::flatten::CHAPTER;
use receptive_lessons::scene::{Item, Scene, Spot};
use receptive_lessons::world::{Network, Unavailable, World};
use receptive_lessons::{Matrix, Trace, Watch};
use receptive_nn::{Inspection, Layer, Origin, Parameters, Preset, Spec};
use std::rc::Rc;

/// Settings as a link writes them.
type Query<'a> = &'a [(&'a str, &'a str)];

fn image() -> Vec<f32> {
    (0..784).map(|i| if (6..22).contains(&(i / 28)) && (10..17).contains(&(i % 28)) { 0.8 } else { 0.0 }).collect()
}

fn world(spec: Spec) -> World {
    let parameters = Parameters::init(&spec, 3).unwrap();
    let values = Inspection::new(&spec, &parameters, &image()).unwrap();
    World {
        network: Some(Rc::new(Network { spec, origin: Origin::Run { iteration: 12 }, values })),
        ..World::default()
    }
}

fn toy(pairs: &[(&str, &str)]) -> Box<dyn Trace> {
    let settings = pairs.iter().fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value));
    let Ok(trace) = (CHAPTER.trace)(&settings, &World::default()) else { panic!("{pairs:?}") };
    trace
}

fn bars(scene: &Scene) -> Vec<f32> {
    let found = scene.items().into_iter().find_map(|item| match item {
        Item::Bars(bars) => Some(bars.bars.iter().map(|bar| bar.amount).collect()),
        _ => None,
    });
    found.unwrap()
}

fn values(scene: &Scene, grid: &str) -> Vec<f32> {
    scene.grid(grid).map(receptive_lessons::scene::Grid::values).unwrap()
}

#[test]
fn two_maps_of_nine_become_a_row_of_eighteen() {
    let trace = toy(&[]);
    let scene = trace.scene(usize::MAX);
    let row = values(&scene, "row");
    assert_eq!(row.len(), 18);
    assert_eq!(row, [values(&scene, "map-1"), values(&scene, "map-2")].concat());
    assert_eq!(
        values(&scene, "weights"),
        [values(&scene, "weight-map-1"), values(&scene, "weight-map-2")].concat(),
        "the weights go the same way"
    );
    // Map 2, row 3, column 1: (1·3 + 2)·3 + 0.
    let linked = trace.linked(0, Spot::new("map-2", 6));
    assert!(linked.contains(&Spot::new("row", 15)) && linked.contains(&Spot::new("output", 0)));
    assert!(trace.linked(0, Spot::new("row", 15)).contains(&Spot::new("map-2", 6)));
    assert!(trace.describe(0, Spot::new("map-2", 6)).contains("(1·3 + 2)·3 + 0 = 15"));
    let formula = |name: &str| scene.formulas.iter().find(|formula| formula.name == name).unwrap().plain();
    assert!(formula("params").ends_with("= 57"), "three units of 18 weights and a bias");
    // Each number of the row has something to say in some unit.
    assert!(row.iter().filter(|value| **value != 0.0).count() > 9);
}

#[test]
fn typed_numbers_meet_the_weights_of_their_place() {
    let pairs = [("channels", "1"), ("rows", "2"), ("columns", "2"), ("units", "2")];
    // Side by side: unit 1 has 1, 2, 3, 4, unit 2 has 5, 6, 7, 8.
    let typed = [("input", "1,10;100,1000"), ("weights", "1,2,5,6;3,4,7,8")];
    let with = |unit: &'static str| toy(&[&pairs[..], &typed, &[("unit", unit)]].concat());
    // The biases are 1 and −1.
    assert_eq!(values(&with("1").scene(9), "output"), [4322.0]);
    assert_eq!(values(&with("2").scene(9), "output"), [8764.0]);
    assert_eq!(bars(&with("2").scene(9)), [4322.0, 8764.0]);
    let scene = with("2").scene(2);
    assert_eq!(values(&scene, "weights"), [5.0, 6.0, 7.0, 8.0]);
    assert_eq!(scene.equation.unwrap().result, "765");
    let edit = scene.board[1].iter().find_map(|item| match item {
        Item::Column(items) => items.iter().find_map(|item| match item {
            Item::Grid(grid) if grid.name == "weights" => Some(grid.clone()),
            _ => None,
        }),
        _ => None,
    });
    let grid = edit.unwrap();
    let matrix = &grid.edit.as_ref().unwrap().matrix;
    assert!(grid.cells.iter().all(|cell| matrix.values[cell.source.unwrap()] == cell.value));
    // Numbers typed for another size wait for it.
    assert_eq!(values(&toy(&[("input", "1,10;100,1000")]).scene(0), "row").len(), 18);
}

#[test]
fn a_unit_that_is_not_there_is_refused() {
    let settings = CHAPTER.settings().with("units", "2").with("unit", "3");
    let Err(Unavailable::Refused(text)) = (CHAPTER.trace)(&settings, &World::default()) else { panic!() };
    assert!(text.contains('3') && text.contains('2'), "{text}");
}

#[test]
fn every_network_s_units_are_the_naive_sums_of_what_comes_in() {
    let mut rng = Rng::new(8);
    for preset in Preset::ALL {
        let world = world(preset.spec());
        let network = world.network.clone().unwrap();
        let linear = network.spec.layers.iter().position(|layer| matches!(layer, Layer::Linear { .. })).unwrap();
        let (x, layer) = (&network.values.layers[linear - 1].output, &network.values.layers[linear]);
        for from in ["1", "7", "64"] {
            let settings = CHAPTER.settings().with("on", "digit").with("from", from);
            let Ok(trace) = (CHAPTER.trace)(&settings, &world) else { panic!("{preset:?}") };
            assert_eq!(trace.n_moments(), layer.biases.len());
            for _ in 0..3 {
                let unit = rng.below(layer.biases.len() as u32) as usize;
                let scene = trace.scene(unit);
                let naive = (0..x.len()).fold(f64::from(layer.biases[unit]), |sum, i| {
                    sum + f64::from(x[i]) * f64::from(layer.weights[unit * x.len() + i])
                });
                let bars = bars(&scene);
                let (parts, output) = bars.split_at(bars.len() - 1);
                let sum: f64 = parts.iter().map(|part| f64::from(*part)).sum();
                assert!((sum - naive).abs() < 1e-4, "{preset:?} unit {unit}: {sum} {naive}");
                assert!((f64::from(output[0]) - naive).abs() < 1e-4, "{preset:?} unit {unit}");
                assert_eq!(output[0], layer.output[unit], "the network's own value");
                assert_eq!(values(&scene, "outputs"), layer.output);
                // Numbers that would not fit into their cells are a picture.
                let has_numbers = scene.grid("outputs").is_some_and(|grid| grid.has_numbers());
                assert_eq!(has_numbers, layer.output.len() <= 64, "{preset:?}");
            }
        }
    }
}

#[test]
fn eight_maps_at_once_with_their_own_weights() {
    let world = world(Preset::Small.spec());
    let layers = &world.network.as_ref().unwrap().values.layers;
    let settings = CHAPTER.settings().with("on", "digit").with("from", "5");
    let Ok(trace) = (CHAPTER.trace)(&settings, &world) else { panic!() };
    let scene = trace.scene(2);
    assert_eq!(values(&scene, "map-1"), layers[5].output[4 * 49..5 * 49], "the fifth map");
    assert_eq!(values(&scene, "weights-8"), layers[7].weights[2 * 784 + 11 * 49..2 * 784 + 12 * 49]);
    assert!(scene.grid("map-9").is_none());
    let linked = trace.linked(2, Spot::new("weights-8", 5));
    assert_eq!(linked, [Spot::new("map-8", 5), Spot::new("products-8", 5)]);
    assert_eq!(trace.linked(2, Spot::new("map-8", 5)).len(), 12, "weights, products, and all ten outputs");
    // Past the end, the last eight.
    let settings = settings.with("from", "60");
    let Ok(trace) = (CHAPTER.trace)(&settings, &world) else { panic!() };
    assert_eq!(values(&trace.scene(0), "map-8"), layers[5].output[15 * 49..]);
}

#[test]
fn a_network_with_nothing_to_show_is_refused_in_words() {
    let spec = Preset::Small.spec();
    let without = Spec { layers: spec.layers[..6].to_vec(), ..spec.clone() };
    let settings = CHAPTER.settings().with("on", "digit");
    for (spec, layers) in [(without, vec![]), (spec, vec![])] {
        let values = Inspection { layers, ..Inspection::default() };
        let network = Rc::new(Network { spec, origin: Origin::Run { iteration: 0 }, values });
        let refused = (CHAPTER.trace)(&settings, &World { network: Some(network), ..World::default() }).err();
        assert!(matches!(refused, Some(Unavailable::Refused(text)) if text.ends_with('.')));
    }
    assert_eq!((CHAPTER.trace)(&settings, &World::default()).err(), Some(Unavailable::Network));
}

#[test]
fn steps_are_noticed_with_the_engine_s_numbers() {
    let network = world(Preset::Small.spec());
    let notice = |key: &str, looks: &[(Query, &[usize], Option<Spot>)]| {
        let mut watch = Watch::default();
        for (pairs, moments, spot) in looks {
            let settings = pairs.iter().fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value));
            let Ok(trace) = (CHAPTER.trace)(&settings, &network) else { panic!("{pairs:?}") };
            moments.iter().for_each(|&moment| watch.saw(&settings, moment, &trace.scene(moment), *spot));
        }
        let step = CHAPTER.steps.iter().find(|step| step.key == key).unwrap();
        (step.notice)(&watch).unwrap_or_default()
    };
    assert!(notice("next-map", &[(&[], &[0, 9], None)]).contains("index 9"));
    assert!(notice("index", &[(&[], &[0], Some(Spot::new("map-2", 6)))]).contains("= 15"));
    assert_ne!(notice("unit", &[(&[], &[0], None), (&[("unit", "2")], &[0], None)]), "");
    let typed = Matrix::new(6, 3, vec![9.0; 18]).to_string();
    assert!(notice("number", &[(&[], &[0], None), (&[("input", &typed)], &[0], None)]).starts_with("3 of 3"));
    let smaller = notice("smaller", &[(&[], &[0], None), (&[("rows", "2")], &[0], None)]);
    assert!(smaller.contains("18 to 12") && smaller.contains("57 parameters became 39"), "{smaller}");
    assert!(notice("digit", &[(&[("on", "digit")], &[0, 1, 2], None)]).contains("of 10"));
}
