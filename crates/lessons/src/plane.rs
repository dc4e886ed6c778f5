//! One plane convolved with one kernel: what several chapters stand on. How it is stepped through is in `trace`.

mod trace;

pub use trace::PlaneTrace;

use crate::formula::Formula;
use crate::scene::{Cell, Grid, Item, Role};
use crate::words::sentence;
use crate::world::Unavailable;
use crate::{Matrix, number, positions, say};
use receptive_core::explain::{ConvCell, explain_conv2d};
use receptive_core::ops::{
    Border, PadError, PadGeom, PadParams, conv2d_connections, conv2d_forward, conv2d_scratch_len, pad2d_forward,
};
use receptive_core::terms::{Operand, cells_of};
use receptive_core::{ConvGeom, ConvParams, GeomError, Shape4};
use receptive_nn::grouped;
use std::rc::Rc;

/// Name of the input's grid.
pub const INPUT: &str = "input";
/// Name of the grid of what lies under the window, where the input's cells are too small for numbers.
pub const WINDOW: &str = "window";
/// Name of the kernel's grid.
pub const KERNEL: &str = "kernel";
/// Name of the output's grid.
pub const OUTPUT: &str = "output";

/// Columns of number cells that stand side by side on a page.
pub const MAX_COLUMNS: usize = 24;

/// One plane convolved with one kernel, everything computed by the engine.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneConv {
    input: Matrix,
    kernel: Matrix,
    bias: f32,
    geom: ConvGeom,
    pad: PadGeom,
    padded: Matrix,
    /// The geometry over the padded input, which needs no padding any more.
    inner: ConvGeom,
    output: Matrix,
    /// For each row, and each column, of the padded input: true if any window reads it.
    is_read: [Vec<bool>; 2],
}

impl PlaneConv {
    /// Convolves `input` with `kernel` and adds `bias`.
    ///
    /// # Errors
    /// When the kernel does not fit the padded input; the error says which padding would do.
    pub fn new(input: Matrix, kernel: Matrix, bias: f32, params: ConvParams) -> Result<Self, GeomError> {
        let [x, w] = [&input, &kernel].map(|matrix| Shape4::new(1, 1, matrix.rows, matrix.columns));
        let geom = ConvGeom::new(x, w, params)?;
        // Padding that a convolution may have is refused for its size alone.
        let pad = PadGeom::new(x, PadParams::even(params.padding, Border::Zeros)).map_err(|_| GeomError::TooLarge)?;
        Self::over(pad, geom, input, kernel, bias)
    }

    /// Convolves `input` in a border with `kernel` and adds `bias`. The padding of `params` does not count: the
    /// border says how wide it is.
    ///
    /// # Errors
    /// When a mirrored border is too wide or the kernel does not fit, in words that say what would do.
    pub fn bordered(
        input: Matrix,
        kernel: Matrix,
        bias: f32,
        params: ConvParams,
        border: PadParams,
    ) -> Result<Self, Unavailable> {
        let [x, w] = [&input, &kernel].map(|matrix| Shape4::new(1, 1, matrix.rows, matrix.columns));
        let pad = PadGeom::new(x, border).map_err(|error: PadError| refused(&error))?;
        let is_even = border.before == border.after;
        let padding = if is_even { border.before } else { [0, 0] };
        let geom = ConvGeom::new(if is_even { x } else { pad.y() }, w, ConvParams { padding, ..params });
        let conv = geom.and_then(|geom| Self::over(pad, geom, input, kernel, bias));
        conv.map_err(|error| refused(&error))
    }

    fn over(pad: PadGeom, geom: ConvGeom, input: Matrix, kernel: Matrix, bias: f32) -> Result<Self, GeomError> {
        let params = geom.params();
        let inner = ConvGeom::new(pad.y(), geom.w(), ConvParams { padding: [0, 0], ..params })?;
        let mut padded = Matrix::zeros(pad.y().h, pad.y().w);
        pad2d_forward(&mut padded.values, &input.values, &pad);
        let mut output = Matrix::zeros(inner.y().h, inner.y().w);
        let mut scratch = vec![0.0; conv2d_scratch_len(&inner)];
        conv2d_forward(&mut output.values, &padded.values, &kernel.values, &[bias], &inner, &mut scratch);
        let mut is_read = [vec![false; padded.rows], vec![false; padded.columns]];
        for cell in (0..output.values.len()).flat_map(|cell| read_by(&inner, cell)) {
            let [row, column] = padded.place(cell);
            (is_read[0][row], is_read[1][column]) = (true, true);
        }
        Ok(Self { input, kernel, bias, geom, pad, padded, inner, output, is_read })
    }

