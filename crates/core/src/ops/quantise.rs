//! Rounding to evenly spaced levels.

/// The nearest of `n_levels` evenly spaced levels from 0 to `full`, counted from 0.
///
/// `⌊(L − 1) · x / full + ½⌋`, the uniform quantiser (Gonzalez & Woods 2018, *Digital Image Processing*,
/// section 2.4). What lies outside goes to the nearer end.
pub fn quantise_level(x: f32, full: f32, n_levels: usize) -> usize {
    debug_assert!(n_levels >= 2 && full > 0.0);
    let last = (n_levels - 1) as f32;
    libm::floorf((x / full).clamp(0.0, 1.0) * last + 0.5) as usize
}

/// Each value at the nearest of `n_levels` evenly spaced levels from 0 to `full`.
///
/// `x` and `y` have one shape: `y = full · level / (L − 1)`, with the level of [`quantise_level`].
pub fn quantise(y: &mut [f32], x: &[f32], full: f32, n_levels: usize) {
    debug_assert_eq!(y.len(), x.len());
    for (y, &x) in y.iter_mut().zip(x) {
        *y = quantise_level(x, full, n_levels) as f32 * full / (n_levels - 1) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_levels_are_black_and_white_and_the_middle_goes_up() {
        let mut y = [f32::NAN; 5];
        quantise(&mut y, &[0.0, 127.0, 127.5, 255.0, 300.0], 255.0, 2);
        assert_eq!(y, [0.0, 0.0, 255.0, 255.0, 255.0]);
    }

    #[test]
    fn four_levels_lie_a_third_apart() {
        let levels = [-5.0, 42.0, 43.0, 128.0, 212.0, 213.0].map(|x| quantise_level(x, 255.0, 4));
        assert_eq!(levels, [0, 0, 1, 2, 2, 3]);
        let mut y = [f32::NAN; 2];
        quantise(&mut y, &[80.0, 180.0], 255.0, 4);
        assert_eq!(y, [85.0, 170.0]);
    }

    #[test]
    fn as_many_levels_as_bytes_have_change_no_byte() {
        for byte in 0..=255u8 {
            let mut y = [f32::NAN];
            quantise(&mut y, &[byte.into()], 255.0, 256);
            assert_eq!(y, [f32::from(byte)]);
        }
    }
}
