//! Whole networks: a training step on the GPU beside the same step on the CPU.

use super::{Proof, Proved, Subject};
use crate::{
    close::{Tolerance, close, compare},
    fill::widen,
};
use receptive_core::ops::{Activation, Border, PadParams};
use receptive_core::{ConvParams, PoolParams, Rng};
use receptive_gpu::{Batch, Dataset, Gpu, Step, Weights};
use receptive_nn::{
    CpuEngine, Draw, Layer, Optimiser, OptimiserState, Parameters, Preset, Program, Purpose, Role, Rule, Spec,
    StepResult,
};

/// Ten steps in f32, each built on the rounding of the one before.
const TEN_STEPS: Tolerance = Tolerance { abs: 1e-6, rel: 1e-4 };
/// The error that a tensor may have after them: the length of the difference over its own.
const WEIGHTS: f64 = 1e-5;
/// Likewise when rounding opened a ReLU, or moved a maximum, on one engine alone. That is rare: of a few draws of images at
/// least one is without it, on any device.
const WEIGHTS_BEHIND_A_FLIP: f64 = 1e-2;
const DRAWS: [u64; 3] = [77, 78, 79];
/// Rounding of one layer after the other; images, weights and gradients are around 1 or less.
const THROUGH_A_NETWORK: Tolerance = Tolerance { abs: 2e-6, rel: 1e-4 };
const N_STEPS: usize = 10;
/// The key of every step's random choices.
const KEY: u32 = 7;
const INSPECT: Purpose = Purpose::Inspect(Optimiser::SGD);

pub(super) fn proofs() -> Vec<Proof> {
    let networks = [
        ("small", Preset::Small.spec(), 16),
        ("slides", Preset::Slides.spec(), 8),
        ("lenet5", Preset::Lenet5.spec(), 8),
        ("mlp", Preset::Mlp.spec(), 5),
        ("odd", odd(), 3),
        ("functions", functions(), 3),
        ("blocks", blocks(), 3),
        ("norms", norms(), 24),
    ];
    let mut proofs = Vec::new();
    for (name, spec, batch) in networks {
        let gradients = Subject::Gradients(spec.clone(), batch);
        proofs.push(Proof::of(format!("network {name} · every gradient is the CPU's"), gradients));
        let rules: &[Optimiser] = match name {
            "small" | "odd" => &Optimiser::ALL,
            "slides" | "lenet5" => &[Optimiser::SGD],
            _ => &[Optimiser::SGD, Optimiser::MOMENTUM, Optimiser::ADAM],
        };
        proofs.extend(rules.iter().map(|&rule| {
            let name = format!("network {name} · ten steps of {} are the CPU's", rule.key());
            Proof::of(name, Subject::TenSteps(spec.clone(), batch, rule))
        }));
    }
    for (name, spec) in [("odd", odd()), ("rows", rows())] {
        proofs.extend(Optimiser::ALL.map(|usual| {
            let key = usual.key();
            let name = format!("network {name} · ten steps of {key}, clipped and with weight decay, are the CPU's");
            let rule = Optimiser { weight_decay: 0.1, max_norm: Some(0.25), ..usual };
            Proof::of(name, Subject::TenSteps(spec.clone(), 3, rule))
        }));
    }
    proofs.push(Proof::of("network small · the same steps twice are bitwise the same", Subject::Repeated));
    proofs
}

/// Every kind of layer in an order that no preset has, on an image that is not square and fills no word.
fn odd() -> Spec {
    let conv = |kernels, size, params| Layer::Conv2d { kernels, size, params };
    let overlapping = PoolParams { window: [3, 2], stride: [2, 1], padding: [1, 0], ceil: true };
    let layers = vec![
        Layer::AvgPool2d(PoolParams { ceil: true, ..PoolParams::square(2) }),
        conv(6, [3, 2], ConvParams { stride: [1, 2], padding: [2, 0], dilation: [2, 1], groups: 3 }),
        Layer::Relu,
        Layer::MaxPool2d(overlapping),
        conv(4, [1, 1], ConvParams::default().groups(2)),
        Layer::Flatten,
        Layer::Linear { units: 9 },
        Layer::Linear { units: 7 },
    ];
    Spec { input: [3, 11, 15], layers }
}

/// The fewest shaders that have weights to clip and to move.
fn rows() -> Spec {
    Spec { input: [3, 5, 7], layers: vec![Layer::Flatten, Layer::Linear { units: 9 }, Layer::Linear { units: 7 }] }
}

/// Activation functions, borders, and sums of windows.
fn functions() -> Spec {
    let conv = |kernels| Layer::Conv2d { kernels, size: [3, 3], params: ConvParams::default() };
    let layers = vec![
        Layer::Pad2d(PadParams { before: [1, 2], after: [0, 1], border: Border::Reflect }),
        conv(4),
        Layer::Activation(Activation::Tanh),
        Layer::Pad2d(PadParams::even([1, 1], Border::Replicate)),
        conv(5),
        Layer::Activation(Activation::Elu { alpha: 1.5 }),
        Layer::SumPool2d(PoolParams { window: [3, 2], stride: [2, 2], padding: [1, 0], ceil: false }),
        Layer::Flatten,
        Layer::Linear { units: 8 },
        Layer::Activation(Activation::Sigmoid),
        Layer::Linear { units: 7 },
    ];
    Spec { input: [2, 9, 8], layers }
}

