//! What a session says: its state when that has changed, and events, each behind the steps that came before it.

use super::{Going, Phase, Session};
use crate::protocol::{Event, RunEvent, RunState};

impl Session {
    pub(super) fn run_state(&self) -> RunState {
        let Some(open) = &self.open else {
            return if self.train_when_open { RunState::WaitingForData } else { RunState::Idle };
        };
        match (&open.phase, open.going) {
            (Phase::Diverged, _) => RunState::Diverged,
            (Phase::Over { stopped: true }, _) => RunState::Stopped,
            (Phase::Over { stopped: false }, _) => RunState::Finished,
            (Phase::Steps, Going::No) if open.run.iteration == 0 => RunState::Idle,
            (_, Going::No) => RunState::Paused,
            (_, _) if open.waiting => RunState::WaitingForData,
            (Phase::Testing { .. }, _) => RunState::Testing,
            (Phase::Steps | Phase::Validating(_), _) => RunState::Training,
        }
    }

    pub(crate) fn emit_state(&mut self) {
        let state = self.run_state();
        if state != self.state {
            self.state = state;
            self.emit_run(RunEvent::State(state));
        }
        if let Some(n) = self.n_undoable().filter(|n| *n != self.n_undoable) {
            self.n_undoable = n;
            self.emit_run(RunEvent::Undoable(n));
        }
        if let Some(workers) = self.pool.take_change() {
            self.emit(Event::Workers(workers));
        }
        if let Some(status) = self.gpu.take_change() {
            self.emit(Event::Engine(status));
        }
    }

    /// Emits an event of the run that was opened last.
    pub(crate) fn emit_run(&mut self, event: RunEvent) {
        self.flush_steps();
        self.history.fold(&event);
        self.events.push(Event::Run { run: self.run, step: self.step, event });
    }

    /// Emits that the run went back to where it was after this many steps.
    pub(crate) fn rewind_to(&mut self, step: u32) {
        self.flush_steps();
        self.history.rewind(step);
        self.step = step;
        self.emit_run(RunEvent::Rewound);
    }

    pub(crate) fn emit(&mut self, event: Event) {
        self.flush_steps();
        self.events.push(event);
    }

    pub(crate) fn flush_steps(&mut self) {
        if let Some(last) = self.steps.last() {
            self.step = last.iteration;
            self.history.add_steps(&self.steps);
            let event = RunEvent::Steps(self.steps.drain(..).collect());
            self.events.push(Event::Run { run: self.run, step: self.step, event });
        }
    }
}
