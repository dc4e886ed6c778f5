//! From a drawing of any size to the 28×28 image that a network trained on MNIST expects.
//!
//! MNIST's own recipe (LeCun et al. 1998): cut out the ink, scale it into a box of 20 pixels with its
//! proportions kept, and place it so that its centre of mass is the centre of a 28×28 field.

use crate::digits::{COLUMNS, PIXELS, ROWS};
use std::ops::Range;

/// The longer side of the digit, in pixels.
const BOX: usize = 20;
/// Less ink than this is background.
const THRESHOLD: f32 = 0.05;

/// The result of each step of the preprocessing of a drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Preprocessed {
    /// Rows and columns of the drawing that hold ink.
    pub crop: (Range<usize>, Range<usize>),
    /// The ink scaled, row by row …
    pub scaled: Vec<f32>,
    /// … with this many rows and columns, the longer being 20.
    pub scaled_size: [usize; 2],
    /// Centre of mass of the scaled ink, [row, column], pixel centres counted from 0.
    pub centre: [f32; 2],
    /// The position of the scaled ink's top left pixel in the 28×28 field, [row, column].
    pub place: [isize; 2],
    /// The 28×28 image, 0 (background) to 1 (ink).
    pub pixels: Vec<f32>,
}

/// Prepares a drawing as MNIST's images were. `ink` is (rows, columns), 0 (background) to 1 (ink).
/// Nothing when there is no ink, or when the sizes do not agree.
pub fn normalise(ink: &[f32], rows: usize, columns: usize) -> Option<Preprocessed> {
    let crop = ink_box(ink, rows, columns)?;
    let (height, width) = (crop.0.len() as f32, crop.1.len() as f32);
    let scale = BOX as f32 / height.max(width);
    let scaled_size = [height, width].map(|length| (libm::roundf(length * scale) as usize).clamp(1, BOX));
    let scaled = shrink_to(ink, columns, &crop, scaled_size);
    let centre = centre_of_mass(&scaled, scaled_size);
    // MNIST's images have their centre of mass on pixel 14, half a pixel right of and below the exact middle.
    let middle = [ROWS as f32 / 2.0, COLUMNS as f32 / 2.0];
    let place = [0, 1].map(|i| libm::roundf(middle[i] - centre[i]) as isize);
    let pixels = put(&scaled, scaled_size, place);
    Some(Preprocessed { crop, scaled, scaled_size, centre, place, pixels })
}

/// The whole drawing shrunk to 28×28, without cropping or centring: what a network sees unprepared.
/// Blank when the sizes do not agree.
pub fn shrink(ink: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    if ink.len() != rows * columns || ink.is_empty() {
        return vec![0.0; PIXELS];
    }
    shrink_to(ink, columns, &(0..rows, 0..columns), [ROWS, COLUMNS])
}

/// Rows and columns that hold ink.
fn ink_box(ink: &[f32], rows: usize, columns: usize) -> Option<(Range<usize>, Range<usize>)> {
    if ink.len() != rows * columns || ink.is_empty() {
        return None;
    }
    let has_ink = |&x: &f32| x > THRESHOLD;
    let mut inked_rows = ink.chunks_exact(columns).map(|row| row.iter().any(has_ink));
    let top = inked_rows.position(|inked| inked)?;
    let bottom = rows - ink.chunks_exact(columns).rev().position(|row| row.iter().any(has_ink))?;
    let mut left = columns;
    let mut right = 0;
    for row in ink.chunks_exact(columns) {
        if let Some(first) = row.iter().position(has_ink) {
            left = left.min(first);
            right = right.max(row.iter().rposition(has_ink).map_or(0, |last| last + 1));
        }
    }
    Some((top..bottom, left..right))
}

/// Scales a part of a picture by averaging the area that each new pixel covers.
fn shrink_to(
    ink: &[f32],
    columns: usize,
    crop: &(Range<usize>, Range<usize>),
    [height, width]: [usize; 2],
) -> Vec<f32> {
    let row_weights = coverage(crop.0.len(), height);
    let column_weights = coverage(crop.1.len(), width);
    let mut scaled = Vec::with_capacity(height * width);
    for rows in &row_weights {
        for cells in &column_weights {
            let mut sum = 0.0;
            for &(row, row_weight) in rows {
                let line = &ink[(crop.0.start + row) * columns + crop.1.start..];
                sum += row_weight * cells.iter().map(|&(column, weight)| weight * line[column]).sum::<f32>();
            }
            scaled.push(sum.clamp(0.0, 1.0));
        }
    }
    scaled
}

