//! The gradients of every part against loops written from their definitions, and against finite differences.

use receptive_lessons::chapters::backprop_cnn::CHAPTER;
use receptive_lessons::scene::{Item, Scene, Spot};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Digit, Network, Unavailable, World};
use receptive_lessons::{Matrix, Trace};
use receptive_nn::{
    CpuEngine, Gradient, Head, Inspection, Inspector, Optimiser, Origin, Parameters, Preset, Program, Purpose, Spec,
    Target,
};
use std::rc::Rc;

fn settings(link: &str) -> Settings {
    let pairs = link.split('&').filter_map(|pair| pair.split_once('='));
    pairs.fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value))
}

fn trace(link: &str) -> Box<dyn Trace> {
    (CHAPTER.trace)(&settings(link), &World::default()).unwrap_or_else(|why| panic!("{link}: {why:?}"))
}

fn values(scene: &Scene, grid: &str) -> Vec<f32> {
    scene.grid(grid).unwrap_or_else(|| panic!("no grid {grid}")).values()
}

fn of(link: &str, names: &[&str]) -> Vec<Vec<f32>> {
    let scene = trace(link).scene(0);
    names.iter().map(|name| values(&scene, name)).collect()
}

#[test]
fn the_gradient_of_a_score_is_its_probability_less_one_for_the_true_class() {
    for class in 0..3 {
        let found = of(&format!("part=error&target={class}"), &["scores", "gradient"]);
        let total: f64 = found[0].iter().map(|z| f64::from(*z).exp()).sum();
        for (i, z) in found[0].iter().enumerate() {
            let want = f64::from(*z).exp() / total - f64::from(u8::from(i == class));
            assert!((f64::from(found[1][i]) - want).abs() < 1e-6, "{class} {i}");
        }
    }
}

#[test]
fn gradients_of_weights_kernels_and_biases_are_sums_over_what_they_met() {
    let found = of("part=weight", &["input", "upstream", "gradient"]);
    let outer: Vec<_> = found[1].iter().flat_map(|g| found[0].iter().map(move |x| g * x)).collect();
    assert_eq!(found[2], outer);
    let found = of("part=kernel", &["input", "upstream", "gradient"]);
    let at = |r: usize, s: usize| -> f32 { (0..9).map(|i| found[1][i] * found[0][(i / 3 + r) * 4 + i % 3 + s]).sum() };
    assert_eq!(found[2], [at(0, 0), at(0, 1), at(1, 0), at(1, 1)]);
    let found = of("part=bias", &["upstream", "gradient"]);
    assert_eq!(found[1], [found[0].iter().sum::<f32>()]);
}

#[test]
fn an_inputs_gradient_goes_through_the_turned_kernel() {
    let found = of("part=input", &["weights", "upstream", "gradient"]);
    for (cell, gradient) in found[2].iter().enumerate() {
        let [i, j] = [cell / 4, cell % 4];
        // Over the padded upstream gradient, the kernel turned by 180°.
        let turned: f32 = (0..4)
            .map(|k| {
                let [r, s] = [k / 2, k % 2];
                let up = |p: usize, q: usize| {
                    if (1..4).contains(&p) && (1..4).contains(&q) { found[1][(p - 1) * 3 + q - 1] } else { 0.0 }
                };
                found[0][3 - k] * up(i + r, j + s)
            })
            .sum();
        assert_eq!(*gradient, turned, "{i} {j}");
    }
    // A corner went into one output, the middle into four.
    let shown = trace("part=input");
    let n_terms = |cell| shown.scene(cell).equation.unwrap().terms.len();
    assert_eq!([n_terms(0), n_terms(1), n_terms(5)], [1, 2, 4]);
}

#[test]
fn gates_and_pools_route_and_share() {
    let found = of("part=relu", &["input", "upstream", "gradient"]);
    let gated: Vec<_> = found[0].iter().zip(&found[1]).map(|(x, up)| if *x > 0.0 { *up } else { 0.0 }).collect();
    assert_eq!(found[2], gated);
    let found = of("part=pool", &["input", "upstream", "gradient"]);
    for window in 0..4 {
        let cells: Vec<_> = (0..4).map(|i| (window / 2 * 2 + i / 2) * 4 + window % 2 * 2 + i % 2).collect();
        let best = *cells.iter().max_by(|a, b| found[0][**a].total_cmp(&found[0][**b])).unwrap();
        for cell in cells {
            assert_eq!(found[2][cell], if cell == best { found[1][window] } else { 0.0 });
        }
    }
    let found = of("part=pool&kind=avg", &["upstream", "gradient"]);
    let shared: Vec<_> = (0..16).map(|cell| found[0][cell / 8 * 2 + cell % 4 / 2] / 4.0).collect();
    assert_eq!(found[1], shared);
}

