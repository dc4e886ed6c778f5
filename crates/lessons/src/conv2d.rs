//! Convolution, one output cell and one product at a time.

use crate::text;
use receptive_core::explain::explain_conv2d;
use receptive_core::ops::{conv2d_forward, conv2d_scratch_len};
use receptive_core::{ConvGeom, ConvParams, GeomError, Shape4};
use receptive_nn::ConvFormulas;

/// A plane of numbers, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// rows · columns values.
    pub values: Vec<f32>,
}

/// The first worked example: a 5×5 picture of zeros and ones.
pub fn example_input() -> Matrix {
    #[rustfmt::skip]
    let values = vec![
        1.0, 0.0, 1.0, 0.0, 1.0,
        1.0, 0.0, 0.0, 1.0, 1.0,
        0.0, 1.0, 1.0, 0.0, 0.0,
        1.0, 0.0, 0.0, 1.0, 0.0,
        0.0, 0.0, 1.0, 1.0, 0.0,
    ];
    Matrix { rows: 5, columns: 5, values }
}

/// One plane convolved with one kernel: everything that can be asked about it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConvTrace {
    input: Matrix,
    kernel: Matrix,
    bias: f32,
    geom: ConvGeom,
    output: Vec<f32>,
    /// Whether any window reads a row, and a column, of the padded input.
    is_read: [Vec<bool>; 2],
}

/// A cell of the padded input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InputCell {
    /// Its value; zero in the padding.
    pub value: f32,
    /// Row and column of the input, or nothing in the padding.
    pub at: Option<[usize; 2]>,
    /// Whether any window reads it.
    pub is_read: bool,
}

/// One product of the sum at hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// The input value.
    pub x: f32,
    /// The weight.
    pub w: f32,
    /// Their product.
    pub product: f32,
    /// Whether the input value is a zero of the padding.
    pub is_padding: bool,
    /// The cell of the padded input, row by row.
    pub input_cell: usize,
    /// The kernel cell, row by row.
    pub kernel_cell: usize,
}

/// One moment of the time line.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// The output cell, row by row.
    pub cell: usize,
    /// Its row and column.
    pub at: [usize; 2],
    /// All products of its sum.
    pub terms: Vec<Term>,
    /// How many of them are on the table.
    pub n_shown: usize,
    /// Whether the sum was drawn.
    pub is_summed: bool,
    /// What every sum begins with.
    pub bias: f32,
    /// The output's number once the sum was drawn; before, the sum of what is on the table.
    pub sum: f32,
    /// What to notice.
    pub caption: String,
}

impl Moment {
    /// Whether the sum is complete, and has landed in the output.
    pub fn is_complete(&self) -> bool {
        self.is_summed
    }
}

impl ConvTrace {
    /// Convolves `input` with `kernel` and adds `bias`.
    ///
    /// # Errors
    /// When the kernel does not fit the padded input; the error says which padding would do.
    pub fn new(input: Matrix, kernel: Matrix, bias: f32, params: ConvParams) -> Result<Self, GeomError> {
        let x = Shape4::new(1, 1, input.rows, input.columns);
        let w = Shape4::new(1, 1, kernel.rows, kernel.columns);
        let geom = ConvGeom::new(x, w, params)?;
        let mut output = vec![0.0; geom.y().len()];
        let mut scratch = vec![0.0; conv2d_scratch_len(&geom)];
        conv2d_forward(&mut output, &input.values, &kernel.values, &[bias], &geom, &mut scratch);
        let reads = |i: usize, n: usize| {
            let (positions, taps) = if i == 0 { (geom.y().h, geom.w().h) } else { (geom.y().w, geom.w().w) };
            let mut is_read = vec![false; n];
            for (at, tap) in (0..positions).flat_map(|at| (0..taps).map(move |tap| (at, tap))) {
                is_read[at * params.stride[i] + tap * params.dilation[i]] = true;
            }
            is_read
        };
        let is_read = [reads(0, input.rows + 2 * params.padding[0]), reads(1, input.columns + 2 * params.padding[1])];
        Ok(Self { input, kernel, bias, geom, output, is_read })
    }

    /// The kernel.
    pub fn kernel(&self) -> &Matrix {
        &self.kernel
    }

    /// The input without its padding.
    pub fn input(&self) -> &Matrix {
        &self.input
    }

    /// The output's values, row by row.
    pub fn output(&self) -> &[f32] {
        &self.output
    }

    /// Rows and columns of the output.
    pub fn output_size(&self) -> [usize; 2] {
        [self.geom.y().h, self.geom.y().w]
    }

    /// Rows and columns of the padded input.
    pub fn padded_size(&self) -> [usize; 2] {
        let [rows, columns] = self.geom.params().padding;
        [self.input.rows + 2 * rows, self.input.columns + 2 * columns]
    }

    /// Stride, padding and dilation.
    pub fn params(&self) -> ConvParams {
        self.geom.params()
    }

    /// Products in one sum.
    pub fn n_terms(&self) -> usize {
        self.kernel.values.len()
    }

    /// Output cells.
    pub fn n_cells(&self) -> usize {
        self.output.len()
    }

    /// Moments of the whole time line: for each output cell one more product at a time, then their sum.
    pub fn n_moments(&self) -> usize {
        self.n_cells() * (self.n_terms() + 1)
    }

    /// The output cell that a moment belongs to. Moments past the end belong to the last.
    pub fn cell_of(&self, moment: usize) -> usize {
        (moment / (self.n_terms() + 1)).min(self.n_cells() - 1)
    }

