// The feature maps of a batch: y[n,k,p,q] = b[k] + Σ w[k,c,r,s] · x[n,c, p·stride + r·dilation − pad, …].
//
// With `relu`, negative ones become zero: the rectifier after it, without another pass over memory.
//
// As a matrix product: w (kernels × taps) times the patches (taps × windows of all images), which are never stored.

override relu: bool;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;

const left_lies_along_depth = true;
override n_rows: u32 = kernels;
override n_columns: u32 = images * positions;

fn depth_at(tap: u32) -> Depth {
    return Depth(tap, tap_place(tap));
}

fn column_at(window: u32) -> Place {
    return window_place(window);
}

fn start(kernel: u32) -> f32 {
    return b[group * kernels + kernel];
}

fn left(kernel: u32, tap: u32) -> f32 {
    return w[(group * kernels + kernel) * taps + tap];
}

fn right(depth: Place, window: Place) -> f32 {
    return select(x[depth.at + window.at], 0.0, meets_padding(depth, window));
}

fn result_at(window: u32) -> u32 {
    let n = divide(window, positions);
    return (n.x * groups + group) * kernels * positions + n.y;
}

fn store(at: u32, kernel: u32, sum: f32) {
    y[at + kernel * positions] = select(sum, 0.0, relu & (sum < 0.0));
}

@compute @workgroup_size(tile_columns, tile_rows)
fn conv2d_forward(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    group = tile.z;
    product(tile.xy, local.xy, 0u, taps);
}
