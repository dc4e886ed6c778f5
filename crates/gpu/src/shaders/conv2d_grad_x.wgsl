// The gradient with respect to the input: each input sums (upstream gradient × the weight it met) over what it fed,
// grad_x[n,c,i,j] = Σ grad_y[n,k,p,q] · w[k,c,r,s] over all p, r with p·stride + r·dilation − pad = i, columns likewise.
//
// As a matrix product: w turned round (channels × kernels·r·s) times, for each pixel of all images, the upstream gradients
// of the windows that met it (kernels·r·s × pixels).

@group(0) @binding(0) var<storage, read_write> grad_x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> grad_y: array<f32>;

const left_lies_along_depth = true;
override n_rows: u32 = channels;
override n_columns: u32 = images * height * width;
override area: u32 = kernel_height * kernel_width;

fn depth_at(cell: u32) -> Depth {
    let kernel = divide(cell, area);
    let r = divide(kernel.y, kernel_width);
    let place = Place(kernel.x * positions, r.x * dilation_rows, r.y * dilation_columns);
    return Depth(kernel.x * channels * area + kernel.y, place);
}

fn column_at(pixel: u32) -> Place {
    let n = divide(pixel, height * width);
    let i = divide(n.y, width);
    return Place((n.x * groups + group) * kernels * positions, i.x + padding_rows, i.y + padding_columns);
}

fn start(channel: u32) -> f32 {
    return 0.0;
}

fn left(channel: u32, cell: u32) -> f32 {
    return w[(group * kernels * channels + channel) * area + cell];
}

fn right(depth: Place, pixel: Place) -> f32 {
    // p · stride, were it to divide. Below zero these wrap round and are too large as well.
    var p = pixel.row - depth.row;
    var q = pixel.column - depth.column;
    var is_met = true;
    if stride_rows > 1 || stride_columns > 1 {
        is_met = (p % stride_rows == 0) & (q % stride_columns == 0);
        p /= stride_rows;
        q /= stride_columns;
    }
    is_met &= (p < out_height) & (q < out_width);
    return select(0.0, grad_y[pixel.at + depth.at + p * out_width + q], is_met);
}

fn result_at(pixel: u32) -> u32 {
    let n = divide(pixel, height * width);
    return (n.x * groups + group) * channels * height * width + n.y;
}

fn store(at: u32, channel: u32, sum: f32) {
    grad_x[at + channel * height * width] = sum;
}

@compute @workgroup_size(tile_columns, tile_rows)
fn conv2d_grad_x(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    group = tile.z;
    product(tile.xy, local.xy, 0u, kernels * kernel_height * kernel_width);
}
