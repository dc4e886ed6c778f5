//! The chapter on stride: the lectures' examples with right values, outputs and receptive fields against naive loops.

use receptive_core::Rng;
use receptive_lessons::chapters::stride::CHAPTER;
use receptive_lessons::plane::{INPUT, OUTPUT};
use receptive_lessons::scene::{Item, Scene, Spot, Table};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Digit, Unavailable, World};
use receptive_lessons::{Matrix, Trace, Watch};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Settings as a link writes them.
type Query<'a> = &'a [(&'a str, &'a str)];

const BINARY: &str = "1,0,1,0,1;1,0,0,1,1;0,1,1,0,0;1,0,0,1,0;0,0,1,1,0";
const STRIDED: &str =
    "2,3,7,4,6,2,9;6,6,9,8,7,4,3;3,4,8,3,8,9,7;7,8,3,6,6,3,4;4,2,1,8,3,4,6;3,2,4,1,9,8,3;0,1,3,9,2,1,4";

fn world() -> World {
    let image = Matrix::new(28, 28, (0..784).map(|i| (i % 5) as f32 / 5.0).collect::<Vec<_>>());
    World { digit: Some(Rc::new(Digit { image, name: "a 1".into(), class: None })), ..World::default() }
}

fn settings(pairs: &[(&str, &str)]) -> Settings {
    pairs.iter().fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value))
}

fn trace(pairs: &[(&str, &str)]) -> Box<dyn Trace> {
    (CHAPTER.trace)(&settings(pairs), &world()).unwrap_or_else(|why| panic!("{pairs:?}: {why:?}"))
}

fn scene(pairs: &[(&str, &str)]) -> Scene {
    let trace = trace(pairs);
    trace.scene(trace.first_moment())
}

fn texts(scene: &Scene) -> String {
    let text = |item: &Item| if let Item::Text(text) = item { Some(text.clone()) } else { None };
    scene.items().into_iter().filter_map(text).collect::<Vec<_>>().join(" ")
}

fn growth(scene: &Scene) -> Table {
    let table = |item: &Item| if let Item::Table(table) = item { Some(table.clone()) } else { None };
    scene.items().into_iter().find_map(table).unwrap_or_default()
}

#[test]
fn the_examples_open_with_the_right_values() {
    let output = |pairs: &[(&str, &str)]| scene(pairs).grid(OUTPUT).map(|grid| grid.values()).unwrap_or_default();
    assert_eq!(output(&[("input", BINARY)]), [2.0, -1.0, 2.0, 1.0]);
    let strided = [("input", STRIDED), ("kernel", "own"), ("weights", "3,4,4;1,0,2;-1,0,3")];
    assert_eq!(output(&strided), [91.0, 100.0, 88.0, 69.0, 91.0, 117.0, 44.0, 72.0, 74.0]);
}

/// 7 cells, a window of 3, steps of 3: 2.33, so 2, and one row and column pay for it.
#[test]
fn a_stride_that_does_not_fit_is_rounded_down_and_says_what_would() {
    let rounded = scene(&[("stride", "3")]);
    let input = rounded.grid(INPUT).unwrap();
    assert_eq!(rounded.grid(OUTPUT).unwrap().detail, "2×2");
    assert_eq!(input.warning.as_deref(), Some("never read: row 7 and column 7"));
    let unread = (0..49).filter(|&cell| input.cells[cell].is_unread).collect::<Vec<_>>();
    assert_eq!(unread, (0..49).filter(|cell| cell / 7 == 6 || cell % 7 == 6).collect::<Vec<_>>());
    let said = texts(&rounded);
    assert!(said.contains("leave 1 over") && said.contains("2.333") && said.contains("Padding 1 would fit"), "{said}");
    let plain: Vec<_> = rounded.formulas.iter().map(|formula| formula.plain()).collect();
    assert!(plain.contains(&"⌊(7 + 2 · 0 − 3) / (3)⌋ + 1 = 2".into()), "{plain:?}");
    let fitting = scene(&[("stride", "3"), ("pad", "1")]);
    assert_eq!(fitting.grid(OUTPUT).unwrap().detail, "3×3");
    assert!(
        fitting.grid(INPUT).unwrap().warning.is_none() && texts(&fitting).contains("2 steps of 3, nothing left over")
    );
}

#[test]
fn what_lies_beyond_the_last_window_may_be_padding_and_no_padding_may_fit() {
    // 6 + 2 − 3 = 5 is two steps of 2 and one cell, which is padding.
    let said = texts(&scene(&[("n", "6"), ("pad", "1")]));
    assert!(said.contains("is padding, so no pixel is lost"), "{said}");
    // 6 − 3 = 3 stays odd under equal padding; strides 1 and 3 divide it.
    let said = texts(&scene(&[("n", "6")]));
    assert!(said.contains("No equal padding") && said.contains("these strides fit: 1, 3."), "{said}");
}

