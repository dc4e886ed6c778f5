//! Checkpoints, from which a run goes on after its worker is gone: taken now and then, as bytes that only a session
//! reads.

use crate::evaluation::Evaluation;
use crate::protocol::{RunConfig, RunId, Split, encode};
use crate::run::Run;
use crate::session::{Phase, Session};
use receptive_nn::Checkpoint;
use serde::{Deserialize, Serialize};

/// While a run goes on, it is kept this often, in milliseconds …
const BETWEEN_MILLIS: f64 = 10_000.0;
/// … and as soon as an epoch has ended since, but not more often than this.
const LEAST_MILLIS: f64 = 1000.0;

/// A run that is kept: its name, its settings, and where it stands.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeptRun {
    pub(crate) run: RunId,
    pub(crate) config: RunConfig,
    pub(crate) checkpoint: Checkpoint,
    /// Its validations so far: steps done, mean loss.
    pub(crate) measured: Vec<(u32, f32)>,
}

/// The last time that a run was kept.
#[derive(Default)]
pub(crate) struct Keeper {
    /// Steps done and steps of the run by then.
    kept: Option<(u32, u32)>,
    kept_millis: f64,
}

impl KeptRun {
    /// Keeps a run as it is now.
    pub(crate) fn of(id: RunId, run: &Run) -> Self {
        let measured = run.validations.measured.clone();
        Self { run: id, config: run.config.clone(), checkpoint: run.checkpoint(), measured }
    }

    /// Reads what [`Session::take_checkpoint`] gave.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        postcard::from_bytes(bytes).ok()
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
    /// time for another. [`Session::resume`] goes on from them.
    pub fn take_checkpoint(&mut self, now_millis: f64) -> Option<(RunId, u32, Vec<u8>)> {
        let open = self.open.as_ref()?;
        let run = &open.run;
        let (mark, passed) = ((run.iteration, run.n_steps), now_millis - self.keeper.kept_millis);
        let is_begun = run.iteration > 0 || self.keeper.kept.is_some();
        let is_news = is_begun && self.keeper.kept != Some(mark) && !matches!(open.phase, Phase::Diverged);
        let epoch = |iteration: u32| iteration / run.steps_per_epoch;
        let epoch_ended = epoch(run.iteration) > self.keeper.kept.map_or(0, |(iteration, _)| epoch(iteration));
        let is_due = !open.is_busy() || passed >= BETWEEN_MILLIS || (epoch_ended && passed >= LEAST_MILLIS);
        if !is_news || !is_due || !run.is_finite() {
            return None;
        }
        self.keeper = Keeper { kept: Some(mark), kept_millis: now_millis };
        Some((self.run, run.iteration, encode(&KeptRun::of(self.run, run))))
    }
}
