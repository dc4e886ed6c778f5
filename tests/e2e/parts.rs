//! Every chapter answers with nothing but its own part: what was split off for others alone is not needed.

use crate::Test;
use crate::chapters::random;
use crate::need::Need;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use receptive_core::Rng;
use receptive_e2e::browser::Browser;
use receptive_e2e::{live, site};
use receptive_lessons::host::{Host, Question, StageInfo};
use receptive_lessons::scene::{Item, Scene, Spot};
use receptive_lessons::settings::Settings;
use receptive_lessons::world::Unavailable;
use receptive_lessons::{Chapter, chapters};
use receptive_nn::Preset;
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::{Duration, Instant};

pub(crate) const TESTS: &[Test] = &[
    ("every chapter on the page answers with its own part alone", Need::Nothing, || alone("")),
    ("every chapter in a figure answers with its own part alone", Need::Nothing, || alone("?embed=stage&data=digits")),
];

/// Settings that are tried of each chapter: on small numbers, and as many on a digit.
const N_SETTINGS: usize = 4;

/// Asks the lesson host of a page, one question after the other: `[question, is it about the stage that was opened last]`.
/// Returns the length of each answer, or what became of the question.
const ASK: &str = "return (async () => {
    const { host } = window.receptive;
    const address = new URL(document.documentElement.dataset.chapters, document.baseURI).href;
    const { answer } = host ? (await host).module : await import(address);
    const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const values = tensors.map((text) => new Float32Array(bytes(text).buffer));
    let stage = [0];
    return asked.map(([text, isOfStage, isOpening]) => {
        let question = bytes(text);
        if (isOfStage) question = Uint8Array.of(question[0], ...stage, ...question.slice(2));
        try {
            const said = answer(question, values);
            // Some stage that opened, then its number, seven bits a byte.
            if (isOpening && said[1] === 0) stage = said.slice(2, 3 + said.slice(2).findIndex((byte) => byte < 128));
            return said.length;
        } catch (error) {
            return String(error);
        }
    });
})()";

/// Questions to a page, and what the same code answers here.
#[derive(Default)]
struct Asked {
    host: Host,
    stage: u32,
    questions: Vec<Value>,
    answers: Vec<(String, usize)>,
}

impl Asked {
    fn note(&mut self, sent: &Question, is_of_stage: bool, question: &Question) -> Vec<u8> {
        let bytes = |question| postcard::to_allocvec(question).expect("bytes");
        let is_opening = matches!(question, Question::Open(..));
        self.questions.push(json!([STANDARD.encode(bytes(sent)), is_of_stage, is_opening]));
        let answer = self.host.answer(&bytes(question), vec![]);
        self.answers.push((format!("{question:?}"), answer.len()));
        answer
    }

    fn ask(&mut self, question: &Question) -> Vec<u8> {
        self.note(question, false, question)
    }

    /// Asks about the stage that was opened last, which has another number on the page.
    fn ask_stage(&mut self, question: impl Fn(u32) -> Question) -> Vec<u8> {
        self.note(&question(0), true, &question(self.stage))
    }

    /// Asks all that can be asked about a chapter in these settings.
    fn ask_all(&mut self, position: usize, settings: &Settings) {
        let pairs = settings.pairs().into_iter().map(|(key, text)| (key.to_string(), text)).collect();
        let opened = self.ask(&Question::Open(position, pairs));
        let Ok(Some(Ok(StageInfo { id, n_moments, .. }))) =
            postcard::from_bytes::<Option<Result<StageInfo, Unavailable>>>(&opened)
        else {
            return;
        };
        self.stage = id;
        for moment in [0, n_moments / 3, n_moments.saturating_sub(1)] {
            let scene = self.ask_stage(|id| Question::Scene(id, moment));
            self.ask_stage(|id| Question::Focus(id, moment));
            let Ok(Some(scene)) = postcard::from_bytes::<Option<Scene>>(&scene) else { continue };
            for item in scene.items() {
                let Item::Grid(grid) = item else { continue };
                self.ask_stage(|id| Question::Labels(id, moment, grid.name.into()));
                for cell in [0, grid.cells.len() / 2] {
                    let spot = Spot { grid: grid.name, cell };
                    self.ask_stage(|id| Question::Describe(id, moment, spot));
                    self.ask_stage(|id| Question::Linked(id, moment, spot));
                    self.ask_stage(|id| Question::MomentOf(id, spot));
                    self.ask_stage(|id| Question::Saw(id, moment, Some(spot)));
                }
            }
        }
        self.ask_stage(Question::Close);
    }

