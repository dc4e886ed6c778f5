//! The chapter on kernel size against sums written out here.

use receptive_lessons::scene::{Grid, Item, Scene, Spot};
use receptive_lessons::world::{Digit, Unavailable, World};
use receptive_lessons::{Chapter, Matrix, Trace, Watch};
use std::rc::Rc;

fn chapter() -> &'static Chapter {
    Chapter::find("kernel-size").unwrap()
}

fn world() -> World {
    let image = Matrix::new(28, 28, (0..784).map(|i| ((i * 5 + i / 28) % 9) as f32 / 9.0).collect::<Vec<_>>());
    let digit = Digit { image, name: "stripes".into(), class: None };
    World { digit: Some(Rc::new(digit)), ..World::default() }
}

fn traced(query: &str) -> Result<Box<dyn Trace>, Unavailable> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let settings = pairs.fold(chapter().settings(), |settings, (key, value)| settings.with(key, value));
    (chapter().trace)(&settings, &world())
}

fn shown(query: &str) -> Scene {
    traced(query).unwrap_or_else(|why| panic!("{query}: {why:?}")).scene(usize::MAX)
}

fn grid<'a>(scene: &'a Scene, name: &str) -> &'a Grid {
    scene.grid(name).unwrap_or_else(|| panic!("no grid {name}"))
}

/// A padded input under a kernel, by the definition, in f64.
fn slide(input: &Grid, kernel: &Grid) -> Vec<f64> {
    let (x, w) = (input.values(), kernel.values());
    let (rows, columns) = (input.rows() - kernel.rows() + 1, input.columns - kernel.columns + 1);
    let output = |cell: usize| {
        let product = |tap: usize| {
            let (row, column) = (cell / columns + tap / kernel.columns, cell % columns + tap % kernel.columns);
            f64::from(x[row * input.columns + column]) * f64::from(w[tap])
        };
        (0..w.len()).map(product).sum()
    };
    (0..rows * columns).map(output).collect()
}

fn close(got: &[f32], want: &[f64]) -> bool {
    got.len() == want.len() && got.iter().zip(want).all(|(got, want)| (f64::from(*got) - want).abs() <= 1e-4)
}

#[test]
fn the_lectures_wide_kernel_gives_5_and_not_3() {
    let input = ["1,1,0,0,0,0"; 6].join(";");
    let weights = ["1,0,-1,0,1"; 5].join(";");
    let scene = shown(&format!("kernel=own&input={input}&weights={weights}"));
    let output = grid(&scene, "output");
    assert_eq!((output.columns, output.values()), (2, vec![5.0; 4]));
}

#[test]
fn every_size_of_kernel_gives_the_sums_of_its_products() {
    for (f, kernel, pad, on) in (1..=7).flat_map(|f| {
        let kernels = ["box", "edge"].into_iter();
        kernels.flat_map(move |kernel| {
            ["none", "same"].into_iter().flat_map(move |pad| ["small", "digit"].map(|on| (f, kernel, pad, on)))
        })
    }) {
        let query = format!("f={f}&kernel={kernel}&pad={pad}&on={on}");
        if (f, kernel) == (1, "edge") {
            assert!(matches!(traced(&query), Err(Unavailable::Refused(_))));
            continue;
        }
        let scene = shown(&query);
        let (input, kernel, output) = (grid(&scene, "input"), grid(&scene, "kernel"), grid(&scene, "output"));
        assert!(close(&output.values(), &slide(input, kernel)), "{query}");
        let n = if on == "small" { 7 } else { 28 };
        let kept = if f % 2 == 1 { n } else { n - 1 };
        assert_eq!(output.columns, if pad == "same" { kept } else { n - f + 1 }, "{query}");
        assert_eq!((kernel.marked.len(), kernel.warning.is_some()), if f % 2 == 1 { (1, false) } else { (4, true) });
        let says_why = scene.items().iter().any(|item| matches!(item, Item::Text(text) if text.contains("halved")));
        assert_eq!(says_why, f % 2 == 0 && pad == "same", "{query}");
    }
}

#[test]
fn stacked_layers_are_one_kernel_where_nothing_is_padded() {
    for (stack, kernel) in [("two", "box"), ("three", "edge"), ("two", "own&weights=1,2,0;0,-1,3;4,0,0")] {
        for on in ["small", "digit"] {
            let scene = shown(&format!("stack={stack}&on={on}&kernel={kernel}"));
            let together = slide(grid(&scene, "input"), grid(&scene, "together"));
            assert!(close(&grid(&scene, "output").values(), &together), "{stack} {kernel} {on}");
            let middle = slide(grid(&scene, "input"), grid(&scene, "kernel"));
            assert!(close(&grid(&scene, "middle").values(), &middle));
        }
    }
}

