//! Helpers for the crate's lanes: eight neighbouring values in two vectors, on wasm, x86 and Arm alike.

use wide::f32x4;

/// Eight neighbouring values.
pub(crate) fn load(x: &[f32; 8]) -> [f32x4; 2] {
    let [a, b, c, d, e, f, g, h] = *x;
    [f32x4::from([a, b, c, d]), f32x4::from([e, f, g, h])]
}

/// Writes eight neighbouring values.
pub(crate) fn store(out: &mut [f32; 8], [left, right]: [f32x4; 2]) {
    let ([a, b, c, d], [e, f, g, h]) = (left.to_array(), right.to_array());
    *out = [a, b, c, d, e, f, g, h];
}

/// Values below zero, and zeros of either sign, become zero. NaN stays NaN.
pub(crate) fn relu(x: f32x4) -> f32x4 {
    x & !x.simd_le(f32x4::ZERO)
}

/// The sum of a row.
pub(crate) fn sum(x: &[f32]) -> f32 {
    sum_pairs(x, x, |a, _| a, |a, _| a)
}

/// The sum of the products of two rows of the same length.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    sum_pairs(a, b, |a, b| a * b, |a, b| a * b)
}

/// The sum of the squares of the distances from `centre`.
pub(crate) fn sum_squares(x: &[f32], centre: f32) -> f32 {
    let four = f32x4::splat(centre);
    sum_pairs(x, x, |a, _| (a - four) * (a - four), |a, _| (a - centre) * (a - centre))
}

/// The sum of what becomes of the pairs of two rows of the same length: eight running sums, one per place, then their
/// sum. One order on every platform.
fn sum_pairs(a: &[f32], b: &[f32], eight: impl Fn(f32x4, f32x4) -> f32x4, one: impl Fn(f32, f32) -> f32) -> f32 {
    let ((eights_a, rest_a), (eights_b, rest_b)) = (a.as_chunks(), b.as_chunks());
    let mut sums = [f32x4::ZERO; 2];
    for (a, b) in eights_a.iter().zip(eights_b) {
        for ((sum, a), b) in sums.iter_mut().zip(load(a)).zip(load(b)) {
            *sum += eight(a, b);
        }
    }
    let [a, b, c, d] = (sums[0] + sums[1]).to_array();
    (a + b) + (c + d) + rest_a.iter().zip(rest_b).map(|(a, b)| one(*a, *b)).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_sum_of_any_length_counts_every_value_once() {
        for n in 0..40 {
            let x: Vec<f32> = (0..n).map(|i| i as f32).collect();
            assert_eq!(sum(&x), (n * (n.max(1) - 1) / 2) as f32, "of {n} values");
        }
    }

    #[test]
    fn one_value_that_is_not_a_number_is_not_lost() {
        for at in 0..11 {
            let mut x = [1.0; 11];
            x[at] = f32::NAN;
            assert!(sum(&x).is_nan(), "at {at}");
        }
    }
}
