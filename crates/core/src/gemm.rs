//! The matrix product behind convolutions and linear layers.
//!
//! Operands are packed into panels that the processor's caches hold, then multiplied in register
//! tiles of 4×8 (after Goto & van de Geijn 2008, *Anatomy of high-performance matrix multiplication*).
//! Operands are views with strides, so a transposed operand is packed directly, never transposed first.
//! Products and sums are separate instructions in a fixed order: the result is the same on every platform.

use crate::simd;
use core::array::from_fn;
use wide::f32x4;

/// Rows and columns of a register tile. 4×8 fits the sixteen vector registers of wasm and x86-64.
const MR: usize = 4;
const NR: usize = 8;
/// Depth, rows and columns of what is packed at a time: 128 kB of A, 256 kB of B at the most.
const KC: usize = 256;
const MC: usize = 128;
const NC: usize = 256;

/// A matrix in a slice: the value at (row, column) is `data[row · row_stride + column · column_stride]`.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) data: &'a [f32],
    pub(crate) row_stride: usize,
    pub(crate) column_stride: usize,
}

impl<'a> View<'a> {
    /// A row-major matrix with this many columns.
    pub(crate) const fn rows(data: &'a [f32], columns: usize) -> Self {
        Self { data, row_stride: columns, column_stride: 1 }
    }

    /// The transpose.
    pub(crate) const fn t(self) -> Self {
        Self { data: self.data, row_stride: self.column_stride, column_stride: self.row_stride }
    }
}

/// Floats that [`gemm`] needs to pack panels of an m×k by k×n product.
pub(crate) const fn gemm_scratch_len(m: usize, n: usize, k: usize) -> usize {
    let (kc, mc, nc) = (min(k, KC), min(m.next_multiple_of(MR), MC), min(n.next_multiple_of(NR), NC));
    kc * (mc + nc)
}

