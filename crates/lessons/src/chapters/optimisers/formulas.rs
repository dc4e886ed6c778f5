//! The rules as formulas with the numbers plugged in.

use crate::formula::Formula;
use crate::{factor, four_digits, number, say};
use receptive_core::ops::{MOST_MOMENTS, RuleStep};
use receptive_nn::{Account, Optimiser, Rule, Setting};

/// The numbers that a rule remembers: the name of each in the texts, and its letter.
pub(super) const fn memories(rule: Rule) -> &'static [(&'static str, &'static str)] {
    match rule {
        Rule::Sgd => &[],
        Rule::Momentum { .. } | Rule::Nesterov { .. } => &[("velocity", "v")],
        Rule::Adagrad { .. } => &[("total", "s")],
        Rule::RmsProp { .. } => &[("square", "s")],
        Rule::Adadelta { .. } => &[("square", "s"), ("steps", "u")],
        Rule::Adam(_) | Rule::AdamW(_) | Rule::Nadam(_) => &[("mean", "m"), ("square", "v")],
        Rule::AmsGrad(_) => &[("mean", "m"), ("square", "v"), ("largest-square", "u")],
        Rule::AdaMax(_) => &[("mean", "m"), ("largest", "u")],
    }
}

/// A number as it stands in a formula.
fn digits(value: f64) -> String {
    four_digits(value as f32)
}

/// The same as a factor: in brackets if a minus stands before it.
fn bracketed(value: f64) -> String {
    if value < 0.0 { format!("({})", digits(value)) } else { digits(value) }
}

/// One step of one weight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) optimiser: Optimiser,
    pub(super) rate: f32,
    /// The factor that clipping gives the gradient; 1 where it does not.
    pub(super) scale: f32,
    /// The number of the step, from 1.
    pub(super) number: i32,
    /// The weight before and after it.
    pub(super) weight: [f64; 2],
    pub(super) gradient: f64,
    /// What the rule remembers before and after it.
    pub(super) memory: [[f64; MOST_MOMENTS]; 2],
}

impl Taken {
    fn account(&self) -> Account {
        let single = |memory: [f64; MOST_MOMENTS]| memory.map(|moment| moment as f32);
        let [before, after] = self.memory.map(single);
        let numbers = [self.weight[0] as f32, self.gradient as f32];
        self.optimiser.account(self.number, [self.rate, self.scale], numbers, before, after)
    }
}

/// A learning rate as it stands in a formula: no digit of it is lost.
pub(super) fn rate_text(rate: f32) -> String {
    let text = number(rate);
    let is_whole = (f64::from(rate) * 1000.0 - (f64::from(rate) * 1000.0).round()).abs() < 1e-4;
    if is_whole { text } else { four_digits(rate) }
}

