//! The network's first fully connected layer, unit by unit.

use super::dense::Dense;
use crate::formula::Formula;
use crate::scene::{Bar, Bars, Cell, Equation, Grid, Item, Role, Scene, Spot, Term};
use crate::trace::Stage;
use crate::world::{Network, Unavailable};
use crate::{Matrix, Trace, factor, first_best, grouped, largest, number, place, say};
use receptive_core::terms::Cell as Node;
use receptive_nn::Layer;
use std::rc::Rc;

/// Maps that stand side by side at once.
const MOST: usize = 8;
const MAPS: [&str; MOST] = ["map-1", "map-2", "map-3", "map-4", "map-5", "map-6", "map-7", "map-8"];
const WEIGHTS: [&str; MOST] =
    ["weights-1", "weights-2", "weights-3", "weights-4", "weights-5", "weights-6", "weights-7", "weights-8"];
const PRODUCTS: [&str; MOST] =
    ["products-1", "products-2", "products-3", "products-4", "products-5", "products-6", "products-7", "products-8"];
/// Name of the grid of what the units make.
pub(super) const OUTPUTS: &str = "outputs";

/// One moment is one unit.
pub(super) struct Live {
    dense: Dense,
    /// The number of inputs of a unit, as it is written.
    n: String,
    /// The origin of the weights, in words.
    weights: String,
    /// True if the layer is the last, so that its units stand for classes.
    is_last: bool,
    /// True if the picture itself is flattened.
    is_picture: bool,
    /// The first map on the stage, and how many.
    first: usize,
    n_shown: usize,
    stage: Stage,
}

impl Live {
    /// The layer, with maps from number `from` on the stage.
    pub(super) fn new(network: &Network, from: usize) -> Result<Self, Unavailable> {
        let dense = Dense::of_network(network)?;
        let layers = &network.spec.layers;
        let n_linear = layers.iter().filter(|layer| matches!(layer, Layer::Linear { .. })).count();
        let is_picture = matches!(layers.first(), Some(Layer::Flatten));
        let n_shown = dense.shape[0].min(MOST);
        let first = (from - 1).min(dense.shape[0] - n_shown);
        let units = dense.b.len();
        let columns = (1..=16).rev().find(|columns| units % columns == 0).filter(|columns| columns * 8 >= units);
        let columns = columns.unwrap_or(units);
        let outputs = Matrix::new(units / columns, columns, dense.y.as_slice());
        let outputs = Grid {
            detail: say!("flatten.n-units", n = units),
            as_pixels: units > Grid::EASY_NUMBERS,
            ..Grid::of(OUTPUTS, say!("flatten.outputs"), &outputs, Role::Activation)
        };
        let map = |i: usize| {
            let title = if is_picture { say!("flatten.picture") } else { say!("flatten.map", k = first + i + 1) };
            let role = if is_picture { Role::Input } else { Role::Activation };
            let grid = Grid::of(MAPS[i], title, &dense.map_of(&dense.x, first + i), role);
            Grid { scale: Some(largest(&dense.x)), detail: String::new(), ..pixels(grid) }
        };
        let run = dense.known_run()?;
        let (x, y) = (run.input(), run.made());
        let mut stage = Stage::new(run);
        for i in 0..n_shown {
            // The weights of a unit, and its products, lie as the map does.
            let (map, at) = (map(i), (first + i) * dense.map_len());
            for name in [MAPS[i], WEIGHTS[i], PRODUCTS[i]] {
                stage = stage.beside(Grid { name, ..map.clone() }, x, at);
            }
        }
        Ok(Self {
            stage: stage.show(outputs, y, 0),
            weights: network.weights(),
            is_last: n_linear == 1,
            is_picture,
            first,
            n_shown,
            n: grouped(dense.n() as u64),
            dense,
        })
    }

    fn unit(&self, moment: usize) -> usize {
        self.stage.at(moment).0
    }

    /// The sum of the products of each map.
    fn sums(&self, products: &[f32]) -> Vec<f32> {
        products.chunks(self.dense.map_len()).map(|products| products.iter().sum()).collect()
    }

