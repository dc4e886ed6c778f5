//! Faults come back as values.

use super::Proved;
use receptive_gpu::{Batch, Dataset, Fault, Gpu, GpuError, Step, Weights};
use receptive_nn::{Optimiser, Parameters, Preset, Program, Purpose};

pub(super) async fn lost(gpu: &Gpu) -> Proved {
    let spec = Preset::Linear.spec();
    let dataset = Dataset::new(gpu, 4, 784)?;
    let weights = Weights::new(gpu, &Parameters::init(&spec, 1)?)?;
    let program = Program::compile(&spec, 2, Purpose::Training(Optimiser::SGD))?;
    let mut step = Step::record(gpu, program, &weights, &dataset).await?;
    let batches = [Batch { picks: &[0, 3], learning_rate: 0.1, key: 0 }];
    let before = step.submit(&batches).await?;
    if before.len() != 1 || !before[0].loss.is_normal() {
        return Err(format!("a step on a healthy device found {before:?}").into());
    }
    gpu.destroy();
    match step.submit(&batches).await {
        Err(GpuError::Fault(Fault::Lost(_))) => {}
        other => return Err(format!("after the loss came {other:?}").into()),
    }
    match weights.read(gpu).await {
        Err(GpuError::Fault(Fault::Lost(why))) if gpu.fault() == Some(Fault::Lost(why.clone())) => Ok(()),
        other => Err(format!("weights after the loss: {:?}, fault {:?}", other.map(|w| w.len()), gpu.fault()).into()),
    }
}

pub(super) fn too_large(gpu: &Gpu) -> Proved {
    match Dataset::new(gpu, usize::MAX, 784) {
        Err(GpuError::TooLarge { .. }) => Ok(()),
        other => Err(format!("{other:?}").into()),
    }
}
