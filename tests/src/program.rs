//! The forward pass of a program in f64, by the reference: what differences are taken of.

use crate::fill::widen;
use crate::op::{Arguments, Op};
use crate::reference;
use receptive_nn::{BufferId, Draw, Instr, ParamId, Parameters, Program};

/// The values of a network's parameters, in their order.
pub fn wide(parameters: &Parameters) -> Vec<Vec<f64>> {
    parameters.tensors().iter().map(|tensor| widen(&tensor.values)).collect()
}

/// Runs images, (n, c, h, w), through a program with these parameters, in their order. Returns what each image comes to: its loss, or its picked logit.
///
/// # Panics
/// When an instruction is not one of a forward pass.
pub fn forward(program: &Program, parameters: &[Vec<f64>], images: &[f64], labels: &[u8]) -> Vec<f64> {
    let mut values: Vec<Vec<f64>> = vec![vec![]; program.buffers().len()];
    values[program.input().index()] = images.to_vec();
    for instr in program.forward() {
        let at = |id: &BufferId| values[id.index()].clone();
        let param = |id: &ParamId| parameters[id.index()].clone();
        let made = |op: Op, inputs: Vec<Vec<f64>>| reference::forward(&op, &inputs);
        let rectified = |relu: bool, y: Vec<f64>| if relu { y.into_iter().map(|y| y.max(0.0)).collect() } else { y };
        let (written, value) = match instr {
            Instr::Conv2dForward(i) => {
                (i.y, rectified(i.relu, made(Op::Conv2d(i.geom), vec![at(&i.x), param(&i.w), param(&i.b)])))
            }
            Instr::LinearForward(i) => {
                (i.y, rectified(i.relu, made(Op::Linear(i.geom), vec![at(&i.x), param(&i.w), param(&i.b)])))
            }
            Instr::MaxPool2dForward(i) => (i.y, made(Op::MaxPool2d(i.geom), vec![at(&i.x)])),
            Instr::AvgPool2dForward(i) => (i.y, made(Op::AvgPool2d(i.geom), vec![at(&i.x)])),
            Instr::SumPool2dForward(i) => (i.y, made(Op::SumPool2d(i.geom), vec![at(&i.x)])),
            Instr::Pad2dForward(i) => (i.y, made(Op::Pad2d(i.geom), vec![at(&i.x)])),
            Instr::ReluForward(i) => (i.y, rectified(true, at(&i.x))),
            Instr::ActivationForward(i) => (i.y, made(Op::Activation { f: i.f, len: at(&i.x).len() }, vec![at(&i.x)])),
            Instr::BatchNormMoments(_) => continue,
            Instr::BatchNormForward(i) => (i.y, made(Op::BatchNorm(i.geom), vec![at(&i.x)])),
            Instr::BatchNormFixedForward(i) => {
                let [mean, variance] = [i.mean, i.variance].map(|id| param(&id).iter().map(|&v| v as f32).collect());
                (i.y, made(Op::BatchNormFixed { geom: i.geom, mean, variance }, vec![at(&i.x)]))
            }
            Instr::DropoutForward(i) => {
                let n = program.batch();
                (i.y, made(Op::Dropout { layer: i.layer, draw: Draw::default(), n }, vec![at(&i.x)]))
            }
            Instr::Sum(i) => {
                let parts: Vec<_> = i.parts.iter().map(at).collect();
                (i.sum, (0..parts[0].len()).map(|at| parts.iter().map(|part| part[at]).sum()).collect())
            }
            Instr::ConcatForward(i) => {
                let image = |part: &Vec<f64>, n: usize| {
                    let len = part.len() / program.batch();
                    part[n * len..(n + 1) * len].to_vec()
                };
                let parts: Vec<_> = i.xs.iter().map(at).collect();
                (i.y, (0..program.batch()).flat_map(|n| parts.iter().flat_map(move |part| image(part, n))).collect())
            }
            Instr::MultiplyForward(i) => (i.y, made(Op::Multiply(i.geom), vec![at(&i.a), at(&i.b)])),
            Instr::SoftmaxCrossEntropyForward(i) => {
                let op = Op::SoftmaxCrossEntropy { n_classes: program.n_classes(), targets: labels.to_vec() };
                (i.losses, losses(&op, at(&i.z)))
            }
            Instr::SoftmaxForward(i) => {
                (i.p, made(Op::Softmax { n: program.batch(), n_classes: program.n_classes() }, vec![at(&i.z)]))
            }
            Instr::LossForward(i) => {
                let op = Op::Loss { loss: i.loss, n_classes: program.n_classes(), targets: labels.to_vec() };
                (i.losses, losses(&op, at(&i.x)))
            }
            Instr::LogitForward(i) => {
                let op = Op::Logit { n_classes: program.n_classes(), targets: labels.to_vec() };
                (i.losses, losses(&op, at(&i.z)))
            }
            other => panic!("{other:?} is no instruction of a forward pass"),
        };
        values[written.index()] = value;
    }
    values.swap_remove(program.losses().index())
}

fn losses(op: &Op, z: Vec<f64>) -> Vec<f64> {
    let mut results = reference::run(op, &Arguments { inputs: vec![z], grad_y: Vec::new() });
    let at = results.iter().position(|(name, _)| *name == "losses").expect("a loss has losses");
    results.swap_remove(at).1
}
