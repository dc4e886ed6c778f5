//! An operation with its geometry, and the named lists of numbers that go in and come out.

use receptive_core::{
    ConvGeom, PoolGeom,
    ops::{
        Activation, BatchNormGeom, Border, ConcatGeom, Draw, Dropout, LinearGeom, Loss, MultiplyGeom, PadGeom,
        PadParams,
    },
};

use crate::{close::Tolerance, fill::widen};

/// An operation to be computed.
#[derive(Clone, Debug)]
pub enum Op {
    /// Inputs x, w, b.
    Conv2d(ConvGeom),
    /// Input x. Results include `argmax`.
    MaxPool2d(PoolGeom),
    /// Input x.
    AvgPool2d(PoolGeom),
    /// Input x.
    SumPool2d(PoolGeom),
    /// Input x.
    Pad2d(PadGeom),
    /// Inputs x, w, b.
    Linear(LinearGeom),
    /// Input x.
    Relu {
        /// Values.
        len: usize,
    },
    /// Input x.
    Activation {
        /// The function, with its constants.
        f: Activation,
        /// Values.
        len: usize,
    },
    /// Input x. Results include `mean` and `variance`.
    BatchNorm(BatchNormGeom),
    /// Input x.
    BatchNormFixed {
        /// Its shape.
        geom: BatchNormGeom,
        /// The mean of each channel.
        mean: Vec<f32>,
        /// The variance of each channel.
        variance: Vec<f32>,
    },
    /// Input x.
    Dropout {
        /// The layer.
        layer: Dropout,
        /// The choices of the step.
        draw: Draw,
        /// Images.
        n: usize,
    },
    /// Inputs x, w: two parts.
    Add {
        /// Values of each.
        len: usize,
    },
    /// Inputs x, w: two parts, and the place of each.
    Concat([ConcatGeom; 2]),
    /// Inputs x, w: two factors.
    Multiply(MultiplyGeom),
    /// Input z, rows of classes. Results are the picked logit of each row, as `losses`, and its gradient.
    Logit {
        /// Values per row.
        n_classes: usize,
        /// The class of each row.
        targets: Vec<u8>,
    },
    /// Input x, rows of scores. Results are `losses` per row, and the gradient of the **mean** loss.
    Loss {
        /// Which loss.
        loss: Loss,
        /// Values per row.
        n_classes: usize,
        /// The true class of each row.
        targets: Vec<u8>,
    },
    /// Input z, rows of classes.
    Softmax {
        /// Rows.
        n: usize,
        /// Values per row.
        n_classes: usize,
    },
    /// Input z, rows of classes. Results are `losses` per row, `p` and the gradient of the **mean** loss.
    SoftmaxCrossEntropy {
        /// Values per row.
        n_classes: usize,
        /// The true class of each row.
        targets: Vec<u8>,
    },
}

/// Results by name: `y` (or `losses`, `p`, `argmax`), `grad_x`, `grad_w`, `grad_b` (or `grad_z`).
pub type Results<T> = Vec<(&'static str, Vec<T>)>;

/// The result of this name.
///
/// # Panics
/// When there is none.
pub fn result<'a, T>(results: &'a Results<T>, name: &str) -> &'a [T] {
    match results.iter().find(|(n, _)| *n == name) {
        Some((_, values)) => values,
        None => panic!("no result named {name}"),
    }
}

/// The numbers an operation is run on.
#[derive(Clone, Debug)]
pub struct Arguments<T> {
    /// One list per name in `Op::inputs`.
    pub inputs: Vec<Vec<T>>,
    /// The gradient of the loss with respect to the output; empty where the operation is the loss.
    pub grad_y: Vec<T>,
}

impl Arguments<f32> {
    /// The same numbers in f64.
    pub fn widened(&self) -> Arguments<f64> {
        Arguments { inputs: self.inputs.iter().map(|input| widen(input)).collect(), grad_y: widen(&self.grad_y) }
    }
}

