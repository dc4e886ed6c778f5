//! Convolution as the sum it is defined by.

use receptive_core::ConvGeom;

/// Calls `term(y index, x index, w index)` for every product that does not meet padding.
fn for_each_term(geom: &ConvGeom, mut term: impl FnMut(usize, usize, usize)) {
    let (x, w, y, params) = (geom.x(), geom.w(), geom.y(), geom.params());
    let kernels_per_group = w.n / params.groups;
    for n in 0..x.n {
        for k in 0..w.n {
            for p in 0..y.h {
                for q in 0..y.w {
                    for c in 0..w.c {
                        for r in 0..w.h {
                            for s in 0..w.w {
                                let row =
                                    (p * params.stride[0] + r * params.dilation[0]).wrapping_sub(params.padding[0]);
                                let column =
                                    (q * params.stride[1] + s * params.dilation[1]).wrapping_sub(params.padding[1]);
                                if row < x.h && column < x.w {
                                    let channel = k / kernels_per_group * w.c + c;
                                    term(y.index(n, k, p, q), x.index(n, channel, row, column), w.index(k, c, r, s));
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn forward(x: &[f64], w: &[f64], b: &[f64], geom: &ConvGeom) -> Vec<f64> {
    let plane = geom.y().h * geom.y().w;
    let mut y: Vec<f64> = (0..geom.y().len()).map(|i| b[i / plane % geom.w().n]).collect();
    for_each_term(geom, |yi, xi, wi| y[yi] += x[xi] * w[wi]);
    y
}

pub(super) fn backward(x: &[f64], w: &[f64], grad_y: &[f64], geom: &ConvGeom) -> [Vec<f64>; 3] {
    let plane = geom.y().h * geom.y().w;
    let (mut grad_x, mut grad_w, mut grad_b) = (vec![0.0; x.len()], vec![0.0; w.len()], vec![0.0; geom.w().n]);
    for_each_term(geom, |yi, xi, wi| {
        grad_x[xi] += grad_y[yi] * w[wi];
        grad_w[wi] += grad_y[yi] * x[xi];
    });
    for (i, g) in grad_y.iter().enumerate() {
        grad_b[i / plane % geom.w().n] += g;
    }
    [grad_x, grad_w, grad_b]
}
