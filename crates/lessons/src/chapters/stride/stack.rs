//! The same convolution several times over, and what its last map sees of the input.

use crate::formula::Formula;
use crate::plane::{INPUT, KERNEL, MAX_COLUMNS, PlaneConv, n_columns, refused};
use crate::scene::{Cell, Edit, Grid, Item, Role, Scene, Spot, Table};
use crate::trace::{Run, Stage, frame};
use crate::words::Reason;
use crate::world::Unavailable;
use crate::{Matrix, Trace, number, place, positions, say};
use receptive_core::{ConvParams, GeomError};
use receptive_nn::{Layer, Ledger, Spec, SpecError};
use std::rc::Rc;

/// Name of the table of sizes and receptive fields.
pub(super) const GROWTH: &str = "growth";
/// Names of the maps' grids.
const MAPS: [&str; 4] = ["map-1", "map-2", "map-3", "map-4"];
/// Names of the input's grid and the maps'.
const LEVELS: [&str; 5] = [INPUT, MAPS[0], MAPS[1], MAPS[2], MAPS[3]];
/// Columns that a grid shown as pixels takes, counted in number cells.
const PIXELS_WIDE: usize = 8;

/// One convolution over another.
pub(super) struct Stack {
    stage: Stage,
    /// Rows and columns that a value of each map sees.
    fields: Vec<[usize; 2]>,
    params: ConvParams,
    /// Rows and columns of the kernel.
    kernel: [usize; 2],
}

impl Stack {
    /// Stacks `n_layers` convolutions with the same kernel.
    ///
    /// # Errors
    /// When the map that a layer finds is too small, naming the layer.
    pub(super) fn new(
        first: &PlaneConv,
        n_layers: usize,
        edit_input: Option<Edit>,
        edit_kernel: Edit,
    ) -> Result<Self, Unavailable> {
        let (input, kernel, params) = (first.input(), first.kernel(), first.geom().params());
        let size = [kernel.rows, kernel.columns];
        let layers = vec![Layer::Conv2d { kernels: 1, size, params }; n_layers.clamp(1, MAPS.len())];
        let weights = vec![[kernel.values.clone(), vec![]]; layers.len()].concat();
        let shape = [1, input.rows, input.columns];
        let run = |layers: &[Layer]| Run::new(shape, layers.to_vec(), &weights, &input.values);
        let run = run(&layers).map_err(|error| too_deep(error, |n| run(&layers[..n])))?;

        let padded = [layers.clone(), vec![Layer::Flatten, Layer::Linear { units: 1 }]].concat();
        let ledger = Ledger::new(&Spec { input: shape, layers: padded }).map_err(|error| refused(&error))?;
        let fields = ledger.rows[..layers.len()].iter().map(|row| row.receptive_field).collect();
        let weights = run.weights(layers.len() - 1).unwrap_or(run.input());
        let (at_input, maps) = (run.input(), (0..layers.len()).map(|i| run.output(i)));
        let maps: Vec<_> = maps.map(|tensor| (tensor, run.plane(tensor, 0))).collect();
        let input = input_grid(first, edit_input);
        let is_pixels = !input.has_numbers();
        let mut stage = Stage::new(run).show(first.kernel_grid().editable(edit_kernel), weights, 0);
        stage = stage.show(input, at_input, 0);
        for (i, (tensor, map)) in maps.into_iter().enumerate() {
            let map = Grid::of(MAPS[i], say!("stride.map", n = i + 1), &map, Role::Activation);
            // Beside a picture of pixels, a map almost as large is one too.
            let as_pixels = is_pixels && map.cells.len() > Grid::EASY_NUMBERS;
            stage = stage.show(Grid { as_pixels, ..map }, tensor, 0);
        }
        stage.is_whole = true;
        Ok(Self { stage, fields, params, kernel: size })
    }

    pub(super) fn n_layers(&self) -> usize {
        self.fields.len()
    }

    /// The grid of a level: the input, then the maps.
    fn plain(&self, level: usize) -> Option<&Grid> {
        self.stage.plain(LEVELS.get(level)?)
    }

