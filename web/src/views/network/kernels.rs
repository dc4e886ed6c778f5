//! Weights as a picture: a plane for each kernel or unit, its channels side by side.

use super::montage::Montage;
use crate::views::asking::Same;
use js_sys::Float32Array;
use std::rc::Rc;

/// Where each weight of a tensor lies in the picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kernels {
    /// Kernels or units, and rows and columns of the plane of each.
    pub(super) shape: [usize; 3],
    /// Planes in a row, where it matters.
    columns: Option<usize>,
    /// For every cell of the picture the weight that lies there; nothing where there is none.
    weights: Vec<Option<usize>>,
}

impl Kernels {
    /// The picture of weights of this shape: (kernels, channels, rows, columns) of a convolution, (units, inputs, 1, 1) of
    /// a linear layer, (values, 1, 1, 1) of biases.
    pub(super) fn new([n, channels, h, w]: [usize; 4]) -> Self {
        // As wide as tall, about.
        let across = (1..=channels).find(|across| across * across >= channels).unwrap_or(1);
        let down = channels.div_ceil(across);
        let (rows, columns) = (down * h, across * w);
        let weight = |cell: usize| {
            let (kernel, row, column) = (cell / (rows * columns), cell / columns % rows, cell % columns);
            let channel = row / h * across + column / w;
            (channel < channels).then(|| ((kernel * channels + channel) * h + row % h) * w + column % w)
        };
        Self { shape: [n, rows, columns], columns: None, weights: (0..n * rows * columns).map(weight).collect() }
    }

    /// The same weights, but the kernels of each map in a row, one for each map that comes in; the weights of units as ever.
    pub(super) fn in_rows(shape @ [n, channels, h, w]: [usize; 4]) -> Self {
        if h * w == 1 {
            return Self::new(shape);
        }
        Self { columns: Some(channels).filter(|_| channels.min(n) > 1), ..Self::new([n * channels, 1, h, w]) }
    }

    /// The planes as large as they get in so much room.
    pub(super) fn montage(&self, [width, height]: [f64; 2]) -> Montage {
        match self.columns {
            Some(columns) => Montage::in_rows(self.shape, columns, [width, height]),
            None => Montage::filling(self.shape, width, height),
        }
    }

    /// The weight at a cell of the picture.
    pub(super) fn weight(&self, cell: usize) -> Option<usize> {
        self.weights.get(cell).copied().flatten()
    }

    /// The cell of the picture at which a weight lies.
    pub(super) fn cell(&self, weight: usize) -> Option<usize> {
        self.weights.iter().position(|found| *found == Some(weight))
    }

    /// The picture of these weights.
    pub(super) fn picture(&self, values: &Float32Array) -> Same<Float32Array> {
        Same(Rc::new(Float32Array::from(&self.laid_out(&values.to_vec())[..])))
    }

    /// Values of weights in the order of the picture.
    fn laid_out(&self, values: &[f32]) -> Vec<f32> {
        self.weights.iter().map(|weight| weight.and_then(|i| values.get(i)).copied().unwrap_or(0.0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_weight_has_its_cell_and_a_kernel_stays_together() {
        for shape in [[8, 1, 5, 5], [16, 8, 5, 3], [10, 784, 1, 1], [7, 3, 2, 4], [5, 1, 1, 1]] {
            let kernels = Kernels::new(shape);
            let n: usize = shape.iter().product();
            for weight in 0..n {
                let cell = kernels.cell(weight).expect("a place");
                assert_eq!(kernels.weight(cell), Some(weight));
                let [_, rows, columns] = kernels.shape;
                assert_eq!(cell / (rows * columns), weight / (n / shape[0]), "in the plane of its kernel");
            }
            let values: Vec<f32> = (1..=n).map(|i| i as f32).collect();
            let mut laid_out = kernels.laid_out(&values);
            laid_out.retain(|value| *value != 0.0);
            laid_out.sort_by(f32::total_cmp);
            assert_eq!(laid_out, values);
        }
        // In rows each kernel is a plane, and a weight lies where it lies in its tensor.
        let rows = Kernels::in_rows([2, 4, 3, 3]);
        assert_eq!((rows.shape, rows.montage([200.0, 200.0]).columns), ([8, 3, 3], 4));
        assert!((0..72).all(|weight| rows.cell(weight) == Some(weight)));
        // Two weights side by side in a kernel are so in the picture.
        let kernels = Kernels::new([2, 4, 3, 3]);
        assert_eq!(kernels.shape, [2, 6, 6]);
        assert_eq!(
            (kernels.cell(0), kernels.cell(1), kernels.cell(3), kernels.cell(9)),
            (Some(0), Some(1), Some(6), Some(3))
        );
    }
}
