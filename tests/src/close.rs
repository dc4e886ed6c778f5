//! The comparison of numbers within tolerances.
//!
//! A comparison is written as a pass, so that NaN fails it. Each tolerance has a name and a reason.

/// The distance that a result may have from the wanted one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Allowed distance whatever the size.
    pub abs: f64,
    /// Allowed distance per size of the wanted number.
    pub rel: f64,
}

impl Tolerance {
    /// Copies and comparisons: maximum, ReLU, positions.
    pub const EXACT: Self = Self { abs: 0.0, rel: 0.0 };
    /// Two computations in f64 that differ in their order.
    pub const DOUBLE: Self = Self { abs: 1e-9, rel: 1e-9 };
    /// A central difference in f64 with the step of [`crate::differences::STEP`].
    pub const DIFFERENCE: Self = Self { abs: 1e-7, rel: 1e-7 };
    /// Exponentials in f32: a logit of 100 carries an error of 4e-6, and so does the logarithm of its probability.
    pub const EXPONENTIAL: Self = Self { abs: 1e-6, rel: 2e-5 };
    /// A setting that is an f32 here and an f64 there.
    pub const RECORDED_SETTING: Self = Self { abs: 0.0, rel: 1e-7 };
    /// Training steps in f32, each built on the rounding of the one before.
    pub const TRAJECTORY: Self = Self { abs: 2e-5, rel: 2e-4 };

    /// A sum of `n_terms` products of numbers around 1, added up in f32 in any order.
    pub fn sum_of(n_terms: usize) -> Self {
        Self { abs: 1e-6 + 1e-7 * n_terms as f64, rel: 1e-6 }
    }

    /// The sum of both tolerances: for a computed number against a recorded or approximated one.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { abs: self.abs + other.abs, rel: self.rel + other.rel }
    }
}

/// True if `got` is within the tolerance of `want`. NaN never is; an infinity never is.
pub fn close(got: f64, want: f64, tolerance: Tolerance) -> bool {
    (got - want).abs() <= tolerance.abs + tolerance.rel * want.abs()
}

/// Compares two lists and reports the worst disagreement.
///
/// # Errors
/// When the lengths differ or any element is not [`close`]; the text names how many and the worst.
pub fn compare<G: Copy + Into<f64>>(what: &str, got: &[G], want: &[f64], tolerance: Tolerance) -> Result<(), String> {
    if got.len() != want.len() {
        return Err(format!("{what}: {} values where {} were wanted", got.len(), want.len()));
    }
    let n_values = want.len();
    let wrong: Vec<(usize, f64, f64)> = got
        .iter()
        .zip(want)
        .enumerate()
        .map(|(i, (&got, &want))| (i, got.into(), want))
        .filter(|&(_, got, want)| !close(got, want, tolerance))
        .collect();
    let badness = |&(_, got, want): &(usize, f64, f64)| {
        let distance = (got - want).abs();
        if distance.is_nan() { f64::INFINITY } else { distance }
    };
    match wrong.iter().max_by(|a, b| badness(a).total_cmp(&badness(b))) {
        None => Ok(()),
        Some(&(i, got, want)) => Err(format!(
            "{what}: {} of {} values are off; worst at {i}: got {got}, want {want} ({tolerance:?})",
            wrong.len(),
            n_values,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOSEST: Tolerance = Tolerance::TRAJECTORY;

    #[test]
    fn close_rejects_nan_and_infinity_on_either_side() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!close(bad, 1.0, LOOSEST), "{bad}");
            assert!(!close(1.0, f64::NAN, LOOSEST), "{bad}");
        }
        assert!(!close(f64::NAN, f64::NAN, LOOSEST));
    }

    #[test]
    fn close_accepts_what_the_tolerance_allows_and_nothing_more() {
        let tolerance = Tolerance { abs: 0.5, rel: 0.25 };
        assert!(close(2.0 + 1.0, 2.0, tolerance) && close(2.0 - 1.0, 2.0, tolerance));
        assert!(!close(3.01, 2.0, tolerance) && !close(0.99, 2.0, tolerance));
        assert!(close(7.0, 7.0, Tolerance::EXACT));
        assert!(!close(7.0 + 1e-14, 7.0, Tolerance::EXACT));
    }

    #[test]
    fn compare_rejects_one_perturbed_element_wherever_it_is() {
        let want: Vec<f64> = (0..7).map(|i| f64::from(i) - 3.0).collect();
        assert_eq!(compare("same", &want, &want, Tolerance::EXACT), Ok(()));
        for i in 0..want.len() {
            for wrong in [want[i] + 0.01, -want[i] + 1.0, f64::NAN, f64::INFINITY] {
                let mut got = want.clone();
                got[i] = wrong;
                let message = compare("perturbed", &got, &want, LOOSEST).expect_err("must be rejected");
                assert!(message.contains(&format!("worst at {i}")) && message.contains("1 of 7"), "{message}");
            }
        }
    }

    #[test]
    fn compare_rejects_a_missing_and_a_surplus_element() {
        assert!(compare("short", &[1.0f32], &[1.0, 1.0], LOOSEST).is_err());
        assert!(compare("long", &[1.0f32, 1.0], &[1.0], LOOSEST).is_err());
        assert!(compare::<f32>("nothing", &[], &[1.0], LOOSEST).is_err());
    }

    #[test]
    fn a_sum_with_one_term_missing_is_outside_its_tolerance() {
        for n_terms in [1, 9, 288, 9216] {
            let terms: Vec<f64> = (0..n_terms).map(|i| 0.3 + f64::from(i % 7) / 7.0).collect();
            let sum: f64 = terms.iter().sum();
            assert!(!close(sum - terms[0], sum, Tolerance::sum_of(n_terms as usize)), "{n_terms} terms");
        }
    }
}