    fn level_of(&self, spot: Spot) -> Option<usize> {
        LEVELS.iter().position(|name| *name == spot.grid)
    }

    /// Size, receptive field and jump of each layer.
    pub(super) fn growth(&self) -> Table {
        let head = ["layer", "size", "field", "jump"].map(|key| say!(format!("stride.growth.{key}")));
        let row = |level: usize| {
            let name = if level == 0 { say!("plane.input") } else { say!("stride.map", n = level) };
            let [rows, columns] = self.field(level);
            let size = self.plain(level).map_or_else(String::new, |grid| grid.detail.clone());
            vec![name, size, format!("{rows}×{columns}"), self.jump(level).to_string()]
        };
        Table {
            name: GROWTH,
            title: say!("stride.growth.title"),
            head: head.into(),
            rows: (0..=self.n_layers()).map(row).collect(),
            now: Some(self.n_layers()),
        }
    }

    fn field(&self, level: usize) -> [usize; 2] {
        level.checked_sub(1).map_or([1, 1], |i| self.fields[i])
    }

    /// Returns the distance between the fields of neighbours: a step of each layer is as many steps of the layer below.
    fn jump(&self, level: usize) -> usize {
        (0..level).map(|_| self.params.stride[0]).product()
    }

    /// A row of the table in words.
    pub(super) fn describe_growth(&self, level: usize) -> String {
        let Some(grid) = self.plain(level) else { return String::new() };
        let ([rows, columns], jump) = (self.field(level), self.jump(level));
        let key = if level == 0 { "stride.growth.tell-input" } else { "stride.growth.tell" };
        say!(key, n = level, size = grid.detail, rows = rows, columns = columns, jump = jump)
    }

    /// The last layer's receptive field from the one below.
    pub(super) fn formula(&self) -> Option<Formula> {
        let [f, columns] = self.kernel;
        let (d, level) = (self.params.dilation[0], self.n_layers());
        let below = level - 1;
        let [[before, _], [field, _]] = [below, level].map(|level| self.field(level));
        let notation = format!(
            "sub(r, {level}) = sub(r, {below}) + (f − 1)·d·sub(j, {below}) = {before} + ({f} − 1)·{d}·{} = {field}",
            self.jump(below)
        );
        (f == columns).then(|| Formula::new("field", say!("stride.field-formula"), &notation))
    }

    fn caption(&self, moment: usize) -> String {
        let level = self.n_layers();
        let [rows, columns] = self.field(level);
        let n_read = self.stage.read(INPUT, self.stage.focus_cell(moment)).len();
        let at = self.plain(level).map_or_else(String::new, |grid| place(grid.place(self.stage.at(moment).0)));
        let n_outside = (rows * columns).saturating_sub(n_read);
        let key = if n_outside == 0 { "stride.sees" } else { "stride.sees-part" };
        say!(key, n = level, place = at, rows = rows, columns = columns, n_read = n_read, n_cells = rows * columns)
    }
}

/// The reason that a layer does not fit, from the map that those below it leave.
fn too_deep(error: SpecError, below: impl Fn(usize) -> Result<Run, SpecError>) -> Unavailable {
    let SpecError::Geometry { layer, error, .. } = error else { return refused(&error) };
    let fits = layer - 1;
    let size = below(fits).map_or_else(|_| String::new(), |run| run.plane(run.output(fits - 1), 0).size());
    Unavailable::Refused(say!("stride.too-deep", n = layer, size = size, why = error.reason(), fits = fits))
}

/// A kernel that does not fit, with its reach where the dilation is to blame.
pub(super) fn too_large(error: &GeomError, kernel: &Matrix, params: ConvParams) -> Unavailable {
    let [dilation, _] = params.dilation;
    match refused(error) {
        Unavailable::Refused(why) if dilation > 1 => {
            let [rows, columns] = [kernel.rows, kernel.columns].map(|f| dilation * (f - 1) + 1);
            Unavailable::Refused(say!("stride.reaches", why = why, dilation = dilation, rows = rows, columns = columns))
        }
        unavailable => unavailable,
    }
}

