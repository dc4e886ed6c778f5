use super::*;
use crate::Trace;
use crate::inputs;

fn settings() -> [ConvParams; 6] {
    [
        ConvParams::default(),
        ConvParams::default().padding(1),
        ConvParams::default().padding(2).stride(2),
        ConvParams::default().dilation(2),
        ConvParams::default().padding(3).dilation(3).stride(2),
        ConvParams::default().stride(3),
    ]
}

/// A rectangle of awkward numbers under a rectangular kernel with a bias.
fn awkward(params: ConvParams, by_term: bool) -> PlaneTrace {
    let matrix = |rows, columns, step: f32| {
        Matrix::new(rows, columns, (0..rows * columns).map(|i| (i as f32 * step).sin()).collect::<Vec<_>>())
    };
    let conv = PlaneConv::new(matrix(7, 9, 1.7), matrix(3, 2, 0.9), 0.25, params).unwrap();
    PlaneTrace::new(conv, by_term, None, None)
}

#[test]
fn sums_are_those_of_their_terms() {
    for (params, by_term) in settings().into_iter().flat_map(|params| [(params, false), (params, true)]) {
        let trace = awkward(params, by_term);
        let (input, kernel) = (trace.conv.input(), trace.conv.kernel());
        // The definition: what lies under a weight, in the input or outside it.
        let product = |cell: usize, tap: usize| {
            let ([p, q], [r, s]) = (trace.conv.output().place(cell), kernel.place(tap));
            let row = (p * params.stride[0] + r * params.dilation[0]).checked_sub(params.padding[0]);
            let column = (q * params.stride[1] + s * params.dilation[1]).checked_sub(params.padding[1]);
            let met = row.zip(column).filter(|&(row, column)| row < input.rows && column < input.columns);
            met.map_or(0.0, |(row, column)| input.at(row, column)) * kernel.values[tap]
        };
        let n = kernel.values.len();
        assert_eq!(trace.n_moments(), trace.conv.output().values.len() * if by_term { n + 1 } else { 1 });
        for moment in 0..trace.n_moments() {
            let (cell, n_shown) = trace.stage.at(moment);
            let sum: f32 = (0..n_shown.unwrap_or(n)).map(|tap| product(cell, tap)).sum();
            // The bias comes last.
            let sum = sum + if n_shown.is_none() { 0.25 } else { 0.0 };
            let equation = trace.stage.equation_at(moment);
            let read: f32 = equation.result.replace('−', "-").parse().unwrap();
            assert!((read - sum).abs() <= 6e-4, "{read} {sum}");
            assert_eq!((equation.terms.len(), equation.n_shown), (n + 1, n_shown));
        }
    }
}

#[test]
fn feeding_and_reading_are_each_others_mirror() {
    for params in settings() {
        let conv = awkward(params, false).conv;
        let [rows, columns] = conv.padded_size();
        for input in 0..rows * columns {
            let fed: Vec<_> =
                (0..conv.output().values.len()).filter(|&cell| conv.inputs_read_by(cell).contains(&input)).collect();
            assert_eq!(conv.outputs_fed_by(input), fed);
        }
    }
}

#[test]
fn what_is_never_read_is_named() {
    let conv = |stride| {
        let input = Matrix::zeros(7, 7);
        PlaneConv::new(input, inputs::PRESETS[0].matrix(), 0.0, ConvParams::default().stride(stride)).unwrap()
    };
    assert_eq!(conv(2).input_grid().warning, None);
    assert_eq!(conv(3).never_read(), [vec![6], vec![6]]);
    assert_eq!(conv(3).input_grid().warning.as_deref(), Some("never read: row 7 and column 7"));
}

#[test]
fn a_kernel_that_does_not_fit_is_refused_with_a_remedy() {
    let error = PlaneConv::new(Matrix::zeros(2, 2), Matrix::zeros(5, 5), 0.0, ConvParams::default()).unwrap_err();
    let Unavailable::Refused(text) = refused(&error) else { panic!("{error:?}") };
    assert!(text.starts_with('A') && text.ends_with('.') && text.contains("padding"), "{text}");
}

#[test]
fn frames_are_around_the_window_and_the_cell_that_it_makes() {
    for params in settings() {
        let trace = awkward(params, false);
        let reach = [2, 1].map(|taps| taps * params.dilation[0] + 1);
        for moment in 0..trace.n_moments() {
            let [p, q] = trace.conv.output().place(moment);
            let (input, output) = (trace.stage.grid(INPUT, moment), trace.stage.grid(OUTPUT, moment));
            assert_eq!(input.frames, [[p * params.stride[0], q * params.stride[1], reach[0], reach[1]]], "{params:?}");
            assert_eq!((output.frames, output.now), (vec![[p, q, 1, 1]], Some(moment)), "{params:?}");
        }
    }
}
