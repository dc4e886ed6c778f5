//! The planes of a tensor side by side, as one picture: how many in a row, how large, and which cell lies where.

/// The widths that a plane may have, in CSS pixels.
const SIDES: [f64; 15] = [96.0, 84.0, 72.0, 60.0, 52.0, 44.0, 38.0, 32.0, 28.0, 24.0, 20.0, 17.0, 14.0, 12.0, 10.0];
/// The least of them.
pub(super) const LEAST_SIDE: f64 = SIDES[SIDES.len() - 1];
/// Those that it may have besides where it is looked at alone.
const LARGE: [f64; 5] = [280.0, 224.0, 196.0, 168.0, 140.0];
/// Those of kernels where there are many.
const SMALL: [f64; 3] = [8.0, 6.0, 5.0];
/// More planes than this are not drawn.
const MOST_PLANES: usize = 256;
/// The side of a single unit, in CSS pixels, at most.
const UNIT: f64 = 20.0;

/// The planes of a tensor side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Montage {
    /// Planes that are drawn.
    pub(crate) n: usize,
    /// Rows and columns of a plane.
    pub(crate) h: usize,
    pub(crate) w: usize,
    /// Planes in a row.
    pub(crate) columns: usize,
    /// Pixels of the picture to one cell, and between planes.
    pub(crate) fine: usize,
    pub(crate) between: usize,
    /// CSS pixels to one pixel of the picture.
    pub(crate) scale: f64,
}

impl Montage {
    /// The planes of a tensor of this shape, each as wide as `side` and all as tall as `height` at most. Single units
    /// are no larger than they need to be.
    pub(crate) fn within([c, h, w]: [usize; 3], side: f64, height: f64) -> Self {
        let n = c.min(MOST_PLANES);
        let side = if h * w == 1 { unit(n, height).min(side.max(8.0)) } else { side };
        let fits = fitting(side * h as f64 / w as f64, gap(side, w), height);
        Self::of([n, h, w], side, n.div_ceil(fits))
    }

    /// The planes of a tensor of this shape in a picture as wide as `width` at most.
    pub(crate) fn across([c, h, w]: [usize; 3], side: f64, width: f64) -> Self {
        let n = c.min(MOST_PLANES);
        let side = if h * w == 1 { UNIT.min(side) } else { side };
        Self::of([n, h, w], side, n.min(fitting(side, gap(side, w), width)))
    }

    /// The planes of a tensor of this shape, as large as they get in a picture of this width and height; where they do not
    /// fit, the height is more.
    pub(crate) fn filling(shape: [usize; 3], width: f64, height: f64) -> Self {
        let sides = LARGE.into_iter().chain(SIDES).filter(|side| *side <= width);
        let mut montages = sides.map(|side| Self::across(shape, side, width));
        let found = montages.find(|montage| montage.size()[1] <= height);
        found.unwrap_or_else(|| Self::across(shape, LEAST_SIDE, width))
    }

    /// The planes in rows of so many, as large as they get in a picture of this width and height; where they do not fit, it
    /// is larger.
    pub(crate) fn in_rows([c, h, w]: [usize; 3], columns: usize, [width, height]: [f64; 2]) -> Self {
        // Apart from one another, as there are many small ones.
        let of = |side: f64| Self { between: fine(w), ..Self::of([c, h, w], side, columns) };
        let mut montages = SIDES.into_iter().chain(SMALL).map(of);
        let found = montages.find(|montage| montage.size()[0] <= width && montage.size()[1] <= height);
        found.unwrap_or_else(|| of(SMALL[SMALL.len() - 1]))
    }

    fn of([n, h, w]: [usize; 3], side: f64, columns: usize) -> Self {
        Self { n, h, w, columns, fine: fine(w), between: 1, scale: gap(side, w) }
    }

    /// Pixels from one plane to the next, across and down.
    fn step(&self) -> [usize; 2] {
        [self.w, self.h].map(|n| n * self.fine + self.between)
    }

    /// Width and height of the picture, in its own pixels.
    pub(crate) fn pixels(&self) -> [usize; 2] {
        let [across, down] = self.step();
        [self.columns * across - self.between, self.n.div_ceil(self.columns) * down - self.between]
    }

    /// Width and height of the picture, in CSS pixels.
    pub(crate) fn size(&self) -> [f64; 2] {
        self.pixels().map(|pixels| pixels as f64 * self.scale)
    }

    /// The pixel at which a cell of a plane begins.
    pub(crate) fn pixel(&self, plane: usize, row: usize, column: usize) -> [usize; 2] {
        let [across, down] = self.step();
        [plane % self.columns * across + column * self.fine, plane / self.columns * down + row * self.fine]
    }

    /// The cell, counted through all planes, at a share of the picture's width and height.
    pub(crate) fn cell_at(&self, [x, y]: [f64; 2]) -> Option<usize> {
        let place = |share: f64, all: usize, step: usize, fine: usize, n: usize| {
            let at = (share * all as f64).floor();
            let at = (at >= 0.0 && at < all as f64).then_some(at as usize)?;
            // Between two planes the nearer one is meant.
            Some((at / step, (at % step / fine).min(n - 1)))
        };
        let ([width, height], [across, down]) = (self.pixels(), self.step());
        let (plane_column, column) = place(x, width, across, self.fine, self.w)?;
        let (plane_row, row) = place(y, height, down, self.fine, self.h)?;
        let plane = plane_row * self.columns + plane_column;
        (plane < self.n).then_some((plane * self.h + row) * self.w + column)
    }

