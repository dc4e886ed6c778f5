//! Tests of the model: the result of events, one after the other.

use super::*;
use crate::state::LabState;
use receptive_data::FileFormat;
use receptive_data::idx::Layout;
use receptive_train::MAX_STEPS;
use receptive_train::protocol::{DataError, FilesError};

fn step(iteration: u32) -> StepRecord {
    StepRecord { iteration, loss: 1.0 / iteration as f32, accuracy: 0.5 }
}

fn config() -> RunConfig {
    LabState::default().config(7)
}

/// An event of the run that a new model waits for.
fn said(step: u32, event: RunEvent) -> Event {
    Event::Run { run: RunId::default(), step, event }
}

fn after(model: RunModel, events: Vec<Event>) -> RunModel {
    model.after(RunAction::Events(events), "build")
}

#[test]
fn a_long_run_keeps_its_shape_in_bounded_memory() {
    let opened = said(0, RunEvent::Opened { steps_per_epoch: 1000, n_steps: 30_000, n_params: 1 });
    // One step stands out by its loss, another by its accuracy, wherever they are.
    for (high, low) in [(7, 29_999), (12_345, 12_346), (29_000, 801)] {
        let of = |iteration| match step(iteration) {
            record if iteration == high => StepRecord { loss: 50.0, ..record },
            record if iteration == low => StepRecord { accuracy: 0.0, ..record },
            record => record,
        };
        let steps = said(30_000, RunEvent::Steps((1..=30_000).map(of).collect()));
        let model = after(RunModel::default(), vec![opened.clone(), steps]);
        assert_eq!(model.iteration, 30_000);
        assert!(model.steps.len() <= MAX_STEPS && model.steps.len() > MAX_STEPS / 8);
        assert!(model.steps.iter().all(|kept| *kept == of(kept.iteration)));
        for iteration in [1, high, low, 30_000] {
            assert!(model.steps.iter().any(|kept| kept.iteration == iteration), "{iteration}");
        }
    }
}

#[test]
fn going_back_forgets_what_came_later() {
    let model = after(RunModel::default(), vec![said(50, RunEvent::Steps((1..=50).map(step).collect()))]);
    let model = after(model, vec![said(25, RunEvent::Rewound)]);
    assert_eq!((model.iteration, model.steps.len()), (25, 25));
}

#[test]
fn what_comes_late_of_another_run_is_dropped_by_its_name() {
    let of = |run, step, event| Event::Run { run: RunId(run), step, event };
    let opened = |run| of(run, 0, RunEvent::Opened { steps_per_epoch: 10, n_steps: 10, n_params: 1 });
    let model = RunModel::default().after(RunAction::Opening(RunId(1), config()), "");
    let model = after(model, vec![opened(1), of(1, 3, RunEvent::Steps((1..=3).map(step).collect()))]);
    assert_eq!((model.iteration, model.steps.len()), (3, 3));
    let model = model.after(RunAction::Opening(RunId(2), config()), "");
    assert!(model.is_open && !model.has_opened());
    let late = of(1, 4, RunEvent::Steps(vec![step(4)]));
    let model = after(model, vec![late.clone(), opened(2), late, of(1, 4, RunEvent::State(RunState::Training))]);
    assert_eq!((model.iteration, model.steps.len(), model.state), (0, 0, RunState::Idle));
    assert!(model.has_opened());
}

#[test]
fn a_worker_of_another_build_is_refused_with_a_remedy() {
    let ready = |protocol, build: &str| vec![Event::Ready { protocol, build: build.into() }];
    let protocol = receptive_train::protocol::PROTOCOL;
    assert_eq!(after(RunModel::default(), ready(protocol, "build")).failure, None);
    for events in [ready(protocol + 1, "build"), ready(protocol, "older")] {
        assert!(after(RunModel::default(), events).failure.is_some_and(|text| text.contains("Reload")));
    }
}

