//! The ledger of a network against what the network has and does.

use receptive_core::ops::Activation;
use receptive_core::{ConvParams, PoolParams};
use receptive_nn::{
    CpuEngine, Expr, Layer, Ledger, Optimiser, Parameters, Preset, Program, Purpose, SizeFormula, Spec,
};

fn conv(kernels: usize, size: [usize; 2], params: ConvParams) -> Layer {
    Layer::Conv2d { kernels, size, params }
}

/// Rectangles, strides, dilation, groups, and a last window that hangs over the edge.
fn odd() -> Spec {
    let layers = vec![
        conv(4, [3, 2], ConvParams { stride: [2, 1], padding: [1, 0], dilation: [1, 3], groups: 2 }),
        Layer::Relu,
        Layer::MaxPool2d(PoolParams { window: [2, 3], stride: [1, 2], padding: [0, 0], ceil: true }),
        Layer::AvgPool2d(PoolParams { window: [2, 2], stride: [2, 1], padding: [0, 0], ceil: false }),
        conv(6, [2, 3], ConvParams::default()),
        Layer::SumPool2d(PoolParams { window: [2, 1], stride: [1, 1], padding: [0, 0], ceil: false }),
        Layer::Activation(Activation::Sigmoid),
        Layer::Flatten,
        Layer::Linear { units: 1200 },
        Layer::Relu,
        Layer::Linear { units: 10 },
    ];
    Spec { input: [2, 29, 27], layers }
}

fn networks() -> Vec<Spec> {
    Preset::ALL.iter().map(|preset| preset.spec()).chain([odd()]).collect()
}

#[test]
fn counted_parameters_are_those_that_a_run_starts_from() {
    for spec in networks() {
        let (ledger, parameters) = (Ledger::new(&spec).expect("a network"), Parameters::init(&spec, 1).expect("one"));
        assert_eq!(ledger.n_params(), parameters.len());
        for row in &ledger.rows {
            let named =
                parameters.tensors().iter().filter(|t| t.name.rsplit_once('.').is_some_and(|n| n.0 == row.name));
            assert_eq!(row.n_params, named.map(|tensor| tensor.values.len()).sum::<usize>(), "{}", row.name);
        }
    }
}

#[test]
fn shapes_and_bytes_are_those_of_the_program_s_buffers() {
    const N: usize = 3;
    for spec in networks() {
        let program = Program::compile(&spec, N, Purpose::Inspect(Optimiser::SGD)).expect("a network");
        for row in Ledger::new(&spec).expect("a network").rows {
            let Some(buffer) = program.buffers().iter().find(|buffer| buffer.name == row.name) else {
                assert!(row.name.starts_with("flatten"), "{} has no buffer", row.name);
                continue;
            };
            assert_eq!(row.shape, [buffer.shape.c, buffer.shape.h, buffer.shape.w], "{}", row.name);
            assert_eq!(row.bytes * N, buffer.shape.len() * 4, "{}", row.name);
        }
    }
}

#[test]
fn every_formula_comes_to_the_number_of_its_row() {
    for spec in networks() {
        let ledger = Ledger::new(&spec).expect("a network");
        for (row, layer) in ledger.rows.iter().zip(&spec.layers) {
            let values = [&row.formulas.params, &row.formulas.macs].map(|formula| formula.as_ref().map(Expr::value));
            let wanted = [row.n_params as u64, row.n_macs].map(|number| Some(number).filter(|number| *number > 0));
            assert_eq!(values, wanted, "{}", row.name);
            let is_window =
                matches!(layer, Layer::Conv2d { .. } | Layer::MaxPool2d(_) | Layer::AvgPool2d(_) | Layer::SumPool2d(_));
            match &row.formulas.size {
                SizeFormula::Axes(axes) => {
                    assert_eq!(axes.each_ref().map(Expr::value), [row.shape[1], row.shape[2]].map(|size| size as u64));
                }
                other => assert!(!is_window, "{}: {other:?}", row.name),
            }
        }
    }
}

