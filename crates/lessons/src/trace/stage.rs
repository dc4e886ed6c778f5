//! A network on the stage: grids that show its tensors, and a time line that makes the cells of one of them.

use super::equation::{is_bias, n_products};
use super::links::Cells;
use super::{Run, Tensor};
use crate::scene::{Cell as Shown, Grid, Spot};
use crate::{Sorted, cell_numbers, largest, number, place, say};
use receptive_core::terms::{Cell, Factor, Term, Terms};
use std::rc::Rc;

/// Name of the grid of what lies under the window, where the cells that it reads are too small for numbers.
pub const WINDOW: &str = "window";

/// A window of more cells than this is not shown apart.
pub(super) const MAX_WINDOW: usize = 200;

/// A network that has run on one image, and the grids that show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    run: Run,
    grids: Vec<Placed>,
    /// Position of the grid that the time line fills.
    made: usize,
    /// True if one moment is one product, or the sum of a cell; else one cell.
    pub by_term: bool,
    /// True if all cells are there from the start; else they come with the time line.
    pub is_whole: bool,
    /// True if the cells that the time line makes add up sums of the layer before, whose terms count as theirs.
    pub adds_sums: bool,
    /// True if the layers have biases, so that one of 0 is printed too.
    pub has_biases: bool,
    /// The grid whose cells are shown again as numbers while they are read.
    pub(super) windowed: &'static str,
    /// Parameters that are linked to all cells that they go into, though they go into several.
    pub(super) followed: Vec<Tensor>,
}

/// A grid, and the part of a tensor that it shows.
#[derive(Clone, Debug, PartialEq)]
struct Placed {
    grid: Grid,
    tensor: Tensor,
    first: usize,
}

impl Placed {
    fn cell(&self, at: usize) -> Option<Cell<Tensor>> {
        (at < self.grid.cells.len()).then_some(Cell { tensor: self.tensor, index: self.first + at })
    }

    /// The positions of those cells that it shows.
    fn found(&self, cells: &Cells) -> Sorted<usize> {
        let found = cells.of(self.tensor).iter().filter_map(|index| index.checked_sub(self.first));
        found.filter(|at| *at < self.grid.cells.len()).collect()
    }
}

impl Stage {
    /// A stage without grids.
    pub fn new(run: Run) -> Self {
        Self {
            run,
            grids: vec![],
            made: 0,
            by_term: false,
            is_whole: false,
            adds_sums: false,
            has_biases: false,
            windowed: "",
            followed: vec![],
        }
    }

    /// Shows a tensor, or the part of it that begins at `first` and fills the grid. The last grid that is shown is the
    /// one whose cells the time line makes.
    #[must_use]
    pub fn show(mut self, grid: Grid, tensor: Tensor, first: usize) -> Self {
        self.grids.push(Placed { grid, tensor, first });
        self.made = self.grids.len() - 1;
        self
    }

    /// The same for a grid that the time line does not make.
    #[must_use]
    pub fn beside(mut self, grid: Grid, tensor: Tensor, first: usize) -> Self {
        self.grids.push(Placed { grid, tensor, first });
        self
    }

    /// Shows the cells that are read in a grid once more, as numbers, where they are too small for numbers there.
    #[must_use]
    pub fn with_window(self, name: &'static str) -> Self {
        Self { windowed: name, ..self }
    }

    /// Links a parameter to all cells that it goes into, though it goes into several.
    #[must_use]
    pub fn following(mut self, parameter: Tensor) -> Self {
        self.followed.push(parameter);
        self
    }

    /// The network.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// A grid as it was given.
    pub fn plain(&self, name: &str) -> Option<&Grid> {
        self.grids.iter().map(|placed| &placed.grid).find(|grid| grid.name == name)
    }

    /// The same, to be changed.
    pub fn plain_mut(&mut self, name: &str) -> Option<&mut Grid> {
        self.grids.iter_mut().map(|placed| &mut placed.grid).find(|grid| grid.name == name)
    }

    fn made(&self) -> &Placed {
        &self.grids[self.made]
    }

