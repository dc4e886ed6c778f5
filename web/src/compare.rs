//! Runs side by side: what tells their settings apart, and their lines. No browser here.

use crate::run_model::{Mean, Track};
use crate::state::{AppState, LabState, Place, ROWS};
use receptive_lessons::say;
use receptive_nn::Preset;
use receptive_train::protocol::{DatasetKind, RunConfig};

/// Rows of the Lab that are no settings of a run, or are named only where nothing else differs.
const NOT_NAMED: [&str; 4] = ["workers", "engine", "netfrom", "seed"];
/// What names a run that differs from no other.
const ALWAYS: [&str; 2] = ["opt", "lr"];

/// A name for each of several runs: the settings in which they differ. Runs that differ in none are told apart by their
/// seeds. One alone is named by its rule and its rate.
pub fn names(configs: &[&RunConfig]) -> Vec<String> {
    let rows = ROWS.iter().filter(|row| row.place == Place::Lab && !NOT_NAMED.contains(&row.key));
    let states: Vec<AppState> =
        configs.iter().map(|config| AppState { lab: LabState::of(config), ..AppState::default() }).collect();
    let differing: Vec<(&str, Vec<String>)> = rows
        .map(|row| {
            let value = |state: &AppState| match (row.key, state.lab.dataset) {
                ("data", DatasetKind::Own) => "own".into(),
                _ => (row.print)(state),
            };
            (row.key, states.iter().map(value).collect::<Vec<_>>())
        })
        .filter(|(key, values)| match configs.len() {
            1 => ALWAYS.contains(key),
            _ => values.iter().any(|value| *value != values[0]),
        })
        .collect();
    let named =
        |i: usize| differing.iter().map(|(key, values)| setting(key, &values[i])).collect::<Vec<_>>().join(", ");
    let names: Vec<String> = (0..configs.len()).map(named).collect();
    let is_shared = |name: &String| name.is_empty() || names.iter().filter(|other| *other == name).count() > 1;
    let with_seed = |(name, config): (&String, &&RunConfig)| {
        let seed = is_shared(name).then(|| say!("compare.seed", n = config.seed));
        (!name.is_empty()).then(|| name.clone()).into_iter().chain(seed).collect::<Vec<_>>().join(", ")
    };
    names.iter().zip(configs).map(with_seed).collect()
}

/// A setting in a few words.
fn setting(key: &str, value: &str) -> String {
    match key {
        "opt" | "data" => say!(format!("lab.option.{key}.{value}")),
        "net" if Preset::from_key(value).is_some() => say!(format!("lab.option.{key}.{value}")),
        "net" => value.into(),
        "lr" => say!("compare.rate", value = value),
        "schedule" => say!("compare.schedule", how = say!(format!("lab.option.{key}.{value}"))),
        "ntrain" if value.is_empty() => say!("compare.setting-all", name = say!(format!("lab.field.{key}"))),
        "every" if value.is_empty() => {
            say!("compare.setting", name = say!("lab.field.every"), value = say!("lab.settings.each-epoch"))
        }
        _ if value.is_empty() => say!("compare.setting-usual", name = say!(format!("lab.field.{key}"))),
        _ => say!("compare.setting", name = say!(format!("lab.field.{key}")), value = value),
    }
}

/// What stands for a run in its charts and beside its name.
pub fn letter(i: usize) -> char {
    char::from(b'A' + (i % 26) as u8)
}

/// A run's line: for each stretch of its steps, the images seen at its end and the mean over its batches. A mean that is
/// not finite has no place on a chart.
pub fn line(track: &Track, value: fn(&Mean) -> f32) -> Vec<(u32, f32)> {
    let point = |mean: Mean| (mean.iteration.saturating_mul(track.config.batch), value(&mean));
    track.summary.means().map(point).filter(|(_, value)| value.is_finite()).collect()
}

/// The value of a line where so many images have been seen: that of the stretch that they are in; nothing behind its end.
pub fn value_at(line: &[(u32, f32)], n_images: u32) -> Option<f32> {
    line.iter().find(|point| point.0 >= n_images).map(|point| point.1)
}

