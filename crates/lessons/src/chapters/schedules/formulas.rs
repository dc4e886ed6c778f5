//! The formula of each course, with the numbers of one step plugged in.

use crate::formula::Formula;
use crate::number::short;
use crate::{number, say};
use receptive_nn::{Course, Schedule};

/// A step of a run, and the rate that it is taken with.
#[derive(Clone, Copy)]
pub(super) struct At {
    /// The step, from 0.
    pub(super) step: u32,
    pub(super) n_steps: u32,
    pub(super) base: f32,
    /// Cuts of the rate by then.
    pub(super) n_cuts: u32,
    /// The rate.
    pub(super) rate: f32,
}

/// A rate as it is read: its first four digits, without zeros at the end.
pub(super) fn rate_text(rate: f32) -> String {
    short(&four_digits_of(rate))
}

/// The first four digits of a rate, as the machine writes them.
fn four_digits_of(rate: f32) -> String {
    let size = libm::floor(libm::log10(f64::from(rate.max(f32::MIN_POSITIVE))));
    let n_decimals = (3.0 - size).clamp(3.0, 12.0) as usize;
    format!("{rate:.n_decimals$}")
}

/// The formula of the rate at a step.
pub(super) fn formula(schedule: Schedule, at: At) -> Formula {
    let (part, left) = notation(schedule, at);
    let result = rate_text(at.rate);
    // What is printed is exact as long as it is the rate that the engine takes.
    let printed: f64 = four_digits_of(at.rate).parse().unwrap_or(f64::NAN);
    let is_exact = (printed - f64::from(at.rate)).abs() <= 1e-6 * printed.abs();
    let sign = if is_exact { "=" } else { "≈" };
    Formula::new("rate", say!(format!("schedules.formula.{part}")), &format!("η = {left} {sign} {result}"))
}

/// The name of the part of the course that a step is in, and its formula before the equals sign.
fn notation(schedule: Schedule, At { step, n_steps, base, n_cuts, .. }: At) -> (&'static str, String) {
    let n_warm = schedule.n_warm(n_steps);
    let rate = rate_text(base);
    if step < n_warm {
        return ("warm", format!("{rate} · frac({} + 1, {n_warm} + 1)", step));
    }
    let (k, n) = (step - n_warm, n_steps - n_warm);
    let share = format!("frac({k}, {n})");
    let lowest = schedule.lowest.min(base);
    let low = rate_text(lowest);
    let (above, height) = match lowest {
        0.0 => (String::new(), rate.clone()),
        _ => (format!("{low} + "), format!("({rate} − {low})")),
    };
    match schedule.course {
        Course::Constant => ("constant", rate),
        Course::Linear => ("linear", format!("{above}{height} · (1 − {share})")),
        Course::Step { factor, stairs } => {
            let stair = schedule.course.stair(k, n);
            (
                "step",
                format!(
                    "{rate} · sup({}, floor(frac({k} · {stairs}, {n}))) = {rate} · sup({}, {stair})",
                    number(factor),
                    number(factor)
                ),
            )
        }
        Course::Exponential { factor } => ("exponential", format!("{rate} · sup({}, {share})", number(factor))),
        Course::Cosine => ("cosine", format!("{above}{height} · frac(1 + cos(π · {share}), 2)")),
        Course::OneCycle => one_cycle(base, k, n),
        Course::Plateau(plateau) => {
            let cut = format!("{rate} · sup({}, {n_cuts})", number(plateau.factor));
            ("plateau", if lowest > 0.0 { format!("max({cut}; {low})") } else { cut })
        }
    }
}

/// Up to the rate along half a wave, and down along another.
fn one_cycle(base: f32, k: u32, n: u32) -> (&'static str, String) {
    let first = base / Course::FIRST_DIVISOR;
    let t = k as f32 / n.max(1) as f32;
    let wave = |from: f32, to: f32, share: String| {
        format!("{} + ({} − {}) · frac(1 + cos(π · {share}), 2)", rate_text(to), rate_text(from), rate_text(to))
    };
    if t < Course::RISE {
        return ("up", wave(first, base, format!("frac({k}, {})", number(Course::RISE * n as f32))));
    }
    let (after, rest) = (k as f32 - Course::RISE * n as f32, (1.0 - Course::RISE) * n as f32);
    ("down", wave(base, first / Course::LAST_DIVISOR, format!("frac({}, {})", number(after), number(rest))))
}
