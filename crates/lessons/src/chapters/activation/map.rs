//! A map before and after: each value by itself.

use super::function::Function;
use crate::keys;
use crate::plane::refused;
use crate::scene::{Edit, Grid, Item, Role, Scene, Spot};
use crate::settings::Settings;
use crate::trace::{Run, Stage};
use crate::words::layer_name;
use crate::world::{Unavailable, World};
use crate::{Matrix, Tensors, Trace, largest, number, place, say};
use receptive_core::ops::Activation;
use receptive_nn::Layer;

/// Name of the input's grid.
pub(super) const INPUT: &str = "input";
/// Name of the output's grid.
pub(super) const OUTPUT: &str = "output";

/// A worked example by the name of its picture.
fn example(key: &str) -> Matrix {
    match key {
        "plus" => Matrix::new(3, 3, [0.0, 1.0, -4.0, 0.0, 2.0, 0.0, -1.0, 4.0, 3.0]),
        "letter-x" => Matrix::new(7, 7, LETTER_X),
        _ => Matrix::new(3, 3, [2.0, 1.0, -1.0, -1.0, 1.0, 3.0, 2.0, 1.0, 1.0]),
    }
}

/// A letter X after a convolution that looks for its falling stroke.
#[rustfmt::skip]
const LETTER_X: [f32; 49] = [
    0.77, -0.11, 0.11, 0.33, 0.55, -0.11, 0.33,
    -0.11, 1.0, -0.11, 0.33, -0.11, 0.11, -0.11,
    0.11, -0.11, 1.0, -0.33, 0.11, -0.11, 0.55,
    0.33, 0.33, -0.33, 0.55, -0.33, 0.33, 0.33,
    0.55, -0.11, 0.11, -0.33, 1.0, -0.11, 0.11,
    -0.11, 0.11, -0.11, 0.33, -0.11, 1.0, -0.11,
    0.33, -0.11, 0.55, 0.33, 0.11, -0.11, 0.77,
];

/// The first convolution among layers that a ReLU follows.
fn rectified(layers: &[Layer]) -> Option<usize> {
    (0..layers.len()).find(|&i| matches!(layers[i..], [Layer::Conv2d { .. }, Layer::Relu, ..]))
}

/// The map before that ReLU, and after it.
pub(super) const TENSORS: Tensors = Tensors(|settings, spec| {
    let (names, k) = (spec.names(), settings.count(keys::CHANNEL));
    let map = |i: usize| format!("{}[{}..{k}]", names[i], k - 1);
    rectified(&spec.layers).map_or_else(Vec::new, |i| vec![map(i), map(i + 1)])
});

/// A map, and what the function makes of it: a program of one layer.
pub(super) struct MapTrace {
    function: Function,
    stage: Stage,
    remark: String,
}

impl MapTrace {
    /// The map that the settings choose.
    ///
    /// # Errors
    /// While the network is on its way, or when it has no rectified map.
    pub(super) fn new(settings: &Settings, world: &World) -> Result<Self, Unavailable> {
        let function = Function::chosen(settings)?;
        if settings.choice(keys::ON) == "digit" {
            return Self::live(function, settings.count(keys::CHANNEL), world);
        }
        let matrix = match (settings.choice(keys::PICTURE), settings.numbers(keys::INPUT)) {
            ("own", Some(typed)) => typed.clone(),
            (key, _) => example(key),
        };
        let edit = Edit {
            key: keys::INPUT.name,
            matrix: matrix.clone(),
            also: Some((keys::PICTURE.name, "own")),
            brush: None,
        };
        Self::of(function, &matrix, |grid| {
            if grid.name == INPUT {
                grid.edit = Some(edit.clone())
            }
        })
    }

