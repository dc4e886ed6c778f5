//! The chapter of counts against the decks' numbers, and against loops that count one by one.

use receptive_lessons::chapters::counts::CHAPTER;
use receptive_lessons::scene::{Item, Scene, Spot, Table};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Network, Unavailable, World};
use receptive_lessons::{Matrix, Trace, Watch};
use receptive_nn::{Inspection, Origin, Parameters, Preset};
use std::rc::Rc;

fn with(query: &str) -> Settings {
    let mut settings = CHAPTER.settings();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap();
        assert_eq!(settings.read(key, value), Ok(true), "{query}");
    }
    settings
}

fn trace(query: &str) -> Box<dyn Trace> {
    (CHAPTER.trace)(&with(query), &World::default()).unwrap_or_else(|why| panic!("{query}: {why:?}"))
}

fn table(scene: &Scene) -> Table {
    let mut tables = scene.items().into_iter().filter_map(|item| match item {
        Item::Table(table) => Some(table.clone()),
        _ => None,
    });
    tables.next_back().unwrap()
}

fn count(text: &str) -> u64 {
    text.rsplit('=').next().unwrap().trim().replace(',', "").parse().unwrap()
}

/// Weights, biases, parameters, multiply-adds, operations and outputs of a row of the comparison.
fn counts(query: &str, row: usize) -> [u64; 6] {
    let table = table(&trace(query).scene(0));
    std::array::from_fn(|i| count(&table.rows[row][i + 1]))
}

#[test]
fn the_comparison_gives_the_numbers_of_the_decks() {
    assert_eq!(counts("image=28x28", 0)[2], 157_000);
    assert_eq!(counts("image=28x28x3", 0)[2], 470_600);
    assert_eq!(counts("image=200x200x3&units=1", 0)[0], 120_000);
    assert_eq!(counts("image=300x300x3", 0), [54_000_000, 200, 54_000_200, 54_000_000, 108_000_000, 200]);
    assert_eq!(counts("image=300x300x3", 1), [5_400, 200, 5_600, 479_541_600, 959_083_200, 200 * 298 * 298]);
    assert_eq!(counts("image=28x28x3&f=5&kernels=1", 1)[0], 75);
    assert_eq!(counts("image=28x28&kernels=16", 1)[2], 160);
    assert_eq!(counts("image=28x28x3&kernels=10", 1)[2], 280);
    assert_eq!(counts("image=12x12x3&kernels=128&f=5", 1)[3], 614_400);
    assert_eq!(counts("image=12x12x3&kernels=128&f=5&also=separable", 2)[3], 14_400 / 3 + 24_576);
}

#[test]
fn weights_and_work_are_set_against_each_other() {
    let caption = trace("image=300x300x3").scene(0).caption;
    assert!(
        caption.contains("10,000 times as many weights") && caption.contains("convolution does 8.9 times as many"),
        "{caption}"
    );
}

#[test]
fn bars_are_in_proportion() {
    for item in trace("image=300x300x3").scene(0).items() {
        let Item::Bars(bars) = item else { continue };
        assert!(bars.bars.iter().any(|bar| bar.amount == bars.full));
        for bar in &bars.bars {
            assert_eq!(bar.amount, count(&bar.text) as f32);
            assert!(bar.amount <= bars.full);
        }
    }
}

/// Every product of a convolution, met one by one.
fn naive(n: i64, f: i64, pad: i64) -> Vec<(i64, i64, i64)> {
    let side = n + 2 * pad - f + 1;
    let mut products = vec![];
    for (p, q) in (0..side).flat_map(|p| (0..side).map(move |q| (p, q))) {
        for (r, s) in (0..f).flat_map(|r| (0..f).map(move |s| (r, s))) {
            let (row, column) = (p + r - pad, q + s - pad);
            if (0..n).contains(&row) && (0..n).contains(&column) {
                products.push((p * side + q, row * n + column, r * f + s));
            }
        }
    }
    products
}

#[test]
fn the_matrix_holds_each_weight_where_a_loop_meets_it() {
    for (n, f, pad) in
        [(3, 2, "valid"), (4, 3, "valid"), (5, 3, "valid"), (4, 3, "same"), (5, 5, "same"), (3, 7, "same")]
    {
        let weights: Vec<f32> = (0..f * f).map(|i| 0.5 - i as f32).collect();
        let typed = Matrix::new(f as usize, f as usize, weights.clone());
        let scene = trace(&format!("show=sharing&size={n}&f={f}&pad={pad}&weights={typed}")).scene(0);
        let matrix = scene.grid("matrix").unwrap();
        let products = naive(n, f, if pad == "same" { f / 2 } else { 0 });
        let mut wanted = vec![0.0; matrix.cells.len()];
        for &(output, input, tap) in &products {
            wanted[(output * n * n + input) as usize] = weights[tap as usize];
        }
        assert_eq!(matrix.values(), wanted, "{n} {f} {pad}");
        assert_eq!(matrix.cells.iter().filter(|cell| !cell.is_unread).count(), products.len());
    }
}

