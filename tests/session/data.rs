//! Datasets that come late, in pieces, broken, or not at all.

use receptive_data::{DatasetPlan, FileFormat, FileReading, Images, LabelRule, digits, idx};
use receptive_train::{
    Session,
    protocol::{
        Answer, Command, DataError, DatasetKind, Event, FilesReport, FilesStatus, Problem, Query, Refusal, RequestId,
        RunCommand, RunConfig, RunEvent, RunState, Split,
    },
};

use crate::drive::*;

const CHUNKS: [usize; 3] = [80, 80, 40];
const TEST_CHUNKS: [usize; 2] = [30, 20];

pub(crate) fn plan() -> DatasetPlan {
    DatasetPlan { training_chunks: CHUNKS.to_vec(), test_chunks: TEST_CHUNKS.to_vec() }
}

pub(crate) fn chunk(split: Split, i: usize) -> Images {
    let (sizes, offset) = if split == Split::Test { (&TEST_CHUNKS[..], 1000) } else { (&CHUNKS[..], 0) };
    digits::generate(9, offset + sizes[..i].iter().sum::<usize>() as u64, sizes[i])
}

pub(crate) fn config() -> RunConfig {
    RunConfig { dataset: DatasetKind::Mnist, epochs: 3, n_validation: 40, ..quick_config() }
}

fn asked() -> Session {
    let mut session = Session::new();
    session.handle(Command::Open(RUN, config()));
    assert_eq!(session.take_wanted(), Some(DatasetKind::Mnist), "somebody must be asked to fetch it");
    assert_eq!(session.take_wanted(), None, "and once");
    session
}

/// Brings chunks in this order (test chunks are numbered from 3), ticking `ticks` times between two.
fn run_with(order: &[usize], ticks: usize) -> (Vec<u32>, Vec<u32>, Vec<Event>) {
    let mut session = asked();
    session.handle(on(RunCommand::Train));
    session.plan_mnist(plan());
    let mut events = session.drain();
    for &i in order {
        for _ in 0..ticks {
            session.tick(0.0);
        }
        if i < 3 {
            session.put_mnist(Split::Training, i, chunk(Split::Training, i));
        } else {
            session.put_mnist(Split::Test, i - 3, chunk(Split::Test, i - 3));
        }
        events.extend(session.drain());
    }
    events.extend(run(&mut session));
    assert_eq!(states(&events).last(), Some(&RunState::Finished), "{:?}", states(&events));
    assert!(problems(&events).is_empty());
    (losses(&events), fingerprint(&mut session), events)
}

#[test]
fn data_that_arrives_late_or_out_of_order_gives_bitwise_the_same_run() {
    let (want, weights, _) = run_with(&[0, 1, 2, 3, 4], 0);
    assert_eq!(want.len(), 30, "160 images by 16, three times");
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [1, 4, 0, 3, 2], [2, 0, 4, 1, 3]] {
        for ticks in [1, 4, 50] {
            let (losses, got, _) = run_with(&order, ticks);
            assert_eq!(losses, want, "{order:?}, {ticks} ticks between");
            assert_eq!(got, weights, "{order:?}, {ticks} ticks between");
        }
    }
}

#[test]
fn training_starts_with_the_first_chunk_and_waits_for_the_second() {
    let mut session = asked();
    session.plan_mnist(plan());
    session.handle(on(RunCommand::Train));
    session.put_mnist(Split::Training, 0, chunk(Split::Training, 0));
    let mut events = session.drain();
    events.extend(run(&mut session));
    assert_eq!(steps(&events).len(), 5, "80 images by 16");
    assert_eq!(states(&events).last(), Some(&RunState::WaitingForData));
    session.put_mnist(Split::Training, 1, chunk(Split::Training, 1));
    let events = run(&mut session);
    assert_eq!(steps(&events).first().map(|step| step.iteration), Some(6));
}

