//! A learner at a chapter's page.

use super::actions::Hand;
use receptive_lessons::Chapter;
use receptive_lessons::chapters::building;
use receptive_lessons::guide::Guidance;
use receptive_lessons::host::{Host, StageInfo};
use receptive_lessons::scene::{Grid, Scene, Spot};
use receptive_lessons::settings::{Settings, Value};
use receptive_lessons::world::World;
use receptive_nn::Spec;
use std::collections::BTreeSet;

/// A learner at a chapter's page, and the lesson host that the page asks.
pub(crate) struct Learner {
    pub(crate) host: Host,
    pub(crate) chapter: &'static Chapter,
    pub(crate) settings: Settings,
    pub(crate) stage: StageInfo,
    /// Settings of the stage: the last that can be.
    pub(crate) shown: Settings,
    pub(crate) moment: usize,
    pub(crate) scene: Scene,
    pub(crate) guidance: Guidance,
    /// Controls turned since this was emptied.
    pub(crate) turned: BTreeSet<String>,
}

impl Learner {
    /// Opens a chapter by a link; nothing when there is no such stage.
    pub(crate) fn at(chapter: &'static Chapter, world: &World, settings: &Settings) -> Option<Self> {
        let mut host = Host::default();
        host.set_world(world.clone());
        let stage = open(&mut host, chapter, settings)?;
        host.begin(chapter.position(), &[]);
        let (settings, shown) = (settings.clone(), settings.clone());
        let (scene, guidance) = (Scene::default(), Guidance::default());
        let mut learner =
            Self { host, chapter, settings, stage, shown, moment: 0, scene, guidance, turned: BTreeSet::new() };
        learner.look(None);
        Some(learner)
    }

    pub(crate) fn look(&mut self, pointed: Option<Spot>) {
        let n = self.stage.n_moments;
        self.moment = self.settings.at.unwrap_or(self.stage.first_moment).min(n - 1);
        self.scene = self.host.scene(self.stage.id, self.moment).unwrap();
        self.guidance = self.host.saw(self.stage.id, self.moment, pointed).unwrap();
    }

    pub(crate) fn change(&mut self, settings: Settings) {
        self.settings = settings;
        if let Some(stage) = open(&mut self.host, self.chapter, &self.settings) {
            self.host.close(self.stage.id);
            (self.stage, self.shown) = (stage, self.settings.clone());
            self.look(None);
        }
    }

    pub(crate) fn grid(&self, name: &str) -> &Grid {
        self.scene.grid(name).unwrap_or_else(|| panic!("{}: no {name} at {:?}", self.chapter.key, self.shown.pairs()))
    }

    /// The first of several values, separated by |, that a setting does not have.
    pub(crate) fn other<'a>(&self, key: &str, values: &'a str) -> Option<&'a str> {
        values.split('|').find(|value| self.settings.clone().with(key, value) != self.settings)
    }

    /// Turns to a step, and has the stage set up if that is offered.
    pub(crate) fn begin(&mut self, step: usize) {
        self.guidance = self.host.turn_to(step).unwrap();
        if let Some(needs) = self.guidance.steps[step].needs.clone() {
            assert!(!needs.contains('⟦') && !needs.is_empty(), "{needs}");
            self.set_up(step);
        }
    }

    pub(crate) fn set_up(&mut self, step: usize) {
        let pairs = self.host.set_up(step).expect("nothing is set up");
        let mut settings = self.chapter.settings();
        pairs.iter().for_each(|(key, text)| assert_eq!(settings.read(key, text), Ok(true)));
        self.change(settings);
        assert_eq!(self.shown, self.settings, "{}: what was set up cannot be", self.chapter.key);
    }

    pub(crate) fn done(&self) -> Vec<bool> {
        self.guidance.steps.iter().map(|step| step.is_done).collect()
    }
}

pub(crate) fn open(host: &mut Host, chapter: &Chapter, settings: &Settings) -> Option<StageInfo> {
    let settings: Vec<_> = settings.pairs().into_iter().map(|(key, text)| (key.to_string(), text)).collect();
    host.open(chapter.position(), &settings)?.ok()
}

impl Hand for Learner {
    fn learner(&self) -> &Learner {
        self
    }

    fn set(&mut self, key: &str, values: &str) {
        self.turned.insert(key.into());
        let mut settings = self.settings.clone();
        settings.at = None;
        let settings = match self.other(key, values) {
            Some(value) => settings.with(key, value),
            None => settings,
        };
        self.change(settings);
    }

    fn type_in(&mut self, grid: &str, cell: usize, value: f32) {
        let grid = Learner::grid(self, grid);
        let edit = grid.edit.clone().unwrap_or_else(|| panic!("nothing can be typed into {}", grid.name));
        let source = grid.cells[cell].source.unwrap();
        let mut settings = self.settings.clone();
        settings.set(edit.key, Value::Numbers(edit.matrix.with(source, value)));
        edit.also.iter().for_each(|(key, choice)| settings.set(key, Value::Choice(choice)));
        self.change(settings);
    }

    fn point(&mut self, grid: &'static str, cell: usize) {
        self.look(Some(Spot::new(grid, cell)));
    }

    fn go(&mut self, moment: usize) {
        self.settings.at = Some(moment);
        self.look(None);
    }

    fn step(&mut self, n: usize) {
        if self.moment + n >= self.stage.n_moments {
            self.go(self.stage.n_moments - 1 - n);
        }
        (0..n).for_each(|_| self.go(self.moment + 1));
    }

    fn put(&mut self, spec: &Spec) {
        let mut settings = self.settings.clone();
        building::put(&mut settings, spec);
        self.change(settings);
    }
}
