//! Trains the two networks that come with the page, and writes their checkpoints: `cargo xtask checkpoint`.
//!
//! The *reader* is the small network, trained on MNIST. The *detector* tells digits from other drawings: it learns from
//! MNIST's digits and the built-in hand's on the one side, and on the other from drawings that the program makes
//! (`receptive_data::doodles`). Seeds are fixed, so the files are the same each time.
#![expect(clippy::print_stdout, reason = "a command tells what it made")]

use receptive_core::Rng;
use receptive_data::doodles::{self, Kind};
use receptive_data::{
    EpochOrder, Images,
    digits::{self, PIXELS},
    idx,
};
use receptive_nn::{
    Checkpoint, CpuEngine, Optimiser, OptimiserState, Parameters, Preset, Program, Purpose, Record, Schedule, Spec,
};
use std::error::Error;
use std::path::Path;
use std::{env, fs};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const SEED: u64 = 1;
const BATCH: usize = 32;
const READER_EPOCHS: u32 = 10;
const DETECTOR_EPOCHS: u32 = 6;
/// The detector: two small convolutions and two logits, digit and no digit.
const DETECTOR: &str = "28x28x1:c8x5p2,r,m2,c16x5p2,r,m2,f,d2";
/// MNIST's training images from here on set the detector's threshold, and are not learned from.
const HELD_OUT: usize = 55_000;
/// Digits of the built-in hand, and other drawings of each kind, that the detector learns from.
const N_WRITTEN: usize = 20_000;
const N_DOODLES: usize = 7_000;
/// The share of held-out digits that the detector takes for none.
const FALSE_ALARMS: f64 = 0.005;
const DIGIT: u8 = 0;
const NO_DIGIT: u8 = 1;

/// Images, 0 to 1, with their classes.
#[derive(Default)]
struct Examples {
    pixels: Vec<f32>,
    labels: Vec<u8>,
}

impl Examples {
    fn of(images: &Images) -> Self {
        let pixels = images.pixels().iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
        Self { pixels, labels: images.labels().to_vec() }
    }

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn image(&self, i: usize) -> &[f32] {
        &self.pixels[i * PIXELS..][..PIXELS]
    }

    fn push(&mut self, image: &[f32], label: u8) {
        self.pixels.extend_from_slice(image);
        self.labels.push(label);
    }
}

fn main() -> Result {
    let folder = env::args().nth(1).ok_or("usage: checkpoint FOLDER_WITH_MNIST [reader|detector]")?;
    let read = |name: &str| fs::read(Path::new(&folder).join(name)).map_err(|error| format!("{name}: {error}"));
    let pair = |part: &str| -> Result<Examples> {
        let (images, labels) =
            (read(&format!("{part}-images-idx3-ubyte.gz"))?, read(&format!("{part}-labels-idx1-ubyte.gz"))?);
        Ok(Examples::of(&idx::pair(&images, &labels)?))
    };
    let (training, test) = (pair("train")?, pair("t10k")?);
    match env::args().nth(2).as_deref() {
        Some("reader") => write("reader", &reader(&training, &test)?),
        Some("detector") => write("detector", &detector(&training, &test)?),
        _ => {
            write("reader", &reader(&training, &test)?)?;
            write("detector", &detector(&training, &test)?)
        }
    }
}

/// The small network, after some epochs over MNIST.
fn reader(training: &Examples, test: &Examples) -> Result<Checkpoint> {
    let spec = Preset::Small.spec();
    let parameters = train(&spec, training, READER_EPOCHS, 0.002)?;
    let record = Record { n_training: training.len() as u32, n_epochs: READER_EPOCHS, ..Record::default() };
    let mut made = Checkpoint::rounded(spec, parameters, record);
    let rows = probabilities(&made, test)?;
    let is_right = |(row, &label): (&Vec<f32>, &u8)| row.iter().all(|p| *p <= row[usize::from(label)]);
    made.record.n_test = test.len() as u32;
    made.record.n_correct = rows.iter().zip(&test.labels).filter(|pair| is_right(*pair)).count() as u32;
    Ok(made)
}

