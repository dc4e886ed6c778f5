//! Whether replicas make this network faster: steps alone and steps together, timed against each other.
//!
//! For a small network, messages can cost more than they save. What is chosen changes the speed of a run and nothing
//! else.

/// Steps with replicas that are not timed: until a browser has compiled a new worker's code well, it is slow.
const WARM_MILLIS: f64 = 400.0;
/// Each side is timed for at least so many steps …
const MIN_STEPS: u32 = 4;
/// … and so long, as clocks in browsers are coarse.
const MIN_MILLIS: f64 = 40.0;
/// Replicas that were found to be no help are given another chance after this time: something else may have kept the
/// machine busy.
const REST_MILLIS: f64 = 30_000.0;

/// One side's steps.
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
    /// Together, not timed.
    Warm(Side),
    Alone(Side),
    Together {
        alone: Side,
        together: Side,
    },
    Decided {
        together: bool,
        since_then: Side,
    },
}

/// How far the measuring has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Trial {
    stage: Stage,
    /// Whether replicas were no help when it was last decided.
    is_slower: bool,
    /// When the step at hand began, if the one before it ended then.
    since: Option<f64>,
}

impl Trial {
    /// Nothing measured yet.
    pub(crate) fn new() -> Self {
        Self { stage: Stage::Warm(Side::default()), is_slower: false, since: None }
    }

    /// Whether the next step is to be taken with replicas.
    pub(crate) fn is_together(&self) -> bool {
        match self.stage {
            Stage::Warm(_) | Stage::Together { .. } => true,
            Stage::Alone(_) => false,
            Stage::Decided { together, .. } => together,
        }
    }

    /// Whether replicas were found to make it slower.
    pub(crate) fn is_slower(&self) -> bool {
        self.is_slower
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
        let done = match &mut self.stage {
            Stage::Warm(side) => {
                side.add(millis);
                side.is_enough(WARM_MILLIS)
            }
            Stage::Alone(side) | Stage::Together { together: side, .. } => {
                side.add(millis);
                side.is_enough(MIN_MILLIS)
            }
            Stage::Decided { together, since_then } => {
                since_then.add(millis);
                !*together && since_then.is_enough(REST_MILLIS)
            }
        };
        if done {
            self.stage = match self.stage {
                Stage::Warm(_) => Stage::Alone(Side::default()),
                Stage::Alone(alone) => Stage::Together { alone, together: Side::default() },
                Stage::Together { alone, together } => {
                    self.is_slower = alone.best < together.best;
                    Stage::Decided { together: !self.is_slower, since_then: Side::default() }
                }
                Stage::Decided { .. } => Stage::Warm(Side::default()),
            };
        }
        millis
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(alone: f64, together: f64) -> Trial {
        let (mut trial, mut now) = (Trial::new(), 5.0);
        while !matches!(trial.stage, Stage::Decided { .. }) {
            trial.step_begins(now);
            now += if trial.is_together() { together } else { alone };
        }
        trial
    }

    #[test]
    fn the_quicker_side_is_chosen() {
        assert!(decided(100.0, 60.0).is_together() && !decided(100.0, 60.0).is_slower());
        assert!(!decided(1.0, 1.5).is_together() && decided(1.0, 1.5).is_slower());
    }

    #[test]
    fn replicas_that_were_no_help_get_another_chance_in_time() {
        let mut trial = decided(10.0, 15.0);
        trial.interrupt();
        let mut n_together = 0;
        for i in 0..3600 {
            trial.step_begins(f64::from(i) * 10.0);
            assert!(trial.is_slower() || i > 3000, "no news before it is measured again");
            n_together += u32::from(trial.is_together());
        }
        assert!(n_together > 20 && !trial.is_slower(), "this time both took the same");
    }

    #[test]
    fn what_comes_between_steps_is_no_step() {
        let mut trial = Trial::new();
        assert_eq!((trial.step_begins(0.0), trial.step_begins(7.0)), (None, Some(7.0)));
        trial.interrupt();
        assert_eq!((trial.step_begins(5000.0), trial.step_begins(4000.0)), (None, None), "and clocks may go back");
    }
}
