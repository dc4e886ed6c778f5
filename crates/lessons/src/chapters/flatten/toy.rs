//! A few small maps: each number's way into the row, and into one unit's sum.

use super::dense::{Dense, largest};
use crate::formula::Formula;
use crate::keys;
use crate::scene::{Bar, Bars, Cell, Edit, Equation, Grid, Item, Role, Scene, Spot, Term};
use crate::settings::{Key, Numbers, Settings};
use crate::world::Unavailable;
use crate::{Matrix, Trace, factor, number, place, say};
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
    edit_input: Edit,
    edit_weights: Edit,
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
        Ok(Self {
            dense,
            unit: unit - 1,
            edit_input: Edit { key: keys::INPUT.name, matrix: input, also: None, brush: None },
            edit_weights: Edit { key: keys::WEIGHTS.name, matrix: weights, also: None, brush: None },
        })
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

    /// The spots that show a place of the row.
    fn spots_of(&self, index: usize) -> [Spot; 4] {
        let (map, cell) = (index / self.dense.map_len(), index % self.dense.map_len());
        [Spot::new(MAPS[map], cell), Spot::new(ROW, index), Spot::new(WEIGHTS, index), Spot::new(BACK[map], cell)]
    }

    /// The place of the row that a moment is about; nothing when it is the sum.
    fn step(&self, moment: usize) -> Option<usize> {
        (moment < self.dense.n()).then_some(moment)
    }

    /// A grid of numbers that stand in the row from `first`, the moment's one among them.
    fn part(&self, grid: Grid, first: usize, moment: usize) -> Grid {
        let now = self.step(moment).and_then(|index| index.checked_sub(first)).filter(|now| *now < grid.cells.len());
        let frames = now.map(|now| grid.place(now)).map(|[row, column]| [row, column, 1, 1]).into_iter().collect();
        Grid { now, frames, ..grid }
    }

    fn map(&self, map: usize, moment: usize) -> Grid {
        let first = map * self.dense.map_len();
        let values = self.dense.map_of(&self.dense.x, map);
        let grid = Grid::of(MAPS[map], say!("flatten.map", k = map + 1), &values, Role::Activation);
        let cells = grid.cells.iter().enumerate().map(|(i, cell)| Cell { source: Some(first + i), ..*cell }).collect();
        let notes = (0..self.dense.map_len()).map(|i| (i, format!("[{}]", first + i))).collect();
        let scale = Some(largest(&self.dense.x));
        let grid = Grid { cells: Rc::new(cells), notes, scale, ..grid };
        self.part(grid, first, moment).editable(self.edit_input.clone())
    }

    fn row(&self, moment: usize) -> Grid {
        let (n, map_len) = (self.dense.n(), self.dense.map_len());
        let row = Matrix::new(1, n, self.dense.x.as_slice());
        let grid = Grid {
            detail: say!("flatten.numbers", n = n),
            notes: (0..n).map(|i| (i, format!("[{i}]"))).collect(),
            n_known: Some(moment.saturating_add(1).min(n)),
            ..Grid::of(ROW, say!("flatten.row"), &row, Role::Activation)
        };
        let frames = self.step(moment).map(|index| [0, index / map_len * map_len, 1, map_len]);
        Grid { frames: frames.into_iter().collect(), ..self.part(grid, 0, moment) }
    }

    fn weights(&self, moment: usize) -> Grid {
        let ([_, _, columns], units, n) = (self.dense.shape, self.dense.b.len(), self.dense.n());
        let row = Matrix::new(1, n, self.dense.weights(self.unit));
        let grid = Grid::of(WEIGHTS, say!("flatten.weights", unit = self.unit + 1), &row, Role::Weight);
        let source = |i: usize| Some(typed_at(self.unit * n + i, n, columns, units));
        let cells = grid.cells.iter().enumerate().map(|(i, cell)| Cell { source: source(i), ..*cell }).collect();
        let grid = Grid { cells: Rc::new(cells), detail: say!("flatten.numbers", n = n), ..grid };
        self.part(grid, 0, moment).editable(self.edit_weights.clone())
    }

    fn back(&self, map: usize, moment: usize) -> Grid {
        let weights = self.dense.weights(self.unit);
        let title = say!("flatten.weights-for", k = map + 1);
        let grid = Grid::of(BACK[map], title, &self.dense.map_of(weights, map), Role::Weight);
        let grid = Grid { scale: Some(largest(weights)), ..grid };
        self.part(grid, map * self.dense.map_len(), moment)
    }

    fn output(&self, moment: usize) -> Grid {
        let value = Matrix::new(1, 1, [self.dense.y[self.unit]]);
        let is_known = self.step(moment).is_none();
        Grid {
            detail: say!("flatten.with-bias", bias = number(self.dense.b[self.unit])),
            n_known: Some(usize::from(is_known)),
            now: is_known.then_some(0),
            ..Grid::of(OUTPUT, say!("flatten.unit", unit = self.unit + 1), &value, Role::Activation)
        }
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

    fn equation(&self, moment: usize) -> Equation {
        let explained = self.dense.explain(self.unit);
        let product = |(index, (x, w, product)): (usize, (f32, f32, f32))| Term {
            text: format!("{}·{}", number(x), factor(w)),
            is_nothing: product == 0.0,
            spot: Some(Spot::new(ROW, index)),
        };
        let products = explained.terms.iter().map(|term| (term.x, term.w, term.product));
        let bias = Term { text: factor(explained.bias), is_nothing: explained.bias == 0.0, spot: None };
        let result = self.step(moment).map_or(self.dense.y[self.unit], |index| self.so_far(index));
        Equation {
            terms: products.enumerate().map(product).chain([bias]).collect(),
            joint: " + ",
            n_shown: self.step(moment).map(|index| index + 1),
            is_stepping: true,
            result: number(result),
            ..Equation::default()
        }
    }

    /// The sum of the products up to a place of the row.
    fn so_far(&self, index: usize) -> f32 {
        self.dense.explain(self.unit).terms[..=index].iter().map(|term| term.product).sum()
    }

    fn caption(&self, moment: usize) -> String {
        let (n, unit) = (self.dense.n(), self.unit + 1);
        let Some(index) = self.step(moment) else {
            let (bias, y) = (number(self.dense.b[self.unit]), number(self.dense.y[self.unit]));
            let sum = number(self.so_far(n - 1));
            return say!("flatten.sum", unit = unit, n = n, sum = sum, bias = bias, y = y);
        };
        let term = self.dense.explain(self.unit).terms[index];
        let (x, w, product) = (number(term.x), number(term.w), number(term.product));
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

impl Trace for Toy {
    fn n_moments(&self) -> usize {
        self.dense.n() + 1
    }

    fn scene(&self, moment: usize) -> Scene {
        let maps = 0..self.dense.shape[0];
        let back = maps.clone().map(|map| Item::Grid(self.back(map, moment)));
        let rows = vec![Item::Grid(self.row(moment)), Item::Sign("×"), Item::Grid(self.weights(moment))];
        Scene {
            board: vec![
                // Maps, and the weights laid out as they are, are to be compared cell by cell.
                maps.map(|map| Item::Grid(self.map(map, moment))).chain(back).collect(),
                vec![Item::Column(rows)],
                vec![Item::Sign("="), Item::Grid(self.output(moment)), Item::Bars(self.bars(moment))],
            ],
            equation: Some(self.equation(moment)),
            formulas: self.formulas(moment),
            caption: self.caption(moment),
        }
    }

    fn linked(&self, _moment: usize, spot: Spot) -> Vec<Spot> {
        if spot == Spot::new(OUTPUT, 0) {
            return (0..self.dense.n()).flat_map(|index| self.spots_of(index)).collect();
        }
        let Some(index) = self.index_of(spot) else { return vec![] };
        let others = self.spots_of(index).into_iter().filter(|other| *other != spot);
        others.chain([Spot::new(OUTPUT, 0)]).collect()
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        if spot.grid == OUTPUT {
            let key = if self.step(moment).is_some() { "flatten.tell-unknown" } else { "flatten.tell-output" };
            let explained = self.dense.explain(self.unit);
            let products: Vec<_> =
                explained.terms.iter().map(|term| format!("{}·{}", number(term.x), factor(term.w))).collect();
            let (sum, bias) = (products.join(" + "), factor(explained.bias));
            return say!(key, unit = self.unit + 1, sum = sum, bias = bias, y = number(self.dense.y[self.unit]));
        }
        let Some(index) = self.index_of(spot) else { return String::new() };
        let term = self.dense.explain(self.unit).terms[index];
        let (at, notation) = (self.place_of(index), self.dense.index_notation(index));
        let (x, w, product, unit) = (number(term.x), number(term.w), number(term.product), self.unit + 1);
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
