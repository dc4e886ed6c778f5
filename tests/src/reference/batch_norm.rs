//! Batch normalisation without scale and shift.

use receptive_core::ops::BatchNormGeom;

/// The values of each channel, as positions in the tensor.
fn channels(geom: &BatchNormGeom) -> Vec<Vec<usize>> {
    let plane = geom.x.h * geom.x.w;
    let of = |c: usize| (0..geom.x.len()).filter(|i| (i / plane) % geom.x.c == c).collect();
    (0..geom.x.c).map(of).collect()
}

/// Mean and variance of each channel.
pub(super) fn moments(x: &[f64], geom: &BatchNormGeom) -> [Vec<f64>; 2] {
    let mean = |of: &mut dyn Iterator<Item = f64>| {
        let values: Vec<f64> = of.collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let channels = channels(geom);
    let means: Vec<f64> = channels.iter().map(|at| mean(&mut at.iter().map(|&i| x[i]))).collect();
    let spread = |(at, centre): (&Vec<usize>, &f64)| mean(&mut at.iter().map(|&i| (x[i] - centre) * (x[i] - centre)));
    let variances = channels.iter().zip(&means).map(spread).collect();
    [means, variances]
}

pub(super) fn forward(x: &[f64], geom: &BatchNormGeom) -> Vec<f64> {
    let [mean, variance] = moments(x, geom);
    normalise(x, &mean, &variance, geom)
}

/// The values less a mean over the root of a variance, both of their channel.
pub(super) fn normalise(x: &[f64], mean: &[f64], variance: &[f64], geom: &BatchNormGeom) -> Vec<f64> {
    let mut y = vec![f64::NAN; x.len()];
    for (c, at) in channels(geom).into_iter().enumerate() {
        let deviation = (variance[c] + f64::from(geom.epsilon)).sqrt();
        at.into_iter().for_each(|i| y[i] = (x[i] - mean[c]) / deviation);
    }
    y
}

/// The chain rule through y, the variance and the mean, step by step (Ioffe & Szegedy 2015, section 3).
pub(super) fn backward(x: &[f64], grad_y: &[f64], geom: &BatchNormGeom) -> Vec<f64> {
    let [mean, variance] = moments(x, geom);
    let mut grad_x = vec![f64::NAN; x.len()];
    for (c, at) in channels(geom).into_iter().enumerate() {
        let n = at.len() as f64;
        let inner = variance[c] + f64::from(geom.epsilon);
        let distance = |i: usize| x[i] - mean[c];
        let grad_variance: f64 = at.iter().map(|&i| grad_y[i] * distance(i) * -0.5 * inner.powf(-1.5)).sum();
        let through_y: f64 = at.iter().map(|&i| -grad_y[i] / inner.sqrt()).sum();
        let through_variance: f64 = at.iter().map(|&i| -2.0 * distance(i)).sum::<f64>() * grad_variance / n;
        for &i in &at {
            let direct = grad_y[i] / inner.sqrt();
            grad_x[i] = direct + grad_variance * 2.0 * distance(i) / n + (through_y + through_variance) / n;
        }
    }
    grad_x
}
