//! A few small maps: each number's way into the row, and into one unit's sum.

use super::dense::Dense;
use crate::formula::Formula;
use crate::keys;
use crate::scene::{Bar, Bars, Cell, Edit, Grid, Item, Role, Scene, Spot};
use crate::settings::{Key, Numbers, Settings};
use crate::trace::Stage;
use crate::world::Unavailable;
use crate::{Matrix, Trace, factor, largest, number, place, say};
use std::rc::Rc;

/// Names of the maps' grids.
pub(super) const MAPS: [&str; 3] = ["map-1", "map-2", "map-3"];
/// Names of the grids of one unit's weights, laid out as the maps are.
const BACK: [&str; 3] = ["weight-map-1", "weight-map-2", "weight-map-3"];
const ROW: &str = "row";
const WEIGHTS: &str = "weights";
const OUTPUT: &str = "output";

/// The maps at the start, as many of these as they have cells.
#[rustfmt::skip]
const INPUT: [f32; 27] = [
    2.0, 0.0, 1.0, 3.0, 4.0, 0.0, 1.0, 0.0, 2.0,
    0.0, 1.0, 3.0, 2.0, 0.0, 1.0, 5.0, 2.0, 0.0,
    1.0, 3.0, 0.0, 0.0, 2.0, 4.0, 1.0, 0.0, 2.0,
];
/// The first unit's weights at the start; each next unit begins further on.
#[rustfmt::skip]
const UNIT: [f32; 27] = [
    1.0, -1.0, 0.0, 2.0, 0.0, -1.0, 1.0, 0.0, 1.0,
    -2.0, 1.0, 0.0, 0.0, 1.0, -1.0, 1.0, -1.0, 2.0,
    0.0, 2.0, 1.0, -1.0, 0.0, -2.0, 1.0, 1.0, 0.0,
];
/// Biases at the start.
const BIASES: [f32; 4] = [1.0, -1.0, 0.0, 2.0];

/// One moment is one number of the row; the last is the unit's sum.
pub(super) struct Toy {
    pub(super) dense: Dense,
    unit: usize,
    stage: Stage,
}

impl Toy {
    /// The maps and units that the settings say.
    pub(super) fn new(settings: &Settings) -> Result<Self, Unavailable> {
        let shape = [keys::CHANNELS, keys::ROWS, keys::COLUMNS].map(|key| settings.count(key));
        let [channels, rows, columns] = shape;
        let (units, unit) = (settings.count(keys::UNITS), settings.count(keys::UNIT));
        if unit > units {
            return Err(Unavailable::Refused(say!("flatten.no-unit", unit = unit, units = units)));
        }
        // Typed numbers wait for their size to come back.
        let typed = |key: Key<Numbers>, standard: Matrix| {
            let fits = |typed: &&Matrix| [typed.rows, typed.columns] == [standard.rows, standard.columns];
            settings.numbers(key).filter(fits).cloned().unwrap_or(standard)
        };
        let n = channels * rows * columns;
        let input = typed(keys::INPUT, Matrix::new(channels * rows, columns, &INPUT[..n]));
        // A link carries at most 12 columns: the maps of a unit stand above one another, the units side by side.
        let mut weights = Matrix::zeros(channels * rows, units * columns);
        for i in 0..units * n {
            weights.values[typed_at(i, n, columns, units)] = UNIT[(i % n + i / n * 7) % UNIT.len()];
        }
        let weights = typed(keys::WEIGHTS, weights);
        let w = (0..units * n).map(|i| weights.values[typed_at(i, n, columns, units)]).collect();
        let has_biases = settings.choice(keys::BIAS) != "none";
        let biases = if has_biases { BIASES[..units].to_vec() } else { vec![0.0; units] };
        let mut dense = Dense::new(shape, input.values.clone(), w, biases)?;
        dense.has_biases = has_biases;
        let stage = stage(&dense, unit - 1, Edit::of(keys::INPUT, input), Edit::of(keys::WEIGHTS, weights))?;
        Ok(Self { dense, unit: unit - 1, stage })
    }

    /// The place in the row that a spot belongs to.
    pub(super) fn index_of(&self, spot: Spot) -> Option<usize> {
        let of_map = |names: &[&str]| {
            let map = names.iter().position(|name| *name == spot.grid)?;
            (spot.cell < self.dense.map_len()).then(|| map * self.dense.map_len() + spot.cell)
        };
        let index = match spot.grid {
            ROW | WEIGHTS => Some(spot.cell),
            _ => of_map(&MAPS).or_else(|| of_map(&BACK)),
        };
        index.filter(|&index| index < self.dense.n())
    }

    /// Returns the map and the cell of a place in the row, in words.
    pub(super) fn place_of(&self, index: usize) -> String {
        let [map, row, column] = self.dense.cell(index);
        say!("flatten.place", map = map + 1, place = place([row, column]))
    }

