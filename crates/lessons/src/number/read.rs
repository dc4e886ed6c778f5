//! Numbers as people type them, and as the page prints them: one reader for cells, exercises and settings.

use crate::say;

/// The kind of number that is asked for. It decides what a comma or a point before three digits means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberKind {
    /// A whole number: there they set thousands apart.
    Count,
    /// A number with decimals: there a single one is the decimal point.
    Decimals,
    /// Any number: a single comma before three digits may be either, so it is asked back.
    Any,
}

/// The reason that a number could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misread {
    /// Nothing was typed.
    Empty,
    /// It is no number.
    Unclear,
    /// A whole number is asked for, and this has decimals.
    NotWhole,
    /// It can mean two numbers.
    Either(String, String),
}

impl Misread {
    /// Returns the question to ask back, where the text can mean two numbers.
    pub fn question(&self) -> Option<String> {
        let Self::Either(one, other) = self else { return None };
        Some(say!("common.bad.either", one = one, other = other))
    }
}

/// Reads one number: with any dash for a minus sign, digits of full width, thousands set apart, a decimal point or
/// comma, a fraction, a percentage (but no count is one), or a power of ten.
///
/// # Errors
/// When it is no number of this kind, or could be two.
pub fn read(text: &str, kind: NumberKind) -> Result<f64, Misread> {
    let text = plain(text);
    let text = text.strip_prefix('=').unwrap_or(&text);
    let text = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text);
    if text.is_empty() {
        return Err(Misread::Empty);
    }
    let (text, parts) = match text.strip_suffix('%') {
        Some(_) if kind == NumberKind::Count => return Err(Misread::Unclear),
        Some(text) => (text, 100.0),
        None => (text, 1.0),
    };
    let value = match text.split_once('/') {
        Some((above, below)) => match above.rsplit_once(' ') {
            // One and a half: "1 1/2".
            Some((whole, above)) if !above.starts_with('0') => {
                let part = decimal(above, kind)? / decimal(below, kind)?;
                let whole = decimal(whole, kind)?;
                whole + part.copysign(whole)
            }
            _ => decimal(above, kind)? / decimal(below, kind)?,
        },
        None => decimal(text, kind)?,
    } / parts;
    match kind {
        _ if !value.is_finite() => Err(Misread::Unclear),
        NumberKind::Count if value.fract() != 0.0 => Err(Misread::NotWhole),
        _ => Ok(value),
    }
}

/// Reads a whole number between two bounds; nothing when it is none of these.
pub fn read_count(text: &str, low: usize, high: usize) -> Option<usize> {
    // Compared before it is cut to a whole number of the machine.
    let is_within = |n: &f64| (low as f64..=high as f64).contains(n);
    read(text, NumberKind::Count).ok().filter(is_within).map(|n| n as usize)
}

/// Reads rows and columns: "12×12", "12 x 12", "12, 12", "12 by 12"; one number is the side of a square.
///
/// # Errors
/// When they are not one or two whole numbers, or could be either.
pub fn read_size(text: &str) -> Result<[usize; 2], Misread> {
    let text = plain(text).to_ascii_lowercase().replace("by", "x");
    let text = text.trim_matches(['(', ')', '[', ']', '=', ' ']);
    if text.is_empty() {
        return Err(Misread::Empty);
    }
    let sides: Vec<_> = text.split(['x', '*', ',', ';', ' ']).collect();
    let whole = |side: &str| side.parse::<usize>().map_err(|_| Misread::Unclear);
    match sides[..] {
        [side] => whole(side).map(|side| [side; 2]),
        [rows, columns] if columns.len() == 3 && text.contains(',') => {
            let side = whole(&format!("{rows}{columns}"))?;
            Err(Misread::Either(format!("{side}×{side}"), format!("{}×{}", whole(rows)?, whole(columns)?)))
        }
        [rows, columns] => Ok([whole(rows)?, whole(columns)?]),
        _ => Err(Misread::Unclear),
    }
}

