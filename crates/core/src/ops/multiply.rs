//! Products of two tensors, cell by cell; an axis of one is repeated along the other's.

use crate::geom::Shape4;
use crate::terms::{Connection, Operand};
use alloc::vec;
use alloc::vec::Vec;

/// Two tensors whose axes are the same or 1, for as many images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MultiplyGeom {
    a: Shape4,
    b: Shape4,
    y: Shape4,
}

impl MultiplyGeom {
    /// Fits two tensors to each other. `None` when an axis differs and neither is 1.
    pub fn new(a: Shape4, b: Shape4) -> Option<Self> {
        let axis = |a: usize, b: usize| (a == b || a == 1 || b == 1).then_some(if a == 1 { b } else { a });
        let y = Shape4::new(a.n, axis(a.c, b.c)?, axis(a.h, b.h)?, axis(a.w, b.w)?);
        (a.n == b.n && !y.is_empty()).then_some(Self { a, b, y })
    }

    /// Shape of the first tensor.
    pub const fn a(&self) -> Shape4 {
        self.a
    }

    /// Shape of the second tensor.
    pub const fn b(&self) -> Shape4 {
        self.b
    }

    /// Shape of the product.
    pub const fn y(&self) -> Shape4 {
        self.y
    }

    /// The same with the tensors' roles exchanged.
    #[must_use]
    pub const fn swapped(&self) -> Self {
        Self { a: self.b, b: self.a, y: self.y }
    }
}

/// The cell of a tensor of this shape that a cell of the product reads.
fn source(shape: Shape4, [n, c, h, w]: [usize; 4]) -> usize {
    shape.index(n, c.min(shape.c - 1), h.min(shape.h - 1), w.min(shape.w - 1))
}

/// Returns the connections of one cell: of the product (Y), the two cells that it is the product of; of the first
/// tensor (X) or the second (W), all products that it is in.
pub fn multiply_connections(operand: Operand, index: usize, geom: &MultiplyGeom) -> Vec<Connection> {
    let connection = |y: usize| {
        let place = geom.y.place(y);
        Connection::weighted(Some(source(geom.a, place)), source(geom.b, place), y)
    };
    let shape = match operand {
        Operand::Y => return vec![connection(index)],
        Operand::X => geom.a,
        Operand::W => geom.b,
        Operand::B => return vec![],
    };
    let mut connections = Vec::new();
    for_each_product(shape, geom.y, index, |y| connections.push(connection(y)));
    connections
}

/// Calls `f` with every cell of the product that reads a cell of a tensor of this shape.
fn for_each_product(shape: Shape4, y: Shape4, index: usize, mut f: impl FnMut(usize)) {
    let [n, c, h, w] = shape.place(index);
    let axis = |at: usize, own: usize, all: usize| if own == all { at..at + 1 } else { 0..all };
    for c in axis(c, shape.c, y.c) {
        for h in axis(h, shape.h, y.h) {
            for w in axis(w, shape.w, y.w) {
                f(y.index(n, c, h, w));
            }
        }
    }
}

/// `y = a · b`, cell by cell.
///
/// ```
/// use receptive_core::{Shape4, ops::{MultiplyGeom, multiply_backward, multiply_forward}};
///
/// let geom = MultiplyGeom::new(Shape4::new(1, 2, 1, 2), Shape4::new(1, 2, 1, 1)).unwrap();
/// let (a, b, mut y) = ([1.0, 2.0, 3.0, 4.0], [10.0, -1.0], [0.0; 4]);
/// multiply_forward(&mut y, &a, &b, &geom);
/// assert_eq!(y, [10.0, 20.0, -3.0, -4.0]);
///
/// let mut grad_b = [0.0; 2];
/// multiply_backward(&mut grad_b, &[1.0; 4], &a, &geom.swapped());
/// assert_eq!(grad_b, [3.0, 7.0]);
/// ```
pub fn multiply_forward(y: &mut [f32], a: &[f32], b: &[f32], geom: &MultiplyGeom) {
    debug_assert!(y.len() == geom.y.len() && a.len() == geom.a.len() && b.len() == geom.b.len());
    for (at, y) in y.iter_mut().enumerate() {
        let place = geom.y.place(at);
        *y = a[source(geom.a, place)] * b[source(geom.b, place)];
    }
}

/// The gradient with respect to the first tensor: each cell adds up the upstream gradients of the products that it is
/// in, each times the cell of `other`, the second tensor, that it met there.
pub fn multiply_backward(grad_a: &mut [f32], grad_y: &[f32], other: &[f32], geom: &MultiplyGeom) {
    debug_assert!(grad_a.len() == geom.a.len() && grad_y.len() == geom.y.len() && other.len() == geom.b.len());
    for (at, grad_a) in grad_a.iter_mut().enumerate() {
        let mut sum = 0.0;
        for_each_product(geom.a, geom.y, at, |y| sum += grad_y[y] * other[source(geom.b, geom.y.place(y))]);
        *grad_a = sum;
    }
}
