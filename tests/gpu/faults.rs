//! What goes wrong comes back as a value.

use libtest_mimic::{Failed, Trial};
use receptive_gpu::{Batch, Choice, Dataset, Fault, Gpu, GpuError, Step, Weights, native::block_on};
use receptive_nn::{Optimiser, Parameters, Preset, Program, Purpose};

pub(super) fn trials(gpu: Option<&Gpu>) -> Vec<Trial> {
    vec![
        super::trial("fault · a device lost between steps ends the next one", gpu, |_| lost()),
        super::trial("fault · memory that no device has is refused", gpu, too_large),
    ]
}

fn lost() -> Result<(), Failed> {
    let gpu = block_on(Gpu::open(Choice::Fastest))?;
    let spec = Preset::Linear.spec();
    let dataset = Dataset::new(&gpu, 4, 784)?;
    let weights = Weights::new(&gpu, &Parameters::init(&spec, 1)?)?;
    let program = Program::compile(&spec, 2, Purpose::Training(Optimiser::Sgd))?;
    let mut step = gpu.block_on(Step::record(&gpu, program, &weights, &dataset))?;
    let batches = [Batch { picks: &[0, 3], learning_rate: 0.1 }];
    let before = gpu.block_on(step.submit(&batches))?;
    if before.len() != 1 || !before[0].loss.is_normal() {
        return Err(format!("a step on a healthy device found {before:?}").into());
    }
    gpu.destroy();
    match gpu.block_on(step.submit(&batches)) {
        Err(GpuError::Fault(Fault::Lost(_))) => {}
        other => return Err(format!("after the loss came {other:?}").into()),
    }
    match gpu.block_on(weights.read(&gpu)) {
        Err(GpuError::Fault(Fault::Lost(why))) if gpu.fault() == Some(Fault::Lost(why.clone())) => Ok(()),
        other => Err(format!("weights after the loss: {:?}, fault {:?}", other.map(|w| w.len()), gpu.fault()).into()),
    }
}

fn too_large(gpu: &Gpu) -> Result<(), Failed> {
    match Dataset::new(gpu, 1 << 40, 784) {
        Err(error @ GpuError::TooLarge { .. }) if error.to_string().contains("smaller") => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}
