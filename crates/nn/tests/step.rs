//! A step that is over: its tensors are what the step computed, and one image's gradients make its weights' gradients up.

use receptive_core::Rng;
use receptive_nn::{
    CpuEngine, Draw, Optimiser, OptimiserState, Parameters, Program, Purpose, Spec, StepInspector, StepTensors, Trained,
};

const N: usize = 3;
/// The images of the batch that these three are of.
const BATCH: usize = 6;
const RATE: f32 = 0.05;

struct Step {
    spec: Spec,
    rule: Optimiser,
    images: Vec<f32>,
    before: (Parameters, OptimiserState),
    after: (Parameters, OptimiserState),
    gradient: Vec<f32>,
    /// The factor that clipping gave it.
    scale: f32,
    engine: CpuEngine,
}

const LABELS: [u8; N] = [1, 0, 2];
const DRAW: Draw = Draw { key: 7, first_image: 2 };

/// The second of two steps, with everything kept.
fn step(text: &str, rule: Optimiser) -> Step {
    let spec = Spec::read(text).unwrap();
    let mut rng = Rng::new(3);
    let images: Vec<f32> = (0..N * spec.input.iter().product::<usize>()).map(|_| rng.uniform()).collect();
    let parameters = Parameters::init(&spec, 3).unwrap();
    let memory = OptimiserState::new(rule, &parameters);
    let mut after = (parameters, memory);
    let mut before = after.clone();
    let mut engine = CpuEngine::new(Program::compile(&spec, N, Purpose::Inspect(rule)).unwrap());
    let mut gradient = vec![f32::NAN; after.0.len()];
    let mut scale = 1.0;
    for _ in 0..2 {
        before.clone_from(&after);
        engine.set_draw(DRAW);
        engine.gradients(&after.0, &images, &LABELS);
        engine.write_gradients(1.0, &mut gradient);
        scale = after.1.step(engine.program(), &mut after.0, &gradient, RATE);
    }
    Step { spec, rule, images, before, after, gradient, scale, engine }
}

#[test]
fn the_account_of_a_step_is_what_moved_each_weight() {
    let decayed = Optimiser::ALL.map(|usual| Optimiser { weight_decay: 0.25, max_norm: Some(0.1), ..usual });
    for rule in Optimiser::ALL.into_iter().chain(decayed) {
        let Step { before, after, gradient, scale, .. } = step("6x6x1:c2x3,f,d3", rule);
        assert_eq!(scale < 1.0, rule.max_norm.is_some(), "{rule:?}");
        let (mut n_moved, mut place) = (0, 0);
        for (i, (was, is)) in before.0.tensors().iter().zip(after.0.tensors()).enumerate() {
            for (at, (was, is)) in was.values.iter().zip(&is.values).enumerate() {
                let moments = |side: &(Parameters, OptimiserState)| {
                    [0, 1, 2].map(|moment| side.1.slots(i).get(moment).map_or(0.0, |row| row[at]))
                };
                let account =
                    rule.account(2, [RATE, scale], [*was, gradient[place]], moments(&before), moments(&after));
                let moved = account.top / account.root.map_or(1.0, |root| root + account.epsilon);
                let want = account.kept - RATE * moved;
                assert!((is - want).abs() <= 1e-6, "{rule:?}: {is}, not {want}");
                n_moved += usize::from(was != is);
                place += 1;
            }
        }
        assert!(n_moved > 20, "{rule:?}: {n_moved} moved");
    }
}

#[test]
fn clipping_shortens_the_whole_gradient_and_keeps_its_direction() {
    let free = step("6x6x1:c2x3,f,d3", Optimiser::SGD);
    let norm = free.gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
    let half = Optimiser { max_norm: Some(norm / 2.0), ..Optimiser::SGD };
    let mut weights = free.before.0.clone();
    let mut memory = OptimiserState::new(half, &weights);
    let program = Program::compile(&free.spec, N, Purpose::Training(half)).unwrap();
    let scale = memory.step(&program, &mut weights, &free.gradient, RATE);
    assert!((scale - 0.5).abs() < 1e-5, "{scale}");
    for ((new, old), before) in weights.tensors().iter().zip(free.after.0.tensors()).zip(free.before.0.tensors()) {
        for ((new, old), before) in new.values.iter().zip(&old.values).zip(&before.values) {
            assert!(((new - before) - (old - before) / 2.0).abs() < 1e-6);
        }
    }
}

