//! The small network against arithmetic in double precision, written from the definitions.

use receptive_lessons::chapters::backprop::CHAPTER;
use receptive_lessons::scene::{Item, Scene, Spot};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::World;
use receptive_lessons::{Trace, words};

fn settings(link: &str) -> Settings {
    let pairs = link.split('&').filter_map(|pair| pair.split_once('='));
    pairs.fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value))
}

fn trace(link: &str) -> Box<dyn Trace> {
    (CHAPTER.trace)(&settings(link), &World::default()).unwrap_or_else(|why| panic!("{link}: {why:?}"))
}

/// Inputs, w1 to w4, both hidden biases, w5 to w8, both output biases.
const GIVEN: [f64; 14] = [1.0, 2.0, 0.1, 0.2, 0.3, 0.4, 0.1, 0.1, 0.6, 0.5, -0.2, 0.3, 0.2, 0.2];

fn function(f: &str, x: f64) -> f64 {
    match f {
        "sigmoid" => 1.0 / (1.0 + (-x).exp()),
        "relu" => x.max(0.0),
        _ => x,
    }
}

/// The loss, written out.
fn loss(given: &[f64; 14], f: &str, class: usize) -> f64 {
    let [i1, i2, w1, w2, w3, w4, b1, b2, w5, w6, w7, w8, c1, c2] = *given;
    let h1 = function(f, i1 * w1 + i2 * w2 + b1);
    let h2 = function(f, i1 * w3 + i2 * w4 + b2);
    let o = [h1 * w5 + h2 * w6 + c1, h1 * w7 + h2 * w8 + c2];
    (o[0].exp() + o[1].exp()).ln() - o[class]
}

/// The slope of the loss along one of the given numbers, by a central difference.
fn slope(at: usize, f: &str, class: usize) -> f64 {
    let moved = |by: f64| {
        let mut given = GIVEN;
        given[at] += by;
        loss(&given, f, class)
    };
    (moved(1e-5) - moved(-1e-5)) / 2e-5
}

/// Values of the drawing's cells, each with its label or the label of the number above it.
fn numbers(scene: &Scene) -> (Vec<f32>, Vec<String>) {
    let graph =
        scene.items().into_iter().find_map(|item| if let Item::Graph(graph) = item { Some(graph) } else { None });
    let graph = graph.expect("a drawing");
    (graph.grid.values(), graph.places.iter().map(|place| place.label.clone()).collect())
}

#[test]
fn every_number_is_that_of_the_network_written_out() {
    for f in ["linear", "sigmoid", "relu"] {
        for class in [0, 1] {
            let shown = trace(&format!("f={f}&target={}", class + 1));
            let (values, labels) = numbers(&shown.scene(0));
            assert!(values.iter().zip(GIVEN).all(|(value, given)| (f64::from(*value) - given).abs() < 1e-6));
            let at = labels.iter().position(|label| label == "L").unwrap();
            assert!((f64::from(values[at]) - loss(&GIVEN, f, class)).abs() < 1e-6);
            // The gradients come last: of both scores, w5 to w8, perhaps what the function makes, the sums, w1 to w4.
            let n = values.len();
            let first: Vec<_> = values[n - 4..].iter().map(|value| f64::from(*value)).collect();
            let second: Vec<_> = values[at + 3..at + 7].iter().map(|value| f64::from(*value)).collect();
            for i in 0..4 {
                assert!((first[i] - slope(2 + i, f, class)).abs() < 1e-6, "w{} {f} {class}", i + 1);
                assert!((second[i] - slope(8 + i, f, class)).abs() < 1e-6, "w{} {f} {class}", i + 5);
            }
        }
    }
}

fn rows(link: &str) -> Vec<Vec<String>> {
    let scene = trace(link).scene(0);
    let table = scene
        .items()
        .into_iter()
        .find_map(|item| if let Item::Table(table) = item { Some(table.rows.clone()) } else { None });
    table.unwrap()
}

