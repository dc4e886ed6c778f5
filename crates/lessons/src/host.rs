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

/// A question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Question {
    /// Replaces the live values: the world, whose network comes without its values, and the names of its tensors, whose
    /// values come beside the question. Answered by [`Answer::Nothing`].
    SetWorld(World, Vec<String>),
    /// Begins a chapter: forgets the learner's history in it, but for the steps that were done at another time.
    /// Answered by its [`Plan`].
    Begin {
        /// Position of the chapter.
        chapter: usize,
        /// Names of the steps that are done.
        done: Vec<String>,
    },
    /// Asks for the things to do in every chapter, in order. Answered by [`Answer::Contents`].
    Contents,
    /// Asks for the exercises of a chapter with the numbers of a seed. Answered by [`Answer::Tasks`].
    Tasks {
        /// Position of the chapter.
        chapter: usize,
        /// The seed.
        seed: u32,
    },
    /// Opens a chapter's stage, in settings as a link writes them. Answered by [`Answer::Opened`].
    Open {
        /// Position of the chapter.
        chapter: usize,
        /// The settings that differ from the start.
        settings: Vec<(String, String)>,
    },
    /// Closes a stage. Answered by [`Answer::Nothing`].
    Close(u32),
    /// Asks for the stage at a moment. Answered by [`Answer::Scene`], or by [`Answer::Nothing`] while the live values of
    /// that moment are on their way, as are all questions about a moment.
    Scene(u32, usize),
    /// Asks for the description of each cell of a grid at a moment. Answered by [`Answer::Labels`].
    Labels(u32, usize, String),
    /// Asks for the description of a spot at a moment. Answered by [`Answer::Description`].
    Describe(u32, usize, Spot),
    /// Asks for the spots that belong to one. Answered by [`Answer::Spots`].
    Linked(u32, usize, Spot),
    /// Asks for the moment that shows a spot. Answered by [`Answer::Moment`].
    MomentOf(u32, Spot),
    /// Asks for the spot that a moment is about. Answered by [`Answer::Focus`].
    Focus(u32, usize),
    /// Reports that the learner sees a moment of a stage and points at a spot. Answered by the guide's [`Guidance`].
    Saw(u32, usize, Option<Spot>),
    /// Reports that the learner turns to a step of the guide. Answered by its [`Guidance`].
    TurnTo(usize),
    /// Asks for settings in which a step can be done. Answered by [`Answer::Settings`].
    SetUp(usize),
    /// Replaces the network that is shown as a whole: its layers, what its gradients are of, and the names of its tensors,
    /// whose values come beside the question. Answered by [`Answer::Nothing`].
    SetNetwork(Spec, (Head, u8), Vec<String>),
    /// Asks for the account of a cell of that network, by the name of its tensor. Answered by [`Answer::Account`].
    Account(String, usize),
    /// Asks for all of the arithmetic behind such a cell. Answered by [`Answer::Cell`].
    Cell(String, usize),
    /// Asks for the account of a layer of that network, by its name. Answered by [`Answer::Layer`].
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

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// There is nothing to answer, or no stage of that id.
    Nothing,
    /// To [`Question::Begin`].
    Plan(Plan),
    /// To [`Question::Tasks`].
    Tasks(Vec<PosedExercise>),
    /// To [`Question::Contents`].
    Contents(Vec<ToDo>),
    /// To [`Question::Open`].
    Opened(Result<StageInfo, Unavailable>),
    /// To [`Question::Scene`].
    Scene(Scene),
    /// To [`Question::Labels`].
    Labels(Vec<String>),
    /// To [`Question::Describe`].
    Description(String),
    /// To [`Question::Linked`].
    Spots(Vec<Spot>),
    /// To [`Question::MomentOf`].
    Moment(Option<usize>),
    /// To [`Question::Focus`].
    Focus(Option<Spot>),
    /// To [`Question::Saw`] and [`Question::TurnTo`].
    Guidance(Guidance),
    /// To [`Question::SetUp`], as a link writes them.
    Settings(Vec<(String, String)>),
    /// To [`Question::Account`]; nothing for a cell that has no value.
    Account(Option<Account>),
    /// To [`Question::Cell`]; nothing for a cell that has no value.
    Cell(Option<CellAccount>),
    /// To [`Question::Layer`]; nothing if there is none of that name.
    Layer(Option<LayerAccount>),
}

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
    /// Answers a question that came as bytes, with the values of tensors beside it. Bytes that are none get
    /// [`Answer::Nothing`].
    ///
    /// # Panics
    /// Never: postcard refuses only sequences of unknown length.
    pub fn answer_bytes(&mut self, question: &[u8], values: Vec<Vec<f32>>) -> Vec<u8> {
        let answer = match postcard::from_bytes(question) {
            Ok(Question::SetNetwork(spec, of, names)) => {
                self.network = NetworkTrace::new(&spec, of, names.into_iter().zip(values)).ok();
                Answer::Nothing
            }
            Ok(question) => self.answer(with_values(question, values)),
            Err(_) => Answer::Nothing,
        };
        postcard::to_allocvec(&answer).expect("answers have known lengths")
    }

    /// Replaces the world.
    pub fn set_world(&mut self, world: World) {
        let is_other = self.world.digit.is_some() && self.world.digit != world.digit
            || self.world.picture.is_some() && self.world.picture != world.picture;
        self.guide.iter_mut().filter(|_| is_other).for_each(Guide::other_world);
        self.world = world;
    }

    /// Answers a question.
    pub fn answer(&mut self, question: Question) -> Answer {
        match question {
            Question::SetWorld(world, _) => {
                self.set_world(world);
                Answer::Nothing
            }
            Question::SetNetwork(spec, of, _) => {
                self.network = NetworkTrace::new(&spec, of, []).ok();
                Answer::Nothing
            }
            Question::Account(tensor, cell) => {
                Answer::Account(self.network.as_ref().and_then(|network| network.account(&tensor, cell)))
            }
            Question::Cell(tensor, cell) => {
                Answer::Cell(self.network.as_ref().and_then(|network| network.cell(&tensor, cell)))
            }
            Question::Layer(name) => Answer::Layer(self.network.as_ref().and_then(|network| network.layer(&name))),
            Question::Begin { chapter, done } => {
                self.guide = chapters::ALL.get(chapter).map(|chapter| Guide::new(chapter, &done));
                self.guide.as_ref().map_or(Answer::Nothing, |guide| Answer::Plan(plan(guide)))
            }
            Question::Contents => Answer::Contents(chapters::ALL.iter().map(|chapter| to_do(chapter)).collect()),
            Question::Tasks { chapter, seed } => {
                let exercises = chapters::ALL.get(chapter).map_or(&[][..], |chapter| chapter.exercises);
                Answer::Tasks(exercises.iter().map(|exercise| pose(exercise, seed)).collect())
            }
            Question::Open { chapter, settings } => self.open(chapter, &settings),
            Question::Close(stage) => {
                self.stages.retain(|open| open.id != stage);
                Answer::Nothing
            }
            Question::Scene(stage, moment) => self.scene(stage, moment),
            Question::Labels(stage, moment, grid) => self.at(stage, moment, |stage| {
                let grid = crate::intern::intern(&grid);
                let n = stage.trace.scene(moment).grid(grid).map_or(0, |grid| grid.cells.len());
                let moment = stage.moment_to_describe(moment, grid);
                Answer::Labels((0..n).map(|cell| stage.trace.describe(moment, Spot { grid, cell })).collect())
            }),
            Question::Describe(stage, moment, spot) => self.at(stage, moment, |stage| {
                Answer::Description(stage.trace.describe(stage.moment_to_describe(moment, spot.grid), spot))
            }),
            Question::Linked(stage, moment, spot) => {
                self.at(stage, moment, |stage| Answer::Spots(stage.trace.linked(moment, spot)))
            }
            Question::MomentOf(stage, spot) => self.with(stage, |stage| Answer::Moment(stage.trace.moment_of(spot))),
            Question::Focus(stage, moment) => self.with(stage, |stage| Answer::Focus(stage.trace.focus(moment))),
            Question::Saw(stage, moment, spot) => {
                let (Some(stage), Some(guide)) = (find(&self.stages, stage), &mut self.guide) else {
                    return Answer::Nothing;
                };
                if stage.chapter.key != guide.chapter().key || !stage.trace.has(moment) {
                    return Answer::Nothing;
                }
                guide.saw(&stage.settings, moment, &stage.trace.scene(moment), spot);
                Answer::Guidance(guide.guidance())
            }
            Question::TurnTo(step) => self.guide.as_mut().map_or(Answer::Nothing, |guide| {
                guide.turn_to(step);
                Answer::Guidance(guide.guidance())
            }),
            Question::SetUp(step) => {
                let settings = self.guide.as_mut().and_then(|guide| guide.set_up(step, &self.world));
                settings.map_or(Answer::Nothing, |settings| {
                    Answer::Settings(settings.pairs().into_iter().map(|(key, text)| (key.into(), text)).collect())
                })
            }
        }
    }

    /// The stage at a moment; where a step asks what a change did, with what it did marked.
    fn scene(&mut self, stage: u32, moment: usize) -> Answer {
        let Some(stage) = self.stages.iter_mut().find(|open| open.id == stage).filter(|stage| stage.trace.has(moment))
        else {
            return Answer::Nothing;
        };
        let mut scene = stage.trace.scene(moment).settled();
        let guide = self.guide.as_ref().filter(|guide| guide.chapter().key == stage.chapter.key);
        stage.whole = (moment, guide.map_or(&[][..], |guide| guide.compare(&stage.settings, moment, &mut scene)));
        Answer::Scene(scene)
    }

    /// Answers about a moment of a stage, if its values are there.
    fn at(&self, stage: u32, moment: usize, answer: impl Fn(&OpenStage) -> Answer) -> Answer {
        self.with(stage, |stage| if stage.trace.has(moment) { answer(stage) } else { Answer::Nothing })
    }

    fn with(&self, stage: u32, answer: impl Fn(&OpenStage) -> Answer) -> Answer {
        find(&self.stages, stage).map_or(Answer::Nothing, answer)
    }

    fn open(&mut self, chapter: usize, written: &[(String, String)]) -> Answer {
        let Some(chapter) = chapters::ALL.get(chapter).copied() else { return Answer::Nothing };
        let mut settings = chapter.settings();
        for (key, value) in written {
            if let Err(why) = settings.read(key, value) {
                return Answer::Opened(Err(Unavailable::Refused(why)));
            }
        }
        settings.at = None;
        self.guide
            .iter_mut()
            .filter(|guide| guide.chapter().key == chapter.key)
            .for_each(|guide| guide.asked_for(&settings));
        Answer::Opened((chapter.trace)(&settings, &self.world).map(|trace| {
            self.last += 1;
            let info = StageInfo { id: self.last, n_moments: trace.n_moments(), first_moment: trace.first_moment() };
            self.stages.push(OpenStage { id: self.last, chapter, settings, trace, whole: (0, &[]) });
            info
        }))
    }
}

