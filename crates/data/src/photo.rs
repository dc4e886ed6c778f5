//! The ink on a photo of something that was written: dark on paper, or chalk on a board.
//!
//! The light on paper is uneven, so a pixel is compared with the paper around it; what is ink then follows from the two
//! heaps into which the darknesses fall (N. Otsu 1979, "A threshold selection method from gray-level histograms").

use std::ops::Range;

/// The share of the longer side within which there is paper beside every stroke.
const REACH: f32 = 0.15;
/// Paper and ink that differ by less than this share of the paper's brightness cannot be told apart.
const LEAST_CONTRAST: f32 = 0.18;
/// Less ink than this belongs to no stroke.
const LEAST_INK: f32 = 0.25;
/// Spots smaller than this share of the largest one are dirt.
const LEAST_SPOT: f32 = 0.08;
/// The room around what was written, as a share of its longer side.
const MARGIN: f32 = 0.25;
/// Bins of the darknesses.
const BINS: usize = 256;

/// A square picture of what was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// Rows, and columns.
    pub side: usize,
    /// (side, side), 0 (background) to 1 (ink).
    pub ink: Vec<f32>,
}

/// Returns what is written on a photo, cut out, with room around it. `grey` is (rows, columns), 0 (black) to 1 (white).
/// Nothing when sizes do not agree, or when nothing stands out from the paper.
pub fn written(grey: &[f32], rows: usize, columns: usize) -> Option<Written> {
    if grey.len() != rows * columns || grey.is_empty() || !grey.iter().all(|level| level.is_finite()) {
        return None;
    }
    let size = [rows, columns];
    let dark = darkness(grey, size);
    let [background, threshold, ink] = heaps(&dark)?;
    let [low, high] = [(background + threshold) / 2.0, (threshold + ink) / 2.0];
    let mut inked: Vec<_> = dark.iter().map(|dark| ((dark - low) / (high - low)).clamp(0.0, 1.0)).collect();
    let (of_rows, of_columns) = keep_strokes(&mut inked, size)?;
    Some(square(&inked, columns, &of_rows, &of_columns))
}

/// How much darker each pixel is than the paper around it, 0 to 1. On a board the bright is the ink.
fn darkness(grey: &[f32], size: [usize; 2]) -> Vec<f32> {
    let is_board = is_dark_at_the_edge(grey, size);
    let levels: Vec<_> = grey.iter().map(|level| if is_board { 1.0 - level } else { *level }).collect();
    let reach = (size[0].max(size[1]) as f32 * REACH) as usize;
    let brightest = |window: &[f32]| window.iter().copied().fold(0.0, f32::max);
    let mean = |window: &[f32]| window.iter().sum::<f32>() / window.len() as f32;
    let paper = over_windows(&over_windows(&levels, size, reach, brightest), size, reach, mean);
    levels.iter().zip(paper).map(|(level, paper)| (1.0 - level / paper.max(1e-3)).clamp(0.0, 1.0)).collect()
}

/// True if the edge, where nothing is written, is darker than the middle of all levels.
fn is_dark_at_the_edge(grey: &[f32], [rows, columns]: [usize; 2]) -> bool {
    let is_edge = |i: &usize| [0, rows - 1].contains(&(i / columns)) || [0, columns - 1].contains(&(i % columns));
    let mut edge: Vec<_> = (0..grey.len()).filter(is_edge).map(|i| grey[i]).collect();
    edge.sort_by(f32::total_cmp);
    let [least, most] = [f32::min, f32::max].map(|pick| grey.iter().copied().reduce(pick).unwrap_or_default());
    edge[edge.len() / 2] < (least + most) / 2.0
}

/// Replaces each value by what `of` makes of the window around it, first along its row, then along its column.
fn over_windows(values: &[f32], [rows, columns]: [usize; 2], reach: usize, of: impl Fn(&[f32]) -> f32) -> Vec<f32> {
    let around = |at: usize, n: usize| at.saturating_sub(reach)..(at + reach + 1).min(n);
    let along: Vec<_> = values
        .chunks_exact(columns)
        .flat_map(|row| (0..columns).map(|column| of(&row[around(column, columns)])).collect::<Vec<_>>())
        .collect();
    let mut all = vec![0.0; values.len()];
    for column in 0..columns {
        let line: Vec<_> = (0..rows).map(|row| along[row * columns + column]).collect();
        (0..rows).for_each(|row| all[row * columns + column] = of(&line[around(row, rows)]));
    }
    all
}

