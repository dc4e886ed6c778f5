//! The network of the lectures: two inputs, two hidden units, two outputs, run there and back.

use crate::plane::refused;
use crate::scene::{Grid, Joint, Place, Role, Spot};
use crate::settings::Settings;
use crate::trace::{Acts, Run, Stage, Tensor};
use crate::world::Unavailable;
use crate::{Matrix, keys};
use receptive_core::ops::Activation;
use receptive_nn::{Head, Layer, Spec};
use std::rc::Rc;

/// Name of the drawing's grid.
pub(super) const NETWORK: &str = "network";
/// What goes in. The lectures give no numbers for it; these are small and round.
pub(super) const INPUTS: [f32; 2] = [1.0, 2.0];
/// Weights w1 to w4, unit by unit, and the biases of the hidden units.
const FIRST: ([f32; 4], [f32; 2]) = ([0.1, 0.2, 0.3, 0.4], [0.1, 0.1]);
/// Weights w5 to w8 and the biases of the outputs. The lectures give w5: 0.6.
const SECOND: ([f32; 4], [f32; 2]) = ([0.6, 0.5, -0.2, 0.3], [0.2, 0.2]);
/// The top and the bottom unit of each layer, from the top of the drawing.
const HEIGHTS: [f32; 2] = [24.0, 76.0];

/// A number of the network.
#[derive(Clone, Debug)]
pub(super) struct Number {
    /// The place where the machine behind the stage has it.
    pub(super) spot: Spot,
    /// Its name: "w5", "H1", "L".
    pub(super) name: String,
    /// True for the gradient of what has this name.
    pub(super) is_gradient: bool,
    pub(super) place: Place,
}

/// The network, and how it is drawn.
pub(super) struct Net {
    pub(super) spec: Spec,
    pub(super) parameters: Vec<Vec<f32>>,
    /// The class that is true, from 0.
    pub(super) class: u8,
    pub(super) acts: Acts,
    /// All numbers, those that are given first, then the others in the order of the time line.
    pub(super) numbers: Vec<Number>,
    /// The lines, between nodes.
    pub(super) lines: Vec<Joint>,
    /// The number of numbers that are given.
    pub(super) n_given: usize,
    /// The numbers as cells.
    pub(super) grid: Grid,
}

/// A tensor in the drawing: its name there, and the names and places of its cells.
struct Shown {
    grid: &'static str,
    tensor: Tensor,
    role: Role,
    cells: Vec<(String, Place)>,
}

/// The layers: two hidden units, perhaps a function of each, two outputs.
pub(super) fn spec(settings: &Settings) -> Spec {
    let function = match settings.choice(keys::FUNCTION) {
        "sigmoid" => Some(Layer::Activation(Activation::Sigmoid)),
        "relu" => Some(Layer::Relu),
        _ => None,
    };
    let units = || Layer::Linear { units: 2 };
    let layers = [Layer::Flatten, units()].into_iter().chain(function).chain([units()]).collect();
    Spec { input: [1, 1, 2], layers }
}

/// The weight of this number, from 1: the name of its tensor and its place there.
pub(super) fn weight(i: usize) -> (&'static str, usize) {
    if i <= 4 { ("linear 1.weight", i - 1) } else { ("linear 2.weight", i - 5) }
}

fn node(name: &str, x: f32, n: usize) -> Vec<(String, Place)> {
    let one = |i: usize| {
        let y = if n == 1 { 50.0 } else { HEIGHTS[i] };
        let name = if n == 1 { name.to_string() } else { format!("{name}{}", i + 1) };
        (name.clone(), Place { at: [x, y], label: name, is_node: true })
    };
    (0..n).map(one).collect()
}

/// The gradients of what has these places, each under its number.
fn under(of: &[(String, Place)]) -> Vec<(String, Place)> {
    let gradient = |(name, place): &(String, Place)| {
        let down = if place.is_node { 11.5 } else { 7.5 };
        (name.clone(), Place { at: [place.at[0], place.at[1] + down], ..Place::default() })
    };
    of.iter().map(gradient).collect()
}

