//! Building a CNN: counts against the lectures', edits, mending, and a stage that stands whatever the link says.

use receptive_core::Rng;
use receptive_lessons::chapters::building::edits;
use receptive_lessons::chapters::building::ledger::{Account, LEDGER};
use receptive_lessons::chapters::building::{CHAPTER, STARTS, network, put, start};
use receptive_lessons::scene::{Item, Scene, Spot, Table};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Digit, Network, World};
use receptive_lessons::{Matrix, Trace, Watch};
use receptive_nn::{Inspection, Origin, Parameters, Preset, Spec};
use std::rc::Rc;

fn spec(text: &str) -> Spec {
    Spec::read(text).unwrap()
}

fn settings(text: &str) -> Settings {
    CHAPTER.settings().with("layers", text)
}

fn trace(settings: &Settings) -> Box<dyn Trace> {
    (CHAPTER.trace)(settings, &World::default()).unwrap()
}

fn table(scene: &Scene) -> Table {
    let mut tables = scene.items().into_iter().filter_map(|item| match item {
        Item::Table(table) => Some(table.clone()),
        _ => None,
    });
    tables.next_back().unwrap()
}

#[test]
fn parameters_are_those_of_the_lectures() {
    let n_params = |key: &str| {
        let account = Account::new(start(key));
        let rows: Vec<_> = account.rows.iter().map(|row| row.n_params).filter(|n| *n > 0).collect();
        (account.n_params(), rows)
    };
    assert_eq!(n_params("slides"), (1_199_882, vec![320, 18_496, 1_179_776, 1_290]));
    assert_eq!(n_params("exercise-valid"), (3_697_962, vec![896, 9_248, 3_686_528, 1_290]));
    assert_eq!(n_params("exercise-same"), (4_205_866, vec![896, 9_248, 4_194_432, 1_290]));
    let same = spec("128x128x3:c32x3p1,r,m2,c32x3p1,r,m2,f,d128,r,d10");
    assert_eq!(start("exercise-same"), same);
    for key in STARTS {
        assert!(Account::new(start(key)).error.is_none(), "{key}");
    }
}

#[test]
fn the_table_holds_the_chain_and_what_it_adds_up_to() {
    let table = table(&trace(&CHAPTER.settings()).scene(2));
    assert_eq!((table.rows.len(), table.now), (11, Some(3)));
    assert!(table.rows.iter().all(|row| row.len() == table.head.len()));
    assert_eq!(
        table.rows[3],
        [
            "3. conv 3×3 · 64",
            "24×24×64",
            "⌊(26 + 2·0 − 3) / 1⌋ + 1 = 24",
            "(3·3·32 + 1)·64 = 18,496",
            "24·24·64 · 3·3·32 = 10,616,832",
            "147,456",
            "5×5"
        ]
    );
    assert_eq!((table.rows[6][1].as_str(), table.rows[6][2].as_str()), ("9,216 numbers", "12·12·64 = 9,216"));
    // 26·26·32·9 + 24·24·64·288 + 9216·128 + 128·10, and 4 bytes for each number of the picture and of every layer.
    let bytes = 4 * (784 + 2 * 26 * 26 * 32 + 2 * 24 * 24 * 64 + 2 * 9216 + 2 * 128 + 10);
    assert_eq!(bytes, 545_896);
    assert_eq!(table.rows[10][3..6], ["1,199,882", "11,992,448", "545,896"]);
}

#[test]
fn a_broken_network_shows_the_layers_before_the_break_and_why() {
    let trace = trace(&settings("28x28x1:c8x3,r,c8x40,r,f,d10"));
    assert_eq!(trace.n_moments(), 6);
    let table = table(&trace.scene(5));
    assert_eq!(table.rows.len(), 1 + 2 + 1 + 1);
    assert_eq!(table.rows[3][0], "3. conv 40×40 · 8");
    assert_eq!(table.rows[3][2], "A 40×40 kernel does not fit a 26×26 input with padding 0; padding 7 would.");
    assert_eq!((table.rows[4][3].as_str(), table.now), ("80", Some(3)));
    assert!(trace.scene(2).caption.contains("does not fit a 26×26 input"));
    assert!(trace.scene(3).caption.contains("Nothing arrives here, because “3. conv 40×40 · 8”"));
    assert!(trace.scene(2).formulas.is_empty());
}

