//! Numbers as a person reads them.

/// A number with at most three decimals, no trailing zeros, and a true minus sign.
pub fn number(value: f32) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞".into() } else { "−∞".into() };
    }
    let text = format!("{value:.3}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    match text.strip_prefix('-') {
        Some("0") => "0".into(),
        Some(digits) => format!("−{digits}"),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_short_and_signed_truly() {
        let cases =
            [(0.0, "0"), (-0.0, "0"), (-1.0, "−1"), (0.5, "0.5"), (1.0 / 9.0, "0.111"), (-0.0001, "0"), (120.0, "120")];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }
}
