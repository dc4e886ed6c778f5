//! Images of other sizes, in colour, of other classes than ten: a run learns from them, shares them out, tests on them
//! and reads them, and a network that does not fit them is refused.

use receptive_data::cifar::CifarReader;
use receptive_data::{ImageShape, Images, OwnFiles, digits, idx};
use receptive_nn::{Preset, Spec};
use receptive_tests::cifar::batch;
use receptive_train::protocol::{
    Answer, Command, DatasetKind, EngineChoice, Event, FilesStatus, Query, Refusal, RunCommand, RunConfig, RunError,
    RunEvent, Split, TestReport, Weights,
};
use receptive_train::{Misfit, Session, fitted};

use crate::drive::*;
use crate::fleet::Fleet;
use crate::pretend::Rig;

/// A session with these batches of CIFAR-10 open.
fn colours(batches: &[(&str, Vec<u8>)]) -> Session {
    let read = |(name, bytes): &(&str, Vec<u8>)| {
        let mut reader = CifarReader::new(bytes.len() as u64).expect("a size that is taken");
        reader.push(bytes).expect("records");
        (name.to_string(), reader.finish().expect("a batch"))
    };
    let files = OwnFiles::cifar10(batches.iter().map(read).collect()).expect("batches");
    let mut session = Session::new();
    let reading = files.likely(&[]);
    session.open_files(files, reading);
    session
}

/// A convolution on colour images.
fn colour_spec() -> Spec {
    Spec::read("32x32x3:c4x5s2,r,m2,f,d10").expect("a network")
}

/// Ten steps of 32 images, then 100 for validation and 80 for the test.
fn colour_config() -> RunConfig {
    RunConfig { spec: colour_spec(), batch: 32, epochs: 6, learning_rate: 0.01, n_validation: 100, ..quick_config() }
}

fn colour_session() -> Session {
    let mut session = colours(&[("data_batch_1.bin", batch(1, 400)), ("test_batch.bin", batch(2, 80))]);
    session.handle(Command::Open(RUN, colour_config()));
    let events = session.drain();
    assert!(
        events.iter().any(|event| matches!(event, Event::Run { event: RunEvent::Opened { .. }, .. })),
        "{events:?}"
    );
    session
}

fn tested(events: &[Event]) -> &TestReport {
    let mut reports = events.iter().filter_map(|event| {
        if let Event::Run { event: RunEvent::Tested(report), .. } = event { Some(report) } else { None }
    });
    reports.next_back().expect("a report")
}

#[test]
fn a_network_learns_colours_and_is_tested_on_the_test_batch() {
    let mut session = colour_session();
    let events = run_after(&mut session, on(RunCommand::Train));
    let report = tested(&events);
    assert_eq!((report.n_images, report.classes.len(), report.confusion.len()), (80, 10, 100));
    assert_eq!(report.classes[9], "truck");
    assert!(report.n_correct > 60, "{} of 80 right", report.n_correct);
    // The test images are those of the test batch, in its order, as they are.
    let (raw, shape) = (batch(2, 80), ImageShape { c: 3, h: 32, w: 32 });
    let want: Vec<&[u8]> = raw.chunks(3073).collect();
    for sample in &report.samples {
        let record = want[sample.index as usize];
        assert_eq!((sample.shape, sample.label, &sample.pixels[..]), (shape, record[0], &record[1..]));
    }
    assert!(report.labels.iter().eq(raw.iter().step_by(3073)));
    session.handle(ask(3, Query::ReadTest { run: RUN, indices: vec![7, 79] }));
    let Some(Event::Answered(_, Ok(Answer::TestImages(samples)))) = session.drain().pop() else { panic!("no images") };
    assert_eq!(samples.iter().map(|sample| &sample.pixels[..]).collect::<Vec<_>>(), [&want[7][1..], &want[79][1..]]);
    session.handle(ask(4, Query::ReadImage { dataset: DatasetKind::Own, split: Split::Test, index: 5 }));
    let Some(Event::Answered(_, Ok(Answer::Image(found)))) = session.drain().pop() else { panic!("no image") };
    assert_eq!((found.shape, found.label, &found.pixels[..]), (shape, want[5][0], &want[5][1..]));
}

#[test]
fn any_number_of_workers_gives_the_same_bits_for_colours() {
    let outcome = |n_workers, seed| {
        let mut fleet = Fleet::new(colour_session(), n_workers, seed);
        fleet.run_after(on(RunCommand::Train));
        let report = tested(&fleet.events);
        (losses(&fleet.events), report.loss.to_bits(), report.predicted.clone(), fleet.n_sent)
    };
    let (want, want_loss, want_read, n_sent) = outcome(1, 0);
    assert_eq!(n_sent, 0);
    for (n_workers, seed) in [(2, 1), (3, 2), (8, 3)] {
        let (got, loss, read, n_sent) = outcome(n_workers, seed);
        assert!(n_sent > 9, "replicas took part");
        assert_eq!((got, loss, read), (want.clone(), want_loss, want_read.clone()), "{n_workers} workers");
    }
}

