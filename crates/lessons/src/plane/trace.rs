//! A convolution stepped through: moments, links between cells, words.

use super::{INPUT, KERNEL, MAX_COLUMNS, OUTPUT, PlaneConv, WINDOW, n_columns};
use crate::arithmetic::equation;
use crate::scene::{Cell, Edit, Equation, Grid, Item, Role, Scene, Spot, Term};
use crate::{Trace, cell_numbers, factor, number, place, say};
use std::rc::Rc;

/// A convolution on the stage: one output cell after the other, or one product after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneTrace {
    /// The convolution.
    pub conv: PlaneConv,
    /// One moment is one product, or the sum of an output cell; else one output cell.
    pub by_term: bool,
    /// The settings that typing into the input changes.
    pub edit_input: Option<Edit>,
    /// The settings that typing into the kernel changes.
    pub edit_kernel: Option<Edit>,
    /// True if the output is there from the start; else it grows with the time line.
    is_whole: bool,
    input: Grid,
    kernel: Grid,
    output: Grid,
}

impl PlaneTrace {
    /// Puts a convolution on the stage.
    pub fn new(conv: PlaneConv, by_term: bool, edit_input: Option<Edit>, edit_kernel: Option<Edit>) -> Self {
        let (mut input, mut kernel) = (conv.input_grid(), conv.kernel_grid());
        let output = conv.output_grid();
        (input.edit, kernel.edit) = (edit_input.clone(), edit_kernel.clone());
        Self { conv, by_term, edit_input, edit_kernel, is_whole: false, input, kernel, output }
    }

    /// Shows the input in another role, at full strength at `full`: a photo's light instead of a digit's ink.
    #[must_use]
    pub fn seen_as(mut self, role: Role, full: f32) -> Self {
        for cell in Rc::make_mut(&mut self.input.cells).iter_mut().filter(|cell| cell.role == Role::Input) {
            cell.role = role;
        }
        self.input.scale = Some(full);
        self
    }

    /// Shows a map of pixels complete from the start, where the map is the subject and not how it grows.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { is_whole: !self.has_numbers(), ..self }
    }

    /// Output cells that are known at a moment.
    pub fn n_known(&self, moment: usize) -> usize {
        let (cell, n_shown) = self.cell_at(moment);
        if self.is_whole { self.output.cells.len() } else { cell + usize::from(n_shown > self.conv.n_terms()) }
    }

    /// True if the input's cells can hold numbers.
    pub fn has_numbers(&self) -> bool {
        self.input.has_numbers()
    }

    /// The output cell that a moment is about, and how many of its products are on the table; all and more: its sum too.
    pub fn cell_at(&self, moment: usize) -> (usize, usize) {
        let moment = moment.min(self.n_moments() - 1);
        let n = self.conv.n_terms();
        if self.by_term { (moment / (n + 1), moment % (n + 1) + 1) } else { (moment, n + 1) }
    }

    /// The moment at which an output cell is complete.
    pub fn completion_of(&self, cell: usize) -> usize {
        let cell = cell.min(self.output.cells.len() - 1);
        if self.by_term { cell * (self.conv.n_terms() + 1) + self.conv.n_terms() } else { cell }
    }

    /// Input ∗ kernel = output at a moment.
    pub fn board(&self, moment: usize) -> Vec<Item> {
        let (cell, _) = self.cell_at(moment);
        let mut input = self.input.clone();
        input.frames = vec![self.conv.frame(cell)];
        let mut output = self.output.clone();
        let [p, q] = output.place(cell);
        output.n_known = Some(self.n_known(moment));
        output.now = Some(cell);
        output.frames = vec![[p, q, 1, 1]];
        let kernel = Item::Grid(self.kernel.clone());
        let weights = if self.has_numbers() {
            let texts = cell_numbers(self.conv.kernel.values.iter().copied());
            input.notes = self
                .conv
                .inputs_read_by(cell)
                .into_iter()
                .zip(texts.into_iter().map(|text| format!("×{text}")))
                .collect();
            kernel
        } else {
            Item::Column(vec![Item::Grid(self.window(cell)), Item::Sign("×"), kernel])
        };
        vec![Item::Grid(input), Item::Sign("∗"), weights, Item::Sign("="), Item::Grid(output)]
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

    /// The numbers under the window.
    fn window(&self, cell: usize) -> Grid {
        let read = self.conv.inputs_read_by(cell);
        let cells = read.iter().map(|&i| Cell { source: None, ..self.input.cells[i] }).collect();
        Grid {
            name: WINDOW,
            title: say!("plane.window"),
            detail: self.conv.kernel.size(),
            columns: self.conv.kernel.columns,
            cells: Rc::new(cells),
            scale: Some(self.conv.input.values.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()))),
            ..Grid::default()
        }
    }

    /// The arithmetic of the moment.
    pub fn equation(&self, moment: usize) -> Equation {
        let (cell, n_shown) = self.cell_at(moment);
        let explained = self.conv.explain(cell);
        let n = explained.terms.len();
        let terms = explained.terms.iter().enumerate().map(|(tap, term)| Term {
            text: format!("{}·{}", number(term.x), factor(term.w)),
            is_nothing: term.product == 0.0,
            spot: Some(Spot::new(KERNEL, tap)),
        });
        let bias =
            (explained.bias != 0.0).then(|| Term { text: factor(explained.bias), is_nothing: false, spot: None });
        let n_bias = usize::from(bias.is_some());
        let so_far = || explained.terms[..n_shown.min(n)].iter().fold(explained.bias, |sum, term| sum + term.product);
        Equation {
            terms: bias.into_iter().chain(terms).collect(),
            joint: " + ",
            n_shown: (n_shown <= n).then_some(n_shown + n_bias),
            is_stepping: self.by_term,
            result: number(if n_shown > n { self.conv.output.values[cell] } else { so_far() }),
            ..Equation::default()
        }
    }

    /// Returns the thing to notice at a moment.
    pub fn caption(&self, moment: usize) -> String {
        let (cell, n_shown) = self.cell_at(moment);
        let explained = self.conv.explain(cell);
        let n = explained.terms.len();
        if n_shown <= n {
            let term = &explained.terms[n_shown - 1];
            let key = if term.input.is_none() { "plane.product-padding" } else { "plane.product" };
            let (x, w, product) = (number(term.x), number(term.w), number(term.product));
            return say!(key, i = n_shown, n = n, x = x, w = w, product = product);
        }
        let n_nonzero = explained.terms.iter().filter(|term| term.product != 0.0).count();
        let n_padding = explained.terms.iter().filter(|term| term.input.is_none()).count();
        let key = match (n_nonzero, explained.bias == 0.0) {
            (0, true) => "plane.sum-of-zeros",
            (_, true) => "plane.sum",
            (_, false) => "plane.sum-with-bias",
        };
        let sum = number(self.conv.output.values[cell]);
        let text = say!(key, place = place(self.conv.output.place(cell)), n = n, n_nonzero = n_nonzero, sum = sum);
        if n_padding == 0 { text } else { format!("{text} {}", say!("plane.in-padding", n = n_padding)) }
    }

    /// The equation behind an output cell, as a sentence.
    fn spoken(&self, cell: usize) -> String {
        let explained = self.conv.explain(cell);
        let products: Vec<_> =
            explained.terms.iter().map(|term| format!("{}·{}", number(term.x), factor(term.w))).collect();
        let bias = if explained.bias == 0.0 { String::new() } else { format!("{} + ", number(explained.bias)) };
        let sum = format!("{bias}{}", products.join(" + "));
        equation(&sum, &number(self.conv.output.values[cell]))
    }
}

