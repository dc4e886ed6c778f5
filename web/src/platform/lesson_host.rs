//! The page's handle to the lesson host: a module that is loaded when it is first needed.

use super::bridge::{Chapters, LoadError};
use super::texts;
use js_sys::Float32Array;
use receptive_lessons::Outline;
use receptive_lessons::guide::Guidance;
use receptive_lessons::host::{Plan, PosedExercise, Question, StageInfo, ToDo, Written};
use receptive_lessons::network::{Account, CellAccount, LayerAccount};
use receptive_lessons::scene::{Scene, Spot};
use receptive_lessons::settings::Settings;
use receptive_lessons::words::{self, Part};
use receptive_lessons::world::{Unavailable, World};
use receptive_nn::{Head, Spec};
use serde::de::DeserializeOwned;
use std::rc::Rc;

/// The live values as the page has them: those of the network's tensors, which nobody here reads, stand beside the rest.
pub(crate) struct LiveWorld {
    pub(crate) world: World,
    /// Names of the tensors.
    pub(crate) tensors: Vec<String>,
    /// Their values, in the same order.
    pub(crate) buffers: Vec<Float32Array>,
}

/// The lesson host, which answers questions about chapters.
#[derive(Clone)]
pub(crate) struct LessonHost {
    module: Rc<Chapters>,
}

impl PartialEq for LessonHost {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.module, &other.module)
    }
}

impl LessonHost {
    /// Loads the chapters' module. From then on the page knows the words too that all chapters share.
    pub(crate) async fn load() -> Result<Self, LoadError> {
        let module = Chapters::load().await?;
        words::learn(Part::Chapters, texts::fetched(Part::Chapters).await);
        Ok(Self { module: Rc::new(module) })
    }

    /// Loads what a chapter alone needs, its words too. Until then nothing can be asked about it.
    pub(crate) async fn load_chapter(chapter: &Outline) -> Result<(), LoadError> {
        Chapters::load_part(chapter).await?;
        let part = Part::Chapter(chapter.position());
        words::learn(part, texts::fetched(part).await);
        Ok(())
    }

    /// True if a chapter can be asked about.
    pub(crate) fn has_chapter(&self, chapter: &Outline) -> bool {
        words::knows(Part::Chapter(chapter.position()))
    }

    /// Asks with the values of tensors beside the question. Returns the bytes of the answer.
    fn ask_with(&self, question: &Question, values: &[Float32Array]) -> Vec<u8> {
        postcard::to_allocvec(question).map(|bytes| self.module.ask(&bytes, values)).unwrap_or_default()
    }

    /// Asks for an answer of the type that the host's method returns.
    fn ask<A: DeserializeOwned>(&self, question: &Question) -> Option<A> {
        postcard::from_bytes(&self.ask_with(question, &[])).ok().flatten()
    }

    /// Replaces the world.
    pub(crate) fn set_world(&self, live: &LiveWorld) {
        self.ask_with(&Question::SetWorld(live.world.clone(), live.tensors.clone()), &live.buffers);
    }

    /// Begins a chapter, these steps done at another time.
    pub(crate) fn begin(&self, chapter: usize, done: Vec<String>) -> Plan {
        self.ask(&Question::Begin(chapter, done)).unwrap_or_default()
    }

    /// Reports that the learner turns to a step of the guide. Returns the guide's state.
    pub(crate) fn turn_to(&self, step: usize) -> Option<Guidance> {
        self.ask(&Question::TurnTo(step))
    }

    /// Returns settings in which a step can be done.
    pub(crate) fn set_up(&self, step: usize) -> Option<Written> {
        self.ask(&Question::SetUp(step))
    }

    /// Returns the things to do in every chapter, in order.
    pub(crate) fn contents(&self) -> Vec<ToDo> {
        self.ask(&Question::Contents).unwrap_or_default()
    }

    /// Returns the exercises of a chapter with the numbers of a seed.
    pub(crate) fn tasks(&self, chapter: usize, seed: u32) -> Vec<PosedExercise> {
        self.ask(&Question::Tasks(chapter, seed)).unwrap_or_default()
    }

    /// Replaces the network that is shown as a whole, by the names and the values of its tensors.
    pub(crate) fn set_network(&self, spec: &Spec, of: (Head, u8), names: Vec<String>, values: &[Float32Array]) {
        self.ask_with(&Question::SetNetwork(spec.clone(), of, names), values);
    }

    /// Returns the account of a cell of that network; nothing for one that has no value.
    pub(crate) fn account(&self, tensor: &str, cell: usize) -> Option<Account> {
        self.ask(&Question::Account(tensor.into(), cell))
    }

    /// Returns all of the arithmetic behind a cell of that network; nothing for one that has no value.
    pub(crate) fn cell(&self, tensor: &str, cell: usize) -> Option<CellAccount> {
        self.ask(&Question::Cell(tensor.into(), cell))
    }

    /// Returns the account of a layer of that network; nothing for one that has no values.
    pub(crate) fn layer(&self, name: &str) -> Option<LayerAccount> {
        self.ask(&Question::Layer(name.into()))
    }

    /// Opens a stage.
    pub(crate) fn open(&self, chapter: usize, settings: &Settings) -> Result<StageHandle, Unavailable> {
        let settings = settings.pairs().into_iter().map(|(key, text)| (key.to_string(), text)).collect();
        let opened = self.ask(&Question::Open(chapter, settings));
        let info = opened.unwrap_or_else(|| Err(Unavailable::Refused(String::new())))?;
        Ok(StageHandle { host: self.clone(), info })
    }
}

/// A stage that stays open until this is dropped.
pub(crate) struct StageHandle {
    host: LessonHost,
    info: StageInfo,
}

impl StageHandle {
    pub(crate) fn n_moments(&self) -> usize {
        self.info.n_moments
    }

    pub(crate) fn first_moment(&self) -> usize {
        self.info.first_moment
    }

    /// Returns the stage at a moment; nothing while the values of that moment are on their way.
    pub(crate) fn scene(&self, moment: usize) -> Option<Scene> {
        self.host.ask(&Question::Scene(self.info.id, moment))
    }

    /// Returns the description of each cell of a grid.
    pub(crate) fn labels(&self, moment: usize, grid: &str) -> Vec<String> {
        self.host.ask(&Question::Labels(self.info.id, moment, grid.into())).unwrap_or_default()
    }

    pub(crate) fn describe(&self, moment: usize, spot: Spot) -> String {
        self.host.ask(&Question::Describe(self.info.id, moment, spot)).unwrap_or_default()
    }

    pub(crate) fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        self.host.ask(&Question::Linked(self.info.id, moment, spot)).unwrap_or_default()
    }

    pub(crate) fn moment_of(&self, spot: Spot) -> Option<usize> {
        self.host.ask(&Question::MomentOf(self.info.id, spot))
    }

    pub(crate) fn focus(&self, moment: usize) -> Option<Spot> {
        self.host.ask(&Question::Focus(self.info.id, moment))
    }

    /// Reports that the learner sees a moment and points at a spot. Returns the guide's state.
    pub(crate) fn saw(&self, moment: usize, spot: Option<Spot>) -> Option<Guidance> {
        self.host.ask(&Question::Saw(self.info.id, moment, spot))
    }
}

impl Drop for StageHandle {
    fn drop(&mut self) {
        self.host.ask_with(&Question::Close(self.info.id), &[]);
    }
}