/// The value of `a + (b − 1)·c…`, and what the formula says it is.
fn field_of(formula: &str) -> [usize; 2] {
    let (left, right) = formula.split_once(" = ").unwrap();
    let (before, steps) = left.split_once(" + ").unwrap();
    let numbers = |text: &str| -> Vec<usize> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
    };
    let steps = numbers(steps);
    [numbers(before)[0] + (steps[0] - steps[1]) * steps[2..].iter().product::<usize>(), right.parse().unwrap()]
}

#[test]
fn formulas_end_in_the_ledger_s_numbers() {
    let account = Account::new(spec("40x40x1:c8x3s2i2,m3s2c,a2,c4x3p1,f,d10"));
    let formulas = |at: usize| account.formulas(at);
    let plain = |at: usize, name: &str| formulas(at).iter().find(|formula| formula.name == name).map(|f| f.plain());
    assert_eq!(plain(0, "size").as_deref(), Some("⌊(40 + 2 · 0 − ( 2 · ( 3 − 1 ) + 1 )) / (2)⌋ + 1 = 18"));
    assert_eq!(plain(1, "size").as_deref(), Some("⌈(18 + 2 · 0 − 3) / (2)⌉ + 1 = 9"));
    assert_eq!(plain(4, "size").as_deref(), Some("4 · 4 · 4 = 64"));
    for at in 0..4 {
        let plain = plain(at, "field").unwrap();
        let [computed, said] = field_of(&plain.replace(['(', ')'], ""));
        assert_eq!((computed, said), (said, account.rows[at].receptive_field[0]), "{plain}");
    }
    assert_eq!(plain(5, "field"), None);
    // PyTorch leaves out a last window that would start beyond the input: 5 rows, window 2, stride 3, padding 1.
    let dropped = Account::new(spec("5x5x1:m2s3p1c,f,d10"));
    assert_eq!(dropped.formulas(0)[0].plain(), "⌈(5 + 2 · 1 − 2) / (3)⌉ + 1 − 1 = 2");
    let kept = Account::new(spec("4x4x1:m2s4p1c,f,d10"));
    assert_eq!(kept.formulas(0)[0].plain(), "⌈(4 + 2 · 1 − 2) / (4)⌉ + 1 = 2");
    let dropped = Account::new(spec("4x4x1:m2s5p1c,f,d10"));
    assert_eq!(dropped.formulas(0)[0].plain(), "⌈(4 + 2 · 1 − 2) / (5)⌉ + 1 − 1 = 1");
}

/// Networks of arbitrary layers, most of which cannot be built.
fn noise() -> impl Iterator<Item = String> {
    let layers =
        ["c8x3", "c9x5p2s2g3", "r", "m2", "a3p1c", "f", "d10", "c65536x65536", "c4x2y9i3", "d65536", "m2p60000"];
    let mut rng = Rng::new(21);
    (0..200).map(move |_| {
        let n = rng.below(10);
        let list: Vec<_> = (0..n).map(|_| layers[rng.below(layers.len() as u32) as usize]).collect();
        format!("{}x9x{}:{}", 1 + rng.below(30), 1 + rng.below(4), list.join(","))
    })
}

#[test]
fn the_stage_stands_whatever_the_link_says() {
    let hostile = ["", "x", "28x28x1:q", "🦀", "99999999999x1x1:f", "28x28x1:d0", "1x1x1:", "28x28x1:f", "28x28x1:d10"];
    for text in hostile.map(String::from).into_iter().chain(noise()) {
        let trace = trace(&settings(&text));
        for moment in [0, trace.n_moments() / 2, trace.n_moments() - 1, usize::MAX / 2] {
            let scene = trace.scene(moment);
            assert!(!format!("{scene:?}").contains('⟦') && !scene.caption.is_empty(), "{text}");
            assert!(scene.items().contains(&&Item::Builder), "{text}");
            let table = table(&scene);
            assert!(table.now.is_none_or(|now| now < table.rows.len()), "{text}");
            for row in 0..table.rows.len() {
                let description = trace.describe(moment, Spot::new(LEDGER, row));
                assert!(!description.is_empty() && !description.contains('⟦'), "{text}: {description}");
                assert!(trace.moment_of(Spot::new(LEDGER, row)).is_none_or(|moment| moment < trace.n_moments()));
            }
        }
    }
    let (spec, why) = network(&settings("28x28x1:q"));
    assert_eq!(spec, Preset::Slides.spec());
    assert!(why.is_some_and(|why| why.contains("“q”, is unknown")));
}

