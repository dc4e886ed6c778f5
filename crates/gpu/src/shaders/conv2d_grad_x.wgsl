// The gradient with respect to the input: each input sums (upstream gradient × the weight it met) over what it fed,
// grad_x[n,c,i,j] = Σ grad_y[n,k,p,q] · w[k,c,r,s] over all p, r with p·stride + r·dilation − pad = i, columns likewise.
//
// As a matrix product: w turned round (channels × kernels·r·s) times, for each pixel of all images, the upstream gradients
// of the windows that met it (kernels·r·s × pixels).

@group(0) @binding(0) var<storage, read_write> grad_x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> grad_y: array<f32>;

const left_lies_along_depth = true;
const right_lies_along_depth = false;

fn left(channel: u32, cell: u32) -> f32 {
    if channel >= channels {
        return 0.0;
    }
    let area = kernel_height * kernel_width;
    let k = group * kernels + cell / area;
    return w[(k * channels + channel) * area + cell % area];
}

fn right(cell: u32, pixel: u32) -> f32 {
    if pixel >= images * height * width {
        return 0.0;
    }
    let r = cell / kernel_width % kernel_height;
    let s = cell % kernel_width;
    // p · stride, were it to divide. Below zero these wrap round and are too large as well.
    let row = pixel / width % height + padding_rows - r * dilation_rows;
    let column = pixel % width + padding_columns - s * dilation_columns;
    let p = row / stride_rows;
    let q = column / stride_columns;
    if p >= out_height || q >= out_width || row % stride_rows != 0 || column % stride_columns != 0 {
        return 0.0;
    }
    let n = pixel / (height * width);
    let k = group * kernels + cell / (kernel_height * kernel_width);
    return grad_y[(n * groups * kernels + k) * positions + p * out_width + q];
}

fn store(channel: u32, pixel: u32, sum: f32) {
    if channel >= channels || pixel >= images * height * width {
        return;
    }
    let n = pixel / (height * width);
    let c = group * channels + channel;
    grad_x[(n * groups * channels + c) * height * width + pixel % (height * width)] = sum;
}

@compute @workgroup_size(tile_columns, tile_rows)
fn conv2d_grad_x(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    group = tile.z;
    product(tile.xy, local.xy, 0u, kernels * kernel_height * kernel_width);
}
