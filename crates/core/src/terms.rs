//! The terms of one cell: which cells an operation reads to make it, with which coefficients, and how they combine.
//!
//! A layer whose outputs are sums of products, or that picks among cells, is a set of [`Connection`]s. From the same set
//! follow the terms of an output, those of every gradient, and the cells that read a given one: the gradient of an
//! input sums over the connections that start at it, and these end at the outputs that read it.

use crate::Real;
use crate::ops::{Activation, Loss, UpdateStep, Updated};
use alloc::vec;
use alloc::vec::Vec;

/// The tensor of an operation that a cell belongs to, by the name of the argument. A gradient counts as the tensor that
/// it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operand {
    /// The input.
    X,
    /// The weights.
    W,
    /// The biases.
    B,
    /// The output.
    Y,
}

/// One connection of a layer: the product of an input cell and a weight, or a bias, that an output cell adds up. Cells
/// are row-major indices. A layer without weights connects inputs and outputs alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Connection {
    /// The input cell; nothing where the weight lies on the padding, and for a bias.
    pub x: Option<usize>,
    /// The weight.
    pub w: Option<usize>,
    /// The bias.
    pub b: Option<usize>,
    /// The output cell.
    pub y: usize,
}

impl Connection {
    /// Joins an input cell to an output cell, without a weight.
    pub const fn plain(x: usize, y: usize) -> Self {
        Self { x: Some(x), w: None, b: None, y }
    }

    /// Joins an input cell, or the padding, to an output cell through a weight.
    pub const fn weighted(x: Option<usize>, w: usize, y: usize) -> Self {
        Self { x, w: Some(w), b: None, y }
    }

    /// Joins a bias to an output cell.
    pub const fn bias(b: usize, y: usize) -> Self {
        Self { x: None, w: None, b: Some(b), y }
    }

    /// Returns the cell of one of its tensors.
    pub const fn cell(&self, operand: Operand) -> Option<usize> {
        match operand {
            Operand::X => self.x,
            Operand::W => self.w,
            Operand::B => self.b,
            Operand::Y => Some(self.y),
        }
    }

    /// Returns the product that it stands for, over the tensors that are read.
    pub fn term<T: Copy>(&self, reads: &[(Operand, T)]) -> Term<T> {
        Term { coefficient: 1.0, factors: self.factors(reads), decided_by: [None; 2] }
    }

    /// Returns its factors among the tensors that are read.
    fn factors<T: Copy>(&self, reads: &[(Operand, T)]) -> [Option<Factor<T>>; 2] {
        let factor = |&(operand, tensor): &(Operand, T)| match self.cell(operand) {
            Some(index) => Some(Factor::Cell(Cell { tensor, index })),
            None if operand == Operand::X && self.w.is_some() => Some(Factor::Padding),
            None => None,
        };
        let mut factors = reads.iter().filter_map(factor);
        [factors.next(), factors.next()]
    }
}

/// Returns the cells of `operand` in these connections, each once, in order.
pub fn cells_of(connections: &[Connection], operand: Operand) -> Vec<usize> {
    let mut cells: Vec<_> = connections.iter().filter_map(|connection| connection.cell(operand)).collect();
    cells.sort_unstable();
    cells.dedup();
    cells
}

/// A cell of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell<T> {
    /// The tensor.
    pub tensor: T,
    /// The cell's row-major index in it.
    pub index: usize,
}

/// A factor of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor<T> {
    /// The value of a cell.
    Cell(Cell<T>),
    /// A zero of the padding.
    Padding,
}

/// One term: a coefficient times its factors; without factors, the coefficient alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term<T> {
    /// The constant that the factors are multiplied with.
    pub coefficient: f32,
    /// The factors.
    pub factors: [Option<Factor<T>>; 2],
    /// The cells whose values decide the coefficient, such as the position of a maximum.
    pub decided_by: [Option<Cell<T>>; 2],
}

impl<T: Copy> Term<T> {
    /// A cell times a constant.
    pub const fn scaled(coefficient: f32, cell: Cell<T>) -> Self {
        Self { coefficient, factors: [Some(Factor::Cell(cell)), None], decided_by: [None; 2] }
    }

    /// The square of a cell times a constant.
    pub const fn squared(coefficient: f32, cell: Cell<T>) -> Self {
        Self { coefficient, factors: [Some(Factor::Cell(cell)), Some(Factor::Cell(cell))], decided_by: [None; 2] }
    }

    /// A constant.
    pub const fn constant(coefficient: f32) -> Self {
        Self { coefficient, factors: [None, None], decided_by: [None; 2] }
    }

    /// Returns the same term, its coefficient decided by a cell.
    #[must_use]
    pub fn decided_by(mut self, cell: Cell<T>) -> Self {
        if let Some(free) = self.decided_by.iter_mut().find(|by| by.is_none()) {
            *free = Some(cell);
        }
        self
    }

