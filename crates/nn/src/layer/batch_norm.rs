//! Batch normalisation, with a scale and a shift for each channel.
//!
//! Training takes mean and variance from the batch and keeps a running average of both; everything else takes the
//! averages. Scale and shift are a convolution of each channel with a kernel of one cell.

use super::{Geometry, Kind, Layer, LayerGeometry, ParamSpec, Reader, Start};
use crate::expr::Expr;
use crate::ledger::{Formulas, SizeFormula};
use crate::program::instr::{
    Average, Conv2dForward, Conv2dGradB, Conv2dGradW, Conv2dGradX, Memory, Operation, StepValues, instruction,
};
use crate::program::{BufferId, Emitter, Role, Site, Tensor};
use crate::spec::SpecError;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::ops::{
    BatchNormGeom, batch_norm_backward, batch_norm_fixed_backward, batch_norm_fixed_grad_x_terms, batch_norm_forward,
    batch_norm_grad_x_terms, batch_norm_mean_terms, batch_norm_moments, batch_norm_terms, batch_norm_variance_terms,
};
use receptive_core::terms::{Cell, Terms};
use receptive_core::{ConvGeom, ConvParams, Shape4};

/// Added to variances, and the share of a running average that each step replaces: both as in PyTorch.
const EPSILON: f32 = 1e-5;
const MOMENTUM: f32 = 0.1;
/// The roles of the running averages.
const MEAN: &str = "running mean";
const VARIANCE: &str = "running variance";

pub(super) const READER: Reader = Reader::plain('n', |_| Some(Layer::BatchNorm));

pub(super) struct BatchNorm;

impl Kind for BatchNorm {
    fn name(&self) -> &'static str {
        "batch-norm"
    }

    fn write(&self, text: &mut String) {
        text.push('n');
    }

    fn place(&self, x: Shape4, number: usize) -> Result<(LayerGeometry, Shape4), SpecError> {
        let geom = ConvGeom::new(x, per_channel(x), ConvParams::default().groups(x.c));
        let scale =
            geom.map_err(|error| SpecError::Geometry { layer: number, kind: Box::new(Layer::BatchNorm), error })?;
        Ok((LayerGeometry::BatchNorm(Placed { scale }), x))
    }
}

/// The shape of one number for each channel.
fn per_channel(x: Shape4) -> Shape4 {
    Shape4::new(x.c, 1, 1, 1)
}

/// A batch normalisation that fits its input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// Scale and shift, as a convolution.
    scale: ConvGeom,
}

impl Placed {
    fn geom(self) -> BatchNormGeom {
        BatchNormGeom { x: self.scale.x(), epsilon: EPSILON }
    }

    /// Values of a channel.
    pub(crate) fn channel_len(self) -> usize {
        self.geom().channel_len()
    }

    /// Emits the normalisation with the batch's own moments, and their running averages.
    fn emit_of_batch(self, at: &Site<'_>, [normalised, grad]: [BufferId; 2], to: &mut Emitter) {
        let (geom, shape) = (self.geom(), per_channel(self.scale.x()));
        let mut moment = |role| to.buffer(format!("{} {role}", at.name), shape, Role::Statistic);
        let [mean, variance] = ["mean", "variance"].map(&mut moment);
        let n = self.channel_len() as f32;
        // The variance of all images is larger than that of a sample by this (Bessel).
        for (role, found, factor) in [(MEAN, mean, 1.0), (VARIANCE, variance, n / (n - 1.0))] {
            let param = to.statistic(at, role, shape);
            to.update(Average { param, found, momentum: MOMENTUM, factor });
        }
        to.forward(BatchNormMoments { mean, variance, x: at.x, geom });
        to.forward(BatchNormForward { y: normalised, x: at.x, mean, variance, geom });
        to.backward(BatchNormBackward { grad_x: at.grad_x, grad_y: grad, y: normalised, variance, geom });
    }

