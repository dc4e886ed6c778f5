//! Datasets that come late, in pieces, broken, or not at all.

use receptive_data::{DatasetPlan, Images, digits};
use receptive_train::{
    Session,
    protocol::{Command, DatasetKind, Event, Problem, RunConfig, RunState, Split},
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
    session.handle(Command::Open(config()));
    assert_eq!(session.take_wanted(), Some(DatasetKind::Mnist), "somebody must be asked to fetch it");
    assert_eq!(session.take_wanted(), None, "and once");
    session
}

/// Brings chunks in this order (test chunks are numbered from 3), ticking `ticks` times between two.
fn run_with(order: &[usize], ticks: usize) -> (Vec<u32>, Vec<u32>, Vec<Event>) {
    let mut session = asked();
    session.handle(Command::Train);
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
    session.handle(Command::Train);
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
    for command in [Command::Pause, Command::Reset, Command::Stop] {
        let mut session = asked();
        session.handle(Command::Train);
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
        let tested = events.iter().any(|event| matches!(event, Event::Tested(_)));
        assert_eq!(tested, command == Command::Stop);
    }
}

#[test]
fn a_dataset_that_cannot_be_had_is_told_and_can_be_asked_for_again() {
    let mut session = asked();
    session.handle(Command::Train);
    session.data_failed(DatasetKind::Mnist, "the server answered 404".into());
    let events = session.drain();
    assert!(
        matches!(&problems(&events)[..], [Problem::Data { dataset: DatasetKind::Mnist, message }] if message.contains("404"))
    );
    assert!(!session.tick(0.0));
    session.handle(Command::Open(config()));
    assert_eq!(session.take_wanted(), Some(DatasetKind::Mnist));
    session.plan_mnist(plan());
    assert!(session.drain().iter().any(|event| matches!(event, Event::Opened { .. })));
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
    session.handle(Command::Train);
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
    session.handle(Command::ReadImage { request: 4, dataset: DatasetKind::Mnist, split: Split::Training, index: 90 });
    assert_eq!(session.take_wanted(), Some(DatasetKind::Mnist));
    session.plan_mnist(plan());
    session.put_mnist(Split::Training, 0, chunk(Split::Training, 0));
    assert!(!session.drain().iter().any(|event| matches!(event, Event::Image { .. })));
    let second = chunk(Split::Training, 1);
    session.put_mnist(Split::Training, 1, second.clone());
    let events = session.drain();
    let image = events.iter().find_map(|event| match event {
        Event::Image { request: 4, pixels, label, .. } => Some((pixels.clone(), *label)),
        _ => None,
    });
    assert_eq!(image, second.get(10).map(|(pixels, label)| (pixels.to_vec(), label)));
}

#[test]
fn a_dataset_without_images_is_refused_and_has_no_images_to_read() {
    let mut session = asked();
    session.plan_mnist(DatasetPlan::default());
    let events = session.drain();
    assert!(matches!(&problems(&events)[..], [Problem::Config(_)]), "{events:?}");
    for split in [Split::Training, Split::Validation, Split::Test] {
        session.handle(Command::ReadImage { request: 8, dataset: DatasetKind::Mnist, split, index: 0 });
        let events = session.drain();
        assert!(matches!(&problems(&events)[..], [Problem::Request { request: 8, .. }]), "{events:?}");
    }
}

#[test]
fn files_that_are_no_digits_are_a_problem_in_words_and_leave_the_old_ones() {
    let mut session = session();
    let (images, labels) = files(12);
    for (images, labels) in [
        (vec![], vec![]),
        (b"GIF89a".to_vec(), labels.clone()),
        (images.clone(), images.clone()),
        (labels.clone(), images.clone()),
        (images[..images.len() - 1].to_vec(), labels.clone()),
        files(3),
        files(0),
    ] {
        session.handle(Command::OpenFiles { images, labels });
        let events = session.drain();
        let [Problem::Data { dataset: DatasetKind::Own, message }] = &problems(&events)[..] else {
            panic!("not one problem but {events:?}")
        };
        assert!(message.len() > 20, "{message}");
    }
    session.handle(Command::Open(quick_config()));
    assert_eq!(steps(&run_after(&mut session, Command::Train)).len(), 12);
}

#[test]
fn other_files_opened_during_a_run_on_the_old_ones_do_no_harm() {
    for n in [6, 24, 60, N_FILES, 300] {
        for n_ticks in [0, 3, 6, 7, 13] {
            let mut session = opened(quick_config());
            session.handle(Command::Train);
            (0..n_ticks).for_each(|_| {
                session.tick(0.0);
            });
            let (images, labels) = files(n);
            session.handle(Command::OpenFiles { images, labels });
            run(&mut session);
            run_after(&mut session, Command::Stop);
            let end = run_after(&mut session, Command::Open(RunConfig { n_validation: 0, batch: 1, ..quick_config() }));
            assert!(problems(&end).is_empty(), "{n} images after {n_ticks} ticks: {end:?}");
            let events = run_after(&mut session, Command::Train);
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
