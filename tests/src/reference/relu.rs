//! The rectifier.

pub(super) fn forward(x: &[f64]) -> Vec<f64> {
    x.iter().map(|&x| if x > 0.0 { x } else { 0.0 }).collect()
}

pub(super) fn backward(grad_y: &[f64], x: &[f64]) -> Vec<f64> {
    grad_y.iter().zip(x).map(|(&g, &x)| if x > 0.0 { g } else { 0.0 }).collect()
}
