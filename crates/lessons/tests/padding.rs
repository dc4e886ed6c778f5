//! The chapter on padding: the lectures' examples with right values, and every output against a naive loop.

use receptive_core::Rng;
use receptive_lessons::chapters::padding::{CHAPTER, READS};
use receptive_lessons::plane::{INPUT, OUTPUT};
use receptive_lessons::scene::{Scene, Spot};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Unavailable, World};
use receptive_lessons::{Matrix, Trace, Watch};

fn settings(pairs: &[(&str, &str)]) -> Settings {
    pairs.iter().fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value))
}

fn trace(settings: &Settings) -> Box<dyn Trace> {
    (CHAPTER.trace)(settings, &World::default()).unwrap_or_else(|why| panic!("{settings:?}: {why:?}"))
}

fn scene(pairs: &[(&str, &str)]) -> Scene {
    let trace = trace(&settings(pairs));
    trace.scene(trace.n_moments())
}

fn values(scene: &Scene, grid: &str) -> Vec<f32> {
    scene.grid(grid).map(|grid| grid.values()).unwrap_or_default()
}

/// The lectures' padded 5×5 example, with the values that it should have.
#[test]
fn the_padded_example_opens_with_the_right_values() {
    #[rustfmt::skip]
    let wanted = [
        1.0, 0.0, 0.0, 1.0, 1.0,
        1.0, 2.0, 1.0, -1.0, 2.0,
        1.0, -1.0, 1.0, 3.0, 1.0,
        0.0, 2.0, 1.0, 1.0, 1.0,
        1.0, -1.0, -1.0, 2.0, 1.0,
    ];
    let typed = [
        ("mode", "own"),
        ("pad", "1"),
        ("kernel", "own"),
        ("input", "1,0,1,0,1;1,0,0,1,1;0,1,1,0,0;1,0,0,1,0;0,0,1,1,0"),
        ("weights", "0,1,0;1,0,-1;0,1,0"),
    ];
    for pairs in [&[("mode", "same")], &[("mode", "own")], &typed[..]] {
        assert_eq!(values(&scene(pairs), OUTPUT), wanted, "{pairs:?}");
    }
    assert_eq!(values(&scene(&[]), OUTPUT), [2.0, 1.0, -1.0, -1.0, 1.0, 3.0, 2.0, 1.0, 1.0]);
}

#[test]
fn pixels_are_read_as_often_as_by_hand() {
    let rows = |line: [f32; 5], of: [f32; 5]| of.iter().flat_map(|row| line.map(|n| n * row)).collect::<Vec<_>>();
    let valid = [1.0, 2.0, 3.0, 2.0, 1.0];
    assert_eq!(values(&scene(&[]), READS), rows(valid, valid));
    let same = [2.0, 3.0, 3.0, 3.0, 2.0];
    assert_eq!(values(&scene(&[("mode", "same")]), READS), rows(same, same));
    assert_eq!(values(&scene(&[("mode", "same"), ("border", "replicate")]), READS), [9.0; 25]);
    assert_eq!(values(&scene(&[("mode", "own"), ("pad", "2")]), READS), [9.0; 25]);
    // The second row and column of a mirrored picture are read once more as copies, on either side.
    let mirrored = [2.0, 4.0, 3.0, 4.0, 2.0];
    assert_eq!(values(&scene(&[("mode", "same"), ("border", "reflect")]), READS), rows(mirrored, mirrored));
}

/// Returns the position that a border at `at` cells from the picture's first copies, or `None` for a zero: by walking,
/// not by formula.
fn looked_up(at: i64, n: i64, border: &str) -> Option<i64> {
    if (0..n).contains(&at) {
        return Some(at);
    }
    match border {
        "zeros" => None,
        "replicate" => Some(if at < 0 { 0 } else { n - 1 }),
        _ => {
            let (mut here, mut step) = (if at < 0 { 0 } else { n - 1 }, if at < 0 { 1 } else { -1 });
            for _ in 0..if at < 0 { -at } else { at - n + 1 } {
                if !(0..n).contains(&(here + step)) {
                    step = -step;
                }
                here += step;
            }
            Some(here)
        }
    }
}