/// The network that tells digits from other drawings.
fn detector(training: &Examples, test: &Examples) -> Result<Checkpoint> {
    let (mut known, mut held_out) = (Examples::default(), Examples::default());
    for i in 0..training.len() {
        let part = if i < HELD_OUT { &mut known } else { &mut held_out };
        part.push(training.image(i), DIGIT);
    }
    for i in 0..N_WRITTEN {
        let mut rng = Rng::stream(SEED, i as u64);
        let strokes = digits::write((i % 10) as u8, &mut rng);
        known.push(&doodles::on_sheet(&strokes, &mut rng), DIGIT);
    }
    for i in 0..N_DOODLES * Kind::LEARNING.len() {
        let kind = Kind::LEARNING[i % Kind::LEARNING.len()];
        known.push(&doodles::draw(kind, &mut Rng::stream(SEED + 1, i as u64)), NO_DIGIT);
    }
    let spec = Spec::read(DETECTOR)?;
    let parameters = train(&spec, &known, DETECTOR_EPOCHS, 0.002)?;
    let record = Record { n_training: known.len() as u32, n_epochs: DETECTOR_EPOCHS, ..Record::default() };
    let mut made = Checkpoint::rounded(spec, parameters, record);
    let mut sure: Vec<f32> = probabilities(&made, &held_out)?.iter().map(|row| row[0]).collect();
    sure.sort_by(f32::total_cmp);
    // Not above a half: what is more probably a digit than not is taken for one.
    made.record.threshold = (1e6 * sure[(FALSE_ALARMS * sure.len() as f64) as usize].min(0.5)) as u32;
    let least = made.record.least_probability();
    made.record.n_test = test.len() as u32;
    made.record.n_correct = probabilities(&made, test)?.iter().filter(|row| row[0] >= least).count() as u32;
    for kind in Kind::LEARNING.into_iter().chain(Kind::UNSEEN) {
        let mut drawn = Examples::default();
        (0..1000).for_each(|i| drawn.push(&doodles::draw(kind, &mut Rng::stream(SEED + 2, i)), NO_DIGIT));
        let n = probabilities(&made, &drawn)?.iter().filter(|row| row[0] < least).count();
        println!("{kind:?}: {n} of 1000 are found to be no digit");
    }
    Ok(made)
}

/// A network after so many epochs over the images, its rate falling to zero.
fn train(spec: &Spec, images: &Examples, epochs: u32, learning_rate: f32) -> Result<Parameters> {
    let mut engine = CpuEngine::new(Program::compile(spec, BATCH, Purpose::Training(Optimiser::ADAM))?);
    let mut parameters = Parameters::init(spec, SEED)?;
    let mut state = OptimiserState::new(Optimiser::ADAM, &parameters);
    let n_steps = epochs * (images.len() / BATCH) as u32;
    let (mut pixels, mut labels, mut step) = (vec![0.0; BATCH * PIXELS], vec![0; BATCH], 0);
    for epoch in 0..epochs {
        let (mut loss, mut n) = (0.0, 0.0);
        for batch in EpochOrder::new(SEED, epoch, images.len(), &[images.len()]).indices().chunks_exact(BATCH) {
            for (place, &i) in batch.iter().enumerate() {
                pixels[place * PIXELS..][..PIXELS].copy_from_slice(images.image(i as usize));
                labels[place] = images.labels[i as usize];
            }
            let rate = Schedule::LINEAR.rate(learning_rate, step, n_steps);
            loss += engine.train_step(&mut parameters, &mut state, &pixels, &labels, rate).loss;
            (step, n) = (step + 1, n + 1.0);
        }
        println!("epoch {} of {epochs}: loss {:.4}", epoch + 1, loss / n);
    }
    Ok(parameters)
}

/// The classes' probabilities of every image.
fn probabilities(checkpoint: &Checkpoint, images: &Examples) -> Result<Vec<Vec<f32>>> {
    let mut engine = CpuEngine::new(Program::compile(&checkpoint.spec, 1, Purpose::Inference)?);
    let parameters = checkpoint.parameters()?;
    let mut read = |i| {
        engine.forward(&parameters, images.image(i));
        engine.probabilities().to_vec()
    };
    Ok((0..images.len()).map(&mut read).collect())
}

fn write(name: &str, checkpoint: &Checkpoint) -> Result {
    let bytes = checkpoint.to_compact()?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("checkpoints/{name}.bin"));
    fs::write(&path, &bytes)?;
    println!("{name}: {} bytes, {:?}", bytes.len(), checkpoint.record);
    Ok(())
}
