//! Two linear layers with nothing between them, and the one layer that does the same.

use super::{product, products, vector};
use crate::arithmetic::equation;
use crate::formula::Formula;
use crate::keys;
use crate::scene::{Edit, Equation, Grid, Item, Role, Scene, Spot, Term};
use crate::settings::{Key, Numbers, Settings};
use crate::world::Unavailable;
use crate::{Matrix, Trace, number, place, say};
use receptive_core::ops::{LinearGeom, linear_forward, linear_scratch_len, relu_forward};

const VECTOR: &str = keys::VECTOR.name;
const FIRST: &str = keys::FIRST.name;
const HIDDEN: &str = "hidden";
const CUT: &str = "cut";
const SECOND: &str = keys::SECOND.name;
/// Name of the grid of the two layers' output.
pub(super) const TWICE: &str = "twice";
const PRODUCT: &str = "product";
/// Name of the grid of the one layer's output.
pub(super) const ONCE: &str = "once";

/// `w · x`, each column of `x` a vector of its own, by the fully connected layer without biases.
pub(super) fn times(w: &Matrix, x: &Matrix) -> Matrix {
    let geom = LinearGeom { n: x.columns, inputs: w.columns, outputs: w.rows };
    let mut made = vec![0.0; geom.n * geom.outputs];
    let (vectors, biases) = (turned(x), vec![0.0; geom.outputs]);
    let mut scratch = vec![0.0; linear_scratch_len(&geom)];
    linear_forward(&mut made, &vectors.values, &w.values, &biases, &geom, &mut scratch);
    turned(&Matrix::new(geom.n, geom.outputs, made))
}

/// Rows become columns.
fn turned(matrix: &Matrix) -> Matrix {
    let cells = (0..matrix.columns).flat_map(|column| (0..matrix.rows).map(move |row| matrix.at(row, column)));
    Matrix::new(matrix.columns, matrix.rows, cells.collect::<Vec<_>>())
}

/// True if two ways of summing the same products agree; `size` is the sum of the products without their signs.
fn agree(one: f32, other: f32, size: f32) -> bool {
    (one - other).abs() <= 1e-5 * size
}

/// A cell that the time line fills, and the products that it sums; a cut has none.
struct Sum {
    spot: Spot,
    /// A weight and what it is multiplied with, each behind its spot.
    terms: Vec<(Spot, f32, Spot, f32)>,
}

impl Sum {
    /// The cells that it comes from.
    fn reads(&self) -> Vec<Spot> {
        match self.spot.grid {
            CUT => vec![Spot::new(HIDDEN, self.spot.cell)],
            _ => self.terms.iter().flat_map(|(w, _, x, _)| [*w, *x]).collect(),
        }
    }
}

/// Two layers above, one layer below.
pub(super) struct Collapse {
    grids: Vec<Grid>,
    sums: Vec<Sum>,
    is_cut: bool,
    remark: String,
    sizes: [usize; 3],
}

