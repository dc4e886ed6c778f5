use super::*;
use crate::kernels;

fn example(params: ConvParams) -> ConvTrace {
    ConvTrace::new(example_input(), kernels::ALL[0].matrix(), 0.0, params).unwrap()
}

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
fn awkward(params: ConvParams) -> ConvTrace {
    let matrix = |rows, columns, step: f32| Matrix {
        rows,
        columns,
        values: (0..rows * columns).map(|i| (i as f32 * step).sin()).collect(),
    };
    ConvTrace::new(matrix(7, 9, 1.7), matrix(3, 2, 0.9), 0.25, params).unwrap()
}

#[test]
fn the_decks_first_example_comes_out_right() {
    assert_eq!(example(ConvParams::default()).output(), [2.0, 1.0, -1.0, -1.0, 1.0, 3.0, 2.0, 1.0, 1.0]);
    assert_eq!(example(ConvParams::default().stride(2)).output(), [2.0, -1.0, 2.0, 1.0]);
    #[rustfmt::skip]
    let padded = [
        1.0, 0.0, 0.0, 1.0, 1.0,
        1.0, 2.0, 1.0, -1.0, 2.0,
        1.0, -1.0, 1.0, 3.0, 1.0,
        0.0, 2.0, 1.0, 1.0, 1.0,
        1.0, -1.0, -1.0, 2.0, 1.0,
    ];
    assert_eq!(example(ConvParams::default().padding(1)).output(), padded);
}

#[test]
fn every_moments_sum_is_that_of_its_terms_and_ends_in_the_operations_output() {
    for trace in settings().into_iter().flat_map(|params| [example(params), awkward(params)]) {
        for i in 0..trace.n_moments() {
            let moment = trace.at(i);
            let sum = moment.terms[..moment.n_shown].iter().fold(moment.bias, |sum, term| sum + term.product);
            assert!((moment.sum - sum).abs() <= 1e-6 + 1e-6 * sum.abs());
            if moment.is_complete() {
                assert_eq!(moment.sum, trace.output()[moment.cell]);
            }
            let cells = trace.padded_input();
            for term in &moment.terms {
                assert_eq!(cells[term.input_cell].value, term.x);
                assert_eq!(cells[term.input_cell].at.is_none(), term.is_padding);
                assert_eq!(trace.kernel().values[term.kernel_cell], term.w);
            }
        }
    }
}

#[test]
fn one_step_shows_one_more_product_and_the_last_one_the_sum() {
    let trace = example(ConvParams::default());
    let shown: Vec<_> = (0..12).map(|i| (trace.at(i).cell, trace.at(i).n_shown, trace.at(i).is_complete())).collect();
    assert_eq!(shown[0], (0, 1, false));
    assert_eq!(shown[8], (0, 9, false));
    assert_eq!(shown[9], (0, 9, true));
    assert_eq!(shown[10], (1, 1, false));
    assert_eq!(trace.completion_of(0), 9);
    assert_eq!(trace.at(usize::MAX), trace.at(trace.n_moments() - 1));
}

#[test]
fn rows_and_columns_that_a_stride_drops_are_never_read() {
    let input = Matrix { rows: 7, columns: 7, values: vec![1.0; 49] };
    let trace = ConvTrace::new(input, kernels::ALL[6].matrix(), 0.0, ConvParams::default().stride(3)).unwrap();
    assert_eq!(trace.output_size(), [2, 2]);
    assert_eq!(trace.never_read(), [vec![6], vec![6]]);
    let cells = trace.padded_input();
    let unread: Vec<_> = (0..49).filter(|&i| !cells[i].is_read).collect();
    let wanted: Vec<_> = (0..49).filter(|i| i / 7 == 6 || i % 7 == 6).collect();
    assert_eq!(unread, wanted);
    assert_eq!(text::conv2d_input_caption(&trace).1.as_deref(), Some("never read: row 7 and column 7"));
}

#[test]
fn a_cell_is_read_exactly_when_it_feeds_an_output_and_both_directions_agree() {
    for trace in settings().into_iter().flat_map(|params| [example(params), awkward(params)]) {
        let cells = trace.padded_input();
        for (i, cell) in cells.iter().enumerate() {
            let fed = trace.outputs_fed_by(i);
            let wanted: Vec<_> = (0..trace.n_cells()).filter(|&k| trace.inputs_read_by(k).contains(&i)).collect();
            assert_eq!(fed, wanted);
            assert_eq!(cell.is_read, !fed.is_empty());
        }
    }
}

#[test]
fn a_corner_feeds_one_output_and_the_middle_nine() {
    let trace = example(ConvParams::default());
    assert_eq!(trace.outputs_fed_by(0), [0]);
    assert_eq!(trace.outputs_fed_by(12).len(), 9);
}

#[test]
fn an_edited_cell_changes_the_outputs_that_it_feeds_and_no_other() {
    let before = example(ConvParams::default());
    for cell in 0..25 {
        let mut input = example_input();
        input.values[cell] += 0.5;
        let after = ConvTrace::new(input, before.kernel().clone(), 0.0, before.params()).unwrap();
        for output in 0..before.n_cells() {
            let changed = before.output()[output] != after.output()[output];
            assert!(!changed || before.outputs_fed_by(cell).contains(&output));
        }
    }
}

#[test]
fn a_kernel_that_does_not_fit_is_refused_with_a_remedy() {
    let input = Matrix { rows: 2, columns: 2, values: vec![1.0; 4] };
    let error = ConvTrace::new(input, kernels::ALL[0].matrix(), 0.0, ConvParams::default()).unwrap_err();
    assert_eq!(error.to_string(), "a 3×3 kernel does not fit a 2×2 input with padding 0; padding 1 would");
}

#[test]
fn captions_count_what_the_engine_counted() {
    let trace = example(ConvParams::default().padding(1));
    assert_eq!(trace.at(0).caption, "Product 1 of 9: padding 0 times weight 0 is 0.");
    assert_eq!(
        trace.at(9).caption,
        "Row 1, column 1: 9 products (1 not zero) add up to 1. 5 cells lie in the padding and add nothing."
    );
    let spoken = example(ConvParams::default()).spoken(0);
    assert!(spoken.starts_with("row 1, column 1: 1 times 0 plus 0 times 1") && spoken.ends_with(" is 2"), "{spoken}");
}
