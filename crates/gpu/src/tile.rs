//! How a matrix product is cut up among workgroups and their invocations.

/// Sums that an invocation computes along each axis.
const SUMS: usize = 8;
/// Depths that are fetched at a time, at most.
const DEPTHS: usize = 16;
/// The bytes of a workgroup's memory that any adapter allows (WebGPU's default limits).
const MAX_BYTES: usize = 16 << 10;
/// Bytes of a `Depth` of `product.wgsl`.
const DEPTH_BYTES: usize = 16;
/// Invocations of a workgroup. Any adapter allows four times as many, but smaller tiles fit results better.
const INVOCATIONS: usize = 64;
/// Invocations along the columns, at most: with more there would be memory for few depths.
const LONGEST: usize = 32;

/// The part of a product that one workgroup computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Invocations along the rows of the result.
    pub rows: usize,
    /// Invocations along its columns.
    pub columns: usize,
    /// Depths that are fetched at a time.
    pub depth: usize,
}

impl Tile {
    /// The tile for a product of rows × columns sums of `depths` terms: no larger than that, and as near to square as it
    /// allows.
    pub fn choose(rows: usize, columns: usize, depths: usize) -> Self {
        let invocations = |sums: usize| sums.div_ceil(SUMS).next_power_of_two();
        let mut tile = Self { rows: invocations(rows).min(8), columns: invocations(columns).min(LONGEST), depth: 0 };
        tile.columns = tile.columns.min(INVOCATIONS / tile.rows);
        // As many depths as there is memory for, in equal steps.
        let most = (1..=DEPTHS).rev().find(|&depth| Self { depth, ..tile }.n_bytes() <= MAX_BYTES).unwrap_or(1);
        tile.depth = depths.div_ceil(depths.div_ceil(most).max(1)).max(1);
        tile
    }

    /// Bytes of workgroup memory.
    pub const fn n_bytes(self) -> usize {
        ((self.rows + self.columns) * SUMS * size_of::<f32>() + DEPTH_BYTES) * self.depth
    }

    /// Invocations of a workgroup.
    pub const fn n_invocations(self) -> usize {
        self.rows * self.columns
    }

    /// Tiles along columns and rows of such a product.
    pub(crate) const fn counts(self, rows: usize, columns: usize) -> [usize; 2] {
        [columns.div_ceil(self.columns * SUMS), rows.div_ceil(self.rows * SUMS)]
    }

    /// Into how many parts long sums are cut, so that there is work for a large device: at least four fetches each.
    ///
    /// It depends on the shape alone, so the order of every sum does too.
    pub(crate) fn n_parts(self, n_tiles: usize, depths: usize) -> usize {
        const WORKGROUPS: usize = 512;
        (WORKGROUPS / n_tiles).min(depths / (4 * self.depth)).max(1)
    }

    pub(crate) fn constants(self) -> [(&'static str, f64); 3] {
        [("tile_rows", self.rows as f64), ("tile_columns", self.columns as f64), ("tile_depth", self.depth as f64)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tile_fits_the_weakest_adapter() {
        let sizes = [1, 3, 4, 8, 10, 16, 25, 32, 64, 100, 128, 288, 1000, 100_000];
        for (rows, columns) in sizes.into_iter().flat_map(|rows| sizes.map(|columns| (rows, columns))) {
            let tile = Tile::choose(rows, columns, 500);
            assert!(tile.n_invocations() <= INVOCATIONS && tile.n_bytes() <= MAX_BYTES, "{tile:?}");
            assert!(tile.depth >= 5 && tile.rows >= 1 && tile.columns >= 1, "{rows}×{columns}: {tile:?}");
        }
    }

    #[test]
    fn large_products_get_square_tiles_and_narrow_ones_long_tiles() {
        assert_eq!(Tile::choose(64, 5000, 288), Tile { rows: 8, columns: 8, depth: 16 });
        assert_eq!(Tile::choose(8, 5000, 25), Tile { rows: 1, columns: 32, depth: 13 });
        assert_eq!(Tile::choose(64, 10, 9), Tile { rows: 8, columns: 2, depth: 9 });
    }
}
