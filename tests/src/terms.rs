//! An engine that makes every result cell by cell from its terms, and a check that connections are the same from both
//! ends.

use crate::op::{Arguments, Op, Results};
use receptive_core::ops::{self, Activation};
use receptive_core::terms::{Cell, Combine, Connection, Operand, Term, Terms};

/// The tensors of an operation, as its terms name them. Y stands for what comes from above: the upstream gradient, or
/// the probabilities that a gradient is taken of.
const X: Operand = Operand::X;
const W: Operand = Operand::W;
const B: Operand = Operand::B;
const Y: Operand = Operand::Y;

/// The connections of one cell of one tensor.
type Connections<'a> = &'a dyn Fn(Operand, usize) -> Vec<Connection>;

/// Computes every result of an operation from the terms of its cells.
pub fn run(op: &Op, arguments: &Arguments<f32>) -> Results<f32> {
    let inputs: Vec<&[f32]> = arguments.inputs.iter().map(Vec::as_slice).collect();
    let grad_y = arguments.grad_y.as_slice();
    let x_len = inputs[0].len();
    match op {
        Op::Conv2d(geom) => layer(op, &inputs, grad_y, &|operand, index| ops::conv2d_connections(operand, index, geom)),
        Op::Linear(geom) => layer(op, &inputs, grad_y, &|operand, index| ops::linear_connections(operand, index, geom)),
        Op::Pad2d(geom) => layer(op, &inputs, grad_y, &|operand, index| ops::pad2d_connections(operand, index, geom)),
        Op::SumPool2d(geom) => {
            layer(op, &inputs, grad_y, &|operand, index| ops::pool2d_connections(operand, index, geom))
        }
        Op::MaxPool2d(geom) => {
            let y = cells(op.output_len(), |y| ops::max_pool2d_terms(y, X, geom), |_, index| inputs[0][index]);
            let argmax = |y| ops::max_pool2d_argmax_terms(y, X, geom);
            let argmax = cells(op.output_len(), argmax, |_, index| inputs[0][index]);
            let terms = |x| ops::max_pool2d_grad_x_terms(x, [Y, X], |y| argmax[y] as usize, geom);
            let grad_x = cells(x_len, terms, |_, index| grad_y[index]);
            vec![("y", y), ("argmax", argmax), ("grad_x", grad_x)]
        }
        Op::AvgPool2d(geom) => {
            let y = cells(op.output_len(), |y| ops::avg_pool2d_terms(y, X, geom), |_, index| inputs[0][index]);
            let grad_x = cells(x_len, |x| ops::avg_pool2d_grad_x_terms(x, Y, geom), |_, index| grad_y[index]);
            vec![("y", y), ("grad_x", grad_x)]
        }
        Op::Relu { len } => activation(*len, Activation::Relu, inputs[0], grad_y),
        Op::Activation { f, len } => activation(*len, *f, inputs[0], grad_y),
        Op::BatchNorm(geom) => {
            let read = |_, index: usize| inputs[0][index];
            let mean = cells(geom.x.c, |channel| ops::batch_norm_mean_terms(channel, X, geom), read);
            let variance = cells(geom.x.c, |channel| ops::batch_norm_variance_terms(channel, X, geom), read);
            let moment = |operand, index: usize| match operand {
                X => inputs[0][index],
                W => mean[index],
                _ => variance[index],
            };
            let y = cells(x_len, |at| ops::batch_norm_terms(at, [X, W, B], geom), moment);
            let terms = |at| ops::batch_norm_grad_x_terms(at, [Y, X, B], |i| y[i], |channel| variance[channel], geom);
            let grad_x = cells(x_len, terms, |operand, index| if operand == Y { grad_y[index] } else { y[index] });
            vec![("y", y), ("mean", mean), ("variance", variance), ("grad_x", grad_x)]
        }
        Op::BatchNormFixed { geom, mean, variance } => {
            let read = |operand, index: usize| match operand {
                X => inputs[0][index],
                W => mean[index],
                B => variance[index],
                Y => grad_y[index],
            };
            let y = cells(x_len, |at| ops::batch_norm_terms(at, [X, W, B], geom), read);
            let terms = |at| ops::batch_norm_fixed_grad_x_terms(at, [Y, B], |channel| variance[channel], geom);
            vec![("y", y), ("grad_x", cells(x_len, terms, read))]
        }
        Op::Dropout { layer, draw, .. } => {
            let made =
                |from: &[f32]| cells(x_len, |at| ops::dropout_terms(at, X, layer, *draw), |_, index| from[index]);
            vec![("y", made(inputs[0])), ("grad_x", made(grad_y))]
        }
        Op::Add { len } => {
            let part = |operand, index| Term::scaled(1.0, Cell { tensor: operand, index });
            let sum = |at| Terms::new(Combine::Sum, vec![part(X, at), part(W, at)]);
            let y = cells(*len, sum, |operand, index| inputs[usize::from(operand == W)][index]);
            let grad = || cells(*len, |at| Terms::new(Combine::Sum, vec![part(Y, at)]), |_, index| grad_y[index]);
            vec![("y", y), ("grad_x", grad()), ("grad_w", grad())]
        }
        Op::Concat(parts) => {
            // A cell of the whole comes from the one part that it lies in.
            let connections = |operand, index, part: usize| ops::concat_connections(operand, index, &parts[part]);
            let of = |at, part: usize| Terms::products(&connections(Y, at, part), &[(X, [X, W][part])]);
            let whole = |at| Terms::new(Combine::Sum, [of(at, 0).terms, of(at, 1).terms].concat());
            let y = cells(op.output_len(), whole, |operand, index| inputs[usize::from(operand == W)][index]);
            let grad = |part: usize| {
                let terms = |at| Terms::products(&connections(X, at, part), &[(Y, Y)]);
                cells(inputs[part].len(), terms, |_, index| grad_y[index])
            };
            vec![("y", y), ("grad_x", grad(0)), ("grad_w", grad(1))]
        }
        Op::Multiply(geom) => {
            layer(op, &inputs, grad_y, &|operand, index| ops::multiply_connections(operand, index, geom))
        }
        Op::Logit { n_classes, targets } => {
            let class = |image: usize| usize::from(targets[image]);
            let picked = |image| ops::logit_terms(image, X, class(image), *n_classes);
            let losses = cells(targets.len(), picked, |_, index| inputs[0][index]);
            let grad = |at: usize| ops::logit_grad_z_terms::<Operand>(at, class(at / n_classes), *n_classes);
            vec![("losses", losses), ("grad_z", cells(x_len, grad, |_, _| f32::NAN))]
        }
        Op::Loss { loss, n_classes, targets } => {
            let read = |_, index: usize| inputs[0][index];
            let target = |image: usize| usize::from(targets[image]);
            let losses = |image| ops::loss_terms(image, X, target(image), *n_classes, *loss);
            let size = [targets.len(), *n_classes];
            let value = |index| inputs[0][index];
            let grad = |at: usize| ops::loss_grad_x_terms(at, X, value, target(at / n_classes), size, *loss);
            vec![("losses", cells(targets.len(), losses, read)), ("grad_x", cells(x_len, grad, read))]
        }
        Op::Softmax { n_classes, .. } => {
            let p = cells(x_len, |p| ops::softmax_terms(p, X, *n_classes), |_, index| inputs[0][index]);
            let terms = |z| ops::softmax_grad_z_terms(z, [Y, X], |index| p[index], *n_classes);
            let read = |operand, index: usize| if operand == Y { grad_y[index] } else { p[index] };
            let grad_z = cells(x_len, terms, read);
            vec![("y", p), ("grad_z", grad_z)]
        }
        Op::SoftmaxCrossEntropy { n_classes, targets } => {
            let p = cells(x_len, |p| ops::softmax_terms(p, X, *n_classes), |_, index| inputs[0][index]);
            let target = |image: usize| usize::from(targets[image]);
            let loss = |image| ops::softmax_cross_entropy_terms(image, X, target(image), *n_classes);
            let losses = cells(targets.len(), loss, |_, index| inputs[0][index]);
            let size = [targets.len(), *n_classes];
            let grad = |at: usize| ops::softmax_cross_entropy_grad_z_terms(at, Y, target(at / n_classes), size);
            let grad_z = cells(x_len, grad, |_, index| p[index]);
            vec![("losses", losses), ("p", p), ("grad_z", grad_z)]
        }
    }
}

