//! Every operation once more, as plain as its definition, in f64.
//!
//! Direct loops over every index, padding found by asking whether a position lies inside: nothing is shared with the
//! crates under test but the geometry's sizes, and those are counted again in [`sizes`].

mod activation;
mod batch_norm;
mod branches;
mod conv2d;
mod dropout;
mod linear;
mod loss;
mod pad2d;
mod pool2d;
mod relu;
pub mod sizes;
mod softmax;

use crate::fill::widen;
use crate::op::{Arguments, Op, Results};

/// The output alone. For the fused loss: the mean.
pub fn forward(op: &Op, inputs: &[Vec<f64>]) -> Vec<f64> {
    match op {
        Op::Conv2d(geom) => conv2d::forward(&inputs[0], &inputs[1], &inputs[2], geom),
        Op::MaxPool2d(geom) => pool2d::max_forward(&inputs[0], geom).0,
        Op::AvgPool2d(geom) => pool2d::avg_forward(&inputs[0], geom),
        Op::SumPool2d(geom) => pool2d::sum_forward(&inputs[0], geom),
        Op::Pad2d(geom) => pad2d::forward(&inputs[0], geom),
        Op::Linear(geom) => linear::forward(&inputs[0], &inputs[1], &inputs[2], geom),
        Op::Relu { .. } => relu::forward(&inputs[0]),
        Op::Activation { f, .. } => activation::forward(&inputs[0], *f),
        Op::BatchNorm(geom) => batch_norm::forward(&inputs[0], geom),
        Op::BatchNormFixed { geom, mean, variance } => {
            batch_norm::normalise(&inputs[0], &widen(mean), &widen(variance), geom)
        }
        Op::Dropout { layer, draw, .. } => {
            let factors = dropout::factors(layer, *draw, inputs[0].len());
            inputs[0].iter().zip(factors).map(|(x, factor)| x * factor).collect()
        }
        Op::Add { .. } => inputs[0].iter().zip(&inputs[1]).map(|(a, b)| a + b).collect(),
        Op::Concat([x, _]) => branches::concat(&inputs[0], &inputs[1], x.n),
        Op::Multiply(geom) => branches::multiply(&inputs[0], &inputs[1], geom),
        Op::Logit { n_classes, targets } => vec![branches::logits(&inputs[0], targets, *n_classes).iter().sum()],
        Op::Loss { loss, n_classes, targets } => {
            let losses = loss::losses(&inputs[0], targets, *n_classes, *loss);
            vec![losses.iter().sum::<f64>() / losses.len() as f64]
        }
        Op::Softmax { n_classes, .. } => softmax::forward(&inputs[0], *n_classes),
        Op::SoftmaxCrossEntropy { n_classes, targets } => {
            let losses = softmax::losses(&inputs[0], targets, *n_classes);
            vec![losses.iter().sum::<f64>() / losses.len() as f64]
        }
    }
}

/// Every result, forward and backward.
pub fn run(op: &Op, arguments: &Arguments<f64>) -> Results<f64> {
    let (inputs, grad_y) = (&arguments.inputs, &arguments.grad_y);
    match op {
        Op::Conv2d(geom) => {
            let [grad_x, grad_w, grad_b] = conv2d::backward(&inputs[0], &inputs[1], grad_y, geom);
            vec![("y", forward(op, inputs)), ("grad_x", grad_x), ("grad_w", grad_w), ("grad_b", grad_b)]
        }
        Op::MaxPool2d(geom) => {
            let (y, argmax) = pool2d::max_forward(&inputs[0], geom);
            let grad_x = pool2d::max_backward(grad_y, &argmax, geom);
            vec![("y", y), ("argmax", argmax.iter().map(|&at| at as f64).collect()), ("grad_x", grad_x)]
        }
        Op::AvgPool2d(geom) => {
            vec![("y", forward(op, inputs)), ("grad_x", pool2d::avg_backward(grad_y, geom))]
        }
        Op::SumPool2d(geom) => {
            vec![("y", forward(op, inputs)), ("grad_x", pool2d::sum_backward(grad_y, geom))]
        }
        Op::Pad2d(geom) => vec![("y", forward(op, inputs)), ("grad_x", pad2d::backward(grad_y, geom))],
        Op::Linear(geom) => {
            let [grad_x, grad_w, grad_b] = linear::backward(&inputs[0], &inputs[1], grad_y, geom);
            vec![("y", forward(op, inputs)), ("grad_x", grad_x), ("grad_w", grad_w), ("grad_b", grad_b)]
        }
        Op::Relu { .. } => vec![("y", forward(op, inputs)), ("grad_x", relu::backward(grad_y, &inputs[0]))],
        Op::Activation { f, .. } => {
            vec![("y", forward(op, inputs)), ("grad_x", activation::backward(grad_y, &inputs[0], *f))]
        }
        Op::BatchNorm(geom) => {
            let [mean, variance] = batch_norm::moments(&inputs[0], geom);
            let grad_x = batch_norm::backward(&inputs[0], grad_y, geom);
            vec![("y", forward(op, inputs)), ("mean", mean), ("variance", variance), ("grad_x", grad_x)]
        }
        Op::BatchNormFixed { geom, mean, variance } => {
            // The slope of a straight line: what it makes of the gradients, less what it makes of zeros.
            let line = |x: &[f64]| batch_norm::normalise(x, &widen(mean), &widen(variance), geom);
            let rise = line(grad_y).into_iter().zip(line(&vec![0.0; grad_y.len()]));
            vec![("y", forward(op, inputs)), ("grad_x", rise.map(|(y, base)| y - base).collect())]
        }
        Op::Dropout { .. } => {
            vec![("y", forward(op, inputs)), ("grad_x", forward(op, std::slice::from_ref(grad_y)))]
        }
        Op::Add { .. } => {
            vec![("y", forward(op, inputs)), ("grad_x", grad_y.clone()), ("grad_w", grad_y.clone())]
        }
        Op::Concat([x, w]) => {
            let [grad_x, grad_w] = branches::split(grad_y, [x.part, w.part]);
            vec![("y", forward(op, inputs)), ("grad_x", grad_x), ("grad_w", grad_w)]
        }
        Op::Multiply(geom) => {
            let [grad_x, grad_w] = branches::multiply_backward(&inputs[0], &inputs[1], grad_y, geom);
            vec![("y", forward(op, inputs)), ("grad_x", grad_x), ("grad_w", grad_w)]
        }
        Op::Logit { n_classes, targets } => {
            let picked = branches::logits(&inputs[0], targets, *n_classes);
            let one_hot = |&target: &u8| (0..*n_classes).map(move |i| f64::from(i == usize::from(target)));
            vec![("losses", picked), ("grad_z", targets.iter().flat_map(one_hot).collect())]
        }
        Op::Loss { loss, n_classes, targets } => {
            let losses = loss::losses(&inputs[0], targets, *n_classes, *loss);
            vec![("losses", losses), ("grad_x", loss::backward(&inputs[0], targets, *n_classes, *loss))]
        }
        Op::Softmax { n_classes, .. } => {
            let p = forward(op, inputs);
            let grad_z = softmax::backward(grad_y, &p, *n_classes);
            vec![("y", p), ("grad_z", grad_z)]
        }
        Op::SoftmaxCrossEntropy { n_classes, targets } => {
            let p = softmax::forward(&inputs[0], *n_classes);
            let grad_z = softmax::losses_backward(&p, targets, *n_classes);
            vec![("losses", softmax::losses(&inputs[0], targets, *n_classes)), ("p", p), ("grad_z", grad_z)]
        }
    }
}
