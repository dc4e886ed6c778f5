//! The connections of a pooling, and the terms of its two kinds.

use crate::geom::PoolGeom;
use crate::terms::{Cell, Combine, Connection, Operand, Term, Terms};
use alloc::vec::Vec;

/// Returns the connections of one cell: of an output, the cells of its window, row by row; of an input, all windows
/// that it lies in.
pub fn pool2d_connections(operand: Operand, index: usize, geom: &PoolGeom) -> Vec<Connection> {
    let (x, y) = (geom.x(), geom.y());
    match operand {
        Operand::Y => {
            let [n, c, p, q] = y.place(index);
            let cells = geom.rows(p).flat_map(|row| geom.columns(q).map(move |column| (row, column)));
            cells.map(|(row, column)| Connection::plain(x.index(n, c, row, column), index)).collect()
        }
        Operand::X => {
            let [n, c, row, column] = x.place(index);
            let rows = (0..y.h).filter(|&p| geom.rows(p).contains(&row));
            let columns = || (0..y.w).filter(|&q| geom.columns(q).contains(&column));
            rows.flat_map(|p| columns().map(move |q| Connection::plain(index, y.index(n, c, p, q)))).collect()
        }
        Operand::W | Operand::B => Vec::new(),
    }
}

/// Returns the terms of an output cell of a max pooling: the cells of its window.
pub fn max_pool2d_terms<T: Copy>(y: usize, x: T, geom: &PoolGeom) -> Terms<T> {
    Terms { combine: Combine::Max, ..Terms::products(&pool2d_connections(Operand::Y, y, geom), &[(Operand::X, x)]) }
}

/// Returns the terms of a position that a max pooling remembers: the cells of its window.
pub fn max_pool2d_argmax_terms<T: Copy>(y: usize, x: T, geom: &PoolGeom) -> Terms<T> {
    let plane = geom.x().h * geom.x().w;
    Terms { combine: Combine::ArgMax { plane }, ..max_pool2d_terms(y, x, geom) }
}

/// Returns the terms of a cell of a max pooling's `grad_x`: the upstream gradients of the windows that it lies in, each
/// times 1 where the window's maximum stood there, else times 0. `position` gives a window's maximum as
/// [`max_pool2d_forward`](super::max_pool2d_forward) does.
pub fn max_pool2d_grad_x_terms<T: Copy>(
    x: usize,
    [grad_y, argmax]: [T; 2],
    position: impl Fn(usize) -> usize,
    geom: &PoolGeom,
) -> Terms<T> {
    let in_plane = x % (geom.x().h * geom.x().w);
    let term = |connection: Connection| {
        let cell = |tensor| Cell { tensor, index: connection.y };
        let is_maximum = position(connection.y) == in_plane;
        Term::scaled(f32::from(is_maximum), cell(grad_y)).decided_by(cell(argmax))
    };
    Terms::new(Combine::Sum, pool2d_connections(Operand::X, x, geom).into_iter().map(term).collect())
}

/// Returns the terms of an output cell of an average pooling: the cells of its window.
pub fn avg_pool2d_terms<T: Copy>(y: usize, x: T, geom: &PoolGeom) -> Terms<T> {
    let combine = Combine::Mean { divisor: divisor(y, geom) };
    Terms { combine, ..Terms::products(&pool2d_connections(Operand::Y, y, geom), &[(Operand::X, x)]) }
}

/// Returns the terms of a cell of an average pooling's `grad_x`: an equal share of the upstream gradient of every window
/// that it lies in.
pub fn avg_pool2d_grad_x_terms<T: Copy>(x: usize, grad_y: T, geom: &PoolGeom) -> Terms<T> {
    let term = |connection: Connection| {
        let share = 1.0 / divisor(connection.y, geom) as f32;
        Term::scaled(share, Cell { tensor: grad_y, index: connection.y })
    };
    Terms::new(Combine::Sum, pool2d_connections(Operand::X, x, geom).into_iter().map(term).collect())
}

/// The number that the average at an output cell divides by.
fn divisor(y: usize, geom: &PoolGeom) -> usize {
    let [_, _, p, q] = geom.y().place(y);
    geom.divisor(p, q)
}
