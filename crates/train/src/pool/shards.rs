//! The shards that a batch is cut into, and the order in which their results are added up.
//!
//! Shards follow from the network and the batch alone, and their gradients are summed along a fixed binary tree. So a
//! worker that holds neighbouring shards hands back a few sums, and the result is bitwise the same however many
//! workers there are.

use receptive_nn::Spec;
use std::ops::Range;

/// The most shards of a batch, and so the most workers that a step can use.
pub(crate) const MOST_SHARDS: usize = 8;
/// From this many parameters on, summing gradients is dear, and shards are larger.
const MANY_PARAMS: usize = 250_000;

/// The shards of a batch, in the order of its images. Sizes differ by at most one; larger shards come first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shards {
    batch: usize,
    len: usize,
    /// True if the network needs all images of a batch at once.
    is_whole: bool,
}

impl Shards {
    pub(crate) fn new(n_params: usize, batch: usize) -> Self {
        let size = if n_params < MANY_PARAMS { 8 } else { 16 };
        Self { batch, len: batch.div_ceil(size).clamp(1, MOST_SHARDS), is_whole: false }
    }

    /// The shards of a network's batches: one, where what becomes of an image depends on the others.
    pub(crate) fn of(spec: &Spec, n_params: usize, batch: usize) -> Self {
        if spec.mixes_images() { Self { batch, len: 1, is_whole: true } } else { Self::new(n_params, batch) }
    }

    /// True if the network needs all images of a batch at once, so that there is one shard however large it is.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Number of shards.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Images of a batch.
    pub(crate) fn batch(&self) -> usize {
        self.batch
    }

    /// The place in the batch of the images of these neighbouring shards.
    pub(crate) fn images(&self, shards: &Range<usize>) -> Range<usize> {
        let start = |shard: usize| shard * (self.batch / self.len) + shard.min(self.batch % self.len);
        start(shards.start)..start(shards.end)
    }

    /// Images of one shard.
    pub(crate) fn size(&self, shard: usize) -> usize {
        self.images(&(shard..shard + 1)).len()
    }

    /// The shards that hold the first `n_images` images.
    pub(crate) fn holding(&self, n_images: usize) -> usize {
        (1..self.len).find(|&n| self.images(&(0..n)).end >= n_images).unwrap_or(self.len)
    }

    /// Share `i` of `n_shares` of the first `n_shards` shards. Larger shares come first.
    pub(crate) fn share(n_shards: usize, i: usize, n_shares: usize) -> Range<usize> {
        let start = |i: usize| i * (n_shards / n_shares) + i.min(n_shards % n_shares);
        start(i)..start(i + 1)
    }

    /// The fewest nodes of the tree over all shards that make up neighbouring shards, in their order.
    pub(crate) fn nodes(&self, shards: &Range<usize>) -> Vec<Range<usize>> {
        let mut nodes = Vec::new();
        collect(0..self.len, shards, &mut nodes);
        nodes
    }
}

fn collect(node: Range<usize>, shards: &Range<usize>, nodes: &mut Vec<Range<usize>>) {
    if shards.start <= node.start && node.end <= shards.end {
        nodes.push(node);
    } else if node.start < shards.end && shards.start < node.end {
        let [left, right] = halves(&node);
        collect(left, shards, nodes);
        collect(right, shards, nodes);
    }
}

/// The two nodes below a node of at least two shards.
pub(crate) fn halves(node: &Range<usize>) -> [Range<usize>; 2] {
    let middle = node.start + node.len().div_ceil(2);
    [node.start..middle, middle..node.end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_cover_a_batch_once_in_order_and_nearly_evenly() {
        for n_params in [1000, 1_000_000] {
            for batch in 1..=1024 {
                let shards = Shards::new(n_params, batch);
                let mut next = 0;
                for shard in 0..shards.len() {
                    let images = shards.images(&(shard..shard + 1));
                    assert_eq!(images.start, next);
                    assert!(images.len() == batch / shards.len() || images.len() == batch / shards.len() + 1);
                    next = images.end;
                }
                assert_eq!(next, batch);
                for n in 1..=batch {
                    let held = shards.holding(n);
                    assert!(shards.images(&(0..held)).end >= n && shards.images(&(0..held - 1)).end < n);
                }
            }
        }
    }

    #[test]
    fn the_presets_are_cut_as_measured() {
        assert_eq!(Shards::new(11_274, 32).len(), 4);
        assert_eq!(Shards::new(1_199_882, 64).len(), 4);
        assert_eq!(Shards::new(11_274, 1024).len(), MOST_SHARDS);
    }

    #[test]
    fn shares_and_their_nodes_cover_the_shards_once() {
        for batch in [1, 9, 20, 33, 40, 64] {
            let shards = Shards::new(1000, batch);
            for n_shares in 1..=shards.len() {
                let shares = (0..n_shares).map(|i| Shards::share(shards.len(), i, n_shares));
                let nodes: Vec<_> = shares.flat_map(|share| shards.nodes(&share)).collect();
                assert!(nodes.windows(2).all(|two| two[0].end == two[1].start), "{nodes:?}");
                assert_eq!((nodes[0].start, nodes[nodes.len() - 1].end), (0, shards.len()));
            }
        }
        assert_eq!(Shards::new(1000, 64).nodes(&(0..3)), [0..2, 2..3]);
        assert_eq!(Shards::new(1000, 64).nodes(&(2..8)), [2..4, 4..8]);
    }
}
