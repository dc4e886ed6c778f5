//! The tiles of a matrix product, which cut it up among workgroups and their invocations.

/// Depths of a tile that are fetched at a time, at most.
const DEPTHS: usize = 16;
/// The bytes of a workgroup's memory that any adapter allows (WebGPU's default limits).
const MAX_BYTES: usize = 16 << 10;
/// Bytes of a `Depth` of `product.wgsl`.
const DEPTH_BYTES: usize = 16;
/// Invocations along the columns of a tile, at most: with more there would be memory for few depths.
const LONGEST: usize = 32;
/// Rows and columns that `product_blocks.wgsl` takes together.
const QUAD: usize = 4;

/// The form of matrix products that suits an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Products {
    /// Workgroups share what they load, and wait for each other: for GPUs.
    Tiles,
    /// Each invocation works alone, on a block of sums: for adapters that are programs on a CPU.
    Blocks {
        /// Blocks as large as they can be: for those programs whose vectors are short, SwiftShader first of all. Its loads
        /// are slow, and it compiles quickly.
        large: bool,
    },
}

impl Products {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Tiles, Self::Blocks { large: false }, Self::Blocks { large: true }];

    /// The form that suits such an adapter: a GPU or a program, with vectors of at most so many lanes.
    pub(crate) const fn of(is_software: bool, lanes: u32) -> Self {
        if is_software { Self::Blocks { large: lanes <= 4 } } else { Self::Tiles }
    }

    /// Sums that an invocation computes along the rows and the columns of such a result, at most.
    const fn most_sums(self, Size { rows, columns, depths, .. }: Size) -> [usize; 2] {
        // A large block is compiled for a second or two, which only large products win back.
        match (self, rows.saturating_mul(columns).saturating_mul(depths)) {
            (Self::Tiles | Self::Blocks { large: false }, _) => [8, 8],
            (Self::Blocks { large: true }, ..0x40_0000) => [8, 16],
            (Self::Blocks { large: true }, ..0x800_0000) => [16, 32],
            (Self::Blocks { large: true }, _) => [32, 32],
        }
    }

    /// Invocations of a workgroup.
    ///
    /// Any adapter allows 256. Smaller tiles fit results better; without anything to share, it is enough to fill the
    /// widest vectors of a CPU.
    const fn n_invocations(self) -> usize {
        match self {
            Self::Tiles => 64,
            Self::Blocks { .. } => 8,
        }
    }

    /// Invocations of a workgroup that adds up one sum.
    pub(crate) const fn n_sharing(self) -> usize {
        match self {
            Self::Tiles => 256,
            Self::Blocks { .. } => 8,
        }
    }
}

/// The size of a product, and whether its depths may be cut into parts that are added up later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// Of the result.
    pub rows: usize,
    /// Of the result.
    pub columns: usize,
    /// Terms of each sum.
    pub depths: usize,
    /// True if sums may be cut.
    pub in_parts: bool,
}

/// The part of a product that one workgroup computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
    products: Products,
    /// Invocations along the rows of the result.
    pub rows: usize,
    /// Invocations along its columns.
    pub columns: usize,
    /// Invocations along the parts of the depths.
    pub parts: usize,
    /// Sums of an invocation along rows and columns.
    pub sums: [usize; 2],
    /// Depths that are taken at a time.
    pub depth: usize,
}

impl Tile {
    /// The tile for a product: no larger than that.
    pub(crate) fn choose(products: Products, size: Size) -> Self {
        match products {
            Products::Tiles => Self::of_tiles(size),
            Products::Blocks { .. } => Self::of_blocks(products, size),
        }
    }

    /// As near to square as the size allows.
    fn of_tiles(size: Size) -> Self {
        let products = Products::Tiles;
        let sums = products.most_sums(size);
        let Size { rows, columns, depths, .. } = size;
        let invocations = |len: usize, sums: usize| len.div_ceil(sums).next_power_of_two();
        let rows = invocations(rows, sums[0]).min(8);
        let columns = invocations(columns, sums[1]).min(LONGEST).min(products.n_invocations() / rows);
        let tile = Self { products, rows, columns, parts: 1, sums, depth: 0 };
        // As many depths as there is memory for, in equal steps.
        let most = (1..=DEPTHS).rev().find(|&depth| Self { depth, ..tile }.n_bytes() <= MAX_BYTES).unwrap_or(1);
        Self { depth: depths.div_ceil(depths.div_ceil(most).max(1)).max(1), ..tile }
    }

