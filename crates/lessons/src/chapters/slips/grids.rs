//! A printed grid with wrong cells, and the grid that the engine computes.

use super::why;
use crate::plane::{INPUT, KERNEL};
use crate::scene::{Equation, Grid, Item, Role, Scene, Spot};
use crate::trace::{Run, Stage};
use crate::worked::Worked;
use crate::{Matrix, Trace, number, place, say};
use receptive_nn::SpecError;

/// Name of the grid that the deck prints.
pub(super) const PRINTED: &str = "printed";
/// Name of the grid that the engine computes.
const RIGHT: &str = "right";

/// A grid of a deck beside what is right.
pub(super) struct GridSlip {
    worked: &'static Worked,
    /// The deck's inputs and the engine's grid.
    stage: Stage,
    /// The deck's grid.
    pub(super) printed: Matrix,
    /// The engine's grid.
    pub(super) right: Matrix,
    /// Printed cells that are wrong, or that should not be there.
    pub(super) wrong: Vec<usize>,
}

impl GridSlip {
    pub(super) fn new(worked: &'static Worked) -> Self {
        let stage = worked_stage(worked).unwrap_or_else(|_| unreachable!("what the decks compute can be computed"));
        let right = stage.run().plane(stage.run().output(stage.run().n_layers() - 1), 0);
        let printed = worked.printed_matrix().unwrap_or_default();
        let mut slip = Self { worked, stage, printed, right, wrong: vec![] };
        let is_wrong = |cell: usize| {
            let right = slip.computed(cell).map(|at| slip.right.values[at]);
            right.is_none_or(|right| (right - slip.printed.values[cell]).abs() > 1e-4)
        };
        slip.wrong = (0..slip.printed.values.len()).filter(|&cell| is_wrong(cell)).collect();
        slip
    }

    /// The cell of the computed grid at the place of a printed one; nothing beyond its edge.
    fn computed(&self, printed: usize) -> Option<usize> {
        let [row, column] = self.printed.place(printed);
        (row < self.right.rows && column < self.right.columns).then_some(row * self.right.columns + column)
    }

    /// The printed cell at the place of a computed one; nothing where none is printed.
    fn printed_at(&self, computed: usize) -> Option<usize> {
        let [row, column] = self.right.place(computed);
        (row < self.printed.rows && column < self.printed.columns).then_some(row * self.printed.columns + column)
    }

    /// The arithmetic of a computed cell.
    pub(super) fn equation(&self, cell: usize) -> Equation {
        self.stage.equation_at(cell)
    }

    /// The arithmetic up to the equals sign: what to compute to find out.
    fn left_side(&self, cell: usize) -> String {
        let equation = self.equation(cell);
        // Products that are zero would only hide those that count.
        let is_sum = self.worked.kind == "conv2d";
        let terms: Vec<_> =
            equation.terms.iter().filter(|term| !(is_sum && term.is_nothing)).map(|term| term.text.as_str()).collect();
        let sum = if terms.is_empty() { "0".into() } else { terms.join(equation.joint) };
        format!("{}{sum}{}", equation.open, equation.close)
    }

    /// A printed cell against the computed one, with the arithmetic.
    pub(super) fn against(&self, printed: usize) -> String {
        let at = place(self.printed.place(printed));
        let value = number(self.printed.values[printed]);
        match self.computed(printed) {
            Some(cell) => {
                let (sum, right) = (self.left_side(cell), number(self.right.values[cell]));
                let key = if self.wrong.contains(&printed) { "slips.cell-wrong" } else { "slips.cell-right" };
                say!(key, place = at, sum = sum, right = right, printed = value)
            }
            None => say!("slips.cell-beyond", place = at, size = self.right.size()),
        }
    }

    /// Returns the operation in words.
    pub(super) fn about(&self) -> String {
        let (worked, count) = (self.worked, |name| self.worked.count(name));
        let input = worked.matrix("input").size();
        let about = match worked.kind {
            "conv2d" => {
                let kernel = worked.matrix("kernel").size();
                say!(
                    "slips.about.conv2d",
                    input = input,
                    kernel = kernel,
                    pad = count("padding"),
                    stride = count("stride")
                )
            }
            "relu" => say!("slips.about.relu", input = input),
            _ => say!("slips.about.max-pool2d", input = input, window = count("window"), stride = count("stride")),
        };
        let is_part = self.printed.rows < self.right.rows;
        if is_part { format!("{about} {}", say!("slips.about.part", n = self.printed.rows)) } else { about }
    }

    /// True if most cells are wrong: then those that are right are sought.
    pub(super) fn is_mostly_wrong(&self) -> bool {
        2 * self.wrong.len() > self.printed.values.len()
    }

    /// Returns the question about the printed grid.
    pub(super) fn question(&self) -> String {
        let key = if self.is_mostly_wrong() { "slips.ask.right" } else { "slips.ask.wrong" };
        format!("{} {}", self.about(), say!(key))
    }

    /// Returns the inputs as grids.
    pub(super) fn inputs(&self) -> Vec<Grid> {
        [INPUT, KERNEL].iter().filter_map(|name| self.stage.plain(name).cloned()).collect()
    }

    /// Returns the deck's grid.
    pub(super) fn printed_grid(&self) -> Grid {
        Grid::of(PRINTED, say!("slips.printed"), &self.printed, Role::Activation)
    }
}

