//! A checkpoint: a network at a step of its training. Storage, history, forks and a GPU all begin from one.

mod compact;

use crate::init::Parameters;
use crate::optim::{Optimiser, OptimiserState};
use crate::spec::{Spec, SpecError};
use crate::spec_text::{TextError, as_text};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The training and test record of a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Images that it learned from.
    pub n_training: u32,
    /// The number of times that it saw each of them.
    pub n_epochs: u32,
    /// Images, all of them unseen before, that it was measured on, as it is kept here. 0: it was not measured.
    pub n_test: u32,
    /// Of these, those that it got right.
    pub n_correct: u32,
    /// Parts in a million: the least probability of its first class that counts as that class. 0 where the most
    /// probable class is the answer.
    pub threshold: u32,
}

/// The origin of a network's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// Trained beforehand; they come with the page.
    Shipped(Record),
    /// A run, after so many steps. At 0 the weights are random.
    Run {
        /// Steps done.
        iteration: u32,
    },
}

/// A place in the order of a run's images: what comes next follows from these four numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Steps done.
    pub step: u32,
    /// Seed of the shuffles.
    pub seed: u64,
    /// Images of an epoch.
    pub n_images: u32,
    /// Images of a step.
    pub batch: u32,
}

/// A network at a step of its training: everything that it computes with, and everything that training goes on from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Its layers.
    #[serde(with = "as_text")]
    pub spec: Spec,
    /// The rule of its updates.
    pub optimiser: Optimiser,
    /// For every tensor in the order of the layers, running statistics among them, its values, then what the optimiser remembers of them, row by row.
    pub values: Vec<f32>,
    /// The place in the data's order. None: it is not known, and nothing of the optimiser's memory is kept.
    pub place: Option<Place>,
    /// Its training and test record.
    pub record: Record,
}

/// The reason that something is no checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub enum CheckpointError {
    /// The bytes do not begin with `receptN1`.
    Magic,
    /// The network's text is not in UTF-8.
    Encoding,
    /// The network's text is none.
    Text(TextError),
    /// The network cannot be built.
    Network(SpecError),
    /// There are fewer or more bytes than the network needs.
    Length {
        /// Bytes there are.
        found: usize,
        /// Bytes there should be.
        wanted: usize,
    },
    /// There are fewer or more values than the network and its optimiser have.
    Values,
    /// A scale is negative or not a finite number.
    Scale,
    /// More images right than measured, or a threshold above one.
    Record,
}

receptive_core::error_code!(CheckpointError);

impl Record {
    fn numbers(&self) -> [u32; 5] {
        [self.n_training, self.n_epochs, self.n_test, self.n_correct, self.threshold]
    }

    /// The fraction of test images that it got right.
    pub fn accuracy(&self) -> f32 {
        self.n_correct as f32 / self.n_test.max(1) as f32
    }

    /// [`threshold`](Self::threshold) as a probability.
    pub fn least_probability(&self) -> f32 {
        self.threshold as f32 / 1e6
    }
}

impl Checkpoint {
    /// A network at a place of its training.
    pub fn new(
        spec: Spec,
        optimiser: Optimiser,
        place: Place,
        parameters: &Parameters,
        memory: &OptimiserState,
    ) -> Self {
        let mut made = Self { spec, optimiser, values: Vec::new(), place: None, record: Record::default() };
        made.update(place, parameters, memory);
        made
    }

    /// Takes over where the same training stands now, into the memory that is there.
    pub fn update(&mut self, place: Place, parameters: &Parameters, memory: &OptimiserState) {
        self.place = Some(place);
        self.values.clear();
        for (i, tensor) in parameters.tensors().iter().enumerate() {
            self.values.extend_from_slice(&tensor.values);
            memory.slots(i).iter().for_each(|row| self.values.extend_from_slice(row));
        }
    }

    /// Steps done; 0 where that is not known.
    pub fn step(&self) -> u32 {
        self.place.map_or(0, |place| place.step)
    }