/// The mean darkness of the paper, the threshold between paper and ink, and the mean darkness of the ink; nothing if the
/// two are too alike. The threshold is the one with the largest variance between both heaps (Otsu, equation 18).
fn heaps(dark: &[f32]) -> Option<[f32; 3]> {
    let mut counts = [0.0_f64; BINS];
    dark.iter().for_each(|dark| counts[(dark * (BINS - 1) as f32) as usize] += 1.0);
    let level = |bin: usize| bin as f64 / (BINS - 1) as f64;
    let n: f64 = counts.iter().sum();
    let total: f64 = counts.iter().enumerate().map(|(bin, count)| count * level(bin)).sum();
    let (mut below, mut sum) = (0.0, 0.0);
    let mut best = (0.0, [0.0; 3]);
    for (bin, count) in counts.iter().enumerate() {
        (below, sum) = (below + count, sum + count * level(bin));
        let above = n - below;
        if below == 0.0 || above == 0.0 {
            continue;
        }
        let means = [sum / below, (total - sum) / above];
        let variance = below * above * (means[1] - means[0]) * (means[1] - means[0]);
        if variance > best.0 {
            best = (variance, [means[0], level(bin), means[1]]);
        }
    }
    let found = best.1.map(|level| level as f32);
    (found[2] - found[0] >= LEAST_CONTRAST).then_some(found)
}

/// Rubs out what is no stroke: dirt, and what reaches over the photo's edge where something else is written too. Returns
/// the rows and columns that hold ink then.
fn keep_strokes(ink: &mut [f32], size: [usize; 2]) -> Option<(Range<usize>, Range<usize>)> {
    let [rows, columns] = size;
    let (spots, spot_of) = spots(ink, size);
    let largest = |of: &[Spot]| of.iter().map(|spot| spot.n).max();
    let inside: Vec<_> = spots.iter().filter(|spot| !spot.is_cut).copied().collect();
    let least = largest(&inside).or_else(|| largest(&spots))? as f32 * LEAST_SPOT;
    let is_kept = |spot: &Spot| spot.n as f32 >= least && (inside.is_empty() || !spot.is_cut);
    for (level, spot) in ink.iter_mut().zip(&spot_of) {
        if !spot.is_some_and(|spot| is_kept(&spots[spot])) {
            *level = 0.0;
        }
    }
    let is_inked = |&i: &usize| ink[i] > 0.0;
    let of_rows: Vec<_> = (0..rows).filter(|row| (row * columns..(row + 1) * columns).any(|i| is_inked(&i))).collect();
    let of_columns: Vec<_> =
        (0..columns).filter(|column| (*column..ink.len()).step_by(columns).any(|i| is_inked(&i))).collect();
    let ends = |of: &[usize]| Some(*of.first()?..*of.last()? + 1);
    Some((ends(&of_rows)?, ends(&of_columns)?))
}

/// Inked pixels that touch.
#[derive(Clone, Copy)]
struct Spot {
    /// How many.
    n: usize,
    /// True if some lie at the photo's edge.
    is_cut: bool,
}

