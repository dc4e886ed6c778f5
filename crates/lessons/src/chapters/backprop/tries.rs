//! What becomes of the loss when a weight is another one: computed, and foretold by the gradient.

use super::net::{INPUTS, Net, weight};
use crate::plane::refused;
use crate::scene::Table;
use crate::settings::Settings;
use crate::world::Unavailable;
use crate::{decimals, keys, number, say};
use receptive_nn::{Exact, Head, Nudger, Parameters, Variable};

/// Decimals of a loss. The smallest step changes the fifth.
const DIGITS: usize = 8;

/// A weight that is tried at other values.
pub(super) struct Tries {
    /// The number of the weight: 5 for w5.
    pub(super) weight: usize,
    pub(super) gradient: f32,
    rows: Vec<Try>,
}

/// A loss after a change.
struct Try {
    label: String,
    loss: f64,
    /// The change of the loss as the gradient foretells it; nothing where nothing is changed.
    foretold: Option<f64>,
}

impl Tries {
    /// The weight that the settings choose: a step up and a step down, then a step of gradient descent with it alone, and
    /// with all weights and biases.
    pub(super) fn new(settings: &Settings, net: &Net) -> Result<Self, Unavailable> {
        let i = settings.count(keys::EDGE);
        let (tensor, index) = weight(i);
        let by: f64 = settings.choice(keys::NUDGE).parse().unwrap_or(0.0);
        let rate = f64::from(settings.real(keys::RATE));
        let parameters = Parameters::of(&net.spec, &net.parameters);
        let mut nudger = Nudger::new(&net.spec, Head::CrossEntropy).map_err(|error| refused(&error))?;
        nudger.run(&parameters, &INPUTS, net.class);
        let at = Variable::Parameter { tensor: tensor.into(), index: index as u32 };
        let nudge = |by: f64| nudger.nudge(&at, by).ok_or(Unavailable::Network);
        let small = nudge(by)?;
        let gradient = f64::from(small.gradient);
        let step = nudge(-rate * gradient)?;
        let name = format!("w{i}");
        let label = |value: f64| format!("{name} = {}", shortest(value));
        let was = f64::from(net.value(&name, false).unwrap_or_default());
        let (all, squares) = all_moved(net, rate)?;
        let rows = vec![
            Try { label: label(was - by), loss: small.opposite, foretold: Some(-small.predicted()) },
            Try { label: label(was), loss: small.before, foretold: None },
            Try { label: label(was + by), loss: small.after, foretold: Some(small.predicted()) },
            Try {
                label: say!(
                    "backprop.try.one",
                    name = name,
                    sum = format!("{} − {}·{}", number(was as f32), number(rate as f32), crate::factor(small.gradient)),
                    value = number((was - rate * gradient) as f32)
                ),
                loss: step.after,
                foretold: Some(step.predicted()),
            },
            Try { label: say!("backprop.try.all"), loss: all, foretold: Some(-rate * squares) },
        ];
        Ok(Self { weight: i, gradient: small.gradient, rows })
    }

    /// The losses: a step down, as it is, a step up, after an update of this weight, after one of all.
    pub(super) fn losses(&self) -> [f64; 5] {
        [0, 1, 2, 3, 4].map(|i: usize| self.rows[i].loss)
    }

    /// The change of the loss in a row: as it is, and as the gradient foretells it.
    pub(super) fn changes(&self, row: usize) -> [f64; 2] {
        let Try { loss, foretold, .. } = self.rows[row];
        [loss - self.rows[1].loss, foretold.unwrap_or(0.0)]
    }

    pub(super) fn table(&self) -> Table {
        let signed = |value: f64| {
            let text = decimals(value, DIGITS);
            if value > 0.0 { format!("+{text}") } else { text }
        };
        let row = |(i, tried): (usize, &Try)| {
            let foretold = tried.foretold.map(signed).unwrap_or_default();
            let change = if tried.foretold.is_some() { signed(self.changes(i)[0]) } else { String::new() };
            vec![tried.label.clone(), decimals(tried.loss, DIGITS), change, foretold]
        };
        Table {
            name: "tries",
            title: say!("backprop.try.title", name = format!("w{}", self.weight)),
            head: ["weight", "loss", "change", "foretold"].map(|key| say!(format!("backprop.try.{key}"))).to_vec(),
            rows: self.rows.iter().enumerate().map(row).collect(),
            now: None,
        }
    }
}

/// A number to four decimals, without zeros at its end.
fn shortest(value: f64) -> String {
    let text = format!("{value:.4}");
    crate::signed(text.trim_end_matches('0').trim_end_matches('.'))
}

/// The loss after a step of gradient descent with all weights and biases, and the sum of the squares of all gradients.
fn all_moved(net: &Net, rate: f64) -> Result<(f64, f64), Unavailable> {
    let run = net.acts.0[0].run();
    let tensors = [run.weights(0), run.biases(0), run.weights(1), run.biases(1)];
    let gradients =
        tensors.map(|tensor| tensor.and_then(|tensor| run.gradient(tensor)).map_or(&[][..], |of| run.values(of)));
    let moved = net.parameters.iter().zip(gradients).map(|(old, gradient)| {
        let moved =
            old.iter().zip(gradient).map(|(old, gradient)| (f64::from(*old) - rate * f64::from(*gradient)) as f32);
        moved.collect::<Vec<_>>()
    });
    let moved: Vec<_> = moved.collect();
    let mut exact = Exact::new(&net.spec, Head::CrossEntropy).map_err(|error| refused(&error))?;
    exact.run(&Parameters::of(&net.spec, &moved), &INPUTS, net.class);
    let squares = gradients.iter().flat_map(|of| of.iter()).map(|value| f64::from(*value).powi(2)).sum();
    Ok((exact.value(), squares))
}