#[test]
fn the_small_network_s_account_in_full() {
    let ledger = Ledger::new(&Preset::Small.spec()).expect("a network");
    let rows: Vec<_> = ledger.rows.iter().map(|row| (row.name.as_str(), row.shape, row.n_params, row.n_macs)).collect();
    let want = [
        ("conv 1", [8, 28, 28], 208, 156_800),
        ("relu 1", [8, 28, 28], 0, 0),
        ("max-pool 1", [8, 14, 14], 0, 0),
        ("conv 2", [16, 14, 14], 3_216, 627_200),
        ("relu 2", [16, 14, 14], 0, 0),
        ("max-pool 2", [16, 7, 7], 0, 0),
        ("flatten 1", [784, 1, 1], 0, 0),
        ("linear 1", [10, 1, 1], 7_850, 7_840),
    ];
    assert_eq!(rows, want);
    assert_eq!((ledger.n_params(), ledger.n_macs()), (11_274, 791_840));
    let row = &ledger.rows[0];
    assert_eq!(row.layer, Preset::Small.spec().layers[0]);
    assert_eq!(row.bytes, 25_088);
    let taps = || Expr::sizes([5, 5, 1]);
    assert_eq!(row.formulas.params, Some(Expr::product([Expr::sum([taps(), Expr::Size(1)]), Expr::Size(8)])));
    assert_eq!(row.formulas.macs, Some(Expr::product([Expr::sizes([28, 28, 8]), taps()])));
    assert_eq!(ledger.rows[6].formulas.size, SizeFormula::Row);
}

#[test]
fn a_last_window_that_would_start_beyond_the_input_is_taken_away_in_its_formula() {
    let pool = PoolParams { window: [2, 2], stride: [2, 2], padding: [1, 1], ceil: true };
    let spec =
        Spec { input: [1, 7, 8], layers: vec![Layer::MaxPool2d(pool), Layer::Flatten, Layer::Linear { units: 10 }] };
    let row = &Ledger::new(&spec).expect("a network").rows[0];
    let SizeFormula::Axes(axes) = &row.formulas.size else { panic!("{row:?}") };
    assert_eq!(axes.each_ref().map(Expr::value), [row.shape[1], row.shape[2]].map(|size| size as u64));
    let n_parts = |axis: &Expr| if let Expr::Sum(parts) = axis { parts.len() } else { 0 };
    assert_eq!(axes.each_ref().map(n_parts), [3, 2], "{axes:?}");
}

/// The first and the last row or column of the image that an output sees.
type Span = (usize, usize);

/// Spoils one row or column of the image after the other: an output that turns NaN has seen it.
/// Returns, for every layer with a plane, the span that its widest-seeing output sees of that axis.
fn spans(spec: &Spec, axis: usize) -> Vec<(String, usize)> {
    let [c, h, w] = spec.input;
    let parameters = Parameters::init(spec, 1).expect("a network");
    let mut engine = CpuEngine::new(Program::compile(spec, 1, Purpose::Inspect(Optimiser::SGD)).expect("a network"));
    // For every layer, what each of its outputs sees.
    let mut seen: Vec<(String, Vec<Option<Span>>)> = Vec::new();
    for (name, (_, shape)) in spec.names().into_iter().zip(spec.geometries(1).expect("a network")) {
        if engine.named(&name).is_some() {
            seen.push((name, vec![None; shape.len()]));
        }
    }
    for at in 0..[h, w][axis] {
        let image: Vec<f32> =
            (0..c * h * w).map(|i| if [i / w % h, i % w][axis] == at { f32::NAN } else { 0.5 }).collect();
        engine.forward(&parameters, &image);
        for (name, outputs) in &mut seen {
            for (span, value) in outputs.iter_mut().zip(engine.named(name).expect("a buffer")) {
                if value.is_nan() {
                    *span = Some((span.map_or(at, |(first, _)| first), at));
                }
            }
        }
    }
    let widest = |outputs: Vec<Option<Span>>| {
        outputs.into_iter().flatten().map(|(first, last)| last - first + 1).max().unwrap_or(0)
    };
    seen.into_iter().map(|(name, outputs)| (name, widest(outputs))).collect()
}

#[test]
fn the_receptive_field_is_what_an_output_sees() {
    for spec in networks() {
        let ledger = Ledger::new(&spec).expect("a network");
        for axis in 0..2 {
            for (name, seen) in spans(&spec, axis) {
                let row = ledger.rows.iter().find(|row| row.name == name).expect("a row");
                assert_eq!(row.receptive_field[axis], seen, "{name}, axis {axis}");
            }
        }
    }
}