/// The picture without its padding: what lies in the padding is no one's to see.
fn input_grid(conv: &PlaneConv, edit: Option<Edit>) -> Grid {
    let padded = conv.input_grid();
    let mut grid = Grid::of(INPUT, say!("plane.input"), conv.input(), Role::Input);
    let cells = (0..grid.cells.len()).map(|cell| {
        let at = conv.padded_cell(conv.input().place(cell));
        Cell { role: Role::Input, ..padded.cells[at] }
    });
    grid.cells = Rc::new(cells.collect());
    let [rows, columns] = conv.never_read();
    if !(rows.is_empty() && columns.is_empty()) {
        grid.warning = padded.warning;
    }
    grid.edit = edit;
    grid
}

impl Trace for Stack {
    fn stage(&self) -> Option<&Stage> {
        Some(&self.stage)
    }

    /// In the middle, whose field lies in the picture.
    fn first_moment(&self) -> usize {
        let middle = |grid: &Grid| grid.rows() / 2 * grid.columns + grid.columns / 2;
        self.plain(self.n_layers()).map_or(0, middle)
    }

    fn scene(&self, moment: usize) -> Scene {
        let focus = self.stage.focus_cell(moment);
        let mut board: Vec<Vec<Item>> = vec![];
        let mut width = MAX_COLUMNS;
        for (level, name) in LEVELS.iter().enumerate().take(self.n_layers() + 1) {
            let mut grid = self.stage.grid(name, moment);
            let seen = self.stage.read(name, focus);
            let is_whole = grid.frames.iter().all(|frame| frame[2] * frame[3] == seen.len());
            if !is_whole {
                grid.marked = seen.into_iter().collect();
            }
            let columns = if grid.has_numbers() { grid.columns } else { PIXELS_WIDE };
            if width + columns > MAX_COLUMNS {
                (width, board) = (0, {
                    board.push(vec![]);
                    board
                });
            }
            width += columns;
            let Some(row) = board.last_mut() else { continue };
            if level > 0 {
                row.push(Item::Sign("→"));
            }
            row.push(Item::Grid(grid));
        }
        let kernel = self.stage.plain(KERNEL).cloned().unwrap_or_default();
        let n = kernel.columns;
        let kernel = [Item::Grid(kernel), Item::Table(self.growth())];
        match board.as_mut_slice() {
            // A short last row has room for them.
            [_, .., last] if n_columns(last) + n <= MAX_COLUMNS / 2 => last.extend(kernel),
            _ => board.push(kernel.into()),
        }
        Scene {
            board,
            equation: Some(self.stage.equation(focus, None)),
            formulas: self.formula().into_iter().collect(),
            caption: self.caption(moment),
        }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        if spot.grid == GROWTH {
            return self.describe_growth(spot.cell);
        }
        let Some((cell, grid)) = self.stage.cell_at(moment, spot).zip(self.stage.plain(spot.grid)) else {
            return String::new();
        };
        let (at, value) = (place(grid.place(spot.cell)), number(grid.cells[spot.cell].value));
        match self.level_of(spot) {
            None => self.stage.describe_met(moment, spot),
            Some(0) => {
                let n = self.stage.fed(MAPS[self.n_layers() - 1], cell).len();
                let key = if n == 0 { "stride.tell-input-unread" } else { "stride.tell-input" };
                say!(key, place = at, value = value, n = n, n_layers = self.n_layers())
            }
            Some(_) => {
                let sum = say!("plane.tell-output", place = at, equation = self.stage.spoken(cell));
                let seen = self.stage.read(INPUT, cell);
                let around = self.stage.plain(INPUT).and_then(|input| frame(input, &seen));
                let Some([top, left, rows, columns]) = around else {
                    return format!("{sum} {}", say!("stride.tell-none"));
                };
                let span = |first: usize, n: usize| positions(&(first..first + n).collect::<Vec<_>>());
                let (rows, columns) = (span(top, rows), span(left, columns));
                format!("{sum} {}", say!("stride.tell-map", rows = rows, columns = columns, n = seen.len()))
            }
        }
    }
}
