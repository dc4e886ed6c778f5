//! The schedules of the small stage against closed forms, its path against sums over the points, and the Lab's course.

use receptive_lessons::Trace;
use receptive_lessons::chapters::schedules::CHAPTER;
use receptive_lessons::scene::{Item, Scene};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{LabCourse, Unavailable, World};
use receptive_nn::{Course, Plateau, Schedule};
use std::f64::consts::PI;
use std::rc::Rc;

const N: usize = 60;

fn settings(link: &str) -> Settings {
    let pairs = link.split('&').filter_map(|pair| pair.split_once('='));
    pairs.fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value))
}

fn trace(link: &str) -> Box<dyn Trace> {
    (CHAPTER.trace)(&settings(link), &World::default()).unwrap_or_else(|why| panic!("{link}: {why:?}"))
}

/// The rates of the curve at the last moment.
fn rates(link: &str) -> Vec<f64> {
    let scene = trace(link).scene(usize::MAX);
    let Some(Item::Curve(curve)) = scene.items().into_iter().find(|item| matches!(item, Item::Curve(_))) else {
        panic!("no curve")
    };
    curve.lines[0].points.iter().map(|[_, rate]| f64::from(*rate)).collect()
}

fn path(scene: &Scene) -> Vec<[f64; 3]> {
    let found = scene.items().into_iter().find_map(|item| match item {
        Item::Surface(surface) => Some(surface.paths[0].points.iter().map(|point| point.map(f64::from)).collect()),
        _ => None,
    });
    found.expect("a path")
}

fn close(got: f64, want: f64) -> bool {
    (got - want).abs() <= 2e-6 * (1.0 + want.abs())
}

#[test]
fn every_course_goes_through_the_rates_of_its_closed_form() {
    let wave = |t: f64| (1.0 + (PI * t).cos()) / 2.0;
    type Form = Box<dyn Fn(f64) -> f64>;
    let cases: Vec<(&str, Form)> = vec![
        ("course=constant&rate=0.4", Box::new(|_| 0.4)),
        ("course=linear&rate=0.4&floor=0.1", Box::new(|k| 0.1 + 0.3 * (1.0 - k / 60.0))),
        ("course=step&rate=0.8&share=0.5&levels=3", Box::new(|k| 0.8 * 0.5_f64.powf((k / 20.0).floor()))),
        ("course=exponential&rate=1&share=0.05", Box::new(|k| 0.05_f64.powf(k / 60.0))),
        ("course=cosine&rate=0.6&floor=0.02", Box::new(move |k| 0.02 + 0.58 * wave(k / 60.0))),
        (
            "course=onecycle&rate=1",
            Box::new(move |k| match k {
                k if k < 18.0 => 1.0 - 0.96 * wave(k / 18.0),
                k => 4e-6 + (1.0 - 4e-6) * wave((k - 18.0) / 42.0),
            }),
        ),
        // The first of nine steps of a warm-up has a tenth.
        (
            "course=cosine&rate=0.5&rise=9",
            Box::new(move |k| if k < 9.0 { 0.05 * (k + 1.0) } else { 0.5 * wave((k - 9.0) / 51.0) }),
        ),
    ];
    for (link, form) in cases {
        let rates = rates(link);
        assert_eq!(rates.len(), N, "{link}");
        for (k, got) in rates.into_iter().enumerate() {
            let want = form(k as f64);
            assert!(close(got, want), "{link}, step {k}: {got} for {want}");
        }
    }
}

/// The rates of reduce on plateau as PyTorch's documentation puts it, from the losses along a path.
fn plateau(losses: &[f64], base: f64, factor: f64, patience: u32) -> Vec<f64> {
    let (mut best, mut n_bad, mut rate) = (f64::INFINITY, 0, base);
    let mut rates = vec![base];
    for loss in &losses[1..] {
        if *loss < best * (1.0 - 0.001) {
            (best, n_bad) = (*loss, 0);
        } else {
            n_bad += 1;
        }
        if n_bad > patience {
            (rate, n_bad) = (rate * factor, 0);
        }
        rates.push(rate);
    }
    rates
}

#[test]
fn a_plateau_cuts_the_rate_as_pytorch_would_from_the_losses_of_its_own_path() {
    for (seed, patience, share) in [(1, 4, 0.3), (2, 0, 0.5), (3, 10, 0.1), (5, 2, 0.8)] {
        let link = format!("course=plateau&rate=0.9&wait={patience}&share={share}&start={seed}");
        let losses: Vec<f64> = path(&trace(&link).scene(usize::MAX)).iter().map(|point| point[2]).collect();
        let want = plateau(&losses, 0.9, share, patience);
        let got = rates(&link);
        assert!(got.iter().zip(&want).all(|(got, want)| close(*got, *want)), "{link}: {got:?} for {want:?}");
        assert!(want[N - 1] < 0.9, "{link}: it never was cut");
    }
}