#[test]
fn waiting_can_be_paused_reset_and_stopped() {
    for command in [on(RunCommand::Pause), on(RunCommand::Reset), on(RunCommand::Stop)] {
        let mut session = asked();
        session.handle(on(RunCommand::Train));
        session.plan_mnist(plan());
        run(&mut session);
        session.handle(command.clone());
        run(&mut session);
        for i in 0..3 {
            session.put_mnist(Split::Training, i, chunk(Split::Training, i));
        }
        for i in 0..2 {
            session.put_mnist(Split::Test, i, chunk(Split::Test, i));
        }
        let events = run(&mut session);
        assert!(steps(&events).is_empty(), "{command:?}: {events:?}");
        let tested = events.iter().any(|event| matches!(event, Event::Run { event: RunEvent::Tested(_), .. }));
        assert_eq!(tested, command == on(RunCommand::Stop));
    }
}

/// What the last run that was opened learns from.
fn data(events: &[Event]) -> Option<(DatasetKind, u32, u32)> {
    events.iter().rev().find_map(|event| match event {
        Event::Data(status) => Some((status.dataset, status.n_training, status.n_test)),
        _ => None,
    })
}

fn n_opened(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Run { event: RunEvent::Opened { .. }, .. })).count()
}

fn not_found() -> DataError {
    DataError::Fetch { file: "manifest.txt".into(), status: Some(404) }
}

#[test]
fn built_in_digits_stand_in_for_a_dataset_that_cannot_be_had_until_it_comes() {
    for is_pressed in [false, true] {
        let mut session = asked();
        if is_pressed {
            session.handle(on(RunCommand::Train));
        }
        session.mnist_failed(&not_found());
        let events = session.drain();
        assert!(
            matches!(&problems(&events)[..], [Problem::Data { dataset: DatasetKind::Mnist, error }] if *error == not_found())
        );
        assert_eq!(data(&events), Some((DatasetKind::BuiltIn, 22_000, 4_000)));
        assert_eq!(n_opened(&events), 1);
        assert!(!session.tick(0.0), "nothing is trained that was not asked for");
        session.mnist_failed(&not_found());
        assert!(session.drain().is_empty(), "the same is emitted once");
        session.handle(Command::FetchAgain(DatasetKind::Mnist));
        assert_eq!(session.take_wanted(), Some(DatasetKind::Mnist));
        session.plan_mnist(plan());
        let events = session.drain();
        assert!(events.contains(&Event::Recovered(DatasetKind::Mnist)), "{events:?}");
        assert_eq!((data(&events), n_opened(&events)), (Some((DatasetKind::Mnist, 200, 50)), 1));
    }
}

#[test]
fn a_run_on_the_stand_in_is_left_alone_when_the_dataset_comes() {
    let mut session = asked();
    session.mnist_failed(&not_found());
    session.handle(on(RunCommand::Train));
    (0..3).for_each(|_| {
        session.tick(0.0);
    });
    session.drain();
    session.plan_mnist(plan());
    session.put_mnist(Split::Training, 0, chunk(Split::Training, 0));
    let events = session.drain();
    assert_eq!((n_opened(&events), data(&events)), (0, None), "{events:?}");
    let events = run_after(&mut session, on(RunCommand::Stop));
    assert!(
        events.iter().any(
            |event| matches!(event, Event::Run { event: RunEvent::Tested(report), .. } if report.n_images == 4_000)
        )
    );
    session.handle(on(RunCommand::Reset));
    assert_eq!(data(&session.drain()), Some((DatasetKind::Mnist, 200, 50)), "the next run is what was asked for");
}

