//! The matrix product behind convolutions and linear layers.
//!
//! Operands are packed into panels that the processor's caches hold, then multiplied in register
//! tiles of 4×8 (after Goto & van de Geijn 2008, *Anatomy of high-performance matrix multiplication*).
//! The operand A is packed once, as a whole; the operand B panel by panel, by itself: a convolution's
//! patches go straight from the image into a panel.
//! Products and sums are separate instructions in a fixed order: the result is the same on every platform.

use crate::simd;
use core::array::from_fn;
use core::ops::Range;
use wide::f32x4;

/// Rows and columns of a register tile. 4×8 fits the sixteen vector registers of wasm and x86-64.
const MR: usize = 4;
pub(crate) const NR: usize = 8;
/// Depth of a block, about: a panel of 4 rows and one of 8 columns are 24 kB.
const KC: usize = 512;
/// Floats of panels of B that are packed at a time: 128 kB stay in the second cache.
const PACKED_B: usize = 32768;
/// Rows that are packed side by side: two cache lines of a panel.
const FEW: usize = 4;

/// The operand B of a product, k×n, which packs itself panel by panel.
pub(crate) trait PackedB {
    /// Rows that are always packed together; divides k.
    fn unit(&self) -> usize {
        1
    }

    /// Packs rows `depth` of the columns from `column` on into panels of 8 columns, each as long as `depth`.
    /// Columns beyond the last hold any numbers.
    fn pack(&self, panels: &mut [[f32; NR]], column: usize, depth: Range<usize>);
}

/// A matrix whose rows begin `stride` values apart.
pub(crate) struct Rows<'a> {
    pub(crate) data: &'a [f32],
    pub(crate) stride: usize,
    pub(crate) columns: usize,
}

impl PackedB for Rows<'_> {
    fn pack(&self, panels: &mut [[f32; NR]], column: usize, depth: Range<usize>) {
        // A few rows at a time along all panels: as a row runs on, the memory ahead of it is fetched.
        for start in depth.clone().step_by(FEW) {
            let n_rows = (depth.end - start).min(FEW);
            for (panel, column) in panels.chunks_exact_mut(depth.len()).zip((column..self.columns).step_by(NR)) {
                let width = (self.columns - column).min(NR);
                for (p, out) in panel[start - depth.start..][..n_rows].iter_mut().enumerate() {
                    let row = &self.data[(start + p) * self.stride + column..];
                    match row.first_chunk() {
                        Some(all) if width == NR => *out = *all,
                        _ => out[..width].copy_from_slice(&row[..width]),
                    }
                }
            }
        }
    }
}

/// Depth of the blocks that a product of this depth is cut into.
const fn block_depth(k: usize, unit: usize) -> usize {
    let n_blocks = k.div_ceil(KC);
    if n_blocks == 0 { unit } else { (k / unit).div_ceil(n_blocks) * unit }
}

/// Floats of a packed operand A, m×k.
pub(crate) const fn packed_a_len(m: usize, k: usize) -> usize {
    m.next_multiple_of(MR).saturating_mul(k)
}

/// Floats that [`gemm`] needs to pack an operand B of depth k.
pub(crate) const fn gemm_scratch_len(k: usize, unit: usize) -> usize {
    let panel = block_depth(k, unit).saturating_mul(NR);
    if panel > PACKED_B { panel } else { PACKED_B }
}

/// Packs an operand A, m×k, for operands B of this unit: blocks of depth, in them panels of 4 rows,
/// column by column, the last panel filled up with zeros.
pub(crate) fn pack_a(packed: &mut [f32], [m, k]: [usize; 2], unit: usize, value: impl Fn(usize, usize) -> f32) {
    let (mut packed, _) = packed.as_chunks_mut::<MR>();
    for depth in blocks(k, unit) {
        for i in (0..m).step_by(MR) {
            let (panel, rest) = packed.split_at_mut(depth.len());
            packed = rest;
            for (out, p) in panel.iter_mut().zip(depth.clone()) {
                *out = from_fn(|r| if i + r < m { value(i + r, p) } else { 0.0 });
            }
        }
    }
}

