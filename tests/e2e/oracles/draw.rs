//! Numbers typed at random. Pictures are of quarters and weights of halves, so that three decimals show their products
//! in full and rounding hides no error.

use receptive_core::Rng;
use receptive_lessons::Matrix;
use receptive_lessons::settings::{Settings, Value};

/// Whole numbers up to `most` on either side of 0, divided by this.
pub(super) fn parts(rng: &mut Rng, [rows, columns]: [usize; 2], most: u32, divisor: f32) -> Matrix {
    let mut value = || (rng.below(2 * most + 1) as f32 - most as f32) / divisor;
    Matrix::new(rows, columns, (0..rows * columns).map(|_| value()).collect::<Vec<_>>())
}

/// Rows and columns, each from `low` to `high`.
pub(super) fn size(rng: &mut Rng, low: usize, high: usize) -> [usize; 2] {
    [0, 0].map(|_| low + rng.below((high - low + 1) as u32) as usize)
}

/// Types a picture of 3 to `most` rows and columns; two times in three.
pub(super) fn picture(settings: &mut Settings, key: &str, most: usize, rng: &mut Rng) {
    if rng.below(3) > 0 {
        let size = size(rng, 3, most);
        settings.set(key, Value::Numbers(parts(rng, size, 16, 4.0)));
    }
}

/// Chooses one's own kernel and types its up to `most` rows and columns; every other time.
pub(super) fn own_kernel(settings: &mut Settings, most: usize, rng: &mut Rng) {
    if rng.below(2) > 0 {
        let size = size(rng, 1, most);
        settings.set("kernel", Value::Choice("own"));
        settings.set("weights", Value::Numbers(parts(rng, size, 4, 2.0)));
    }
}
