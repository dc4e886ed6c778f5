//! Answers to what the page asks beside the training: predictions, images, tensors.

use crate::look::Look;
use crate::nudge::NudgeRequest;
use crate::protocol::{
    Answer, DatasetKind, Event, FoundImage, MOST_TEST_IMAGES, Nudged, Prediction, Query, Refusal, RequestId, RunId,
    Split, Tensors, TestSample, Weights,
};
use crate::reading::Reading;
use crate::run::{MAX_BATCH, Run};
use crate::session::Session;
use crate::shipped::Ready;
use crate::sources::{Presence, Sources, Supply};
use receptive_data::digits;
use receptive_nn::Origin;
use std::mem;

/// A request for an image that has not arrived.
pub(crate) struct ImageRequest {
    request: RequestId,
    dataset: DatasetKind,
    split: Split,
    index: u32,
}

impl Session {
    /// Answers a question, now or when what it needs is there.
    pub(crate) fn answer(&mut self, request: RequestId, query: Query) {
        let answer = match query {
            Query::Predict { weights, pixels } => self.predict(request, weights, pixels),
            Query::Tensors { weights, pixels, names } => {
                let look = Look { image: &pixels, backward: None, names };
                self.look(weights, look).map(|tensors| Some(Answer::Tensors(tensors)))
            }
            Query::Gradients { weights, pixels, of, names } => {
                let look = Look { image: &pixels, backward: Some(of), names };
                self.look(weights, look).map(|tensors| Some(Answer::Tensors(tensors)))
            }
            Query::Accuracy { run, n_images } => self.measure(request, run, n_images),
            Query::Nudge { weights, pixels, of, at, by } => {
                let nudged = self.nudge(weights, NudgeRequest { image: &pixels, of, at, by });
                nudged.map(|nudged| Some(Answer::Nudge(nudged)))
            }
            Query::Losses { run, seed, since, places, images: [first, end] } => {
                self.ask_losses(request, run, (seed, since), (places, first..end))
            }
            Query::RangeStep { run, test, step } => {
                self.range_step(run, test, step).map(|step| Some(Answer::RangeStep(step)))
            }
            Query::ReadTest { run, indices } => {
                self.test_samples(run, &indices).map(|found| Some(Answer::TestImages(found)))
            }
            Query::Step { run, names, example } => self.ask_step(request, run, names, example).map(|()| None),
            Query::StepLines { run } => self.step_lines(run).map(|lines| Some(Answer::StepLines(lines))),
            Query::ReadImage { dataset, split, index } => {
                self.sources.ask(dataset);
                self.image_requests.push(ImageRequest { request, dataset, split, index });
                return self.answer_image_requests();
            }
        };
        if let Some(answer) = answer.transpose() {
            self.emit(Event::Answered(request, answer));
        }
    }

    /// Answers for one image at once; more are read by a run like the batches of an evaluation.
    fn predict(&mut self, request: RequestId, weights: Weights, pixels: Vec<f32>) -> Result<Option<Answer>, Refusal> {
        let input = self.input(weights);
        check_images(&pixels, input, MAX_BATCH)?;
        let is_one = pixels.len() == input.iter().product::<usize>();
        let (probabilities, origin) = match weights {
            Weights::Shipped => {
                let reader = self.shipped.reader();
                (reader.predict(&pixels), reader.origin)
            }
            Weights::Run(id) => match self.kept_network(id)? {
                Some(mut kept) => (kept.predict(&pixels), kept.origin),
                None => {
                    let run = self.finite_run(id)?;
                    if !is_one {
                        self.pool.activate();
                        if let Some(open) = &mut self.open {
                            open.readings.push_back(Reading::new(request, pixels, &open.run));
                        }
                        return Ok(None);
                    }
                    (run.predict(&pixels), Origin::Run { iteration: run.iteration })
                }
            },
        };
        let likeness = (is_one && self.reads_digits(weights)).then(|| self.shipped.likeness(&pixels));
        Ok(Some(Answer::Prediction(Prediction { probabilities, origin, likeness })))
    }

    /// Reads the first test images that are there like the batches of an evaluation.
    fn measure(&mut self, request: RequestId, run: RunId, n_images: u32) -> Result<Option<Answer>, Refusal> {
        self.finite_run(run)?;
        let open = self.open.as_mut().ok_or(Refusal::NoRun)?;
        let indices = 0..n_images.min(MAX_BATCH) as usize;
        if open.supply == Supply::BuiltIn {
            // A chunk at a time, so that training never waits long.
            self.sources.make_built_in(Split::Test, indices.clone());
        }
        let images = self.sources.get(open.supply).ok_or(Refusal::NoRun)?;
        let found: Vec<_> = indices.filter_map(|i| images.test_image(i)).collect();
        if found.is_empty() {
            return Err(Refusal::NoImage { index: 0, n_images: images.n_test() as u32 });
        }
        let pixels =
            found.iter().flat_map(|(pixels, _)| pixels.iter().map(|&pixel| f32::from(pixel) / 255.0)).collect();
        let labels = found.iter().map(|(_, label)| *label).collect();
        open.readings.push_back(Reading::counting(request, pixels, labels, &open.run));
        self.pool.activate();
        Ok(None)
    }

    /// The shape of the images, (c, h, w), that a network reads. Where there is no such network, that of digits.
    fn input(&self, weights: Weights) -> [usize; 3] {
        match (weights, &self.open) {
            (Weights::Run(id), Some(open)) if self.run == id => open.run.config.spec.input,
            (Weights::Run(id), _) if self.kept.contains_key(&id) => self.kept[&id].checkpoint.spec.input,
            _ => digits::SHAPE.chw(),
        }
    }

