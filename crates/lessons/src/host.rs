//! The lesson host: answers questions about chapters, one message at a time.
//!
//! The chapters' code is by far the largest part of the page, and nobody needs it before they open one. So the page
//! loads it as a module of its own, and asks this host. Questions and answers are data, sent as bytes; both run
//! on the same thread, so an answer is there at once.

use crate::exercise::{Exercise, Task};
use crate::guide::{Guidance, Guide};
use crate::network::{Account, CellAccount, LayerAccount, NetworkTrace};
use crate::scene::{Scene, Spot};
use crate::settings::Settings;
use crate::worked::{self, Worked};
use crate::world::{Unavailable, World};
use crate::{Chapter, Trace, chapters};
use receptive_nn::{Head, Inspection, Spec};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// A question. What it is answered by is the method of [`Host`] of the same name, which says more of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Question {
    /// The world, whose network comes without its values, and the names of its tensors, whose values come beside the
    /// question.
    SetWorld(World, Vec<String>),
    /// The position of a chapter, and the names of the steps that are done.
    Begin(usize, Vec<String>),
    /// Of all chapters.
    Contents,
    /// The position of a chapter, and a seed.
    Tasks(usize, u32),
    /// The position of a chapter, and the settings that differ from the start.
    Open(usize, Vec<(String, String)>),
    /// A stage.
    Close(u32),
    /// A stage, and a moment.
    Scene(u32, usize),
    /// A stage, a moment, and a grid.
    Labels(u32, usize, String),
    /// A stage, a moment, and a spot.
    Describe(u32, usize, Spot),
    /// A stage, a moment, and a spot.
    Linked(u32, usize, Spot),
    /// A stage, and a spot.
    MomentOf(u32, Spot),
    /// A stage, and a moment.
    Focus(u32, usize),
    /// A stage, a moment, and the spot that is pointed at.
    Saw(u32, usize, Option<Spot>),
    /// A step of the guide.
    TurnTo(usize),
    /// A step of the guide.
    SetUp(usize),
    /// The layers of a network, what its gradients are of, and the names of its tensors, whose values come beside the
    /// question.
    SetNetwork(Spec, (Head, u8), Vec<String>),
    /// The name of a tensor of that network, and a cell.
    Account(String, usize),
    /// The name of a tensor of that network, and a cell.
    Cell(String, usize),
    /// The name of a layer of that network.
    Layer(String),
}

/// The guide's steps and the worked examples of a chapter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The learner's place in the guide.
    pub guide: Guidance,
    /// The worked examples of the lectures that open here.
    pub worked: Vec<Example>,
}

/// The things to do in a chapter on a first reading, by the names in the texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToDo {
    /// Steps of the guide.
    pub steps: Vec<String>,
    /// Exercises.
    pub exercises: Vec<String>,
}

/// A worked example of the lectures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Its name.
    pub id: String,
    /// Its title in the lecture.
    pub title: String,
    /// The lecture's title.
    pub deck: String,
    /// The link that opens it: "convolution?pad=1".
    pub link: String,
}

/// An exercise with its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PosedExercise {
    /// Its name in the chapter.
    pub key: String,
    /// True if a first reading can leave it out.
    pub is_more: bool,
    /// The question with its numbers.
    pub task: Task,
}

/// The id and the time line of an open stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageInfo {
    /// Its id in further questions.
    pub id: u32,
    /// Length of the time line.
    pub n_moments: usize,
    /// The moment at which the time line starts.
    pub first_moment: usize,
}

/// Settings as a link writes them: pairs of key and value.
pub type Written = Vec<(String, String)>;

/// The open stages, the world, and the learner's guide.
#[derive(Default)]
pub struct Host {
    world: World,
    stages: Vec<OpenStage>,
    last: u32,
    guide: Option<Guide>,
    /// The network that is shown as a whole.
    network: Option<NetworkTrace>,
}

/// A stage that is open.
struct OpenStage {
    id: u32,
    chapter: &'static Chapter,
    settings: Settings,
    trace: Box<dyn Trace>,
    /// The moment at which grids were shown whole, and their names.
    whole: (usize, &'static [&'static str]),
}