#[test]
fn a_network_is_kept_in_the_settings_only_while_it_differs() {
    let mut settings = CHAPTER.settings();
    let changed = edits::remove(&start("slides"), 4);
    put(&mut settings, &changed);
    assert_eq!(settings.pairs(), [("layers", changed.to_text())]);
    assert_eq!(network(&settings), (changed, None));
    put(&mut settings, &start("slides"));
    assert_eq!(settings.pairs(), []);
}

fn watched(nets: &[&str], moments: &[usize]) -> Watch {
    let mut watch = Watch::default();
    for net in nets {
        let settings = if net.is_empty() { CHAPTER.settings() } else { settings(net) };
        let trace = trace(&settings);
        moments.iter().for_each(|&moment| watch.saw(&settings, moment, &trace.scene(moment), None));
    }
    watch
}

#[test]
fn steps_recognise_what_was_done() {
    let notice = |key: &str, watch: &Watch| {
        let step = CHAPTER.steps.iter().find(|step| step.key == key).unwrap();
        (step.notice)(watch)
    };
    const NO_POOL: &str = "28x28x1:c32x3,r,c64x3,r,f,d128,r,d10";
    const PADDED: &str = "28x28x1:c32x3p1,r,c64x3,r,m2,f,d128,r,d10";
    const BROKEN: &str = "28x28x1:c32x3,r,c64x3,r,m2,f,d128,r,d10,c8x3";
    let cases = [
        ("walk", watched(&[""], &[0, 1, 2, 3]), "7. linear 128 holds 1,179,776 of 1,199,882 parameters, 98.3 %"),
        // (24·24·64 + 1)·128 = 4,718,720 in the place of 1,179,776.
        ("pool", watched(&["", NO_POOL], &[0]), "From 1,199,882 to 4,738,826 parameters, times 3.9"),
        // (13·13·64 + 1)·128 = 1,384,576.
        ("pad", watched(&["", PADDED], &[0]), "still has 320 parameters"),
        ("pad", watched(&["", PADDED], &[0]), "from 1,179,776 to 1,384,576"),
        ("mend", watched(&[BROKEN, ""], &[0]), "with 1,199,882 parameters"),
        ("lean", watched(&["28x28x1:c8x5p2,r,m2,c16x5p2,r,m2,f,d10"], &[0]), "11,274 parameters: about 106 times"),
    ];
    for (key, watch, said) in &cases {
        let found = notice(key, watch).unwrap_or_else(|| panic!("{key}: nothing was noticed"));
        assert!(found.contains(said) && !found.contains('⟦'), "{found}");
    }
    let nothing = [
        ("walk", watched(&[""], &[0, 1, 2])),
        ("pool", watched(&["", PADDED], &[0])),
        ("pool", watched(&[NO_POOL, ""], &[0])),
        ("pad", watched(&["", NO_POOL], &[0])),
        ("pad", watched(&["", "28x28x1:c16x3p1,r,c64x3,r,m2,f,d128,r,d10"], &[0])),
        ("mend", watched(&["", BROKEN], &[0])),
        ("mend", watched(&["", NO_POOL], &[0])),
        ("lean", watched(&["28x28x1:f,d10"], &[0])),
        ("lean", watched(&["28x28x1:c8x5,f,d9"], &[0])),
        ("lean", watched(&[NO_POOL], &[0])),
    ];
    for (key, watch) in &nothing {
        assert_eq!(notice(key, watch), None, "{key}");
    }
}

/// The world of a network, with a digit of strokes.
fn world(spec: &Spec) -> World {
    let ink = |i: usize| if (8..20).contains(&(i / 28)) && (11..16).contains(&(i % 28)) { 0.9 } else { 0.0 };
    let image = Matrix::new(28, 28, (0..784).map(ink).collect::<Vec<_>>());
    let parameters = Parameters::init(spec, 7).unwrap();
    let values = Inspection::new(spec, &parameters, &image.values).unwrap();
    let network = Network { spec: spec.clone(), origin: Origin::Run { iteration: 0 }, values };
    World {
        digit: Some(Rc::new(Digit { image, name: "a one".into(), class: Some(1) })),
        network: Some(Rc::new(network)),
        picture: None,
        step: None,
    }
}

