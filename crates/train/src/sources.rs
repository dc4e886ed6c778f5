//! The datasets a session can learn from, each as far as it has arrived.

use crate::own::Own;
use crate::protocol::{DataError, DataStatus, DatasetKind, FilesError, FilesReport, Split};
use receptive_data::{ChunkError, Dataset, DatasetPlan, FileReading, ImageShape, Images, OwnFiles, digits};
use std::ops::Range;

/// Seed of the built-in digits. It is not the run's seed: every run meets the same images.
const BUILT_IN_SEED: u64 = 1;
/// Built-in digits are made in pieces of this many, so that no piece holds up a pause.
const BUILT_IN_CHUNK: usize = 250;
const BUILT_IN_TRAINING: usize = 22_000;
const BUILT_IN_TEST: usize = 4_000;

/// The source of a run's images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Supply {
    BuiltIn,
    Mnist,
    /// The chunks of MNIST that had arrived when the rest could not be had.
    PartOfMnist,
    Own,
}

/// Shape, pixels, (c, h, w), and class.
type Image = (ImageShape, Vec<u8>, u8);

/// The availability of a dataset for a run that wants it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Presence {
    Here(Supply),
    OnTheWay,
    Never(DataError),
}

#[derive(Default)]
struct Mnist {
    /// True if the host has been asked to fetch it.
    is_asked: bool,
    /// Planned; its images arrive.
    dataset: Option<Dataset>,
    /// The rest of it cannot be had for now, and why.
    failure: Option<DataError>,
    /// The part that was given to a run that began while that was so.
    part: Option<Dataset>,
}

pub(crate) struct Sources {
    built_in: Dataset,
    mnist: Mnist,
    own: Option<Own>,
    newly_wanted: Option<DatasetKind>,
}

impl Sources {
    pub(crate) fn new() -> Self {
        let chunks = |n: usize| vec![BUILT_IN_CHUNK; n / BUILT_IN_CHUNK];
        let plan = DatasetPlan { training_chunks: chunks(BUILT_IN_TRAINING), test_chunks: chunks(BUILT_IN_TEST) };
        Self { built_in: Dataset::new(digits::schema(), plan), mnist: Mnist::default(), own: None, newly_wanted: None }
    }

    /// Returns the dataset to fetch that the host has not been asked for yet.
    pub(crate) fn take_wanted(&mut self) -> Option<DatasetKind> {
        self.newly_wanted.take()
    }

    /// Makes sure that the host is asked for a dataset.
    pub(crate) fn ask(&mut self, kind: DatasetKind) {
        if kind == DatasetKind::Mnist && (!self.mnist.is_asked || self.mnist.failure.is_some()) {
            self.mnist.is_asked = true;
            self.newly_wanted = Some(kind);
        }
    }

    /// Returns the source for a run that wants this dataset now: where MNIST cannot be had, as much of it as has arrived,
    /// or the built-in digits in its place.
    pub(crate) fn supply(&self, kind: DatasetKind) -> Presence {
        match kind {
            DatasetKind::BuiltIn => Presence::Here(Supply::BuiltIn),
            DatasetKind::Own if self.own.is_some() => Presence::Here(Supply::Own),
            DatasetKind::Own => Presence::Never(DataError::NoFiles),
            DatasetKind::Mnist => match (&self.mnist.failure, &self.mnist.dataset) {
                (None, None) => Presence::OnTheWay,
                (None, Some(_)) => Presence::Here(Supply::Mnist),
                (Some(_), Some(dataset)) if dataset.has_both() => Presence::Here(Supply::PartOfMnist),
                (Some(_), _) => Presence::Here(Supply::BuiltIn),
            },
        }
    }

    /// Returns the dataset for a run that begins now. A part of MNIST is from now on what it is now.
    pub(crate) fn begin(&mut self, supply: Supply) -> Option<&Dataset> {
        if supply == Supply::PartOfMnist {
            self.mnist.part = self.mnist.dataset.as_ref().map(Dataset::arrived);
        }
        self.get(supply)
    }

    /// The number of images in a split of a dataset, and one of them, if it has arrived. Nothing while that is not known.
    pub(crate) fn image(&self, kind: DatasetKind, split: Split, i: usize) -> Option<(usize, Option<Image>)> {
        let dataset = self.get(match kind {
            DatasetKind::BuiltIn => Supply::BuiltIn,
            DatasetKind::Mnist => Supply::Mnist,
            DatasetKind::Own => Supply::Own,
        })?;
        let (n, image) = match split {
            Split::Test => (dataset.n_test(), dataset.test_image(i)),
            Split::Training | Split::Validation => (dataset.n_training(), dataset.training_image(i)),
        };
        Some((n, image.map(|(pixels, class)| (dataset.shape(), pixels, class))))
    }

