//! Geometries drawn at random: the fast paths against the plain reference in double precision.
//!
//! Which path an operation takes depends on its sizes. The corpus picks cases for a reason; these are for what nobody
//! thought of. The same seeds give the same geometries on every run.

use receptive_core::{ConvGeom, ConvParams, PoolGeom, PoolParams, Rng, Shape4, ops::LinearGeom};
use receptive_tests::{
    close::compare,
    engines::ENGINES,
    fill::{Fill, Kind},
    op::{Arguments, Op, Results, result},
    reference,
};

/// Multiply-adds of a case that the reference does in a blink.
const MOST_WORK: usize = 150_000;

fn between(rng: &mut Rng, low: usize, high: usize) -> usize {
    low + below(rng, high - low + 1)
}

fn below(rng: &mut Rng, n: usize) -> usize {
    rng.below(n as u32) as usize
}

/// Mostly the usual, sometimes something else.
fn mostly(rng: &mut Rng, usual: usize, low: usize, high: usize) -> usize {
    if below(rng, 3) > 0 { usual } else { between(rng, low, high) }
}

fn conv2d(rng: &mut Rng) -> Option<Op> {
    let groups = mostly(rng, 1, 1, 3);
    let (channels, kernels) = (between(rng, 1, 7), between(rng, 1, 13));
    let x = Shape4::new(between(rng, 1, 4), groups * channels, between(rng, 1, 30), between(rng, 1, 30));
    let square = [1, 3, 5, 2][below(rng, 4)];
    let w = Shape4::new(groups * kernels, channels, mostly(rng, square, 1, 7), mostly(rng, square, 1, 7));
    let params = ConvParams {
        stride: [mostly(rng, 1, 1, 4), mostly(rng, 1, 1, 4)],
        padding: [between(rng, 0, 4), between(rng, 0, 4)],
        dilation: [mostly(rng, 1, 1, 3), mostly(rng, 1, 1, 3)],
        groups,
    };
    ConvGeom::new(x, w, params).ok().map(Op::Conv2d)
}

/// Few positions and many channels: more depth than the product takes at a time.
fn deep_conv2d(rng: &mut Rng) -> Option<Op> {
    let x = Shape4::new(1, between(rng, 40, 90), between(rng, 3, 5), between(rng, 3, 5));
    let w = Shape4::new(between(rng, 1, 6), x.c, 3, 3);
    ConvGeom::new(x, w, ConvParams::default().padding(below(rng, 2))).ok().map(Op::Conv2d)
}

fn pool2d(rng: &mut Rng) -> Option<Op> {
    let x = Shape4::new(between(rng, 1, 3), between(rng, 1, 4), between(rng, 1, 30), between(rng, 1, 30));
    let window = mostly(rng, 2, 1, 4);
    let mut params = PoolParams::square(window);
    if below(rng, 2) == 0 {
        params.window[1] = between(rng, 1, 4);
        params.stride = [between(rng, 1, 4), between(rng, 1, 4)];
        params.padding = [below(rng, params.window[0] / 2 + 1), below(rng, params.window[1] / 2 + 1)];
        params.ceil = below(rng, 2) == 0;
    }
    let kind = if below(rng, 3) > 0 { Op::MaxPool2d } else { Op::AvgPool2d };
    PoolGeom::new(x, params).ok().map(kind)
}

fn linear(rng: &mut Rng) -> Option<Op> {
    let inputs = if below(rng, 4) == 0 { between(rng, 500, 1100) } else { between(rng, 1, 60) };
    let n = if below(rng, 4) == 0 { between(rng, 60, 140) } else { between(rng, 1, 20) };
    Some(Op::Linear(LinearGeom { n, inputs, outputs: between(rng, 1, 30) }))
}

fn arguments(op: &Op, rng: &mut Rng) -> Arguments<f32> {
    // Maxima that tie show which of equals wins; sums of whole numbers say nothing about rounding.
    let kind = if matches!(op, Op::MaxPool2d(_)) && below(rng, 2) == 0 { Kind::Ties } else { Kind::Normal };
    let mut fill = |kind, len| Fill { shape: vec![], seed: rng.next_u32().into(), kind }.values(len);
    let inputs = op.input_lens().into_iter().map(|len| fill(kind, len)).collect();
    Arguments { inputs, grad_y: fill(Kind::Normal, op.output_len()) }
}

fn agree(op: &Op, got: &Results<f32>, want: &Results<f64>) -> Result<(), String> {
    want.iter().try_for_each(|(name, want)| compare(name, result(got, name), want, op.tolerance(name)))
}

/// Draws operations until `n` were checked.
fn check(n: usize, seed: u64, draw: fn(&mut Rng) -> Option<Op>) {
    let mut rng = Rng::new(seed);
    let mut n_checked = 0;
    while n_checked < n {
        let Some(op) = draw(&mut rng).filter(|op| op.cost() <= MOST_WORK) else { continue };
        let arguments = arguments(&op, &mut rng);
        let want = reference::run(&op, &arguments.widened());
        for engine in ENGINES {
            let mut got = (engine.run)(&op, &arguments);
            if let Err(error) = agree(&op, &got, &want) {
                panic!("{}, case {n_checked}, {op:?}: {error}", engine.name);
            }
            // A wrong number anywhere is seen.
            let (which, wrong) = (below(&mut rng, got.len()), [f32::NAN, 1e6][below(&mut rng, 2)]);
            let values = &mut got[which].1;
            let at = below(&mut rng, values.len());
            values[at] = wrong;
            assert!(agree(&op, &got, &want).is_err(), "{}: {wrong} at {at} was accepted, {op:?}", engine.name);
        }
        n_checked += 1;
    }
}

#[test]
fn convolutions() {
    check(400, 1, conv2d);
}

#[test]
fn convolutions_of_many_channels() {
    check(25, 2, deep_conv2d);
}

#[test]
fn poolings() {
    check(200, 3, pool2d);
}

#[test]
fn linear_layers() {
    check(150, 4, linear);
}
