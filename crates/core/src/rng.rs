//! Seeded random numbers, the same on every platform.

/// PCG-XSH-RR 64/32 (O'Neill 2014, *PCG: A family of simple fast space-efficient statistically good
/// algorithms for random number generation*).
///
/// ```
/// use receptive_core::Rng;
///
/// let (mut rng, mut again) = (Rng::new(7), Rng::new(7));
/// assert_eq!(rng.normal(), again.normal());
/// assert!((0.0..1.0).contains(&rng.uniform()) && rng.below(10) < 10);
/// ```
#[derive(Clone, Debug)]
pub struct Rng {
    state: u64,
    increment: u64,
}

const MULTIPLIER: u64 = 6_364_136_223_846_793_005;

impl Rng {
    /// The first stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self::stream(seed, 0)
    }

    /// One of many independent streams of the same seed.
    pub fn stream(seed: u64, stream: u64) -> Self {
        Self::unmixed(mix(seed), mix(stream))
    }

    /// A generator seeded as the published one is.
    fn unmixed(seed: u64, stream: u64) -> Self {
        let mut rng = Self { state: 0, increment: (stream << 1) | 1 };
        rng.next_u32();
        rng.state = rng.state.wrapping_add(seed);
        rng.next_u32();
        rng
    }

    /// 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        let old = self.state;
        self.state = old.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
        let xorshifted = (((old >> 18) ^ old) >> 27) as u32;
        xorshifted.rotate_right((old >> 59) as u32)
    }

    /// Uniform in [0, 1), in steps of 2⁻²⁴.
    pub fn uniform(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 / 16_777_216.0
    }

    /// Uniform between two limits.
    pub fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.uniform()
    }

    /// Normal with mean 0 and variance 1 (Box & Muller 1958).
    pub fn normal(&mut self) -> f32 {
        let radius = libm::sqrtf(-2.0 * libm::logf(1.0 - self.uniform()));
        radius * libm::cosf(core::f32::consts::TAU * self.uniform())
    }

    /// A whole number below `n`, without bias (Lemire 2019). 0 when `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        let threshold = n.wrapping_neg().checked_rem(n).unwrap_or(0);
        loop {
            let product = u64::from(self.next_u32()) * u64::from(n);
            if product as u32 >= threshold {
                return (product >> 32) as u32;
            }
        }
    }

    /// Puts a slice into random order (Fisher & Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u32 + 1) as usize);
        }
    }
}

/// Spreads neighbouring seeds over all bits (SplitMix64's finaliser, Steele et al. 2014).
fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::array::from_fn;

    #[test]
    fn the_published_generator_s_first_numbers() {
        let mut rng = Rng::unmixed(42, 54);
        let numbers: [u32; 6] = from_fn(|_| rng.next_u32());
        assert_eq!(numbers, [0xa15c_02b7, 0x7b47_f409, 0xba1d_3330, 0x83d2_f293, 0xbfa4_784b, 0xcbed_606e]);
    }

    #[test]
    fn streams_and_seeds_differ() {
        let first = |seed, stream| -> [u32; 4] {
            let mut rng = Rng::stream(seed, stream);
            from_fn(|_| rng.next_u32())
        };
        assert_eq!(first(1, 0), first(1, 0));
        assert_ne!(first(1, 0), first(2, 0));
        assert_ne!(first(1, 0), first(1, 1));
        assert_ne!(first(0, 1), first(1, 0));
    }

    #[test]
    fn uniform_and_normal_have_their_moments() {
        let (mean, variance) = moments(Rng::uniform);
        assert!((mean - 0.5).abs() < 0.01 && (variance - 1.0 / 12.0).abs() < 0.002, "{mean} {variance}");
        let (mean, variance) = moments(Rng::normal);
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
    }

    fn moments(draw: fn(&mut Rng) -> f32) -> (f64, f64) {
        let (mut rng, n) = (Rng::new(3), 40_000);
        let (sum, squares) = (0..n).fold((0.0, 0.0), |(sum, squares), _| {
            let x = f64::from(draw(&mut rng));
            (sum + x, squares + x * x)
        });
        let mean = sum / f64::from(n);
        (mean, squares / f64::from(n) - mean * mean)
    }

    #[test]
    fn below_reaches_every_number_about_equally_often() {
        let (mut rng, mut counts) = (Rng::new(4), [0; 7]);
        for _ in 0..7_000 {
            counts[rng.below(7) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
        assert_eq!((rng.below(1), rng.below(0)), (0, 0));
    }

    #[test]
    fn a_shuffle_keeps_every_item() {
        let mut items: [usize; 50] = from_fn(|i| i);
        Rng::new(5).shuffle(&mut items);
        assert_ne!(items, from_fn(|i| i));
        items.sort_unstable();
        assert_eq!(items, from_fn(|i| i));
    }
}