impl Step {
    fn tensors(&self) -> StepTensors<'_> {
        StepTensors {
            before: Trained { parameters: &self.before.0, memory: &self.before.1 },
            after: Trained { parameters: &self.after.0, memory: &self.after.1 },
            gradient: Some(&self.gradient),
        }
    }

    fn inspector(&self) -> StepInspector {
        let program = StepInspector::program(&self.spec, N, self.rule).unwrap();
        let mut inspector = StepInspector::new(&self.spec, program);
        inspector.run(&self.before.0, &self.images, &LABELS, BATCH, DRAW);
        inspector
    }
}

#[test]
fn weights_and_memory_are_there_on_both_sides_and_what_lies_between_them() {
    for rule in Optimiser::ALL {
        let step = step("6x6x2:c4x3,n,r,f,d3", rule);
        let tensors = step.tensors();
        let part = |name: &str| tensors.part(name);
        let row = |side: &(Parameters, OptimiserState), i: usize| side.0.tensors()[i].values.clone();
        let [w, mean] = ["conv 1.weight", "batch-norm 1.running mean"];
        let difference = |i: usize| -> Vec<f32> {
            row(&step.after, i).iter().zip(row(&step.before, i)).map(|(a, b)| a - b).collect()
        };
        assert_eq!(part(w), Some((w.into(), [4, 2, 3, 3], row(&step.after, 0))));
        assert_eq!(part(&format!("before {w}")).unwrap().2, row(&step.before, 0));
        assert_eq!(part(&format!("update {w}")), Some((format!("update {w}"), [4, 2, 3, 3], difference(0))));
        assert!(difference(0).iter().all(|d| *d != 0.0));
        assert_eq!(part(&format!("grad {w}")).unwrap().2, step.gradient[..72]);
        assert_eq!(part("grad conv 1.bias").unwrap().2, step.gradient[72..76]);
        assert_eq!(part("grad linear 1.bias").unwrap().2, step.gradient[step.gradient.len() - 3..]);
        assert_eq!(part(&format!("update {mean}")).unwrap().2, difference(4));
        assert_eq!(part(&format!("grad {mean}")), None, "it is not learnt");
        let rows = |from: usize, to: usize| difference(0)[from * 18..to * 18].to_vec();
        let name = |rows: &str| format!("update {w}{rows}");
        assert_eq!(part(&name("[1..3]")), Some((name("[1..3]"), [2, 2, 3, 3], rows(1, 3))));
        assert_eq!(part(&name("[3..9]")), Some((name("[3..4]"), [1, 2, 3, 3], rows(3, 4))));
        assert_eq!(part("grad linear 1.weight[2..3]").unwrap().1, [1, 64, 1, 1]);
        for moment in 0..3 {
            let of = |side: &str| part(&format!("{side}moment {} {w}", moment + 1)).map(|(_, _, values)| values);
            let slot = |side: &(Parameters, OptimiserState)| side.1.slots(0).get(moment).cloned();
            assert_eq!((of(""), of("before ")), (slot(&step.after), slot(&step.before)), "{rule:?}");
            assert_eq!(of("").is_some(), moment < rule.n_moments());
        }
        for none in [
            "update conv 2.weight",
            "update ",
            "grad conv 1",
            "moment 0 conv 1.weight",
            "moment 4 conv 1.weight",
            "update conv 1.weight[strongest]",
            "update grad conv 1.weight",
            "before update conv 1.weight",
        ] {
            assert_eq!(part(none), None, "{none}");
        }
        let is_gradient = |name: &str| tensors.is_gradient(name);
        assert!(is_gradient("grad conv 1.weight") && is_gradient("grad conv 1.bias[0..2]"));
        assert!(
            !is_gradient("grad conv 1")
                && !is_gradient("update conv 1.weight")
                && !is_gradient(&format!("grad {mean}"))
        );
        let unknown = StepTensors { gradient: None, ..tensors };
        assert_eq!(unknown.part("grad conv 1.weight"), None);
    }
}

