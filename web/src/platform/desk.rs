//! The page's side of the chapters' desk: a module that is loaded when it is first needed.

use crate::BUILD;
use js_sys::Uint8Array;
use receptive_lessons::desk::{Answer, Opened, Plan, Posed, Question, ToDo};
use receptive_lessons::guide::Guidance;
use receptive_lessons::scene::{Scene, Spot};
use receptive_lessons::settings::Settings;
use receptive_lessons::words;
use receptive_lessons::world::{Lack, World};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(inline_js = "export async function load_chapters() {
    const module = await import(new URL(document.documentElement.dataset.chapters, document.baseURI));
    await module.default();
    return module;
}")]
extern "C" {
    /// Loads the chapters' module, once.
    #[wasm_bindgen(catch)]
    async fn load_chapters() -> Result<JsValue, JsValue>;

    /// The module, as its functions are called.
    #[derive(Clone)]
    type Module;

    #[wasm_bindgen(method)]
    fn build(this: &Module) -> String;

    #[wasm_bindgen(method)]
    fn words(this: &Module) -> String;

    #[wasm_bindgen(method)]
    fn answer(this: &Module, question: &[u8]) -> Uint8Array;
}

/// Why the chapters cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeskError {
    /// The module could not be loaded.
    Unreachable,
    /// The browser kept a module of another build.
    OtherBuild,
}

/// Where questions about chapters are answered.
#[derive(Clone)]
pub(crate) struct Desk {
    module: Rc<Module>,
}

impl PartialEq for Desk {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.module, &other.module)
    }
}

impl Desk {
    /// Loads the chapters' module. From then on the page knows the chapters' words too.
    pub(crate) async fn load() -> Result<Self, DeskError> {
        let module: Module = load_chapters().await.map_err(|_| DeskError::Unreachable)?.unchecked_into();
        if module.build() != BUILD {
            return Err(DeskError::OtherBuild);
        }
        words::learn(module.words());
        Ok(Self { module: Rc::new(module) })
    }

    fn ask(&self, question: &Question) -> Answer {
        let Ok(bytes) = postcard::to_allocvec(question) else { return Answer::Nothing };
        postcard::from_bytes(&self.module.answer(&bytes).to_vec()).unwrap_or(Answer::Nothing)
    }

    /// This is the world from now on.
    pub(crate) fn set_world(&self, world: &World) {
        self.ask(&Question::World(world.clone()));
    }

    /// Begins a chapter, these steps done at another time.
    pub(crate) fn begin(&self, chapter: usize, done: Vec<String>) -> Plan {
        match self.ask(&Question::Begin { chapter, done }) {
            Answer::Plan(plan) => plan,
            _ => Plan::default(),
        }
    }

    /// The learner turns to a step of the guide. Returns where that is.
    pub(crate) fn turn_to(&self, step: usize) -> Option<Guidance> {
        match self.ask(&Question::TurnTo(step)) {
            Answer::Guidance(guidance) => Some(guidance),
            _ => None,
        }
    }

    /// Settings in which a step can be done, as a link writes them.
    pub(crate) fn set_up(&self, step: usize) -> Option<Vec<(String, String)>> {
        match self.ask(&Question::SetUp(step)) {
            Answer::Settings(settings) => Some(settings),
            _ => None,
        }
    }

    /// What there is to do in every chapter, in order.
    pub(crate) fn contents(&self) -> Vec<ToDo> {
        match self.ask(&Question::Contents) {
            Answer::Contents(contents) => contents,
            _ => vec![],
        }
    }

    /// The exercises of a chapter with the numbers of a seed.
    pub(crate) fn tasks(&self, chapter: usize, seed: u32) -> Vec<Posed> {
        match self.ask(&Question::Tasks { chapter, seed }) {
            Answer::Tasks(tasks) => tasks,
            _ => vec![],
        }
    }

    /// Puts a stage up.
    pub(crate) fn open(&self, chapter: usize, settings: &Settings) -> Result<Stage, Lack> {
        let settings = settings.pairs().into_iter().map(|(key, text)| (key.to_string(), text)).collect();
        match self.ask(&Question::Open { chapter, settings }) {
            Answer::Opened(opened) => Ok(Stage { desk: self.clone(), opened: opened? }),
            _ => Err(Lack::Refused(String::new())),
        }
    }
}

/// A stage that is up until this is dropped.
pub(crate) struct Stage {
    desk: Desk,
    opened: Opened,
}

impl Stage {
    pub(crate) fn n_moments(&self) -> usize {
        self.opened.n_moments
    }

    pub(crate) fn first_moment(&self) -> usize {
        self.opened.first_moment
    }

    pub(crate) fn scene(&self, moment: usize) -> Scene {
        match self.desk.ask(&Question::Scene(self.opened.stage, moment)) {
            Answer::Scene(scene) => scene,
            _ => Scene::default(),
        }
    }

    /// What is said of each cell of a grid.
    pub(crate) fn labels(&self, moment: usize, grid: &str) -> Vec<String> {
        match self.desk.ask(&Question::Labels(self.opened.stage, moment, grid.into())) {
            Answer::Labels(labels) => labels,
            _ => vec![],
        }
    }

    pub(crate) fn tell(&self, moment: usize, spot: Spot) -> String {
        match self.desk.ask(&Question::Tell(self.opened.stage, moment, spot)) {
            Answer::Told(text) => text,
            _ => String::new(),
        }
    }

    pub(crate) fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        match self.desk.ask(&Question::Linked(self.opened.stage, moment, spot)) {
            Answer::Spots(spots) => spots,
            _ => vec![],
        }
    }

    pub(crate) fn moment_of(&self, spot: Spot) -> Option<usize> {
        match self.desk.ask(&Question::MomentOf(self.opened.stage, spot)) {
            Answer::Moment(moment) => moment,
            _ => None,
        }
    }

    pub(crate) fn focus(&self, moment: usize) -> Option<Spot> {
        match self.desk.ask(&Question::Focus(self.opened.stage, moment)) {
            Answer::Focus(spot) => spot,
            _ => None,
        }
    }

    /// The learner sees a moment and points at a spot. Returns where that is in the guide.
    pub(crate) fn saw(&self, moment: usize, spot: Option<Spot>) -> Option<Guidance> {
        match self.desk.ask(&Question::Saw(self.opened.stage, moment, spot)) {
            Answer::Guidance(guidance) => Some(guidance),
            _ => None,
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.desk.ask(&Question::Close(self.opened.stage));
    }
}
