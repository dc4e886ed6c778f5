//! The guide of a chapter: what to look at, what the stage must be like for it, and what the learner has done of it.

use crate::chapter::{Chapter, Outline};
use crate::scene::{Scene, Spot};
use crate::settings::{Kind, Settings};
use crate::world::World;
use crate::{Sorted, say, words};
use serde::{Deserialize, Serialize};

/// Something to look at. Its texts: `steps.<key>` asks.
#[derive(Clone, Copy)]
pub struct Step {
    /// Its name in the texts.
    pub key: &'static str,
    /// Conditions on the settings before it can be done. None of them does the step.
    pub needs: &'static [Need],
    /// Settings that the learner turns to do it; none where it is done on the stage itself.
    pub sets: &'static [&'static str],
    /// Grids that are shown whole, with their changed cells marked, as soon as a change has done the step.
    pub compares: &'static [&'static str],
    /// True if a first reading can leave it out.
    pub is_more: bool,
    /// Says what there was to see, while what was done last does the step.
    pub notice: fn(&Watch) -> Option<String>,
}

impl Step {
    /// A step that any settings serve.
    pub const fn new(key: &'static str, notice: fn(&Watch) -> Option<String>) -> Self {
        Self { key, needs: &[], sets: &[], compares: &[], is_more: false, notice }
    }

    /// The settings must be like this first.
    #[must_use]
    pub const fn needs(self, needs: &'static [Need]) -> Self {
        Self { needs, ..self }
    }

    /// It is done with these settings.
    #[must_use]
    pub const fn sets(self, sets: &'static [&'static str]) -> Self {
        Self { sets, ..self }
    }

    /// It asks what changes in these grids.
    #[must_use]
    pub const fn compares(self, compares: &'static [&'static str]) -> Self {
        Self { compares, ..self }
    }

    /// A first reading can leave it out.
    #[must_use]
    pub const fn more(self) -> Self {
        Self { is_more: true, ..self }
    }
}

/// A step's condition on one setting.
#[derive(Clone, Copy)]
pub struct Need {
    key: &'static str,
    /// The value that it is set to on request; `None`: the chapter's own numbers instead of typed ones.
    value: Option<&'static str>,
    /// True if the settings serve as they are; `None`: they serve when the setting has that value.
    serves: Option<fn(&Settings) -> bool>,
}

impl Need {
    /// A setting must have this value, as a link writes it.
    pub const fn is(key: &'static str, value: &'static str) -> Self {
        Self { key, value: Some(value), serves: None }
    }

    /// A setting becomes this value, unless the settings serve as they are.
    pub const fn unless(key: &'static str, value: &'static str, serves: fn(&Settings) -> bool) -> Self {
        Self { key, value: Some(value), serves: Some(serves) }
    }

    /// The chapter's own numbers are wanted, unless the settings serve as they are.
    pub const fn own(key: &'static str, serves: fn(&Settings) -> bool) -> Self {
        Self { key, value: None, serves: Some(serves) }
    }

    fn is_met(&self, settings: &Settings) -> bool {
        self.serves.map_or_else(|| self.put(settings.clone()) == *settings, |serves| serves(settings))
    }

    fn put(&self, mut settings: Settings) -> Settings {
        match self.value {
            Some(value) => settings.with(self.key, value),
            None => {
                settings.clear(self.key);
                settings
            }
        }
    }

    /// Returns the condition in words; `None` if the settings meet it already.
    fn text(&self, outline: &Outline, settings: &Settings) -> Option<String> {
        if self.put(settings.clone()) == *settings {
            return None;
        }
        let Some(value) = self.value else { return Some(outline.text("own-numbers")) };
        let param = settings.params().iter().find(|param| param.key == self.key)?;
        let (name, is_choice) = (outline.param_text(self.key), matches!(param.kind, Kind::Choice(_)));
        let value = if is_choice { outline.option_text(self.key, value) } else { value.into() };
        // Which numbers are on the stage is chosen by buttons without a heading.
        let key = if self.key == "on" { "common.need-option" } else { "common.need" };
        Some(say!(key, name = name, value = value))
    }
}

/// The learner's history in this chapter so far.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// Settings that were looked at, oldest first; the last are those on the stage.
    pub looks: Vec<Look>,
}

