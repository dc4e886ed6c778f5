//! An activation function as the chapter writes it: its constants, and its formulas filled in.

use crate::formula::Formula;
use crate::keys;
use crate::scene::{Equation, Spot, Term};
use crate::settings::Settings;
use crate::world::Unavailable;
use crate::{Matrix, arithmetic, factor, number, say};
use receptive_core::ops::Activation;

/// The functions, by their names in links and texts.
pub(super) const FUNCTIONS: &[&str] = &["relu", "sigmoid", "tanh", "leaky", "elu", "maxout", "rbf"];

/// The limit of ELU far below 0, less its sign; the value of its authors.
const ALPHA: f32 = 1.0;

/// A function and its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Function {
    pub(super) key: &'static str,
    pub(super) activation: Activation,
}

/// The two lines of a maxout as they are at the start.
pub(super) fn example_lines() -> Matrix {
    Matrix::new(2, 2, [-0.5, 0.5, 1.0, -1.0])
}

impl Function {
    /// The function that the settings choose.
    ///
    /// # Errors
    /// When the lines of a maxout are not two.
    pub(super) fn chosen(settings: &Settings) -> Result<Self, Unavailable> {
        Self::named(settings.choice(keys::FUNCTION), settings)
    }

    /// A function by name, with the constants of the settings.
    ///
    /// # Errors
    /// See [`Function::chosen`].
    pub(super) fn named(key: &'static str, settings: &Settings) -> Result<Self, Unavailable> {
        let activation = match key {
            "sigmoid" => Activation::Sigmoid,
            "tanh" => Activation::Tanh,
            "leaky" => Activation::LeakyRelu { slope: settings.real(keys::SLOPE) },
            "elu" => Activation::Elu { alpha: ALPHA },
            "maxout" => {
                let lines = settings.numbers(keys::LINES).cloned().unwrap_or_else(example_lines);
                let (2, [w, b, v, c]) = (lines.rows, &lines.values[..]) else {
                    return Err(Unavailable::Refused(say!("activation.two-lines", size = lines.size())));
                };
                Activation::Maxout { lines: [[*w, *b], [*v, *c]] }
            }
            "rbf" => Activation::Rbf { centre: settings.real(keys::CENTRE), epsilon: settings.real(keys::EPSILON) },
            _ => Activation::Relu,
        };
        Ok(Self { key, activation })
    }

    /// Its name in words.
    pub(super) fn title(&self) -> String {
        say!(format!("activation.option.f.{}", self.key))
    }

    /// Returns its name in a formula.
    pub(super) fn sign(&self) -> &'static str {
        match self.key {
            "sigmoid" => "σ",
            "tanh" => "tanh",
            "leaky" => "leaky",
            "elu" => "ELU",
            "maxout" => "maxout",
            "rbf" => "φ",
            _ => "ReLU",
        }
    }

    /// Value and slope at a place, with the numbers filled in.
    pub(super) fn formulas(&self, x: f32) -> Vec<Formula> {
        let value = format!("{}({}) {}", self.sign(), number(x), self.value_notation(x));
        let slope = format!("{}′({}) {}", self.sign(), number(x), self.slope_notation(x));
        vec![
            Formula::new("value", say!("activation.value"), &value),
            Formula::new("slope", say!("activation.slope"), &slope),
        ]
    }

    fn value_notation(&self, x: f32) -> String {
        let (at, signed, result) = (number(x), factor(x), equals(self.activation.forward(x)));
        match self.activation {
            Activation::Relu => format!("= max({at}, 0) {result}"),
            Activation::Sigmoid => format!("= frac(1, 1 + sup(e, −{signed})) {result}"),
            Activation::Tanh => {
                let (up, down) = (format!("sup(e, {at})"), format!("sup(e, −{signed})"));
                format!("= frac({up} − {down}, {up} + {down}) {result}")
            }
            Activation::LeakyRelu { slope } => format!("= max({at}, {}·{signed}) {result}", number(slope)),
            Activation::Elu { .. } if x > 0.0 => result,
            Activation::Elu { alpha } => format!("= {}·(sup(e, {at}) − 1) {result}", number(alpha)),
            Activation::Maxout { lines } => {
                let [first, second] = lines.map(|line| line_at(line, x));
                format!("= max({first}, {second}) {result}")
            }
            Activation::Rbf { centre, epsilon } => {
                format!("= sup(e, −sup(({}·({at} − {})), 2)) {result}", number(epsilon), factor(centre))
            }
        }
    }

    fn slope_notation(&self, x: f32) -> String {
        let (at, result) = (number(x), equals(self.activation.derivative(x)));
        let (sign, value) = (self.sign(), self.activation.forward(x));
        match self.activation {
            Activation::Sigmoid => {
                let value = number(value);
                format!("= {sign}({at})·(1 − {sign}({at})) = {value}·(1 − {value}) {result}")
            }
            Activation::Tanh => format!("= 1 − sup({sign}, 2)({at}) = 1 − sup({}, 2) {result}", factor(value)),
            Activation::Elu { alpha } if x <= 0.0 => format!("= {}·sup(e, {at}) {result}", number(alpha)),
            Activation::Rbf { centre, epsilon } => {
                let (epsilon, centre) = (number(epsilon), factor(centre));
                format!("= −2·sup({epsilon}, 2)·({at} − {centre})·{} {result}", number(value))
            }
            _ => result,
        }
    }

    /// The arithmetic behind a value whose cell is `spot`.
    pub(super) fn equation(&self, x: f32, spot: Option<Spot>) -> Equation {
        let term = |text: String, spot| Term { text, is_nothing: false, spot };
        let own = term(number(x), spot);
        let (open, terms) = match self.activation {
            Activation::Relu => ("max".into(), vec![own, term(number(0.0), None)]),
            Activation::LeakyRelu { slope } => {
                ("max".into(), vec![own, term(format!("{}·{}", number(slope), factor(x)), spot)])
            }
            Activation::Maxout { lines } => {
                ("max".into(), lines.iter().map(|&line| term(line_at(line, x), spot)).collect())
            }
            _ => (self.sign().to_string(), vec![own]),
        };
        let y = self.activation.forward(x);
        let result = number(y);
        let (open, close) = (format!("{open}("), ")".to_string());
        let mut equation = Equation { open, terms, joint: ", ", close, result, ..Equation::default() };
        // Of a function that printed arithmetic does not know, the number itself is compared.
        let is_same = || arithmetic::value(&equation.result).is_some_and(|read| read as f32 == y);
        equation.is_rounded = arithmetic::value(&equation.left()).is_none() && !is_same();
        equation
    }
}

