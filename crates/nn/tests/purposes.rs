//! The purpose of a program decides what it keeps, and changes no number.

use receptive_core::ops::{Activation, Border, PadParams};
use receptive_core::{ConvParams, PoolParams, Rng};
use receptive_nn::{
    CpuEngine, GradientInspector, Head, Layer, Optimiser, OptimiserState, Parameters, Preset, Program, Purpose, Role,
    Spec, StepResult,
};

const N: usize = 5;

/// Rectifiers after everything that they can come after, and poolings whose windows overlap.
fn odd() -> Spec {
    let conv = |kernels, params| Layer::Conv2d { kernels, size: [3, 2], params };
    let overlapping = PoolParams { window: [3, 2], stride: [2, 1], padding: [1, 0], ceil: true };
    let layers = vec![
        conv(6, ConvParams::default().padding(1)),
        Layer::Relu,
        Layer::Relu,
        Layer::MaxPool2d(overlapping),
        Layer::Relu,
        conv(4, ConvParams::default().groups(2).stride(2)),
        Layer::AvgPool2d(PoolParams { ceil: true, ..PoolParams::square(2) }),
        Layer::Activation(Activation::Elu { alpha: 0.5 }),
        Layer::Pad2d(PadParams { before: [1, 0], after: [1, 2], border: Border::Replicate }),
        Layer::SumPool2d(PoolParams { window: [2, 3], stride: [1, 2], padding: [0, 0], ceil: false }),
        Layer::Relu,
        Layer::Flatten,
        Layer::Linear { units: 9 },
        Layer::Relu,
        Layer::Linear { units: 7 },
    ];
    Spec { input: [2, 11, 15], layers }
}

/// Rectifiers that several layers read, and poolings whose gradient meets another's.
fn blocks() -> Spec {
    let text = "11x9x2:c4x3p1,r,add(c4x3p1,r,c4x3p1;),r,cat(m2;c3x1,r,m2;a2),r,mul(;v,f,d11,r),add(r;r),f,d7";
    Spec::read(text).expect("a network")
}

fn specs() -> impl Iterator<Item = (&'static str, Spec)> {
    Preset::ALL.into_iter().map(|preset| (preset.key(), preset.spec())).chain([("odd", odd()), ("blocks", blocks())])
}

fn batch(spec: &Spec, seed: u64) -> (Vec<f32>, Vec<u8>) {
    let mut rng = Rng::new(seed);
    // Zeros among the numbers, so that windows tie and rectifiers meet zero.
    let value = |rng: &mut Rng| if rng.below(3) == 0 { 0.0 } else { rng.normal() };
    let images = (0..N * spec.input.iter().product::<usize>()).map(|_| value(&mut rng)).collect();
    (images, (0..N).map(|_| rng.below(7) as u8).collect())
}

struct Run {
    engine: CpuEngine,
    parameters: Parameters,
    state: OptimiserState,
}

impl Run {
    fn new(spec: &Spec, purpose: Purpose) -> Self {
        let parameters = Parameters::init(spec, 3).expect("a network");
        let state = OptimiserState::new(Optimiser::MOMENTUM, &parameters);
        let engine = CpuEngine::new(Program::compile(spec, N, purpose).expect("a network"));
        Self { engine, parameters, state }
    }

    fn step(&mut self, (images, labels): &(Vec<f32>, Vec<u8>)) -> StepResult {
        self.engine.train_step(&mut self.parameters, &mut self.state, images, labels, 0.01)
    }

    fn weights(&self) -> Vec<u32> {
        bits(self.parameters.tensors().iter().flat_map(|tensor| &tensor.values))
    }
}

fn bits<'a>(values: impl IntoIterator<Item = &'a f32>) -> Vec<u32> {
    values.into_iter().map(|value| value.to_bits()).collect()
}

