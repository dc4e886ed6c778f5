//! A network of one layer that learns four small pictures, step by step.

use crate::plane::refused;
use crate::trace::Run;
use crate::world::Unavailable;
use receptive_nn::{Head, Layer, Optimiser, OptimiserState, Parameters, Spec};

/// Side of a picture.
pub(super) const SIDE: usize = 3;
/// Steps of the run.
pub(super) const N_STEPS: usize = 12;

/// The pictures: a cross of diagonals (class 0) and an upright cross (class 1), whole and with a gap.
#[rustfmt::skip]
pub(super) const PICTURES: [(u8, [f32; SIDE * SIDE]); 4] = [
    (0, [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]),
    (1, [0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0]),
    (0, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]),
    (1, [0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]),
];

/// One step: what it was taken with, and what came of it.
pub(super) struct Taken {
    /// The picture that it looked at, by its position.
    pub(super) picture: usize,
    /// Forward and back, with the weights before the step.
    pub(super) run: Run,
    /// The weights after it, a row for each class.
    pub(super) after: Vec<f32>,
    /// The loss of the picture before it.
    pub(super) loss: f32,
    /// The mean loss of all pictures after it.
    pub(super) mean_after: f32,
}

/// A run of so many steps.
pub(super) struct Training {
    pub(super) steps: Vec<Taken>,
    /// The mean loss of all pictures before the first step.
    pub(super) mean_before: f32,
    pub(super) rate: f32,
}

impl Training {
    /// Trains from weights that follow from a seed, a picture at a step, each in turn.
    ///
    /// # Errors
    /// None that these sizes can have.
    pub(super) fn new(seed: usize, rate: f32) -> Result<Self, Unavailable> {
        let spec = Spec { input: [1, SIDE, SIDE], layers: vec![Layer::Flatten, Layer::Linear { units: 2 }] };
        let mut parameters = Parameters::init(&spec, seed as u64).map_err(|error| refused(&error))?;
        let rule = Optimiser::SGD;
        let mut state = OptimiserState::new(rule, &parameters);
        let mean_before = mean_loss(&spec, &parameters)?;
        let mut steps = vec![];
        for step in 0..N_STEPS {
            let picture = step % PICTURES.len();
            let run = looked(&spec, &parameters, picture)?;
            state.begin_step();
            for (i, tensor) in [run.weights(0), run.biases(0)].into_iter().flatten().enumerate() {
                let gradient = run.gradient(tensor).map(|gradient| run.values(gradient)).unwrap_or_default();
                let name = run.name(tensor).unwrap_or_default();
                if let Some(values) = parameters.values_mut(&name) {
                    state.update(rule, i, values, gradient, [rate, 1.0]);
                }
            }
            let after = parameters.tensors()[0].values.clone();
            let loss = loss(&run);
            steps.push(Taken { picture, run, after, loss, mean_after: mean_loss(&spec, &parameters)? });
        }
        Ok(Self { steps, mean_before, rate })
    }

    /// The mean loss after the last step.
    pub(super) fn last(&self) -> f32 {
        self.steps.last().map_or(self.mean_before, |step| step.mean_after)
    }
}

/// A picture, forward and back.
fn looked(spec: &Spec, parameters: &Parameters, picture: usize) -> Result<Run, Unavailable> {
    let values: Vec<_> = parameters.tensors().iter().map(|tensor| tensor.values.clone()).collect();
    let (class, pixels) = PICTURES[picture];
    Run::both_ways(spec, &values, &pixels, (Head::CrossEntropy, class)).map_err(|error| refused(&error))
}

fn mean_loss(spec: &Spec, parameters: &Parameters) -> Result<f32, Unavailable> {
    let mut sum = 0.0;
    for picture in 0..PICTURES.len() {
        sum += loss(&looked(spec, parameters, picture)?);
    }
    Ok(sum / PICTURES.len() as f32)
}

/// The loss of a run's picture.
fn loss(run: &Run) -> f32 {
    run.named("losses").and_then(|losses| run.values(losses).first().copied()).unwrap_or(f32::NAN)
}
