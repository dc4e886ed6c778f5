//! The order of an epoch's images, and the assembly of a batch.

use crate::dataset::Dataset;
use receptive_core::Rng;

/// The order of one epoch.
///
/// The first epoch goes through the chunks in file order and shuffles within each, so that training can
/// start when the first chunk is there. Later epochs shuffle everything. So the order depends on the
/// seed, the epoch and the chunks' sizes alone, never on when they arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochOrder {
    indices: Vec<u32>,
}

impl EpochOrder {
    /// The order of epoch `epoch` (from 0) over the first `n_training` images.
    pub fn new(seed: u64, epoch: u32, n_training: usize, chunks: &[usize]) -> Self {
        /// Streams of the seed below this one belong to the initial weights.
        const FIRST_STREAM: u64 = 1 << 32;
        let mut rng = Rng::stream(seed, FIRST_STREAM + u64::from(epoch));
        let mut indices: Vec<u32> = (0..n_training as u32).collect();
        if epoch > 0 {
            rng.shuffle(&mut indices);
            return Self { indices };
        }
        let mut rest = indices.as_mut_slice();
        for &size in chunks {
            let (chunk, after) = rest.split_at_mut(size.min(rest.len()));
            rng.shuffle(chunk);
            rest = after;
        }
        Self { indices }
    }

    /// Positions in the training split, each once.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }
}

/// Puts images `indices` of the test split, or of the training split, into a batch: grey levels scaled to 0…1.
/// Returns false, with the batch undefined, when one of them has not arrived.
///
/// `images` is (n, c, h, w), `labels` is (n).
pub fn gather(dataset: &Dataset, test: bool, indices: &[u32], images: &mut [f32], labels: &mut [u8]) -> bool {
    indices.iter().zip(images.chunks_exact_mut(dataset.shape().len())).zip(labels).all(|((&i, image), label)| {
        let class = dataset.read(test, i as usize, image, |level| f32::from(level) / 255.0);
        class.is_some_and(|class| {
            *label = class;
            true
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_epoch_stays_within_chunks_and_later_ones_do_not() {
        let first = EpochOrder::new(7, 0, 50, &[20, 20, 20]);
        for (chunk, range) in [(0..20, 0..20), (20..40, 20..40), (40..50, 40..50)] {
            let mut indices = first.indices()[chunk].to_vec();
            indices.sort_unstable();
            assert!(indices.into_iter().eq(range));
        }
        let mut second = EpochOrder::new(7, 1, 50, &[20, 20, 20]).indices;
        assert!(second[..20].iter().any(|&i| i >= 20));
        second.sort_unstable();
        assert!(second.into_iter().eq(0..50));
    }

    #[test]
    fn the_order_is_the_seeds() {
        let order = |seed, epoch| EpochOrder::new(seed, epoch, 100, &[100]);
        assert_eq!(order(1, 0), order(1, 0));
        assert_ne!(order(1, 0), order(2, 0));
        assert_ne!(order(1, 1), order(1, 2));
    }
}
