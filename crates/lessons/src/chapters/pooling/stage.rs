//! A pooling on the stage: one window after the other.

use super::pool::{INPUT, Kind, OUTPUT, Pool};
use crate::keys;
use crate::plane::WINDOW;
use crate::scene::{Cell, Edit, Grid, Item, Scene, Spot};
use crate::settings::Settings;
use crate::world::{Unavailable, World};
use crate::{Matrix, Tensors, Trace, number, place, say};
use receptive_core::PoolParams;
use receptive_nn::{Layer, grouped};
use std::rc::Rc;

/// The network's first pooling that has a layer before it.
fn first_pooling(layers: &[Layer]) -> Option<(usize, Kind, PoolParams)> {
    layers.iter().enumerate().skip(1).find_map(|(i, layer)| match layer {
        Layer::MaxPool2d(params) => Some((i, Kind::Max, *params)),
        Layer::AvgPool2d(params) => Some((i, Kind::Mean, *params)),
        _ => None,
    })
}

/// The maps before that pooling, and after it.
pub(super) const TENSORS: Tensors = Tensors(|spec| {
    let names = spec.names();
    first_pooling(&spec.layers).map_or_else(Vec::new, |(i, ..)| names[i - 1..=i].to_vec())
});

/// The picture before it was shifted.
pub(super) const SHIFTED_FROM: &str = "unshifted";
/// The pooling of that picture.
pub(super) const SHIFTED_FROM_OUTPUT: &str = "unshifted-output";

/// A window of more cells than this is not shown apart.
const MAX_NUMBERS: usize = 200;

/// A letter X after a convolution and its ReLU.
#[rustfmt::skip]
const LETTER_X: [f32; 49] = [
    0.77, 0.0, 0.11, 0.33, 0.55, 0.0, 0.33,
    0.0, 1.0, 0.0, 0.33, 0.0, 0.11, 0.0,
    0.11, 0.0, 1.0, 0.0, 0.11, 0.0, 0.55,
    0.33, 0.33, 0.0, 0.55, 0.0, 0.33, 0.33,
    0.55, 0.0, 0.11, 0.0, 1.0, 0.0, 0.11,
    0.0, 0.11, 0.0, 0.33, 0.0, 1.0, 0.0,
    0.33, 0.0, 0.55, 0.33, 0.11, 0.0, 0.77,
];

/// A picture by name.
fn picture(key: &str) -> Matrix {
    match key {
        "mean" => Matrix::new(4, 4, [1.0, 3.0, 2.0, 1.0, 2.0, 9.0, 1.0, 1.0, 1.0, 4.0, 2.0, 3.0, 5.0, 6.0, 1.0, 2.0]),
        "letter-x" => Matrix::new(7, 7, LETTER_X),
        "letter-c" => letter_c(),
        _ => {
            #[rustfmt::skip]
            let values = [
                4.0, 123.0, 1.0, 34.0,
                56.0, 99.0, 222.0, 253.0,
                45.0, 122.0, 165.0, 12.0,
                21.0, 187.0, 133.0, 124.0,
            ];
            Matrix::new(4, 4, values)
        }
    }
}

/// A C of thin strokes with room to move down.
fn letter_c() -> Matrix {
    let mut picture = Matrix::zeros(8, 6);
    for (row, columns) in [(0, 1..5), (1, 1..2), (2, 1..2), (3, 1..2), (4, 1..5)] {
        columns.for_each(|column| picture.values[row * 6 + column] = 1.0);
    }
    picture
}

/// The same picture lower down; what leaves it is lost, and zeros come in from above.
fn shifted(picture: &Matrix, by: usize) -> Matrix {
    let mut values = vec![0.0; by.min(picture.rows) * picture.columns];
    let kept = picture.values.len() - values.len();
    values.extend(&picture.values[..kept]);
    Matrix { values, ..picture.clone() }
}

/// True if a shift of the picture has a meaning.
pub(super) fn can_shift(settings: &Settings) -> bool {
    settings.choice(keys::ON) == "small" && matches!(settings.choice(keys::PICTURE), "letter-c" | "own")
}

/// The map that the settings choose, before any shift.
fn original(settings: &Settings) -> Matrix {
    match (settings.choice(keys::PICTURE), settings.numbers(keys::INPUT)) {
        ("own", Some(typed)) => typed.clone(),
        (key, _) => picture(key),
    }
}

