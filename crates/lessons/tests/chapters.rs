//! Properties of every chapter: words for everything, scenes in all settings, a description of every spot, honest
//! exercises.

use receptive_core::Rng;
use receptive_lessons::exercise::{Answer, Attempt, Given, Task};
use receptive_lessons::scene::{Item, Scene, Spot, Surface};
use receptive_lessons::settings::{Kind, Settings, Value};
use receptive_lessons::world::{Digit, LabCourse, Network, Unavailable, WeightStep, World};
use receptive_lessons::{Chapter, Matrix, Trace, Watch, chapters, words};
use receptive_nn::{
    Gradient, GradientInspector, Head, Inspection, Optimiser, Origin, Parameters, Preset, Schedule, Spec,
};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::thread;

/// A digit of strokes and an untrained network that has seen it, with its gradients for the digit's own class and for the
/// next, one of the two worlds for each chapter.
fn worlds() -> [World; 2] {
    [1, 2].map(world)
}

/// The one of both worlds that a chapter is shown in these settings.
fn fitting<'a>(worlds: &'a [World; 2], chapter: &Chapter, settings: &Settings) -> &'a World {
    &worlds[usize::from((chapter.needs)(settings).is_next_class)]
}

fn world(class: u8) -> World {
    let ink = |i: usize| if (8..20).contains(&(i / 28)) && (11..16).contains(&(i % 28)) { 0.9 } else { 0.0 };
    let image = Matrix::new(28, 28, (0..784).map(ink).collect::<Vec<_>>());
    let digit = Digit { image: image.clone(), name: "a one".into(), class: Some(1) };
    let course = LabCourse {
        schedule: Schedule { warm_up: 0.1, ..Schedule::LINEAR },
        rate: 0.002,
        n_steps: 1000,
        iteration: 300,
        measured: vec![(250, 0.5)],
    };
    let step = WeightStep {
        tensor: "conv 1.weight".into(),
        at: [0, 0],
        iteration: 3,
        learning_rate: 0.002,
        gradient_scale: 1.0,
        optimiser: Optimiser::ADAM,
        weight: [0.1, 0.098],
        gradient: 0.02,
        memory: Default::default(),
    };
    World {
        digit: Some(Rc::new(digit)),
        network: Some(Rc::new(network(&image, class))),
        course: Some(Rc::new(course)),
        step: Some(Rc::new(step)),
        ..World::default()
    }
}

fn network(image: &Matrix, class: u8) -> Network {
    let spec = Preset::Small.spec();
    let parameters = Parameters::init(&spec, 7).unwrap();
    let mut values = Inspection::new(&spec, &parameters, &image.values).unwrap();
    values.gradients = gradients(&spec, &parameters, &image.values, class);
    Network { spec, origin: Origin::Run { iteration: 0 }, values }
}

/// The gradients of the loss of a class, and their norms.
fn gradients(spec: &Spec, parameters: &Parameters, image: &[f32], class: u8) -> Vec<Gradient> {
    let head = Head::CrossEntropy;
    let inspectors =
        [GradientInspector::new(spec, head).unwrap(), GradientInspector::of_parameters(spec, head).unwrap()];
    let of = Parameters::of(spec, &[]).tensors().iter().map(|tensor| tensor.name.clone()).collect::<Vec<_>>();
    let of: Vec<_> = spec.names().into_iter().chain(of).chain(["input".into()]).collect();
    let found = inspectors.into_iter().flat_map(|mut inspector| {
        inspector.run(parameters, image, class);
        let part = |of: &String| Some((of.clone(), inspector.part(of)?.1.1.to_vec()));
        of.iter().filter_map(part).collect::<Vec<_>>()
    });
    let with_norm = |(of, values): (String, Vec<f32>)| {
        let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        let norm = Gradient { of: format!("norm {of}"), from: 0, values: vec![norm] };
        [norm, Gradient { of, from: 0, values }]
    };
    found.flat_map(with_norm).collect()
}

