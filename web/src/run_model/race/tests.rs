//! Races as the page runs them, over a session of the worker's without a browser.

use super::*;
use crate::run_model::{KeepAction, RunAction};
use receptive_data::{
    OwnFiles, digits,
    idx::{self, Kind},
};
use receptive_nn::{Head, Layer, Optimiser, Schedule, Spec};
use receptive_train::Session;
use receptive_train::protocol::{Command, DatasetKind, RunCommand};

/// The page's model beside a worker, with the names that were given to runs.
struct Page {
    model: RunModel,
    worker: Session,
    n_opened: u32,
}

impl Page {
    fn new() -> Self {
        let mut worker = Session::new();
        let (images, labels) = idx::write_pair(&digits::generate(3, 0, 144));
        let read = |kind, bytes: &[u8]| idx::read(kind, bytes).expect("a file");
        let files = OwnFiles::new(read(Kind::Images, &images), read(Kind::Labels, &labels)).expect("a pair");
        let reading = files.likely(&[]);
        worker.open_files(files, reading);
        let mut page = Self { model: RunModel { is_ready: true, ..RunModel::default() }, worker, n_opened: 0 };
        page.hear();
        page
    }

    fn act(&mut self, action: RunAction) {
        self.model = std::mem::take(&mut self.model).after(action, "");
    }

    fn hear(&mut self) {
        let events = self.worker.drain();
        self.act(RunAction::Events(events));
    }

    fn send(&mut self, command: Command) {
        self.worker.handle(command);
        self.hear();
    }

    fn open(&mut self, config: RunConfig) {
        self.n_opened += 1;
        let run = RunId(self.n_opened);
        self.act(RunAction::Opening(run, config.clone()));
        self.send(Command::Open(run, config));
    }

    /// One turn of the page's and one of the worker's. Returns whether there is more to do.
    fn turn(&mut self, i: usize) -> bool {
        match self.model.race_need() {
            Some(RaceNeed::Open(config)) => self.open(config),
            Some(RaceNeed::Train(run)) => self.send(Command::Run(run, RunCommand::Train)),
            None => {}
        }
        let more = self.worker.tick(i as f64 * 7.0);
        self.hear();
        more || self.model.race_need().is_some()
    }

    fn run(&mut self) {
        assert!((0..20_000).any(|i| !self.turn(i)), "the race does not end");
    }
}

fn config(key: &str, learning_rate: f32) -> RunConfig {
    RunConfig {
        dataset: DatasetKind::Own,
        spec: Spec { input: [1, 28, 28], layers: vec![Layer::Flatten, Layer::Linear { units: 10 }] },
        optimiser: Optimiser::from_key(key).expect("a rule"),
        loss: Head::CrossEntropy,
        learning_rate,
        schedule: Schedule::CONSTANT,
        batch: 16,
        epochs: 2,
        seed: 7,
        n_training: None,
        n_validation: 24,
        validate_every: None,
    }
}

fn raced(page: &Page) -> Vec<Track> {
    page.model.raced().into_iter().map(|track| track.expect("every racer has run")).collect()
}

#[test]
fn each_rule_runs_to_the_end_under_a_name_of_its_own_as_it_would_alone() {
    let mut page = Page::new();
    let configs: Vec<_> = Optimiser::ALL.map(|rule| config(rule.key(), 0.01)).to_vec();
    page.act(RunAction::Race(RaceAction::Start(configs.clone())));
    assert!(page.model.is_racing());
    page.run();
    assert!(!page.model.is_racing() && page.model.race_need().is_none() && page.model.is_racer());
    let runs: Vec<_> = page.model.race.iter().flat_map(|race| &race.racers).map(|racer| racer.run).collect();
    assert_eq!(runs, (1..=configs.len() as u32).map(|n| Some(RunId(n))).collect::<Vec<_>>());
    for (track, config) in raced(&page).into_iter().zip(configs) {
        assert_eq!((track.iteration, &track.config, track.diverged), (12, &config, None));
        let mut alone = Page::new();
        alone.open(config);
        alone.send(Command::Run(RunId(1), RunCommand::Train));
        alone.run();
        assert_eq!((&alone.model.summary, alone.model.validations.last()), (&track.summary, track.validation.as_ref()));
        assert!(track.test.is_some());
    }
}

#[test]
fn one_that_diverges_stops_and_the_others_go_on() {
    let mut page = Page::new();
    let configs = vec![config("sgd", 0.01), config("momentum", 1e38), config("adam", 0.01)];
    page.act(RunAction::Race(RaceAction::Start(configs)));
    page.run();
    let tracks = raced(&page);
    assert!(tracks[1].diverged.is_some() && tracks[1].iteration < 12 && tracks[1].test.is_none(), "{:?}", tracks[1]);
    assert_eq!([tracks[0].iteration, tracks[2].iteration], [12, 12]);
    let mut ranked: Vec<&Track> = tracks.iter().collect();
    ranked.sort_by(|a, b| by_rank(a, b));
    assert_eq!(ranked[2].config.optimiser.key(), "momentum");
    let losses = ranked[..2].iter().map(|track| track.validation.expect("a validation").loss);
    assert!(losses.is_sorted());
}

