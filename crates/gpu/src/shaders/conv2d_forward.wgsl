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
const right_lies_along_depth = false;

fn left(kernel: u32, tap: u32) -> f32 {
    if kernel >= kernels {
        return 0.0;
    }
    return w[(group * kernels + kernel) * taps + tap];
}

fn right(tap: u32, window: u32) -> f32 {
    if window >= images * positions {
        return 0.0;
    }
    let at = met(tap, window);
    if at < 0 {
        return 0.0;
    }
    return x[at];
}

fn store(kernel: u32, window: u32, sum: f32) {
    if kernel >= kernels || window >= images * positions {
        return;
    }
    let n = window / positions;
    let k = group * kernels + kernel;
    let value = sum + b[k];
    y[(n * groups * kernels + k) * positions + window % positions] = select(value, 0.0, relu && value < 0.0);
}

@compute @workgroup_size(tile_columns, tile_rows)
fn conv2d_forward(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    group = tile.z;
    product(tile.xy, local.xy, 0u, taps);
}