impl OpenStage {
    /// Returns the moment whose description fits the cells that are shown of a grid.
    fn moment_to_describe(&self, moment: usize, grid: &str) -> usize {
        let is_whole = self.whole.0 == moment && self.whole.1.contains(&grid);
        if is_whole { self.trace.n_moments() - 1 } else { moment }
    }
}

fn find(stages: &[OpenStage], id: u32) -> Option<&OpenStage> {
    stages.iter().find(|stage| stage.id == id)
}

impl Host {
    /// Answers a question that came as bytes, with the values of tensors beside it: by the bytes of `Some` answer, of `None`
    /// where there is nothing to say, or by no bytes at all where nothing was asked or the bytes are no question.
    pub fn answer(&mut self, question: &[u8], values: Vec<Vec<f32>>) -> Vec<u8> {
        let Ok(question) = postcard::from_bytes(question) else { return vec![] };
        match question {
            Question::SetWorld(world, names) => self.set_world(with_values(world, names, values)),
            Question::SetNetwork(spec, of, names) => self.set_network(&spec, of, names.into_iter().zip(values)),
            Question::Close(stage) => self.close(stage),
            Question::Account(tensor, cell) => return bytes(self.account(&tensor, cell)),
            Question::Cell(tensor, cell) => return bytes(self.cell(&tensor, cell)),
            Question::Layer(name) => return bytes(self.layer(&name)),
            Question::Begin(chapter, done) => return bytes(self.begin(chapter, &done)),
            Question::Contents => return bytes(Some(self.contents())),
            Question::Tasks(chapter, seed) => return bytes(self.tasks(chapter, seed)),
            Question::Open(chapter, settings) => return bytes(self.open(chapter, &settings)),
            Question::Scene(stage, moment) => return bytes(self.scene(stage, moment)),
            Question::Labels(stage, moment, grid) => return bytes(self.labels(stage, moment, &grid)),
            Question::Describe(stage, moment, spot) => return bytes(self.describe(stage, moment, spot)),
            Question::Linked(stage, moment, spot) => return bytes(self.linked(stage, moment, spot)),
            Question::MomentOf(stage, spot) => return bytes(self.moment_of(stage, spot)),
            Question::Focus(stage, moment) => return bytes(self.focus(stage, moment)),
            Question::Saw(stage, moment, spot) => return bytes(self.saw(stage, moment, spot)),
            Question::TurnTo(step) => return bytes(self.turn_to(step)),
            Question::SetUp(step) => return bytes(self.set_up(step)),
        }
        vec![]
    }

    /// Replaces the live values.
    pub fn set_world(&mut self, world: World) {
        let is_other = self.world.digit.is_some() && self.world.digit != world.digit
            || self.world.picture.is_some() && self.world.picture != world.picture;
        self.guide.iter_mut().filter(|_| is_other).for_each(Guide::other_world);
        self.world = world;
    }

    /// Replaces the network that is shown as a whole, by its layers, what its gradients are of, and its tensors by name. One
    /// that cannot be looked into is none.
    pub fn set_network(&mut self, spec: &Spec, of: (Head, u8), tensors: impl IntoIterator<Item = (String, Vec<f32>)>) {
        self.network = NetworkTrace::new(spec, of, tensors).ok();
    }

    /// Returns the account of a cell of that network, by the name of its tensor; nothing for one that has no value.
    pub fn account(&self, tensor: &str, cell: usize) -> Option<Account> {
        self.network.as_ref()?.account(tensor, cell)
    }

    /// Returns all of the arithmetic behind such a cell; nothing for one that has no value.
    pub fn cell(&self, tensor: &str, cell: usize) -> Option<CellAccount> {
        self.network.as_ref()?.cell(tensor, cell)
    }

    /// Returns the account of a layer of that network; nothing if there is none of that name.
    pub fn layer(&self, name: &str) -> Option<LayerAccount> {
        self.network.as_ref()?.layer(name)
    }

