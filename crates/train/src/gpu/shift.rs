//! A shift: the GPU trains from weights that it was given until they are needed elsewhere.

use super::letters::Steps;
use std::collections::VecDeque;

/// Letters on their way at the same time: the GPU works on one while the next waits for it.
const MOST_LETTERS: usize = 2;
/// A letter is to keep the GPU busy for so long, in milliseconds: the page hears of steps that often.
const LETTER_MILLIS: f64 = 80.0;
/// The most steps of a letter.
const MOST_STEPS: u32 = receptive_gpu::MAX_STEPS as u32;
/// Everything is read back that often, in milliseconds, if it is not needed sooner.
const READ_BACK_MILLIS: f64 = 500.0;

/// A letter that is on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Posted {
    pub(crate) first: u32,
    pub(crate) n_steps: u32,
    pub(crate) reads_back: bool,
    /// The single step that the learner asked for.
    pub(crate) is_single: bool,
}

/// What the GPU was sent, and what came of it.
pub(crate) struct Shift {
    pub(crate) number: u32,
    /// Steps of the run that are done or on their way.
    pub(crate) sent: u32,
    /// Steps of the run of which the loss has come.
    pub(crate) heard: u32,
    /// Steps of the run after which everything was asked for.
    asked: u32,
    asked_millis: f64,
    letters: VecDeque<Posted>,
    /// Steps of the next letter.
    pace: u32,
    answered_millis: f64,
}

impl Shift {
    /// From so many steps of the run on.
    pub(crate) fn new(number: u32, iteration: u32, now_millis: f64) -> Self {
        Self {
            number,
            sent: iteration,
            heard: iteration,
            asked: iteration,
            asked_millis: now_millis,
            letters: VecDeque::new(),
            pace: 1,
            answered_millis: now_millis,
        }
    }

    /// Whether another letter may go out.
    pub(crate) fn has_room(&self) -> bool {
        self.letters.len() < MOST_LETTERS
    }

    /// Whether nothing is on its way.
    pub(crate) fn is_idle(&self) -> bool {
        self.letters.is_empty()
    }

    /// Whether the session has all that the GPU has.
    pub(crate) fn is_settled(&self) -> bool {
        self.is_idle() && self.asked == self.sent
    }

    /// Whether a letter has to go out that asks for everything.
    pub(crate) fn is_unasked(&self) -> bool {
        self.asked < self.sent
    }

    /// Steps that the next letter may have.
    pub(crate) fn next_len(&self) -> u32 {
        self.pace
    }

    /// Whether it is time to read everything back.
    pub(crate) fn is_due(&self, now_millis: f64) -> bool {
        now_millis - self.asked_millis >= READ_BACK_MILLIS
    }

    /// A letter goes out.
    pub(crate) fn post(&mut self, steps: &Steps, is_single: bool, now_millis: f64) {
        if self.is_idle() {
            self.answered_millis = now_millis;
        }
        let n_steps = steps.rates.len() as u32;
        self.sent = steps.first + n_steps;
        if steps.reads_back {
            (self.asked, self.asked_millis) = (self.sent, now_millis);
        }
        self.letters.push_back(Posted { first: steps.first, n_steps, reads_back: steps.reads_back, is_single });
    }

    /// The letter that is answered next.
    pub(crate) fn next(&self) -> Option<Posted> {
        self.letters.front().copied()
    }

    /// That letter is answered. Returns how long it took, in milliseconds.
    pub(crate) fn answered(&mut self, now_millis: f64) -> f64 {
        let millis = (now_millis - self.answered_millis).max(0.0);
        self.answered_millis = now_millis;
        let Some(letter) = self.letters.pop_front() else { return millis };
        self.heard = letter.first + letter.n_steps;
        if letter.n_steps > 0 && !letter.is_single {
            let wanted = f64::from(letter.n_steps) * LETTER_MILLIS / millis.max(0.1);
            // The first letters are slow for reasons of their own: the pace grows step by step.
            self.pace = (wanted as u32).clamp(1, (2 * letter.n_steps.max(self.pace)).min(MOST_STEPS));
        }
        millis
    }
}
