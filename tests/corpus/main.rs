//! The corpus: every case of `cases/<op>.toml` on every engine, against the reference, and by differences.

mod gradients;
mod networks;
mod not_finite;

use std::sync::Arc;

use libtest_mimic::{Arguments as Options, Failed, Trial};
use receptive_lessons::words::Reason;
use receptive_tests::{
    agreement::agrees,
    case::{self, Case, Expects, Unfit},
    close::{Tolerance, compare},
    differences,
    engines::ENGINES,
    fill::widen,
    op::{Arguments, Op, result},
    reference::{self, sizes},
    terms,
};

/// Operations that read more values than this have too many connections to list them all.
const MOST_CONNECTED: usize = 20_000;

fn main() {
    let options = Options::from_args();
    let mut trials = not_finite::trials();
    trials.extend(networks::trials());
    trials.extend(gradients::trials());
    for op in case::OPS {
        match case::read(op) {
            Ok(cases) => trials.extend(cases.into_iter().flat_map(|case| trials_of(op, case))),
            Err(error) => trials.push(Trial::test(format!("{op}: the cases can be read"), || Err(error.into()))),
        }
    }
    libtest_mimic::run(&options, trials).exit();
}

fn trials_of(op_name: &'static str, case: Case) -> Vec<Trial> {
    let name = format!("{op_name}: {}", case.name);
    let (op, arguments) = match case.expects {
        Expects::Error { came, wanted } => {
            return vec![Trial::test(format!("{name} · is refused"), move || is_refused(came, &wanted))];
        }
        Expects::Results(op, arguments) => (Arc::new(op), Arc::new(arguments)),
    };
    let mut trials = vec![{
        let op = Arc::clone(&op);
        Trial::test(format!("{name} · has the counted size"), move || has_counted_size(&op))
    }];
    for engine in ENGINES {
        let (op, arguments) = (Arc::clone(&op), Arc::clone(&arguments));
        trials.push(Trial::test(format!("{name} · {} agrees with the reference", engine.name), move || {
            Ok(agrees(&(engine.run)(&op, &arguments), &op, &arguments)?)
        }));
    }
    if op.input_lens().iter().sum::<usize>() <= MOST_CONNECTED {
        let op = Arc::clone(&op);
        trials.push(Trial::test(format!("{name} · its connections are the same from every end"), move || {
            Ok(terms::connections_agree(&op)?)
        }));
    }
    for (input, gradient) in op.gradients().iter().enumerate().filter(|_| case.differentiable) {
        let (op, arguments) = (Arc::clone(&op), Arc::clone(&arguments));
        trials.push(Trial::test(format!("{name} · {gradient} is the difference quotient"), move || {
            is_a_derivative(&op, &arguments, input, gradient)
        }));
    }
    trials
}

fn is_refused(came: Option<Unfit>, wanted: &str) -> Result<(), Failed> {
    let message = |unfit| match unfit {
        Unfit::Window(error) => error.reason(),
        Unfit::Border(error) => error.reason(),
        Unfit::NoProduct => "these shapes have no product".into(),
    };
    match came {
        Some(unfit) if unfit.name() == wanted && message(unfit).len() > 20 => Ok(()),
        Some(unfit) => Err(format!("got {unfit:?}, want {wanted}").into()),
        None => Err(format!("it was accepted, want {wanted}").into()),
    }
}

fn has_counted_size(op: &Op) -> Result<(), Failed> {
    let (got, want) = match op {
        Op::Conv2d(geom) => {
            let (x, w, params) = (geom.x(), geom.w(), geom.params());
            let axis = |input, window, i: usize| {
                sizes::positions(input, window, params.stride[i], params.padding[i], params.dilation[i])
            };
            ([geom.y().h, geom.y().w], [axis(x.h, w.h, 0), axis(x.w, w.w, 1)])
        }
        Op::MaxPool2d(geom) | Op::AvgPool2d(geom) | Op::SumPool2d(geom) => {
            let (x, params) = (geom.x(), geom.params());
            let axis = |input, i: usize| match params.ceil {
                true => sizes::ceil_positions(input, params.window[i], params.stride[i], params.padding[i]),
                false => sizes::positions(input, params.window[i], params.stride[i], params.padding[i], 1),
            };
            ([geom.y().h, geom.y().w], [axis(x.h, 0), axis(x.w, 1)])
        }
        Op::Pad2d(geom) => {
            let (x, params) = (geom.x(), geom.params());
            let axis = |input, i: usize| sizes::bordered(input, params.before[i], params.after[i]);
            ([geom.y().h, geom.y().w], [axis(x.h, 0), axis(x.w, 1)])
        }
        _ => return Ok(()),
    };
    if got == want { Ok(()) } else { Err(format!("the geometry says {got:?}, counting says {want:?}").into()) }
}

fn is_a_derivative(op: &Op, arguments: &Arguments<f32>, input: usize, name: &str) -> Result<(), Failed> {
    let wide = arguments.widened();
    let by_reference = reference::run(op, &wide);
    let positions = differences::positions(op, wide.inputs[input].len());
    let quotients: Vec<f64> = positions.iter().map(|&at| differences::derivative(op, &wide, input, at)).collect();
    let at_positions = |values: &[f64]| -> Vec<f64> { positions.iter().map(|&at| values[at]).collect() };
    compare("reference", &at_positions(result(&by_reference, name)), &quotients, Tolerance::DIFFERENCE)?;
    for engine in ENGINES {
        let got = widen(result(&(engine.run)(op, arguments), name));
        compare(engine.name, &at_positions(&got), &quotients, op.tolerance(name).plus(Tolerance::DIFFERENCE))?;
    }
    Ok(())
}
