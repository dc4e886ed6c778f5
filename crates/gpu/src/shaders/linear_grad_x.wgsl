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
override n_rows: u32 = images;
override n_columns: u32 = inputs;

fn depth_at(output: u32) -> Depth {
    return Depth(output, Place(output * inputs, 0, 0));
}

fn column_at(i: u32) -> Place {
    return Place(i, 0, 0);
}

fn start(image: u32) -> f32 {
    return 0.0;
}

fn left(image: u32, output: u32) -> f32 {
    return grad_y[image * outputs + output];
}

fn right(depth: Place, i: Place) -> f32 {
    return w[depth.at + i.at];
}

fn result_at(i: u32) -> u32 {
    return i;
}

fn store(i: u32, image: u32, sum: f32) {
    grad_x[image * inputs + i] = sum;
}

@compute @workgroup_size(tile_columns, tile_rows)
fn linear_grad_x(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    product(tile.xy, local.xy, 0u, outputs);
}
