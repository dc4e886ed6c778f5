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
    let s = tap % kernel_width;
    let r = tap / kernel_width % kernel_height;
    let c = tap / (kernel_height * kernel_width);
    let row = r * dilation_rows;
    let column = s * dilation_columns;
    return Place((c * height + row) * width + column, row, column);
}

// Where a window of the batch, image by image, begins in x. In the padding, that is before row or column 0: there the
// numbers wrap round, and come right again or stay too large when a kernel cell is added.
fn window_place(window: u32) -> Place {
    let n = window / positions;
    let row = window % positions / out_width * stride_rows - padding_rows;
    let column = window % out_width * stride_columns - padding_columns;
    return Place(((n * groups + group) * channels * height + row) * width + column, row, column);
}

// Whether a kernel cell at a window meets the input, and not padding.
fn meets(tap: Place, window: Place) -> bool {
    return tap.row + window.row < height && tap.column + window.column < width;
}