    /// The moment at which an output cell's sum is complete.
    pub fn completion_of(&self, cell: usize) -> usize {
        cell.min(self.n_cells() - 1) * (self.n_terms() + 1) + self.n_terms()
    }

    /// Size, parameters and multiply-adds, with the numbers filled in.
    pub fn formulas(&self) -> ConvFormulas {
        ConvFormulas::new(&self.geom)
    }

    /// Everything about one moment. Moments past the end show the last.
    pub fn at(&self, moment: usize) -> Moment {
        let moment = moment.min(self.n_moments() - 1);
        let cell = self.cell_of(moment);
        let step = moment % (self.n_terms() + 1);
        let (n_shown, is_summed) = ((step + 1).min(self.n_terms()), step == self.n_terms());
        let at = self.output_at(cell);
        let explained =
            explain_conv2d(&self.input.values, &self.kernel.values, &[self.bias], &self.geom, [0, 0, at[0], at[1]]);
        let terms: Vec<_> = explained
            .terms
            .iter()
            .map(|term| {
                let [_, r, s] = term.kernel;
                Term {
                    x: term.x,
                    w: term.w,
                    product: term.product,
                    is_padding: term.input.is_none(),
                    input_cell: self.padded_cell(at, [r, s]),
                    kernel_cell: r * self.kernel.columns + s,
                }
            })
            .collect();
        let so_far = || terms[..n_shown].iter().fold(self.bias, |sum, term| sum + term.product);
        let sum = if is_summed { self.output[cell] } else { so_far() };
        let mut moment = Moment { cell, at, terms, n_shown, is_summed, bias: self.bias, sum, caption: String::new() };
        moment.caption = text::conv2d_caption(&moment);
        moment
    }

    /// Row and column of an output cell.
    pub fn output_at(&self, cell: usize) -> [usize; 2] {
        [cell / self.geom.y().w, cell % self.geom.y().w]
    }

    /// Row and column of the input at a cell of the padded input, or nothing in the padding.
    pub fn input_at(&self, padded_cell: usize) -> Option<[usize; 2]> {
        let columns = self.padded_size()[1];
        let [pad_rows, pad_columns] = self.geom.params().padding;
        let row = (padded_cell / columns).checked_sub(pad_rows).filter(|&row| row < self.input.rows)?;
        let column = (padded_cell % columns).checked_sub(pad_columns).filter(|&column| column < self.input.columns)?;
        Some([row, column])
    }

    /// Rows and columns of the input, without its padding, that no window reads.
    pub fn never_read(&self) -> [Vec<usize>; 2] {
        let unread =
            |i: usize, n: usize| (0..n).filter(|at| !self.is_read[i][at + self.geom.params().padding[i]]).collect();
        [unread(0, self.input.rows), unread(1, self.input.columns)]
    }

    /// The cell of the padded input that kernel cell [r, s] lies on at output [p, q].
    fn padded_cell(&self, [p, q]: [usize; 2], [r, s]: [usize; 2]) -> usize {
        let params = self.geom.params();
        let row = p * params.stride[0] + r * params.dilation[0];
        let column = q * params.stride[1] + s * params.dilation[1];
        row * self.padded_size()[1] + column
    }

    /// The padded input, row by row.
    pub fn padded_input(&self) -> Vec<InputCell> {
        let [rows, columns] = self.padded_size();
        let cell = |i: usize| {
            let at = self.input_at(i);
            let value = at.map_or(0.0, |[row, column]| self.input.values[row * self.input.columns + column]);
            InputCell { value, at, is_read: self.is_read[0][i / columns] && self.is_read[1][i % columns] }
        };
        (0..rows * columns).map(cell).collect()
    }

    /// The output cells that a cell of the padded input feeds, in order.
    pub fn outputs_fed_by(&self, input_cell: usize) -> Vec<usize> {
        let columns = self.padded_size()[1];
        let params = self.geom.params();
        // The position whose tap lies on a row or column, if one does.
        let position = |i: usize, at: usize, tap: usize, n: usize| {
            let start = at.checked_sub(tap * params.dilation[i])?;
            (start % params.stride[i] == 0 && start / params.stride[i] < n).then_some(start / params.stride[i])
        };
        let [n_rows, n_columns] = self.output_size();
        let mut fed: Vec<_> = (0..self.n_terms())
            .filter_map(|tap| {
                let row = position(0, input_cell / columns, tap / self.kernel.columns, n_rows)?;
                let column = position(1, input_cell % columns, tap % self.kernel.columns, n_columns)?;
                Some(row * n_columns + column)
            })
            .collect();
        fed.sort_unstable();
        fed
    }

    /// The cells of the padded input that an output cell reads.
    pub fn inputs_read_by(&self, cell: usize) -> Vec<usize> {
        let at = self.output_at(cell);
        (0..self.n_terms())
            .map(|tap| self.padded_cell(at, [tap / self.kernel.columns, tap % self.kernel.columns]))
            .collect()
    }

    /// Rows and columns that the window covers on the padded input, gaps included, and where it starts at a moment.
    pub fn window(&self, moment: &Moment) -> [usize; 4] {
        let params = self.geom.params();
        let reach = |taps: usize, dilation: usize| (taps - 1) * dilation + 1;
        [
            moment.at[0] * params.stride[0],
            moment.at[1] * params.stride[1],
            reach(self.kernel.rows, params.dilation[0]),
            reach(self.kernel.columns, params.dilation[1]),
        ]
    }

    /// The equation behind an output cell, as a sentence for a screen reader.
    pub fn spoken(&self, cell: usize) -> String {
        text::conv2d_spoken(&self.at(self.completion_of(cell)))
    }
}

#[cfg(test)]
mod tests;