    /// A map of the network's first convolution that a ReLU follows.
    fn live(function: Function, channel: usize, world: &World) -> Result<Self, Unavailable> {
        let network = world.network()?;
        let layers = &network.spec.layers;
        let values = &network.values.layers;
        let found = rectified(layers).filter(|i| i + 1 < values.len()).map(|i| [0, 1].map(|after| &values[i + after]));
        let refused = || Unavailable::Refused(say!("activation.no-map"));
        let [conv, relu] = found.ok_or_else(refused)?;
        let [n, rows, columns] = conv.shape;
        let channel = channel.min(n).saturating_sub(1);
        let (before, after) = conv.channel(channel).zip(relu.channel(channel)).ok_or(Unavailable::Network)?;
        let mut trace = Self::of(function, &Matrix::new(rows, columns, before), |grid| {
            grid.as_pixels = true;
            if grid.name == INPUT {
                let size = std::mem::take(&mut grid.detail);
                grid.detail =
                    say!("activation.channel", k = channel + 1, n = n, layer = layer_name(&conv.name), size = size);
            }
        })?;
        let made = trace.stage.run().values(trace.stage.run().output(0));
        let own = match function.activation {
            Activation::Relu if made == after => {
                say!("activation.same-as-network", layer = layer_name(&relu.name), n = made.len())
            }
            Activation::Relu => String::new(),
            _ => say!("activation.network-has-relu"),
        };
        trace.remark = format!("{} {own}", trace.remark).trim_end().into();
        Ok(trace)
    }

    /// The function on a map; `dress` changes the grids of both.
    fn of(function: Function, map: &Matrix, dress: impl Fn(&mut Grid)) -> Result<Self, Unavailable> {
        let layers = vec![Layer::Activation(function.activation)];
        let run = Run::new([1, map.rows, map.columns], layers, &[], &map.values).map_err(|error| refused(&error))?;
        let (x, y) = (run.input(), run.output(0));
        let made = run.plane(y, 0);
        // One scale for both: a value that passes unchanged keeps its colour.
        let most = largest(map.values.iter().chain(&made.values));
        let grid = |name, title, matrix: &Matrix| {
            let mut grid = Grid { scale: Some(most), ..Grid::of(name, title, matrix, Role::Activation) };
            dress(&mut grid);
            grid
        };
        let input = grid(INPUT, say!("activation.before"), map);
        let output = grid(OUTPUT, say!("activation.after", f = function.title()), &made);
        let mut stage = Stage::new(run).show(input, x, 0).show(output, y, 0);
        stage.is_whole = true;
        let n_below = map.values.iter().filter(|x| **x < 0.0).count();
        let remark = say!("activation.below", n = n_below, n_cells = map.values.len());
        Ok(Self { function, stage, remark })
    }

    /// What goes into a cell.
    fn x(&self, cell: usize) -> f32 {
        self.stage.run().values(self.stage.run().input())[cell]
    }

    /// Returns the function's effect on a cell, in words.
    fn story(&self, cell: usize) -> String {
        let run = self.stage.run();
        let (x, y) = (self.x(cell), run.values(run.output(0))[cell]);
        let key = match self.function.activation {
            Activation::Relu if x > 0.0 => "passes",
            Activation::Relu if x < 0.0 => "cut",
            Activation::Relu => "zero",
            _ => "becomes",
        };
        let slope = super::function::spoken(self.function.activation.derivative(x));
        let (at, f) = (place(run.plane(run.input(), 0).place(cell)), self.function.title());
        say!(format!("activation.story.{key}"), place = at, f = f, x = number(x), y = number(y), slope = slope)
    }
}

impl Trace for MapTrace {
    fn stage(&self) -> Option<&Stage> {
        Some(&self.stage)
    }

    fn scene(&self, moment: usize) -> Scene {
        let cell = self.stage.at(moment).0;
        let (input, output) = (self.stage.grid(INPUT, moment), self.stage.grid(OUTPUT, moment));
        let input = Item::Grid(Grid { now: Some(cell), ..input });
        Scene {
            board: vec![vec![input, Item::Sign("→"), Item::Grid(output)], vec![Item::Text(self.remark.clone())]],
            equation: Some(self.function.equation(self.x(cell), Some(Spot::new(INPUT, cell)))),
            formulas: self.function.formulas(self.x(cell)),
            caption: self.story(cell),
        }
    }

    fn describe(&self, moment: usize, spot: Spot) -> String {
        let Some(cell) = self.stage.cell_at(moment, spot) else { return String::new() };
        if spot.grid == OUTPUT {
            return self.story(spot.cell);
        }
        let at = self.stage.plain(INPUT).map_or_else(String::new, |grid| place(grid.place(spot.cell)));
        say!("activation.tell-input", place = at, x = number(self.stage.run().value(cell)))
    }
}