    /// Writes it to weights and the memory of their optimiser. Returns false, and changes nothing, when they are not
    /// those of such a network.
    pub fn put(&self, parameters: &mut Parameters, memory: &mut OptimiserState) -> bool {
        let slots = |i| memory.slots(i).iter().map(Vec::len).sum::<usize>();
        let len: usize = parameters.tensors().iter().enumerate().map(|(i, w)| w.values.len() + slots(i)).sum();
        if self.values.len() != len {
            return false;
        }
        let mut rest = self.values.as_slice();
        for (i, values) in parameters.values_mut_in_order().enumerate() {
            for row in [values].into_iter().chain(memory.slots_mut(i).iter_mut().map(Vec::as_mut_slice)) {
                let (here, behind) = rest.split_at(row.len());
                row.copy_from_slice(here);
                rest = behind;
            }
        }
        memory.set_n_steps(i32::try_from(self.step()).unwrap_or(i32::MAX));
        true
    }

    /// Its weights and biases.
    ///
    /// # Errors
    /// When the network cannot be built, or the values are those of another.
    pub fn parameters(&self) -> Result<Parameters, CheckpointError> {
        // Nothing larger than the values is allocated before it is known that they are so many.
        if Parameters::lens(&self.spec).map_err(CheckpointError::Network)?.into_iter().sum::<usize>()
            > self.values.len()
        {
            return Err(CheckpointError::Values);
        }
        let mut parameters = Parameters::init(&self.spec, 0).map_err(CheckpointError::Network)?;
        let mut memory = OptimiserState::new(self.optimiser, &parameters);
        if self.put(&mut parameters, &mut memory) { Ok(parameters) } else { Err(CheckpointError::Values) }
    }

    /// True if no value is NaN or infinite.
    pub fn is_finite(&self) -> bool {
        self.values.iter().all(|value| value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Preset, Program, Purpose};

    #[test]
    fn what_is_taken_over_is_put_back_to_the_last_bit() {
        for optimiser in Optimiser::ALL {
            let spec = Preset::Small.spec();
            let parameters = Parameters::init(&spec, 3).unwrap();
            let mut memory = OptimiserState::new(optimiser, &parameters);
            let gradient: Vec<f32> = (0..parameters.len()).map(|i| (i % 13) as f32 - 6.0).collect();
            let mut trained = parameters.clone();
            let program = Program::compile(&spec, 2, Purpose::Training(optimiser)).unwrap();
            memory.step(&program, &mut trained, &gradient, 0.01);
            let place = Place { step: 1, seed: 3, n_images: 100, batch: 10 };
            let made = Checkpoint::new(spec.clone(), optimiser, place, &trained, &memory);
            assert_eq!(made.parameters(), Ok(trained.clone()));
            let (mut other, mut remembered) = (parameters.clone(), OptimiserState::new(optimiser, &parameters));
            assert!(made.put(&mut other, &mut remembered));
            assert_eq!((&other, &remembered), (&trained, &memory));
            let mut again = Checkpoint::new(spec, optimiser, Place { step: 0, ..place }, &parameters, &remembered);
            again.update(place, &trained, &memory);
            assert_eq!(again, made);
        }
    }

    #[test]
    fn values_of_another_network_are_refused_and_change_nothing() {
        let spec = Preset::Small.spec();
        let parameters = Parameters::init(&spec, 3).unwrap();
        let memory = OptimiserState::new(Optimiser::ADAM, &parameters);
        let place = Place { step: 1, seed: 3, n_images: 100, batch: 10 };
        let made = Checkpoint::new(spec.clone(), Optimiser::ADAM, place, &parameters, &memory);
        let shorter = Checkpoint { values: made.values[1..].to_vec(), ..made.clone() };
        let other_rule = Checkpoint { optimiser: Optimiser::SGD, ..made.clone() };
        let [smaller, larger] =
            [Preset::Linear, Preset::Slides].map(|preset| Checkpoint { spec: preset.spec(), ..made.clone() });
        for wrong in [&shorter, &other_rule, &smaller, &larger] {
            assert_eq!(wrong.parameters(), Err(CheckpointError::Values));
        }
        let (mut kept, mut remembered) = (parameters.clone(), memory.clone());
        assert!(!shorter.put(&mut kept, &mut remembered));
        assert_eq!((kept, remembered), (parameters, memory));
        let mut diverged = made;
        assert!(diverged.is_finite());
        diverged.values[5] = f32::NAN;
        assert!(!diverged.is_finite());
    }
}