impl Op {
    /// The operation's one name: of its file of cases, of its functions, of its lesson.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Conv2d(_) => "conv2d",
            Self::MaxPool2d(_) => "max_pool2d",
            Self::AvgPool2d(_) => "avg_pool2d",
            Self::SumPool2d(_) => "sum_pool2d",
            Self::Pad2d(_) => "pad2d",
            Self::Linear(_) => "linear",
            Self::Relu { .. } => "relu",
            Self::Activation { .. } => "activation",
            Self::BatchNorm(_) | Self::BatchNormFixed { .. } => "batch_norm",
            Self::Dropout { .. } => "dropout",
            Self::Add { .. } => "add",
            Self::Concat(_) => "concat",
            Self::Multiply(_) => "multiply",
            Self::Logit { .. } => "logit",
            Self::Loss { .. } => "loss",
            Self::Softmax { .. } => "softmax",
            Self::SoftmaxCrossEntropy { .. } => "softmax_cross_entropy",
        }
    }

    /// The gradients it has, one per input, in the inputs' order.
    pub fn gradients(&self) -> &'static [&'static str] {
        match self {
            Self::Conv2d(_) | Self::Linear(_) => &["grad_x", "grad_w", "grad_b"],
            Self::MaxPool2d(_)
            | Self::AvgPool2d(_)
            | Self::SumPool2d(_)
            | Self::Pad2d(_)
            | Self::Relu { .. }
            | Self::BatchNorm(_)
            | Self::BatchNormFixed { .. }
            | Self::Dropout { .. }
            | Self::Loss { .. }
            | Self::Activation { .. } => &["grad_x"],
            Self::Add { .. } | Self::Concat(_) | Self::Multiply(_) => &["grad_x", "grad_w"],
            Self::Logit { .. } | Self::Softmax { .. } | Self::SoftmaxCrossEntropy { .. } => &["grad_z"],
        }
    }

    /// Lengths of the inputs, in order.
    pub fn input_lens(&self) -> Vec<usize> {
        match self {
            Self::Conv2d(geom) => vec![geom.x().len(), geom.w().len(), geom.w().n],
            Self::MaxPool2d(geom) | Self::AvgPool2d(geom) | Self::SumPool2d(geom) => vec![geom.x().len()],
            Self::Pad2d(geom) => vec![geom.x().len()],
            Self::Linear(g) => vec![g.n * g.inputs, g.outputs * g.inputs, g.outputs],
            Self::Relu { len } | Self::Activation { len, .. } => vec![*len],
            Self::BatchNorm(geom) | Self::BatchNormFixed { geom, .. } => vec![geom.x.len()],
            Self::Dropout { layer, n, .. } => vec![*n * layer.image_len],
            Self::Add { len } => vec![*len; 2],
            Self::Concat(parts) => parts.map(|part| part.n * part.part).to_vec(),
            Self::Multiply(geom) => vec![geom.a().len(), geom.b().len()],
            Self::Softmax { n, n_classes } => vec![n * n_classes],
            Self::Logit { n_classes, targets }
            | Self::Loss { n_classes, targets, .. }
            | Self::SoftmaxCrossEntropy { n_classes, targets } => {
                vec![targets.len() * n_classes]
            }
        }
    }

    /// Length of the output, and of the gradient that comes from above; 0 where the operation is the loss.
    pub fn output_len(&self) -> usize {
        match self {
            Self::Conv2d(geom) => geom.y().len(),
            Self::MaxPool2d(geom) | Self::AvgPool2d(geom) | Self::SumPool2d(geom) => geom.y().len(),
            Self::Pad2d(geom) => geom.y().len(),
            Self::Linear(g) => g.n * g.outputs,
            Self::Relu { len } | Self::Activation { len, .. } => *len,
            Self::BatchNorm(_) | Self::BatchNormFixed { .. } | Self::Dropout { .. } => self.input_lens()[0],
            Self::Add { len } => *len,
            Self::Concat([part, _]) => part.n * part.whole,
            Self::Multiply(geom) => geom.y().len(),
            Self::Softmax { n, n_classes } => n * n_classes,
            Self::Logit { .. } | Self::Loss { .. } | Self::SoftmaxCrossEntropy { .. } => 0,
        }
    }

    /// The distance that an f32 result may have from the exact one.
    pub fn tolerance(&self, result: &str) -> Tolerance {
        match (self, result) {
            (Self::Conv2d(geom), "y") => Tolerance::sum_of(geom.w().image_len() + 1),
            (Self::Conv2d(geom), "grad_x") => {
                Tolerance::sum_of(geom.w().n / geom.params().groups * geom.w().h * geom.w().w)
            }
            (Self::Conv2d(geom), _) => Tolerance::sum_of(geom.y().n * geom.y().h * geom.y().w),
            (Self::Linear(g), "y") => Tolerance::sum_of(g.inputs + 1),
            (Self::Linear(g), "grad_x") => Tolerance::sum_of(g.outputs),
            (Self::Linear(g), _) => Tolerance::sum_of(g.n),
            (Self::MaxPool2d(_), "y" | "argmax") | (Self::Relu { .. }, _) => Tolerance::EXACT,
            (Self::MaxPool2d(geom) | Self::AvgPool2d(geom) | Self::SumPool2d(geom), _) => {
                Tolerance::sum_of(geom.params().window[0] * geom.params().window[1])
            }
            (Self::Pad2d(geom), "grad_x") if geom.params().border != Border::Zeros => {
                let PadParams { before, after, .. } = geom.params();
                // A cell has at most one copy per place in the border, along each axis.
                Tolerance::sum_of((1 + before[0] + after[0]) * (1 + before[1] + after[1]))
            }
            (Self::Pad2d(_), _) => Tolerance::EXACT,
            (Self::Activation { f, .. }, _) => match f {
                Activation::Relu => Tolerance::EXACT,
                Activation::LeakyRelu { .. } => Tolerance::sum_of(1),
                Activation::Maxout { .. } => Tolerance::sum_of(2),
                _ => Tolerance::EXPONENTIAL,
            },
            (Self::BatchNorm(geom), _) => Tolerance::sum_of(geom.channel_len()),
            (Self::BatchNormFixed { .. }, _) => Tolerance::sum_of(2),
            (Self::Dropout { .. }, _) => Tolerance::sum_of(1),
            (Self::Add { .. } | Self::Multiply(_), "y") => Tolerance::sum_of(1),
            (Self::Add { .. } | Self::Concat(_) | Self::Logit { .. }, _) => Tolerance::EXACT,
            (Self::Multiply(geom), _) => Tolerance::sum_of(geom.y().image_len()),
            (Self::Loss { n_classes, .. }, "losses") => Tolerance::EXPONENTIAL.plus(Tolerance::sum_of(*n_classes)),
            (Self::Loss { .. }, _) => Tolerance::EXPONENTIAL,
            (Self::Softmax { .. } | Self::SoftmaxCrossEntropy { .. }, _) => Tolerance::EXPONENTIAL,
        }
    }

    /// Multiply-adds of one forward pass, about.
    pub fn cost(&self) -> usize {
        match self {
            Self::Conv2d(geom) => geom.n_macs() as usize,
            Self::Linear(g) => g.n * g.inputs * g.outputs,
            Self::MaxPool2d(geom) | Self::AvgPool2d(geom) | Self::SumPool2d(geom) => {
                geom.y().len() * geom.params().window[0] * geom.params().window[1]
            }
            Self::Pad2d(geom) => geom.y().len(),
            Self::Concat(_) | Self::Multiply(_) => self.output_len(),
            _ => self.input_lens()[0],
        }
    }
}
