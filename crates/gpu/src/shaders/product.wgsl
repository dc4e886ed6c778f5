// A tiled matrix product, left (rows × depths) · right (depths × columns), for the stages that are one.
//
// Such a stage says what its operands are: `left(row, depth)` and `right(depth, column)`, zero outside of them, and
// what becomes of a sum: `store(row, column, sum)`, nothing outside of the result.
//
// A workgroup computes one tile of the result, and each of its invocations 4 × 4 sums of it. All walk along the depths
// together, `tile_depth` at a time: they fetch that part of both operands into workgroup memory, each value once, wait
// for each other, and then each reads from there what its sums need. So a value is fetched once per tile, not per sum.

// Invocations of a workgroup along each axis: the tile is four times as large.
override tile_rows: u32;
override tile_columns: u32;
override tile_depth: u32;
override left_len: u32 = tile_rows * tile_depth;
override right_len: u32 = tile_columns * tile_depth;

// Four rows, or four columns, in each vector.
var<workgroup> left_tile: array<vec4<f32>, left_len>;
var<workgroup> right_tile: array<vec4<f32>, right_len>;

fn product(tile: vec2<u32>, local: vec2<u32>, first_depth: u32, end_depth: u32) {
    let first_row = tile.y * tile_rows * 4;
    let first_column = tile.x * tile_columns * 4;
    let invocation = local.y * tile_columns + local.x;
    let n_invocations = tile_rows * tile_columns;
    var sums_0 = vec4<f32>();
    var sums_1 = vec4<f32>();
    var sums_2 = vec4<f32>();
    var sums_3 = vec4<f32>();
    for (var depth = first_depth; depth < end_depth; depth += tile_depth) {
        for (var i = invocation; i < left_len; i += n_invocations) {
            // Neighbours fetch what lies side by side in memory.
            let d = select(i / tile_rows, i % tile_depth, left_lies_along_depth);
            let r = select(i % tile_rows, i / tile_depth, left_lies_along_depth);
            let row = first_row + r * 4;
            var values = vec4<f32>();
            if depth + d < end_depth {
                values = vec4(
                    left(row, depth + d),
                    left(row + 1, depth + d),
                    left(row + 2, depth + d),
                    left(row + 3, depth + d),
                );
            }
            left_tile[d * tile_rows + r] = values;
        }
        for (var i = invocation; i < right_len; i += n_invocations) {
            let d = select(i / tile_columns, i % tile_depth, right_lies_along_depth);
            let c = select(i % tile_columns, i / tile_depth, right_lies_along_depth);
            let column = first_column + c * 4;
            var values = vec4<f32>();
            if depth + d < end_depth {
                values = vec4(
                    right(depth + d, column),
                    right(depth + d, column + 1),
                    right(depth + d, column + 2),
                    right(depth + d, column + 3),
                );
            }
            right_tile[d * tile_columns + c] = values;
        }
        workgroupBarrier();
        for (var d = 0u; d < tile_depth; d++) {
            let rows = left_tile[d * tile_rows + local.y];
            let columns = right_tile[d * tile_columns + local.x];
            sums_0 += rows.x * columns;
            sums_1 += rows.y * columns;
            sums_2 += rows.z * columns;
            sums_3 += rows.w * columns;
        }
        workgroupBarrier();
    }
    let row = first_row + local.y * 4;
    let column = first_column + local.x * 4;
    store_row(row, column, sums_0);
    store_row(row + 1, column, sums_1);
    store_row(row + 2, column, sums_2);
    store_row(row + 3, column, sums_3);
}

fn store_row(row: u32, column: u32, sums: vec4<f32>) {
    store(row, column, sums.x);
    store(row, column + 1, sums.y);
    store(row, column + 2, sums.z);
    store(row, column + 3, sums.w);
}