    /// True if what a network reads are digits, as far as that is known.
    fn reads_digits(&self, weights: Weights) -> bool {
        match (weights, &self.open) {
            (Weights::Run(id), Some(open)) if self.run == id => open.run.schema == digits::schema(),
            _ => self.input(weights) == digits::SHAPE.chw(),
        }
    }

    fn look(&mut self, weights: Weights, look: Look<'_>) -> Result<Tensors, Refusal> {
        check_images(look.image, self.input(weights), 1)?;
        match weights {
            Weights::Shipped => self.shipped.reader().look(look),
            Weights::Run(id) => match self.kept_network(id)? {
                Some(mut kept) => kept.look(look),
                None => self.finite_run(id)?.look(look),
            },
        }
    }

    fn nudge(&mut self, weights: Weights, request: NudgeRequest<'_>) -> Result<Nudged, Refusal> {
        check_images(request.image, self.input(weights), 1)?;
        match weights {
            Weights::Shipped => self.shipped.reader().nudge(request),
            Weights::Run(id) => match self.kept_network(id)? {
                Some(mut kept) => kept.nudge(request),
                None => self.finite_run(id)?.nudge(request),
            },
        }
    }

    /// The open run, if it is this one and can look at images.
    pub(crate) fn finite_run(&mut self, id: RunId) -> Result<&mut Run, Refusal> {
        match &mut self.open {
            Some(open) if self.run != id || !open.run.is_finite() => {
                Err(if self.run == id { Refusal::Diverged } else { Refusal::NoRun })
            }
            Some(open) => Ok(&mut open.run),
            None => Err(Refusal::NoRun),
        }
    }

    /// The network of a run that is not open, as it was left.
    fn kept_network(&self, id: RunId) -> Result<Option<Ready>, Refusal> {
        let Some(kept) = self.kept.get(&id) else { return Ok(None) };
        let origin = Origin::Run { iteration: kept.checkpoint.step() };
        Ready::new(kept.checkpoint.clone(), origin).map(Some).map_err(|_| Refusal::NoRun)
    }

    /// Test images as the open run's network reads them.
    fn test_samples(&mut self, run: RunId, indices: &[u32]) -> Result<Vec<TestSample>, Refusal> {
        if indices.len() > MOST_TEST_IMAGES {
            let input = self.input(Weights::Run(run));
            let n_values = (indices.len() * input.iter().product::<usize>()) as u32;
            return Err(Refusal::Images { input: input.map(|n| n as u32), n_values, most: MOST_TEST_IMAGES as u32 });
        }
        self.finite_run(run)?;
        let open = self.open.as_mut().ok_or(Refusal::NoRun)?;
        if open.supply == Supply::BuiltIn {
            indices.iter().for_each(|&i| _ = self.sources.make_built_in(Split::Test, i as usize..i as usize + 1));
        }
        let images = self.sources.get(open.supply).ok_or(Refusal::NoRun)?;
        let found = indices.iter().filter_map(|&index| Some((index, images.test_image(index as usize)?)));
        let samples = found.map(|(index, (pixels, label))| {
            let levels: Vec<f32> = pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
            let shape = images.shape();
            TestSample { index, shape, pixels, label, probabilities: open.run.predict(&levels) }
        });
        Ok(samples.collect())
    }

    /// Answers the requests whose images are there, and refuses those whose images will never be.
    pub(crate) fn answer_image_requests(&mut self) {
        for asked in mem::take(&mut self.image_requests) {
            match self.find_image(&asked) {
                Some(answer) => self.emit(Event::Answered(asked.request, answer.map(Answer::Image))),
                None => self.image_requests.push(asked),
            }
        }
    }

    /// The answer to a request, if its image is there or never will be. Where MNIST cannot be had, a built-in digit
    /// stands in for one of its images.
    fn find_image(&mut self, asked: &ImageRequest) -> Option<Result<FoundImage, Refusal>> {
        let &ImageRequest { dataset, split, index, .. } = asked;
        let i = index as usize;
        let is_missing =
            |sources: &Sources| sources.image(DatasetKind::Mnist, split, i).is_none_or(|(_, image)| image.is_none());
        let (dataset, i) = match dataset {
            DatasetKind::Mnist if self.sources.is_mnist_failing() && is_missing(&self.sources) => {
                let n = self.sources.image(DatasetKind::BuiltIn, split, i).map_or(1, |(n, _)| n);
                (DatasetKind::BuiltIn, i % n)
            }
            _ => (dataset, i),
        };
        if dataset == DatasetKind::BuiltIn {
            self.sources.make_built_in(split, i..i + 1);
        }
        match self.sources.image(dataset, split, i) {
            Some((_, Some((shape, pixels, label)))) => Some(Ok(FoundImage { dataset, shape, pixels, label })),
            Some((n, _)) if i >= n => Some(Err(Refusal::NoImage { index, n_images: n as u32 })),
            Some(_) => None,
            None => match self.sources.supply(dataset) {
                Presence::Never(error) => Some(Err(Refusal::Data(error))),
                _ => None,
            },
        }
    }
}

/// Refuses pixels that are not whole images of a network's input, (c, h, w), and more than `most` images.
fn check_images(pixels: &[f32], input: [usize; 3], most: u32) -> Result<(), Refusal> {
    let image_len = input.iter().product();
    let n = pixels.len() / image_len;
    if !(1..=most as usize).contains(&n) || !pixels.len().is_multiple_of(image_len) {
        return Err(Refusal::Images { input: input.map(|n| n as u32), n_values: pixels.len() as u32, most });
    }
    if pixels.iter().all(|pixel| pixel.is_finite()) { Ok(()) } else { Err(Refusal::NotNumbers) }
}
