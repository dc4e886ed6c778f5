//! A border around every plane, cell by cell from what its name means.

use receptive_core::ops::{Border, PadGeom};

/// For each place along an axis with its border: the cell of the input that stands there, looked for among all.
fn sources(n: usize, before: usize, n_places: usize, border: Border) -> Vec<Option<usize>> {
    let last = n as isize - 1;
    let source = |place: isize| {
        let mut cells = 0..n as isize;
        match border {
            _ if cells.contains(&place) => Some(place),
            Border::Zeros => None,
            Border::Replicate => cells.min_by_key(|cell| (cell - place).abs()),
            // As far inside of the first or the last cell as the place is outside.
            Border::Reflect => cells.find(|cell| *cell == -place || last - cell == place - last),
        }
    };
    (0..n_places).map(|at| source(at as isize - before as isize).map(|cell| cell as usize)).collect()
}

/// Calls `copy(y index, x index)` for every output that is a copy of an input.
fn for_each_copy(geom: &PadGeom, mut copy: impl FnMut(usize, usize)) {
    let (x, y, params) = (geom.x(), geom.y(), geom.params());
    let rows = sources(x.h, params.before[0], y.h, params.border);
    let columns = sources(x.w, params.before[1], y.w, params.border);
    for n in 0..y.n {
        for c in 0..y.c {
            for (p, row) in rows.iter().enumerate() {
                for (q, column) in columns.iter().enumerate() {
                    if let (Some(row), Some(column)) = (row, column) {
                        copy(y.index(n, c, p, q), x.index(n, c, *row, *column));
                    }
                }
            }
        }
    }
}

pub(super) fn forward(x: &[f64], geom: &PadGeom) -> Vec<f64> {
    let mut y = vec![0.0; geom.y().len()];
    for_each_copy(geom, |yi, xi| y[yi] = x[xi]);
    y
}

pub(super) fn backward(grad_y: &[f64], geom: &PadGeom) -> Vec<f64> {
    let mut grad_x = vec![0.0; geom.x().len()];
    for_each_copy(geom, |yi, xi| grad_x[xi] += grad_y[yi]);
    grad_x
}