impl Trace for PlaneTrace {
    fn n_moments(&self) -> usize {
        self.output.cells.len() * if self.by_term { self.conv.n_terms() + 1 } else { 1 }
    }

    /// On a digit, where most digits have ink.
    fn first_moment(&self) -> usize {
        if self.has_numbers() {
            return 0;
        }
        let output = &self.conv.output;
        self.completion_of(output.rows * 2 / 5 * output.columns + output.columns / 2)
    }

    fn scene(&self, moment: usize) -> Scene {
        Scene {
            board: vec![self.board(moment)],
            equation: Some(self.equation(moment)),
            formulas: self.conv.formulas(),
            caption: self.caption(moment),
        }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let (cell, _) = self.cell_at(moment);
        let all = |grid: &'static str, cells: Vec<usize>| cells.into_iter().map(move |cell| Spot { grid, cell });
        match spot.grid {
            INPUT => {
                let tap = self.conv.inputs_read_by(cell).iter().position(|&read| read == spot.cell);
                let tap = tap.into_iter().flat_map(|tap| [Spot::new(KERNEL, tap), Spot::new(WINDOW, tap)]);
                let source = self.conv.source_of(spot.cell);
                let copies = source.map_or_else(Vec::new, |source| self.conv.copies_of(source));
                let copies = copies.into_iter().filter(|&cell| cell != spot.cell).collect();
                all(OUTPUT, self.conv.outputs_fed_by(spot.cell)).chain(tap).chain(all(INPUT, copies)).collect()
            }
            KERNEL | WINDOW => {
                let Some(&read) = self.conv.inputs_read_by(cell).get(spot.cell) else { return vec![] };
                [INPUT, KERNEL, WINDOW]
                    .into_iter()
                    .filter(|grid| *grid != spot.grid)
                    .map(|grid| Spot { grid, cell: if grid == INPUT { read } else { spot.cell } })
                    .collect()
            }
            OUTPUT if spot.cell < self.output.cells.len() => all(INPUT, self.conv.inputs_read_by(spot.cell)).collect(),
            _ => vec![],
        }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let (cell, _) = self.cell_at(moment);
        match spot.grid {
            INPUT => {
                let n_fed = self.conv.outputs_fed_by(spot.cell).len();
                let feeds = if n_fed == 0 { say!("plane.feeds-none") } else { say!("plane.feeds", n = n_fed) };
                match self.conv.input_at(spot.cell) {
                    Some(at) => {
                        let value = number(self.conv.padded_value(spot.cell));
                        say!("plane.tell-input", place = place(at), value = value, feeds = feeds)
                    }
                    None => {
                        let value = number(self.conv.padded_value(spot.cell));
                        match self.conv.source_of(spot.cell) {
                            Some(from) => say!("plane.tell-copy", value = value, from = place(from), feeds = feeds),
                            None => say!("plane.tell-padding", value = value, feeds = feeds),
                        }
                    }
                }
            }
            KERNEL | WINDOW => {
                let explained = self.conv.explain(cell);
                let Some(term) = explained.terms.get(spot.cell) else { return String::new() };
                let at = place(self.conv.kernel.place(spot.cell));
                let (x, w, product) = (number(term.x), number(term.w), number(term.product));
                say!(format!("plane.tell-{}", spot.grid), place = at, x = x, w = w, product = product)
            }
            OUTPUT => {
                let at = place(self.conv.output.place(spot.cell));
                if spot.cell < self.n_known(moment) {
                    say!("plane.tell-output", place = at, equation = self.spoken(spot.cell))
                } else {
                    say!("plane.tell-unknown", place = at)
                }
            }
            _ => String::new(),
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        (spot.grid == OUTPUT).then(|| self.completion_of(spot.cell))
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(Spot::new(OUTPUT, self.cell_at(moment).0))
    }
}