/// A line w·x + b with its numbers.
fn line_at([w, b]: [f32; 2], x: f32) -> String {
    let sign = if b < 0.0 { "−" } else { "+" };
    format!("{}·{} {sign} {}", number(w), factor(x), number(b.abs()))
}

/// True if three decimals cannot show a value.
fn is_tiny(value: f32) -> bool {
    value != 0.0 && value.abs() < 0.0005
}

fn equals(value: f32) -> String {
    if is_tiny(value) { "≈ 0".into() } else { format!("= {}", number(value)) }
}

/// A number in a sentence: one that three decimals cannot show is written with the digits that count.
pub(super) fn spoken(value: f32) -> String {
    if !is_tiny(value) {
        return number(value);
    }
    let decimals = (1.0 - libm::floorf(libm::log10f(value.abs()))).max(0.0) as usize;
    if decimals > 8 { say!("activation.nearly") } else { crate::decimals(value.into(), decimals) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_keep_two_digits_in_a_sentence() {
        assert_eq!(spoken(0.017_66), "0.018");
        assert_eq!(spoken(0.000_335_24), "0.00034");
        assert_eq!(spoken(-0.000_045_4), "−0.000045");
        assert_eq!(spoken(0.0), "0");
        assert_eq!(equals(0.000_335), "≈ 0");
    }

    #[test]
    fn formulas_carry_the_numbers() {
        let settings = super::super::CHAPTER.settings();
        let plain = |key: &'static str, x: f32| {
            let function = Function::named(key, &settings).unwrap();
            function.formulas(x).iter().map(Formula::plain).collect::<Vec<_>>().join(" | ")
        };
        assert_eq!(plain("relu", -2.0), "ReLU ( −2 ) = max ( −2 , 0 ) = 0 | ReLU ′ ( −2 ) = 0");
        assert_eq!(
            plain("sigmoid", 2.0),
            "σ ( 2 ) = (1) / (1 + e^(−2)) = 0.881 | σ ′ ( 2 ) = σ ( 2 ) · ( 1 − σ ( 2 ) ) = 0.881 · ( 1 − 0.881 ) = 0.105"
        );
        assert_eq!(plain("elu", -1.0), "ELU ( −1 ) = 1 · ( e^(−1) − 1 ) = −0.632 | ELU ′ ( −1 ) = 1 · e^(−1) = 0.368");
        assert_eq!(plain("maxout", 3.0), "maxout ( 3 ) = max ( −0.5 · 3 + 0.5 , 1 · 3 − 1 ) = 2 | maxout ′ ( 3 ) = 1");
        assert!(plain("rbf", 1.0).ends_with("= −0.736"));
    }
}
