//! The rules as formulas with the numbers plugged in.

use super::racer::Racer;
use crate::formula::Formula;
use crate::{factor, four_digits, number, say};
use receptive_core::ops::RuleStep;
use receptive_nn::{Rule, Setting};

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

/// The formulas of the step that leaves a stop, for one of both weights: the gradient, what the rule remembers, the step.
pub(super) fn formulas(racer: &Racer, step: usize, weight: usize) -> Vec<Formula> {
    let (Some(account), Some(next)) = (racer.account(step, weight), racer.stops.get(step + 1)) else { return vec![] };
    let (stop, rule, update) = (&racer.stops[step], racer.optimiser.rule, racer.update(step));
    let (w, gradient, top) = (stop.at[weight], f64::from(account.gradient), f64::from(account.top));
    let (remembered, rate) = (next.memory[weight], number(racer.rate));
    let mut formulas = vec![];
    let mut add = |name: &'static str, left: &str, right: String, result: f64| {
        let title = say!(format!("optimisers.formula.{name}"));
        formulas.push(Formula::new(name, title, &format!("{left} = {right} ≈ {}", digits(result))));
    };
    if update.decay != 0.0 {
        let sum = format!("{} + {}·{}", digits(stop.gradient[weight]), number(update.decay), bracketed(w));
        add("decayed", "g", sum, gradient);
    }
    let moved = (w - next.at[weight]) / f64::from(racer.rate);
    for (i, (name, letter)) in memories(rule).iter().enumerate() {
        add(
            name,
            letter,
            memory(rule, i, [stop, next].map(|stop| stop.memory[weight]), [gradient, moved]),
            remembered[i],
        );
    }
    // What starts at 0 is divided by what 1 − β^t is after t steps.
    let corrected = |setting, value: f64| {
        let below = rule.setting(setting).map_or_else(String::new, number);
        format!("frac({}, 1 − sup({below}, {}))", digits(value), step + 1)
    };
    match (rule, update.rule) {
        (Rule::Nesterov { momentum }, _) => {
            add("ahead", "a", format!("{} + {}·{}", digits(gradient), number(momentum), bracketed(remembered[0])), top);
        }
        (_, RuleStep::Nadam(rule)) => {
            let [own, mean] = [rule.grad_rate, rule.mean_rate].map(|share| four_digits(share / racer.rate));
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
        let share = format!("{rate}·{}", number(racer.optimiser.weight_decay));
        add("kept", "w", format!("{} − {share}·{}", digits(w), bracketed(w)), f64::from(account.kept));
    }
    let above = format!("{rate}·{}", bracketed(top));
    let change = match root {
        None => above,
        Some(root) if account.epsilon > 0.0 => format!("frac({above}, {} + ε)", digits(root)),
        Some(root) => format!("frac({above}, {})", digits(root)),
    };
    add("weight", "w", format!("{} − {change}", factor(account.kept)), next.at[weight]);
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
