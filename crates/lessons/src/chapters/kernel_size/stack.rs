//! Layers after one another, and what an output sees through them.

use super::costs::COSTS;
use crate::formula::Formula;
use crate::plane::{INPUT, KERNEL, OUTPUT, PlaneConv, PlaneTrace, size_notation};
use crate::scene::{Edit, Equation, Grid, Item, Role, Scene, Spot, Table};
use crate::{Matrix, Trace, factor, number, place, say};
use receptive_core::{ConvParams, GeomError};
use std::collections::BTreeSet;

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
#[derive(Clone, Debug)]
pub(super) struct Stack {
    /// Layers before the last.
    before: Vec<PlaneConv>,
    last: PlaneTrace,
    edit_input: Option<Edit>,
    /// The kernel that equals all layers together; `None` for a single layer.
    together: Option<Matrix>,
    remark: Option<String>,
    costs: Table,
}

impl Stack {
    /// Puts layers on the stage.
    ///
    /// # Errors
    /// When the kernels together are too large to hold.
    pub(super) fn new(
        before: Vec<PlaneConv>,
        last: PlaneTrace,
        edit_input: Option<Edit>,
        remark: Option<String>,
        costs: Table,
    ) -> Result<Self, GeomError> {
        let mut stack = Self { before, last, edit_input, together: None, remark, costs };
        if !stack.before.is_empty() {
            stack.together = Some(stack.impulse()?);
        }
        Ok(stack)
    }

    fn n(&self) -> usize {
        self.before.len() + 1
    }

    fn layer(&self, i: usize) -> &PlaneConv {
        self.before.get(i).unwrap_or(&self.last.conv)
    }

    /// Rows and columns that an output sees: `1 + Σ (f − 1)`.
    fn field(&self) -> [usize; 2] {
        let kernels = (0..self.n()).map(|i| self.layer(i).kernel());
        kernels.fold([1, 1], |[rows, columns], kernel| [rows + kernel.rows - 1, columns + kernel.columns - 1])
    }

    /// The layers' answer to a single 1, turned by half a turn: the kernel that does what they do together.
    fn impulse(&self) -> Result<Matrix, GeomError> {
        let [rows, columns] = self.field().map(|side| 2 * side - 1);
        let mut map = Matrix::zeros(rows, columns).with(rows * columns / 2, 1.0);
        for i in 0..self.n() {
            let layer = PlaneConv::new(map, self.layer(i).kernel().clone(), 0.0, ConvParams::default())?;
            map = layer.output().clone();
        }
        map.values.reverse();
        Ok(map)
    }

    /// The spot as the last layer's own trace knows it.
    fn in_last(&self, spot: Spot) -> Option<Spot> {
        let last = self.n() - 1;
        match spot.grid {
            grid if grid == INPUTS[last] => Some(Spot { grid: INPUT, ..spot }),
            grid if grid == KERNELS[last] => Some(Spot { grid: KERNEL, ..spot }),
            grid if INPUTS.contains(&grid) || KERNELS.contains(&grid) || grid == TOGETHER => None,
            _ => Some(spot),
        }
    }