/// Weights on the lines from one column to the next, numbered from `first`.
fn weights(first: usize, [left, right]: [f32; 2]) -> Vec<(String, Place)> {
    let one = |i: usize| {
        let [to, from] = [i / 2, i % 2];
        // Where lines cross, each weight stands near the unit that it comes from.
        let along = if to == from { 0.52 } else { 0.31 };
        let y = HEIGHTS[from] + along * (HEIGHTS[to] - HEIGHTS[from]) - if to == from { 3.5 } else { 3.0 };
        let name = format!("w{}", first + i);
        (name.clone(), Place { at: [left + along * (right - left), y], label: name, is_node: false })
    };
    (0..4).map(one).collect()
}

fn biases(name: &str, x: f32) -> Vec<(String, Place)> {
    let one = |i: usize| {
        let y = if i == 0 { HEIGHTS[0] - 16.0 } else { HEIGHTS[1] - 16.0 };
        let name = format!("{name}{}", i + 1);
        (name.clone(), Place { at: [x, y], label: name, is_node: false })
    };
    (0..2).map(one).collect()
}

impl Net {
    /// The network in these settings.
    ///
    /// # Errors
    /// Never for settings that can be chosen.
    pub(super) fn new(settings: &Settings) -> Result<Self, Unavailable> {
        let spec = spec(settings);
        let parameters = vec![FIRST.0.to_vec(), FIRST.1.to_vec(), SECOND.0.to_vec(), SECOND.1.to_vec()];
        let class = (settings.count(keys::TARGET) - 1) as u8;
        let of = (Head::CrossEntropy, class);
        let run = Run::both_ways(&spec, &parameters, &INPUTS, of).map_err(|error| refused(&error))?;
        let has_function = spec.layers.len() > 3;
        let [hidden, out, score] = if has_function { [32.0, 48.0, 73.0] } else { [38.0, 38.0, 70.0] };
        let named = |name: &str| run.named(name).ok_or(Unavailable::Network);
        let gradient = |tensor| run.gradient(tensor).ok_or(Unavailable::Network);
        let parameter = |at: usize, is_bias: bool| {
            let found = if is_bias { run.biases(at) } else { run.weights(at) };
            found.ok_or(Unavailable::Network)
        };
        let (sum, made) = (run.output(1), run.output(spec.layers.len() - 2));
        let z = run.made();
        let shown = |grid, tensor, role, cells| Shown { grid, tensor, role, cells };
        let inputs = shown("i", run.input(), Role::Input, node("i", 6.0, 2));
        let w1 = shown("w-1", parameter(0, false)?, Role::Weight, weights(1, [6.0, hidden]));
        let b1 = shown("b-1", parameter(0, true)?, Role::Weight, biases("b", hidden));
        let w2 = shown("w-2", parameter(1, false)?, Role::Weight, weights(5, [out, score]));
        let b2 = shown("b-2", parameter(1, true)?, Role::Weight, biases("c", score));
        let sums = shown("sum", sum, Role::Activation, node("H", hidden, 2));
        let outs = shown("out", made, Role::Activation, node("h", out, 2));
        let scores = shown("score", z, Role::Activation, node("O", score, 2));
        let p = shown("p", named("probabilities")?, Role::Activation, node("p", 85.0, 2));
        let loss = shown("loss", named("losses")?, Role::Activation, node("L", 93.0, 1));
        let back = |grid, of: &Shown| {
            let cells = under(&of.cells);
            Ok(Shown { grid, tensor: gradient(of.tensor)?, role: Role::Gradient, cells })
        };
        let mut made_ones = vec![back("grad-score", &scores)?, back("grad-w-2", &w2)?];
        if has_function {
            made_ones.push(back("grad-out", &outs)?);
        }
        made_ones.extend([back("grad-sum", &sums)?, back("grad-w-1", &w1)?]);
        let given = vec![inputs, w1, b1, w2, b2];
        let there = std::iter::once(sums).chain(has_function.then_some(outs)).chain([scores, p, loss]);
        let made: Vec<_> = there.chain(made_ones).collect();
        Ok(Self::drawn(spec, parameters, class, &run, given, &made))
    }