#[test]
fn gradients_of_two_ways_add_up() {
    let found = of("part=join", &["weights", "upstream", "through", "past", "gradient"]);
    for cell in 0..4 {
        assert_eq!(found[2][cell], found[0][0] * found[1][cell]);
        assert_eq!(found[3][cell], found[1][cell]);
        assert_eq!(found[4][cell], found[2][cell] + found[3][cell]);
    }
    let found = of("part=join&join=concat", &["weights", "upstream", "through", "past", "gradient"]);
    for cell in 0..4 {
        assert_eq!(found[2][cell], found[0][0] * found[1][cell]);
        assert_eq!(found[3][cell], found[1][4 + cell]);
        assert_eq!(found[4][cell], found[2][cell] + found[3][cell]);
    }
}

#[test]
fn a_small_change_of_an_input_changes_the_output_as_its_gradient_says() {
    // The unit after weighs the outputs by the upstream gradient: that sum is what the gradients are of.
    let sum = |scene: &Scene| -> f64 {
        values(scene, "output").iter().zip(values(scene, "upstream")).map(|(y, g)| f64::from(*y) * f64::from(g)).sum()
    };
    for link in ["part=input", "part=relu", "part=pool", "part=pool&kind=avg", "part=join", "part=join&join=concat"] {
        let before = trace(link).scene(0);
        let input = before.grid("input").unwrap();
        let matrix = Matrix::new(input.rows(), input.columns, input.values());
        for (cell, gradient) in values(&before, "gradient").into_iter().enumerate() {
            // Away from the kink of ReLU.
            if matrix.values[cell] == 0.0 && link == "part=relu" {
                continue;
            }
            let change = |by: f32| {
                sum(&trace(&format!("{link}&input={}", matrix.with(cell, matrix.values[cell] + by))).scene(0))
            };
            let slope = (change(0.25) - change(-0.25)) / 0.5;
            assert!((slope - f64::from(gradient)).abs() < 1e-4, "{link} {cell}: {slope}, not {gradient}");
        }
    }
}

#[test]
fn a_deep_plain_stack_loses_its_gradient_and_a_residual_one_keeps_it() {
    let bars = |link: &str| -> Vec<Vec<f32>> {
        let scene = trace(link).scene(0);
        let bars = scene.items().into_iter().filter_map(|item| match item {
            Item::Bars(bars) => Some(bars.bars.iter().map(|bar| bar.amount).collect()),
            _ => None,
        });
        bars.collect()
    };
    for n in [2, 6, 12] {
        let found = bars(&format!("part=depth&layers={n}"));
        assert!(found.iter().all(|norms| norms.len() == n && norms.iter().all(|norm| *norm > 0.0)), "{found:?}");
        let [plain, residual] = [0, 1].map(|i: usize| found[i][0] / found[i][n - 1]);
        assert!(plain < 0.6_f32.powi(n as i32 - 1) && residual > 0.8, "{n}: {plain} {residual}");
    }
}

#[test]
fn pointing_at_a_gradient_shows_its_value_and_the_gradients_it_comes_from() {
    let shown = trace("part=input");
    let corner = shown.linked(15, Spot::new("gradient", 0));
    assert!(corner.contains(&Spot::new("input", 0)) && corner.contains(&Spot::new("upstream", 0)));
    assert!(corner.contains(&Spot::new("weights", 0)), "the weight that it met: {corner:?}");
    assert!(!corner.contains(&Spot::new("upstream", 1)) && !corner.contains(&Spot::new("weights", 1)), "{corner:?}");
}

/// The shipped shape of network with random weights, a digit, and what a training step on it computes.
fn live() -> (World, CpuEngine) {
    live_as(&Preset::Small.spec(), 4)
}