/// A worked example's operation as a program of its own, with grids of its inputs and of what it makes.
///
/// # Errors
/// When its window does not fit.
fn worked_stage(worked: &Worked) -> Result<Stage, SpecError> {
    let right = |run: &Run| {
        let made = run.output(run.n_layers() - 1);
        (Grid::of(RIGHT, say!("slips.right"), &run.plane(made, 0), Role::Activation), made)
    };
    if worked.kind == "conv2d" {
        let conv = worked.conv().unwrap_or_else(|_| unreachable!("a kernel of the decks fits its input"));
        let (run, (grid, made)) = (conv.run().clone(), right(conv.run()));
        let (padded, weights) = (run.output(0), run.weights(0).unwrap_or(made));
        let stage = Stage::new(run).show(conv.input_grid(), padded, 0).show(conv.kernel_grid(), weights, 0);
        return Ok(stage.show(grid, made, 0));
    }
    let (input, layer) = (worked.matrix("input"), worked.layer());
    let run = Run::new([1, input.rows, input.columns], vec![layer], &[], &input.values)?;
    let (x, (grid, made)) = (run.input(), right(&run));
    let shown = Grid::of(INPUT, say!("slips.input"), &input, Role::Activation);
    Ok(Stage::new(run).show(shown, x, 0).show(grid, made, 0))
}

/// The grid on the stage. Once the answer is revealed, each moment is about one wrong cell.
pub(super) struct GridTrace {
    pub(super) slip: GridSlip,
    pub(super) is_revealed: bool,
}

impl GridTrace {
    /// The printed cell that a moment is about.
    fn at(&self, moment: usize) -> Option<usize> {
        let last = self.slip.wrong.len().saturating_sub(1);
        self.slip.wrong.get(moment.min(last)).copied().filter(|_| self.is_revealed)
    }
}

impl Trace for GridTrace {
    fn n_moments(&self) -> usize {
        if self.is_revealed { self.slip.wrong.len().max(1) } else { 1 }
    }

    fn scene(&self, moment: usize) -> Scene {
        let slip = &self.slip;
        let at = self.at(moment);
        let cell = at.and_then(|printed| slip.computed(printed));
        let mut inputs = slip.inputs();
        inputs[0].frames = cell.map_or_else(Vec::new, |cell| slip.stage.grid(INPUT, cell).frames);
        let mut printed = slip.printed_grid();
        printed.now = at;
        let mut board = vec![];
        for (i, grid) in inputs.into_iter().enumerate() {
            board.extend((i > 0).then_some(Item::Sign("∗")));
            board.push(Item::Grid(grid));
        }
        board.push(Item::Sign("→"));
        if !self.is_revealed {
            board.push(Item::Grid(printed));
            return Scene { board: vec![board], caption: say!("slips.ask.point"), ..Scene::default() };
        }
        printed.marked = slip.wrong.clone();
        let mut right = Grid::of(RIGHT, say!("slips.right"), &slip.right, Role::Activation);
        right.now = cell;
        right.frames =
            cell.map(|cell| slip.right.place(cell)).map(|[row, column]| [row, column, 1, 1]).into_iter().collect();
        board.extend([Item::Grid(printed), Item::Sign("≠"), Item::Grid(right)]);
        Scene {
            board: vec![board, vec![Item::Text(why(slip.worked))]],
            equation: cell.map(|cell| slip.equation(cell)),
            formulas: vec![],
            caption: at.map(|printed| slip.against(printed)).unwrap_or_default(),
        }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let slip = &self.slip;
        let now = self.at(moment).and_then(|printed| slip.computed(printed));
        let seen = if spot.grid == PRINTED {
            slip.computed(spot.cell)
                .filter(|_| spot.cell < slip.printed.values.len())
                .map(|cell| Spot::new(RIGHT, cell))
        } else {
            Some(spot)
        };
        let Some(seen) = seen else { return vec![] };
        let mut linked = [vec![seen], slip.stage.linked(now.unwrap_or(0), seen)].concat();
        // A weight meets something only in a cell that is shown.
        linked.retain(|spot| spot.grid != KERNEL && (seen.grid != KERNEL || now.is_some()));
        let twin = |spot: &Spot| slip.printed_at(spot.cell).filter(|_| spot.grid == RIGHT);
        let twins: Vec<_> = linked.iter().filter_map(twin).map(|cell| Spot::new(PRINTED, cell)).collect();
        linked.extend(twins);
        linked.retain(|other| *other != spot);
        linked
    }

    fn describe(&self, _moment: usize, spot: Spot) -> String {
        let slip = &self.slip;
        match spot.grid {
            PRINTED if self.is_revealed => slip.against(spot.cell),
            PRINTED => {
                let (at, value) = (place(slip.printed.place(spot.cell)), number(slip.printed.values[spot.cell]));
                match slip.computed(spot.cell) {
                    Some(cell) => say!("slips.cell-asked", place = at, printed = value, sum = slip.left_side(cell)),
                    None => say!("slips.cell-alone", place = at, printed = value),
                }
            }
            RIGHT => {
                let (at, value) = (place(slip.right.place(spot.cell)), number(slip.right.values[spot.cell]));
                say!("slips.cell-computed", place = at, sum = slip.left_side(spot.cell), right = value)
            }
            name => {
                let inputs = slip.inputs();
                let Some(grid) = inputs.iter().find(|grid| grid.name == name) else { return String::new() };
                let Some(cell) = grid.cells.get(spot.cell) else { return String::new() };
                let (title, at) = (grid.title.clone(), place(grid.place(spot.cell)));
                say!("slips.tell", title = title, place = at, value = number(cell.value))
            }
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        let is_sought = self.is_revealed && spot.grid == PRINTED;
        self.slip.wrong.iter().position(|&cell| is_sought && cell == spot.cell)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        self.at(moment).map(|cell| Spot::new(PRINTED, cell))
    }
}
