//! The watch over the training worker: the times at which it is asked whether it is alive, how long it may be silent, and
//! how often it may die. No browser here.

use receptive_nn::Ledger;
use receptive_train::protocol::RunConfig;

/// The worker is asked this often whether it is alive, in milliseconds.
const ASK_MILLIS: f64 = 2000.0;
/// The time an answer may take, in milliseconds; added to it is what a slow machine needs for a step.
const TIMEOUT_MILLIS: f64 = 10_000.0;
/// The additional time while it answers, but its run does not get on: a GPU may be getting ready.
const STUCK_MILLIS: f64 = 60_000.0;
/// The time it may take to come up before the learner is informed.
const LATE_MILLIS: f64 = 20_000.0;
/// More time than this between two looks at the clock was spent asleep, not waiting.
const MOST_WAITED_AT_ONCE: f64 = 1500.0;
/// The age at which a worker was a good one: the next death is a first one.
const GOOD_MILLIS: f64 = 60_000.0;
/// Deaths in a row after which no other is started.
const MOST_DEATHS: u32 = 3;
/// Multiply-adds that any machine does in a millisecond, and parameters that it sets up.
const MACS_PER_MILLI: f64 = 1e6;
const PARAMS_PER_MILLI: f64 = 1e4;

/// The action that follows a look at the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing.
    Nothing,
    /// Ask it whether it is alive.
    Ask,
    /// Report that it has not come up yet.
    Late,
    /// It is not alive, or does not get on.
    Silent,
}

/// The state of the worker, as the page sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WorkerState {
    Starting,
    /// Starting, and reported to be late.
    Late,
    Up,
    /// No other is started.
    GivenUp,
}

/// The health of the worker, as far as the page knows it.
#[derive(Debug)]
pub struct Lifeline {
    state: WorkerState,
    checked_millis: Option<f64>,
    /// Time in this state.
    lived_millis: f64,
    /// Time since it was asked, as long as it has not answered.
    asked_millis: Option<f64>,
    since_answer_millis: f64,
    since_news_millis: f64,
    timeout_millis: f64,
    n_deaths: u32,
}

impl Default for Lifeline {
    /// Creates the lifeline of a worker that is starting.
    fn default() -> Self {
        Self {
            state: WorkerState::Starting,
            checked_millis: None,
            lived_millis: 0.0,
            asked_millis: None,
            since_answer_millis: 0.0,
            since_news_millis: 0.0,
            timeout_millis: TIMEOUT_MILLIS,
            n_deaths: 0,
        }
    }
}

impl Lifeline {
    /// True if the worker is up.
    pub fn is_up(&self) -> bool {
        self.state == WorkerState::Up
    }

    /// True if no other is started any more.
    pub fn is_given_up(&self) -> bool {
        self.state == WorkerState::GivenUp
    }

    /// Notes that it has come up.
    pub fn came_up(&mut self) {
        self.state = WorkerState::Up;
        self.lived_millis = 0.0;
        self.answered();
        self.got_on();
    }

    /// Notes that it has answered.
    pub fn answered(&mut self) {
        self.asked_millis = None;
        self.since_answer_millis = 0.0;
    }

    /// Notes that its run has got on.
    pub fn got_on(&mut self) {
        self.since_news_millis = 0.0;
    }

    /// Notes that it is to open this run: it may be silent for as long as the setup, and a step, take a slow machine.
    pub fn opens(&mut self, config: &RunConfig) {
        let ledger = Ledger::new(&config.spec);
        let (macs, params) = ledger.map_or((0.0, 0.0), |ledger| (ledger.n_macs() as f64, ledger.n_params() as f64));
        // Forward, and the two gradients.
        let step = 3.0 * macs * f64::from(config.batch) / MACS_PER_MILLI;
        self.timeout_millis = TIMEOUT_MILLIS + step + params / PARAMS_PER_MILLI;
    }

    /// Looks at the clock, about once a second. A page that is not seen is given no time to wait: the browser slows down
    /// both sides as it likes.
    pub fn look(&mut self, now_millis: f64, is_seen: bool, is_training: bool) -> Look {
        let passed = self.checked_millis.replace(now_millis).map_or(0.0, |looked| now_millis - looked);
        if !is_seen {
            return Look::Nothing;
        }
        let passed = passed.clamp(0.0, MOST_WAITED_AT_ONCE);
        self.lived_millis += passed;
        match self.state {
            WorkerState::Starting if self.lived_millis > LATE_MILLIS => {
                self.state = WorkerState::Late;
                return Look::Late;
            }
            WorkerState::Starting | WorkerState::Late | WorkerState::GivenUp => return Look::Nothing,
            WorkerState::Up => {}
        }
        if self.lived_millis > GOOD_MILLIS {
            self.n_deaths = 0;
        }
        self.since_news_millis = if is_training { self.since_news_millis + passed } else { 0.0 };
        if self.since_news_millis > self.timeout_millis + STUCK_MILLIS {
            return Look::Silent;
        }
        match &mut self.asked_millis {
            Some(asked) => {
                *asked += passed;
                if *asked > self.timeout_millis { Look::Silent } else { Look::Nothing }
            }
            None => {
                self.since_answer_millis += passed;
                if self.since_answer_millis < ASK_MILLIS {
                    return Look::Nothing;
                }
                self.asked_millis = Some(0.0);
                Look::Ask
            }
        }
    }

