//! Operations, forward and every gradient: the engines, and the reference too.

use libtest_mimic::{Failed, Trial};
use receptive_core::{
    ConvGeom, ConvParams, PoolGeom, PoolParams, Shape4,
    ops::{Activation, BatchNormGeom, LinearGeom},
};
use receptive_tests::{
    case::NamedLoss,
    close::{Tolerance, compare},
    engines::ENGINES,
    goldens::{Recorded, TorchOp},
    op::{Arguments, Op, Results, result},
    reference,
};
use serde_json::Value;
use std::sync::Arc;

/// Kinds of operations, with how many recordings there are: none may be lost on the way.
const OURS: &[(&str, usize)] = &[
    ("conv2d", 10),
    ("max_pool2d", 4),
    ("avg_pool2d", 4),
    ("linear", 1),
    ("relu", 1),
    ("leaky_relu_0_1", 1),
    ("elu", 1),
    ("sigmoid", 1),
    ("tanh", 1),
    ("softmax", 1),
    ("softmax_cross_entropy", 1),
    ("loss", 8),
    ("batch_norm_train", 1),
    ("batch_norm_eval", 1),
    ("global_avg_pool", 1),
];

pub(super) fn trials(ops: Vec<TorchOp>) -> Vec<Trial> {
    let counts: Vec<(String, usize)> =
        OURS.iter().map(|(kind, _)| (kind.to_string(), ops.iter().filter(|op| op.kind == *kind).count())).collect();
    let mut trials = vec![Trial::test("every recorded operation is there", move || {
        match counts.iter().zip(OURS).find(|((_, got), (_, want))| got != want) {
            None => Ok(()),
            Some(((kind, got), (_, want))) => Err(format!("{kind}: {got} recordings, want {want}").into()),
        }
    })];
    for recorded in ops {
        let recorded = Arc::new(recorded);
        for engine in ENGINES {
            let recorded = Arc::clone(&recorded);
            trials.push(Trial::test(format!("{} · {}", recorded.name, engine.name), move || {
                let op = operation(&recorded)?;
                let arguments = Arguments {
                    inputs: inputs(&recorded)?.iter().map(|input| input.narrowed()).collect(),
                    grad_y: recorded.grad_output.as_ref().map(Recorded::narrowed).unwrap_or_default(),
                };
                let results = run(&op, &arguments, engine.run);
                agree(&op, &recorded, &results, |name| op.tolerance(name).plus(RECORDED_INPUTS))
            }));
        }
        trials.push(Trial::test(format!("{} · reference", recorded.name), move || {
            let op = operation(&recorded)?;
            let arguments = Arguments {
                inputs: inputs(&recorded)?.iter().map(|input| input.data.clone()).collect(),
                grad_y: recorded.grad_output.as_ref().map(|grad| grad.data.clone()).unwrap_or_default(),
            };
            agree(&op, &recorded, &run(&op, &arguments, reference::run), |_| RECORDED_INPUTS)
        }));
    }
    trials
}

/// Runs an operation. PyTorch's batch normalisation is ours, and then a convolution of each channel by itself.
fn run<T: Clone + Default>(
    op: &Op,
    arguments: &Arguments<T>,
    run: impl Fn(&Op, &Arguments<T>) -> Results<T>,
) -> Results<T> {
    let (Op::BatchNorm(geom) | Op::BatchNormFixed { geom, .. }, [x, w, b]) = (op, &arguments.inputs[..]) else {
        return run(op, arguments);
    };
    let normalise = |grad_y| run(op, &Arguments { inputs: vec![x.clone()], grad_y });
    let normalised = result(&normalise(vec![T::default(); x.len()]), "y").to_vec();
    let kernels = Shape4::new(geom.x.c, 1, 1, 1);
    let scale =
        ConvGeom::new(geom.x, kernels, ConvParams::default().groups(geom.x.c)).expect("kernels of one cell fit");
    let inputs = vec![normalised, w.clone(), b.clone()];
    let mut results = run(&Op::Conv2d(scale), &Arguments { inputs, grad_y: arguments.grad_y.clone() });
    let grad_x = result(&normalise(result(&results, "grad_x").to_vec()), "grad_x").to_vec();
    results.retain(|(name, _)| *name != "grad_x");
    results.push(("grad_x", grad_x));
    results
}

/// Inputs have nine digits: each product is off by that, and a few hundred are summed.
const RECORDED_INPUTS: Tolerance = Tolerance { abs: 2e-7, rel: 2e-7 };

fn inputs(recorded: &TorchOp) -> Result<Vec<&Recorded>, String> {
    let names: &[&str] = if recorded.inputs.len() == 3 { &["x", "w", "b"] } else { &["x"] };
    names.iter().map(|name| recorded.inputs.get(*name).ok_or(format!("no input {name}"))).collect()
}

