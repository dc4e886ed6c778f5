//! Measuring a split, one batch at a time, so that a pause never waits long.

use crate::protocol::{Split, TestReport, TestSample};
use crate::run::Run;
use receptive_data::{Dataset, Schema};
use receptive_nn::Tally;
use std::cmp::Ordering;
use std::ops::Range;

/// Test images shown at the end, from the front.
const N_SAMPLES: u32 = 60;
/// Most confident mistakes shown at the end.
const N_MISTAKES: usize = 40;

/// The measuring of a split, as far as it has come.
pub(crate) struct Evaluation {
    pub(crate) split: Split,
    next: u32,
    end: u32,
    schema: Schema,
    tally: Tally,
    samples: Vec<TestSample>,
    mistakes: Vec<TestSample>,
    labels: Vec<u8>,
    predicted: Vec<u8>,
}

impl Evaluation {
    /// The images `range` of a split of a dataset with this schema. Validation images are named by their positions in the training part.
    pub(crate) fn new(split: Split, range: Range<usize>, schema: &Schema) -> Self {
        Self {
            split,
            next: range.start as u32,
            end: range.end as u32,
            tally: Tally::new(schema.n_classes()),
            schema: schema.clone(),
            samples: Vec::new(),
            mistakes: Vec::new(),
            labels: Vec::new(),
            predicted: Vec::new(),
        }
    }

    /// The images that come next, so that they can be provided.
    pub(crate) fn next_range(&self, batch: usize) -> Range<usize> {
        self.next as usize..(self.next as usize + batch).min(self.end as usize)
    }

    /// Puts the next images together in `run`, if they are there.
    pub(crate) fn gather(&self, run: &mut Run, dataset: &Dataset) -> bool {
        let indices: Vec<u32> = self.next_range(run.batch()).map(|i| i as u32).collect();
        run.gather(dataset, self.split, &indices)
    }

    /// Counts what the network made of the next images: class probabilities, (n, classes), losses in nats, (n), and
    /// true classes, of which there may be more. Returns whether those were the last.
    pub(crate) fn take(&mut self, dataset: &Dataset, (probabilities, losses): (&[f32], &[f32]), labels: &[u8]) -> bool {
        let (labels, n_classes) = (&labels[..losses.len()], self.schema.n_classes());
        self.tally.add(probabilities, labels, losses);
        if self.split == Split::Test {
            self.labels.extend_from_slice(labels);
            self.predicted.extend(probabilities.chunks(n_classes).map(|row| argmax(row) as u8));
            for ((index, &label), probabilities) in (self.next..).zip(labels).zip(probabilities.chunks(n_classes)) {
                self.note(dataset, index, label, probabilities);
            }
        }
        self.next += losses.len() as u32;
        self.next == self.end
    }

    /// Keeps an image that the page will show: the first ones, and the most confident mistakes.
    fn note(&mut self, dataset: &Dataset, index: u32, label: u8, probabilities: &[f32]) {
        let predicted = argmax(probabilities);
        let confidence = probabilities[predicted];
        let is_mistake = predicted != label as usize
            && self.mistakes.last().is_none_or(|last| self.mistakes.len() < N_MISTAKES || top(last) < confidence);
        if index >= N_SAMPLES && !is_mistake {
            return;
        }
        let Some((pixels, _)) = dataset.test_image(index as usize) else { return };
        let shape = self.schema.shape;
        let sample = TestSample { index, shape, pixels, label, probabilities: probabilities.to_vec() };
        if is_mistake {
            self.mistakes.push(sample.clone());
            self.mistakes.sort_by(|a, b| top(b).partial_cmp(&top(a)).unwrap_or(Ordering::Equal));
            self.mistakes.truncate(N_MISTAKES);
        }
        if index < N_SAMPLES {
            self.samples.push(sample);
        }
    }

    /// Mean loss in nats and fraction right.
    pub(crate) fn loss_and_accuracy(&self) -> (f32, f32) {
        (self.tally.mean_loss(), self.tally.accuracy())
    }

    pub(crate) fn into_report(self) -> TestReport {
        TestReport {
            classes: self.schema.classes,
            n_images: self.tally.n(),
            n_correct: self.tally.n_correct(),
            loss: self.tally.mean_loss(),
            confusion: self.tally.confusion().to_vec(),
            samples: self.samples,
            mistakes: self.mistakes,
            labels: self.labels,
            predicted: self.predicted,
        }
    }
}

/// The most probable class; the first of equals.
pub(crate) fn argmax(probabilities: &[f32]) -> usize {
    (1..probabilities.len()).fold(0, |best, i| if probabilities[i] > probabilities[best] { i } else { best })
}

fn top(sample: &TestSample) -> f32 {
    sample.probabilities[argmax(&sample.probabilities)]
}
