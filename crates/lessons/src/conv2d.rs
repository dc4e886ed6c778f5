//! Convolution, one output cell and one product at a time.

use crate::number;
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
    /// The kernel cell that lies on it now, row by row.
    pub kernel_cell: Option<usize>,
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
    /// What is added to every sum.
    pub bias: f32,
    /// The whole sum, or the sum of what is on the table.
    pub sum: f32,
    /// What to notice.
    pub caption: String,
}

impl Moment {
    /// Whether the sum is complete, and has landed in the output.
    pub fn is_complete(&self) -> bool {
        self.n_shown == self.terms.len()
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
        Ok(Self { input, kernel, bias, geom, output })
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

    /// Moments of the whole time line: for each output cell the empty sum, then one more product at a time.
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
        let n_shown = moment % (self.n_terms() + 1);
        let at = [cell / self.geom.y().w, cell % self.geom.y().w];
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
                    input_cell: self.padded_cell(at, [r, s]),
                    kernel_cell: r * self.kernel.columns + s,
                }
            })
            .collect();
        let sum = if n_shown == terms.len() {
            explained.sum
        } else {
            terms[..n_shown].iter().fold(self.bias, |sum, term| sum + term.product)
        };
        let n_padding = explained.terms.iter().filter(|term| term.input.is_none()).count();
        let caption = text::conv2d_caption(at, n_padding, n_shown, terms.len());
        Moment { cell, at, terms, n_shown, bias: self.bias, sum, caption }
    }

    /// The cell of the padded input that kernel cell [r, s] lies on at output [p, q].
    fn padded_cell(&self, [p, q]: [usize; 2], [r, s]: [usize; 2]) -> usize {
        let params = self.geom.params();
        let row = p * params.stride[0] + r * params.dilation[0];
        let column = q * params.stride[1] + s * params.dilation[1];
        row * self.padded_size()[1] + column
    }

    /// The padded input as the window at a moment meets it, row by row.
    pub fn input_cells(&self, moment: &Moment) -> Vec<InputCell> {
        let [rows, columns] = self.padded_size();
        let [pad_rows, pad_columns] = self.geom.params().padding;
        let mut cells: Vec<_> = (0..rows * columns)
            .map(|i| {
                let row = (i / columns).checked_sub(pad_rows).filter(|&row| row < self.input.rows);
                let column = (i % columns).checked_sub(pad_columns).filter(|&column| column < self.input.columns);
                let at = row.zip(column).map(|(row, column)| [row, column]);
                let value = at.map_or(0.0, |[row, column]| self.input.values[row * self.input.columns + column]);
                InputCell { value, at, is_read: false, kernel_cell: None }
            })
            .collect();
        for cell in 0..self.n_cells() {
            for tap in 0..self.n_terms() {
                let at = [cell / self.geom.y().w, cell % self.geom.y().w];
                let tap = [tap / self.kernel.columns, tap % self.kernel.columns];
                cells[self.padded_cell(at, tap)].is_read = true;
            }
        }
        for term in &moment.terms {
            cells[term.input_cell].kernel_cell = Some(term.kernel_cell);
        }
        cells
    }

    /// The output cells that a cell of the padded input feeds.
    pub fn outputs_fed_by(&self, input_cell: usize) -> Vec<usize> {
        (0..self.n_cells()).filter(|&cell| self.inputs_read_by(cell).contains(&input_cell)).collect()
    }

    /// The cells of the padded input that an output cell reads.
    pub fn inputs_read_by(&self, cell: usize) -> Vec<usize> {
        let at = [cell / self.geom.y().w, cell % self.geom.y().w];
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
        let moment = self.at(self.completion_of(cell));
        let products: Vec<_> =
            moment.terms.iter().map(|term| format!("{} times {}", number(term.x), number(term.w))).collect();
        format!(
            "row {}, column {}: {} is {}",
            moment.at[0] + 1,
            moment.at[1] + 1,
            products.join(" plus "),
            number(moment.sum)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels;

    fn example(params: ConvParams) -> ConvTrace {
        ConvTrace::new(example_input(), kernels::ALL[0].matrix(), 0.0, params).unwrap()
    }

    #[test]
    fn the_decks_first_example_comes_out_right() {
        let trace = example(ConvParams::default());
        assert_eq!(trace.output(), [2.0, 1.0, -1.0, -1.0, 1.0, 3.0, 2.0, 1.0, 1.0]);
        let strided = example(ConvParams::default().stride(2));
        assert_eq!(strided.output(), [2.0, -1.0, 2.0, 1.0]);
    }

    #[test]
    fn every_moments_sum_is_that_of_its_terms_and_ends_in_the_output() {
        for params in [
            ConvParams::default(),
            ConvParams::default().padding(1),
            ConvParams::default().padding(2).stride(2),
            ConvParams::default().dilation(2),
        ] {
            let trace = example(params);
            for i in 0..trace.n_moments() {
                let moment = trace.at(i);
                let sum: f32 = moment.terms[..moment.n_shown].iter().map(|term| term.product).sum();
                assert_eq!(moment.sum, sum);
                if moment.is_complete() {
                    assert_eq!(moment.sum, trace.output()[moment.cell]);
                }
                let cells = trace.input_cells(&moment);
                for term in &moment.terms {
                    assert_eq!(cells[term.input_cell].value, term.x);
                    assert_eq!(trace.kernel().values[term.kernel_cell], term.w);
                }
            }
        }
    }

    #[test]
    fn rows_and_columns_that_a_stride_drops_are_never_read() {
        let input = Matrix { rows: 7, columns: 7, values: vec![1.0; 49] };
        let trace = ConvTrace::new(input, kernels::ALL[6].matrix(), 0.0, ConvParams::default().stride(3)).unwrap();
        assert_eq!(trace.output_size(), [2, 2]);
        let cells = trace.input_cells(&trace.at(0));
        let unread: Vec<_> = (0..49).filter(|&i| !cells[i].is_read).collect();
        let wanted: Vec<_> = (0..49).filter(|i| i / 7 == 6 || i % 7 == 6).collect();
        assert_eq!(unread, wanted);
    }

    #[test]
    fn a_corner_feeds_one_output_and_the_middle_nine() {
        let trace = example(ConvParams::default());
        assert_eq!(trace.outputs_fed_by(0), [0]);
        assert_eq!(trace.outputs_fed_by(12).len(), 9);
    }

    #[test]
    fn a_kernel_that_does_not_fit_is_refused_with_a_remedy() {
        let input = Matrix { rows: 2, columns: 2, values: vec![1.0; 4] };
        let error = ConvTrace::new(input, kernels::ALL[0].matrix(), 0.0, ConvParams::default()).unwrap_err();
        assert_eq!(error.to_string(), "a 3×3 kernel does not fit a 2×2 input with padding 0; padding 1 would");
    }

    #[test]
    fn moments_past_the_end_are_the_last() {
        let trace = example(ConvParams::default());
        assert_eq!(trace.at(usize::MAX), trace.at(trace.n_moments() - 1));
    }
}
