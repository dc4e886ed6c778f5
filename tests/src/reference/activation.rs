//! Activation functions as the papers print them, and their slopes.

use receptive_core::ops::Activation;

/// The two lines at `x`, each as its height and its slope.
fn heights(lines: [[f32; 2]; 2], x: f64) -> [(f64, f64); 2] {
    lines.map(|[w, b]| (f64::from(w) * x + f64::from(b), f64::from(w)))
}

fn value(f: Activation, x: f64) -> f64 {
    match f {
        Activation::Relu => x.max(0.0),
        Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Activation::Tanh => (x.exp() - (-x).exp()) / (x.exp() + (-x).exp()),
        Activation::LeakyRelu { slope } => x.max(0.0) + f64::from(slope) * x.min(0.0),
        Activation::Elu { alpha } => x.max(0.0) + f64::from(alpha) * (x.min(0.0).exp() - 1.0),
        Activation::Maxout { lines } => heights(lines, x).into_iter().map(|(y, _)| y).fold(f64::NEG_INFINITY, f64::max),
        Activation::Rbf { centre, epsilon } => (-(f64::from(epsilon) * (x - f64::from(centre))).powi(2)).exp(),
    }
}

/// At a kink it is the slope of the left side.
fn slope(f: Activation, x: f64) -> f64 {
    let y = value(f, x);
    match f {
        Activation::Relu => f64::from(x > 0.0),
        Activation::Sigmoid => y * (1.0 - y),
        Activation::Tanh => 1.0 - y * y,
        Activation::LeakyRelu { .. } | Activation::Elu { .. } if x > 0.0 => 1.0,
        Activation::LeakyRelu { slope } => f64::from(slope),
        Activation::Elu { alpha } => f64::from(alpha) * x.exp(),
        // Left of where lines meet, the one that rises least is on top.
        Activation::Maxout { lines } => {
            let on_top = heights(lines, x).into_iter().filter(|(height, _)| *height == y);
            on_top.map(|(_, w)| w).fold(f64::INFINITY, f64::min)
        }
        Activation::Rbf { centre, epsilon } => -2.0 * f64::from(epsilon).powi(2) * (x - f64::from(centre)) * y,
    }
}

pub(super) fn forward(x: &[f64], f: Activation) -> Vec<f64> {
    x.iter().map(|&x| value(f, x)).collect()
}

pub(super) fn backward(grad_y: &[f64], x: &[f64], f: Activation) -> Vec<f64> {
    grad_y.iter().zip(x).map(|(g, &x)| g * slope(f, x)).collect()
}
