//! A stage that runs backward: gradients against sums done by hand, and the cells that belong to them.

use receptive_core::ConvParams;
use receptive_core::terms::Cell;
use receptive_lessons::Matrix;
use receptive_lessons::scene::{Grid, Role, Spot};
use receptive_lessons::trace::{Run, Stage};
use receptive_nn::{Head, Layer, Spec};

const X: [f32; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
const KERNEL: [f32; 4] = [1.0, -1.0, 0.0, 2.0];
/// The gradient that comes back to the convolution: the weights of the unit after it.
const UPSTREAM: [f32; 4] = [1.0, 0.0, -2.0, 3.0];

/// A convolution of 3×3 by 2×2, and a unit that weighs its outputs.
fn run() -> Run {
    let conv = Layer::Conv2d { kernels: 1, size: [2, 2], params: ConvParams::default() };
    let spec = Spec { input: [1, 3, 3], layers: vec![conv, Layer::Flatten, Layer::Linear { units: 1 }] };
    let parameters = [KERNEL.to_vec(), vec![0.0], UPSTREAM.to_vec(), vec![0.0]];
    Run::both_ways(&spec, &parameters, &X, (Head::Logit, 0)).unwrap()
}

fn stage() -> Stage {
    let run = run();
    let tensors = [
        run.input(),
        run.weights(0).unwrap(),
        run.gradient(run.output(0)).unwrap(),
        run.gradient(run.input()).unwrap(),
    ];
    let weights = run.gradient(run.weights(0).unwrap()).unwrap();
    let grid = |name, rows, columns, run: &Run, tensor| {
        Grid::of(name, name, &Matrix::new(rows, columns, run.values(tensor)), Role::Gradient)
    };
    let grids = [
        grid("x", 3, 3, &run, tensors[0]),
        grid("w", 2, 2, &run, tensors[1]),
        grid("grad-y", 2, 2, &run, tensors[2]),
        grid("grad-x", 3, 3, &run, tensors[3]),
    ];
    let made = grid("grad-w", 2, 2, &run, weights);
    let shown = grids.into_iter().zip(tensors).fold(Stage::new(run), |stage, (grid, at)| stage.beside(grid, at, 0));
    shown.show(made, weights, 0)
}

#[test]
fn gradients_are_the_sums_that_pencil_and_paper_give() {
    let run = run();
    let values = |tensor| run.values(run.gradient(tensor).unwrap());
    assert_eq!(values(run.output(0)), UPSTREAM);
    // Each weight: upstream times the input that it met, over all four positions.
    assert_eq!(values(run.weights(0).unwrap()), [8.0, 10.0, 14.0, 16.0]);
    assert_eq!(values(run.biases(0).unwrap()), [2.0]);
    // Each input: upstream times the weight that it met; the corner meets one.
    assert_eq!(values(run.input()), [1.0, -1.0, 0.0, -2.0, 7.0, -3.0, 0.0, -4.0, 6.0]);
}

#[test]
fn the_time_line_makes_a_gradient_and_its_arithmetic_follows() {
    let stage = stage();
    assert_eq!((stage.n_moments(), stage.made_name()), (4, "grad-w"));
    let moment = stage.moment_of(Spot::new("grad-w", 1)).unwrap();
    assert_eq!(stage.spoken(stage.focus_cell(moment)), "2·1 + 3·0 + 5·(−2) + 6·3 = 10");
    // The frame lies on the window of inputs that the weight met, and on all of the upstream gradient.
    assert_eq!(stage.grid("x", moment).frames, [[0, 1, 2, 2]]);
    assert_eq!(stage.grid("grad-y", moment).frames, [[0, 0, 2, 2]]);
    assert_eq!(stage.notes("grad-y", moment)[2], (2, "×5".into()));
}

#[test]
fn a_gradient_belongs_to_its_value_and_to_the_gradients_it_comes_from() {
    let stage = stage();
    let linked = |grid, cell| stage.linked(0, Spot::new(grid, cell));
    // The middle input went into all four outputs, so its gradient comes from all four.
    let middle = linked("grad-x", 4);
    assert!((0..4).all(|cell| middle.contains(&Spot::new("grad-y", cell))), "{middle:?}");
    assert!(middle.contains(&Spot::new("x", 4)) && !middle.contains(&Spot::new("x", 0)), "{middle:?}");
    let corner = linked("grad-x", 0);
    assert!(corner.contains(&Spot::new("grad-y", 0)) && !corner.contains(&Spot::new("grad-y", 1)), "{corner:?}");
    assert!(linked("w", 2).contains(&Spot::new("grad-w", 2)));
    assert!(linked("x", 8).contains(&Spot::new("grad-x", 8)));
    // What a gradient goes into: the weight's gradient reads every upstream cell.
    assert!(linked("grad-y", 3).contains(&Spot::new("grad-w", 0)));
}

#[test]
fn a_gate_that_is_shut_is_a_product_with_nothing() {
    let spec = Spec { input: [1, 1, 3], layers: vec![Layer::Relu, Layer::Flatten, Layer::Linear { units: 1 }] };
    let run = Run::both_ways(&spec, &[vec![5.0, 6.0, 7.0], vec![0.0]], &[-1.0, 0.0, 2.0], (Head::Logit, 0)).unwrap();
    let tensor = run.gradient(run.input()).unwrap();
    assert_eq!(run.values(tensor), [0.0, 0.0, 7.0]);
    let printed = |index| run.equation(Cell { tensor, index }, 9).left();
    assert_eq!([0, 1, 2].map(printed), ["5·0", "6·0", "7·1"]);
}
