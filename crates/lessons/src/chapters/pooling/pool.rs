//! One map under one pooling, everything computed by the engine.

use crate::arithmetic::is_rounded;
use crate::formula::Formula;
use crate::scene::{Equation, Grid, Role, Spot, Term};
use crate::world::Unavailable;
use crate::{Matrix, number, place, positions, say};
use receptive_core::explain::{PoolCell, explain_avg_pool2d, explain_max_pool2d};
use receptive_core::ops::{avg_pool2d_forward, max_pool2d_forward, pool2d_connections};
use receptive_core::terms::{Operand, cells_of};
use receptive_core::{PoolGeom, PoolParams, Shape4};
use receptive_nn::grouped;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Name of the input's grid.
pub(super) const INPUT: &str = "input";
/// Name of the output's grid.
pub(super) const OUTPUT: &str = "output";

/// Numbers that an equation can hold.
const MAX_TERMS: usize = 16;

/// The output of a window: the maximum, the mean or the sum of its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Max,
    Mean,
    Sum,
}

/// A map and its windows.
pub(super) struct Pool {
    pub(super) input: Matrix,
    pub(super) output: Matrix,
    pub(super) kind: Kind,
    pub(super) geom: PoolGeom,
}

impl Pool {
    /// Pools a map, without padding.
    ///
    /// # Errors
    /// When the window is larger than the map.
    pub(super) fn new(input: Matrix, kind: Kind, params: PoolParams) -> Result<Self, Unavailable> {
        let [rows, columns] = params.window;
        let x = Shape4::new(1, 1, input.rows, input.columns);
        let geom = PoolGeom::new(x, params).map_err(|_| {
            let most = input.rows.min(input.columns);
            let window = format!("{rows}×{columns}");
            Unavailable::Refused(say!("pooling.too-large", window = window, size = input.size(), most = most))
        })?;
        let mut output = Matrix::zeros(geom.y().h, geom.y().w);
        match kind {
            Kind::Max => {
                let mut argmax = vec![0; output.values.len()];
                max_pool2d_forward(&mut output.values, &mut argmax, &input.values, &geom);
            }
            Kind::Mean | Kind::Sum => avg_pool2d_forward(&mut output.values, &input.values, &geom),
        }
        if kind == Kind::Sum {
            for cell in 0..output.values.len() {
                let [p, q] = output.place(cell);
                output.values[cell] *= geom.divisor(p, q) as f32;
            }
        }
        Ok(Self { input, output, kind, geom })
    }

    /// Explains an output cell by the cells of its window.
    pub(super) fn explain(&self, cell: usize) -> PoolCell {
        let [p, q] = self.output.place(cell);
        let explain = if self.kind == Kind::Max { explain_max_pool2d } else { explain_avg_pool2d };
        explain(&self.input.values, &self.geom, [0, 0, p, q])
    }

    fn input_cell(&self, [row, column]: [usize; 2]) -> usize {
        row * self.input.columns + column
    }

    /// The input cells that an output cell reads.
    pub(super) fn inputs_read_by(&self, cell: usize) -> Vec<usize> {
        cells_of(&pool2d_connections(Operand::Y, cell, &self.geom), Operand::X)
    }

    /// The output cells whose windows hold an input cell.
    pub(super) fn outputs_fed_by(&self, input_cell: usize) -> Vec<usize> {
        cells_of(&pool2d_connections(Operand::X, input_cell, &self.geom), Operand::Y)
    }

    /// The input cell that an output cell took its maximum from.
    pub(super) fn winner(&self, cell: usize) -> Option<usize> {
        self.explain(cell).argmax.map(|at| self.input_cell(at))
    }

    /// The window of an output cell, as far as it lies on the map.
    pub(super) fn frame(&self, cell: usize) -> [usize; 4] {
        let [p, q] = self.output.place(cell);
        let (rows, columns) = (self.geom.rows(p), self.geom.columns(q));
        [rows.start, columns.start, rows.len(), columns.len()]
    }

    /// Rows and columns that no window reads.
    pub(super) fn never_read(&self) -> [Vec<usize>; 2] {
        let read: BTreeSet<_> = (0..self.output.values.len()).flat_map(|cell| self.inputs_read_by(cell)).collect();
        let axis = |i: usize, n: usize| {
            let read: BTreeSet<_> = read.iter().map(|&cell| self.input.place(cell)[i]).collect();
            (0..n).filter(|at| !read.contains(at)).collect()
        };
        [axis(0, self.input.rows), axis(1, self.input.columns)]
    }

    /// The map as a grid.
    pub(super) fn input_grid(&self, name: &'static str, title: String) -> Grid {
        let mut grid = Grid::of(name, title, &self.input, Role::Activation);
        let [rows, columns] = self.never_read();
        let mut cells = (*grid.cells).clone();
        for (i, cell) in cells.iter_mut().enumerate() {
            let [row, column] = self.input.place(i);
            cell.is_unread = rows.contains(&row) || columns.contains(&column);
        }
        grid.cells = Rc::new(cells);
        let part = |key: &str, at: &[usize]| {
            (!at.is_empty()).then(|| say!(format!("plane.{key}"), n = at.len(), which = positions(at)))
        };
        let parts: Vec<_> = [part("rows", &rows), part("columns", &columns)].into_iter().flatten().collect();
        let joint = format!(" {} ", say!("plane.and"));
        grid.warning = (!parts.is_empty()).then(|| say!("plane.unread", what = parts.join(&joint)));
        grid.scale = Some(self.strength());
        grid
    }

