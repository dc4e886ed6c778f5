//! The slips of the decks: what is asked, what is right, and that nothing is given away before it is shown.

use receptive_lessons::chapters::slips::{CHAPTER, tasks};
use receptive_lessons::exercise::{Answer, Attempt, Given, Task};
use receptive_lessons::scene::{Item, Scene, Spot};
use receptive_lessons::settings::Settings;
use receptive_lessons::worked::{self, Worked};
use receptive_lessons::world::World;
use receptive_lessons::{Trace, Watch};
use std::collections::BTreeSet;

fn settings(slip: &str, shown: &str) -> Settings {
    CHAPTER.settings().with("slip", slip).with("shown", shown)
}

fn trace(settings: &Settings) -> Box<dyn Trace> {
    (CHAPTER.trace)(settings, &World::default()).ok().unwrap()
}

/// The slips that a chapter has taught how to find.
fn wrong() -> impl Iterator<Item = &'static Worked> {
    worked::ALL.iter().filter(|worked| !worked.is_right && worked.link().is_some())
}

/// Rows of texts, as the data hold them.
fn rows(text: &str) -> Vec<Vec<f64>> {
    text.split(';').map(|row| row.split(',').map(|cell| cell.parse().unwrap()).collect()).collect()
}

/// Printed cells that differ from the recorded right ones, or lie beyond them.
fn differing(worked: &Worked) -> (Vec<usize>, usize) {
    let (printed, correct) = (rows(worked.printed.unwrap()), rows(worked.correct));
    let mut cells = vec![];
    for (r, row) in printed.iter().enumerate() {
        for (c, value) in row.iter().enumerate() {
            if correct.get(r).and_then(|row| row.get(c)) != Some(value) {
                cells.push(r * row.len() + c);
            }
        }
    }
    (cells, printed.iter().map(Vec::len).sum())
}

#[test]
fn every_slip_of_the_decks_is_a_task_once() {
    let ids: BTreeSet<_> = tasks().iter().map(|slip| slip.id).collect();
    assert_eq!(ids, wrong().map(|worked| worked.id).collect());
    assert_eq!(tasks().len(), 19);
}

fn is_right(task: &Task, given: Given) -> bool {
    Attempt::default().answered(task, given).is_solved
}

#[test]
fn what_is_right_is_what_is_recorded() {
    for slip in tasks() {
        let worked = worked::find(slip.id).unwrap();
        assert!(!slip.title.contains('⟦') && !format!("{:?}", slip.task).contains('⟦'), "{slip:?}");
        match &slip.task.answer {
            Answer::Number { value, .. } => {
                let right: f64 = worked.correct.parse().unwrap();
                assert!((value - right).abs() < 1e-9, "{}: {value}, want {right}", slip.id);
            }
            Answer::Choice { options, right } => {
                assert_eq!(options[*right], worked.correct_text(), "{}", slip.id);
                assert_eq!(options.iter().collect::<BTreeSet<_>>().len(), 3, "{}", slip.id);
            }
            Answer::Cells(cells) => {
                let (wrong, n) = differing(worked);
                let right: Vec<_> = (0..n).filter(|cell| !wrong.contains(cell)).collect();
                assert_eq!(cells, if 2 * wrong.len() > n { &right } else { &wrong }, "{}", slip.id);
                assert_eq!(slip.task.grids[0].cells.len(), n, "{}", slip.id);
            }
            Answer::Size(_) => panic!("no slip is a size"),
        }
        assert!(is_right(&slip.task, slip.task.answer.given()), "{}", slip.id);
        for (answer, why) in &slip.task.slips {
            assert_ne!(answer, &slip.task.answer, "{}: {why}", slip.id);
        }
    }
}

#[test]
fn a_printed_number_is_not_taken_for_the_right_one() {
    for slip in tasks() {
        let Answer::Number { .. } = slip.task.answer else { continue };
        let Some(printed) = worked::find(slip.id).unwrap().printed.and_then(|text| text.parse().ok()) else { continue };
        assert!(!is_right(&slip.task, Given::Number(printed)), "{}", slip.id);
    }
}

/// Everything that a scene shows, as one text.
/// Everything on the stage but the question, which must hold the answer to check it.
fn shown(scene: &Scene) -> String {
    let mut scene = scene.clone();
    scene.board.iter_mut().for_each(|row| row.retain(|item| !matches!(item, Item::Ask(..))));
    format!("{scene:?}")
}