#[test]
fn maps_are_the_network_s_and_cells_know_one_another() {
    let odd = spec("28x28x1:c4x3y2s2p1i1y2,r,m3s2p1c,c8x3p1g2,a2,f,f,d30,r,d10");
    for spec in Preset::ALL.iter().map(|preset| preset.spec()).chain([odd]) {
        let world = world(&spec);
        let settings = settings(&spec.to_text()).with("on", "digit");
        let trace = (CHAPTER.trace)(&settings, &world).unwrap();
        let values = &world.network().unwrap().values;
        for moment in 0..trace.n_moments() {
            let scene = trace.scene(moment);
            assert!(!format!("{scene:?}").contains('⟦'));
            let before =
                if moment == 0 { &world.digit().unwrap().image.values } else { &values.layers[moment - 1].output };
            for (name, shown) in [("before-1", before), ("after-1", &values.layers[moment].output)] {
                let grid = scene.grid(name).unwrap();
                assert_eq!(grid.values(), shown[..grid.cells.len()], "{name} {moment}");
            }
            let spots = |side: &str| -> Vec<Spot> {
                let grids = scene.items().into_iter().filter_map(|item| match item {
                    Item::Grid(grid) if grid.name.starts_with(side) => Some((grid.name, grid.cells.len())),
                    _ => None,
                });
                grids.flat_map(|(name, n)| (0..n).step_by(1 + n / 40).map(move |cell| Spot::new(name, cell))).collect()
            };
            for (here, there) in [("before", "after"), ("after", "before")] {
                for spot in spots(here) {
                    assert!(!trace.describe(moment, spot).contains('⟦'));
                    let linked = trace.linked(moment, spot);
                    assert!(linked.iter().all(|other| other.grid.starts_with(there)));
                    for &other in linked.iter().step_by(1 + linked.len() / 8) {
                        assert!(scene.grid(other.grid).unwrap().cells.len() > other.cell);
                        assert!(trace.linked(moment, other).contains(&spot), "{moment} {spot:?} {other:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_window_of_a_map_is_what_its_sum_reads() {
    let spec = Preset::Small.spec();
    let world = world(&spec);
    let settings = CHAPTER.settings().with("start", "small").with("on", "digit");
    let trace = (CHAPTER.trace)(&settings, &world).unwrap();
    let (image, conv) = (&world.digit().unwrap().image, &world.network().unwrap().values.layers[0]);
    let after = trace.scene(0).grid("after-3").unwrap().values();
    for cell in [0_usize, 5, 300, 783] {
        let (row, column) = (cell / 28, cell % 28);
        let (mut sum, mut read) = (f64::from(conv.biases[2]), vec![]);
        for tap in 0..25 {
            let (i, j) = ((row + tap / 5).checked_sub(2), (column + tap % 5).checked_sub(2));
            let (Some(i @ 0..28), Some(j @ 0..28)) = (i, j) else { continue };
            sum += f64::from(conv.weights[2 * 25 + tap]) * f64::from(image.at(i, j));
            read.push(Spot::new("before-1", i * 28 + j));
        }
        assert!((f64::from(after[cell]) - sum).abs() < 1e-5, "{cell}: {} {sum}", after[cell]);
        assert_eq!(trace.linked(0, Spot::new("after-3", cell)), read);
    }
}

#[test]
fn another_network_in_the_lab_is_mentioned() {
    let settings = CHAPTER.settings().with("on", "digit");
    let trace = (CHAPTER.trace)(&settings, &world(&Preset::Small.spec())).unwrap();
    let scene = trace.scene(0);
    assert!(format!("{scene:?}").contains("The network in the Lab is another one (28x28x1:c8x5p2,"));
    assert_eq!(scene.grid("before-1"), None);
}

/// The exercises' answers, by formulas of their own.
#[test]
fn exercises_are_answered_by_hand() {
    use receptive_lessons::exercise::Answer;
    let numbers = |text: &str| -> Vec<usize> {
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
    };
    for exercise in CHAPTER.exercises {
        for seed in 0..50 {
            let task = exercise.task(seed);
            let value = match task.answer {
                Answer::Number { value, .. } => value as usize,
                Answer::Size([rows, columns]) if rows == columns => rows,
                _ => panic!("a number or a size is asked for"),
            };
            let n = numbers(&task.question);
            let expected = match exercise.key {
                // n×n, conv f×f · k padding p, pool, conv g×g · k.
                "size" => (n[0] + 2 * n[5] - n[2] + 1) / n[6] - n[7] + 1,
                "conv-params" => n[0] * n[1] * n[1] * n[3] + n[0],
                "dense-params" => (n[0] / 2) * (n[1] / 2) * n[2] * n[4] + n[4],
                _ => n[0] + 1 + (n[4] - 1) * 2,
            };
            assert_eq!(value, expected, "{}: {}", exercise.key, task.question);
            assert!(task.slips.len() >= 3, "{}", exercise.key);
        }
    }
}