    /// The place of the row that a moment is about; nothing when it is the sum.
    fn step(&self, moment: usize) -> Option<usize> {
        self.stage.at(moment).1.map(|n_shown| n_shown - 1)
    }

    /// A grid of numbers that stand in the row from `first` on, the moment's one among them.
    fn part(&self, name: &'static str, first: usize, moment: usize) -> Item {
        let grid = self.stage.plain(name).cloned().unwrap_or_default();
        let now = self.step(moment).and_then(|index| index.checked_sub(first)).filter(|now| *now < grid.cells.len());
        let frames = now.map(|now| grid.place(now)).map(|[row, column]| [row, column, 1, 1]).into_iter().collect();
        Item::Grid(Grid { now, frames, ..grid })
    }

    fn row(&self, moment: usize) -> Item {
        let (n, map_len) = (self.dense.n(), self.dense.map_len());
        let Item::Grid(row) = self.part(ROW, 0, moment) else { return Item::Sign("") };
        let frames = self.step(moment).map(|index| [0, index / map_len * map_len, 1, map_len]);
        let n_known = Some(moment.saturating_add(1).min(n));
        Item::Grid(Grid { frames: frames.into_iter().collect(), n_known, ..row })
    }

    fn output(&self, moment: usize) -> Item {
        let is_known = self.step(moment).is_none();
        Item::Grid(Grid { now: is_known.then_some(0), frames: vec![], ..self.stage.grid(OUTPUT, moment) })
    }

    fn bars(&self, moment: usize) -> Bars {
        let bar = |(unit, &y): (usize, &f32)| {
            let is_open = unit == self.unit && self.step(moment).is_some();
            Bar {
                label: say!("flatten.unit", unit = unit + 1),
                amount: if is_open { 0.0 } else { y },
                text: if is_open { "…".into() } else { number(y) },
                is_marked: unit == self.unit,
            }
        };
        Bars {
            name: "units",
            title: say!("flatten.units"),
            bars: self.dense.y.iter().enumerate().map(bar).collect(),
            full: largest(&self.dense.y),
        }
    }

    /// The sum of the products up to a place of the row.
    fn so_far(&self, index: usize) -> f32 {
        self.dense.products(self.unit)[..=index].iter().sum()
    }

    fn caption(&self, moment: usize) -> String {
        let (n, unit) = (self.dense.n(), self.unit + 1);
        let Some(index) = self.step(moment) else {
            let (bias, y) = (number(self.dense.b[self.unit]), number(self.dense.y[self.unit]));
            let sum = number(self.so_far(n - 1));
            return say!("flatten.sum", unit = unit, n = n, sum = sum, bias = bias, y = y);
        };
        let (x, w) = (self.dense.x[index], self.dense.weights(self.unit)[index]);
        let (x, w, product) = (number(x), number(w), number(x * w));
        let (at, so_far) = (self.place_of(index), number(self.so_far(index)));
        say!("flatten.step", place = at, index = index, unit = unit, x = x, w = w, product = product, so_far = so_far)
    }

    fn formulas(&self, moment: usize) -> Vec<Formula> {
        let index = self.step(moment).unwrap_or(self.dense.n() - 1);
        let (n, unit) = (self.dense.n(), self.unit + 1);
        let sum = number(self.so_far(n - 1));
        let (bias, y) = (factor(self.dense.b[self.unit]), number(self.dense.y[self.unit]));
        let [channels, rows, columns] = self.dense.shape;
        vec![
            Formula::new("index", say!("flatten.index"), &self.dense.index_notation(index)),
            Formula::new("row", say!("flatten.row-length"), &format!("{rows}·{columns}·{channels} = {n}")),
            Formula::new(
                "unit",
                say!("flatten.unit", unit = unit),
                &format!("sum(i) sub(x, i)·sub(w, i) + b = {sum} + {bias} = {y}"),
            ),
            Formula::new("params", say!("flatten.params"), &self.dense.params_notation()),
        ]
    }
}

/// Returns the index in the typed weights of the weight that stands at `i` when unit follows unit.
fn typed_at(i: usize, n: usize, columns: usize, units: usize) -> usize {
    let (unit, index) = (i / n, i % n);
    index / columns * units * columns + unit * columns + index % columns
}

