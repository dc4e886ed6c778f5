//! Max pooling: each window hands on its largest value, and the gradient goes back where it came from.

use crate::geom::{PoolGeom, PoolParams};
use core::array::from_fn;
use core::hint::select_unpredictable;
use wide::f32x4;

/// The largest value of each window, and where it was.
///
/// `x` is (n, c, h, w), `y` and `argmax` are (n, c, p, q). `argmax` counts within the plane: `row · w + column`.
/// The first of equal values wins; a NaN in the window wins over everything, so that it is not hidden.
///
/// ```
/// use receptive_core::{PoolGeom, PoolParams, Shape4, ops::{max_pool2d_backward, max_pool2d_forward}};
///
/// let geom = PoolGeom::new(Shape4::new(1, 1, 2, 4), PoolParams::square(2))?;
/// let (mut y, mut argmax) = ([0.0; 2], [0; 2]);
/// max_pool2d_forward(&mut y, &mut argmax, &[1.0, 2.0, 0.0, 0.0, 3.0, 6.0, 0.0, 1.0], &geom);
/// assert_eq!((y, argmax), ([6.0, 1.0], [5, 7]));
///
/// let mut grad_x = [0.0; 8];
/// max_pool2d_backward(&mut grad_x, &[0.5, -2.0], &argmax, &geom);
/// assert_eq!(grad_x, [0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0, -2.0]);
/// # Ok::<(), receptive_core::GeomError>(())
/// ```
pub fn max_pool2d_forward(y: &mut [f32], argmax: &mut [u32], x: &[f32], geom: &PoolGeom) {
    debug_assert!(y.len() == geom.y().len() && argmax.len() == y.len() && x.len() == geom.x().len());
    let (x_shape, y_shape) = (geom.x(), geom.y());
    let (x_plane, y_plane) = (x_shape.h * x_shape.w, y_shape.h * y_shape.w);
    let planes = y.chunks_exact_mut(y_plane).zip(argmax.chunks_exact_mut(y_plane)).zip(x.chunks_exact(x_plane));
    for ((y, argmax), x) in planes {
        let rows = y.chunks_exact_mut(y_shape.w).zip(argmax.chunks_exact_mut(y_shape.w));
        for (p, (y, argmax)) in rows.enumerate() {
            let rows = geom.rows(p);
            let n_done = if is_halving(geom) { halve_row(y, argmax, x, 2 * p * x_shape.w, x_shape.w) } else { 0 };
            for (q, (y, argmax)) in y.iter_mut().zip(argmax).enumerate().skip(n_done) {
                let columns = geom.columns(q);
                let mut best = rows.start * x_shape.w + columns.start;
                for row in rows.clone() {
                    for at in row * x_shape.w + columns.start..row * x_shape.w + columns.end {
                        // Which value is larger cannot be foreseen: a branch here takes three times as long.
                        best = select_unpredictable((x[at] > x[best]) | x[at].is_nan(), at, best);
                    }
                }
                (*argmax, *y) = (best as u32, x[best]);
            }
        }
    }
}

/// True if windows of 2×2 lie beside each other from the first cell on, all of them inside.
fn is_halving(geom: &PoolGeom) -> bool {
    geom.params() == PoolParams::square(2)
}

/// Does a row of 2×2 windows, whose first cell is `start`, four windows at a time. Returns how many it did: all, if there
/// are four.
fn halve_row(y: &mut [f32], argmax: &mut [u32], x: &[f32], start: usize, width: usize) -> usize {
    let Some(last) = y.len().checked_sub(4) else { return 0 };
    let (upper, lower) = x[start..start + 2 * width].split_at(width);
    // Where four do not divide the row, the last four windows begin among those before them.
    for first in (0..last).step_by(4).chain([last]) {
        let [upper, lower] = [upper, lower].map(|row| &row[2 * first..2 * first + 8]);
        let every_other =
            |row: &[f32], from: usize| f32x4::from([row[from], row[from + 2], row[from + 4], row[from + 6]]);
        // Places in the window as the bits of floats, so that one mask chooses value and place alike.
        let (mut best, mut place) = (every_other(upper, 0), f32x4::ZERO);
        for (row, from, at) in [(upper, 1, 1), (lower, 0, width), (lower, 1, width + 1)] {
            let value = every_other(row, from);
            let is_better = value.simd_gt(best) | value.simd_ne(value);
            best = is_better.select(value, best);
            place = is_better.select(f32x4::splat(f32::from_bits(at as u32)), place);
        }
        y[first..first + 4].copy_from_slice(best.as_array());
        let places = place.to_array().map(f32::to_bits);
        let at = (start + 2 * first) as u32;
        argmax[first..first + 4].copy_from_slice(&from_fn::<_, 4, _>(|i| at + 2 * i as u32 + places[i]));
    }
    y.len()
}

