//! The datasets a session can learn from, each as far as it has arrived.

use crate::protocol::{DataStatus, DatasetKind, Split};
use receptive_data::{Dataset, DatasetPlan, Images, digits, idx};
use std::ops::Range;

/// Seed of the built-in digits. It is not the run's seed: every run meets the same images.
const BUILT_IN_SEED: u64 = 1;
/// Built-in digits are made in pieces of this many, so that no piece holds up a pause.
const BUILT_IN_CHUNK: usize = 250;
const BUILT_IN_TRAINING: usize = 22_000;
const BUILT_IN_TEST: usize = 4_000;
/// One image in this many of a learner's own files is kept for the test.
const OWN_TEST_SHARE: usize = 6;

enum Source {
    /// Nobody has asked for it.
    Unasked,
    /// Asked for; its plan has not come.
    Asked,
    /// Planned; its images arrive.
    Planned(Dataset),
    /// It cannot be had, and why.
    Failed(String),
}

/// Whether images are there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Presence {
    Here,
    OnTheWay,
    Never(String),
}

pub(crate) struct Sources {
    built_in: Dataset,
    mnist: Source,
    own: Source,
    newly_wanted: Option<DatasetKind>,
}

impl Sources {
    pub(crate) fn new() -> Self {
        let chunks = |n: usize| vec![BUILT_IN_CHUNK; n / BUILT_IN_CHUNK];
        let plan = DatasetPlan { training_chunks: chunks(BUILT_IN_TRAINING), test_chunks: chunks(BUILT_IN_TEST) };
        Self {
            built_in: Dataset::new(plan),
            mnist: Source::Unasked,
            own: Source::Failed("no files have been opened yet; choose an image file and a label file first".into()),
            newly_wanted: None,
        }
    }

    /// The dataset to fetch that nobody has been told of yet.
    pub(crate) fn take_wanted(&mut self) -> Option<DatasetKind> {
        self.newly_wanted.take()
    }

    /// Makes sure that somebody is asked for a dataset, and says whether its sizes are known.
    pub(crate) fn ask(&mut self, kind: DatasetKind) -> Presence {
        if kind == DatasetKind::Mnist && matches!(self.mnist, Source::Unasked | Source::Failed(_)) {
            self.mnist = Source::Asked;
            self.newly_wanted = Some(kind);
        }
        self.presence(kind)
    }

    /// Whether a dataset's sizes are known.
    pub(crate) fn presence(&self, kind: DatasetKind) -> Presence {
        match self.source(kind) {
            Ok(_) => Presence::Here,
            Err(Source::Failed(message)) => Presence::Never(message.clone()),
            Err(_) => Presence::OnTheWay,
        }
    }

    pub(crate) fn get(&self, kind: DatasetKind) -> Option<&Dataset> {
        self.source(kind).ok()
    }

    fn source(&self, kind: DatasetKind) -> Result<&Dataset, &Source> {
        let source = match kind {
            DatasetKind::BuiltIn => return Ok(&self.built_in),
            DatasetKind::Mnist => &self.mnist,
            DatasetKind::Own => &self.own,
        };
        match source {
            Source::Planned(dataset) => Ok(dataset),
            other => Err(other),
        }
    }

    /// The sizes of MNIST's chunks are known.
    pub(crate) fn plan_mnist(&mut self, plan: DatasetPlan) {
        self.mnist = Source::Planned(Dataset::new(plan));
    }

    /// One chunk of MNIST has arrived.
    pub(crate) fn put_mnist(&mut self, split: Split, chunk: usize, images: Images) -> Result<(), String> {
        let Source::Planned(dataset) = &mut self.mnist else { return Ok(()) };
        let put = match split {
            Split::Training | Split::Validation => dataset.put_training(chunk, images),
            Split::Test => dataset.put_test(chunk, images),
        };
        put.map_err(|error| error.to_string())
    }

    pub(crate) fn fail(&mut self, kind: DatasetKind, message: String) {
        match kind {
            DatasetKind::BuiltIn => {}
            DatasetKind::Mnist => self.mnist = Source::Failed(message),
            DatasetKind::Own => self.own = Source::Failed(message),
        }
    }

    /// Takes the learner's own pair of IDX files: the first five sixths to learn from, the rest for the test.
    pub(crate) fn open_own(&mut self, images: &[u8], labels: &[u8]) -> Result<(), String> {
        let images = idx::pair(images, labels).map_err(|error| error.to_string())?;
        let n_test = images.len() / OWN_TEST_SHARE;
        if n_test == 0 {
            return Err(format!(
                "the files hold {} images; at least {OWN_TEST_SHARE} are needed, so that some can be kept for the test",
                images.len()
            ));
        }
        let n_training = images.len() - n_test;
        let mut dataset = Dataset::new(DatasetPlan { training_chunks: vec![n_training], test_chunks: vec![n_test] });
        let (training, test) = images.split_at(n_training);
        dataset.put_training(0, training).map_err(|error| error.to_string())?;
        dataset.put_test(0, test).map_err(|error| error.to_string())?;
        self.own = Source::Planned(dataset);
        Ok(())
    }

    /// Makes one missing chunk of the built-in digits among `range` of a split, and says whether there was one to make.
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

    pub(crate) fn status(&self, kind: DatasetKind) -> Option<DataStatus> {
        let dataset = self.get(kind)?;
        let made_on_demand = kind == DatasetKind::BuiltIn;
        let ready = |ready: usize, all: usize| if made_on_demand { all } else { ready } as u32;
        Some(DataStatus {
            dataset: kind,
            n_training: dataset.n_training() as u32,
            n_training_ready: ready(dataset.n_training_ready(), dataset.n_training()),
            n_test: dataset.n_test() as u32,
            n_test_ready: ready(dataset.n_test_ready(), dataset.n_test()),
        })
    }
}
