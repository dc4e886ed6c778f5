//! The way back: a run at rest undoes its last steps, one by one, as far as they are kept.

use crate::session::{Going, Open, Phase, Session};

/// True if a run rests between two steps.
fn is_at_rest(open: &Open) -> bool {
    open.going == Going::No && matches!(open.phase, Phase::Steps | Phase::Validating(_))
}

impl Session {
    /// Undoes the last step of a run that is at rest, if it is kept. The next one comes to the same bits again.
    pub(crate) fn back(&mut self) {
        let Some(open) = self.open.as_mut().filter(|open| is_at_rest(open)) else { return };
        if open.run.undo_step() {
            open.job.abandon();
            open.phase = Phase::Steps;
            let step = open.run.iteration;
            self.rewind_to(step);
        }
    }

    /// The steps that can be undone, once that is settled: while a run trains it is not.
    pub(crate) fn n_undoable(&self) -> Option<u32> {
        match &self.open {
            None => Some(0),
            Some(open) if open.going != Going::No => None,
            Some(open) if is_at_rest(open) => Some(open.run.last.n_kept() as u32),
            Some(_) => Some(0),
        }
    }
}
