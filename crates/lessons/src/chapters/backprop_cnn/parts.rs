//! The kinds of layers on the stage: each alone, with what went in, what came out, and what came back.

use crate::scene::{Edit, Grid, Item, Role};
use crate::settings::{Key, Numbers, Settings};
use crate::trace::{Run, Stage, Tensor};
use crate::world::Unavailable;
use crate::{Matrix, keys, plane, say};
use receptive_core::{ConvParams, PoolParams};
use receptive_nn::{Head, Join, Layer, Spec};

/// Name of the grid of the gradient that the time line makes.
pub(super) const GRADIENT: &str = "gradient";
/// Name of the grid of the gradient that comes back from the layers after.
pub(super) const UPSTREAM: &str = "upstream";
/// Name of the grid of what went in.
pub(super) const INPUT: &str = "input";
/// Name of the grid of what came out.
pub(super) const OUTPUT: &str = "output";
/// Name of the grid of weights.
pub(super) const WEIGHTS: &str = "weights";

/// A layer on the stage.
pub(super) struct Part {
    /// Its name in the settings and in the texts.
    pub(super) key: &'static str,
    pub(super) stage: Stage,
    /// Rows of grids, by their names, and of signs: the way there, and the way back.
    rows: Vec<Vec<&'static str>>,
}

/// The part of a tensor that a grid shows: the place of its first cell, rows and columns.
#[derive(Clone, Copy)]
pub(super) struct Cut {
    pub(super) first: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Cut {
    /// One plane of a tensor of maps.
    pub(super) fn plane(run: &Run, tensor: Tensor, plane: usize) -> Self {
        let shape = run.shape(tensor);
        Self { first: plane * shape.h * shape.w, rows: shape.h, columns: shape.w }
    }

    /// A tensor of numbers without places, as a table of so many rows.
    pub(super) fn table(run: &Run, tensor: Tensor, rows: usize) -> Self {
        Self { first: 0, rows, columns: run.shape(tensor).len() / rows }
    }
}

/// The parts of tensors that a layer shows: of its input, its weights and its output.
#[derive(Clone, Copy)]
pub(super) struct Cuts {
    pub(super) input: Cut,
    pub(super) weights: Option<Cut>,
    pub(super) output: Cut,
}

/// A stage as it grows.
struct Layout {
    stage: Stage,
}

impl Layout {
    fn beside(self, name: &'static str, tensor: Tensor, cut: Cut, role: Role) -> Self {
        let grid = self.grid(name, say!(format!("backprop-cnn.grids.{name}")), tensor, cut, role);
        Self { stage: self.stage.beside(grid, tensor, cut.first) }
    }

    fn grid(&self, name: &'static str, title: String, tensor: Tensor, cut: Cut, role: Role) -> Grid {
        let Cut { first, rows, columns } = cut;
        let values = &self.stage.run().values(tensor)[first..][..rows * columns];
        Grid::of(name, title, &Matrix::new(rows, columns, values), role)
    }

    /// The gradient that the time line makes.
    fn made(self, key: &str, tensor: Tensor, cut: Cut) -> Stage {
        let grid = self.grid(GRADIENT, say!(format!("backprop-cnn.made.{key}")), tensor, cut, Role::Gradient);
        self.stage.show(grid, tensor, cut.first)
    }
}

impl Part {
    /// The layer that makes `y` in a run both ways, with the gradient that this part is about. Nothing where one of its
    /// tensors is not there.
    pub(super) fn of(key: &'static str, run: Run, y: Tensor, cuts: Cuts) -> Option<Self> {
        let (x, w, b) = (run.input(), run.weights(0), run.biases(0));
        let (grad_x, grad_y) = (run.gradient(x), run.gradient(y)?);
        let made = match key {
            "weight" | "kernel" => (run.gradient(w?)?, cuts.weights?),
            "bias" => (
                run.gradient(b?)?,
                Cut { first: cuts.output.first / (cuts.output.rows * cuts.output.columns), rows: 1, columns: 1 },
            ),
            _ => (grad_x?, cuts.input),
        };
        let weighs = matches!(key, "weight" | "kernel" | "input");
        let is_known = |tensor: &Tensor| run.is_known(*tensor);
        let weights = w.zip(cuts.weights).filter(|(w, _)| weighs && is_known(w));
        let mut layout = Layout { stage: Stage::new(run) }.beside(INPUT, x, cuts.input, Role::Input);
        let mut there = vec![INPUT];
        if let Some((w, cut)) = weights {
            layout = layout.beside(WEIGHTS, w, cut, Role::Weight);
            layout.stage = layout.stage.following(w);
            there.extend(["∗", WEIGHTS]);
        }
        layout = layout.beside(OUTPUT, y, cuts.output, Role::Activation);
        layout = layout.beside(UPSTREAM, grad_y, cuts.output, Role::Gradient);
        there.extend(["→", OUTPUT]);
        let mut stage = layout.made(key, made.0, made.1);
        // What is made of pixels is pixels, however small.
        let has_pixels = stage.plain(INPUT).is_some_and(|grid| !grid.has_numbers());
        for name in [OUTPUT, UPSTREAM] {
            if let Some(grid) = stage.plain_mut(name) {
                grid.as_pixels = has_pixels;
            }
        }
        // Large maps are to be seen as a whole.
        stage.is_whole = stage.plain(GRADIENT).is_some_and(|grid| !grid.has_numbers());
        stage.by_term = key == "bias" && stage.run().shape(grad_y).len() <= 16;
        Some(Self { key, stage, rows: vec![there, vec![GRADIENT, "←", UPSTREAM]] })
    }