/// Settings, and what was looked at in them.
#[derive(Clone, Debug)]
pub struct Look {
    /// The settings.
    pub settings: Settings,
    /// Moments seen.
    pub moments: Sorted<usize>,
    /// Spots pointed at.
    pub spots: Sorted<Spot>,
    /// The stage at the last of the moments.
    pub scene: Scene,
}

impl Watch {
    /// Looks that are remembered: more than the cells that a learner can paint one by one.
    const MAX: usize = 100;

    /// Takes in what is on the stage and what is pointed at.
    pub fn saw(&mut self, settings: &Settings, moment: usize, scene: &Scene, spot: Option<Spot>) {
        let still = still(settings);
        if self.looks.last().is_none_or(|look| look.settings != still) {
            self.turn(still);
        }
        let Some(look) = self.looks.last_mut() else { return };
        look.moments.insert(moment);
        look.spots.extend(spot);
        look.scene = scene.clone();
    }

    fn turn(&mut self, settings: Settings) {
        let (moments, spots, scene) = (Sorted::default(), Sorted::default(), Scene::default());
        self.looks.push(Look { settings, moments, spots, scene });
        self.looks.drain(..self.looks.len().saturating_sub(Self::MAX));
    }

    /// Returns the settings on the stage, with the moments and spots that were looked at in them.
    pub fn now(&self) -> Option<&Look> {
        self.looks.last()
    }

    /// Returns the settings that were on the stage before the last change of a setting.
    pub fn before(&self) -> Option<&Look> {
        self.looks.len().checked_sub(2).map(|i| &self.looks[i])
    }

    /// Returns the settings before the last change, and those on the stage now, if nothing but these settings differs.
    pub fn changed(&self, keys: &[&str]) -> Option<[&Look; 2]> {
        let (before, now) = (self.before()?, self.now()?);
        now.differs_only_in(before, keys).then_some([before, now])
    }

    /// The same over all changes in a row: what was on the stage before the first of them.
    pub fn changed_since(&self, keys: &[&str]) -> Option<[&Look; 2]> {
        let [_, now] = self.changed(keys)?;
        let since = self.looks.iter().rev().skip(1).take_while(|look| now.differs_only_in(look, keys)).last()?;
        Some([since, now])
    }
}

impl Look {
    /// A corner and the middle of a grid that were both pointed at; `border` cells around it do not count. An even grid has
    /// four middles, and in a large one the middle is as large as a pointer can aim at.
    pub fn corner_and_middle(&self, grid: &'static str, border: usize) -> Option<[usize; 2]> {
        let shown = self.scene.grid(grid)?;
        let (rows, columns) = (shown.rows().checked_sub(2 * border)?, shown.columns.checked_sub(2 * border)?);
        let is_pointed = |[row, column]: [usize; 2]| {
            let cell = (row + border) * shown.columns + column + border;
            self.pointed(grid, cell).then_some(cell)
        };
        let is_middle = |at: usize, n: usize| (2 * at + 1).abs_diff(n) <= (n / 4).max(1);
        let corners = [[0, 0], [0, columns - 1], [rows - 1, 0], [rows - 1, columns - 1]];
        let corner = corners.into_iter().find_map(is_pointed)?;
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| [row, column]));
        let middle =
            cells.filter(|[row, column]| is_middle(*row, rows) && is_middle(*column, columns)).find_map(is_pointed)?;
        Some([corner, middle])
    }

    /// True if a cell was pointed at.
    pub fn pointed(&self, grid: &'static str, cell: usize) -> bool {
        self.spots.contains(&Spot { grid, cell })
    }

    /// The values of a grid on the stage; none when it is not there.
    pub fn values(&self, grid: &str) -> Vec<f32> {
        self.scene.grid(grid).map(crate::scene::Grid::values).unwrap_or_default()
    }

    /// True if the settings differ from those of another look, and in nothing but these.
    pub fn differs_only_in(&self, other: &Self, keys: &[&str]) -> bool {
        let differing = self.settings.differing(&other.settings);
        !differing.is_empty() && differing.iter().all(|key| keys.contains(key))
    }
}

/// Settings without the place on the time line.
fn still(settings: &Settings) -> Settings {
    let mut still = settings.clone();
    still.at = None;
    still
}

