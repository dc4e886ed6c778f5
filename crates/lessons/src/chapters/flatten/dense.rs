//! Fully connected units that read a row of flattened maps.

use crate::plane::refused;
use crate::trace::Run;
use crate::world::{Network, Unavailable};
use crate::{Matrix, Tensors, factor, number, say};
use receptive_nn::{Layer, Spec};

/// The first flatten among layers, and the first fully connected layer after it.
fn first_dense(layers: &[Layer]) -> Option<[usize; 2]> {
    let flat = layers.iter().position(|layer| matches!(layer, Layer::Flatten))?;
    let linear = (flat..layers.len()).find(|&i| matches!(layers[i], Layer::Linear { .. }))?;
    Some([flat, linear])
}

/// What the network's first fully connected layer reads, what it makes of it, and what the unit of the moment reads it with;
/// at first that is the unit that answers most.
pub(super) const TENSORS: Tensors = Tensors(|settings, spec| {
    let (Some([_, linear]), names) = (first_dense(&spec.layers), spec.names()) else { return vec![] };
    let unit = settings.at.map_or("strongest".into(), |unit| format!("{unit}..{}", unit.saturating_add(1)));
    let own = ["", &format!(".weight[{unit}]"), ".bias"].map(|part| format!("{}{part}", names[linear]));
    std::iter::once(names[linear - 1].clone()).chain(own).collect()
});

fn no_linear() -> Unavailable {
    Unavailable::Refused(say!("flatten.no-linear"))
}

/// Maps in a row, and the units that read the row.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// Maps, rows and columns before flattening.
    pub shape: [usize; 3],
    /// The row.
    pub x: Vec<f32>,
    /// Weights, unit by unit, each in the order of the row.
    pub w: Vec<f32>,
    /// The first unit whose weights are there: 0, unless only some were asked for.
    pub from: usize,
    /// A bias for each unit.
    pub b: Vec<f32>,
    /// True if the biases are parameters of the layer. Else they are zeros that training does not change.
    pub has_biases: bool,
    /// The output of each unit.
    pub y: Vec<f32>,
}

impl Dense {
    /// Units with these weights, computed by the engine.
    ///
    /// # Errors
    /// When the numbers do not fill the shapes, or there are none.
    pub fn new(shape: [usize; 3], x: Vec<f32>, w: Vec<f32>, b: Vec<f32>) -> Result<Self, Unavailable> {
        if w.len() != x.len() * b.len() {
            return Err(no_linear());
        }
        let mut dense = Self::known(shape, x, w, b.clone(), b).ok_or_else(no_linear)?;
        let run = dense.run()?;
        dense.y = run.values(run.output(1)).to_vec();
        Ok(dense)
    }

    /// The layer as a small network: maps are flattened, then read.
    ///
    /// # Errors
    /// When there are no units, or more numbers than can be held.
    pub fn run(&self) -> Result<Run, Unavailable> {
        let layers = vec![Layer::Flatten, Layer::Linear { units: self.b.len() }];
        Run::new(self.shape, layers, &[self.w.clone(), self.b.clone()], &self.x).map_err(|error| refused(&error))
    }

    /// The same with the inputs and outputs that are known, instead of computing them. The weights are in no grid of it.
    ///
    /// # Errors
    /// When there are no units, or more numbers than can be held.
    pub fn known_run(&self) -> Result<Run, Unavailable> {
        let spec = Spec { input: self.shape, layers: vec![Layer::Flatten, Layer::Linear { units: self.b.len() }] };
        let name = spec.names().pop().unwrap_or_default();
        let values = [("input".into(), &self.x), (name, &self.y)].map(|(name, values)| (name, values.clone()));
        Run::known(&spec, values).map_err(|error| refused(&error))
    }

    /// Units whose outputs are known already, and the weights of all or some of them.
    fn known(shape: [usize; 3], x: Vec<f32>, w: Vec<f32>, b: Vec<f32>, y: Vec<f32>) -> Option<Self> {
        let n = shape.iter().product();
        let fits = n > 0 && x.len() == n && !w.is_empty() && w.len().is_multiple_of(n) && y.len() == b.len();
        (fits && w.len() / n <= b.len()).then_some(Self { shape, x, w, from: 0, b, has_biases: true, y })
    }

    /// The network's first fully connected layer after its flatten, with the values that it read and made.
    ///
    /// # Errors
    /// When the network has none, or its values are on their way.
    pub fn of_network(network: &Network) -> Result<Self, Unavailable> {
        let [flat, linear] = first_dense(&network.spec.layers).ok_or_else(no_linear)?;
        let values = |i: usize| network.values.layers.get(i).ok_or_else(no_linear);
        let shape = if flat == 0 { network.spec.input } else { values(flat - 1)?.shape };
        let (before, layer) = (values(linear - 1)?, values(linear)?);
        let numbers = [&before.output, &layer.weights, &layer.biases, &layer.output];
        let [x, w, b, y] = numbers.map(Clone::clone);
        let dense = Self::known(shape, x, w, b, y).ok_or(Unavailable::Network)?;
        Ok(Self { from: layer.weights_from, ..dense })
    }