/// The same of any network, the digit counting as this class.
fn live_as(spec: &Spec, class: u8) -> (World, CpuEngine) {
    let spec = spec.clone();
    let parameters = Parameters::init(&spec, 5).unwrap();
    let ink = |i: usize| if (6..22).contains(&(i / 28)) && (10..14).contains(&(i % 28)) { 0.8 } else { 0.0 };
    let image = Matrix::new(28, 28, (0..784).map(ink).collect::<Vec<_>>());
    let purpose = Purpose::Inspect(Optimiser::SGD);
    let program = Program::compile_for(&spec, 1, purpose, Head::CrossEntropy, &[Target::Input]).unwrap();
    let mut step = CpuEngine::new(program);
    step.gradients(&parameters, &image.values, &[class]);
    let mut inspector = Inspector::new(&spec).unwrap();
    inspector.run(&parameters, &image.values);
    let names = spec.outputs().unwrap().into_iter().map(|output| output.name);
    let names = names.chain(parameters.tensors().iter().map(|tensor| tensor.name.clone()));
    let names: Vec<_> = names.chain(["probabilities".into()]).collect();
    let tensor = |name: &String| Some((name.clone(), inspector.tensor(&parameters, name)?.1.to_vec()));
    let mut values = Inspection::of_parts(&spec, names.iter().filter_map(tensor)).unwrap();
    let gradient = |of: &String| {
        let values = step.named(&format!("grad {of}"))?.to_vec();
        let norm = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        let all = Gradient { of: of.clone(), from: 0, values };
        Some([all, Gradient { of: format!("norm {of}"), from: 0, values: vec![norm] }])
    };
    values.gradients = names.iter().chain([&"input".to_string()]).filter_map(gradient).flatten().collect();
    let world = World {
        digit: Some(Rc::new(Digit { image, name: "strokes".into(), class: Some(4) })),
        network: Some(Rc::new(Network { spec, origin: Origin::Run { iteration: 0 }, values })),
        ..World::default()
    };
    (world, step)
}

#[test]
fn live_stages_show_what_a_training_step_computes_and_its_terms_come_to_it() {
    let (world, step) = live();
    let row = |name: &str, k: usize, len: usize| step.named(name).unwrap()[k * len..][..len].to_vec();
    for (link, name, k, len) in [
        ("part=error", "grad linear 1", 0, 10),
        ("part=relu&channel=3", "grad conv 1", 2, 784),
        ("part=pool&channel=2", "grad relu 1", 1, 784),
        ("part=kernel&channel=8", "grad conv 1.weight", 7, 25),
        ("part=bias&channel=5", "grad conv 1.bias", 4, 1),
        ("part=weight&channel=7", "grad linear 1.weight", 6, 784),
        ("part=input&channel=2", "grad input", 0, 784),
    ] {
        let trace = (CHAPTER.trace)(&settings(&format!("{link}&on=digit")), &world);
        let trace = trace.unwrap_or_else(|why| panic!("{link}: {why:?}"));
        let wanted = row(name, k, len);
        assert_eq!(values(&trace.scene(0), "gradient"), wanted, "{link}");
        assert!(wanted.iter().any(|value| *value != 0.0), "{link}");
        let stage = trace.stage().unwrap();
        for moment in (0..trace.n_moments()).step_by(1 + trace.n_moments() / 20) {
            let cell = stage.focus_cell(moment);
            let sum: f32 = stage.run().terms(cell).unwrap().value(|cell| stage.run().worked_out(cell));
            let value = stage.run().value(cell);
            assert!((sum - value).abs() <= 1e-5 + 1e-4 * value.abs(), "{link} {moment}: {sum}, not {value}");
        }
    }
}

#[test]
fn a_network_without_such_a_layer_is_told_in_a_sentence() {
    let (mut world, _) = live();
    let spec = Preset::Linear.spec();
    let network = Network { spec, origin: Origin::Run { iteration: 0 }, values: Inspection::default() };
    world.network = Some(Rc::new(network));
    for part in ["relu", "pool", "kernel", "bias", "input", "join"] {
        match (CHAPTER.trace)(&settings(&format!("part={part}&on=digit")), &world) {
            Err(Unavailable::Refused(why)) => assert!(why.ends_with('.') && !why.contains('⟦'), "{why}"),
            _ => panic!("{part}: the linear network has none"),
        }
    }
}

