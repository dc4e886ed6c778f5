//! The live values: the digit that goes through all chapters, the network in the Lab, the learner's own picture.

use crate::{Matrix, grouped, number, say};
use receptive_core::ops::MOST_MOMENTS;
use receptive_nn::{Inspection, Optimiser, Origin, Schedule, Spec};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// The live values that the page has. A value that is not there yet is on its way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// The digit of all chapters.
    pub digit: Option<Rc<Digit>>,
    /// The network, with what it makes of the digit.
    pub network: Option<Rc<Network>>,
    /// The learner's own picture, grey, 0 to 1.
    pub picture: Option<Rc<Matrix>>,
    /// What the last step of the network in the Lab did to one weight.
    pub step: Option<Rc<WeightStep>>,
    /// The course of the learning rate in the Lab.
    pub course: Option<Rc<LabCourse>>,
}

/// The learning rate of the run in the Lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LabCourse {
    /// Its course.
    pub schedule: Schedule,
    /// The rate that was chosen.
    pub rate: f32,
    /// Steps of the run.
    pub n_steps: u32,
    /// Steps that are done.
    pub iteration: u32,
    /// Its validations so far, oldest first: steps done, mean loss.
    pub measured: Vec<(u32, f32)>,
}

/// A digit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digit {
    /// 28×28, 0 (background) to 1 (ink).
    pub image: Matrix,
    /// Its name: "MNIST test image 7: a 9".
    pub name: String,
    /// Its class, unless it was drawn.
    pub class: Option<u8>,
}

impl Digit {
    /// The class that it counts as, of so many: its own, or the one after that. A drawn digit's own is 0.
    pub fn counts_as(&self, is_next: bool, n_classes: usize) -> u8 {
        let own = self.class.unwrap_or(0);
        if is_next { ((usize::from(own) + 1) % n_classes.max(1)) as u8 } else { own }
    }
}

/// A network as it stands, and what it makes of the digit: the one in the Lab, or the one that comes with the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Its layers.
    pub spec: Spec,
    /// The origin of its weights.
    pub origin: Origin,
    /// Weights and activations, layer by layer.
    pub values: Inspection,
}

/// What a training step did to one weight, in all its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightStep {
    /// The tensor: "conv 1.weight".
    pub tensor: String,
    /// The kernel or unit, and the place in its row, from 0.
    pub at: [usize; 2],
    /// The number of the step, from 1.
    pub iteration: u32,
    /// The learning rate that it was taken with.
    pub learning_rate: f32,
    /// The factor that clipping gave the gradient; 1 where it did not shorten it.
    pub gradient_scale: f32,
    /// The rule.
    pub optimiser: Optimiser,
    /// The weight before the step and after it.
    pub weight: [f32; 2],
    /// Its gradient, the mean over the batch.
    pub gradient: f32,
    /// What the rule remembered before the step and after it; 0 for what it does not have.
    pub memory: [[f32; MOST_MOMENTS]; 2],
}

impl Network {
    /// Returns the origin of its weights, as part of a sentence: "the weights that came with the page".
    pub fn weights(&self) -> String {
        match self.origin {
            Origin::Shipped(_) => say!("ui.weights.shipped"),
            Origin::Run { iteration: 0 } => say!("ui.weights.fresh"),
            Origin::Run { iteration } => say!("ui.weights.run", n = grouped(iteration.into()), steps = iteration),
        }
    }
}

/// Returns the facts about a network's weights: all of them, or one short sentence.
pub fn provenance(origin: Origin, is_brief: bool) -> String {
    let key = |about: &str| format!("ui.weights.{}-{about}", if is_brief { "brief" } else { "about" });
    match origin {
        Origin::Shipped(record) => say!(
            key("shipped"),
            n = grouped(record.n_training.into()),
            n_test = grouped(record.n_test.into()),
            percent = number((1e4 * record.accuracy()).round() / 100.0)
        ),
        Origin::Run { iteration: 0 } => say!(key("fresh")),
        Origin::Run { iteration } => say!("ui.weights.run-weights", n = grouped(iteration.into()), steps = iteration),
    }
}

/// The reason that a chapter has nothing to show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unavailable {
    /// The digit is on its way.
    Digit,
    /// The network is on its way.
    Network,
    /// The learner has given no picture yet.
    Picture,
    /// The settings cannot be; why, and what would do.
    Refused(String),
}

impl World {
    /// The digit's picture.
    ///
    /// # Errors
    /// While it is on its way.
    pub fn digit(&self) -> Result<&Digit, Unavailable> {
        self.digit.as_deref().ok_or(Unavailable::Digit)
    }

    /// The course of the learning rate in the Lab.
    ///
    /// # Errors
    /// While the run is being opened: until then it is not known how many steps it has.
    pub fn course(&self) -> Result<&LabCourse, Unavailable> {
        self.course.as_deref().ok_or(Unavailable::Network)
    }

    /// The network.
    ///
    /// # Errors
    /// While it is on its way.
    pub fn network(&self) -> Result<&Network, Unavailable> {
        self.network.as_deref().ok_or(Unavailable::Network)
    }

    /// The step.
    ///
    /// # Errors
    /// While it is on its way.
    pub fn step(&self) -> Result<&WeightStep, Unavailable> {
        self.step.as_deref().ok_or(Unavailable::Network)
    }
}