    /// The frame around a part of a plane (first row, first column, rows, columns), as a style.
    pub(crate) fn frame(&self, plane: usize, [row, column, rows, columns]: [usize; 4]) -> String {
        let ([x, y], [width, height]) = (self.pixel(plane, row, column), self.pixels());
        let share = |part: usize, of: usize| 100.0 * part as f64 / of as f64;
        format!(
            "left:{:.3}%;top:{:.3}%;width:{:.3}%;height:{:.3}%",
            share(x, width),
            share(y, height),
            share(columns * self.fine, width),
            share(rows * self.fine, height)
        )
    }
}

/// The side with which single units stand above one another in a height, as far as they can be seen then.
fn unit(n: usize, height: f64) -> f64 {
    (height / (n as f64 + (n - 1) as f64 * gap(1.0, 1))).floor().clamp(5.0, UNIT)
}

/// Pixels to a cell of a plane so many cells wide.
fn fine(w: usize) -> usize {
    (24 / w).clamp(1, 4)
}

/// CSS pixels between two planes of a side: one pixel of the picture.
fn gap(side: f64, w: usize) -> f64 {
    side / (w * fine(w)) as f64
}

/// The number of things of a length that fit into a room with gaps between; one at least.
fn fitting(length: f64, gap: f64, room: f64) -> usize {
    ((room + gap) / (length + gap)).floor().max(1.0) as usize
}

/// The largest side of a plane with which everything is as wide as `width` at most, or no wider than it has to be. `all`
/// is the width of everything with planes of a side.
pub(crate) fn largest_side(width: f64, all: impl Fn(f64) -> f64) -> f64 {
    let width = width.max(all(LEAST_SIDE));
    SIDES.into_iter().find(|&side| all(side) <= width).unwrap_or(LEAST_SIDE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_found_where_it_is_drawn() {
        for shape in [[1, 28, 28], [16, 14, 14], [10, 1, 1], [64, 5, 7], [300, 2, 3]] {
            let [c, h, w] = shape;
            let montages = [Montage::within(shape, 38.0, 240.0), Montage::across(shape, 26.0, 320.0)];
            assert!(montages.iter().all(|montage| montage.n == c.min(MOST_PLANES)));
            for montage in montages.into_iter().chain([Montage::in_rows(shape, 4, [200.0, 300.0])]) {
                let [width, height] = montage.pixels();
                for cell in 0..montage.n * h * w {
                    let [x, y] = montage.pixel(cell / (h * w), cell / w % h, cell % w);
                    let middle = [(x as f64 + 0.5) / width as f64, (y as f64 + 0.5) / height as f64];
                    assert_eq!(montage.cell_at(middle), Some(cell), "{montage:?}");
                }
                for outside in [[-0.01, 0.5], [0.5, 1.0], [1.2, 0.1], [f64::NAN, 0.5]] {
                    assert_eq!(montage.cell_at(outside), None);
                }
            }
        }
        // The last row of planes is not full.
        assert_eq!(Montage::across([3, 2, 2], 20.0, 50.0).cell_at([0.9, 0.9]), None);
    }

    #[test]
    fn planes_fill_the_height_and_then_the_next_column() {
        let montage = Montage::within([8, 28, 28], 38.0, 240.0);
        assert_eq!(montage.columns, 2, "six of 38 pixels fit above one another");
        for shape in [[8, 28, 28], [64, 5, 7], [120, 1, 1], [10, 1, 1], [300, 12, 12]] {
            assert!(Montage::within(shape, 38.0, 240.0).size()[1] <= 240.01, "{shape:?}");
            assert!(Montage::across(shape, 42.0, 330.0).size()[0] <= 330.01, "{shape:?}");
        }
        assert_eq!(Montage::within([10, 1, 1], 38.0, 240.0).columns, 1);
        assert_eq!(Montage::within([2, 28, 28], 96.0, 50.0).columns, 2, "one above the other is the least");
    }

    #[test]
    fn what_fills_a_place_is_no_wider_and_where_it_can_no_taller() {
        for shape in [[1, 28, 28], [16, 14, 14], [8, 5, 5], [10, 1, 1], [64, 24, 24]] {
            let [width, height] = Montage::filling(shape, 300.0, 400.0).size();
            assert!(width <= 300.01 && height <= 400.01, "{shape:?}: {width} {height}");
        }
        assert!(Montage::filling([1, 28, 28], 300.0, 400.0).size()[0] > 250.0, "one map is large");
        assert!(Montage::filling([256, 28, 28], 100.0, 50.0).size()[0] <= 100.01);
    }

    #[test]
    fn the_side_is_the_largest_that_fits() {
        assert_eq!(largest_side(400.0, |side| 10.0 * side), 38.0);
        assert_eq!(largest_side(1.0, |side| 10.0 * side), 10.0, "then it is scrolled");
        assert_eq!(largest_side(1.0, |side| side.max(30.0)), 28.0, "its name is wider");
    }
}