const fn min(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

/// `c = a · b`, or `c += a · b` with `accumulate`. `a` is m×k, `b` is k×n, `c` is m×n and row-major.
pub(crate) fn gemm(
    c: &mut [f32],
    [m, n, k]: [usize; 3],
    a: View<'_>,
    b: View<'_>,
    accumulate: bool,
    scratch: &mut [f32],
) {
    debug_assert_eq!(c.len(), m * n);
    if k == 0 && !accumulate {
        c.fill(0.0);
    }
    let (kc_most, mc_most) = (k.min(KC), m.next_multiple_of(MR).min(MC));
    let (packed_a, packed_b) = scratch.split_at_mut(kc_most * mc_most);
    for j0 in (0..n).step_by(NC) {
        let nc = (n - j0).min(NC);
        for p0 in (0..k).step_by(KC) {
            let kc = (k - p0).min(KC);
            pack::<NR>(packed_b, b.t(), j0, nc, p0, kc);
            for i0 in (0..m).step_by(MC) {
                let mc = (m - i0).min(MC);
                pack::<MR>(packed_a, a, i0, mc, p0, kc);
                for j in (0..nc).step_by(NR) {
                    let panel_b = &packed_b[j * kc..][..NR * kc];
                    for i in (0..mc).step_by(MR) {
                        let tile = multiply_tile(&packed_a[i * kc..][..MR * kc], panel_b);
                        let corner = (i0 + i) * n + j0 + j;
                        store(&mut c[corner..], n, (mc - i).min(MR), (nc - j).min(NR), &tile, accumulate || p0 > 0);
                    }
                }
            }
        }
    }
}

/// Packs rows `i0..i0 + rows` and columns `p0..p0 + kc` of a matrix into panels of `W` rows,
/// column by column, the last panel filled up with zeros.
fn pack<const W: usize>(packed: &mut [f32], a: View<'_>, i0: usize, rows: usize, p0: usize, kc: usize) {
    for (panel, i) in packed.chunks_exact_mut(W * kc).zip((0..rows).step_by(W)) {
        let height = (rows - i).min(W);
        let start = (i0 + i) * a.row_stride + p0 * a.column_stride;
        let mut n_packed = 0;
        if height < W {
            panel.fill(0.0);
        } else if a.row_stride == 1 {
            for (p, out) in panel.chunks_exact_mut(W).enumerate() {
                out.copy_from_slice(&a.data[start + p * a.column_stride..][..W]);
            }
            n_packed = kc;
        } else if a.column_stride == 1 {
            n_packed = kc / 4 * 4;
            for p in (0..n_packed).step_by(4) {
                for r in (0..W).step_by(4) {
                    let rows = from_fn(|i| simd::load4(&a.data[start + (r + i) * a.row_stride + p..]));
                    for (i, column) in f32x4::transpose(rows).into_iter().enumerate() {
                        simd::store4(&mut panel[(p + i) * W + r..], column);
                    }
                }
            }
        }
        for p in n_packed..kc {
            for r in 0..height {
                panel[p * W + r] = a.data[start + r * a.row_stride + p * a.column_stride];
            }
        }
    }
}

/// The product of a panel of 4 rows and a panel of 8 columns.
fn multiply_tile(a: &[f32], b: &[f32]) -> [[f32x4; 2]; MR] {
    let mut tile = [[f32x4::ZERO; 2]; MR];
    for (a, b) in a.as_chunks::<MR>().0.iter().zip(b.as_chunks::<NR>().0) {
        let [left, right] = simd::load(b);
        for (row, &a) in tile.iter_mut().zip(a) {
            let a = f32x4::splat(a);
            row[0] += a * left;
            row[1] += a * right;
        }
    }
    tile
}

/// Writes the top left `rows`×`columns` of a tile.
fn store(c: &mut [f32], c_stride: usize, rows: usize, columns: usize, tile: &[[f32x4; 2]; MR], accumulate: bool) {
    for (r, &row) in tile.iter().enumerate().take(rows) {
        let out = &mut c[r * c_stride..][..columns];
        if let Ok(out) = <&mut [f32; NR]>::try_from(&mut *out) {
            let [left, right] = if accumulate { simd::load(out) } else { [f32x4::ZERO; 2] };
            simd::store(out, [left + row[0], right + row[1]]);
        } else {
            let mut sums = [0.0; NR];
            simd::store(&mut sums, row);
            for (out, sum) in out.iter_mut().zip(sums) {
                *out = if accumulate { *out + sum } else { sum };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};

    /// Small whole numbers: every order of summation gives exactly the same result.
    fn whole(len: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 37 + i / 7) % 9) as f32 - 4.0).collect()
    }

    fn transposed(x: &[f32], columns: usize) -> Vec<f32> {
        (0..columns).flat_map(|j| x.iter().skip(j).step_by(columns).copied()).collect()
    }

    fn plain(c: &mut [f32], [m, n, k]: [usize; 3], a: &[f32], b: &[f32]) {
        for i in 0..m {
            for j in 0..n {
                c[i * n + j] += (0..k).map(|p| a[i * k + p] * b[p * n + j]).sum::<f32>();
            }
        }
    }

    fn check([m, n, k]: [usize; 3]) {
        let (a, b) = (whole(m * k), whole(k * n));
        let (a_t, b_t) = (transposed(&a, k.max(1)), transposed(&b, n.max(1)));
        let left = [View::rows(&a, k), View::rows(&a_t, m).t()];
        let right = [View::rows(&b, n), View::rows(&b_t, k).t()];
        for (a_view, b_view) in left.into_iter().flat_map(|a| right.map(|b| (a, b))) {
            for accumulate in [false, true] {
                let mut want = if accumulate { whole(m * n) } else { vec![0.0; m * n] };
                let mut got = if accumulate { whole(m * n) } else { vec![f32::NAN; m * n] };
                plain(&mut want, [m, n, k], &a, &b);
                let mut scratch = vec![f32::NAN; gemm_scratch_len(m, n, k)];
                gemm(&mut got, [m, n, k], a_view, b_view, accumulate, &mut scratch);
                assert!(got == want, "{m}×{k} by {k}×{n}, accumulate {accumulate}");
            }
        }
    }

    #[test]
    fn every_size_around_a_tile_is_the_plain_product() {
        for m in [0, 1, 3, 4, 5, 9] {
            for n in [0, 1, 7, 8, 9, 17] {
                for k in [0, 1, 2, 4, 7] {
                    check([m, n, k]);
                }
            }
        }
    }

    #[test]
    fn sizes_beyond_one_block_are_the_plain_product() {
        check([MC + 2, 9, KC + 1]);
        check([5, NC + 3, 2 * KC + 5]);
        check([MC, NC, KC]);
    }

    #[test]
    fn one_changed_value_changes_the_product() {
        let (mut a, b) = (whole(5 * 6), vec![1.0; 6 * 9]);
        let product = |a: &[f32]| {
            let (mut c, mut scratch) = (vec![f32::NAN; 45], vec![f32::NAN; gemm_scratch_len(5, 9, 6)]);
            gemm(&mut c, [5, 9, 6], View::rows(a, 6), View::rows(&b, 9), false, &mut scratch);
            c
        };
        let before = product(&a);
        a[4 * 6 + 5] += 1.0;
        let n_changed = product(&a).iter().zip(&before).filter(|(now, before)| now != before).count();
        assert_eq!(n_changed, 9, "the last row and nothing else");
    }
}
