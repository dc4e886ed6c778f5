//! The cosine similarity of two vectors, which does not depend on their lengths.

/// The cosine of the angle between two vectors, with the parts it is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cosine {
    /// The sum of the products.
    pub dot: f32,
    /// The lengths of the two vectors.
    pub norms: [f32; 2],
    /// From −1 (opposite) over 0 (nothing in common) to 1 (the same pattern); nothing for a vector of zeros.
    pub cosine: Option<f32>,
}

/// `cos = Σ x·w / (√Σx² · √Σw²)`, the normalised cross-correlation of a window with a template
/// (Gonzalez & Woods 2018, *Digital Image Processing*, section 12.3, without taking off the means).
///
/// `x` and `w` have one length.
pub fn cosine(x: &[f32], w: &[f32]) -> Cosine {
    debug_assert_eq!(x.len(), w.len());
    let dot_of = |a: &[f32], b: &[f32]| a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b);
    let dot = dot_of(x, w);
    let norms = [x, w].map(|v| libm::sqrtf(dot_of(v, v)));
    let cosine = norms.iter().all(|&norm| norm > 0.0).then(|| (dot / norms[0] / norms[1]).clamp(-1.0, 1.0));
    Cosine { dot, norms, cosine }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_pattern_is_one_and_its_negative_minus_one_at_any_strength() {
        let x = [3.0, 0.0, -4.0];
        assert_eq!(cosine(&x, &[3.0, 0.0, -4.0]), Cosine { dot: 25.0, norms: [5.0, 5.0], cosine: Some(1.0) });
        assert_eq!(cosine(&x, &[-300.0, 0.0, 400.0]).cosine, Some(-1.0));
    }

    #[test]
    fn what_has_nothing_in_common_is_zero() {
        assert_eq!(cosine(&[1.0, 0.0, 2.0], &[0.0, 7.0, 0.0]).cosine, Some(0.0));
        let half = cosine(&[1.0, 0.0], &[1.0, 1.0]);
        assert!((half.cosine.unwrap() - 0.707_106_77).abs() < 1e-6, "{half:?}");
    }

    #[test]
    fn zeros_point_nowhere() {
        assert_eq!(cosine(&[0.0; 3], &[1.0; 3]).cosine, None);
    }
}