    /// Blocks as large as they may be, of equal size.
    fn of_blocks(products: Products, size: Size) -> Self {
        let most = products.most_sums(size);
        let Size { rows, columns, in_parts, .. } = size;
        let sums = |len: usize, most: usize| len.div_ceil(QUAD).div_ceil(len.div_ceil(most)) * QUAD;
        let sums = [sums(rows, most[0]), sums(columns, most[1])];
        let n = products.n_invocations();
        let blocks = [rows.div_ceil(sums[0]), columns.div_ceil(sums[1])];
        // Where there are parts there are few blocks: no invocation should be without one.
        let [rows, columns, parts] = if in_parts {
            let columns = (1 << blocks[1].trailing_zeros()).min(n);
            [1, columns, n / columns]
        } else {
            let columns = blocks[1].next_power_of_two().min(n);
            [blocks[0].next_power_of_two().min(n / columns), columns, 1]
        };
        Self { products, rows, columns, parts, sums, depth: QUAD }
    }

    /// Bytes of workgroup memory.
    const fn n_bytes(self) -> usize {
        match self.products {
            Products::Tiles => {
                let values = self.rows * self.sums[0] + self.columns * self.sums[1];
                (values * size_of::<f32>() + DEPTH_BYTES) * self.depth
            }
            Products::Blocks { .. } => 0,
        }
    }

    /// Tiles along columns and rows of such a product.
    pub(crate) const fn counts(self, Size { rows, columns, .. }: Size) -> [usize; 2] {
        [columns.div_ceil(self.columns * self.sums[1]), rows.div_ceil(self.rows * self.sums[0])]
    }

    /// The number of parts that long sums are cut into, so that there is work for all of a device; no part is short.
    ///
    /// It depends on the shape and on the form alone, so the order of every sum does too.
    pub(crate) fn n_parts(self, n_tiles: usize, depths: usize) -> usize {
        let (wanted, shortest) = match self.products {
            Products::Tiles => (512, 4 * self.depth),
            Products::Blocks { .. } => (256, 32),
        };
        (wanted / n_tiles).next_multiple_of(self.parts).min(depths / shortest).max(1)
    }

    pub(crate) fn constants(self) -> Vec<(&'static str, f64)> {
        let [row_quads, column_quads] = self.sums.map(|sums| sums / QUAD);
        let invocations = [("tile_rows", self.rows), ("tile_columns", self.columns)];
        let others = match self.products {
            Products::Tiles => vec![("tile_depth", self.depth)],
            Products::Blocks { .. } => {
                vec![("tile_parts", self.parts), ("row_quads", row_quads), ("column_quads", column_quads)]
            }
        };
        invocations.into_iter().chain(others).map(|(name, n)| (name, n as f64)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(products: Products, [rows, columns, depths]: [usize; 3]) -> Tile {
        Tile::choose(products, Size { rows, columns, depths, in_parts: false })
    }

    #[test]
    fn every_tile_fits_the_weakest_adapter() {
        let sizes = [1, 3, 4, 8, 10, 16, 25, 32, 64, 100, 128, 288, 1000, 100_000];
        for (rows, columns) in sizes.into_iter().flat_map(|rows| sizes.map(|columns| (rows, columns))) {
            for (products, in_parts) in
                Products::ALL.into_iter().flat_map(|products| [(products, false), (products, true)])
            {
                let size = Size { rows, columns, depths: 500, in_parts };
                let tile = Tile::choose(products, size);
                assert!(tile.rows * tile.columns * tile.parts <= products.n_invocations(), "{tile:?}");
                assert!(tile.n_bytes() <= MAX_BYTES, "{tile:?}");
                assert!(tile.rows >= 1 && tile.columns >= 1 && tile.depth >= 4, "{rows}×{columns}: {tile:?}");
                assert!((0..2).all(|i| (1..=products.most_sums(size)[i]).contains(&tile.sums[i])), "{tile:?}");
            }
        }
    }

    #[test]
    fn large_products_get_square_tiles_and_narrow_ones_long_tiles() {
        let shape = |sizes| {
            let tile = choose(Products::Tiles, sizes);
            [tile.rows, tile.columns, tile.depth]
        };
        assert_eq!(shape([64, 5000, 288]), [8, 8, 16]);
        assert_eq!(shape([8, 5000, 25]), [1, 32, 13]);
        assert_eq!(shape([64, 10, 9]), [8, 2, 9]);
    }

    #[test]
    fn blocks_are_large_and_of_equal_size() {
        let sums = |sizes| choose(Products::Blocks { large: true }, sizes).sums;
        assert_eq!(sums([64, 5000, 1000]), [32, 32]);
        // Nine fours of rows: five and four, not eight and one.
        assert_eq!(sums([36, 4000, 1000]), [20, 32]);
        // What is soon done is not worth a long compilation.
        assert_eq!(sums([36, 4000, 100]), [12, 32]);
        assert_eq!(sums([1, 10, 9]), [4, 12]);
    }
}