#[test]
fn a_block_with_a_way_past_shows_both_ways_of_the_networks_own_gradient() {
    for text in ["28x28x1:c4x3p1,add(c4x3p1,r;),m2,f,d10", "28x28x1:c4x3p1,add(;c4x3p1,r,c4x1),m2,f,d10"] {
        let spec = Spec::read(text).unwrap();
        let (world, step) = live_as(&spec, 4);
        let trace = (CHAPTER.trace)(&settings("part=join&on=digit&channel=3"), &world);
        let trace = trace.unwrap_or_else(|why| panic!("{text}: {why:?}"));
        let scene = trace.scene(0);
        let map = |name: &str| step.named(name).unwrap()[2 * 784..3 * 784].to_vec();
        assert_eq!(values(&scene, "gradient"), map("grad conv 1"), "{text}");
        assert_eq!(values(&scene, "upstream"), map("grad block 1"), "{text}");
        assert_eq!(values(&scene, "past"), map("grad block 1"), "what goes past is not changed: {text}");
        let through = values(&scene, "through");
        assert!(through.iter().any(|value| *value != 0.0), "{text}");
        for (i, value) in values(&scene, "gradient").into_iter().enumerate() {
            let sum = through[i] + values(&scene, "past")[i];
            assert!((sum - value).abs() <= 1e-6 + 1e-5 * value.abs(), "{text} {i}: {sum}, not {value}");
        }
    }
}

#[test]
fn the_size_of_the_gradient_is_shown_for_every_layer_that_computes() {
    let (world, step) = live();
    let trace = (CHAPTER.trace)(&settings("part=depth&on=digit"), &world).unwrap_or_else(|why| panic!("{why:?}"));
    let scene = trace.scene(0);
    let Some(Item::Bars(bars)) = scene.items().into_iter().next() else { panic!("no bars") };
    let shown: Vec<_> = bars.bars.iter().map(|bar| (bar.label.as_str(), bar.amount)).collect();
    let names = ["conv 1", "relu 1", "max-pool 1", "conv 2", "relu 2", "max-pool 2", "linear 1"];
    assert_eq!(shown.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names);
    for (name, norm) in shown {
        let all = step.named(&format!("grad {name}")).unwrap();
        let want = all.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        assert!((f64::from(norm) - want).abs() <= 1e-5 * want && want > 0.0, "{name}: {norm}, not {want}");
    }
}

#[test]
fn small_gradients_keep_their_digits_and_a_sure_network_is_said_to_be_sure() {
    let (mut world, _) = live();
    let network = Rc::make_mut(world.network.as_mut().unwrap());
    for gradient in &mut network.values.gradients {
        gradient.values.iter_mut().for_each(|value| *value *= 1e-5);
    }
    network.values.probabilities = vec![1e-7; 10];
    network.values.probabilities[4] = 1.0;
    let texts = |link: &str| {
        let trace = (CHAPTER.trace)(&settings(link), &world).unwrap_or_else(|why| panic!("{link}: {why:?}"));
        let scene = trace.scene(7);
        let grid = scene.grid("gradient").unwrap().clone();
        let said = scene.items().into_iter().filter_map(|item| match item {
            Item::Text(text) => Some(text.clone()),
            _ => None,
        });
        (grid, scene.equation.clone().unwrap().result, scene.caption.clone(), said.collect::<Vec<_>>().join(" "))
    };
    let (grid, result, caption, said) = texts("part=kernel&on=digit");
    assert!(grid.power < -3 && grid.title.contains("10⁻"), "{} {}", grid.power, grid.title);
    let most = grid.values().iter().fold(0.0f32, |most, value| most.max(value.abs()));
    let is_lost = |(text, value): &(String, f32)| text == "0" && value.abs() > 1e-3 * most;
    let zeros = grid.texts().into_iter().zip(grid.values()).filter(is_lost).count();
    assert_eq!(zeros, 0, "{:?}", grid.texts());
    assert!(result.contains("·10⁻") && caption.contains("·10⁻"), "{result} {caption}");
    assert!(said.contains("9.00·10⁻⁷"), "{said}");
    assert!(!texts("part=kernel&on=digit&counts-as=next").3.contains("almost sure"));
}