/// For each of `n_to` new cells along an axis, which of the `n_from` old ones it covers, and by what share of itself.
fn coverage(n_from: usize, n_to: usize) -> Vec<Vec<(usize, f32)>> {
    let step = n_from as f32 / n_to as f32;
    (0..n_to)
        .map(|i| {
            let (start, end) = (i as f32 * step, (i + 1) as f32 * step);
            let cells = start as usize..(libm::ceilf(end) as usize).min(n_from);
            cells.map(|cell| (cell, (end.min((cell + 1) as f32) - start.max(cell as f32)).max(0.0) / step)).collect()
        })
        .collect()
}

/// The mean position of the ink, [row, column].
pub(crate) fn centre_of_mass(ink: &[f32], [_, width]: [usize; 2]) -> [f32; 2] {
    let (mut mass, mut rows, mut columns) = (0.0, 0.0, 0.0);
    for (row, line) in ink.chunks_exact(width).enumerate() {
        for (column, x) in line.iter().enumerate() {
            mass += x;
            rows += x * row as f32;
            columns += x * column as f32;
        }
    }
    [rows / mass, columns / mass]
}

/// Places a picture in the 28×28 field; what hangs over the edge is cut off.
pub(crate) fn put(ink: &[f32], [_, width]: [usize; 2], place: [isize; 2]) -> Vec<f32> {
    let mut pixels = vec![0.0; PIXELS];
    for (row, line) in ink.chunks_exact(width).enumerate() {
        for (column, &x) in line.iter().enumerate() {
            let (row, column) = (row as isize + place[0], column as isize + place[1]);
            if (0..ROWS as isize).contains(&row) && (0..COLUMNS as isize).contains(&column) {
                pixels[row as usize * COLUMNS + column as usize] = x;
            }
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bar of ink, `height`×`width`, at (`top`, `left`) of a 280×280 drawing.
    fn bar(top: usize, left: usize, height: usize, width: usize) -> Vec<f32> {
        let mut ink = vec![0.0; 280 * 280];
        for row in top..top + height {
            ink[row * 280 + left..][..width].fill(1.0);
        }
        ink
    }

    #[test]
    fn a_bar_fills_the_box_and_sits_in_the_middle_wherever_it_was_drawn() {
        for (top, left) in [(0, 0), (10, 230), (70, 120)] {
            let prepared = normalise(&bar(top, left, 200, 40), 280, 280).unwrap();
            assert_eq!(prepared.scaled_size, [20, 4]);
            assert_eq!(prepared.place, [5, 13]);
            let ink: Vec<_> = (0..PIXELS).filter(|&i| prepared.pixels[i] > 0.99).collect();
            assert_eq!((ink.len(), ink[0], ink[79]), (80, 5 * 28 + 13, 24 * 28 + 16));
        }
    }

    #[test]
    fn averaging_keeps_the_amount_of_ink() {
        let ink = bar(30, 47, 133, 51);
        let shrunk = shrink(&ink, 280, 280);
        let (before, after) = (ink.iter().sum::<f32>() / 100.0, shrunk.iter().sum::<f32>());
        assert!((before - after).abs() < 1e-2, "{before} {after}");
    }

    #[test]
    fn a_blank_or_misshapen_drawing_is_nothing() {
        assert_eq!(normalise(&vec![0.0; 280 * 280], 280, 280), None);
        assert_eq!(normalise(&[1.0; 10], 280, 280), None);
        assert_eq!(normalise(&[], 0, 0), None);
        assert_eq!(shrink(&[1.0; 10], 280, 280), vec![0.0; PIXELS]);
    }

    #[test]
    fn a_single_dot_is_scaled_up() {
        let prepared = normalise(&bar(100, 100, 1, 1), 280, 280).unwrap();
        assert_eq!(prepared.scaled_size, [20, 20]);
    }
}
