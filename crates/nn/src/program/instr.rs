//! One operation on named buffers.

use super::{BufferId, ParamId};
use crate::optim::Optimiser;
use alloc::vec;
use alloc::vec::Vec;
use receptive_core::ops::LinearGeom;
use receptive_core::{ConvGeom, PoolGeom};

/// One operation on named buffers. Fields are those of the operation of that name in `receptive_core::ops`.
///
/// With `relu`, the operation and the rectifier after it are one. With `rectified`, the output of a max pooling of
/// rectified values, its backward pass is also that of the rectifier before it.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the arguments of the operations they name")]
pub enum Instr {
    Conv2dForward {
        y: BufferId,
        x: BufferId,
        w: ParamId,
        b: ParamId,
        geom: ConvGeom,
        relu: bool,
    },
    Conv2dGradX {
        grad_x: BufferId,
        w: ParamId,
        grad_y: BufferId,
        geom: ConvGeom,
    },
    Conv2dGradW {
        grad_w: BufferId,
        x: BufferId,
        grad_y: BufferId,
        geom: ConvGeom,
    },
    Conv2dGradB {
        grad_b: BufferId,
        grad_y: BufferId,
        geom: ConvGeom,
    },
    LinearForward {
        y: BufferId,
        x: BufferId,
        w: ParamId,
        b: ParamId,
        geom: LinearGeom,
        relu: bool,
    },
    LinearGradX {
        grad_x: BufferId,
        w: ParamId,
        grad_y: BufferId,
        geom: LinearGeom,
    },
    LinearGradW {
        grad_w: BufferId,
        x: BufferId,
        grad_y: BufferId,
        geom: LinearGeom,
    },
    LinearGradB {
        grad_b: BufferId,
        grad_y: BufferId,
        geom: LinearGeom,
    },
    MaxPool2dForward {
        y: BufferId,
        argmax: BufferId,
        x: BufferId,
        geom: PoolGeom,
    },
    MaxPool2dBackward {
        grad_x: BufferId,
        grad_y: BufferId,
        argmax: BufferId,
        rectified: Option<BufferId>,
        geom: PoolGeom,
    },
    AvgPool2dForward {
        y: BufferId,
        x: BufferId,
        geom: PoolGeom,
    },
    AvgPool2dBackward {
        grad_x: BufferId,
        grad_y: BufferId,
        geom: PoolGeom,
    },
    ReluForward {
        y: BufferId,
        x: BufferId,
    },
    ReluBackward {
        grad_x: BufferId,
        grad_y: BufferId,
        x: BufferId,
    },
    SoftmaxCrossEntropyForward {
        losses: BufferId,
        p: BufferId,
        z: BufferId,
    },
    SoftmaxCrossEntropyBackward {
        grad_z: BufferId,
        p: BufferId,
    },
    Update {
        param: ParamId,
        grad: BufferId,
        rule: Optimiser,
    },
}

/// The buffers of an instruction.
pub(super) struct Operands<'a> {
    pub(super) written: Vec<&'a mut BufferId>,
    pub(super) read: Vec<&'a mut BufferId>,
}

impl Instr {
    pub(super) fn operands(&mut self) -> Operands<'_> {
        let (written, read) = match self {
            Self::Conv2dForward { y, x, .. }
            | Self::LinearForward { y, x, .. }
            | Self::AvgPool2dForward { y, x, .. }
            | Self::ReluForward { y, x } => (vec![y], vec![x]),
            Self::Conv2dGradX { grad_x: out, grad_y, .. }
            | Self::Conv2dGradB { grad_b: out, grad_y, .. }
            | Self::LinearGradX { grad_x: out, grad_y, .. }
            | Self::LinearGradB { grad_b: out, grad_y, .. }
            | Self::AvgPool2dBackward { grad_x: out, grad_y, .. } => (vec![out], vec![grad_y]),
            Self::Conv2dGradW { grad_w: out, x, grad_y, .. }
            | Self::LinearGradW { grad_w: out, x, grad_y, .. }
            | Self::ReluBackward { grad_x: out, grad_y, x } => (vec![out], vec![grad_y, x]),
            Self::MaxPool2dForward { y, argmax, x, .. } => (vec![y, argmax], vec![x]),
            Self::MaxPool2dBackward { grad_x, grad_y, argmax, rectified, .. } => {
                (vec![grad_x], [grad_y, argmax].into_iter().chain(rectified).collect())
            }
            Self::SoftmaxCrossEntropyForward { losses, p, z } => (vec![losses, p], vec![z]),
            Self::SoftmaxCrossEntropyBackward { grad_z, p } => (vec![grad_z], vec![p]),
            Self::Update { grad, .. } => (vec![], vec![grad]),
        };
        Operands { written, read }
    }
}