    /// Emits the normalisation with the running averages.
    fn emit_fixed(self, at: &Site<'_>, [normalised, grad]: [BufferId; 2], to: &mut Emitter) {
        let (geom, shape) = (self.geom(), per_channel(self.scale.x()));
        let [mean, variance] = [MEAN, VARIANCE].map(|role| to.statistic(at, role, shape));
        to.forward(BatchNormFixedForward { y: normalised, x: at.x, mean, variance, geom });
        to.backward(BatchNormFixedBackward { grad_x: at.grad_x, grad_y: grad, variance, geom });
    }
}

impl Geometry for Placed {
    fn formulas(&self) -> Formulas {
        let x = self.scale.x();
        Formulas {
            size: SizeFormula::Kept,
            params: Some(Expr::sizes([2, x.c])),
            macs: Some(Expr::sizes([x.h, x.w, x.c])),
        }
    }

    fn parameters(&self) -> Vec<ParamSpec> {
        let shape = per_channel(self.scale.x());
        let all = |role, value, is_learnt| ParamSpec { role, shape, start: Start::Constant(value), is_learnt };
        vec![all("weight", 1.0, true), all("bias", 0.0, true), all(MEAN, 0.0, false), all(VARIANCE, 1.0, false)]
    }

    fn scratch_len(&self) -> usize {
        receptive_core::ops::conv2d_scratch_len(&self.scale)
    }

    fn emit(&self, at: &Site<'_>, to: &mut Emitter) {
        let (geom, shape) = (self.scale, per_channel(self.scale.x()));
        let (normalised, grad) = to.activation(&format!("{} normalised", at.name), geom.x(), Role::Activation);
        let (w, grad_w) = to.param(at, "weight", shape);
        let (b, grad_b) = to.param(at, "bias", shape);
        if to.is_training() {
            self.emit_of_batch(at, [normalised, grad], to);
        } else {
            self.emit_fixed(at, [normalised, grad], to);
        }
        to.forward(Conv2dForward { y: at.y, x: normalised, w, b, geom, relu: false });
        to.backward(Conv2dGradX { grad_x: grad, grad_y: at.grad_y, w, geom });
        to.backward(Conv2dGradB { grad_b, grad_y: at.grad_y, geom });
        to.backward(Conv2dGradW { grad_w, x: normalised, grad_y: at.grad_y, geom });
    }
}

instruction! {
    /// The mean and the variance of each channel of the batch.
    BatchNormMoments writes { mean, variance } reads { x } params {} with { geom: BatchNormGeom }
}
instruction! {
    /// The values less their channel's mean, over the root of its variance.
    BatchNormForward writes { y } reads { x, mean, variance } params {} with { geom: BatchNormGeom }
}
instruction! {
    /// The gradient with respect to the input, through mean and variance as well.
    BatchNormBackward writes { grad_x } reads { grad_y, y, variance } params {} with { geom: BatchNormGeom }
}
instruction! {
    /// The values less the running mean, over the root of the running variance.
    BatchNormFixedForward writes { y } reads { x } params { mean, variance } with { geom: BatchNormGeom }
}
instruction! {
    /// The gradient with respect to the input, where mean and variance are constants.
    BatchNormFixedBackward writes { grad_x } reads { grad_y } params { variance } with { geom: BatchNormGeom }
}

/// The cells of a channel of these tensors.
fn of_channel(tensors: &[BufferId], channel: usize, geom: &BatchNormGeom) -> Vec<Cell<Tensor>> {
    let cells = |tensor| geom.channel_cells(channel).map(move |index| Cell { tensor, index });
    tensors.iter().map(|&buffer| Tensor::Buffer(buffer)).flat_map(cells).collect()
}