/// Settings drawn at random, each of them legal by itself.
fn random_settings(chapter: &Chapter, rng: &mut Rng) -> Settings {
    let mut settings = chapter.settings();
    for param in chapter.params {
        let value = match param.kind {
            Kind::Count { low, high, .. } => Value::Count(low + rng.below((high - low + 1) as u32) as usize),
            Kind::Real { low, high, .. } => Value::Real(rng.range(low, high)),
            Kind::Choice(options) => Value::Choice(options[rng.below(options.len() as u32) as usize]),
            Kind::Numbers | Kind::Text => continue,
        };
        settings.set(param.key, value);
    }
    settings
}

/// Everything in words on a stage: thousands of cells would take long to print.
fn texts_of(scene: &Scene) -> String {
    fn without_cells(item: &mut Item) {
        match item {
            Item::Grid(grid) => grid.cells = Rc::default(),
            Item::Column(inside) => inside.iter_mut().for_each(without_cells),
            _ => {}
        }
    }
    let mut scene = scene.clone();
    scene.board.iter_mut().flatten().for_each(without_cells);
    format!("{scene:?}")
}

#[test]
fn every_chapter_has_its_words() {
    for chapter in chapters::ALL {
        let lead = chapter.text("lead");
        assert!(lead.split_whitespace().count() <= 80, "{}: the lead has more than 80 words", chapter.key);
        assert!((3..=6).contains(&chapter.steps.len()), "{}: three to six steps", chapter.key);
        assert!(chapter.exercises.len() >= 3, "{}: at least three exercises", chapter.key);
        assert!(!chapter.next.is_empty(), "{}: nothing to try next", chapter.key);
        let mut said = vec![lead, chapter.text("title"), chapter.text("short"), chapter.text("teaser")];
        said.extend(chapter.steps.iter().map(|step| chapter.text(&format!("steps.{}", step.key))));
        said.extend(chapter.next.iter().map(|(key, _)| chapter.text(&format!("next.{key}"))));
        for param in chapter.params {
            match param.kind {
                Kind::Numbers | Kind::Text => {}
                Kind::Choice(options) => {
                    said.push(chapter.param_text(param.key));
                    said.extend(options.iter().map(|option| chapter.option_text(param.key, option)));
                }
                _ => said.push(chapter.param_text(param.key)),
            }
        }
        for text in said {
            assert!(!text.contains('⟦'), "{}: {text}", chapter.key);
        }
    }
}

/// Returns the sum of the terms before an equation's sign, as a learner would add them up; `None` if it is no sum of
/// products.
fn added_up(left: &str) -> Option<f64> {
    let (sum, divisor) = match left.strip_prefix('(').and_then(|left| left.split_once(") / ")) {
        Some((sum, divisor)) => (sum, divisor.parse().ok()?),
        None => (left, 1.0),
    };
    let number = |text: &str| text.trim_matches(['(', ')']).replace('−', "-").parse::<f64>().ok();
    let product = |text: &str| text.split('·').map(number).product::<Option<f64>>();
    Some(sum.split(" + ").map(product).sum::<Option<f64>>()? / divisor)
}

#[test]
fn printed_terms_add_up_or_are_said_to_be_rounded() {
    let worlds = worlds();
    let [mut n_equal, mut n_rounded] = [0, 0];
    for chapter in chapters::ALL {
        let mut rng = Rng::new(23);
        for round in 0..120 {
            let mut settings = if round == 0 { chapter.settings() } else { random_settings(chapter, &mut rng) };
            if round % 2 == 1 && chapter.params.iter().any(|param| param.key == "on") {
                settings.set("on", Value::Choice("digit"));
            }
            let Ok(trace) = (chapter.trace)(&settings, fitting(&worlds, chapter, &settings)) else { continue };
            let moment = rng.below(trace.n_moments() as u32) as usize;
            let Some(equation) = trace.scene(moment).settled().equation else { continue };
            assert!(!equation.left().replace("^{", "").contains('^'), "{}: {}", chapter.key, equation.left());
            let Some(sum) = added_up(&equation.left()) else { continue };
            let printed: f64 = equation.result.replace('−', "-").parse().unwrap_or(f64::NAN);
            let is_equal = (sum - printed).abs() <= 1e-9 * (1.0 + sum.abs());
            let said = format!("{} {:?}: {} and {printed}", chapter.key, settings.pairs(), equation.left());
            assert!(is_equal != equation.is_rounded, "{said}, {sum}");
            assert!((sum - printed).abs() < 0.05 * (1.0 + printed.abs()), "{said} are far apart");
            *if is_equal { &mut n_equal } else { &mut n_rounded } += 1;
        }
    }
    assert!(n_equal > 200 && n_rounded > 100, "{n_equal} exact, {n_rounded} rounded");
}

