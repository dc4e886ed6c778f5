//! Numbers made from a seed, so that a case is a line of text.

use receptive_core::Rng;
use serde::Deserialize;

/// The kind of numbers that a tensor is filled with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Mean 0, deviation 1.
    #[default]
    Normal,
    /// Between -100 and 100, every fifth exactly at one of the two.
    Hundreds,
    /// -1, 0 or 1, so that maxima tie and ReLU meets zero.
    Ties,
    /// All the same number.
    Equal,
    /// Between -3 and -1: less than any padding of zeros.
    Negative,
}

/// A tensor as a case writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// Axes, outermost first. Empty where the operation determines it.
    #[serde(default)]
    pub shape: Vec<usize>,
    /// The seed of the numbers.
    pub seed: u64,
    /// The kind of numbers.
    #[serde(default)]
    pub kind: Kind,
}

impl Fill {
    /// `len` numbers of this kind.
    pub fn values(&self, len: usize) -> Vec<f32> {
        let mut rng = Rng::new(self.seed);
        (0..len)
            .map(|i| match self.kind {
                Kind::Normal => rng.normal(),
                Kind::Hundreds => {
                    let value = rng.range(-100.0, 100.0);
                    if i % 5 == 2 { 100.0f32.copysign(value) } else { value }
                }
                Kind::Ties => rng.below(3) as f32 - 1.0,
                Kind::Equal => 0.75,
                Kind::Negative => rng.range(-3.0, -1.0),
            })
            .collect()
    }
}

/// The same numbers in f64.
pub fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, seed: u64) -> Vec<f32> {
        Fill { shape: vec![], seed, kind }.values(2000)
    }

    #[test]
    fn each_kind_is_what_its_name_says() {
        let normal = of(Kind::Normal, 1);
        let mean = normal.iter().sum::<f32>() / 2000.0;
        let variance = normal.iter().map(|v| (v - mean) * (v - mean)).sum::<f32>() / 2000.0;
        assert!(mean.abs() < 0.1 && (variance - 1.0).abs() < 0.15, "mean {mean}, variance {variance}");
        assert!(of(Kind::Hundreds, 1).iter().all(|v| v.abs() <= 100.0));
        assert!(of(Kind::Hundreds, 1).contains(&100.0) && of(Kind::Hundreds, 1).contains(&-100.0));
        assert!(of(Kind::Ties, 1).iter().all(|v| [-1.0, 0.0, 1.0].contains(v)));
        assert!(of(Kind::Negative, 1).iter().all(|v| *v < -0.9));
    }

    #[test]
    fn seeds_differ_and_repeat() {
        assert_eq!(of(Kind::Normal, 5), of(Kind::Normal, 5));
        assert_ne!(of(Kind::Normal, 5), of(Kind::Normal, 6));
    }
}