#[test]
fn what_arrived_is_kept_and_used_when_the_rest_does_not_come() {
    let mut session = asked();
    session.plan_mnist(plan());
    session.put_mnist(Split::Training, 0, chunk(Split::Training, 0));
    session.put_mnist(Split::Training, 2, chunk(Split::Training, 2));
    session.mnist_failed(&not_found());
    assert_eq!(data(&session.drain()), Some((DatasetKind::BuiltIn, 22_000, 4_000)), "there is nothing to test with");
    session.put_mnist(Split::Test, 1, chunk(Split::Test, 1));
    assert_eq!(data(&session.drain()), Some((DatasetKind::Mnist, 200, 50)), "images come again");
    session.mnist_failed(&not_found());
    assert_eq!(data(&session.drain()), Some((DatasetKind::Mnist, 120, 20)));
    let events = run_after(&mut session, on(RunCommand::Train));
    assert_eq!(states(&events).last(), Some(&RunState::Finished), "{:?}", states(&events));
    assert_eq!(steps(&events).len(), 15, "80 images by 16, three times");
    // Images are still read where they belong in the whole, and others are stood in for.
    for (split, index, dataset) in [
        (Split::Training, 160, DatasetKind::Mnist),
        (Split::Training, 80, DatasetKind::BuiltIn),
        (Split::Test, 30, DatasetKind::Mnist),
        (Split::Test, 29, DatasetKind::BuiltIn),
        (Split::Test, 9_999, DatasetKind::BuiltIn),
    ] {
        session.handle(ask(4, Query::ReadImage { dataset: DatasetKind::Mnist, split, index }));
        let events = session.drain();
        let found = events.iter().find_map(|event| match event {
            Event::Answered(_, Ok(Answer::Image(found))) => Some(found.dataset),
            _ => None,
        });
        assert_eq!(found, Some(dataset), "{split:?} {index}: {events:?}");
    }
    // The rest comes after all.
    session.put_mnist(Split::Training, 1, chunk(Split::Training, 1));
    session.put_mnist(Split::Test, 0, chunk(Split::Test, 0));
    session.handle(on(RunCommand::Reset));
    assert_eq!(data(&session.drain()), Some((DatasetKind::Mnist, 200, 50)));
}

#[test]
fn a_run_that_has_begun_waits_for_the_rest_and_goes_on_when_it_comes() {
    let (want, weights, _) = run_with(&[0, 1, 2, 3, 4], 0);
    let mut session = asked();
    session.plan_mnist(plan());
    session.handle(on(RunCommand::Train));
    session.put_mnist(Split::Training, 0, chunk(Split::Training, 0));
    let mut events = session.drain();
    events.extend(run(&mut session));
    session.mnist_failed(&not_found());
    events.extend(session.drain());
    assert_eq!(states(&events).last(), Some(&RunState::WaitingForData));
    for i in 1..3 {
        session.put_mnist(Split::Training, i, chunk(Split::Training, i));
    }
    (0..2).for_each(|i| session.put_mnist(Split::Test, i, chunk(Split::Test, i)));
    events.extend(run(&mut session));
    assert_eq!((losses(&events), fingerprint(&mut session)), (want, weights));
}

#[test]
fn a_chunk_of_the_wrong_size_or_number_is_a_problem_with_the_data() {
    for (split, i, n) in [(Split::Training, 0, 79), (Split::Training, 3, 80), (Split::Test, 2, 20), (Split::Test, 0, 0)]
    {
        let mut session = asked();
        session.plan_mnist(plan());
        session.drain();
        session.put_mnist(split, i, digits::generate(1, 0, n));
        let events = session.drain();
        assert!(matches!(&problems(&events)[..], [Problem::Data { dataset: DatasetKind::Mnist, .. }]), "{events:?}");
    }
}

#[test]
fn a_chunk_that_comes_twice_or_before_the_plan_changes_nothing() {
    let (want, ..) = run_with(&[0, 1, 2, 3, 4], 0);
    let mut session = asked();
    session.put_mnist(Split::Training, 0, chunk(Split::Training, 0));
    session.handle(on(RunCommand::Train));
    session.plan_mnist(plan());
    for i in [0, 0, 1, 2, 1] {
        session.put_mnist(Split::Training, i, chunk(Split::Training, i));
    }
    for i in [0, 1, 0] {
        session.put_mnist(Split::Test, i, chunk(Split::Test, i));
    }
    let mut events = session.drain();
    events.extend(run(&mut session));
    assert_eq!(losses(&events), want);
    assert!(problems(&events).is_empty(), "{:?}", problems(&events));
}

