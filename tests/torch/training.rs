//! Update rules over six steps, and ten steps of training a small network.

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use receptive_core::{ConvParams, PoolParams};
use receptive_nn::{CpuEngine, Layer, Optimiser, OptimiserState, Parameters, Program, Purpose, Setting, Spec};
use receptive_tests::{
    close::{Tolerance, compare},
    goldens::{Named, TorchOptimiser, Trajectory, narrow},
};

/// Six steps on numbers around 1, each with its own rounding.
const SIX_STEPS: Tolerance = Tolerance { abs: 1e-6, rel: 1e-6 };

/// Our settings and their names in PyTorch, where they are numbers of their own.
const SETTINGS: [(Setting, &str); 4] =
    [(Setting::Momentum, "momentum"), (Setting::Rho, "rho"), (Setting::Rho, "alpha"), (Setting::Epsilon, "eps")];

pub(super) fn optimiser_trials(optimisers: Vec<TorchOptimiser>) -> Vec<Trial> {
    let names: Vec<String> = optimisers.iter().map(|optimiser| optimiser.name.clone()).collect();
    let mut trials = vec![Trial::test("every rule of ours is recorded", move || {
        let missing = Optimiser::ALL.iter().find(|rule| !names.contains(&rule.key().to_owned()));
        missing.map_or(Ok(()), |rule| Err(format!("no recording of {}", rule.key()).into()))
    })];
    trials.extend(optimisers.into_iter().map(|recorded| {
        Trial::test(format!("optimiser {} · six steps", recorded.name), move || six_steps(&recorded))
    }));
    trials
}

fn six_steps(recorded: &TorchOptimiser) -> Result<(), Failed> {
    let settings = &recorded.hyperparameters;
    let number = |name: &str| settings.get(name).and_then(serde_json::Value::as_f64);
    let learning_rate = number("lr").ok_or("no learning rate")? as f32;
    let key = recorded.name.strip_suffix("_weight_decay").unwrap_or(&recorded.name);
    let usual = Optimiser::from_key(key).ok_or("not a rule of ours")?;
    for (setting, name) in SETTINGS {
        if let (Some(ours), Some(theirs)) = (usual.rule.setting(setting), number(name)) {
            compare(name, &[ours], &[theirs], Tolerance::RECORDED_SETTING)?;
        }
    }
    for (i, setting) in [Setting::Beta1, Setting::Beta2].into_iter().enumerate() {
        if let Some(ours) = usual.rule.setting(setting) {
            let theirs = settings["betas"][i].as_f64().ok_or("no betas")?;
            compare("betas", &[ours], &[theirs], Tolerance::RECORDED_SETTING)?;
        }
    }
    let weight_decay = number("weight_decay").ok_or("no weight decay")? as f32;
    if key == recorded.name && weight_decay != usual.weight_decay {
        return Err("another weight decay than is usual".into());
    }
    let optimiser = Optimiser { weight_decay, ..usual };
    let mut weights = narrow(&recorded.start);
    let mut state = OptimiserState::new(optimiser, &Parameters::init(&one_linear(weights.len()), 0)?);
    for (i, (gradient, after)) in recorded.grads.iter().zip(&recorded.after_each_step).enumerate() {
        state.begin_step();
        state.update(optimiser, 0, &mut weights, &narrow(gradient), [learning_rate, 1.0]);
        compare(&format!("after step {}", i + 1), &weights, after, SIX_STEPS)?;
    }
    if recorded.after_each_step.len() == 6 { Ok(()) } else { Err("six steps should be recorded".into()) }
}

/// A network whose first tensor has this many values.
fn one_linear(n_values: usize) -> Spec {
    Spec { input: [1, 1, 1], layers: vec![Layer::Flatten, Layer::Linear { units: n_values }] }
}

/// PyTorch's layer numbers and our names of the layers with parameters.
const LAYERS: [(&str, &str); 3] = [("0", "conv 1"), ("3", "conv 2"), ("7", "linear 1")];

/// The network that the recording describes in words.
fn network() -> Spec {
    let conv =
        |kernels, padding| Layer::Conv2d { kernels, size: [3, 3], params: ConvParams::default().padding(padding) };
    let pool = || Layer::MaxPool2d(PoolParams::square(2));
    let layers = vec![
        conv(4, 0),
        Layer::Relu,
        pool(),
        conv(6, 1),
        Layer::Relu,
        pool(),
        Layer::Flatten,
        Layer::Linear { units: 10 },
    ];
    Spec { input: [1, 14, 14], layers }
}

