//! A map before and after: each value by itself.

use super::function::Function;
use crate::keys;
use crate::scene::{Edit, Grid, Item, Role, Scene, Spot};
use crate::settings::Settings;
use crate::world::{Unavailable, World};
use crate::{Matrix, Tensors, Trace, number, place, say};
use receptive_core::explain::explain_relu;
use receptive_core::ops::{Activation, activation_forward};
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

/// The maps before that ReLU, and after it.
pub(super) const TENSORS: Tensors = Tensors(|spec| {
    let names = spec.names();
    rectified(&spec.layers).map_or_else(Vec::new, |i| names[i..i + 2].to_vec())
});

/// A map, and what the function makes of it.
pub(super) struct MapTrace {
    function: Function,
    input: Grid,
    output: Grid,
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
        let (mut trace, _) = Self::of(function, &matrix);
        trace.input.edit = Some(edit);
        Ok(trace)
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
        let map = |values: &[f32]| values.chunks(rows * columns).nth(channel).map(<[f32]>::to_vec);
        let (before, after) = map(&conv.output).zip(map(&relu.output)).ok_or_else(refused)?;
        let (mut trace, made) = Self::of(function, &Matrix::new(rows, columns, before));
        let which = say!("activation.channel", k = channel + 1, n = n, layer = conv.name, size = trace.input.detail);
        trace.input.detail = which;
        trace.input.as_pixels = true;
        trace.output.as_pixels = true;
        let own = match function.activation {
            Activation::Relu if made == after => say!("activation.same-as-network", layer = relu.name, n = made.len()),
            Activation::Relu => String::new(),
            _ => say!("activation.network-has-relu"),
        };
        trace.remark = format!("{} {own}", trace.remark).trim_end().into();
        Ok(trace)
    }

    /// The function on a map, and its values.
    fn of(function: Function, map: &Matrix) -> (Self, Vec<f32>) {
        let mut made = Matrix::zeros(map.rows, map.columns);
        activation_forward(&mut made.values, &map.values, function.activation);
        let mut input = Grid::of(INPUT, say!("activation.before"), map, Role::Activation);
        let mut output = Grid::of(OUTPUT, say!("activation.after", f = function.title()), &made, Role::Activation);
        // One scale for both: a value that passes unchanged keeps its colour.
        let most = map.values.iter().chain(&made.values).fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
        (input.scale, output.scale) = (Some(most), Some(most));
        let n_below = map.values.iter().filter(|x| **x < 0.0).count();
        let remark = say!("activation.below", n = n_below, n_cells = map.values.len());
        (Self { function, input, output, remark }, made.values)
    }

    fn cell_at(&self, moment: usize) -> usize {
        moment.min(self.n_moments() - 1)
    }

    fn has_numbers(&self) -> bool {
        self.input.has_numbers()
    }

    /// Returns the function's effect on a cell, in words.
    fn story(&self, cell: usize) -> String {
        let (x, y) = (self.input.cells[cell].value, self.output.cells[cell].value);
        let relu = explain_relu(x);
        let key = match self.function.activation {
            Activation::Relu if relu.is_open => "passes",
            Activation::Relu if relu.x < 0.0 => "cut",
            Activation::Relu => "zero",
            _ => "becomes",
        };
        let slope = super::function::spoken(self.function.activation.derivative(x));
        let (at, f) = (place(self.input.place(cell)), self.function.title());
        say!(format!("activation.story.{key}"), place = at, f = f, x = number(x), y = number(y), slope = slope)
    }
}

impl Trace for MapTrace {
    fn n_moments(&self) -> usize {
        self.input.cells.len()
    }

    /// On a digit, where most digits have ink.
    fn first_moment(&self) -> usize {
        let (rows, columns) = (self.input.rows(), self.input.columns);
        if self.has_numbers() { 0 } else { rows * 2 / 5 * columns + columns / 2 }
    }

    fn scene(&self, moment: usize) -> Scene {
        let cell = self.cell_at(moment);
        let x = self.input.cells[cell].value;
        let (mut input, mut output) = (self.input.clone(), self.output.clone());
        let [row, column] = input.place(cell);
        for grid in [&mut input, &mut output] {
            grid.now = Some(cell);
            grid.frames = vec![[row, column, 1, 1]];
        }
        Scene {
            board: vec![
                vec![Item::Grid(input), Item::Sign("→"), Item::Grid(output)],
                vec![Item::Text(self.remark.clone())],
            ],
            equation: Some(self.function.equation(x, Some(Spot::new(INPUT, cell)))),
            formulas: self.function.formulas(x),
            caption: self.story(cell),
        }
    }

    fn linked(&self, _moment: usize, spot: Spot) -> Vec<Spot> {
        match spot.grid {
            INPUT => vec![Spot::new(OUTPUT, spot.cell)],
            OUTPUT => vec![Spot::new(INPUT, spot.cell)],
            _ => vec![],
        }
    }

    fn describe(&self, _moment: usize, spot: Spot) -> String {
        if spot.cell >= self.input.cells.len() {
            return String::new();
        }
        let at = place(self.input.place(spot.cell));
        match spot.grid {
            INPUT => {
                say!("activation.tell-input", place = at, x = number(self.input.cells[spot.cell].value))
            }
            OUTPUT => self.story(spot.cell),
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