    /// The pooled map as a grid.
    pub(super) fn output_grid(&self, name: &'static str, title: String) -> Grid {
        let mut grid = Grid::of(name, title, &self.output, Role::Activation);
        // What is handed on keeps its colour; sums have a range of their own.
        grid.scale = (self.kind != Kind::Sum).then(|| self.strength());
        grid
    }

    /// Returns the value at which colours reach their full strength.
    pub(super) fn strength(&self) -> f32 {
        self.input.values.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()))
    }

    /// The arithmetic behind an output cell.
    pub(super) fn equation(&self, cell: usize) -> Equation {
        let explained = self.explain(cell);
        let n = explained.divisor;
        let (open, joint, close) = match self.kind {
            Kind::Max => ("max(".to_string(), ", ", ")".to_string()),
            Kind::Mean => ("(".into(), " + ", format!(") / {n}")),
            Kind::Sum => (String::new(), " + ", String::new()),
        };
        let result = number(self.output.values[cell]);
        if explained.cells.len() > MAX_TERMS {
            return self.equation_in_short(&explained, result);
        }
        let term = |&(at, value): &([usize; 2], f32)| Term {
            text: if self.kind == Kind::Max { number(value) } else { crate::factor(value) },
            is_nothing: if self.kind == Kind::Max { explained.argmax != Some(at) } else { value == 0.0 },
            spot: Some(Spot::new(INPUT, self.input_cell(at))),
        };
        let terms = explained.cells.iter().map(term).collect();
        Equation { open, terms, joint, close, result, ..Equation::default() }
    }

    /// Too many numbers to write down: their sum.
    fn equation_in_short(&self, explained: &PoolCell, result: String) -> Equation {
        let sum = explained.result * explained.divisor as f32;
        let text = match self.kind {
            Kind::Max => say!("pooling.largest-of", n = explained.cells.len()),
            Kind::Mean | Kind::Sum => say!("pooling.sum-of", n = explained.cells.len(), sum = number(sum)),
        };
        let close = if self.kind == Kind::Mean { format!(" / {}", explained.divisor) } else { String::new() };
        let terms = vec![Term { text, is_nothing: false, spot: None }];
        let is_rounded = self.kind != Kind::Max && is_rounded(&format!("{}{close}", number(sum)), &result);
        Equation { terms, joint: " + ", close, result, is_rounded, ..Equation::default() }
    }

    /// Returns an output cell's origin in words.
    pub(super) fn story(&self, cell: usize) -> String {
        let explained = self.explain(cell);
        let (n, value) = (explained.cells.len(), number(self.output.values[cell]));
        let at = place(self.output.place(cell));
        let text = match (self.kind, explained.argmax) {
            (Kind::Max, Some(best)) => {
                let n_equal = explained.cells.iter().filter(|(_, other)| *other == explained.result).count();
                let key = if n_equal > 1 { "pooling.story.tie" } else { "pooling.story.max" };
                say!(key, place = at, n = n, value = value, n_equal = n_equal, best = place(best))
            }
            (Kind::Sum, _) => say!("pooling.story.sum", place = at, n = n, value = value),
            _ => {
                let sum = number(explained.result * explained.divisor as f32);
                say!("pooling.story.avg", place = at, n = n, sum = sum, divisor = explained.divisor, value = value)
            }
        };
        let [rows, columns] = self.geom.params().window;
        if n == rows * columns {
            text
        } else {
            format!("{text} {}", say!("pooling.hangs", n = n, all = rows * columns))
        }
    }

    /// Size, parameters and what is kept, with the numbers plugged in.
    pub(super) fn formulas(&self) -> Vec<Formula> {
        let (x, y, params) = (self.geom.x(), self.geom.y(), self.geom.params());
        let axis = |i: usize, n: usize, out: usize| {
            let (f, s) = (params.window[i], params.stride[i]);
            let (round, steps) = if params.ceil { ("ceil", (n - f).div_ceil(s)) } else { ("floor", (n - f) / s) };
            // Rounded up, the last window may start past the edge; it is dropped.
            let dropped = if steps + 1 > out { " − 1" } else { "" };
            (format!("{round}(frac({n} − {f}, {s})) + 1{dropped} = {out}"), !dropped.is_empty())
        };
        let ((rows, is_short), (columns, is_narrow)) = (axis(0, x.h, y.h), axis(1, x.w, y.w));
        let is_square = x.h == x.w && params.window[0] == params.window[1];
        let size = if is_square { rows } else { format!("{rows} × {columns}") };
        let title = if is_short || is_narrow { say!("pooling.size-dropped") } else { say!("plane.size") };
        let (before, after) = (x.h * x.w, y.h * y.w);
        let part = number((1000.0 * after as f32 / before as f32).round() / 10.0);
        let kept = format!("frac({}·{}, {}·{}) = frac({}, {}) = {part} %", y.h, y.w, x.h, x.w, after, before);
        vec![
            Formula::new("size", title, &size),
            Formula::new("params", say!("plane.params"), &grouped(0)),
            Formula::new("kept", say!("pooling.kept"), &kept),
        ]
    }
}