    /// Returns the value of the term; `read` gives the value of a cell, in the precision that is wanted.
    pub fn value<N: Real>(&self, read: impl Fn(Cell<T>) -> N) -> N {
        let factor = |factor: Factor<T>| match factor {
            Factor::Cell(cell) => read(cell),
            Factor::Padding => N::from(0.0),
        };
        self.factors.into_iter().flatten().fold(N::from(self.coefficient), |product, next| product * factor(next))
    }

    /// Returns the cells that it reads.
    pub fn cells(&self) -> impl Iterator<Item = Cell<T>> + use<T> {
        let factors = self.factors.into_iter().flatten().filter_map(|factor| match factor {
            Factor::Cell(cell) => Some(cell),
            Factor::Padding => None,
        });
        factors.chain(self.decided_by.into_iter().flatten())
    }
}

/// How terms become the value of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Combine {
    /// Their sum.
    Sum,
    /// Their sum, divided.
    Mean {
        /// The number that the sum is divided by.
        divisor: usize,
    },
    /// The mean square of their distances from their mean.
    Variance,
    /// The first, less the second, over the root of the third and `epsilon` (batch normalisation: value, mean, variance).
    Normalise {
        /// What is added to the variance.
        epsilon: f32,
    },
    /// The largest of them; a NaN counts as larger than everything.
    Max,
    /// The position of the largest of them in its plane.
    ArgMax {
        /// Cells of a plane.
        plane: usize,
    },
    /// A function of the only one.
    Function(Activation),
    /// A share of their exponentials: `e^term[of] / Σ e^term` (softmax).
    Share {
        /// Position of the term whose share it is.
        of: usize,
    },
    /// Minus the logarithm of a share (cross-entropy).
    CrossEntropy {
        /// Position of the true class's term.
        of: usize,
    },
    /// Another loss of a row of scores.
    Loss {
        /// Which one.
        loss: Loss,
        /// Position of the true class's term.
        of: usize,
    },
    /// What an update rule makes of a weight, of what it remembers of the weight, and of the gradient, in this order, as far
    /// as [`UpdateStep::reads`] names them.
    Update(UpdateStep, Updated),
}

/// How one cell that an operation writes comes from cells that it reads.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms<T> {
    /// How the terms combine.
    pub combine: Combine,
    /// True if values below zero become zero at the end.
    pub rectified: bool,
    /// The terms, in the order of the definition.
    pub terms: Vec<Term<T>>,
}

impl<T: Copy> Terms<T> {
    /// Combines terms, without a rectifier.
    pub const fn new(combine: Combine, terms: Vec<Term<T>>) -> Self {
        Self { combine, rectified: false, terms }
    }

    /// A function of one cell.
    pub fn function(f: Activation, cell: Cell<T>) -> Self {
        Self::new(Combine::Function(f), vec![Term::scaled(1.0, cell)])
    }

    /// Sums the products that connections stand for, over the tensors that are read: of an output, inputs times weights
    /// and a bias; of a gradient, upstream gradients times what they met.
    pub fn products(connections: &[Connection], reads: &[(Operand, T)]) -> Self {
        Self::new(Combine::Sum, connections.iter().map(|connection| connection.term(reads)).collect())
    }

    /// Returns the value of the cell; `read` gives the values of cells that are read, in the precision that is wanted.
    pub fn value<N: Real>(&self, read: impl Fn(Cell<T>) -> N) -> N {
        let values = self.values(read);
        let value = match self.combine {
            Combine::Sum => sum(&values),
            Combine::Mean { divisor } => sum(&values) / N::from(divisor as f32),
            Combine::Variance => {
                let mean = sum(&values) / N::from(values.len() as f32);
                let squares: Vec<_> = values.iter().map(|&value| (value - mean) * (value - mean)).collect();
                sum(&squares) / N::from(values.len() as f32)
            }
            Combine::Normalise { epsilon } => {
                let [x, mean, variance] = [0, 1, 2].map(|i| values.get(i).copied().unwrap_or(N::from(0.0)));
                (x - mean) / (variance + N::from(epsilon)).square_root()
            }
            Combine::Max => largest(&values).map_or(N::from(f32::NEG_INFINITY), |at| values[at]),
            Combine::ArgMax { plane } => {
                let cell = largest(&values).and_then(|at| self.terms[at].cells().next());
                N::from(cell.map_or(0.0, |cell| (cell.index % plane) as f32))
            }
            Combine::Function(f) => f.forward(sum(&values)),
            Combine::Share { of } => {
                let (max, total) = exponentials(&values);
                (values[of] - max).exponential() / total
            }
            Combine::CrossEntropy { of } => {
                let (max, total) = exponentials(&values);
                total.logarithm() - (values[of] - max)
            }
            Combine::Loss { loss, of } => loss.of_row(&values, of),
            Combine::Update(step, written) => step.value(written, &values),
        };
        if self.rectified { Activation::Relu.forward(value) } else { value }
    }

    /// Returns the position of the term that a maximum takes; `None` where it is no maximum.
    pub fn chosen<N: Real>(&self, read: impl Fn(Cell<T>) -> N) -> Option<usize> {
        if self.combine == Combine::Max { largest(&self.values(read)) } else { None }
    }

