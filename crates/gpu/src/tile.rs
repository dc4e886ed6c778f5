//! How a matrix product is cut up among workgroups and their invocations.

/// Sums that an invocation computes along each axis.
const SUMS: usize = 4;
/// The least that any adapter allows (WebGPU's default limits): invocations of a workgroup, and bytes of its memory.
const MAX_INVOCATIONS: usize = 256;
const MAX_BYTES: usize = 16 << 10;

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
    /// The tile for a product of rows × columns sums: no larger than they are, as near to square as they allow.
    pub fn choose(rows: usize, columns: usize) -> Self {
        let invocations = |sums: usize| sums.div_ceil(SUMS).next_power_of_two();
        let (square, longest) = (MAX_INVOCATIONS.isqrt(), 4 * MAX_INVOCATIONS.isqrt());
        let mut tile = Self { rows: invocations(rows).min(square), columns: invocations(columns), depth: 16 };
        tile.columns = tile.columns.min(longest).min(MAX_INVOCATIONS / tile.rows);
        tile.rows = invocations(rows).min(longest).min(MAX_INVOCATIONS / tile.columns);
        while tile.n_bytes() > MAX_BYTES {
            tile.depth /= 2;
        }
        tile
    }

    /// Bytes of workgroup memory.
    pub const fn n_bytes(self) -> usize {
        (self.rows + self.columns) * SUMS * self.depth * size_of::<f32>()
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
            let tile = Tile::choose(rows, columns);
            assert!(tile.n_invocations() <= MAX_INVOCATIONS && tile.n_bytes() <= MAX_BYTES, "{tile:?}");
            assert!(tile.depth >= 4 && tile.rows >= 1 && tile.columns >= 1, "{rows}×{columns}: {tile:?}");
        }
    }

    #[test]
    fn large_products_get_square_tiles_and_narrow_ones_long_tiles() {
        assert_eq!(Tile::choose(64, 5000), Tile { rows: 16, columns: 16, depth: 16 });
        assert_eq!(Tile::choose(8, 5000), Tile { rows: 2, columns: 64, depth: 8 });
        assert_eq!(Tile::choose(64, 10), Tile { rows: 16, columns: 4, depth: 16 });
    }
}
