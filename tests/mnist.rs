//! Real MNIST, where it is: the files, and that networks learn from them as fast and as far as they should.
//!
//! `cargo test -p receptive-tests --test mnist -- --ignored` measures a whole epoch of the two larger claims.
#![expect(clippy::print_stdout, reason = "the figures are what a person runs this for")]

use std::{
    env, fs,
    ops::Range,
    path::{Path, PathBuf},
    time::Instant,
};

use libtest_mimic::{Arguments as Options, Failed, Trial};
use receptive_core::Rng;
use receptive_data::{
    Dataset, DatasetPlan, EpochOrder, Images,
    digits::{self, PIXELS},
    doodles, gather,
    idx::{self, Kind},
    photo::written,
    preprocess::normalise,
    sheet::{SIDE, Sheet},
};
use receptive_nn::{
    Checkpoint, CpuEngine, Head, Optimiser, OptimiserState, Parameters, Preset, Program, Purpose, Schedule, Tally,
};
use receptive_tests::FOLDER;
use receptive_train::{
    Recipe, Session,
    protocol::{Command, DatasetKind, Event, RunCommand, RunConfig, RunEvent, RunId, RunState, Split},
};
use sha2::{Digest, Sha256};

/// Name, and SHA-256 of the file unpacked (as Y. LeCun's four files have been mirrored since 1998).
const FILES: [(&str, &str); 4] = [
    ("train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    ("train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    ("t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    ("t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
];

const CHUNK: usize = 6000;

fn main() {
    let options = Options::from_args();
    let folder = folder();
    let is_there = folder.is_some();
    if !is_there {
        println!(
            "MNIST is not there: put its four gzip files into data/mnist, or name the folder above in RECEPTIVE_DATA."
        );
    }
    type Test = fn(&Path) -> Result<(), Failed>;
    let quick: [(&str, Test); 5] = [
        ("the four files are the ones that were published", files_are_genuine),
        ("the networks that come with the page do on the 10,000 test images what their records say", shipped),
        ("digits on photos of paper and of a board are found and read", photos),
        ("the small network reads 92 % after one epoch over 6,000 images", |folder| {
            learns(folder, Preset::Small, (0.002, Schedule::CONSTANT, 32), 6000, 0.92)
        }),
        ("the quick recipe reads 98 % after 30,000 images", |folder| follows(folder, Recipe::Quick, 1..2)),
    ];
    let full: [(&str, Test); 5] = [
        ("full_epoch: trained on 20,000 built-in digits alone, the small network reads 90 % of MNIST", built_in_digits),
        ("full_epoch: the small network reads 98 % after one epoch over 60,000 images", |folder| {
            learns(folder, Preset::Small, (0.002, Schedule::LINEAR, 32), 60_000, 0.98)
        }),
        ("full_epoch: the slides' network reads 98.5 % after one epoch over 60,000 images", |folder| {
            learns(folder, Preset::Slides, (0.001, Schedule::LINEAR, 64), 60_000, 0.985)
        }),
        ("full_epoch: the quick recipe reads 98 % with each of four seeds", |folder| {
            follows(folder, Recipe::Quick, 1..5)
        }),
        ("full_epoch: the good recipe reads 99 % with each of four seeds", |folder| {
            follows(folder, Recipe::Good, 1..5)
        }),
    ];
    let trial = |(name, test): (&str, Test), asked_for: bool| {
        let folder = folder.clone();
        let trial = Trial::test(name, move || test(&folder.ok_or("MNIST is not there")?));
        let trial = trial.with_ignored_flag(asked_for || !is_there);
        if is_there { trial } else { trial.with_kind("no MNIST") }
    };
    let trials = quick.map(|test| trial(test, false)).into_iter().chain(full.map(|test| trial(test, true)));
    libtest_mimic::run(&options, trials.collect()).exit();
}

/// The folder with MNIST's four files, if there is one.
fn folder() -> Option<PathBuf> {
    let named = env::var_os("RECEPTIVE_DATA").map(|data| PathBuf::from(data).join("mnist"));
    let beside = Path::new(FOLDER).parent().map(|root| root.join("data/mnist"));
    named.into_iter().chain(beside).find(|folder| FILES.iter().all(|(name, _)| read(folder, name).is_ok()))
}

/// A file's bytes, packed or not.
fn read(folder: &Path, name: &str) -> Result<Vec<u8>, Failed> {
    let packed = folder.join(format!("{name}.gz"));
    Ok(fs::read(&packed).or_else(|_| fs::read(folder.join(name)))?)
}

fn files_are_genuine(folder: &Path) -> Result<(), Failed> {
    for (name, want) in FILES {
        let bytes = read(folder, name)?;
        let unpacked = idx::unpack(Kind::Images, &bytes).map_err(|error| format!("{name}: {error}"))?;
        let digest: String = Sha256::digest(&unpacked).iter().map(|byte| format!("{byte:02x}")).collect();
        if digest != want {
            return Err(format!("{name}: SHA-256 is {digest}, want {want}").into());
        }
    }
    Ok(())
}

fn pair(folder: &Path, first: usize) -> Result<Images, Failed> {
    Ok(idx::pair(&read(folder, FILES[first].0)?, &read(folder, FILES[first + 1].0)?)?)
}

/// Cuts images into chunks, as the page gets them.
fn chunks(mut images: Images) -> Vec<Images> {
    let mut chunks = Vec::new();
    while !images.is_empty() {
        let (chunk, rest) = images.split_at(CHUNK);
        chunks.push(chunk);
        images = rest;
    }
    chunks
}

/// Trains one epoch with Adam, and reads the accuracy on the 10,000 test images.
fn learns(
    folder: &Path,
    preset: Preset,
    (learning_rate, schedule, batch): (f32, Schedule, u32),
    n_training: u32,
    want: f64,
) -> Result<(), Failed> {
    let config = RunConfig {
        dataset: DatasetKind::Mnist,
        spec: preset.spec(),
        optimiser: Optimiser::ADAM,
        loss: Head::CrossEntropy,
        learning_rate,
        schedule,
        batch,
        epochs: 1,
        seed: 1,
        n_training: Some(n_training),
        n_validation: 0,
        validate_every: None,
    };
    trains(folder, config, want)
}

/// Follows a recipe with one seed after another.
fn follows(folder: &Path, recipe: Recipe, seeds: Range<u64>) -> Result<(), Failed> {
    seeds.into_iter().try_for_each(|seed| trains(folder, recipe.config(seed), f64::from(recipe.percent()) / 100.0))
}

/// Trains in a session, as the page does, and reads the accuracy on the 10,000 test images.
fn trains(folder: &Path, config: RunConfig, want: f64) -> Result<(), Failed> {
    let (training, test) = (chunks(pair(folder, 0)?), chunks(pair(folder, 2)?));
    let mut session = Session::new();
    session.handle(Command::Open(RunId(1), config.clone()));
    let sizes = |chunks: &[Images]| chunks.iter().map(Images::len).collect();
    session.plan_mnist(DatasetPlan { training_chunks: sizes(&training), test_chunks: sizes(&test) });
    for (split, chunks) in [(Split::Training, training), (Split::Test, test)] {
        for (i, chunk) in chunks.into_iter().enumerate() {
            session.put_mnist(split, i, chunk);
        }
    }
    session.handle(Command::Run(RunId(1), RunCommand::Train));
    let start = Instant::now();
    let mut trained = None;
    while session.tick(start.elapsed().as_secs_f64() * 1000.0) {
        let is_testing = |event: &Event| matches!(event, Event::Run { event: RunEvent::State(state), .. } if *state == RunState::Testing);
        if session.drain().iter().any(is_testing) && trained.is_none() {
            trained = Some(start.elapsed());
        }
    }
    let events = session.drain();
    let report = events.iter().find_map(|event| {
        if let Event::Run { event: RunEvent::Tested(report), .. } = event { Some(report) } else { None }
    });
    let report = report.ok_or_else(|| format!("the run was not tested: {events:?}"))?;
    let accuracy = f64::from(report.n_correct) / f64::from(report.n_images);
    println!(
        "{}, {:?} {} ({:?}), batch {}, seed {}, {} epochs over {} images: {:.2} % of {} test images, {:.1} s of training and \
         {:.1} s in all",
        config.spec.to_text(),
        config.optimiser,
        config.learning_rate,
        config.schedule,
        config.batch,
        config.seed,
        config.epochs,
        config.n_training.unwrap_or(60_000),
        100.0 * accuracy,
        report.n_images,
        trained.unwrap_or_default().as_secs_f64(),
        start.elapsed().as_secs_f64(),
    );
    if report.n_images == 10_000 && accuracy >= want { Ok(()) } else { Err(format!("{accuracy}, want {want}").into()) }
}

/// Returns the probabilities that a network gives each of these images.
fn probabilities(checkpoint: &Checkpoint, images: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, Failed> {
    let mut engine = CpuEngine::new(Program::compile(&checkpoint.spec, 1, Purpose::Inference)?);
    let parameters = checkpoint.parameters()?;
    let mut read = |image: &Vec<f32>| {
        engine.forward(&parameters, image);
        engine.probabilities().to_vec()
    };
    Ok(images.iter().map(&mut read).collect())
}

/// Rows and columns of a photo.
const PHOTO: [usize; 2] = [120, 160];

/// A photo of a digit, 28×28: somewhere on paper in uneven light, or in chalk on a board, with the noise of a camera.
fn photo(digit: &[u8], rng: &mut Rng) -> Vec<f32> {
    let [rows, columns] = PHOTO;
    let (is_board, side) = (rng.below(4) == 0, rng.range(60.0, 100.0));
    let [top, left] = PHOTO.map(|room| rng.range(6.0, room as f32 - side - 6.0));
    let (bright, slope) = (rng.range(0.6, 1.0), [rng.range(-0.4, 0.4), rng.range(-0.4, 0.4)]);
    let pen = if is_board { rng.range(2.5, 4.0) } else { rng.range(0.2, 0.5) };
    let background = if is_board { 0.22 } else { 0.95 };
    // Between the pixels of the digit the ink goes evenly from one to the next.
    let ink = |row: f32, column: f32| {
        let at = |row: i32, column: i32| {
            let inside = (0..28).contains(&row) && (0..28).contains(&column);
            if inside { f32::from(digit[(row * 28 + column) as usize]) / 255.0 } else { 0.0 }
        };
        let (r, c) = (row.floor(), column.floor());
        let (down, right) = (row - r, column - c);
        let line = |r: i32| (1.0 - right) * at(r, c as i32) + right * at(r, c as i32 + 1);
        (1.0 - down) * line(r as i32) + down * line(r as i32 + 1)
    };
    let mut level = |i: usize| {
        let (row, column) = ((i / columns) as f32, (i % columns) as f32);
        let light = bright * (1.0 + slope[0] * (row / rows as f32 - 0.5) + slope[1] * (column / columns as f32 - 0.5));
        let ink = ink((row - top) / side * 28.0, (column - left) / side * 28.0);
        let paper = background * light * (1.0 + ink * (pen - 1.0));
        (paper + rng.range(-0.03, 0.03)).clamp(0.0, 1.0)
    };
    (0..rows * columns).map(&mut level).collect()
}

/// Takes 1,000 test digits onto photos, and reads them as the page does: found, put on the pad, prepared, read.
fn photos(folder: &Path) -> Result<(), Failed> {
    let test = pair(folder, 2)?;
    let pixels = test.pixels();
    let prepared = pixels.chunks_exact(PIXELS).take(1000).enumerate().map(|(i, digit)| {
        let [rows, columns] = PHOTO;
        let found = written(&photo(digit, &mut Rng::stream(11, i as u64)), rows, columns)?;
        let sheet = Sheet::with_picture(SIDE, &found.ink, found.side, found.side);
        Some(normalise(sheet.ink(), SIDE, SIDE)?.pixels)
    });
    let blank = vec![0.0; PIXELS];
    let images: Vec<_> = prepared.map(|pixels| pixels.unwrap_or_else(|| blank.clone())).collect();
    let n_found = images.iter().filter(|image| **image != blank).count();
    let rows = probabilities(&receptive_train::reader(), &images)?;
    let is_right = |(row, label): &(Vec<f32>, &u8)| row.iter().all(|p| *p <= row[usize::from(**label)]);
    let n_read = rows.into_iter().zip(test.labels()).filter(is_right).count();
    println!("photos of 1,000 test digits: {n_found} are found, {n_read} are read right");
    if n_read >= 950 { Ok(()) } else { Err(format!("{n_read} of 1,000 are read right").into()) }
}

/// Measures the networks that come with the page, and the detector on drawings that are no digit.
fn shipped(folder: &Path) -> Result<(), Failed> {
    let test = pair(folder, 2)?;
    let images: Vec<Vec<f32>> =
        test.pixels().chunks_exact(PIXELS).map(|image| image.iter().map(|&x| f32::from(x) / 255.0).collect()).collect();
    let (reader, detector) = (receptive_train::reader(), receptive_train::detector());
    let is_right = |(row, label): &(Vec<f32>, &u8)| row.iter().all(|p| *p <= row[usize::from(**label)]);
    let n_read = probabilities(&reader, &images)?.into_iter().zip(test.labels()).filter(is_right).count();
    let least = detector.record.least_probability();
    let n_digits = |images: &[Vec<f32>]| -> Result<usize, Failed> {
        Ok(probabilities(&detector, images)?.iter().filter(|row| row[0] >= least).count())
    };
    let n_passed = n_digits(&images)?;
    println!("the page's own network reads {n_read} of 10,000 test images; {n_passed} are taken for digits");
    for (n, record) in [(n_read, reader.record), (n_passed, detector.record)] {
        // Rounding differs from machine to machine.
        if record.n_test != 10_000 || n.abs_diff(record.n_correct as usize) > 5 {
            return Err(format!("{n} right, and the record says {record:?}").into());
        }
    }
    for kind in doodles::Kind::LEARNING.into_iter().chain(doodles::Kind::UNSEEN) {
        let drawn: Vec<_> = (0..1000).map(|i| doodles::draw(kind, &mut Rng::stream(3, i))).collect();
        let n_found = 1000 - n_digits(&drawn)?;
        println!("{kind:?}: {n_found} of 1,000 are found to be no digit");
        let want = if kind == doodles::Kind::Figure { 450 } else { 880 };
        if n_found < want {
            return Err(format!("{kind:?}: {n_found} of 1,000 are found to be no digit, want {want}").into());
        }
    }
    Ok(())
}

/// Trains on built-in digits alone, and reads the accuracy on MNIST's test images.
fn built_in_digits(folder: &Path) -> Result<(), Failed> {
    const N_DIGITS: usize = 20_000;
    const BATCH: usize = 32;
    let mut dataset =
        Dataset::new(digits::schema(), DatasetPlan { training_chunks: vec![N_DIGITS], test_chunks: vec![10_000] });
    dataset.put_training(0, digits::generate(1, 0, N_DIGITS))?;
    dataset.put_test(0, pair(folder, 2)?)?;
    let spec = Preset::Small.spec();
    let mut engine = CpuEngine::new(Program::compile(&spec, BATCH, Purpose::Training(Optimiser::ADAM))?);
    let mut parameters = Parameters::init(&spec, 1)?;
    let mut state = OptimiserState::new(Optimiser::ADAM, &parameters);
    let (mut images, mut labels) = (vec![0.0; BATCH * PIXELS], vec![0; BATCH]);
    for epoch in 0..3 {
        for batch in EpochOrder::new(1, epoch, N_DIGITS, &[N_DIGITS]).indices().chunks_exact(BATCH) {
            assert!(gather(&dataset, false, batch, &mut images, &mut labels));
            engine.train_step(&mut parameters, &mut state, &images, &labels, 0.002);
        }
    }
    let mut tally = Tally::new(10);
    let positions: Vec<u32> = (0..10_000).collect();
    // 10,000 is no multiple of 32: the last sixteen images are left out.
    for batch in positions.chunks_exact(BATCH) {
        assert!(gather(&dataset, true, batch, &mut images, &mut labels));
        engine.evaluate(&parameters, &images, &labels);
        tally.add(engine.probabilities(), &labels, engine.losses());
    }
    let accuracy = tally.accuracy();
    println!("trained on built-in digits alone: {:.2} % of {} test images of MNIST", 100.0 * accuracy, tally.n());
    if accuracy >= 0.9 { Ok(()) } else { Err(format!("{accuracy} is below 0.9").into()) }
}
