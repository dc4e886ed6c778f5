//! The settings of the optimiser, as links carry them, and what is said beside those outside sense.

use super::settings::LabState;
use super::table::{Place, Row};
use receptive_lessons::{NumberKind, number, read, say};
use receptive_nn::{Optimiser, Rule, Setting};

/// The largest value that a setting takes.
const MOST: f64 = 1e6;

/// What was chosen of an optimiser's settings; the others are as they usually are. A setting stays chosen while the rule at
/// hand does not have it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tuning {
    /// The rule's own settings, in the order of [`Setting::ALL`].
    pub settings: [Option<f32>; Setting::ALL.len()],
    /// Weight decay.
    pub weight_decay: Option<f32>,
    /// The norm that gradients are clipped to; none if they are not.
    pub max_norm: Option<f32>,
}

impl Tuning {
    /// Everything of an optimiser that is not as it usually is.
    pub fn of(optimiser: Optimiser) -> Self {
        let usual = Optimiser::from_key(optimiser.key()).unwrap_or(optimiser);
        let (mut rule, mut usual_rule) = (optimiser.rule, usual.rule);
        let chosen = |setting| {
            let value = *rule.setting_mut(setting)?;
            (usual_rule.setting_mut(setting) != Some(&mut { value })).then_some(value)
        };
        Self {
            settings: Setting::ALL.map(chosen),
            weight_decay: (optimiser.weight_decay != usual.weight_decay).then_some(optimiser.weight_decay),
            max_norm: optimiser.max_norm,
        }
    }
}

impl LabState {
    /// The optimiser with all that was chosen of it.
    pub fn tuned(&self) -> Optimiser {
        let Tuning { settings, weight_decay, max_norm } = self.tuning;
        let mut rule = self.optimiser.rule;
        for (setting, chosen) in Setting::ALL.into_iter().zip(settings) {
            if let (Some(value), Some(chosen)) = (rule.setting_mut(setting), chosen) {
                *value = chosen;
            }
        }
        Optimiser { rule, weight_decay: weight_decay.unwrap_or(self.optimiser.weight_decay), max_norm }
    }
}

/// A row of a choice: empty where none was made.
macro_rules! row {
    ($key:expr, $($field:tt)+) => {
        Row {
            key: $key,
            place: Place::Lab,
            print: |state| state.lab.tuning.$($field)+.map_or_else(String::new, text),
            read: |state, text| {
                state.lab.tuning.$($field)+ = read_setting(text)?;
                Ok(())
            },
        }
    };
}

/// A row for each of [`Setting::ALL`], in its order.
pub(super) const MOMENTUM: Row = row!(Setting::ALL[0].key(), settings[0]);
pub(super) const BETA1: Row = row!(Setting::ALL[1].key(), settings[1]);
pub(super) const BETA2: Row = row!(Setting::ALL[2].key(), settings[2]);
pub(super) const RHO: Row = row!(Setting::ALL[3].key(), settings[3]);
pub(super) const EPSILON: Row = row!(Setting::ALL[4].key(), settings[4]);
pub(super) const WEIGHT_DECAY: Row = row!("decay", weight_decay);
pub(super) const MAX_NORM: Row = Row {
    read: |state, text| {
        let norm = read_setting(text)?;
        if norm == Some(0.0) {
            return Err(say!("links.clip"));
        }
        state.lab.tuning.max_norm = norm;
        Ok(())
    },
    ..row!("clip", max_norm)
};

/// What a setting is where a link says nothing of it; nothing where the rule has no such setting.
pub fn usual_text(lab: &LabState, key: &str) -> Option<String> {
    let usual = lab.optimiser;
    match key {
        "decay" => Some(number(usual.weight_decay)),
        "clip" => Some(say!("lab.settings.no-clip")),
        _ => {
            let setting = Setting::ALL.into_iter().find(|setting| setting.key() == key)?;
            usual.rule.setting(setting).map(text)
        }
    }
}

/// A sentence about a setting that is outside sense. It is taken all the same.
pub fn warning(lab: &LabState, key: &str) -> Option<String> {
    let Optimiser { rule, weight_decay, .. } = lab.tuned();
    let setting = |setting: Setting| rule.setting(setting).filter(|_| setting.key() == key);
    if setting(Setting::Momentum).is_some_and(|value| value >= 1.0) {
        return Some(say!("lab.warn.momentum"));
    }
    if [Setting::Beta1, Setting::Beta2, Setting::Rho].into_iter().filter_map(setting).any(|value| value >= 1.0) {
        return Some(say!("lab.warn.decays"));
    }
    match setting(Setting::Epsilon) {
        Some(0.0) => return Some(say!("lab.warn.epsilon-zero")),
        Some(value) if value >= 0.1 => return Some(say!("lab.warn.epsilon-large")),
        _ => {}
    }
    if key == "decay" && weight_decay * lab.learning_rate >= 0.01 {
        return Some(say!("lab.warn.decay"));
    }
    let [low, high] = usual_rates(rule);
    if key == "lr" && !(low..=high).contains(&lab.learning_rate) {
        return Some(say!("lab.warn.rate", rule = name(rule), low = number(low), high = number(high)));
    }
    None
}

/// Learning rates that are common.
const fn usual_rates(rule: Rule) -> [f32; 2] {
    match rule {
        Rule::Sgd => [1e-3, 1.0],
        Rule::Momentum { .. } | Rule::Nesterov { .. } | Rule::Adagrad { .. } => [1e-4, 0.5],
        Rule::Adadelta { .. } => [0.05, 10.0],
        Rule::RmsProp { .. } | Rule::Adam(_) | Rule::AdamW(_) | Rule::AmsGrad(_) | Rule::AdaMax(_) | Rule::Nadam(_) => {
            [1e-5, 0.05]
        }
    }
}

fn name(rule: Rule) -> String {
    say!(format!("lab.option.opt.{}", rule.key()))
}

/// A number as a link carries it.
fn text(value: f32) -> String {
    if value != 0.0 && value < 1e-4 { format!("{value:e}") } else { value.to_string() }
}

/// Reads a setting; nothing for an empty text.
fn read_setting(text: &str) -> Result<Option<f32>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    match read(text, NumberKind::Any) {
        Ok(value) if (0.0..=MOST).contains(&value) => Ok(Some(value as f32)),
        Ok(_) => Err(say!("links.setting")),
        Err(why) => Err(why.question().unwrap_or_else(|| say!("links.setting"))),
    }
}
