//! Whole networks: what the CPU engine finds for one batch, against the reference chained layer by layer.

use libtest_mimic::{Failed, Trial};
use receptive_core::ops::{Activation, Border, PadParams};
use receptive_core::{ConvParams, PoolParams};
use receptive_nn::{CpuEngine, Layer, LayerGeometry, Optimiser, Parameters, Preset, Program, Purpose, Spec};
use receptive_tests::{
    close::{Tolerance, compare},
    fill::{Fill, Kind, widen},
    op::{Arguments, Op, result},
    reference,
};

/// Rounding of one layer after the other; images, weights and gradients are around 1 or less.
const THROUGH_A_NETWORK: Tolerance = Tolerance { abs: 1e-5, rel: 1e-4 };

pub(super) fn trials() -> Vec<Trial> {
    let presets = Preset::ALL.into_iter().map(|preset| (preset.key(), preset.spec()));
    presets
        .chain([("odd", odd()), ("functions", functions())])
        .map(|(name, spec)| Trial::test(format!("network {name} · losses and every gradient"), move || agrees(&spec)))
        .collect()
}

/// Every kind of layer in an order that no preset has, on an image that is not square.
fn odd() -> Spec {
    let conv = |kernels, size, params| Layer::Conv2d { kernels, size, params };
    let overlapping = PoolParams { window: [3, 2], stride: [2, 1], padding: [1, 0], ceil: true };
    let layers = vec![
        Layer::AvgPool2d(PoolParams { ceil: true, ..PoolParams::square(2) }),
        conv(6, [3, 2], ConvParams { stride: [1, 2], padding: [2, 0], dilation: [2, 1], groups: 3 }),
        Layer::Relu,
        Layer::Relu,
        Layer::MaxPool2d(overlapping),
        conv(4, [1, 1], ConvParams::default().groups(2)),
        Layer::Flatten,
        Layer::Flatten,
        Layer::Linear { units: 9 },
        Layer::Linear { units: 7 },
    ];
    Spec { input: [3, 11, 15], layers }
}

/// Every activation function, borders, and sums of windows.
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
        Layer::Activation(Activation::LeakyRelu { slope: 0.1 }),
        Layer::Flatten,
        Layer::Linear { units: 8 },
        Layer::Activation(Activation::Sigmoid),
        Layer::Linear { units: 6 },
        Layer::Activation(Activation::Maxout { lines: [[-0.5, 0.5], [1.0, -1.0]] }),
        Layer::Activation(Activation::Rbf { centre: 0.5, epsilon: 0.7 }),
        Layer::Linear { units: 7 },
    ];
    Spec { input: [2, 9, 8], layers }
}

/// The operation of a layer with this geometry. Flattening is none.
fn operation(geometry: &LayerGeometry, len: usize) -> Option<Op> {
    Some(match geometry {
        LayerGeometry::Conv2d(geom) => Op::Conv2d(*geom),
        LayerGeometry::MaxPool2d(geom) => Op::MaxPool2d(*geom),
        LayerGeometry::AvgPool2d(geom) | LayerGeometry::GlobalAvgPool(geom) => Op::AvgPool2d(*geom),
        LayerGeometry::SumPool2d(geom) => Op::SumPool2d(*geom),
        LayerGeometry::Pad2d(geom) => Op::Pad2d(*geom),
        LayerGeometry::Linear(geom) => Op::Linear(*geom),
        LayerGeometry::Activation(f) => Op::Activation { f: *f, len },
        LayerGeometry::Relu => Op::Relu { len },
        LayerGeometry::Flatten
        | LayerGeometry::Join(_)
        | LayerGeometry::BatchNorm(_)
        | LayerGeometry::Dropout { .. } => return None,
    })
}

fn agrees(spec: &Spec) -> Result<(), Failed> {
    const N: usize = 3;
    let parameters = with_biases(Parameters::init(spec, 21)?);
    let n_classes = Program::compile(spec, N, Purpose::Inspect(Optimiser::SGD))?.n_classes();
    let targets: Vec<u8> = (0..N).map(|i| (i * 4 % n_classes) as u8).collect();
    let images = Fill { shape: vec![], seed: 22, kind: Kind::Normal }.values(N * spec.input.iter().product::<usize>());

    // Forward: every layer with what came into it.
    let mut x = widen(&images);
    let mut chain: Vec<(String, Op, Arguments<f64>)> = Vec::new();
    for (name, (geometry, _)) in spec.names().into_iter().zip(spec.geometries(N)?) {
        let Some(op) = operation(&geometry, x.len()) else { continue };
        let mut inputs = vec![x];
        for role in ["weight", "bias"] {
            inputs.extend(parameters.get(&format!("{name}.{role}")).map(|tensor| widen(&tensor.values)));
        }
        x = reference::forward(&op, &inputs);
        chain.push((name, op, Arguments { inputs, grad_y: Vec::new() }));
    }
    let logits = Arguments { inputs: vec![x], grad_y: Vec::new() };
    let loss = reference::run(&Op::SoftmaxCrossEntropy { n_classes, targets: targets.clone() }, &logits);

    let mut engine = CpuEngine::new(Program::compile(spec, N, Purpose::Inspect(Optimiser::SGD))?);
    // A first batch of other images: nothing of it may remain.
    engine.gradients(&parameters, &vec![f32::NAN; images.len()], &targets);
    let step = engine.gradients(&parameters, &images, &targets);
    compare("losses", engine.losses(), result(&loss, "losses"), THROUGH_A_NETWORK)?;
    compare("probabilities", engine.probabilities(), result(&loss, "p"), THROUGH_A_NETWORK)?;
    let mean = result(&loss, "losses").iter().sum::<f64>() / N as f64;
    compare("mean loss", &[step.loss], &[mean], THROUGH_A_NETWORK)?;

    // Backward: every gradient from the loss to the first layer.
    let mut grad_y = result(&loss, "grad_z").to_vec();
    for (i, (name, op, mut arguments)) in chain.into_iter().enumerate().rev() {
        arguments.grad_y = grad_y;
        let got = |what: &str| engine.named(what).ok_or(format!("the engine has no {what}"));
        compare(&format!("grad {name}"), got(&format!("grad {name}"))?, &arguments.grad_y, THROUGH_A_NETWORK)?;
        let results = reference::run(&op, &arguments);
        for (gradient, role) in [("grad_w", "weight"), ("grad_b", "bias")] {
            if op.gradients().contains(&gradient) {
                let what = format!("grad {name}.{role}");
                compare(&what, got(&what)?, result(&results, gradient), THROUGH_A_NETWORK)?;
            }
        }
        grad_y = result(&results, "grad_x").to_vec();
        if i == 0 && !grad_y.iter().any(|g| *g != 0.0) {
            return Err("no gradient reached the images: the test would prove nothing".into());
        }
    }
    Ok(())
}

/// Biases start at zero; random ones show more.
fn with_biases(mut parameters: Parameters) -> Parameters {
    let names: Vec<String> = parameters.tensors().iter().map(|tensor| tensor.name.clone()).collect();
    for (name, seed) in names.iter().filter(|name| name.ends_with("bias")).zip(30..) {
        if let Some(values) = parameters.values_mut(name) {
            let len = values.len();
            values.copy_from_slice(&Fill { shape: vec![], seed, kind: Kind::Normal }.values(len));
        }
    }
    parameters
}
