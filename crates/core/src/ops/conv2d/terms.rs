//! The connections of a convolution: where a weight meets an input cell, and the output that their product goes to.

use crate::geom::ConvGeom;
use crate::terms::{Connection, Operand};
use alloc::vec::Vec;

/// Returns the connections of one cell of a convolution's tensor: of an output, its bias and then its products in
/// kernel order; of an input, a weight or a bias, all outputs that read it.
///
/// ```
/// use receptive_core::{ConvGeom, ConvParams, Shape4, ops::conv2d_connections, terms::{Connection, Operand}};
///
/// let geom = ConvGeom::new(Shape4::new(1, 1, 1, 2), Shape4::new(1, 1, 1, 3), ConvParams { padding: [0, 1], ..ConvParams::default() })?;
/// let first = conv2d_connections(Operand::Y, 0, &geom);
/// assert_eq!(first[0], Connection::bias(0, 0));
/// assert_eq!(first[1], Connection::weighted(None, 0, 0)); // the first weight lies on the padding
/// assert_eq!(first[2], Connection::weighted(Some(0), 1, 0));
/// let read_by: Vec<_> = conv2d_connections(Operand::X, 0, &geom).iter().map(|c| c.y).collect();
/// assert_eq!(read_by, [1, 0]); // through the first weight by the second output
/// # Ok::<(), receptive_core::GeomError>(())
/// ```
pub fn conv2d_connections(operand: Operand, index: usize, geom: &ConvGeom) -> Vec<Connection> {
    match operand {
        Operand::Y => of_output(index, geom),
        Operand::X => of_input(index, geom),
        Operand::W => of_weight(index, geom),
        Operand::B => positions(geom, index).map(|(_, y, _)| Connection::bias(index, y)).collect(),
    }
}

/// Every output of kernel `k`: its image, its index, and its row and column.
fn positions(geom: &ConvGeom, k: usize) -> impl Iterator<Item = (usize, usize, [usize; 2])> {
    let shape = geom.y();
    let cells = move |n: usize| (0..shape.h).flat_map(move |p| (0..shape.w).map(move |q| (n, p, q)));
    (0..shape.n).flat_map(cells).map(move |(n, p, q)| (n, shape.index(n, k, p, q), [p, q]))
}

/// The first input channel that kernel `k` reads.
const fn first_channel(geom: &ConvGeom, k: usize) -> usize {
    let w = geom.w();
    k / (w.n / geom.params().groups) * w.c
}

/// The input cell of image `n` that a weight meets at an output position; nothing in the padding.
fn met(geom: &ConvGeom, n: usize, channel: usize, [p, q]: [usize; 2], [r, s]: [usize; 2]) -> Option<usize> {
    let (row, column) = (geom.input_row(p, r)?, geom.input_column(q, s)?);
    Some(geom.x().index(n, channel, row, column))
}

fn of_output(y: usize, geom: &ConvGeom) -> Vec<Connection> {
    let [n, k, p, q] = geom.y().place(y);
    let w = geom.w();
    let mut connections = Vec::with_capacity(1 + w.image_len());
    connections.push(Connection::bias(k, y));
    for c in 0..w.c {
        let channel = first_channel(geom, k) + c;
        for r in 0..w.h {
            let taps = (0..w.w).map(|s| (met(geom, n, channel, [p, q], [r, s]), w.index(k, c, r, s)));
            connections.extend(taps.map(|(x, w)| Connection::weighted(x, w, y)));
        }
    }
    connections
}

fn of_input(x: usize, geom: &ConvGeom) -> Vec<Connection> {
    let [n, channel, row, column] = geom.x().place(x);
    let (w, params) = (geom.w(), geom.params());
    let kernels = w.n / params.groups;
    let (group, c) = (channel / w.c, channel % w.c);
    // The output position at which a tap lies on a row or column, if there is one.
    let position = |i: usize, at: usize, tap: usize, n: usize| {
        let start = (at + params.padding[i]).checked_sub(tap * params.dilation[i])?;
        (start % params.stride[i] == 0 && start / params.stride[i] < n).then_some(start / params.stride[i])
    };
    let taps = || (0..w.h).flat_map(|r| (0..w.w).map(move |s| [r, s]));
    let outputs: Vec<_> = taps()
        .filter_map(|[r, s]| Some(([r, s], position(0, row, r, geom.y().h)?, position(1, column, s, geom.y().w)?)))
        .collect();
    let of_kernel = |k: usize| {
        let outputs = outputs.iter();
        outputs
            .map(move |&([r, s], p, q)| Connection::weighted(Some(x), w.index(k, c, r, s), geom.y().index(n, k, p, q)))
    };
    (group * kernels..(group + 1) * kernels).flat_map(of_kernel).collect()
}

fn of_weight(weight: usize, geom: &ConvGeom) -> Vec<Connection> {
    let [k, c, r, s] = geom.w().place(weight);
    let channel = first_channel(geom, k) + c;
    let product = |(n, y, at)| Connection::weighted(met(geom, n, channel, at, [r, s]), weight, y);
    positions(geom, k).map(product).collect()
}
