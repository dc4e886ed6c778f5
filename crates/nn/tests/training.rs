//! Training: a network learns a batch by heart, the same way each time, and a failure is reported.

use receptive_core::Rng;
use receptive_nn::{
    CpuEngine, Layer, Optimiser, OptimiserState, Parameters, Preset, Program, Purpose, Rule, Spec, StepResult,
};

const N: usize = 16;

/// Images of noise with classes at random: nothing to understand, only to remember.
fn batch(seed: u64) -> (Vec<f32>, Vec<u8>) {
    let mut rng = Rng::new(seed);
    let images = (0..N * 784).map(|_| rng.uniform()).collect();
    (images, (0..N).map(|_| rng.below(10) as u8).collect())
}

struct Run {
    engine: CpuEngine,
    parameters: Parameters,
    state: OptimiserState,
}

impl Run {
    fn new(spec: &Spec, rule: Optimiser, seed: u64) -> Self {
        let parameters = Parameters::init(spec, seed).expect("a network");
        let state = OptimiserState::new(rule, &parameters);
        let engine = CpuEngine::new(Program::compile(spec, N, Purpose::Training(rule)).expect("a network"));
        Self { engine, parameters, state }
    }

    fn step(&mut self, (images, labels): &(Vec<f32>, Vec<u8>), learning_rate: f32) -> StepResult {
        self.engine.train_step(&mut self.parameters, &mut self.state, images, labels, learning_rate)
    }
}

/// A learning rate that suits noise.
fn rate(optimiser: Optimiser) -> f32 {
    match optimiser.rule {
        Rule::Sgd => 0.05,
        Rule::Momentum { .. } | Rule::Nesterov { .. } | Rule::Adagrad { .. } => 0.01,
        Rule::Adadelta { .. } => 1.0,
        Rule::RmsProp { .. } => 0.001,
        Rule::Adam(_) | Rule::AdamW(_) | Rule::AmsGrad(_) | Rule::AdaMax(_) | Rule::Nadam(_) => 0.003,
    }
}

#[test]
fn every_preset_learns_a_batch_by_heart_with_every_rule() {
    let batch = batch(1);
    // The slides' network is a hundred times the small one: one rule is enough for it.
    let runs = Preset::ALL.into_iter().flat_map(|preset| Optimiser::ALL.map(|rule| (preset, rule)));
    for (preset, rule) in runs.filter(|&(preset, rule)| preset != Preset::Slides || rule == Optimiser::ADAM) {
        let mut run = Run::new(&preset.spec(), rule, 3);
        let first = run.step(&batch, rate(rule));
        assert!(
            (1.5..6.0).contains(&first.loss),
            "{preset:?}, {rule:?}: a guess costs about ln 10, not {}",
            first.loss
        );
        let learnt = (0..400).map(|_| run.step(&batch, rate(rule))).find(|step| step.loss < 0.05);
        let learnt = learnt.unwrap_or_else(|| panic!("{preset:?}, {rule:?}: not learnt in 400 steps"));
        assert_eq!(learnt.n_correct, N, "{preset:?}, {rule:?}");
    }
}

#[test]
fn the_same_seed_gives_bitwise_the_same_run() {
    for rule in Optimiser::ALL {
        let bits = |seed| {
            let mut run = Run::new(&Preset::Small.spec(), rule, seed);
            let losses: Vec<u32> = (0..6).map(|i| run.step(&batch(i), rate(rule)).loss.to_bits()).collect();
            let weights = run.parameters.tensors().iter().flat_map(|tensor| &tensor.values);
            (losses, weights.map(|w| w.to_bits()).collect::<Vec<u32>>())
        };
        assert!(bits(7) == bits(7), "{rule:?}");
        let ((losses, weights), (other_losses, other_weights)) = (bits(7), bits(8));
        assert!(losses != other_losses && weights != other_weights, "{rule:?}: another seed is another run");
    }
}

#[test]
fn what_an_engine_did_before_leaves_no_trace() {
    let spec = Preset::Lenet5.spec();
    let mut fresh = Run::new(&spec, Optimiser::ADAM, 5);
    let mut used = Run::new(&spec, Optimiser::ADAM, 5);
    used.engine.gradients(&used.parameters, &vec![f32::NAN; N * 784], &[0; N]);
    used.engine.forward(&used.parameters, &vec![100.0; N * 784]);
    for i in 0..3 {
        let (want, got) = (fresh.step(&batch(i), 0.003), used.step(&batch(i), 0.003));
        assert_eq!((got.loss.to_bits(), got.n_correct), (want.loss.to_bits(), want.n_correct));
    }
    assert_eq!(fresh.parameters, used.parameters);
}