    /// The sum of the maps that are not on the stage, if there are any.
    fn rest(&self, sums: &[f32]) -> Option<(usize, f32)> {
        let n = sums.len() - self.n_shown;
        let is_shown = |k: &usize| (self.first..self.first + self.n_shown).contains(k);
        let rest = (0..sums.len()).filter(|k| !is_shown(k)).map(|k| sums[k]).sum();
        (n > 0).then_some((n, rest))
    }

    /// Each map over its weights over their products.
    fn columns(&self, unit: usize, products: &[f32]) -> Vec<Item> {
        let weights = self.dense.weights(unit);
        let scales = [weights, products].map(|values| Some(largest(values)));
        let column = |i: usize| {
            let k = self.first + i;
            let grid = |name, key: &str, values: &[f32], role, scale| {
                let values = self.dense.map_of(values, k);
                let grid = pixels(Grid::of(name, say!(key), &values, role));
                // As large as the map above; eight of them stand side by side.
                Item::Grid(Grid { scale, detail: String::new(), ..grid })
            };
            Item::Column(vec![
                Item::Grid(self.stage.plain(MAPS[i]).cloned().unwrap_or_default()),
                Item::Sign("×"),
                grid(WEIGHTS[i], "flatten.live-weights", weights, Role::Weight, scales[0]),
                Item::Sign("="),
                grid(PRODUCTS[i], "flatten.products", products, Role::Activation, scales[1]),
            ])
        };
        (0..self.n_shown).map(column).collect()
    }

    /// Returns the parts of the sum that is a unit's output: one for each map, or the positive and the negative
    /// products of a single picture.
    fn parts(&self, unit: usize, products: &[f32], sums: &[f32]) -> Vec<(String, f32)> {
        let mut parts = if self.is_picture {
            let [plus, minus] = for_and_against(products);
            vec![(say!("flatten.plus"), plus), (say!("flatten.minus"), minus)]
        } else {
            let of_map = |k: usize| (say!("flatten.map", k = k + 1), sums[k]);
            (self.first..self.first + self.n_shown).map(of_map).collect()
        };
        parts.extend(self.rest(sums).map(|(n, rest)| (say!("flatten.other-maps", n = n), rest)));
        parts.push((say!("flatten.bias"), self.dense.b[unit]));
        parts
    }

    fn bars(&self, unit: usize, parts: &[(String, f32)]) -> Bars {
        let bar = |label: String, amount: f32, is_marked| Bar { label, amount, text: number(amount), is_marked };
        let mut bars: Vec<_> = parts.iter().map(|(label, amount)| bar(label.clone(), *amount, false)).collect();
        bars.push(bar(say!("flatten.unit", unit = unit + 1), self.dense.y[unit], true));
        let amounts: Vec<_> = bars.iter().map(|bar| bar.amount).collect();
        Bars { name: "sums", title: say!("flatten.sums", unit = unit + 1), full: largest(&amounts), bars }
    }

    fn equation(&self, unit: usize, parts: &[(String, f32)]) -> Equation {
        let term = |(_, value): &(String, f32)| Term { text: factor(*value), is_nothing: *value == 0.0, spot: None };
        Equation {
            terms: parts.iter().map(term).collect(),
            joint: " + ",
            result: number(self.dense.y[unit]),
            ..Equation::default()
        }
    }

    fn caption(&self, unit: usize, products: &[f32], sums: &[f32]) -> String {
        let (n, n_units) = (&self.n, self.dense.b.len());
        let (bias, y) = (number(self.dense.b[unit]), number(self.dense.y[unit]));
        let whole = say!("flatten.live", unit = unit + 1, n_units = n_units, n = n, bias = bias, y = y);
        let part = if self.is_picture {
            let [plus, minus] = for_and_against(products).map(number);
            say!("flatten.live-picture", plus = plus, minus = minus)
        } else {
            let k = first_best(&sums.iter().map(|sum| sum.abs()).collect::<Vec<_>>());
            say!("flatten.live-maps", k = k + 1, n = sums.len(), sum = number(sums[k]))
        };
        let class = if self.is_last { say!("flatten.live-class", class = unit) } else { say!("flatten.live-hidden") };
        format!("{whole} {part} {class}")
    }

