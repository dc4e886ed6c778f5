// The gradient with respect to the input: grad_x[n,i] = Σ grad_y[n,o] · w[o,i].
//
// As a matrix product: grad_y (images × outputs) times w (outputs × inputs).

override images: u32;
override inputs: u32;
override outputs: u32;

@group(0) @binding(0) var<storage, read_write> grad_x: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> grad_y: array<f32>;

const left_lies_along_depth = true;
const right_lies_along_depth = false;

fn left(image: u32, output: u32) -> f32 {
    if image >= images {
        return 0.0;
    }
    return grad_y[image * outputs + output];
}

fn right(output: u32, i: u32) -> f32 {
    if i >= inputs {
        return 0.0;
    }
    return w[output * inputs + i];
}

fn store(image: u32, i: u32, sum: f32) {
    if image < images && i < inputs {
        grad_x[image * inputs + i] = sum;
    }
}

@compute @workgroup_size(tile_columns, tile_rows)
fn linear_grad_x(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    product(tile.xy, local.xy, 0u, outputs);
}
