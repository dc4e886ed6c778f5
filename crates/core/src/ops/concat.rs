//! Concatenation: the channels of several tensors, one tensor's after the other's.

use crate::terms::{Connection, Operand};
use alloc::vec;
use alloc::vec::Vec;

/// The place of one part among the channels of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConcatGeom {
    /// Images.
    pub n: usize,
    /// Values of an image before the part.
    pub offset: usize,
    /// Values of an image in the part.
    pub part: usize,
    /// Values of an image in all parts.
    pub whole: usize,
}

impl ConcatGeom {
    /// Returns the index in the whole of a cell of the part.
    pub const fn whole_index(&self, index: usize) -> usize {
        index / self.part * self.whole + self.offset + index % self.part
    }
}

/// Returns the connections of one cell of a part (X) or of the whole (Y); none for a cell of another part.
pub fn concat_connections(operand: Operand, index: usize, geom: &ConcatGeom) -> Vec<Connection> {
    match operand {
        Operand::X => vec![Connection::plain(index, geom.whole_index(index))],
        Operand::Y => {
            let (image, at) = (index / geom.whole, index % geom.whole);
            let within = at.checked_sub(geom.offset).filter(|at| *at < geom.part);
            within.map(|at| Connection::plain(image * geom.part + at, index)).into_iter().collect()
        }
        Operand::W | Operand::B => vec![],
    }
}

/// Writes a part to its place in the whole: `y` is (n, whole), `x` is (n, part).
///
/// ```
/// use receptive_core::ops::{ConcatGeom, concat_backward, concat_forward};
///
/// let geom = ConcatGeom { n: 2, offset: 1, part: 2, whole: 3 };
/// let (mut y, mut grad_x) = ([0.0; 6], [0.0; 4]);
/// concat_forward(&mut y, &[1.0, 2.0, 3.0, 4.0], &geom);
/// assert_eq!(y, [0.0, 1.0, 2.0, 0.0, 3.0, 4.0]);
/// concat_backward(&mut grad_x, &[9.0, 1.0, 2.0, 9.0, 3.0, 4.0], &geom);
/// assert_eq!(grad_x, [1.0, 2.0, 3.0, 4.0]);
/// ```
pub fn concat_forward(y: &mut [f32], x: &[f32], geom: &ConcatGeom) {
    debug_assert!(y.len() == geom.n * geom.whole && x.len() == geom.n * geom.part);
    for (y, x) in y.chunks_exact_mut(geom.whole).zip(x.chunks_exact(geom.part)) {
        y[geom.offset..geom.offset + geom.part].copy_from_slice(x);
    }
}

/// The gradient with respect to a part: its cells of `grad_y` (n, whole).
pub fn concat_backward(grad_x: &mut [f32], grad_y: &[f32], geom: &ConcatGeom) {
    debug_assert!(grad_y.len() == geom.n * geom.whole && grad_x.len() == geom.n * geom.part);
    for (grad_x, grad_y) in grad_x.chunks_exact_mut(geom.part).zip(grad_y.chunks_exact(geom.whole)) {
        grad_x.copy_from_slice(&grad_y[geom.offset..geom.offset + geom.part]);
    }
}
