//! The connections of an instruction that sums products or picks among cells.

use crate::layer::Geometry;
use crate::program::{BufferId, ParamId, Tensor};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::Real;
use receptive_core::terms::{Cell, Connection, Operand, Term, Terms, cells_of};

/// The connections of a layer, and the role in them of the tensors of one of its instructions.
pub(crate) struct Wiring<'a> {
    pub(crate) connections: Box<dyn Fn(Operand, usize) -> Vec<Connection> + 'a>,
    pub(crate) written: Operand,
    pub(crate) reads: Vec<(Operand, Tensor)>,
}

impl<'a> Wiring<'a> {
    fn of(layer: &'a dyn Geometry, written: Operand, reads: Vec<(Operand, Tensor)>) -> Self {
        Self { connections: Box::new(|operand, index| layer.connections(operand, index)), written, reads }
    }

    /// Outputs of a layer with weights and biases.
    pub(crate) fn forward(layer: &'a dyn Geometry, x: BufferId, w: ParamId, b: ParamId) -> Self {
        let reads = [Tensor::Buffer(x), Tensor::Param(w), Tensor::Param(b)];
        Self::of(layer, Operand::Y, [Operand::X, Operand::W, Operand::B].into_iter().zip(reads).collect())
    }

    /// The gradient with respect to its input.
    pub(crate) fn grad_x(layer: &'a dyn Geometry, w: ParamId, grad_y: BufferId) -> Self {
        Self::of(layer, Operand::X, vec![(Operand::W, Tensor::Param(w)), (Operand::Y, Tensor::Buffer(grad_y))])
    }

    /// The gradient with respect to its weights.
    pub(crate) fn grad_w(layer: &'a dyn Geometry, x: BufferId, grad_y: BufferId) -> Self {
        Self::of(layer, Operand::W, vec![(Operand::X, Tensor::Buffer(x)), (Operand::Y, Tensor::Buffer(grad_y))])
    }

    /// The gradient with respect to its biases.
    pub(crate) fn grad_b(layer: &'a dyn Geometry, grad_y: BufferId) -> Self {
        Self::of(layer, Operand::B, vec![(Operand::Y, Tensor::Buffer(grad_y))])
    }

    pub(crate) fn products(&self, index: usize) -> Terms<Tensor> {
        Terms::products(&(self.connections)(self.written, index), &self.reads)
    }

    /// The value of a cell that is the sum of the products, from the values of the tensors that are read.
    pub(crate) fn sum<N: Real>(&self, index: usize, reads: &[(Operand, &[N])]) -> N {
        let connections = (self.connections)(self.written, index);
        let product = |connection: &Connection| connection.term(reads).value(|cell| cell.tensor[cell.index]);
        connections.iter().fold(N::from(0.0), |sum, connection| sum + product(connection))
    }

    /// The products that read a cell, each with the written cell that it is added to; nothing when it is not read.
    pub(crate) fn products_of(
        &self,
        Cell { tensor, index }: Cell<Tensor>,
    ) -> impl Iterator<Item = (usize, Term<Tensor>)> {
        let role = self.reads.iter().find(|(_, read)| *read == tensor);
        let connections = role.map_or_else(Vec::new, |(operand, _)| (self.connections)(*operand, index));
        let product = |connection: Connection| Some((connection.cell(self.written)?, connection.term(&self.reads)));
        connections.into_iter().filter_map(product)
    }

    /// The written cells that a cell goes into; nothing when it is not read.
    pub(crate) fn readers(&self, Cell { tensor, index }: Cell<Tensor>) -> Vec<usize> {
        let role = self.reads.iter().find(|(_, read)| *read == tensor);
        role.map_or_else(Vec::new, |(operand, _)| cells_of(&(self.connections)(*operand, index), self.written))
    }
}

#[cfg(test)]
mod tests {
    use crate::program::instr::Operation;
    use crate::program::{StepValues, Tensor};
    use crate::{Draw, Optimiser, Program, Purpose, Spec};
    use alloc::vec::Vec;
    use receptive_core::terms::{Cell, Combine};

    #[test]
    fn a_sum_has_the_terms_of_its_wiring_and_nothing_becomes_of_it() {
        let spec = Spec::read("8x7x2:c4x3p1,r,c4x3g2s2,n,r,a2,f,d6,r,d4").unwrap();
        let values = StepValues {
            value: &|_| 1.0,
            labels: &[0; 2],
            n_classes: 4,
            learning_rate: 0.0,
            gradient_scale: 1.0,
            n_steps: 0,
            draw: Draw::default(),
        };
        let mut n_sums = 0;
        // Training puts layers and rectifiers together, looking does not.
        for purpose in [Purpose::Training(Optimiser::SGD), Purpose::Layers] {
            let program = Program::compile(&spec, 2, purpose).unwrap();
            for instr in program.forward() {
                let Some(sum) = instr.operation().sum() else { continue };
                n_sums += 1;
                for written in instr.written() {
                    let terms = instr.terms(Cell { tensor: written, index: 1 }, &values).unwrap();
                    assert_eq!((terms.combine, terms.rectified), (Combine::Sum, false), "{instr:?}");
                    assert_eq!(terms, sum.products(1));
                    let read = |Cell { tensor, index }: Cell<Tensor>| {
                        let at = sum.reads.iter().position(|(_, read)| *read == tensor).unwrap();
                        [0.5, -0.25, 3.0][at] + index as f32
                    };
                    let rows: [_; 3] = [0, 1, 2].map(|at: usize| -> Vec<f32> {
                        (0..500).map(|index| [0.5, -0.25, 3.0][at] + index as f32).collect()
                    });
                    let reads = sum.reads.iter().zip(&rows).map(|((operand, _), row)| (*operand, row.as_slice()));
                    let reads: Vec<_> = reads.collect();
                    assert_eq!(sum.sum(1, &reads), terms.value(read));
                }
            }
        }
        assert_eq!(n_sums, 2 + 5, "two without a rectifier behind them, and all");
    }
}
