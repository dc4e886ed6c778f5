// The gradient with respect to the weights: grad_w[o,i] = Σ grad_y[n,o] · x[n,i] over the batch.
//
// As a matrix product: grad_y turned round (outputs × images) times x (images × inputs).

override images: u32;
override inputs: u32;
override outputs: u32;

@group(0) @binding(0) var<storage, read_write> grad_w: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> grad_y: array<f32>;

const left_lies_along_depth = false;
const right_lies_along_depth = false;

fn left(output: u32, image: u32) -> f32 {
    if output >= outputs {
        return 0.0;
    }
    return grad_y[image * outputs + output];
}

fn right(image: u32, i: u32) -> f32 {
    if i >= inputs {
        return 0.0;
    }
    return x[image * inputs + i];
}

fn store(output: u32, i: u32, sum: f32) {
    if output < outputs && i < inputs {
        grad_w[output * inputs + i] = sum;
    }
}

@compute @workgroup_size(tile_columns, tile_rows)
fn linear_grad_w(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    product(tile.xy, local.xy, 0u, images);
}
