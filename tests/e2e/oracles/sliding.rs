//! The numbers of every chapter with one sliding kernel: products, sum, caption, formulas.

use super::arithmetic::{Plane, Slide};
use super::shown::{Results, counts};

impl Slide {
    /// The products of an output cell as the equation lists them.
    pub(super) fn terms(&self, cell: usize) -> Vec<Vec<f64>> {
        self.pairs(cell).into_iter().map(|pair| pair.to_vec()).collect()
    }

    /// Row and column of an output cell, counted from 1.
    pub(super) fn place(&self, cell: usize) -> [usize; 2] {
        [cell / self.size[1] + 1, cell % self.size[1] + 1]
    }

    /// The numbers that the caption names: where, how many products, how many of them not zero, the sum, and how many
    /// cells of the window are made up.
    pub(super) fn caption_numbers(&self, cell: usize, output: &Plane) -> Vec<f64> {
        let pairs = self.pairs(cell);
        let n_nonzero = pairs.iter().filter(|[x, w]| x * w != 0.0).count();
        let mut numbers = counts(self.place(cell));
        numbers.extend(counts([pairs.len()]));
        // "all zero" is no number.
        numbers.extend((n_nonzero > 0).then_some(n_nonzero as f64));
        numbers.push(output.values[cell]);
        let n_made_up = self.n_made_up(cell);
        numbers.extend((n_made_up > 0).then_some(n_made_up as f64));
        numbers
    }

    /// Rows of what comes out; with a picture or kernel that is no square, columns too.
    pub(super) fn sizes(&self) -> Vec<f64> {
        let is_square = self.x.inside.rows == self.x.inside.columns && self.w.rows == self.w.columns;
        if is_square { counts([self.size[0]]) } else { counts(self.size) }
    }

    /// Output size, parameters with one bias, multiply-adds.
    pub(super) fn formulas(&self) -> Results {
        let n_taps = self.w.values.len();
        let n_macs = self.size[0] * self.size[1] * n_taps;
        vec![("size", self.sizes()), ("params", counts([n_taps + 1])), ("macs", counts([n_macs]))]
    }
}