    /// Returns the piece of its definition that the values lie on: the term that a maximum takes, the side of a kink.
    /// Where the piece stays the same, the cell's slopes do not jump.
    pub fn piece<N: Real>(&self, read: impl Fn(Cell<T>) -> N) -> [usize; 2] {
        let own = match self.combine {
            Combine::Max => self.chosen(&read).unwrap_or(0),
            Combine::Function(f) => f.piece(sum(&self.values(&read))),
            Combine::Loss { loss, of } => loss.piece(&self.values(&read), of),
            _ => 0,
        };
        [own, if self.rectified { Activation::Relu.piece(self.value(read)) } else { 0 }]
    }

    /// Returns the values of the terms.
    fn values<N: Real>(&self, read: impl Fn(Cell<T>) -> N) -> Vec<N> {
        self.terms.iter().map(|term| term.value(&read)).collect()
    }

    /// Returns the cells that it reads.
    pub fn cells(&self) -> impl Iterator<Item = Cell<T>> {
        self.terms.iter().flat_map(Term::cells)
    }
}

fn sum<N: Real>(values: &[N]) -> N {
    values.iter().fold(N::from(0.0), |sum, &value| sum + value)
}

/// Returns the position of the largest value: the first of equal ones; a NaN counts as larger than everything.
fn largest<N: Real>(values: &[N]) -> Option<usize> {
    let is_nan = |value: N| value.partial_cmp(&value).is_none();
    (0..values.len()).reduce(|best, at| if values[at] > values[best] || is_nan(values[at]) { at } else { best })
}

/// Returns the largest value, and the sum of the exponentials after it is taken away.
fn exponentials<N: Real>(values: &[N]) -> (N, N) {
    let max =
        values.iter().copied().fold(N::from(f32::NEG_INFINITY), |max, value| if value > max { value } else { max });
    (max, values.iter().fold(N::from(0.0), |total, &value| total + (value - max).exponential()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(combine: Combine, n: usize) -> Terms<()> {
        Terms::new(combine, (0..n).map(|index| Term::scaled(1.0, Cell { tensor: (), index })).collect())
    }

    #[test]
    fn in_double_precision_nothing_is_lost() {
        // The differences of these numbers are smaller than single precision can tell.
        let x: [f64; 3] = [1.25, 1.25 + 1e-9, 1.25 - 2e-9];
        let mean = (x[0] + x[1] + x[2]) / 3.0;
        let variance = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 3.0;
        let total: f64 = x.iter().map(|x| libm::exp(*x)).sum();
        let share = libm::exp(x[1]) / total;
        for (combine, want) in [
            (Combine::Sum, x[0] + x[1] + x[2]),
            (Combine::Mean { divisor: 4 }, (x[0] + x[1] + x[2]) / 4.0),
            (Combine::Variance, variance),
            (Combine::Normalise { epsilon: 0.5 }, (x[0] - x[1]) / libm::sqrt(x[2] + 0.5)),
            (Combine::Max, x[1]),
            (Combine::ArgMax { plane: 2 }, 1.0),
            (Combine::Share { of: 1 }, share),
            (Combine::CrossEntropy { of: 1 }, -libm::log(share)),
        ] {
            let got = of(combine, 3).value(|cell| x[cell.index]);
            assert!((got - want).abs() <= 1e-14 * want.abs(), "{combine:?}: {got:e}, not {want:e}");
        }
        let product = Connection::weighted(Some(0), 1, 0).term(&[(Operand::X, ()), (Operand::W, ())]);
        assert_eq!(product.value(|cell| x[cell.index]), x[0] * x[1]);
    }

    #[test]
    fn a_piece_changes_with_the_maximum_that_is_taken_and_the_side_of_a_kink() {
        let piece = |terms: &Terms<()>, x: [f32; 2]| terms.piece(|cell| x[cell.index]);
        let max = of(Combine::Max, 2);
        assert_eq!(piece(&max, [2.0, 1.0]), piece(&max, [9.0, 8.0]));
        assert_ne!(piece(&max, [2.0, 1.0]), piece(&max, [2.0, 2.5]));
        let rectifier = Terms::function(Activation::Relu, Cell { tensor: (), index: 0 });
        assert_eq!(piece(&rectifier, [-1.0, 0.0]), piece(&rectifier, [-0.5, 0.0]));
        assert_ne!(piece(&rectifier, [-1.0, 0.0]), piece(&rectifier, [0.5, 0.0]));
        let sum = of(Combine::Sum, 2);
        assert_eq!(piece(&sum, [-1.0, -1.0]), piece(&sum, [1.0, 1.0]));
        let rectified = Terms { rectified: true, ..sum };
        assert_eq!(piece(&rectified, [3.0, -1.0]), piece(&rectified, [1.0, 1.0]));
        assert_ne!(piece(&rectified, [-1.0, -1.0]), piece(&rectified, [1.0, 1.0]));
    }
}