/// The formulas of a step of a weight: the gradient, what the rule remembers, the step.
pub(super) fn formulas(taken: &Taken) -> Vec<Formula> {
    let (account, rule) = (taken.account(), taken.optimiser.rule);
    let update = taken.optimiser.step(taken.rate, taken.number, taken.scale);
    let ([w, after], gradient, top) = (taken.weight, f64::from(account.gradient), f64::from(account.top));
    let (remembered, rate) = (taken.memory[1], rate_text(taken.rate));
    let mut formulas = vec![];
    let mut add = |name: &'static str, left: &str, right: String, result: f64| {
        let title = say!(format!("optimisers.formula.{name}"));
        formulas.push(Formula::new(name, title, &format!("{left} = {right} ≈ {}", digits(result))));
    };
    let clipped = f64::from(taken.scale) * taken.gradient;
    if taken.scale < 1.0 {
        add("clipped", "g", format!("{}·{}", four_digits(taken.scale), bracketed(taken.gradient)), clipped);
    }
    if update.decay != 0.0 {
        let sum = format!("{} + {}·{}", digits(clipped), number(update.decay), bracketed(w));
        add("decayed", "g", sum, gradient);
    }
    let moved = (w - after) / f64::from(taken.rate);
    for (i, (name, letter)) in memories(rule).iter().enumerate() {
        add(name, letter, memory(rule, i, taken.memory, [gradient, moved]), remembered[i]);
    }
    // What starts at 0 is divided by what 1 − β^t is after t steps.
    let corrected = |setting, value: f64| {
        let below = rule.setting(setting).map_or_else(String::new, number);
        format!("frac({}, 1 − sup({below}, {}))", digits(value), taken.number)
    };
    match (rule, update.rule) {
        (Rule::Nesterov { momentum }, _) => {
            add("ahead", "a", format!("{} + {}·{}", digits(gradient), number(momentum), bracketed(remembered[0])), top);
        }
        (_, RuleStep::Nadam(rule)) => {
            let [own, mean] = [rule.grad_rate, rule.mean_rate].map(|share| four_digits(share / taken.rate));
            add("ahead", "a", format!("{own}·{} + {mean}·{}", bracketed(gradient), bracketed(remembered[0])), top);
        }
        (_, RuleStep::Adam(_) | RuleStep::AmsGrad(_) | RuleStep::AdaMax(_)) => {
            add("corrected", "sub(m, c)", corrected(Setting::Beta1, remembered[0]), top);
        }
        _ => {}
    }
    let root = account.root.map(f64::from);
    let square = match update.rule {
        RuleStep::Adam(_) | RuleStep::Nadam(_) => Some(remembered[1]),
        RuleStep::AmsGrad(_) => Some(remembered[2]),
        _ => None,
    };
    if let Some((square, root)) = square.zip(root) {
        add("root", "r", format!("sqrt({})", corrected(Setting::Beta2, square)), root);
    }
    if update.keep != 1.0 {
        let share = format!("{rate}·{}", number(taken.optimiser.weight_decay));
        add("kept", "w", format!("{} − {share}·{}", digits(w), bracketed(w)), f64::from(account.kept));
    }
    let above = format!("{rate}·{}", bracketed(top));
    let change = match root {
        None => above,
        Some(root) if account.epsilon > 0.0 => format!("frac({above}, {} + ε)", digits(root)),
        Some(root) => format!("frac({above}, {})", digits(root)),
    };
    add("weight", "w", format!("{} − {change}", factor(account.kept)), after);
    formulas
}

/// How a number that the rule remembers came about, from those `before` and `after` the step.
fn memory(rule: Rule, i: usize, [before, after]: [[f64; 3]; 2], [gradient, moved]: [f64; 2]) -> String {
    let old = bracketed(before[i]);
    let squared = |value: f64| format!("sup({}, 2)", bracketed(value));
    let mean = |share: f32, new: String| format!("{}·{old} + {}·{new}", number(share), four_digits(1.0 - share));
    match (rule, i) {
        (Rule::Momentum { momentum } | Rule::Nesterov { momentum }, _) => {
            format!("{}·{old} + {}", number(momentum), bracketed(gradient))
        }
        (Rule::Adagrad { .. }, _) => format!("{old} + {}", squared(gradient)),
        (Rule::RmsProp { rho, .. } | Rule::Adadelta { rho, .. }, 0) => mean(rho, squared(gradient)),
        (Rule::Adadelta { rho, .. }, _) => mean(rho, squared(moved)),
        (Rule::AdaMax(betas), 1) => format!("max({}·{old}, |{}| + ε)", number(betas.beta2), digits(gradient)),
        (Rule::AmsGrad(_), 2) => format!("max({old}, {})", digits(after[1])),
        (
            Rule::Adam(betas) | Rule::AdamW(betas) | Rule::AmsGrad(betas) | Rule::AdaMax(betas) | Rule::Nadam(betas),
            0,
        ) => mean(betas.beta1, bracketed(gradient)),
        (Rule::Adam(betas) | Rule::AdamW(betas) | Rule::AmsGrad(betas) | Rule::Nadam(betas), _) => {
            mean(betas.beta2, squared(gradient))
        }
        _ => old,
    }
}