/// The grids of the stage, in the order of the board.
fn stage(dense: &Dense, unit: usize, edit_input: Edit, edit_weights: Edit) -> Result<Stage, Unavailable> {
    let run = dense.run()?;
    let (x, y) = (run.input(), run.output(1));
    let w = run.weights(0).unwrap_or(x);
    let (n, map_len) = (dense.n(), dense.map_len());
    let ([channels, _, columns], units) = (dense.shape, dense.b.len());
    let with_sources = |grid: Grid, source: &dyn Fn(usize) -> usize| {
        let cells = grid.cells.iter().enumerate().map(|(i, cell)| Cell { source: Some(source(i)), ..*cell }).collect();
        Grid { cells: Rc::new(cells), ..grid }
    };
    let indices = |first: usize, n: usize| (0..n).map(|i| (i, format!("[{}]", first + i))).collect();
    let detail = say!("flatten.numbers", n = n);
    let mut stage = Stage::new(run);
    stage.by_term = true;
    stage.has_biases = dense.has_biases;
    for k in 0..channels {
        let first = k * map_len;
        let map = Grid::of(MAPS[k], say!("flatten.map", k = k + 1), &dense.map_of(&dense.x, k), Role::Activation);
        let map = Grid { notes: indices(first, map_len), scale: Some(largest(&dense.x)), ..map };
        stage = stage.show(with_sources(map, &|i| first + i).editable(edit_input.clone()), x, first);
        let weights = dense.weights(unit);
        let title = say!("flatten.weights-for", k = k + 1);
        let back = Grid::of(BACK[k], title, &dense.map_of(weights, k), Role::Weight);
        stage = stage.show(Grid { scale: Some(largest(weights)), ..back }, w, unit * n + first);
    }
    let row = Grid::of(ROW, say!("flatten.row"), &Matrix::new(1, n, dense.x.as_slice()), Role::Activation);
    stage = stage.show(Grid { detail: detail.clone(), notes: indices(0, n), ..row }, x, 0);
    let title = say!("flatten.weights", unit = unit + 1);
    let weights = Grid::of(WEIGHTS, title, &Matrix::new(1, n, dense.weights(unit)), Role::Weight);
    let weights = with_sources(Grid { detail, ..weights }, &|i| typed_at(unit * n + i, n, columns, units));
    stage = stage.show(weights.editable(edit_weights), w, unit * n);
    let (value, title) = (Matrix::new(1, 1, [dense.y[unit]]), say!("flatten.unit", unit = unit + 1));
    let detail = say!("flatten.with-bias", bias = number(dense.b[unit]));
    Ok(stage.show(Grid { detail, ..Grid::of(OUTPUT, title, &value, Role::Activation) }, y, unit))
}

impl Trace for Toy {
    fn stage(&self) -> Option<&Stage> {
        Some(&self.stage)
    }

    fn scene(&self, moment: usize) -> Scene {
        let maps = 0..self.dense.shape[0];
        let part = |names: [&'static str; 3], k: usize| self.part(names[k], k * self.dense.map_len(), moment);
        let back = maps.clone().map(|k| part(BACK, k));
        Scene {
            board: vec![
                // Maps, and the weights laid out as they are, are to be compared cell by cell.
                maps.map(|k| part(MAPS, k)).chain(back).collect(),
                vec![Item::Column(vec![self.row(moment), Item::Sign("×"), self.part(WEIGHTS, 0, moment)])],
                vec![Item::Sign("="), self.output(moment), Item::Bars(self.bars(moment))],
            ],
            equation: Some(self.stage.equation_at(moment)),
            formulas: self.formulas(moment),
            caption: self.caption(moment),
        }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        if spot.grid == OUTPUT {
            let key = if self.step(moment).is_some() { "flatten.tell-unknown" } else { "flatten.tell-output" };
            let (sum, bias) = (self.dense.products_text(self.unit), factor(self.dense.b[self.unit]));
            return say!(key, unit = self.unit + 1, sum = sum, bias = bias, y = number(self.dense.y[self.unit]));
        }
        let Some(index) = self.index_of(spot) else { return String::new() };
        let (at, notation) = (self.place_of(index), self.dense.index_notation(index));
        let (x, w) = (self.dense.x[index], self.dense.weights(self.unit)[index]);
        let (x, w, product, unit) = (number(x), number(w), number(x * w), self.unit + 1);
        let n_units = self.dense.b.len();
        match spot.grid {
            ROW => say!("flatten.tell-row", index = index, place = at, x = x, n_units = n_units),
            WEIGHTS => {
                say!("flatten.tell-weight", unit = unit, index = index, x = x, w = w, product = product)
            }
            grid if MAPS.contains(&grid) => say!("flatten.tell-map", place = at, x = x, notation = notation),
            _ => say!("flatten.tell-back", unit = unit, place = at, w = w, index = index),
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        match spot.grid {
            ROW if spot.cell < self.dense.n() => Some(spot.cell),
            OUTPUT => Some(self.dense.n()),
            _ => None,
        }
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(self.step(moment).map_or(Spot::new(OUTPUT, 0), |index| Spot::new(ROW, index)))
    }
}
