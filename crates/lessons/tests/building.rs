//! Building a CNN: counts against the lectures', edits, mending, and a stage that stands whatever the link says.

use receptive_core::{ConvParams, PoolParams, Rng};
use receptive_lessons::chapters::building::edits::{self, LayerKind};
use receptive_lessons::chapters::building::ledger::{Account, LEDGER};
use receptive_lessons::chapters::building::{CHAPTER, STARTS, mend, network, put, start};
use receptive_lessons::scene::{Item, Scene, Spot, Table};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Digit, Network, World};
use receptive_lessons::{Matrix, Trace, Watch, say};
use receptive_nn::{Inspection, Layer, MAX_LAYERS, Parameters, Preset, Spec};
use std::rc::Rc;

fn spec(text: &str) -> Spec {
    Spec::read(text).unwrap()
}

fn settings(text: &str) -> Settings {
    CHAPTER.settings().with("net", text)
}

fn trace(settings: &Settings) -> Box<dyn Trace> {
    (CHAPTER.trace)(settings, &World::default()).unwrap()
}

fn table(scene: &Scene) -> Table {
    let tables = scene.items().into_iter().filter_map(|item| match item {
        Item::Table(table) => Some(table.clone()),
        _ => None,
    });
    tables.last().unwrap()
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
    assert_eq!((table.rows[6][1].as_str(), table.rows[6][2].as_str()), ("9,216", "12·12·64 = 9,216"));
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
    assert_eq!(
        table.rows[3][2],
        "Layer 3, conv 40×40 · 8: a 40×40 kernel does not fit a 26×26 input with padding 0; padding 7 would."
    );
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

fn random_spec(rng: &mut Rng) -> Spec {
    let mut upto = |low: usize, high: usize| low + rng.below((high - low + 1) as u32) as usize;
    let input = if upto(0, 3) == 0 { [upto(0, 3), upto(0, 12), upto(0, 12)] } else { [1, 28, 28] };
    // Now and then a number that no memory holds.
    let layers = (0..upto(0, MAX_LAYERS)).map(|_| {
        let wild = if upto(0, 30) == 0 { 65_536 } else { 0 };
        let size = [upto(0, 7) + wild, upto(1, 7)];
        let padding = [upto(0, 3), upto(0, 3) + if upto(0, 40) == 0 { 65_000 } else { 0 }];
        let groups = [1, 1, 2, 3, 5][upto(0, 4)];
        let params = ConvParams { stride: [upto(0, 3), upto(1, 3)], padding, dilation: [upto(1, 3); 2], groups };
        let pool = PoolParams { window: size, stride: [upto(1, 3); 2], padding, ceil: upto(0, 1) == 1 };
        match upto(0, 12) {
            0..=3 => Layer::Conv2d { kernels: upto(0, 20) + wild, size, params },
            4 => Layer::MaxPool2d(pool),
            5 => Layer::AvgPool2d(pool),
            6..=8 => Layer::Relu,
            9 => Layer::Flatten,
            _ => Layer::Linear { units: upto(0, 200) + wild },
        }
    });
    let layers = layers.collect();
    Spec { input, layers }
}

/// Mends until the network can be built; what was done.
fn mended(broken: &Spec, most: usize) -> Vec<String> {
    let (mut mended, mut rounds) = (broken.clone(), vec![]);
    while let Some((next, how)) = mend(&mended) {
        assert!(how.ends_with('.') && !how.contains('⟦') && next != mended, "{}: {how}", mended.to_text());
        assert!(next.layers.len() <= MAX_LAYERS);
        rounds.push(how);
        assert!(rounds.len() <= most, "{}: {rounds:#?}", broken.to_text());
        mended = next;
    }
    assert!(mended.place(1).is_ok());
    rounds
}

#[test]
fn what_a_builder_breaks_is_mended_in_a_few_rounds() {
    let mut rng = Rng::new(4);
    let mut n_broken = 0;
    for round in 0..1500 {
        let mut spec = start(STARTS[round % STARTS.len()]);
        for _ in 0..4 {
            let at = rng.below(spec.layers.len().max(1) as u32) as usize;
            let fields = spec.layers.get(at).map(edits::fields).unwrap_or_default();
            spec = match rng.below(4) {
                0 => edits::insert(&spec, at, LayerKind::ALL[rng.below(6) as usize]),
                1 => edits::remove(&spec, at),
                2 => edits::move_to(&spec, at, rng.below(12) as usize),
                _ => fields.iter().fold(spec, |spec, field| {
                    let span = (field.high.min(12) - field.low + 1) as u32;
                    edits::set(&spec, at, field.key, field.low + rng.below(span) as usize)
                }),
            };
        }
        n_broken += usize::from(!mended(&spec, 8).is_empty());
    }
    assert!(n_broken > 500, "{n_broken}");
}

#[test]
fn whatever_a_link_breaks_is_mended_in_the_end() {
    let mut rng = Rng::new(3);
    let n_broken = (0..2000).filter(|_| {
        let broken = random_spec(&mut rng);
        !mended(&broken, 4 * broken.layers.len() + 20).is_empty()
    });
    assert!(n_broken.count() > 1000);
}

#[test]
fn mending_changes_as_little_as_it_can() {
    let cases = [
        ("28x28x1:c8x29,f,d10", "28x28x1:c8x29p1,f,d10"),
        ("28x28x1:c8x40,f,d10", "28x28x1:c8x28,f,d10"),
        ("5x5x1:c8x3i9,f,d10", "5x5x1:c8x3,f,d10"),
        ("4x4x1:m5,f,d10", "4x4x1:m4,f,d10"),
        ("28x28x1:m3p2s3,f,d10", "28x28x1:m3p1,f,d10"),
        ("1x1x4:r,m2,f,d10", "1x1x4:r,f,d10"),
        ("9x9x8:c9x3g4,f,d10", "9x9x8:c9x3,f,d10"),
        ("9x9x8:c12x3g8,f,d10", "9x9x8:c12x3g4,f,d10"),
        ("28x28x1:c8x3,d10", "28x28x1:c8x3,f,d10"),
        ("28x28x1:f,r,c8x3,d10", "28x28x1:c8x3,f,r,d10"),
        ("28x28x1:", "28x28x1:f,d10"),
        ("28x28x1:c8x3,f", "28x28x1:c8x3,f,d10"),
        ("28x28x1:f,d10,r,r", "28x28x1:f,d10"),
        ("28x28x1:f,d65536,d65536,d10", "28x28x1:f,d65536,d1024,d10"),
    ];
    for (broken, mended) in cases {
        assert_eq!(mend(&spec(broken)).map(|(spec, _)| spec.to_text()).as_deref(), Some(mended), "{broken}");
        assert_eq!(mend(&spec(mended)), None);
    }
}

#[test]
fn edits_change_what_they_say_and_nothing_else() {
    let slides = Preset::Slides.spec();
    let text = |spec: &Spec| spec.to_text();
    assert_eq!(text(&edits::insert(&slides, 2, LayerKind::Conv)), "28x28x1:c32x3,r,c32x3p1,c64x3,r,m2,f,d128,r,d10");
    assert_eq!(text(&edits::insert(&slides, 99, LayerKind::Dense)), "28x28x1:c32x3,r,c64x3,r,m2,f,d128,r,d10,d10");
    assert_eq!(text(&edits::remove(&slides, 4)), "28x28x1:c32x3,r,c64x3,r,f,d128,r,d10");
    assert_eq!(text(&edits::move_to(&slides, 4, 2)), "28x28x1:c32x3,r,m2,c64x3,r,f,d128,r,d10");
    assert_eq!(edits::move_to(&edits::move_to(&slides, 1, 5), 5, 1), slides);
    for unchanged in [edits::remove(&slides, 9), edits::move_to(&slides, 9, 0), edits::set(&slides, 9, "size", 3)] {
        assert_eq!(unchanged, slides);
    }
    assert_eq!(text(&edits::set(&slides, 4, "window", 3)), "28x28x1:c32x3,r,c64x3,r,m3,f,d128,r,d10");
    let apart = edits::set(&spec("28x28x1:c8x3y5"), 0, "size-columns", 3);
    assert_eq!(text(&apart), "28x28x1:c8x3");
    assert_eq!(edits::set_input(&slides, "channels", 3).input, [3, 28, 28]);
    let full = (0..50).fold(slides, |spec, _| edits::insert(&spec, 0, LayerKind::Relu));
    assert_eq!(full.layers.len(), MAX_LAYERS);
}

#[test]
fn every_field_can_be_set_to_its_ends_and_no_further() {
    let mut rng = Rng::new(8);
    for _ in 0..200 {
        let spec = random_spec(&mut rng);
        for (at, layer) in spec.layers.iter().enumerate() {
            for field in edits::fields(layer) {
                assert!((field.low..=field.high).contains(&field.value) && !field.label().contains('⟦'));
                for (value, kept) in [(field.low, field.low), (field.high, field.high), (usize::MAX, field.high)] {
                    let set = edits::set(&spec, at, field.key, value);
                    let is_kept = edits::fields(&set.layers[at])
                        .iter()
                        .any(|now| now.value == kept && field.key.starts_with(now.key.trim_end_matches("-columns")));
                    let base = field.key.trim_end_matches("-rows").trim_end_matches("-columns");
                    let joined =
                        edits::fields(&set.layers[at]).iter().any(|now| now.value == kept && now.key.starts_with(base));
                    assert!(is_kept || joined, "{layer} {} {value}", field.key);
                    let others = |spec: &Spec| [&spec.layers[..at], &spec.layers[at + 1..]].concat();
                    assert_eq!(others(&set), others(&spec));
                }
            }
        }
        for field in edits::input_fields(&spec) {
            assert!((field.low..=field.high).contains(&field.value) && !field.label().contains('⟦'));
        }
    }
}

#[test]
fn the_stage_stands_whatever_the_link_says() {
    let mut rng = Rng::new(21);
    let hostile = ["", "x", "28x28x1:q", "🦀", "99999999999x1x1:f", "28x28x1:d0", "1x1x1:", "28x28x1:f", "28x28x1:d10"];
    let random: Vec<_> = (0..120).map(|_| random_spec(&mut rng).to_text()).collect();
    for text in hostile.into_iter().chain(random.iter().map(String::as_str)) {
        let trace = trace(&settings(text));
        for moment in [0, trace.n_moments() / 2, trace.n_moments() - 1, usize::MAX / 2] {
            let scene = trace.scene(moment);
            assert!(!format!("{scene:?}").contains('⟦') && !scene.caption.is_empty(), "{text}");
            assert!(scene.items().contains(&&Item::Builder), "{text}");
            let table = table(&scene);
            assert!(table.now.is_none_or(|now| now < table.rows.len()), "{text}");
            for row in 0..table.rows.len() {
                let told = trace.tell(moment, Spot::new(LEDGER, row));
                assert!(!told.is_empty() && !told.contains('⟦'), "{text}: {told}");
                assert!(trace.moment_of(Spot::new(LEDGER, row)).is_none_or(|moment| moment < trace.n_moments()));
            }
        }
    }
    let (spec, why) = network(&settings("28x28x1:q"));
    assert_eq!(spec, Preset::Slides.spec());
    assert!(why.is_some_and(|why| why.contains("“q”, is not understood")));
}

#[test]
fn a_network_is_kept_in_the_settings_only_while_it_differs() {
    let mut settings = CHAPTER.settings();
    let changed = edits::remove(&start("slides"), 4);
    put(&mut settings, &changed);
    assert_eq!(settings.pairs(), [("net", changed.to_text())]);
    assert_eq!(network(&settings), (changed, None));
    put(&mut settings, &start("slides"));
    assert_eq!(settings.pairs(), []);
}

#[test]
fn the_lab_takes_what_reads_digits() {
    for preset in Preset::ALL {
        assert_eq!(edits::lab_refusal(&preset.spec()), None);
    }
    for text in ["28x28x1:f,d9", "28x28x3:f,d10", "128x128x1:f,d10", "28x28x1:d10", "28x28x1:"] {
        let why = edits::lab_refusal(&spec(text)).expect(text);
        assert!(why.ends_with('.') && !why.contains('⟦'), "{why}");
    }
}

#[test]
fn the_builder_has_its_words() {
    let buttons = ["add", "add-here", "remove", "up", "down", "undo", "redo", "reset", "mend", "lab", "copy", "print"];
    let hints = ["drag", "input", "layers", "output", "full", "in-lab"];
    for key in buttons.map(|key| format!("button.{key}")).into_iter().chain(hints.map(|key| format!("hint.{key}"))) {
        let said = say!(format!("building.{key}"), kind = "", layer = "", n = 1);
        assert!(!said.contains('⟦'), "{said}");
    }
    for kind in LayerKind::ALL {
        assert!(!kind.label().contains('⟦'));
    }
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
    let network = Network { spec: spec.clone(), iteration: 0, values };
    World {
        digit: Some(Rc::new(Digit { image, name: "a one".into(), class: Some(1) })),
        network: Some(Rc::new(network)),
        picture: None,
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
                    assert!(!trace.tell(moment, spot).contains('⟦'));
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
fn another_network_in_the_lab_is_told() {
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
            let Answer::Number { value, .. } = task.answer else { panic!("a number is asked for") };
            let n = numbers(&task.question);
            let expected = match exercise.key {
                // n×n, conv f×f · k padding p, pool, conv g×g · k.
                "size" => (n[0] + 2 * n[5] - n[2] + 1) / n[6] - n[7] + 1,
                "conv-params" => n[0] * n[1] * n[1] * n[3] + n[0],
                "dense-params" => (n[0] / 2) * (n[1] / 2) * n[2] * n[4] + n[4],
                _ => n[0] + 1 + (n[4] - 1) * 2,
            };
            assert_eq!(value as usize, expected, "{}: {}", exercise.key, task.question);
            assert!(task.slips.len() >= 3, "{}", exercise.key);
        }
    }
}