    /// The input without its padding.
    pub fn input(&self) -> &Matrix {
        &self.input
    }

    /// The kernel.
    pub fn kernel(&self) -> &Matrix {
        &self.kernel
    }

    /// The output.
    pub fn output(&self) -> &Matrix {
        &self.output
    }

    /// The geometry; that over the padded input where one side of the border is wider than the other.
    pub fn geom(&self) -> &ConvGeom {
        &self.geom
    }

    /// Rows and columns of the padded input.
    pub fn padded_size(&self) -> [usize; 2] {
        [self.is_read[0].len(), self.is_read[1].len()]
    }

    /// Products in one sum.
    pub fn n_terms(&self) -> usize {
        self.kernel.values.len()
    }

    /// The products behind an output cell, and their sum.
    pub fn explain(&self, cell: usize) -> ConvCell {
        let [p, q] = self.output.place(cell);
        let at = [0, 0, p, q];
        let mut explained = explain_conv2d(&self.padded.values, &self.kernel.values, &[self.bias], &self.inner, at);
        for term in &mut explained.terms {
            let at = term.input.and_then(|[_, row, column]| self.input_at(row * self.padded.columns + column));
            term.input = at.map(|[row, column]| [0, row, column]);
        }
        explained
    }

    /// Row and column of the input at a cell of the padded input, or nothing in the padding.
    pub fn input_at(&self, padded_cell: usize) -> Option<[usize; 2]> {
        let [row, column] = self.padded.place(padded_cell);
        let [above, left] = self.pad.params().before;
        self.pad.is_inside(row, column).then(|| [row - above, column - left])
    }

    /// Row and column of the input whose value stands at a cell of the padded input; nothing for a zero of the border.
    pub fn source_of(&self, padded_cell: usize) -> Option<[usize; 2]> {
        let [row, column] = self.padded.place(padded_cell);
        (row < self.padded.rows).then(|| self.pad.source(row, column)).flatten()
    }

    /// The cell of the padded input at a row and column of the input.
    pub fn padded_cell(&self, [row, column]: [usize; 2]) -> usize {
        let [above, left] = self.pad.params().before;
        (row + above) * self.padded.columns + column + left
    }

    /// The cells of the padded input that hold a cell's value: itself first, then its copies in the border.
    pub fn copies_of(&self, [row, column]: [usize; 2]) -> Vec<usize> {
        let itself = self.padded_cell([row, column]);
        let is_copy = |&cell: &usize| cell != itself && self.source_of(cell) == Some([row, column]);
        [itself].into_iter().chain((0..self.padded.values.len()).filter(is_copy)).collect()
    }

    /// The border.
    pub fn pad(&self) -> &PadGeom {
        &self.pad
    }

    /// The value at a cell of the padded input.
    pub fn padded_value(&self, padded_cell: usize) -> f32 {
        self.padded.values.get(padded_cell).copied().unwrap_or(0.0)
    }

    /// Rows and columns of the input, without its padding, that no window reads.
    pub fn never_read(&self) -> [Vec<usize>; 2] {
        let unread =
            |i: usize, n: usize| (0..n).filter(|at| !self.is_read[i][at + self.pad.params().before[i]]).collect();
        [unread(0, self.input.rows), unread(1, self.input.columns)]
    }

    /// The cells of the padded input that an output cell reads, in kernel order.
    pub fn inputs_read_by(&self, cell: usize) -> Vec<usize> {
        read_by(&self.inner, cell)
    }

    /// The output cells that a cell of the padded input feeds, in order.
    pub fn outputs_fed_by(&self, input_cell: usize) -> Vec<usize> {
        cells_of(&conv2d_connections(Operand::X, input_cell, &self.inner), Operand::Y)
    }

    /// The frame that the window makes on the padded input: first row and column, rows and columns, gaps included.
    pub fn frame(&self, cell: usize) -> [usize; 4] {
        let params = self.geom.params();
        let [p, q] = self.output.place(cell);
        let reach = |taps: usize, dilation: usize| (taps - 1) * dilation + 1;
        [
            p * params.stride[0],
            q * params.stride[1],
            reach(self.kernel.rows, params.dilation[0]),
            reach(self.kernel.columns, params.dilation[1]),
        ]
    }

