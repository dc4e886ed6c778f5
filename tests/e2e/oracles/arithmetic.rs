//! Convolution written out as the textbook does, in double precision, and nothing of the engine's.

/// A grid of numbers, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plane {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) values: Vec<f64>,
}

impl Plane {
    /// A plane whose value at a row and a column is this.
    pub(super) fn made(rows: usize, columns: usize, value: impl Fn(usize, usize) -> f64) -> Self {
        Self { rows, columns, values: (0..rows * columns).map(|i| value(i / columns, i % columns)).collect() }
    }

    pub(super) fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.columns + column]
    }

    /// The part of this size that starts at a row and a column.
    pub(super) fn part(&self, [top, left]: [usize; 2], rows: usize, columns: usize) -> Self {
        Self::made(rows, columns, |row, column| self.at(top + row, left + column))
    }

    /// Turned by half a turn.
    pub(super) fn turned(mut self) -> Self {
        self.values.reverse();
        self
    }

    /// The kernel that does what this one and then `next` do.
    pub(super) fn followed_by(&self, next: &Self) -> Self {
        let mut both = Self::made(self.rows + next.rows - 1, self.columns + next.columns - 1, |_, _| 0.0);
        for (i, w) in self.values.iter().enumerate() {
            for (j, v) in next.values.iter().enumerate() {
                let (row, column) = (i / self.columns + j / next.columns, i % self.columns + j % next.columns);
                both.values[row * both.columns + column] += w * v;
            }
        }
        both
    }
}

/// Rows above and columns to the left, rows below and columns to the right, and what they hold: a name in links.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Border {
    pub(super) before: [usize; 2],
    pub(super) after: [usize; 2],
    pub(super) holds: &'static str,
}

impl Border {
    /// Zeros, as many on one side as on the other.
    pub(super) fn zeros(pad: [usize; 2]) -> Self {
        Self { before: pad, after: pad, holds: "zeros" }
    }

    /// Returns the cell, of `n`, that the value at a place on an axis comes from; `None` for a zero.
    fn source(&self, axis: usize, at: usize, n: usize) -> Option<usize> {
        let (at, last) = (at as isize - self.before[axis] as isize, n as isize - 1);
        let at = match self.holds {
            _ if (0..=last).contains(&at) => at,
            "replicate" => at.clamp(0, last),
            "reflect" if at < 0 => -at,
            "reflect" => 2 * last - at,
            _ => return None,
        };
        usize::try_from(at).ok().filter(|at| *at < n)
    }

    /// Cells of an axis with its border; nothing where a mirror would need more cells than there are.
    pub(super) fn length(&self, axis: usize, n: usize) -> Option<usize> {
        let has_room = self.holds != "reflect" || self.before[axis].max(self.after[axis]) < n;
        has_room.then_some(n + self.before[axis] + self.after[axis])
    }
}

/// A picture in its border.
#[derive(Clone, Debug)]
pub(super) struct Bordered {
    pub(super) inside: Plane,
    pub(super) border: Border,
    /// With the border.
    pub(super) whole: Plane,
}

impl Bordered {
    /// Puts a border around a picture that is large enough for it.
    pub(super) fn new(inside: Plane, border: Border) -> Self {
        let [above, left] = border.before;
        let (rows, columns) = (inside.rows + above + border.after[0], inside.columns + left + border.after[1]);
        let mut bordered = Self { inside, border, whole: Plane { rows, columns, values: vec![] } };
        let value = |i: usize| bordered.source(i).map_or(0.0, |at| bordered.inside.values[at]);
        bordered.whole.values = (0..rows * columns).map(value).collect();
        bordered
    }

    /// The pixel whose value stands in a cell; nothing for a zero of the border.
    pub(super) fn source(&self, cell: usize) -> Option<usize> {
        let row = self.border.source(0, cell / self.whole.columns, self.inside.rows)?;
        let column = self.border.source(1, cell % self.whole.columns, self.inside.columns)?;
        Some(row * self.inside.columns + column)
    }

    /// The pixel in a cell; nothing in the border.
    pub(super) fn pixel(&self, cell: usize) -> Option<usize> {
        let row = (cell / self.whole.columns).checked_sub(self.border.before[0])?;
        let column = (cell % self.whole.columns).checked_sub(self.border.before[1])?;
        (row < self.inside.rows && column < self.inside.columns).then_some(row * self.inside.columns + column)
    }
}

/// The stride of a window, and the distance between its taps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps {
    pub(super) stride: usize,
    pub(super) dilation: usize,
}

impl Steps {
    /// One cell on, no gaps.
    pub(super) const ONE: Self = Self { stride: 1, dilation: 1 };

    /// Cells from a window's first tap to its last, gaps included.
    pub(super) fn reach(self, f: usize) -> usize {
        self.dilation * (f - 1) + 1
    }

    /// Places that a window of `f` taps has on `n` cells; nothing when it does not fit.
    pub(super) fn places(self, n: usize, f: usize) -> Option<usize> {
        n.checked_sub(self.reach(f)).map(|room| room / self.stride + 1)
    }
}

/// A kernel that slides over a picture.
#[derive(Clone, Debug)]
pub(super) struct Slide {
    pub(super) x: Bordered,
    pub(super) w: Plane,
    pub(super) steps: Steps,
    /// Rows and columns of what comes out.
    pub(super) size: [usize; 2],
}

impl Slide {
    /// Lays a kernel on a picture.
    pub(super) fn new(x: Bordered, w: Plane, steps: Steps) -> Result<Self, String> {
        let rows = steps.places(x.whole.rows, w.rows);
        let size = rows.zip(steps.places(x.whole.columns, w.columns));
        let (rows, columns) = size.ok_or("the kernel does not fit")?;
        Ok(Self { x, w, steps, size: [rows, columns] })
    }

    /// The cells that an output cell reads, border included, in the kernel's order.
    pub(super) fn read(&self, cell: usize) -> Vec<usize> {
        let Steps { stride, dilation } = self.steps;
        let [top, left] = [cell / self.size[1] * stride, cell % self.size[1] * stride];
        let tap = |i: usize| [top + i / self.w.columns * dilation, left + i % self.w.columns * dilation];
        (0..self.w.values.len()).map(tap).map(|[row, column]| row * self.x.whole.columns + column).collect()
    }

    /// The number and the weight behind each product of an output cell.
    pub(super) fn pairs(&self, cell: usize) -> Vec<[f64; 2]> {
        let read = self.read(cell);
        read.iter().zip(&self.w.values).map(|(&at, &w)| [self.x.whole.values[at], w]).collect()
    }

    /// Returns the number of cells that an output cell reads in the border.
    pub(super) fn n_made_up(&self, cell: usize) -> usize {
        self.read(cell).into_iter().filter(|&at| self.x.pixel(at).is_none()).count()
    }

    /// Returns the output.
    pub(super) fn output(&self) -> Plane {
        let [rows, columns] = self.size;
        let sum = |pairs: Vec<[f64; 2]>| pairs.iter().map(|[x, w]| x * w).sum();
        Plane::made(rows, columns, |row, column| sum(self.pairs(row * columns + column)))
    }

    /// The pixels that some output cells rest on.
    pub(super) fn seen(&self, cells: &[usize]) -> Vec<usize> {
        let mut pixels: Vec<_> = cells.iter().flat_map(|&cell| self.read(cell)).collect();
        pixels = pixels.into_iter().filter_map(|at| self.x.pixel(at)).collect();
        pixels.sort_unstable();
        pixels.dedup();
        pixels
    }
}