impl Collapse {
    /// The matrices that the settings hold.
    ///
    /// # Errors
    /// When they cannot be multiplied.
    pub(super) fn new(settings: &Settings) -> Result<Self, Unavailable> {
        let typed = |key: Key<Numbers>, default: fn() -> Matrix| settings.numbers(key).cloned().unwrap_or_else(default);
        let x = typed(keys::VECTOR, || Matrix::new(3, 1, [2.0, 3.0, -1.0]));
        let first = typed(keys::FIRST, || Matrix::new(2, 3, [1.0, -1.0, 2.0, 2.0, 1.0, -1.0]));
        let second = typed(keys::SECOND, || Matrix::new(2, 2, [1.0, 1.0, -1.0, 2.0]));
        if x.columns != 1 || first.columns != x.rows || second.columns != first.rows {
            let [x, first, second] = [&x, &first, &second].map(Matrix::size);
            return Err(Unavailable::Refused(say!("activation.no-product", x = x, first = first, second = second)));
        }
        let is_cut = settings.choice(keys::BETWEEN) == "relu";
        let hidden = times(&first, &x);
        let mut cut = hidden.clone();
        relu_forward(&mut cut.values, &hidden.values);
        let twice = times(&second, if is_cut { &cut } else { &hidden });
        let folded = times(&second, &first);
        let once = times(&folded, &x);

        let sizes = [x.rows, first.rows, second.rows];
        let unsigned = |m: &Matrix| Matrix { values: m.values.iter().map(|v| v.abs()).collect(), ..m.clone() };
        let size = times(&unsigned(&second), &times(&unsigned(&first), &unsigned(&x)));
        let is_same = (0..sizes[2]).all(|i| agree(twice.values[i], once.values[i], size.values[i]));
        let key = match (is_cut, is_same) {
            (false, _) => "one-layer",
            (true, false) => "two-layers",
            (true, true) => "by-chance",
        };
        let n_cut = hidden.values.iter().filter(|h| **h < 0.0).count();
        let (both, one) = (vector(&twice.values), vector(&once.values));
        let remark = say!(format!("activation.{key}"), twice = both, once = one, n = n_cut);

        let grid = |name, matrix: &Matrix, role| {
            let mut grid = Grid::of(name, say!(format!("activation.grid.{name}")), matrix, role);
            // That a vector is one column is seen, and the row of grids is long.
            if matrix.columns == 1 {
                grid.detail.clear();
            }
            grid
        };
        let edit = |key, matrix: &Matrix, role| {
            grid(key, matrix, role).editable(Edit { key, matrix: matrix.clone(), also: None, brush: None })
        };
        let grids = vec![
            edit(FIRST, &first, Role::Weight),
            edit(VECTOR, &x, Role::Activation),
            grid(HIDDEN, &hidden, Role::Activation),
            grid(CUT, &cut, Role::Activation),
            edit(SECOND, &second, Role::Weight),
            grid(TWICE, &twice, Role::Activation),
            grid(PRODUCT, &folded, Role::Weight),
            grid(ONCE, &once, Role::Activation),
        ];
        let mut trace = Self { grids, sums: vec![], is_cut, remark, sizes };
        trace.sums = trace.all_sums();
        Ok(trace)
    }

    fn grid(&self, name: &str) -> Option<&Grid> {
        self.grids.iter().find(|grid| grid.name == name)
    }

    /// Every sum in the order of the time line.
    fn all_sums(&self) -> Vec<Sum> {
        let read = if self.is_cut { CUT } else { HIDDEN };
        let steps = [(FIRST, VECTOR, HIDDEN), (SECOND, read, TWICE), (SECOND, FIRST, PRODUCT), (PRODUCT, VECTOR, ONCE)];
        let mut sums = vec![];
        for (w, x, y) in steps {
            let (Some(w), Some(x), Some(y)) = (self.grid(w), self.grid(x), self.grid(y)) else { continue };
            for cell in 0..y.cells.len() {
                let [row, column] = y.place(cell);
                let term = |i: usize| {
                    let (a, b) = (row * w.columns + i, i * x.columns + column);
                    (Spot::new(w.name, a), w.cells[a].value, Spot::new(x.name, b), x.cells[b].value)
                };
                sums.push(Sum { spot: Spot::new(y.name, cell), terms: (0..w.columns).map(term).collect() });
            }
            if y.name == HIDDEN && self.is_cut {
                let cells = 0..y.cells.len();
                sums.extend(cells.map(|cell| Sum { spot: Spot::new(CUT, cell), terms: vec![] }));
            }
        }
        sums
    }

    fn sum_at(&self, moment: usize) -> &Sum {
        &self.sums[moment.min(self.sums.len() - 1)]
    }

    /// The value in a spot.
    fn value(&self, spot: Spot) -> f32 {
        self.grid(spot.grid).and_then(|grid| grid.cells.get(spot.cell)).map_or(0.0, |cell| cell.value)
    }

    /// The number before a cut.
    fn uncut(&self, spot: Spot) -> f32 {
        self.value(Spot::new(HIDDEN, spot.cell))
    }

    /// Returns the arithmetic behind a cell of the time line: "1·2 + (−1)·3 = −1".
    fn story(&self, sum: &Sum) -> String {
        let value = number(self.value(sum.spot));
        if sum.spot.grid == CUT {
            return format!("max({}, 0) = {value}", number(self.uncut(sum.spot)));
        }
        let pairs: Vec<_> = sum.terms.iter().map(|(_, w, _, x)| [*w, *x]).collect();
        equation(&products(&pairs), &value)
    }

    fn title(&self, name: &str) -> String {
        self.grid(name).map_or_else(String::new, |grid| grid.title.clone())
    }

    fn caption(&self, sum: &Sum) -> String {
        let at = self.grid(sum.spot.grid).map_or_else(String::new, |grid| place(grid.place(sum.spot.cell)));
        let (title, equation) = (self.title(sum.spot.grid), self.story(sum));
        say!("activation.tell-sum", title = title, place = at, equation = equation)
    }