#[test]
fn outputs_and_counts_are_those_of_a_naive_loop() {
    let mut rng = Rng::new(5);
    let mut n_drawn = 0;
    for _ in 0..150 {
        let border = ["zeros", "replicate", "reflect"][rng.below(3) as usize];
        let mode = ["valid", "same", "own"][rng.below(3) as usize];
        let (f, pad) = (1 + rng.below(5) as i64, rng.below(5) as i64);
        let mut matrix = |rows: i64, columns: i64| {
            let values: Vec<_> = (0..rows * columns).map(|_| rng.below(19) as f32 - 9.0).collect();
            Matrix::new(rows as usize, columns as usize, values)
        };
        let (x, w) = (matrix(6, 7), matrix(f, f));
        let settings = settings(&[
            ("border", border),
            ("mode", mode),
            ("pad", &pad.to_string()),
            ("kernel", "own"),
            ("input", &x.to_string()),
            ("weights", &w.to_string()),
        ]);
        let scene = trace(&settings).scene(0);
        let (before, after) = match mode {
            "valid" => (0, 0),
            "same" => ((f - 1) / 2, f - 1 - (f - 1) / 2),
            _ => (pad, pad),
        };
        let (rows, columns) = (6 + before + after - f + 1, 7 + before + after - f + 1);
        let (mut y, mut reads) = (vec![], vec![0.0; 42]);
        for (p, q) in (0..rows).flat_map(|p| (0..columns).map(move |q| (p, q))) {
            let mut sum = 0.0;
            for (r, s) in (0..f).flat_map(|r| (0..f).map(move |s| (r, s))) {
                let row = looked_up(p + r - before, 6, border);
                if let Some((row, column)) = row.zip(looked_up(q + s - before, 7, border)) {
                    sum += f64::from(x.at(row as usize, column as usize)) * f64::from(w.at(r as usize, s as usize));
                    reads[(row * 7 + column) as usize] += 1.0;
                }
            }
            y.push(sum as f32);
        }
        assert_eq!(values(&scene, OUTPUT), y, "{settings:?}");
        assert_eq!(values(&scene, READS), reads, "{settings:?}");
        n_drawn += 1;
    }
    assert_eq!(n_drawn, 150);
}

#[test]
fn copies_say_where_they_come_from_and_light_up_with_it() {
    let trace = trace(&settings(&[("mode", "same"), ("border", "reflect")]));
    // The padded picture is 7×7; its first corner shows the pixel one step inside the picture's corner.
    let description = trace.describe(0, Spot::new(INPUT, 0));
    assert!(description.contains("Padding, 0") && description.contains("row 2, column 2"), "{description}");
    let linked = trace.linked(0, Spot::new(INPUT, 0));
    assert!(linked.contains(&Spot::new(INPUT, 2 * 7 + 2)) && linked.contains(&Spot::new(READS, 6)), "{linked:?}");
    assert!(trace.linked(0, Spot::new(READS, 6)).contains(&Spot::new(INPUT, 0)));
    let description = trace.describe(0, Spot::new(READS, 6));
    assert!(
        description.contains("read 16 times") && description.contains("9 windows") && description.contains("3 copies"),
        "{description}"
    );
}

#[test]
fn what_cannot_be_is_refused_with_what_would_do() {
    let refused = |pairs: &[(&str, &str)]| match (CHAPTER.trace)(&settings(pairs), &World::default()) {
        Err(Unavailable::Refused(text)) => text,
        other => panic!("{pairs:?}: {:?}", other.err()),
    };
    let text = refused(&[("mode", "own"), ("pad", "4"), ("border", "reflect"), ("input", "1,2,3;4,5,6;7,8,9")]);
    assert!(text.contains("padding 2 is the most"), "{text}");
    let text = refused(&[("f", "5"), ("input", "1,2,3;4,5,6;7,8,9")]);
    assert!(text.contains("padding 1 would"), "{text}");
}

#[test]
fn steps_answer_what_was_done() {
    let mut watch = Watch::default();
    let mut see = |pairs: &[(&str, &str)], spots: &[Spot]| {
        let (settings, scene) = (settings(pairs), scene(pairs));
        watch.saw(&settings, 0, &scene, None);
        spots.iter().for_each(|&spot| watch.saw(&settings, 0, &scene, Some(spot)));
        let done = CHAPTER.steps.iter().filter_map(|step| Some((step.key, (step.notice)(&watch)?)));
        done.collect::<Vec<_>>()
    };
    assert_eq!(see(&[], &[]), []);
    let done = see(&[], &[Spot::new(INPUT, 0), Spot::new(READS, 12)]);
    assert_eq!(done, [("corner", "Corner 1, middle 9.".to_string())]);
    let done = see(&[("mode", "same")], &[]);
    assert!(done.len() == 1 && done[0].1.contains("5×5") && done[0].1.contains("4 times"), "{done:?}");
    let done = see(&[("mode", "same"), ("border", "replicate")], &[]);
    assert_eq!(done.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["same", "border", "fair"]);
    let done = see(&[("mode", "same"), ("f", "4")], &[]);
    assert!(
        done.iter()
            .any(|(key, text)| *key == "lopsided" && text.contains("of 1 above and on the left, and of 2 below")),
        "{done:?}"
    );
}
