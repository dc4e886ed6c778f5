//! What is kept of a run for comparison with others: its settings, its course, its end.

use super::{RunModel, Summary};
use receptive_train::protocol::{RunConfig, RunId, RunState, ValidationRecord};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// The most runs that are compared; with more the lines cover each other.
pub const MOST_COMPARED: usize = 4;

/// A run as it is compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Its name, as long as it is the open run and more can come.
    pub run: Option<RunId>,
    /// Its settings as it began.
    pub config: RunConfig,
    /// Steps done.
    pub iteration: u32,
    /// Steps of the whole run.
    pub n_steps: u32,
    /// The means of its stretches.
    pub summary: Rc<Summary>,
    /// The last validation.
    pub validation: Option<ValidationRecord>,
    /// Fraction of the test images that was right at the end.
    pub test: Option<f32>,
    /// The step at which a loss or a weight was no longer finite.
    pub diverged: Option<u32>,
    /// True if the learner has hidden its line.
    pub is_hidden: bool,
}

impl Track {
    /// The open run as it is now; nothing before its first step.
    pub fn of(run: &RunModel) -> Option<Self> {
        let config = run.config.clone().filter(|_| run.has_opened())?;
        let has_begun = run.iteration > 0 || run.state == RunState::Diverged;
        has_begun.then(|| Self {
            run: Some(run.id),
            config,
            iteration: run.iteration,
            n_steps: run.n_steps,
            summary: run.summary.clone(),
            validation: run.validations.last().copied(),
            test: run.report.as_ref().map(|report| report.n_correct as f32 / report.n_images.max(1) as f32),
            diverged: run.divergence.as_ref().map(|divergence| divergence.iteration),
            is_hidden: false,
        })
    }
}

/// A change of what is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeepAction {
    /// The open run is kept.
    Keep,
    /// The kept run at this position is shown or hidden.
    Toggle(usize),
    /// The kept run at this position is not compared any longer.
    Remove(usize),
}

impl RunModel {
    /// True if the open run can be kept: it has begun, is not kept, and there is room.
    pub fn can_keep(&self) -> bool {
        self.kept.len() < MOST_COMPARED && !self.is_kept() && Track::of(self).is_some()
    }

    fn is_kept(&self) -> bool {
        self.kept.iter().any(|track| track.run == Some(self.id))
    }

    /// The runs that are compared: those that are kept, in the order in which they were, and the open one behind them as
    /// long as there is room. Empty when none is kept.
    pub fn compared(&self) -> Vec<Track> {
        let live = Track::of(self);
        let mut tracks: Vec<Track> = self.kept.iter().map(|track| self.current(track, &live)).collect();
        if (1..MOST_COMPARED).contains(&tracks.len()) && !self.is_kept() {
            tracks.extend(live);
        }
        tracks
    }

    /// A kept run as it is now.
    fn current(&self, track: &Track, live: &Option<Track>) -> Track {
        match live {
            Some(live) if live.run == track.run => Track { is_hidden: track.is_hidden, ..live.clone() },
            _ => track.clone(),
        }
    }

    pub(super) fn keep(&mut self, action: KeepAction) {
        match action {
            KeepAction::Keep if self.can_keep() => self.kept.extend(Track::of(self)),
            KeepAction::Keep => {}
            KeepAction::Toggle(i) => {
                if let Some(track) = self.kept.get_mut(i) {
                    track.is_hidden = !track.is_hidden;
                }
            }
            KeepAction::Remove(i) if i < self.kept.len() => drop(self.kept.remove(i)),
            KeepAction::Remove(_) => {}
        }
    }

    /// Keeps what there is of the open run, if it is kept: from now on it is another, or begins again.
    pub(super) fn settle_kept(&mut self) {
        let live = Track::of(self);
        let settled = self.kept.iter().map(|track| {
            let current = self.current(track, &live);
            Track { run: current.run.filter(|&run| run != self.id), ..current }
        });
        self.kept = settled.collect();
    }
}