/// A question with the values that came beside it: those of the tensors that a world names.
fn with_values(mut question: Question, values: Vec<Vec<f32>>) -> Question {
    if let Question::SetWorld(World { network: Some(network), .. }, names) = &mut question {
        let network = Rc::make_mut(network);
        // A network that was looked into can be built.
        network.values = Inspection::of_parts(&network.spec, names.drain(..).zip(values)).unwrap_or_default();
    }
    question
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

    fn ask(host: &mut Host, question: Question) -> Answer {
        let bytes = host.answer_bytes(&postcard::to_allocvec(&question).unwrap(), vec![]);
        postcard::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn answers_are_those_of_the_chapter_after_the_way_through_bytes() {
        for (i, chapter) in chapters::ALL.iter().enumerate() {
            let mut host = Host::default();
            let Ok(trace) = (chapter.trace)(&chapter.settings(), &World::default()) else { panic!("{}", chapter.key) };
            let Answer::Plan(plan) = ask(&mut host, Question::Begin { chapter: i, done: vec![] }) else {
                panic!("{}", chapter.key)
            };
            assert!(plan.guide.steps.iter().map(|step| &step.key).eq(chapter.steps.iter().map(|step| step.key)));
            let Answer::Opened(Ok(opened)) = ask(&mut host, Question::Open { chapter: i, settings: vec![] }) else {
                panic!("{}", chapter.key)
            };
            assert_eq!((opened.n_moments, opened.first_moment), (trace.n_moments(), trace.first_moment()));
            let moment = opened.first_moment;
            let scene = trace.scene(moment).settled();
            assert_eq!(ask(&mut host, Question::Scene(opened.id, moment)), Answer::Scene(scene.clone()));
            let Answer::Guidance(guide) = ask(&mut host, Question::Saw(opened.id, moment, None)) else {
                panic!("{}", chapter.key)
            };
            assert!(guide.now == Some(0) && guide.steps.iter().all(|step| !step.is_done && step.answer.is_none()));
            if let Some(spot) = trace.focus(moment) {
                assert_eq!(ask(&mut host, Question::Focus(opened.id, moment)), Answer::Focus(Some(spot)));
                let linked = Answer::Spots(trace.linked(moment, spot));
                assert_eq!(ask(&mut host, Question::Linked(opened.id, moment, spot)), linked);
                let description = Answer::Description(trace.describe(moment, spot));
                assert_eq!(ask(&mut host, Question::Describe(opened.id, moment, spot)), description);
            }
            let tasks = chapter.exercises.iter().map(|exercise| pose(exercise, 3));
            assert_eq!(ask(&mut host, Question::Tasks { chapter: i, seed: 3 }), Answer::Tasks(tasks.collect()));
            ask(&mut host, Question::Close(opened.id));
            assert_eq!(ask(&mut host, Question::Scene(opened.id, moment)), Answer::Nothing);
        }
    }

    #[test]
    fn nonsense_is_answered_with_nothing() {
        let mut host = Host::default();
        for question in [Question::Scene(7, 0), Question::Open { chapter: 99, settings: vec![] }] {
            assert_eq!(ask(&mut host, question), Answer::Nothing);
        }
        let answer = host.answer_bytes(&[255; 9], vec![]);
        assert_eq!(postcard::from_bytes(&answer), Ok(Answer::Nothing));
        let settings = vec![("pad".into(), "x".into())];
        let refused = ask(&mut host, Question::Open { chapter: 1, settings });
        assert!(matches!(refused, Answer::Opened(Err(Unavailable::Refused(_)))));
    }
}