#[test]
fn each_step_goes_by_the_rate_towards_one_point_and_sees_all_eight_in_a_round() {
    for link in ["course=constant&rate=0.5", "course=cosine&rise=5&rate=1.2&start=4", "course=step&share=0.2&start=7"] {
        let (path, rates) = (path(&trace(link).scene(usize::MAX)), rates(link));
        assert_eq!(path.len(), N + 1);
        let mut pulls = vec![];
        for (step, pair) in path.windows(2).enumerate() {
            // Where the step pulls to: w + (w' − w) / rate.
            let towards = [0, 1].map(|i| pair[0][i] + (pair[1][i] - pair[0][i]) / rates[step]);
            pulls.push(towards);
        }
        let eight = &pulls[..8];
        let middle = [0, 1].map(|i| eight.iter().map(|point| point[i]).sum::<f64>() / 8.0);
        for round in pulls.chunks_exact(8).take(3) {
            let mean = [0, 1].map(|i| round.iter().map(|point| point[i]).sum::<f64>() / 8.0);
            assert!((0..2).all(|i| (mean[i] - middle[i]).abs() < 1e-4), "{link}: {mean:?} {middle:?}");
        }
        for [x, y, loss] in &path {
            let want = eight.iter().map(|[a, b]| 0.5 * ((x - a).powi(2) + (y - b).powi(2))).sum::<f64>() / 8.0;
            assert!((loss - want).abs() < 1e-4 * (1.0 + want), "{link}: {loss} for {want}");
        }
    }
}

#[test]
fn a_warm_up_keeps_a_long_first_step_from_jumping_over_a_valley() {
    let end = |link: &str| path(&trace(link).scene(usize::MAX)).last().copied().unwrap();
    // Roots of w³ − 2w + 0.3.
    for (rise, valley) in [(0, 1.3320), (12, -1.4841)] {
        let [x, y, loss] = end(&format!("surface=minima&rate=0.3&rise={rise}"));
        let want = 0.25 * f64::powi(x, 4) - x * x + 0.3 * x + 0.5 * y * y;
        assert!((x - valley).abs() < 5e-3 && (loss - want).abs() < 1e-5, "{rise}: {x} {y} {loss}");
    }
    let lost = trace("surface=minima&rate=0.4");
    assert!(lost.n_moments() < N && lost.scene(usize::MAX).caption.contains("run away"));
}

#[test]
fn a_falling_rate_ends_nearer_to_the_least_loss() {
    let mean = |link: &str| {
        let path = path(&trace(link).scene(usize::MAX));
        path[N + 1 - 15..].iter().map(|point| point[2]).sum::<f64>() / 15.0
    };
    for seed in 1..=9 {
        let constant = mean(&format!("rate=0.5&start={seed}"));
        for course in ["linear", "cosine", "step"] {
            let falling = mean(&format!("course={course}&rate=0.5&start={seed}"));
            assert!(falling < constant, "{course}, order {seed}: {falling} and {constant}");
        }
    }
}

#[test]
fn the_labs_course_has_the_labs_numbers() {
    let open = |course: LabCourse| {
        let world = World { course: Some(Rc::new(course)), ..World::default() };
        (CHAPTER.trace)(&settings("show=lab"), &world).unwrap_or_else(|why| panic!("{why:?}"))
    };
    let course = LabCourse {
        schedule: Schedule { warm_up: 0.2, ..Schedule::LINEAR },
        rate: 0.01,
        n_steps: 500,
        iteration: 60,
        measured: vec![],
    };
    let trace = open(course.clone());
    assert_eq!(trace.n_moments(), 61);
    let table = |trace: &dyn Trace| {
        let scene = trace.scene(0);
        let found = scene.items().into_iter().find_map(|item| match item {
            Item::Table(table) => Some(table.rows.clone()),
            _ => None,
        });
        found.expect("a table")
    };
    let rows = table(&*trace);
    // A hundred steps of warm-up: the first has a 101st of the rate; the last of the 400 after it a 400th.
    let row = |i: usize| [rows[i][1].as_str(), rows[i][2].as_str()];
    assert_eq!([row(0), row(2), row(3)], [["0", "0.00009901"], ["60", "0.00604"], ["499", "0.000025"]]);
    let plateau = Course::Plateau(Plateau { factor: 0.1, patience: 0, threshold: 0.0 });
    let measured = vec![(100, 1.0), (200, 1.5), (300, 1.4)];
    let trace = open(LabCourse { schedule: Schedule::plain(plateau), measured, iteration: 300, ..course });
    assert_eq!(table(&*trace)[2][2], "0.0001");
    assert!(trace.scene(usize::MAX).caption.contains("cut 2 times"));
    assert!(matches!((CHAPTER.trace)(&settings("show=lab"), &World::default()), Err(Unavailable::Network)));
}

#[test]
fn the_way_to_the_lab_carries_the_course_and_its_lowest_rate_as_a_share() {
    let course = |link: &str| {
        let scene = trace(link).scene(0);
        let found = scene.items().into_iter().find_map(|item| match item {
            Item::Course(schedule) => Some(*schedule),
            _ => None,
        });
        found.expect("a course")
    };
    let schedule = course("course=cosine&rate=0.4&floor=0.1&rise=6");
    assert_eq!(schedule.course, Course::Cosine);
    assert!((schedule.warm_up - 0.1).abs() < 1e-6 && (schedule.lowest - 0.25).abs() < 1e-6);
    assert_eq!(course("course=step&share=0.5&levels=6").course, Course::Step { factor: 0.5, stairs: 6 });
}
