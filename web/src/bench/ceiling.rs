//! The most that one core can do: multiplications and additions of 128-bit lanes that never leave the registers.

use super::{Figures, median};
use crate::platform::dom::now_millis;
use wide::f32x4;

/// Rounds of one timed call: some ten milliseconds, as clocks in browsers are coarse.
const N_ROUNDS: u32 = 2_500_000;
/// Floating-point operations of a round: 24 multiplications and as many additions of four lanes.
const ROUND_FLOPS: f64 = 24.0 * 2.0 * 4.0;
/// The engine that runs this compiles it well only after it has run for a while.
const WARM_MILLIS: f64 = 200.0;

/// Multiplies and adds on twelve independent chains, as many as hide the latency and fit the registers. Never part of
/// its caller: browsers change over to their better code only when a function is called anew.
#[inline(never)]
fn spin(n_rounds: u32, seed: f32) -> f32 {
    let (x, y) = (f32x4::splat(0.999), f32x4::splat(seed));
    let chain = |k: u8| f32x4::splat(f32::from(k));
    let [mut a, mut b, mut c, mut d] = [chain(0), chain(1), chain(2), chain(3)];
    let [mut e, mut f, mut g, mut h] = [chain(4), chain(5), chain(6), chain(7)];
    let [mut i, mut j, mut k, mut l] = [chain(8), chain(9), chain(10), chain(11)];
    // Written out, as no loop over an array is sure to stay in registers.
    macro_rules! advance {
        ($($chain:ident)*) => { $($chain = $chain * x + y;)* };
    }
    for _ in 0..n_rounds {
        advance!(a b c d e f g h i j k l);
        advance!(a b c d e f g h i j k l);
    }
    (a + b + c + d + e + f + g + h + i + j + k + l).reduce_add()
}

/// Operations per second, in thousand millions: the median of as many calls as the time allows.
pub(super) fn measure(at_least_millis: f64) -> Figures {
    let began = now_millis();
    let (mut speeds, mut sum) = (Vec::new(), 0.0);
    loop {
        let start = now_millis();
        if start - began > WARM_MILLIS + at_least_millis && !speeds.is_empty() {
            break;
        }
        sum += spin(N_ROUNDS, 0.5);
        let millis = now_millis() - start;
        if start - began > WARM_MILLIS {
            speeds.push(f64::from(N_ROUNDS) * ROUND_FLOPS / millis / 1e6);
        }
    }
    // Returned, so that no compiler finds the sums unused and leaves them out.
    vec![("gflops", median(&mut speeds)), ("sum", f64::from(sum))]
}