    /// The padded input as a grid.
    pub fn input_grid(&self) -> Grid {
        let [rows, columns] = self.padded_size();
        let cell = |i: usize| {
            let at = self.input_at(i);
            Cell {
                value: self.padded_value(i),
                role: if at.is_some() { Role::Input } else { Role::Padding },
                is_unread: !(self.is_read[0][i / columns] && self.is_read[1][i % columns]),
                source: at.map(|[row, column]| row * self.input.columns + column),
            }
        };
        let is_padded = [rows, columns] != [self.input.rows, self.input.columns];
        let detail = if is_padded {
            say!("plane.padded", size = self.input.size(), rows = rows, columns = columns)
        } else {
            self.input.size()
        };
        Grid {
            name: INPUT,
            title: say!("plane.input"),
            detail,
            warning: self.warning(),
            columns,
            cells: Rc::new((0..rows * columns).map(cell).collect()),
            ..Grid::default()
        }
    }

    /// Returns the rows and columns that are never read, in words.
    fn warning(&self) -> Option<String> {
        let [rows, columns] = self.never_read();
        let part = |key: &str, at: &[usize]| {
            (!at.is_empty()).then(|| say!(format!("plane.{key}"), n = at.len(), which = positions(at)))
        };
        let parts: Vec<_> = [part("rows", &rows), part("columns", &columns)].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| say!("plane.unread", what = parts.join(&format!(" {} ", say!("plane.and")))))
    }

    /// The kernel as a grid.
    pub fn kernel_grid(&self) -> Grid {
        let mut grid = Grid::of(KERNEL, say!("plane.kernel"), &self.kernel, Role::Weight);
        if self.bias != 0.0 {
            grid.detail = say!("plane.with-bias", size = self.kernel.size(), bias = number(self.bias));
        }
        grid
    }

    /// The output as a grid.
    pub fn output_grid(&self) -> Grid {
        Grid::of(OUTPUT, say!("plane.output"), &self.output, Role::Activation)
    }

    /// Size, parameters and multiply-adds, with the numbers plugged in.
    pub fn formulas(&self) -> Vec<Formula> {
        let (x, w, y) = (self.pad.x(), self.geom.w(), self.geom.y());
        let (params, border) = (self.geom.params(), self.pad.params());
        let axis = |i: usize| {
            let (input, window, output) = if i == 0 { (x.h, w.h, y.h) } else { (x.w, w.w, y.w) };
            let (before, after) = (border.before[i], border.after[i]);
            let around = if before == after { format!("2·{before}") } else { format!("{before} + {after}") };
            padded_notation(input, window, &around, params.stride[i], params.dilation[i], output)
        };
        let is_square = x.h == x.w && w.h == w.w;
        let mut formulas = vec![if is_square {
            Formula::new("size", say!("plane.size"), &axis(0))
        } else {
            Formula::new("size", say!("plane.size"), &format!("{} × {}", axis(0), axis(1)))
        }];
        let taps = format!("{}·{}·{}", w.h, w.w, w.c);
        let n_params = grouped(self.geom.n_params() as u64);
        formulas.push(Formula::new("params", say!("plane.params"), &format!("{taps} + 1 = {n_params}")));
        let n_macs = grouped(self.geom.n_macs());
        formulas.push(Formula::new("macs", say!("plane.macs"), &format!("({}·{})·({taps}) = {n_macs}", y.h, y.w)));
        formulas
    }
}

/// The input cells that an output cell reads, in kernel order.
fn read_by(geom: &ConvGeom, cell: usize) -> Vec<usize> {
    conv2d_connections(Operand::Y, cell, geom).into_iter().filter_map(|connection| connection.x).collect()
}

/// ⌊(n + 2p − d·(f − 1) − 1) / s⌋ + 1, the dilated kernel written as its reach (Dumoulin & Visin 2016, eq. 6 and 15).
pub fn size_notation(n: usize, f: usize, pad: usize, stride: usize, dilation: usize, out: usize) -> String {
    padded_notation(n, f, &format!("2·{pad}"), stride, dilation, out)
}

/// The same with the padding as it is written: "2·1", or "1 + 2" where the sides differ.
pub fn padded_notation(n: usize, f: usize, around: &str, stride: usize, dilation: usize, out: usize) -> String {
    let reach = if dilation == 1 { f.to_string() } else { format!("({dilation}·({f} − 1) + 1)") };
    format!("floor(frac({n} + {around} − {reach}, {stride})) + 1 = {out}")
}

/// Columns of the grids in a row of the board.
pub fn n_columns(row: &[Item]) -> usize {
    row.iter().map(|item| if let Item::Grid(grid) = item { grid.columns } else { 0 }).sum()
}

/// Returns the reason that a geometry is impossible, as a chapter says it.
pub fn refused(error: &impl ToString) -> Unavailable {
    Unavailable::Refused(sentence(error))
}

#[cfg(test)]
mod tests;
