//! Images that the page wants read: a batch at a time between the steps of a run, shared out as they are.

use crate::pool::N_CLASSES;
use crate::protocol::{Answer, Event, Prediction, Refusal, RequestId};
use crate::run::Run;

use receptive_data::PIXELS;
use receptive_nn::Origin;

/// A request, and how far it has come.
pub(crate) struct Reading {
    request: RequestId,
    /// (n, 1, 28, 28), 0 to 1.
    pixels: Vec<f32>,
    /// Class probabilities of those that have been read, (n, classes).
    probabilities: Vec<f32>,
    /// The weights that read them.
    version: u32,
}

impl Reading {
    pub(crate) fn new(request: RequestId, pixels: Vec<f32>) -> Self {
        let probabilities = Vec::with_capacity(pixels.len() / PIXELS * N_CLASSES);
        Self { request, pixels, probabilities, version: 0 }
    }

    /// Puts the next images together in `run`. Returns how many they are.
    pub(crate) fn gather(&mut self, run: &mut Run) -> usize {
        // One answer comes from one network: other weights begin anew.
        if self.version != run.version {
            self.version = run.version;
            self.probabilities.clear();
        }
        let left = &self.pixels[self.probabilities.len() / N_CLASSES * PIXELS..];
        run.gather_pixels(&left[..left.len().min(run.batch() * PIXELS)])
    }

    /// Takes what the network made of the images that were put together last. Returns whether those were all.
    pub(crate) fn take(&mut self, run: &Run, probabilities: &[f32]) -> bool {
        if self.version == run.version {
            self.probabilities.extend_from_slice(probabilities);
        }
        self.probabilities.len() / N_CLASSES == self.pixels.len() / PIXELS
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
