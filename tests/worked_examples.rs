//! The worked numbers of the course decks, each computed by the code that a lesson would show.

use libtest_mimic::{Arguments as Options, Failed, Trial};
use receptive_core::{ConvGeom, ConvParams, PoolGeom, PoolParams, Shape4};
use receptive_nn::{Layer, Ledger, Preset, Spec, Tally};
use receptive_tests::{
    close::{Tolerance, compare},
    engines::ENGINES,
    goldens::{self, WorkedExample, WorkedExamples},
    op::{Arguments, Op, result},
};
use serde::de::DeserializeOwned;

/// How many there are of each kind: none may be lost on the way.
const KINDS: &[(&str, usize)] = &[
    ("conv2d", 13),
    ("conv2d-mean", 3),
    ("max_pool2d", 3),
    ("avg_pool2d", 1),
    ("relu", 3),
    ("softmax", 1),
    ("cross_entropy", 2),
    ("output_size", 20),
    ("count", 21),
    ("classification_report", 1),
];

fn main() {
    let options = Options::from_args();
    let trials =
        match goldens::read::<WorkedExamples>("worked-examples.json") {
            Ok(worked) => {
                let kinds: Vec<String> = worked.examples.iter().map(|example| example.kind.clone()).collect();
                let mut trials = vec![Trial::test("every example is there", move || complete(&kinds))];
                trials.extend(worked.examples.into_iter().map(|example| {
                    Trial::test(format!("{} · {}", example.kind, example.id), move || check(&example))
                }));
                trials
            }
            Err(error) => vec![Trial::test("the examples can be read", || Err(error.into()))],
        };
    libtest_mimic::run(&options, trials).exit();
}

fn complete(kinds: &[String]) -> Result<(), Failed> {
    for (kind, n) in KINDS {
        let found = kinds.iter().filter(|k| k == kind).count();
        if found != *n {
            return Err(format!("{found} examples of {kind}, want {n}").into());
        }
    }
    let n: usize = KINDS.iter().map(|(_, n)| n).sum();
    if kinds.len() == n { Ok(()) } else { Err("there are examples of a kind that nobody checks".into()) }
}

type Matrix = Vec<Vec<f64>>;

fn given<T: DeserializeOwned>(example: &WorkedExample, name: &str) -> Result<T, String> {
    let value = example.given.get(name).ok_or(format!("no {name}"))?;
    serde_json::from_value(value.clone()).map_err(|error| format!("{name}: {error}"))
}

fn correct<T: DeserializeOwned>(example: &WorkedExample) -> Result<T, String> {
    serde_json::from_value(example.correct.clone()).map_err(|error| format!("correct: {error}"))
}

fn check(example: &WorkedExample) -> Result<(), Failed> {
    match example.kind.as_str() {
        "conv2d" | "conv2d-mean" => conv2d(example),
        "max_pool2d" | "avg_pool2d" => pool2d(example),
        "relu" => {
            let input: Matrix = given(example, "input")?;
            let op = Op::Relu { len: input.iter().map(Vec::len).sum() };
            matches(example, &op, vec![flat(&input)], "y", |y| y)
        }
        "softmax" => {
            let logits: Vec<f64> = given(example, "logits")?;
            let op = Op::Softmax { n: 1, n_classes: logits.len() };
            let got = run(&op, vec![narrow(&logits)], "y");
            agree(example, &got, &correct::<Vec<f64>>(example)?)
        }
        "cross_entropy" => {
            // Softmax of the logarithms gives the probabilities back.
            let probabilities: Vec<f64> = given(example, "probabilities")?;
            let logits = probabilities.iter().map(|p| p.ln() as f32).collect();
            let op =
                Op::SoftmaxCrossEntropy { n_classes: probabilities.len(), targets: vec![given(example, "target")?] };
            agree(example, &run(&op, vec![logits], "losses"), &[correct(example)?])
        }
        "output_size" => output_size(example),
        "count" => {
            let want: u64 = correct(example)?;
            let got = count(&example.id)?;
            if got == want { Ok(()) } else { Err(format!("{got}, want {want}").into()) }
        }
        "classification_report" => classification_report(example),
        kind => Err(format!("nobody checks {kind}").into()),
    }
}

fn flat(matrix: &Matrix) -> Vec<f32> {
    narrow(&matrix.concat())
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|&value| value as f32).collect()
}

fn plane(matrix: &Matrix) -> Shape4 {
    Shape4::new(1, 1, matrix.len(), matrix[0].len())
}

