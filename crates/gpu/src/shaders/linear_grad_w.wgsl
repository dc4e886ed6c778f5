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
override n_rows: u32 = outputs;
override n_columns: u32 = inputs;

fn depth_at(image: u32) -> Depth {
    return Depth(image * outputs, Place(image * inputs, 0, 0));
}

fn column_at(i: u32) -> Place {
    return Place(i, 0, 0);
}

fn start(output: u32) -> f32 {
    return 0.0;
}

fn left(output: u32, image: u32) -> f32 {
    return grad_y[image + output];
}

fn right(depth: Place, i: Place) -> f32 {
    return x[depth.at + i.at];
}

fn result_at(i: u32) -> u32 {
    return i;
}

fn store(i: u32, output: u32, sum: f32) {
    grad_w[output * inputs + i] = sum;
}

@compute @workgroup_size(tile_columns, tile_rows)
fn linear_grad_w(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    product(tile.xy, local.xy, 0u, images);
}
