// The gradient with respect to the kernels: each weight sums (upstream gradient × the input it met) over every image and
// window, grad_w[k,c,r,s] = Σ grad_y[n,k,p,q] · x[n,c, p·stride + r·dilation − pad, …].
//
// As a matrix product: the upstream gradients (kernels × windows) times the patches turned round (windows × taps). Few
// results with long sums: the windows are cut into parts, summed side by side; sum_parts adds them up in their order.

override windows_per_part: u32;

@group(0) @binding(0) var<storage, read_write> grad_w_parts: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> grad_y: array<f32>;

const left_lies_along_depth = true;
override n_rows: u32 = kernels;
override n_columns: u32 = taps;

var<private> part: u32;

fn depth_at(window: u32) -> Depth {
    let n = divide(window, positions);
    return Depth((n.x * groups + group) * kernels * positions + n.y, window_place(window));
}

fn column_at(tap: u32) -> Place {
    return tap_place(tap);
}

fn start(kernel: u32) -> f32 {
    return 0.0;
}

fn left(kernel: u32, window: u32) -> f32 {
    return grad_y[kernel * positions + window];
}

fn right(depth: Place, tap: Place) -> f32 {
    return select(x[depth.at + tap.at], 0.0, meets_padding(depth, tap));
}

fn result_at(tap: u32) -> u32 {
    return (part * groups + group) * kernels * taps + tap;
}

fn store(at: u32, kernel: u32, sum: f32) {
    grad_w_parts[at + kernel * taps] = sum;
}

@compute @workgroup_size(tile_columns, tile_rows, tile_parts)
fn conv2d_grad_w(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    group = tile.z % groups;
    // The bounds do not come from `part`: a barrier needs them to be plainly the same for all.
    let at = part_at(tile.z / groups, local.z);
    part = at;
    let first = at * windows_per_part;
    product(tile.xy, local.xy, first, min(first + windows_per_part, images * positions));
}