/// One result of the operation on the CPU engine's own code.
fn run(op: &Op, inputs: Vec<Vec<f32>>, name: &str) -> Vec<f64> {
    let results = (ENGINES[0].run)(op, &Arguments { inputs, grad_y: vec![1.0; op.output_len()] });
    result(&results, name).iter().map(|&value| value.into()).collect()
}

/// Compares after rounding as the decks round.
fn agree(example: &WorkedExample, got: &[f64], want: &[f64]) -> Result<(), Failed> {
    let rounded: Vec<f64> = match example.decimals {
        None => got.to_vec(),
        Some(decimals) => {
            let scale = 10f64.powi(decimals);
            got.iter()
                .map(|v| if example.truncate { (v * scale).trunc() } else { (v * scale).round() } / scale)
                .collect()
        }
    };
    Ok(compare(&example.id, &rounded, want, Tolerance { abs: 1e-6, rel: 1e-6 })?)
}

/// Runs, brings the numbers into the example's form, and compares shape and values.
fn matches(
    example: &WorkedExample,
    op: &Op,
    inputs: Vec<Vec<f32>>,
    name: &str,
    form: impl Fn(Vec<f64>) -> Vec<f64>,
) -> Result<(), Failed> {
    let want: Matrix = correct(example)?;
    if let Op::Conv2d(_) | Op::MaxPool2d(_) | Op::AvgPool2d(_) = op {
        let [h, w] = output_plane(op);
        if (h, w) != (want.len(), want[0].len()) {
            return Err(format!("the result is {h} by {w}, want {} by {}", want.len(), want[0].len()).into());
        }
    }
    agree(example, &form(run(op, inputs, name)), &want.concat())
}

fn output_plane(op: &Op) -> [usize; 2] {
    match op {
        Op::Conv2d(geom) => [geom.y().h, geom.y().w],
        Op::MaxPool2d(geom) | Op::AvgPool2d(geom) => [geom.y().h, geom.y().w],
        _ => [0, 0],
    }
}

fn conv2d(example: &WorkedExample) -> Result<(), Failed> {
    let (input, kernel): (Matrix, Matrix) = (given(example, "input")?, given(example, "kernel")?);
    let params = ConvParams::default()
        .stride(given(example, "stride")?)
        .padding(given(example, "padding")?)
        .dilation(given(example, "dilation")?);
    let op = Op::Conv2d(ConvGeom::new(plane(&input), plane(&kernel), params)?);
    let divisor: f64 = if example.kind == "conv2d-mean" { given(example, "divide_by")? } else { 1.0 };
    matches(example, &op, vec![flat(&input), flat(&kernel), vec![0.0]], "y", |y| {
        y.iter().map(|y| y / divisor).collect()
    })
}

fn pool2d(example: &WorkedExample) -> Result<(), Failed> {
    let input: Matrix = given(example, "input")?;
    let (window, stride): (usize, usize) = (given(example, "window")?, given(example, "stride")?);
    let params =
        PoolParams { window: [window; 2], stride: [stride; 2], padding: [0; 2], ceil: given(example, "ceil_mode")? };
    let geom = PoolGeom::new(plane(&input), params)?;
    let op = if example.kind == "max_pool2d" { Op::MaxPool2d(geom) } else { Op::AvgPool2d(geom) };
    matches(example, &op, vec![flat(&input)], "y", |y| y)
}

fn output_size(example: &WorkedExample) -> Result<(), Failed> {
    let (n, f): (usize, usize) = (given(example, "n")?, given(example, "f")?);
    let (stride, padding): (usize, usize) = (given(example, "stride")?, given(example, "padding")?);
    let x = Shape4::new(1, 1, n, n);
    let params = ConvParams::default().stride(stride).padding(padding);
    let mut got = vec![ConvGeom::new(x, Shape4::new(1, 1, f, f), params)?.y().h];
    let pool = PoolParams { window: [f; 2], stride: [stride; 2], padding: [padding; 2], ceil: false };
    got.push(PoolGeom::new(x, pool)?.y().w);
    let want: usize = correct(example)?;
    if got == [want, want] { Ok(()) } else { Err(format!("{got:?}, want {want}").into()) }
}

