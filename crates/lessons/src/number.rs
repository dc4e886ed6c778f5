//! Numbers as a person reads them.

mod read;
mod size;

pub(crate) use size::{any_size, notation, precise, raised};

pub use read::{Misread, NumberKind, read, read_count, read_size};

use crate::{say, words};

/// A number with at most three decimals, no trailing zeros, and a true minus sign.
pub fn number(value: f32) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞".into() } else { "−∞".into() };
    }
    short(&format!("{value:.3}"))
}

/// A number as the machine writes it, without zeros at its end and with a minus as it is printed.
pub(crate) fn short(text: &str) -> String {
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
    if text == "-0" { "0".into() } else { signed(text) }
}

/// A number that may stand behind an operator: in brackets when it is negative.
pub fn factor(value: f32) -> String {
    let text = number(value);
    if text.starts_with('−') { format!("({text})") } else { text }
}

/// Numbers for the cells of one grid: where one of them is long, all go without the zero before their point.
pub fn cell_numbers(values: impl Iterator<Item = f32>) -> Vec<String> {
    /// Characters that a cell holds with ease.
    const EASY: usize = 4;
    let mut texts: Vec<_> = values.map(number).collect();
    if texts.iter().any(|text| text.chars().count() > EASY) {
        let point = words::decimal_sign();
        for text in &mut texts {
            let (sign, size) = text.strip_prefix('−').map_or(("", text.as_str()), |size| ("−", size));
            if let Some(decimals) = size.strip_prefix('0').filter(|rest| rest.starts_with(point)) {
                *text = format!("{sign}{decimals}");
            }
        }
    }
    texts
}

/// The largest absolute value, and never zero: where colours reach their full strength.
pub fn largest<'a>(values: impl IntoIterator<Item = &'a f32>) -> f32 {
    values.into_iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()))
}

/// The place of the first number that no other exceeds.
pub fn first_best(values: &[f32]) -> usize {
    let better = |best: usize, i: usize| if values[i] > values[best] { i } else { best };
    (0..values.len()).reduce(better).unwrap_or(0)
}

/// A whole number with its thousands set apart: 1,199,882.
pub fn grouped(n: u64) -> String {
    words::grouped(n.to_string())
}

/// A number with so many decimals, and a true minus sign.
pub fn decimals(value: f64, n: usize) -> String {
    signed(&format!("{value:.n$}"))
}

/// A number as the machine writes it, with the signs that are printed: a true minus, and the language's decimal sign.
pub fn signed(text: &str) -> String {
    text.replace('-', "−").replace('.', words::decimal_sign())
}

/// A number of any size with four digits, and a true minus sign.
pub fn four_digits(value: f32) -> String {
    if value == 0.0 || !value.is_finite() {
        return number(value);
    }
    let n = (3.0 - libm::floor(libm::log10(f64::from(value).abs()))).clamp(3.0, 12.0) as usize;
    decimals(value.into(), n)
}

/// A shape (channels, rows, columns) as people write it, rows × columns × channels: "26×26×32"; of one place, or a flat
/// row, how many numbers: "128".
pub fn size_text([channels, rows, columns]: [usize; 3]) -> String {
    if [rows, columns] == [1, 1] { grouped(channels as u64) } else { format!("{rows}×{columns}×{channels}") }
}

/// Returns a cell's position in words, counted from 1: "row 2, column 3".
pub fn place([row, column]: [usize; 2]) -> String {
    say!("common.place", row = row + 1, column = column + 1)
}

/// Positions, counted from 1, as short as can be: `1, 3–5`.
pub fn positions(sorted: &[usize]) -> String {
    let mut runs: Vec<[usize; 2]> = Vec::new();
    for &at in sorted {
        match runs.last_mut() {
            Some([_, end]) if *end + 1 == at => *end = at,
            _ => runs.push([at, at]),
        }
    }
    let texts: Vec<_> = runs
        .iter()
        .map(|[start, end]| {
            let joint = if end - start == 1 { ", " } else { "–" };
            if start == end { format!("{}", start + 1) } else { format!("{}{joint}{}", start + 1, end + 1) }
        })
        .collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_signed_truly() {
        let cases =
            [(0.0, "0"), (-0.0, "0"), (-1.0, "−1"), (0.5, "0.5"), (1.0 / 9.0, "0.111"), (-0.0001, "0"), (120.0, "120")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn small_numbers_keep_their_digits() {
        let cases =
            [(0.0, "0"), (1.5, "1.500"), (-0.000_123_46, "−0.0001235"), (1234.5, "1234.500"), (f32::NAN, "NaN")];
        for (value, text) in cases {
            assert_eq!(four_digits(value), text);
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1000, 1_199_882].map(grouped), ["0", "999", "1,000", "1,199,882"]);
    }

    #[test]
    fn factors_keep_their_sign_apart_from_the_operator() {
        assert_eq!([factor(-1.0), factor(2.0), factor(-0.0001)], ["(−1)", "2", "0"]);
    }

    #[test]
    fn a_grid_with_a_long_number_drops_the_zeros_before_all_points() {
        assert_eq!(cell_numbers([0.5, -1.0].into_iter()), ["0.5", "−1"]);
        assert_eq!(cell_numbers([0.5, -0.125, 0.0, 10.5].into_iter()), [".5", "−.125", "0", "10.5"]);
    }

    #[test]
    fn positions_are_written_as_runs() {
        let cases: [(&[usize], &str); 4] = [(&[], ""), (&[3], "4"), (&[3, 4], "4, 5"), (&[0, 2, 3, 4], "1, 3–5")];
        for (at, text) in cases {
            assert_eq!(positions(at), text);
        }
    }
}