#[test]
fn a_run_goes_on_bitwise_from_kept_weights_and_state() {
    for rule in Optimiser::ALL {
        let mut run = Run::new(&Preset::Mlp.spec(), rule, 9);
        (0..3).for_each(|i| _ = run.step(&batch(i), rate(rule)));
        let kept = (run.parameters.clone(), run.state.clone());
        let went: Vec<StepResult> = (3..6).map(|i| run.step(&batch(i), rate(rule))).collect();
        let end = run.parameters.clone();
        run.parameters.clone_from(&kept.0);
        run.state.clone_from(&kept.1);
        let again: Vec<StepResult> = (3..6).map(|i| run.step(&batch(i), rate(rule))).collect();
        assert_eq!((went, end), (again, run.parameters), "{rule:?}");
    }
}

#[test]
fn forward_evaluate_and_gradients_agree_and_change_no_weight() {
    let batch = batch(4);
    let mut run = Run::new(&Preset::Small.spec(), Optimiser::SGD, 2);
    let before = run.parameters.clone();
    let logits = run.engine.forward(&run.parameters, &batch.0).to_vec();
    let probabilities = run.engine.probabilities().to_vec();
    run.engine.evaluate(&run.parameters, &batch.0, &batch.1);
    assert_eq!(run.engine.probabilities(), probabilities);
    let losses = run.engine.losses().to_vec();
    let step = run.engine.gradients(&run.parameters, &batch.0, &batch.1);
    assert_eq!(run.engine.losses(), losses);
    assert_eq!(run.engine.buffer(run.engine.program().logits()), logits);
    assert!((step.loss - losses.iter().sum::<f32>() / N as f32).abs() < 1e-6);
    let right = probabilities.chunks_exact(10).zip(&batch.1).filter(|(row, label)| {
        let best = row.iter().copied().fold(f32::MIN, f32::max);
        row[usize::from(**label)] == best
    });
    assert_eq!(step.n_correct, right.count());
    assert!(probabilities.chunks_exact(10).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-5));
    assert_eq!(run.parameters, before, "only a step changes weights");
}

#[test]
fn a_loss_that_is_no_number_is_told_not_hidden() {
    let mut broken = batch(1);
    broken.0[5] = f32::NAN;
    let mut run = Run::new(&Preset::Small.spec(), Optimiser::SGD, 1);
    assert!(run.parameters.all_finite());
    assert!(run.step(&broken, 0.01).loss.is_nan());
    assert!(!run.parameters.all_finite());

    for rule in Optimiser::ALL {
        let mut run = Run::new(&Preset::Mlp.spec(), rule, 1);
        let diverged = (0..60).map(|_| run.step(&batch(1), 1e30)).any(|step| !step.loss.is_finite());
        assert!(diverged, "{rule:?}: a step size of 1e30 is survived by nothing");
    }
}

#[test]
fn weights_start_as_the_literature_says_and_biases_at_zero() {
    let spec = Preset::Slides.spec();
    let parameters = Parameters::init(&spec, 11).expect("a network");
    // Fan-in of layers before a ReLU: normal with variance 2 / fan-in (He et al. 2015).
    for (name, fan_in) in [("conv 2.weight", 288.0), ("linear 1.weight", 9216.0)] {
        let values = &parameters.get(name).expect("a tensor").values;
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let variance = values.iter().map(|w| (w - mean) * (w - mean)).sum::<f32>() / values.len() as f32;
        let want = 2.0 / fan_in;
        assert!((variance / want - 1.0).abs() < 0.05 && mean.abs() < 0.05 * want.sqrt(), "{name}: {mean} {variance}");
        let beyond = values.iter().filter(|w| w.abs() > 2.0 * want.sqrt()).count() as f32 / values.len() as f32;
        assert!((0.035..0.055).contains(&beyond), "{name}: 4.6 % of a normal lie beyond two deviations, not {beyond}");
    }
    // The last layer: uniform within ±√(6 / (fan-in + fan-out)) (Glorot & Bengio 2010).
    let limit = (6.0_f32 / (128.0 + 10.0)).sqrt();
    let last = &parameters.get("linear 2.weight").expect("a tensor").values;
    let most = last.iter().fold(0.0_f32, |most, w| most.max(w.abs()));
    assert!((0.98 * limit..=limit).contains(&most), "{most} of {limit}");
    let biases = parameters.tensors().iter().filter(|tensor| tensor.name.ends_with(".bias"));
    assert!(biases.flat_map(|tensor| &tensor.values).all(|b| *b == 0.0));
}

#[test]
fn a_layer_added_at_the_end_leaves_the_first_weights_as_they_were() {
    let spec = Preset::Mlp.spec();
    let mut longer = spec.clone();
    longer.layers.splice(3.., [Layer::Linear { units: 30 }, Layer::Relu, Layer::Linear { units: 10 }]);
    let weights = |spec: &Spec, name: &str| Parameters::init(spec, 6).expect("a network").get(name).cloned();
    assert_eq!(weights(&spec, "linear 1.weight"), weights(&longer, "linear 1.weight"));
    let [first, second] = ["linear 1.weight", "linear 2.weight"].map(|name| weights(&spec, name).expect("a tensor"));
    assert_ne!(first.values[..10], second.values[..10]);
}