#[test]
fn images_are_read_when_they_arrive() {
    let mut session = Session::new();
    session.handle(ask(4, Query::ReadImage { dataset: DatasetKind::Mnist, split: Split::Training, index: 90 }));
    assert_eq!(session.take_wanted(), Some(DatasetKind::Mnist));
    session.plan_mnist(plan());
    session.put_mnist(Split::Training, 0, chunk(Split::Training, 0));
    assert!(!session.drain().iter().any(|event| matches!(event, Event::Answered(..))));
    let second = chunk(Split::Training, 1);
    session.put_mnist(Split::Training, 1, second.clone());
    let events = session.drain();
    let image = events.iter().find_map(|event| match event {
        Event::Answered(RequestId(4), Ok(Answer::Image(found))) => Some((found.pixels.clone(), found.label)),
        _ => None,
    });
    assert_eq!(image, second.get(10).map(|(pixels, label)| (pixels.to_vec(), label)));
}

#[test]
fn a_dataset_without_images_is_refused_and_has_no_images_to_read() {
    let mut session = asked();
    session.plan_mnist(DatasetPlan::default());
    let events = session.drain();
    assert_eq!(refused(&events).len(), 1, "{events:?}");
    for split in [Split::Training, Split::Validation, Split::Test] {
        session.handle(ask(8, Query::ReadImage { dataset: DatasetKind::Mnist, split, index: 0 }));
        let events = session.drain();
        assert_eq!(refusals(&events), [(8, Refusal::NoImage { index: 0, n_images: 0 })]);
    }
}

#[test]
fn files_that_are_no_digits_are_refused_in_words_and_leave_the_old_ones() {
    let mut session = session();
    let (images, labels) = files(12);
    for refused in [
        (vec![], vec![]),
        (b"GIF89a".to_vec(), labels.clone()),
        (images.clone(), images.clone()),
        (images[..images.len() - 1].to_vec(), labels.clone()),
        (images.clone(), files(11).1),
        files(3),
        files(0),
    ] {
        choose(&mut session, &refused);
        let events = session.drain();
        assert!(matches!(&events[..], [Event::Files(FilesStatus::Refused(_))]), "not a refusal but {events:?}");
    }
    session.handle(Command::Open(RUN, quick_config()));
    assert_eq!(steps(&run_after(&mut session, on(RunCommand::Train))).len(), 12);
}

fn report(events: &[Event]) -> FilesReport {
    match files_status(events) {
        Some(FilesStatus::Open(report)) => report,
        other => panic!("the files are not open: {other:?}"),
    }
}

#[test]
fn files_chosen_the_wrong_way_round_are_put_right() {
    let (images, labels) = files(N_FILES);
    let mut session = Session::new();
    choose(&mut session, &(labels, images));
    let report = report(&session.drain());
    assert!(matches!(report.format, FileFormat::Idx { is_swapped: true, .. }), "{:?}", report.format);
    assert_eq!((report.n_images, report.samples.len()), (N_FILES as u32, 10));
    session.handle(Command::Open(RUN, quick_config()));
    assert_eq!(steps(&run_after(&mut session, on(RunCommand::Train))).len(), 12);
}

