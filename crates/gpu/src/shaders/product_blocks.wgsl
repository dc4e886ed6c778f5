// The product block by block, for adapters that are programs on a CPU.
//
// Workgroup memory and barriers cost them dearly, and every load is checked and fetched invocation by invocation. So each
// invocation works alone, on a block of the result so large that a value, once loaded, serves many sums: up to 32 rows and
// 32 columns, by fours, four depths at a time. Only constants index the sums until they are stored: any other index would
// make each of them a load too.

// Invocations of a workgroup along the rows of the result, along its columns, and along the parts of the depths.
override tile_rows: u32;
override tile_columns: u32;
override tile_parts: u32;
// Fours of rows and of columns in a block, at most 8.
override row_quads: u32;
override column_quads: u32;

// Four rows of the result, or of the right operand: for each four columns a matrix, whose columns are those rows.
alias Rows = array<mat4x4<f32>, 8>;

struct Depths {
    a: Depth,
    b: Depth,
    c: Depth,
    d: Depth,
}

struct Columns {
    a: Place,
    b: Place,
    c: Place,
    d: Place,
}

// The part that an invocation sums, where the depths are cut into parts.
fn part_at(workgroup: u32, local: u32) -> u32 {
    return workgroup * tile_parts + local;
}

fn product(tile: vec2<u32>, local: vec2<u32>, first_depth: u32, end_depth: u32) {
    let row = (tile.y * tile_rows + local.y) * row_quads * 4;
    let column = (tile.x * tile_columns + local.x) * column_quads * 4;
    var columns = array<Columns, 8>();
    for (var c = 0u; c < column_quads; c++) {
        columns[c] = columns_at(column + 4 * c);
    }
    var sums_0 = first_sums(row);
    var sums_1 = first_sums(row + 4);
    var sums_2 = first_sums(row + 8);
    var sums_3 = first_sums(row + 12);
    var sums_4 = first_sums(row + 16);
    var sums_5 = first_sums(row + 20);
    var sums_6 = first_sums(row + 24);
    var sums_7 = first_sums(row + 28);
    for (var depth = first_depth; depth < end_depth; depth += 4) {
        let depths = depths_at(depth, end_depth - 1);
        var values = Rows();
        values[0] = right_quad(depths, columns[0]);
        if column_quads > 1 {
            values[1] = right_quad(depths, columns[1]);
        }
        if column_quads > 2 {
            values[2] = right_quad(depths, columns[2]);
        }
        if column_quads > 3 {
            values[3] = right_quad(depths, columns[3]);
        }
        if column_quads > 4 {
            values[4] = right_quad(depths, columns[4]);
        }
        if column_quads > 5 {
            values[5] = right_quad(depths, columns[5]);
        }
        if column_quads > 6 {
            values[6] = right_quad(depths, columns[6]);
        }
        if column_quads > 7 {
            values[7] = right_quad(depths, columns[7]);
        }
        let is_inside = vec4(depth, depth + 1, depth + 2, depth + 3) < vec4(end_depth);
        accumulate(&sums_0, left_quad(row, depths, is_inside), values);
        if row_quads > 1 {
            accumulate(&sums_1, left_quad(row + 4, depths, is_inside), values);
        }
        if row_quads > 2 {
            accumulate(&sums_2, left_quad(row + 8, depths, is_inside), values);
        }
        if row_quads > 3 {
            accumulate(&sums_3, left_quad(row + 12, depths, is_inside), values);
        }
        if row_quads > 4 {
            accumulate(&sums_4, left_quad(row + 16, depths, is_inside), values);
        }
        if row_quads > 5 {
            accumulate(&sums_5, left_quad(row + 20, depths, is_inside), values);
        }
        if row_quads > 6 {
            accumulate(&sums_6, left_quad(row + 24, depths, is_inside), values);
        }
        if row_quads > 7 {
            accumulate(&sums_7, left_quad(row + 28, depths, is_inside), values);
        }
    }
    let n_stored = select(0u, min(column_quads * 4, n_columns - min(column, n_columns)), first_depth < end_depth);
    store_four(row, column, n_stored, sums_0);
    if row_quads > 1 {
        store_four(row + 4, column, n_stored, sums_1);
    }
    if row_quads > 2 {
        store_four(row + 8, column, n_stored, sums_2);
    }
    if row_quads > 3 {
        store_four(row + 12, column, n_stored, sums_3);
    }
    if row_quads > 4 {
        store_four(row + 16, column, n_stored, sums_4);
    }
    if row_quads > 5 {
        store_four(row + 20, column, n_stored, sums_5);
    }
    if row_quads > 6 {
        store_four(row + 24, column, n_stored, sums_6);
    }
    if row_quads > 7 {
        store_four(row + 28, column, n_stored, sums_7);
    }
}

