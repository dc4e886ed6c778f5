// The sizes of a convolution. x is (images, groups · channels, height, width), w is (groups · kernels, channels,
// kernel_height, kernel_width), y is (images, groups · kernels, out_height, out_width).

override images: u32;
override groups: u32;
// Of one group.
override channels: u32;
override kernels: u32;
override height: u32;
override width: u32;
override kernel_height: u32;
override kernel_width: u32;
override out_height: u32;
override out_width: u32;
override stride_rows: u32;
override stride_columns: u32;
override padding_rows: u32;
override padding_columns: u32;
override dilation_rows: u32;
override dilation_columns: u32;

// Cells of one kernel, and of one feature map.
override taps: u32 = channels * kernel_height * kernel_width;
override positions: u32 = out_height * out_width;

// The group that a workgroup works for.
var<private> group: u32;

// What a kernel cell adds to the place in x of what it meets.
fn tap_place(tap: u32) -> Place {
    let c = divide(tap, kernel_height * kernel_width);
    let r = divide(c.y, kernel_width);
    let row = r.x * dilation_rows;
    let column = r.y * dilation_columns;
    return Place((c.x * height + row) * width + column, row, column);
}

// Where a window of the batch, image by image, begins in x. In the padding, that is before row or column 0: there the
// numbers wrap round, and come right again or stay too large when a kernel cell is added.
fn window_place(window: u32) -> Place {
    let n = divide(window, positions);
    let p = divide(n.y, out_width);
    let row = p.x * stride_rows - padding_rows;
    let column = p.y * stride_columns - padding_columns;
    return Place(((n.x * groups + group) * channels * height + row) * width + column, row, column);
}

// Whether a kernel cell and a window meet in the padding.
fn meets_padding(depth: Place, other: Place) -> bool {
    if padding_rows == 0 && padding_columns == 0 {
        return false;
    }
    return (depth.row + other.row >= height) | (depth.column + other.column >= width);
}