fn number(text: &str) -> f64 {
    text.replace('−', "-").replace('+', "").parse().unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn the_lectures_question_is_answered_by_trying_and_the_gradient_foretold_it() {
    for (class, f) in [(0, "linear"), (1, "linear"), (0, "sigmoid")] {
        let rows = rows(&format!("f={f}&target={}", class + 1));
        let at = |w5: f64| {
            let mut given = GIVEN;
            given[8] = w5;
            loss(&given, f, class)
        };
        for (row, w5) in rows.iter().zip([0.5999, 0.6, 0.6001]) {
            assert_eq!(row[0], format!("w5 = {w5}"));
            // The weight is one of single precision: 0.6 is 0.60000002.
            assert!((number(&row[1]) - at(w5)).abs() < 2e-8, "{row:?}: {}", at(w5));
        }
        for row in [&rows[0], &rows[2]] {
            let [change, foretold] = [2, 3].map(|i: usize| number(&row[i]));
            assert!(change != 0.0 && (change / foretold - 1.0).abs() < 1e-2, "{row:?}");
        }
        // One of the two lowers the loss: the one against the sign of the gradient.
        let lower = if slope(8, f, class) < 0.0 { &rows[2] } else { &rows[0] };
        assert!(number(&lower[2]) < 0.0);
        assert_eq!(class == 0, rows[2] == *lower, "more of w5 helps the first output");
    }
}

#[test]
fn an_update_lowers_the_loss_and_all_weights_together_lower_it_more() {
    let rows = rows("rate=0.5");
    let gradient: Vec<_> = (2..14).map(|at| slope(at, "linear", 0)).collect();
    let mut one = GIVEN;
    one[8] -= 0.5 * gradient[6];
    assert!((number(&rows[3][1]) - loss(&one, "linear", 0)).abs() < 1e-6);
    let mut all = GIVEN;
    all[2..].iter_mut().zip(&gradient).for_each(|(w, g)| *w -= 0.5 * g);
    assert!((number(&rows[4][1]) - loss(&all, "linear", 0)).abs() < 1e-6, "{rows:?}");
    let losses: Vec<_> = rows.iter().map(|row| number(&row[1])).collect();
    assert!(losses[4] < losses[3] && losses[3] < losses[1]);
}

#[test]
fn a_large_step_leaves_the_straight_line() {
    let miss = |step: &str| {
        let row = rows(&format!("step={step}")).remove(2);
        (number(&row[2]) / number(&row[3]) - 1.0).abs()
    };
    assert!(miss("1e-2") < 0.01 && miss("1") > 0.05);
}

#[test]
fn time_goes_forward_to_the_loss_and_then_back_to_the_first_weights() {
    let shown = trace("");
    let last = shown.n_moments() - 1;
    assert_eq!(last + 1, 2 + 2 + 2 + 1 + 2 + 4 + 2 + 4);
    let captions: Vec<_> = (0..=last).map(|moment| shown.scene(moment).caption).collect();
    let wanted = [
        (0, "H1"),
        (2, "O1"),
        (4, "p1"),
        (6, "L,"),
        (7, "Gradient of O1"),
        (9, "Gradient of w5"),
        (13, "Gradient of H1"),
        (18, "Gradient of w4"),
    ];
    for (moment, begin) in wanted {
        assert!(captions[moment].starts_with(begin), "{moment}: {}", captions[moment]);
    }
    assert!(captions.iter().all(|caption| !caption.contains('⟦') && !caption.contains('{')));
    assert!(words::find("backprop.title").is_some());
}

#[test]
fn a_weight_lights_its_paths_to_the_loss_and_back() {
    let shown = trace("");
    let scene = shown.scene(18);
    let (_, labels) = numbers(&scene);
    let cell = |name: &str| labels.iter().position(|label| label == name).unwrap();
    let lit = |name: &str| shown.linked(18, Spot::new("network", cell(name)));
    let has = |lit: &[Spot], name: &str| lit.contains(&Spot::new("network", cell(name)));
    // w5 goes from H1 into O1 alone; w1 through H1 into both outputs.
    let (one, two) = (lit("w5"), lit("w1"));
    assert!(has(&one, "O1") && has(&one, "L") && !has(&one, "O2"), "{one:?}");
    assert!(has(&two, "H1") && has(&two, "O1") && has(&two, "O2") && has(&two, "L") && !has(&two, "H2"), "{two:?}");
    // Its gradient is the last but three.
    assert!(two.contains(&Spot::new("network", labels.len() - 4)));
    // An equation's terms stand at numbers of the drawing.
    let equation = scene.equation.unwrap();
    assert!(equation.terms.iter().all(|term| term.spot.is_some_and(|spot| spot.grid == "network")));
}