    /// Asks a page too.
    fn compare(&self, browser: &Browser, tensors: &[String]) -> Vec<String> {
        let found =
            browser.run(&format!("const asked = {}, tensors = {};{ASK}", json!(self.questions), json!(tensors)));
        let found = found.as_array().cloned().unwrap_or_default();
        assert_eq!(found.len(), self.answers.len());
        let differs =
            |(found, (_, n)): &(&Value, &(String, usize))| found.as_u64().map(|found| found == 0) != Some(*n == 0);
        let both = found.iter().zip(&self.answers);
        both.filter(differs).map(|(found, (question, n))| format!("{question}: {found}, and here {n} bytes")).collect()
    }
}

fn alone(figure: &str) {
    let (world, tensors) = live::world_and_tensors(Preset::Small, 5, 3, false);
    let bytes =
        |values: &[f32]| STANDARD.encode(values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>());
    let values: Vec<_> = tensors.iter().map(|(_, values)| bytes(values)).collect();
    let names: Vec<_> = tensors.iter().map(|(name, _)| name.clone()).collect();
    let (mut n_asked, mut failures) = (0, vec![]);
    let mut rng = Rng::new(2026);
    let browser = Browser::start(1280, 900);
    for (position, chapter) in chapters::ALL.iter().enumerate() {
        let origin = site::serve();
        browser.open(&format!("{origin}{figure}#/lesson/{}?data=digits", chapter.key));
        let begun = Instant::now();
        while browser.run("return document.querySelector('#stage') === null") == true {
            assert!(begun.elapsed() < Duration::from_secs(40), "{}: no stage", chapter.key);
            sleep(Duration::from_millis(60));
        }
        let mut of_world = Asked::default();
        of_world.ask(&Question::SetWorld(world.clone(), names.clone()));
        assert_eq!(of_world.compare(&browser, &values), [""; 0]);
        let mut asked = Asked::default();
        asked.host.set_world(world.clone());
        ask_chapter(&mut asked, position, chapter, &mut rng);
        n_asked += asked.answers.len();
        failures.extend(asked.compare(&browser, &[]).into_iter().map(|why| format!("{}: {why}", chapter.key)));
        let parts: Vec<_> = site::requests(&origin).into_iter().filter(|path| path.contains("/part-")).collect();
        assert!(parts.len() == 1 && parts[0].contains(&format!("-{}-", chapter.key)), "{parts:?}");
    }
    println!("{n_asked} questions, each to a chapter alone");
    assert!(
        failures.is_empty(),
        "{} failures, the first {}",
        failures.len(),
        failures[..failures.len().min(20)].join("\n")
    );
}

/// Asks all that can be asked about a chapter.
fn ask_chapter(asked: &mut Asked, position: usize, chapter: &Chapter, rng: &mut Rng) {
    asked.ask(&Question::Begin(position, vec![]));
    asked.ask(&Question::Contents);
    (0..5).for_each(|seed| drop(asked.ask(&Question::Tasks(position, seed))));
    for step in 0..chapter.steps.len() {
        asked.ask(&Question::TurnTo(step));
        asked.ask(&Question::SetUp(step));
    }
    asked.ask_all(position, &chapter.settings());
    for i in 0..2 * N_SETTINGS {
        asked.ask_all(position, &random(chapter, rng, i % 2 == 1));
    }
}