#[test]
fn every_named_padding_leaves_nothing_over() {
    let mut n_named = 0;
    for (n, stride, f) in (5..=12).flat_map(|n| (2..=4).flat_map(move |s| (1..=4).map(move |f| (n, s, f)))) {
        let [n_text, s_text, f_text] = [n, stride, f].map(|n: usize| n.to_string());
        let said = texts(&scene(&[("n", &n_text), ("stride", &s_text), ("f", &f_text)]));
        let even = (n - f) % stride == 0;
        assert_eq!(said.contains("nothing left over"), even, "{said}");
        let fitting = (0..20).find(|pad| (n + 2 * pad - f) % stride == 0).filter(|_| !even);
        let named = said.split("Padding ").nth(1).map(|rest| rest.split(' ').next().unwrap().parse::<usize>().unwrap());
        assert_eq!(named, fitting, "{said}");
        n_named += usize::from(named.is_some());
    }
    assert!(n_named > 10);
}

/// Outputs of one layer after another, and for each cell the input cells that it rests on.
type Naive = (Vec<Vec<f64>>, Vec<Vec<BTreeSet<usize>>>);

fn naive(n: i64, x: &[f32], w: &[f32], [f, s, d, p]: [i64; 4], n_layers: usize) -> Option<Naive> {
    let mut size = n;
    let mut maps = vec![x.iter().map(|&x| f64::from(x)).collect::<Vec<_>>()];
    let mut sets = vec![(0..x.len()).map(|i| BTreeSet::from([i])).collect::<Vec<_>>()];
    for _ in 0..n_layers {
        let mut out = 0;
        while out * s + d * (f - 1) < size + 2 * p {
            out += 1;
        }
        if out == 0 {
            return None;
        }
        let (mut map, mut set) = (vec![], vec![]);
        for (row, column) in (0..out).flat_map(|row| (0..out).map(move |column| (row, column))) {
            let (mut sum, mut seen) = (0.0, BTreeSet::new());
            for (r, c) in (0..f).flat_map(|r| (0..f).map(move |c| (r, c))) {
                let (i, j) = (row * s + r * d - p, column * s + c * d - p);
                if (0..size).contains(&i) && (0..size).contains(&j) {
                    let at = (i * size + j) as usize;
                    sum += maps[maps.len() - 1][at] * f64::from(w[(r * f + c) as usize]);
                    seen.extend(&sets[sets.len() - 1][at]);
                }
            }
            map.push(sum);
            set.push(seen);
        }
        maps.push(map);
        sets.push(set);
        size = out;
    }
    Some((maps, sets))
}

#[test]
fn maps_and_fields_are_those_of_a_naive_loop() {
    let mut rng = Rng::new(21);
    let (mut n_drawn, mut n_refused) = (0, 0);
    for _ in 0..120 {
        let mut any = |low: u32, high: u32| i64::from(low + rng.below(high - low + 1));
        let (n, n_layers) = (any(5, 12), any(2, 4));
        let how = [any(1, 4), any(1, 3), any(1, 2), any(0, 2)];
        let [f, s, d, p] = how;
        let x: Vec<_> = (0..n * n).map(|_| rng.below(9) as f32 - 4.0).collect();
        let w: Vec<_> = (0..f * f).map(|_| rng.below(5) as f32 - 2.0).collect();
        let x = Matrix::new(n as usize, n as usize, x);
        let w = Matrix::new(f as usize, f as usize, w);
        let wanted = naive(n, &x.values, &w.values, how, n_layers as usize);
        let [s, d, p, layers] = [s, d, p, n_layers].map(|n| n.to_string());
        let settings = settings(&[
            ("input", &x.to_string()),
            ("kernel", "own"),
            ("weights", &w.to_string()),
            ("stride", &s),
            ("dilation", &d),
            ("pad", &p),
            ("layers", &layers),
        ]);
        let trace = match (CHAPTER.trace)(&settings, &World::default()) {
            Ok(trace) => trace,
            Err(Unavailable::Refused(_)) => {
                assert!(wanted.is_none(), "{settings:?}");
                n_refused += 1;
                continue;
            }
            Err(why) => panic!("{why:?}"),
        };
        let (maps, sets) = wanted.unwrap();
        let name = ["input", "map-1", "map-2", "map-3", "map-4"][n_layers as usize];
        for (moment, seen) in sets[n_layers as usize].iter().enumerate() {
            let scene = trace.scene(moment);
            let last = scene.grid(name).unwrap();
            assert_eq!(last.values(), maps[n_layers as usize].iter().map(|&y| y as f32).collect::<Vec<_>>());
            let linked = trace.linked(moment, Spot::new(last.name, moment));
            let cells: BTreeSet<_> = linked.iter().filter(|spot| spot.grid == INPUT).map(|spot| spot.cell).collect();
            assert_eq!(&cells, seen, "{settings:?} {moment}");
            for &cell in seen {
                assert!(trace.linked(moment, Spot::new(INPUT, cell)).contains(&Spot::new(last.name, moment)));
            }
            let rows = || seen.iter().map(|cell| cell / n as usize);
            match scene.grid(INPUT).unwrap().frames.first() {
                Some([top, _, height, _]) => {
                    assert_eq!((Some(*top), Some(top + height - 1)), (rows().min(), rows().max()));
                }
                None => assert!(seen.is_empty()),
            }
        }
        n_drawn += 1;
    }
    assert!(n_drawn > 40 && n_refused > 10, "{n_drawn} {n_refused}");
}

