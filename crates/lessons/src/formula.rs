//! Formulas with the numbers plugged in, in a small notation that a text file can hold.
//!
//! `p = floor(frac(28 + 2·1 − 3, 2)) + 1 = 14`. Functions: `frac(a, b)`, `floor(a)`, `ceil(a)`, `sup(a, b)`,
//! `sub(a, b)`, `sqrt(a)`, `sum(below)`. Everything else stands as it is: letters are names, digits numbers.

use crate::intern::{Name, interned};
use crate::words::fill::GROUP_SIGNS;
use serde::{Deserialize, Serialize};

/// A formula on the stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Formula {
    /// Its name on this stage, in English. The page's element is `lesson-formula-` and this.
    #[serde(deserialize_with = "interned")]
    pub name: Name,
    /// The name of the quantity that it computes, in words: "output size".
    pub title: String,
    /// The formula.
    pub math: Vec<Math>,
}

impl Formula {
    /// A formula from its notation.
    pub fn new(name: &'static str, title: impl Into<String>, notation: &str) -> Self {
        Self { name, title: title.into(), math: parse(notation) }
    }

    /// As a line of text: what a screen without MathML would show.
    pub fn plain(&self) -> String {
        self.math.iter().map(Math::plain).collect::<Vec<_>>().join(" ")
    }
}

/// A part of a formula. The names are MathML's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Math {
    /// A number.
    Number(String),
    /// A name.
    Name(String),
    /// A sign or a bracket.
    Sign(String),
    /// Above and below a line.
    Fraction(Vec<Math>, Vec<Math>),
    /// Between floor brackets.
    Floor(Vec<Math>),
    /// Between ceiling brackets.
    Ceil(Vec<Math>),
    /// Raised.
    Power(Vec<Math>, Vec<Math>),
    /// Lowered.
    Index(Vec<Math>, Vec<Math>),
    /// Under a root.
    Root(Vec<Math>),
    /// A sum sign with what it runs over.
    Sum(Vec<Math>),
}

impl Math {
    fn plain(&self) -> String {
        let row = |math: &[Math]| math.iter().map(Math::plain).collect::<Vec<_>>().join(" ");
        match self {
            Self::Number(text) | Self::Name(text) | Self::Sign(text) => text.clone(),
            Self::Fraction(above, below) => format!("({}) / ({})", row(above), row(below)),
            Self::Floor(inside) => format!("⌊{}⌋", row(inside)),
            Self::Ceil(inside) => format!("⌈{}⌉", row(inside)),
            Self::Power(base, raised) => format!("{}^({})", row(base), row(raised)),
            Self::Index(base, lowered) => format!("{}_({})", row(base), row(lowered)),
            Self::Root(inside) => format!("√({})", row(inside)),
            Self::Sum(below) => format!("Σ_({})", row(below)),
        }
    }
}

/// Reads the notation. Whatever is not a function stands as it is, so nothing can fail.
pub fn parse(notation: &str) -> Vec<Math> {
    let mut rest = notation;
    row(&mut rest, 0)
}

fn row(rest: &mut &str, depth: usize) -> Vec<Math> {
    let mut math = vec![];
    loop {
        *rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return math };
        if depth > 0 && matches!(first, ',' | ')') {
            return math;
        }
        // A derivative is written in one: ∂L.
        let is_letter = |c: char| c.is_alphabetic() || c == '∂';
        let n_letters = rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
        // A minus after a sign or at the start belongs to the number behind it: "(−2)", not "( − 2)".
        let n_minus = if first == '−' && !is_value(math.last()) { first.len_utf8() } else { 0 };
        let is_digit = |c: char| c.is_ascii_digit() || GROUP_SIGNS.contains(&c);
        let n_digits = n_minus + rest[n_minus..].find(|c| !is_digit(c)).unwrap_or(rest.len() - n_minus);
        if is_letter(first) {
            let name = &rest[..n_letters];
            let is_function = rest[n_letters..].starts_with('(')
                && matches!(name, "frac" | "floor" | "ceil" | "sup" | "sub" | "sqrt" | "sum");
            *rest = &rest[n_letters..];
            math.push(if is_function { function(name, rest, depth) } else { Math::Name(name.into()) });
        } else if rest[n_minus..].starts_with(|c: char| c.is_ascii_digit()) {
            // A comma inside a number sets thousands apart; one that ends it divides arguments.
            let digits = rest[..n_digits].trim_end_matches(GROUP_SIGNS);
            math.push(Math::Number(digits.into()));
            *rest = &rest[digits.len()..];
        } else if first == '(' && depth > 0 {
            // Commas inside brackets do not divide the arguments of the function around them.
            *rest = &rest[1..];
            math.push(Math::Sign("(".into()));
            loop {
                math.append(&mut row(rest, depth + 1));
                let Some(end) = rest.chars().next() else { break };
                *rest = &rest[1..];
                math.push(Math::Sign(end.to_string()));
                if end == ')' {
                    break;
                }
            }
        } else {
            math.push(Math::Sign(first.to_string()));
            *rest = &rest[first.len_utf8()..];
        }
    }
}

/// True if something with a value ends here, so that a minus behind it takes away.
fn is_value(before: Option<&Math>) -> bool {
    match before {
        None => false,
        Some(Math::Sign(sign)) => matches!(sign.as_str(), ")" | "%"),
        Some(_) => true,
    }
}

fn function(name: &str, rest: &mut &str, depth: usize) -> Math {
    let mut arguments = vec![];
    while rest.starts_with(['(', ',']) {
        *rest = &rest[1..];
        arguments.push(row(rest, depth + 1));
    }
    *rest = rest.strip_prefix(')').unwrap_or(rest);
    let mut arguments = arguments.into_iter();
    let mut next = || arguments.next().unwrap_or_default();
    match name {
        "frac" => Math::Fraction(next(), next()),
        "floor" => Math::Floor(next()),
        "ceil" => Math::Ceil(next()),
        "sup" => Math::Power(next(), next()),
        "sub" => Math::Index(next(), next()),
        "sqrt" => Math::Root(next()),
        _ => Math::Sum(next()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notation_is_read() {
        let plain = |notation: &str| Formula::new("f", "", notation).plain();
        assert_eq!(plain("p = floor(frac(28 + 2·1 − 3, 2)) + 1"), "p = ⌊(28 + 2 · 1 − 3) / (2)⌋ + 1");
        assert_eq!(plain("(9,216 + 1)·128 = 1,179,776"), "( 9,216 + 1 ) · 128 = 1,179,776");
        assert_eq!(plain("frac(sup(e, −0.5), sum(j) sup(e, sub(z, j)))"), "(e^(−0.5)) / (Σ_(j) e^(z_(j)))");
        assert_eq!(plain("f(−2) = (−2)·(−1) − 3"), "f ( −2 ) = ( −2 ) · ( −1 ) − 3");
        assert_eq!(plain("frac(max(1, 2), 3)"), "(max ( 1 , 2 )) / (3)");
        assert_eq!(plain("frac(∂L, ∂w(k, i)) = 2"), "(∂L) / (∂w ( k , i )) = 2");
    }

    #[test]
    fn what_is_broken_is_shown_and_not_refused() {
        for broken in ["frac(", "frac(1", "frac(1,2,3", ")", "floor", "((("] {
            parse(broken);
        }
    }
}