#[test]
fn training_and_inspecting_give_the_same_bits_step_after_step() {
    for (name, spec) in specs() {
        let mut training = Run::new(&spec, Purpose::Training(Optimiser::MOMENTUM));
        let mut inspecting = Run::new(&spec, Purpose::Inspect(Optimiser::MOMENTUM));
        let start = training.weights();
        for seed in 0..4 {
            let batch = batch(&spec, seed);
            let (got, want) = (training.step(&batch), inspecting.step(&batch));
            assert_eq!(
                (got.loss.to_bits(), got.n_correct),
                (want.loss.to_bits(), want.n_correct),
                "{name}, step {seed}"
            );
            for buffer in training.engine.program().buffers().iter().filter(|b| b.role == Role::ParamGradient) {
                let [got, want] = [&training, &inspecting].map(|run| run.engine.named(&buffer.name).map(bits));
                assert!(got.is_some() && got == want, "{name}, step {seed}: {}", buffer.name);
            }
            assert_eq!(training.weights(), inspecting.weights(), "{name}, step {seed}");
        }
        assert_ne!(training.weights(), start, "{name}: four steps change something");
    }
}

#[test]
fn inference_gives_the_same_bits_and_holds_no_gradient() {
    for (name, spec) in specs() {
        let mut inference = Run::new(&spec, Purpose::Inference);
        let mut inspecting = Run::new(&spec, Purpose::Inspect(Optimiser::SGD));
        for seed in 0..2 {
            let (images, labels) = batch(&spec, seed);
            let [got, want] = [&mut inference, &mut inspecting].map(|run| {
                let logits = bits(run.engine.forward(&run.parameters, &images));
                run.engine.evaluate(&run.parameters, &images, &labels);
                (logits, bits(run.engine.probabilities()), bits(run.engine.losses()))
            });
            assert_eq!(got, want, "{name}");
        }
        let program = inference.engine.program();
        assert!(program.backward().is_empty() && program.update().is_empty(), "{name}");
        assert!(program.buffers().iter().all(|b| !matches!(b.role, Role::Gradient | Role::ParamGradient)), "{name}");
    }
}

#[test]
fn each_purpose_takes_less_memory_than_the_one_that_keeps_more() {
    let n_values = |purpose| {
        let program = Program::compile(&Preset::Slides.spec(), 64, purpose).expect("a network");
        program.slots().iter().sum::<usize>()
    };
    let inspecting = n_values(Purpose::Inspect(Optimiser::SGD));
    let training = n_values(Purpose::Training(Optimiser::SGD));
    let inference = n_values(Purpose::Inference);
    assert!(training * 100 < inspecting * 65, "{training} of {inspecting}");
    assert!(inference * 2 < training, "{inference} of {training}");
}

#[test]
fn inspecting_keeps_every_buffer_and_the_others_say_what_is_gone() {
    let spec = Preset::Small.spec();
    let program = |purpose| Program::compile(&spec, N, purpose).expect("a network");
    let (inspecting, training) =
        (program(Purpose::Inspect(Optimiser::SGD)), program(Purpose::Training(Optimiser::SGD)));
    assert!(inspecting.buffers().iter().all(|buffer| inspecting.kept(&buffer.name).is_some()));
    for name in ["conv 1", "relu 2", "grad conv 1", "grad relu 1", "grad conv 2.weight", "losses"] {
        assert!(inspecting.kept(name).is_some(), "{name}");
    }
    assert!(training.kept("conv 1").is_none(), "its rectifier wrote over it");
    assert!(training.kept("grad conv 2.weight").is_some() && training.kept("probabilities").is_some());
    assert!(training.kept("no such buffer").is_none());
}

#[test]
fn gradients_of_parameters_are_those_of_a_training_step_on_the_image_alone() {
    for (name, spec) in specs() {
        let parameters = Parameters::init(&spec, 3).expect("a network");
        let n_pixels: usize = spec.input.iter().product();
        let image = &batch(&spec, 9).0[..n_pixels];
        let program = Program::compile(&spec, 1, Purpose::Inspect(Optimiser::SGD)).expect("a network");
        let mut step = CpuEngine::new(program);
        step.gradients(&parameters, image, &[3]);
        let mut inspector = GradientInspector::of_parameters(&spec, Head::CrossEntropy).expect("a network");
        inspector.run(&parameters, image, 3);
        for tensor in parameters.tensors() {
            let (found, (_, values)) = inspector.part(&tensor.name).expect("the gradient of a parameter");
            assert_eq!((&found, Some(values)), (&tensor.name, step.named(&format!("grad {found}"))), "{name}");
        }
        let (_, (shape, values)) = inspector.part("input").expect("the gradient of the image");
        assert_eq!(shape[1..], spec.input);
        assert!(values.iter().any(|value| *value != 0.0));
        assert!(inspector.part("conv 1").is_none() && inspector.part("linear 1").is_none());
    }
}