/// Makes each of `len` cells from its terms.
fn cells(len: usize, terms: impl Fn(usize) -> Terms<Operand>, read: impl Fn(Operand, usize) -> f32) -> Vec<f32> {
    (0..len).map(|at| terms(at).value(|Cell { tensor, index }| read(tensor, index))).collect()
}

/// A layer of sums of products: the output, and the gradient of every input that it has.
fn layer(op: &Op, inputs: &[&[f32]], grad_y: &[f32], connections: Connections) -> Results<f32> {
    let tensors = [X, W, B];
    let n = inputs.len();
    let read = |operand, index: usize| match operand {
        Y => grad_y[index],
        X => inputs[0][index],
        W => inputs[1][index],
        B => inputs[2][index],
    };
    let made = |of: Operand, len: usize, reads: &[Operand]| {
        let reads: Vec<_> = reads.iter().map(|&operand| (operand, operand)).collect();
        cells(len, |at| Terms::products(&connections(of, at), &reads), read)
    };
    let mut results = vec![("y", made(Y, op.output_len(), &tensors[..n]))];
    for (i, (name, input)) in op.gradients().iter().zip(inputs).enumerate() {
        let others: Vec<_> = tensors[..n].iter().copied().filter(|other| *other != tensors[i] && *other != B).collect();
        let reads: Vec<_> = if tensors[i] == B { vec![Y] } else { others.into_iter().chain([Y]).collect() };
        results.push((*name, made(tensors[i], input.len(), &reads)));
    }
    results
}

