//! Images as numbers, against plain arithmetic written here, and the steps as a learner takes them.

use receptive_core::Rng;
use receptive_lessons::scene::{Item, Role, Spot};
use receptive_lessons::settings::{Settings, Value};
use receptive_lessons::world::{Digit, Unavailable, World};
use receptive_lessons::{Chapter, Matrix, Trace, Watch};
use std::rc::Rc;

fn chapter() -> &'static Chapter {
    Chapter::find("images").unwrap()
}

fn settings(query: &[(&str, &str)]) -> Settings {
    query.iter().fold(chapter().settings(), |settings, (key, text)| settings.with(key, text))
}

/// A digit of greys, each pixel another.
fn world() -> World {
    let image = Matrix::new(28, 28, (0..784).map(|i| (i * 37 % 256) as f32 / 255.0).collect::<Vec<_>>());
    World { digit: Some(Rc::new(Digit { image, name: "noise".into(), class: None })), ..World::default() }
}

fn trace(settings: &Settings) -> Box<dyn Trace> {
    (chapter().trace)(settings, &world()).unwrap()
}

/// A learner who looks at settings one after the other, pointing at cells on the way.
fn found(step: &str, looks: &[(Settings, &[Spot])]) -> Option<String> {
    let mut watch = Watch::default();
    for (settings, spots) in looks {
        let scene = trace(settings).scene(0);
        watch.saw(settings, 0, &scene, None);
        spots.iter().for_each(|spot| watch.saw(settings, 0, &scene, Some(*spot)));
    }
    let step = chapter().steps.iter().find(|found| found.key == step).unwrap();
    (step.notice)(&watch)
}

#[test]
fn greys_are_rounded_to_the_nearest_level() {
    let mut rng = Rng::new(3);
    for _ in 0..40 {
        let n_levels = 2 + rng.below(255) as usize;
        let [rows, columns] = [0; 2].map(|_| 1 + rng.below(12) as usize);
        let values: Vec<f32> = (0..rows * columns).map(|_| rng.below(331) as f32 - 40.0).collect();
        let mut settings = chapter().settings();
        settings.set("levels", Value::Count(n_levels));
        settings.set("input", Value::Numbers(Matrix::new(rows, columns, values.clone())));
        let scene = trace(&settings).scene(0);
        let picture = scene.grid("picture").unwrap();
        for (&value, cell) in values.iter().zip(picture.cells.iter()) {
            let levels = (0..n_levels).map(|k| 255.0 * k as f64 / (n_levels - 1) as f64);
            let off = |level: f64| (level - f64::from(value).clamp(0.0, 255.0)).abs();
            let least = levels.map(off).fold(f64::INFINITY, f64::min);
            let got = f64::from(cell.value);
            assert!((off(got) - least).abs() < 1e-3, "{value} at {n_levels} levels is {got}");
            let Role::Colour([red, green, blue]) = cell.role else { panic!("{:?}", cell.role) };
            assert!(red == green && green == blue && (f64::from(red) - got).abs() <= 0.5001, "{red} for {got}");
        }
        let outside = values.iter().any(|value| !(0.0..=255.0).contains(value));
        assert_eq!(scene.grid("input").unwrap().warning.is_some(), outside);
    }
}

#[test]
fn a_pixel_of_full_red_and_green_is_yellow() {
    let settings = settings(&[("show", "colour"), ("red", "255,0"), ("green", "255,0"), ("blue", "0,300")]);
    let trace = trace(&settings);
    let scene = trace.scene(0);
    let roles: Vec<_> = scene.grid("picture").unwrap().cells.iter().map(|cell| cell.role).collect();
    assert_eq!(roles, [Role::Colour([255, 255, 0]), Role::Colour([0, 0, 255])]);
    assert_eq!(scene.equation.as_ref().unwrap().result, "yellow");
    assert!(trace.describe(0, Spot::new("picture", 1)).contains("blue"));
    assert!(scene.grid("blue").unwrap().warning.is_some() && scene.grid("red").unwrap().warning.is_none());
}

#[test]
fn planes_of_two_sizes_are_refused_and_a_missing_digit_is_waited_for() {
    let refused = (chapter().trace)(&settings(&[("show", "colour"), ("red", "1,2")]), &World::default()).err();
    assert!(matches!(refused, Some(Unavailable::Refused(text)) if text.contains("1×2") && text.contains("4×4")));
    let refused = (chapter().trace)(&settings(&[("on", "digit")]), &World::default()).err();
    assert_eq!(refused, Some(Unavailable::Digit));
}