#[test]
fn a_choice_of_the_name_of_an_exercise_is_that_question() {
    // In a list the page ticks a choice off when the question of its name was answered right. Few choices are buttons.
    for chapter in chapters::ALL {
        let choices = chapter.params.iter().filter_map(|param| match param.kind {
            Kind::Choice(options) => Some(options).filter(|options| options.len() > 4),
            _ => None,
        });
        for option in choices.flatten() {
            assert!(chapter.exercises.iter().all(|exercise| exercise.key != *option), "{}: {option}", chapter.key);
        }
    }
}

#[test]
fn next_links_can_be_followed() {
    let worlds = worlds();
    for (key, link) in chapters::ALL.iter().flat_map(|chapter| chapter.next) {
        if ["/", "/lab", "/draw"].contains(link) {
            continue;
        }
        let (chapter, query) = link.split_once('?').unwrap_or((link, ""));
        let Some(chapter) = Chapter::find(chapter) else { panic!("{key}: no chapter {chapter}") };
        let mut settings = chapter.settings();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap();
            assert_eq!(settings.read(name, value), Ok(true), "{key}: {link}");
        }
        assert!((chapter.trace)(&settings, fitting(&worlds, chapter, &settings)).is_ok(), "{key}: {link}");
    }
}

#[test]
fn every_scene_can_be_drawn_and_every_spot_described() {
    // By far the longest of these tests: every second chapter on a thread of its own.
    thread::scope(|scope| {
        for first in 0..2 {
            scope.spawn(move || {
                let worlds = worlds();
                chapters::ALL.iter().skip(first).step_by(2).for_each(|chapter| check_chapter(chapter, &worlds));
            });
        }
    });
}

fn check_chapter(chapter: &Chapter, worlds: &[World; 2]) {
    let mut rng = Rng::new(11);
    let mut n_drawn = 0;
    for round in 0..60 {
        let settings = if round == 0 { chapter.settings() } else { random_settings(chapter, &mut rng) };
        let trace = match (chapter.trace)(&settings, fitting(worlds, chapter, &settings)) {
            Ok(trace) => trace,
            Err(Unavailable::Refused(text)) => {
                assert!(round > 0 && text.ends_with('.') && !text.contains('⟦'), "{}: {text}", chapter.key);
                continue;
            }
            Err(Unavailable::Picture) => continue,
            Err(why) => panic!("{}: {why:?}", chapter.key),
        };
        n_drawn += 1;
        check_trace(chapter.key, &*trace, &mut rng);
    }
    assert!(n_drawn >= 20, "{}: only {n_drawn} of 60 settings can be drawn", chapter.key);
}

