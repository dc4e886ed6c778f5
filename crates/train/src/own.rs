//! The learner's own files as a dataset: a part to learn from, and one for the test.

use crate::protocol::{FilesError, FilesReport, Sample};
use receptive_data::{Dataset, DatasetPlan, FileFormat, FileReading, Images, OwnFiles, TEST_SHARE, spread};

/// Seed by which the images are shared out. It is not the run's: every run is tested on the same images.
const SPLIT_SEED: u64 = 1;

/// Files that are open.
pub(crate) struct Own {
    files: OwnFiles,
    reading: FileReading,
    dataset: Dataset,
    /// The first image of each class that is there.
    samples: Vec<Sample>,
}

impl Own {
    /// Shares the images out: five sixths to learn from, the rest for the test, unless files say themselves what is for
    /// the test. Every part of the images to learn from holds every class in its share, in whatever order they came.
    pub(crate) fn open(files: OwnFiles, reading: FileReading) -> Result<Self, FilesError> {
        let images = files.images(reading);
        let n_own_test = match files.format() {
            FileFormat::Cifar10 { n_test, .. } => n_test,
            FileFormat::Idx { .. } => 0,
        };
        let n_shared = images.len() - n_own_test;
        let n_test = if n_own_test > 0 { n_own_test } else { images.len() / TEST_SHARE };
        if n_test == 0 {
            return Err(FilesError::Few { n_images: images.len() as u32, least: TEST_SHARE as u32 });
        }
        let mut order = spread(&images.labels()[..n_shared], SPLIT_SEED);
        order.extend(n_shared as u32..images.len() as u32);
        let (training, test) = order.split_at(order.len() - n_test);
        let plan = DatasetPlan { training_chunks: vec![training.len()], test_chunks: vec![test.len()] };
        let mut dataset = Dataset::new(files.schema(reading), plan);
        dataset.put_training(0, images.select(training))?;
        dataset.put_test(0, images.select(test))?;
        Ok(Self { samples: samples(&images), files, reading, dataset })
    }

    /// The same files, read in another way.
    pub(crate) fn read(&self, reading: FileReading) -> Result<Self, FilesError> {
        Self::open(self.files.clone(), reading)
    }

    pub(crate) fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    pub(crate) fn report(&self) -> FilesReport {
        let Self { files, reading, dataset, samples } = self;
        let n_images = (dataset.n_training() + dataset.n_test()) as u32;
        let (low, high) = files.range();
        FilesReport {
            n_images,
            n_left_out: files.len() as u32 - n_images,
            range: [low as f32, high as f32],
            can_be_scaled: files.can_be_scaled(),
            is_bright: files.is_bright(),
            format: files.format(),
            schema: dataset.schema().clone(),
            label_rules: files.label_rules().to_vec(),
            reading: *reading,
            samples: samples.clone(),
        }
    }
}

/// The first image of each class that is there.
fn samples(images: &Images) -> Vec<Sample> {
    let mut of_classes: Vec<Option<Sample>> = vec![None; 256];
    for (i, &label) in images.labels().iter().enumerate() {
        let sample = &mut of_classes[usize::from(label)];
        match sample {
            Some(sample) => sample.n_images += 1,
            None => *sample = images.get(i).map(|(pixels, label)| Sample { pixels, label, n_images: 1 }),
        }
    }
    of_classes.into_iter().flatten().collect()
}
