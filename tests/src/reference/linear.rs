//! A fully connected layer as the sum it is defined by.

use receptive_core::ops::LinearGeom;

pub(super) fn forward(x: &[f64], w: &[f64], b: &[f64], geom: &LinearGeom) -> Vec<f64> {
    let mut y = vec![0.0; geom.n * geom.outputs];
    for n in 0..geom.n {
        for o in 0..geom.outputs {
            y[n * geom.outputs + o] = b[o];
            for i in 0..geom.inputs {
                y[n * geom.outputs + o] += x[n * geom.inputs + i] * w[o * geom.inputs + i];
            }
        }
    }
    y
}

pub(super) fn backward(x: &[f64], w: &[f64], grad_y: &[f64], geom: &LinearGeom) -> [Vec<f64>; 3] {
    let (mut grad_x, mut grad_w, mut grad_b) = (vec![0.0; x.len()], vec![0.0; w.len()], vec![0.0; geom.outputs]);
    for n in 0..geom.n {
        for o in 0..geom.outputs {
            let g = grad_y[n * geom.outputs + o];
            grad_b[o] += g;
            for i in 0..geom.inputs {
                grad_x[n * geom.inputs + i] += g * w[o * geom.inputs + i];
                grad_w[o * geom.inputs + i] += g * x[n * geom.inputs + i];
            }
        }
    }
    [grad_x, grad_w, grad_b]
}