#[test]
fn a_race_that_is_stopped_keeps_what_there_is_and_asks_for_nothing_more() {
    let mut page = Page::new();
    page.act(RunAction::Race(RaceAction::Start(vec![config("sgd", 0.01), config("adam", 0.01)])));
    for i in 0..8 {
        page.turn(i);
    }
    page.act(RunAction::Race(RaceAction::Stop));
    assert!(!page.model.is_racing() && page.model.race_need().is_none() && page.model.is_racer());
    let n_done = page.model.raced()[0].as_ref().map(|track| track.iteration).expect("the first has begun");
    assert!((1..12).contains(&n_done), "{n_done}");
    // The Lab's own run comes back.
    page.open(config("adam", 0.5));
    assert!(!page.model.is_racer());
    assert_eq!(page.model.raced()[0].as_ref().map(|track| track.iteration), Some(n_done));
    assert_eq!(page.model.raced()[1], None);
}

#[test]
fn another_run_that_is_opened_ends_the_race() {
    let mut page = Page::new();
    page.act(RunAction::Race(RaceAction::Start(vec![config("sgd", 0.01), config("adam", 0.01)])));
    for i in 0..6 {
        page.turn(i);
    }
    page.open(config("adam", 0.5));
    assert!(!page.model.is_racing() && page.model.race_need().is_none());
    assert!(page.model.raced()[0].is_some());
}

#[test]
fn a_race_that_the_worker_refuses_is_over_with_the_reason() {
    let mut page = Page::new();
    page.act(RunAction::Race(RaceAction::Start(vec![
        RunConfig { batch: 1000, ..config("sgd", 0.01) },
        config("adam", 0.01),
    ])));
    page.run();
    assert!(!page.model.is_racing() && page.model.config_problem.is_some());
}

#[test]
fn a_pause_holds_a_race_and_it_goes_on_with_the_run() {
    let mut page = Page::new();
    page.act(RunAction::Race(RaceAction::Start(vec![config("sgd", 0.01), config("adam", 0.01)])));
    for i in 0..6 {
        page.turn(i);
    }
    let run = page.model.id;
    page.send(Command::Run(run, RunCommand::Pause));
    page.run();
    assert!(page.model.is_racing() && page.model.state == RunState::Paused && page.model.id == run);
    page.send(Command::Run(run, RunCommand::Train));
    page.run();
    assert!(raced(&page).iter().all(|track| track.iteration == 12));
}

#[test]
fn a_kept_run_follows_the_open_one_until_that_is_another() {
    let mut page = Page::new();
    assert!(!page.model.can_keep() && page.model.compared().is_empty());
    page.open(config("adam", 0.01));
    page.act(RunAction::Keep(KeepAction::Keep));
    assert!(page.model.kept.is_empty(), "nothing has begun");
    page.send(Command::Run(RunId(1), RunCommand::Step));
    page.run();
    page.act(RunAction::Keep(KeepAction::Keep));
    page.act(RunAction::Keep(KeepAction::Keep));
    assert_eq!(page.model.compared().len(), 1, "once");
    page.send(Command::Run(RunId(1), RunCommand::Train));
    page.run();
    let whole = page.model.compared()[0].clone();
    assert_eq!((whole.iteration, whole.test.is_some()), (12, true));
    // Its course stays while others come.
    page.open(config("sgd", 0.1));
    assert_eq!(page.model.compared(), [Track { run: None, ..whole.clone() }]);
    page.send(Command::Run(RunId(2), RunCommand::Step));
    page.run();
    let compared = page.model.compared();
    assert_eq!(compared.len(), 2, "the open run beside it");
    assert_eq!((compared[0].iteration, compared[1].iteration), (12, 1));
    page.act(RunAction::Keep(KeepAction::Toggle(0)));
    assert!(page.model.compared()[0].is_hidden);
    page.act(RunAction::Keep(KeepAction::Remove(0)));
    assert!(page.model.compared().is_empty());
}

#[test]
fn a_run_that_begins_again_leaves_its_kept_course_and_four_are_the_most() {
    let mut page = Page::new();
    for n in 1..=4 {
        page.open(config("sgd", 0.1));
        page.send(Command::Run(RunId(n), RunCommand::Step));
        page.run();
        page.act(RunAction::Keep(KeepAction::Keep));
    }
    page.send(Command::Run(RunId(4), RunCommand::Reset));
    page.run();
    assert_eq!(page.model.kept.iter().map(|track| track.iteration).collect::<Vec<_>>(), [1; 4]);
    page.send(Command::Run(RunId(4), RunCommand::Train));
    page.run();
    assert!(!page.model.can_keep());
    assert_eq!(page.model.compared().iter().map(|track| track.iteration).collect::<Vec<_>>(), [1; 4]);
    page.act(RunAction::Keep(KeepAction::Remove(1)));
    assert!(page.model.can_keep());
    assert_eq!(page.model.compared().iter().map(|track| track.iteration).collect::<Vec<_>>(), [1, 1, 1, 12]);
}