#[test]
fn a_problem_with_data_is_known_until_it_is_over_and_refused_files_leave_the_old_ones() {
    let problem = |dataset| Event::Problem(Problem::Data { dataset, error: DataError::NotBuilt });
    let model = after(RunModel::default(), vec![problem(DatasetKind::Mnist)]);
    assert!(model.data_problem.is_some());
    let model = after(model, vec![Event::Recovered(DatasetKind::Own)]);
    assert!(model.data_problem.is_some(), "another dataset's");
    assert_eq!(after(model, vec![Event::Recovered(DatasetKind::Mnist)]).data_problem, None);
    let report = FilesReport {
        n_images: 60,
        n_left_out: 0,
        range: [0.0, 255.0],
        can_be_scaled: false,
        is_bright: false,
        format: FileFormat::Idx { layout: Layout::Grey, is_swapped: false },
        schema: receptive_data::digits::schema(),
        label_rules: vec![],
        reading: receptive_data::FileReading::default(),
        samples: vec![],
    };
    let open = vec![problem(DatasetKind::Own), Event::Files(FilesStatus::Open(report))];
    let model = after(RunModel::default(), open);
    assert_eq!((model.data_problem.as_ref(), model.files.n_opened), (None, 1));
    let refused = vec![FilesStatus::Coming(3), FilesStatus::Refused(FilesError::Superseded)];
    let model = after(model, refused.into_iter().map(Event::Files).collect());
    assert_eq!((model.files.coming, model.files.refused), (None, Some(FilesError::Superseded)));
    assert!(model.files.open.is_some() && model.files.n_opened == 1);
}

#[test]
fn a_worker_that_is_late_after_all_takes_its_sentence_back() {
    let ready = Event::Ready { protocol: receptive_train::protocol::PROTOCOL, build: "build".into() };
    let model = RunModel::default().after(RunAction::Failed("it is late".into()), "build");
    assert!(model.failure.is_some() && after(model, vec![ready]).failure.is_none());
}

#[test]
fn a_worker_that_ends_leaves_a_page_that_goes_on() {
    let opened = said(0, RunEvent::Opened { steps_per_epoch: 10, n_steps: 100, n_params: 1 });
    let training = vec![
        opened,
        said(0, RunEvent::State(RunState::Training)),
        said(50, RunEvent::Steps((1..=50).map(step).collect())),
    ];
    let died = |kept| {
        let model = after(RunModel::default(), training.clone());
        model.after(RunAction::Died(Death { cause: Cause::Memory, kept }), "build")
    };
    let model = died(Kept::Weights(40));
    assert_eq!((model.state, model.is_open, model.notices.len()), (RunState::Paused, false, 1));
    assert!(model.notices[0].text.contains("memory") && model.notices[0].text.contains("step 40"));
    let model = after(model, vec![said(40, RunEvent::Resumed { steps_per_epoch: 10, n_steps: 100 })]);
    assert_eq!((model.is_open, model.iteration, model.steps.len()), (true, 40, 40), "the curve stays");
    assert_eq!(died(Kept::Settings).state, RunState::Idle);
    let model = died(Kept::Nothing);
    assert!(!model.is_open && model.failure.is_none() && model.config_problem.is_some_and(|t| t.contains("smaller")));
    assert!(died(Kept::GivenUp).failure.is_some_and(|text| text.contains("three times")));
}

#[test]
fn a_finished_run_keeps_its_report_when_its_worker_ends_and_loses_it_when_it_goes_on() {
    let report = TestReport {
        classes: vec![],
        n_images: 1,
        n_correct: 1,
        loss: 0.5,
        confusion: vec![],
        samples: vec![],
        mistakes: vec![],
        labels: vec![3],
        predicted: vec![3],
    };
    let opened = said(0, RunEvent::Opened { steps_per_epoch: 10, n_steps: 10, n_params: 1 });
    let steps = said(10, RunEvent::Steps((1..=10).map(step).collect()));
    let over = vec![opened, steps, said(10, RunEvent::Tested(report)), said(10, RunEvent::State(RunState::Finished))];
    let model = after(RunModel::default(), over);
    let model = model.after(RunAction::Died(Death { cause: Cause::Broke, kept: Kept::Weights(10) }), "build");
    let model = after(model, vec![said(10, RunEvent::Resumed { steps_per_epoch: 10, n_steps: 10 })]);
    assert_eq!((model.state, model.report.is_some()), (RunState::Finished, true));
    let model = after(model, vec![said(10, RunEvent::Extended { n_steps: 20 })]);
    assert_eq!((model.n_steps, model.report.is_some(), model.steps.len()), (20, false, 10));
}

#[test]
fn a_notice_is_shown_once_and_can_be_dismissed() {
    let model = RunModel::default();
    let model = model.after(RunAction::Notify("a".into()), "").after(RunAction::Notify("a".into()), "");
    assert_eq!(model.notices.len(), 1);
    assert!(model.after(RunAction::Dismiss(0), "").notices.is_empty());
}