struct Training {
    engine: CpuEngine,
    parameters: Parameters,
    state: OptimiserState,
    images: Vec<f32>,
}

fn start(recorded: &Trajectory) -> Result<Training, Failed> {
    let spec = network();
    let mut parameters = Parameters::init(&spec, 0)?;
    for (name, values) in by_our_names(&recorded.start)? {
        parameters.values_mut(&name).ok_or(format!("no parameter {name}"))?.copy_from_slice(&narrow(values));
    }
    let state = OptimiserState::new(Optimiser::MOMENTUM, &parameters);
    let engine = CpuEngine::new(Program::compile(&spec, recorded.y.len(), Purpose::Training(Optimiser::MOMENTUM))?);
    Ok(Training { engine, parameters, state, images: recorded.x.narrowed() })
}

fn by_our_names(tensors: &Named) -> Result<Vec<(String, &[f64])>, String> {
    let mut named = Vec::new();
    for (torch, ours) in LAYERS {
        for role in ["weight", "bias"] {
            let key = format!("{torch}.{role}");
            let tensor = tensors.get(&key).ok_or(format!("no recorded {key}"))?;
            named.push((format!("{ours}.{role}"), tensor.data.as_slice()));
        }
    }
    if named.len() == tensors.len() { Ok(named) } else { Err("a recorded tensor has no place".into()) }
}

pub(super) fn trajectory_trials(recorded: Trajectory) -> Vec<Trial> {
    let recorded = Arc::new(recorded);
    type Test = fn(&Trajectory) -> Result<(), Failed>;
    let tests: [(&str, Test); 3] = [
        ("trajectory · first gradients", first_gradients),
        ("trajectory · ten losses and the weights after them", ten_steps),
        ("trajectory · a comparison of weights can fail", weights_can_differ),
    ];
    tests
        .into_iter()
        .map(|(name, test)| {
            let recorded = Arc::clone(&recorded);
            Trial::test(name, move || test(&recorded))
        })
        .collect()
}

fn first_gradients(recorded: &Trajectory) -> Result<(), Failed> {
    let Training { mut engine, parameters, images, .. } = start(recorded)?;
    let result = engine.gradients(&parameters, &images, &recorded.y);
    compare("loss", &[result.loss], &recorded.losses[..1], Tolerance::sum_of(54))?;
    for (name, want) in by_our_names(&recorded.first_grads)? {
        let got = engine.named(&format!("grad {name}")).ok_or(format!("no gradient of {name}"))?;
        compare(&name, got, want, Tolerance::sum_of(8))?;
    }
    Ok(())
}

fn train(recorded: &Trajectory) -> Result<(Vec<f32>, Parameters), Failed> {
    let Training { mut engine, mut parameters, mut state, images } = start(recorded)?;
    let losses = recorded.losses.iter();
    let losses = losses.map(|_| engine.train_step(&mut parameters, &mut state, &images, &recorded.y, 0.1).loss);
    Ok((losses.collect(), parameters))
}

fn ten_steps(recorded: &Trajectory) -> Result<(), Failed> {
    let (losses, parameters) = train(recorded)?;
    if losses.len() != 10 || recorded.optimiser != "SGD lr 0.1 momentum 0.9" {
        return Err(format!("another recording: {} losses, {}", losses.len(), recorded.optimiser).into());
    }
    compare("losses", &losses, &recorded.losses, Tolerance::TRAJECTORY)?;
    agree(&parameters, recorded)
}

fn agree(parameters: &Parameters, recorded: &Trajectory) -> Result<(), Failed> {
    for (name, want) in by_our_names(&recorded.end)? {
        let got = parameters.get(&name).ok_or(format!("no parameter {name}"))?;
        compare(&name, &got.values, want, Tolerance::TRAJECTORY)?;
    }
    Ok(())
}

fn weights_can_differ(recorded: &Trajectory) -> Result<(), Failed> {
    let (_, mut parameters) = train(recorded)?;
    for (_, layer) in LAYERS {
        for wrong in [0.001, f32::NAN] {
            let values = parameters.values_mut(&format!("{layer}.weight")).ok_or("no weights")?;
            let right = values[7];
            values[7] += wrong;
            if agree(&parameters, recorded).is_ok() {
                return Err(format!("{layer} with {wrong} more was accepted").into());
            }
            let values = parameters.values_mut(&format!("{layer}.weight")).ok_or("no weights")?;
            values[7] = right;
        }
    }
    Ok(())
}