    pub(crate) fn get(&self, supply: Supply) -> Option<&Dataset> {
        match supply {
            Supply::BuiltIn => Some(&self.built_in),
            Supply::Mnist => self.mnist.dataset.as_ref(),
            Supply::PartOfMnist => self.mnist.part.as_ref(),
            Supply::Own => self.own.as_ref().map(Own::dataset),
        }
    }

    /// True if the rest of MNIST cannot be had for now.
    pub(crate) fn is_mnist_failing(&self) -> bool {
        self.mnist.failure.is_some()
    }

    /// Takes in the sizes of MNIST's chunks.
    pub(crate) fn plan_mnist(&mut self, plan: DatasetPlan) {
        self.mnist.dataset = Some(Dataset::new(digits::schema(), plan));
    }

    /// Takes in one chunk of MNIST.
    pub(crate) fn put_mnist(&mut self, split: Split, chunk: usize, images: Images) -> Result<(), ChunkError> {
        let Some(dataset) = &mut self.mnist.dataset else { return Ok(()) };
        match split {
            Split::Training | Split::Validation => dataset.put_training(chunk, images),
            Split::Test => dataset.put_test(chunk, images),
        }
    }

    /// Notes that MNIST, or what is missing of it, cannot be had for now. Returns whether that is news.
    pub(crate) fn fail_mnist(&mut self, error: &DataError) -> bool {
        self.mnist.failure.replace(error.clone()).as_ref() != Some(error)
    }

    /// Notes that MNIST comes after all. Returns whether that is news.
    pub(crate) fn recover_mnist(&mut self) -> bool {
        self.mnist.failure.take().is_some()
    }

    /// Takes the learner's own files.
    pub(crate) fn open_own(&mut self, files: OwnFiles, reading: FileReading) -> Result<(), FilesError> {
        self.own = Some(Own::open(files, reading)?);
        Ok(())
    }

    /// Reads the learner's own files in another way, if there are any.
    pub(crate) fn read_own(&mut self, reading: FileReading) -> Result<(), FilesError> {
        if let Some(own) = &self.own {
            self.own = Some(own.read(reading)?);
        }
        Ok(())
    }

    /// The report on the learner's own files.
    pub(crate) fn own_report(&self) -> Option<FilesReport> {
        self.own.as_ref().map(Own::report)
    }

    /// Makes one missing chunk of the built-in digits among `range` of a split. Returns whether there was one to make.
    pub(crate) fn make_built_in(&mut self, split: Split, range: Range<usize>) -> bool {
        let test = split == Split::Test;
        let is_here = |dataset: &Dataset, i| {
            if test { dataset.test_image(i).is_some() } else { dataset.training_image(i).is_some() }
        };
        let end = range.end.min(if test { BUILT_IN_TEST } else { BUILT_IN_TRAINING });
        let first_missing = (range.start..end).find(|&i| !is_here(&self.built_in, i));
        let Some(missing) = first_missing else { return false };
        let chunk = missing / BUILT_IN_CHUNK;
        let offset = if test { BUILT_IN_TRAINING } else { 0 };
        let images = digits::generate(BUILT_IN_SEED, (offset + chunk * BUILT_IN_CHUNK) as u64, BUILT_IN_CHUNK);
        let put = if test { self.built_in.put_test(chunk, images) } else { self.built_in.put_training(chunk, images) };
        debug_assert!(put.is_ok(), "a chunk of the built-in digits has the size of its plan");
        put.is_ok()
    }

    pub(crate) fn status(&self, supply: Supply) -> Option<DataStatus> {
        let dataset = self.get(supply)?;
        let made_on_demand = supply == Supply::BuiltIn;
        let ready = |ready: usize, all: usize| if made_on_demand { all } else { ready } as u32;
        Some(DataStatus {
            dataset: match supply {
                Supply::BuiltIn => DatasetKind::BuiltIn,
                Supply::Mnist | Supply::PartOfMnist => DatasetKind::Mnist,
                Supply::Own => DatasetKind::Own,
            },
            n_training: dataset.n_training() as u32,
            n_training_ready: ready(dataset.n_training_ready(), dataset.n_training()),
            n_test: dataset.n_test() as u32,
            n_test_ready: ready(dataset.n_test_ready(), dataset.n_test()),
        })
    }
}
