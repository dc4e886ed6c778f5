// The outputs of fully connected units: y[n,o] = b[o] + Σ w[o,i] · x[n,i].
//
// As a matrix product: w (outputs × inputs) times x turned round (inputs × images). Few results with long sums: the inputs
// are cut into parts, summed side by side, the bias with the first; sum_parts adds them up in their order.
// With `relu`, which there must be no parts for, negative outputs become zero.

override images: u32;
override inputs: u32;
override outputs: u32;
override inputs_per_part: u32;
override relu: bool;

@group(0) @binding(0) var<storage, read_write> y_parts: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;

const left_lies_along_depth = true;
override n_rows: u32 = outputs;
override n_columns: u32 = images;

var<private> part: u32;

fn depth_at(i: u32) -> Depth {
    return Depth(i, Place(i, 0, 0));
}

fn column_at(image: u32) -> Place {
    return Place(image * inputs, 0, 0);
}

fn start(output: u32) -> f32 {
    return select(0.0, b[output], part == 0);
}

fn left(output: u32, i: u32) -> f32 {
    return w[output * inputs + i];
}

fn right(i: Place, image: Place) -> f32 {
    return x[image.at + i.at];
}

fn result_at(image: u32) -> u32 {
    return (part * images + image) * outputs;
}

fn store(at: u32, output: u32, sum: f32) {
    y_parts[at + output] = select(sum, 0.0, relu & (sum < 0.0));
}

@compute @workgroup_size(tile_columns, tile_rows, tile_parts)
fn linear_forward(@builtin(workgroup_id) tile: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    // The bounds do not come from `part`: a barrier needs them to be plainly the same for all.
    let at = part_at(tile.z, local.z);
    part = at;
    let first = at * inputs_per_part;
    product(tile.xy, local.xy, first, min(first + inputs_per_part, inputs));
}
