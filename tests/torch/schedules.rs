//! Learning rates against `torch.optim.lr_scheduler`.

use libtest_mimic::{Failed, Trial};
use receptive_nn::{Course, Plateau, Schedule};
use receptive_tests::close::{Tolerance, close};
use receptive_tests::goldens::TorchSchedule;
use serde_json::Value;

/// A few roundings of single precision; a cosine near its end is the difference of numbers that are almost equal.
const TOLERANCE: Tolerance = Tolerance { abs: 1e-7, rel: 2e-6 };

/// A trial for each schedule.
pub(crate) fn trials(schedules: Vec<TorchSchedule>) -> Vec<Trial> {
    let trial = |schedule: TorchSchedule| {
        Trial::test(format!("torch schedule {}", schedule.name), move || {
            check(&schedule)?;
            let mut wrong = schedule;
            let at = wrong.rates.len() / 2;
            wrong.rates[at] *= 1.001;
            check(&wrong).err().map(|_| ()).ok_or_else(|| "a wrong rate was not noticed".into())
        })
    };
    schedules.into_iter().map(trial).collect()
}

fn course(course: &Value) -> Result<Course, Failed> {
    let number = |key: &str| course[key].as_f64().ok_or_else(|| Failed::from(format!("no {key}")));
    let key = course["key"].as_str().unwrap_or_default();
    let usual = Course::from_key(key).ok_or_else(|| format!("no course {key}"))?;
    Ok(match usual {
        Course::Step { .. } => Course::Step { factor: number("factor")? as f32, stairs: number("stairs")? as u32 },
        Course::Exponential { .. } => Course::Exponential { factor: number("factor")? as f32 },
        Course::Plateau(_) => Course::Plateau(Plateau {
            factor: number("factor")? as f32,
            patience: number("patience")? as u32,
            threshold: number("threshold")? as f32,
        }),
        other => other,
    })
}

fn check(recorded: &TorchSchedule) -> Result<(), Failed> {
    let n_steps = recorded.n_steps;
    let schedule = Schedule {
        course: course(&recorded.course)?,
        warm_up: recorded.warm_up as f32 / n_steps as f32,
        lowest: recorded.lowest as f32,
    };
    let losses = recorded.measured.iter().flatten();
    let measured: Vec<_> = losses.map(|&(iteration, loss)| (iteration, loss as f32)).collect();
    let rates: Vec<_> = schedule.sampled(recorded.base as f32, n_steps, n_steps - 1, &measured).collect();
    if rates.len() != recorded.rates.len() {
        return Err(format!("{} rates for {}", rates.len(), recorded.rates.len()).into());
    }
    for ((step, got), want) in rates.into_iter().zip(&recorded.rates) {
        if !close(got.into(), *want, TOLERANCE) {
            return Err(format!("{}, step {step}: {got} for {want}", recorded.torch).into());
        }
    }
    Ok(())
}
