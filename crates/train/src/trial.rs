//! How many workers make this network fastest: steps of one, two, four … workers, timed against each other.
//!
//! For a small network, messages can cost more than they save; and of a machine's cores, some may be slow ones that
//! the others would wait for. What is chosen changes the speed of a run and nothing else.

/// Steps of all workers that are not timed: until a browser has compiled a new worker's code well, it is slow.
const WARM_MILLIS: f64 = 400.0;
/// Each number is timed for at least so many steps …
const MIN_STEPS: u32 = 4;
/// … and so long, as clocks in browsers are coarse.
const MIN_MILLIS: f64 = 40.0;
/// When fewer than all were quicker, the others are given another chance after this time: something else may have kept
/// the machine busy.
const REST_MILLIS: f64 = 30_000.0;

/// The steps of some number of workers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Side {
    n_steps: u32,
    millis: f64,
    /// The quickest step: others were held up by something else.
    best: f64,
}

impl Side {
    fn add(&mut self, millis: f64) {
        self.best = if self.n_steps == 0 { millis } else { self.best.min(millis) };
        self.n_steps += 1;
        self.millis += millis;
    }

    fn is_enough(&self, min_millis: f64) -> bool {
        self.n_steps >= MIN_STEPS && self.millis >= min_millis
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    /// All together, not timed.
    Warm(Side),
    /// So many workers are timed, fewest first.
    Timed { n_workers: usize, side: Side, best_so_far: Option<Found> },
    /// So many were the quickest.
    Decided { n_workers: usize, since_then: Side },
}

/// A number of workers, and their quickest step in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Found {
    n_workers: usize,
    millis: f64,
}

/// How far the measuring has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Trial {
    /// Workers there are.
    n_all: usize,
    stage: Stage,
    /// Whether fewer than all were quicker when it was last decided, and how many.
    fewer: Option<usize>,
    /// When the step at hand began, if the one before it ended then.
    since: Option<f64>,
}

impl Trial {
    /// Nothing measured yet, of so many workers.
    pub(crate) fn new(n_all: usize) -> Self {
        Self { n_all, stage: Stage::Warm(Side::default()), fewer: None, since: None }
    }

    /// Workers that are to take the next step.
    pub(crate) fn n_workers(&self) -> usize {
        match self.stage {
            Stage::Warm(_) => self.n_all,
            Stage::Timed { n_workers, .. } | Stage::Decided { n_workers, .. } => n_workers,
        }
    }

    /// How many were found to be quicker than all, if they were.
    pub(crate) fn fewer(&self) -> Option<usize> {
        self.fewer
    }

    /// Whether which is quicker is known.
    pub(crate) fn is_decided(&self) -> bool {
        matches!(self.stage, Stage::Decided { .. })
    }

    /// Whatever comes next does not belong to a step.
    pub(crate) fn interrupt(&mut self) {
        self.since = None;
    }

    /// A step begins. If another ended just now, returns how long that took.
    pub(crate) fn step_begins(&mut self, now_millis: f64) -> Option<f64> {
        let millis = now_millis - self.since.replace(now_millis)?;
        (millis >= 0.0).then(|| self.note(millis))
    }

    fn note(&mut self, millis: f64) -> f64 {
        match &mut self.stage {
            Stage::Warm(side) => {
                side.add(millis);
                if side.is_enough(WARM_MILLIS) {
                    self.stage = Stage::Timed { n_workers: 1, side: Side::default(), best_so_far: None };
                }
            }
            Stage::Timed { n_workers, side, best_so_far } => {
                side.add(millis);
                if side.is_enough(MIN_MILLIS) {
                    let found = Found { n_workers: *n_workers, millis: side.best };
                    let best = best_so_far.filter(|best| best.millis < found.millis).unwrap_or(found);
                    self.go_on(found.n_workers, best);
                }
            }
            Stage::Decided { since_then, .. } => {
                since_then.add(millis);
                if self.fewer.is_some() && since_then.is_enough(REST_MILLIS) {
                    self.stage = Stage::Warm(Side::default());
                }
            }
        }
        millis
    }

    /// So many have been timed: twice as many are next, up to all.
    fn go_on(&mut self, n_timed: usize, best: Found) {
        self.stage = if n_timed < self.n_all {
            let n_workers = (2 * n_timed).min(self.n_all);
            Stage::Timed { n_workers, side: Side::default(), best_so_far: Some(best) }
        } else {
            self.fewer = (best.n_workers < self.n_all).then_some(best.n_workers);
            Stage::Decided { n_workers: best.n_workers, since_then: Side::default() }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A trial of so many workers, whose steps take so long by the number of those at work, up to its decision.
    fn decided(n_all: usize, millis: impl Fn(usize) -> f64) -> Trial {
        let (mut trial, mut now) = (Trial::new(n_all), 5.0);
        while !matches!(trial.stage, Stage::Decided { .. }) {
            trial.step_begins(now);
            now += millis(trial.n_workers());
        }
        trial
    }

    #[test]
    fn the_quickest_number_is_chosen() {
        let chosen = |n_all, millis: &[f64]| {
            let trial = decided(n_all, |n| millis[n - 1]);
            assert_eq!(trial.fewer(), (trial.n_workers() < n_all).then_some(trial.n_workers()));
            trial.n_workers()
        };
        assert_eq!(chosen(2, &[100.0, 60.0]), 2);
        assert_eq!(chosen(2, &[1.0, 1.5]), 1);
        assert_eq!(chosen(2, &[1.0, 1.0]), 2, "those who are there may as well work");
        assert_eq!(chosen(1, &[3.0]), 1);
        // Four cores and twice as many threads.
        assert_eq!(chosen(8, &[80.0, 41.0, 60.0, 22.0, 30.0, 30.0, 30.0, 24.0]), 4);
        assert_eq!(chosen(5, &[50.0, 26.0, 60.0, 14.0, 12.0]), 5);
    }

    #[test]
    fn every_doubling_is_tried() {
        let tried = std::cell::RefCell::new(std::collections::BTreeSet::new());
        decided(6, |n| {
            tried.borrow_mut().insert(n);
            10.0
        });
        assert_eq!(tried.into_inner().into_iter().collect::<Vec<_>>(), [1, 2, 4, 6]);
    }

    #[test]
    fn replicas_that_were_no_help_get_another_chance_in_time() {
        let mut trial = decided(2, |n| [10.0, 15.0][n - 1]);
        trial.interrupt();
        let mut n_together = 0;
        for i in 0..3600 {
            trial.step_begins(f64::from(i) * 10.0);
            assert!(trial.fewer().is_some() || i > 3000, "no news before it is measured again");
            n_together += u32::from(trial.n_workers() == 2);
        }
        assert!(n_together > 20 && trial.fewer().is_none(), "this time both took the same");
    }

    #[test]
    fn what_comes_between_steps_is_no_step() {
        let mut trial = Trial::new(2);
        assert_eq!((trial.step_begins(0.0), trial.step_begins(7.0)), (None, Some(7.0)));
        trial.interrupt();
        assert_eq!((trial.step_begins(5000.0), trial.step_begins(4000.0)), (None, None), "and clocks may go back");
    }
}
