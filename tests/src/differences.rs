//! Gradients by central differences on the f64 reference.

use crate::{
    fill::Fill,
    op::{Arguments, Op},
    reference,
};
use receptive_core::Rng;

/// Half the distance between the two points of a difference.
pub const STEP: f64 = 1e-5;

/// Multiply-adds that one check may spend.
const BUDGET: usize = 8_000_000;

/// The derivative of `Σ grad_y · output` with respect to element `at` of input number `input`; of the loss, if the
/// operation is the loss.
pub fn derivative(op: &Op, arguments: &Arguments<f64>, input: usize, at: usize) -> f64 {
    let moved = |by: f64| {
        let mut inputs = arguments.inputs.clone();
        inputs[input][at] += by;
        reference::forward(op, &inputs)
    };
    let (up, down) = (moved(STEP), moved(-STEP));
    let upstream = if arguments.grad_y.is_empty() { &[1.0][..] } else { &arguments.grad_y };
    assert_eq!(upstream.len(), up.len(), "one upstream gradient per output");
    upstream.iter().zip(up.iter().zip(&down)).map(|(g, (up, down))| g * (up - down)).sum::<f64>() / (2.0 * STEP)
}

/// The elements of an input to differentiate: all of them, or as many seeded picks as the budget allows.
pub fn positions(op: &Op, len: usize) -> Vec<usize> {
    let affordable = (BUDGET / (2 * op.cost())).max(3);
    if len <= affordable {
        return (0..len).collect();
    }
    let mut rng = Rng::new(0x00d1_ffe7 ^ len as u64);
    let mut picks = vec![0, len - 1];
    picks.extend((2..affordable).map(|_| rng.below(len as u32) as usize));
    picks
}

/// A small operation with random numbers, for the tests of helpers.
pub fn example(op: &Op, seed: u64) -> Arguments<f64> {
    let fill = |i: usize, len| Fill { shape: vec![], seed: seed + i as u64, kind: Default::default() }.values(len);
    let inputs = op.input_lens().iter().enumerate().map(|(i, &len)| fill(i, len)).collect();
    Arguments { inputs, grad_y: fill(99, op.output_len()) }.widened()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{close::*, op::result};
    use receptive_core::{ConvGeom, ConvParams, Shape4};

    fn conv() -> Op {
        let params = ConvParams::default().stride(2).padding(1);
        let geom = ConvGeom::new(Shape4::new(2, 2, 5, 4), Shape4::new(3, 2, 3, 2), params);
        Op::Conv2d(geom.expect("the shapes fit"))
    }

    #[test]
    fn a_difference_rejects_a_gradient_with_one_element_perturbed() {
        let op = conv();
        let arguments = example(&op, 11);
        let results = reference::run(&op, &arguments);
        for (input, name) in op.gradients().iter().enumerate() {
            let mut gradient = result(&results, name).to_vec();
            let by_difference: Vec<f64> =
                (0..gradient.len()).map(|at| derivative(&op, &arguments, input, at)).collect();
            assert_eq!(compare(name, &gradient, &by_difference, Tolerance::DIFFERENCE), Ok(()));
            gradient[0] *= 1.001;
            assert!(compare(name, &gradient, &by_difference, Tolerance::DIFFERENCE).is_err(), "{name}");
            gradient[0] = f64::NAN;
            assert!(compare(name, &gradient, &by_difference, Tolerance::DIFFERENCE).is_err(), "{name}");
        }
    }

    #[test]
    fn a_difference_sees_the_upstream_gradient() {
        let op = conv();
        let mut arguments = example(&op, 12);
        let before = derivative(&op, &arguments, 0, 6);
        arguments.grad_y.iter_mut().for_each(|g| *g *= 2.0);
        assert!(close(derivative(&op, &arguments, 0, 6), 2.0 * before, Tolerance::DIFFERENCE));
        assert!(before.abs() > 1e-3);
    }

    #[test]
    fn small_inputs_are_checked_whole_and_large_ones_at_both_ends_and_between() {
        assert_eq!(positions(&conv(), 80), (0..80).collect::<Vec<_>>());
        let geom = ConvGeom::new(Shape4::new(2, 32, 26, 26), Shape4::new(64, 32, 3, 3), ConvParams::default());
        let picks = positions(&Op::Conv2d(geom.expect("the shapes fit")), 43_264);
        assert!(picks.len() >= 3 && picks.contains(&0) && picks.contains(&43_263), "{picks:?}");
    }
}