#[test]
fn a_file_sorted_by_class_is_learnt_and_tested_in_every_class() {
    let digits = digits::generate(3, 0, 1200);
    let mut order: Vec<u32> = (0..1200).collect();
    order.sort_by_key(|&i| digits.labels()[i as usize]);
    let mut session = Session::new();
    choose(&mut session, &idx::write_pair(&digits.select(&order)));
    session.drain();
    session.handle(Command::Open(RUN, RunConfig { epochs: 4, n_validation: 200, ..quick_config() }));
    let events = run_after(&mut session, on(RunCommand::Train));
    let accuracy = events.iter().rev().find_map(|event| match event {
        Event::Run { event: RunEvent::Validation(record), .. } => Some(record.accuracy),
        _ => None,
    });
    assert!(accuracy.is_some_and(|accuracy| accuracy > 0.5), "validation: {accuracy:?}");
    let tested = events.iter().find_map(|event| {
        if let Event::Run { event: RunEvent::Tested(report), .. } = event { Some(report) } else { None }
    });
    let tested = tested.expect("a report");
    let in_class = |class: usize| tested.confusion[10 * class..10 * class + 10].iter().sum::<u32>();
    assert!((0..10).all(|class| in_class(class) >= 12), "{:?}", tested.confusion);
    assert!(tested.n_correct * 2 > tested.n_images, "{} of {}", tested.n_correct, tested.n_images);
}

#[test]
fn another_reading_of_the_files_starts_the_run_again_on_other_images() {
    let mut session = opened(quick_config());
    let plain = losses(&run_after(&mut session, on(RunCommand::Train)));
    session.handle(Command::ReadFiles(FileReading { is_turned: true, ..FileReading::default() }));
    let events = session.drain();
    assert!(report(&events).reading.is_turned && n_opened(&events) == 1, "{events:?}");
    let turned = losses(&run_after(&mut session, on(RunCommand::Train)));
    assert_ne!(plain, turned);
    session.handle(Command::ReadFiles(FileReading::default()));
    session.drain();
    assert_eq!(losses(&run_after(&mut session, on(RunCommand::Train))), plain);
    // A rule by which hardly a label stands for a digit leaves too few images: all stays as it was.
    session.handle(Command::ReadFiles(FileReading { labels: LabelRule::Characters, ..FileReading::default() }));
    let events = session.drain();
    assert!(matches!(&events[..], [Event::Files(FilesStatus::Refused(_))]), "{events:?}");
}

#[test]
fn reading_files_before_there_are_any_does_nothing() {
    let mut session = Session::new();
    session.handle(Command::ReadFiles(FileReading::default()));
    assert!(session.drain().is_empty());
}

#[test]
fn other_files_opened_during_a_run_on_the_old_ones_do_no_harm() {
    for n in [6, 24, 60, N_FILES, 300] {
        for n_ticks in [0, 3, 6, 7, 13] {
            let mut session = opened(quick_config());
            session.handle(on(RunCommand::Train));
            (0..n_ticks).for_each(|_| {
                session.tick(0.0);
            });
            choose(&mut session, &files(n));
            run(&mut session);
            run_after(&mut session, on(RunCommand::Stop));
            let end =
                run_after(&mut session, Command::Open(RUN, RunConfig { n_validation: 0, batch: 1, ..quick_config() }));
            assert!(problems(&end).is_empty(), "{n} images after {n_ticks} ticks: {end:?}");
            let events = run_after(&mut session, on(RunCommand::Train));
            assert_eq!(states(&events).last(), Some(&RunState::Finished), "{n} images after {n_ticks} ticks");
        }
    }
}

#[test]
fn built_in_digits_are_the_same_however_they_are_cut() {
    let whole = digits::generate(3, 0, 60);
    let mut i = 0;
    for n in [1, 19, 0, 7, 33] {
        let part = digits::generate(3, i as u64, n);
        for at in 0..n {
            assert_eq!(part.get(at), whole.get(i + at), "image {}", i + at);
        }
        i += n;
    }
    assert_ne!(digits::generate(4, 0, 1), digits::generate(3, 0, 1));
    let blank = (0..60).find(|&i| whole.get(i).is_none_or(|(pixels, _)| pixels.iter().all(|&pixel| pixel < 100)));
    assert_eq!(blank, None, "an image without ink");
    let labels = digits::generate(3, 0, 1000);
    let count = |class| labels.labels().iter().filter(|&&label| label == class).count();
    assert!((0..10).all(|class| (60..150).contains(&count(class))), "{:?}", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(count));
}
