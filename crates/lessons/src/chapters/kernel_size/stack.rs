//! Layers after one another, and what an output sees through them.

use super::costs::COSTS;
use crate::formula::Formula;
use crate::plane::{INPUT, KERNEL, OUTPUT, PlaneConv, WINDOW, refused, size_notation};
use crate::scene::{Edit, Equation, Grid, Item, Role, Scene, Spot, Table};
use crate::trace::{Run, Stage};
use crate::world::Unavailable;
use crate::{Matrix, Sorted, Trace, factor, number, place, say};
use receptive_core::{ConvParams, GeomError};
use receptive_nn::Layer;

/// Names of what each layer reads.
const INPUTS: [&str; 3] = [INPUT, "middle", "middle-2"];
/// Names of the layers' kernels.
const KERNELS: [&str; 3] = [KERNEL, "kernel-2", "kernel-3"];
const SIZES: [&str; 3] = ["size", "size-2", "size-3"];
/// Name of the kernel that all layers make together.
const TOGETHER: &str = "together";

/// Terms that can be read at a glance; of longer sums those that are zero are left out.
const EASY_TERMS: usize = 25;

/// Up to three layers, the last of them one output cell after the other.
pub(super) struct Stack {
    convs: Vec<PlaneConv>,
    stage: Stage,
    /// The kernel that equals all layers together; `None` for a single layer.
    together: Option<Matrix>,
    remark: Option<String>,
    costs: Table,
}

impl Stack {
    /// Puts layers, each of which reads what the one before it makes, on the stage.
    ///
    /// # Errors
    /// When the kernels together are too large to hold.
    pub(super) fn new(
        convs: Vec<PlaneConv>,
        edit_input: Option<Edit>,
        edit_kernel: &Edit,
        remark: Option<String>,
        costs: Table,
    ) -> Result<Self, Unavailable> {
        let layers = convs.iter().flat_map(PlaneConv::layers).collect::<Vec<Layer>>();
        let weights: Vec<_> = convs.iter().flat_map(|conv| [conv.kernel().values.clone(), vec![]]).collect();
        let input = convs[0].input();
        let run = Run::new([1, input.rows, input.columns], layers, &weights, &input.values);
        let mut stage = Stage::new(run.map_err(|error| refused(&error))?);
        let n = convs.len();
        for (i, conv) in convs.iter().enumerate() {
            let run = stage.run();
            let (padded, weights) = (run.output(2 * i), run.weights(i).unwrap_or(run.input()));
            let mut input = Grid { name: INPUTS[i], ..conv.input_grid() };
            if i > 0 {
                input.title = say!("kernel-size.middle", i = i);
            }
            input.edit = edit_input.clone().filter(|_| i == 0);
            stage =
                stage.show(input, padded, 0).show(kernel_grid(conv, i, n).editable(edit_kernel.clone()), weights, 0);
        }
        let made = stage.run().output(2 * n - 1);
        stage = stage.show(convs[n - 1].output_grid(), made, 0).with_window(INPUTS[n - 1]);
        stage.is_whole = stage.plain(INPUTS[n - 1]).is_some_and(|grid| !grid.has_numbers());
        let together = if n > 1 { Some(impulse(&convs).map_err(|error| refused(&error))?) } else { None };
        Ok(Self { convs, stage, together, remark, costs })
    }

    fn n(&self) -> usize {
        self.convs.len()
    }

    fn last(&self) -> &PlaneConv {
        &self.convs[self.n() - 1]
    }

    fn formulas(&self) -> Vec<Formula> {
        let mut formulas: Vec<_> = if self.together.is_none() {
            self.last().formulas()
        } else {
            let size = |i: usize| {
                let geom = self.convs[i].geom();
                let (x, w, y) = (geom.x(), geom.w(), geom.y());
                let rows = size_notation(x.h, w.h, geom.params().padding[0], 1, 1, y.h);
                let columns = size_notation(x.w, w.w, geom.params().padding[1], 1, 1, y.w);
                let notation = if rows == columns { rows } else { format!("{rows} × {columns}") };
                Formula::new(SIZES[i], say!("kernel-size.size", i = i + 1), &notation)
            };
            (0..self.n()).map(size).collect()
        };
        let ([rows, columns], kernel) = (field(&self.convs), self.last().kernel());
        let axis = |f: usize, field: usize| format!("1 + {}·({f} − 1) = {field}", self.n());
        let (down, across) = (axis(kernel.rows, rows), axis(kernel.columns, columns));
        let notation = if down == across { down } else { format!("{down} × {across}") };
        formulas.push(Formula::new("field", say!("kernel-size.field"), &notation));
        formulas
    }