fn classification_report(example: &WorkedExample) -> Result<(), Failed> {
    let matrix: Vec<Vec<usize>> = given(example, "matrix")?;
    let mut tally = Tally::new(matrix.len());
    for (label, row) in matrix.iter().enumerate() {
        for (predicted, n) in row.iter().enumerate() {
            let mut probabilities = vec![0.01; matrix.len()];
            probabilities[predicted] = 0.9;
            (0..*n).for_each(|_| tally.add(&probabilities, &[label as u8], &[0.1]));
        }
    }
    let counted: Vec<f64> = tally.confusion().iter().map(|&n| n.into()).collect();
    let want: Vec<f64> = matrix.concat().iter().map(|&n| n as f64).collect();
    compare("confusion", &counted, &want, Tolerance::EXACT)?;
    compare("accuracy", &[tally.accuracy()], &[correct(example)?], Tolerance::sum_of(1))?;
    Ok(())
}

fn conv(kernels: usize, size: usize, padding: usize) -> Layer {
    Layer::Conv2d { kernels, size: [size, size], params: ConvParams::default().padding(padding) }
}

/// The ledger of units that read every value of an input.
fn dense(input: [usize; 3], units: usize) -> Result<Ledger, String> {
    ledger(input, vec![Layer::Flatten, Layer::Linear { units }])
}

fn ledger(input: [usize; 3], layers: Vec<Layer>) -> Result<Ledger, String> {
    Ledger::new(&Spec { input, layers }).map_err(|error| error.to_string())
}

/// Kernels over one image with as many channels as they read.
fn kernels(n: usize, size: usize, channels: usize, image: usize, groups: usize) -> Result<ConvGeom, String> {
    let x = Shape4::new(1, channels, image, image);
    let w = Shape4::new(n, channels / groups, size, size);
    ConvGeom::new(x, w, ConvParams::default().groups(groups)).map_err(|error| error.to_string())
}

/// The decks' exercise: two convolutions with pooling, then 128 units and ten classes, on 128 by 128 in colour.
fn exercise(padding: usize) -> Result<Ledger, String> {
    let pool = || Layer::MaxPool2d(PoolParams::square(2));
    let (units, classes) = (Layer::Linear { units: 128 }, Layer::Linear { units: 10 });
    let first = [conv(32, 3, padding), Layer::Relu, pool(), conv(32, 3, padding), Layer::Relu, pool()];
    ledger([3, 128, 128], first.into_iter().chain([Layer::Flatten, units, Layer::Relu, classes]).collect())
}

/// What the example of this name counts, counted by geometry and ledger.
fn count(id: &str) -> Result<u64, Failed> {
    let slides = Ledger::new(&Preset::Slides.spec())?;
    let row = |name: &str| slides.rows.iter().find(|row| row.name == name).ok_or(format!("no {name} in the network"));
    let n_params = |name| Ok::<u64, String>(row(name)?.n_params as u64);
    Ok(match id {
        "params-16-filters" => kernels(16, 3, 1, 28, 1)?.n_params() as u64,
        "params-conv1" => n_params("conv 1")?,
        "params-conv2" => n_params("conv 2")?,
        "params-fc1" => n_params("linear 1")?,
        "params-out" => n_params("linear 2")?,
        "params-total" => slides.n_params() as u64,
        "params-10-filters-3x3x3" => kernels(10, 3, 3, 28, 1)?.n_params() as u64,
        "hidden-units" => row("conv 1")?.shape.iter().product::<usize>() as u64,
        "dense-instead-of-conv" => dense([1, 28, 28], 32 * 26 * 26)?.n_macs(),
        "dense-gray-200" => dense([1, 28, 28], 200)?.n_params() as u64,
        "dense-rgb28-200" => dense([3, 28, 28], 200)?.n_params() as u64,
        "dense-rgb300-200" => dense([3, 300, 300], 200)?.n_params() as u64,
        // A multiplication and an addition each.
        "dense-300-operations" => 2 * dense([3, 300, 300], 200)?.n_macs(),
        "conv-300-operations" => 2 * kernels(200, 3, 3, 300, 1)?.n_macs(),
        "conv-200-weights" => kernels(200, 3, 3, 300, 1)?.w().len() as u64,
        "weights-5x5x3" => kernels(1, 5, 3, 28, 1)?.w().len() as u64,
        "neuron-200x200x3" => dense([3, 200, 200], 1)?.n_macs(),
        "exercise-128-valid" => exercise(0)?.n_params() as u64,
        "exercise-128-same" => exercise(1)?.n_params() as u64,
        "depthwise-plain" => kernels(128, 5, 3, 12, 1)?.n_macs(),
        "depthwise-separable" => kernels(3, 5, 3, 12, 3)?.n_macs() + kernels(128, 1, 3, 8, 1)?.n_macs(),
        _ => return Err(format!("nobody counts {id}").into()),
    })
}
