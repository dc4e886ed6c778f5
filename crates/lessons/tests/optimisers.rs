//! The chapter of optimisers against the rules as their papers and PyTorch write them, in double precision.

use receptive_lessons::chapters::optimisers::CHAPTER;
use receptive_lessons::scene::{Item, Scene, Spot, Surface};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::{Network, Unavailable, WeightStep, World};
use receptive_lessons::{Trace, four_digits};
use receptive_nn::{Inspection, Optimiser, Origin, Preset, Rule};
use std::rc::Rc;

const RULES: [&str; 11] =
    ["sgd", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamax", "nadam", "amsgrad", "adamw"];

fn settings(link: &str) -> Settings {
    let pairs = link.split('&').filter_map(|pair| pair.split_once('='));
    pairs.fold(CHAPTER.settings(), |settings, (key, value)| settings.with(key, value))
}

fn trace(link: &str) -> Box<dyn Trace> {
    (CHAPTER.trace)(&settings(link), &World::default()).unwrap_or_else(|why| panic!("{link}: {why:?}"))
}

fn surface(scene: &Scene) -> &Surface {
    let found = scene.items().into_iter().find_map(|item| match item {
        Item::Surface(surface) => Some(surface),
        _ => None,
    });
    found.expect("a surface")
}

fn unspaced(text: &str) -> String {
    text.split_whitespace().collect()
}

/// What the chapter prints of the next weight.
fn printed_weight(scene: &Scene) -> String {
    let formula = scene.formulas.iter().find(|formula| formula.name == "weight").expect("the next weight");
    unspaced(formula.plain().rsplit('≈').next().unwrap_or_default())
}

/// A rule on one weight: its state, and its step.
#[derive(Default, Clone, Copy)]
struct Oracle {
    a: f64,
    b: f64,
    c: f64,
    product: f64,
}

impl Oracle {
    fn step(&mut self, rule: &str, rate: f64, decay: f64, w: f64, g: f64, t: i32) -> f64 {
        let (b1, b2, eps): (f64, f64, f64) = (0.9, 0.999, 1e-8);
        let decoupled = rule == "adamw";
        let g = if decoupled { g } else { g + decay * w };
        let w = if decoupled { w - rate * decay * w } else { w };
        let (c1, c2) = (1.0 - b1.powi(t), 1.0 - b2.powi(t));
        match rule {
            "sgd" => w - rate * g,
            "momentum" => {
                self.a = 0.9 * self.a + g;
                w - rate * self.a
            }
            "nesterov" => {
                self.a = 0.9 * self.a + g;
                w - rate * (g + 0.9 * self.a)
            }
            "adagrad" => {
                self.a += g * g;
                w - rate * g / (self.a.sqrt() + 1e-10)
            }
            "rmsprop" => {
                self.a = 0.99 * self.a + 0.01 * g * g;
                w - rate * g / (self.a.sqrt() + eps)
            }
            "adadelta" => {
                self.a = 0.9 * self.a + 0.1 * g * g;
                let step = ((self.b + 1e-3) / (self.a + 1e-3)).sqrt() * g;
                self.b = 0.9 * self.b + 0.1 * step * step;
                w - rate * step
            }
            "adamax" => {
                self.a = b1 * self.a + (1.0 - b1) * g;
                self.b = (b2 * self.b).max(g.abs() + eps);
                w - rate / c1 * self.a / self.b
            }
            _ => {
                self.a = b1 * self.a + (1.0 - b1) * g;
                self.b = b2 * self.b + (1.0 - b2) * g * g;
                self.c = self.c.max(self.b);
                match rule {
                    "nadam" => {
                        let mu = |t: i32| b1 * (1.0 - 0.5 * 0.96_f64.powf(0.004 * f64::from(t)));
                        self.product = if t == 1 { mu(1) } else { self.product * mu(t) };
                        let root = (self.b / c2).sqrt() + eps;
                        let along = (1.0 - mu(t)) / (1.0 - self.product) * g;
                        w - rate * (along + mu(t + 1) / (1.0 - self.product * mu(t + 1)) * self.a) / root
                    }
                    "amsgrad" => w - rate * (self.a / c1) / ((self.c / c2).sqrt() + eps),
                    _ => w - rate * (self.a / c1) / ((self.b / c2).sqrt() + eps),
                }
            }
        }
    }
}

fn gradient(shape: &str, [x, y]: [f64; 2]) -> [f64; 2] {
    match shape {
        "bowl" => [x, 15.0 * y],
        "valley" => [-2.0 * (1.0 - x) - 40.0 * x * (y - x * x), 20.0 * (y - x * x)],
        _ => [x, y * y * y - y],
    }
}

fn rate(rule: &str) -> f64 {
    match rule {
        "sgd" => 0.05,
        "momentum" | "nesterov" => 0.02,
        "adagrad" => 0.5,
        "adadelta" => 1.0,
        "rmsprop" => 0.03,
        _ => 0.15,
    }
}

#[test]
fn every_rule_goes_the_way_of_its_formula() {
    for (shape, decay) in [("bowl", 0.0), ("valley", 0.0), ("saddle", 0.2)] {
        for rule in RULES {
            let trace = trace(&format!("rule={rule}&surface={shape}&pull={decay}"));
            let scene = trace.scene(usize::MAX);
            let points = surface(&scene).paths[0].points.clone();
            let mut at = [points[0][0], points[0][1]].map(f64::from);
            let mut oracles = [Oracle::default(); 2];
            // An error grows where a rule is thrown about: the first steps prove the formula.
            for (step, point) in points.iter().enumerate().take(15) {
                let what = format!("{rule} on the {shape}, step {step}");
                for (got, want) in [(point[0], at[0]), (point[1], at[1])] {
                    assert!((f64::from(got) - want).abs() <= 1e-4 * (1.0 + want.abs()), "{what}: {got}, not {want}");
                }
                let g = gradient(shape, at);
                for i in 0..2 {
                    at[i] = oracles[i].step(rule, rate(rule), decay, at[i], g[i], step as i32 + 1);
                }
            }
        }
    }
}

#[test]
fn the_printed_next_weight_is_the_next_point_of_the_path() {
    for rule in RULES {
        for (axis, i) in [("first", 0), ("second", 1)] {
            let trace = trace(&format!("rule={rule}&axis={axis}&pull=0.1"));
            for moment in [0, 1, 7, 20] {
                let scene = trace.scene(moment);
                let next = surface(&scene).paths[0].points[moment + 1][i];
                assert_eq!(printed_weight(&scene), four_digits(next), "{rule}, {axis}, {moment}");
            }
        }
        assert!(trace(&format!("rule={rule}")).scene(usize::MAX).formulas.is_empty(), "{rule}: no step leaves the end");
    }
}

#[test]
fn what_a_rule_remembers_is_printed_as_the_table_shows_it_a_step_later() {
    for (rule, name, column) in [("momentum", "velocity", 3), ("adam", "square", 4), ("adamax", "largest", 4)] {
        let trace = trace(&format!("rule={rule}"));
        let formulas = trace.scene(2).formulas;
        let printed = formulas.iter().find(|formula| formula.name == name).expect("what is remembered").plain();
        let scene = trace.scene(3);
        let table = scene.items().into_iter().find_map(|item| match item {
            Item::Table(table) => Some(table.clone()),
            _ => None,
        });
        let shown = table.expect("a table").rows[3][column].clone();
        assert!(unspaced(&printed).ends_with(&format!("≈{shown}")), "{rule}: {printed}, and then {shown}");
    }
}

#[test]
fn a_rule_that_runs_away_stops_and_the_others_go_on() {
    let trace = trace("show=race&rule=sgd&times=4");
    let scene = trace.scene(usize::MAX);
    let paths = &surface(&scene).paths;
    assert_eq!(paths.len(), 5);
    assert!(paths[0].points.len() < 30 && paths[1..].iter().all(|path| path.points.len() == 61));
    assert!(scene.caption.contains("SGD ran away and stopped after step"), "{}", scene.caption);
    let told = trace.describe(60, Spot::new("race", 0));
    assert!(told.contains("ran away"), "{told}");
    let limit = f64::from(paths[0].points[paths[0].points.len() - 2][2]);
    assert!(limit < 1e4 && paths[0].points.last().unwrap()[2] > 1e4);
}

#[test]
fn in_front_is_the_rule_with_the_least_loss() {
    for team in ["mixed", "velocity", "sizes", "adams"] {
        for shape in ["bowl", "valley", "saddle"] {
            let trace = trace(&format!("show=race&team={team}&surface={shape}"));
            for moment in [5, 60] {
                let scene = trace.scene(moment);
                let losses = surface(&scene).paths.iter().map(|path| (path.known().last().unwrap()[2], &path.title));
                let (_, best) = losses.min_by(|one, other| one.0.total_cmp(&other.0)).unwrap();
                assert!(scene.caption.contains(&format!("{best} is in front")), "{team} {shape}: {}", scene.caption);
            }
        }
    }
}

#[test]
fn a_step_of_the_network_in_the_lab_comes_to_its_weight_by_the_networks_own_rule() {
    let network = |preset: Preset| Network {
        spec: preset.spec(),
        origin: Origin::Run { iteration: 12 },
        values: Inspection::default(),
    };
    let of = |world: &World| (CHAPTER.trace)(&settings("show=lab&net-layer=2&channel=3&net-weight=7"), world);
    for key in RULES {
        let mut optimiser = Optimiser::from_key(key).expect("a rule");
        if let Rule::Adadelta { epsilon, .. } = &mut optimiser.rule {
            *epsilon = 1e-3;
        }
        let (rate, decay) = (0.0125, 0.1);
        optimiser.weight_decay = decay;
        let (mut oracle, mut w) = (Oracle::default(), 0.3);
        for (i, gradient) in [-0.2, 0.05, 0.001_5].into_iter().enumerate() {
            let (before, was) = (oracle, w);
            w = oracle.step(key, f64::from(rate), f64::from(decay), w, gradient, i as i32 + 1);
            let moments = |oracle: Oracle| {
                let mut all = [oracle.a, oracle.b, oracle.c].map(|moment| moment as f32);
                all[optimiser.n_moments()..].fill(0.0);
                all
            };
            let step = WeightStep {
                tensor: "conv 2.weight".into(),
                at: [2, 6],
                iteration: i as u32 + 1,
                learning_rate: rate,
                gradient_scale: 1.0,
                optimiser,
                weight: [was as f32, w as f32],
                gradient: gradient as f32,
                memory: [moments(before), moments(oracle)],
            };
            let network = Some(Rc::new(network(Preset::Small)));
            let world = World { network, step: Some(Rc::new(step)), ..World::default() };
            let scene = of(&world).unwrap_or_else(|why| panic!("{key}: {why:?}")).scene(0);
            assert_eq!(printed_weight(&scene), four_digits(w as f32), "{key}, step {}", i + 1);
            assert!(
                scene.caption.contains("conv 2") && scene.caption.contains(&four_digits(gradient as f32)),
                "{}",
                scene.caption
            );
            let rate_shown =
                scene.formulas.iter().find(|formula| formula.name == "weight").expect("the weight").plain();
            assert!(rate_shown.contains("0.0125") || rate_shown.contains("0.01250"), "{key}: {rate_shown}");
        }
    }
    let alone = World { network: Some(Rc::new(network(Preset::Small))), ..World::default() };
    assert_eq!(of(&alone).err(), Some(Unavailable::Network), "the step is on its way");
}