    /// Scores, their probabilities, and the gradient of the loss with respect to the scores.
    pub(super) fn of_scores(run: Run) -> Option<Self> {
        let (z, p) = (run.made(), run.named("probabilities")?);
        let grad = run.gradient(z)?;
        let cut = Cut::table(&run, z, 1);
        let layout = Layout { stage: Stage::new(run) };
        let layout =
            layout.beside("scores", z, cut, Role::Activation).beside("probabilities", p, cut, Role::Activation);
        let rows = vec![vec!["scores", "→", "probabilities"], vec![GRADIENT]];
        Some(Self { key: "error", stage: layout.made("error", grad, cut), rows })
    }

    /// A block of a layer and nothing, side by side, whose outputs are added up or put together.
    fn of_block(run: Run) -> Option<Self> {
        let (x, y) = (run.input(), run.output(0));
        let (grad_x, grad_y) = (run.gradient(x)?, run.gradient(y)?);
        let [one, other] = [1, 2].map(|i| run.named(&format!("grad block 1 / branch {i}")));
        let (one, other) = (one?, other?);
        let weights = run.weights(0)?;
        let map = Cut::plane(&run, x, 0);
        let n_maps = run.shape(y).c;
        let all = Cut { rows: n_maps * map.rows, ..map };
        let kernel = Cut::plane(&run, weights, 0);
        let layout = Layout { stage: Stage::new(run).following(weights) };
        let layout = layout.beside(INPUT, x, map, Role::Input).beside(WEIGHTS, weights, kernel, Role::Weight);
        let layout = layout.beside(OUTPUT, y, all, Role::Activation).beside(UPSTREAM, grad_y, all, Role::Gradient);
        let layout = layout.beside("through", one, map, Role::Gradient).beside("past", other, map, Role::Gradient);
        let stage = layout.made("join", grad_x, map);
        let back = vec![GRADIENT, "=", "through", "+", "past", "←", UPSTREAM];
        Some(Self { key: "join", stage, rows: vec![vec![INPUT, "∗", WEIGHTS, "→", OUTPUT], back] })
    }

    /// The same of a block of layers and nothing in a run whose values were computed elsewhere: of its maps one. `is_first`
    /// says which way the layers are.
    pub(super) fn of_ways(run: Run, block: &str, map: usize, is_first: bool) -> Option<Self> {
        let (x, y) = (run.input(), run.named(block)?);
        let (grad_x, grad_y) = (run.gradient(x)?, run.gradient(y)?);
        let [one, other] = [1, 2].map(|i| run.named(&format!("grad {block} / branch {i}")));
        let (through, past) = if is_first { (one?, other?) } else { (other?, one?) };
        let cut = Cut::plane(&run, x, map);
        let layout = Layout { stage: Stage::new(run) };
        let layout = layout.beside(INPUT, x, cut, Role::Input).beside(OUTPUT, y, cut, Role::Activation);
        let layout = layout.beside(UPSTREAM, grad_y, cut, Role::Gradient);
        let layout = layout.beside("through", through, cut, Role::Gradient).beside("past", past, cut, Role::Gradient);
        let mut stage = layout.made("join", grad_x, cut);
        stage.is_whole = stage.plain(GRADIENT).is_some_and(|grid| !grid.has_numbers());
        let back = vec![GRADIENT, "=", "through", "+", "past", "←", UPSTREAM];
        Some(Self { key: "join", stage, rows: vec![vec![INPUT, "→", OUTPUT], back] })
    }

