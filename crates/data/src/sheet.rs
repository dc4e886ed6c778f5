//! A sheet that a pen draws on: strokes become ink here, and nowhere else.
//!
//! The ink of a line depends on its ends and the pen's width alone, and where lines cross the darker ink stays. So a
//! stroke can be drawn line by line as it comes, in any order, and every browser gets the same ink.

/// Rows and columns of the page's pad.
pub const SIDE: usize = 280;
/// Widths of its pens: thin, medium, thick.
pub const PENS: [f32; 3] = [12.0, 22.0, 34.0];

/// A place on a sheet, (x, y); (0, 0) is its top left corner, one unit is one pixel.
pub type Point = (f32, f32);

/// Square paper with ink on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    side: usize,
    ink: Vec<f32>,
}

impl Sheet {
    /// A blank sheet of `side`×`side` pixels.
    pub fn blank(side: usize) -> Self {
        Self { side, ink: vec![0.0; side * side] }
    }

    /// A sheet with a picture on it, stretched over the whole. `levels` is (rows, columns), 0 (background) to 1 (ink);
    /// sizes that do not agree leave the sheet blank.
    pub fn with_picture(side: usize, levels: &[f32], rows: usize, columns: usize) -> Self {
        let mut sheet = Self::blank(side);
        if rows * columns == levels.len() && !levels.is_empty() {
            for (i, ink) in sheet.ink.iter_mut().enumerate() {
                *ink = levels[i / side * rows / side * columns + i % side * columns / side];
            }
        }
        sheet
    }

    /// The ink, (side, side), 0 (background) to 1.
    pub fn ink(&self) -> &[f32] {
        &self.ink
    }

    /// Draws a stroke; a single point is a dot.
    pub fn stroke(&mut self, points: &[Point], width: f32) {
        if let [point] = points {
            self.line(*point, *point, width);
        }
        points.windows(2).for_each(|ends| self.line(ends[0], ends[1], width));
    }

    /// Draws a line with round ends. A pixel is inked as far as the line's edge reaches over it: fully half a pixel
    /// within the edge, not at all half a pixel beyond. What lies beside the sheet is cut off.
    pub fn line(&mut self, from: Point, to: Point, width: f32) {
        let radius = width / 2.0;
        let along = (to.0 - from.0, to.1 - from.1);
        let length2 = (along.0 * along.0 + along.1 * along.1).max(1e-9);
        let reach = radius + 1.0;
        let span = |a: f32, b: f32| {
            let side = self.side as f32;
            (a.min(b) - reach).clamp(0.0, side) as usize..(a.max(b) + reach).clamp(0.0, side) as usize
        };
        let columns = span(from.0, to.0);
        for row in span(from.1, to.1) {
            let line = &mut self.ink[row * self.side..][columns.clone()];
            for (column, ink) in columns.clone().zip(line) {
                let to_pixel = (column as f32 + 0.5 - from.0, row as f32 + 0.5 - from.1);
                let t = ((to_pixel.0 * along.0 + to_pixel.1 * along.1) / length2).clamp(0.0, 1.0);
                let off = (to_pixel.0 - t * along.0, to_pixel.1 - t * along.1);
                let distance = libm::sqrtf(off.0 * off.0 + off.1 * off.1);
                *ink = ink.max((radius + 0.5 - distance).clamp(0.0, 1.0));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use receptive_core::Rng;

    /// Of a sheet small enough to be looked at pixel by pixel.
    const SMALL: usize = 60;

    /// Every pixel of every line looked at, without any shortcut and in double precision.
    fn naive(lines: &[(Point, Point, f32)]) -> Vec<f64> {
        let pixel = |i: usize| {
            let (x, y) = ((i % SMALL) as f64 + 0.5, (i / SMALL) as f64 + 0.5);
            let cover = |&(from, to, width): &(Point, Point, f32)| {
                let [ax, ay, bx, by] = [from.0, from.1, to.0, to.1].map(f64::from);
                // The nearest of two thousand points of the line.
                let distance = (0..=2000).map(|step| f64::from(step) / 2000.0);
                let distance = distance.map(|t| (x - ax - t * (bx - ax)).hypot(y - ay - t * (by - ay)));
                (f64::from(width) / 2.0 + 0.5 - distance.fold(f64::MAX, f64::min)).clamp(0.0, 1.0)
            };
            lines.iter().map(cover).fold(0.0, f64::max)
        };
        (0..SMALL * SMALL).map(pixel).collect()
    }

    #[test]
    fn lines_are_as_dark_as_their_distance_says() {
        let mut rng = Rng::stream(4, 0);
        for _ in 0..4 {
            // Some begin or end beside the sheet; some are dots.
            let mut at = || (rng.range(-20.0, 80.0), rng.range(-20.0, 80.0));
            let (a, b, c) = (at(), at(), at());
            let width = rng.range(1.0, 30.0);
            let lines = [(a, b, width), (b, c, 4.0), (c, c, width)];
            let mut sheet = Sheet::blank(SMALL);
            lines.iter().for_each(|&(from, to, width)| sheet.line(from, to, width));
            for (i, (ink, want)) in sheet.ink().iter().zip(naive(&lines)).enumerate() {
                assert!((f64::from(*ink) - want).abs() < 1e-3, "pixel {i}: {ink}, want {want}: {lines:?}");
            }
        }
    }

    #[test]
    fn a_stroke_that_grows_is_the_stroke_drawn_at_once_in_any_order() {
        let mut rng = Rng::stream(5, 0);
        let points: Vec<Point> = (0..40).map(|_| (rng.range(0.0, 60.0), rng.range(0.0, 60.0))).collect();
        let (mut whole, mut grown) = (Sheet::blank(SMALL), Sheet::blank(SMALL));
        whole.stroke(&points, 7.0);
        points.windows(2).rev().for_each(|ends| grown.line(ends[0], ends[1], 7.0));
        assert_eq!(whole, grown);
    }

    #[test]
    fn a_single_point_is_a_dot() {
        let mut sheet = Sheet::blank(SMALL);
        sheet.stroke(&[(30.0, 30.0)], 20.0);
        let area: f32 = sheet.ink().iter().sum();
        assert!((area - 314.16).abs() < 3.0, "{area}");
    }

    #[test]
    fn points_that_are_no_numbers_or_far_away_leave_the_sheet_as_it_is() {
        let mut sheet = Sheet::blank(SMALL);
        sheet.line((f32::NAN, 1.0), (5.0, f32::INFINITY), 9.0);
        sheet.line((1e9, 1e9), (2e9, 1e9), 9.0);
        sheet.line((-1e9, -50.0), (1e9, -50.0), 9.0);
        assert_eq!(sheet, Sheet::blank(SMALL));
    }

    #[test]
    fn a_picture_is_stretched_over_the_sheet() {
        let sheet = Sheet::with_picture(4, &[0.0, 1.0, 0.5, 0.25], 2, 2);
        assert_eq!(sheet.ink()[..4], [0.0, 0.0, 1.0, 1.0]);
        assert_eq!(sheet.ink()[12..], [0.5, 0.5, 0.25, 0.25]);
        assert_eq!(Sheet::with_picture(4, &[1.0; 3], 2, 2), Sheet::blank(4));
    }
}
