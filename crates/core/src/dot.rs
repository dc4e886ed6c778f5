//! Products of the rows of two matrices, where both lie along the sum: nothing has to be transposed.

use core::array::from_fn;
use wide::f32x4;

/// Rows of the packed operand that are multiplied at a time.
pub(crate) const PACKED_ROWS: usize = 4;

/// Four values of each of four rows.
pub(crate) type Packed = [[f32; 4]; PACKED_ROWS];

/// The products of four packed rows with one row `b` each: `[Σ a[0] · b, Σ a[1] · b, …]`, for two rows `b`.
///
/// Rows of `b` are as long as the packed ones or up to three values shorter; what the packed ones hold there is zero.
/// Each product is summed in four running sums, one per place.
pub(crate) fn dot_tile(a: &[Packed], b: [&[f32]; 2]) -> [f32x4; 2] {
    let [(b0, rest0), (b1, rest1)] = b.map(|b| b.as_chunks::<4>());
    let mut tile = [[f32x4::ZERO; PACKED_ROWS]; 2];
    for ((a, b0), b1) in a.iter().zip(b0).zip(b1) {
        add_products(&mut tile, a, [b0, b1]);
    }
    if let Some(a) = a.get(b0.len()) {
        let last = |rest: &[f32]| from_fn(|i| rest.get(i).copied().unwrap_or(0.0));
        add_products(&mut tile, a, [&last(rest0), &last(rest1)]);
    }
    tile.map(|sums| {
        let [a, b, c, d] = f32x4::transpose(sums);
        (a + b) + (c + d)
    })
}

#[inline(always)]
fn add_products(tile: &mut [[f32x4; PACKED_ROWS]; 2], a: &Packed, [b0, b1]: [&[f32; 4]; 2]) {
    let (b0, b1) = (f32x4::from(*b0), f32x4::from(*b1));
    for (i, a) in a.iter().enumerate() {
        let a = f32x4::from(*a);
        tile[0][i] += a * b0;
        tile[1][i] += a * b1;
    }
}

/// Packs a row as number `i` of four, filled up with zeros.
pub(crate) fn pack_row(packed: &mut [Packed], i: usize, row: &[f32]) {
    let (fours, rest) = row.as_chunks::<4>();
    for (packed, four) in packed.iter_mut().zip(fours) {
        packed[i] = *four;
    }
    if let Some(packed) = packed.get_mut(fours.len()) {
        packed[i] = from_fn(|at| rest.get(at).copied().unwrap_or(0.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{vec, vec::Vec};

    #[test]
    fn every_length_is_the_plain_product() {
        let whole = |len: usize, step: usize| -> Vec<f32> { (0..len).map(|i| (i * step % 9) as f32 - 4.0).collect() };
        for k in 1..14_usize {
            let (a, b) = (whole(PACKED_ROWS * k, 5), whole(2 * k, 7));
            let mut packed = vec![[[f32::NAN; 4]; PACKED_ROWS]; k.div_ceil(4)];
            a.chunks(k).enumerate().for_each(|(i, row)| pack_row(&mut packed, i, row));
            let got = dot_tile(&packed, [&b[..k], &b[k..]]).map(f32x4::to_array);
            for (r, i) in (0..2).flat_map(|r| (0..PACKED_ROWS).map(move |i| (r, i))) {
                let want: f32 = (0..k).map(|p| a[i * k + p] * b[r * k + p]).sum();
                assert!(got[r][i] == want, "rows {i} and {r} of {k} values");
            }
        }
    }
}
