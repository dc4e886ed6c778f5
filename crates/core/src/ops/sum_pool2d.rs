//! Sum pooling: each window hands on its sum.

use crate::geom::PoolGeom;

/// The sum of each window.
///
/// `x` is (n, c, h, w), `y` is (n, c, p, q). Padding counts as zeros.
///
/// ```
/// use receptive_core::{PoolGeom, PoolParams, Shape4, ops::{sum_pool2d_backward, sum_pool2d_forward}};
///
/// let geom = PoolGeom::new(Shape4::new(1, 1, 2, 4), PoolParams::square(2))?;
/// let mut y = [0.0; 2];
/// sum_pool2d_forward(&mut y, &[1.0, 2.0, 0.0, 0.0, 3.0, 6.0, 0.0, 1.0], &geom);
/// assert_eq!(y, [12.0, 1.0]);
///
/// let mut grad_x = [0.0; 8];
/// sum_pool2d_backward(&mut grad_x, &[4.0, -8.0], &geom);
/// assert_eq!(grad_x, [4.0, 4.0, -8.0, -8.0, 4.0, 4.0, -8.0, -8.0]);
/// # Ok::<(), receptive_core::GeomError>(())
/// ```
pub fn sum_pool2d_forward(y: &mut [f32], x: &[f32], geom: &PoolGeom) {
    debug_assert!(y.len() == geom.y().len() && x.len() == geom.x().len());
    let (x_shape, y_shape) = (geom.x(), geom.y());
    let planes = y.chunks_exact_mut(y_shape.h * y_shape.w).zip(x.chunks_exact(x_shape.h * x_shape.w));
    for (y, x) in planes {
        for (p, y) in y.chunks_exact_mut(y_shape.w).enumerate() {
            for (q, y) in y.iter_mut().enumerate() {
                *y = geom.rows(p).flat_map(|row| &x[row * x_shape.w..][geom.columns(q)]).sum();
            }
        }
    }
}

/// The gradient with respect to the input: each cell gathers those of the windows that it lies in.
pub fn sum_pool2d_backward(grad_x: &mut [f32], grad_y: &[f32], geom: &PoolGeom) {
    debug_assert!(grad_x.len() == geom.x().len() && grad_y.len() == geom.y().len());
    let (x_shape, y_shape) = (geom.x(), geom.y());
    grad_x.fill(0.0);
    let planes = grad_x.chunks_exact_mut(x_shape.h * x_shape.w).zip(grad_y.chunks_exact(y_shape.h * y_shape.w));
    for (grad_x, grad_y) in planes {
        for (p, grad_y) in grad_y.chunks_exact(y_shape.w).enumerate() {
            for (q, grad) in grad_y.iter().enumerate() {
                for row in geom.rows(p) {
                    grad_x[row * x_shape.w..][geom.columns(q)].iter_mut().for_each(|grad_x| *grad_x += grad);
                }
            }
        }
    }
}
