//! Answers to what the page asks beside the training: predictions, images, kernels.

use crate::protocol::{DatasetKind, Event, MOST_TEST_IMAGES, Problem, Split, TestSample, Weights};
use crate::reading::Reading;
use crate::run::{MAX_BATCH, Run};
use crate::session::Session;
use crate::sources::{Presence, Sources, Supply};
use receptive_data::digits;
use receptive_nn::Origin;
use std::mem;

/// A request for an image that has not arrived.
pub(crate) struct ImageRequest {
    pub(crate) request: u32,
    pub(crate) dataset: DatasetKind,
    pub(crate) split: Split,
    pub(crate) index: u32,
}

impl Session {
    /// Answers for one image at once; more are read by a run like the batches of an evaluation.
    pub(crate) fn predict(&mut self, request: u32, weights: Weights, pixels: Vec<f32>) {
        let input = self.input(weights);
        let image_len = input.iter().product::<usize>();
        let answer = check_images(&pixels, input, MAX_BATCH as usize).and_then(|()| match weights {
            Weights::Shipped => {
                let (probabilities, origin) = self.shipped.predict(&pixels);
                Ok(Some((probabilities, origin)))
            }
            Weights::Run if pixels.len() == image_len => {
                let run = self.finite_run()?;
                Ok(Some((run.predict(&pixels), Origin::Run { iteration: run.iteration })))
            }
            Weights::Run => {
                self.finite_run()?;
                Ok(None)
            }
        });
        match answer {
            Ok(Some((probabilities, origin))) => {
                let is_drawing = input == digits::SHAPE.chw() && pixels.len() == image_len;
                let likeness = is_drawing.then(|| self.shipped.likeness(&pixels));
                self.emit(Event::Prediction { request, probabilities, origin, likeness });
            }
            Ok(None) => {
                self.pool.activate();
                if let Some(open) = &mut self.open {
                    open.readings.push_back(Reading::new(request, pixels, &open.run));
                }
            }
            Err(message) => self.emit(Event::Problem(Problem::Request { request, message })),
        }
    }

    /// The shape of the images, (c, h, w), that a network reads. Where none is open, that of the one that comes with the
    /// page.
    fn input(&self, weights: Weights) -> [usize; 3] {
        match &self.open {
            Some(open) if weights == Weights::Run => open.run.config.spec.input,
            _ => digits::SHAPE.chw(),
        }
    }

    pub(crate) fn inspect(&mut self, request: u32, weights: Weights, pixels: &[f32]) {
        let answer = check_images(pixels, self.input(weights), 1).and_then(|()| match weights {
            Weights::Shipped => self.shipped.inspect(pixels).map_err(|error| error.to_string()),
            Weights::Run => {
                let run = self.finite_run()?;
                let (spec, values) = run.inspect(pixels).map_err(|error| error.to_string())?;
                Ok((spec, values, Origin::Run { iteration: run.iteration }))
            }
        });
        self.emit(match answer {
            Ok((spec, values, origin)) => Event::Inspected { request, spec, values, origin },
            Err(message) => Event::Problem(Problem::Request { request, message }),
        });
    }

    /// The open run, if it can look at images.
    fn finite_run(&mut self) -> Result<&mut Run, String> {
        match &mut self.open {
            None => Err("no network is open yet".into()),
            Some(open) if !open.run.is_finite() => {
                Err("the network's weights are no longer finite numbers; restore the last good ones first".into())
            }
            Some(open) => Ok(&mut open.run),
        }
    }

    /// Test images as the run's network reads them.
    pub(crate) fn read_test(&mut self, request: u32, indices: &[u32]) {
        let answer = match self.test_samples(indices) {
            Ok(samples) => Event::TestImages { request, samples },
            Err(message) => Event::Problem(Problem::Request { request, message: message.into() }),
        };
        self.emit(answer);
    }

    fn test_samples(&mut self, indices: &[u32]) -> Result<Vec<TestSample>, &'static str> {
        let open = self.open.as_mut().ok_or("no network is open yet")?;
        if indices.len() > MOST_TEST_IMAGES {
            return Err("so many images cannot be asked for at once");
        }
        if !open.run.is_finite() {
            return Err("the network's weights are no longer finite numbers; restore the last good ones first");
        }
        if open.supply == Supply::BuiltIn {
            indices.iter().for_each(|&i| _ = self.sources.make_built_in(Split::Test, i as usize..i as usize + 1));
        }
        let images = self.sources.get(open.supply).ok_or("the images are not here")?;
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
                Some(event) => self.emit(event),
                None => self.image_requests.push(asked),
            }
        }
    }

    /// The answer to a request, if its image is there or never will be. Where MNIST cannot be had, a built-in digit
    /// stands in for one of its images.
    fn find_image(&mut self, asked: &ImageRequest) -> Option<Event> {
        let &ImageRequest { request, dataset, split, index } = asked;
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
        let refuse = |message| Some(Event::Problem(Problem::Request { request, message }));
        match self.sources.image(dataset, split, i) {
            Some((_, Some((shape, pixels, label)))) => Some(Event::Image { request, dataset, shape, pixels, label }),
            Some((0, _)) => refuse(format!("there is no image {index}; this part of the dataset is empty")),
            Some((n, _)) if i >= n => refuse(format!("there is no image {index}; the last one is {}", n - 1)),
            Some(_) => None,
            None => match self.sources.supply(dataset) {
                Presence::Never(message) => refuse(message),
                _ => None,
            },
        }
    }
}

/// Refuses pixels that are not whole images, (c, h, w), and more than `most` images.
fn check_images(pixels: &[f32], [c, h, w]: [usize; 3], most: usize) -> Result<(), String> {
    let image_len = c * h * w;
    let n = pixels.len() / image_len;
    if !(1..=most).contains(&n) || !pixels.len().is_multiple_of(image_len) {
        return Err(format!(
            "the network reads images of {image_len} values, {h} rows of {w} in each of its channels ({c}), and at most {most} \
             can be asked for at once; here are {}",
            pixels.len()
        ));
    }
    if pixels.iter().all(|pixel| pixel.is_finite()) {
        Ok(())
    } else {
        Err("an image's values must be numbers; this one has some that are not".into())
    }
}
