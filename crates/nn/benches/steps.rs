//! The speed of whole networks in training and inference: `cargo bench -p receptive-nn`.
//!
//! An element is a floating-point operation: two to a multiply-add of a convolution or a linear layer, padding counted;
//! a training step is three forward passes, less the gradient of the images. Criterion's `Gelem/s` are GFLOP/s.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use receptive_core::Rng;
use receptive_nn::{
    CpuEngine, Head, LayerGeometry, Nudger, Optimiser, OptimiserState, Parameters, Preset, Program, Purpose, Spec,
    Variable,
};

/// Floating-point operations of a forward pass and of a training step with one image.
fn n_flops(spec: &Spec) -> [u64; 2] {
    let geometries = spec.geometries(1).expect("a built-in network");
    let layers = geometries.iter().filter_map(|(geometry, _)| match geometry {
        LayerGeometry::Conv2d(geom) => Some(2 * geom.n_macs()),
        LayerGeometry::Linear(geom) => Some(2 * (geom.inputs * geom.outputs) as u64),
        _ => None,
    });
    let layers: Vec<u64> = layers.collect();
    let forward: u64 = layers.iter().sum();
    [forward, 3 * forward - layers[0]]
}

fn steps(c: &mut Criterion) {
    for (preset, batches) in [
        (Preset::Small, &[32, 16, 8][..]),
        (Preset::Slides, &[64, 16, 8]),
        (Preset::Lenet5, &[32]),
        (Preset::Mlp, &[32]),
    ] {
        let spec = preset.spec();
        let [forward, step] = n_flops(&spec);
        let mut group = c.benchmark_group(preset.key());
        for &batch in batches {
            let mut rng = Rng::new(1);
            let images: Vec<f32> = (0..batch * 784).map(|_| rng.uniform()).collect();
            let labels: Vec<u8> = (0..batch).map(|_| rng.below(10) as u8).collect();
            let mut parameters = Parameters::init(&spec, 1).expect("a built-in network");
            let engine = |purpose| CpuEngine::new(Program::compile(&spec, batch, purpose).expect("a built-in network"));

            let mut inference = engine(Purpose::Inference);
            group.throughput(Throughput::Elements(forward * batch as u64));
            group.bench_function(format!("forward, {batch} images"), |bencher| {
                bencher.iter(|| inference.forward(&parameters, &images)[0]);
            });
            let mut training = engine(Purpose::Training(Optimiser::SGD));
            let mut state = OptimiserState::new(Optimiser::SGD, &parameters);
            group.throughput(Throughput::Elements(step * batch as u64));
            group.bench_function(format!("training, {batch} images"), |bencher| {
                bencher.iter(|| training.train_step(&mut parameters, &mut state, &images, &labels, 1e-5));
            });
        }
        nudges(&mut group, &spec);
        group.finish();
    }
}

/// A weight of the first layer that is changed there and back, after everything was evaluated anew and after nothing was.
fn nudges(group: &mut BenchmarkGroup<'_, WallTime>, spec: &Spec) {
    let mut rng = Rng::new(1);
    let parameters = Parameters::init(spec, 1).expect("a built-in network");
    let images = [(); 2].map(|()| (0..784).map(|_| rng.uniform()).collect::<Vec<f32>>());
    let mut nudger = Nudger::new(spec, Head::CrossEntropy).expect("a built-in network");
    let weight = Variable::Parameter { tensor: parameters.tensors()[0].name.clone(), index: 3 };
    group.throughput(Throughput::Elements(1));
    group.sample_size(10);
    group.bench_function("evaluation in double precision", |bencher| {
        let mut images = images.iter().cycle();
        bencher.iter(|| images.next().map(|image| nudger.run(&parameters, image, 3)));
    });
    group.bench_function("nudge of a first weight", |bencher| bencher.iter(|| nudger.nudge(&weight, 1e-3)));
}

criterion_group!(benches, steps);
criterion_main!(benches);
