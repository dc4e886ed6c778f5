//! The connections of an instruction that sums products or picks among cells.

use crate::layer::Geometry;
use crate::program::{BufferId, ParamId, Tensor};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::terms::{Cell, Connection, Operand, Terms, cells_of};

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

    /// The written cells that a cell goes into; nothing when it is not read.
    pub(crate) fn readers(&self, Cell { tensor, index }: Cell<Tensor>) -> Vec<usize> {
        let role = self.reads.iter().find(|(_, read)| *read == tensor);
        role.map_or_else(Vec::new, |(operand, _)| cells_of(&(self.connections)(*operand, index), self.written))
    }
}