/// Branches of every kind of join, in each other.
fn blocks() -> Spec {
    let text =
        "9x8x3:c4x3p1,r,add(c4x3p1,r,c4x3p1;),r,cat(m2;w2s2;a2),add(c6x1;c6x1,r;c6x3p1,t),mul(;v,f,d3,t,d6,g),v,f,d7";
    Spec::read(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Batch normalisation on maps and on rows, and dropout.
fn norms() -> Spec {
    // A bias right before a batch norm has no gradient but rounding: none stands there. Nor a rectifier before one of
    // rows: where it is dead, the batch norm divides by next to nothing.
    let text = "9x8x3:c4x3p1,r,n,add(c4x3p1,t,n;),a2,o0.3,f,d9,t,n,o,d7";
    Spec::read(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Images and classes, and what both engines start from.
struct Setting {
    spec: Spec,
    batch: usize,
    image_len: usize,
    pixels: Vec<u8>,
    classes: Vec<u8>,
    parameters: Parameters,
}

impl Setting {
    fn new(spec: &Spec, batch: usize, draw: u64) -> Proved<Self> {
        let (n_images, image_len) = (3 * batch, spec.input.iter().product::<usize>());
        let n_classes = Program::compile(spec, batch, Purpose::Inference)?.n_classes() as u32;
        let mut rng = Rng::new(draw);
        Ok(Self {
            spec: spec.clone(),
            batch,
            image_len,
            pixels: (0..n_images * image_len).map(|_| rng.below(256) as u8).collect(),
            classes: (0..n_images).map(|_| rng.below(n_classes) as u8).collect(),
            parameters: Parameters::init(spec, 5)?,
        })
    }

    /// The images of a step, in an order that no other step has.
    fn picks(&self, step: usize) -> Vec<u32> {
        (0..self.batch).map(|i| ((i * 7 + step * 5) % self.classes.len()) as u32).collect()
    }

    fn batch_of(&self, step: usize) -> (Vec<f32>, Vec<u8>) {
        let (mut x, mut targets) = (vec![f32::NAN; self.batch * self.image_len], vec![0; self.batch]);
        let picks = self.picks(step);
        receptive_gpu::twins::gather_batch(&mut x, &mut targets, &self.pixels, &self.classes, &picks);
        (x, targets)
    }

    async fn record(&self, gpu: &Gpu, purpose: Purpose) -> Proved<(Step, Weights)> {
        let dataset = Dataset::new(gpu, self.classes.len(), self.image_len)?;
        // In two pieces, as data arrives.
        let first = self.classes.len() / 2;
        dataset.write(gpu, first, &self.pixels[first * self.image_len..], &self.classes[first..]);
        dataset.write(gpu, 0, &self.pixels[..first * self.image_len], &self.classes[..first]);
        let weights = Weights::new(gpu, &self.parameters)?;
        let program = Program::compile(&self.spec, self.batch, purpose)?;
        Ok((Step::record(gpu, program, &weights, &dataset).await?, weights))
    }

    /// Takes ten steps on the GPU, five at a time. Returns their results, and the weights after them.
    async fn train(
        &self,
        gpu: &Gpu,
        (step, weights): &mut (Step, Weights),
        learning_rate: f32,
    ) -> Proved<(Vec<StepResult>, Vec<Vec<f32>>)> {
        let picks: Vec<_> = (0..N_STEPS).map(|i| self.picks(i)).collect();
        let mut found = Vec::new();
        for picks in picks.chunks(N_STEPS / 2) {
            let batches: Vec<_> = picks.iter().map(|picks| Batch { picks, learning_rate, key: KEY }).collect();
            found.extend(step.submit(&batches).await?);
        }
        Ok((found, weights.read(gpu).await?))
    }
}

pub(super) async fn gradients_agree(gpu: &Gpu, spec: &Spec, batch: usize) -> Proved {
    let setting = Setting::new(spec, batch, DRAWS[0])?;
    let (mut step, _) = setting.record(gpu, INSPECT).await?;
    let (x, targets) = setting.batch_of(4);
    let mut engine = CpuEngine::new(Program::compile(spec, batch, INSPECT)?);
    engine.set_draw(Draw { key: KEY, first_image: 0 });
    let wanted = engine.gradients(&setting.parameters, &x, &targets);
    // Whatever the step leaves behind of another batch must not be seen; a rate of 0 keeps the weights.
    let (other, picks) = (setting.picks(0), setting.picks(4));
    let batches = [&other, &picks].map(|picks| Batch { picks, learning_rate: 0.0, key: KEY });
    let found = step.submit(&batches).await?;
    compare("mean loss", &[found[1].loss], &[f64::from(wanted.loss)], THROUGH_A_NETWORK)?;
    if found[1].n_correct != wanted.n_correct {
        return Err(format!("{} hits where {} were wanted", found[1].n_correct, wanted.n_correct).into());
    }
    let mut n_compared = 0;
    // Positions of maxima are whole numbers; where they differ, so do the gradients.
    for buffer in engine.program().buffers().iter().filter(|buffer| buffer.role != Role::Argmax) {
        let want = engine.named(&buffer.name).ok_or_else(|| format!("the CPU keeps no {}", buffer.name))?;
        let got = step.read(&buffer.name).ok_or_else(|| format!("no {}", buffer.name))?;
        compare(&buffer.name, &got.await?, &widen(want), THROUGH_A_NETWORK)?;
        n_compared += 1;
    }
    // Images, two loss buffers, and for each layer its values and their gradient at least.
    if n_compared < 3 + 2 * (spec.layers.len() - 1) { Err("hardly anything was compared".into()) } else { Ok(()) }
}

pub(super) async fn trajectories_agree(gpu: &Gpu, spec: &Spec, batch: usize, rule: Optimiser) -> Proved {
    let mut flips = Vec::new();
    for draw in DRAWS {
        let (off, name) = distance_after_ten_steps(gpu, spec, batch, rule, draw).await?;
        match off {
            ..=WEIGHTS => return Ok(()),
            ..=WEIGHTS_BEHIND_A_FLIP => flips.push(format!("{name} is off by {off:.1e}")),
            _ => return Err(format!("{name} is off by {off:.1e} of its length").into()),
        }
    }
    Err(format!("with any images: {}", flips.join(", ")).into())
}

/// The largest error of a tensor, and its name.
async fn distance_after_ten_steps(
    gpu: &Gpu,
    spec: &Spec,
    batch: usize,
    rule: Optimiser,
    draw: u64,
) -> Proved<(f64, String)> {
    let learning_rate = match rule.rule {
        Rule::Sgd | Rule::Momentum { .. } | Rule::Nesterov { .. } => 0.02,
        Rule::Adadelta { .. } => 1.0,
        Rule::RmsProp { .. } => 1e-4,
        _ => 1e-3,
    };
    let setting = Setting::new(spec, batch, draw)?;
    let mut recorded = setting.record(gpu, Purpose::Training(rule)).await?;
    let (found, weights) = setting.train(gpu, &mut recorded, learning_rate).await?;
    let mut parameters = setting.parameters.clone();
    let mut engine = CpuEngine::new(Program::compile(spec, batch, Purpose::Training(rule))?);
    engine.set_draw(Draw { key: KEY, first_image: 0 });
    let mut state = OptimiserState::new(rule, &parameters);
    let mut wanted = Vec::new();
    for step in 0..N_STEPS {
        let (x, targets) = setting.batch_of(step);
        wanted.push(engine.train_step(&mut parameters, &mut state, &x, &targets, learning_rate));
    }
    let losses = |results: &[StepResult]| results.iter().map(|result| result.loss).collect::<Vec<_>>();
    let wanted_losses = widen(&losses(&wanted));
    compare("losses", &losses(&found), &wanted_losses, TEN_STEPS)?;
    if wanted_losses.windows(2).all(|pair| close(pair[0], pair[1], TEN_STEPS)) {
        return Err("the loss does not move: the test would prove nothing".into());
    }
    let mut farthest = (0.0, String::new());
    for ((tensor, got), first) in parameters.tensors().iter().zip(&weights).zip(setting.parameters.tensors()) {
        let (got, want) = (widen(got), widen(&tensor.values));
        let length = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
        let off = length(&mut got.iter().zip(&want).map(|(got, want)| got - want));
        let off = off / length(&mut want.iter().copied());
        if off.is_nan() || off > farthest.0 {
            farthest = (off, tensor.name.clone());
        }
        if tensor.values == first.values {
            return Err(format!("{} did not move: the test would prove nothing", tensor.name).into());
        }
    }
    Ok(farthest)
}

pub(super) async fn repeats(gpu: &Gpu) -> Proved {
    let setting = Setting::new(&Preset::Small.spec(), 16, DRAWS[0])?;
    let bits = |(found, weights): (Vec<StepResult>, Vec<Vec<f32>>)| {
        let losses: Vec<u32> = found.iter().map(|result| result.loss.to_bits()).collect();
        (losses, weights.iter().flatten().map(|weight| weight.to_bits()).collect::<Vec<_>>())
    };
    let mut recorded = setting.record(gpu, Purpose::Training(Optimiser::SGD)).await?;
    let one = bits(setting.train(gpu, &mut recorded, 0.02).await?);
    recorded.1.write(gpu, &setting.parameters);
    let other = bits(setting.train(gpu, &mut recorded, 0.02).await?);
    if one == other { Ok(()) } else { Err("two runs differ".into()) }
}
