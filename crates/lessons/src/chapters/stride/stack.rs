//! The same convolution several times over, and what its last map sees of the input.

use crate::formula::Formula;
use crate::plane::{INPUT, KERNEL, MAX_COLUMNS, OUTPUT, PlaneConv, PlaneTrace, n_columns, refused};
use crate::scene::{Cell, Edit, Grid, Item, Role, Scene, Spot, Table};
use crate::world::Unavailable;
use crate::{Matrix, Trace, number, place, positions, say};
use receptive_core::{ConvParams, GeomError};
use receptive_nn::{Layer, Ledger, Spec};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Name of the table of sizes and receptive fields.
pub(super) const GROWTH: &str = "growth";
/// Names of the maps' grids.
const MAPS: [&str; 4] = ["map-1", "map-2", "map-3", "map-4"];
/// Numbers of a map that still fit beside a picture.
const EASY_NUMBERS: usize = 64;
/// Columns that a grid shown as pixels takes, counted in number cells.
const PIXELS_WIDE: usize = 8;

/// One convolution over another.
pub(super) struct Stack {
    planes: Vec<PlaneTrace>,
    /// Rows and columns that a value of each map sees.
    fields: Vec<[usize; 2]>,
    params: ConvParams,
    /// The input, then the maps.
    grids: Vec<Grid>,
    kernel: Grid,
}

impl Stack {
    /// Stacks `n_layers` convolutions with the same kernel.
    pub(super) fn new(
        input: Matrix,
        kernel: &Matrix,
        params: ConvParams,
        n_layers: usize,
        edit_input: Option<Edit>,
        edit_kernel: Edit,
    ) -> Result<Self, Unavailable> {
        let size = [1, input.rows, input.columns];
        let mut convs: Vec<PlaneConv> = vec![];
        for i in 0..n_layers.clamp(1, MAPS.len()) {
            let below = convs.last().map_or(&input, PlaneConv::output).clone();
            let size = below.size();
            let conv = PlaneConv::new(below, kernel.clone(), 0.0, params).map_err(|error| match i {
                0 => too_large(&error, kernel, params),
                _ => Unavailable::Refused(say!("stride.too-deep", n = i + 1, size = size, why = error, fits = i)),
            })?;
            convs.push(conv);
        }
        let layer = Layer::Conv2d { kernels: 1, size: [kernel.rows, kernel.columns], params };
        let mut layers = vec![layer; convs.len()];
        layers.extend([Layer::Flatten, Layer::Linear { units: 1 }]);
        let ledger = Ledger::new(&Spec { input: size, layers }).map_err(|error| refused(&error))?;
        let fields = ledger.rows[..convs.len()].iter().map(|row| row.receptive_field).collect();
        let mut grids = vec![input_grid(&convs[0], edit_input)];
        for (i, conv) in convs.iter().enumerate() {
            let map = Grid::of(MAPS[i], say!("stride.map", n = i + 1), conv.output(), Role::Activation);
            // Beside a picture of pixels, a map almost as large is one too.
            let as_pixels = !grids[0].has_numbers() && map.cells.len() > EASY_NUMBERS;
            grids.push(Grid { as_pixels, ..map });
        }
        let kernel = convs[0].kernel_grid().editable(edit_kernel);
        let planes = convs.into_iter().map(|conv| PlaneTrace::new(conv, false, None, None)).collect();
        Ok(Self { planes, fields, params, grids, kernel })
    }

    pub(super) fn n_layers(&self) -> usize {
        self.planes.len()
    }

    /// The first layer.
    pub(super) fn first(&self) -> &PlaneConv {
        &self.planes[0].conv
    }

    fn last(&self) -> &PlaneTrace {
        &self.planes[self.planes.len() - 1]
    }