    /// Small whole numbers, typed over or the chapter's own.
    pub(super) fn small(settings: &Settings) -> Result<Self, Unavailable> {
        let (key, edits) = (settings.choice(keys::PART), edits(settings));
        let Edits { input, weights, upstream } = &edits;
        let spec = |layers: Vec<Layer>| Spec { input: [1, input.rows, input.columns], layers };
        let unit = || [Layer::Flatten, Layer::Linear { units: 1 }];
        let after = |layers: Vec<Layer>| spec(layers.into_iter().chain(unit()).collect());
        let weighed = || vec![weights.values.clone(), vec![0.0; weights.rows.max(1)]];
        let last = || vec![upstream.values.clone(), vec![0.0]];
        let conv = Layer::Conv2d { kernels: 1, size: [weights.rows, weights.columns], params: ConvParams::default() };
        let run = |spec: Spec, parameters: Vec<Vec<f32>>, of| {
            Run::both_ways(&spec, &parameters, &input.values, of).map_err(|error| plane::refused(&error))
        };
        let sum = (Head::Logit, 0);
        let made = match key {
            "error" => {
                // Units that read a zero: their scores are their biases.
                let n = input.columns;
                let spec = Spec { input: [1, 1, 1], layers: vec![Layer::Flatten, Layer::Linear { units: n }] };
                let of = (Head::CrossEntropy, settings.count(keys::TARGET).min(n - 1) as u8);
                let scores = Run::both_ways(&spec, &[vec![0.0; n], input.values.clone()], &[0.0], of);
                Self::of_scores(scores.map_err(|error| plane::refused(&error))?)
            }
            "weight" => {
                let layers = vec![Layer::Flatten, Layer::Linear { units: weights.rows }, Layer::Linear { units: 1 }];
                let run = run(spec(layers), [weighed(), last()].concat(), sum)?;
                let cuts = Cuts {
                    input: Cut::plane(&run, run.input(), 0),
                    weights: run.weights(0).map(|w| Cut::table(&run, w, weights.rows)),
                    output: Cut::table(&run, run.output(1), 1),
                };
                let y = run.output(1);
                Self::of(key, run, y, cuts)
            }
            "join" => {
                let join = if settings.choice(keys::JOIN) == "add" { Join::Add } else { Join::Concat };
                let conv = Layer::Conv2d { kernels: 1, size: [1, 1], params: ConvParams::default() };
                let block = Layer::Branches { branches: vec![vec![conv], vec![]], join };
                let parameters = [vec![weights.values.clone(), vec![0.0]], last()].concat();
                Self::of_block(run(after(vec![block]), parameters, sum)?)
            }
            _ => {
                let (layer, has_weights) = match key {
                    "relu" => (Layer::Relu, false),
                    "pool" if settings.choice(keys::KIND) == "max" => (Layer::MaxPool2d(PoolParams::square(2)), false),
                    "pool" => (Layer::AvgPool2d(PoolParams::square(2)), false),
                    _ => (conv, true),
                };
                let own = if has_weights { weighed() } else { vec![] };
                let run = run(after(vec![layer]), [own, last()].concat(), sum)?;
                let plane = |tensor| Cut::plane(&run, tensor, 0);
                let cuts = Cuts {
                    input: plane(run.input()),
                    weights: run.weights(0).filter(|_| has_weights).map(plane),
                    output: plane(run.output(0)),
                };
                let y = run.output(0);
                Self::of(key, run, y, cuts)
            }
        };
        let mut part = made.ok_or(Unavailable::Network)?;
        part.edit(&edits);
        Ok(part)
    }

    /// Lets the numbers be typed over.
    fn edit(&mut self, edits: &Edits) {
        let typed = [(INPUT, keys::INPUT, &edits.input), (WEIGHTS, keys::WEIGHTS, &edits.weights)];
        let more = [(UPSTREAM, keys::UPSTREAM, &edits.upstream), ("scores", keys::INPUT, &edits.input)];
        for (name, key, matrix) in typed.into_iter().chain(more) {
            if let Some(grid) = self.stage.plain_mut(name) {
                grid.edit = Some(Edit::of(key, matrix.clone()));
            }
        }
    }