fn blocks(k: usize, unit: usize) -> impl Iterator<Item = Range<usize>> {
    let step = block_depth(k, unit);
    (0..k).step_by(step).map(move |start| start..(start + step).min(k))
}

/// The steps that follow the sums of a product in the same pass: bias and ReLU.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Epilogue<'a> {
    /// Added to every row, one for each.
    pub(crate) bias: Option<&'a [f32]>,
    /// True if values below zero become zero.
    pub(crate) relu: bool,
}

impl Epilogue<'_> {
    /// Returns what the sums of the four rows from `i` on start from.
    fn row_starts(&self, i: usize) -> [f32; MR] {
        self.bias.map_or([0.0; MR], |bias| from_fn(|r| bias.get(i + r).copied().unwrap_or(0.0)))
    }
}

/// Computes `c = a · b` and applies the epilogue. `a` is m×k and packed for the unit of `b`, `b` is k×n, `c` is m×n and row-major; k is not 0.
pub(crate) fn gemm(
    c: &mut [f32],
    [m, n, k]: [usize; 3],
    a: &[f32],
    b: &impl PackedB,
    epilogue: Epilogue<'_>,
    scratch: &mut [f32],
) {
    debug_assert!(c.len() == m * n && k > 0);
    let (a, _) = a.as_chunks::<MR>();
    let (scratch, _) = scratch.as_chunks_mut::<NR>();
    let m_packed = m.next_multiple_of(MR);
    for depth in blocks(k, b.unit()) {
        let a = &a[depth.start * m_packed / MR..depth.end * m_packed / MR];
        let width = (PACKED_B / NR / depth.len()).max(1) * NR;
        for j0 in (0..n).step_by(width) {
            let n_panels = (n - j0).min(width).div_ceil(NR);
            let panels = &mut scratch[..n_panels * depth.len()];
            b.pack(panels, j0, depth.clone());
            for (a, i) in a.chunks_exact(depth.len()).zip((0..m).step_by(MR)) {
                let start = if depth.start > 0 { Start::There } else { Start::Rows(epilogue.row_starts(i)) };
                let relu = epilogue.relu && depth.end == k;
                for (b, j) in panels.chunks_exact(depth.len()).zip((j0..n).step_by(NR)) {
                    let tile = multiply_tile(a, b);
                    let out = &mut c[i * n + j..];
                    if i + MR <= m && j + NR <= n {
                        store_whole(out, n, tile, start, relu);
                    } else {
                        store_part(out, n, [(m - i).min(MR), (n - j).min(NR)], tile, start, relu);
                    }
                }
            }
        }
    }
}

/// The values that a tile's sums are added to.
#[derive(Clone, Copy)]
enum Start {
    /// One number for each row.
    Rows([f32; MR]),
    /// The values that the output holds.
    There,
}

/// The product of a panel of 4 rows and a panel of 8 columns.
fn multiply_tile(a: &[[f32; MR]], b: &[[f32; NR]]) -> [[f32x4; 2]; MR] {
    let mut tile = [[f32x4::ZERO; 2]; MR];
    for (a, b) in a.iter().zip(b) {
        let [left, right] = simd::load(b);
        for (row, &a) in tile.iter_mut().zip(a) {
            let a = f32x4::splat(a);
            row[0] += a * left;
            row[1] += a * right;
        }
    }
    tile
}

/// Writes a whole tile.
fn store_whole(c: &mut [f32], stride: usize, tile: [[f32x4; 2]; MR], start: Start, relu: bool) {
    for (r, sums) in tile.into_iter().enumerate() {
        if let Some(out) = c[r * stride..].first_chunk_mut() {
            store_row(out, sums, r, start, relu);
        }
    }
}

