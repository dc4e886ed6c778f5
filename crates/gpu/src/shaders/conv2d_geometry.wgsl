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

// Where the input lies in x that kernel cell `tap` meets at a window of the batch, image by image; or -1 in the padding.
fn met(tap: u32, window: u32) -> i32 {
    let c = tap / (kernel_height * kernel_width);
    let r = tap / kernel_width % kernel_height;
    let s = tap % kernel_width;
    let n = window / positions;
    let p = window / out_width % out_height;
    let q = window % out_width;
    // Below zero these wrap round and are too large as well.
    let row = p * stride_rows + r * dilation_rows - padding_rows;
    let column = q * stride_columns + s * dilation_columns - padding_columns;
    if row >= height || column >= width {
        return -1;
    }
    return i32(((n * groups * channels + group * channels + c) * height + row) * width + column);
}