#[test]
fn what_an_output_sees_is_what_changes_it() {
    for query in ["stack=one&f=4&pad=same", "stack=two", "stack=two&pad=same", "stack=three&pad=same", "stack=three"] {
        let trace = traced(query).unwrap();
        let scene = trace.scene(0);
        let input = grid(&scene, "input");
        let old = grid(&scene, "output").values();
        let usual: Vec<_> = input.cells.iter().filter(|cell| cell.source.is_some()).map(|cell| cell.value).collect();
        let usual = Matrix::new(7, 7, usual);
        for (padded, source) in input.cells.iter().enumerate().filter_map(|(i, cell)| Some((i, cell.source?))) {
            let new = shown(&format!("{query}&input={}", usual.with(source, 1000.0)));
            let new = grid(&new, "output").values();
            let changed: Vec<_> = (0..old.len()).filter(|&i| old[i] != new[i]).collect();
            let linked = trace.linked(0, Spot::new("input", padded));
            let reached: Vec<_> = linked.iter().filter(|spot| spot.grid == "output").map(|spot| spot.cell).collect();
            assert_eq!(reached, changed, "{query}: {source}");
            for &output in &changed {
                assert!(trace.linked(0, Spot::new("output", output)).contains(&Spot::new("input", padded)));
            }
        }
    }
}

#[test]
fn the_frames_and_the_table_agree_with_the_ledger() {
    for (query, field, row) in [("f=5", 5, 2), ("stack=two", 5, 3), ("f=7", 7, 4), ("stack=three", 7, 5), ("f=4", 4, 6)]
    {
        let scene = shown(query);
        let [_, _, rows, columns] = grid(&scene, "input").frames[0];
        assert_eq!([rows, columns], [field; 2], "{query}");
        let table = scene.items().into_iter().find_map(|item| match item {
            Item::Table(table) => Some(table),
            _ => None,
        });
        let table = table.unwrap();
        assert_eq!((table.now, &table.rows[row][1]), (Some(row), &format!("{field}×{field}")), "{query}");
    }
}

#[test]
fn a_mean_is_written_as_a_mean() {
    let equation = traced("").unwrap().scene(0).equation.unwrap();
    let terms: Vec<_> = equation.terms.iter().map(|term| term.text.as_str()).collect();
    assert_eq!(
        (terms.join(equation.joint), equation.close.as_str()),
        ("0 + 0 + 0 + 0 + 9 + 9 + 0 + 0 + 0".into(), ") / 9")
    );
    assert_eq!(equation.result, "2");
}

/// Returns the texts of the steps after stages were looked at in turn: settings and moments.
fn noticed(looks: &[(&str, &[usize])]) -> Vec<Option<String>> {
    let mut watch = Watch::default();
    for (query, moments) in looks {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let settings = pairs.fold(chapter().settings(), |settings, (key, value)| settings.with(key, value));
        let trace = (chapter().trace)(&settings, &world()).unwrap_or_else(|why| panic!("{query}: {why:?}"));
        for &moment in *moments {
            watch.saw(&settings, moment, &trace.scene(moment), None);
        }
    }
    chapter().steps.iter().map(|step| (step.notice)(&watch)).collect()
}

fn said(noticed: &[Option<String>], step: &str, words: &[&str]) {
    let i = chapter().steps.iter().position(|known| known.key == step).unwrap();
    let text = noticed[i].clone().unwrap_or_else(|| panic!("{step} was not noticed"));
    assert!(!text.contains('⟦') && words.iter().all(|word| text.contains(word)), "{text}");
}

#[test]
fn steps_are_noticed_and_answered_with_numbers() {
    said(&noticed(&[("", &[0]), ("f=5", &[0])]), "grow", &["3×3 to 5×5", "from 5×5 to 3×3", "25 numbers"]);
    said(&noticed(&[("f=1", &[0])]), "one", &["49 of 49"]);
    said(&noticed(&[("f=4&pad=same", &[0])]), "even", &["4 cells around", "3 rows", "6×6"]);
    said(&noticed(&[("stack=two", &[0])]), "stack", &["5×5", "18 weights instead of 25"]);
    said(&noticed(&[("stack=three", &[0])]), "stack", &["7×7", "27 weights instead of 49"]);
    said(&noticed(&[("on=digit&f=5", &[0])]), "digit", &["25 cells", "0.889"]);
    let nothing = noticed(&[("", &[0]), ("pad=same", &[0, 1])]);
    assert!(nothing.iter().all(Option::is_none), "{nothing:?}");
}
