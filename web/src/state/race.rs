//! The settings of a race of update rules, and the runs that it is made of.

use super::AppState;
use super::settings::{LabState, read_count, read_learning_rate};
use super::table::{Place, Row};
use receptive_lessons::say;
use receptive_nn::Optimiser;
use receptive_train::protocol::RunConfig;

/// The most steps of a race.
const MOST_STEPS: u32 = 10_000;

/// The settings of a race. All others are the Lab's.
#[derive(Clone, Debug, PartialEq)]
pub struct RaceSettings {
    /// The rules that take part; nothing while no race is thought of.
    pub rules: Option<Vec<Optimiser>>,
    /// Steps of each.
    pub n_steps: u32,
    /// One learning rate for all; without one each has its [usual one](usual_rate).
    pub rate: Option<f32>,
}

impl Default for RaceSettings {
    fn default() -> Self {
        Self { rules: None, n_steps: 200, rate: None }
    }
}

impl RaceSettings {
    /// True if a rule takes part.
    pub fn has(&self, rule: Optimiser) -> bool {
        self.rules.iter().flatten().any(|other| other.key() == rule.key())
    }

    /// Takes a rule in, or leaves it out.
    pub fn toggle(&mut self, rule: Optimiser) {
        let is_in = |other: Optimiser| self.has(other) != (other.key() == rule.key());
        self.rules = Some(Optimiser::ALL.into_iter().filter(|&other| is_in(other)).collect());
    }

    /// The runs of the race, one for each rule: the Lab's settings, another rule, as many steps as were asked for. Of
    /// `n_left` training images they see only as many as they need; when there are fewer, they see them more than once, and
    /// the steps are rounded down to whole epochs.
    pub fn runs(&self, lab: &LabState, seed: u32, n_left: u32) -> Vec<RunConfig> {
        let n_images = lab.n_training.map_or(n_left, |n| n.min(n_left)).max(1);
        let most = (n_images / lab.batch.max(1)).max(1);
        let epochs = self.n_steps.div_ceil(most).min(1000);
        let n_training = (self.n_steps / epochs).min(most) * lab.batch;
        let run = |&optimiser: &Optimiser| RunConfig {
            optimiser,
            learning_rate: self.rate.unwrap_or_else(|| usual_rate(optimiser)),
            epochs,
            n_training: Some(n_training),
            ..lab.config(seed)
        };
        self.rules.iter().flatten().map(run).collect()
    }
}

/// The learning rate that a rule usually has: what PyTorch sets if nothing else is said (`torch.optim`, version 2). The
/// three kinds of plain gradient descent have Keras's 0.01 instead: PyTorch's 0.001 shows little in a few hundred steps.
pub fn usual_rate(rule: Optimiser) -> f32 {
    match rule.key() {
        "sgd" | "momentum" | "nesterov" | "adagrad" | "rmsprop" => 0.01,
        "adadelta" => 1.0,
        "adamax" | "nadam" => 0.002,
        _ => 0.001,
    }
}

/// The rules, by their names; `all` for all of them.
pub(super) const RULES: Row = Row {
    key: "race",
    place: Place::View,
    print: |state| match &state.race.rules {
        None => String::new(),
        Some(rules) if rules.len() == Optimiser::ALL.len() => "all".into(),
        Some(rules) if rules.is_empty() => "none".into(),
        Some(rules) => rules.iter().map(|rule| rule.key()).collect::<Vec<_>>().join(","),
    },
    read: |state, text| {
        let refused = || say!("compare.race.rules", choices = Optimiser::ALL.map(Optimiser::key).join(", "));
        let named = match text {
            "all" => Optimiser::ALL.to_vec(),
            "none" => vec![],
            _ => text.split(',').map(Optimiser::from_key).collect::<Option<_>>().ok_or_else(refused)?,
        };
        // Each once, in the usual order.
        let is_named = |rule: &Optimiser| named.iter().any(|other: &Optimiser| other.key() == rule.key());
        state.race.rules = Some(Optimiser::ALL.into_iter().filter(is_named).collect());
        Ok(())
    },
};

/// The steps of each.
pub(super) const STEPS: Row = Row {
    key: "racesteps",
    place: Place::View,
    print: |state: &AppState| state.race.n_steps.to_string(),
    read: |state, text| {
        state.race.n_steps = read_count(text, &say!("compare.race.steps"), 1, MOST_STEPS)?;
        Ok(())
    },
};

/// One learning rate for all; empty for the usual ones.
pub(super) const RATE: Row = Row {
    key: "racerate",
    place: Place::View,
    print: |state: &AppState| state.race.rate.map_or_else(String::new, |rate| rate.to_string()),
    read: |state, text| {
        state.race.rate = match text.trim() {
            "" => None,
            text => Some(read_learning_rate(text)?),
        };
        Ok(())
    },
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_race_has_as_many_steps_as_were_asked_for_or_whole_epochs_of_what_there_is() {
        let lab = LabState { batch: 32, ..LabState::default() };
        let race = |n_steps| RaceSettings { rules: Some(Optimiser::ALL.to_vec()), n_steps, rate: None };
        for (n_steps, n_left, epochs, per_epoch) in
            [(200, 6400, 1, 200), (200, 3200, 2, 100), (200, 3199, 3, 66), (200, 320, 20, 10), (1, 58_000, 1, 1)]
        {
            let runs = race(n_steps).runs(&lab, 7, n_left);
            assert_eq!(runs.len(), Optimiser::ALL.len());
            for run in &runs {
                assert_eq!((run.epochs, run.n_training), (epochs, Some(per_epoch * 32)), "{n_steps} of {n_left}");
                assert_eq!((run.seed, run.batch, &run.spec), (7, 32, &lab.network.spec()));
            }
        }
        let runs = race(100).runs(&LabState { n_training: Some(640), ..lab.clone() }, 7, 58_000);
        assert!(runs.iter().all(|run| (run.epochs, run.n_training) == (5, Some(640))));
        // Fewer than one batch: the run refuses them as any other does.
        assert_eq!(race(5).runs(&lab, 7, 10)[0].n_training, Some(32));
    }

    #[test]
    fn each_rule_has_its_rate_unless_there_is_one_for_all() {
        let race = RaceSettings { rules: Some(vec![Optimiser::MOMENTUM, Optimiser::ADAM]), ..RaceSettings::default() };
        let rates = |race: &RaceSettings| -> Vec<f32> {
            race.runs(&LabState::default(), 7, 58_000).iter().map(|run| run.learning_rate).collect()
        };
        assert_eq!(rates(&race), [0.01, 0.001]);
        assert_eq!(rates(&RaceSettings { rate: Some(0.5), ..race }), [0.5, 0.5]);
    }

    #[test]
    fn rules_are_taken_in_and_left_out_in_the_usual_order() {
        let mut race = RaceSettings { rules: Some(vec![]), ..RaceSettings::default() };
        for rule in Optimiser::ALL.into_iter().rev() {
            race.toggle(rule);
            assert!(race.has(rule));
        }
        assert_eq!(race.rules, Some(Optimiser::ALL.to_vec()));
        race.toggle(Optimiser::ALL[1]);
        assert!(!race.has(Optimiser::ALL[1]) && race.has(Optimiser::ALL[0]));
        let mut state = AppState::default();
        assert_eq!((RULES.read)(&mut state, "adam,sgd,adam"), Ok(()));
        assert_eq!((RULES.print)(&state), "sgd,adam");
    }
}