#[test]
fn the_part_of_the_digit_holds_its_bytes_wherever_it_lies() {
    for row in 1..=28_usize {
        for column in [1, 4, 5, 6, 14, 23, 24, 28_usize] {
            let settings = settings(&[("on", "digit"), ("row", &row.to_string()), ("column", &column.to_string())]);
            let trace = trace(&settings);
            let scene = trace.scene(0);
            let values = scene.grid("crop").unwrap().values();
            assert_eq!(values.len(), 81);
            let [first_row, first_column] = [row, column].map(|at| at.saturating_sub(5).min(19));
            assert_eq!(scene.grid("digit").unwrap().frames, [[first_row, first_column, 9, 9]]);
            for (cell, value) in values.into_iter().enumerate() {
                let pixel = (first_row + cell / 9) * 28 + first_column + cell % 9;
                assert_eq!(value as usize, pixel * 37 % 256, "row {row}, column {column}, cell {cell}");
                assert_eq!(trace.linked(0, Spot::new("crop", cell)), [Spot::new("digit", pixel)]);
                assert_eq!(trace.linked(0, Spot::new("digit", pixel)), [Spot::new("crop", cell)]);
            }
        }
    }
}

#[test]
fn pictures_are_as_many_numbers_as_the_lectures_count() {
    let scene = trace(&settings(&[("show", "colour")])).scene(0);
    let items = scene.items();
    let table = items.iter().find_map(|item| if let Item::Table(table) = item { Some(table) } else { None });
    let counts: Vec<_> = table.unwrap().rows.iter().map(|row| row[2].replace(',', "")).collect();
    assert_eq!(counts, ["784", "2352", "270000", "36000000"]);
    let scene = trace(&settings(&[("on", "digit")])).scene(0);
    let plain: Vec<_> = scene.formulas.iter().map(receptive_lessons::formula::Formula::plain).collect();
    assert!(plain[0].ends_with("= 784") && plain[1].ends_with("= 784") && plain[2].ends_with("= 3,136"), "{plain:?}");
    let black_and_white = trace(&settings(&[("on", "digit"), ("levels", "2")])).scene(0);
    assert!(black_and_white.formulas[1].plain().ends_with("= 98"));
}

#[test]
fn every_step_is_recognised_when_it_was_taken() {
    let start = chapter().settings();
    let input = |cell| Spot::new("input", cell);
    let point = found("point", &[(start.clone(), &[input(0), Spot::new("picture", 18)])]).unwrap();
    assert!(point.contains("0 at row 1, column 1") && point.contains("255 at row 3, column 3"), "{point}");
    assert_eq!(found("point", &[(start.clone(), &[input(0), input(1)])]), None);

    let Some(edit) = trace(&start).scene(0).grid("input").unwrap().edit.clone() else { panic!("it can be typed into") };
    let painted = start.clone().with("input", &edit.matrix.with(0, 255.0).to_string());
    let paint = found("paint", &[(start.clone(), &[]), (painted, &[])]).unwrap();
    assert!(paint.contains("1 of 64") && paint.contains("1 pixel of"), "{paint}");

    let few = found("levels", &[(start.clone().with("levels", "4"), &[])]).unwrap();
    assert!(few.contains("2 bits") && few.contains("4 of them"), "{few}");
    assert_eq!(found("levels", &[(start.clone().with("levels", "9"), &[])]), None);

    let colour = start.clone().with("show", "colour");
    assert_eq!(found("yellow", &[(colour.clone(), &[])]), None);
    let edit = trace(&colour).scene(0).grid("green").unwrap().edit.clone().unwrap();
    let mixed = colour.with("green", &edit.matrix.with(0, 255.0).to_string());
    assert!(found("yellow", &[(mixed, &[])]).unwrap().contains("yellow"));

    let digit = start.with("on", "digit");
    let values = trace(&digit).scene(0).grid("crop").unwrap().values();
    let between = values.iter().position(|value| *value > 0.0 && *value < 255.0).unwrap();
    let text = found("digit", &[(digit.clone(), &[Spot::new("crop", between)])]).unwrap();
    let ends = |wanted: usize| (0..784).filter(|i| i * 37 % 256 == wanted).count();
    let counts = [ends(0), ends(255), 784 - ends(0) - ends(255)];
    assert!(counts.iter().all(|n| text.contains(&n.to_string())), "{text} {counts:?}");
    assert_eq!(found("digit", &[(digit, &[])]), None);
}

#[test]
fn levels_of_a_digit_leave_as_many_values() {
    for n_levels in [2, 3, 17, 256_usize] {
        let scene = trace(&settings(&[("on", "digit"), ("levels", &n_levels.to_string())])).scene(0);
        let mut values = scene.grid("digit").unwrap().values();
        values.sort_by(f32::total_cmp);
        values.dedup();
        assert_eq!(values.len(), n_levels);
        assert!(values.windows(2).all(|pair| (pair[1] - pair[0] - 1.0 / (n_levels - 1) as f32).abs() < 1e-5));
    }
}
