//! Concatenation, products with repeated axes, and single logits.

use receptive_core::{Shape4, ops::MultiplyGeom};

/// Each image of `x`, and that of `w` behind it.
pub(super) fn concat(x: &[f64], w: &[f64], n: usize) -> Vec<f64> {
    (0..n).flat_map(|i| [image(x, n, i), image(w, n, i)].concat()).collect()
}

fn image(values: &[f64], n: usize, i: usize) -> &[f64] {
    let len = values.len() / n;
    &values[i * len..(i + 1) * len]
}

/// The two parts of every image.
pub(super) fn split(y: &[f64], [first, second]: [usize; 2]) -> [Vec<f64>; 2] {
    let images = || y.chunks_exact(first + second);
    [images().flat_map(|y| &y[..first]).copied().collect(), images().flat_map(|y| &y[first..]).copied().collect()]
}

/// Calls `at(y, a, b)` for every product and its factors.
fn for_each_product(geom: &MultiplyGeom, mut at: impl FnMut(usize, usize, usize)) {
    let (a, b, y) = (geom.a(), geom.b(), geom.y());
    let axis = |i: usize, len: usize| if len == 1 { 0 } else { i };
    let index = |shape: Shape4, n, c, h, w| shape.index(n, axis(c, shape.c), axis(h, shape.h), axis(w, shape.w));
    for n in 0..y.n {
        for c in 0..y.c {
            for h in 0..y.h {
                for w in 0..y.w {
                    at(y.index(n, c, h, w), index(a, n, c, h, w), index(b, n, c, h, w));
                }
            }
        }
    }
}

pub(super) fn multiply(a: &[f64], b: &[f64], geom: &MultiplyGeom) -> Vec<f64> {
    let mut product = vec![0.0; geom.y().len()];
    for_each_product(geom, |y, i, j| product[y] = a[i] * b[j]);
    product
}

pub(super) fn multiply_backward(a: &[f64], b: &[f64], grad_y: &[f64], geom: &MultiplyGeom) -> [Vec<f64>; 2] {
    let (mut grad_a, mut grad_b) = (vec![0.0; a.len()], vec![0.0; b.len()]);
    for_each_product(geom, |y, i, j| {
        grad_a[i] += grad_y[y] * b[j];
        grad_b[j] += grad_y[y] * a[i];
    });
    [grad_a, grad_b]
}

/// The logit of each row's class.
pub(super) fn logits(z: &[f64], targets: &[u8], n_classes: usize) -> Vec<f64> {
    z.chunks_exact(n_classes).zip(targets).map(|(row, &target)| row[usize::from(target)]).collect()
}
