//! One plane convolved with one kernel: what several chapters stand on. How it is stepped through is in `trace`.

mod trace;

pub use trace::PlaneTrace;

use crate::formula::Formula;
use crate::scene::{Cell, Grid, Item, Role};
use crate::trace::{Run, Tensor};
use crate::words::{Reason, sentence};
use crate::world::Unavailable;
use crate::{Matrix, Sorted, factor, grouped, number, positions, say};
use receptive_core::ops::{Border, PadError, PadGeom, PadParams};
use receptive_core::terms::Cell as Node;
use receptive_core::{ConvGeom, ConvParams, GeomError, Shape4};
use receptive_nn::{Layer, SpecError};
use std::rc::Rc;

pub use crate::trace::WINDOW;

/// Name of the input's grid.
pub const INPUT: &str = "input";
/// Name of the kernel's grid.
pub const KERNEL: &str = "kernel";
/// Name of the output's grid.
pub const OUTPUT: &str = "output";

/// Columns of number cells that stand side by side on a page.
pub const MAX_COLUMNS: usize = 24;

/// One plane in a border, convolved with one kernel: a program of two layers.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneConv {
    run: Run,
    input: Matrix,
    kernel: Matrix,
    output: Matrix,
    geom: ConvGeom,
    pad: PadGeom,
}

impl PlaneConv {
    /// Convolves `input` with `kernel` and adds `bias`.
    ///
    /// # Errors
    /// When the kernel does not fit the padded input; the error says which padding would do.
    pub fn new(input: Matrix, kernel: Matrix, bias: f32, params: ConvParams) -> Result<Self, GeomError> {
        let [x, w] = [&input, &kernel].map(shape);
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
        let [x, w] = [&input, &kernel].map(shape);
        let pad = PadGeom::new(x, border).map_err(|error: PadError| refused(&error))?;
        let is_even = border.before == border.after;
        let padding = if is_even { border.before } else { [0, 0] };
        let geom = ConvGeom::new(if is_even { x } else { pad.y() }, w, ConvParams { padding, ..params });
        let conv = geom.and_then(|geom| Self::over(pad, geom, input, kernel, bias));
        conv.map_err(|error| refused(&error))
    }

    fn over(pad: PadGeom, geom: ConvGeom, input: Matrix, kernel: Matrix, bias: f32) -> Result<Self, GeomError> {
        let weights = [kernel.values.clone(), vec![bias]];
        let run = Run::new([1, input.rows, input.columns], layers(&pad, &geom), &weights, &input.values);
        let run = run.map_err(|error| match error {
            SpecError::Geometry { error, .. } => error,
            _ => GeomError::TooLarge,
        })?;
        let output = run.plane(run.output(1), 0);
        Ok(Self { run, input, kernel, output, geom, pad })
    }

    /// The border and the convolution.
    pub fn layers(&self) -> Vec<Layer> {
        layers(&self.pad, &self.geom)
    }

    /// The program, and what it made.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// A cell of the padded input.
    pub fn padded(&self, at: usize) -> Node<Tensor> {
        Node { tensor: self.run.output(0), index: at }
    }

    /// A cell of the output.
    pub fn made(&self, at: usize) -> Node<Tensor> {
        Node { tensor: self.run.output(1), index: at }
    }

    /// The bias.
    pub fn bias(&self) -> f32 {
        self.run.biases(0).map_or(0.0, |tensor| self.run.values(tensor)[0])
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
        [self.pad.y().h, self.pad.y().w]
    }

    /// Products in one sum.
    pub fn n_terms(&self) -> usize {
        self.kernel.values.len()
    }

    /// The two factors of each product behind an output cell, in kernel order: what is read, and its weight.
    pub fn products(&self, cell: usize) -> Vec<[f32; 2]> {
        self.run.products(self.made(cell))
    }

    /// The sum of these products as it is written, without the bias: "1·2 + 0·(−1)".
    pub fn products_text(&self, cell: usize) -> String {
        let products = self.products(cell).into_iter().map(|[x, w]| format!("{}·{}", number(x), factor(w)));
        products.collect::<Vec<_>>().join(" + ")
    }

    /// Row and column of the input at a cell of the padded input, or nothing in the padding.
    pub fn input_at(&self, padded_cell: usize) -> Option<[usize; 2]> {
        let columns = self.pad.y().w;
        let ([row, column], [above, left]) = ([padded_cell / columns, padded_cell % columns], self.pad.params().before);
        self.pad.is_inside(row, column).then(|| [row - above, column - left])
    }