    /// For a cell of a map (0: the input), the cells of each map below, the input first, that its value rests on.
    fn seen(&self, level: usize, cell: usize) -> Vec<BTreeSet<usize>> {
        let mut seen = vec![BTreeSet::from([cell])];
        for plane in self.planes[..level].iter().rev() {
            let conv = &plane.conv;
            let above = &seen[seen.len() - 1];
            let read = above.iter().flat_map(|&cell| conv.inputs_read_by(cell));
            let cells = read.filter_map(|cell| conv.input_at(cell));
            let below = cells.map(|[row, column]| row * conv.input().columns + column).collect();
            seen.push(below);
        }
        seen.reverse();
        seen
    }

    /// For a cell of a map (0: the input), the cells of each map above it that it has a part in, the nearest first.
    fn reached(&self, level: usize, cell: usize) -> Vec<BTreeSet<usize>> {
        let mut reached: Vec<BTreeSet<usize>> = vec![];
        for plane in &self.planes[level..] {
            let conv = &plane.conv;
            let fed = |cell: usize| conv.outputs_fed_by(conv.padded_cell(conv.input().place(cell)));
            let next = match reached.last() {
                Some(below) => below.iter().flat_map(|&cell| fed(cell)).collect(),
                None => fed(cell).into_iter().collect(),
            };
            reached.push(next);
        }
        reached
    }

    fn level_of(&self, spot: Spot) -> Option<usize> {
        self.grids
            .iter()
            .position(|grid| grid.name == spot.grid)
            .filter(|&level| spot.cell < self.grids[level].cells.len())
    }