fn check_trace(key: &str, trace: &dyn Trace, rng: &mut Rng) {
    assert!(trace.first_moment() < trace.n_moments(), "{key}");
    for moment in
        [0, trace.first_moment(), rng.below(trace.n_moments() as u32) as usize, trace.n_moments(), usize::MAX / 4]
    {
        let scene = trace.scene(moment);
        let texts = texts_of(&scene);
        assert!(!texts.contains('⟦'), "{key}: {}", texts.split('⟦').nth(1).unwrap_or_default());
        assert!(!scene.caption.is_empty(), "{key}: no caption");
        if let Some(focus) = trace.focus(moment) {
            assert!(scene.shows(focus), "{key}: {focus:?}");
        }
        let mut names = vec![];
        for item in scene.items() {
            let grid = match item {
                Item::Grid(grid) => grid,
                Item::Graph(graph) => {
                    assert_eq!(graph.places.len(), graph.grid.cells.len(), "{key}: every number has a place");
                    &graph.grid
                }
                Item::Table(table) => {
                    names.push(table.name);
                    continue;
                }
                Item::Bars(bars) => {
                    names.push(bars.name);
                    continue;
                }
                Item::Curve(curve) => {
                    names.push(curve.name);
                    continue;
                }
                Item::Surface(surface) => {
                    check_surface(key, trace, moment, surface);
                    names.push(surface.name);
                    names.extend(surface.paths.iter().map(|path| path.name));
                    continue;
                }
                _ => continue,
            };
            names.push(grid.name);
            assert!(
                grid.columns > 0 && grid.cells.len() % grid.columns == 0 && !grid.cells.is_empty(),
                "{key}: {}",
                grid.name
            );
            assert!(!grid.title.is_empty(), "{key}: {} has no title", grid.name);
            for cell in (0..grid.cells.len()).step_by(1 + grid.cells.len() / 40) {
                let spot = Spot::new(grid.name, cell);
                let description = trace.describe(moment, spot);
                assert!(!description.is_empty() && !description.contains('⟦'), "{key}: {spot:?} “{description}”");
                for linked in trace.linked(moment, spot) {
                    if let Some(other) = scene.grid(linked.grid) {
                        assert!(linked.cell < other.cells.len(), "{key}: {spot:?} {linked:?}");
                    }
                }
                if let Some(moment) = trace.moment_of(spot) {
                    assert_eq!(trace.focus(moment), Some(spot), "{key}");
                }
            }
        }
        // The page has elements of these names already.
        let taken = ["caption", "equation", "position", "problem", "sum", "waiting"];
        assert!(names.iter().all(|name| !taken.contains(name)), "{key}: {names:?}");
        let n = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), n, "{key}: two things of one name");
    }
}

fn check_surface(key: &str, trace: &dyn Trace, moment: usize, surface: &Surface) {
    assert!(surface.columns > 1 && surface.values.len() == surface.columns * surface.rows(), "{key}: {}", surface.name);
    assert!(surface.rows() > 1 && surface.levels.is_sorted(), "{key}: {}", surface.name);
    let texts = [&surface.title, &surface.measure, &surface.axes[0], &surface.axes[1]];
    assert!(texts.iter().all(|text| !text.is_empty()), "{key}: {} has no title", surface.name);
    let cells = (0..surface.values.len()).step_by(40).map(|cell| Spot::new(surface.name, cell));
    let points = surface.paths.iter().flat_map(|path| (0..path.known().len()).map(|i| Spot::new(path.name, i)));
    for spot in cells.chain(points).chain(surface.now) {
        let description = trace.describe(moment, spot);
        assert!(!description.is_empty() && !description.contains('⟦'), "{key}: {spot:?} “{description}”");
        assert!(surface.place_of(spot).is_some(), "{key}: {spot:?}");
    }
}

#[test]
fn exercises_are_honest_and_the_same_for_everyone_with_the_seed() {
    for chapter in chapters::ALL {
        for exercise in chapter.exercises {
            let mut questions = vec![];
            for seed in 0..40 {
                let task = exercise.task(seed);
                assert_eq!(task, exercise.task(seed), "{} {}", chapter.key, exercise.key);
                let all = format!("{task:?}");
                assert!(!all.contains('⟦'), "{} {}: {all}", chapter.key, exercise.key);
                let verdict = |given: Given| Attempt::default().answered(&task, given).verdict(&task).unwrap();
                assert!(verdict(task.answer.given()).is_right, "{} {}", chapter.key, exercise.key);
                for (wrong, why) in &task.slips {
                    let verdict = verdict(wrong.given());
                    assert!(!verdict.is_right && verdict.text.contains(why), "{} {}", chapter.key, exercise.key);
                    // What is right, and why, comes later.
                    assert!(!verdict.text.contains(&task.because), "{} {}: {verdict:?}", chapter.key, exercise.key);
                }
                questions.push((task.question, task.grids));
            }
            questions.dedup();
            assert!(questions.len() >= 3, "{} {}: always the same question", chapter.key, exercise.key);
        }
    }
}

