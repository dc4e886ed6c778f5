//! Dropout: PCG3D once more, in 64 bits cut down to 32.

use receptive_core::ops::{Draw, Dropout};

/// The first component of PCG3D.
fn pcg3d(v: [u32; 3]) -> u32 {
    let cut = |n: u64| n & 0xffff_ffff;
    let mix = |[x, y, z]: [u64; 3]| {
        let x = cut(x + cut(y * z));
        let y = cut(y + cut(z * x));
        [x, y, cut(z + cut(x * y))]
    };
    let first = mix(v.map(|n| cut(u64::from(n) * 1_664_525 + 1_013_904_223)));
    mix(first.map(|n| n ^ (n >> 16)))[0] as u32
}

/// The factor of every value of a batch.
pub(super) fn factors(layer: &Dropout, draw: Draw, len: usize) -> Vec<f64> {
    let first = draw.first_image as usize * layer.image_len;
    let is_dropped = |i: usize| {
        let random = pcg3d([draw.key, layer.layer, (first + i) as u32]);
        f64::from(random) / 4_294_967_296.0 < f64::from(layer.rate)
    };
    (0..len).map(|i| if is_dropped(i) { 0.0 } else { 1.0 / (1.0 - f64::from(layer.rate)) }).collect()
}