/// True if a last window may hang over the edge; of the network's maps that is not known beforehand.
pub(super) fn can_hang(settings: &Settings) -> bool {
    let (window, stride) = (settings.count(keys::WINDOW), settings.count(keys::STRIDE));
    let hangs = |n: usize| n.checked_sub(window).is_some_and(|room| !room.is_multiple_of(stride));
    let map = || original(settings);
    settings.choice(keys::KIND) != "global"
        && (settings.choice(keys::ON) == "digit" || [map().rows, map().columns].into_iter().any(hangs))
}

/// True if there are three windows or more, none over another; of the network's maps that is not known beforehand.
pub(super) fn has_three_windows(settings: &Settings) -> bool {
    let (window, stride, map) = (settings.count(keys::WINDOW), settings.count(keys::STRIDE), original(settings));
    let n = |n: usize| n.checked_sub(window).map_or(0, |room| room / stride + 1);
    stride >= window && (settings.choice(keys::ON) == "digit" || n(map.rows) * n(map.columns) >= 3)
}

/// A pooling, and the one before the shift.
pub(super) struct PoolTrace {
    pool: Pool,
    unshifted: Option<Pool>,
    input: Grid,
    output: Grid,
    remarks: Vec<String>,
}

impl PoolTrace {
    /// The pooling that the settings choose.
    ///
    /// # Errors
    /// While the network is on its way, when it has no pooling, or when the window does not fit.
    pub(super) fn new(settings: &Settings, world: &World) -> Result<Self, Unavailable> {
        if settings.choice(keys::ON) == "digit" {
            return Self::live(settings, world);
        }
        let original = original(settings);
        let by = if can_shift(settings) { settings.count(keys::SHIFT) } else { 0 };
        let edit = Edit {
            key: keys::INPUT.name,
            matrix: original.clone(),
            also: Some((keys::PICTURE.name, "own")),
            brush: None,
        };
        let pooled = |input: Matrix| {
            let (kind, params) = chosen(settings, &input);
            Pool::new(input, kind, params)
        };
        let mut trace = Self::of(pooled(shifted(&original, by))?);
        if by == 0 {
            trace.remarks.push(about(settings));
            trace.input.edit = Some(edit);
            return Ok(trace);
        }
        let unshifted = pooled(original)?;
        let moved_input = changed(&unshifted.input, &trace.pool.input);
        let moved = changed(&unshifted.output, &trace.pool.output);
        let n_input = moved_input.len();
        let (n, n_all) = (unshifted.input.values.len(), unshifted.output.values.len());
        let remark = say!("pooling.shifted", by = by, n_input = n_input, n = n, n_output = moved.len(), n_all = n_all);
        trace.remarks.push(remark);
        trace.input.title = say!("pooling.shifted-picture");
        trace.input.marked = moved_input;
        trace.output.marked = moved;
        trace.unshifted = Some(unshifted);
        Ok(trace)
    }

    /// A map of the network before its first pooling.
    fn live(settings: &Settings, world: &World) -> Result<Self, Unavailable> {
        let network = world.network()?;
        let refused = || Unavailable::Refused(say!("pooling.no-pooling"));
        let (i, own_kind, own_params) = first_pooling(&network.spec.layers).ok_or_else(refused)?;
        let (layer, own) = (&network.spec.layers[i], (own_kind, own_params));
        let [before, after] = [i - 1, i].map(|i| &network.values.layers[i]);
        let [n, rows, columns] = before.shape;
        let channel = settings.count(keys::CHANNEL).min(n).saturating_sub(1);
        let map = |values: &[f32], len: usize| values.chunks(len.max(1)).nth(channel).map(<[f32]>::to_vec);
        let [_, p, q] = after.shape;
        let (input, pooled) = map(&before.output, rows * columns).zip(map(&after.output, p * q)).ok_or_else(refused)?;
        let input = Matrix::new(rows, columns, input);
        let (kind, params) = chosen(settings, &input);
        let mut trace = Self::of(Pool::new(input, kind, params)?);
        trace.input.detail =
            say!("pooling.channel", layer = before.name, k = channel + 1, n = n, size = trace.input.detail);
        (trace.input.as_pixels, trace.output.as_pixels) = (true, true);
        let (rows, columns) = (trace.pool.output.rows, trace.pool.output.columns);
        trace.remarks.push(if own == (kind, params) && pooled == trace.pool.output.values {
            say!("pooling.same-as-network", layer = after.name, n = pooled.len())
        } else {
            say!("pooling.network-has", layer = layer, rows = p, columns = q)
        });
        let n_before = grouped((n * trace.pool.input.values.len()) as u64);
        let n_after = grouped((n * rows * columns) as u64);
        let key = if settings.choice(keys::KIND) == "global" { "pooling.all-maps" } else { "pooling.all-numbers" };
        trace.remarks.push(say!(key, n = n, before = n_before, after = n_after));
        trace.remarks.push(about(settings));
        Ok(trace)
    }

