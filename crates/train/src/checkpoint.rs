//! Checkpoints, from which a run goes on after its worker is gone, or its page: taken now and then, as bytes that the page
//! keeps unread, and that `docs/kept-runs.md` describes.

mod storage;

use crate::evaluation::Evaluation;
use crate::history::History;
use crate::protocol::{KeptError, RunConfig, RunId, Split, encode};
use crate::run::Run;
use crate::session::{Phase, Session};
use receptive_nn::{Checkpoint, Place};
use serde::{Deserialize, Serialize};
pub(crate) use storage::Storage;

/// The first bytes of a run that is kept, before the digit of its format. What is laid out in another way has another digit.
const MAGIC: &[u8; 7] = b"receptR";
const FORMAT: u8 = b'1';
/// Bytes before those that the checksum is of.
const HEAD: usize = 12;

/// While a run goes on, it is kept this often, in milliseconds …
const BETWEEN_MILLIS: f64 = 10_000.0;
/// … and as soon as an epoch has ended since, but not more often than this.
const LEAST_MILLIS: f64 = 1000.0;

/// A run that is kept: its name, its settings, where it stands, and how it came there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptRun {
    pub(crate) run: RunId,
    pub(crate) config: RunConfig,
    pub(crate) checkpoint: Checkpoint,
    /// Its validations so far: steps done, mean loss.
    pub(crate) measured: Vec<(u32, f32)>,
    pub(crate) history: History,
}

/// What can be said of a kept run in a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeptFacts {
    /// Its settings.
    pub config: RunConfig,
    /// Steps done.
    pub iteration: u32,
    /// Steps of the whole run.
    pub n_steps: u32,
    /// Fraction of the test images that was right at its end.
    pub test: Option<f32>,
    /// Fraction of the validation images that was right when they were measured last.
    pub validation: Option<f32>,
    /// Time that it was trained for, in seconds.
    pub seconds: f64,
}

/// The last time that a run was kept.
#[derive(Default)]
pub(crate) struct Keeper {
    /// Steps done, steps of the run, and whether it was tested by then.
    kept: Option<Mark>,
    kept_millis: f64,
    /// True if it is to be kept as soon as can be.
    pub(crate) is_asked: bool,
}

type Mark = (u32, u32, bool);

fn mark_of(run: &Run) -> Mark {
    (run.iteration, run.n_steps, run.record.n_test > 0)
}

impl Keeper {
    /// True if a run has come further since it was kept.
    pub(crate) fn is_news(&self, run: &Run) -> bool {
        (run.iteration > 0 || self.kept.is_some()) && self.kept != Some(mark_of(run))
    }
}

impl KeptRun {
    /// Keeps a run as it is now.
    pub(crate) fn of(id: RunId, run: &Run, history: &History) -> Self {
        let measured = run.validations.measured.clone();
        let (config, history) = (run.config.clone(), history.clone());
        Self { run: id, config, checkpoint: run.checkpoint(), measured, history }
    }

    /// Returns the bytes that [`KeptRun::read`] reads: what it is, a checksum, and the run.
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = encode(self);
        let mut bytes = Vec::with_capacity(HEAD + body.len());
        bytes.extend_from_slice(MAGIC);
        bytes.push(FORMAT);
        bytes.extend_from_slice(&crc32fast::hash(&body).to_le_bytes());
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Reads a run, whoever wrote it.
    ///
    /// # Errors
    /// When it is none, of another format, or damaged.
    pub fn read(bytes: &[u8]) -> Result<Self, KeptError> {
        let (head, body) = bytes.split_at_checked(HEAD).ok_or(KeptError::NoRun)?;
        if head[..MAGIC.len()] != *MAGIC {
            return Err(KeptError::NoRun);
        }
        if head[MAGIC.len()] != FORMAT {
            return Err(KeptError::OtherFormat);
        }
        if head[MAGIC.len() + 1..] != crc32fast::hash(body).to_le_bytes() {
            return Err(KeptError::Damaged);
        }
        let (kept, rest) = postcard::take_from_bytes::<Self>(body).map_err(|_| KeptError::Damaged)?;
        if rest.is_empty() && kept.is_sound() { Ok(kept) } else { Err(KeptError::Damaged) }
    }