/// The spots of a picture, and the spot that each pixel belongs to. The faint edge of a stroke belongs to it.
fn spots(ink: &[f32], [rows, columns]: [usize; 2]) -> (Vec<Spot>, Vec<Option<usize>>) {
    let mut spots: Vec<Spot> = vec![];
    let mut spot_of = vec![None; ink.len()];
    for start in (0..ink.len()).filter(|&i| ink[i] > LEAST_INK) {
        if spot_of[start].is_some() {
            continue;
        }
        let number = spots.len();
        let mut spot = Spot { n: 0, is_cut: false };
        spot_of[start] = Some(number);
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            let (row, column) = (at / columns, at % columns);
            spot.n += 1;
            spot.is_cut |= row == 0 || column == 0 || row + 1 == rows || column + 1 == columns;
            for row in row.saturating_sub(1)..(row + 2).min(rows) {
                for next in row * columns + column.saturating_sub(1)..row * columns + (column + 2).min(columns) {
                    let is_faint = ink[next] <= LEAST_INK;
                    if ink[next] > 0.0 && spot_of[next].is_none() {
                        spot_of[next] = Some(number);
                        if !is_faint {
                            open.push(next);
                        }
                    }
                }
            }
        }
        spots.push(spot);
    }
    (spots, spot_of)
}

/// Cuts a part out of a picture and puts it in the middle of a square.
fn square(ink: &[f32], columns: usize, of_rows: &Range<usize>, of_columns: &Range<usize>) -> Written {
    let longer = of_rows.len().max(of_columns.len());
    let side = longer + 2 * (longer as f32 * MARGIN) as usize;
    let [top, left] = [of_rows.len(), of_columns.len()].map(|length| (side - length) / 2);
    let mut square = vec![0.0; side * side];
    for (i, row) in of_rows.clone().enumerate() {
        let line = &ink[row * columns..][of_columns.clone()];
        square[(top + i) * side + left..][..line.len()].copy_from_slice(line);
    }
    Written { side, ink: square }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: usize = 90;
    const COLUMNS: usize = 120;

    /// A photo in uneven light: three times as bright on the left as on the right.
    fn paper(is_board: bool, inked: impl Fn(usize, usize) -> bool) -> Vec<f32> {
        let level = |i: usize| {
            let (row, column) = (i / COLUMNS, i % COLUMNS);
            let light = 0.9 - 0.6 * column as f32 / COLUMNS as f32;
            match (is_board, inked(row, column)) {
                (false, true) => 0.35 * light,
                (false, false) => light,
                (true, true) => 0.8,
                (true, false) => 0.15 + 0.1 * light,
            }
        };
        (0..ROWS * COLUMNS).map(level).collect()
    }

    fn is_bar(row: usize, column: usize) -> bool {
        (20..70).contains(&row) && (55..63).contains(&column)
    }

    fn n_inked(found: &Written) -> usize {
        found.ink.iter().filter(|ink| **ink > 0.5).count()
    }

    #[test]
    fn ink_is_found_in_uneven_light_and_chalk_on_a_board() {
        for is_board in [false, true] {
            let found = written(&paper(is_board, is_bar), ROWS, COLUMNS).unwrap();
            assert_eq!((found.side, n_inked(&found)), (50 + 2 * 12, 50 * 8), "board: {is_board}");
            let middle = found.ink[37 * found.side..][..found.side].iter().position(|ink| *ink > 0.5);
            assert_eq!(middle, Some((74 - 8) / 2), "it stands in the middle");
        }
    }

    #[test]
    fn dirt_and_the_edge_of_the_table_are_rubbed_out() {
        let with_more =
            paper(false, |row, column| is_bar(row, column) || (row, column) == (5, 100) || (column < 3 && row > 60));
        let found = written(&with_more, ROWS, COLUMNS).unwrap();
        assert_eq!(n_inked(&found), 50 * 8);
        // What reaches over the edge is all that there is.
        let cut = written(&paper(false, |row, column| row < 40 && (50..60).contains(&column)), ROWS, COLUMNS).unwrap();
        assert_eq!(n_inked(&cut), 40 * 10);
    }

    #[test]
    fn bare_paper_and_what_is_no_photo_is_nothing() {
        assert_eq!(written(&paper(false, |_, _| false), ROWS, COLUMNS), None);
        assert_eq!(written(&[0.5; 10], 3, 4), None);
        assert_eq!(written(&[], 0, 0), None);
        assert_eq!(written(&[f32::NAN; 12], 3, 4), None);
        assert_eq!(written(&[0.0; 12], 3, 4), None);
        assert_eq!(written(&[1.0; 1], 1, 1), None);
    }
}
