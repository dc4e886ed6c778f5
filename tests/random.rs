//! Geometries drawn at random: the fast paths against the plain reference in double precision, and the terms behind
//! every cell.
//!
//! The path that an operation takes depends on its sizes. The corpus picks cases for a reason; these cover unforeseen
//! ones. The same seeds give the same geometries on every run.

use receptive_core::{ConvGeom, Rng};
use receptive_tests::{
    close::compare,
    draw::{self, Draw, below},
    engines::ENGINES,
    op::{Op, Results, result},
    reference, terms,
};

/// Multiply-adds of a case that the reference does in a blink.
const MOST_WORK: usize = 150_000;

fn agree(op: &Op, got: &Results<f32>, want: &Results<f64>) -> Result<(), String> {
    want.iter().try_for_each(|(name, want)| compare(name, result(got, name), want, op.tolerance(name)))
}

/// Draws operations until `n` were checked, and returns them.
fn check(n: usize, seed: u64, draw: Draw) -> Vec<Op> {
    let mut rng = Rng::new(seed);
    let mut checked = Vec::new();
    while checked.len() < n {
        let Some(op) = draw(&mut rng).filter(|op| op.cost() <= MOST_WORK) else { continue };
        let arguments = draw::arguments(&op, &mut rng);
        let want = reference::run(&op, &arguments.widened());
        let case = checked.len();
        for engine in ENGINES {
            let mut got = (engine.run)(&op, &arguments);
            if let Err(error) = agree(&op, &got, &want) {
                panic!("{}, case {case}, {op:?}: {error}", engine.name);
            }
            // A wrong number anywhere is seen.
            let (which, wrong) = (below(&mut rng, got.len()), [f32::NAN, 1e6][below(&mut rng, 2)]);
            let values = &mut got[which].1;
            let at = below(&mut rng, values.len());
            values[at] = wrong;
            assert!(agree(&op, &got, &want).is_err(), "{}: {wrong} at {at} was accepted, {op:?}", engine.name);
        }
        if let Err(error) = terms::connections_agree(&op) {
            panic!("case {case}, {op:?}: {error}");
        }
        checked.push(op);
    }
    checked
}

#[test]
fn convolutions() {
    check(400, 1, draw::conv2d);
}

#[test]
fn convolutions_of_many_channels() {
    check(25, 2, draw::deep_conv2d);
}

/// True if some row or column of windows meets nothing but padding.
fn has_idle_windows(geom: &ConvGeom) -> bool {
    let meets = |met: &dyn Fn(usize, usize) -> Option<usize>, out, taps| (0..taps).any(|tap| met(out, tap).is_some());
    (0..geom.y().h).any(|p| !meets(&|p, r| geom.input_row(p, r), p, geom.w().h))
        || (0..geom.y().w).any(|q| !meets(&|q, s| geom.input_column(q, s), q, geom.w().w))
}

#[test]
fn convolutions_past_what_is_sensible() {
    let checked = check(1500, 5, draw::far_conv2d);
    let geoms = checked.iter().filter_map(|op| if let Op::Conv2d(geom) = op { Some(geom) } else { None });
    let count = |is: &dyn Fn(&ConvGeom) -> bool| geoms.clone().filter(|geom| is(geom)).count();
    for (what, n) in [
        ("a window wholly in the padding", count(&has_idle_windows)),
        ("no window on the input at all", count(&|geom| geom.y().len() == geom.y().c && has_idle_windows(geom))),
        ("an input of one cell", count(&|geom| [geom.x().h, geom.x().w] == [1, 1])),
        ("a stride above 30", count(&|geom| geom.params().stride.iter().any(|&stride| stride > 30))),
        ("a stride that is taken and above 5", count(&|geom| geom.y().h > 1 && geom.params().stride[0] > 5)),
        ("groups", count(&|geom| geom.params().groups > 1)),
    ] {
        assert!(n >= 20, "only {n} of the drawn convolutions have {what}");
    }
}

#[test]
fn poolings() {
    check(200, 3, draw::pool2d);
}

#[test]
fn poolings_past_what_is_sensible() {
    check(600, 6, draw::far_pool2d);
}

#[test]
fn borders() {
    check(300, 7, draw::pad2d);
}

#[test]
fn linear_layers() {
    check(150, 4, draw::linear);
}

#[test]
fn activations_and_softmax() {
    check(150, 8, draw::pointwise);
}
