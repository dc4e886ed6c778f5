//! Numbers as the page writes them, and how near they have to be.

use receptive_e2e::screen::{Screen, ShownGrid, number};
use receptive_lessons::Matrix;

/// Decimals that the page rounds to; it leaves zeros at the end away.
const DECIMALS: i32 = 3;
/// The relative loss that single precision may cause.
pub(super) const SINGLE: f64 = 1e-6;

/// Checks that a number on the screen is the wanted one, up to half of the last digit.
pub(super) fn same(what: &str, shown: &str, wanted: f64) -> Result<(), String> {
    near(what, shown, wanted, SINGLE * wanted.abs())
}

/// The same with some slack, for what is rounded more or has lost more on its way.
pub(super) fn near(what: &str, shown: &str, wanted: f64, slack: f64) -> Result<(), String> {
    let message = || format!("{what} shows “{shown}” and should be {wanted}");
    let (value, half_digit) = read(shown).ok_or_else(message)?;
    let is_same = value == wanted
        || (value.is_nan() && wanted.is_nan())
        || (wanted.is_finite() && (value - wanted).abs() <= half_digit + slack);
    if is_same { Ok(()) } else { Err(message()) }
}

/// A count: every digit is there.
pub(super) fn counted(what: &str, shown: &str, wanted: usize) -> Result<(), String> {
    match shown.replace(',', "").parse::<usize>() {
        Ok(value) if value == wanted => Ok(()),
        _ => Err(format!("{what} shows “{shown}” and should be {wanted}")),
    }
}

/// A text that has to be exactly this.
pub(super) fn exactly(what: &str, shown: &str, wanted: &str) -> Result<(), String> {
    if shown == wanted { Ok(()) } else { Err(format!("{what} shows “{shown}” and should be “{wanted}”")) }
}

/// A number, and half of its last digit.
fn read(text: &str) -> Option<(f64, f64)> {
    let Some((digits, power)) = text.split_once("·10") else {
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len() as i32);
        return Some((number(text)?, 0.5 * 10f64.powi(-decimals.max(DECIMALS))));
    };
    let power: String = power.trim_start_matches("^(").trim_end_matches(')').chars().map(lowered).collect();
    let unit = 10f64.powi(power.parse().ok()?);
    Some((number(digits)? * unit, 0.005 * unit))
}

/// A raised digit or sign on the line.
fn lowered(raised: char) -> char {
    let digits = "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().zip('0'..='9');
    let signs = [('⁻', '-'), ('−', '-')];
    digits.chain(signs).find(|(from, _)| *from == raised).map_or(raised, |(_, to)| to)
}

/// Returns the number after a formula's last equals sign, if it is one.
pub(super) fn result_of(formula: &str) -> Option<String> {
    let (_, result) = formula.rsplit_once(['=', '≈'])?;
    let result = result.replace(' ', "");
    read(&result).map(|_| result)
}

/// Checks a formula's result.
pub(super) fn result(screen: &Screen, formula: &str, wanted: f64) -> Result<(), String> {
    same(&format!("the formula {formula}"), &shown_result(screen, formula)?, wanted)
}

/// Checks a formula that counts.
pub(super) fn count(screen: &Screen, formula: &str, wanted: usize) -> Result<(), String> {
    counted(&format!("the formula {formula}"), &shown_result(screen, formula)?, wanted)
}

/// Returns the result of a formula on the screen.
pub(super) fn shown_result(screen: &Screen, formula: &str) -> Result<String, String> {
    let text = screen.formulas.get(formula).ok_or_else(|| format!("there is no formula {formula}"))?;
    result_of(text).ok_or_else(|| format!("{formula} has no result: {text}"))
}

/// Checks what stands after the equation's equals sign.
pub(super) fn equation(screen: &Screen, wanted: f64) -> Result<(), String> {
    same("the equation", &screen.result, wanted)
}

/// A text with another last digit, if it has any. Of a power of ten, the digits before it; of a number with more
/// digits than single precision is sure of, one of the first.
pub(super) fn nudged(text: &str) -> Option<String> {
    let end = text.find("·10").filter(|_| !text.contains(' ')).unwrap_or(text.len());
    let digits: Vec<_> = text[..end].match_indices(|c: char| c.is_ascii_digit()).map(|(at, _)| at).collect();
    let is_long = text.contains('.') && !text.contains(' ') && digits.len() > 5;
    match if is_long { digits.get(2) } else { digits.last() } {
        Some(&at) => {
            let digit = (text.as_bytes()[at] - b'0' + 5) % 10;
            Some(format!("{}{digit}{}", &text[..at], &text[at + 1..]))
        }
        None if matches!(text, "∞" | "−∞" | "NaN") => Some("0".into()),
        None => None,
    }
}

/// A grid of numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Map {
    pub(super) columns: usize,
    pub(super) values: Vec<f64>,
}

impl Map {
    pub(super) fn new(columns: usize, values: Vec<f64>) -> Self {
        Self { columns, values }
    }

    /// Returns the values of a grid on the screen.
    pub(super) fn read(screen: &Screen, name: &str) -> Result<Self, String> {
        let grid = grid(screen, name)?;
        Ok(Self::new(grid.columns, screen.numbers(name)))
    }

    pub(super) fn rows(&self) -> usize {
        self.values.len() / self.columns
    }

    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.columns + column]
    }

    /// The last number.
    pub(super) fn last(&self) -> f64 {
        self.values.last().copied().unwrap_or(f64::NAN)
    }

    /// Checks that a grid on the screen holds these numbers.
    pub(super) fn is_shown(&self, screen: &Screen, name: &str) -> Result<(), String> {
        let grid = grid(screen, name)?;
        if [grid.columns, grid.texts.len()] != [self.columns, self.values.len()] {
            let (columns, n) = (self.columns, self.values.len());
            let (shown, n_shown) = (grid.columns, grid.texts.len());
            return Err(format!("{name} has {n_shown} cells in {shown} columns, and should have {n} in {columns}"));
        }
        let cells = grid.texts.iter().zip(&self.values).enumerate();
        cells.into_iter().try_for_each(|(i, (text, value))| same(&format!("{name}, cell {i},"), text, *value))
    }
}

fn grid<'a>(screen: &'a Screen, name: &str) -> Result<&'a ShownGrid, String> {
    screen.grids.get(name).ok_or_else(|| format!("there is no grid {name}"))
}

/// The rows of a table on the screen.
pub(super) fn table<'a>(screen: &'a Screen, name: &str) -> Result<&'a [Vec<String>], String> {
    screen.tables.get(name).map(Vec::as_slice).ok_or_else(|| format!("there is no table {name}"))
}

/// Names and amounts of bars on the screen.
pub(super) fn bars<'a>(screen: &'a Screen, name: &str) -> Result<&'a [[String; 2]], String> {
    screen.bars.get(name).map(Vec::as_slice).ok_or_else(|| format!("there are no bars {name}"))
}

/// Whole numbers, halves and quarters at random: as they are typed, and nothing is lost when they are shown.
pub(super) fn typed(rng: &mut receptive_core::Rng, rows: usize, columns: usize, most: f32) -> Matrix {
    let values: Vec<_> = (0..rows * columns).map(|_| (rng.range(-most, most) * 4.0).round() / 4.0).collect();
    Matrix::new(rows, columns, values)
}
