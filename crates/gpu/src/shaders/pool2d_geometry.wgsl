// The sizes of a pooling. x is (planes, height, width) and y is (planes, out_height, out_width), planes being the channels
// of all images.

override planes: u32;
override height: u32;
override width: u32;
override out_height: u32;
override out_width: u32;
override window_rows: u32;
override window_columns: u32;
override stride_rows: u32;
override stride_columns: u32;
override padding_rows: u32;
override padding_columns: u32;

// The first cell, and the one after the last, that window `out` reads on an axis; padding is cut off.
fn span(out: u32, window: u32, stride: u32, padding: u32, input: u32) -> vec2<u32> {
    let start = out * stride;
    return vec2(max(start, padding) - padding, min(max(start + window, padding) - padding, input));
}

fn rows(p: u32) -> vec2<u32> {
    return span(p, window_rows, stride_rows, padding_rows, height);
}

fn columns(q: u32) -> vec2<u32> {
    return span(q, window_columns, stride_columns, padding_columns, width);
}

// Where value `i` of planes of this height and width stands: plane, row, column.
fn place(i: u32, height: u32, width: u32) -> vec3<u32> {
    let row = divide(i, width);
    let plane = divide(row[0], height);
    return vec3(plane[0], plane[1], row[1]);
}

// The first window, and the one after the last, that reads cell `at` of an axis.
fn readers(at: u32, window: u32, stride: u32, padding: u32, n_windows: u32) -> vec2<u32> {
    // The first starts at most window − 1 cells before it, and no cell before the padding.
    let first = (max(at + padding + 1, window) - window + stride - 1) / stride;
    return vec2(first, min((at + padding) / stride + 1, n_windows));
}

fn row_readers(i: u32) -> vec2<u32> {
    return readers(i, window_rows, stride_rows, padding_rows, out_height);
}

fn column_readers(j: u32) -> vec2<u32> {
    return readers(j, window_columns, stride_columns, padding_columns, out_width);
}

// What an average at (p, q) divides by: the window's cells inside the padded input.
fn divisor(p: u32, q: u32) -> f32 {
    let cells_down = min(p * stride_rows + window_rows, height + 2 * padding_rows) - p * stride_rows;
    let cells_across = min(q * stride_columns + window_columns, width + 2 * padding_columns) - q * stride_columns;
    return f32(cells_down * cells_across);
}
