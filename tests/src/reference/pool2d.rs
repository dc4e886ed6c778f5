//! Maximum, mean and sum over windows.

use receptive_core::PoolGeom;

/// The cells of one window: (row, column) inside the input. Padding is left out.
fn window(geom: &PoolGeom, p: usize, q: usize) -> Vec<(usize, usize)> {
    let (x, params) = (geom.x(), geom.params());
    let mut cells = Vec::new();
    for r in 0..params.window[0] {
        for s in 0..params.window[1] {
            let row = (p * params.stride[0] + r).wrapping_sub(params.padding[0]);
            let column = (q * params.stride[1] + s).wrapping_sub(params.padding[1]);
            if row < x.h && column < x.w {
                cells.push((row, column));
            }
        }
    }
    cells
}

/// Cells of one window that lie inside the input or its padding, but not beyond: what a mean divides by.
fn n_counted(geom: &PoolGeom, p: usize, q: usize) -> usize {
    let (x, params) = (geom.x(), geom.params());
    let rows = (0..params.window[0]).filter(|r| p * params.stride[0] + r < x.h + 2 * params.padding[0]).count();
    let columns = (0..params.window[1]).filter(|s| q * params.stride[1] + s < x.w + 2 * params.padding[1]).count();
    rows * columns
}

/// Calls `at(n, c, p, q)` for every output.
fn for_each_output(geom: &PoolGeom, mut at: impl FnMut(usize, usize, usize, usize)) {
    let y = geom.y();
    for n in 0..y.n {
        for c in 0..y.c {
            for p in 0..y.h {
                for q in 0..y.w {
                    at(n, c, p, q);
                }
            }
        }
    }
}

/// The maxima, and where in its plane each was found first.
pub(super) fn max_forward(x: &[f64], geom: &PoolGeom) -> (Vec<f64>, Vec<usize>) {
    let (mut y, mut argmax) = (Vec::new(), Vec::new());
    for_each_output(geom, |n, c, p, q| {
        let (mut best, mut best_at) = (f64::NEG_INFINITY, usize::MAX);
        for (row, column) in window(geom, p, q) {
            let value = x[geom.x().index(n, c, row, column)];
            if value > best {
                (best, best_at) = (value, row * geom.x().w + column);
            }
        }
        y.push(best);
        argmax.push(best_at);
    });
    (y, argmax)
}

pub(super) fn max_backward(grad_y: &[f64], argmax: &[usize], geom: &PoolGeom) -> Vec<f64> {
    let mut grad_x = vec![0.0; geom.x().len()];
    for_each_output(geom, |n, c, p, q| {
        let yi = geom.y().index(n, c, p, q);
        grad_x[geom.x().index(n, c, 0, 0) + argmax[yi]] += grad_y[yi];
    });
    grad_x
}

pub(super) fn avg_forward(x: &[f64], geom: &PoolGeom) -> Vec<f64> {
    let mut y = Vec::new();
    for_each_output(geom, |n, c, p, q| {
        let sum: f64 = window(geom, p, q).iter().map(|&(row, column)| x[geom.x().index(n, c, row, column)]).sum();
        y.push(sum / n_counted(geom, p, q) as f64);
    });
    y
}

pub(super) fn avg_backward(grad_y: &[f64], geom: &PoolGeom) -> Vec<f64> {
    let mut grad_x = vec![0.0; geom.x().len()];
    for_each_output(geom, |n, c, p, q| {
        let share = grad_y[geom.y().index(n, c, p, q)] / n_counted(geom, p, q) as f64;
        for (row, column) in window(geom, p, q) {
            grad_x[geom.x().index(n, c, row, column)] += share;
        }
    });
    grad_x
}

pub(super) fn sum_forward(x: &[f64], geom: &PoolGeom) -> Vec<f64> {
    let mut y = Vec::new();
    for_each_output(geom, |n, c, p, q| {
        y.push(window(geom, p, q).iter().map(|&(row, column)| x[geom.x().index(n, c, row, column)]).sum());
    });
    y
}

pub(super) fn sum_backward(grad_y: &[f64], geom: &PoolGeom) -> Vec<f64> {
    let mut grad_x = vec![0.0; geom.x().len()];
    for_each_output(geom, |n, c, p, q| {
        for (row, column) in window(geom, p, q) {
            grad_x[geom.x().index(n, c, row, column)] += grad_y[geom.y().index(n, c, p, q)];
        }
    });
    grad_x
}