/// True if so much is different that it was no turn at a control: a link, or a stage that was set up. Typing a number
/// may choose one's own picture or kernel too.
fn is_leap(before: &Settings, now: &Settings) -> bool {
    let is_typed =
        |key: &&&str| now.params().iter().any(|param| param.key == **key && matches!(param.kind, Kind::Numbers));
    let differing = now.differing(before);
    let n_typed = differing.iter().filter(is_typed).count();
    differing.len() > 1 && (differing.len(), n_typed) != (2, 1)
}

/// A chapter's guide: what the learner does, and which steps that does.
pub struct Guide {
    chapter: &'static Chapter,
    watch: Watch,
    steps: Vec<State>,
    /// The step that the learner turned to.
    turned: Option<usize>,
    /// The step that was done last.
    last: Option<usize>,
    /// Settings that a stage was asked for last.
    asked: Option<Settings>,
    /// The stage that comes next is not of the learner's making.
    is_given: bool,
    /// Something else than the settings has changed the stage.
    is_other_world: bool,
}

#[derive(Clone, Debug, Default)]
struct State {
    is_done: bool,
    /// The last action did not do the step: the next one that does it is the learner's own.
    is_open: bool,
    answer: Option<String>,
}

/// The learner's place in the guide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guidance {
    /// The step that is asked; nothing when all are done.
    pub now: Option<usize>,
    /// The steps in order.
    pub steps: Vec<StepStatus>,
}

/// The state of a step, as the page shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepStatus {
    /// Its name in the texts.
    pub key: String,
    /// Settings that the learner turns to do it.
    pub sets: Vec<String>,
    /// It was done.
    pub is_done: bool,
    /// A first reading can leave it out.
    pub is_more: bool,
    /// The observation that the step was about; true of the stage as long as that does the step.
    pub answer: Option<String>,
    /// The settings that must be made first, in words; `None` if the step can be done as it is.
    pub needs: Option<String>,
}

impl Guide {
    /// The guide of a chapter at its beginning, these steps done at another time.
    pub fn new(chapter: &'static Chapter, done: &[String]) -> Self {
        let state = |step: &Step| State { is_done: done.iter().any(|key| key == step.key), ..State::default() };
        Self {
            chapter,
            watch: Watch::default(),
            steps: chapter.steps.iter().map(state).collect(),
            turned: None,
            last: None,
            asked: None,
            is_given: true,
            is_other_world: false,
        }
    }