/// Writes the top left part of a tile, as [rows, columns].
fn store_part(
    c: &mut [f32],
    stride: usize,
    [rows, columns]: [usize; 2],
    tile: [[f32x4; 2]; MR],
    start: Start,
    relu: bool,
) {
    for (r, sums) in tile.into_iter().enumerate().take(rows) {
        let out = &mut c[r * stride..][..columns];
        if let Ok(out) = out.try_into() {
            store_row(out, sums, r, start, relu);
        } else {
            let mut row = from_fn(|i| out.get(i).copied().unwrap_or(0.0));
            store_row(&mut row, sums, r, start, relu);
            out.copy_from_slice(&row[..columns]);
        }
    }
}

#[inline(always)]
fn store_row(out: &mut [f32; NR], sums: [f32x4; 2], r: usize, start: Start, relu: bool) {
    let before = match start {
        Start::Rows(values) => [f32x4::splat(values[r]); 2],
        Start::There => simd::load(out),
    };
    let sums = [before[0] + sums[0], before[1] + sums[1]];
    simd::store(out, if relu { sums.map(simd::relu) } else { sums });
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};

    /// Small whole numbers: every order of summation gives exactly the same result.
    fn whole(len: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 37 + i / 7) % 9) as f32 - 4.0).collect()
    }

    fn product([m, n, k]: [usize; 3], a: &[f32], b: &[f32], epilogue: Epilogue<'_>) -> Vec<f32> {
        let (mut packed, mut scratch) = (vec![f32::NAN; packed_a_len(m, k)], vec![f32::NAN; gemm_scratch_len(k, 1)]);
        pack_a(&mut packed, [m, k], 1, |i, p| a[i * k + p]);
        let mut c = vec![f32::NAN; m * n];
        gemm(&mut c, [m, n, k], &packed, &Rows { data: b, stride: n, columns: n }, epilogue, &mut scratch);
        c
    }

    fn check([m, n, k]: [usize; 3]) {
        let (a, b, bias) = (whole(m * k), whole(k * n), whole(m));
        for epilogue in [Epilogue::default(), Epilogue { bias: Some(&bias), relu: true }] {
            let want: Vec<f32> = (0..m * n)
                .map(|at| {
                    let (i, j) = (at / n, at % n);
                    let sum: f32 = (0..k).map(|p| a[i * k + p] * b[p * n + j]).sum();
                    let sum = sum + epilogue.bias.map_or(0.0, |bias| bias[i]);
                    if epilogue.relu { sum.max(0.0) } else { sum }
                })
                .collect();
            assert!(product([m, n, k], &a, &b, epilogue) == want, "{m}×{k} by {k}×{n}, {epilogue:?}");
        }
    }

    #[test]
    fn every_size_around_a_tile_is_the_plain_product() {
        for m in [1, 3, 4, 5, 9] {
            for n in [1, 7, 8, 9, 17] {
                for k in [1, 2, 4, 7] {
                    check([m, n, k]);
                }
            }
        }
    }

    #[test]
    fn sizes_beyond_one_block_are_the_plain_product() {
        check([6, 9, KC + 1]);
        check([5, 19, 2 * KC + 5]);
        check([2, PACKED_B / 300 + 5, 300]);
    }

    #[test]
    fn blocks_cover_the_depth_in_whole_units() {
        for (k, unit) in [(1, 1), (KC, 1), (KC + 1, 1), (25 * 40, 25), (9 * 64, 9), (700, 700), (2100, 700)] {
            let mut end = 0;
            for block in blocks(k, unit) {
                assert!(block.start == end && block.len().is_multiple_of(unit) && !block.is_empty(), "{k}, {unit}");
                assert!(block.len() <= KC.max(unit) && block.len() * NR <= gemm_scratch_len(k, unit), "{k}, {unit}");
                end = block.end;
            }
            assert_eq!(end, k);
        }
    }

    #[test]
    fn one_changed_value_changes_the_product() {
        let (mut a, b) = (whole(5 * 6), vec![1.0; 6 * 9]);
        let before = product([5, 9, 6], &a, &b, Epilogue::default());
        a[4 * 6 + 5] += 1.0;
        let after = product([5, 9, 6], &a, &b, Epilogue::default());
        let n_changed = after.iter().zip(&before).filter(|(now, before)| now != before).count();
        assert_eq!(n_changed, 9, "the last row and nothing else");
    }
}