    /// The name of the grid whose cells the time line makes.
    pub fn made_name(&self) -> &'static str {
        self.made().grid.name
    }

    /// Products of one sum, if sums are made product by product.
    fn n_steps(&self) -> usize {
        let first = self.made().cell(0).filter(|_| self.by_term);
        first.and_then(|cell| self.run.terms(cell)).map_or(0, |terms| n_products(&terms))
    }

    /// The position of the cell that a moment is about, and how many of its products are on the table; nothing: all,
    /// and their sum.
    pub fn at(&self, moment: usize) -> (usize, Option<usize>) {
        let moment = moment.min(self.n_moments() - 1);
        let n = self.n_steps();
        let step = moment % (n + 1);
        (moment / (n + 1), (step < n).then_some(step + 1))
    }

    /// The moment at which a cell is complete.
    pub fn completion_of(&self, at: usize) -> usize {
        at.min(self.made().grid.cells.len() - 1) * (self.n_steps() + 1) + self.n_steps()
    }

    /// Cells that are known at a moment.
    pub fn n_known(&self, moment: usize) -> usize {
        let (at, n_shown) = self.at(moment);
        if self.is_whole { self.made().grid.cells.len() } else { at + usize::from(n_shown.is_none()) }
    }

    /// The cell of the network that a moment is about.
    pub fn focus_cell(&self, moment: usize) -> Cell<Tensor> {
        let made = self.made();
        Cell { tensor: made.tensor, index: made.first + self.at(moment).0 }
    }

    /// The cell of the network at a spot. What lies under the window depends on the moment.
    pub fn cell_at(&self, moment: usize, spot: Spot) -> Option<Cell<Tensor>> {
        if spot.grid == WINDOW {
            return self.run.reads(self.focus_cell(moment)).get(spot.cell).copied();
        }
        self.grids.iter().find(|placed| placed.grid.name == spot.grid)?.cell(spot.cell)
    }

    /// The spots at which a cell of the network is shown.
    pub fn spots(&self, cell: Cell<Tensor>) -> Vec<Spot> {
        let shows = |placed: &Placed| {
            let at = cell.index.checked_sub(placed.first).filter(|_| placed.tensor == cell.tensor)?;
            (at < placed.grid.cells.len()).then_some(Spot::new(placed.grid.name, at))
        };
        self.grids.iter().filter_map(shows).collect()
    }

    /// The spot that stands for a term: its weight, if that is shown, else what it reads.
    pub(super) fn spot_of(&self, term: &Term<Tensor>) -> Option<Spot> {
        let cells = term.factors.into_iter().flatten().filter_map(|factor| match factor {
            Factor::Cell(cell) => Some(cell),
            Factor::Padding => None,
        });
        let mut spots: Vec<_> = cells.flat_map(|cell| self.spots(cell)).filter(|_| !is_bias(term)).collect();
        spots.pop()
    }

    /// The terms of the cell that a moment is about.
    pub fn terms(&self, moment: usize) -> Terms<Tensor> {
        let none = || Terms::new(receptive_core::terms::Combine::Sum, vec![]);
        self.run.terms(self.focus_cell(moment)).unwrap_or_else(none)
    }

    /// The positions in a grid of the cells that a cell comes from.
    pub fn read(&self, name: &str, cell: Cell<Tensor>) -> Sorted<usize> {
        let sources = self.run.sources(cell);
        let placed = self.grids.iter().find(|placed| placed.grid.name == name);
        placed.map_or_else(Sorted::default, |placed| placed.found(&sources))
    }

    /// The positions in a grid of the cells that a cell has a part in.
    pub fn fed(&self, name: &str, cell: Cell<Tensor>) -> Sorted<usize> {
        let reached = self.run.reached(cell);
        let placed = self.grids.iter().find(|placed| placed.grid.name == name);
        placed.map_or_else(Sorted::default, |placed| placed.found(&reached))
    }

    /// The spot that a maximum is taken from.
    pub fn winner(&self, cell: Cell<Tensor>) -> Option<Cell<Tensor>> {
        let terms = self.run.terms(cell)?;
        terms.terms[terms.chosen(|cell| self.run.value(cell))?].cells().next()
    }

    /// A grid at a moment: what is known of it, the cell that is made, the cells that it comes from in a frame.
    pub fn grid(&self, name: &str, moment: usize) -> Grid {
        let Some(i) = self.grids.iter().position(|placed| placed.grid.name == name) else { return Grid::default() };
        let grid = &self.grids[i].grid;
        if i == self.made {
            Grid { n_known: Some(self.n_known(moment)), ..grid.at(self.at(moment).0) }
        } else {
            let frames = frame(grid, &self.read(name, self.focus_cell(moment))).into_iter().collect();
            Grid { frames, ..grid.clone() }
        }
    }

    /// The numbers that the cells of a grid are multiplied with at a moment, to be written into them.
    pub fn notes(&self, name: &str, moment: usize) -> Vec<(usize, String)> {
        let terms = self.terms(moment).terms;
        let place = |factor| match factor {
            Factor::Cell(cell) => self.spots(cell).into_iter().find(|spot| spot.grid == name).map(|spot| spot.cell),
            Factor::Padding => None,
        };
        let met = terms.iter().filter_map(|term| {
            let [Some(x), Some(w)] = term.factors else { return None };
            place(x).map(|at| (at, self.run.factor(w))).or_else(|| Some((place(w)?, self.run.factor(x))))
        });
        let (cells, weights): (Vec<_>, Vec<f32>) = met.unzip();
        cells.into_iter().zip(cell_numbers(weights.into_iter()).into_iter().map(|text| format!("×{text}"))).collect()
    }

    /// The cells that are read at a moment, if they are to be shown once more and are few enough.
    pub fn window(&self, moment: usize) -> Option<Grid> {
        let grid = self.plain(self.windowed).filter(|grid| !grid.has_numbers())?;
        let read = self.run.reads(self.focus_cell(moment));
        let spots = read.iter().flat_map(|&cell| self.spots(cell)).filter(|spot| spot.grid == grid.name);
        let read: Vec<_> = spots.map(|spot| spot.cell).collect();
        let columns = read.iter().filter(|&&cell| cell / grid.columns == read[0] / grid.columns).count();
        let strength = largest(grid.cells.iter().map(|cell| &cell.value));
        (!read.is_empty() && read.len() <= MAX_WINDOW).then(|| Grid {
            name: WINDOW,
            title: say!("plane.window"),
            detail: format!("{}×{columns}", read.len() / columns),
            columns,
            cells: Rc::new(read.iter().map(|&at| Shown { source: None, ..grid.cells[at] }).collect()),
            scale: Some(strength),
            ..Grid::default()
        })
    }
}

