//! The speed of each operation at the sizes of the built-in networks: `cargo bench -p receptive-core`.
//!
//! An element is a floating-point operation, two to a multiply-add, padding counted: criterion's `Gelem/s` are GFLOP/s.
//! For pools and rectifiers an element is an input value.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use receptive_core::ops::*;
use receptive_core::{ConvGeom, ConvParams, PoolGeom, PoolParams, Rng, Shape4};

fn random(len: usize) -> Vec<f32> {
    let mut rng = Rng::new(len as u64);
    (0..len).map(|_| rng.normal()).collect()
}

fn bench(c: &mut Criterion, layer: &str, what: &str, n_elements: u64, run: impl FnMut()) {
    let mut run = run;
    let mut group = c.benchmark_group(layer);
    group.throughput(Throughput::Elements(n_elements));
    group.bench_function(what, |bencher| bencher.iter(&mut run));
    group.finish();
}

/// `n` images of `channels`×`size`×`size` under `kernels` square kernels.
fn conv2d(c: &mut Criterion, layer: &str, n: usize, [channels, size, kernels, window, padding]: [usize; 5]) {
    let params = ConvParams::default().padding(padding);
    let (x, w) = (Shape4::new(n, channels, size, size), Shape4::new(kernels, channels, window, window));
    let geom = ConvGeom::new(x, w, params).expect("sizes of a built-in network");
    let [x, w, b, grad_y] = [x.len(), w.len(), kernels, geom.y().len()].map(random);
    let [mut y, mut grad_x, mut grad_w] = [grad_y.clone(), x.clone(), w.clone()];
    let mut scratch = vec![0.0; conv2d_scratch_len(&geom)];
    let n_flops = 2 * geom.n_macs();
    bench(c, layer, "forward", n_flops, || conv2d_forward(&mut y, &x, &w, &b, &geom, &mut scratch));
    if channels > 1 {
        bench(c, layer, "grad_x", n_flops, || conv2d_grad_x(&mut grad_x, &w, &grad_y, &geom, &mut scratch));
    }
    bench(c, layer, "grad_w", n_flops, || conv2d_grad_w(&mut grad_w, &x, &grad_y, &geom, &mut scratch));
}

fn linear(c: &mut Criterion, layer: &str, geom: LinearGeom) {
    let LinearGeom { n, inputs, outputs } = geom;
    let [x, w, b, grad_y] = [n * inputs, outputs * inputs, outputs, n * outputs].map(random);
    let [mut y, mut grad_x, mut grad_w] = [grad_y.clone(), x.clone(), w.clone()];
    let mut scratch = vec![0.0; linear_scratch_len(&geom)];
    let n_flops = 2 * (n * inputs * outputs) as u64;
    bench(c, layer, "forward", n_flops, || linear_forward(&mut y, &x, &w, &b, &geom, &mut scratch));
    bench(c, layer, "grad_x", n_flops, || linear_grad_x(&mut grad_x, &w, &grad_y, &geom, &mut scratch));
    bench(c, layer, "grad_w", n_flops, || linear_grad_w(&mut grad_w, &x, &grad_y, &geom, &mut scratch));
}

/// A rectifier and the pooling after it.
fn relu_and_pool(c: &mut Criterion, layer: &str, x: Shape4) {
    let geom = PoolGeom::new(x, PoolParams::square(2)).expect("sizes of a built-in network");
    let [values, grad_y] = [x.len(), geom.y().len()].map(random);
    let [mut y, mut pooled, mut grad_x] = [values.clone(), grad_y.clone(), values.clone()];
    let mut argmax = vec![0; grad_y.len()];
    let n_values = x.len() as u64;
    bench(c, layer, "relu forward", n_values, || relu_forward(&mut y, &values));
    bench(c, layer, "relu backward", n_values, || relu_backward(&mut grad_x, &values, &y));
    bench(c, layer, "max-pool forward", n_values, || max_pool2d_forward(&mut pooled, &mut argmax, &values, &geom));
    bench(c, layer, "max-pool backward", n_values, || max_pool2d_backward(&mut grad_x, &grad_y, &argmax, &geom));
}

fn ops(c: &mut Criterion) {
    conv2d(c, "small conv 1, 32 images", 32, [1, 28, 8, 5, 2]);
    conv2d(c, "small conv 2, 32 images", 32, [8, 14, 16, 5, 2]);
    conv2d(c, "small conv 2, 8 images", 8, [8, 14, 16, 5, 2]);
    linear(c, "small linear, 32 images", LinearGeom { n: 32, inputs: 784, outputs: 10 });
    relu_and_pool(c, "small, 32 images", Shape4::new(32, 8, 28, 28));
    conv2d(c, "slides conv 1, 16 images", 16, [1, 28, 32, 3, 0]);
    conv2d(c, "slides conv 2, 16 images", 16, [32, 26, 64, 3, 0]);
    for n in [8, 16, 64] {
        linear(c, &format!("slides linear 1, {n} images"), LinearGeom { n, inputs: 9216, outputs: 128 });
    }
    relu_and_pool(c, "slides, 16 images", Shape4::new(16, 64, 24, 24));
    conv2d(c, "lenet5 conv 1, 32 images", 32, [1, 28, 6, 5, 2]);
    conv2d(c, "lenet5 conv 2, 32 images", 32, [6, 14, 16, 5, 0]);
}

criterion_group!(benches, ops);
criterion_main!(benches);
