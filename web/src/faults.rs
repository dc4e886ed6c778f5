//! The words of what the workers report as codes. Those of networks are in `receptive_lessons::words`.

mod data;

pub use data::{cifar_error, data_error, files_error, idx_error};

use receptive_lessons::say;
use receptive_lessons::words::{Reason, layer_name};
use receptive_nn::{Course, Plateau};
use receptive_train::Misfit;
use receptive_train::gpu::{Fault, GpuError, Quantity};
use receptive_train::protocol::{Diverged, GpuDifference, GpuFault, KeptError, ProtocolError, RunError};

/// Returns the reason that a run cannot be opened or changed so: a clause.
pub fn run_error(error: &RunError) -> String {
    match *error {
        RunError::LearningRate(rate) => say!("errors.run.rate", rate = rate),
        RunError::Schedule(schedule) => {
            let (percent, lowest) = (100.0 * schedule.warm_up, schedule.lowest);
            match (schedule.course, schedule.course.factor()) {
                (Course::Plateau(Plateau { threshold, .. }), _) if !(0.0..1.0).contains(&threshold) => {
                    say!("errors.run.threshold", threshold = threshold)
                }
                (_, Some(factor)) => say!("errors.run.factor", factor = factor, percent = percent, lowest = lowest),
                (_, None) => say!("errors.run.warm-up", percent = percent, lowest = lowest),
            }
        }
        RunError::NothingToWatch => say!("errors.run.nothing-to-watch"),
        RunError::NoInterval => say!("errors.run.no-interval"),
        RunError::Optimiser => say!("errors.run.optimiser"),
        RunError::Batch { batch, most } => say!("errors.run.batch", n = batch, most = most),
        RunError::NoEpochs => say!("errors.run.no-epochs"),
        RunError::NoMoreEpochs => say!("errors.run.no-more-epochs"),
        RunError::Epochs(epochs) => say!("errors.run.epochs", n = epochs),
        RunError::Validation { n_validation, n_offered } => {
            say!("errors.run.validation", n = n_validation, offered = n_offered)
        }
        RunError::Training { n_training, n_offered, n_validation } => {
            let most = n_offered - n_validation;
            say!("errors.run.training", n = n_training, offered = n_offered, held = n_validation, most = most)
        }
        RunError::LargeBatch { batch, n_training } => say!("errors.run.large-batch", batch = batch, n = n_training),
        RunError::Network(ref error) => error.reason(),
        RunError::Misfit(Misfit::Input { network, data }) => {
            say!("errors.run.input", network = size(network), data = size(data))
        }
        RunError::Misfit(Misfit::Outputs { network, data }) => {
            say!("errors.run.outputs", network = network, data = data)
        }
        RunError::Memory { batch, megabytes } => say!("errors.run.memory", batch = batch, megabytes = megabytes),
    }
}

/// The size of images, as people write it: "32×32 in 3 channels".
fn size([channels, rows, columns]: [usize; 3]) -> String {
    say!("errors.run.size", n = channels, rows = rows, columns = columns)
}

/// Returns what a run came to that diverged, and in which tensor that began: a clause.
pub fn diverged(found: Diverged, place: Option<&str>) -> String {
    let what = match found {
        Diverged::Loss(loss) => say!("errors.diverged.loss", loss = loss),
        Diverged::Weight => say!("errors.diverged.weight"),
    };
    let place = place.map(|name| match name.split_once('.') {
        Some((layer, "bias")) => say!("errors.diverged.bias-of", layer = layer_name(layer)),
        Some((layer, _)) => say!("errors.diverged.weight-of", layer = layer_name(layer)),
        None => say!("errors.diverged.output-of", layer = layer_name(name)),
    });
    place.map_or(what.clone(), |place| say!("errors.diverged.first", what = what, place = place))
}

/// Returns the reason that page and worker do not understand each other, as sentences.
pub fn protocol_error(error: ProtocolError) -> String {
    match error {
        ProtocolError::Command => say!("errors.protocol.command"),
        ProtocolError::Checkpoint => say!("errors.protocol.checkpoint"),
    }
}

/// Returns the reason that a run cannot go on from what is kept of it: a clause.
pub fn kept_error(error: KeptError) -> String {
    match error {
        KeptError::Missing => say!("errors.kept.missing"),
        KeptError::NoRun => say!("errors.kept.no-run"),
        KeptError::OtherFormat => say!("errors.kept.other-format"),
        KeptError::Damaged => say!("errors.kept.damaged"),
        KeptError::OtherImages => say!("errors.kept.other-images"),
        KeptError::Storage(_) => say!("errors.kept.storage"),
    }
}

/// Returns the reason that the GPU is not used: a clause.
pub fn gpu_fault(fault: &GpuFault) -> String {
    say!(match fault {
        GpuFault::NoGpu => "errors.gpu.none",
        GpuFault::NoWorker => "errors.gpu.no-worker",
        GpuFault::Unreachable => "errors.gpu.unreachable",
        GpuFault::BrokeDown => "errors.gpu.broke-down",
        GpuFault::OtherBuild => "errors.gpu.other-build",
        GpuFault::Silent => "errors.gpu.silent",
        GpuFault::Unreadable => "errors.gpu.unreadable",
        GpuFault::Invalid => "errors.gpu.invalid",
        GpuFault::Weights => "errors.gpu.weights",
        GpuFault::Loss => "errors.gpu.loss",
        GpuFault::Command => "errors.gpu.command",
        GpuFault::OtherNetwork => "errors.gpu.other-network",
        GpuFault::NoRun => "errors.gpu.no-run",
        GpuFault::Steps => "errors.gpu.steps",
        GpuFault::Network(error) => return error.reason(),
        GpuFault::Device(error) => return gpu_error(error),
    })
}

fn gpu_error(error: &GpuError) -> String {
    match error {
        GpuError::NoAdapter => say!("errors.gpu.no-adapter"),
        GpuError::NoDevice(why) => say!("errors.gpu.no-device", why = why),
        GpuError::TooLarge { what: Quantity::Bytes, needed, limit } => {
            say!("errors.gpu.bytes", n = needed, most = limit)
        }
        GpuError::TooLarge { what: Quantity::Workgroups, needed, limit } => {
            say!("errors.gpu.workgroups", n = needed, most = limit)
        }
        GpuError::Fault(Fault::Lost(why)) if why.is_empty() => say!("errors.gpu.lost"),
        GpuError::Fault(Fault::Lost(why)) => say!("errors.gpu.lost-why", why = why),
        GpuError::Fault(Fault::OutOfMemory) => say!("errors.gpu.memory"),
        GpuError::Fault(Fault::Refused(why)) => say!("errors.gpu.refused", why = why),
    }
}

/// Names the numbers in which the GPU and the processor differ: "the weights of conv 1".
pub fn gpu_difference(what: &GpuDifference) -> String {
    match what {
        GpuDifference::Answer => say!("errors.difference.answer"),
        GpuDifference::Loss => say!("errors.difference.loss"),
        GpuDifference::Hits => say!("errors.difference.hits"),
        GpuDifference::Length => say!("errors.difference.length"),
        GpuDifference::Weights(layer) => say!("errors.difference.weights", layer = layer_name(layer)),
        GpuDifference::Biases(layer) => say!("errors.difference.biases", layer = layer_name(layer)),
    }
}

#[cfg(test)]
mod tests;
