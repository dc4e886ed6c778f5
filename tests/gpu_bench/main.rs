//! How fast the GPU engine is here: every kernel of a training step and whole steps, beside what the adapter can do.
//!
//! `cargo xtask bench gpu` runs it; `cargo bench -p receptive-tests --bench gpu -- slides` measures one network. Everything is waited for: a time is from the submission to the end of its work.

#![expect(clippy::print_stdout, reason = "a bench prints what it measures")]

use receptive_core::ops::LinearGeom;
use receptive_gpu::{Batch, Choice, Dataset, Dispatch, Gpu, GpuError, Recorder, Step, Weights, native::block_on, ops};
use receptive_nn::{Instr, Optimiser, Parameters, Preset, Program, Purpose, instr};
use std::{error::Error, time::Instant};

/// A measurement lasts at least this long, after one that is thrown away; of several the best counts.
const SECONDS: f64 = 0.1;
const N_TRIES: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let gpu = match block_on(Gpu::open(Choice::Fastest)) {
        Ok(gpu) => gpu,
        Err(GpuError::NoAdapter) => {
            println!("there is no adapter to measure");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    println!("{}", gpu.info());
    let ceiling = ceilings(&gpu)?;
    let networks = [(Preset::Small, 32), (Preset::Slides, 64), (Preset::Slides, 512)];
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    for (preset, batch) in networks.into_iter().filter(|(preset, _)| preset.key().contains(&wanted)) {
        // On a software adapter the largest would take minutes.
        if batch <= 64 || !gpu.info().is_software {
            network(&gpu, preset, batch, ceiling)?;
        }
    }
    Ok(())
}

/// Seconds that one run takes.
fn seconds(mut run: impl FnMut(usize)) -> f64 {
    let mut timed = |n: usize| {
        let start = Instant::now();
        run(n);
        start.elapsed().as_secs_f64()
    };
    let mut n = 1;
    while timed(n) < SECONDS {
        n *= 2;
    }
    (0..N_TRIES).map(|_| timed(n) / n as f64).fold(f64::INFINITY, f64::min)
}

/// Seconds that a list of dispatches takes, many in one submission.
fn seconds_of(gpu: &Gpu, dispatches: &[Dispatch]) -> f64 {
    seconds(|n| {
        gpu.submit(&dispatches.iter().cycle().take(n * dispatches.len()).cloned().collect::<Vec<_>>());
        gpu.wait();
    })
}

/// Prints the adapter's limits, and returns that of multiply-adds in GFLOP/s.
fn ceilings(gpu: &Gpu) -> Result<f64, Box<dyn Error>> {
    // Enough work for the largest device, and not too much for the smallest.
    let (invocations, rounds, side, len) =
        if gpu.info().is_software { (1 << 12, 1 << 12, 512, 1 << 22) } else { (1 << 20, 1 << 12, 4096, 1 << 26) };
    let [y, x] = [gpu.buffer("y", len)?, gpu.buffer("x", len)?];
    let mut recorder = Recorder::new(gpu);
    let source = include_str!("multiply_add.wgsl");
    let workgroups = [invocations / 256, 1, 1];
    recorder.custom("multiply_add", source, &[("rounds", f64::from(rounds))], &[&y], workgroups);
    ops::relu_forward(&mut recorder, &y, &x, len);
    let geom = LinearGeom { n: side, inputs: side, outputs: side };
    let [a, b, c] = [gpu.buffer("a", side * side)?, gpu.buffer("b", side * side)?, gpu.buffer("c", side * side)?];
    ops::linear_grad_x(&mut recorder, &a, &b, &c, &geom);
    let [multiply_add, copy, product] = gpu.block_on(recorder.finish())?.try_into().map_err(|_| "three dispatches")?;

    let flops = 2.0 * 16.0 * invocations as f64 * f64::from(rounds);
    let ceiling = flops / seconds_of(gpu, &[multiply_add]) / 1e9;
    println!("multiply-adds in registers    {ceiling:10.1} GFLOP/s");
    let flops = 2.0 * (side as f64).powi(3);
    println!("a product of {side} × {side}    {:10.1} GFLOP/s", flops / seconds_of(gpu, &[product]) / 1e9);
    println!("copying                       {:10.1} GB/s", copy.n_bytes() as f64 / seconds_of(gpu, &[copy]) / 1e9);
    Ok(ceiling)
}

fn network(gpu: &Gpu, preset: Preset, batch: usize, ceiling: f64) -> Result<(), Box<dyn Error>> {
    const N_IMAGES: usize = 1000;
    let spec = preset.spec();
    let program = Program::compile(&spec, batch, Purpose::Training(Optimiser::SGD))?;
    let weights = Weights::new(gpu, &Parameters::init(&spec, 1)?)?;
    let dataset = Dataset::new(gpu, N_IMAGES, spec.input.iter().product())?;
    let start = Instant::now();
    let mut step = gpu.block_on(Step::record(gpu, program, &weights, &dataset))?;
    let recording_millis = start.elapsed().as_secs_f64() * 1e3;
    println!("\n{}, batch {batch}: recorded in {recording_millis:.0} ms", preset.key());

    let mut products = products(step.program());
    for dispatch in step.dispatches() {
        let seconds = seconds_of(gpu, std::slice::from_ref(dispatch));
        let rate = match products.iter().position(|(name, _)| *name == dispatch.name()) {
            Some(i) => {
                let gflops = 2.0 * products.remove(i).1 as f64 / seconds / 1e9;
                format!("{gflops:10.1} GFLOP/s {:5.1} %", gflops / ceiling * 100.0)
            }
            None => format!("{:10.1} GB/s", dispatch.n_bytes() as f64 / seconds / 1e9),
        };
        println!("  {:32} {:9.1} µs {rate}", dispatch.name(), seconds * 1e6);
    }
    let picks: Vec<u32> = (0..batch).map(|i| (i * 7 % N_IMAGES) as u32).collect();
    for n_steps in [1, 8] {
        let batches = vec![Batch { picks: &picks, learning_rate: 0.01, key: 0 }; n_steps];
        let mut host_seconds = f64::INFINITY;
        let seconds = seconds(|n| {
            let start = Instant::now();
            let found: Vec<_> = (0..n).map(|_| step.submit(&batches)).collect();
            host_seconds = host_seconds.min(start.elapsed().as_secs_f64() / (n * n_steps) as f64);
            found.into_iter().for_each(|found| drop(gpu.block_on(found)));
        }) / n_steps as f64;
        println!(
            "  whole steps, {n_steps} per submission: {:9.1} µs, {:9.0} images/s, {:.3} ms of the host's time",
            seconds * 1e6,
            batch as f64 / seconds,
            host_seconds * 1e3
        );
    }
    gpu.fault().map_or(Ok(()), |fault| Err(fault.into()))
}

/// The multiply-adds of a step's products, in its order, by the names of their shaders.
fn products(program: &Program) -> Vec<(&'static str, u64)> {
    let linear = |geom: &LinearGeom| (geom.n * geom.inputs * geom.outputs) as u64;
    let product = |instr: &Instr| match instr {
        Instr::Conv2dForward(instr::Conv2dForward { geom, .. }) => Some(("conv2d_forward", geom.n_macs())),
        Instr::Conv2dGradX(instr::Conv2dGradX { geom, .. }) => Some(("conv2d_grad_x", geom.n_macs())),
        Instr::Conv2dGradW(instr::Conv2dGradW { geom, .. }) => Some(("conv2d_grad_w", geom.n_macs())),
        Instr::LinearForward(instr::LinearForward { geom, .. }) => Some(("linear_forward", linear(geom))),
        Instr::LinearGradX(instr::LinearGradX { geom, .. }) => Some(("linear_grad_x", linear(geom))),
        Instr::LinearGradW(instr::LinearGradW { geom, .. }) => Some(("linear_grad_w", linear(geom))),
        _ => None,
    };
    program.forward().iter().chain(program.backward()).filter_map(product).collect()
}