// Stores the first `n` columns of four rows.
fn store_four(row: u32, column: u32, n: u32, of_rows: Rows) {
    var sums = of_rows;
    for (var i = 0u; i < n; i++) {
        let q = i / 4;
        let c = i % 4;
        store_rows(result_at(column + i), row, vec4(sums[q][0][c], sums[q][1][c], sums[q][2][c], sums[q][3][c]));
    }
}

// What the sums of four rows begin with.
fn first_sums(row: u32) -> Rows {
    let quad = mat4x4(vec4(start(row)), vec4(start(row + 1)), vec4(start(row + 2)), vec4(start(row + 3)));
    return Rows(quad, quad, quad, quad, quad, quad, quad, quad);
}

// Each sum of four rows grows by four products.
fn accumulate(sums: ptr<function, Rows>, weights: mat4x4<f32>, values: Rows) {
    (*sums)[0] += values[0] * weights;
    if column_quads > 1 {
        (*sums)[1] += values[1] * weights;
    }
    if column_quads > 2 {
        (*sums)[2] += values[2] * weights;
    }
    if column_quads > 3 {
        (*sums)[3] += values[3] * weights;
    }
    if column_quads > 4 {
        (*sums)[4] += values[4] * weights;
    }
    if column_quads > 5 {
        (*sums)[5] += values[5] * weights;
    }
    if column_quads > 6 {
        (*sums)[6] += values[6] * weights;
    }
    if column_quads > 7 {
        (*sums)[7] += values[7] * weights;
    }
}

// Behind the last depth it stands once more.
fn depths_at(first: u32, last: u32) -> Depths {
    return Depths(
        depth_at(first),
        depth_at(min(first + 1, last)),
        depth_at(min(first + 2, last)),
        depth_at(min(first + 3, last)),
    );
}

fn columns_at(first: u32) -> Columns {
    return Columns(column_at(first), column_at(first + 1), column_at(first + 2), column_at(first + 3));
}

// Four depths of four rows; those that are not inside weigh nothing.
fn left_quad(row: u32, depths: Depths, is_inside: vec4<bool>) -> mat4x4<f32> {
    return mat4x4(
        left_row(row, depths, is_inside),
        left_row(row + 1, depths, is_inside),
        left_row(row + 2, depths, is_inside),
        left_row(row + 3, depths, is_inside),
    );
}

fn left_row(row: u32, depths: Depths, is_inside: vec4<bool>) -> vec4<f32> {
    let values = vec4(left(row, depths.a.left), left(row, depths.b.left), left(row, depths.c.left), left(row, depths.d.left));
    return select(vec4<f32>(), values, is_inside);
}

// Four columns of four depths.
fn right_quad(depths: Depths, columns: Columns) -> mat4x4<f32> {
    return mat4x4(
        right_row(depths.a.right, columns),
        right_row(depths.b.right, columns),
        right_row(depths.c.right, columns),
        right_row(depths.d.right, columns),
    );
}

fn right_row(depth: Place, columns: Columns) -> vec4<f32> {
    return vec4(right(depth, columns.a), right(depth, columns.b), right(depth, columns.c), right(depth, columns.d));
}
