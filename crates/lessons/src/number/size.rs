//! Numbers of any size, with a power of ten where three decimals cannot show them.

use super::number;

/// Digits and power of ten of a number that three decimals cannot show well.
fn power_of_ten(value: f32) -> Option<(String, String)> {
    let size = value.abs();
    if !size.is_finite() || size == 0.0 || (0.001..1e5).contains(&size) {
        return None;
    }
    let text = super::signed(&format!("{value:.2e}"));
    text.split_once('e').map(|(digits, power)| (digits.into(), power.into()))
}

/// A number that may be far too large or small for three decimals: `2.69·10⁴³`.
pub(crate) fn any_size(value: f32) -> String {
    let Some((digits, power)) = power_of_ten(value) else { return number(value) };
    format!("{digits}·10{}", raised(&power))
}

/// A number with at least three digits that count, however small it is: `0.0123`, `1.30·10⁻⁵`.
pub(crate) fn precise(value: f32) -> String {
    let places = |n: usize| super::short(&format!("{value:.n$}"));
    match value.abs() {
        size if (0.01..0.1).contains(&size) => places(4),
        size if (0.001..0.01).contains(&size) => places(5),
        _ => any_size(value),
    }
}

/// A whole number in small raised figures.
pub(crate) fn raised(power: &str) -> String {
    let raise = |sign: char| match sign {
        '−' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => digit.to_digit(10).and_then(|digit| char::from_u32('⁰' as u32 + digit)).unwrap_or(digit),
    };
    power.chars().map(raise).collect()
}

/// The same in a formula's notation.
pub(crate) fn notation(value: f32) -> String {
    power_of_ten(value).map_or_else(|| number(value), |(digits, power)| format!("{digits}·sup(10, {power})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_keep_three_digits() {
        let cases =
            [(0.0123, "0.0123"), (-0.001_234, "−0.00123"), (0.1234, "0.123"), (1.3e-5, "1.30·10⁻⁵"), (0.0, "0")];
        for (value, text) in cases {
            assert_eq!(precise(value), text);
        }
    }

    #[test]
    fn large_and_small_numbers_stay_short() {
        let cases = [
            (0.0, "0"),
            (0.25, "0.25"),
            (2.69e37, "2.69·10³⁷"),
            (-1.5e-9, "−1.50·10⁻⁹"),
            (f32::INFINITY, "∞"),
            (f32::NAN, "NaN"),
            (f32::MAX, "3.40·10³⁸"),
            (4.6e20, "4.60·10²⁰"),
        ];
        for (value, text) in cases {
            assert_eq!(any_size(value), text);
        }
        assert_eq!([notation(-1.5e-9), notation(0.5)], ["−1.50·sup(10, −9)", "0.5"]);
    }
}
