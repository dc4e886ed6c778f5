//! The worked examples of the decks, each computed by the engine, and opened in its chapter.

use receptive_lessons::worked::{self, Worked};
use receptive_lessons::world::{Digit, Network, Unavailable, World};
use receptive_lessons::{Chapter, Matrix};
use receptive_nn::{Inspection, Origin, Parameters, Preset};
use std::collections::BTreeSet;
use std::rc::Rc;

/// The chapters of the walk, and those examples may open in.
const WALK: &[&str] = &[
    "images",
    "convolution",
    "features",
    "volumes",
    "kernel-size",
    "padding",
    "stride",
    "activation",
    "pooling",
    "flatten",
    "softmax",
    "building",
    "counts",
    "slips",
];

/// The number of examples of each kind: none may be lost on the way.
const KINDS: &[(&str, usize)] = &[
    ("conv2d", 13),
    ("conv2d-mean", 3),
    ("max-pool2d", 3),
    ("avg-pool2d", 1),
    ("relu", 3),
    ("softmax", 1),
    ("cross-entropy", 2),
    ("mean-at", 2),
    ("output-size", 20),
    ("count", 21),
    ("binary-metrics", 1),
    ("classification-report", 1),
    ("statement", 6),
];

fn close(got: &[f64], want: &[f64]) -> bool {
    got.len() == want.len() && got.iter().zip(want).all(|(got, want)| (got - want).abs() <= 1e-5)
}

#[test]
fn no_example_is_lost() {
    assert_eq!(worked::ALL.len(), 77);
    assert_eq!(worked::ALL.iter().map(|worked| worked.id).collect::<BTreeSet<_>>().len(), 77);
    for (kind, n) in KINDS {
        assert_eq!(worked::ALL.iter().filter(|worked| worked.kind == *kind).count(), *n, "{kind}");
    }
    assert_eq!(KINDS.iter().map(|(_, n)| n).sum::<usize>(), 77);
}

#[test]
fn the_engine_computes_what_is_right() {
    for worked in worked::ALL.iter().filter(|worked| worked.kind != "statement") {
        let got = worked.compute().unwrap_or_else(|| panic!("{}: nobody computes it", worked.id));
        let want = worked.correct_values();
        assert!(close(&got, &want), "{}: {got:?}, want {want:?}", worked.id);
        let mut off = want.clone();
        off[want.len() / 2] += 0.01;
        assert!(!close(&got, &off), "{}: a slip of a hundredth would pass", worked.id);
    }
}

/// True if the printed result is the right one, as far as it is printed and as exactly as it is printed.
fn is_printed_right(worked: &Worked) -> bool {
    let Some(printed) = worked.printed_matrix() else { return worked.printed.is_none() };
    let want = worked.correct_values();
    let columns = worked.correct.split(';').next().unwrap().split(',').count();
    printed.values.iter().enumerate().all(|(cell, &value)| {
        let [row, column] = printed.place(cell);
        let text = worked.printed.unwrap().split([',', ';']).nth(cell).unwrap();
        let last = match text.split_once('.') {
            Some((_, decimals)) => 0.1f64.powi(decimals.len() as i32),
            // Millions of operations are printed in millions.
            None if value >= 1e8 => 1e6,
            None => 1.0,
        };
        column < columns
            && want.get(row * columns + column).is_some_and(|want| (want - f64::from(value)).abs() <= 0.5001 * last)
    })
}

#[test]
fn twenty_two_slips_are_distinguished_from_the_rest() {
    let wrong = || worked::ALL.iter().filter(|worked| !worked.is_right);
    assert_eq!(wrong().filter(|worked| worked.kind == "statement").count(), 6);
    assert_eq!(wrong().filter(|worked| worked.kind != "statement").count(), 16);
    for worked in worked::ALL.iter().filter(|worked| worked.kind != "statement") {
        assert_eq!(is_printed_right(worked), worked.is_right, "{}", worked.id);
    }
}

#[test]
fn every_example_has_its_words() {
    for worked in worked::ALL {
        let printed = worked.printed_text().unwrap_or_default();
        for text in [worked.title(), worked.deck_title(), printed, worked.correct_text()] {
            assert!(!text.contains('⟦'), "{}: {text}", worked.id);
        }
        assert!(!worked.correct_text().is_empty(), "{}", worked.id);
    }
    let row = worked::find("strided-7x7").unwrap();
    assert_eq!((row.printed_text().unwrap(), row.deck), ("91  100  83".into(), 1));
    assert_eq!(worked::find("params-conv2").unwrap().correct_text(), "18,496");
}

fn world() -> World {
    let image = Matrix::new(28, 28, (0..784).map(|i| (i % 5) as f32 / 5.0).collect::<Vec<_>>());
    let spec = Preset::Small.spec();
    let parameters = Parameters::init(&spec, 7).unwrap();
    let values = Inspection::new(&spec, &parameters, &image.values).unwrap();
    let digit = Digit { image, name: "stripes".into(), class: None };
    World {
        digit: Some(Rc::new(digit)),
        network: Some(Rc::new(Network { spec, origin: Origin::Run { iteration: 0 }, values })),
        picture: None,
        step: None,
    }
}

#[test]
fn every_example_opens_in_its_chapter() {
    let world = world();
    let mut n_opened = 0;
    for worked in worked::ALL.iter().filter(|worked| worked.link().is_some()) {
        assert!(WALK.contains(&worked.chapter), "{}: no chapter {}", worked.id, worked.chapter);
        let Some(chapter) = Chapter::find(worked.chapter) else { continue };
        let mut settings = chapter.settings();
        for pair in worked.query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap();
            assert_eq!(settings.read(key, value), Ok(true), "{}: {}?{pair}", worked.id, worked.chapter);
        }
        if let Err(Unavailable::Refused(why)) = (chapter.trace)(&settings, &world) {
            panic!("{}: {}?{}: {why}", worked.id, worked.chapter, worked.query);
        }
        n_opened += 1;
    }
    assert!(n_opened >= 20, "only {n_opened} could be opened");
    let without: Vec<_> = worked::ALL.iter().filter(|worked| worked.link().is_none()).map(|worked| worked.id).collect();
    // The Lab shows the first two; the others wait for chapters that teach what they are about.
    let waiting = ["text-update-rule", "text-large-rate", "text-projection-shortcut"];
    assert_eq!(without, [&["binary-metrics", "mnist-confusion"], &waiting[..]].concat());
}

#[test]
fn a_convolution_opens_with_the_numbers_of_the_deck() {
    for worked in worked::of("convolution").filter(|worked| worked.kind == "conv2d") {
        let chapter = Chapter::find("convolution").unwrap();
        let mut settings = chapter.settings();
        for pair in worked.query.split('&') {
            let (key, value) = pair.split_once('=').unwrap();
            settings.read(key, value).unwrap();
        }
        let scene = (chapter.trace)(&settings, &World::default()).ok().unwrap().scene(0);
        let output: Vec<f64> = scene.grid("output").unwrap().values().iter().map(|&value| value.into()).collect();
        assert!(close(&output, &worked.correct_values()), "{}", worked.id);
    }
}