    /// Notes that it is dead. Returns whether another is to be started.
    pub fn died(&mut self) -> bool {
        let n_deaths = self.n_deaths + 1;
        let state = if n_deaths < MOST_DEATHS { WorkerState::Starting } else { WorkerState::GivenUp };
        *self = Self { state, n_deaths, timeout_millis: self.timeout_millis, ..Self::default() };
        state == WorkerState::Starting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::LabState;

    /// Looks once a second for `n` seconds; returns what was to be done, with the second.
    fn looks(line: &mut Lifeline, from: u32, n: u32, is_seen: bool, is_training: bool) -> Vec<(u32, Look)> {
        let looks = (from..from + n).map(|second| (second, line.look(f64::from(second) * 1e3, is_seen, is_training)));
        looks.filter(|(_, look)| *look != Look::Nothing).collect()
    }

    fn up() -> Lifeline {
        let mut line = Lifeline::default();
        line.came_up();
        line
    }

    #[test]
    fn a_worker_that_answers_lives_for_ever() {
        let mut line = up();
        for second in 0..1000 {
            match line.look(f64::from(second) * 1e3, true, true) {
                Look::Nothing => {}
                Look::Ask => line.answered(),
                other => panic!("{other:?} after {second} s"),
            }
            line.got_on();
        }
    }

    #[test]
    fn one_that_does_not_answer_is_found_out_in_seconds() {
        let found = looks(&mut up(), 0, 60, true, false);
        assert_eq!((found[0], found[1].1), ((2, Look::Ask), Look::Silent));
        assert!(found[1].0 <= 14, "{found:?}");
    }

    #[test]
    fn one_that_answers_but_does_not_get_on_is_found_out_too() {
        let mut line = up();
        let silent = (0..200).find(|&second| match line.look(f64::from(second) * 1e3, true, true) {
            Look::Ask => {
                line.answered();
                false
            }
            look => look == Look::Silent,
        });
        assert!(silent.is_some_and(|second| (60..80).contains(&second)), "{silent:?}");
        // Between two runs there is nothing to get on with.
        let mut line = up();
        assert!((0..200).all(|second| {
            line.answered();
            line.look(f64::from(second) * 1e3, true, false) != Look::Silent
        }));
    }

    #[test]
    fn a_long_step_is_waited_for() {
        let config = LabState { batch: 1024, ..LabState::default() }.config(1);
        let mut slow = up();
        slow.opens(&config);
        let slides = crate::state::Net::read("slides").expect("a preset").spec();
        let mut slower = up();
        slower.opens(&receptive_train::protocol::RunConfig { spec: slides, ..config });
        assert!(slow.timeout_millis > TIMEOUT_MILLIS && slower.timeout_millis > 30_000.0);
        assert_eq!(looks(&mut slower, 0, 35, true, false), [(2, Look::Ask)]);
    }

    #[test]
    fn time_asleep_or_unseen_is_no_silence() {
        let mut line = up();
        assert_eq!(looks(&mut line, 0, 3, true, true), [(2, Look::Ask)]);
        assert_eq!(line.look(3_600_000.0, true, true), Look::Nothing, "the lid was closed for an hour");
        assert_eq!(looks(&mut line, 3601, 600, false, true), []);
        assert_eq!(line.look(4_202_000.0, true, true), Look::Nothing);
    }

    #[test]
    fn one_that_comes_up_late_is_reported_once_and_is_a_worker_like_any_other() {
        let mut line = Lifeline::default();
        assert_eq!(looks(&mut line, 0, 120, true, false), [(21, Look::Late)]);
        line.came_up();
        assert!(line.is_up());
        assert_eq!(looks(&mut line, 120, 3, true, false), [(121, Look::Ask)]);
    }

    #[test]
    fn the_third_death_in_a_row_is_the_last() {
        let mut line = up();
        assert!(line.died() && !line.is_up());
        line.came_up();
        assert!(line.died());
        line.came_up();
        assert!(!line.died() && line.is_given_up());
        assert_eq!(looks(&mut line, 0, 100, true, true), []);
    }

    #[test]
    fn deaths_far_apart_are_not_in_a_row() {
        let mut line = up();
        for round in 0..9 {
            for second in 0..70 {
                line.look(f64::from(round * 70 + second) * 1e3, true, false);
                line.answered();
            }
            assert!(line.died(), "after {round} rounds");
            line.came_up();
        }
    }
}