/// The text in plain characters: ASCII digits, `-`, `/`, `x` for times, `^` before a raised number, an apostrophe for
/// any, and a space only between two digits.
fn plain(text: &str) -> String {
    /// Zeros of writings that count from there in the same way: full width, Arabic, Persian, Devanagari.
    const ZEROS: [char; 4] = ['０', '٠', '۰', '०'];
    const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let mut made = String::with_capacity(text.len());
    let mut is_raised = false;
    let mut is_apart = false;
    for c in text.chars() {
        let digit = ZEROS.into_iter().find_map(|zero| (c as u32).checked_sub(zero as u32).filter(|digit| *digit < 10));
        let raised = RAISED.chars().position(|raised| raised == c).map(|digit| digit as u32);
        if (raised.is_some() || c == '⁻') && !is_raised {
            made.push('^');
        }
        is_raised = raised.is_some() || c == '⁻';
        let c = match c {
            _ if digit.or(raised).is_some() => {
                digit.or(raised).and_then(|digit| char::from_digit(digit, 10)).unwrap_or(c)
            }
            '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}' => continue,
            _ if c.is_whitespace() => {
                is_apart = true;
                continue;
            }
            '−' | '‐'..='―' | '﹣' | '－' | '⁻' => '-',
            '＋' => '+',
            '．' | '٫' => '.',
            '，' | '٬' | '、' => ',',
            '’' | '‘' | '′' | 'ʼ' | '´' | '`' => '\'',
            '⁄' | '∕' | '÷' | '／' => '/',
            '％' | '٪' => '%',
            '×' | '·' | '⋅' | '∙' | '✕' | '✖' | 'х' | 'X' => 'x',
            _ => c,
        };
        if is_apart && c.is_ascii_digit() && made.ends_with(|last: char| last.is_ascii_digit()) {
            made.push(' ');
        }
        is_apart = false;
        let fraction =
            ["¼1/4", "½1/2", "¾3/4", "⅓1/3", "⅔2/3", "⅛1/8"].into_iter().find_map(|known| known.strip_prefix(c));
        match fraction {
            Some(fraction) => {
                made.extend(made.ends_with(|last: char| last.is_ascii_digit()).then_some(' '));
                made.push_str(fraction);
            }
            None => made.push(c),
        }
    }
    made
}

/// Digits times a power of ten: exact with up to 15 digits and 22 powers (W. D. Clinger, "How to read floating point
/// numbers accurately", 1990), beyond that to the last place or two. The standard library is exact to the last digit,
/// with tables that would be a fortieth of the page.
fn scaled(digits: &str, power: i32) -> f64 {
    /// Digits that a whole number of the machine holds.
    const MOST_DIGITS: usize = 19;
    let digits = digits.trim_start_matches('0');
    let kept = &digits[..digits.len().min(MOST_DIGITS)];
    let value = kept.parse::<u64>().unwrap_or(0) as f64;
    match power.saturating_add((digits.len() - kept.len()) as i32) {
        _ if value == 0.0 => 0.0,
        power @ 0.. => value * 10f64.powi(power),
        power => value / 10f64.powi(-power),
    }
}

/// A number with a sign, thousands, decimals and a power of ten, as far as it has them.
fn decimal(text: &str, kind: NumberKind) -> Result<f64, Misread> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => ("−", text),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let raised = ["x10^", "*10^", "e", "E"].into_iter().find_map(|mark| text.split_once(mark));
    let (digits, power) = raised.unwrap_or((text, "0"));
    let power: i32 = power.parse().ok().filter(|power| (-9999..=9999).contains(power)).ok_or(Misread::Unclear)?;
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let with_point = |point: Option<usize>| {
        let (whole, part) = point.map_or((digits, ""), |at| (&digits[..at], &digits[at + 1..]));
        let groups: Vec<_> = whole.split(['.', ',', '\'', ' ']).collect();
        let is_number = groups.iter().chain([&part]).all(|part| is_digits(part)) && whole.len() + part.len() > 0;
        let value = || scaled(&(groups.concat() + part), power - part.len() as i32);
        (is_number && is_grouped(&groups)).then(|| if sign.is_empty() { value() } else { -value() })
    };
    let n = |separator: char| digits.matches(separator).count();
    let point = match digits.rfind(['.', ',']) {
        // Both stand in it, or another sign for thousands: the last is the decimal point.
        Some(at) if n('.') + n(',') == 1 || (n('.') > 0 && n(',') > 0) => Some(at),
        _ => None,
    };
    let is_alone = n('.') + n(',') == 1 && n('\'') + n(' ') == 0;
    let thousands = with_point(None).filter(|_| is_alone);
    match (thousands, point) {
        (Some(value), _) if kind == NumberKind::Count => Ok(value),
        // A slip of the hand in a count, more likely than a decimal comma: "58,00".
        (None, Some(at)) if kind == NumberKind::Count && digits[at..].starts_with(',') => Err(Misread::Unclear),
        (Some(_), Some(_)) if kind == NumberKind::Any && n(',') == 1 => {
            let other = |to: &str| sign.to_string() + &text.replacen(',', to, 1);
            Err(Misread::Either(other(""), other(".")))
        }
        _ => with_point(point).ok_or(Misread::Unclear),
    }
}

