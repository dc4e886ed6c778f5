//! The cases of `cases/<op>.toml`.

use receptive_core::{
    ConvGeom, ConvParams, GeomError, PoolGeom, PoolParams, Rng, Shape4,
    ops::{
        Activation, BatchNormGeom, Border, ConcatGeom, Draw, Dropout, LinearGeom, Loss, MultiplyGeom, PadError,
        PadGeom, PadParams,
    },
};
use serde::Deserialize;

use crate::{
    fill::Fill,
    op::{Arguments, Op},
};

/// Lists the operations; the cases of each become part of the program, so that they are there in a browser too.
macro_rules! operations {
    ($($op:literal)+) => {
        /// Every operation that has a file of cases.
        pub const OPS: &[&str] = &[$($op),+];
        const TEXTS: &[&str] = &[$(include_str!(concat!("../cases/", $op, ".toml"))),+];
    };
}

operations!(
    "batch_norm" "dropout" "conv2d" "max_pool2d" "avg_pool2d" "sum_pool2d" "pad2d" "linear" "relu" "activation" "add" "concat" "multiply" "logit" "loss" "softmax"
    "softmax_cross_entropy"
);

/// One case of one operation.
pub struct Case {
    /// Its name, which says what is special about it.
    pub name: String,
    /// The operation and its arguments, or the name of the error that its geometry must give.
    pub expects: Expects,
    /// True if the numbers keep away from kinks, so that a difference is a derivative.
    pub differentiable: bool,
}

/// The expectation of a case.
pub enum Expects {
    /// Results that agree.
    Results(Op, Arguments<f32>),
    /// An error: the one that came (nothing when it fitted after all), and the one that the case names.
    Error {
        /// The error, if there was one.
        came: Option<Unfit>,
        /// The name that was wanted.
        wanted: String,
    },
}

/// The reason that the shapes of a case do not fit.
#[derive(Clone, Copy, Debug)]
pub enum Unfit {
    /// A window does not fit.
    Window(GeomError),
    /// A border does not fit.
    Border(PadError),
    /// Two shapes have no product.
    NoProduct,
}

impl Unfit {
    /// The name of the error's variant.
    pub fn name(self) -> String {
        let debug = match self {
            Self::Window(error) => format!("{error:?}"),
            Self::Border(error) => format!("{error:?}"),
            Self::NoProduct => format!("{self:?}"),
        };
        debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned()
    }
}

/// One number for both axes, or rows and columns apart.
#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Pair {
    Both(u64),
    Each([u64; 2]),
}

impl Pair {
    fn or(pair: Option<Self>, default: [usize; 2]) -> [usize; 2] {
        // A number that is larger than any size here, in a browser say, is the largest.
        let size = |n| usize::try_from(n).unwrap_or(usize::MAX);
        match pair {
            None => default,
            Some(Self::Both(n)) => [size(n); 2],
            Some(Self::Each(each)) => each.map(size),
        }
    }
}