    fn of(pool: Pool) -> Self {
        let input = pool.input_grid(INPUT, say!("pooling.input"));
        let output = pool.output_grid(OUTPUT, say!("pooling.output"));
        Self { pool, unshifted: None, input, output, remarks: vec![] }
    }

    fn cell_at(&self, moment: usize) -> usize {
        moment.min(self.n_moments() - 1)
    }

    fn has_numbers(&self) -> bool {
        self.input.has_numbers()
    }

    /// The numbers under the window, where the map is too large for numbers.
    fn window(&self, cell: usize) -> Option<Grid> {
        let [_, _, rows, columns] = self.pool.frame(cell);
        if self.has_numbers() || rows * columns > MAX_NUMBERS {
            return None;
        }
        let read = self.pool.inputs_read_by(cell);
        let winner = self.pool.winner(cell);
        Some(Grid {
            name: WINDOW,
            title: say!("plane.window"),
            detail: format!("{rows}×{columns}"),
            columns,
            cells: Rc::new(read.iter().map(|&i| Cell { source: None, ..self.input.cells[i] }).collect()),
            marked: read.iter().position(|&i| Some(i) == winner).into_iter().collect(),
            scale: Some(self.pool.strength()),
            ..Grid::default()
        })
    }

    /// The picture before the shift and its pooled map, what changed in them marked.
    fn before_shift(&self) -> Option<Vec<Item>> {
        let pool = self.unshifted.as_ref()?;
        let mut input = pool.input_grid(SHIFTED_FROM, say!("pooling.unshifted"));
        let mut output = pool.output_grid(SHIFTED_FROM_OUTPUT, say!("pooling.unshifted-output"));
        let edit = Edit {
            key: keys::INPUT.name,
            matrix: pool.input.clone(),
            also: Some((keys::PICTURE.name, "own")),
            brush: None,
        };
        input.edit = Some(edit);
        input.warning = None;
        output.marked.clone_from(&self.output.marked);
        Some(vec![Item::Grid(input), Item::Sign("↓"), Item::Grid(output)])
    }

    fn describe_input(&self, pool: &Pool, cell: usize) -> String {
        let fed = pool.outputs_fed_by(cell);
        let n_won = fed.iter().filter(|&&output| pool.winner(output) == Some(cell)).count();
        let feeds = match (pool.kind, fed.len()) {
            (_, 0) => say!("plane.feeds-none"),
            (Kind::Max, n) if n_won == 0 => say!("pooling.wins-none", n = n),
            (Kind::Max, n) => say!("pooling.wins", n = n, n_won = n_won),
            (_, n) => say!("pooling.counts", n = n),
        };
        let (at, value) = (place(pool.input.place(cell)), number(pool.input.values[cell]));
        say!("pooling.tell-input", place = at, value = value, feeds = feeds)
    }
}

/// Kind and windows that the settings choose for a map.
fn chosen(settings: &Settings, map: &Matrix) -> (Kind, PoolParams) {
    let kind = match settings.choice(keys::KIND) {
        "max" => Kind::Max,
        "sum" => Kind::Sum,
        _ => Kind::Mean,
    };
    let whole = [map.rows, map.columns];
    let params = match settings.choice(keys::KIND) {
        "global" => PoolParams { window: whole, stride: whole, ..PoolParams::square(1) },
        _ => PoolParams {
            stride: [settings.count(keys::STRIDE); 2],
            ceil: settings.choice(keys::FIT) == "ceil",
            ..PoolParams::square(settings.count(keys::WINDOW))
        },
    };
    (kind, params)
}

fn about(settings: &Settings) -> String {
    say!(format!("pooling.about.{}", settings.choice(keys::KIND)))
}

/// Cells in which two matrices of one size differ.
fn changed(one: &Matrix, other: &Matrix) -> Vec<usize> {
    (0..one.values.len()).filter(|&i| one.values[i] != other.values[i]).collect()
}

impl Trace for PoolTrace {
    fn n_moments(&self) -> usize {
        self.output.cells.len()
    }