    /// Row and column of the input whose value stands at a cell of the padded input; nothing for a zero of the border.
    pub fn source_of(&self, padded_cell: usize) -> Option<[usize; 2]> {
        self.run.copied(self.padded(padded_cell)).map(|cell| self.input.place(cell.index))
    }

    /// The cell of the padded input at a row and column of the input.
    pub fn padded_cell(&self, [row, column]: [usize; 2]) -> usize {
        let [above, left] = self.pad.params().before;
        (row + above) * self.pad.y().w + column + left
    }

    /// The cells of the padded input that hold a cell's value: itself first, then its copies in the border.
    pub fn copies_of(&self, [row, column]: [usize; 2]) -> Vec<usize> {
        let itself = self.padded_cell([row, column]);
        let cell = Node { tensor: self.run.input(), index: row * self.input.columns + column };
        let copies = self.run.readers(cell).into_iter().map(|copy| copy.index).filter(|&copy| copy != itself);
        [itself].into_iter().chain(copies).collect()
    }

    /// The border.
    pub fn pad(&self) -> &PadGeom {
        &self.pad
    }

    /// The value at a cell of the padded input.
    pub fn padded_value(&self, padded_cell: usize) -> f32 {
        self.run.values(self.run.output(0)).get(padded_cell).copied().unwrap_or(0.0)
    }

    /// Rows and columns of the input, without its padding, that no window reads.
    pub fn never_read(&self) -> [Vec<usize>; 2] {
        let is_read = self.is_read();
        let unread = |i: usize, n: usize| (0..n).filter(|at| !is_read[i][at + self.pad.params().before[i]]).collect();
        [unread(0, self.input.rows), unread(1, self.input.columns)]
    }

    /// For each row, and each column, of the padded input: true if any window reads it.
    fn is_read(&self) -> [Vec<bool>; 2] {
        let mut is_read = self.padded_size().map(|n| vec![false; n]);
        let columns = is_read[1].len();
        // All windows of a row read the same rows, those of a column the same columns.
        let (first_row, first_column) =
            (0..self.output.columns, (0..self.output.rows).map(|row| row * self.output.columns));
        for cell in first_row.chain(first_column).flat_map(|cell| self.inputs_read_by(cell)) {
            (is_read[0][cell / columns], is_read[1][cell % columns]) = (true, true);
        }
        is_read
    }

    /// The cells of the padded input that an output cell reads, in kernel order.
    pub fn inputs_read_by(&self, cell: usize) -> Vec<usize> {
        self.run
            .reads(self.made(cell))
            .into_iter()
            .filter(|cell| cell.tensor == self.run.output(0))
            .map(|cell| cell.index)
            .collect()
    }

    /// The output cells that a cell of the padded input feeds, in order.
    pub fn outputs_fed_by(&self, input_cell: usize) -> Vec<usize> {
        let fed = self.run.readers(self.padded(input_cell)).into_iter().map(|cell| cell.index);
        fed.collect::<Sorted<_>>().to_vec()
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
        let ([rows, columns], is_read) = (self.padded_size(), self.is_read());
        let cell = |i: usize| {
            let at = self.input_at(i);
            Cell {
                value: self.padded_value(i),
                role: if at.is_some() { Role::Input } else { Role::Padding },
                is_unread: !(is_read[0][i / columns] && is_read[1][i % columns]),
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
        if self.bias() != 0.0 {
            grid.detail = say!("plane.with-bias", size = self.kernel.size(), bias = number(self.bias()));
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

/// A border, and a convolution that needs none any more.
fn layers(pad: &PadGeom, geom: &ConvGeom) -> Vec<Layer> {
    let params = ConvParams { padding: [0, 0], ..geom.params() };
    vec![Layer::Pad2d(pad.params()), Layer::Conv2d { kernels: 1, size: [geom.w().h, geom.w().w], params }]
}

/// The shape of a matrix as one plane of one image.
fn shape(matrix: &Matrix) -> Shape4 {
    Shape4::new(1, 1, matrix.rows, matrix.columns)
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
pub fn refused(error: &impl Reason) -> Unavailable {
    Unavailable::Refused(sentence(&error.reason()))
}

#[cfg(test)]
mod tests;