    /// A mean as a mean, and of a long sum only what counts.
    fn shortened(&self, mut equation: Equation, moment: usize) -> Equation {
        let (n, kernel) = (equation.terms.len(), self.last().kernel());
        let is_mean = n > 1 && kernel.values.iter().all(|w| *w == 1.0 / n as f32);
        if is_mean {
            for (term, [x, _]) in equation.terms.iter_mut().zip(self.last().products(self.stage.at(moment).0)) {
                term.text = factor(x);
            }
            (equation.open, equation.close) = ("(".into(), format!(") / {n}"));
        }
        if n > EASY_TERMS && equation.terms.iter().any(|term| !term.is_nothing) {
            equation.terms.retain(|term| !term.is_nothing);
        }
        equation
    }

    /// The input cells under the cells of the kernel of all layers, unless padding lies between.
    fn under_together(&self, moment: usize) -> Vec<usize> {
        let is_padded = self.convs[1..].iter().any(|conv| conv.geom().params().padding != [0, 0]);
        if is_padded { vec![] } else { self.stage.read(INPUT, self.stage.focus_cell(moment)).into_iter().collect() }
    }
}

/// Rows and columns that an output sees: `1 + Σ (f − 1)`.
fn field(convs: &[PlaneConv]) -> [usize; 2] {
    let kernels = convs.iter().map(PlaneConv::kernel);
    kernels.fold([1, 1], |[rows, columns], kernel| [rows + kernel.rows - 1, columns + kernel.columns - 1])
}

/// The layers' answer to a single 1, turned by half a turn: the kernel that does what they do together.
fn impulse(convs: &[PlaneConv]) -> Result<Matrix, GeomError> {
    let [rows, columns] = field(convs).map(|side| 2 * side - 1);
    let mut map = Matrix::zeros(rows, columns).with(rows * columns / 2, 1.0);
    for conv in convs {
        map = PlaneConv::new(map, conv.kernel().clone(), 0.0, ConvParams::default())?.output().clone();
    }
    map.values.reverse();
    Ok(map)
}

/// The kernel of layer `i` of `n` with its middle; an even one has none.
fn kernel_grid(conv: &PlaneConv, i: usize, n: usize) -> Grid {
    let mut kernel = Grid { name: KERNELS[i], ..conv.kernel_grid() };
    if n > 1 {
        kernel.title = say!("kernel-size.kernel", i = i + 1);
    }
    let middle = |n: usize| (n - 1) / 2..n / 2 + 1;
    let columns = kernel.columns;
    let cells = middle(kernel.rows()).flat_map(|row| middle(columns).map(move |column| row * columns + column));
    kernel.marked = cells.collect();
    if kernel.marked.len() > 1 {
        kernel.warning = Some(say!("kernel-size.no-middle"));
    }
    kernel
}

impl Trace for Stack {
    fn stage(&self) -> Option<&Stage> {
        Some(&self.stage)
    }