#[test]
fn a_cell_of_the_matrix_lights_its_weight_everywhere() {
    let trace = trace("show=sharing");
    let matrix = trace.scene(0).grid("matrix").cloned().unwrap();
    let linked = trace.linked(0, Spot::new("matrix", 0));
    let first = matrix.cells[0].value;
    let same = matrix.cells.iter().skip(1).filter(|cell| cell.value == first).count();
    assert_eq!(linked.iter().filter(|spot| spot.grid == "matrix").count(), same);
    for other in ["input", "kernel", "output"] {
        assert!(linked.contains(&Spot::new(other, 0)), "{other}");
    }
    assert_eq!(matrix.cells[3].value, 0.0);
    assert_eq!(trace.linked(0, Spot::new("matrix", 3)), [Spot::new("input", 3), Spot::new("output", 0)]);
}

#[test]
fn the_exercise_of_the_decks_is_solved_layer_by_layer() {
    for (pad, dense, total) in [("valid", 3_686_528, 3_697_962), ("same", 4_194_432, 4_205_866)] {
        let trace = trace(&format!("show=exercise&pad={pad}"));
        let last = table(&trace.scene(trace.n_moments() - 1));
        let params: Vec<u64> = last.rows.iter().map(|row| count(&row[2])).filter(|&n| n > 0).collect();
        assert_eq!(params, [896, 9_248, dense, 1_290, total], "{pad}");
        let first = table(&trace.scene(0));
        assert_eq!(first.rows[0], last.rows[0]);
        assert!(first.rows[1..].iter().all(|row| row[2] == "?"), "the rest is still to be found");
    }
}

#[test]
fn an_even_kernel_cannot_keep_the_size() {
    for show in ["compare", "sharing", "exercise"] {
        let made = (CHAPTER.trace)(&with(&format!("show={show}&f=4&pad=same")), &World::default());
        assert!(matches!(made, Err(Unavailable::Refused(text)) if text.contains("3 or 5")), "{show}");
    }
}

#[test]
fn every_preset_is_accounted_for() {
    for preset in Preset::ALL {
        let spec = preset.spec();
        let parameters = Parameters::init(&spec, 1).unwrap();
        let values = Inspection::new(&spec, &parameters, &[0.5; 784]).unwrap();
        let n: usize = values.layers.iter().map(|layer| layer.weights.len() + layer.biases.len()).sum();
        let world = World {
            network: Some(Rc::new(Network { spec, origin: Origin::Run { iteration: 12 }, values })),
            ..World::default()
        };
        let trace = (CHAPTER.trace)(&with("show=network"), &world).ok().unwrap();
        let rows = table(&trace.scene(0)).rows;
        assert_eq!(count(&rows.last().unwrap()[2]), n as u64, "{preset:?}");
    }
    let missing = (CHAPTER.trace)(&with("show=network"), &World::default());
    assert!(matches!(missing, Err(Unavailable::Network)));
}

/// Returns the text of a step for a learner who sets these one after the other, points at the spots and steps to the
/// moments.
fn notices(step: &str, queries: &[&str], spots: &[Spot], moments: &[usize]) -> Option<String> {
    let mut watch = Watch::default();
    for query in queries {
        let (settings, trace) = (with(query), trace(query));
        watch.saw(&settings, 0, &trace.scene(0), None);
        spots.iter().for_each(|&spot| watch.saw(&settings, 0, &trace.scene(0), Some(spot)));
        moments.iter().for_each(|&moment| watch.saw(&settings, moment, &trace.scene(moment), None));
    }
    (CHAPTER.steps.iter().find(|found| found.key == step).unwrap().notice)(&watch)
}

#[test]
fn steps_are_noticed_with_the_numbers_of_the_engine() {
    let grow = notices("grow", &["", "image=300x300x3"], &[], &[]).unwrap();
    assert!(grow.contains("157,000") && grow.contains("54,000,200") && grow.contains("5,600"), "{grow}");
    // 23 · 298 · 298 · 27 multiply-adds, against 300 · 300 · 3 · 200.
    let work = notices("work", &["image=300x300x3&kernels=23"], &[], &[]).unwrap();
    assert!(work.contains("55,147,284") && work.contains("54,000,000") && work.contains("621"), "{work}");
    assert_eq!(notices("work", &["image=300x300x3&kernels=25"], &[], &[]), None);
    let shared = notices("shared", &["show=sharing"], &[Spot::new("kernel", 4)], &[]).unwrap();
    assert!(shared.contains("5 stands in 4 cells"), "{shared}");
    let sparse = notices("sparse", &["show=sharing", "show=sharing&size=5"], &[], &[]).unwrap();
    // 4 · 9 of 4 · 16 cells, then 9 · 9 of 9 · 25.
    assert!(sparse.contains("43.8 %") && sparse.contains("64 %"), "{sparse}");
    let most = notices("where", &["show=exercise"], &[], &[5, 7]).unwrap();
    assert!(most.contains("3,686,528") && most.contains("99.7 %"), "{most}");
    assert_eq!(notices("where", &["show=exercise"], &[], &[5]), None);
}
