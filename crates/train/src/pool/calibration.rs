//! The calibration of the pool: steps of one, two, four … workers are timed against each other, to find how many make
//! this network fastest.
//!
//! For a small network, messages can cost more than they save; and of a machine's cores, some may be slow ones that
//! the others would wait for. What is chosen changes the speed of a run and nothing else.

/// Steps of all workers that are not timed: until a browser has compiled a new worker's code well, it is slow.
const WARM_MILLIS: f64 = 400.0;
/// Each number of workers is timed for at least this number of steps …
const MIN_STEPS: u32 = 4;
/// … and this time, in milliseconds, as clocks in browsers are coarse.
const MIN_MILLIS: f64 = 40.0;
/// The time after which the others are given another chance, if fewer than all were quicker: something else may have kept
/// the machine busy.
const REST_MILLIS: f64 = 30_000.0;

/// The timing of steps with some number of workers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Timing {
    n_steps: u32,
    millis: f64,
    /// The quickest step: others were held up by something else.
    best: f64,
}

impl Timing {
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
enum CalibrationPhase {
    /// All together, not timed.
    Warm(Timing),
    /// Numbers of workers are timed one after the other, the fewest first; this one now.
    Timed { n_workers: usize, timing: Timing, best_so_far: Option<Candidate> },
    /// This number of workers was the quickest; timed since then.
    Decided { n_workers: usize, timing: Timing },
}

/// A number of workers that was timed, and their quickest step in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Candidate {
    n_workers: usize,
    millis: f64,
}

/// The measurements so far, and what follows from them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PoolCalibration {
    /// Workers there are.
    n_all: usize,
    phase: CalibrationPhase,
    /// The number found to be quicker than all, if it was when that was last decided.
    fewer: Option<usize>,
    /// The time at which the step at hand began, if the one before it ended then.
    since: Option<f64>,
}

impl PoolCalibration {
    /// Begins the calibration of `n_all` workers.
    pub(crate) fn new(n_all: usize) -> Self {
        Self { n_all, phase: CalibrationPhase::Warm(Timing::default()), fewer: None, since: None }
    }

    /// Workers that are to take the next step.
    pub(crate) fn n_workers(&self) -> usize {
        match self.phase {
            CalibrationPhase::Warm(_) => self.n_all,
            CalibrationPhase::Timed { n_workers, .. } | CalibrationPhase::Decided { n_workers, .. } => n_workers,
        }
    }

    /// The number of workers found to be quicker than all, if one was.
    pub(crate) fn fewer(&self) -> Option<usize> {
        self.fewer
    }

    /// True if the quickest number is known.
    pub(crate) fn is_decided(&self) -> bool {
        matches!(self.phase, CalibrationPhase::Decided { .. })
    }

    /// Notes that whatever comes next does not belong to a step.
    pub(crate) fn interrupt(&mut self) {
        self.since = None;
    }

    /// Notes that a step begins. If another ended just now, returns how long that took.
    pub(crate) fn step_begins(&mut self, now_millis: f64) -> Option<f64> {
        let millis = now_millis - self.since.replace(now_millis)?;
        (millis >= 0.0).then(|| self.note(millis))
    }

    fn note(&mut self, millis: f64) -> f64 {
        match &mut self.phase {
            CalibrationPhase::Warm(timing) => {
                timing.add(millis);
                if timing.is_enough(WARM_MILLIS) {
                    self.phase = CalibrationPhase::Timed { n_workers: 1, timing: Timing::default(), best_so_far: None };
                }
            }
            CalibrationPhase::Timed { n_workers, timing, best_so_far } => {
                timing.add(millis);
                if timing.is_enough(MIN_MILLIS) {
                    let candidate = Candidate { n_workers: *n_workers, millis: timing.best };
                    let best = best_so_far.filter(|best| best.millis < candidate.millis).unwrap_or(candidate);
                    self.advance(candidate.n_workers, best);
                }
            }
            CalibrationPhase::Decided { timing, .. } => {
                timing.add(millis);
                if self.fewer.is_some() && timing.is_enough(REST_MILLIS) {
                    self.phase = CalibrationPhase::Warm(Timing::default());
                }
            }
        }
        millis
    }

    /// Goes on after `n_timed` workers were timed: twice as many are next, up to all.
    fn advance(&mut self, n_timed: usize, best: Candidate) {
        self.phase = if n_timed < self.n_all {
            let n_workers = (2 * n_timed).min(self.n_all);
            CalibrationPhase::Timed { n_workers, timing: Timing::default(), best_so_far: Some(best) }
        } else {
            self.fewer = (best.n_workers < self.n_all).then_some(best.n_workers);
            CalibrationPhase::Decided { n_workers: best.n_workers, timing: Timing::default() }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A calibration of `n_all` workers up to its decision; `millis` is the time of a step by the number of workers.
    fn decided(n_all: usize, millis: impl Fn(usize) -> f64) -> PoolCalibration {
        let (mut calibration, mut now) = (PoolCalibration::new(n_all), 5.0);
        while !matches!(calibration.phase, CalibrationPhase::Decided { .. }) {
            calibration.step_begins(now);
            now += millis(calibration.n_workers());
        }
        calibration
    }

    #[test]
    fn the_quickest_number_is_chosen() {
        let chosen = |n_all, millis: &[f64]| {
            let calibration = decided(n_all, |n| millis[n - 1]);
            assert_eq!(calibration.fewer(), (calibration.n_workers() < n_all).then_some(calibration.n_workers()));
            calibration.n_workers()
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
    fn every_doubling_is_timed() {
        let timed = std::cell::RefCell::new(std::collections::BTreeSet::new());
        decided(6, |n| {
            timed.borrow_mut().insert(n);
            10.0
        });
        assert_eq!(timed.into_inner().into_iter().collect::<Vec<_>>(), [1, 2, 4, 6]);
    }

    #[test]
    fn replicas_that_were_no_help_get_another_chance_in_time() {
        let mut calibration = decided(2, |n| [10.0, 15.0][n - 1]);
        calibration.interrupt();
        let mut n_together = 0;
        for i in 0..3600 {
            calibration.step_begins(f64::from(i) * 10.0);
            assert!(calibration.fewer().is_some() || i > 3000, "no news before it is measured again");
            n_together += u32::from(calibration.n_workers() == 2);
        }
        assert!(n_together > 20 && calibration.fewer().is_none(), "this time both took the same");
    }

    #[test]
    fn what_comes_between_steps_is_no_step() {
        let mut calibration = PoolCalibration::new(2);
        assert_eq!((calibration.step_begins(0.0), calibration.step_begins(7.0)), (None, Some(7.0)));
        calibration.interrupt();
        assert_eq!(
            (calibration.step_begins(5000.0), calibration.step_begins(4000.0)),
            (None, None),
            "and clocks may go back"
        );
    }
}