#[test]
fn nothing_is_given_away_before_it_is_shown() {
    for worked in wrong() {
        let asked = trace(&settings(worked.id, "asked"));
        let scene = asked.scene(0);
        assert!(
            scene.grid("right").is_none() && scene.equation.is_none() && scene.formulas.is_empty(),
            "{}",
            worked.id
        );
        assert!(scene.grid("printed").is_none_or(|grid| grid.marked.is_empty()), "{}", worked.id);
        let revealed = trace(&settings(worked.id, "told")).scene(0);
        match worked.kind {
            "conv2d" | "relu" | "max-pool2d" => {
                let right: Vec<f64> = revealed.grid("right").unwrap().values().iter().map(|&v| v.into()).collect();
                let want = worked.correct_values();
                assert_eq!(right.len(), want.len(), "{}", worked.id);
                assert!(right.iter().zip(&want).all(|(got, want)| (got - want).abs() < 1e-5), "{}", worked.id);
                assert_eq!(revealed.grid("printed").unwrap().marked, differing(worked).0, "{}", worked.id);
            }
            kind => {
                // A number stands in a cell of its own; "2" is also a part of "2.33".
                let right = worked.correct_text();
                let right = if kind == "statement" { right } else { format!("{right:?}") };
                assert!(!shown(&scene).contains(&right), "{}: {}", worked.id, shown(&scene));
                assert!(shown(&revealed).contains(&right), "{}: {}", worked.id, shown(&revealed));
            }
        }
    }
}

#[test]
fn formulas_end_in_the_right_number() {
    for worked in wrong() {
        let revealed = trace(&settings(worked.id, "told")).scene(0);
        if let (Some(formula), false) = (revealed.formulas.first(), worked.kind == "statement") {
            let right = worked.correct_text();
            assert!(formula.plain().ends_with(&format!("= {right}")), "{}: {}", worked.id, formula.plain());
        }
    }
}

#[test]
fn a_printed_cell_says_what_to_compute_and_not_what_comes_out() {
    let asked = trace(&settings("strided-7x7", "asked"));
    let description = asked.describe(0, Spot::new("printed", 2));
    assert!(description.contains("83") && !description.contains("88"), "{description}");
    // The third window of the first row: rows 1 to 3, columns 5 to 7.
    assert!(description.contains("6·3 + 2·4 + 9·4 + 7·1 + 3·2 + 8·(−1) + 7·3"), "{description}");
    assert_eq!(6 * 3 + 2 * 4 + 9 * 4 + 7 + 3 * 2 - 8 + 7 * 3, 88);
    let revealed = trace(&settings("strided-7x7", "told"));
    assert!(revealed.scene(0).caption.contains("= 88, printed 83"), "{}", revealed.scene(0).caption);
    let read = revealed.linked(0, Spot::new("printed", 2));
    assert_eq!(read.iter().filter(|spot| spot.grid == "input").count(), 9);
    assert!(read.contains(&Spot::new("right", 2)));
}

#[test]
fn cells_that_cannot_be_are_told_apart() {
    let revealed = trace(&settings("letter-x-maxpool-floor", "told"));
    let scene = revealed.scene(0);
    assert!(scene.caption.contains("no such cell") && scene.equation.is_none(), "{}", scene.caption);
}

/// Returns the text of a step for a learner who sets these one after the other, and points at printed cells in the
/// first.
fn notices(step: &str, looks: &[(&str, &str)], spots: &[usize], n_moments: usize) -> Option<String> {
    let mut watch = Watch::default();
    for (i, (slip, shown)) in looks.iter().enumerate() {
        let settings = settings(slip, shown);
        let trace = trace(&settings);
        (0..n_moments).for_each(|moment| watch.saw(&settings, moment, &trace.scene(moment), None));
        for &cell in spots.iter().filter(|_| i == 0) {
            watch.saw(&settings, 0, &trace.scene(0), Some(Spot::new("printed", cell)));
        }
    }
    (CHAPTER.steps.iter().find(|found| found.key == step).unwrap().notice)(&watch)
}

#[test]
fn steps_are_noticed_with_the_numbers_of_the_engine() {
    let pool = [("maxpool-4x4", "asked"), ("maxpool-4x4", "told")];
    let found = notices("find", &pool, &[1, 3], 1).unwrap();
    assert!(found.contains("looked at: 2.") && found.contains("Wrong cells: 1, of which you looked at 1"), "{found}");
    assert_eq!(notices("find", &pool, &[], 1), None);
    assert_eq!(notices("find", &pool[1..], &[1], 1), None);
    let padded = [("binary-5x5-padded", "told")];
    assert!(notices("shifted", &padded, &[], 3).unwrap().contains("22 of 25"));
    assert_eq!(notices("shifted", &padded, &[], 2), None);
    let rounded = notices("rounded", &[("letter-x-maxpool-floor", "told")], &[], 1).unwrap();
    assert!(rounded.contains("4×4") && rounded.contains("3×3"), "{rounded}");
    let base = notices("base", &[("cross-entropy-3", "asked"), ("cross-entropy-3", "told")], &[], 1).unwrap();
    assert_eq!(notices("base", &[("cross-entropy-3", "told")], &[], 1), None);
    assert!(base.contains("0.222") && base.contains("0.511"), "{base}");
}