/// Answers that no misconception explains.
fn unexplained(task: &Task) -> Vec<Given> {
    let all = match &task.answer {
        Answer::Number { value, .. } => vec![Given::Number(value + 70_001.0), Given::Number(value + 70_002.0)],
        Answer::Size([rows, columns]) => {
            vec![Given::Size([rows + 701, columns + 1]), Given::Size([*columns, rows + 702])]
        }
        Answer::Choice { options, .. } => (0..options.len()).map(Given::Choice).collect(),
        Answer::Cells(_) => (0..task.grids[0].cells.len()).map(|cell| Given::Cells(vec![cell])).collect(),
    };
    let is_known =
        |given: &Given| task.answer.given() == *given || task.slips.iter().any(|(wrong, _)| wrong.given() == *given);
    all.into_iter().filter(|given| !is_known(given)).collect()
}

#[test]
fn a_wrong_answer_gets_a_hint_that_gives_nothing_away() {
    for chapter in chapters::ALL {
        for exercise in chapter.exercises {
            for seed in 0..20 {
                let task = exercise.task(seed);
                let words = |text: &str| {
                    let words = text.split(|c: char| c.is_whitespace() || ".;:()".contains(c));
                    words.map(str::to_string).collect::<BTreeSet<_>>()
                };
                assert!(task.hint.ends_with(['.', '?']) && task.hint.len() > 20, "{}: {}", exercise.key, task.hint);
                for given in unexplained(&task) {
                    let verdict = Attempt::default().answered(&task, given).verdict(&task).unwrap().text;
                    assert!(verdict.contains(&task.hint), "{} {}: {verdict}", chapter.key, exercise.key);
                    // A single digit may stand in a hint for something else.
                    let is_given_away = verdict.contains(&task.because)
                        || !matches!(task.answer, Answer::Choice { .. })
                            && task.answer.text().len() > 1
                            && words(&task.hint).contains(&task.answer.text())
                            && !words(&task.question).contains(&task.answer.text());
                    assert!(!is_given_away, "{} {}: {verdict}", chapter.key, exercise.key);
                }
            }
        }
    }
}

#[test]
fn what_is_shown_for_an_answer_is_read_as_that_answer() {
    for chapter in chapters::ALL {
        for (exercise, seed) in chapter.exercises.iter().flat_map(|exercise| (0..20).map(move |seed| (exercise, seed)))
        {
            let task = exercise.task(seed);
            let chosen = match task.answer.given() {
                Given::Choice(option) => vec![option],
                Given::Cells(cells) => cells,
                _ => vec![],
            };
            let given = task.given(&task.answer.text(), &chosen).unwrap();
            assert!(Attempt::default().answered(&task, given).is_solved, "{} {}", chapter.key, exercise.key);
            let is_empty_right = task.answer == Answer::Cells(vec![]);
            if !is_empty_right && exercise.key != "unread" {
                assert!(task.given("", &[]).is_err(), "{} {}: nothing is no answer", chapter.key, exercise.key);
            }
        }
    }
}

#[test]
fn steps_are_not_done_before_anything_was_done() {
    for chapter in chapters::ALL {
        let settings = chapter.settings();
        let Ok(trace) = (chapter.trace)(&settings, &world(1)) else { panic!("{}", chapter.key) };
        let mut watch = Watch::default();
        watch.saw(&settings, trace.first_moment(), &trace.scene(trace.first_moment()), None);
        for step in chapter.steps {
            assert_eq!((step.notice)(&watch), None, "{} {}", chapter.key, step.key);
        }
    }
}

#[test]
fn english_is_spoken() {
    assert_eq!(words::kept::LANGUAGES.first().map(|(language, _)| *language), Some("en"));
}