/// The largest loss that a chart of these lines has room for: a bit more than where any began. A loss that runs away
/// would press all others flat.
pub fn ceiling<'a>(lines: impl Iterator<Item = &'a [(u32, f32)]>) -> f32 {
    lines.filter_map(|line| line.first()).map(|point| 1.15 * point.1).fold(0.5, f32::max).min(25.0)
}

/// At most six marks on an axis from 0 to `most`: multiples of 1, 2 or 5 times a power of ten.
pub fn ticks(most: f64) -> Vec<f64> {
    let power = 10f64.powf((most.max(f64::MIN_POSITIVE) / 5.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|times| times * power).into_iter().find(|step| most / step <= 5.0);
    let step = step.unwrap_or(most);
    (0..=5).map(|i| f64::from(i) * step).filter(|tick| *tick <= most * 1.000_001).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use receptive_nn::Optimiser;

    fn config(change: impl Fn(&mut LabState)) -> RunConfig {
        let mut lab = LabState::default();
        change(&mut lab);
        lab.config(lab.seed.unwrap_or(7))
    }

    fn named(configs: &[RunConfig]) -> Vec<String> {
        names(&configs.iter().collect::<Vec<_>>())
    }

    #[test]
    fn runs_are_named_by_what_differs_and_by_nothing_else() {
        let adam = config(|_| {});
        let sgd = config(|lab| (lab.optimiser, lab.learning_rate, lab.seed) = (Optimiser::ALL[0], 0.1, Some(9)));
        assert_eq!(named(&[adam.clone(), sgd.clone()]), ["Adam, rate 0.002", "SGD, rate 0.1"]);
        let slower = config(|lab| lab.learning_rate = 0.0001);
        assert_eq!(named(&[adam.clone(), slower]), ["rate 0.002", "rate 0.0001"]);
        let [batch, all] = [config(|lab| lab.batch = 64), config(|lab| lab.n_training = Some(500))];
        assert_eq!(named(&[batch, all]), ["Batch 64, Training images: all", "Batch 32, Training images 500"]);
        assert_eq!(named(&[adam]), ["Adam, rate 0.002"]);
        assert_eq!(named(&[]), [""; 0]);
    }

    #[test]
    fn equal_settings_are_told_apart_by_their_seeds() {
        let of = |seed, rate| config(|lab| (lab.seed, lab.learning_rate) = (Some(seed), rate));
        assert_eq!(named(&[of(1, 0.1), of(2, 0.1)]), ["seed 1", "seed 2"]);
        assert_eq!(named(&[of(1, 0.1), of(2, 0.1), of(3, 0.2)]), ["rate 0.1, seed 1", "rate 0.1, seed 2", "rate 0.2"]);
    }

    #[test]
    fn a_run_gives_its_settings_back() {
        let config = config(|lab| {
            (lab.dataset, lab.batch, lab.n_validation, lab.epochs) = (DatasetKind::BuiltIn, 3, 40, 5);
            (lab.n_training, lab.seed) = (Some(77), Some(u32::MAX));
        });
        let lab = LabState::of(&config);
        assert_eq!((lab.seed, lab.config(u32::MAX)), (Some(u32::MAX), config.clone()));
    }

    #[test]
    fn marks_on_an_axis_are_few_round_and_within() {
        for most in [0.5, 1.0, 2.65, 3.0, 31.0, 6400.0, 58_000.0, 6e7] {
            let ticks = ticks(most);
            assert!((3..=6).contains(&ticks.len()) && ticks[0] == 0.0, "{most}: {ticks:?}");
            assert!(ticks.iter().all(|tick| *tick <= most * 1.001), "{most}: {ticks:?}");
        }
    }

    #[test]
    fn a_line_has_a_value_as_far_as_it_goes() {
        let line = [(32, 2.0), (64, 1.0)];
        assert_eq!([0, 32, 33, 64, 65].map(|n| value_at(&line, n)), [Some(2.0), Some(2.0), Some(1.0), Some(1.0), None]);
        assert!(ceiling([&[(32, 2.0), (64, 1e9)][..]].into_iter()) < 3.0);
    }
}
