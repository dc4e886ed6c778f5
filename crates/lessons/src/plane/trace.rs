//! A convolution on the stage: its grids, and what is said of their cells.

use super::{INPUT, KERNEL, MAX_COLUMNS, OUTPUT, PlaneConv, WINDOW, n_columns};
use crate::scene::{Edit, Grid, Item, Role, Scene, Spot};
use crate::trace::Stage;
use crate::{Trace, number, place, say};
use std::rc::Rc;

/// A convolution on the stage: one output cell after the other, or one product after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneTrace {
    /// The convolution.
    pub conv: PlaneConv,
    /// Its program with the grids that show it.
    pub stage: Stage,
}

impl PlaneTrace {
    /// Puts a convolution on the stage. The edits are those of its input and its kernel.
    pub fn new(conv: PlaneConv, by_term: bool, edit_input: Option<Edit>, edit_kernel: Option<Edit>) -> Self {
        let input = Grid { edit: edit_input, ..conv.input_grid() };
        let kernel = Grid { edit: edit_kernel, ..conv.kernel_grid() };
        let run = conv.run().clone();
        let (padded, made) = (run.output(0), run.output(1));
        let weights = run.weights(0).unwrap_or(padded);
        let mut stage = Stage::new(run).show(kernel, weights, 0).show(input, padded, 0).with_window(INPUT);
        stage = stage.show(conv.output_grid(), made, 0);
        stage.by_term = by_term;
        Self { conv, stage }
    }

    /// Shows the input in another role, at full strength at `full`: a photo's light instead of a digit's ink.
    #[must_use]
    pub fn seen_as(mut self, role: Role, full: f32) -> Self {
        if let Some(input) = self.stage.plain_mut(INPUT) {
            for cell in Rc::make_mut(&mut input.cells).iter_mut().filter(|cell| cell.role == Role::Input) {
                cell.role = role;
            }
            input.scale = Some(full);
        }
        self
    }

    /// Shows a map of pixels complete from the start, where the map is the subject and not how it grows.
    #[must_use]
    pub fn whole(mut self) -> Self {
        self.stage.is_whole = !self.has_numbers();
        self
    }

    /// True if the input's cells can hold numbers.
    pub fn has_numbers(&self) -> bool {
        self.stage.plain(INPUT).is_some_and(Grid::has_numbers)
    }

    /// The output cell that a moment is about.
    pub fn cell_at(&self, moment: usize) -> usize {
        self.stage.at(moment).0
    }

    /// Input ∗ kernel = output at a moment.
    pub fn board(&self, moment: usize) -> Vec<Item> {
        let mut input = self.stage.grid(INPUT, moment);
        let kernel = Item::Grid(self.stage.plain(KERNEL).cloned().unwrap_or_default());
        let weights = match self.stage.window(moment) {
            Some(window) => Item::Column(vec![Item::Grid(window), Item::Sign("×"), kernel]),
            None => {
                input.notes = self.stage.notes(INPUT, moment);
                kernel
            }
        };
        let output = Item::Grid(self.stage.grid(OUTPUT, moment));
        vec![Item::Grid(input), Item::Sign("∗"), weights, Item::Sign("="), output]
    }

    /// Returns the thing to notice at a moment.
    pub fn caption(&self, moment: usize) -> String {
        let (cell, n_shown) = self.stage.at(moment);
        self.conv.caption(cell, n_shown)
    }

    /// The board at a moment in one row, or in two where it is too wide for one.
    pub fn rows(&self, moment: usize) -> Vec<Vec<Item>> {
        let mut row = self.board(moment);
        if !self.has_numbers() || n_columns(&row) <= MAX_COLUMNS {
            return vec![row];
        }
        let rest = row.split_off(row.len().saturating_sub(2));
        vec![row, rest]
    }
}

impl Trace for PlaneTrace {
    fn stage(&self) -> Option<&Stage> {
        Some(&self.stage)
    }

    fn scene(&self, moment: usize) -> Scene {
        Scene {
            board: vec![self.board(moment)],
            equation: Some(self.stage.equation_at(moment)),
            formulas: self.conv.formulas(),
            caption: self.caption(moment),
        }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let Some(cell) = self.stage.cell_at(moment, spot) else { return String::new() };
        match spot.grid {
            INPUT => self.conv.describe_input(spot.cell),
            KERNEL | WINDOW => self.stage.describe_met(moment, spot),
            _ => {
                let at = place(self.conv.output().place(spot.cell));
                if spot.cell < self.stage.n_known(moment) {
                    say!("plane.tell-output", place = at, equation = self.stage.spoken(cell))
                } else {
                    say!("plane.tell-unknown", place = at)
                }
            }
        }
    }
}

impl PlaneConv {
    /// Returns the thing to notice about an output cell, or about its product number `n_shown`.
    pub fn caption(&self, cell: usize, n_shown: Option<usize>) -> String {
        let products = self.products(cell);
        let (n, read) = (products.len(), self.inputs_read_by(cell));
        if let Some(i) = n_shown {
            let [x, w] = products[i - 1];
            let key = if self.input_at(read[i - 1]).is_none() { "plane.product-padding" } else { "plane.product" };
            return say!(key, i = i, n = n, x = number(x), w = number(w), product = number(x * w));
        }
        let n_nonzero = products.iter().filter(|[x, w]| x * w != 0.0).count();
        let n_padding = read.iter().filter(|&&cell| self.input_at(cell).is_none()).count();
        let key = match (n_nonzero, self.bias() == 0.0) {
            (0, true) => "plane.sum-of-zeros",
            (_, true) => "plane.sum",
            (_, false) => "plane.sum-with-bias",
        };
        let output = self.output();
        let (at, sum) = (place(output.place(cell)), number(output.values[cell]));
        let text = say!(key, place = at, n = n, n_nonzero = n_nonzero, sum = sum);
        if n_padding == 0 { text } else { format!("{text} {}", say!("plane.in-padding", n = n_padding)) }
    }

    /// A cell of the padded input in words.
    pub fn describe_input(&self, cell: usize) -> String {
        let n_fed = self.outputs_fed_by(cell).len();
        let feeds = if n_fed == 0 { say!("plane.feeds-none") } else { say!("plane.feeds", n = n_fed) };
        let value = number(self.padded_value(cell));
        match (self.input_at(cell), self.source_of(cell)) {
            (Some(at), _) => say!("plane.tell-input", place = place(at), value = value, feeds = feeds),
            (None, Some(from)) => say!("plane.tell-copy", value = value, from = place(from), feeds = feeds),
            (None, None) => say!("plane.tell-padding", value = value, feeds = feeds),
        }
    }
}
