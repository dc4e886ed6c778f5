//! The losses beside cross-entropy.

use receptive_core::ops::Loss;

/// The loss of each row: the mean over its classes.
pub(super) fn losses(x: &[f64], targets: &[u8], n_classes: usize, loss: Loss) -> Vec<f64> {
    let of_row = |(row, &target): (&[f64], &u8)| {
        let right = row[usize::from(target)];
        let mut sum = 0.0;
        for (i, &x) in row.iter().enumerate() {
            let is_target = i == usize::from(target);
            let t = if is_target { 1.0 } else { 0.0 };
            sum += match loss {
                Loss::SquaredError => (x - t).powi(2),
                Loss::AbsoluteError => (x - t).abs(),
                Loss::Hinge if is_target => 0.0,
                Loss::Hinge => (1.0 - right + x).max(0.0),
                // −ln of the probability of the right answer to yes or no: of 1 / (1 + e^−x), or of 1 / (1 + e^x).
                Loss::BinaryCrossEntropy => {
                    let wrong = if is_target { -x } else { x };
                    wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
                }
            };
        }
        sum / n_classes as f64
    };
    x.chunks(n_classes).zip(targets).map(of_row).collect()
}

/// The gradient of the mean of all rows.
pub(super) fn backward(x: &[f64], targets: &[u8], n_classes: usize, loss: Loss) -> Vec<f64> {
    let mut grad = vec![0.0; x.len()];
    for (n, &target) in targets.iter().enumerate() {
        let right = n * n_classes + usize::from(target);
        for i in n * n_classes..(n + 1) * n_classes {
            let t = if i == right { 1.0 } else { 0.0 };
            match loss {
                Loss::SquaredError => grad[i] += 2.0 * (x[i] - t),
                Loss::AbsoluteError if x[i] != t => grad[i] += (x[i] - t).signum(),
                Loss::Hinge if i != right && 1.0 - x[right] + x[i] > 0.0 => {
                    grad[i] += 1.0;
                    grad[right] -= 1.0;
                }
                Loss::AbsoluteError | Loss::Hinge => {}
                Loss::BinaryCrossEntropy => grad[i] += 1.0 / (1.0 + (-x[i]).exp()) - t,
            }
        }
    }
    grad.iter().map(|grad| grad / x.len() as f64).collect()
}