#[test]
fn a_gpu_gets_whole_colour_images() {
    let mut rig = Rig::new(colour_session(), EngineChoice::Gpu);
    rig.run_after(on(RunCommand::Train));
    assert!(rig.n_steps > 10, "the device took steps");
    let want = run_after(&mut colour_session(), on(RunCommand::Train));
    let (got, want): (Vec<_>, Vec<_>) = (steps(&rig.events), steps(&want));
    assert_eq!(got.len(), want.len());
    assert!(got.iter().zip(&want).all(|(got, want)| (got.loss - want.loss).abs() <= 1e-3));
}

#[test]
fn the_runs_network_reads_images_of_its_own_size_and_refuses_others() {
    let mut session = colour_session();
    let image: Vec<f32> = (0..3072).map(|i| (i % 31) as f32 / 31.0).collect();
    let one = predicted(&mut session, Weights::Run(RUN), image.clone());
    assert_eq!(
        (one.probabilities.len(), one.likeness),
        (10, None),
        "nobody asks how much a photograph is like a digit"
    );
    // Two batches and a half.
    let many = Query::Predict { weights: Weights::Run(RUN), pixels: image.repeat(80) };
    let answer = run_after(&mut session, ask(1, many)).pop();
    let Some(Event::Answered(_, Ok(Answer::Prediction(many)))) = answer else { panic!("{answer:?}") };
    assert_eq!(many.probabilities.len(), 800);
    let is_alike = |row: &[f32]| row.iter().zip(&one.probabilities).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(many.probabilities.chunks(10).all(is_alike));
    for n in [0, 784, 3071, 3073, 1025 * 3072] {
        session.handle(ask(1, Query::Predict { weights: Weights::Run(RUN), pixels: vec![0.5; n] }));
        let why = Refusal::Images { n_values: n as u32, input: [3, 32, 32], most: 1024 };
        assert_eq!(refusals(&session.drain()), [(1, why)]);
    }
    // The network that comes with the page reads digits as ever.
    assert!(predicted(&mut session, Weights::Shipped, vec![0.5; 784]).likeness.is_some());
    let names = vec!["conv 1".to_string()];
    session.handle(ask(3, Query::Tensors { weights: Weights::Run(RUN), pixels: image, names }));
    let Some(Event::Answered(_, Ok(Answer::Tensors(found)))) = session.drain().pop() else { panic!("not inspected") };
    assert_eq!((found.spec.input, found.tensors[0].shape), ([3, 32, 32], [1, 4, 14, 14]));
}

#[test]
fn a_network_that_does_not_fit_is_refused_with_both_sizes_and_the_remedy_works() {
    let files = idx::write_pair(&small_images());
    let config = |spec: Spec| RunConfig { spec, n_validation: 0, ..quick_config() };
    let spec = Spec::read("5x9x1:f,d26").expect("a network");
    let input = |network| Misfit::Input { network, data: [3, 5, 9] };
    for (spec, misfit) in [
        (Preset::Linear.spec(), input([1, 28, 28])),
        (spec, input([1, 5, 9])),
        (Spec::read("5x9x3:f,d10").expect("a network"), Misfit::Outputs { network: 10, data: 26 }),
        (Spec::read("5x9x3:f,d256,r,d27").expect("a network"), Misfit::Outputs { network: 27, data: 26 }),
    ] {
        let mut session = Session::new();
        choose(&mut session, &files);
        let Some(FilesStatus::Open(report)) = files_status(&session.drain()) else { panic!("not open") };
        assert_eq!((report.schema.shape.chw(), report.schema.n_classes()), ([3, 5, 9], 26));
        assert_eq!(report.samples.len(), 26);
        session.handle(Command::Open(RUN, config(spec.clone())));
        assert_eq!(refused(&session.drain()), [RunError::Misfit(misfit)]);
        session.handle(Command::Open(RUN, config(fitted(&spec, &report.schema))));
        let events = run_after(&mut session, on(RunCommand::Train));
        let report = tested(&events);
        assert_eq!((report.classes[25].as_str(), report.confusion.len()), ("Z", 26 * 26));
    }
    let fitted = fitted(&Preset::Small.spec(), &digits::schema());
    assert_eq!(fitted, Preset::Small.spec(), "what fits stays");
}

/// Small images in three channels, of the letters 1 to 26.
fn small_images() -> Images {
    let shape = ImageShape { c: 3, h: 5, w: 9 };
    let (labels, n) = ((0..312).map(|i| 1 + (i % 26) as u8).collect(), 312 * shape.len());
    Images::new(shape, &(0..n).map(|i| (i * 7 % 251) as u8).collect::<Vec<_>>(), labels).expect("whole images")
}

#[test]
fn batches_without_one_for_the_test_keep_a_sixth_of_every_class() {
    let mut session = colours(&[("a.bin", batch(1, 300)), ("b.bin", batch(3, 300))]);
    session.handle(Command::Open(RUN, RunConfig { n_validation: 60, ..colour_config() }));
    let status =
        session.drain().into_iter().find_map(|event| if let Event::Data(status) = event { Some(status) } else { None });
    let status = status.expect("images");
    assert_eq!((status.n_training, status.n_test), (500, 100));
}