fn agree<T: Copy + Into<f64>>(
    op: &Op,
    recorded: &TorchOp,
    results: &Results<T>,
    tolerance: impl Fn(&str) -> Tolerance,
) -> Result<(), Failed> {
    if let Op::SoftmaxCrossEntropy { targets, .. } | Op::Loss { targets, .. } = op {
        let losses = result(results, "losses").iter().map(|&loss| loss.into());
        let mean = losses.sum::<f64>() / targets.len() as f64;
        compare("loss", &[mean], &recorded.output.data, tolerance("losses"))?;
    } else {
        compare("output", result(results, "y"), &recorded.output.data, tolerance("y"))?;
    }
    let gradients = if matches!(op, Op::BatchNorm(_) | Op::BatchNormFixed { .. }) {
        &["grad_x", "grad_w", "grad_b"]
    } else {
        op.gradients()
    };
    for (name, input) in gradients.iter().zip(["x", "w", "b"]) {
        let want = recorded.grads.get(input).ok_or(format!("no gradient of {input}"))?;
        compare(name, result(results, name), &want.data, tolerance(name))?;
    }
    Ok(())
}

fn operation(recorded: &TorchOp) -> Result<Op, Failed> {
    let shape = |name: &str| recorded.inputs.get(name).map(|x| x.shape.as_slice()).ok_or(format!("no input {name}"));
    let setting = |name: &str| serde_json::from_value::<[usize; 2]>(recorded.params[name].clone());
    let number = |name: &str| recorded.params[name].as_u64().map(|n| n as usize).ok_or(format!("no setting {name}"));
    let flag = |name: &str| recorded.params[name] == Value::Bool(true);
    let x = shape("x")?;
    let activation = |f| Op::Activation { f, len: x.iter().product() };
    Ok(match recorded.kind.as_str() {
        "conv2d" => {
            let params = ConvParams {
                stride: setting("stride")?,
                padding: setting("padding")?,
                dilation: setting("dilation")?,
                groups: number("groups")?,
            };
            Op::Conv2d(ConvGeom::new(shape4(x)?, shape4(shape("w")?)?, params)?)
        }
        "max_pool2d" | "avg_pool2d" => {
            let [window, stride, padding] = [number("window")?, number("stride")?, number("padding")?];
            let params =
                PoolParams { window: [window; 2], stride: [stride; 2], padding: [padding; 2], ceil: flag("ceil_mode") };
            let geom = PoolGeom::new(shape4(x)?, params)?;
            if recorded.kind == "max_pool2d" { Op::MaxPool2d(geom) } else { Op::AvgPool2d(geom) }
        }
        "global_avg_pool" => {
            let [_, _, h, w] = *x else { return Err("four axes are wanted".into()) };
            let params = PoolParams { window: [h, w], stride: [h, w], padding: [0, 0], ceil: false };
            Op::AvgPool2d(PoolGeom::new(shape4(x)?, params)?)
        }
        "batch_norm_train" => {
            let epsilon = recorded.params["eps"].as_f64().ok_or("no setting eps")? as f32;
            Op::BatchNorm(BatchNormGeom { x: shape4(x)?, epsilon })
        }
        "batch_norm_eval" => {
            let epsilon = recorded.params["eps"].as_f64().ok_or("no setting eps")? as f32;
            let values = |name: &str| serde_json::from_value::<Vec<f32>>(recorded.params[name].clone());
            let geom = BatchNormGeom { x: shape4(x)?, epsilon };
            Op::BatchNormFixed { geom, mean: values("mean")?, variance: values("variance")? }
        }
        "linear" => Op::Linear(LinearGeom { n: x[0], inputs: x[1], outputs: shape("w")?[0] }),
        "relu" => Op::Relu { len: x.iter().product() },
        "leaky_relu_0_1" => activation(Activation::LeakyRelu { slope: 0.1 }),
        "elu" => activation(Activation::Elu { alpha: 1.0 }),
        "sigmoid" => activation(Activation::Sigmoid),
        "tanh" => activation(Activation::Tanh),
        "softmax" => Op::Softmax { n: x[0], n_classes: x[1] },
        "loss" => {
            let NamedLoss(loss) = serde_json::from_value(recorded.params["loss"].clone())?;
            let targets = serde_json::from_value(recorded.params["targets"].clone())?;
            Op::Loss { loss, n_classes: x[1], targets }
        }
        "softmax_cross_entropy" => {
            let targets = serde_json::from_value(recorded.params["targets"].clone())?;
            Op::SoftmaxCrossEntropy { n_classes: x[1], targets }
        }
        kind => return Err(format!("{kind} is neither ours nor listed as not ours").into()),
    })
}

fn shape4(shape: &[usize]) -> Result<Shape4, String> {
    match *shape {
        [n, c, h, w] => Ok(Shape4::new(n, c, h, w)),
        _ => Err(format!("{shape:?} should have four axes")),
    }
}
