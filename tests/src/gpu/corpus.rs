//! Every case of the corpus on the GPU.

use super::Proved;
use crate::{
    agreement,
    op::{Arguments, Op, Results},
};
use receptive_gpu::{Buffer, Gpu, GpuError, Recorder, ops};
use receptive_nn::Optimiser;

/// Values behind each output that no shader may touch.
const GUARDS: usize = 67;
const GUARD: f32 = -12345.678;
/// Words of the settings of a step.
const SETTINGS_LEN: usize = size_of::<ops::Settings>() / 4;

pub(super) async fn agrees(gpu: &Gpu, op: &Op, arguments: &Arguments<f32>) -> Proved {
    Ok(agreement::agrees(&run(gpu, op, arguments).await?, op, arguments)?)
}

/// Every result of an operation. Outputs are NaN before, and nothing behind them may change.
async fn run(gpu: &Gpu, op: &Op, arguments: &Arguments<f32>) -> Proved<Results<f32>> {
    let mut outputs = Outputs { gpu, buffers: Vec::new() };
    let input = |values: &[f32]| {
        let buffer = gpu.buffer("input", values.len())?;
        gpu.write(&buffer, values);
        Ok::<Buffer, GpuError>(buffer)
    };
    let inputs = arguments.inputs.iter().map(|values| input(values)).collect::<Result<Vec<_>, _>>()?;
    let x_len = arguments.inputs[0].len();
    let mut recorder = Recorder::new(gpu);
    let record = &mut recorder;
    match op {
        Op::Conv2d(geom) => {
            let ([x, w, b], grad_y) = (three(&inputs), input(&arguments.grad_y)?);
            ops::conv2d_forward(record, &outputs.add("y", op.output_len())?, x, w, b, geom, false);
            ops::conv2d_grad_x(record, &outputs.add("grad_x", geom.x().len())?, w, &grad_y, geom);
            ops::conv2d_grad_w(record, &outputs.add("grad_w", geom.w().len())?, x, &grad_y, geom);
            ops::conv2d_grad_b(record, &outputs.add("grad_b", geom.w().n)?, &grad_y, geom);
        }
        Op::Linear(geom) => {
            let ([x, w, b], grad_y) = (three(&inputs), input(&arguments.grad_y)?);
            ops::linear_forward(record, &outputs.add("y", op.output_len())?, x, w, b, geom, false);
            ops::linear_grad_x(record, &outputs.add("grad_x", x_len)?, w, &grad_y, geom);
            ops::linear_grad_w(record, &outputs.add("grad_w", arguments.inputs[1].len())?, x, &grad_y, geom);
            ops::linear_grad_b(record, &outputs.add("grad_b", geom.outputs)?, &grad_y, geom);
        }
        Op::MaxPool2d(geom) => {
            let grad_y = input(&arguments.grad_y)?;
            let (y, argmax) = (outputs.add("y", op.output_len())?, outputs.add("argmax", op.output_len())?);
            ops::max_pool2d_forward(record, &y, &argmax, &inputs[0], geom);
            ops::max_pool2d_backward(record, &outputs.add("grad_x", x_len)?, &grad_y, &argmax, None, geom);
        }
        Op::AvgPool2d(geom) => {
            let grad_y = input(&arguments.grad_y)?;
            ops::avg_pool2d_forward(record, &outputs.add("y", op.output_len())?, &inputs[0], geom);
            ops::avg_pool2d_backward(record, &outputs.add("grad_x", x_len)?, &grad_y, geom);
        }
        Op::SumPool2d(geom) => {
            let grad_y = input(&arguments.grad_y)?;
            ops::sum_pool2d_forward(record, &outputs.add("y", op.output_len())?, &inputs[0], geom);
            ops::sum_pool2d_backward(record, &outputs.add("grad_x", x_len)?, &grad_y, geom);
        }
        Op::Pad2d(geom) => {
            let grad_y = input(&arguments.grad_y)?;
            ops::pad2d_forward(record, &outputs.add("y", op.output_len())?, &inputs[0], geom);
            ops::pad2d_backward(record, &outputs.add("grad_x", x_len)?, &grad_y, geom);
        }
        Op::Relu { len } => {
            let grad_y = input(&arguments.grad_y)?;
            ops::relu_forward(record, &outputs.add("y", *len)?, &inputs[0], *len);
            ops::relu_backward(record, &outputs.add("grad_x", *len)?, &grad_y, &inputs[0], *len);
        }
        Op::Activation { f, len } => {
            let grad_y = input(&arguments.grad_y)?;
            ops::activation_forward(record, &outputs.add("y", *len)?, &inputs[0], *f, *len);
            ops::activation_backward(record, &outputs.add("grad_x", *len)?, &grad_y, &inputs[0], *f, *len);
        }
        Op::BatchNorm(geom) => {
            let grad_y = input(&arguments.grad_y)?;
            let (y, mean) = (outputs.add("y", x_len)?, outputs.add("mean", geom.x.c)?);
            let variance = outputs.add("variance", geom.x.c)?;
            ops::batch_norm_moments(record, &mean, &variance, &inputs[0], geom);
            ops::batch_norm_forward(record, &y, &inputs[0], [&mean, &variance], geom);
            ops::batch_norm_backward(record, &outputs.add("grad_x", x_len)?, &grad_y, &y, &variance, geom);
        }
        Op::BatchNormFixed { geom, mean, variance } => {
            let (mean, variance, grad_y) = (input(mean)?, input(variance)?, input(&arguments.grad_y)?);
            ops::batch_norm_forward(record, &outputs.add("y", x_len)?, &inputs[0], [&mean, &variance], geom);
            ops::batch_norm_fixed_backward(record, &outputs.add("grad_x", x_len)?, &grad_y, &variance, geom);
        }
        Op::Dropout { layer, draw, .. } => {
            // The settings of two steps, the second of them at hand.
            let (settings, progress) = (gpu.buffer("settings", 2 * SETTINGS_LEN)?, gpu.buffer("progress", 1)?);
            gpu.write(&settings, &[!draw.key, draw.key].map(|key| ops::Settings::new(Optimiser::SGD, 0.0, 1, key)));
            gpu.write(&progress, &[1_u32]);
            let (now, grad_y) = ([&settings, &progress], input(&arguments.grad_y)?);
            ops::dropout_forward(record, &outputs.add("y", x_len)?, &inputs[0], layer, now, x_len);
            ops::dropout_forward(record, &outputs.add("grad_x", x_len)?, &grad_y, layer, now, x_len);
        }
        Op::Add { len } => {
            let grad_y = input(&arguments.grad_y)?;
            ops::sum(record, &outputs.add("y", *len)?, &[&inputs[0], &inputs[1]], *len);
            for grad in ["grad_x", "grad_w"] {
                ops::sum(record, &outputs.add(grad, *len)?, &[&grad_y], *len);
            }
        }
        Op::Concat(parts) => {
            let (y, grad_y) = (outputs.add("y", op.output_len())?, input(&arguments.grad_y)?);
            for (i, (name, geom)) in ["grad_x", "grad_w"].into_iter().zip(parts).enumerate() {
                ops::concat_forward(record, &y, &inputs[i], geom);
                ops::concat_backward(record, &outputs.add(name, arguments.inputs[i].len())?, &grad_y, geom);
            }
        }
        Op::Multiply(geom) => {
            let ([a, b], grad_y) = ([&inputs[0], &inputs[1]], input(&arguments.grad_y)?);
            ops::multiply_forward(record, &outputs.add("y", op.output_len())?, a, b, geom);
            ops::multiply_backward(record, &outputs.add("grad_x", geom.a().len())?, &grad_y, b, geom);
            ops::multiply_backward(record, &outputs.add("grad_w", geom.b().len())?, &grad_y, a, &geom.swapped());
        }
        Op::Logit { n_classes, targets } => {
            let shape = [targets.len(), *n_classes];
            let classes: Vec<u32> = targets.iter().map(|&target| target.into()).collect();
            let targets = gpu.buffer("targets", classes.len())?;
            gpu.write(&targets, &classes);
            ops::logit_forward(record, &outputs.add("losses", classes.len())?, &inputs[0], &targets, shape);
            ops::logit_backward(record, &outputs.add("grad_z", x_len)?, &targets, shape);
        }
        Op::Loss { loss, n_classes, targets } => {
            let shape = [targets.len(), *n_classes];
            let classes: Vec<u32> = targets.iter().map(|&target| target.into()).collect();
            let targets = gpu.buffer("targets", classes.len())?;
            gpu.write(&targets, &classes);
            ops::loss_forward(record, &outputs.add("losses", classes.len())?, &inputs[0], &targets, *loss, shape);
            ops::loss_backward(record, &outputs.add("grad_x", x_len)?, &inputs[0], &targets, *loss, shape);
        }
        Op::Softmax { n, n_classes } => {
            let grad_y = input(&arguments.grad_y)?;
            let p = outputs.add("y", x_len)?;
            ops::softmax_forward(record, &p, &inputs[0], [*n, *n_classes]);
            ops::softmax_backward(record, &outputs.add("grad_z", x_len)?, &grad_y, &p, [*n, *n_classes]);
        }
        Op::SoftmaxCrossEntropy { n_classes, targets } => {
            let shape = [targets.len(), *n_classes];
            let classes: Vec<u32> = targets.iter().map(|&target| target.into()).collect();
            let targets = gpu.buffer("targets", classes.len())?;
            gpu.write(&targets, &classes);
            let (losses, p) = (outputs.add("losses", classes.len())?, outputs.add("p", x_len)?);
            ops::softmax_cross_entropy_forward(record, &losses, &p, &inputs[0], &targets, shape);
            ops::softmax_cross_entropy_backward(record, &outputs.add("grad_z", x_len)?, &p, &targets, shape);
        }
    }
    gpu.submit(&recorder.finish().await?);
    outputs.read().await
}

fn three(inputs: &[Buffer]) -> [&Buffer; 3] {
    [&inputs[0], &inputs[1], &inputs[2]]
}

struct Outputs<'a> {
    gpu: &'a Gpu,
    buffers: Vec<(&'static str, Buffer)>,
}

impl Outputs<'_> {
    fn add(&mut self, name: &'static str, len: usize) -> Result<Buffer, GpuError> {
        let buffer = self.gpu.buffer(name, len + GUARDS)?;
        let mut values = vec![f32::NAN; len];
        values.resize(len + GUARDS, GUARD);
        self.gpu.write(&buffer, &values);
        self.buffers.push((name, buffer.clone()));
        Ok(buffer)
    }

    async fn read(self) -> Proved<Results<f32>> {
        let mut results = Vec::new();
        for (name, buffer) in self.buffers {
            let mut values: Vec<f32> = self.gpu.read(&buffer).await?;
            let guards = values.split_off(values.len() - GUARDS);
            if !guards.iter().all(|guard| *guard == GUARD) {
                return Err(format!("something was written past the end of {name}").into());
            }
            if name == "argmax" {
                values.iter_mut().for_each(|value| *value = value.to_bits() as f32);
            }
            results.push((name, values));
        }
        Ok(results)
    }
}