    /// A grid of the last layer's own trace, as this stage calls it.
    fn own_name(&self, grid: &'static str) -> &'static str {
        match grid {
            INPUT => INPUTS[self.n() - 1],
            KERNEL => KERNELS[self.n() - 1],
            _ => grid,
        }
    }

    /// Returns the cells of layer `i − 1`'s padded input that are behind the cells `read` of layer `i`'s.
    fn back(&self, i: usize, read: &BTreeSet<usize>) -> BTreeSet<usize> {
        let (here, before) = (self.layer(i), self.layer(i - 1));
        let cells = read.iter().filter_map(|&cell| here.input_at(cell));
        cells.flat_map(|[row, column]| before.inputs_read_by(row * here.input().columns + column)).collect()
    }

    /// The cells of layer `i + 1`'s padded input, or of the output, that cells of layer `i`'s reach.
    fn forth(&self, i: usize, cells: &BTreeSet<usize>) -> BTreeSet<usize> {
        let fed = cells.iter().flat_map(|&cell| self.layer(i).outputs_fed_by(cell));
        if i + 1 == self.n() {
            return fed.collect();
        }
        let next = self.layer(i + 1);
        let ([pad_rows, pad_columns], columns) = (next.geom().params().padding, next.padded_size()[1]);
        let padded = |cell: usize| {
            let [row, column] = next.input().place(cell);
            (row + pad_rows) * columns + column + pad_columns
        };
        fed.map(padded).collect()
    }

    /// Returns the cells that an output cell sees, before each layer.
    fn seen(&self, output: usize) -> Vec<BTreeSet<usize>> {
        let mut seen = vec![self.last.conv.inputs_read_by(output).into_iter().collect::<BTreeSet<_>>()];
        for i in (1..self.n()).rev() {
            seen.insert(0, self.back(i, &seen[0]));
        }
        seen
    }

    /// The frame around cells of layer `i`'s padded input.
    fn frame(&self, i: usize, cells: &BTreeSet<usize>) -> Option<[usize; 4]> {
        let columns = self.layer(i).padded_size()[1];
        let rows = cells.first()? / columns..cells.last()? / columns + 1;
        let first = cells.iter().map(|cell| cell % columns).min()?;
        let last = cells.iter().map(|cell| cell % columns).max()?;
        Some([rows.start, first, rows.len(), last + 1 - first])
    }

    fn input_grid(&self, i: usize, seen: &BTreeSet<usize>) -> Grid {
        let mut grid = self.layer(i).input_grid();
        grid.name = INPUTS[i];
        if i > 0 {
            grid.title = say!("kernel-size.middle", i = i);
        }
        grid.edit = self.edit_input.clone().filter(|_| i == 0);
        grid.frames = self.frame(i, seen).into_iter().collect();
        grid
    }

    /// The kernel of layer `i` with its middle; an even one has none.
    fn kernel_grid(&self, i: usize, mut kernel: Grid) -> Grid {
        kernel.name = KERNELS[i];
        if self.n() > 1 {
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

    /// The last layer's row, under the names of this stage.
    fn renamed(&self, item: Item) -> Item {
        match item {
            Item::Grid(grid) => {
                let (name, last) = (self.own_name(grid.name), self.n() - 1);
                if grid.name == KERNEL {
                    return Item::Grid(self.kernel_grid(last, grid));
                }
                let is_middle = last > 0 && name == INPUTS[last];
                let title = if is_middle { say!("kernel-size.middle", i = last) } else { grid.title.clone() };
                Item::Grid(Grid { name, title, ..grid })
            }
            Item::Column(items) => Item::Column(items.into_iter().map(|item| self.renamed(item)).collect()),
            item => item,
        }
    }

    fn formulas(&self) -> Vec<Formula> {
        let mut formulas: Vec<_> = if self.before.is_empty() {
            self.last.conv.formulas()
        } else {
            let size = |i: usize| {
                let geom = self.layer(i).geom();
                let (x, w, y) = (geom.x(), geom.w(), geom.y());
                let rows = size_notation(x.h, w.h, geom.params().padding[0], 1, 1, y.h);
                let columns = size_notation(x.w, w.w, geom.params().padding[1], 1, 1, y.w);
                let notation = if rows == columns { rows } else { format!("{rows} × {columns}") };
                Formula::new(SIZES[i], say!("kernel-size.size", i = i + 1), &notation)
            };
            (0..self.n()).map(size).collect()
        };
        let ([rows, columns], kernel) = (self.field(), self.last.conv.kernel());
        let axis = |f: usize, field: usize| format!("1 + {}·({f} − 1) = {field}", self.n());
        let (down, across) = (axis(kernel.rows, rows), axis(kernel.columns, columns));
        let notation = if down == across { down } else { format!("{down} × {across}") };
        formulas.push(Formula::new("field", say!("kernel-size.field"), &notation));
        formulas
    }

    /// A mean as a mean, and of a long sum only what counts.
    fn shortened(&self, mut equation: Equation, moment: usize) -> Equation {
        let (n, kernel) = (equation.terms.len(), self.last.conv.kernel());
        let is_mean = n > 1 && kernel.values.iter().all(|w| *w == 1.0 / n as f32);
        if is_mean {
            let explained = self.last.conv.explain(self.last.cell_at(moment).0);
            for (term, product) in equation.terms.iter_mut().zip(&explained.terms) {
                term.text = factor(product.x);
            }
            (equation.open, equation.close) = ("(".into(), format!(") / {n}"));
        }
        if n > EASY_TERMS && equation.terms.iter().any(|term| !term.is_nothing) {
            equation.terms.retain(|term| !term.is_nothing);
        }
        for spot in equation.terms.iter_mut().filter_map(|term| term.spot.as_mut()) {
            spot.grid = self.own_name(spot.grid);
        }
        equation
    }

    /// Returns the number of the input's own cells that an output sees; the rest of its window lies in the padding.
    fn n_seen(&self, seen: &BTreeSet<usize>) -> usize {
        seen.iter().filter(|&&cell| self.layer(0).input_at(cell).is_some()).count()
    }

    /// The input cell under a cell of the kernel of all layers, unless padding lies between.
    fn under_together(&self, moment: usize) -> Option<Vec<usize>> {
        let seen = &self.seen(self.last.cell_at(moment).0)[0];
        let is_padded = (1..self.n()).any(|i| self.layer(i).geom().params().padding != [0, 0]);
        (!is_padded).then(|| seen.iter().copied().collect())
    }
}

impl Trace for Stack {
    fn n_moments(&self) -> usize {
        self.last.n_moments()
    }

    fn first_moment(&self) -> usize {
        self.last.first_moment()
    }

    fn scene(&self, moment: usize) -> Scene {
        let mut scene = self.last.scene(moment);
        let seen = self.seen(self.last.cell_at(moment).0);
        let mut row = vec![];
        for (i, seen) in seen.iter().enumerate().take(self.before.len()) {
            let mut kernel = self.layer(i).kernel_grid();
            kernel.edit = self.last.edit_kernel.clone();
            let (input, kernel) = (self.input_grid(i, seen), self.kernel_grid(i, kernel));
            row.extend([Item::Grid(input), Item::Sign("∗"), Item::Grid(kernel), Item::Sign("=")]);
        }
        row.extend(scene.board.into_iter().flatten().map(|item| self.renamed(item)));
        let mut board = vec![row];
        if let Some(together) = &self.together {
            let title = say!("kernel-size.together", n = self.n());
            let grid = Grid::of(TOGETHER, title, together, Role::Weight);
            let text = say!("kernel-size.as-one", n = self.n(), size = together.size());
            board.push(vec![Item::Grid(grid), Item::Text(text)]);
        }
        board.extend(self.remark.clone().map(|remark| vec![Item::Text(remark)]));
        board.push(vec![Item::Table(self.costs.clone())]);
        let [rows, columns] = self.field();
        let n = self.n_seen(&seen[0]);
        let key = if n == rows * columns { "kernel-size.sees" } else { "kernel-size.sees-padding" };
        let sees = say!(key, rows = rows, columns = columns, n = n);
        scene.caption = format!("{} {sees}", scene.caption);
        scene.equation = scene.equation.map(|equation| self.shortened(equation, moment));
        Scene { board, formulas: self.formulas(), ..scene }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let inside = self.in_last(spot).map(|spot| self.last.linked(moment, spot)).unwrap_or_default();
        let mut spots: BTreeSet<_> =
            inside.into_iter().map(|spot| Spot { grid: self.own_name(spot.grid), ..spot }).collect();
        let level = INPUTS.iter().take(self.n()).position(|grid| *grid == spot.grid);
        let mut take = |grid: &'static str, cells: &BTreeSet<usize>| {
            spots.extend(cells.iter().map(|&cell| Spot { grid, cell }));
        };
        match (spot.grid, level) {
            (OUTPUT, _) if spot.cell < self.last.conv.output().values.len() => {
                INPUTS.into_iter().zip(self.seen(spot.cell)).for_each(|(grid, seen)| take(grid, &seen));
            }
            (_, Some(level)) => {
                let mut cells = BTreeSet::from([spot.cell]);
                for i in (1..=level).rev() {
                    cells = self.back(i, &cells);
                    take(INPUTS[i - 1], &cells);
                }
                let mut cells = BTreeSet::from([spot.cell]);
                for i in level..self.n() {
                    cells = self.forth(i, &cells);
                    take(if i + 1 < self.n() { INPUTS[i + 1] } else { OUTPUT }, &cells);
                }
                if level == 0 && self.together.is_some() {
                    let under = self.under_together(moment).unwrap_or_default();
                    let cell = under.iter().position(|&cell| cell == spot.cell);
                    spots.extend(cell.map(|cell| Spot::new(TOGETHER, cell)));
                }
            }
            (TOGETHER, _) => {
                let under = self.under_together(moment).unwrap_or_default();
                spots.extend(under.get(spot.cell).map(|&cell| Spot::new(INPUT, cell)));
            }
            // All layers use the same weights here.
            (grid, _) if KERNELS.contains(&grid) && spot.cell < self.last.conv.n_terms() => {
                let others = KERNELS.into_iter().take(self.n()).filter(|other| *other != grid);
                spots.extend(others.map(|grid| Spot { grid, ..spot }));
            }
            _ => {}
        }
        spots.into_iter().collect()
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let level = INPUTS.iter().take(self.n()).position(|grid| *grid == spot.grid);
        match (spot.grid, level, &self.together) {
            (_, Some(level), Some(_)) => {
                let layer = self.layer(level);
                let [rows, columns] = layer.padded_size();
                if spot.cell >= rows * columns {
                    return String::new();
                }
                let value = number(layer.padded_value(spot.cell));
                let reached = self.linked(moment, spot).iter().filter(|spot| spot.grid == OUTPUT).count();
                match (layer.input_at(spot.cell), level) {
                    (None, _) => say!("kernel-size.tell-padding", value = value, n = reached),
                    (Some(at), 0) => say!("kernel-size.tell-input", place = place(at), value = value, n = reached),
                    (Some(at), _) => {
                        say!("kernel-size.tell-middle", i = level, place = place(at), value = value, n = reached)
                    }
                }
            }
            (TOGETHER, _, Some(kernel)) => kernel.values.get(spot.cell).map_or_else(String::new, |&w| {
                say!("kernel-size.tell-together", place = place(kernel.place(spot.cell)), w = number(w))
            }),
            (COSTS, ..) => self.costs.rows.get(spot.cell).map_or_else(String::new, |row| row.join(" · ")),
            _ => match (self.in_last(spot), KERNELS.iter().position(|grid| *grid == spot.grid)) {
                (Some(spot), _) => self.last.describe(moment, spot),
                (None, Some(i)) => {
                    let kernel = self.layer(i).kernel();
                    let w = kernel.values.get(spot.cell).map(|&w| number(w));
                    w.map_or_else(String::new, |w| {
                        say!("kernel-size.tell-kernel", i = i + 1, place = place(kernel.place(spot.cell)), w = w)
                    })
                }
                _ => String::new(),
            },
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        self.last.moment_of(spot)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        self.last.focus(moment)
    }
}
