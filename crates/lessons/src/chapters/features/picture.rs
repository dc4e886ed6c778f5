//! A picture like a photo, drawn here: sky and sun, hills, a house, a fence, and a camera's noise.

use crate::Matrix;
use receptive_core::Rng;

/// Rows and columns.
const SIDE: usize = 48;
/// Standard deviation of the noise.
const NOISE: f32 = 0.012;

/// The landscape, 0 (black) to 1 (white).
pub fn landscape() -> Matrix {
    let mut rng = Rng::new(48);
    let level = |i: usize| (brightness(i / SIDE, i % SIDE) + NOISE * rng.normal()).clamp(0.0, 1.0);
    Matrix::new(SIDE, SIDE, (0..SIDE * SIDE).map(level).collect::<Vec<_>>())
}

/// Returns the brightness of a pixel: that of the object in front.
fn brightness(row: usize, column: usize) -> f32 {
    let (y, x) = (row as f32, column as f32);
    fence(row, column).or_else(|| house(row, column)).unwrap_or_else(|| background(y, x))
}

fn fence(row: usize, column: usize) -> Option<f32> {
    let is_post = column % 5 < 2 && (36..45).contains(&row);
    let is_rail = matches!(row, 38 | 42);
    (is_post || is_rail).then_some(0.92)
}

fn house(row: usize, column: usize) -> Option<f32> {
    let is_between = |rows: [usize; 2], columns: [usize; 2]| {
        (rows[0]..=rows[1]).contains(&row) && (columns[0]..=columns[1]).contains(&column)
    };
    let half = 15.5;
    let is_roof = (13..=22).contains(&row) && (column as f32 - half).abs() <= (row as f32 - 12.0) * 1.1;
    if is_between([12, 17], [20, 22]) && !is_roof {
        return Some(0.3);
    }
    if is_roof {
        return Some(0.16);
    }
    if is_between([25, 31], [9, 15]) {
        // The bars of the window are as bright as the wall.
        return Some(if row == 28 || column == 12 { 0.8 } else { 0.1 });
    }
    if is_between([26, 36], [18, 21]) {
        return Some(0.34);
    }
    is_between([23, 36], [6, 25]).then_some(0.8)
}

fn background(y: f32, x: f32) -> f32 {
    let from_sun = libm::hypotf(y - 9.0, x - 38.0);
    if from_sun <= 4.5 {
        return 1.0;
    }
    let near_hill = 29.0 + 2.5 * libm::sinf(x / 6.0 + 2.0);
    let far_hill = 23.0 + 4.0 * libm::sinf(x / 8.0 - 1.0);
    if y >= 33.0 {
        0.5 - 0.008 * (y - 33.0)
    } else if y >= near_hill {
        0.26
    } else if y >= far_hill {
        0.4
    } else {
        0.52 + 0.012 * y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_the_same_each_time_and_holds_dark_and_bright() {
        let picture = landscape();
        assert_eq!(picture, landscape());
        assert!(picture.values.iter().all(|value| (0.0..=1.0).contains(value)));
        assert!(picture.values.iter().any(|value| *value < 0.15) && picture.values.iter().any(|value| *value > 0.95));
        assert!((picture.at(9, 38) - 1.0).abs() < 0.06 && picture.at(18, 15) < 0.25, "sun and roof");
    }
}