    /// True if its parts are of one run, and its weights are numbers.
    fn is_sound(&self) -> bool {
        let Self { config, checkpoint, measured, history, .. } = self;
        let Some(Place { step, seed, n_images, batch }) = checkpoint.place else { return false };
        let steps = n_images.checked_div(batch).unwrap_or(0).checked_mul(config.epochs);
        (&checkpoint.spec, checkpoint.optimiser) == (&config.spec, config.optimiser)
            && (seed, batch) == (config.seed, config.batch)
            && steps.is_some_and(|steps| step <= steps)
            && checkpoint.is_finite()
            && checkpoint.record.n_correct <= checkpoint.record.n_test
            && measured.windows(2).all(|two| two[0].0 < two[1].0)
            && measured.last().is_none_or(|last| last.0 <= step)
            && history.is_sound(step)
    }

    /// Returns what can be said of it in a line.
    pub fn facts(&self) -> KeptFacts {
        let Self { config, checkpoint, history, .. } = self;
        let (iteration, n_images) = checkpoint.place.map_or((0, 0), |place| (place.step, place.n_images));
        let steps_per_epoch = n_images.checked_div(config.batch).unwrap_or(0);
        let tested = history.report.as_ref().map(|_| checkpoint.record).filter(|record| record.n_test > 0);
        KeptFacts {
            config: config.clone(),
            iteration,
            n_steps: steps_per_epoch.saturating_mul(config.epochs),
            test: tested.map(|record| record.accuracy()),
            validation: history.validations.last().map(|record| record.accuracy),
            seconds: history.millis / 1000.0,
        }
    }

    /// The network as it stands.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Puts a run that is open with its configuration where it was. Returns its phase; nothing when it has other images
    /// now, or another network. The dataset has so many images to learn from, and so many for the test.
    pub(crate) fn put(&self, run: &mut Run, [n_offered, n_test]: [usize; 2]) -> Option<Phase> {
        if !run.adopt(&self.checkpoint) {
            return None;
        }
        run.put_measured(&self.measured);
        let is_end = run.iteration == run.n_steps;
        Some(match (run.record.n_test > 0, is_end) {
            (true, _) => Phase::Over { stopped: !is_end },
            _ if run.is_validation_due() => Phase::validating(run, n_offered),
            (false, true) => {
                Phase::Testing { evaluation: Evaluation::new(Split::Test, 0..n_test, &run.schema), stopped: false }
            }
            (false, false) => Phase::Steps,
        })
    }
}

