//! The reaction of a session when images come, do not come, or come after all.

use crate::protocol::{DataError, DatasetKind, Event, FilesError, FilesStatus, Problem, Split};
use crate::session::{Going, Session};
use crate::sources::{Presence, Supply};
use receptive_data::{DatasetPlan, FileReading, Images, OwnFiles};

impl Session {
    /// Takes in the sizes of MNIST's chunks, as the manifest beside the page lists them.
    pub fn plan_mnist(&mut self, plan: DatasetPlan) {
        self.sources.plan_mnist(plan);
        self.recover_mnist();
        self.emit_data(Supply::Mnist);
        self.open_if_planned();
    }

    /// Takes in one chunk of MNIST's training or test images.
    pub fn put_mnist(&mut self, split: Split, chunk: usize, images: Images) {
        match self.sources.put_mnist(split, chunk, images) {
            Ok(()) => {
                self.recover_mnist();
                self.emit_data(Supply::Mnist);
            }
            Err(error) => self.mnist_failed(&DataError::Plan(error)),
        }
        self.answer_image_requests();
    }

    /// Notes that MNIST, or what is missing of it, cannot be had for now. A run that has not begun gets what has arrived,
    /// or the built-in digits; one that has begun waits. What arrives later is taken.
    pub fn mnist_failed(&mut self, error: &DataError) {
        if self.sources.fail_mnist(error) {
            let dataset = DatasetKind::Mnist;
            self.emit(Event::Problem(Problem::Data { dataset, error: error.clone() }));
        }
        // Train was pressed for MNIST: nothing else is trained without being asked for.
        self.train_when_open = false;
        if let Some(open) = self.open.as_mut().filter(|open| open.supply == Supply::Mnist && open.run.iteration == 0) {
            open.going = Going::No;
            open.job.abandon();
        }
        self.supply_anew();
        self.answer_image_requests();
        self.emit_state();
    }

    fn recover_mnist(&mut self) {
        if self.sources.recover_mnist() {
            self.emit(Event::Recovered(DatasetKind::Mnist));
            self.supply_anew();
        }
    }

    /// Opens a run that has not begun once more, when it gets other images by now.
    fn supply_anew(&mut self) {
        self.open_if_planned();
        let Some(open) = self.open.as_ref().filter(|open| open.is_fresh()) else { return };
        let (kind, supply) = (open.run.config.dataset, open.supply);
        if self.sources.supply(kind) != Presence::Here(supply)
            && let Some(run) = self.close()
        {
            self.open(self.run, run.config);
        }
    }

    /// Takes in the learner's own files, which have been read, and the way in which they are meant.
    pub fn open_files(&mut self, files: OwnFiles, reading: FileReading) {
        let opened = self.sources.open_own(files, reading);
        self.use_files(opened);
    }

    /// Reads the learner's own files in another way.
    pub(crate) fn read_files(&mut self, reading: FileReading) {
        let read = self.sources.read_own(reading);
        self.use_files(read);
    }

    /// Emits that the learner's own files cannot be used.
    pub fn files_refused(&mut self, error: FilesError) {
        self.emit(Event::Files(FilesStatus::Refused(error)));
    }

    /// Emits the status of the files. A run on the files before these has lost its images: it starts again.
    fn use_files(&mut self, opened: Result<(), FilesError>) {
        match (opened, self.sources.own_report()) {
            (Err(error), _) => return self.files_refused(error),
            (Ok(()), Some(report)) => self.emit(Event::Files(FilesStatus::Open(report))),
            (Ok(()), None) => return,
        }
        let is_own = self.open.as_ref().is_some_and(|open| open.supply == Supply::Own);
        if let Some(run) = is_own.then(|| self.close()).flatten() {
            self.open(self.run, run.config);
        }
        self.emit_state();
    }

    /// Emits how much of a dataset has arrived, if it is the run's.
    pub(crate) fn emit_data(&mut self, supply: Supply) {
        if self.open.as_ref().is_some_and(|open| open.supply == supply)
            && let Some(status) = self.sources.status(supply)
        {
            self.emit(Event::Data(status));
        }
    }
}
