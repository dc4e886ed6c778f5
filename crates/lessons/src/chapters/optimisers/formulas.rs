//! The rules as formulas with the numbers plugged in.

use super::racer::{Racer, Stop};
use crate::formula::Formula;
use crate::{factor, four_digits, number, say};
use receptive_core::ops::RuleStep;
use receptive_nn::{Betas, Rule};

/// A quantity that a rule remembers: its name in the texts and its letter.
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
    let stop = &racer.stops[step];
    let update = racer.update(step);
    let mut formulas = vec![];
    let mut add = |name: &'static str, notation: String| {
        formulas.push(Formula::new(name, say!(format!("optimisers.formula.{name}")), &notation));
    };
    let (w, read) = (stop.at[weight], stop.gradient[weight]);
    let gradient = f64::from(account.gradient);
    if update.decay != 0.0 {
        let decay = number(update.decay);
        add("decayed", format!("g = {} + {decay}·{} ≈ {}", digits(read), bracketed(w), digits(gradient)));
    }
    for (name, letter) in memories(racer.optimiser.rule) {
        let i = memories(racer.optimiser.rule).iter().position(|memory| memory.0 == *name).unwrap_or(0);
        add(
            name,
            format!(
                "{letter} = {} ≈ {}",
                memory(racer, (stop, next), (step, weight), i),
                digits(next.memory[weight][i])
            ),
        );
    }
    let top = f64::from(account.top);
    match (racer.optimiser.rule, update.rule) {
        (Rule::Nesterov { momentum }, _) => {
            let velocity = bracketed(next.memory[weight][0]);
            add("ahead", format!("a = {} + {}·{velocity} ≈ {}", digits(gradient), number(momentum), digits(top)));
        }
        (
            Rule::Adam(Betas { beta1, .. })
            | Rule::AdamW(Betas { beta1, .. })
            | Rule::AmsGrad(Betas { beta1, .. })
            | Rule::AdaMax(Betas { beta1, .. }),
            _,
        ) => {
            let below = format!("1 − sup({}, {})", number(beta1), step + 1);
            add(
                "corrected",
                format!("sub(m, c) = frac({}, {below}) ≈ {}", digits(next.memory[weight][0]), digits(top)),
            );
        }
        (_, RuleStep::Nadam(rule)) => {
            let rates = [rule.grad_rate, rule.mean_rate].map(|rate| four_digits(rate / racer.rate));
            let mean = bracketed(next.memory[weight][0]);
            add("ahead", format!("a = {}·{} + {}·{mean} ≈ {}", rates[0], bracketed(gradient), rates[1], digits(top)));
        }
        _ => {}
    }
    let root = account.root.map(f64::from);
    if let (Some(root), true) =
        (root, matches!(racer.optimiser.rule, Rule::Adam(_) | Rule::AdamW(_) | Rule::AmsGrad(_) | Rule::Nadam(_)))
    {
        let Some(beta2) = racer.optimiser.rule.setting(receptive_nn::Setting::Beta2) else { return formulas };
        let which = if matches!(racer.optimiser.rule, Rule::AmsGrad(_)) { 2 } else { 1 };
        let below = format!("1 − sup({}, {})", number(beta2), step + 1);
        add("root", format!("r = sqrt(frac({}, {below})) ≈ {}", digits(next.memory[weight][which]), digits(root)));
    }
    if update.keep != 1.0 {
        let share = format!("{}·{}", number(racer.rate), number(racer.optimiser.weight_decay));
        add("kept", format!("w = {} − {share}·{} ≈ {}", digits(w), bracketed(w), four_digits(account.kept)));
    }
    let moved = match root {
        None => format!("{}·{}", number(racer.rate), bracketed(top)),
        Some(root) if account.epsilon > 0.0 => {
            format!("frac({}·{}, {} + ε)", number(racer.rate), bracketed(top), digits(root))
        }
        Some(root) => format!("frac({}·{}, {})", number(racer.rate), bracketed(top), digits(root)),
    };
    add("weight", format!("w = {} − {moved} ≈ {}", factor(account.kept), digits(next.at[weight])));
    formulas
}

/// How a remembered number came about.
fn memory(racer: &Racer, (stop, next): (&Stop, &Stop), (step, weight): (usize, usize), i: usize) -> String {
    let old = digits(stop.memory[weight][i]);
    let gradient = racer.account(step, weight).map_or(0.0, |account| f64::from(account.gradient));
    let (g, square) = (bracketed(gradient), format!("sup({}, 2)", bracketed(gradient)));
    let shares = |share: f32| [number(share), four_digits(1.0 - share)];
    let mean = |share: f32, value: &str| {
        let [old_share, new_share] = shares(share);
        format!("{old_share}·{old} + {new_share}·{value}").replace("·−", "·(−")
    };
    match (racer.optimiser.rule, i) {
        (Rule::Momentum { momentum } | Rule::Nesterov { momentum }, _) => {
            format!("{}·{} + {g}", number(momentum), bracketed(stop.memory[weight][0]))
        }
        (Rule::Adagrad { .. }, _) => format!("{old} + {square}"),
        (Rule::RmsProp { rho, .. } | Rule::Adadelta { rho, .. }, 0) => mean(rho, &square),
        (Rule::Adadelta { rho, .. }, _) => {
            let moved = (stop.at[weight] - next.at[weight]) / f64::from(racer.rate);
            mean(rho, &format!("sup({}, 2)", bracketed(moved)))
        }
        (Rule::AdaMax(betas), 1) => format!("max({}·{old}, |{}| + ε)", number(betas.beta2), digits(gradient)),
        (Rule::AmsGrad(_), 2) => format!("max({old}, {})", digits(next.memory[weight][1])),
        (rule, i) => {
            let Some(share) = rule.setting([receptive_nn::Setting::Beta1, receptive_nn::Setting::Beta2][i.min(1)])
            else {
                return old;
            };
            let [old_share, new_share] = shares(share);
            let old = bracketed(stop.memory[weight][i]);
            format!("{old_share}·{old} + {new_share}·{}", if i == 0 { g } else { square })
        }
    }
}
