//! A race: the same run with one update rule after the other. Each is an ordinary run of the worker's, with a name of its
//! own; here it is said which comes next, and what became of each is kept.

use super::{RunModel, Track};
use receptive_train::protocol::{RunConfig, RunId, RunState};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// One that takes part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Racer {
    /// The settings of its run.
    pub config: RunConfig,
    /// Its run, once it is this one's turn.
    pub run: Option<RunId>,
    /// Its run as it ended.
    pub track: Option<Track>,
}

/// A race that is on or over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Race {
    /// Those that take part, in the order of their turns.
    pub racers: Vec<Racer>,
    /// True as long as there is one to come, or at work.
    pub is_on: bool,
}

/// A change of the race.
#[derive(Clone, Debug, PartialEq)]
pub enum RaceAction {
    /// These runs race from now on.
    Start(Vec<RunConfig>),
    /// The race ends here. What has been done stays.
    Stop,
}

/// What the worker has to do next for a race.
#[derive(Clone, Debug, PartialEq)]
pub enum RaceNeed {
    /// This run is to be opened.
    Open(RunConfig),
    /// The open run is to be trained.
    Train(RunId),
}

impl Race {
    /// The position of the one whose turn it is.
    pub fn at(&self) -> Option<usize> {
        self.racers.iter().rposition(|racer| racer.run.is_some())
    }

    fn next(&self) -> Option<&Racer> {
        self.racers.iter().find(|racer| racer.run.is_none())
    }
}

impl RunModel {
    /// True while a race is on.
    pub fn is_racing(&self) -> bool {
        self.race.as_ref().is_some_and(|race| race.is_on)
    }

    /// True if the open run is one of a race.
    pub fn is_racer(&self) -> bool {
        self.race.as_ref().is_some_and(|race| race.racers.iter().any(|racer| racer.run == Some(self.id)))
    }

    /// The next thing to do for the race, if there is one to be done at once.
    pub fn race_need(&self) -> Option<RaceNeed> {
        let race = self.race.as_ref().filter(|race| race.is_on && self.is_ready)?;
        let is_at_work = race.at().is_some_and(|at| race.racers[at].track.is_none());
        match is_at_work {
            false => race.next().map(|racer| RaceNeed::Open(racer.config.clone())),
            true => (self.has_opened() && self.state == RunState::Idle).then_some(RaceNeed::Train(self.id)),
        }
    }

    /// What there is of every racer, in the order of their turns: as it ended, or as it is now.
    pub fn raced(&self) -> Vec<Option<Track>> {
        let racers = self.race.as_ref().map_or(&[][..], |race| &race.racers);
        let live = |racer: &Racer| Track::of(self).filter(|_| racer.run == Some(self.id));
        racers.iter().map(|racer| racer.track.clone().or_else(|| live(racer))).collect()
    }

    pub(super) fn race_on(&mut self, action: RaceAction) {
        match action {
            RaceAction::Start(configs) => {
                self.config_problem = None;
                let racers: Vec<_> =
                    configs.into_iter().map(|config| Racer { config, run: None, track: None }).collect();
                self.race = Some(Race { is_on: !racers.is_empty(), racers });
            }
            RaceAction::Stop => self.end_race(),
        }
    }

    /// A run is about to be opened: the next of the race, or another, which ends it.
    pub(super) fn race_opens(&mut self, run: RunId, config: &RunConfig) {
        let needed = self.race_need();
        if let Some(race) = &mut self.race
            && needed == Some(RaceNeed::Open(config.clone()))
            && let Some(next) = race.racers.iter_mut().find(|racer| racer.run.is_none())
        {
            next.run = Some(run);
        } else if self.is_racing() {
            self.end_race();
        }
    }

    /// Takes in what has become of the one whose turn it is.
    pub(super) fn follow_race(&mut self) {
        if !self.is_racing() {
            return;
        }
        if self.failure.is_some() || self.config_problem.is_some() {
            return self.end_race();
        }
        let is_over = matches!(self.state, RunState::Finished | RunState::Stopped | RunState::Diverged);
        if is_over && self.is_racer() && self.has_opened() {
            self.settle_racer();
        }
        let is_done = |race: &Race| race.racers.iter().all(|racer| racer.track.is_some());
        if let Some(race) = self.race.as_mut().filter(|race| is_done(race)) {
            race.is_on = false;
        }
    }

    fn settle_racer(&mut self) {
        let (track, id) = (Track::of(self), self.id);
        if let Some(race) = &mut self.race {
            let open = race.racers.iter_mut().find(|racer| racer.run == Some(id) && racer.track.is_none());
            if let Some(racer) = open {
                racer.track = track;
            }
        }
    }

    fn end_race(&mut self) {
        self.settle_racer();
        if let Some(race) = &mut self.race {
            race.is_on = false;
        }
    }
}

/// The order of two that raced: by the loss on the validation images, or by what the test came to where there are none;
/// behind them those that are still at work or were stopped, and last those that diverged.
pub fn by_rank(a: &Track, b: &Track) -> Ordering {
    let class = |track: &Track| match (track.diverged, track.test) {
        (Some(_), _) => 2,
        (None, None) => 1,
        (None, Some(_)) => 0,
    };
    let loss = |track: &Track| track.validation.map_or(f32::INFINITY, |record| record.loss);
    let wrong = |track: &Track| 1.0 - track.test.unwrap_or(0.0);
    let later = |track: &Track| std::cmp::Reverse(track.diverged);
    (class(a).cmp(&class(b)))
        .then(later(a).cmp(&later(b)))
        .then(loss(a).total_cmp(&loss(b)))
        .then(wrong(a).total_cmp(&wrong(b)))
}

#[cfg(test)]
mod tests;
