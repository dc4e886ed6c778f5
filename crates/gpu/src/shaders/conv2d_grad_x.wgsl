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
    let kernel = cell / area;
    let row = cell % area / kernel_width * dilation_rows;
    let column = cell % kernel_width * dilation_columns;
    return Depth(kernel * channels * area + cell % area, Place(kernel * positions, row, column));
}

fn column_at(pixel: u32) -> Place {
    let n = pixel / (height * width);
    let row = pixel % (height * width) / width + padding_rows;
    let column = pixel % width + padding_columns;
    return Place((n * groups + group) * kernels * positions, row, column);
}

fn left(channel: u32, cell: u32) -> f32 {
    return w[(group * kernels * channels + channel) * area + cell];
}

fn right(cell: Place, pixel: Place) -> f32 {
    // p · stride, were it to divide. Below zero these wrap round and are too large as well.
    var p = pixel.row - cell.row;
    var q = pixel.column - cell.column;
    if stride_rows > 1 || stride_columns > 1 {
        if p % stride_rows != 0 || q % stride_columns != 0 {
            return 0.0;
        }
        p /= stride_rows;
        q /= stride_columns;
    }
    if p < out_height && q < out_width {
        return grad_y[pixel.at + cell.at + p * out_width + q];
    }
    return 0.0;
}

fn result_at(pixel: u32) -> u32 {
    let n = pixel / (height * width);
    return (n * groups + group) * channels * height * width + pixel % (height * width);
}

fn store(at: u32, channel: u32, sum: f32) {
    grad_x[at + channel * height * width] = sum;
}

@compute @workgroup_size(tile_columns, tile_rows)
fn conv2d_grad_x(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    group = tile.z;
    product(tile.xy, local.xy, 0u, kernels * kernel_height * kernel_width);
}
