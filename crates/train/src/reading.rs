//! Images that the page wants read: a batch at a time between the steps of a run, shared out as they are.

use crate::protocol::{Answer, Event, Prediction, Refusal, RequestId};
use crate::run::Run;

use receptive_nn::Origin;

/// A request, and how far it has come.
pub(crate) struct Reading {
    request: RequestId,
    /// (n, c, h, w), 0 to 1.
    pixels: Vec<f32>,
    /// Class probabilities of those that have been read, (n, classes).
    probabilities: Vec<f32>,
    /// The weights that read them.
    version: u32,
}

impl Reading {
    pub(crate) fn new(request: RequestId, pixels: Vec<f32>, run: &Run) -> Self {
        let probabilities = Vec::with_capacity(pixels.len() / run.image_len() * run.n_classes());
        Self { request, pixels, probabilities, version: 0 }
    }

    /// Puts the next images together in `run`. Returns how many they are.
    pub(crate) fn gather(&mut self, run: &mut Run) -> usize {
        // One answer comes from one network: other weights begin anew.
        if self.version != run.version {
            self.version = run.version;
            self.probabilities.clear();
        }
        let image_len = run.image_len();
        let left = &self.pixels[self.probabilities.len() / run.n_classes() * image_len..];
        run.gather_pixels(&left[..left.len().min(run.batch() * image_len)])
    }

    /// Takes what the network made of the images that were put together last. Returns whether those were all.
    pub(crate) fn take(&mut self, run: &Run, probabilities: &[f32]) -> bool {
        if self.version == run.version {
            self.probabilities.extend_from_slice(probabilities);
        }
        self.probabilities.len() / run.n_classes() == self.pixels.len() / run.image_len()
    }

    pub(crate) fn into_answer(self, run: &Run) -> Event {
        let Self { request, probabilities, .. } = self;
        let origin = Origin::Run { iteration: run.iteration };
        Event::Answered(request, Ok(Answer::Prediction(Prediction { probabilities, origin, likeness: None })))
    }

    /// The answer when the run is closed before all is read.
    pub(crate) fn into_refusal(self) -> Event {
        Event::Answered(self.request, Err(Refusal::Closed))
    }
}
