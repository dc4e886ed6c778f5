//! Questions about the last step of the open run, and which steps are kept for them: copies of a large network cost training
//! time, so they are made while somebody asks.

use crate::protocol::{Answer, Event, Refusal, RequestId, RunId};
use crate::session::{Going, Open, Session};
use receptive_nn::StepLine;
use std::mem;

/// Steps are kept for so long after a question, in milliseconds.
const KEPT_MILLIS: f64 = 3000.0;

/// A question that waits for the next step.
struct Waiting {
    request: RequestId,
    names: Vec<String>,
    example: Option<u32>,
}

/// The questions about the steps of a run.
#[derive(Default)]
pub(crate) struct StepQuestions {
    waiting: Vec<Waiting>,
    /// True if there was a question since the last step.
    is_asked: bool,
    until_millis: f64,
}

impl StepQuestions {
    /// True if a step that ends now is to be kept.
    pub(crate) fn keeps(&mut self, now_millis: f64) -> bool {
        if mem::take(&mut self.is_asked) {
            self.until_millis = now_millis + KEPT_MILLIS;
        }
        now_millis < self.until_millis
    }

    /// The answers when the run is closed before they are there.
    pub(crate) fn into_refusals(self) -> impl Iterator<Item = Event> {
        self.waiting.into_iter().map(|waiting| Event::Answered(waiting.request, Err(Refusal::Closed)))
    }
}

impl Session {
    /// Answers a question about the last step, now or after the next one.
    pub(crate) fn ask_step(
        &mut self,
        request: RequestId,
        run: RunId,
        names: Vec<String>,
        example: Option<u32>,
    ) -> Result<(), Refusal> {
        let open = self.open.as_mut().filter(|_| self.run == run).ok_or(Refusal::NoRun)?;
        open.step_questions.is_asked = true;
        open.step_questions.waiting.push(Waiting { request, names, example });
        self.answer_step_questions();
        Ok(())
    }

    /// Answers the questions that need not wait any longer: a step was kept, or none will be.
    pub(crate) fn answer_step_questions(&mut self) {
        let Some(open) = &mut self.open else { return };
        let is_waiting = !open.run.last.is_known() && open.going != Going::No;
        if open.step_questions.waiting.is_empty() || is_waiting {
            return;
        }
        for Waiting { request, names, example } in mem::take(&mut open.step_questions.waiting) {
            let answer = self.open_step(names, example);
            self.emit(Event::Answered(request, answer));
        }
    }

    fn open_step(&mut self, names: Vec<String>, example: Option<u32>) -> Result<Answer, Refusal> {
        self.finite_run(self.run)?;
        let Open { run, supply, .. } = self.open.as_mut().ok_or(Refusal::NoRun)?;
        let dataset = self.sources.get(*supply).ok_or(Refusal::NoRun)?;
        run.open_step(dataset, names, example).map(Answer::Step)
    }

    /// The instructions of a step of a run.
    pub(crate) fn step_lines(&self, run: RunId) -> Result<Vec<StepLine>, Refusal> {
        let open = self.open.as_ref().filter(|_| self.run == run).map(|open| &open.run.config);
        let config = open.or_else(|| self.kept.get(&run).map(|kept| &kept.config)).ok_or(Refusal::NoRun)?;
        StepLine::list_for(&config.spec, config.batch as usize, config.optimiser, config.loss)
            .map_err(|_| Refusal::NoRun)
    }
}
