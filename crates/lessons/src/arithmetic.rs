//! Printed arithmetic, read back: whether the numbers before an equals sign come to the number behind it.

use crate::words::decimal_sign;

/// Returns the sign between a printed expression and its printed result: an equals sign if they are exactly equal, as a
/// learner with pencil and paper finds out, else the sign for "about".
///
/// An expression that this cannot read, such as the name of a colour, stays as it is.
pub fn sign(expression: &str, result: &str) -> &'static str {
    if is_rounded(expression, result) { "≈" } else { "=" }
}

/// An equation with its sign: "2·3 + 1 = 7", "0.333·2 ≈ 0.667".
pub fn equation(expression: &str, result: &str) -> String {
    format!("{expression} {} {result}", sign(expression, result))
}

/// True if a printed expression is not exactly its printed result.
pub fn is_rounded(expression: &str, result: &str) -> bool {
    let (Some(before), Some(behind)) = (value(expression), value(result)) else { return false };
    // What is too large for the engine's single precision, or is no number, was not rounded.
    behind.is_finite() && (before - behind).abs() > 1e-9 * (1.0 + before.abs())
}

/// The value of a printed expression; nothing where it cannot be read.
///
/// It may hold sums, products, quotients, brackets, `max(…, …)`, powers of e such as `e^{−2}`, the functions ln, σ and tanh,
/// and powers of ten such as `2.69·10⁴³`.
pub fn value(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let value = sum(&mut rest)?;
    rest.is_empty().then_some(value)
}

/// Takes a sign from the front, with the space around it.
fn take(rest: &mut &str, sign: &str) -> bool {
    let found = rest.trim_start().strip_prefix(sign);
    *rest = found.map_or(*rest, str::trim_start);
    found.is_some()
}

fn sum(rest: &mut &str) -> Option<f64> {
    let mut sum = product(rest)?;
    loop {
        if take(rest, "+") {
            sum += product(rest)?;
        } else if take(rest, "−") {
            sum -= product(rest)?;
        } else {
            return Some(sum);
        }
    }
}

fn product(rest: &mut &str) -> Option<f64> {
    let mut product = factor(rest)?;
    loop {
        if take(rest, "·") {
            product *= factor(rest)?;
        } else if take(rest, "/") {
            product /= factor(rest)?;
        } else {
            return Some(product);
        }
    }
}

/// A function of one number.
type Function = fn(f64) -> f64;

fn factor(rest: &mut &str) -> Option<f64> {
    if take(rest, "−") {
        return Some(-factor(rest)?);
    }
    let functions: [(&str, &str, Function); 5] = [
        ("e^{", "}", libm::exp),
        ("ln(", ")", libm::log),
        ("σ(", ")", |x| 1.0 / (1.0 + libm::exp(-x))),
        ("tanh(", ")", libm::tanh),
        ("(", ")", |x| x),
    ];
    for (open, close, function) in functions {
        if take(rest, open) {
            let inside = sum(rest)?;
            return take(rest, close).then(|| function(inside));
        }
    }
    if take(rest, "max(") {
        let mut most = sum(rest)?;
        while take(rest, ",") {
            most = most.max(sum(rest)?);
        }
        return take(rest, ")").then_some(most);
    }
    if take(rest, "∞") {
        return Some(f64::INFINITY);
    }
    if take(rest, "NaN") {
        return Some(f64::NAN);
    }
    // A decimal sign stands between two digits: a comma behind a number may divide it from the next.
    let whole = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let decimals = rest[whole..].strip_prefix(decimal_sign()).unwrap_or_default();
    let n_decimals = decimals.find(|c: char| !c.is_ascii_digit()).unwrap_or(decimals.len());
    let n_digits = if n_decimals > 0 { whole + decimal_sign().len() + n_decimals } else { whole };
    let (digits, behind) = rest.split_at(n_digits);
    let (power, behind) = raised(behind);
    *rest = behind.trim_start();
    Some(digits.replace(decimal_sign(), ".").parse::<f64>().ok()?.powi(power?))
}

/// The small figures at the front as a power, and what stands behind them. Without any, the power is 1.
fn raised(text: &str) -> (Option<i32>, &str) {
    const FIGURES: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    let n = text.find(|c: char| c != '⁻' && !FIGURES.contains(c)).unwrap_or(text.len());
    let (small, behind) = text.split_at(n);
    let figure = |c: char| match FIGURES.chars().position(|figure| figure == c) {
        Some(figure) => char::from(b'0' + figure as u8),
        None => '-',
    };
    let power = if small.is_empty() { Some(1) } else { small.chars().map(figure).collect::<String>().parse().ok() };
    (power, behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read() {
        let cases = [
            ("1·0 + 2·(−1) + 0.5", -1.5),
            ("(1 + 2 + 3) / 9", 6.0 / 9.0),
            ("max(−2, 0)", 0.0),
            ("max(0.1·(−2), 0.5·2 − 3)", -0.2),
            ("max(−2, 0.1·(−2))", -0.2),
            ("e^{0} + e^{−1}", 1.0 + libm::exp(-1.0)),
            ("e^{−1} / (e^{0} + e^{−1})", libm::exp(-1.0) / (1.0 + libm::exp(-1.0))),
            ("2.69·10⁴³", 2.69e43),
            ("−1.50·10⁻⁹", -1.5e-9),
            ("128 / 255", 128.0 / 255.0),
            ("σ(0)", 0.5),
            ("ln(e^{1} + e^{1}) − 1", libm::log(2.0)),
            ("tanh(−0.5)", libm::tanh(-0.5)),
            ("(−0.25)·(−4)", 1.0),
        ];
        for (text, wanted) in cases {
            let read = value(text).unwrap_or(f64::NAN);
            assert!((read - wanted).abs() <= 1e-12 * (1.0 + wanted.abs()), "{text}: {read}, not {wanted}");
        }
    }

    #[test]
    fn what_is_no_arithmetic_is_not_read() {
        for text in ["", "orange", "(255, 128, 0)", "1 +", "max(1", "1 2", "e^{1", "(1 + 2", "φ(1)", "10⁻"] {
            assert_eq!(value(text), None, "{text}");
        }
    }

    #[test]
    fn only_what_adds_up_stands_before_an_equals_sign() {
        assert_eq!(equation("0.1 + 0.2", "0.3"), "0.1 + 0.2 = 0.3");
        assert_eq!(equation("1.1 + 0.006", "1.107"), "1.1 + 0.006 ≈ 1.107");
        assert_eq!(equation("(1 + 1) / 3", "0.667"), "(1 + 1) / 3 ≈ 0.667");
        assert_eq!([sign("e^{100}", "∞"), sign("e^{0}", "1"), sign("0 / 0", "NaN")], ["="; 3]);
        assert_eq!(sign("(255, 0, 0)", "red"), "=");
    }
}
