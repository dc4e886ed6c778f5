//! Curves of many points drawn on few pixels: which points stay, and what stands at the axes. No browser here.

use receptive_lessons::{grouped, signed};

pub use receptive_train::peaks;

/// A number as it stands at an axis, short whatever its size: 0.05, 2.5, 1,200, 400 k, 4·10⁹.
pub fn axis_label(value: f64) -> String {
    let size = value.abs();
    match size {
        0.0 => "0".into(),
        1e3..1e5 if size.fract() == 0.0 => format!("{}{}", sign(value), grouped(size as u64)),
        0.001..999.5 => digits(value),
        1e3..999_500.0 => format!("{} k", digits(value / 1e3)),
        999.5..1e3 => grouped(1000),
        _ => {
            let exponent = size.log10().floor() as i32;
            let mantissa = value / 10f64.powi(exponent);
            // Rounded up to ten times as much.
            let (mantissa, exponent) =
                if mantissa.abs() >= 9.95 { (mantissa / 10.0, exponent + 1) } else { (mantissa, exponent) };
            let raised: String = exponent.to_string().chars().map(superscript).collect();
            format!("{}·10{raised}", trimmed(format!("{mantissa:.1}")))
        }
    }
}

fn sign(value: f64) -> &'static str {
    if value < 0.0 { "−" } else { "" }
}

/// Three digits of a number from 0.001 to 999.
fn digits(value: f64) -> String {
    let n_decimals = (2 - value.abs().log10().floor() as i32).clamp(0, 4) as usize;
    trimmed(format!("{value:.n_decimals$}"))
}

/// Without zeros at the end, and with a true minus.
fn trimmed(text: String) -> String {
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    signed(text)
}

fn superscript(digit: char) -> char {
    match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁰' as u32 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use receptive_core::Rng;

    /// A label read back.
    fn read(label: &str) -> f64 {
        let plain = label.replace(',', "").replace('−', "-");
        if let Some(thousands) = plain.strip_suffix(" k") {
            return 1e3 * thousands.parse::<f64>().expect("a number");
        }
        match plain.split_once("·10") {
            None => plain.parse().expect("a number"),
            Some((mantissa, raised)) => {
                let digit = |c| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|known| known == c);
                let exponent: String =
                    raised.chars().map(|c| digit(c).map_or("-".to_string(), |d| d.to_string())).collect();
                mantissa.parse::<f64>().expect("a number") * 10f64.powi(exponent.parse().expect("a number"))
            }
        }
    }

    /// About how wide it is drawn, in digits.
    fn width(label: &str) -> f64 {
        label.chars().map(|c| if c.is_ascii_digit() || "k−".contains(c) { 1.0 } else { 0.6 }).sum()
    }

    #[test]
    fn labels_are_short_and_true_whatever_the_range() {
        let mut rng = Rng::new(3);
        for _ in 0..3000 {
            // Ticks as an axis has them: a few multiples of 1, 2 or 5 times a power of ten.
            let (power, times) = (rng.below(26) as i32 - 6, [1.0, 2.0, 5.0][rng.below(3) as usize]);
            let ticks: Vec<f64> = (0..=6).map(|i| f64::from(i) * times * 10f64.powi(power)).collect();
            let labels: Vec<String> = ticks.iter().map(|&tick| axis_label(tick)).collect();
            for (label, tick) in labels.iter().zip(&ticks) {
                // What the chart keeps free for them, 50 px, at 12 px a letter.
                assert!(width(label) <= 6.5, "{label} for {tick}");
                assert!((read(label) - tick).abs() <= 0.005 * tick, "{label} for {tick}");
            }
            assert!(labels.windows(2).all(|two| two[0] != two[1]), "{labels:?}");
        }
        for (value, label) in [
            (400_000.0, "400 k"),
            (0.30000001, "0.3"),
            (2.303, "2.3"),
            (999.9, "1,000"),
            (12_500.0, "12,500"),
            (999_900.0, "1·10⁶"),
            (-0.25, "−0.25"),
            (4e-7, "4·10⁻⁷"),
        ] {
            assert_eq!(axis_label(value), label);
        }
    }
}