    /// The rows of its board at a moment.
    pub(super) fn board(&self, moment: usize) -> Vec<Vec<Item>> {
        let item = |&name: &&'static str| {
            if self.stage.plain(name).is_none() {
                return Item::Sign(name);
            }
            let mut grid = self.stage.grid(name, moment);
            if grid.has_numbers() && name == UPSTREAM {
                grid.notes = self.stage.notes(name, moment);
            }
            if self.key == "pool" && name == INPUT {
                grid.marked = self.winners();
            }
            Item::Grid(grid)
        };
        self.rows.iter().map(|row| row.iter().map(item).collect()).collect()
    }

    /// The cells of the input that a maximum was taken from.
    fn winners(&self) -> Vec<usize> {
        let Some(output) = self.stage.plain(OUTPUT) else { return vec![] };
        let spots =
            (0..output.cells.len()).filter_map(|cell| self.stage.cell_at(0, crate::scene::Spot::new(OUTPUT, cell)));
        let won = spots.filter_map(|cell| self.stage.winner(cell)).flat_map(|cell| self.stage.spots(cell));
        won.filter(|spot| spot.grid == INPUT).map(|spot| spot.cell).collect()
    }
}

/// The numbers that can be typed over.
struct Edits {
    input: Matrix,
    weights: Matrix,
    upstream: Matrix,
}

/// The typed numbers where they fit, else the part's own.
fn edits(settings: &Settings) -> Edits {
    let typed = |key: Key<Numbers>, own: Matrix| {
        let fits = |typed: &&Matrix| (typed.rows, typed.columns) == (own.rows, own.columns);
        settings.numbers(key).filter(fits).cloned().unwrap_or(own)
    };
    let none = || Matrix::zeros(0, 0);
    let map = || Matrix::new(4, 4, [1.0, 0.0, 2.0, 1.0, 3.0, 1.0, 0.0, 2.0, 0.0, 2.0, 1.0, 4.0, 1.0, 0.0, 3.0, 1.0]);
    let kernel = || Matrix::new(2, 2, [1.0, -1.0, 2.0, 0.0]);
    let back = || Matrix::new(3, 3, [1.0, 0.0, -1.0, 2.0, -2.0, 0.0, 0.0, 1.0, 3.0]);
    let (input, weights, upstream) = match settings.choice(keys::PART) {
        "error" => (Matrix::new(1, 3, [2.0, 1.0, 0.0]), none(), none()),
        "weight" => (
            Matrix::new(1, 3, [2.0, 0.0, -1.0]),
            Matrix::new(2, 3, [1.0, 2.0, -1.0, 0.0, 1.0, 3.0]),
            Matrix::new(1, 2, [3.0, -2.0]),
        ),
        "relu" => (
            Matrix::new(3, 3, [2.0, -1.0, 3.0, 0.0, 1.0, -4.0, -2.0, 5.0, 1.0]),
            none(),
            Matrix::new(3, 3, [4.0, 3.0, -2.0, 1.0, 0.0, 5.0, -3.0, 2.0, -1.0]),
        ),
        "pool" => (
            Matrix::new(4, 4, [5.0, 1.0, 0.0, 2.0, 3.0, 4.0, 7.0, 1.0, 2.0, 6.0, 3.0, 3.0, 8.0, 0.0, 1.0, 9.0]),
            none(),
            Matrix::new(2, 2, [4.0, -8.0, 2.0, 12.0]),
        ),
        "join" => {
            let n = if settings.choice(keys::JOIN) == "add" { 2 } else { 4 };
            let upstream = Matrix::new(n, 2, [1.0, -2.0, 3.0, 0.0, 5.0, 1.0, -1.0, 4.0][..2 * n].to_vec());
            (Matrix::new(2, 2, [1.0, 2.0, 0.0, 3.0]), Matrix::new(1, 1, [2.0]), upstream)
        }
        _ => (map(), kernel(), back()),
    };
    Edits {
        input: typed(keys::INPUT, input),
        weights: typed(keys::WEIGHTS, weights),
        upstream: typed(keys::UPSTREAM, upstream),
    }
}