    fn formulas(&self, products: &[f32]) -> Vec<Formula> {
        let products: Vec<_> = products.iter().map(|product| product.abs()).collect();
        let [maps, rows, columns] = self.dense.shape;
        let row = format!("{rows}·{columns}·{maps} = {}", self.n);
        vec![
            Formula::new("index", say!("flatten.index-most"), &self.dense.index_notation(first_best(&products))),
            Formula::new("row", say!("flatten.row-length"), &row),
            Formula::new("params", say!("flatten.params"), &self.dense.params_notation()),
        ]
    }
}

/// The sum of the products above zero, and of those below.
fn for_and_against(products: &[f32]) -> [f32; 2] {
    let sum = |is_wanted: fn(&f32) -> bool| products.iter().copied().filter(is_wanted).sum();
    [sum(|product| *product > 0.0), sum(|product| *product < 0.0)]
}

/// Small pictures, none of which can be typed over.
fn pixels(grid: Grid) -> Grid {
    let cells = grid.cells.iter().map(|cell| Cell { source: None, ..*cell }).collect();
    Grid { cells: Rc::new(cells), as_pixels: true, ..grid }
}

impl Trace for Live {
    fn stage(&self) -> Option<&Stage> {
        Some(&self.stage)
    }

    /// The unit that answers most.
    fn first_moment(&self) -> usize {
        first_best(&self.dense.y)
    }

    fn has(&self, moment: usize) -> bool {
        self.dense.has(self.unit(moment))
    }

    fn scene(&self, moment: usize) -> Scene {
        let unit = self.unit(moment);
        let products = self.dense.products(unit);
        let sums = self.sums(&products);
        let parts = self.parts(unit, &products, &sums);
        let outputs = Grid { n_known: None, ..self.stage.grid(OUTPUTS, moment) };
        let trained = say!("flatten.trained", weights = self.weights);
        Scene {
            board: vec![
                self.columns(unit, &products),
                vec![Item::Grid(outputs)],
                vec![Item::Bars(self.bars(unit, &parts))],
                vec![Item::Text(trained)],
            ],
            equation: Some(self.equation(unit, &parts)),
            formulas: self.formulas(&products),
            caption: self.caption(unit, &products, &sums),
        }
    }

    /// Of the parts of a sum, only maps are the same for all units.
    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let mut linked = self.stage.linked(moment, spot);
        let is_map = |spot: &Spot| MAPS.contains(&spot.grid);
        linked.retain(|other| {
            is_map(&spot) || is_map(other) || [spot.grid, other.grid].iter().all(|grid| *grid != OUTPUTS)
        });
        linked
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        if spot.grid == OUTPUTS {
            let Some(&y) = self.dense.y.get(spot.cell) else { return String::new() };
            let bias = number(self.dense.b[spot.cell]);
            return say!("flatten.tell-live-output", unit = spot.cell + 1, n = self.n, bias = bias, y = number(y));
        }
        let Some(Node { index, .. }) = self.stage.cell_at(moment, spot) else { return String::new() };
        let unit = self.unit(moment);
        let (x, w) = (self.dense.x[index], self.dense.weights(unit)[index]);
        let [map, row, column] = self.dense.cell(index);
        let at = if self.is_picture {
            say!("flatten.place-picture", place = place([row, column]))
        } else {
            say!("flatten.place", map = map + 1, place = place([row, column]))
        };
        let shown = map - self.first;
        let key = match spot.grid {
            grid if grid == MAPS[shown] => "flatten.tell-live",
            grid if grid == WEIGHTS[shown] => "flatten.tell-live-weight",
            _ => "flatten.tell-live-product",
        };
        say!(
            key,
            place = at,
            notation = self.dense.index_notation(index),
            x = number(x),
            w = number(w),
            unit = unit + 1,
            product = number(x * w)
        )
    }
}