impl Session {
    /// Returns the run, its steps done and the bytes of a checkpoint, if the run has come so far since the last one that it is
    /// time for another. [`Session::resume`] goes on from them. A run that another took the place of comes first.
    pub fn take_checkpoint(&mut self, now_millis: f64) -> Option<(RunId, u32, Vec<u8>)> {
        while let Some(run) = self.storage.leaving.pop() {
            if let Some(kept) = self.kept.get(&run) {
                self.storage.facts = Some(kept.facts());
                return Some((run, kept.checkpoint.step(), kept.to_bytes()));
            }
        }
        let open = self.open.as_ref()?;
        let run = &open.run;
        let passed = now_millis - self.keeper.kept_millis;
        let is_news = self.keeper.is_news(run) && !matches!(open.phase, Phase::Diverged);
        let epoch = |iteration: u32| iteration / run.steps_per_epoch;
        let epoch_ended = epoch(run.iteration) > self.keeper.kept.map_or(0, |(iteration, ..)| epoch(iteration));
        let is_due = !open.is_busy()
            || self.keeper.is_asked
            || passed >= BETWEEN_MILLIS
            || (epoch_ended && passed >= LEAST_MILLIS);
        if !is_news || !is_due || !run.is_finite() {
            return None;
        }
        self.keeper = Keeper { kept: Some(mark_of(run)), kept_millis: now_millis, is_asked: false };
        let iteration = run.iteration;
        // Its curves end with its last step.
        self.flush_steps();
        let kept = KeptRun::of(self.run, &self.open.as_ref()?.run, &self.history);
        self.storage.facts = Some(kept.facts());
        Some((self.run, iteration, kept.to_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{DatasetKind, StepRecord, ValidationRecord};
    use receptive_nn::{Head, Optimiser, OptimiserState, Parameters, Schedule, Spec};

    /// A run whose numbers are the same on every machine.
    fn sample() -> KeptRun {
        let spec = Spec::read("28x28x1:c2x3p1s2,r,v,f,d10").expect("a network");
        let config = RunConfig {
            dataset: DatasetKind::Mnist,
            spec: spec.clone(),
            optimiser: Optimiser::ADAM,
            loss: Head::CrossEntropy,
            learning_rate: 0.001,
            schedule: Schedule::LINEAR,
            batch: 32,
            epochs: 3,
            seed: 5,
            n_training: Some(640),
            n_validation: 100,
            validate_every: None,
        };
        let mut parameters = Parameters::init(&spec, 1).expect("it can be built");
        for (i, values) in parameters.values_mut_in_order().enumerate() {
            values.iter_mut().zip(0u8..).for_each(|(value, k)| *value = i as f32 + f32::from(k) / 64.0);
        }
        let memory = OptimiserState::new(config.optimiser, &parameters);
        let place = Place { step: 20, seed: 5, n_images: 640, batch: 32 };
        let checkpoint = Checkpoint::new(spec, config.optimiser, place, &parameters, &memory);
        let mut history = History { millis: 1500.0, ..History::default() };
        let step = |iteration| StepRecord { iteration, loss: 1.0 / iteration as f32, accuracy: 0.5 };
        history.add_steps(&(1..=20).map(step).collect::<Vec<_>>());
        history.validations.push(ValidationRecord { epoch: 1, iteration: 20, loss: 0.25, accuracy: 0.875 });
        KeptRun { run: RunId(3), config, checkpoint, measured: vec![(20, 0.25)], history }
    }

    /// A change of what is laid out where would read what learners have kept as something else: it has to raise the format.
    #[test]
    fn the_layout_is_that_of_its_format() {
        let bytes = sample().to_bytes();
        assert_eq!(KeptRun::read(&bytes), Ok(sample()));
        assert_eq!((FORMAT, bytes.len(), crc32fast::hash(&bytes)), (b'1', 1328, 292196064));
    }

    #[test]
    fn parts_of_different_runs_are_no_run() {
        let is_read = |change: fn(&mut KeptRun)| {
            let mut kept = sample();
            change(&mut kept);
            KeptRun::read(&kept.to_bytes()).is_ok()
        };
        assert!(is_read(|_| {}));
        assert!(!is_read(|kept| kept.config.seed = 6));
        assert!(!is_read(|kept| kept.config.batch = 0));
        assert!(!is_read(|kept| kept.config.spec.layers.truncate(2)));
        assert!(!is_read(|kept| kept.config.optimiser = Optimiser::SGD));
        assert!(!is_read(|kept| kept.config.epochs = 0));
        assert!(!is_read(|kept| kept.checkpoint.place = None));
        assert!(!is_read(|kept| kept.checkpoint.values[3] = f32::NAN));
        assert!(!is_read(|kept| kept.checkpoint.record.n_correct = 1));
        assert!(!is_read(|kept| kept.measured.push((21, 0.5))));
        assert!(!is_read(|kept| kept.history.steps[4].iteration = 99));
        assert!(!is_read(|kept| kept.history.validations[0].iteration = 21));
        assert!(!is_read(|kept| kept.history.millis = f64::NAN));
    }
}
