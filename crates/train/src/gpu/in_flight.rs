//! The batches in flight: the GPU trains from weights that it was given until they are needed elsewhere. All batches from
//! the same given weights are one sequence.

use super::messages::Steps;
use std::collections::VecDeque;

/// Messages in flight at the same time: the GPU works on one while the next waits for it.
const MOST_MESSAGES: usize = 2;
/// The time that a message is to keep the GPU busy, in milliseconds: steps are emitted that often.
const MESSAGE_MILLIS: f64 = 80.0;
/// The most steps of a message.
const MOST_STEPS: u32 = receptive_gpu::MAX_STEPS as u32;
/// Everything is read back that often, in milliseconds, if it is not needed sooner.
const READ_BACK_MILLIS: f64 = 500.0;

/// The steps of a message that is in flight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SentSteps {
    pub(crate) first: u32,
    pub(crate) n_steps: u32,
    pub(crate) reads_back: bool,
    /// The single step that the learner asked for.
    pub(crate) is_single: bool,
}

/// The batches of one sequence: those sent to the GPU, and those that it has answered for.
pub(crate) struct InFlight {
    /// The number of the sequence.
    pub(crate) sequence: u32,
    /// Steps of the run that are done or in flight.
    pub(crate) sent: u32,
    /// Steps of the run of which the loss has come.
    pub(crate) received: u32,
    /// Steps of the run after which everything was asked for.
    asked: u32,
    asked_millis: f64,
    messages: VecDeque<SentSteps>,
    /// Steps of the next message.
    next_len: u32,
    answered_millis: f64,
}

impl InFlight {
    /// Begins a sequence after `iteration` steps of the run.
    pub(crate) fn new(sequence: u32, iteration: u32, now_millis: f64) -> Self {
        Self {
            sequence,
            sent: iteration,
            received: iteration,
            asked: iteration,
            asked_millis: now_millis,
            messages: VecDeque::new(),
            next_len: 1,
            answered_millis: now_millis,
        }
    }

    /// True if another message may go out.
    pub(crate) fn has_room(&self) -> bool {
        self.messages.len() < MOST_MESSAGES
    }

    /// True if nothing is in flight.
    pub(crate) fn is_idle(&self) -> bool {
        self.messages.is_empty()
    }

    /// True if the session has all that the GPU has.
    pub(crate) fn is_synced(&self) -> bool {
        self.is_idle() && self.asked == self.sent
    }

    /// True if a message has to go out that asks for everything.
    pub(crate) fn is_unasked(&self) -> bool {
        self.asked < self.sent
    }

    /// Steps that the next message may have.
    pub(crate) fn next_len(&self) -> u32 {
        self.next_len
    }

    /// True if it is time to read everything back.
    pub(crate) fn is_due(&self, now_millis: f64) -> bool {
        now_millis - self.asked_millis >= READ_BACK_MILLIS
    }

    /// Notes that a message goes out.
    pub(crate) fn push(&mut self, steps: &Steps, is_single: bool, now_millis: f64) {
        if self.is_idle() {
            self.answered_millis = now_millis;
        }
        let n_steps = steps.rates.len() as u32;
        self.sent = steps.first + n_steps;
        if steps.reads_back {
            (self.asked, self.asked_millis) = (self.sent, now_millis);
        }
        self.messages.push_back(SentSteps { first: steps.first, n_steps, reads_back: steps.reads_back, is_single });
    }

    /// The message that is answered next.
    pub(crate) fn next(&self) -> Option<SentSteps> {
        self.messages.front().copied()
    }

    /// Notes that this message is answered. Returns how long it took, in milliseconds.
    pub(crate) fn pop(&mut self, now_millis: f64) -> f64 {
        let millis = (now_millis - self.answered_millis).max(0.0);
        self.answered_millis = now_millis;
        let Some(message) = self.messages.pop_front() else { return millis };
        self.received = message.first + message.n_steps;
        if message.n_steps > 0 && !message.is_single {
            let wanted = f64::from(message.n_steps) * MESSAGE_MILLIS / millis.max(0.1);
            // The first messages are slow for reasons of their own: the length grows step by step.
            self.next_len = (wanted as u32).clamp(1, (2 * message.n_steps.max(self.next_len)).min(MOST_STEPS));
        }
        millis
    }
}