    /// Size, receptive field and jump of each layer.
    pub(super) fn growth(&self) -> Table {
        let head = ["layer", "size", "field", "jump"].map(|key| say!(format!("stride.growth.{key}")));
        let row = |level: usize| {
            let name = if level == 0 { say!("plane.input") } else { say!("stride.map", n = level) };
            let [rows, columns] = self.field(level);
            vec![name, self.grids[level].detail.clone(), format!("{rows}×{columns}"), self.jump(level).to_string()]
        };
        Table {
            name: GROWTH,
            title: say!("stride.growth.title"),
            head: head.into(),
            rows: (0..self.grids.len()).map(row).collect(),
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
        let Some(grid) = self.grids.get(level) else { return String::new() };
        let ([rows, columns], jump) = (self.field(level), self.jump(level));
        let key = if level == 0 { "stride.growth.tell-input" } else { "stride.growth.tell" };
        say!(key, n = level, size = grid.detail, rows = rows, columns = columns, jump = jump)
    }

    /// The last layer's receptive field from the one below.
    pub(super) fn formula(&self) -> Option<Formula> {
        let kernel = self.first().kernel();
        let (f, d, level) = (kernel.rows, self.params.dilation[0], self.n_layers());
        let below = level - 1;
        let [[before, _], [field, _]] = [below, level].map(|level| self.field(level));
        let notation = format!(
            "sub(r, {level}) = sub(r, {below}) + (f − 1)·d·sub(j, {below}) = {before} + ({f} − 1)·{d}·{} = {field}",
            self.jump(below)
        );
        (f == kernel.columns).then(|| Formula::new("field", say!("stride.field-formula"), &notation))
    }

    /// Rows and columns that cells take up: first row, first column, rows, columns.
    fn frame(&self, level: usize, cells: &BTreeSet<usize>) -> Option<[usize; 4]> {
        let columns = self.grids[level].columns;
        let [rows, columns] =
            [|cell: usize, n: usize| cell / n, |cell, n| cell % n].map(|axis: fn(usize, usize) -> usize| {
                let at = || cells.iter().map(|&cell| axis(cell, columns));
                at().min().zip(at().max())
            });
        let ((top, bottom), (left, right)) = rows.zip(columns)?;
        Some([top, left, bottom - top + 1, right - left + 1])
    }

    fn caption(&self, cell: usize, n_read: usize) -> String {
        let level = self.n_layers();
        let [rows, columns] = self.field(level);
        let at = place(self.last().conv.output().place(cell));
        let n_outside = (rows * columns).saturating_sub(n_read);
        let key = if n_outside == 0 { "stride.sees" } else { "stride.sees-part" };
        say!(key, n = level, place = at, rows = rows, columns = columns, n_read = n_read, n_cells = rows * columns)
    }
}

/// A kernel that does not fit, with its reach where the dilation is to blame.
fn too_large(error: &GeomError, kernel: &Matrix, params: ConvParams) -> Unavailable {
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
    fn n_moments(&self) -> usize {
        self.last().n_moments()
    }

    /// In the middle, whose field lies in the picture.
    fn first_moment(&self) -> usize {
        let output = self.last().conv.output();
        output.rows / 2 * output.columns + output.columns / 2
    }

    fn scene(&self, moment: usize) -> Scene {
        let (cell, _) = self.last().cell_at(moment);
        let seen = self.seen(self.n_layers(), cell);
        let mut board: Vec<Vec<Item>> = vec![];
        let mut width = MAX_COLUMNS;
        for (level, grid) in self.grids.iter().enumerate() {
            let mut grid = grid.clone();
            grid.frames = self.frame(level, &seen[level]).into_iter().collect();
            let is_whole = grid.frames.iter().all(|frame| frame[2] * frame[3] == seen[level].len());
            if !is_whole {
                grid.marked = seen[level].iter().copied().collect();
            }
            grid.now = (level == self.n_layers()).then_some(cell);
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
        let kernel = [Item::Grid(self.kernel.clone()), Item::Table(self.growth())];
        match board.as_mut_slice() {
            // A short last row has room for them.
            [_, .., last] if n_columns(last) + self.kernel.columns <= MAX_COLUMNS / 2 => last.extend(kernel),
            _ => board.push(kernel.into()),
        }
        Scene {
            board,
            equation: Some(self.last().equation(cell)),
            formulas: self.formula().into_iter().collect(),
            caption: self.caption(cell, seen[0].len()),
        }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        if let Some(level) = self.level_of(spot) {
            let seen = self.seen(level, spot.cell).into_iter().take(level).zip(0..);
            let reached = self.reached(level, spot.cell).into_iter().zip(level + 1..);
            let all = seen.chain(reached);
            return all
                .flat_map(|(cells, level)| cells.into_iter().map(move |cell| (level, cell)))
                .map(|(level, cell): (usize, usize)| Spot::new(self.grids[level].name, cell))
                .collect();
        }
        let plane = self.last();
        let below = |spot: Spot| {
            let at = plane.conv.input_at(spot.cell).filter(|_| spot.grid == INPUT)?;
            Some(Spot::new(self.grids[self.n_layers() - 1].name, at[0] * plane.conv.input().columns + at[1]))
        };
        if spot.grid == KERNEL { plane.linked(moment, spot).into_iter().filter_map(below).collect() } else { vec![] }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let Some(level) = self.level_of(spot) else {
            return match spot.grid {
                GROWTH => self.describe_growth(spot.cell),
                KERNEL => self.last().describe(moment, spot),
                _ => String::new(),
            };
        };
        let grid = &self.grids[level];
        let at = place(grid.place(spot.cell));
        let value = number(grid.cells[spot.cell].value);
        if level == 0 {
            let n = self.reached(0, spot.cell).last().map_or(0, BTreeSet::len);
            let key = if n == 0 { "stride.tell-input-unread" } else { "stride.tell-input" };
            return say!(key, place = at, value = value, n = n, n_layers = self.n_layers());
        }
        let plane = &self.planes[level - 1];
        let sum = plane.describe(plane.n_moments(), Spot::new(OUTPUT, spot.cell));
        let seen = self.seen(level, spot.cell);
        let Some([top, left, rows, columns]) = self.frame(0, &seen[0]) else {
            return format!("{sum} {}", say!("stride.tell-none"));
        };
        let span = |first: usize, n: usize| positions(&(first..first + n).collect::<Vec<_>>());
        let (rows, columns) = (span(top, rows), span(left, columns));
        format!("{sum} {}", say!("stride.tell-map", rows = rows, columns = columns, n = seen[0].len()))
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        (self.level_of(spot) == Some(self.n_layers())).then_some(spot.cell)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(Spot::new(MAPS[self.n_layers() - 1], self.last().cell_at(moment).0))
    }
}