    /// Begins a chapter: forgets the learner's history in it, but for the steps that were done at another time.
    pub fn begin(&mut self, chapter: usize, done: &[String]) -> Option<Plan> {
        self.guide = chapters::ALL.get(chapter).map(|chapter| Guide::new(chapter, done));
        self.guide.as_ref().map(plan)
    }

    /// Returns the things to do in every chapter, in order.
    pub fn contents(&self) -> Vec<ToDo> {
        chapters::ALL.iter().map(|chapter| to_do(chapter)).collect()
    }

    /// Returns the exercises of a chapter with the numbers of a seed.
    pub fn tasks(&self, chapter: usize, seed: u32) -> Option<Vec<PosedExercise>> {
        Some(chapters::ALL.get(chapter)?.exercises.iter().map(|exercise| pose(exercise, seed)).collect())
    }

    /// Opens a chapter's stage, in settings as a link writes them.
    pub fn open(&mut self, chapter: usize, written: &[(String, String)]) -> Option<Result<StageInfo, Unavailable>> {
        let chapter = chapters::ALL.get(chapter).copied()?;
        let mut settings = chapter.settings();
        for (key, value) in written {
            if let Err(why) = settings.read(key, value) {
                return Some(Err(Unavailable::Refused(why)));
            }
        }
        settings.at = None;
        self.guide
            .iter_mut()
            .filter(|guide| guide.chapter().key == chapter.key)
            .for_each(|guide| guide.asked_for(&settings));
        Some((chapter.trace)(&settings, &self.world).map(|trace| {
            self.last += 1;
            let info = StageInfo { id: self.last, n_moments: trace.n_moments(), first_moment: trace.first_moment() };
            self.stages.push(OpenStage { id: self.last, chapter, settings, trace, whole: (0, &[]) });
            info
        }))
    }

    /// Closes a stage.
    pub fn close(&mut self, stage: u32) {
        self.stages.retain(|open| open.id != stage);
    }

    /// Returns a stage at a moment; where a step asks what a change did, with what it did marked. Nothing while the live
    /// values of that moment are on their way, as all answers about a moment.
    pub fn scene(&mut self, stage: u32, moment: usize) -> Option<Scene> {
        let stage = self.stages.iter_mut().find(|open| open.id == stage).filter(|stage| stage.trace.has(moment))?;
        let mut scene = stage.trace.scene(moment).settled();
        let guide = self.guide.as_ref().filter(|guide| guide.chapter().key == stage.chapter.key);
        stage.whole = (moment, guide.map_or(&[][..], |guide| guide.compare(&stage.settings, moment, &mut scene)));
        Some(scene)
    }

    /// Returns the description of each cell of a grid at a moment.
    pub fn labels(&self, stage: u32, moment: usize, grid: &str) -> Option<Vec<String>> {
        let stage = self.at(stage, moment)?;
        let grid = crate::intern::intern(grid);
        let n = stage.trace.scene(moment).grid(grid).map_or(0, |grid| grid.cells.len());
        let moment = stage.moment_to_describe(moment, grid);
        Some((0..n).map(|cell| stage.trace.describe(moment, Spot { grid, cell })).collect())
    }

    /// Returns the description of a spot at a moment.
    pub fn describe(&self, stage: u32, moment: usize, spot: Spot) -> Option<String> {
        let stage = self.at(stage, moment)?;
        Some(stage.trace.describe(stage.moment_to_describe(moment, spot.grid), spot))
    }

    /// Returns the spots that belong to one at a moment.
    pub fn linked(&self, stage: u32, moment: usize, spot: Spot) -> Option<Vec<Spot>> {
        Some(self.at(stage, moment)?.trace.linked(moment, spot))
    }

    /// Returns the moment that shows a spot.
    pub fn moment_of(&self, stage: u32, spot: Spot) -> Option<usize> {
        find(&self.stages, stage)?.trace.moment_of(spot)
    }

    /// Returns the spot that a moment is about.
    pub fn focus(&self, stage: u32, moment: usize) -> Option<Spot> {
        find(&self.stages, stage)?.trace.focus(moment)
    }

