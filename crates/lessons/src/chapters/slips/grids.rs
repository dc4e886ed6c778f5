//! A printed grid with wrong cells, and the grid that the engine computes.

use super::why;
use crate::plane::{INPUT, KERNEL, PlaneConv};
use crate::scene::{Equation, Grid, Item, Role, Scene, Spot, Term};
use crate::worked::Worked;
use crate::{Matrix, Trace, factor, number, place, say};
use receptive_core::PoolGeom;
use receptive_core::explain::{explain_max_pool2d, explain_relu};

/// Name of the grid that the deck prints.
pub(super) const PRINTED: &str = "printed";
/// Name of the grid that the engine computes.
const RIGHT: &str = "right";

/// A grid of a deck beside what is right.
pub(super) struct GridSlip {
    worked: &'static Worked,
    source: Source,
    /// The deck's grid.
    pub(super) printed: Matrix,
    /// The engine's grid.
    pub(super) right: Matrix,
    /// Printed cells that are wrong, or that should not be there.
    pub(super) wrong: Vec<usize>,
}

/// The operation that makes the right grid, and its input.
enum Source {
    Conv(Box<PlaneConv>),
    Pool(PoolGeom, Matrix),
    Relu(Matrix),
}

impl GridSlip {
    pub(super) fn new(worked: &'static Worked) -> Self {
        let fits = "what the decks compute can be computed";
        let (source, right) = match worked.kind {
            "conv2d" => {
                let conv = worked.conv().expect(fits);
                let right = conv.output().clone();
                (Source::Conv(Box::new(conv)), right)
            }
            "relu" => (Source::Relu(worked.matrix("input")), worked.relu()),
            _ => {
                let geom = worked.pool_geom().expect(fits);
                let right = worked.pool().expect(fits);
                (Source::Pool(geom, worked.matrix("input")), right)
            }
        };
        let printed = worked.printed_matrix().unwrap_or_default();
        let mut slip = Self { worked, source, printed, right, wrong: vec![] };
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

    /// Cells of the input's grid that a computed cell reads.
    fn reads(&self, cell: usize) -> Vec<usize> {
        match &self.source {
            Source::Conv(conv) => conv.inputs_read_by(cell),
            Source::Relu(_) => vec![cell],
            Source::Pool(geom, input) => {
                let [p, q] = self.right.place(cell);
                geom.rows(p).flat_map(|row| geom.columns(q).map(move |column| row * input.columns + column)).collect()
            }
        }
    }

    /// The frame around what a computed cell reads.
    fn frame(&self, cell: usize) -> [usize; 4] {
        let [p, q] = self.right.place(cell);
        match &self.source {
            Source::Conv(conv) => conv.frame(cell),
            Source::Relu(_) => [p, q, 1, 1],
            Source::Pool(geom, _) => {
                let (rows, columns) = (geom.rows(p), geom.columns(q));
                [rows.start, columns.start, rows.len(), columns.len()]
            }
        }
    }

    /// The arithmetic of a computed cell.
    pub(super) fn equation(&self, cell: usize) -> Equation {
        let [p, q] = self.right.place(cell);
        let result = number(self.right.values[cell]);
        let reads = self.reads(cell);
        let term = |i: usize, value: f32, is_nothing: bool| Term {
            text: number(value),
            is_nothing,
            spot: reads.get(i).map(|&cell| Spot::new(INPUT, cell)),
        };
        match &self.source {
            Source::Conv(conv) => {
                let terms = conv.explain(cell).terms.into_iter().enumerate().map(|(tap, term)| Term {
                    text: format!("{}·{}", number(term.x), factor(term.w)),
                    is_nothing: term.product == 0.0,
                    spot: Some(Spot::new(KERNEL, tap)),
                });
                Equation { terms: terms.collect(), joint: " + ", result, ..Equation::default() }
            }
            Source::Relu(input) => {
                let relu = explain_relu(input.values[cell]);
                let terms = vec![term(0, relu.x, !relu.is_open)];
                Equation { open: "max(0, ".into(), terms, close: ")".into(), result, ..Equation::default() }
            }
            Source::Pool(geom, input) => {
                let pooled = explain_max_pool2d(&input.values, geom, [0, 0, p, q]);
                let terms = pooled.cells.iter().enumerate();
                let terms = terms.map(|(i, &(at, value))| term(i, value, pooled.argmax != Some(at))).collect();
                Equation { open: "max(".into(), terms, joint: ", ", close: ")".into(), result, ..Equation::default() }
            }
        }
    }

    /// The arithmetic up to the equals sign: what to compute to find out.
    fn left_side(&self, cell: usize) -> String {
        let equation = self.equation(cell);
        // Products that are zero would only hide those that count.
        let is_sum = matches!(self.source, Source::Conv(_));
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
        let (input, worked) = (self.input().size(), self.worked);
        let about = match &self.source {
            Source::Conv(conv) => {
                let (pad, stride) = (worked.count("padding"), worked.count("stride"));
                say!("slips.about.conv2d", input = input, kernel = conv.kernel().size(), pad = pad, stride = stride)
            }
            Source::Relu(_) => say!("slips.about.relu", input = input),
            Source::Pool(geom, _) => {
                let params = geom.params();
                say!("slips.about.max-pool2d", input = input, window = params.window[0], stride = params.stride[0])
            }
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

    fn input(&self) -> &Matrix {
        match &self.source {
            Source::Conv(conv) => conv.input(),
            Source::Relu(input) | Source::Pool(_, input) => input,
        }
    }

    /// Returns the inputs as grids.
    pub(super) fn inputs(&self) -> Vec<Grid> {
        match &self.source {
            Source::Conv(conv) => vec![conv.input_grid(), conv.kernel_grid()],
            Source::Relu(input) | Source::Pool(_, input) => {
                vec![Grid::of(INPUT, say!("slips.input"), input, Role::Activation)]
            }
        }
    }

    /// Returns the deck's grid.
    pub(super) fn printed_grid(&self) -> Grid {
        Grid::of(PRINTED, say!("slips.printed"), &self.printed, Role::Activation)
    }
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
        inputs[0].frames.extend(cell.map(|cell| slip.frame(cell)));
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
        let with_twin = |cell: usize| {
            let twins = slip.printed_at(cell).map(|printed| Spot::new(PRINTED, printed)).into_iter();
            twins.chain([Spot::new(RIGHT, cell)])
        };
        let cells = match spot.grid {
            PRINTED if spot.cell < slip.printed.values.len() => slip.computed(spot.cell).into_iter().collect(),
            RIGHT if spot.cell < slip.right.values.len() => vec![spot.cell],
            INPUT => {
                let feeds = |&cell: &usize| slip.reads(cell).contains(&spot.cell);
                return (0..slip.right.values.len()).filter(feeds).flat_map(with_twin).collect();
            }
            KERNEL => {
                let cell = self.at(moment).and_then(|printed| slip.computed(printed));
                let read = cell.and_then(|cell| slip.reads(cell).get(spot.cell).copied());
                return read.map(|read| Spot::new(INPUT, read)).into_iter().collect();
            }
            _ => vec![],
        };
        let reads = |&cell: &usize| slip.reads(cell).into_iter().map(|read| Spot::new(INPUT, read));
        let read: Vec<_> = cells.iter().flat_map(reads).collect();
        cells.into_iter().flat_map(with_twin).filter(|twin| *twin != spot).chain(read).collect()
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
