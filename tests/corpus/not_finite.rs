//! NaN and infinities are not hidden: what goes in broken comes out broken, so that training can stop and say so.

use libtest_mimic::{Failed, Trial};
use receptive_core::{
    ConvGeom, ConvParams, PoolGeom, PoolParams, Shape4,
    ops::{Activation, Border, MultiplyGeom, PadGeom, PadParams},
};
use receptive_tests::{
    differences,
    engines::{ENGINES, Engine},
    fill::Fill,
    op::{Arguments, Op, result},
};

type Test = fn(&Engine) -> Result<(), Failed>;

pub(super) fn trials() -> Vec<Trial> {
    ENGINES
        .iter()
        .flat_map(|engine| {
            let tests: [(&str, Test); 4] = [
                ("a NaN in any input reaches the outputs that read it", nan_spreads),
                ("a NaN in a window is its maximum", nan_is_a_maximum),
                ("minus infinity can be a maximum", minus_infinity_is_a_maximum),
                ("a loss of logits far apart is exact and its gradient finite", distant_logits),
            ];
            tests.map(|(name, test)| Trial::test(format!("{name} · {}", engine.name), move || test(engine)))
        })
        .collect()
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(what().into()) }
}

fn arguments(op: &Op) -> Arguments<f32> {
    let fill = |seed, len| Fill { shape: vec![], seed, kind: Default::default() }.values(len);
    let inputs = op.input_lens().iter().zip(50..).map(|(&len, seed)| fill(seed, len)).collect();
    Arguments { inputs, grad_y: fill(60, op.output_len()) }
}

fn nan_spreads(engine: &Engine) -> Result<(), Failed> {
    let params = ConvParams::default().padding(1);
    let conv = ConvGeom::new(Shape4::new(1, 2, 5, 6), Shape4::new(3, 2, 3, 3), params)?;
    let pool = PoolGeom::new(Shape4::new(1, 2, 4, 6), PoolParams::square(2))?;
    let pad =
        PadGeom::new(Shape4::new(2, 1, 3, 4), PadParams { before: [1, 0], after: [0, 2], border: Border::Reflect })?;
    let linear = receptive_core::ops::LinearGeom { n: 2, inputs: 9, outputs: 5 };
    for op in [
        Op::Conv2d(conv),
        Op::MaxPool2d(pool),
        Op::AvgPool2d(pool),
        Op::SumPool2d(pool),
        Op::Pad2d(pad),
        Op::Linear(linear),
        Op::Relu { len: 9 },
        Op::Activation { f: Activation::Relu, len: 9 },
        Op::Activation { f: Activation::Sigmoid, len: 9 },
        Op::Activation { f: Activation::Tanh, len: 9 },
        Op::Activation { f: Activation::LeakyRelu { slope: 0.1 }, len: 9 },
        Op::Activation { f: Activation::Elu { alpha: 1.5 }, len: 9 },
        Op::Activation { f: Activation::Maxout { lines: [[-0.5, 0.5], [1.0, -1.0]] }, len: 9 },
        Op::Activation { f: Activation::Rbf { centre: -1.5, epsilon: 0.7 }, len: 9 },
        Op::Add { len: 6 },
        Op::Multiply(MultiplyGeom::new(Shape4::new(2, 3, 2, 2), Shape4::new(2, 3, 1, 1)).ok_or("no product")?),
        Op::Softmax { n: 2, n_classes: 5 },
        Op::SoftmaxCrossEntropy { n_classes: 5, targets: vec![1, 4] },
    ] {
        for (input, len) in op.input_lens().into_iter().enumerate() {
            for at in 0..len {
                let mut arguments = arguments(&op);
                arguments.inputs[input][at] = f32::NAN;
                let results = (engine.run)(&op, &arguments);
                let output = if op.output_len() == 0 { "losses" } else { "y" };
                let spread = result(&results, output).iter().any(|value| value.is_nan());
                ensure(spread, || format!("{}: NaN at {at} of input {input} left no trace", op.name()))?;
            }
        }
    }
    Ok(())
}

fn nan_is_a_maximum(engine: &Engine) -> Result<(), Failed> {
    let op = Op::MaxPool2d(PoolGeom::new(Shape4::new(1, 1, 2, 2), PoolParams::square(2))?);
    for at in 0..4 {
        let mut inputs = vec![vec![1.0, 2.0, 3.0, 4.0]];
        inputs[0][at] = f32::NAN;
        let results = (engine.run)(&op, &Arguments { inputs, grad_y: vec![0.5] });
        let argmax = result(&results, "argmax")[0];
        ensure(result(&results, "y")[0].is_nan() && argmax == at as f32, || format!("NaN at {at}, argmax {argmax}"))?;
    }
    Ok(())
}

fn minus_infinity_is_a_maximum(engine: &Engine) -> Result<(), Failed> {
    let params = PoolParams { window: [3, 3], stride: [2, 2], padding: [1, 1], ceil: false };
    let op = Op::MaxPool2d(PoolGeom::new(Shape4::new(1, 1, 3, 3), params)?);
    let arguments = Arguments { inputs: vec![vec![f32::NEG_INFINITY; 9]], grad_y: vec![0.1, 0.2, 0.3, 0.4] };
    let results = (engine.run)(&op, &arguments);
    ensure(result(&results, "y").iter().all(|y| *y == f32::NEG_INFINITY), || "another maximum was found".into())?;
    ensure(result(&results, "argmax") == [0.0, 1.0, 3.0, 4.0], || "the first cell of each window should win".into())?;
    let sum: f32 = result(&results, "grad_x").iter().sum();
    ensure((sum - 1.0).abs() < 1e-6, || format!("the gradient adds up to {sum}, not 1"))
}

fn distant_logits(engine: &Engine) -> Result<(), Failed> {
    let inputs = vec![vec![1000.0, -1000.0, 0.0, -3e38, 3e37, 0.0, 88.0, 89.0, -104.0]];
    let op = Op::SoftmaxCrossEntropy { n_classes: 3, targets: vec![1, 1, 2] };
    let arguments = Arguments { inputs, grad_y: vec![] };
    let results = (engine.run)(&op, &arguments);
    let losses = result(&results, "losses");
    ensure(losses[0] == 2000.0 && losses[1] == 0.0, || format!("losses {losses:?}"))?;
    ensure((losses[2] - 193.313_26).abs() < 1e-4, || format!("losses {losses:?}"))?;
    let gradient = result(&results, "grad_z");
    ensure(gradient.iter().all(|g| g.is_finite() && g.abs() <= 1.0), || format!("gradient {gradient:?}"))?;
    let quotient = differences::derivative(&op, &arguments.widened(), 0, 8);
    ensure((f64::from(gradient[8]) - quotient).abs() < 1e-6, || format!("{} against {quotient}", gradient[8]))
}
