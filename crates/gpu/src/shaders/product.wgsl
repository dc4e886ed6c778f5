// A matrix product, left (rows × depths) · right (depths × columns), for the shaders that are one.
//
// Such a shader says how large the result is (`n_rows`, `n_columns`), where a depth and a column lie (`depth_at`,
// `column_at`), what the operands hold there (`left`, `right`), what the sums of a row begin with (`start`), and where a
// sum goes (`result_at`, `store`). What it answers outside of the result does not matter: nothing of it is stored.
//
// How the work is cut up depends on the adapter: product_tiles or product_blocks is compiled with this file.

// A place in an operand: an index, or the part of one that a depth or a column decides; and where the operand has rows and
// columns of its own that may lie outside of it, the part of those.
struct Place {
    at: u32,
    row: u32,
    column: u32,
}

struct Depth {
    left: u32,
    right: Place,
}

// Sums of one column, from `row` on.
fn store_rows(at: u32, row: u32, sums: vec4<f32>) {
    store_sum(at, row, sums.x);
    store_sum(at, row + 1, sums.y);
    store_sum(at, row + 2, sums.z);
    store_sum(at, row + 3, sums.w);
}

fn store_sum(at: u32, row: u32, sum: f32) {
    if row < n_rows {
        store(at, row, sum);
    }
}