    fn formulas(&self) -> Vec<Formula> {
        let [n, hidden, out] = self.sizes;
        let count = |above: &str, total: usize| format!("{above} = {total}");
        let two = count(&format!("{hidden}·{n} + {out}·{hidden}"), hidden * n + out * hidden);
        let one = count(&format!("{out}·{n}"), out * n);
        let f = if self.is_cut { "max" } else { "" };
        let (open, close) = if self.is_cut { ("(", ", 0)") } else { ("(", ")") };
        let law = format!("sub(W, 2)·{f}{open}sub(W, 1)·x{close}");
        let sign = if self.is_cut { "≠" } else { "=" };
        vec![
            Formula::new("law", say!("activation.law"), &format!("{law} {sign} (sub(W, 2)·sub(W, 1))·x")),
            Formula::new("two", say!("activation.weights-of-two"), &two),
            Formula::new("one", say!("activation.weights-of-one"), &one),
        ]
    }
}

impl Trace for Collapse {
    fn n_moments(&self) -> usize {
        self.sums.len()
    }

    /// At the end: both ways have arrived.
    fn first_moment(&self) -> usize {
        self.sums.len() - 1
    }

    fn scene(&self, moment: usize) -> Scene {
        let moment = moment.min(self.sums.len() - 1);
        let sum = &self.sums[moment];
        let show = |name: &str| {
            let mut grid = self.grid(name).cloned().unwrap_or_default();
            let is_made = self.sums.iter().any(|sum| sum.spot.grid == name);
            grid.n_known = is_made.then(|| self.sums[..=moment].iter().filter(|sum| sum.spot.grid == name).count());
            if sum.spot.grid == name {
                let [row, column] = grid.place(sum.spot.cell);
                (grid.now, grid.frames) = (Some(sum.spot.cell), vec![[row, column, 1, 1]]);
            }
            Item::Grid(grid)
        };
        let mut layers = vec![show(VECTOR), Item::Sign("→"), show(FIRST), Item::Sign("→"), show(HIDDEN)];
        if self.is_cut {
            layers.extend([Item::Sign("→"), show(CUT)]);
        }
        layers.extend([Item::Sign("→"), show(SECOND), Item::Sign("→"), show(TWICE)]);
        let terms = sum.terms.iter().enumerate().map(|(i, (at, w, _, x))| Term {
            text: product(i, *w, *x),
            is_nothing: w * x == 0.0,
            spot: Some(*at),
        });
        let result = number(self.value(sum.spot));
        let arithmetic = if sum.spot.grid == CUT {
            let spot = Spot::new(HIDDEN, sum.spot.cell);
            let term = |value: f32, spot| Term { text: number(value), is_nothing: false, spot };
            let terms = vec![term(self.value(spot), Some(spot)), term(0.0, None)];
            Equation { open: "max(".into(), terms, joint: ", ", close: ")".into(), result, ..Equation::default() }
        } else {
            Equation { terms: terms.collect(), joint: " + ", result, ..Equation::default() }
        };
        Scene {
            board: vec![
                layers,
                vec![Item::Sign("x →"), show(PRODUCT), Item::Sign("→"), show(ONCE)],
                vec![Item::Text(self.remark.clone())],
            ],
            equation: Some(arithmetic),
            formulas: self.formulas(),
            caption: self.caption(sum),
        }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        let reads = self.sums.iter().filter(|sum| sum.spot == spot).flat_map(Sum::reads);
        let feeds = self.sums.iter().filter(|sum| sum.reads().contains(&spot)).map(|sum| sum.spot);
        let partner = self.sum_at(moment).terms.iter().find_map(|(w, _, x, _)| match spot {
            _ if *w == spot => Some(*x),
            _ if *x == spot => Some(*w),
            _ => None,
        });
        reads.chain(feeds).chain(partner).collect()
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let Some(grid) = self.grid(spot.grid).filter(|grid| spot.cell < grid.cells.len()) else {
            return String::new();
        };
        let (title, at) = (grid.title.as_str(), place(grid.place(spot.cell)));
        match self.sums.iter().position(|sum| sum.spot == spot) {
            Some(due) if due > moment => say!("activation.tell-later", title = title, place = at),
            Some(due) => self.caption(&self.sums[due]),
            None => say!("activation.tell-number", title = title, place = at, value = number(self.value(spot))),
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        self.sums.iter().position(|sum| sum.spot == spot)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        Some(self.sum_at(moment).spot)
    }
}