impl Operation for BatchNormMoments {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write_two([self.mean, self.variance], |mean, variance, at| {
            batch_norm_moments(mean, variance, at.buffer(self.x), &self.geom);
        });
    }

    fn terms(&self, Cell { tensor, index }: Cell<Tensor>, _: &StepValues<'_>) -> Terms<Tensor> {
        let x = Tensor::Buffer(self.x);
        if tensor == Tensor::Buffer(self.mean) {
            return batch_norm_mean_terms(index, x, &self.geom);
        }
        batch_norm_variance_terms(index, x, &self.geom)
    }

    fn readers(&self, Cell { index, .. }: Cell<Tensor>, _: usize) -> Vec<Cell<Tensor>> {
        let index = self.geom.channel(index);
        [self.mean, self.variance].map(|buffer| Cell { tensor: Tensor::Buffer(buffer), index }).into()
    }
}

impl Operation for BatchNormForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.y, |y, at, _| {
            let [x, mean, variance] = [self.x, self.mean, self.variance].map(|id| at.buffer(id));
            batch_norm_forward(y, x, mean, variance, &self.geom);
        });
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, _: &StepValues<'_>) -> Terms<Tensor> {
        batch_norm_terms(index, [self.x, self.mean, self.variance].map(Tensor::Buffer), &self.geom)
    }

    fn readers(&self, Cell { tensor, index }: Cell<Tensor>, _: usize) -> Vec<Cell<Tensor>> {
        match tensor {
            Tensor::Buffer(id) if id == self.x => vec![Cell { tensor: Tensor::Buffer(self.y), index }],
            _ => of_channel(&[self.y], index, &self.geom),
        }
    }
}

impl Operation for BatchNormBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_x, |grad_x, at, _| {
            let [grad_y, y, variance] = [self.grad_y, self.y, self.variance].map(|id| at.buffer(id));
            batch_norm_backward(grad_x, grad_y, y, variance, &self.geom);
        });
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        let tensors = [self.grad_y, self.y, self.variance].map(Tensor::Buffer);
        let (output, variance) = (|i| values.buffer(self.y, i), |channel| values.buffer(self.variance, channel));
        batch_norm_grad_x_terms(index, tensors, output, variance, &self.geom)
    }

    fn readers(&self, Cell { tensor, index }: Cell<Tensor>, _: usize) -> Vec<Cell<Tensor>> {
        let is_variance = tensor == Tensor::Buffer(self.variance);
        of_channel(&[self.grad_x], if is_variance { index } else { self.geom.channel(index) }, &self.geom)
    }
}

impl Operation for BatchNormFixedForward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.y, |y, at, _| {
            batch_norm_forward(y, at.buffer(self.x), at.param(self.mean), at.param(self.variance), &self.geom);
        });
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, _: &StepValues<'_>) -> Terms<Tensor> {
        let [mean, variance] = [self.mean, self.variance].map(Tensor::Param);
        batch_norm_terms(index, [Tensor::Buffer(self.x), mean, variance], &self.geom)
    }

    fn readers(&self, Cell { tensor, index }: Cell<Tensor>, _: usize) -> Vec<Cell<Tensor>> {
        match tensor {
            Tensor::Buffer(_) => vec![Cell { tensor: Tensor::Buffer(self.y), index }],
            _ => of_channel(&[self.y], index, &self.geom),
        }
    }
}

impl Operation for BatchNormFixedBackward {
    fn run(&self, memory: &mut Memory<'_>) {
        memory.write(self.grad_x, |grad_x, at, _| {
            batch_norm_fixed_backward(grad_x, at.buffer(self.grad_y), at.param(self.variance), &self.geom);
        });
    }

    fn terms(&self, Cell { index, .. }: Cell<Tensor>, values: &StepValues<'_>) -> Terms<Tensor> {
        let variance = Tensor::Param(self.variance);
        let of_channel = |index| (values.value)(Cell { tensor: variance, index });
        batch_norm_fixed_grad_x_terms(index, [Tensor::Buffer(self.grad_y), variance], of_channel, &self.geom)
    }

    fn readers(&self, Cell { tensor, index }: Cell<Tensor>, _: usize) -> Vec<Cell<Tensor>> {
        match tensor {
            Tensor::Buffer(_) => vec![Cell { tensor: Tensor::Buffer(self.grad_x), index }],
            _ => of_channel(&[self.grad_x], index, &self.geom),
        }
    }
}
