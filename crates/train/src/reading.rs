//! Images that the page wants read: a batch at a time between the steps of a run, shared out as they are.

use crate::evaluation::argmax;
use crate::protocol::{Accuracy, Answer, Event, Prediction, Refusal, RequestId};
use crate::run::Run;
use receptive_nn::Origin;

/// A request, and how far it has come.
pub(crate) struct Reading {
    request: RequestId,
    /// (n, c, h, w), 0 to 1.
    pixels: Vec<f32>,
    /// The true classes, (n), if only the number of those read right is asked for.
    labels: Option<Vec<u8>>,
    /// Class probabilities of those that have been read, (n, classes).
    probabilities: Vec<f32>,
    /// The weights that read them.
    version: u32,
}

impl Reading {
    /// The reading of images, (n, c, h, w), whose probabilities are asked for.
    pub(crate) fn new(request: RequestId, pixels: Vec<f32>, run: &Run) -> Self {
        let probabilities = Vec::with_capacity(pixels.len() / run.image_len() * run.n_classes());
        Self { request, pixels, labels: None, probabilities, version: 0 }
    }

    /// The reading of images, (n, c, h, w), of which those are counted that are taken for their true classes, (n).
    pub(crate) fn counting(request: RequestId, pixels: Vec<f32>, labels: Vec<u8>, run: &Run) -> Self {
        Self { labels: Some(labels), ..Self::new(request, pixels, run) }
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
        let Self { request, labels, probabilities, .. } = self;
        let iteration = run.iteration;
        let answer = match labels {
            Some(labels) => {
                let rows = probabilities.chunks_exact(run.n_classes());
                let n_correct = rows.zip(&labels).filter(|(row, label)| argmax(row) == usize::from(**label)).count();
                Answer::Accuracy(Accuracy { n_images: labels.len() as u32, n_correct: n_correct as u32, iteration })
            }
            None => {
                let origin = Origin::Run { iteration };
                Answer::Prediction(Prediction { probabilities, origin, likeness: None })
            }
        };
        Event::Answered(request, Ok(answer))
    }

    /// The answer when the run is closed before all is read.
    pub(crate) fn into_refusal(self) -> Event {
        Event::Answered(self.request, Err(Refusal::Closed))
    }
}
