// The product tile by tile, for GPUs.
//
// A workgroup computes one tile of the result, and each of its invocations 8 × 8 sums of it. All walk along the depths
// together, `tile_depth` at a time: they fetch that part of both operands into workgroup memory, each value once, wait
// for each other, and then each reads from there what its sums need. So a value is fetched once per tile, not per sum.

// Invocations of a workgroup along each axis: the tile is eight times as large.
override tile_rows: u32;
override tile_columns: u32;
override tile_depth: u32;
// All of a workgroup sum the same part of the depths.
const tile_parts = 1u;
override left_len: u32 = 2 * tile_rows * tile_depth;
override right_len: u32 = 8 * tile_columns * tile_depth;

var<workgroup> depths: array<Depth, tile_depth>;
// For each depth all rows, four in each vector.
var<workgroup> left_tile: array<vec4<f32>, left_len>;
// For each depth all columns.
var<workgroup> right_tile: array<f32, right_len>;

// The part that an invocation sums, where the depths are cut into parts.
fn part_at(workgroup: u32, local: u32) -> u32 {
    return workgroup;
}

fn product(tile: vec2<u32>, local: vec2<u32>, first_depth: u32, end_depth: u32) {
    let invocation = local.y * tile_columns + local.x;
    let first_row = tile.y * tile_rows * 8;
    let first_column = tile.x * tile_columns * 8;
    let row = first_row + local.y * 8;
    // Row by row, columns 0 to 3 and 4 to 7.
    var sums_0a = vec4(start(row));
    var sums_0b = sums_0a;
    var sums_1a = vec4(start(row + 1));
    var sums_1b = sums_1a;
    var sums_2a = vec4(start(row + 2));
    var sums_2b = sums_2a;
    var sums_3a = vec4(start(row + 3));
    var sums_3b = sums_3a;
    var sums_4a = vec4(start(row + 4));
    var sums_4b = sums_4a;
    var sums_5a = vec4(start(row + 5));
    var sums_5b = sums_5a;
    var sums_6a = vec4(start(row + 6));
    var sums_6b = sums_6a;
    var sums_7a = vec4(start(row + 7));
    var sums_7b = sums_7a;
    locate_depths(invocation, first_depth);
    workgroupBarrier();
    for (var depth = first_depth; depth < end_depth; depth += tile_depth) {
        let n_depths = min(tile_depth, end_depth - depth);
        fetch_left(invocation, first_row, n_depths);
        fetch_right(invocation, first_column, n_depths);
        workgroupBarrier();
        for (var d = 0u; d < tile_depth; d++) {
            let r = (d * tile_rows + local.y) * 2;
            let rows_a = left_tile[r];
            let rows_b = left_tile[r + 1];
            // Neighbouring invocations have neighbouring columns.
            let c = d * tile_columns * 8 + local.x;
            let columns_a = vec4(
                right_tile[c],
                right_tile[c + tile_columns],
                right_tile[c + tile_columns * 2],
                right_tile[c + tile_columns * 3],
            );
            let columns_b = vec4(
                right_tile[c + tile_columns * 4],
                right_tile[c + tile_columns * 5],
                right_tile[c + tile_columns * 6],
                right_tile[c + tile_columns * 7],
            );
            sums_0a += rows_a.x * columns_a;
            sums_0b += rows_a.x * columns_b;
            sums_1a += rows_a.y * columns_a;
            sums_1b += rows_a.y * columns_b;
            sums_2a += rows_a.z * columns_a;
            sums_2b += rows_a.z * columns_b;
            sums_3a += rows_a.w * columns_a;
            sums_3b += rows_a.w * columns_b;
            sums_4a += rows_b.x * columns_a;
            sums_4b += rows_b.x * columns_b;
            sums_5a += rows_b.y * columns_a;
            sums_5b += rows_b.y * columns_b;
            sums_6a += rows_b.z * columns_a;
            sums_6b += rows_b.z * columns_b;
            sums_7a += rows_b.w * columns_a;
            sums_7b += rows_b.w * columns_b;
        }
        locate_depths(invocation, depth + tile_depth);
        workgroupBarrier();
    }
    let upper = mat4x4(sums_0a, sums_1a, sums_2a, sums_3a);
    let lower = mat4x4(sums_4a, sums_5a, sums_6a, sums_7a);
    let column = first_column + local.x;
    store_columns(row, column, upper, lower);
    let upper_b = mat4x4(sums_0b, sums_1b, sums_2b, sums_3b);
    let lower_b = mat4x4(sums_4b, sums_5b, sums_6b, sums_7b);
    store_columns(row, column + tile_columns * 4, upper_b, lower_b);
}

// Where the next depths lie is found out once for the whole workgroup.
fn locate_depths(invocation: u32, first: u32) {
    for (var d = invocation; d < tile_depth; d += tile_rows * tile_columns) {
        depths[d] = depth_at(first + d);
    }
}

fn fetch_left(invocation: u32, first_row: u32, n_depths: u32) {
    let n_quads = tile_rows * 2;
    for (var i = invocation; i < left_len; i += tile_rows * tile_columns) {
        // Neighbours fetch what lies side by side in memory.
        let d = select(i / n_quads, i % tile_depth, left_lies_along_depth);
        let quad = select(i % n_quads, i / tile_depth, left_lies_along_depth);
        let row = first_row + quad * 4;
        var values = vec4<f32>();
        if d < n_depths {
            let at = depths[d].left;
            values = vec4(left(row, at), left(row + 1, at), left(row + 2, at), left(row + 3, at));
        }
        left_tile[d * n_quads + quad] = values;
    }
}

fn fetch_right(invocation: u32, first_column: u32, n_depths: u32) {
    let n_columns = tile_columns * 8;
    let n_invocations = tile_rows * tile_columns;
    for (var c = invocation % n_columns; c < n_columns; c += n_invocations) {
        let column = column_at(first_column + c);
        for (var d = invocation / n_columns; d < tile_depth; d += max(n_invocations / n_columns, 1)) {
            var value = 0.0;
            if d < n_depths {
                value = right(depths[d].right, column);
            }
            right_tile[d * n_columns + c] = value;
        }
    }
}

// Eight rows of four columns; the matrices' columns are our rows.
fn store_columns(row: u32, column: u32, upper: mat4x4<f32>, lower: mat4x4<f32>) {
    let upper_columns = transpose(upper);
    let lower_columns = transpose(lower);
    store_column(row, column, upper_columns[0], lower_columns[0]);
    store_column(row, column + tile_columns, upper_columns[1], lower_columns[1]);
    store_column(row, column + tile_columns * 2, upper_columns[2], lower_columns[2]);
    store_column(row, column + tile_columns * 3, upper_columns[3], lower_columns[3]);
}

fn store_column(row: u32, column: u32, upper: vec4<f32>, lower: vec4<f32>) {
    if column >= n_columns {
        return;
    }
    let at = result_at(column);
    store_rows(at, row, upper);
    store_rows(at, row + 4, lower);
}
