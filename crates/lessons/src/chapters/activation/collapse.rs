//! Two linear layers with nothing between them, and the one layer that does the same.

use super::function::Function;
use super::{product, vector};
use crate::arithmetic::equation;
use crate::formula::Formula;
use crate::keys;
use crate::plane::refused;
use crate::scene::{Edit, Equation, Grid, Item, Role, Scene, Spot};
use crate::settings::{Key, Numbers, Settings};
use crate::trace::{Acts, Run, Stage};
use crate::world::Unavailable;
use crate::{Matrix, Trace, number, place, say};
use receptive_core::ConvParams;
use receptive_core::ops::{Activation, relu_forward};
use receptive_nn::Layer;

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

/// A matrix as a layer: each of its rows is a kernel of 1×1, and each column of what it meets a cell of the image.
fn rows_of(w: &Matrix) -> Layer {
    Layer::Conv2d { kernels: w.rows, size: [1, 1], params: ConvParams::default() }
}

/// `w · x`, each column of `x` a vector of its own, by that layer without biases.
pub(super) fn times(w: &Matrix, x: &Matrix) -> Matrix {
    let run = Run::new([x.rows, 1, x.columns], vec![rows_of(w)], std::slice::from_ref(&w.values), &x.values);
    let made = run.map_or_else(|_| vec![f32::NAN; w.rows * x.columns], |run| run.values(run.output(0)).to_vec());
    Matrix::new(w.rows, x.columns, made)
}

/// True if two ways of summing the same products agree; `size` is the sum of the products without their signs.
fn agree(one: f32, other: f32, size: f32) -> bool {
    (one - other).abs() <= 1e-5 * size
}

/// One layer on a stage of its own: what it reads, its weights if it has some, what it makes.
fn act(layer: Layer, input: [usize; 3], x: Grid, w: Option<Grid>, y: Grid) -> Result<Stage, Unavailable> {
    let weights: Vec<_> = w.iter().map(Grid::values).collect();
    let run = Run::new(input, vec![layer], &weights, &x.values()).map_err(|error| refused(&error))?;
    let (input, output, weights) = (run.input(), run.output(0), run.weights(0));
    let stage = Stage::new(run).beside(x, input, 0);
    let stage = match w.zip(weights) {
        Some((w, weights)) => stage.beside(w, weights, 0).following(weights),
        None => stage,
    };
    Ok(stage.show(y, output, 0))
}

/// Two layers above, one layer below.
pub(super) struct Collapse {
    acts: Acts,
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
        let [n, n_hidden, _] = sizes;
        let [w1, x, w2] =
            [(FIRST, &first, Role::Weight), (VECTOR, &x, Role::Activation), (SECOND, &second, Role::Weight)]
                .map(|(key, matrix, role)| edit(key, matrix, role));
        let [h, cut, y, once] = [(HIDDEN, &hidden), (CUT, &cut), (TWICE, &twice), (ONCE, &once)]
            .map(|(name, matrix)| grid(name, matrix, Role::Activation));
        let w = grid(PRODUCT, &folded, Role::Weight);
        let mut acts = vec![act(rows_of(&first), [n, 1, 1], x.clone(), Some(w1.clone()), h.clone())?];
        if is_cut {
            acts.push(act(Layer::Relu, [n_hidden, 1, 1], h.clone(), None, cut.clone())?);
        }
        acts.extend([
            act(rows_of(&second), [n_hidden, 1, 1], if is_cut { cut } else { h }, Some(w2.clone()), y)?,
            act(rows_of(&second), [n_hidden, 1, n], w1, Some(w2), w.clone())?,
            act(rows_of(&folded), [n, 1, 1], x, Some(w), once)?,
        ]);
        Ok(Self { acts: Acts(acts), is_cut, remark, sizes })
    }

    /// The arithmetic behind the cell of a moment, as rows meet columns: "1·2 + (−1)·3".
    fn equation(&self, moment: usize) -> Equation {
        let (stage, local) = self.acts.at(moment);
        let (run, cell) = (stage.run(), stage.focus_cell(local));
        if stage.made_name() == CUT {
            let relu = Function { key: "relu", activation: Activation::Relu };
            return relu.equation(run.values(run.input())[cell.index], Some(Spot::new(HIDDEN, cell.index)));
        }
        let mut equation = stage.equation_at(local);
        for (i, (term, [x, w])) in equation.terms.iter_mut().zip(run.products(cell)).enumerate() {
            term.text = product(i, w, x);
        }
        equation
    }

    fn caption(&self, moment: usize) -> String {
        let (stage, local) = self.acts.at(moment);
        let made = stage.grid(stage.made_name(), local);
        let said = self.equation(moment);
        let at = made.now.map_or_else(String::new, |now| place(made.place(now)));
        let equation = equation(&said.left(), &said.result);
        say!("activation.tell-sum", title = made.title, place = at, equation = equation)
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
        self.acts.n_moments()
    }

    /// At the end: both ways have arrived.
    fn first_moment(&self) -> usize {
        self.acts.n_moments() - 1
    }

    fn scene(&self, moment: usize) -> Scene {
        let show = |name: &str| Item::Grid(self.acts.grid(name, moment));
        let plain = |name: &str| Item::Grid(self.acts.plain(name).cloned().unwrap_or_default());
        let mut layers = vec![plain(VECTOR), Item::Sign("→"), plain(FIRST), Item::Sign("→"), show(HIDDEN)];
        if self.is_cut {
            layers.extend([Item::Sign("→"), show(CUT)]);
        }
        layers.extend([Item::Sign("→"), plain(SECOND), Item::Sign("→"), show(TWICE)]);
        Scene {
            board: vec![
                layers,
                vec![Item::Sign("x →"), show(PRODUCT), Item::Sign("→"), show(ONCE)],
                vec![Item::Text(self.remark.clone())],
            ],
            equation: Some(self.equation(moment)),
            formulas: self.formulas(),
            caption: self.caption(moment),
        }
    }

    fn linked(&self, moment: usize, spot: Spot) -> Vec<Spot> {
        self.acts.linked(moment, spot)
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let Some(grid) = self.acts.plain(spot.grid).filter(|grid| spot.cell < grid.cells.len()) else {
            return String::new();
        };
        let (title, at) = (grid.title.as_str(), place(grid.place(spot.cell)));
        match self.acts.moment_of(spot) {
            Some(due) if due > moment => say!("activation.tell-later", title = title, place = at),
            Some(due) => self.caption(due),
            None => {
                say!("activation.tell-number", title = title, place = at, value = number(grid.cells[spot.cell].value))
            }
        }
    }

    fn moment_of(&self, spot: Spot) -> Option<usize> {
        self.acts.moment_of(spot)
    }

    fn focus(&self, moment: usize) -> Option<Spot> {
        self.acts.focus(moment)
    }
}