    /// Takes notice that the learner sees a moment of a stage and points at a spot. Returns the guide's state.
    pub fn saw(&mut self, stage: u32, moment: usize, spot: Option<Spot>) -> Option<Guidance> {
        let (stage, guide) = (find(&self.stages, stage)?, self.guide.as_mut()?);
        if stage.chapter.key != guide.chapter().key || !stage.trace.has(moment) {
            return None;
        }
        guide.saw(&stage.settings, moment, &stage.trace.scene(moment), spot);
        Some(guide.guidance())
    }

    /// Takes notice that the learner turns to a step of the guide. Returns the guide's state.
    pub fn turn_to(&mut self, step: usize) -> Option<Guidance> {
        let guide = self.guide.as_mut()?;
        guide.turn_to(step);
        Some(guide.guidance())
    }

    /// Returns settings in which a step of the guide can be done.
    pub fn set_up(&mut self, step: usize) -> Option<Written> {
        let settings = self.guide.as_mut()?.set_up(step, &self.world)?;
        Some(settings.pairs().into_iter().map(|(key, text)| (key.into(), text)).collect())
    }

    /// A stage, if the values of a moment are there.
    fn at(&self, stage: u32, moment: usize) -> Option<&OpenStage> {
        find(&self.stages, stage).filter(|stage| stage.trace.has(moment))
    }
}

/// The bytes of an answer.
///
/// # Panics
/// Never: postcard refuses only sequences of unknown length.
fn bytes<A: Serialize>(answer: Option<A>) -> Vec<u8> {
    postcard::to_allocvec(&answer).expect("answers have known lengths")
}

/// A world with the values that came beside the question: those of the tensors that it names.
fn with_values(mut world: World, names: Vec<String>, values: Vec<Vec<f32>>) -> World {
    if let Some(network) = &mut world.network {
        let network = Rc::make_mut(network);
        // A network that was looked into can be built.
        network.values = Inspection::of_parts(&network.spec, names.into_iter().zip(values)).unwrap_or_default();
    }
    world
}

fn pose(exercise: &Exercise, seed: u32) -> PosedExercise {
    PosedExercise { key: exercise.key.into(), is_more: exercise.is_more, task: exercise.task(seed) }
}

fn to_do(chapter: &Chapter) -> ToDo {
    ToDo {
        steps: chapter.steps.iter().map(|step| step.key.into()).collect(),
        exercises: chapter
            .exercises
            .iter()
            .filter(|exercise| !exercise.is_more)
            .map(|exercise| exercise.key.into())
            .collect(),
    }
}