    fn scene(&self, moment: usize) -> Scene {
        let (n, seen) = (self.n(), self.stage.read(INPUT, self.stage.focus_cell(moment)));
        let mut row = vec![];
        for (input, kernel) in INPUTS.into_iter().zip(KERNELS).take(n) {
            let mut input = self.stage.grid(input, moment);
            let kernel = Item::Grid(self.stage.plain(kernel).cloned().unwrap_or_default());
            let is_last = row.len() == 4 * (n - 1);
            let weights = match self.stage.window(moment).filter(|_| is_last) {
                Some(window) => Item::Column(vec![Item::Grid(window), Item::Sign("×"), kernel]),
                None => kernel,
            };
            if is_last {
                input.notes = self.stage.notes(input.name, moment);
            }
            row.extend([Item::Grid(input), Item::Sign("∗"), weights, Item::Sign("=")]);
        }
        row.push(Item::Grid(self.stage.grid(OUTPUT, moment)));
        let mut board = vec![row];
        if let Some(together) = &self.together {
            let title = say!("kernel-size.together", n = n);
            let grid = Grid::of(TOGETHER, title, together, Role::Weight);
            let text = say!("kernel-size.as-one", n = n, size = together.size());
            board.push(vec![Item::Grid(grid), Item::Text(text)]);
        }
        board.extend(self.remark.clone().map(|remark| vec![Item::Text(remark)]));
        board.push(vec![Item::Table(self.costs.clone())]);
        let [rows, columns] = field(&self.convs);
        // The rest of its window lies in the padding.
        let n_seen = seen.iter().filter(|&&cell| self.convs[0].input_at(cell).is_some()).count();
        let key = if n_seen == rows * columns { "kernel-size.sees" } else { "kernel-size.sees-padding" };
        let sees = say!(key, rows = rows, columns = columns, n = n_seen);
        Scene {
            board,
            equation: Some(self.shortened(self.stage.equation_at(moment), moment)),
            formulas: self.formulas(),
            caption: format!("{} {sees}", self.last().caption(self.stage.at(moment).0, None)),
        }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let mut spots: Sorted<_> = self.stage.linked(moment, spot).into_iter().collect();
        match spot.grid {
            TOGETHER => spots.extend(self.under_together(moment).get(spot.cell).map(|&cell| Spot::new(INPUT, cell))),
            INPUT if self.together.is_some() => {
                let under = self.under_together(moment);
                spots.extend(under.iter().position(|&cell| cell == spot.cell).map(|at| Spot::new(TOGETHER, at)));
            }
            // All layers use the same weights here.
            grid if KERNELS.contains(&grid) && spot.cell < self.last().kernel().values.len() => {
                let others = KERNELS.into_iter().take(self.n()).filter(|other| *other != grid);
                spots.extend(others.map(|grid| Spot { grid, ..spot }));
            }
            _ => {}
        }
        spots.into_iter().collect()
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let at = |names: [&str; 3]| names.iter().take(self.n()).position(|grid| *grid == spot.grid);
        if spot.grid == COSTS {
            return self.costs.rows.get(spot.cell).map_or_else(String::new, |row| row.join(" · "));
        }
        if let (TOGETHER, Some(kernel)) = (spot.grid, &self.together) {
            return kernel.values.get(spot.cell).map_or_else(String::new, |&w| {
                say!("kernel-size.tell-together", place = place(kernel.place(spot.cell)), w = number(w))
            });
        }
        let Some(cell) = self.stage.cell_at(moment, spot) else { return String::new() };
        if let Some(level) = at(INPUTS) {
            let conv = &self.convs[level];
            if self.together.is_none() {
                return conv.describe_input(spot.cell);
            }
            let (value, n) = (number(conv.padded_value(spot.cell)), self.stage.fed(OUTPUT, cell).len());
            return match (conv.input_at(spot.cell).map(place), level) {
                (None, _) => say!("kernel-size.tell-padding", value = value, n = n),
                (Some(at), 0) => say!("kernel-size.tell-input", place = at, value = value, n = n),
                (Some(at), _) => say!("kernel-size.tell-middle", i = level, place = at, value = value, n = n),
            };
        }
        if let Some(i) = at(KERNELS).filter(|i| i + 1 < self.n()) {
            let kernel = self.convs[i].kernel();
            let (at, w) = (place(kernel.place(spot.cell)), number(kernel.values[spot.cell]));
            return say!("kernel-size.tell-kernel", i = i + 1, place = at, w = w);
        }
        if at(KERNELS).is_some() || spot.grid == WINDOW {
            return self.stage.describe_met(moment, spot);
        }
        let at = place(self.last().output().place(spot.cell));
        if spot.cell < self.stage.n_known(moment) {
            say!("plane.tell-output", place = at, equation = self.stage.spoken(cell))
        } else {
            say!("plane.tell-unknown", place = at)
        }
    }
}