fn activation(len: usize, f: Activation, x: &[f32], grad_y: &[f32]) -> Results<f32> {
    let y = cells(len, |at| ops::activation_terms(at, X, f), |_, index| x[index]);
    let grad_x = cells(len, |at| ops::activation_grad_x_terms(at, [Y, X], x[at], f), |_, index| grad_y[index]);
    vec![("y", y), ("grad_x", grad_x)]
}

/// Compares the connections of all outputs with those of every other tensor's cells: they must be the same.
///
/// # Errors
/// When a connection is listed from one end alone.
pub fn connections_agree(op: &Op) -> Result<(), String> {
    let lens = op.input_lens();
    match op {
        Op::Conv2d(geom) => agree(op, &lens, &|operand, index| ops::conv2d_connections(operand, index, geom)),
        Op::Linear(geom) => agree(op, &lens, &|operand, index| ops::linear_connections(operand, index, geom)),
        Op::Pad2d(geom) => agree(op, &lens, &|operand, index| ops::pad2d_connections(operand, index, geom)),
        Op::MaxPool2d(geom) | Op::AvgPool2d(geom) | Op::SumPool2d(geom) => {
            agree(op, &lens, &|operand, index| ops::pool2d_connections(operand, index, geom))
        }
        Op::Multiply(geom) => agree(op, &lens, &|operand, index| ops::multiply_connections(operand, index, geom)),
        Op::Concat(_)
        | Op::BatchNorm(_)
        | Op::BatchNormFixed { .. }
        | Op::Dropout { .. }
        | Op::Add { .. }
        | Op::Logit { .. }
        | Op::Loss { .. }
        | Op::Relu { .. }
        | Op::Activation { .. }
        | Op::Softmax { .. }
        | Op::SoftmaxCrossEntropy { .. } => Ok(()),
    }
}

fn agree(op: &Op, lens: &[usize], connections: Connections) -> Result<(), String> {
    let all: Vec<_> = (0..op.output_len()).flat_map(|y| connections(Y, y)).collect();
    for (operand, &len) in [X, W, B].into_iter().zip(lens) {
        let mut wanted: Vec<_> = all.iter().copied().filter(|connection| connection.cell(operand).is_some()).collect();
        let mut got = Vec::new();
        for index in 0..len {
            let of_cell = connections(operand, index);
            if of_cell.iter().any(|connection| connection.cell(operand) != Some(index)) {
                return Err(format!("cell {index} of {operand:?} lists the connections of another"));
            }
            got.extend(of_cell);
        }
        wanted.sort_unstable();
        got.sort_unstable();
        if got != wanted {
            return Err(format!("from {operand:?} there are {} connections, from Y {}", got.len(), wanted.len()));
        }
    }
    Ok(())
}