/// With no padding to hide behind, the frame on the input is as large as the table says.
#[test]
fn the_tables_field_is_the_frame_on_the_input() {
    let stacks: [(Query, &[&str]); 3] = [
        (&[("stride", "1"), ("n", "12"), ("layers", "4")], &["1×1", "3×3", "5×5", "7×7", "9×9"]),
        (&[("stride", "2"), ("n", "12"), ("layers", "2")], &["1×1", "3×3", "7×7"]),
        (&[("stride", "1"), ("dilation", "2"), ("n", "12"), ("layers", "2")], &["1×1", "5×5", "9×9"]),
    ];
    for (pairs, wanted) in stacks {
        let scene = scene(pairs);
        let fields: Vec<_> = growth(&scene).rows.into_iter().map(|row| row[2].clone()).collect();
        assert_eq!(fields, wanted);
        let [_, _, rows, columns] = scene.grid(INPUT).unwrap().frames[0];
        assert_eq!(&format!("{rows}×{columns}"), wanted.last().unwrap(), "{pairs:?}");
    }
    let digit = scene(&[("on", "digit"), ("pad", "1"), ("layers", "4")]);
    let rows = growth(&digit).rows;
    assert_eq!(rows.iter().map(|row| row[1].as_str()).collect::<Vec<_>>(), ["28×28", "14×14", "7×7", "4×4", "2×2"]);
    assert_eq!(rows.iter().map(|row| row[3].as_str()).collect::<Vec<_>>(), ["1", "2", "4", "8", "16"]);
    assert_eq!(rows[4][2], "31×31");
}

#[test]
fn a_stack_too_deep_is_refused_with_what_fits() {
    let Err(Unavailable::Refused(text)) = (CHAPTER.trace)(&settings(&[("layers", "4")]), &World::default()) else {
        panic!("four layers cannot fit")
    };
    assert!(text.contains("Layer 3 finds only a 1×1 map") && text.ends_with("2 layers fit."), "{text}");
}

#[test]
fn steps_answer_what_was_done() {
    let mut watch = Watch::default();
    let mut see = |pairs: &[(&str, &str)]| {
        watch.saw(&settings(pairs), 0, &scene(pairs), None);
        let done = CHAPTER.steps.iter().filter_map(|step| Some((step.key, (step.notice)(&watch)?)));
        done.collect::<Vec<_>>()
    };
    assert_eq!(see(&[]), []);
    let done = see(&[("stride", "3")]);
    assert!(done.len() == 1 && done[0].0 == "floor" && done[0].1.contains("row 7 and column 7"), "{done:?}");
    let done = see(&[("stride", "3"), ("pad", "1")]);
    assert!(done.len() == 1 && done[0].0 == "fit" && done[0].1.contains("Padding 1"), "{done:?}");
    assert_eq!(see(&[("stride", "1")]), []);
    let done = see(&[("stride", "2")]);
    assert!(done.len() == 1 && done[0].0 == "fewer" && done[0].1.contains("25") && done[0].1.contains('9'), "{done:?}");
    let done = see(&[("dilation", "2"), ("stride", "1")]);
    assert!(done.len() == 1 && done[0].0 == "holes" && done[0].1.contains("9 weights reach over 5×5"), "{done:?}");
    let done = see(&[("layers", "3"), ("stride", "1"), ("n", "9")]);
    assert!(done.len() == 1 && done[0].0 == "grow" && done[0].1.contains("3×3, 5×5, 7×7"), "{done:?}");
    let done = see(&[("on", "digit"), ("pad", "1"), ("layers", "4")]);
    assert!(done.iter().any(|(key, text)| *key == "whole" && text.contains("After 4 layers")), "{done:?}");
}
