//! Everything that can compute an operation in f32. A new engine is one more entry in [`ENGINES`].
//!
//! Outputs and scratch are filled with NaN before an engine writes to them: what it forgets, shows.

use receptive_core::ops;

use crate::op::{Arguments, Op, Results};

/// A name, and what computes every result of an operation.
pub struct Engine {
    /// The name that is printed with each test.
    pub name: &'static str,
    /// Forward and backward.
    pub run: fn(&Op, &Arguments<f32>) -> Results<f32>,
}

/// Every engine there is.
pub const ENGINES: &[Engine] = &[Engine { name: "core", run: core }, Engine { name: "terms", run: crate::terms::run }];

fn unwritten(len: usize) -> Vec<f32> {
    vec![f32::NAN; len]
}

/// The operations of receptive-core: what the CPU engine is made of.
fn core(op: &Op, arguments: &Arguments<f32>) -> Results<f32> {
    let inputs: Vec<&[f32]> = arguments.inputs.iter().map(Vec::as_slice).collect();
    let grad_y = arguments.grad_y.as_slice();
    let mut y = unwritten(op.output_len());
    let mut grads: Vec<Vec<f32>> = op.input_lens().into_iter().map(unwritten).collect();
    let mut results = Vec::new();
    match op {
        Op::Conv2d(geom) => {
            let (x, w, b) = (inputs[0], inputs[1], inputs[2]);
            let mut scratch = unwritten(ops::conv2d_scratch_len(geom));
            ops::conv2d_forward(&mut y, x, w, b, geom, &mut scratch);
            scratch.fill(f32::NAN);
            ops::conv2d_grad_x(&mut grads[0], w, grad_y, geom, &mut scratch);
            scratch.fill(f32::NAN);
            ops::conv2d_grad_w(&mut grads[1], x, grad_y, geom, &mut scratch);
            ops::conv2d_grad_b(&mut grads[2], grad_y, geom);
            results.push(("y", y));
        }
        Op::Linear(geom) => {
            let (x, w, b) = (inputs[0], inputs[1], inputs[2]);
            let mut scratch = unwritten(ops::linear_scratch_len(geom));
            ops::linear_forward(&mut y, x, w, b, geom, &mut scratch);
            scratch.fill(f32::NAN);
            ops::linear_grad_x(&mut grads[0], w, grad_y, geom, &mut scratch);
            scratch.fill(f32::NAN);
            ops::linear_grad_w(&mut grads[1], x, grad_y, geom, &mut scratch);
            ops::linear_grad_b(&mut grads[2], grad_y, geom);
            results.push(("y", y));
        }
        Op::MaxPool2d(geom) => {
            let mut argmax = vec![u32::MAX; y.len()];
            ops::max_pool2d_forward(&mut y, &mut argmax, inputs[0], geom);
            ops::max_pool2d_backward(&mut grads[0], grad_y, &argmax, geom);
            results.push(("y", y));
            results.push(("argmax", argmax.iter().map(|&at| at as f32).collect()));
        }
        Op::AvgPool2d(geom) => {
            ops::avg_pool2d_forward(&mut y, inputs[0], geom);
            ops::avg_pool2d_backward(&mut grads[0], grad_y, geom);
            results.push(("y", y));
        }
        Op::SumPool2d(geom) => {
            ops::sum_pool2d_forward(&mut y, inputs[0], geom);
            ops::sum_pool2d_backward(&mut grads[0], grad_y, geom);
            results.push(("y", y));
        }
        Op::Pad2d(geom) => {
            ops::pad2d_forward(&mut y, inputs[0], geom);
            ops::pad2d_backward(&mut grads[0], grad_y, geom);
            results.push(("y", y));
        }
        Op::Relu { .. } => {
            ops::relu_forward(&mut y, inputs[0]);
            ops::relu_backward(&mut grads[0], grad_y, inputs[0]);
            results.push(("y", y));
        }
        Op::Activation { f, .. } => {
            ops::activation_forward(&mut y, inputs[0], *f);
            ops::activation_backward(&mut grads[0], grad_y, inputs[0], *f);
            results.push(("y", y));
        }
        Op::BatchNorm(geom) => {
            let (mut mean, mut variance) = (unwritten(geom.x.c), unwritten(geom.x.c));
            ops::batch_norm_moments(&mut mean, &mut variance, inputs[0], geom);
            ops::batch_norm_forward(&mut y, inputs[0], &mean, &variance, geom);
            ops::batch_norm_backward(&mut grads[0], grad_y, &y, &variance, geom);
            results.extend([("y", y), ("mean", mean), ("variance", variance)]);
        }
        Op::BatchNormFixed { geom, mean, variance } => {
            ops::batch_norm_forward(&mut y, inputs[0], mean, variance, geom);
            ops::batch_norm_fixed_backward(&mut grads[0], grad_y, variance, geom);
            results.push(("y", y));
        }
        Op::Dropout { layer, draw, .. } => {
            ops::dropout_forward(&mut y, inputs[0], layer, *draw);
            ops::dropout_backward(&mut grads[0], grad_y, layer, *draw);
            results.push(("y", y));
        }
        Op::Add { .. } => {
            ops::add_forward(&mut y, inputs[0], inputs[1]);
            grads.iter_mut().for_each(|grad| ops::add_backward(grad, grad_y));
            results.push(("y", y));
        }
        Op::Concat(parts) => {
            for (i, geom) in parts.iter().enumerate() {
                ops::concat_forward(&mut y, inputs[i], geom);
                ops::concat_backward(&mut grads[i], grad_y, geom);
            }
            results.push(("y", y));
        }
        Op::Multiply(geom) => {
            ops::multiply_forward(&mut y, inputs[0], inputs[1], geom);
            ops::multiply_backward(&mut grads[0], grad_y, inputs[1], geom);
            ops::multiply_backward(&mut grads[1], grad_y, inputs[0], &geom.swapped());
            results.push(("y", y));
        }
        Op::Logit { n_classes, targets } => {
            let mut picked = unwritten(targets.len());
            ops::logit_forward(&mut picked, inputs[0], targets, *n_classes);
            ops::logit_backward(&mut grads[0], targets, *n_classes);
            results.push(("losses", picked));
        }
        Op::Loss { loss, n_classes, targets } => {
            let mut losses = unwritten(targets.len());
            ops::loss_forward(&mut losses, inputs[0], targets, *n_classes, *loss);
            ops::loss_backward(&mut grads[0], inputs[0], targets, *n_classes, *loss);
            results.push(("losses", losses));
        }
        Op::Softmax { n_classes, .. } => {
            ops::softmax_forward(&mut y, inputs[0], *n_classes);
            ops::softmax_backward(&mut grads[0], grad_y, &y, *n_classes);
            results.push(("y", y));
        }
        Op::SoftmaxCrossEntropy { n_classes, targets } => {
            let (mut losses, mut p) = (unwritten(targets.len()), unwritten(inputs[0].len()));
            ops::softmax_cross_entropy_forward(&mut losses, &mut p, inputs[0], targets, *n_classes);
            ops::softmax_cross_entropy_backward(&mut grads[0], &p, targets, *n_classes);
            results.push(("losses", losses));
            results.push(("p", p));
        }
    }
    results.extend(op.gradients().iter().copied().zip(grads));
    results
}
