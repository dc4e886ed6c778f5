//! Softmax, and the cross-entropy of it.

/// e^(z − max) over its sum, row by row.
pub(super) fn forward(z: &[f64], n_classes: usize) -> Vec<f64> {
    let mut p = Vec::new();
    for row in z.chunks(n_classes) {
        let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = row.iter().map(|z| (z - max).exp()).sum();
        p.extend(row.iter().map(|z| (z - max).exp() / total));
    }
    p
}

/// `grad_z[i] = p[i] · (grad_p[i] − Σ grad_p · p)`.
pub(super) fn backward(grad_p: &[f64], p: &[f64], n_classes: usize) -> Vec<f64> {
    let mut grad_z = Vec::new();
    for (g, p) in grad_p.chunks(n_classes).zip(p.chunks(n_classes)) {
        let mean: f64 = g.iter().zip(p).map(|(g, p)| g * p).sum();
        grad_z.extend(g.iter().zip(p).map(|(g, p)| p * (g - mean)));
    }
    grad_z
}

/// `−ln p[target]` of each row, as `ln Σ e^(z − max) − (z[target] − max)` so that nothing underflows.
pub(super) fn losses(z: &[f64], targets: &[u8], n_classes: usize) -> Vec<f64> {
    z.chunks(n_classes)
        .zip(targets)
        .map(|(row, &target)| {
            let max = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = row.iter().map(|z| (z - max).exp()).sum();
            total.ln() - (row[usize::from(target)] - max)
        })
        .collect()
}

/// The gradient of the mean loss: `(p − 1 at the target) / n`.
pub(super) fn losses_backward(p: &[f64], targets: &[u8], n_classes: usize) -> Vec<f64> {
    let mut grad_z: Vec<f64> = p.iter().map(|p| p / targets.len() as f64).collect();
    for (n, &target) in targets.iter().enumerate() {
        grad_z[n * n_classes + usize::from(target)] -= 1.0 / targets.len() as f64;
    }
    grad_z
}