/// True if groups of digits set thousands apart: by threes, or the last three and before them by twos.
fn is_grouped(groups: &[&str]) -> bool {
    let [first, middle @ .., last] = groups else { return true };
    (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && last.len() == 3
        && (middle.iter().all(|group| group.len() == 3)
            || (first.len() < 3 && middle.iter().all(|group| group.len() == 2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cell_numbers, factor, number};
    use receptive_core::Rng;

    /// Texts that people type, and their values where a count, a number with decimals, and any number is asked for.
    #[test]
    fn numbers_are_read_as_people_type_them() {
        const NONE: f64 = f64::NAN;
        let cases = [
            ("7", [7.0, 7.0, 7.0]),
            (" +7 ", [7.0, 7.0, 7.0]),
            ("= 7", [7.0, 7.0, 7.0]),
            ("(−7)", [-7.0, -7.0, -7.0]),
            ("5.", [5.0, 5.0, 5.0]),
            ("5.0", [5.0, 5.0, 5.0]),
            (".5", [NONE, 0.5, 0.5]),
            ("−.125", [NONE, -0.125, -0.125]),
            ("0,511", [NONE, 0.511, 0.511]),
            ("1,5", [NONE, 1.5, 1.5]),
            ("58,00", [NONE, 58.0, 58.0]),
            ("1/3", [NONE, 1.0 / 3.0, 1.0 / 3.0]),
            ("21/2", [NONE, 10.5, 10.5]),
            ("24 / 2", [12.0, 12.0, 12.0]),
            ("−1⁄4", [NONE, -0.25, -0.25]),
            ("1 1/2", [NONE, 1.5, 1.5]),
            ("−2½", [NONE, -2.5, -2.5]),
            ("½", [NONE, 0.5, 0.5]),
            ("50,240", [50_240.0, 50.24, NONE]),
            ("50.240", [50_240.0, 50.24, 50.24]),
            ("1,204", [1204.0, 1.204, NONE]),
            ("58,000", [58_000.0, 58.0, NONE]),
            ("50 240", [50_240.0; 3]),
            ("50\u{a0}240", [50_240.0; 3]),
            ("50\u{2009}240", [50_240.0; 3]),
            ("50\u{202f}240", [50_240.0; 3]),
            ("50’240", [50_240.0; 3]),
            ("50'240", [50_240.0; 3]),
            ("1,199,882", [1_199_882.0; 3]),
            ("1.199.882", [1_199_882.0; 3]),
            ("11,99,882", [1_199_882.0; 3]),
            ("1,204.5", [NONE, 1204.5, 1204.5]),
            ("1.204,5", [NONE, 1204.5, 1204.5]),
            ("1 204,567", [NONE, 1204.567, 1204.567]),
            ("１２．５", [NONE, 12.5, 12.5]),
            ("１２", [12.0; 3]),
            ("٣٤", [34.0; 3]),
            ("1e-3", [NONE, 0.001, 0.001]),
            ("5E4", [50_000.0; 3]),
            ("2·10⁻²", [NONE, 0.02, 0.02]),
            ("2 × 10^3", [2000.0; 3]),
            ("57 %", [NONE, 0.57, 0.57]),
            ("57％", [NONE, 0.57, 0.57]),
            ("4294967295", [4_294_967_295.0; 3]),
        ];
        for (text, wanted) in cases {
            for (kind, wanted) in [NumberKind::Count, NumberKind::Decimals, NumberKind::Any].into_iter().zip(wanted) {
                let got = read(text, kind);
                let is_right = if wanted.is_nan() { got.is_err() } else { got == Ok(wanted) };
                assert!(is_right, "{text} as {kind:?}: {got:?}");
            }
        }
        for dash in ['-', '−', '–', '—', '‐', '‑', '‒', '－', '﹣'] {
            assert_eq!(read(&format!("{dash}2"), NumberKind::Count), Ok(-2.0), "{dash}");
            assert_eq!(read(&format!(" {dash} 2,5"), NumberKind::Any), Ok(-2.5), "{dash}");
        }
    }

    #[test]
    fn what_is_no_number_is_distinguished_from_what_is_two() {
        for text in ["", "  ", "\u{200b}"] {
            assert_eq!(read(text, NumberKind::Any), Err(Misread::Empty));
            assert_eq!(read_size(text), Err(Misread::Empty));
        }
        let unclear = [
            "seven", "1e400", "nan", "NaN", "inf", "∞", "1;2", ".", ",", "-", "--2", "1.2.3", "1,2,3", "12 34", "1/0",
            "1/", "/2", "12x12", "0 511", "1,20 4", "%", "e3", "1e", "1 2/", "1.5.", "²", "0x10",
        ];
        for text in unclear {
            for kind in [NumberKind::Count, NumberKind::Decimals, NumberKind::Any] {
                assert_eq!(read(text, kind), Err(Misread::Unclear), "{text}");
            }
        }
        assert_eq!(read("2.5", NumberKind::Count), Err(Misread::NotWhole));
        assert_eq!(read("−1,204", NumberKind::Any), Err(Misread::Either("−1204".into(), "−1.204".into())));
        let question = read("1,204", NumberKind::Any).unwrap_err().question();
        assert_eq!(question.as_deref(), Some("Do you mean 1204 or 1.204? Write it in one of these ways."));
    }

    #[test]
    fn counts_are_read_within_their_bounds() {
        for text in ["12", "１２", " 12 ", "12.0", "+12", "24/2"] {
            assert_eq!(read_count(text, 1, 20), Some(12), "{text}");
        }
        for text in ["", "0", "21", "-1", "12,5", "1e40", "99999999999999999999", "x"] {
            assert_eq!(read_count(text, 1, 20), None, "{text}");
        }
    }

    #[test]
    fn sizes_are_read_as_people_type_them() {
        for text in [
            "12x12",
            "12×12",
            "12 X 12",
            "12*12",
            "12, 12",
            "12,12",
            "12 by 12",
            "(12, 12)",
            "12 12",
            "12",
            "12·12",
            "１２×１２",
        ] {
            assert_eq!(read_size(text), Ok([12, 12]), "{text}");
        }
        assert_eq!(read_size("26×24"), Ok([26, 24]));
        assert_eq!(read_size("1,204"), Err(Misread::Either("1204×1204".into(), "1×204".into())));
        for text in ["12x", "12x12x3", "a", "1.5x2", "-1x2", "x"] {
            assert_eq!(read_size(text), Err(Misread::Unclear), "{text}");
        }
    }

    #[test]
    fn whatever_the_page_prints_is_read_back() {
        let mut rng = Rng::new(5);
        for round in 0..20_000 {
            let size = [1e-3, 1.0, 100.0, 1e4, 1e6][round % 5];
            let value = if round % 3 == 0 { rng.range(-size, size).round() } else { rng.range(-size, size) };
            let printed = number(value);
            let meant: f64 = printed.replace('−', "-").parse().unwrap();
            assert!(
                (meant - f64::from(value)).abs() <= 0.000_501 + f64::from(value.abs()) * 1e-6,
                "{value}: {printed}"
            );
            for text in [printed.clone(), factor(value), cell_numbers([value, 0.125].into_iter()).swap_remove(0)] {
                assert_eq!(read(&text, NumberKind::Any), Ok(meant), "{text}");
                assert_eq!(read(&text, NumberKind::Decimals), Ok(meant), "{text}");
            }
            let count = rng.below(2_000_000);
            assert_eq!(read(&crate::grouped(count.into()), NumberKind::Count), Ok(count.into()));
        }
    }
}
