//! A pooling on the stage: one window after the other.

use super::pool::{INPUT, Kind, OUTPUT, Pool};
use crate::scene::{Edit, Grid, Item, Scene, Spot};
use crate::settings::Settings;
use crate::trace::Stage;
use crate::world::{Unavailable, World};
use crate::{Matrix, Tensors, Trace, grouped, keys, number, place, say, words};
use receptive_core::PoolParams;
use receptive_nn::Layer;

/// The network's first pooling that has a layer before it.
fn first_pooling(layers: &[Layer]) -> Option<(usize, Kind, PoolParams)> {
    layers.iter().enumerate().skip(1).find_map(|(i, layer)| match layer {
        Layer::MaxPool2d(params) => Some((i, Kind::Max, *params)),
        Layer::AvgPool2d(params) => Some((i, Kind::Mean, *params)),
        _ => None,
    })
}

/// The map before that pooling, and after it.
pub(super) const TENSORS: Tensors = Tensors(|settings, spec| {
    let (names, k) = (spec.names(), settings.count(keys::CHANNEL));
    let map = |i: usize| format!("{}[{}..{k}]", names[i], k - 1);
    first_pooling(&spec.layers).map_or_else(Vec::new, |(i, ..)| vec![map(i - 1), map(i)])
});

/// The picture before it was shifted.
pub(super) const SHIFTED_FROM: &str = "unshifted";
/// The pooling of that picture.
pub(super) const SHIFTED_FROM_OUTPUT: &str = "unshifted-output";

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
        if by == 0 {
            let mut trace = Self { remarks: vec![about(settings)], ..Self::of(original, settings, "pooling.input")? };
            trace.set(INPUT, |input| input.edit = Some(edit));
            return Ok(trace);
        }
        let names =
            [(SHIFTED_FROM, say!("pooling.unshifted")), (SHIFTED_FROM_OUTPUT, say!("pooling.unshifted-output"))];
        let (kind, params) = chosen(settings, &original);
        let mut unshifted = Pool::new(original.clone(), kind, params, names)?;
        let mut trace = Self::of(shifted(&original, by), settings, "pooling.shifted-picture")?;
        let moved_input = changed(&unshifted.input, &trace.pool.input);
        let moved = changed(&unshifted.output, &trace.pool.output);
        let n_input = moved_input.len();
        let (n, n_all) = (unshifted.input.values.len(), unshifted.output.values.len());
        let remark = say!("pooling.shifted", by = by, n_input = n_input, n = n, n_output = moved.len(), n_all = n_all);
        trace.remarks.push(remark);
        trace.set(INPUT, |input| input.marked = moved_input);
        trace.set(OUTPUT, |output| output.marked.clone_from(&moved));
        if let Some(input) = unshifted.stage.plain_mut(SHIFTED_FROM) {
            (input.edit, input.warning) = (Some(edit), None);
        }
        if let Some(output) = unshifted.stage.plain_mut(SHIFTED_FROM_OUTPUT) {
            output.marked = moved;
        }
        // Maps before and after a shift are to be compared as a whole.
        trace.pool.stage.is_whole = true;
        Ok(Self { unshifted: Some(unshifted), ..trace })
    }

    /// Changes a grid of the stage.
    fn set(&mut self, name: &str, change: impl FnOnce(&mut Grid)) {
        if let Some(grid) = self.pool.stage.plain_mut(name) {
            change(grid);
        }
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
        let [_, p, q] = after.shape;
        let (input, pooled) = before.channel(channel).zip(after.channel(channel)).ok_or(Unavailable::Network)?;
        let input = Matrix::new(rows, columns, input);
        let (kind, params) = chosen(settings, &input);
        let size = input.size();
        let mut trace = Self::of(input, settings, "pooling.input")?;
        trace.set(INPUT, |input| {
            input.detail =
                say!("pooling.channel", layer = words::layer_name(&before.name), k = channel + 1, n = n, size = size);
            input.as_pixels = true;
        });
        trace.set(OUTPUT, |output| output.as_pixels = true);
        // Large maps are to be compared as a whole.
        trace.pool.stage.is_whole = true;
        let (rows, columns) = (trace.pool.output.rows, trace.pool.output.columns);
        trace.remarks.push(if own == (kind, params) && pooled == trace.pool.output.values {
            say!("pooling.same-as-network", layer = words::layer_name(&after.name), n = pooled.len())
        } else {
            say!("pooling.network-has", layer = words::layer(layer), rows = p, columns = q)
        });
        let n_before = grouped((n * trace.pool.input.values.len()) as u64);
        let n_after = grouped((n * rows * columns) as u64);
        let key = if settings.choice(keys::KIND) == "global" { "pooling.all-maps" } else { "pooling.all-numbers" };
        trace.remarks.push(say!(key, n = n, before = n_before, after = n_after));
        trace.remarks.push(about(settings));
        Ok(trace)
    }

    /// The pooling that the settings choose for a map.
    fn of(input: Matrix, settings: &Settings, title: &str) -> Result<Self, Unavailable> {
        let (kind, params) = chosen(settings, &input);
        let names = [(INPUT, say!(title)), (OUTPUT, say!("pooling.output"))];
        let mut pool = Pool::new(input, kind, params, names)?;
        pool.stage.is_whole = pool.stage.plain(INPUT).is_some_and(|input| !input.has_numbers());
        Ok(Self { pool, unshifted: None, remarks: vec![] })
    }

    fn describe_input(&self, pool: &Pool, cell: usize) -> String {
        let fed = pool
            .stage
            .fed(pool.names[1], receptive_core::terms::Cell { tensor: pool.stage.run().input(), index: cell });
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
    fn stage(&self) -> Option<&Stage> {
        Some(&self.pool.stage)
    }

    /// At the first window that has something to hand on; on a digit, where most digits have ink.
    fn first_moment(&self) -> usize {
        if self.pool.stage.is_whole && self.unshifted.is_none() {
            return self.pool.stage.first_moment();
        }
        self.pool.output.values.iter().position(|value| *value != 0.0).unwrap_or(0)
    }

    fn scene(&self, moment: usize) -> Scene {
        let (stage, at) = (&self.pool.stage, self.pool.stage.at(moment).0);
        let (mut input, output) = (stage.grid(INPUT, moment), stage.grid(OUTPUT, moment));
        let winner: Vec<_> = self.pool.winner(at).into_iter().collect();
        let row = match &self.unshifted {
            // Pictures side by side, and what pooling makes of each below it. What the shift changed stands out.
            Some(Pool { stage, .. }) => {
                let plain = |name: &str| Item::Grid(stage.plain(name).cloned().unwrap_or_default());
                let before = vec![plain(SHIFTED_FROM), Item::Sign("↓"), plain(SHIFTED_FROM_OUTPUT)];
                vec![Item::Column(before), Item::Column(vec![Item::Grid(input), Item::Sign("↓"), Item::Grid(output)])]
            }
            None => {
                input.marked.clone_from(&winner);
                let frame = input.frames.first().copied().unwrap_or_default();
                let columns = input.columns;
                let under = |cell: usize| (cell / columns - frame[0]) * frame[3] + cell % columns - frame[1];
                let window = stage.window(moment).into_iter().flat_map(|window| {
                    let marked = winner.iter().map(|&cell| under(cell)).collect();
                    [Item::Sign("→"), Item::Grid(Grid { marked, ..window })]
                });
                let after = [Item::Sign("→"), Item::Grid(output)];
                [Item::Grid(input)].into_iter().chain(window).chain(after).collect()
            }
        };
        let mut board = vec![row];
        board.extend(self.remarks.iter().map(|remark| vec![Item::Text(remark.clone())]));
        Scene {
            board,
            equation: Some(self.pool.equation(at)),
            formulas: self.pool.formulas(),
            caption: self.pool.story(at),
        }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        match &self.unshifted {
            Some(pool) if pool.names.contains(&spot.grid) => pool.stage.linked(moment, spot),
            _ => self.pool.stage.linked(moment, spot),
        }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let pool = self.unshifted.as_ref().filter(|pool| pool.names.contains(&spot.grid)).unwrap_or(&self.pool);
        let Some(cell) = pool.stage.cell_at(moment, spot) else { return String::new() };
        if cell.tensor == pool.stage.run().input() {
            return self.describe_input(pool, cell.index);
        }
        if spot.grid == OUTPUT && spot.cell >= pool.stage.n_known(moment) {
            return say!("pooling.tell-unknown", place = place(pool.output.place(spot.cell)));
        }
        pool.story(spot.cell)
    }
}