    /// The chapter.
    pub fn chapter(&self) -> &'static Chapter {
        self.chapter
    }

    /// A stage is asked for in these settings, whether it can be had or not.
    pub fn asked_for(&mut self, settings: &Settings) {
        let settings = still(settings);
        self.is_given |= self.asked.as_ref().is_some_and(|before| is_leap(before, &settings));
        self.asked = Some(settings);
    }

    /// Another digit or picture is on the stage from now on.
    pub fn other_world(&mut self) {
        self.is_other_world = true;
    }

    /// Takes in what is on the stage and what is pointed at. One act does one step: the one that is asked, if it can.
    pub fn saw(&mut self, settings: &Settings, moment: usize, scene: &Scene, spot: Option<Spot>) {
        let is_given = std::mem::take(&mut self.is_given);
        if is_given {
            self.watch = Watch::default();
        }
        if std::mem::take(&mut self.is_other_world) {
            self.watch.turn(still(settings));
        }
        self.watch.saw(settings, moment, scene, spot);
        self.asked.get_or_insert_with(|| still(settings));
        let found: Vec<_> = self.chapter.steps.iter().map(|step| (step.notice)(&self.watch)).collect();
        let is_new = |i: &usize| found[*i].is_some() && self.steps[*i].is_open && !self.steps[*i].is_done && !is_given;
        let done = self.now().filter(is_new).or_else(|| (0..found.len()).find(is_new));
        if let Some(done) = done {
            self.steps[done].is_done = true;
            self.last = Some(done);
        }
        for (state, found) in self.steps.iter_mut().zip(found) {
            state.is_open = found.is_none();
            if state.is_done && found.is_some() {
                state.answer = found;
            }
        }
    }

    /// The step that is asked: the one that the learner turned to, or the next that is not done; after the last, the
    /// first that was left out.
    fn now(&self) -> Option<usize> {
        let is_undone = |i: &usize| self.steps.get(*i).is_some_and(|state| !state.is_done);
        let from = self.last.unwrap_or(0);
        self.turned.filter(is_undone).or_else(|| (from..self.steps.len()).chain(0..from).find(is_undone))
    }

    /// The learner turns to a step.
    pub fn turn_to(&mut self, step: usize) {
        self.turned = Some(step);
    }

    /// Returns the learner's place in the guide.
    pub fn guidance(&self) -> Guidance {
        let settings = self.watch.now().map(|look| &look.settings);
        let step = |(step, state): (&Step, &State)| StepStatus {
            key: step.key.into(),
            sets: step.sets.iter().map(|key| (*key).into()).collect(),
            is_done: state.is_done,
            is_more: step.is_more,
            answer: state.answer.clone(),
            needs: settings.filter(|_| !state.is_done).and_then(|settings| self.unmet_text(step, state, settings)),
        };
        Guidance { now: self.now(), steps: self.chapter.steps.iter().zip(&self.steps).map(step).collect() }
    }

    /// Returns the unmet conditions of a step that is not done, in words.
    fn unmet_text(&self, step: &Step, state: &State, settings: &Settings) -> Option<String> {
        let unmet = step.needs.iter().filter(|need| !need.is_met(settings));
        let mut texts = vec![];
        for text in unmet.filter_map(|need| need.text(self.chapter.outline, settings)) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        // What the step asks for is there already, and not by the learner's doing.
        let is_stuck = !state.is_open || step.needs.iter().any(|need| !need.is_met(settings));
        if texts.is_empty() {
            return is_stuck.then(|| words::say("common.need-start", &[]));
        }
        texts.into_iter().reduce(|first, more| say!("common.need-joint", first = first, more = more))
    }

    /// Settings in which a step can be done: what the learner has, where that serves. They do not do the step.
    pub fn set_up(&mut self, step: usize, world: &World) -> Option<Settings> {
        let found = self.chapter.steps.get(step)?;
        let settings = self.watch.now()?.settings.clone();
        let unmet = found.needs.iter().filter(|need| !need.is_met(&settings));
        let kept = unmet.fold(settings.clone(), |settings, need| need.put(settings));
        let afresh = found.needs.iter().fold(self.chapter.settings(), |settings, need| need.put(settings));
        let serves = |settings: &Settings| {
            let trace = (self.chapter.trace)(settings, world).ok()?;
            let mut watch = Watch::default();
            let first = trace.first_moment();
            let scene = if trace.has(first) { trace.scene(first) } else { Scene::default() };
            watch.saw(settings, first, &scene, None);
            let is_met = found.needs.iter().all(|need| need.is_met(settings));
            (is_met && (found.notice)(&watch).is_none()).then(|| trace.n_moments())
        };
        let (mut chosen, n_moments) = match serves(&kept) {
            Some(n_moments) => (kept, Some(n_moments)),
            None => (afresh.clone(), serves(&afresh)),
        };
        self.turned = Some(step);
        self.is_given = true;
        self.asked = Some(chosen.clone());
        // A map that grows with the time line is whole at its end.
        chosen.at = n_moments.filter(|n| *n > 1 && !found.compares.is_empty()).map(|n| n - 1);
        Some(chosen)
    }

    /// Shows the grids whole, and marks what the last change did to them, for a step that asks for it and until the
    /// time line is moved. Returns their names.
    pub fn compare(&self, settings: &Settings, moment: usize, scene: &mut Scene) -> &'static [&'static str] {
        let still = still(settings);
        let now = self.watch.now().filter(|_| !self.is_given);
        let before = match now {
            Some(now) if now.settings == still => {
                self.watch.before().filter(|_| now.moments.iter().all(|seen| *seen == moment))
            }
            now => now,
        };
        let Some(before) = before else { return &[] };
        let mut watch = Watch { looks: vec![before.clone()] };
        watch.saw(settings, moment, scene, None);
        let step = self.chapter.steps.iter().find(|step| !step.compares.is_empty() && (step.notice)(&watch).is_some());
        let compares = step.map_or(&[][..], |step| step.compares);
        for name in compares {
            let old = before.values(name);
            if let Some(grid) = scene.grid_mut(name) {
                let new = grid.values();
                grid.n_known = None;
                let changed: Vec<_> = (0..new.len()).filter(|&i| old.len() == new.len() && old[i] != new[i]).collect();
                let key = if old.len() == new.len() { "common.changed" } else { "common.other-size" };
                grid.detail = say!(key, detail = grid.detail, n = changed.len());
                grid.changed = Some(changed);
            }
        }
        compares
    }
}