/// The smallest rectangle around cells of a grid: first row, first column, rows, columns.
pub fn frame(grid: &Grid, cells: &Sorted<usize>) -> Option<[usize; 4]> {
    let (first, last) = (grid.place(*cells.first()?), grid.place(*cells.last()?));
    let columns = || cells.iter().map(|&cell| grid.place(cell)[1]);
    let (left, right) = (columns().min()?, columns().max()?);
    Some([first[0], left, last[0] - first[0] + 1, right - left + 1])
}

impl Stage {
    /// A weight, or a cell under the window, with what it meets in the sum of the moment, in words.
    pub fn describe_met(&self, moment: usize, spot: Spot) -> String {
        let at = |grid: &Grid| (spot.cell < grid.cells.len()).then(|| place(grid.place(spot.cell)));
        let grid = if spot.grid == WINDOW { self.window(moment) } else { self.plain(spot.grid).cloned() };
        let (Some(cell), Some(at)) = (self.cell_at(moment, spot), grid.as_ref().and_then(at)) else {
            return String::new();
        };
        let terms = self.terms(moment).terms;
        let factors = terms.iter().find(|term| term.cells().any(|met| met == cell)).map(|term| term.factors);
        let Some([Some(x), Some(w)]) = factors else { return String::new() };
        let [x, w] = [x, w].map(|factor| self.run.factor(factor));
        let key = if spot.grid == WINDOW { "plane.tell-window" } else { "plane.tell-kernel" };
        say!(key, place = at, x = number(x), w = number(w), product = number(x * w))
    }
}

/// The parts of a [`Trace`](crate::Trace) that follow from the network and its grids.
impl Stage {
    /// See [`Trace::n_moments`](crate::Trace::n_moments).
    pub fn n_moments(&self) -> usize {
        self.made().grid.cells.len() * (self.n_steps() + 1)
    }

    /// At the beginning; on pixels, where most digits have ink.
    pub fn first_moment(&self) -> usize {
        let grid = &self.made().grid;
        let is_small = self.grids.iter().all(|placed| placed.grid.has_numbers());
        if is_small { 0 } else { self.completion_of(grid.rows() * 2 / 5 * grid.columns + grid.columns / 2) }
    }

    /// See [`Trace::moment_of`](crate::Trace::moment_of).
    pub fn moment_of(&self, spot: Spot) -> Option<usize> {
        (spot.grid == self.made_name() && spot.cell < self.made().grid.cells.len())
            .then(|| self.completion_of(spot.cell))
    }

    /// See [`Trace::focus`](crate::Trace::focus).
    pub fn focus(&self, moment: usize) -> Option<Spot> {
        Some(Spot::new(self.made_name(), self.at(moment).0))
    }
}