#[test]
fn one_image_meets_what_it_met_in_the_step() {
    let step = step("6x6x2:c4x3,n,r,m2,o,f,d3", Optimiser::SGD);
    let inspector = step.inspector();
    for name in [
        "input",
        "conv 1",
        "batch-norm 1 normalised",
        "relu 1",
        "max-pool 1",
        "dropout 1",
        "linear 1",
        "probabilities",
        "losses",
    ] {
        let want = step.engine.named(name).unwrap();
        for image in 0..N {
            let (_, shape, values) = inspector.part(name, image).unwrap();
            assert_eq!((shape[0], shape.iter().product::<usize>()), (1, want.len() / N));
            assert_eq!(values, want[image * values.len()..(image + 1) * values.len()], "{name}");
        }
        assert_eq!(inspector.part(name, N), None, "{name}: there is no such image");
    }
    // These three are half of the batch.
    for name in ["grad conv 1", "grad max-pool 1", "grad linear 1", "grad batch-norm 1"] {
        let want = step.engine.named(name).unwrap();
        let values: Vec<f32> = (0..N).flat_map(|image| inspector.part(name, image).unwrap().2).collect();
        assert_eq!(values, want.iter().map(|value| value / 2.0).collect::<Vec<_>>(), "{name}");
        assert!(values.iter().any(|value| *value != 0.0));
    }
    assert_eq!(inspector.part("grad input", 0).unwrap().1, [1, 2, 6, 6]);
    assert_eq!(inspector.part("conv 1[1..3]", 1).unwrap().2, inspector.part("conv 1", 1).unwrap().2[16..48]);
    let (_, shape, flat) = inspector.part("flatten 1", 2).unwrap();
    assert_eq!((shape, flat), ([1, 16, 1, 1], inspector.part("dropout 1", 2).unwrap().2));
    let (_, shape, positions) = inspector.part("max-pool 1 argmax", 1).unwrap();
    let (pooled, read) = (inspector.part("max-pool 1", 1).unwrap().2, inspector.part("relu 1", 1).unwrap().2);
    assert_eq!(shape, [1, 4, 2, 2]);
    for (cell, (at, value)) in positions.iter().zip(pooled).enumerate() {
        assert_eq!(read[cell / 4 * 16 + *at as usize], value);
    }
    assert_eq!(
        inspector.part("batch-norm 1 mean", 0).map(|(_, shape, values)| (shape, values.len())),
        Some(([1, 4, 1, 1], 4))
    );
    for none in ["conv 2", "grad conv 1.weight", "grad flatten 1", "conv 1.weight", ""] {
        assert_eq!(inspector.part(none, 0), None, "{none}");
    }
}

#[test]
fn a_weights_gradient_is_the_sum_over_images_of_what_it_met_times_what_came_back() {
    let step = step("6x6x2:c4x3,r,o0.3,f,d3", Optimiser::SGD);
    let inspector = step.inspector();
    let mut sum = vec![0.0; 72];
    for image in 0..N {
        let (x, grad_y) = (inspector.part("input", image).unwrap().2, inspector.part("grad conv 1", image).unwrap().2);
        for (at, sum) in sum.iter_mut().enumerate() {
            let (k, c, r, s) = (at / 18, at / 9 % 2, at / 3 % 3, at % 3);
            for (p, q) in (0..4).flat_map(|p| (0..4).map(move |q| (p, q))) {
                *sum += f64::from(grad_y[k * 16 + p * 4 + q]) * f64::from(x[c * 36 + (p + r) * 6 + q + s]);
            }
        }
    }
    for (got, want) in sum.iter().zip(&step.gradient) {
        // Half of the batch.
        assert!((got - f64::from(*want) / 2.0).abs() < 1e-6, "{got} of {want}");
    }
    assert!(sum.iter().any(|value| value.abs() > 1e-3));
}
