//! Learning rates, and the path of SGD under them, each step from the one before.

use super::Oracle;
use super::reading::{near, table};
use receptive_e2e::screen::{Screen, number};
use receptive_lessons::keys;
use receptive_lessons::settings::{Settings, Value};
use std::f64::consts::PI;

pub(super) const ORACLE: Oracle = Oracle {
    chapter: "schedules",
    n_rounds: 16,
    vary: |settings, _, round| {
        let courses = ["constant", "linear", "step", "exponential", "cosine", "onecycle", "plateau"];
        settings.set("show", Value::Choice("small"));
        settings.set("course", Value::Choice(courses[round % courses.len()]));
        // Beyond that the path between two valleys is chaos, where the last bit of a rate decides.
        if settings.choice(keys::SURFACE) == "minima" {
            let rate = settings.real(keys::RATE).min(0.3);
            settings.set("rate", Value::Real(rate));
        }
    },
    check,
    outputs: |_| &["path", "steps"],
};

const N_STEPS: usize = 60;
/// Four digits are shown.
const SLACK: f64 = 5.5e-4;

/// Of a number below ten, four digits leave no more than single precision loses on the way.
fn slack(wanted: f64) -> f64 {
    wanted.abs() * if wanted.abs() < 10.0 { 5e-5 } else { SLACK } + 2e-6
}

const POINTS: [[f64; 2]; 8] =
    [[-0.9, -1.2], [0.2, -1.8], [1.9, -1.3], [2.2, 0.2], [1.6, 1.3], [0.5, 0.9], [-0.6, 0.8], [-0.1, -0.3]];

/// The settings as numbers.
struct Chosen {
    course: &'static str,
    is_noisy: bool,
    rate: f64,
    lowest: f64,
    factor: f64,
    stairs: f64,
    patience: usize,
    n_warm: usize,
}

impl Chosen {
    fn of(settings: &Settings) -> Self {
        let course = settings.choice(keys::COURSE);
        let rate = f64::from(settings.real(keys::RATE));
        Self {
            course,
            is_noisy: settings.choice(keys::SURFACE) == "points",
            rate,
            lowest: f64::from(settings.real(keys::FLOOR)).min(rate),
            factor: settings.real(keys::SHARE).into(),
            stairs: settings.count(keys::LEVELS) as f64,
            patience: settings.count(keys::WAIT),
            n_warm: if course == "onecycle" { 0 } else { settings.count(keys::RISE) },
        }
    }

    /// The rate of a step, by the formula of its course; `losses` are those after each step before it.
    fn rate(&self, step: usize, losses: &[f64]) -> f64 {
        let wave = |from: f64, to: f64, t: f64| to + (from - to) * (1.0 + (PI * t).cos()) / 2.0;
        let begin = if self.course == "onecycle" { self.rate / 25.0 } else { self.rate };
        if step < self.n_warm {
            return begin * (step + 1) as f64 / (self.n_warm + 1) as f64;
        }
        let t = (step - self.n_warm) as f64 / (N_STEPS - self.n_warm) as f64;
        match self.course {
            "linear" => self.lowest + (self.rate - self.lowest) * (1.0 - t),
            "step" => self.rate * self.factor.powf((self.stairs * t + 1e-9).floor()),
            "exponential" => self.rate * self.factor.powf(t),
            "cosine" => wave(self.rate, self.lowest, t),
            "onecycle" if t < 0.3 => wave(begin, self.rate, t / 0.3),
            "onecycle" => wave(self.rate, begin / 1e4, (t - 0.3) / 0.7),
            "plateau" => self.on_plateau(losses),
            _ => self.rate,
        }
    }

    /// As PyTorch's documentation describes it.
    fn on_plateau(&self, losses: &[f64]) -> f64 {
        let (mut best, mut n_bad, mut rate) = (f64::INFINITY, 0, self.rate);
        for (_, loss) in losses.iter().enumerate().filter(|(i, _)| i + 1 >= self.n_warm) {
            if *loss < best * (1.0 - 0.001) {
                (best, n_bad) = (*loss, 0);
            } else {
                n_bad += 1;
            }
            if n_bad > self.patience {
                (rate, n_bad) = ((rate * self.factor).max(self.lowest), 0);
            }
        }
        rate
    }

    fn loss(&self, [x, y]: [f64; 2]) -> f64 {
        if !self.is_noisy {
            return 0.25 * x.powi(4) - x * x + 0.3 * x + 0.5 * y * y;
        }
        POINTS.iter().map(|[a, b]| 0.5 * ((x - a).powi(2) + (y - b).powi(2))).sum::<f64>() / 8.0
    }
}

fn check(screen: &Screen, settings: &Settings) -> Result<(), String> {
    let chosen = Chosen::of(settings);
    let rows = table(screen, "path")?;
    let shown = |i: usize, column: usize| rows.get(i)?.get(column).and_then(|text| number(text));
    let mut at = if chosen.is_noisy { [-2.6, 2.4] } else { [-2.8, 1.5] };
    let (mut losses, mut gradients, mut rates): (Vec<f64>, Vec<f64>, Vec<f64>) = (vec![], vec![], vec![]);
    let mut places: Vec<f64> = vec![];
    for (i, row) in rows.iter().enumerate() {
        let loss = chosen.loss(at);
        for (what, text, wanted) in [("w1", &row[1], at[0]), ("w2", &row[2], at[1]), ("the loss", &row[3], loss)] {
            near(&format!("{what} after step {i}"), text, wanted, slack(wanted))?;
        }
        if i > 0 {
            losses.push(loss);
        }
        let rate = chosen.rate(i.min(N_STEPS - 1), &losses);
        let towards = |[a, b]: [f64; 2]| [at[0] - rate * (at[0] - a), at[1] - rate * (at[1] - b)];
        let gradient = if chosen.is_noisy {
            // Which point a step saw is left to chance: that one which leads to the next place.
            let off = |point: [f64; 2]| {
                let next = towards(point);
                (0..2).map(|k| (shown(i + 1, k + 1).unwrap_or(next[k]) - next[k]).abs()).sum::<f64>()
            };
            let seen = POINTS.into_iter().min_by(|a, b| off(*a).total_cmp(&off(*b))).unwrap_or_default();
            [at[0] - seen[0], at[1] - seen[1]]
        } else {
            [at[0].powi(3) - 2.0 * at[0] + 0.3, at[1]]
        };
        rates.push(rate);
        places.push(at[0]);
        gradients.push(gradient[0]);
        at = [0, 1].map(|k| at[k] - rate * gradient[k]);
    }
    let (rows, n) = (table(screen, "steps")?, rows.len());
    for (row, i) in rows.iter().zip(n - rows.len()..n) {
        near(&format!("the rate of step {i}"), &row[1], rates[i], 1e-5 * rates[i] + 1e-12)?;
        let path = &table(screen, "path")?[i];
        if [&row[2], &row[4]] != [&path[1], &path[3]] {
            return Err(format!("the last steps are not those of the path: {row:?} and {path:?}"));
        }
        // What the last step would see is known to the stage alone, but it is one of the points.
        let is_last = i + 1 == n && chosen.is_noisy;
        let wanted = if is_last {
            let given = number(&row[3]).unwrap_or(f64::NAN);
            POINTS
                .into_iter()
                .map(|[a, _]| places[i] - a)
                .min_by(|a, b| (a - given).abs().total_cmp(&(b - given).abs()))
        } else {
            Some(gradients[i])
        };
        let wanted = wanted.unwrap_or(f64::NAN);
        near(&format!("the gradient of step {i}"), &row[3], wanted, slack(wanted))?;
    }
    Ok(())
}