    /// At the first window that has something to hand on; on a digit, where most digits have ink.
    fn first_moment(&self) -> usize {
        let (rows, columns) = (self.output.rows(), self.output.columns);
        if self.has_numbers() {
            return self.output.cells.iter().position(|cell| cell.value != 0.0).unwrap_or(0);
        }
        rows * 2 / 5 * columns + columns / 2
    }

    fn scene(&self, moment: usize) -> Scene {
        let cell = self.cell_at(moment);
        let (mut input, mut output) = (self.input.clone(), self.output.clone());
        input.frames = vec![self.pool.frame(cell)];
        // After a shift, what it changed stands out instead.
        if self.unshifted.is_none() {
            input.marked = self.pool.winner(cell).into_iter().collect();
        }
        let [p, q] = output.place(cell);
        (output.now, output.frames) = (Some(cell), vec![[p, q, 1, 1]]);
        // Large maps, and those before and after a shift, are to be compared as a whole.
        output.n_known = (self.has_numbers() && self.unshifted.is_none()).then_some(cell + 1);
        let row = match self.before_shift() {
            // Pictures side by side, and what pooling makes of each below it.
            Some(before) => {
                let after = vec![Item::Grid(input), Item::Sign("↓"), Item::Grid(output)];
                vec![Item::Column(before), Item::Column(after)]
            }
            None => {
                let window = self.window(cell).into_iter().flat_map(|window| [Item::Sign("→"), Item::Grid(window)]);
                let after = [Item::Sign("→"), Item::Grid(output)];
                [Item::Grid(input)].into_iter().chain(window).chain(after).collect()
            }
        };
        let mut board = vec![row];
        board.extend(self.remarks.iter().map(|remark| vec![Item::Text(remark.clone())]));
        Scene {
            board,
            equation: Some(self.pool.equation(cell)),
            formulas: self.pool.formulas(),
            caption: self.pool.story(cell),
        }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let all = |grid: &'static str, cells: Vec<usize>| cells.into_iter().map(|cell| Spot { grid, cell }).collect();
        let (n_in, n_out) = (self.input.cells.len(), self.output.cells.len());
        let under = self.pool.inputs_read_by(self.cell_at(moment));
        match (spot.grid, &self.unshifted) {
            (INPUT, _) if spot.cell < n_in => {
                let mut linked: Vec<_> = all(OUTPUT, self.pool.outputs_fed_by(spot.cell));
                if !self.has_numbers() {
                    let at = under.iter().position(|&read| read == spot.cell);
                    linked.extend(at.map(|at| Spot::new(WINDOW, at)));
                }
                linked
            }
            (WINDOW, _) => under.get(spot.cell).map(|&read| Spot::new(INPUT, read)).into_iter().collect(),
            (OUTPUT, _) if spot.cell < n_out => all(INPUT, self.pool.inputs_read_by(spot.cell)),
            (SHIFTED_FROM, Some(pool)) if spot.cell < n_in => all(SHIFTED_FROM_OUTPUT, pool.outputs_fed_by(spot.cell)),
            (SHIFTED_FROM_OUTPUT, Some(pool)) if spot.cell < n_out => all(SHIFTED_FROM, pool.inputs_read_by(spot.cell)),
            _ => vec![],
        }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let (n_in, n_out) = (self.input.cells.len(), self.output.cells.len());
        let is_waiting = self.has_numbers() && self.unshifted.is_none() && spot.cell > self.cell_at(moment);
        match (spot.grid, &self.unshifted) {
            (INPUT, _) if spot.cell < n_in => self.describe_input(&self.pool, spot.cell),
            (WINDOW, _) => {
                let read = self.pool.inputs_read_by(self.cell_at(moment));
                read.get(spot.cell).map_or_else(String::new, |&cell| self.describe_input(&self.pool, cell))
            }
            (OUTPUT, _) if spot.cell < n_out && is_waiting => {
                say!("pooling.tell-unknown", place = place(self.pool.output.place(spot.cell)))
            }
            (OUTPUT, _) if spot.cell < n_out => self.pool.story(spot.cell),
            (SHIFTED_FROM, Some(pool)) if spot.cell < n_in => self.describe_input(pool, spot.cell),
            (SHIFTED_FROM_OUTPUT, Some(pool)) if spot.cell < n_out => pool.story(spot.cell),
            _ => String::new(),
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        (spot.grid == OUTPUT).then_some(spot.cell)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(Spot::new(OUTPUT, self.cell_at(moment)))
    }
}