    fn drawn(spec: Spec, parameters: Vec<Vec<f32>>, class: u8, run: &Run, given: Vec<Shown>, made: &[Shown]) -> Self {
        let all = || given.iter().chain(made);
        let grid = |shown: &Shown| {
            let values = Matrix::new(1, shown.cells.len(), run.values(shown.tensor));
            Grid::of(shown.grid, shown.grid, &values, shown.role)
        };
        let act = |of: &Shown| {
            let others = all().filter(|shown| shown.grid != of.grid);
            let stage = others.fold(Stage::new(run.clone()), |stage, shown| stage.beside(grid(shown), shown.tensor, 0));
            let mut stage = stage.show(grid(of), of.tensor, 0);
            stage.has_biases = true;
            stage
        };
        let numbers: Vec<_> = all()
            .flat_map(|shown| {
                let number = |(i, (name, place)): (usize, &(String, Place))| Number {
                    spot: Spot::new(shown.grid, i),
                    name: name.clone(),
                    is_gradient: shown.role == Role::Gradient,
                    place: place.clone(),
                };
                shown.cells.iter().enumerate().map(number).collect::<Vec<_>>()
            })
            .collect();
        let cells = all().flat_map(|shown| grid(shown).cells.to_vec());
        let cells: Vec<_> = cells.map(|cell| crate::scene::Cell { source: None, ..cell }).collect();
        let n_given = given.iter().map(|shown| shown.cells.len()).sum();
        let grid = Grid {
            name: NETWORK,
            title: crate::say!("backprop.network"),
            columns: cells.len(),
            cells: Rc::new(cells),
            // Each number has the depth that it has among all of them.
            scale: Some(1.0),
            ..Grid::default()
        };
        let acts = Acts(made.iter().map(act).collect());
        let mut net = Self { spec, parameters, class, acts, numbers, lines: vec![], n_given, grid };
        net.lines = net.joints();
        net
    }

    /// The lines: from every unit to those that read it.
    fn joints(&self) -> Vec<Joint> {
        let find = |name: String| self.numbers.iter().position(|number| number.name == name && !number.is_gradient);
        let between = |from: &str, to: &str, weight: Option<usize>, is_straight: bool| {
            let cells = (0..4).filter(move |i| !is_straight || i / 2 == i % 2);
            let name = |name: &str, i: usize| format!("{name}{}", i + 1);
            let joint = |i: usize| {
                let ends = [find(name(from, i % 2))?, find(name(to, i / 2))?];
                Some(Joint { ends, weight: weight.and_then(|first| find(format!("w{}", first + i))) })
            };
            cells.filter_map(joint).collect::<Vec<_>>()
        };
        let has_function = find("h1".into()).is_some();
        let mut lines = between("i", "H", Some(1), false);
        if has_function {
            lines.extend(between("H", "h", None, true));
        }
        lines.extend(between(if has_function { "h" } else { "H" }, "O", Some(5), false));
        lines.extend(between("O", "p", None, false));
        let loss = find("L".into());
        let true_class = find(format!("p{}", self.class + 1)).zip(loss);
        lines.extend(true_class.map(|(p, loss)| Joint { ends: [p, loss], weight: None }));
        lines
    }

    /// The cell of the drawing at which a spot of the machine stands.
    pub(super) fn cell_of(&self, spot: Spot) -> Option<usize> {
        self.numbers.iter().position(|number| number.spot == spot)
    }

    /// The cells of a name: its value and its gradient.
    pub(super) fn cells_named(&self, name: &str) -> Vec<usize> {
        (0..self.numbers.len()).filter(|&cell| self.numbers[cell].name == name).collect()
    }

    /// The value of a name, or its gradient.
    pub(super) fn value(&self, name: &str, is_gradient: bool) -> Option<f32> {
        let is_it = |number: &Number| number.name == name && number.is_gradient == is_gradient;
        self.numbers.iter().position(is_it).map(|cell| self.grid.cells[cell].value)
    }
}