    /// True if the weights of a unit are there.
    pub fn has(&self, unit: usize) -> bool {
        (self.from..self.from + self.w.len() / self.n()).contains(&unit)
    }

    /// Numbers in the row.
    pub fn n(&self) -> usize {
        self.x.len()
    }

    /// Numbers in one map.
    pub fn map_len(&self) -> usize {
        self.shape[1] * self.shape[2]
    }

    /// Returns the index in the row of a map's cell.
    pub fn index(&self, [map, row, column]: [usize; 3]) -> usize {
        let [_, rows, columns] = self.shape;
        (map * rows + row) * columns + column
    }

    /// Map, row and column of a place in the row.
    pub fn cell(&self, index: usize) -> [usize; 3] {
        let [_, rows, columns] = self.shape;
        [index / (rows * columns), index / columns % rows, index % columns]
    }

    /// The products behind a unit, in the order of the row.
    pub fn products(&self, unit: usize) -> Vec<f32> {
        self.x.iter().zip(self.weights(unit)).map(|(x, w)| x * w).collect()
    }

    /// The same as they are written: "2·1 + 0·(−1)".
    pub fn products_text(&self, unit: usize) -> String {
        let products = self.x.iter().zip(self.weights(unit)).map(|(x, w)| format!("{}·{}", number(*x), factor(*w)));
        products.collect::<Vec<_>>().join(" + ")
    }

    /// Weights and biases.
    pub fn n_params(&self) -> usize {
        (self.n() + usize::from(self.has_biases)) * self.b.len()
    }

    /// One map out of a row of as many numbers as the maps have.
    pub fn map_of(&self, row: &[f32], map: usize) -> Matrix {
        let [_, rows, columns] = self.shape;
        Matrix::new(rows, columns, &row[map * self.map_len()..][..self.map_len()])
    }

    /// The weights of a unit that has them, in the order of the row.
    pub fn weights(&self, unit: usize) -> &[f32] {
        &self.w[(unit - self.from) * self.n()..][..self.n()]
    }

    /// Returns the arithmetic behind the index of a place: `(1·3 + 2)·3 + 0 = 15`.
    pub fn index_notation(&self, index: usize) -> String {
        let ([_, rows, columns], [map, row, column]) = (self.shape, self.cell(index));
        let index = crate::grouped(self.index([map, row, column]) as u64);
        format!("({map}·{rows} + {row})·{columns} + {column} = {index}")
    }

    /// Returns the arithmetic behind the number of the layer's parameters: `(18 + 1)·3 = 57`.
    pub fn params_notation(&self) -> String {
        let grouped = |n: usize| crate::grouped(n as u64);
        let [n, units, n_params] = [self.n(), self.b.len(), self.n_params()].map(grouped);
        if self.has_biases { format!("({n} + 1)·{units} = {n_params}") } else { format!("{n}·{units} = {n_params}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::small_numbers;
    use receptive_core::Rng;

    #[test]
    fn every_unit_is_its_naive_sum_over_maps_rows_and_columns() {
        let mut rng = Rng::new(5);
        for _ in 0..40 {
            let [c, h, w, units] = [3, 4, 5, 4].map(|n| 1 + rng.below(n) as usize);
            let mut draw = |n| small_numbers(&mut rng, 1, n, -9, 9).values;
            let (x, weights, b) = (draw(c * h * w), draw(units * c * h * w), draw(units));
            let Ok(dense) = Dense::new([c, h, w], x.clone(), weights.clone(), b.clone()) else { panic!("it fits") };
            for unit in 0..units {
                let (mut sum, mut i) = (f64::from(b[unit]), 0);
                for (map, row, column) in (0..c).flat_map(|k| (0..h).flat_map(move |r| (0..w).map(move |s| (k, r, s))))
                {
                    assert_eq!((dense.index([map, row, column]), dense.cell(i)), (i, [map, row, column]));
                    sum += f64::from(x[i]) * f64::from(weights[unit * c * h * w + i]);
                    i += 1;
                }
                let products: f32 = dense.products(unit).iter().sum();
                assert_eq!((f64::from(dense.y[unit]), f64::from(products + b[unit])), (sum, sum));
            }
            assert_eq!(dense.n_params(), units * c * h * w + units);
        }
    }

    #[test]
    fn the_last_cell_of_two_maps_of_3_by_3_is_the_last_of_18() {
        let dense = Dense::new([2, 3, 3], vec![0.0; 18], vec![0.0; 18], vec![0.0]);
        let Ok(dense) = dense else { panic!("it fits") };
        assert_eq!(dense.index_notation(15), "(1·3 + 2)·3 + 0 = 15");
        assert_eq!((dense.index([1, 0, 0]), dense.index([1, 2, 2])), (9, 17));
    }
}
