//! The side of the GPU's worker, which carries out commands on the device.

use super::messages::{Answer, GpuCommand, StepResults, Steps};
use crate::protocol::{GpuFault, encode};
use receptive_gpu::{Batch, Choice, Dataset, Gpu, GpuError, MAX_STEPS, Step, Weights};
use receptive_nn::{Checkpoint, Head, Optimiser, Parameters, Place, Program, Purpose, Record, Spec};
use std::pin::Pin;

/// An answer that comes when the device has got so far. Answers are to be handed on in the order of their commands.
pub type Reply = Pin<Box<dyn Future<Output = Vec<u8>>>>;

/// A device and the run that is trained on it.
#[derive(Default)]
pub struct GpuWorker {
    gpu: Option<Gpu>,
    open: Option<Open>,
    run: u32,
}

struct Open {
    batch: usize,
    dataset: Dataset,
    step: Step,
    /// The checkpoint that the sequence began from, without its values.
    begun: Checkpoint,
}

impl Open {
    /// Goes on from a checkpoint. Returns false when it is one of another network.
    fn begin(&mut self, mut checkpoint: Checkpoint) -> bool {
        let is_valid = self.step.write_state(checkpoint.step(), &checkpoint.values);
        checkpoint.values = Vec::new();
        self.begun = checkpoint;
        is_valid
    }
}

impl GpuWorker {
    /// Creates a worker without a device; the first [`GpuCommand::Open`] opens one.
    pub fn new() -> Self {
        Self::default()
    }

    /// The device, once one is open.
    pub fn gpu(&self) -> Option<&Gpu> {
        self.gpu.as_ref()
    }

    /// Carries out a command, and returns the answer if it has one. The next command may be given at once, though the
    /// answer is not there yet.
    pub async fn work(&mut self, command: &[u8]) -> Option<Reply> {
        match postcard::from_bytes(command) {
            Ok(GpuCommand::Open { run, spec, rule, loss, batch, n_images }) => {
                (self.open, self.run) = (None, run);
                let opened = self.open(&spec, (rule, loss), batch as usize, n_images as usize).await;
                Some(match opened {
                    Ok(()) => ready(Answer::Opened { run }),
                    Err(fault) => failed(run, fault),
                })
            }
            Ok(GpuCommand::Images { first, pixels, labels }) => {
                if let (Some(gpu), Some(open)) = (&self.gpu, &self.open) {
                    open.dataset.write(gpu, first as usize, &pixels, &labels);
                }
                None
            }
            Ok(GpuCommand::Begin(checkpoint)) => {
                let is_valid = self.open.as_mut().is_none_or(|open| open.begin(checkpoint));
                (!is_valid).then(|| failed(self.run, GpuFault::OtherNetwork))
            }
            Ok(GpuCommand::Steps(steps)) => Some(self.steps(steps)),
            Err(_) => Some(failed(self.run, GpuFault::Command)),
        }
    }

    async fn open(
        &mut self,
        spec: &Spec,
        (rule, loss): (Optimiser, Head),
        batch: usize,
        n_images: usize,
    ) -> Result<(), GpuFault> {
        let gpu = match &self.gpu {
            Some(gpu) if gpu.fault().is_none() => gpu.clone(),
            _ => Gpu::open(Choice::Fastest).await?,
        };
        self.gpu = Some(gpu.clone());
        let program = Program::compile_for(spec, batch, Purpose::Training(rule), loss, &[])?;
        // Any weights will do: those of the run come with the first sequence.
        let parameters = Parameters::init(spec, 0)?;
        let weights = Weights::new(&gpu, &parameters)?;
        let dataset = Dataset::new(&gpu, n_images, spec.input.iter().product())?;
        let step = Step::record(&gpu, program, &weights, &dataset).await?;
        let begun =
            Checkpoint { spec: spec.clone(), optimiser: rule, values: vec![], place: None, record: Record::default() };
        self.open = Some(Open { batch, dataset, step, begun });
        Ok(())
    }

    /// Submits steps and what is to be read back after them.
    fn steps(&mut self, Steps { sequence, first, picks, rates, keys, reads_back }: Steps) -> Reply {
        let run = self.run;
        let Some(Open { batch, dataset, step, begun }) = &mut self.open else {
            return failed(run, GpuFault::NoRun);
        };
        let is_valid = rates.len() <= MAX_STEPS
            && picks.len() == rates.len() * *batch
            && keys.len() == rates.len()
            && picks.iter().all(|&image| (image as usize) < dataset.n_images());
        if !is_valid {
            return failed(run, GpuFault::Steps);
        }
        let batches = picks.chunks(*batch).zip(rates.iter().zip(&keys));
        let batch = |(picks, (&learning_rate, &key))| Batch { picks, learning_rate, key };
        let batches: Vec<_> = batches.map(batch).collect();
        let results = (!batches.is_empty()).then(|| step.submit(&batches));
        let place = begun.place.map(|place| Place { step: step.n_steps(), ..place });
        let state = reads_back.then(|| (step.read_state(), Checkpoint { place, ..begun.clone() }));
        Box::pin(async move {
            let results_and_state = async {
                let results = match results {
                    Some(results) => results.await?,
                    None => Vec::new(),
                };
                let state = match state {
                    Some((values, begun)) => Some(Checkpoint { values: values.await?, ..begun }),
                    None => None,
                };
                let losses = results.iter().map(|result| result.loss).collect();
                let n_correct = results.iter().map(|result| result.n_correct as u32).collect();
                Ok::<_, GpuError>(StepResults { sequence, first, losses, n_correct, state })
            };
            encode(&match results_and_state.await {
                Ok(results) => Answer::Steps(results),
                Err(error) => Answer::Failed { run, fault: error.into() },
            })
        })
    }
}

fn ready(answer: Answer) -> Reply {
    Box::pin(std::future::ready(encode(&answer)))
}

fn failed(run: u32, fault: GpuFault) -> Reply {
    ready(Answer::Failed { run, fault })
}
