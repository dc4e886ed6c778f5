//! Made-up batches of CIFAR-10: the class decides the colour, noise the rest.

use receptive_core::Rng;

/// A batch of `n` records: a label, then 1024 numbers each of red, green and blue. Three bits of the class say which of the
/// colours are bright, the fourth which half of the image.
pub fn batch(seed: u64, n: usize) -> Vec<u8> {
    let record = |i: usize| {
        let mut rng = Rng::stream(seed, i as u64);
        let class = rng.below(10) as u8;
        let pixels = (0..3072).map(|at| {
            let (channel, is_upper) = (at / 1024, at % 1024 < 512);
            let is_lit = (class >> channel) & 1 == 1;
            let level = if is_lit { 150 } else { 20 } + if is_upper == (class >= 8) { 60 } else { 0 };
            level + rng.below(40) as u8
        });
        std::iter::once(class).chain(pixels.collect::<Vec<_>>()).collect::<Vec<_>>()
    };
    (0..n).flat_map(record).collect()
}
