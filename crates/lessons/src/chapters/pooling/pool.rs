//! One map under one pooling: a program of one layer.

use crate::arithmetic::is_rounded;
use crate::formula::Formula;
use crate::scene::{Cell as Shown, Equation, Grid, Role, Term};
use crate::trace::{Run, Stage, Tensor};
use crate::world::Unavailable;
use crate::{Matrix, Sorted, grouped, largest, number, place, positions, say};
use receptive_core::terms::{Cell, Combine};
use receptive_core::{PoolGeom, PoolParams, Shape4};
use receptive_nn::Layer;
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
    pub(super) stage: Stage,
    pub(super) input: Matrix,
    pub(super) output: Matrix,
    pub(super) kind: Kind,
    /// Names of the grids of its input and its output.
    pub(super) names: [&'static str; 2],
    geom: PoolGeom,
}

impl Pool {
    /// Pools a map, without padding, and shows both under these names and titles.
    ///
    /// # Errors
    /// When the window is larger than the map.
    pub(super) fn new(
        input: Matrix,
        kind: Kind,
        params: PoolParams,
        [(from, title), (to, title_made)]: [(&'static str, String); 2],
    ) -> Result<Self, Unavailable> {
        let layer = match kind {
            Kind::Max => Layer::MaxPool2d(params),
            Kind::Mean => Layer::AvgPool2d(params),
            Kind::Sum => Layer::SumPool2d(params),
        };
        let run = Run::new([1, input.rows, input.columns], vec![layer], &[], &input.values);
        let geom = PoolGeom::new(Shape4::new(1, 1, input.rows, input.columns), params);
        let (Ok(run), Ok(geom)) = (run, geom) else {
            let most = input.rows.min(input.columns);
            let window = format!("{}×{}", params.window[0], params.window[1]);
            return Err(Unavailable::Refused(say!(
                "pooling.too-large",
                window = window,
                size = input.size(),
                most = most
            )));
        };
        let (x, y) = (run.input(), run.output(0));
        let output = run.plane(y, 0);
        let strength = Some(largest(&input.values));
        let shown = Grid { scale: strength, ..input_grid(&run, from, title, &input) };
        let made = Grid::of(to, title_made, &output, Role::Activation);
        // What is handed on keeps its colour; sums have a range of their own.
        let made = Grid { scale: strength.filter(|_| kind != Kind::Sum), ..made };
        let stage = Stage::new(run).show(shown, x, 0).show(made, y, 0).with_window(from);
        Ok(Self { stage, input, output, kind, names: [from, to], geom })
    }

    /// An output cell.
    pub(super) fn made(&self, at: usize) -> Cell<Tensor> {
        Cell { tensor: self.stage.run().output(0), index: at }
    }

    /// The values under the window of an output cell, in order.
    pub(super) fn window(&self, at: usize) -> Vec<f32> {
        self.stage.read(self.names[0], self.made(at)).into_iter().map(|cell| self.input.values[cell]).collect()
    }

    /// The input cell that an output cell took its maximum from.
    pub(super) fn winner(&self, at: usize) -> Option<usize> {
        self.stage.winner(self.made(at)).map(|cell| cell.index)
    }

    /// The number that the sum of an output cell is divided by.
    fn divisor(&self, at: usize) -> usize {
        match self.stage.run().terms(self.made(at)).map(|terms| terms.combine) {
            Some(Combine::Mean { divisor }) => divisor,
            _ => 1,
        }
    }

    /// The arithmetic behind an output cell.
    pub(super) fn equation(&self, at: usize) -> Equation {
        let window = self.window(at);
        if window.len() <= MAX_TERMS {
            return self.stage.equation(self.made(at), None);
        }
        // Too many numbers to write down: their sum.
        let (sum, result) = (window.iter().sum::<f32>(), number(self.output.values[at]));
        let text = match self.kind {
            Kind::Max => say!("pooling.largest-of", n = window.len()),
            Kind::Mean | Kind::Sum => say!("pooling.sum-of", n = window.len(), sum = number(sum)),
        };
        let close = if self.kind == Kind::Mean { format!(" / {}", self.divisor(at)) } else { String::new() };
        let terms = vec![Term { text, is_nothing: false, spot: None }];
        let is_rounded = self.kind != Kind::Max && is_rounded(&format!("{}{close}", number(sum)), &result);
        Equation { terms, joint: " + ", close, result, is_rounded, ..Equation::default() }
    }

    /// Returns an output cell's origin in words.
    pub(super) fn story(&self, at: usize) -> String {
        let (window, winner) = (self.window(at), self.winner(at));
        let (n, value) = (window.len(), number(self.output.values[at]));
        let cell = place(self.output.place(at));
        let text = match (self.kind, winner) {
            (Kind::Max, Some(best)) => {
                let n_equal = window.iter().filter(|other| **other == self.output.values[at]).count();
                let key = if n_equal > 1 { "pooling.story.tie" } else { "pooling.story.max" };
                let best = place(self.input.place(best));
                say!(key, place = cell, n = n, value = value, n_equal = n_equal, best = best)
            }
            (Kind::Sum, _) => say!("pooling.story.sum", place = cell, n = n, value = value),
            _ => {
                let sum = number(window.iter().sum());
                say!("pooling.story.avg", place = cell, n = n, sum = sum, divisor = self.divisor(at), value = value)
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

/// The map as a grid: what no window reads is greyed, and named in a warning.
fn input_grid(run: &Run, name: &'static str, title: String, input: &Matrix) -> Grid {
    let mut grid = Grid::of(name, title, input, Role::Activation);
    let is_read = |index: usize| !run.readers(Cell { tensor: run.input(), index }).is_empty();
    let read: Sorted<_> = (0..input.values.len()).filter(|&cell| is_read(cell)).map(|cell| input.place(cell)).collect();
    let unread =
        |i: usize, n: usize| -> Vec<_> { (0..n).filter(|at| read.iter().all(|place| place[i] != *at)).collect() };
    let lost = [unread(0, input.rows), unread(1, input.columns)];
    let shade = |(cell, shown): (usize, &Shown)| Shown { is_unread: !is_read(cell), ..*shown };
    grid.cells = Rc::new(grid.cells.iter().enumerate().map(shade).collect());
    let part = |key: &str, at: &[usize]| {
        (!at.is_empty()).then(|| say!(format!("plane.{key}"), n = at.len(), which = positions(at)))
    };
    let parts: Vec<_> = [part("rows", &lost[0]), part("columns", &lost[1])].into_iter().flatten().collect();
    let joint = format!(" {} ", say!("plane.and"));
    grid.warning = (!parts.is_empty()).then(|| say!("plane.unread", what = parts.join(&joint)));
    grid
}