/// The gradient with respect to the input: each upstream gradient is added where its maximum stood, the rest is zero.
pub fn max_pool2d_backward(grad_x: &mut [f32], grad_y: &[f32], argmax: &[u32], geom: &PoolGeom) {
    scatter(grad_x, grad_y, argmax, geom, |_, grad| grad);
}

/// [`max_pool2d_backward`] and then that of the rectifier whose output was pooled to `y`, with the same result to the
/// bit, in one pass: where a maximum is zero, so was the gradient.
pub fn max_pool2d_backward_relu(grad_x: &mut [f32], grad_y: &[f32], argmax: &[u32], y: &[f32], geom: &PoolGeom) {
    debug_assert_eq!(y.len(), grad_y.len());
    scatter(grad_x, grad_y, argmax, geom, |at, grad| if y[at] > 0.0 { grad } else { 0.0 });
}

fn scatter(grad_x: &mut [f32], grad_y: &[f32], argmax: &[u32], geom: &PoolGeom, sent_back: impl Fn(usize, f32) -> f32) {
    debug_assert!(grad_x.len() == geom.x().len() && grad_y.len() == geom.y().len() && argmax.len() == grad_y.len());
    grad_x.fill(0.0);
    let (x_plane, y_plane) = (geom.x().h * geom.x().w, geom.y().h * geom.y().w);
    let planes = grad_x.chunks_exact_mut(x_plane).zip(grad_y.chunks_exact(y_plane)).zip(argmax.chunks_exact(y_plane));
    for (i, ((grad_x, grad_y), argmax)) in planes.enumerate() {
        for (j, (&at, &grad)) in argmax.iter().zip(grad_y).enumerate() {
            grad_x[at as usize] += sent_back(i * y_plane + j, grad);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geom::Shape4;

    fn pool<const N: usize>(x: &[f32], h: usize, w: usize, params: PoolParams) -> ([f32; N], [u32; N]) {
        let geom = PoolGeom::new(Shape4::new(1, 1, h, w), params).unwrap();
        let (mut y, mut argmax) = ([f32::NAN; N], [u32::MAX; N]);
        max_pool2d_forward(&mut y, &mut argmax, x, &geom);
        (y, argmax)
    }

    #[test]
    fn the_first_of_equal_values_wins() {
        assert_eq!(pool(&[2.0; 8], 2, 4, PoolParams::square(2)), ([2.0; 2], [0, 2]));
        assert_eq!(pool(&[0.0, 1.0, 1.0, 0.0], 2, 2, PoolParams::square(2)), ([1.0], [1]));
    }

    #[test]
    fn values_below_zero_beat_the_padding() {
        let params = PoolParams { window: [2, 3], stride: [2, 2], padding: [1, 1], ceil: false };
        let (y, argmax) = pool(&[-5.0, -4.0, -3.0, -9.0, f32::NEG_INFINITY, -7.0], 2, 3, params);
        assert_eq!((y, argmax), ([-4.0, -3.0, -9.0, -7.0], [1, 2, 3, 5]));
        assert_eq!(pool(&[f32::NEG_INFINITY; 4], 2, 2, PoolParams::square(2)), ([f32::NEG_INFINITY], [0]));
    }

    #[test]
    fn a_nan_is_never_hidden() {
        for at in 0..4 {
            let mut x = [1.0, 7.0, f32::INFINITY, 3.0];
            x[at] = f32::NAN;
            let (y, argmax) = pool::<1>(&x, 2, 2, PoolParams::square(2));
            assert!(y[0].is_nan() && argmax == [at as u32]);
        }
    }

    #[test]
    fn a_cell_that_wins_twice_sums_both_gradients() {
        let params = PoolParams { window: [1, 2], stride: [1, 1], padding: [0, 0], ceil: false };
        let geom = PoolGeom::new(Shape4::new(1, 1, 1, 3), params).unwrap();
        let mut grad_x = [f32::NAN; 3];
        max_pool2d_backward(&mut grad_x, &[0.25, 0.5], &[1, 1], &geom);
        assert_eq!(grad_x, [0.0, 0.75, 0.0]);
    }
}
