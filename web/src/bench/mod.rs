//! The measurements of the bench page: training and reading digits, through the same worker and the same messages as the
//! Lab.
//!
//! Speeds are the medians of what a worker reports while it trains, so that a moment in which the machine was busy with
//! something else does not count. Every measurement starts a worker of its own, and ends it.

mod ceiling;
mod rig;
mod workload;

use crate::platform::dom::now_millis;
use receptive_nn::{Head, Optimiser, Schedule};
use receptive_train::Recipe;
use receptive_train::protocol::{DatasetKind, EngineChoice, Event, RunConfig, RunEvent, Split};
use rig::Rig;
use workload::Workload;

/// Training images of the measurements, from the front of MNIST.
const N_TRAINING: u32 = 6000;
/// Images that are read at once.
const N_READ: usize = 256;
/// Seed of weights and shuffles.
const SEED: u64 = 1;
/// Passes over the images that no measurement comes to the end of.
const MANY_EPOCHS: u32 = 100_000;
/// The least number of steps of training that is not timed: caches fill up.
const WARM_STEPS: u32 = 5;
/// Spans between two messages, or answers, that a speed is the median of at least.
const MIN_SPANS: usize = 5;

/// A measurement's figures by their names.
pub type Figures = Vec<(&'static str, f64)>;

/// The terms of a measurement.
pub struct Terms {
    /// Workers asked for.
    pub n_workers: u32,
    /// The engine to train on. Where it cannot be used, the measurement fails.
    pub engine: EngineChoice,
    /// The time that a speed is measured for, in milliseconds, after as long a start that does not count.
    pub at_least_millis: f64,
    /// The time after which a measurement ends with what it has, in milliseconds.
    pub at_most_millis: f64,
}

/// Measures what a mode's name says.
///
/// # Errors
/// Fails if there is no such mode or workload, or the worker reports a problem.
pub async fn measure(workload: &str, mode: &str, terms: &Terms) -> Result<Figures, String> {
    if mode == "ceiling" {
        return Ok(ceiling::measure(terms.at_least_millis));
    }
    if let Some(recipe) = Recipe::ALL.into_iter().find(|recipe| mode == format!("learn{}", recipe.percent())) {
        return to_the_end(recipe.config(SEED), terms).await;
    }
    let workload = Workload::from_key(workload).ok_or(format!("there is no workload {workload}"))?;
    match mode {
        "train" => train(&workload, terms).await,
        "infer" => infer(&workload, terms).await,
        "epoch" => epoch(&workload, terms).await,
        _ => Err(format!("there is no mode {mode}")),
    }
}

/// Plain SGD over the first training images.
fn config(workload: &Workload) -> RunConfig {
    RunConfig {
        dataset: DatasetKind::Mnist,
        spec: workload.preset.spec(),
        optimiser: Optimiser::SGD,
        loss: Head::CrossEntropy,
        learning_rate: 0.01,
        schedule: Schedule::CONSTANT,
        batch: workload.batch,
        epochs: 1,
        seed: SEED,
        n_training: Some(N_TRAINING),
        n_validation: 0,
        validate_every: None,
    }
}

/// Training images per second: the median over the spans between two messages of the worker.
async fn train(workload: &Workload, terms: &Terms) -> Result<Figures, String> {
    let began = now_millis();
    let mut rig = Rig::start(terms);
    rig.open(RunConfig { epochs: MANY_EPOCHS, ..config(workload) });
    rig.train();
    let (first_at, first) = rig.steps().await?;
    let mut last = (first_at, first);
    let (mut speeds, mut counting_from) = (Vec::new(), f64::INFINITY);
    let is_capped = loop {
        let (before, (at, record)) = (last, rig.steps().await?);
        last = (at, record);
        if at > counting_from {
            let n_images = f64::from(record.iteration - before.1.iteration) * f64::from(workload.batch);
            speeds.push(1000.0 * n_images / (at - before.0));
        } else if record.iteration > WARM_STEPS && at - first_at > terms.at_least_millis {
            counting_from = at;
        }
        if speeds.len() >= MIN_SPANS && at - counting_from > terms.at_least_millis {
            break false;
        }
        if at - began > terms.at_most_millis {
            break true;
        }
    };
    let speed = median(&mut speeds);
    Ok(vec![
        ("imgsPerSec", speed),
        ("gflops", speed * workload.training_flops() / 1e9),
        ("firstStepMs", first_at),
        ("workers", f64::from(rig.n_used())),
        ("gpu", f64::from(u8::from(rig.is_on_gpu()))),
        ("loss", f64::from(last.1.loss)),
        ("capped", f64::from(u8::from(is_capped))),
    ])
}

/// Images read per second: batches are handed to the worker one after another, and their probabilities handed back.
async fn infer(workload: &Workload, terms: &Terms) -> Result<Figures, String> {
    let began = now_millis();
    let mut rig = Rig::start(terms);
    rig.open(RunConfig { batch: N_READ as u32, ..config(workload) });
    let images = rig.images(Split::Test, N_READ as u32).await?;
    let (mut times, mut counting_from) = (Vec::new(), f64::INFINITY);
    let is_capped = loop {
        let asked = now_millis();
        let (at, probabilities) = rig.predict(images.clone()).await?;
        if probabilities.len() != N_READ * 10 {
            return Err(format!("{} probabilities for {N_READ} digits", probabilities.len()));
        }
        if asked > counting_from {
            times.push(at - asked);
        } else if at - began > terms.at_least_millis {
            counting_from = asked;
        }
        if times.len() >= MIN_SPANS && at - counting_from > terms.at_least_millis {
            break false;
        }
        if at - began > terms.at_most_millis {
            break true;
        }
    };
    let speed = 1000.0 * N_READ as f64 / median(&mut times);
    Ok(vec![
        ("imgsPerSec", speed),
        ("gflops", speed * workload.forward_flops() / 1e9),
        ("workers", f64::from(rig.n_used())),
        ("capped", f64::from(u8::from(is_capped))),
    ])
}

/// One epoch over the training images, and what is then right of the 10,000 test images.
async fn epoch(workload: &Workload, terms: &Terms) -> Result<Figures, String> {
    to_the_end(config(workload), terms).await
}

/// Trains and tests; time runs from the moment the worker, which is up, is sent the run, its images still to be fetched, to
/// the test's result.
async fn to_the_end(config: RunConfig, terms: &Terms) -> Result<Figures, String> {
    let mut rig = Rig::start(terms);
    rig.ready().await?;
    let batch = config.batch;
    let mut n_steps = 0;
    let began = now_millis();
    rig.open(config);
    rig.train();
    loop {
        let (at, event) = rig.next().await?;
        if let Event::Run { event: RunEvent::Steps(steps), .. } = &event {
            n_steps += steps.len();
        } else if let Event::Run { event: RunEvent::Tested(report), .. } = event {
            return Ok(vec![
                ("images", n_steps as f64 * f64::from(batch)),
                ("accuracy", f64::from(report.n_correct) / f64::from(report.n_images)),
                ("seconds", (at - began) / 1000.0),
                ("workers", f64::from(rig.n_used())),
            ]);
        }
        if at - began > terms.at_most_millis {
            return Ok(vec![("capped", 1.0)]);
        }
    }
}

/// The middle value; NaN of none.
fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let at = |i: usize| values.get(i).copied().unwrap_or(f64::NAN);
    (at(values.len().saturating_sub(1) / 2) + at(values.len() / 2)) / 2.0
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn a_median_is_the_middle_or_between_the_two_in_the_middle() {
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&mut []).is_nan());
    }
}