fn plan(guide: &Guide) -> Plan {
    let example = |worked: &Worked| {
        let link = worked.link()?;
        Some(Example { id: worked.id.into(), title: worked.title(), deck: worked.deck_title(), link })
    };
    Plan { guide: guide.guidance(), worked: worked::of(guide.chapter().key).filter_map(example).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::DeserializeOwned;

    /// Asks through bytes, as the page does.
    fn ask<A: DeserializeOwned>(host: &mut Host, question: Question) -> Option<A> {
        let bytes = host.answer(&postcard::to_allocvec(&question).unwrap(), vec![]);
        postcard::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn answers_are_those_of_the_chapter_after_the_way_through_bytes() {
        for (i, chapter) in chapters::ALL.iter().enumerate() {
            let host = &mut Host::default();
            let Ok(trace) = (chapter.trace)(&chapter.settings(), &World::default()) else { panic!("{}", chapter.key) };
            let plan: Plan = ask(host, Question::Begin(i, vec![])).unwrap();
            assert!(plan.guide.steps.iter().map(|step| &step.key).eq(chapter.steps.iter().map(|step| step.key)));
            let opened: Result<StageInfo, Unavailable> = ask(host, Question::Open(i, vec![])).unwrap();
            let opened = opened.unwrap();
            assert_eq!((opened.n_moments, opened.first_moment), (trace.n_moments(), trace.first_moment()));
            let (id, moment) = (opened.id, opened.first_moment);
            let scene = trace.scene(moment).settled();
            assert_eq!(ask(host, Question::Scene(id, moment)), Some(scene.clone()));
            let guide: Guidance = ask(host, Question::Saw(id, moment, None)).unwrap();
            assert!(guide.now == Some(0) && guide.steps.iter().all(|step| !step.is_done && step.answer.is_none()));
            assert!(ask::<Guidance>(host, Question::TurnTo(0)).is_some_and(|guide| guide.now == Some(0)));
            assert_eq!(ask(host, Question::SetUp(0)), host.set_up(0), "{}", chapter.key);
            if let Some(spot) = trace.focus(moment) {
                assert_eq!(ask(host, Question::Focus(id, moment)), Some(spot));
                assert_eq!(ask(host, Question::Linked(id, moment, spot)), Some(trace.linked(moment, spot)));
                assert_eq!(ask(host, Question::MomentOf(id, spot)), trace.moment_of(spot));
                let description = trace.describe(moment, spot);
                assert_eq!(ask(host, Question::Describe(id, moment, spot)), Some(description.clone()));
                let labels: Vec<String> = ask(host, Question::Labels(id, moment, spot.grid.into())).unwrap();
                let grid = scene.grid(spot.grid);
                assert_eq!(labels.get(spot.cell), grid.map(|_| &description), "{}", chapter.key);
            }
            let tasks: Vec<_> = chapter.exercises.iter().map(|exercise| pose(exercise, 3)).collect();
            assert_eq!(ask(host, Question::Tasks(i, 3)), Some(tasks));
            let to_do: Vec<ToDo> = ask(host, Question::Contents).unwrap();
            assert!(to_do[i].steps.iter().eq(chapter.steps.iter().map(|step| step.key)));
            let close = postcard::to_allocvec(&Question::Close(id)).unwrap();
            assert!(host.answer(&close, vec![]).is_empty(), "nothing was asked");
            assert_eq!(ask::<Scene>(host, Question::Scene(id, moment)), None);
        }
    }

    #[test]
    fn a_network_is_accounted_for_after_the_way_through_bytes() {
        let host = &mut Host::default();
        let spec = receptive_nn::Preset::Linear.spec();
        let of = (Head::default(), 0);
        let tensors = [("input", 784), ("linear 1.weight", 7840), ("linear 1.bias", 10), ("linear 1", 10)];
        let (names, values): (Vec<String>, Vec<_>) =
            tensors.map(|(name, n)| (name.into(), vec![0.5; n])).into_iter().unzip();
        let set = postcard::to_allocvec(&Question::SetNetwork(spec.clone(), of, names.clone())).unwrap();
        assert!(host.answer(&set, values.clone()).is_empty(), "nothing was asked");
        let known = NetworkTrace::new(&spec, of, names.into_iter().zip(values)).unwrap();
        let (account, cell, layer) = (known.account("linear 1", 3), known.cell("linear 1", 3), known.layer("linear 1"));
        assert!(account.is_some() && cell.is_some() && layer.is_some());
        assert_eq!(ask(host, Question::Account("linear 1".into(), 3)), account);
        assert_eq!(ask(host, Question::Cell("linear 1".into(), 3)), cell);
        assert_eq!(ask(host, Question::Layer("linear 1".into())), layer);
        assert_eq!(ask::<Account>(host, Question::Account("none".into(), 0)), None);
    }

    #[test]
    fn nonsense_is_answered_with_nothing() {
        let host = &mut Host::default();
        assert_eq!(ask::<Scene>(host, Question::Scene(7, 0)), None);
        assert_eq!(ask::<Result<StageInfo, Unavailable>>(host, Question::Open(99, vec![])), None);
        assert!(host.answer(&[255; 9], vec![]).is_empty());
        let refused = ask(host, Question::Open(1, vec![("pad".into(), "x".into())]));
        assert!(matches!(refused, Some(Err::<StageInfo, _>(Unavailable::Refused(_)))));
    }
}