/// An activation function as a case writes it: `"tanh"`, `{ elu = { alpha = 1.0 } }`.
#[derive(Clone, Copy, Deserialize)]
struct Function(#[serde(with = "FunctionFields")] Activation);

#[derive(Deserialize)]
#[serde(remote = "Activation", rename_all = "snake_case", deny_unknown_fields)]
enum FunctionFields {
    Relu,
    Sigmoid,
    Tanh,
    LeakyRelu { slope: f32 },
    Elu { alpha: f32 },
    Maxout { lines: [[f32; 2]; 2] },
    Rbf { centre: f32, epsilon: f32 },
}

/// A loss by name: `"hinge"`.
#[derive(Clone, Copy, Deserialize)]
pub struct NamedLoss(#[serde(with = "LossNames")] pub Loss);

#[derive(Deserialize)]
#[serde(remote = "Loss", rename_all = "snake_case")]
enum LossNames {
    SquaredError,
    AbsoluteError,
    Hinge,
    BinaryCrossEntropy,
}

/// The contents of a border, by name: `"reflect"`.
#[derive(Clone, Copy, Deserialize)]
struct Held(#[serde(with = "HeldNames")] Border);

#[derive(Deserialize)]
#[serde(remote = "Border", rename_all = "snake_case")]
enum HeldNames {
    Zeros,
    Replicate,
    Reflect,
}

#[derive(Deserialize)]
struct File {
    case: Vec<Raw>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    name: String,
    x: Fill,
    w: Option<Fill>,
    b: Option<Fill>,
    grad_y: Option<Fill>,
    targets: Option<Fill>,
    stride: Option<Pair>,
    padding: Option<Pair>,
    dilation: Option<Pair>,
    groups: Option<usize>,
    window: Option<Pair>,
    before: Option<Pair>,
    after: Option<Pair>,
    border: Option<Held>,
    rate: Option<f32>,
    function: Option<Function>,
    loss: Option<NamedLoss>,
    #[serde(default)]
    ceil: bool,
    #[serde(default = "yes")]
    differentiable: bool,
    error: Option<String>,
}

fn yes() -> bool {
    true
}

/// The cases of an operation.
///
/// # Errors
/// When it has none, or its file says something that no case can say.
pub fn read(op: &str) -> Result<Vec<Case>, String> {
    let text = OPS.iter().zip(TEXTS).find_map(|(name, text)| (*name == op).then_some(text));
    parse(op, text.ok_or("there is no such operation")?).map_err(|error| format!("cases/{op}.toml: {error}"))
}

fn parse(op: &str, text: &str) -> Result<Vec<Case>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    file.case.into_iter().map(|raw| build(op, raw)).collect()
}

fn build(op: &str, raw: Raw) -> Result<Case, String> {
    let name = raw.name.clone();
    let differentiable = raw.differentiable;
    let expects = match (geometry(op, &raw).map_err(|error| format!("{name}: {error}"))?, &raw.error) {
        (Ok(op), None) => {
            let arguments = arguments(&op, &raw).map_err(|error| format!("{name}: {error}"))?;
            Expects::Results(op, arguments)
        }
        (Err(error), None) => return Err(format!("{name}: {error:?}")),
        (came, Some(wanted)) => Expects::Error { came: came.err(), wanted: wanted.clone() },
    };
    Ok(Case { name, expects, differentiable })
}

/// The operation, or why its shapes do not fit. The outer error is a mistake in the file.
fn geometry(op: &str, raw: &Raw) -> Result<Result<Op, Unfit>, String> {
    let x = &raw.x.shape;
    let shape4 = |shape: &[usize]| match *shape {
        [n, c, h, w] => Ok(Shape4::new(n, c, h, w)),
        _ => Err(format!("{shape:?} should have four axes")),
    };
    let rows = |shape: &[usize]| match *shape {
        [n, n_classes] => Ok((n, n_classes)),
        _ => Err(format!("{shape:?} should have two axes")),
    };
    let seed = || raw.targets.as_ref().map(|targets| targets.seed).ok_or("targets are missing".to_owned());
    let kernels = || raw.w.as_ref().ok_or("w is missing".to_owned());
    Ok(match op {
        "conv2d" => {
            let params = ConvParams {
                stride: Pair::or(raw.stride, [1, 1]),
                padding: Pair::or(raw.padding, [0, 0]),
                dilation: Pair::or(raw.dilation, [1, 1]),
                groups: raw.groups.unwrap_or(1),
            };
            let geom = ConvGeom::new(shape4(x)?, shape4(&kernels()?.shape)?, params);
            geom.map(Op::Conv2d).map_err(Unfit::Window)
        }
        "max_pool2d" | "avg_pool2d" | "sum_pool2d" => {
            let window = Pair::or(Some(raw.window.ok_or("window is missing")?), [0, 0]);
            let stride = Pair::or(raw.stride, window);
            let params = PoolParams { window, stride, padding: Pair::or(raw.padding, [0, 0]), ceil: raw.ceil };
            let geom = PoolGeom::new(shape4(x)?, params);
            let pooling = match op {
                "max_pool2d" => Op::MaxPool2d,
                "avg_pool2d" => Op::AvgPool2d,
                _ => Op::SumPool2d,
            };
            geom.map(pooling).map_err(Unfit::Window)
        }
        "pad2d" => {
            let Held(border) = raw.border.ok_or("border is missing")?;
            let params = PadParams { before: Pair::or(raw.before, [0, 0]), after: Pair::or(raw.after, [0, 0]), border };
            PadGeom::new(shape4(x)?, params).map(Op::Pad2d).map_err(Unfit::Border)
        }
        "linear" => {
            let ((n, inputs), (outputs, read)) = (rows(x)?, rows(&kernels()?.shape)?);
            if read != inputs {
                return Err(format!("w reads {read} values, x has {inputs}"));
            }
            Ok(Op::Linear(LinearGeom { n, inputs, outputs }))
        }
        "relu" => Ok(Op::Relu { len: x.iter().product() }),
        "activation" => {
            let Function(f) = raw.function.ok_or("function is missing")?;
            Ok(Op::Activation { f, len: x.iter().product() })
        }
        "batch_norm" if raw.targets.is_none() => Ok(Op::BatchNorm(BatchNormGeom { x: shape4(x)?, epsilon: 1e-5 })),
        "batch_norm" => {
            let geom = BatchNormGeom { x: shape4(x)?, epsilon: 1e-5 };
            let mut rng = Rng::new(seed()?);
            let (mean, variance) = (0..geom.x.c).map(|_| (rng.range(-2.0, 2.0), rng.range(0.0, 4.0))).unzip();
            Ok(Op::BatchNormFixed { geom, mean, variance })
        }
        "dropout" => {
            let shape = shape4(x)?;
            let rate = raw.rate.ok_or("rate is missing")?;
            let layer = Dropout { rate, layer: 3, image_len: shape.image_len() };
            // The whole batch is at hand, as on a GPU.
            Ok(Op::Dropout { layer, draw: Draw { key: seed()? as u32, first_image: 0 }, n: shape.n })
        }
        "add" => Ok(Op::Add { len: x.iter().product() }),
        "concat" => {
            let (x, w) = (shape4(x)?, shape4(&kernels()?.shape)?);
            let whole = x.image_len() + w.image_len();
            let place = |part, offset| ConcatGeom { n: x.n, offset, part, whole };
            Ok(Op::Concat([place(x.image_len(), 0), place(w.image_len(), x.image_len())]))
        }
        "multiply" => {
            let geom = MultiplyGeom::new(shape4(x)?, shape4(&kernels()?.shape)?);
            geom.map(Op::Multiply).ok_or(Unfit::NoProduct)
        }
        "softmax" => rows(x).map(|(n, n_classes)| Ok(Op::Softmax { n, n_classes }))?,
        "logit" | "loss" | "softmax_cross_entropy" => {
            let (n, n_classes) = rows(x)?;
            let mut rng = Rng::new(seed()?);
            let targets = (0..n).map(|_| rng.below(n_classes as u32) as u8).collect();
            Ok(match op {
                "logit" => Op::Logit { n_classes, targets },
                "loss" => {
                    let NamedLoss(loss) = raw.loss.ok_or("loss is missing")?;
                    Op::Loss { loss, n_classes, targets }
                }
                _ => Op::SoftmaxCrossEntropy { n_classes, targets },
            })
        }
        _ => return Err(format!("there is no operation {op}")),
    })
}

fn arguments(op: &Op, raw: &Raw) -> Result<Arguments<f32>, String> {
    let fills = [Some(&raw.x), raw.w.as_ref(), raw.b.as_ref()];
    let inputs = op.input_lens().into_iter().zip(fills).map(|(len, fill)| match fill {
        Some(fill) => Ok(fill.values(len)),
        None => Err("an input has no seed"),
    });
    let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
    let grad_y = match (op.output_len(), &raw.grad_y) {
        (0, None) => Vec::new(),
        (0, Some(_)) => return Err("the operation is the loss: it has no grad_y".into()),
        (len, Some(fill)) => fill.values(len),
        (_, None) => return Err("grad_y has no seed".into()),
    };
    Ok(Arguments { inputs, grad_y })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_setting_is_refused() {
        let text = "[[case]]\nname = 'n'\nx = { shape = [2], seed = 1 }\ngrad_y = { seed = 2 }\nstrid = 2\n";
        assert!(parse("relu", text).err().expect("must be refused").contains("strid"));
        assert!(parse("relu", &text.replace("strid = 2", "")).is_ok());
    }

    #[test]
    fn a_case_whose_shapes_do_not_fit_is_refused_unless_it_names_the_error() {
        let text = "[[case]]\nname = 'n'\nx = { shape = [1, 1, 2, 2], seed = 1 }\nwindow = 3\ngrad_y = { seed = 2 }\n";
        assert!(parse("max_pool2d", text).err().expect("must be refused").contains("KernelLargerThanInput"));
        let cases = parse("max_pool2d", &format!("{text}error = 'Other'")).expect("an error case");
        let Expects::Error { came: Some(unfit), wanted } = &cases[0].expects else { panic!("an error case") };
        assert_eq!((unfit.name().as_str(), wanted.as_str()), ("KernelLargerThanInput", "Other"));
    }

    #[test]
    fn an_upstream_gradient_must_be_given() {
        let text = "[[case]]\nname = 'n'\nx = { shape = [2], seed = 1 }\n";
        assert!(parse("relu", text).err().expect("must be refused").contains("grad_y"));
    }
}
